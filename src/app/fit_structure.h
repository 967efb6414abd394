/* fit_structure.h -- structures relaxed with a potential that is being fitted, and what they look like. */
#ifndef APP_FIT_STRUCTURE_H
#define APP_FIT_STRUCTURE_H

#include "training/frames.h"

typedef struct FitDistances {
    double mg_b, mg_h, b_h; /* [A] mean over B, H, H of the distance to the nearest Mg, Mg, B */
} FitDistances;

/* Relax a structure in place (and its three lattice lengths if `cell`) until no force is above fmax [eV/A]. Every rank does
 * it alone and gets the same. *energy eV; *steps == max_steps: fmax was not reached. Collective. */
Err fit_structure_relax(const Frames *f, const FfParameters *p, bool cell, double fmax,
                        int max_steps, Sample *s, double *energy, int *steps) MUST_USE;

/* Local. */
FitDistances fit_structure_distances(const Sample *s);

/* Edge of the cube with 24 formula units [A]. Local. */
double fit_structure_lattice(const Sample *s);

#endif
