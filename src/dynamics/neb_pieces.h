/* neb_pieces.h -- a way that leads over several barriers: a band for each, from minimum to minimum.
 *
 * One band over several barriers has few images for each, and its springs pull where it bends. So it is first relaxed roughly, without
 * climbing; where an image then lies lower than both its neighbours it is brought into its minimum, and if that is none of
 * those already known the way is cut there. Each piece is treated in the same way, and, when nothing is left to cut, relaxed
 * to the end (neb.h) with its own climbing image.
 */
#ifndef DYNAMICS_NEB_PIECES_H
#define DYNAMICS_NEB_PIECES_H

#include "dynamics/neb.h"

enum { NEB_PIECES = 16 };

typedef struct NebPiece {
    size_t first, top, last; /* images of the whole way */
    double barrier, back;    /* [eV] top above first and last */
} NebPiece;

typedef struct NebPieces {
    size_t n;
    NebPiece piece[NEB_PIECES];
} NebPieces;

/* Relax the inner images of `b`, and more of them: each piece gets as many as `b` has, and `b` is the whole way afterwards. Minima are
 * relaxed by `minimum`; two are one if no group of `dims` coordinates is farther apart than `apart` [A]. More than NEB_PIECES are not
 * looked for. `r` is about the whole: steps of all, converged if all are. Errors as neb_run. Collective. */
Err neb_pieces_run(const Comm *c, const NebProblem *p, const NebOptions *band,
                   const NebOptions *minimum, double apart, NebBand *b, NebResult *r,
                   NebPieces *pieces) MUST_USE;

#endif
