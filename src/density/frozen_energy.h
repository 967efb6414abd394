/* frozen_energy.h -- the energy of many frozen ions in a periodic cell, to be held against the sum over pairs.
 *
 *   E = E_Coulomb[all charges] - sum_i self_i + int { f[sum_i rho_i] - sum_i f[rho_i] } d3r,   f of an LDA set
 *
 * on a mesh (density/density_grid.h). No mesh that can be paid for resolves nuclei and 1s shells:
 *
 *   Coulomb  nuclei, shells of protons and electrons are smeared with one Gaussian (density/smeared.h), exp(-x) of x = k^2
 *            sigma^2 in interactions and self energies alike, of which 1 + x + x^2/2 + x^3/6 is undone: the error is x^4/24.
 *   f        inside a core radius each density is made soft, a + b r^2 + c r^4 with the same value, slope and curvature at
 *            the radius. What f loses there is given back to first order in the others' density at the nucleus:
 *            int_core { f'(rho_i) - f'(soft_i) } d3r  times  sum_(j not i) rho_j(R_ij).
 *
 * Coulomb energies of frozen spheres are sums over pairs; what is not is f.
 */
#ifndef DENSITY_FROZEN_ENERGY_H
#define DENSITY_FROZEN_ENERGY_H

#include "density/gordon_kim.h"
#include "model/cell.h"
#include "par/comm.h"

#include <stdint.h>

/* Frozen ions in a periodic cell. */
typedef struct FrozenSample {
    Cell cell;
    int64_t n;
    const double (*x)[3]; /* [n][3] A, any image, the same on every rank */
    const int *kind;      /* [n] */
    int nkinds;
    const FrozenIon *ion; /* [nkinds] */
} FrozenSample;

typedef struct FrozenMesh {
    double spacing; /* A: 0.1 or less */
    double core;    /* A: radius of the cores, about 3 spacings */
    double tail;    /* electrons that may be cut off an ion's tail, about 1e-5 */
} FrozenMesh;

/* Energies above those of ions far apart, hartree per cell; `electrons` are those on the mesh (soft). The same bits on 1, 2,
 * ... ranks. ERR_INPUT if the set is not LDA or the cell is not neutral. Collective. */
Err frozen_energy_mesh(const Comm *c, const FrozenSample *s, const GordonKimSet *set,
                       const FrozenMesh *mesh, GordonKimParts *out) MUST_USE;

/* The sum over pairs (images included) closer than `cutoff` [A] of gordon_kim_energy without qA qB/R, in `coulomb` too;
 * equal distances are computed once. Local. */
GordonKimParts frozen_energy_pairs(const FrozenSample *s, const GordonKimSet *set, double cutoff,
                                   int points);

#endif
