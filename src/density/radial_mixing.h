/* radial_mixing.h -- the next potential of a self-consistent field from those before it.
 *
 * Plain mixing in the first steps, then D. G. Anderson, J. ACM 12, 547 (1965), doi 10.1145/321296.321305: the combination of
 * the last steps whose residual is least in the weighted norm, plus a share of that residual.
 */
#ifndef DENSITY_RADIAL_MIXING_H
#define DENSITY_RADIAL_MIXING_H

#include <stddef.h>

typedef struct RadialMixing RadialMixing;

/* Vectors of n numbers with weight [n] in the norm (kept by the caller). Local. Free with radial_mixing_free. */
RadialMixing *radial_mixing_new(size_t n, const double weight[]);
void radial_mixing_free(RadialMixing *m);

/* x [n] gave `out` [n]; x becomes the next one to try. Local. */
void radial_mixing_next(RadialMixing *m, const double out[], double x[]);

#endif
