#include "analysis/bragg.h"

#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Wave {
    double length;
    int index[3];
} Wave;

static int by_length(const void *a, const void *b)
{
    const Wave *u = a, *v = b;
    if (fabs(u->length - v->length) > 1e-9)
        return u->length < v->length ? -1 : 1;
    for (int k = 0; k < 3; k++) /* equal lengths: any fixed order, the same on every rank */
        if (u->index[k] != v->index[k])
            return u->index[k] < v->index[k] ? -1 : 1;
    return 0;
}

/* Length of k = 2 pi inv^T index. */
static double wave_length(const Cell *cell, const int index[3])
{
    double s[3] = {index[0], index[1], index[2]}, k[3];
    mat_times_vec(cell->inv, s, k);
    return 2.0 * PI * vec_norm(k);
}

Err bragg_init(Bragg *b, const Comm *c, const Sample *sample, const Cell *cell, double kmax)
{
    memset(b, 0, sizeof *b);
    double expected = cell->volume * kmax * kmax * kmax / (12.0 * PI * PI);
    if (!(expected >= 128) || expected > 2e6)
        return err_set(
            ERR_INPUT,
            "Bragg test: the box has about %.0f wave vectors below %g 1/A; between 128 and 2e6 "
            "are usable",
            expected, kmax);
    b->sample = sample;
    for (int a = 0; a < 3; a++) /* |k.a| = 2 pi |index| <= kmax |a| */
        b->most[a] = (int)floor(kmax * vec_norm(cell->h[a]) / (2.0 * PI));
    Wave *waves = MEM_NEW(Wave, 2.0 * expected + 1e5);
    for (int i = 0; i <= b->most[0]; i++)
        for (int j = i > 0 ? -b->most[1] : 0; j <= b->most[1]; j++)
            for (int k = i > 0 || j > 0 ? -b->most[2] : 1; k <= b->most[2]; k++) {
                Wave w = {.index = {i, j, k}};
                w.length = wave_length(cell, w.index);
                if (w.length <= kmax)
                    waves[b->nk++] = w;
            }
    qsort(waves, b->nk, sizeof *waves, by_length);
    b->index = mem_new(b->nk, sizeof *b->index);
    b->length = MEM_NEW(double, b->nk);
    b->sum = MEM_NEW(double, b->nk);
    for (size_t k = 0; k < b->nk; k++) {
        memcpy(b->index[k], waves[k].index, sizeof b->index[k]);
        b->length[k] = waves[k].length;
    }
    free(waves);
    comm_block(c, (int64_t)b->nk, &b->first, &b->count);
    return OK;
}

void bragg_clear(Bragg *b)
{
    free(b->index);
    free(b->length);
    free(b->sum);
    memset(b, 0, sizeof *b);
}

/* exp(2 pi i m s) for m = -most..most and every atom, one axis: [n][2 most + 1]; free(). */
static double complex *phases(int64_t n, const double (*s)[3], int axis, int most)
{
    size_t row = 2 * (size_t)most + 1;
    double complex *out = mem_new((size_t)n * row, sizeof *out);
    for (int64_t i = 0; i < n; i++)
        for (int m = 0; m <= most; m++) {
            double angle = 2.0 * PI * remainder(m * s[i][axis], 1.0);
            double complex e = cos(angle) + I * sin(angle);
            out[(size_t)i * row + (size_t)(most + m)] = e;
            out[(size_t)i * row + (size_t)(most - m)] = conj(e);
        }
    return out;
}

static void form_factors(const Sample *s, double k, double f[], double *mean)
{
    *mean = 0;
    for (int a = 0; a < s->nspecies; a++)
        f[a] = species_f0(species_form_factor(s->species[a]->element), k);
    for (int64_t i = 0; i < s->n; i++)
        *mean += f[s->kind[i]] / (double)s->n;
}

void bragg_add(Bragg *b, const Cell *cell, const double (*x)[3])
{
    const Sample *s = b->sample;
    double(*frac)[3] = mem_new((size_t)s->n, sizeof *frac);
    for (int64_t i = 0; i < s->n; i++)
        cell_to_fractional(cell, x[i], frac[i]);
    double complex *e[3];
    size_t row[3];
    for (int a = 0; a < 3; a++) {
        e[a] = phases(s->n, (const double(*)[3])frac, a, b->most[a]);
        row[a] = 2 * (size_t)b->most[a] + 1;
    }
    for (int64_t w = b->first; w < b->first + b->count; w++) {
        const int *m = b->index[w];
        double f[SAMPLE_MAX_SPECIES], mean, re = 0, im = 0;
        form_factors(s, wave_length(cell, m), f, &mean);
        for (int64_t i = 0; i < s->n; i++) {
            double complex u = e[0][(size_t)i * row[0] + (size_t)(b->most[0] + m[0])];
            double complex v = e[1][(size_t)i * row[1] + (size_t)(b->most[1] + m[1])];
            double complex z = e[2][(size_t)i * row[2] + (size_t)(b->most[2] + m[2])];
            double pr = creal(u) * creal(v) - cimag(u) * cimag(v);
            double pi = creal(u) * cimag(v) + cimag(u) * creal(v);
            re += f[s->kind[i]] * (pr * creal(z) - pi * cimag(z));
            im += f[s->kind[i]] * (pr * cimag(z) + pi * creal(z));
        }
        b->sum[w] += (re * re + im * im) / ((double)s->n * mean * mean);
    }
    b->frames++;
    for (int a = 0; a < 3; a++)
        free(e[a]);
    free(frac);
}

void bragg_reduce(Bragg *b, const Comm *c)
{
    comm_sum(c, b->nk, b->sum);
}

static int by_value(const void *a, const void *b)
{
    double u = *(const double *)a, v = *(const double *)b;
    return (u > v) - (u < v);
}

BraggVerdict bragg_verdict(const Bragg *b)
{
    enum { NEAR = 64 };
    BraggVerdict v = {0};
    for (size_t k = 0; k < b->nk; k++) {
        size_t from = k < NEAR / 2 ? 0 : k - NEAR / 2;
        from = from + NEAR > b->nk ? b->nk - NEAR : from;
        double near[NEAR];
        memcpy(near, b->sum + from, sizeof near);
        qsort(near, NEAR, sizeof *near, by_value);
        double ratio = b->sum[k] / (0.5 * (near[NEAR / 2 - 1] + near[NEAR / 2]));
        if (ratio > v.ratio) {
            v.ratio = ratio;
            v.q = b->length[k];
        }
    }
    /* P(max of n exponentials > x means) = 1 % at x = ln n + ln 100; the local median scatters by
     * 18 %, hence 1.4 */
    v.limit = 1.4 * (log((double)b->nk) + log(100.0)) / log(2.0);
    v.crystal = v.ratio > v.limit;
    return v;
}

void bragg_shells(const Bragg *b, double width, size_t n, double q[], double i[])
{
    double *number = MEM_NEW(double, n);
    memset(q, 0, n * sizeof *q);
    memset(i, 0, n * sizeof *i);
    for (size_t k = 0; k < b->nk; k++) {
        size_t shell = (size_t)(b->length[k] / width);
        if (shell >= n)
            continue;
        number[shell]++;
        q[shell] += b->length[k];
        i[shell] += b->sum[k] / (double)b->frames;
    }
    for (size_t k = 0; k < n; k++)
        if (number[k] > 0) {
            q[k] /= number[k];
            i[k] /= number[k];
        }
    free(number);
}
