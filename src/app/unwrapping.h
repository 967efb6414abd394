/* unwrapping.h -- paths of atoms from positions that were folded into the box.
 *
 * In the first frame ions are made whole. From then on an atom takes the shortest way from frame to frame, among its
 * periodic images in the cell of the later frame, and the ways are added up (so that a box that changes size adds no motion,
 * S. von Buelow et al., J. Chem. Phys. 153, 021101 (2020), doi 10.1063/5.0008316). That is right while an atom moves less than half the
 * box between frames. Whether it did cannot be seen any more: a longest way of more than 0.4 of the box is refused. All functions
 * are Local and do the same on every rank.
 */
#ifndef APP_UNWRAPPING_H
#define APP_UNWRAPPING_H

#include "model/sample.h"

typedef struct Unwrapping Unwrapping;

Unwrapping *unwrapping_new(const Sample *sample);
void unwrapping_free(Unwrapping *u);

/* x [sample->n][3] A, folded in, unwrapped out. */
void unwrapping_frame(Unwrapping *u, const Cell *cell, double time, double (*x)[3]);

/* After the last frame: a notice of what was done, or ERR_INPUT if frames are too far apart. */
Err unwrapping_check(const Unwrapping *u) MUST_USE;

#endif
