/* separation.h -- what translation, rotation and vibration of the BH4 ions each do to the incoherent I(Q,t) of their H.
 *
 * Every H is at   r = c + R (b + u):
 *   c  translation: centre of mass of its ion
 *   R  rotation: turns the ideal tetrahedron b closest to the four B-H bonds (model/tetrahedron.h)
 *   u  vibration: what is left, seen in the frame that turns with the ion (so that a tetrahedron that is not ideal, but
 *      stays as it is, does not vibrate)
 * and each part gives an I(Q,t) by the same histograms as the whole (displacements.h). The length of b is the mean
 * bond of the first frame. If the three were independent and vibration isotropic, I = I_translation I_rotation I_vibration:
 * `coupling` = I - product says, with its error, how far they are not. Librations are part of the rotation, shaking
 * of a whole ion is part of the translation.
 * Standard errors from groups of ions. Same bytes for any number of ranks.
 * Layout (T lags, N Q-values): t [T] ps; Q [N] 1/A; I_whole, I_translation, I_rotation, I_vibration, I_product, coupling and
 *   NAME_error of each [N][T]; plateau_translation, plateau_rotation (the EISF of the rotation alone), plateau_vibration
 *   (its Debye-Waller factor), plateau_NAME_error [N]: means over the second half of the lags; bond A.
 */
#ifndef ANALYSIS_SEPARATION_H
#define ANALYSIS_SEPARATION_H

#include "analysis/lags.h"
#include "analysis/observable.h"

typedef struct SeparationOptions {
    ConfigList q; /* [1/A] if given, else q_min .. q_max in steps */
    double q_min, q_max, q_step;
    LagOptions lags;
    double bin, rmax; /* [A] */
    int64_t groups;
} SeparationOptions;

extern const ObservableKind separation_observable;

#endif
