/* rhok_kernel.h -- the inner loops of rhok.c on pieces of RHOK_PIECE atoms; all Local and pure. */
#ifndef ANALYSIS_RHOK_KERNEL_H
#define ANALYSIS_RHOK_KERNEL_H

#include <stddef.h>

enum { RHOK_PIECE = 256 };

/* re + i im of the atoms of a piece */
typedef struct RhokRow {
    double re[RHOK_PIECE], im[RHOK_PIECE];
} RhokRow;

/* out = exp(2 pi i s) */
void rhok_kernel_phase(const double s[RHOK_PIECE], RhokRow *out);

/* out = a b, or a conj(b) */
void rhok_kernel_times(const RhokRow *a, const RhokRow *b, int conjugate, RhokRow *out);

/* sum = sum_i a_i b_i, or of a_i conj(b_i) */
void rhok_kernel_dot(const RhokRow *a, const RhokRow *b, int conjugate, double sum[2]);

#endif
