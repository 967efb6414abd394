#include "analysis/hop_transport.h"

#include "analysis/spectral.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { ENOUGH = 8 };

static const double most_error = 0.5; /* relative, of what counts as a number */

/* S(0) of the mean over all replicas, and of the means without one: left [replicas]. */
typedef struct Pooled {
    double value, gamma, windows;
    bool plateau;
    double *left;
} Pooled;

static Pooled pool(size_t replicas, size_t n, const double p[], double values)
{
    double *sum = MEM_NEW(double, n), *part = MEM_NEW(double, n), r = (double)replicas;
    SpectralFit fit, other;
    for (size_t k = 0; k < replicas; k++)
        for (size_t j = 0; j < n; j++)
            sum[j] += p[k * n + j];
    for (size_t j = 0; j < n; j++)
        part[j] = sum[j] / r;
    spectral_fit(n, part, values * r, &fit);
    Pooled out = {fit.value, fit.gamma, fit.windows * r, fit.plateau, MEM_NEW(double, replicas)};
    for (size_t k = 0; k < replicas; k++) {
        if (replicas < 2 || fit.cutoff == 0) {
            out.left[k] = fit.value;
            continue;
        }
        for (size_t j = 0; j < n; j++)
            part[j] = fmax(0.0, sum[j] - p[k * n + j]) / (r - 1.0);
        spectral_fit_like(&fit, n, part, values * (r - 1.0), &other);
        out.left[k] = other.value;
        spectral_fit_clear(&other);
    }
    spectral_fit_clear(&fit);
    free(sum);
    free(part);
    return out;
}

/* Relative standard error from what remains without one replica. */
static double jackknife(size_t n, const double left[], double value, double floor)
{
    double mean = 0.0, sum = 0.0, r = (double)n;
    if (n < 2)
        return floor;
    for (size_t k = 0; k < n; k++)
        mean += left[k] / r;
    for (size_t k = 0; k < n; k++)
        sum += (left[k] - mean) * (left[k] - mean);
    double error = sqrt((r - 1.0) / r * sum) / value;
    return n < ENOUGH ? fmax(error, floor) : error;
}

void hop_transport_measure(size_t replicas, size_t n, const double charge[], const double tracer[],
                           double ions, HopTransport *out)
{
    Pooled c = pool(replicas, n, charge, 3.0), t = pool(replicas, n, tracer, 3.0 * ions);
    double *ratio = MEM_NEW(double, replicas);
    out->charge = transport_judge(c.value, jackknife(replicas, c.left, c.value, c.gamma), c.windows,
                                  c.plateau, most_error);
    out->tracer = transport_judge(t.value / ions, jackknife(replicas, t.left, t.value, t.gamma),
                                  t.windows, t.plateau, most_error);
    double haven = t.value / c.value;
    for (size_t k = 0; k < replicas; k++)
        ratio[k] = t.left[k] / c.left[k];
    if (isfinite(haven) && haven > 0.0) {
        out->haven =
            transport_judge(haven, jackknife(replicas, ratio, haven, hypot(c.gamma, t.gamma)),
                            fmin(c.windows, t.windows), c.plateau && t.plateau, most_error);
    } else {
        out->haven = (Transport){.value = {NAN, NAN}, .bound = NAN};
        snprintf(out->haven.status, sizeof out->haven.status, "nothing moved far");
    }
    free(ratio);
    free(c.left);
    free(t.left);
}

void hop_transport_mean(size_t replicas, size_t n, const double value[], double mean[],
                        double error[])
{
    double *column = MEM_NEW(double, replicas);
    for (size_t j = 0; j < n; j++) {
        for (size_t k = 0; k < replicas; k++)
            column[k] = value[k * n + j];
        Estimate e = blocks_mean(replicas, column);
        mean[j] = e.mean;
        error[j] = e.error;
    }
    free(column);
}
