/* reorient.h -- how fast the B-H bonds of BH4 forget their direction, and whether ions know of each other's.
 *
 * C_l(t) = < P_l(u(s) . u(s+t)) >, l = 1, 2, over the four B-H directions u of every ion and all origins. The
 * directions are those of the ideal tetrahedron turned by the ion's orientation (orient.h), so that bending of the
 * ion does not enter. Summed in fixed point: the same bytes for any rank count. Standard errors from groups of ions.
 * C_1 and C_2 of tetrahedral tumbling decay alike; about one fixed axis they keep a plateau.
 * A tetrahedron has no dipole and no quadrupole of its bonds; its octupole T = sum_h u_h u_h u_h tells how it stands, whatever
 * H is where: jumps of the tetrahedron's own group leave it. Over all origins by Fourier transform (wiener.h),
 *   C_T(t) = < T_i(s):T_i(s+t) >/(32/9)                       one ion: libration, and turns to another setting
 *   C_T^coll(t) = < sum_i T_i(s) : sum_j T_j(s+t) >/(32 N/9)   all of them
 * C_T^coll(0) is the Kirkwood factor of order 3 (J. G. Kirkwood, J. Chem. Phys. 7, 911 (1939), doi 10.1063/1.1750343, for l = 1):
 * 1 if ions stand independently, N if all stand alike, near 0 if they compensate. Its error is from `groups` blocks of the run.
 * Layout (T lags): t [T] ps; C1, C1_error, C2, C2_error [T]; tau1, tau2 (+ _error) ps: time integrals to half the
 *   longest lag of (C_l - plateau)/(1 - plateau), plateau = mean over the other half.
 *   octupole, octupole_error [T]: C_T; octupole_collective, octupole_collective_error [T]; kirkwood, kirkwood_error
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
