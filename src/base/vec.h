/* vec.h -- three numbers, nine numbers, and the quaternions that turn BH4 ions.
 *
 * Quaternions are (w, x, y, z), unit length, and rotate body vectors into the laboratory:
 * r_lab = R(q) r_body. All functions are Local and pure.
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <math.h>

static inline double vec_dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static inline void vec_cross(const double a[3], const double b[3], double out[3])
{
    double x = a[1] * b[2] - a[2] * b[1];
    double y = a[2] * b[0] - a[0] * b[2];
    double z = a[0] * b[1] - a[1] * b[0];
    out[0] = x;
    out[1] = y;
    out[2] = z;
}

static inline double vec_norm(const double a[3])
{
    return sqrt(vec_dot(a, a));
}

static inline void vec_sub(const double a[3], const double b[3], double out[3])
{
    out[0] = a[0] - b[0];
    out[1] = a[1] - b[1];
    out[2] = a[2] - b[2];
}

/* y += a x */
static inline void vec_axpy(double a, const double x[3], double y[3])
{
    y[0] += a * x[0];
    y[1] += a * x[1];
    y[2] += a * x[2];
}

/* Row vector times matrix: out = s m (lattice vectors are rows) */
static inline void vec_times_mat(const double s[3], const double m[3][3], double out[3])
{
    double r[3];
    for (int k = 0; k < 3; k++)
        r[k] = s[0] * m[0][k] + s[1] * m[1][k] + s[2] * m[2][k];
    out[0] = r[0];
    out[1] = r[1];
    out[2] = r[2];
}

/* Matrix times column vector: out = m s */
static inline void mat_times_vec(const double m[3][3], const double s[3], double out[3])
{
    double r[3] = {vec_dot(m[0], s), vec_dot(m[1], s), vec_dot(m[2], s)};
    out[0] = r[0];
    out[1] = r[1];
    out[2] = r[2];
}

static inline double mat_det(const double m[3][3])
{
    double c[3];
    vec_cross(m[1], m[2], c);
    return vec_dot(m[0], c);
}

/* out = inverse of m; m must not be singular */
static inline void mat_inverse(const double m[3][3], double out[3][3])
{
    double d = 1.0 / mat_det(m);
    for (int i = 0; i < 3; i++) {
        int a = (i + 1) % 3, b = (i + 2) % 3;
        double c[3];
        vec_cross(m[a], m[b], c);
        for (int k = 0; k < 3; k++)
            out[k][i] = c[k] * d;
    }
}

static inline void mat_mul(const double a[3][3], const double b[3][3], double out[3][3])
{
    double r[3][3];
    for (int i = 0; i < 3; i++)
        vec_times_mat(a[i], b, r[i]);
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            out[i][k] = r[i][k];
}

/* Product: first b, then a */
static inline void quat_mul(const double a[4], const double b[4], double out[4])
{
    double r[4] = {a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
                   a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
                   a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1],
                   a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0]};
    for (int i = 0; i < 4; i++)
        out[i] = r[i];
}

static inline void quat_normalise(double q[4])
{
    double n = 1.0 / sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
    for (int i = 0; i < 4; i++)
        q[i] *= n;
}

static inline double quat_dot(const double a[4], const double b[4])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
}

/* out = R(q) v */
static inline void quat_rotate(const double q[4], const double v[3], double out[3])
{
    double t[3], u[3];
    vec_cross(q + 1, v, t);
    for (int i = 0; i < 3; i++)
        t[i] = 2.0 * t[i];
    vec_cross(q + 1, t, u);
    for (int i = 0; i < 3; i++)
        u[i] += v[i] + q[0] * t[i];
    for (int i = 0; i < 3; i++)
        out[i] = u[i];
}

/* Quaternion of a turn by the rotation vector phi (laboratory axes, radians) */
static inline void quat_from_vector(const double phi[3], double q[4])
{
    double angle = vec_norm(phi);
    double half = 0.5 * angle;
    double s = angle > 1e-8 ? sin(half) / angle : 0.5 - angle * angle / 48.0;
    q[0] = cos(half);
    for (int i = 0; i < 3; i++)
        q[i + 1] = s * phi[i];
}

#endif
