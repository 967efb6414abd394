/* radial_ks.h -- spherical Kohn-Sham atoms and ions on a logarithmic grid.
 *
 * r_i = r0 exp(i h). With u = r R = sqrt(r) y the radial equation is y'' = [(l + 1/2)^2 + 2 r^2 (V - E)] y on a uniform grid:
 * Numerov outward and inward, nodes counted to bracket, Cooley's correction to converge (J. W. Cooley, Math. Comp. 15, 363
 * (1961), doi 10.2307/2003025). Atomic units. Outer potential of an ion:
 *
 *   V(r) = -Z/r - shell_charge/max(r, shell_radius) - watson_charge/max(r, watson_radius)
 *
 * The shell is the spherical average of the protons of a one-centre BH4-. The Watson sphere (R. E. Watson, Phys. Rev. 111,
 * 1108 (1958), doi 10.1103/PhysRev.111.1108) binds anions that are not bound alone: H-, and BH4- in part: its 2p stands at a
 * positive energy behind the barrier 1/r of an anion, which counts as bound where the barrier reaches to the end of the grid.
 *
 * The potential, not the density, is mixed: 0.3 of the new one at first, then Anderson (radial_mixing.h). The spheres' radii are
 * points of the grid, and their kinks are repaired there (radial_ks.c). Orbitals, Numerov: radial_orbital.h.
 */
#ifndef DENSITY_RADIAL_KS_H
#define DENSITY_RADIAL_KS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum { RADIAL_KS_ORBITALS = 10 };

typedef struct RadialOrbital {
    int n, l;
    double f[2]; /* electrons, spin up and down; restricted: f[0] counts both */
} RadialOrbital;

/* What is to be solved. */
typedef struct RadialIon {
    char name[16];
    double z, shell_charge, shell_radius, watson_charge, watson_radius;
    int norbital;
    RadialOrbital orbital[RADIAL_KS_ORBITALS];
    bool polarised;
    bool
        alone; /* one electron: it does not feel its own Hartree and xc potential, which cancel in the exact theory */
} RadialIon;

/* The result. rho[s] [n] is electrons/bohr^3 of spin s (restricted: rho[0] is all, rho[1] NULL). */
typedef struct RadialKs {
    size_t n;
    double h, *r, *rho[2];
    double *hartree;                          /* [n] potential of all electrons, hartree/e */
    double eigenvalue[RADIAL_KS_ORBITALS][2]; /* hartree; 0 where no electron is */
    double total, kinetic, coulomb, nuclear, xc,
        watson; /* hartree; nuclear with the shell, total with all */
    double electrons;
    int iterations;
} RadialKs;

/* A known ion by name: H, H-, He, Li+, Be, B, B+, C, N, O, F, Ne, Na, Mg, Mg+, Mg2+, Al, Ar, Kr, BH4- (ground-state
 * configurations, restricted; polarised: Hund's rule). ERR_INPUT lists what is known. Local. */
Err radial_ks_ion(const char *name, bool polarised, RadialIon *ion) MUST_USE;

/* Solve with the functionals named (density/functional.h). ERR_INPUT for a bad name, ERR_NUMERICAL if an orbital is not bound
 * or the density does not settle. Local. Free with radial_ks_clear. */
Err radial_ks_solve(const RadialIon *ion, const char *functional, RadialKs *out) MUST_USE;
void radial_ks_clear(RadialKs *k);

/* All electrons per bohr^3 at r [bohr] by interpolation, and d/dr; 0 beyond the grid. Local. */
double radial_ks_density(const RadialKs *k, double r, double *slope);

/* f(Q) = int 4 pi r^2 rho sin(Qr)/(Qr) dr, electrons, Q in 1/angstrom. Local. */
double radial_ks_form_factor(const RadialKs *k, double q);

#endif
