#include "analysis/blocks.h"

#include "base/err.h"
#include "base/mem.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LEVELS = 62, MIN_BLOCKS = 16 };

Estimate blocks_mean(size_t n, const double values[])
{
    double mean = 0.0, sum = 0.0;
    for (size_t i = 0; i < n; i++)
        mean += values[i];
    mean = n > 0 ? mean / (double)n : NAN;
    for (size_t i = 0; i < n; i++)
        sum += (values[i] - mean) * (values[i] - mean);
    double count = (double)n;
    return (Estimate){mean, n > 1 ? sqrt(sum / (count * (count - 1.0))) : NAN};
}

double blocks_column_error(size_t n, size_t pitch, const double values[], double room[])
{
    for (size_t b = 0; b < n; b++)
        room[b] = values[b * pitch];
    return blocks_mean(n, room).error;
}

Estimate blocks_weighted(size_t n, const double values[], const double weights[])
{
    double mean = 0.0, total = 0.0, sum = 0.0;
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        if (weights[i] <= 0.0)
            continue;
        mean += weights[i] * values[i];
        total += weights[i];
        used++;
    }
    if (used == 0)
        return (Estimate){NAN, NAN};
    mean /= total;
    for (size_t i = 0; i < n; i++) {
        double d = weights[i] > 0.0 ? weights[i] * (values[i] - mean) : 0.0;
        sum += d * d;
    }
    double count = (double)used;
    return (Estimate){mean, used > 1 ? sqrt(count / (count - 1.0) * sum) / total : NAN};
}

void blocks_over_groups(size_t groups, size_t n, const double values[], const double weights[],
                        double mean[], double error[])
{
    double *v = MEM_NEW(double, groups);
    for (size_t i = 0; i < n; i++) {
        for (size_t g = 0; g < groups; g++)
            v[g] = values[g * n + i];
        Estimate e = blocks_weighted(groups, v, weights);
        mean[i] = e.mean, error[i] = e.error;
    }
    free(v);
}

void blocks_mean_without(size_t n, size_t blocks, const double weights[], const double values[],
                         size_t without, double mean[])
{
    double total = 0.0;
    for (size_t b = 0; b < blocks; b++)
        total += b == without ? 0.0 : weights[b];
    memset(mean, 0, n * sizeof *mean);
    for (size_t b = 0; b < blocks; b++)
        for (size_t k = 0; k < n && b != without; k++)
            mean[k] += weights[b] / total * values[b * n + k];
}

Estimate blocks_series_fixed(size_t n, const double series[], size_t blocks)
{
    size_t length = blocks > 0 ? n / blocks : 0;
    if (length == 0)
        return (Estimate){blocks_mean(n, series).mean, NAN};
    double *means = MEM_NEW(double, blocks);
    for (size_t b = 0; b < blocks; b++)
        means[b] = blocks_mean(length, series + b * length).mean;
    Estimate e = blocks_mean(blocks, means);
    free(means);
    return e;
}

/* Variance s^2 and lag-1 covariance of a series about `mean`. */
static void covariances(size_t n, const double x[], double mean, double *variance, double *lag1)
{
    double s = 0.0, g = 0.0;
    for (size_t i = 0; i < n; i++)
        s += (x[i] - mean) * (x[i] - mean);
    for (size_t i = 0; i + 1 < n; i++)
        g += (x[i] - mean) * (x[i + 1] - mean);
    *variance = s / (double)n;
    *lag1 = g / (double)n;
}

Estimate blocks_series(size_t n, const double series[], size_t *block, bool *converged)
{
    double mean = blocks_mean(n, series).mean;
    double *x = MEM_NEW(double, n);
    if (n > 0)
        memcpy(x, series, n * sizeof *x);
    double variance[MAX_LEVELS], test[MAX_LEVELS];
    size_t count[MAX_LEVELS], levels = 0;
    for (size_t m = n; m >= 2 && levels < MAX_LEVELS; m /= 2, levels++) {
        double lag1;
        covariances(m, x, mean, &variance[levels], &lag1);
        double c = (double)m, v = variance[levels];
        /* the lag-1 estimate about the sample mean is biased by -v/n */
        double r = v > 0.0 ? lag1 / v + (c - 1.0) / (c * c) : 0.0;
        test[levels] = c * r * r;
        count[levels] = m;
        for (size_t i = 0; i < m / 2; i++)
            x[i] = 0.5 * (x[2 * i] + x[2 * i + 1]);
    }
    free(x);
    size_t chosen = 0;
    for (; chosen + 1 < levels; chosen++) {
        double sum = 0.0;
        for (size_t k = chosen; k < levels; k++)
            sum += test[k];
        if (sum < gsl_cdf_chisq_Pinv(0.99, (double)(levels - chosen)))
            break;
    }
    if (block != NULL)
        *block = (size_t)1 << chosen;
    if (converged != NULL)
        *converged = levels > 0 && count[chosen] >= MIN_BLOCKS;
    if (levels == 0)
        return (Estimate){mean, NAN};
    return (Estimate){mean, sqrt(variance[chosen] / ((double)count[chosen] - 1.0))};
}

int64_t blocks_to_fixed(double value)
{
    CHECK(fabs(value) <= 0x1p20, "%g does not fit", value);
    return (int64_t)llrint(value * 0x1p36);
}

double blocks_from_fixed(int64_t value)
{
    return (double)value * 0x1p-36;
}

void blocks_of_groups(size_t groups, size_t n, const int64_t sum[], const int64_t count[],
                      double value[], double weight[], double mean[], double error[])
{
    double *column = MEM_NEW(double, groups);
    for (size_t g = 0; g < groups; g++) {
        weight[g] = (double)count[g];
        for (size_t k = 0; k < n; k++)
            value[g * n + k] = count[g] > 0 ? blocks_from_fixed(sum[g * n + k]) / weight[g] : 0.0;
    }
    for (size_t k = 0; k < n; k++) {
        for (size_t g = 0; g < groups; g++)
            column[g] = value[g * n + k];
        Estimate e = blocks_weighted(groups, column, weight);
        mean[k] = e.mean, error[k] = e.error;
    }
    free(column);
}

size_t blocks_group(int64_t i, int64_t n, size_t groups)
{
    return n > 0 ? (size_t)(i * (int64_t)groups / n) : 0;
}
