/* respa.h -- the intramolecular forces of flexible BH4, in steps of their own inside a time step.
 *
 * r-RESPA: M. Tuckerman, B. J. Berne, G. J. Martyna, J. Chem. Phys. 97, 1990 (1992),
 * doi 10.1063/1.463137. The outer force is all but bonds and angles, the inner force is bonds and
 * angles: exp(L_out dt/2) [exp(L_in h/2) exp(L_drift h) exp(L_in h/2)]^n exp(L_out dt/2), h = dt/n;
 * reversible and keeps phase-space volume. An owned BH4 is whole, so inner steps need no messages.
 *
 * Coulomb inside an ion: the reciprocal part has it, a correction of erf(beta r)/r takes it off. Both
 * are in the outer force and cancel there to the mesh error. Neither is stiff: the curvature of the
 * correction is at most k_e q q' 4 beta^3 / (3 sqrt(pi)), below 0.1 eV/A^2 for B-H at beta = 0.45/A,
 * against 16 to 20 eV/A^2 of the bond. With the correction in the inner step they would be taken at
 * different times and no longer cancel.
 *
 * How long a step: gamma, 264 atoms, potentials/mgbh4-born.yaml, 310 K, NVE over 20 ps (outer step /
 * inner steps: drift in kT per atom and ps, rms of the conserved energy in kT per atom)
 *     0.5 fs / 1   -4e-8   3.4e-4      2 fs / 4   -5e-6   1.9e-3
 *       1 fs / 4   -6e-7   4.9e-4      2 fs / 8   -3e-6   1.9e-3
 *     1.5 fs / 3   +9e-7   1.0e-3      3 fs / 6   -4e-6   4.7e-3
 * A slope out of such waves is uncertain by about rms/200 per ps; over 100 ps 2 fs / 4 gives -1e-7.
 * So up to 2 fs the drift is below 1e-5; beyond it is not known to be above, but the waves grow with
 * the square of the step. What is left at 2 fs is of the outer step (8 inner steps change nothing).
 * Resonance is the last bound: near half a period of a bond (275 to 296 meV: 14 to 15 fs) outer kicks
 * pump it whatever the inner step.
 */
#ifndef DYNAMICS_RESPA_H
#define DYNAMICS_RESPA_H

#include "force/forcefield.h"

typedef struct Respa {
    int steps; /* inner steps per time step; 1: none, bonds are with the other forces */
    int32_t capacity;
    double (*f)[3];  /* [capacity] eV/A, intramolecular, of the owned atoms */
    Exact energy;    /* eV, of the owned ions */
    Exact virial[6]; /* eV, sum r_a f_b, xx yy zz xy xz yz */
} Respa;

void respa_init(Respa *r, int steps);
void respa_clear(Respa *r);

/* Forces and energy at the present positions. Local. */
void respa_forces(Respa *r, const Forcefield *ff, const Atoms *a);

/* The virial of these forces. Local. */
void respa_virial(Respa *r, const Atoms *a);

/* v += f/m dt. Local. */
void respa_kick(const Respa *r, Atoms *a, double dt);

#endif
