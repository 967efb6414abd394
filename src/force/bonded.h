/* bonded.h -- what holds a BH4 ion together: B-H bonds, H-B-H angles, H-H springs.
 *
 *   E = sum_4 k2 (r-r0)^2 + k3 (r-r0)^3 + k4 (r-r0)^4 + sum_6 K (theta-theta0)^2 + sum_6 kUB
 * (r_HH-rUB)^2
 */
#ifndef FORCE_BONDED_H
#define FORCE_BONDED_H

#include "base/exact.h"
#include "force/forcefield.h"

/* Add the energy [eV] of all owned BH4 to *energy and their forces to a->f. Local. */
void bonded_compute(const FfParameters *p, Atoms *a, Exact *energy);

#endif
