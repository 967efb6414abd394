/* fft.h -- real-to-complex 3-D Fourier transforms on a mesh that is cut in slabs over the ranks.
 *
 * FFTW-MPI, in place, transposed output: the real mesh is cut along x (slabs of planes), its transform
 * along y. With more ranks than planes the last ranks hold nothing; that is allowed.
 * Plans are made with FFTW_ESTIMATE unless `measure`: measured plans differ between runs in their rounding.
 */
#ifndef PAR_FFT_H
#define PAR_FFT_H

#include "par/comm.h"

#include <stdbool.h>

typedef struct Fft Fft;

/* Mesh of n[0] x n[1] x n[2] points. Collective. Free with fft_free (Collective). */
Fft *fft_new(const Comm *c, const int n[3], bool measure);
void fft_free(Fft *f);

/* This rank's planes of the real mesh: x = first .. first + count - 1. Local. */
void fft_planes(const Fft *f, int *first, int *count);

/* First plane of each rank; [size + 1], the last entry is n[0]. Local. */
const int *fft_plane_starts(const Fft *f);

/* This rank's part of the transform: y = first .. first + count - 1. Local. */
void fft_columns(const Fft *f, int *first, int *count);

/* The local real mesh, index ((x - first) * n[1] + y) * fft_stride(f) + z. Local. */
double *fft_real(Fft *f);
int fft_stride(const Fft *f); /* 2 * (n[2]/2 + 1) */

/* The local transform as (re, im) pairs, index (((y - first) * n[0] + x) * (n[2]/2 + 1) + z) * 2. Local. */
double *fft_complex(Fft *f);

/* F(k) = sum f(r) exp(-i 2 pi k r / n); backward without normalisation: backward(forward) = N f.
 * Both Collective. */
void fft_forward(Fft *f);
void fft_backward(Fft *f);

/* Version of the library. Local. */
const char *fft_library(void);

#endif
