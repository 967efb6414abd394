#include "lattice/turns.h"

#include "base/vec.h"
#include "model/tetrahedron.h"

#include <math.h>
#include <stdint.h>

/* All even permutations of four places. */
static const int sites[TURNS][4] = {
    {0, 1, 2, 3}, {1, 0, 3, 2}, {2, 3, 0, 1}, {3, 2, 1, 0}, {0, 2, 3, 1}, {0, 3, 1, 2},
    {2, 1, 3, 0}, {3, 1, 0, 2}, {1, 3, 2, 0}, {3, 0, 2, 1}, {1, 2, 0, 3}, {2, 0, 1, 3},
};

/* Which one it is, by where places 0 and 1 go. */
static const int8_t of[4][4] = {{-1, 0, 4, 5}, {1, -1, 10, 8}, {11, 6, -1, 2}, {9, 7, 3, -1}};

int turns_site(int op, int s)
{
    return sites[op][s];
}

int turns_product(int then, int first)
{
    return of[sites[then][sites[first][0]]][sites[then][sites[first][1]]];
}

int turns_inverse(int op)
{
    int back[4];
    for (int s = 0; s < 4; s++)
        back[sites[op][s]] = s;
    return of[back[0]][back[1]];
}

int turns_kind(int op)
{
    return op == 0 ? 0 : op < 4 ? 2 : 3;
}

/* Least squares: the rotation that brings body vector s onto body vector site(s). */
void turns_quaternion(int op, double q[4])
{
    double body[4][3], target[4][3];
    tetrahedron_body(false, 1.0, body);
    for (int s = 0; s < 4; s++)
        for (int a = 0; a < 3; a++)
            target[s][a] = body[sites[op][s]][a];
    tetrahedron_fit((const double(*)[3])target, (const double(*)[3])body, q);
}

int turns_nearest(const double q[4], double *off)
{
    int best = 0;
    double most = -1.0;
    for (int op = 0; op < TURNS; op++) {
        double p[4];
        turns_quaternion(op, p);
        double c = fabs(quat_dot(p, q));
        if (c > most) {
            most = c;
            best = op;
        }
    }
    *off = 2.0 * acos(fmin(1.0, most));
    return best;
}
