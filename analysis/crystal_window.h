/* crystal_window.h -- a curve that is odd in r as a window in Q shows it: convolution with
 *
 *   K(x) = (1/pi) int_qmin^qmax w(Q) W(Q) cos(Qx) dQ,    out(r) = int_0^end y(r') [K(r - r') - K(r + r')] dr'
 *
 * by sine transforms on an even grid, linear (padded), not periodic. The integral over Q ends exactly at qmin and qmax
 * (Gauss-Legendre panels). On the grid the sum over r' is exact for what the grid carries: features of y down to 1.6 steps.
 * Towards the end y fades out smoothly. Several rows, each with its own w, are added up. All functions are Local.
 */
#ifndef ANALYSIS_CRYSTAL_WINDOW_H
#define ANALYSIS_CRYSTAL_WINDOW_H

#include <stdbool.h>
#include <stddef.h>

typedef struct CrystalWindow CrystalWindow;

/* Grid of n points step, 2 step, ... [A]; values are wanted up to r = `last`, from where on the rows fade. */
CrystalWindow *crystal_window_new(size_t n, double step, double qmin, double qmax, bool lorch,
                                  double last, int nrows);
void crystal_window_free(CrystalWindow *w);

/* w(Q) of each row at Q [1/A]. */
typedef void CrystalWindowWeights(const void *data, double q, double out[]);

/* Kernels of all rows; weights NULL: 1. */
void crystal_window_kernel(CrystalWindow *w, CrystalWindowWeights *weights, const void *data);

/* rows [nrows][n] are read; out [npoints] at any r <= last: between grid points by the polynomial through the 12 nearest, good
 * to 1e-8 as the curve holds no Q beyond qmax <= 0.5/step. */
void crystal_window_apply(const CrystalWindow *w, const double rows[], size_t npoints,
                          const double r[], double out[]);

#endif
