/* wiener.h -- correlation functions of long series by Fourier transform (Wiener and Khinchin), over all origins.
 *
 *   P_b(l) = sum_s x(s + l) y*(s),   s in block b of the series, s + l anywhere in it,
 * for l = 0 .. longest; series are padded with zeros, so nothing wraps round. The whole run is the sum over blocks; what
 * a single block does not know gives standard errors by the jackknife. Plans are FFTW's estimated ones: the same bits
 * in every run. Everything is Local.
 *
 * Sums of many series are made of their power spectra, rounded to a grid so coarse that the sum in doubles is exact in
 * any order and over any number of ranks (base/exact.h); the grid is 2^-52 of the largest possible sum.
 */
#ifndef ANALYSIS_WIENER_H
#define ANALYSIS_WIENER_H

#include <complex.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Wiener {
    size_t frames, lags; /* lags = longest + 1 */
    size_t blocks;
    size_t n;     /* points of a transform */
    void *inside; /* plans and their room */
} Wiener;

/* longest < frames; blocks >= 1, at most frames. Free with wiener_free. */
Wiener *wiener_new(size_t frames, size_t longest, size_t blocks);
void wiener_free(Wiener *c);

/* Transforms of a series, whole and of each block alone: out [1 + blocks][n]. */
void wiener_transform(const Wiener *c, const double complex series[], double complex *out);

/* Real parts of (P_b of x and y + P_b of y and x)/2 from two transforms: out [blocks][lags]. */
void wiener_pair(const Wiener *c, const double complex *x, const double complex *y, double *out);

/* Origins of block b that have a partner at a lag. */
double wiener_origins(const Wiener *c, size_t block, size_t lag);

/* Mean over all origins, and jackknife pseudo-values of the blocks, from sums (divided by `norm`).
 * Their mean is the whole but for a bias of second order, their scatter its error; where all blocks have the same number
 * of origins they are the means of the blocks. A block without an origin at a lag gets the mean.
 *   lag [nlag] those that `sum` [blocks][nlag] holds
 *   whole [nlag], pseudo [blocks][pitch] (row b at pseudo + b pitch); either may be NULL */
void wiener_means(const Wiener *c, size_t nlag, const int64_t lag[], const double *sum, double norm,
                  double *whole, double *pseudo, size_t pitch);

/* The grid for `series` series whose numbers are at most `largest`, and the power spectrum of one of them added to
 * power [n]. */
double wiener_grid(const Wiener *c, double largest, double series);
void wiener_add_power(const Wiener *c, double grid, const double complex series[], double *power);

/* sum_s x(s + l) x*(s), real part, of everything added: out [lags]. */
void wiener_from_power(const Wiener *c, const double *power, double *out);

#endif
