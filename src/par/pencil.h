/* pencil.h -- 3-D transforms line by line, with the mesh cut along two axes. Part of fft.
 *
 * Ranks form a grid of rows x columns. Rank (r, c) holds planes x of part r and of them the rows y of
 * part c, whole along z:
 *
 *   [x part r][y part c][z]      z lines -> transform, then within the row of ranks
 *   [x part r][y all][kz part c] y lines -> transform, then within the column of ranks
 *   [y part r][x all][kz part c] x lines -> transform
 *
 * Messages of one transform: (columns - 1) + (rows - 1) per rank, of which each is 16 bytes times the
 * points that change hands; with one column, (ranks - 1). kz stays the fastest index, so that packing
 * moves whole runs and FFTW works on many lines side by side.
 *
 * One plan does each z plane, y plane and x column; with one column it knows the mesh only, not the
 * ranks: the bits of the result do not depend on their number.
 */
#ifndef PAR_PENCIL_H
#define PAR_PENCIL_H

#include "par/fft.h"

typedef struct Pencil Pencil;

/* columns must divide the rank count; stride: of z rows, a multiple of 8. Collective. */
Pencil *pencil_new(const Comm *c, const int n[3], int columns, int stride, unsigned effort);
void pencil_free(Pencil *p); /* Collective */

void pencil_blocks(const Pencil *p, FftBlock *real, FftBlock *waves); /* Local */
const int *pencil_starts(const Pencil *p, int axis);                  /* Local */
double *pencil_real(Pencil *p);                                       /* Local */
double *pencil_waves(Pencil *p);                                      /* Local */

/* See fft.h. All Collective. */
void pencil_forward_begin(Pencil *p);
void pencil_forward_finish(Pencil *p);
void pencil_backward_begin(Pencil *p);
void pencil_backward_finish(Pencil *p);

void pencil_traffic(const Pencil *p, int64_t *messages, int64_t *bytes); /* Local */

#endif
