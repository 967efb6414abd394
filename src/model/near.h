/* near.h -- which atoms stand near a point, periodic copies included: for structures, not for
 * forces.
 *
 * Atoms are sorted into bins in fractional coordinates; bins are visited with their lattice step,
 * so a box may be narrower than the distance looked for, and a copy of the same atom may come up
 * more than once. All functions are Local.
 */
#ifndef MODEL_NEAR_H
#define MODEL_NEAR_H

#include "model/cell.h"

#include <stdint.h>

typedef struct Near Near;

/* Called for atom j, whose copy stands at r + d, r2 = d^2 [A^2]. */
typedef void NearVisit(void *data, int64_t j, const double d[3], double r2);

/* Bins for looking as far as `cutoff` [A]; x [n][3] A is copied. Free with near_free. */
Near *near_new(const Cell *cell, int64_t n, const double (*x)[3], double cutoff);
void near_free(Near *near);

/* Every copy of every atom within the cut-off of r, in an order that depends on the atoms and r
 * only. */
void near_visit(const Near *near, const double r[3], NearVisit *visit, void *data);

#endif
