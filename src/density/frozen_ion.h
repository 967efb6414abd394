/* frozen_ion.h -- a spherical ion whose electrons do not move: what two of them give each other is in gordon_kim.h.
 *
 * Atomic units (bohr, hartree). An ion is a nucleus z, perhaps a shell of protons (the one-centre BH4-), and a density.
 */
#ifndef DENSITY_FROZEN_ION_H
#define DENSITY_FROZEN_ION_H

#include "density/radial_ks.h"

typedef struct FrozenIon {
    char name[16];
    double z, shell_charge, shell_radius;
    double electrons;
    double reach; /* what lies beyond holds less than 1e-9 electrons */
    /* electrons/bohr^3 at r, and d/dr (never NULL) */
    double (*density)(const void *context, double r, double *slope);
    /* potential of all electrons at r, positive, hartree/e */
    double (*hartree)(const void *context, double r);
    const void *context;
} FrozenIon;

/* From a solved ion, which must outlive it. A Watson sphere binds the electrons but is not part of the ion. Local. */
FrozenIon frozen_ion_new(const RadialIon *ion, const RadialKs *solution);

/* z + shell_charge - electrons. Local. */
double frozen_ion_charge(const FrozenIon *ion);

/* Electrostatic potential at r of the whole ion, and of nucleus and electrons without the shell, hartree/e. Local. */
double frozen_ion_potential(const FrozenIon *ion, double r);
double frozen_ion_shell_less_potential(const FrozenIon *ion, double r);

/* Mean over a sphere of radius `radius` < r around a point at the distance r: of the potential of the whole ion, and of
 * `hartree`, which has no kink (32 points). Local. */
double frozen_ion_mean_potential(const FrozenIon *ion, double r, double radius);
double frozen_ion_mean_hartree(const FrozenIon *ion, double r, double radius);

#endif
