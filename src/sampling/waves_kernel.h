/* waves_kernel.h -- the hot loops of waves.c: charges times wave vectors. */
#ifndef SAMPLING_WAVES_KERNEL_H
#define SAMPLING_WAVES_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

enum {
    WAVES_AT_ONCE = 8, /* charges in one pass */
    WAVES_LANES = 4 /* all lengths are multiples: elements are computed by the same instructions */
};

/* Wave vectors n with equal (n0, n1): n2 = 0 .. length-1, then 0, -1 .. -(length-1), both filled up to a multiple of
 * WAVES_LANES. Those that do not count (outside the sphere, or the second 0) have g = 0. */
typedef struct WavesRow {
    int n[2], low, high, length;
    size_t first;
} WavesRow;

/* exp(2 pi i n s) of WAVES_AT_ONCE charges: [part][(n + max) WAVES_AT_ONCE + charge] of axes 0 and 1, the first times the
 * charge; [part][charge stride + n], n >= 0, of axis 2. part 0: cosine, 1: sine. */
typedef struct WavesPhases {
    int max[2], stride;
    double *along[2][2], *last[2];
} WavesPhases;

/* exp(i n t) for n = 0 .. most from exp(i t) of WAVES_AT_ONCE charges: c, s [most + 1][WAVES_AT_ONCE] */
void waves_kernel_powers(int most, const double c1[WAVES_AT_ONCE], const double s1[WAVES_AT_ONCE],
                         double *c, double *s);

/* In all rows D = sum of the charges, or D += if `more`; dr, di stand for wave vector k0 and those after it. */
void waves_kernel_add(const WavesPhases *p, size_t nrow, const WavesRow *row, size_t k0, bool more,
                      double *dr, double *di);

/* The same, and sum g [2 (sr dr + si di) + dr^2 + di^2], each term a multiple of WAVES_GRID; g, sr, si as dr */
double waves_kernel_move(const WavesPhases *p, size_t nrow, const WavesRow *row, size_t k0,
                         bool more, double *dr, double *di, const double *g, const double *sr,
                         const double *si);

/* That sum for D at hand */
double waves_kernel_change(size_t n, const double *g, const double *sr, const double *si,
                           const double *dr, const double *di);

/* s += sign d */
void waves_kernel_sum(size_t n, double sign, const double *d, double *s);

#endif
