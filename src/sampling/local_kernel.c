#include "sampling/local_kernel.h"

#include "base/clones.h"
#include "force/pair_exp.h"
#include "sampling/local.h"

#include <math.h>

/* energy  = A exp(-r/rho) - C6/r^6 - shift + q q [1/r - beta P(z)]
 * force/r = A exp(-r/rho)/(rho r) - 6 C6/r^8 + q q [1/r^3 - beta^3 Q(z)] */
static inline __attribute__((always_inline)) void kernel(const PairTable *t, const LocalRow *w,
                                                         double *restrict energy,
                                                         double *restrict force, const int degree,
                                                         const bool forces)
{
    const double *restrict x = w->x, *restrict y = w->y, *restrict z = w->z;
    const double px = w->at[0], py = w->at[1], pz = w->at[2], a = w->a, b = w->inv_rho, c = w->c6,
                 shift = w->shift, qq = w->qq;
    const double far2 = t->cutoff * t->cutoff, core2 = LOCAL_CORE * LOCAL_CORE;
    const double beta = t->beta, beta3 = beta * beta * beta, scale = beta * beta * t->scale;
    double p[PAIR_DEGREE_MAX + 1], q[PAIR_DEGREE_MAX + 1];
    for (int k = 0; k <= degree; k++) {
        p[k] = t->p[k] * beta;
        q[k] = t->q[k] * beta3;
    }
    const int32_t n = w->n & ~7;
#pragma GCC ivdep
    for (int32_t m = 0; m < n; m++) {
        double dx = px - x[m], dy = py - y[m], dz = pz - z[m];
        double d2 = dx * dx + dy * dy + dz * dz;
        double r2 = d2 < far2 ? d2 : far2;
        r2 = r2 > core2 ? r2 : core2;
        double inv2 = 1.0 / r2, r = sqrt(r2), inv = r * inv2;
        double u = r2 * scale - 1.0, v = u * u;
        double pe = p[degree], po = p[degree - 1], qe = q[degree], qo = q[degree - 1];
#pragma GCC unroll 20
        for (int k = degree - 2; k > 0; k -= 2) { /* even and odd powers: short chains */
            pe = pe * v + p[k];
            po = po * v + p[k - 1];
            if (forces) {
                qe = qe * v + q[k];
                qo = qo * v + q[k - 1];
            }
        }
        double ps = (pe * v + p[0]) + u * po;
        double power = -r * b;
        power = power < -700.0 ? -700.0 : power;
        double born = a * pair_exp(power), inv6 = inv2 * inv2 * inv2, d = c * inv6;
        double e = born - d - shift + qq * (inv - ps);
        e = d2 < core2 ? LOCAL_WALL : e;
        e = e < LOCAL_WALL ? e : LOCAL_WALL;
        e = d2 < far2 ? e : 0.0;
        energy[m] = (e + 0x1.8p52 * LOCAL_GRID) - 0x1.8p52 * LOCAL_GRID;
        if (forces) {
            double qs = (qe * v + q[0]) + u * qo;
            double f = born * b * inv - 6.0 * d * inv2 + qq * (inv * inv2 - qs);
            force[m] = d2 < far2 ? f : 0.0;
        }
    }
}

static inline __attribute__((always_inline)) void
any_degree(const PairTable *t, const LocalRow *w, double *energy, double *force, const bool forces)
{
    switch (t->degree) {
    case 16:
        kernel(t, w, energy, force, 16, forces);
        break;
    case 20:
        kernel(t, w, energy, force, 20, forces);
        break;
    case 24:
        kernel(t, w, energy, force, 24, forces);
        break;
    case 30:
        kernel(t, w, energy, force, 30, forces);
        break;
    default:
        kernel(t, w, energy, force, PAIR_DEGREE_MAX, forces);
    }
}

CLONES void local_kernel_energy(const PairTable *t, const LocalRow *row, double *energy)
{
    any_degree(t, row, energy, NULL, false);
}

CLONES void local_kernel_force(const PairTable *t, const LocalRow *row, double *energy,
                               double *force)
{
    any_degree(t, row, energy, force, true);
}
