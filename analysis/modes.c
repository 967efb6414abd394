#include "analysis/modes.h"

#include "analysis/blocks.h"
#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void modes_clear(Modes *m)
{
    double *all[] = {m->energy, m->block, m->weight, m->mean, m->error};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        free(all[k]);
    *m = (Modes){0};
}

/* chi''/Q^2 or E chi''/Q^2 averaged over Q, for each group and E > 0. */
static void make_blocks(ModesKind kind, double kelvin, size_t nq, size_t ne, size_t first,
                        const double q[], const double s[], Modes *m)
{
    for (size_t g = 0; g < m->groups; g++)
        for (size_t k = 0; k < m->n; k++) {
            double e = m->energy[k], sum = 0.0;
            for (size_t i = 0; i < nq; i++)
                sum += s[(g * nq + i) * ne + first + k] / (q[i] * q[i]);
            double to_chi = -PI * expm1(-e / (UNITS_KB_MEV * kelvin)); /* pi/(n + 1) */
            m->block[g * m->n + k] = sum / (double)nq * to_chi * (kind == MODES_DENSITY ? e : 1.0);
        }
}

static void make_mean(Modes *m)
{
    double *column = MEM_NEW(double, m->groups);
    for (size_t k = 0; k < m->n; k++) {
        for (size_t g = 0; g < m->groups; g++)
            column[g] = m->block[g * m->n + k];
        Estimate e = blocks_weighted(m->groups, column, m->weight);
        m->mean[k] = e.mean, m->error[k] = e.error;
    }
    free(column);
}

Err modes_read(H5 *isf, H5 *sqw, ModesKind kind, Modes *out)
{
    size_t dims[3] = {0}, one, first = 0;
    double *energy = NULL, *q = NULL, *s = NULL, kelvin = NAN;
    *out = (Modes){0};
    Err e = h5_read(sqw, "S_blocks", 3, dims, &s, NULL);
    if (e == OK)
        e = h5_read(sqw, "E", 1, &one, &energy, NULL);
    if (e == OK)
        e = h5_read(sqw, "Q", 1, &one, &q, NULL);
    if (e == OK)
        e = h5_read_number(sqw, "temperature", &kelvin);
    if (e == OK)
        e = h5_read(isf, "block_weight", 1, &one, &out->weight, NULL);
    while (e == OK && first < dims[2] && !(energy[first] > 0.0))
        first++;
    if (e == OK && first == dims[2])
        e = err_set(ERR_INPUT, "modes: S(Q,E) has no energy above 0");
    if (e == OK) {
        out->groups = dims[0], out->n = dims[2] - first;
        out->energy = MEM_NEW(double, out->n);
        memcpy(out->energy, energy + first, out->n * sizeof *energy);
        out->block = MEM_NEW(double, out->groups * out->n);
        out->mean = MEM_NEW(double, out->n);
        out->error = MEM_NEW(double, out->n);
        make_blocks(kind, kelvin, dims[1], dims[2], first, q, s, out);
        make_mean(out);
    }
    free(energy), free(q), free(s);
    return e;
}

/* Height of f[at] above the higher of the lowest points between it and higher ground (or the end) on either side. */
static double prominence(const double f[], size_t first, size_t last, size_t at)
{
    double left = f[at], right = f[at];
    for (size_t k = at; k > first && f[k - 1] <= f[at]; k--)
        left = fmin(left, f[k - 1]);
    for (size_t k = at; k < last && f[k + 1] <= f[at]; k++)
        right = fmin(right, f[k + 1]);
    return f[at] - fmax(left, right);
}

/* Top of the parabola through three points, at most one step away from the middle one. */
static double parabola(const Modes *m, const double f[], size_t k)
{
    double curve = f[k - 1] - 2.0 * f[k] + f[k + 1], step = m->energy[k + 1] - m->energy[k];
    return m->energy[k] +
           (curve < 0.0 ? 0.5 * step * fmax(-1.0, fmin(1.0, (f[k - 1] - f[k + 1]) / curve)) : 0.0);
}

/* The maximum that one reaches by climbing from k. */
static size_t climb(const double f[], size_t first, size_t last, size_t k)
{
    while (k > first + 1 && f[k - 1] > f[k])
        k--;
    while (k + 1 < last && f[k + 1] > f[k])
        k++;
    return k;
}

/* Jackknife error of the place of a maximum: with each group left out, where one climbs to from it. */
static double place_error(const Modes *m, size_t first, size_t last, size_t k)
{
    double *f = MEM_NEW(double, m->n), *place = MEM_NEW(double, m->groups), total = 0.0;
    for (size_t g = 0; g < m->groups; g++)
        total += m->weight[g];
    for (size_t g = 0; g < m->groups; g++) {
        double w = m->weight[g];
        for (size_t j = 0; j < m->n; j++)
            f[j] = (total * m->mean[j] - w * m->block[g * m->n + j]) / (total - w);
        place[g] = parabola(m, f, climb(f, first, last, k));
    }
    Estimate e = blocks_mean(m->groups, place);
    free(f);
    free(place);
    return (double)(m->groups - 1) *
           e.error; /* (g-1)/g sum d^2 is (g-1)^2 times the error of a mean squared */
}

typedef struct Peak {
    size_t at;
    double height; /* prominence */
} Peak;

static int by_height(const void *a, const void *b)
{
    double x = ((const Peak *)a)->height, y = ((const Peak *)b)->height;
    return (x < y) - (x > y);
}

static int by_place(const void *a, const void *b)
{
    size_t x = ((const Peak *)a)->at, y = ((const Peak *)b)->at;
    return (x > y) - (x < y);
}

void modes_peaks(const Modes *m, double low, double high, size_t count, double peak[],
                 double error[])
{
    size_t first = 0, last = m->n - 1, found = 0;
    while (first < last && m->energy[first] < low)
        first++;
    while (last > first && m->energy[last] > high)
        last--;
    Peak *all = MEM_NEW(Peak, m->n);
    for (size_t k = first + 1; k < last; k++)
        if (m->mean[k] > m->mean[k - 1] && m->mean[k] >= m->mean[k + 1]) {
            double height = prominence(m->mean, first, last, k);
            if (height > fmax(3.0 * m->error[k], 0.15 * m->mean[k]))
                all[found++] = (Peak){k, height};
        }
    qsort(all, found, sizeof *all, by_height);
    found = found < count ? found : count;
    qsort(all, found, sizeof *all, by_place);
    for (size_t k = 0; k < count; k++) {
        peak[k] = k < found ? parabola(m, m->mean, all[k].at) : NAN;
        error[k] = k < found ? place_error(m, first, last, all[k].at) : NAN;
    }
    free(all);
}
