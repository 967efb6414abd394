/* waves_kernel.h -- the hot loops of waves.c over one row of wave vectors or over all. */
#ifndef SAMPLING_WAVES_KERNEL_H
#define SAMPLING_WAVES_KERNEL_H

#include <stddef.h>

enum {
    WAVES_AT_ONCE = 4, /* charges in one pass */
    WAVES_LANES =
        8 /* all lengths are multiples: every element is computed by the same instructions */
};

/* Of n wave vectors 0, 1 .. and then as many 0, -1 ..: re + i im += sum_c z_c (cos_c +- i sin_c), c = 0..3. Both halves share
 * all products. */
void waves_kernel_row(int n, const double z[WAVES_AT_ONCE][2],
                      const double *const cosine[WAVES_AT_ONCE],
                      const double *const sine[WAVES_AT_ONCE], double *re, double *im);

/* sum g [2 (sr dr + si di) + dr^2 + di^2], each term a multiple of WAVES_GRID */
double waves_kernel_change(size_t n, const double *g, const double *sr, const double *si,
                           const double *dr, const double *di);

/* sum g 2 (ar br + ai bi), each term a multiple of WAVES_GRID */
double waves_kernel_cross(size_t n, const double *g, const double *ar, const double *ai,
                          const double *br, const double *bi);

#endif
