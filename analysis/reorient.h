/* reorient.h -- how fast the B-H bonds of BH4 forget their direction.
 *
 * C_l(t) = < P_l(u(s) . u(s+t)) >, l = 1, 2, over the four B-H directions u of every ion and all origins. The
 * directions are those of the ideal tetrahedron turned by the ion's orientation (orient.h), so that bending of the
 * ion does not enter. Summed in fixed point: the same bytes for any rank count. Standard errors from groups of ions.
 * C_1 and C_2 of tetrahedral tumbling decay alike; about one fixed axis they keep a plateau.
 * Layout (T lags): t [T] ps; C1, C1_error, C2, C2_error [T]; tau1, tau2 (+ _error) ps: time integrals to half the
 *   longest lag of (C_l - plateau)/(1 - plateau), plateau = mean over the other half.
 */
#ifndef ANALYSIS_REORIENT_H
#define ANALYSIS_REORIENT_H

#include "analysis/lags.h"
#include "analysis/observable.h"

typedef struct ReorientOptions {
    LagOptions lags;
    int64_t groups; /* of ions, for standard errors */
} ReorientOptions;

extern const ObservableKind reorient_observable;

#endif
