/* h_density.h -- where the four H of a BH4 stand, seen from B: a map on the sphere, mean over ions and frames.
 *
 * The frame of each ion is that of its site: z points from B towards the nearer of the two Mg that it bridges (the line
 * of both, mean over the run), x lies along the edge of the mean tetrahedron that faces that Mg. In gamma a resting ion
 * then shows two spots at azimuth 0 and 180 degrees towards one Mg and two at +-90 degrees towards the other. For the mean
 * tetrahedron the H are dealt out anew in every frame, as in mean_structure.h; the map counts all four H alike, so jumps
 * between sites leave it unchanged, and what lies between the spots is the way that the ion takes. The edge has no
 * direction: the map is made equal under half a turn about z. Ions with less than two Mg within `cutoff` are left out.
 *
 * Counts are integers, so results are the same bytes for any rank count. Memory: 48 bytes per ion and frame.
 * Layout (P bins of cos(theta), A of azimuth):
 *   cos_theta [P], azimuth [A] degrees: bin centres; density [P][A]: counts over the count of a uniform
 *   distribution; density_error [P][A]: from groups of ions; ions (counted), left_out; frames
 *   bond, bond_rms A: mean length of B-H and its standard deviation
 */
#ifndef ANALYSIS_H_DENSITY_H
#define ANALYSIS_H_DENSITY_H

#include "analysis/observable.h"

typedef struct HDensityOptions {
    double cutoff;          /* [A] largest distance of Mg from B */
    int64_t polar, azimuth; /* bins */
    int64_t groups;
} HDensityOptions;

extern const ObservableKind h_density_observable;

#endif
