#include "force/bonded.h"

#include "base/vec.h"

#include <math.h>

static double bond(const FfParameters *p, Atoms *a, int32_t b, int32_t h)
{
    double d[3];
    vec_sub(a->x[h], a->x[b], d);
    double r = vec_norm(d), s = r - p->bond_r0;
    double slope = s * (2.0 * p->bond_k2 + s * (3.0 * p->bond_k3 + s * 4.0 * p->bond_k4));
    vec_axpy(-slope / r, d, a->f[h]);
    vec_axpy(slope / r, d, a->f[b]);
    return s * s * (p->bond_k2 + s * (p->bond_k3 + s * p->bond_k4));
}

static double urey_bradley(const FfParameters *p, Atoms *a, int32_t g, int32_t h)
{
    double d[3];
    vec_sub(a->x[h], a->x[g], d);
    double r = vec_norm(d), s = r - p->ub_r0;
    vec_axpy(-2.0 * p->ub_k * s / r, d, a->f[h]);
    vec_axpy(2.0 * p->ub_k * s / r, d, a->f[g]);
    return p->ub_k * s * s;
}

/* d theta / d x_h = (cos(theta) u - w) / (r_u sin(theta)) with unit vectors u = B->H, w = B->G */
static double angle(const FfParameters *p, Atoms *a, int32_t b, int32_t h, int32_t g)
{
    double u[3], w[3];
    vec_sub(a->x[h], a->x[b], u);
    vec_sub(a->x[g], a->x[b], w);
    double ru = vec_norm(u), rw = vec_norm(w);
    for (int k = 0; k < 3; k++) {
        u[k] /= ru;
        w[k] /= rw;
    }
    double c = fmin(1.0, fmax(-1.0, vec_dot(u, w)));
    double s = fmax(sqrt(1.0 - c * c), 1e-8), bend = acos(c) - p->angle_theta0;
    double slope = 2.0 * p->angle_k * bend / s;
    for (int k = 0; k < 3; k++) {
        double fh = -slope * (c * u[k] - w[k]) / ru, fg = -slope * (c * w[k] - u[k]) / rw;
        a->f[h][k] += fh;
        a->f[g][k] += fg;
        a->f[b][k] -= fh + fg;
    }
    return p->angle_k * bend * bend;
}

void bonded_compute(const FfParameters *p, Atoms *a, Exact *energy)
{
    for (int32_t m = 0; m < a->nion; m++) {
        if (a->ion_kind[m] != ION_BH4)
            continue;
        int32_t b = a->ion_first[m];
        double e = 0.0;
        for (int32_t h = b + 1; h <= b + 4; h++) {
            e += bond(p, a, b, h);
            for (int32_t g = h + 1; g <= b + 4; g++) {
                e += angle(p, a, b, h, g);
                if (p->ub_k != 0.0)
                    e += urey_bradley(p, a, h, g);
            }
        }
        exact_add(energy, e);
    }
}
