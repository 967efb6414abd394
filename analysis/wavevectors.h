/* wavevectors.h -- the Q that a periodic box allows, in bins of |Q|, and directions spread evenly.
 *
 * Density waves of a periodic sample exist at Q = 2 pi h^-1 m only (m three integers, h the box): any other Q sees
 * the faces of the box. One of each pair Q, -Q is taken. A bin that holds more than wanted keeps those nearest to evenly
 * spread directions (a Fibonacci spiral, R. Swinbank, R. J. Purser, Q. J. R. Meteorol. Soc. 132, 1769 (2006), doi
 * 10.1256/qj.05.227), so nothing is drawn at random and the choice is the same in every run. All functions are Local.
 */
#ifndef ANALYSIS_WAVEVECTORS_H
#define ANALYSIS_WAVEVECTORS_H

#include "model/cell.h"
#include "store/config.h"

#include <stddef.h>

typedef struct Wavevectors {
    size_t n;
    int (*index)[3]; /* [n] m, sorted for speed (first, second, third index) */
    size_t *bin;     /* [n] */
    size_t bins;
    size_t *count; /* [bins] vectors, none is 0 */
    int most[3];   /* largest |m| along each axis */
    bool list;     /* asked for one by one: no powder average is meant */
} Wavevectors;

/* All Q with low <= |Q| < low + step * bins (the last bin reaches to or beyond `high`) in `cell`, at most `most` in
 * a bin (0: all); empty bins are left out. ERR_INPUT if there is none, or more than 1e6. Free with wavevectors_clear. */
Err wavevectors_shells(Wavevectors *w, const Cell *cell, double low, double high, double step,
                       size_t most) MUST_USE;

/* "1 0 -2", ...: each vector is a bin of its own, in this order. ERR_INPUT for other text, 0 0 0, or beyond +-4096. */
Err wavevectors_list(Wavevectors *w, const ConfigTexts *list) MUST_USE;
void wavevectors_clear(Wavevectors *w);

/* Q [1/A] of one of them in a cell. */
void wavevectors_q(const Cell *cell, const int index[3], double q[3]);

/* Largest |<u_i u_j> - delta_ij/3| over the vectors of each bin [bins]: 0 for a bin that sees all directions alike,
 * 2/3 for a single vector. */
void wavevectors_anisotropy(const Wavevectors *w, const Cell *cell, double deviation[]);

/* n directions spread evenly over half the sphere (z > 0), unit vectors u [n][3]; with their opposites they are
 * isotropic: |<u_i u_j> - delta_ij/3| < 1e-3 from n = 400 on (3e-3 at 100). */
void wavevectors_directions(size_t n, double (*u)[3]);

#endif
