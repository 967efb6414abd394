#include "analysis/equivalence.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- draws ----------------------------------------------------------------------------------- */

/* Mean over units drawn with replacement; the same ones for all arms of a group. */
static double drawn_mean(uint64_t seed, uint64_t draw, const EquivalenceArm *a)
{
    double sum = 0.0;
    for (size_t i = 0; i < a->n; i += 4) {
        uint32_t word[4];
        rng_words(seed, RNG_BOOTSTRAP, draw, (uint64_t)a->group << 32 | i, word);
        for (size_t k = 0; k < 4 && i + k < a->n; k++)
            sum += a->value[(uint64_t)word[k] * a->n >> 32];
    }
    return sum / (double)a->n;
}

static double mean_of(const EquivalenceArm *a)
{
    double sum = 0.0;
    for (size_t i = 0; i < a->n; i++)
        sum += a->value[i];
    return sum / (double)a->n;
}

double *equivalence_draw(uint64_t seed, size_t narm, const EquivalenceArm arm[])
{
    CHECK(narm <= EQUIVALENCE_ARMS, "%zu arms", narm);
    double *draws = MEM_NEW(double, EQUIVALENCE_DRAWS *narm);
    for (size_t d = 0; d < EQUIVALENCE_DRAWS; d++)
        for (size_t a = 0; a < narm; a++)
            draws[d * narm + a] = log(drawn_mean(seed, d, &arm[a]));
    return draws;
}

/* ---- judgement ------------------------------------------------------------------------------- */

static double contrast(size_t n, const double weight[], const double ln[])
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        if (weight[i] != 0.0)
            sum += weight[i] * ln[i];
    return sum;
}

/* Not-a-number last: it is on neither side of anything. */
static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    if (isnan(x) || isnan(y))
        return isnan(x) - isnan(y);
    return (x > y) - (x < y);
}

/* Quantile of sorted draws; NaN ones count as open on both sides. */
static double quantile(const double draw[], size_t numbers, double q)
{
    size_t lost = EQUIVALENCE_DRAWS - numbers, k = (size_t)(q * EQUIVALENCE_DRAWS);
    if (q < 0.5)
        return k < lost || numbers == 0 ? -INFINITY : draw[k - lost];
    return k >= numbers ? INFINITY : draw[k];
}

static double stretch(double n)
{
    if (n < 2.0)
        return INFINITY;
    return gsl_cdf_tdist_Pinv(0.975, n - 1.0) / gsl_cdf_ugaussian_Pinv(0.975) * sqrt(n / (n - 1.0));
}

EquivalenceContrast equivalence_judge(size_t narm, const EquivalenceArm arm[],
                                      const double weight[], const double *draws, double margin)
{
    EquivalenceContrast c;
    double ln[EQUIVALENCE_ARMS], *draw = MEM_NEW(double, EQUIVALENCE_DRAWS), m = log(margin);
    size_t numbers = 0, units = SIZE_MAX, below = 0, beyond = 0, under = 0;
    for (size_t a = 0; a < narm; a++) {
        ln[a] = log(mean_of(&arm[a]));
        if (weight[a] != 0.0 && arm[a].n < units)
            units = arm[a].n;
    }
    c.value = contrast(narm, weight, ln);
    double wide = stretch((double)units);
    for (size_t d = 0; d < EQUIVALENCE_DRAWS; d++) {
        double x = contrast(narm, weight, draws + d * narm) - c.value;
        if (isinf(c.value)) /* then draws are as they are */
            x = contrast(narm, weight, draws + d * narm);
        else
            x = x == 0.0 ? c.value : c.value + wide * x;
        draw[d] = x;
        numbers += isnan(x) ? 0 : 1;
        below += x > m ? 0 : 1;
        beyond += x < m ? 0 : 1;
        under += x > -m ? 0 : 1;
    }
    qsort(draw, EQUIVALENCE_DRAWS, sizeof *draw, ascending);
    c.low = quantile(draw, numbers, 0.025);
    c.high = quantile(draw, numbers, 0.975);
    c.error = 0.5 * (quantile(draw, numbers, 0.84134) - quantile(draw, numbers, 0.15866));
    if (isnan(c.error))
        c.error = INFINITY;
    c.p_more = (double)(below + 1) / (EQUIVALENCE_DRAWS + 1);
    c.p_equal = (double)((beyond > under ? beyond : under) + 1) / (EQUIVALENCE_DRAWS + 1);
    free(draw);
    return c;
}

void equivalence_holm(size_t n, const double p[], double adjusted[])
{
    size_t *order = MEM_NEW(size_t, n);
    double *in = MEM_NEW(double, n), least = 0.0;
    memcpy(in, p, n * sizeof *in);
    for (size_t i = 0; i < n; i++) {
        size_t k = i;
        for (; k > 0 && in[order[k - 1]] > in[i]; k--)
            order[k] = order[k - 1];
        order[k] = i;
    }
    for (size_t i = 0; i < n; i++) {
        least = fmax(least, (double)(n - i) * in[order[i]]);
        adjusted[order[i]] = fmin(least, 1.0);
    }
    free(order);
    free(in);
}

/* ---- power ----------------------------------------------------------------------------------- */

static double both_z(double alpha, double power)
{
    return gsl_cdf_ugaussian_Pinv(1.0 - 0.5 * alpha) + gsl_cdf_ugaussian_Pinv(power);
}

double equivalence_events(double f, double rho, double alpha, double power)
{
    double z = both_z(alpha, power), size = log(rho);
    return z * z / (f * (1.0 - f) * size * size);
}

double equivalence_detectable(double f, double events, double alpha, double power)
{
    return exp(both_z(alpha, power) / sqrt(f * (1.0 - f) * events));
}

double equivalence_base_rate(double window, double n, double rate)
{
    return -expm1(-2.0 * window * n * rate);
}

double equivalence_units(double value, double error, double units, double margin)
{
    double z = gsl_cdf_ugaussian_Pinv(0.975) + gsl_cdf_ugaussian_Pinv(0.9);
    double distance = fabs(fabs(value) - log(margin));
    if (!(distance > 0.0) || !isfinite(error) || !isfinite(distance))
        return INFINITY;
    return ceil(units * (z * error / distance) * (z * error / distance));
}
