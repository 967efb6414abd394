/* rhok.h -- density waves rho_a(k) = sum_{i of species a} exp(i k.r_i) of one frame, at many k of the box.
 *
 * In fractional coordinates k.r = 2 pi m.s, so exp(i k.r) is a product of powers of three phases per atom; the phases
 * are worked out once for each atom and frame, their powers by repeated multiplication (error below |m| units in the
 * last place). Waves that share their first two indices share the product of those. A wave then costs one complex
 * multiplication an atom. Atoms are taken in pieces that stay in the cache, in an order that depends on the sample
 * only, so a wave has the same bits whichever rank makes it.
 */
#ifndef ANALYSIS_RHOK_H
#define ANALYSIS_RHOK_H

#include "analysis/wavevectors.h"
#include "model/sample.h"

#include <complex.h>

typedef struct Rhok Rhok;

/* Waves first .. first + count - 1 of w, which must outlive the object, like the sample. Free with rhok_free. Local. */
Rhok *rhok_new(const Sample *sample, const Wavevectors *w, size_t first, size_t count);
void rhok_free(Rhok *r);

/* One frame: x [n][3] A in `cell`. rho [count][nspecies] is written. Local. */
void rhok_frame(Rhok *r, const Cell *cell, const double (*x)[3], double complex *rho);

#endif
