/* respa.h -- the intramolecular forces of flexible BH4, in steps of their own inside a time step.
 *
 * r-RESPA: M. Tuckerman, B. J. Berne, G. J. Martyna, J. Chem. Phys. 97, 1990 (1992),
 * doi 10.1063/1.463137. The outer force is all but bonds and angles, the inner force is bonds and
 * angles: exp(L_out dt/2) [exp(L_in h/2) exp(L_drift h) exp(L_in h/2)]^n exp(L_out dt/2), h = dt/n;
 * reversible and keeps phase-space volume. An owned BH4 is whole, so inner steps need no messages.
 *
 * Coulomb inside an ion: the reciprocal part has it, a correction of erf(beta r)/r takes it off.
 * Both are in the outer force. Each alone is as stiff as a bond (a second derivative of some
 * eV/A^2), their sum is the mesh error (1e-3 eV/A and smooth on the mesh spacing), so the outer force
 * has no stiff part; putting only the correction into the inner step would leave one.
 *
 * Resonance bounds the outer step: near half a period of a bond (B-H stretch 275 to 296 meV: 14 to 15
 * fs) outer kicks pump it whatever the inner step.
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
