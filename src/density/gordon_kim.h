/* gordon_kim.h -- what two frozen ions give each other: the electron-gas model of R. G. Gordon and Y. S. Kim.
 *
 *   E(R) = E_C + int { f[rhoA + rhoB] - f[rhoA] - f[rhoB] } d3r,  f = t_s + e_x + e_c
 *   E_C  = sum over A's protons of phi_B - int rhoA phi_B
 *
 * J. Chem. Phys. 56, 3122 (1972), doi 10.1063/1.1677649. Densities are superposed, not relaxed: no induction, no charge
 * transfer, no covalent bond. Integrals in prolate spheroidal coordinates mu = (rA + rB)/R, nu = (rA - rB)/R with
 * nu = sin(pi t/2), mu = 1 + (mu_max - 1) t^2 and Gauss-Legendre points in both t. Atomic units (bohr, hartree).
 * The kinetic functional matters most, and its errors cancel those of an exchange functional of its own kind only.
 */
#ifndef DENSITY_GORDON_KIM_H
#define DENSITY_GORDON_KIM_H

#include "density/frozen_ion.h"
#include "density/functional.h"

enum { GORDON_KIM_POINTS = 80 };

/* The three functionals of f. */
typedef struct GordonKimSet {
    Functional *kinetic, *exchange, *correlation;
    bool consistent; /* kinetic, exchange and correlation are all LDA or all GGA */
} GordonKimSet;

typedef struct GordonKimParts {
    double coulomb, kinetic, exchange, correlation;
    double total;       /* their sum */
    double short_range; /* total - qA qB/R */
    double electrons;   /* of A and B by the same quadrature: how good it is */
} GordonKimParts;

/* Functionals by libxc keywords (density/functional.h). ERR_INPUT for a name that is not known and for a `kinetic` that is no
 * kinetic functional, or the others if they are one; `set` is empty then. Warns of an inconsistent set. Local. Free with
 * gordon_kim_set_clear, also after an error. */
Err gordon_kim_set_init(GordonKimSet *set, const char *kinetic, const char *exchange,
                        const char *correlation) MUST_USE;
void gordon_kim_set_clear(GordonKimSet *set);

/* Energy of A and B at the distance r [bohr] by points x points, hartree. Local, pure. */
GordonKimParts gordon_kim_energy(const GordonKimSet *set, const FrozenIon *a, const FrozenIon *b,
                                 double r, int points);

#endif
