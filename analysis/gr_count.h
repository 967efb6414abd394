/* gr_count.h -- the hot loop of gr.h: all pairs of one frame into histograms.
 *
 * The atoms of each species stand in columns along c, in a column by height. The atoms b that a given atom a can reach in a
 * column are then one stretch of memory, or a few where the box repeats: long loops without branches, whose distances
 * vectorise and whose counts go into one row of 32-bit numbers that stays in the cache. Pairs that turn out to be too far
 * (some 12 %: the width of a column) are counted beyond the end of the row and forgotten.
 * Pairs within ions are counted with the rest, then found again one by one with the same arithmetic and moved to their own
 * row. No contraction of a*b + c in this file, so a distance falls into the same bin on any rank count and with any
 * instruction set.
 * Good for long rmax; for rmax of a few A the columns are wider than need be.
 */
#ifndef ANALYSIS_GR_COUNT_H
#define ANALYSIS_GR_COUNT_H

#include "analysis/gr.h"

/* Add the pairs of this rank's share of atoms to histogram [2][npair][nbin]. Local. */
void gr_count(const Gr *g, const Cell *cell, const double (*x)[3], int64_t *histogram);

#endif
