/* tune.h -- what makes a stated force error cheapest: cut-off, Ewald splitting, mesh, order, list buffer; and
 * the error that this choice really has on the cell at hand.
 *
 * The choice (tune_pick) is a search over cut-offs and mesh orders. For each the splitting and the mesh that
 * keep the estimated error (coulomb.h) are found, and the cheapest is taken by a table of costs, not by the
 * clock, so that the same input gives the same choice on every machine, in every run and after every
 * resumption:
 *
 *   step = rows x t_row + p3m_cost,   rows = (4 n_BH4/2 + n_ions) rho_BH4 4 pi/3 (cut-off + 1.2 A)^3
 *
 * (rows of one atom and four H as the kernels see them, see cluster.h), t_row 16 ns in double and 10 ns in mixed
 * precision for a vector unit of 256 bits; ratios are what counts.
 *
 * The error (tune_measure) is the rms over atoms of the difference of forces against a converged sum, with ions
 * moved at random by 0.4 A and the atoms in them by 0.2 A: in a perfect crystal errors cancel by symmetry, and
 * the atoms of a run do not sit there (with these shifts the error is that of a thermal configuration within
 * a tenth; with 0.1 A it is half of it). Formulas for charges at random places overrate the error of a solid, so
 * tune_search goes back and asks for a larger or smaller estimate until what is measured is below what was asked for
 * by as little as the possible meshes allow, and by a margin, since configurations differ, the more the fewer atoms:
 * of 264 atoms by a tenth, of 7,128 by 4 %. Measured may be 1 - 2.4/sqrt(atoms), at least 0.5 and at most 0.95, of the error asked for.
 */
#ifndef FORCE_TUNE_H
#define FORCE_TUNE_H

#include "force/forcefield.h"

typedef struct TuneReport {
    double estimate, measured; /* eV/A, rms per atom, Coulomb (and single precision, if mixed) */
    double tail;               /* eV/A, estimated rms force of the pair terms beyond the cut-off */
    double cost;               /* s a step on one core, by the table */
    bool by_ewald;  /* reference: Ewald's sum, else P3M of order 7 with a hundredth of the error */
    int rounds;     /* choices that were measured */
    double seconds; /* the search took */
} TuneReport;

/* Fill in what is 0 in o: cutoff, beta, mesh, order, skin. o->accuracy is the error asked for. A cut-off that is
 * given is kept; a chosen one is such that the pair terms beyond it are below three tenths of the error, and at most
 * half the width of the cell.
 *   temperature  [K] for the list buffer (cluster_skin): the outer list should live for 25 fs at least
 * ERR_INPUT if the error cannot be reached. Local, the same on all ranks. */
Err tune_pick(const FfParameters *p, const Sample *sample, double temperature,
              FfOptions *o) MUST_USE;

/* Forces f [atoms, eV/A] at the sample's configuration with these options, in global order on all ranks. Collective. */
Err tune_forces(const Comm *c, const FfParameters *p, const Sample *sample, const FfOptions *o,
                double (*f)[3]) MUST_USE;

/* sqrt(1/n sum |f - g|^2). Local. */
double tune_difference(int64_t n, const double (*f)[3], const double (*g)[3]);

/* rms force error [eV/A] of these options. Collective. */
Err tune_measure(const Comm *c, const FfParameters *p, const Sample *sample, const FfOptions *o,
                 double *measured, bool *by_ewald) MUST_USE;

/* Pick, measure, and adjust until the measured error is below the one asked for by the margin; fills o as tune_pick does.
 * Reproducible runs take the first choice that is good enough, so that no rounding decides.
 * ERR_INPUT if that cannot be reached. Collective. */
Err tune_search(const Comm *c, const FfParameters *p, const Sample *sample, double temperature,
                FfOptions *o, TuneReport *report) MUST_USE;

/* What was chosen, in one line. Local. */
void tune_describe(const FfOptions *o, const TuneReport *r, size_t size, char text[]);

#endif
