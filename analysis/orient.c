#include "analysis/orient.h"

#include "base/vec.h"
#include "model/tetrahedron.h"

#include <math.h>
#include <string.h>

static const double corner[4][3] = {{1, 1, 1}, {1, -1, -1}, {-1, 1, -1}, {-1, -1, 1}};

void orient_body(bool mirrored, double body[4][3])
{
    double s = (mirrored ? -1.0 : 1.0) / sqrt(3.0);
    for (int a = 0; a < 4; a++)
        for (int i = 0; i < 3; i++)
            body[a][i] = s * corner[a][i];
}

bool orient_is_mirrored(const double bond[4][3])
{
    double ideal[3], c[3];
    vec_cross(corner[1], corner[2], ideal);
    vec_cross(bond[1], bond[2], c);
    return vec_dot(c, bond[0]) * vec_dot(ideal, corner[0]) < 0.0;
}

void orient_horn(const double bond[4][3], bool mirrored, double q[4])
{
    double body[4][3];
    orient_body(mirrored, body);
    tetrahedron_fit(bond, (const double(*)[3])body, q);
}

void orient_group(double g[ORIENT_ROTATIONS][4])
{
    memset(g, 0, sizeof(double[ORIENT_ROTATIONS][4]));
    for (int k = 0; k < 4; k++)
        g[k][k] = 1.0;
    for (int a = 0; a < 4; a++)
        for (int turn = 0; turn < 2; turn++) {
            double *r = g[4 + 2 * a + turn];
            r[0] = 0.5;
            for (int i = 0; i < 3; i++)
                r[i + 1] = (turn == 0 ? 0.5 : -0.5) * corner[a][i];
        }
}

void orient_octupole(const double u[4][3], double out[ORIENT_COMPONENTS])
{
    static const struct {
        int i, j, k;
        double times;
    } part[ORIENT_COMPONENTS] = {{0, 0, 0, 1}, {1, 1, 1, 1}, {2, 2, 2, 1}, {0, 0, 1, 3},
                                 {0, 0, 2, 3}, {1, 1, 0, 3}, {1, 1, 2, 3}, {2, 2, 0, 3},
                                 {2, 2, 1, 3}, {0, 1, 2, 6}};
    for (int c = 0; c < ORIENT_COMPONENTS; c++) {
        double sum = 0.0;
        for (int h = 0; h < 4; h++)
            sum += u[h][part[c].i] * u[h][part[c].j] * u[h][part[c].k];
        out[c] = sqrt(part[c].times) * sum;
    }
}

Err orient_check_bond(const char *name, double bond)
{
    const double longest = 3.0;
    if (bond < longest)
        return OK;
    return err_set(ERR_INPUT,
                   "%s: a B-H distance of %.1f angstrom: ions are cut by the box; unwrapped "
                   "positions are needed (`analyse --unwrap`)",
                   name, bond);
}

double orient_angle(const double p[4], const double q[4])
{
    return 2.0 * acos(fmin(1.0, fabs(quat_dot(p, q))));
}
