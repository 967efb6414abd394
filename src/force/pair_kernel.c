#include "force/pair_kernel.h"

#include "base/clones.h"
#include "base/mem.h"
#include "base/units.h"
#include "force/pair_exp.h"

#include <math.h>
#include <stdlib.h>

void pair_work_init(PairWork *w, int32_t n)
{
    size_t m = ((size_t)n + 16) / 8 * 8;
    double *block = MEM_NEW(double, 12 * m);
    double **row[] = {&w->dx, &w->dy, &w->dz,    &w->r2,    &w->qq,   &w->a,
                      &w->b,  &w->c,  &w->shift, &w->force, &w->pair, &w->coulomb};
    for (size_t k = 0; k < 12; k++)
        *row[k] = block + k * m;
    w->j = MEM_NEW(int32_t, m);
}

void pair_work_clear(PairWork *w)
{
    free(w->dx);
    free(w->j);
}

int32_t pair_gather(const PairTable *t, const Nblist *l, const Atoms *a, int32_t i, PairWork *w)
{
    int32_t n = 0, *restrict list = w->j;
    double *restrict dx = w->dx, *restrict dy = w->dy, *restrict dz = w->dz, *restrict d2 = w->r2;
    double x = a->x[i][0], y = a->x[i][1], z = a->x[i][2], most = t->cutoff * t->cutoff;
    for (int32_t m = l->first[i]; m < l->first[i + 1]; m++) {
        int32_t j = l->neighbour[m];
        double p = x - a->x[j][0], q = y - a->x[j][1], s = z - a->x[j][2];
        double r2 = p * p + q * q + s * s;
        list[n] = j;
        dx[n] = p;
        dy[n] = q;
        dz[n] = s;
        d2[n] = r2;
        n += r2 < most;
    }
    int type = a->type[i];
    double qi = UNITS_COULOMB * a->q[i];
    for (int32_t m = 0; m < n; m++) {
        int k = a->type[list[m]];
        w->qq[m] = qi * a->q[list[m]];
        w->a[m] = t->a[type][k];
        w->b[m] = t->inv_rho[type][k];
        w->c[m] = t->c6[type][k];
        w->shift[m] = t->at_cutoff[type][k];
    }
    return n;
}

/* force/r = A exp(-r/rho)/(rho r) - 6 C6/r^8 + q q [1/r^3 - beta^3 Q(z)]
 * energy  = A exp(-r/rho) - C6/r^6 - shift, and q q [1/r - beta P(z)] */
static inline __attribute__((always_inline)) void kernel(const PairTable *t, int32_t n, PairWork *w,
                                                         const int degree)
{
    const double *restrict d2 = w->r2, *restrict qq = w->qq, *restrict pa = w->a,
                           *restrict pb = w->b;
    const double *restrict pc = w->c, *restrict shift = w->shift;
    double *restrict force = w->force, *restrict pair = w->pair, *restrict coulomb = w->coulomb;
    const double beta = t->beta, beta3 = beta * beta * beta, scale = beta * beta * t->scale;
    double p[PAIR_DEGREE_MAX + 1], q[PAIR_DEGREE_MAX + 1];
    for (int k = 0; k <= degree; k++) {
        p[k] = t->p[k] * beta;
        q[k] = t->q[k] * beta3;
    }
#pragma GCC ivdep
    for (int32_t m = 0; m < n; m++) {
        double r2 = d2[m], inv2 = 1.0 / r2, r = sqrt(r2), inv = r * inv2;
        double u = r2 * scale - 1.0, v = u * u;
        double pe = p[degree], po = p[degree - 1], qe = q[degree], qo = q[degree - 1];
#pragma GCC unroll 20
        for (int k = degree - 2; k > 0; k -= 2) { /* even and odd powers: short chains */
            pe = pe * v + p[k];
            qe = qe * v + q[k];
            po = po * v + p[k - 1];
            qo = qo * v + q[k - 1];
        }
        double ps = (pe * v + p[0]) + u * po, qs = (qe * v + q[0]) + u * qo;
        double x = -r * pb[m];
        x = x < -700.0 ? -700.0 : x;
        double e = pa[m] * pair_exp(x), inv6 = inv2 * inv2 * inv2, d = pc[m] * inv6;
        pair[m] = e - d - shift[m];
        coulomb[m] = qq[m] * (inv - ps);
        force[m] = e * pb[m] * inv - 6.0 * d * inv2 + qq[m] * (inv * inv2 - qs);
    }
}

CLONES
void pair_kernel(const PairTable *t, int32_t n, PairWork *w)
{
    switch (t->degree) {
    case 18:
        kernel(t, n, w, 18);
        break;
    case 20:
        kernel(t, n, w, 20);
        break;
    case 24:
        kernel(t, n, w, 24);
        break;
    default:
        kernel(t, n, w, PAIR_DEGREE_MAX);
    }
}

void pair_scatter(Atoms *a, int32_t i, int32_t n, const PairWork *w, double *pair, double *coulomb)
{
    double fx = 0.0, fy = 0.0, fz = 0.0, ep = 0.0, ec = 0.0;
    for (int32_t m = 0; m < n; m++) {
        double *f = a->f[w->j[m]];
        double px = w->force[m] * w->dx[m], py = w->force[m] * w->dy[m],
               pz = w->force[m] * w->dz[m];
        f[0] -= px;
        f[1] -= py;
        f[2] -= pz;
        fx += px;
        fy += py;
        fz += pz;
        ep += w->pair[m];
        ec += w->coulomb[m];
    }
    a->f[i][0] += fx;
    a->f[i][1] += fy;
    a->f[i][2] += fz;
    *pair += ep;
    *coulomb += ec;
}
