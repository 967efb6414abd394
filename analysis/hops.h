/* hops.h -- jumps of BH4 from one orientation to another.
 *
 * Orientation q(t) of an ion is compared with a slowly followed well orientation p: d = p^-1 q, a rotation in the
 * body frame. The nearest of the twelve rotations of the tetrahedron is the label of the ion.
 * Rule of a jump (core sets; C. Schuette et al., J. Chem. Phys. 134, 204105 (2011), doi 10.1063/1.3590108): the label
 * changes when the ion comes within `core` degrees of another well; its time is the frame in which that well
 * became the nearest for the last time. Leaving a well and coming back is not a jump. Neighbouring wells are 120
 * degrees apart, so cores up to 60 do not overlap.
 *   C2     the change of label is a turn by 180 degrees (S4 axes); it is "parallel" if |cos| > 1/sqrt(2) between its
 *          axis and the line through the two nearest Mg, else "perpendicular"
 *   C3     a turn by 120 degrees (B-H bonds)
 *   other  the ion stays outside all cores for `settle`: its present orientation becomes the well
 * Jumps faster than the frame interval are lost; so are two that undo each other within it.
 * The well follows the ion with time constant `follow` while it is inside a core.
 * Rates are per ion; errors are Poisson (sqrt N) and from groups of ions; with no jump seen an upper limit is given.
 *
 * Layout (E events): events/{frame, ion, kind} [E] int64 (kind 2, 3, 0 = other); events/{time, dwell} ps (dwell: since
 *   the ion's last jump, -1 at the first), events/axis [E][3] laboratory, events/angle degree, events/cos_mg;
 *   kinds [3] text; count, rate, rate_error, rate_error_groups, rate_limit_95 [3] 1/ps; residence_time, its error ps;
 *   c2_parallel, c2_perpendicular; outside: fraction of time outside all cores; per_ion [ions] jumps of each
 */
#ifndef ANALYSIS_HOPS_H
#define ANALYSIS_HOPS_H

#include "analysis/observable.h"

typedef struct HopsOptions {
    double core;    /* degrees */
    double settle;  /* [ps] */
    double follow;  /* [ps] */
    int64_t groups; /* of ions, for standard errors */
} HopsOptions;

extern const ObservableKind hops_observable;

#endif
