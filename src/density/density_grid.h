/* density_grid.h -- electron densities of ions, superposed on a periodic mesh that is shared out over the ranks.
 *
 * Every ion brings a spherical density that does not change (frozen). The transform of the mesh is the structure factor of
 * the electrons; with densities that the mesh resolves it is sum_i f_i(k) exp(-i k r_i).
 */
#ifndef DENSITY_DENSITY_GRID_H
#define DENSITY_DENSITY_GRID_H

#include "model/cell.h"
#include "par/comm.h"
#include "par/fft.h"

#include <stdint.h>

/* A spherical density, electrons/angstrom^3 at r [angstrom], 0 beyond `reach`. */
typedef struct SphericalDensity {
    double (*value)(const void *context, double r);
    const void *context;
    double reach;
} SphericalDensity;

typedef struct DensityGrid DensityGrid;

/* Mesh of n points per axis. Collective. Free with density_grid_free (Collective). */
DensityGrid *density_grid_new(const Comm *c, const Cell *cell, const int n[3]);
void density_grid_free(DensityGrid *g);

/* The mesh is set to the sum over n atoms (all atoms of the cell, the same on every rank, any image) of density[kind[i]].
 *   x  [n][3] angstrom
 * Sums in an order that does not depend on the rank count. Collective. */
void density_grid_set(DensityGrid *g, int64_t n, const double (*x)[3], const int kind[],
                      const SphericalDensity density[]);

/* The transform object: real mesh (electrons/angstrom^3) and, after fft_forward, waves. Local. */
Fft *density_grid_fft(DensityGrid *g);

/* Electrons on the mesh, the same on all ranks. Collective. */
double density_grid_electrons(DensityGrid *g);

#endif
