/* van_hove_distinct.h -- where other atoms are a time t after an atom was here: the distinct van Hove function.
 *
 *   G_d^ab(r,t) = rho_b g_ab(r,t):  the mean density of atoms b at distance r at time s + t from the place where an atom
 * a was at time s, the atom itself left out (its periodic copies are other atoms). The dimensionless
 *   g_ab(r,t) = V < pairs (a at s, b at s+t) > / (N_a N_b 4 pi r^2 dr)
 * is written: 1 at large r, at t = 0 the pair distribution function of gr.h, count by count; both orders of a pair of
 * species are put together (equilibrium looks alike backwards). 4 pi r^2 rho_b g_ab dr is the number of atoms. The self part
 * is the histogram of isf.h.
 * L. van Hove, Phys. Rev. 95, 249 (1954), doi 10.1103/PhysRev.95.249.
 *
 * Distances are to all copies of the box of the later frame; in a moving box the earlier place goes with the box,
 * r(s) h(s)^-1 h(s+t). Positions must be unwrapped (checked). Lags are whole numbers of frames nearest to those asked for;
 * every stride-th frame is an origin. Counts are integers: the same bytes for any rank count. Standard errors from blocks of
 * origins, 8 to 16 of them, whatever the length of the run. Cost: some
 * 25 ns for each pair within rmax, origin and lag (2112 atoms, 10 A, 200 origins, 8 lags: 23 CPU s). Memory: 24 bytes x atoms x (longest lag/stride) on every rank.
 *
 * Layout (L lags, P pairs a <= b, B bins, S species):
 *   species [S], pairs [P] text; density [S] 1/A^3; t [L] ps; r [B] A (bin centres); bin_width A
 *   g, g_error [L][P][B]; count [L][P][B] (both orders); origins [L]
 */
#ifndef ANALYSIS_VAN_HOVE_DISTINCT_H
#define ANALYSIS_VAN_HOVE_DISTINCT_H

#include "analysis/observable.h"

typedef struct VanHoveDistinctOptions {
    ConfigList lags;  /* [ps] */
    double rmax, bin; /* [A] */
    int64_t stride;
} VanHoveDistinctOptions;

extern const ObservableKind van_hove_distinct_observable;

#endif
