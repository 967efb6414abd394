/* blocks.h -- a mean and its standard error, from numbers that may or may not know of each other.
 *
 * All functions are Local and pure.
 */
#ifndef ANALYSIS_BLOCKS_H
#define ANALYSIS_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Estimate {
    double mean;
    double error; /* standard error of the mean; NaN when fewer than two independent values exist */
} Estimate;

/* n independent values (blocks, groups of ions, replicas): standard error s/sqrt(n). */
Estimate blocks_mean(size_t n, const double values[]);

/* Its standard error alone, of values[0], values[pitch] .. values[(n - 1) pitch]; room [n]. */
double blocks_column_error(size_t n, size_t pitch, const double values[], double room[]);

/* The same with weights >= 0 (for groups of unequal size): weighted mean, and the error of a ratio
 * estimate sqrt(n/(n-1) sum w^2 (v - mean)^2)/sum w. */
Estimate blocks_weighted(size_t n, const double values[], const double weights[]);

/* The same for n quantities at once: values [groups][n] to mean [n], error [n]. */
void blocks_over_groups(size_t groups, size_t n, const double values[], const double weights[],
                        double mean[], double error[]);

/* Weighted mean [n] of the rows of `values` [blocks][n] but row `without` (SIZE_MAX: of all), for a jackknife. */
void blocks_mean_without(size_t n, size_t blocks, const double weights[], const double values[],
                         size_t without, double mean[]);

/* A correlated time series cut into `blocks` equal parts (the last values are left out if n is not
 * a multiple). Right when a part is much longer than the correlation time. */
Estimate blocks_series_fixed(size_t n, const double series[], size_t blocks);

/* A correlated time series: pairs are averaged again and again until what is left is uncorrelated
 * (plateau of the blocked error), H. Flyvbjerg, H. G. Petersen, J. Chem. Phys. 91, 461 (1989),
 * doi 10.1063/1.457480. The plateau is chosen by the test of M. Jonsson, Phys. Rev. E 98, 043304
 * (2018), doi 10.1103/PhysRevE.98.043304 (chi-squared of the lag-1 correlations at this and all
 * coarser levels, 1 % level).
 *   block      length of a block at the plateau, in values; may be NULL
 *   converged  false when fewer than 16 blocks were left: the error is then a lower bound; may be NULL
 */
Estimate blocks_series(size_t n, const double series[], size_t *block, bool *converged);

/* Numbers as integers, so that sums over ranks do not depend on the rank count: units of 2^-36, for
 * |value| up to 2^20; sums of up to 64 such values of the largest size, or 10^6 of size 64, fit. */
int64_t blocks_to_fixed(double value);
double blocks_from_fixed(int64_t value);

/* Sums over the items of each error group, as a table of fixed-point numbers, turned into what is written:
 *   sum [groups][n], count [groups] items     in
 *   value [groups][n], weight [groups]        mean of each group (0 where it has no item), its items
 *   mean [n], error [n]                       over groups */
void blocks_of_groups(size_t groups, size_t n, const int64_t sum[], const int64_t count[],
                      double value[], double weight[], double mean[], double error[]);

/* Error group (0..groups-1) of item i of n: contiguous, equal within one. */
size_t blocks_group(int64_t i, int64_t n, size_t groups);

#endif
