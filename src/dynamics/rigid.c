#include "dynamics/rigid.h"

#include "base/vec.h"

#include <gsl/gsl_eigen.h>

static const double corner[4][3] = {{1, 1, 1}, {1, -1, -1}, {-1, 1, -1}, {-1, -1, 1}};
static const int order[2][4] = {{0, 1, 2, 3}, {0, 1, 3, 2}}; /* corner of each H: right, left */

bool rigid_left_handed(const double x[5][3])
{
    double r[3][3];
    for (int i = 0; i < 3; i++)
        vec_sub(x[i + 1], x[0], r[i]);
    return mat_det((const double(*)[3])r) < 0.0;
}

void rigid_body(bool left_handed, double bond, double body[4][3])
{
    double scale = bond / sqrt(3.0);
    for (int i = 0; i < 4; i++)
        for (int c = 0; c < 3; c++)
            body[i][c] = scale * corner[order[left_handed][i]][c];
}

/* Horn's symmetric 4 x 4 matrix of the correlations s = sum body x lab; q is its eigenvector with
 * the largest value */
static void horn_matrix(const double s[3][3], double n[16])
{
    const double m[4][4] = {
        {s[0][0] + s[1][1] + s[2][2], s[1][2] - s[2][1], s[2][0] - s[0][2], s[0][1] - s[1][0]},
        {s[1][2] - s[2][1], s[0][0] - s[1][1] - s[2][2], s[0][1] + s[1][0], s[2][0] + s[0][2]},
        {s[2][0] - s[0][2], s[0][1] + s[1][0], s[1][1] - s[0][0] - s[2][2], s[1][2] + s[2][1]},
        {s[0][1] - s[1][0], s[2][0] + s[0][2], s[1][2] + s[2][1], s[2][2] - s[0][0] - s[1][1]}};
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++)
            n[4 * i + j] = m[i][j];
}

void rigid_fit(const double x[5][3], double q[4])
{
    double body[4][3], s[3][3] = {{0}}, n[16], value[4], vector[16];
    rigid_body(rigid_left_handed(x), 1.0, body);
    for (int i = 0; i < 4; i++) {
        double r[3];
        vec_sub(x[i + 1], x[0], r);
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++)
                s[a][b] += body[i][a] * r[b];
    }
    horn_matrix((const double(*)[3])s, n);
    gsl_matrix_view nv = gsl_matrix_view_array(n, 4, 4), vv = gsl_matrix_view_array(vector, 4, 4);
    gsl_vector_view ev = gsl_vector_view_array(value, 4);
    gsl_eigen_symmv_workspace *w = gsl_eigen_symmv_alloc(4);
    gsl_eigen_symmv(&nv.matrix, &ev.vector, &vv.matrix, w);
    gsl_eigen_symmv_free(w);
    int best = 0;
    for (int k = 1; k < 4; k++)
        if (value[k] > value[best])
            best = k;
    for (int i = 0; i < 4; i++)
        q[i] = vector[4 * i + best];
    quat_normalise(q);
}

/* The corners are sums and differences of the turned axes */
void rigid_place(const double q[4], double bond, double x[5][3])
{
    double axis[3][3], scale = bond / sqrt(3.0);
    bool left = rigid_left_handed((const double(*)[3])x);
    for (int k = 0; k < 3; k++) {
        const double unit[3] = {k == 0, k == 1, k == 2};
        quat_rotate(q, unit, axis[k]);
    }
    for (int i = 0; i < 4; i++) {
        const double *sign = corner[order[left][i]];
        for (int c = 0; c < 3; c++)
            x[i + 1][c] = x[0][c] + scale * (sign[0] * axis[0][c] + sign[1] * axis[1][c] +
                                             sign[2] * axis[2][c]);
    }
}

double rigid_inertia(double hydrogen_mass, double bond)
{
    return 8.0 / 3.0 * hydrogen_mass * bond * bond;
}

void rigid_torque(const double x[5][3], const double f[5][3], double torque[3])
{
    torque[0] = torque[1] = torque[2] = 0.0;
    for (int i = 1; i < 5; i++) {
        double r[3], t[3];
        vec_sub(x[i], x[0], r);
        vec_cross(r, f[i], t);
        vec_axpy(1.0, t, torque);
    }
}

void rigid_turn(const double omega[3], double t, double q[4])
{
    double phi[3] = {omega[0] * t, omega[1] * t, omega[2] * t}, turn[4];
    quat_from_vector(phi, turn);
    quat_mul(turn, q, q);
    quat_normalise(q);
}

void rigid_spin(const double x[5][3], const double v[5][3], double bond, double omega[3])
{
    double relative[5][3];
    for (int i = 0; i < 5; i++)
        vec_sub(v[i], v[0], relative[i]);
    rigid_torque(x, (const double(*)[3])relative, omega);
    for (int c = 0; c < 3; c++)
        omega[c] /= rigid_inertia(1.0, bond);
}

void rigid_velocities(const double omega[3], const double x[5][3], double v[5][3])
{
    for (int i = 1; i < 5; i++) {
        double r[3], w[3];
        vec_sub(x[i], x[0], r);
        vec_cross(omega, r, w);
        for (int c = 0; c < 3; c++)
            v[i][c] = v[0][c] + w[c];
    }
}
