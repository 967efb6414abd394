/* displacements_kernel.h -- the hot loop of self functions: histogram of distances between pairs of frames.
 *
 * Distances are made eight at a time, counts one by one. A point that does not move puts pair after pair into the same
 * bin, and a counter cannot be raised again before its last value is back: so each bin has DISPLACEMENTS_COPIES
 * counters, used in turn. Two lags share the loads of the origins, and the distances of one overlap in the processor with
 * the counts of the other. Every instruction set gives the same bin to the same pair (no contraction of a*b+c).
 */
#ifndef ANALYSIS_DISPLACEMENTS_KERNEL_H
#define ANALYSIS_DISPLACEMENTS_KERNEL_H

#include <stdint.h>

enum { DISPLACEMENTS_COPIES = 4 };

/* For each origin t = 0 .. n-1: h[COPIES b + any] += 1 with b <= scale |x(t+lag) - x(t)| < b + 1; b = bins counts the rest.
 * Local.
 *   x       three rows of floats, `pitch` apart, from the first origin on
 *   scale   bins per unit of x */
void displacements_kernel_one(const float *x, int64_t pitch, int64_t lag, int64_t n, float scale,
                              int32_t bins, uint32_t *h);

/* The same for two lags. Local. */
void displacements_kernel_two(const float *x, int64_t pitch, const int64_t lag[2], int64_t n,
                              float scale, int32_t bins, uint32_t *h0, uint32_t *h1);

/* The same for one lag and the origins `first`, first + stride, .. below n. Local. */
void displacements_kernel_strided(const float *x, int64_t pitch, int64_t lag, int64_t first,
                                  int64_t stride, int64_t n, float scale, int32_t bins,
                                  uint32_t *h);

#endif
