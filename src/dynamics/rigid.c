#include "dynamics/rigid.h"

#include "base/vec.h"
#include "model/tetrahedron.h"

bool rigid_left_handed(const double x[5][3])
{
    return tetrahedron_left_handed(x);
}

void rigid_body(bool left_handed, double bond, double body[4][3])
{
    tetrahedron_body(left_handed, bond, body);
}

void rigid_fit(const double x[5][3], double q[4])
{
    double body[4][3], bond[4][3];
    rigid_body(rigid_left_handed(x), 1.0, body);
    for (int i = 0; i < 4; i++)
        vec_sub(x[i + 1], x[0], bond[i]);
    tetrahedron_fit((const double(*)[3])bond, (const double(*)[3])body, q);
}

/* Each bond is a sum of the turned axes: three rotations instead of four */
void rigid_place(const double q[4], double bond, double x[5][3])
{
    double axis[3][3], body[4][3];
    rigid_body(rigid_left_handed((const double(*)[3])x), bond, body);
    for (int k = 0; k < 3; k++) {
        const double unit[3] = {k == 0, k == 1, k == 2};
        quat_rotate(q, unit, axis[k]);
    }
    for (int i = 0; i < 4; i++)
        for (int c = 0; c < 3; c++)
            x[i + 1][c] = x[0][c] + body[i][0] * axis[0][c] + body[i][1] * axis[1][c] +
                          body[i][2] * axis[2][c];
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
