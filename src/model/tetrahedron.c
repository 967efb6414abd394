#include "model/tetrahedron.h"

#include "base/vec.h"

#include <math.h>
#include <string.h>

static const double corner[4][3] = {{1, 1, 1}, {1, -1, -1}, {-1, 1, -1}, {-1, -1, 1}};

bool tetrahedron_left_handed(const double x[5][3])
{
    double r[3][3];
    for (int i = 0; i < 3; i++)
        vec_sub(x[i + 1], x[0], r[i]);
    return mat_det((const double(*)[3])r) < 0.0;
}

void tetrahedron_body(bool left_handed, double bond, double body[4][3])
{
    static const int order[2][4] = {{0, 1, 2, 3}, {0, 1, 3, 2}};
    double scale = bond / sqrt(3.0);
    for (int i = 0; i < 4; i++)
        for (int c = 0; c < 3; c++)
            body[i][c] = scale * corner[order[left_handed][i]][c];
}

/* Horn's symmetric traceless matrix of the correlations s = sum body x bond. */
static void horn_matrix(const double s[3][3], double n[4][4])
{
    const double m[4][4] = {
        {s[0][0] + s[1][1] + s[2][2], s[1][2] - s[2][1], s[2][0] - s[0][2], s[0][1] - s[1][0]},
        {s[1][2] - s[2][1], s[0][0] - s[1][1] - s[2][2], s[0][1] + s[1][0], s[2][0] + s[0][2]},
        {s[2][0] - s[0][2], s[0][1] + s[1][0], s[1][1] - s[0][0] - s[2][2], s[1][2] + s[2][1]},
        {s[0][1] - s[1][0], s[2][0] + s[0][2], s[1][2] + s[2][1], s[2][2] - s[0][0] - s[1][1]}};
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++)
            n[i][j] = m[i][j];
}

/* Determinant of m without row i and column j. */
static double minor3(const double m[4][4], int i, int j)
{
    double a[3][3];
    for (int r = 0, p = 0; r < 4; r++) {
        if (r == i)
            continue;
        for (int c = 0, q = 0; c < 4; c++)
            if (c != j)
                a[p][q++] = m[r][c];
        p++;
    }
    return mat_det((const double(*)[3])a);
}

static double det4(const double m[4][4])
{
    double d = 0.0;
    for (int j = 0; j < 4; j++)
        d += (j % 2 == 0 ? 1.0 : -1.0) * m[0][j] * minor3(m, 0, j);
    return d;
}

/* Largest root of l^4 + c2 l^2 + c1 l + c0, from above, where the polynomial is convex and Newton descends. */
static double largest_eigenvalue(const double n[4][4], double above)
{
    double c2 = 0.0, c1 = 0.0, c0 = det4(n), l = above;
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 4; j++)
            c2 -= 0.5 * n[i][j] * n[i][j];
        c1 -= minor3(n, i, i);
    }
    for (int i = 0; i < 50; i++) {
        double value = ((l * l + c2) * l + c1) * l + c0;
        double slope = (4.0 * l * l + 2.0 * c2) * l + c1;
        double step = value / slope;
        l -= step;
        if (fabs(step) <= 1e-15 * l)
            break;
    }
    return l;
}

void tetrahedron_fit(const double bond[4][3], const double body[4][3], double q[4])
{
    double s[3][3] = {{0}}, n[4][4], ours = 0.0, theirs = 0.0;
    for (int i = 0; i < 4; i++) {
        ours += vec_dot(body[i], body[i]);
        theirs += vec_dot(bond[i], bond[i]);
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++)
                s[a][b] += body[i][a] * bond[i][b];
    }
    horn_matrix((const double(*)[3])s, n);
    double l = largest_eigenvalue((const double(*)[4])n, sqrt(ours * theirs));
    for (int i = 0; i < 4; i++)
        n[i][i] -= l;
    /* columns of the adjugate are the eigenvector; the longest loses least digits */
    double longest = -1.0;
    for (int j = 0; j < 4; j++) {
        double v[4], length = 0.0;
        for (int i = 0; i < 4; i++) {
            v[i] = ((i + j) % 2 == 0 ? 1.0 : -1.0) * minor3((const double(*)[4])n, i, j);
            length += v[i] * v[i];
        }
        if (length <= longest)
            continue;
        longest = length;
        for (int i = 0; i < 4; i++)
            q[i] = v[i];
    }
    quat_normalise(q);
    if (q[0] < 0.0)
        for (int i = 0; i < 4; i++)
            q[i] = -q[i];
}

void tetrahedron_pose(const double x[5][3], const double mass[5], double centre[3], double q[4])
{
    double bond[4][3], body[4][3], sum[3] = {0.0, 0.0, 0.0}, total = mass[0];
    for (int i = 0; i < 4; i++) {
        vec_sub(x[i + 1], x[0], bond[i]);
        vec_axpy(mass[i + 1], bond[i], sum);
        total += mass[i + 1];
    }
    for (int c = 0; c < 3; c++)
        centre[c] = x[0][c] + sum[c] / total;
    tetrahedron_body(tetrahedron_left_handed(x), 1.0, body);
    tetrahedron_fit((const double(*)[3])bond, (const double(*)[3])body, q);
}

void tetrahedron_deal(const double cost[4][4], int site[4])
{
    double least = INFINITY;
    for (int a = 0; a < 4; a++)
        for (int b = 0; b < 4; b++)
            for (int c = 0; c < 4; c++) {
                int d = 6 - a - b - c;
                if (a == b || a == c || b == c)
                    continue;
                double sum = cost[0][a] + cost[1][b] + cost[2][c] + cost[3][d];
                if (sum < least) {
                    least = sum;
                    memcpy(site, (int[]){a, b, c, d}, sizeof(int[4]));
                }
            }
}
