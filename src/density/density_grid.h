/* density_grid.h -- electron densities of ions, superposed on a periodic mesh that is shared out over the ranks.
 *
 * Every ion brings a spherical density that does not change (frozen). The transform of the mesh is the structure factor of
 * the electrons; with densities that the mesh resolves it is sum_i f_i(k) exp(-i k r_i). Nuclear cusps and 1s shells are
 * resolved by no mesh that can be paid for: for structure factors put smeared densities on it (density/smeared.h).
 *
 * Each mesh point is summed on one rank over the ions in their order, and the transform is the reproducible one of
 * par/fft.h: mesh and waves have the same bits on 1, 2, ... n[0] ranks. Cost: the points within reach of each ion.
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

/* Points per axis, good for FFTW, no farther apart along the edges than `spacing` [angstrom]: then every wave vector that
 * the mesh takes for another differs from it by at least 2 pi/spacing, however skewed the cell. Local, pure. */
void density_grid_points(const Cell *cell, double spacing, int n[3]);

/* The mesh is set to the sum over n atoms (all atoms of the cell, the same on every rank, any image) of density[kind[i]];
 * atoms of kind < 0 are left out. Densities are read from tables of cubics, a point each 0.001 angstrom.
 *   x  [n][3] angstrom
 * Sums in an order that does not depend on the rank count. Local. */
void density_grid_set(DensityGrid *g, int64_t n, const double (*x)[3], const int kind[],
                      const SphericalDensity density[]);

/* The transform object: real mesh (electrons/angstrom^3) and, after fft_forward, waves: those times the volume of a mesh
 * point, cell volume/(n[0] n[1] n[2]), are electrons. Local. */
Fft *density_grid_fft(DensityGrid *g);

/* Electrons on the mesh, the same on all ranks and rank counts; before fft_forward. Collective. */
double density_grid_electrons(DensityGrid *g);

#endif
