#include "analysis/orient.h"

#include "base/vec.h"

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

/* Eigenvector of the largest eigenvalue of a symmetric 4 x 4 matrix by Jacobi rotations. */
static void largest_eigenvector(double m[4][4], double out[4])
{
    double v[4][4] = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
    for (int sweep = 0; sweep < 30; sweep++) {
        double off = 0.0, on = 0.0;
        for (int i = 0; i < 4; i++) {
            on += m[i][i] * m[i][i];
            for (int j = i + 1; j < 4; j++)
                off += m[i][j] * m[i][j];
        }
        if (off <= 1e-30 * on)
            break;
        for (int i = 0; i < 4; i++)
            for (int j = i + 1; j < 4; j++) {
                double angle = 0.5 * atan2(2.0 * m[i][j], m[j][j] - m[i][i]);
                double c = cos(angle), s = sin(angle);
                for (int k = 0; k < 4; k++) {
                    double a = m[k][i], b = m[k][j];
                    m[k][i] = c * a - s * b;
                    m[k][j] = s * a + c * b;
                }
                for (int k = 0; k < 4; k++) {
                    double a = m[i][k], b = m[j][k];
                    m[i][k] = c * a - s * b;
                    m[j][k] = s * a + c * b;
                    a = v[k][i], b = v[k][j];
                    v[k][i] = c * a - s * b;
                    v[k][j] = s * a + c * b;
                }
            }
    }
    int best = 0;
    for (int i = 1; i < 4; i++)
        if (m[i][i] > m[best][best])
            best = i;
    for (int k = 0; k < 4; k++)
        out[k] = v[k][best];
}

void orient_horn(const double bond[4][3], bool mirrored, double q[4])
{
    double body[4][3], s[3][3] = {{0}};
    orient_body(mirrored, body);
    for (int a = 0; a < 4; a++)
        for (int i = 0; i < 3; i++)
            for (int k = 0; k < 3; k++)
                s[i][k] += body[a][i] * bond[a][k];
    double yz = s[1][2] - s[2][1], zx = s[2][0] - s[0][2], xy = s[0][1] - s[1][0];
    double n[4][4] = {
        {s[0][0] + s[1][1] + s[2][2], yz, zx, xy},
        {yz, s[0][0] - s[1][1] - s[2][2], s[0][1] + s[1][0], s[2][0] + s[0][2]},
        {zx, s[0][1] + s[1][0], s[1][1] - s[0][0] - s[2][2], s[1][2] + s[2][1]},
        {xy, s[2][0] + s[0][2], s[1][2] + s[2][1], s[2][2] - s[0][0] - s[1][1]},
    };
    largest_eigenvector(n, q);
    quat_normalise(q);
    if (q[0] < 0.0)
        for (int i = 0; i < 4; i++)
            q[i] = -q[i];
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

double orient_angle(const double p[4], const double q[4])
{
    return 2.0 * acos(fmin(1.0, fabs(quat_dot(p, q))));
}
