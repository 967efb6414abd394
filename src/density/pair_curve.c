#include "density/pair_curve.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void average(PairCurve *c, size_t i)
{
    double sum = 0.0, square = 0.0;
    for (size_t s = 0; s < c->nsets; s++)
        sum += c->parts[s * c->n + i].short_range;
    c->mean[i] = sum / (double)c->nsets;
    for (size_t s = 0; s < c->nsets; s++) {
        double d = c->parts[s * c->n + i].short_range - c->mean[i];
        square += d * d;
    }
    c->deviation[i] = c->nsets > 1 ? sqrt(square / (double)(c->nsets - 1)) : 0.0;
}

PairCurve pair_curve_compute(size_t nsets, const GordonKimSet set[], const FrozenIon a[],
                             const FrozenIon b[], size_t n, const double r[], int points)
{
    CHECK(nsets > 0 && n > 0, "%zu sets, %zu distances", nsets, n);
    PairCurve c = {.n = n,
                   .nsets = nsets,
                   .charges = frozen_ion_charge(&a[0]) * frozen_ion_charge(&b[0]),
                   .r = MEM_NEW(double, n),
                   .parts = MEM_NEW(GordonKimParts, nsets * n),
                   .mean = MEM_NEW(double, n),
                   .deviation = MEM_NEW(double, n)};
    memcpy(c.r, r, n * sizeof *r);
    for (size_t s = 0; s < nsets; s++)
        for (size_t i = 0; i < n; i++)
            c.parts[s * n + i] = gordon_kim_energy(&set[s], &a[s], &b[s], r[i], points);
    for (size_t i = 0; i < n; i++)
        average(&c, i);
    return c;
}

void pair_curve_clear(PairCurve *c)
{
    free(c->r);
    free(c->parts);
    free(c->mean);
    free(c->deviation);
    *c = (PairCurve){0};
}
