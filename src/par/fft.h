/* fft.h -- real-to-complex 3-D Fourier transforms on a mesh that is shared out over the ranks.
 *
 * Two ways, one set of calls:
 *
 *   whole    one rank: FFTW's own 3-D transform. No messages.
 *   pencils  (par/pencil.h): the mesh is cut along x and y by a grid of ranks, a rank talks to its
 *            row and column only. Any rank count. With one column these are slabs: the mesh is cut along x, its
 *            transform along y. (FFTW-MPI's slabs take the same time with measured plans and half as long again with
 *            estimated ones, and know no padded rows.)
 *
 * `reproducible` takes pencils with one column on every rank count, one included: then each plane is
 * transformed by one and the same plan on one rank, each column of the transform likewise, and results
 * have the same bits on 1, 2, ... n[0] ranks. Its plans know no measured times.
 * Otherwise plans are made with FFTW_ESTIMATE unless `measure`. Measured plans differ from run to run in
 * their rounding: keep the wisdom with the checkpoint and the resumed run has the same plans.
 */
#ifndef PAR_FFT_H
#define PAR_FFT_H

#include "par/comm.h"

#include <stdbool.h>

typedef struct Fft Fft;

typedef struct FftOptions {
    int columns; /* of the grid of ranks, a divisor of the rank count; 0 and 1: slabs */
    int pad;     /* room for at least this many more numbers at the end of each z row */
    bool measure;
    bool reproducible; /* columns must be 0 or 1, no more ranks than n[0] or n[1] do work */
} FftOptions;

/* A rank's part of a mesh: points first[a] <= i_a < first[a] + count[a] of axis a, at the index
 * sum_a (i_a - first[a]) step[a]; step[2] is 1. */
typedef struct FftBlock {
    int first[3], count[3];
    size_t step[3];
} FftBlock;

/* Mesh of n[0] x n[1] x n[2] points. Collective. Free with fft_free (Collective). */
Fft *fft_new(const Comm *c, const int n[3], const FftOptions *o);
void fft_free(Fft *f);

/* This rank's points of the real mesh (z is never cut), and of its transform, 0 <= z <= n[2]/2. Local. */
const FftBlock *fft_block(const Fft *f);
const FftBlock *fft_wave_block(const Fft *f);

/* How the real mesh is cut: rank r * columns + c has the planes starts(0)[r] .. starts(0)[r + 1] - 1 and
 * of them the rows starts(1)[c] .. starts(1)[c + 1] - 1. Local. */
int fft_columns(const Fft *f);
const int *fft_starts(const Fft *f, int axis);

/* The local real mesh; rows are 64-byte aligned. Local. */
double *fft_real(Fft *f);

/* The local transform: (re, im) pairs. Local. */
double *fft_waves(Fft *f);

/* F(k) = sum f(r) exp(-i 2 pi k r / n); backward without normalisation: backward(forward) = N f. The
 * input is destroyed. Between begin and finish messages travel and no data of the transform may be touched. All
 * Collective. */
void fft_forward_begin(Fft *f);
void fft_forward_finish(Fft *f);
void fft_forward(Fft *f); /* both */
void fft_backward_begin(Fft *f);
void fft_backward_finish(Fft *f);
void fft_backward(Fft *f); /* both */

/* Messages that this rank sends in one transform, and their bytes. Local. */
void fft_traffic(const Fft *f, int64_t *messages, int64_t *bytes);

/* All that FFTW has measured so far, as text: that of rank 0, the same on every rank. Collective. free() it. */
char *fft_wisdom_export(const Comm *c);

/* Take it back, before the plans are made: rank 0's text counts, the others may give NULL. ERR_INPUT (on all
 * ranks) if it is none of this library's. Collective. */
Err fft_wisdom_import(const Comm *c, const char *text) MUST_USE;

/* Forget all wisdom. Local. */
void fft_wisdom_forget(void);

/* CPU seconds of one forward and one backward transform on one core, from a table of line lengths
 * (fft_cost.c): the same on every machine, so that what follows from it is too. Good to 20 % or so, which is
 * enough to know that 32^3 costs less than 30^3.
 *   measured  with plans that FFTW has measured, not estimated
 * Local, pure. */
double fft_cost(const int n[3], bool measured);

/* The smallest even number >= least with factors 2, 3, 5, 7 and at most one of 11 or 13, which FFTW is good at. Local, pure. */
int fft_good_size(double least);

#endif
