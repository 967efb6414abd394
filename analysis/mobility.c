#include "analysis/mobility.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

/* y [n] of one coordinate of one point, in A. */
static void path_of(Spectral *s, const Trace *t, size_t point, int axis, double *row, double *y)
{
    const float *nm = trace_row(t, point, axis);
    for (size_t k = 0; k < t->frames; k++)
        row[k] = 10.0 * (double)nm[k];
    spectral_of_path(s, row, y);
}

/* Spectra of all sets, summed over ranks, and their fits. */
static void fit_sets(const Comm *c, Spectral *s, const Trace *t, size_t nset, MobilitySet set[],
                     double *row, double *y)
{
    Exact *sum = MEM_NEW(Exact, nset * s->n);
    for (size_t point = 0; point < t->points; point++)
        for (int axis = 0; axis < 3; axis++) {
            path_of(s, t, point, axis, row, y);
            for (size_t k = 0; k < nset; k++)
                for (size_t j = 0; set[k].weight[point] != 0.0 && j < s->n; j++)
                    exact_add(&sum[k * s->n + j], set[k].weight[point] * y[j] * y[j]);
        }
    comm_sum_exact(c, nset * s->n, sum);
    for (size_t k = 0; k < nset; k++) {
        for (size_t j = 0; j < s->n; j++)
            y[j] = fmax(exact_value(sum[k * s->n + j]), 0.0);
        if (set[k].like != NULL)
            spectral_fit_like(set[k].like, s->n, y, set[k].values, &set[k].fit);
        else
            spectral_fit(s->n, y, set[k].values, &set[k].fit);
        spectral_times_init(&set[k].times, &set[k].fit, s->n);
    }
    free(sum);
}

/* Standard error of a sum over ions from their scatter, each kind of ion about its own mean. */
static double scatter(const Sample *sample, const Exact part[], const int64_t present[])
{
    double variance = 0.0;
    for (int kind = 0; kind < ION_KINDS; kind++) {
        double n = 0.0, mean = 0.0, sum = 0.0;
        for (int pass = 0; pass < 2; pass++)
            for (int64_t i = 0; i < sample->nion; i++) {
                if ((int)sample->ion_kind[i] != kind || present[i] == 0)
                    continue;
                double q = exact_value(part[i]);
                if (pass == 0)
                    n += 1.0, mean += q;
                else
                    sum += (q - mean / n) * (q - mean / n);
            }
        if (n > 1.0)
            variance += sum * n / (n - 1.0);
    }
    return sqrt(variance);
}

void mobility_measure(const Comm *c, const Sample *sample, const Trace *trace, const int64_t ion[],
                      size_t nset, MobilitySet set[])
{
    Spectral s;
    spectral_init(&s, trace->frames, SPECTRAL_MOST);
    size_t ions = (size_t)sample->nion;
    double *row = MEM_NEW(double, trace->frames), *y = MEM_NEW(double, s.n);
    Exact *part = MEM_NEW(Exact, nset * ions);
    int64_t *present = MEM_NEW(int64_t, nset * ions);
    fit_sets(c, &s, trace, nset, set, row, y);
    for (size_t point = 0; point < trace->points; point++)
        for (int axis = 0; axis < 3; axis++) {
            path_of(&s, trace, point, axis, row, y);
            for (size_t k = 0; k < nset; k++) {
                if (set[k].weight[point] == 0.0)
                    continue;
                size_t at = k * ions + (size_t)ion[point];
                exact_add(&part[at], spectral_times_add(&set[k].times, y, set[k].weight[point]));
                present[at] = 1;
            }
        }
    comm_sum_exact(c, nset * ions, part);
    comm_sum_i64(c, nset * ions, present);
    for (size_t k = 0; k < nset; k++) {
        comm_sum_exact(c, set[k].times.times, set[k].times.q);
        set[k].error = fmax(spectral_error(&set[k].times, NULL, set[k].fit.gamma),
                            scatter(sample, part + k * ions, present + k * ions));
    }
    free(part), free(present), free(row), free(y);
    spectral_clear(&s);
}

void mobility_clear(size_t nset, MobilitySet set[])
{
    for (size_t k = 0; k < nset; k++) {
        spectral_times_clear(&set[k].times);
        spectral_fit_clear(&set[k].fit);
    }
}
