/* body.h -- an owned ion as one body: its mass, centre and velocity.
 *
 * Flexible: mass-weighted means over its atoms. Rigid: B, which is the exact centre of the ideal
 * tetrahedron. All Local.
 */
#ifndef DYNAMICS_BODY_H
#define DYNAMICS_BODY_H

#include "base/vec.h"
#include "domain/domain.h"

/* [u] */
static inline double body_mass(const Atoms *a, int32_t ion)
{
    double m = 0.0;
    for (int32_t k = a->ion_first[ion]; k < a->ion_first[ion + 1]; k++)
        m += a->mass[k];
    return m;
}

/* Mass-weighted mean of `of` (a->x or a->v) over the atoms of an ion. Differences from the first
 * atom are averaged, so an ion whose atoms agree gives that value exactly. */
static inline void body_mean(const Atoms *a, int32_t ion, const double (*of)[3], double out[3])
{
    int32_t first = a->ion_first[ion];
    double m = a->mass[first], sum[3] = {0.0, 0.0, 0.0};
    for (int32_t k = first + 1; k < a->ion_first[ion + 1]; k++) {
        double d[3];
        vec_sub(of[k], of[first], d);
        vec_axpy(a->mass[k], d, sum);
        m += a->mass[k];
    }
    for (int c = 0; c < 3; c++)
        out[c] = of[first][c] + sum[c] / m;
}

/* Centre [A] and its velocity [A/time] */
static inline void body_centre(const Atoms *a, bool rigid, int32_t ion, double x[3])
{
    if (rigid) {
        for (int c = 0; c < 3; c++)
            x[c] = a->x[a->ion_first[ion]][c];
    } else {
        body_mean(a, ion, (const double(*)[3])a->x, x);
    }
}

static inline void body_velocity(const Atoms *a, bool rigid, int32_t ion, double v[3])
{
    if (rigid) {
        for (int c = 0; c < 3; c++)
            v[c] = a->v[a->ion_first[ion]][c];
    } else {
        body_mean(a, ion, (const double(*)[3])a->v, v);
    }
}

#endif
