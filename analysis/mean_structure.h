/* mean_structure.h -- what a diffractometer calls the positions: averages over frames in which equal atoms of one ion
 * have no names.
 *
 * A BH4 that jumps by C2 or C3 looks the same before and after, but its labelled H end half way between the sites, near
 * B, and the space group is lost although the crystal is untouched. So in every frame the four H of an ion are dealt
 * out anew to the four sites that the mean has so far: the one of the 24 assignments with the least sum of squared
 * distances. Mg and B keep their labels. Positions are averaged as fractional coordinates of each frame's cell.
 */
#ifndef ANALYSIS_MEAN_STRUCTURE_H
#define ANALYSIS_MEAN_STRUCTURE_H

#include "model/sample.h"
#include "model/symmetry.h"

typedef struct MeanStructure {
    const Sample *sample;
    int64_t frames;
    double (*sum)[3]; /* [n] fractional coordinates, summed */
    double *squares;  /* [n] A^2, summed squares of deviations from the mean */
    double h[3][3];   /* [A] cell, summed */
} MeanStructure;

/* `sample` must outlive it; canonical order. Local. */
void mean_structure_init(MeanStructure *m, const Sample *sample);
void mean_structure_clear(MeanStructure *m);

/* One frame; x [n][3] A unwrapped. Local. */
void mean_structure_add(MeanStructure *m, const Cell *cell, const double (*x)[3]);

/* Mean cell and fractional positions [n][3]. ERR_INPUT without a frame. Local. */
Err mean_structure_get(const MeanStructure *m, Cell *cell, double (*s)[3]) MUST_USE;

/* U_iso [A^2] of atom i: mean squared deviation along one axis; NaN with fewer than two frames. Local. */
double mean_structure_u(const MeanStructure *m, int64_t i);

/* Space group of the mean by spglib within symprec [A]; number 0: none. ERR_INPUT without a frame. Local. */
Err mean_structure_group(const MeanStructure *m, double symprec, SymmetryGroup *out) MUST_USE;

#endif
