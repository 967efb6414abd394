/* verlet.h -- velocity Verlet: kicks by forces, drifts by velocities, for flexible atoms and rigid
 * ions alike.
 *
 * W. C. Swope et al., J. Chem. Phys. 76, 637 (1982), doi 10.1063/1.442716. The rigid ion adds
 * d(omega) = T/I dt to the kick and an exact free turn to the drift, so both are reversible and the
 * map keeps phase-space volume. Rigid ions: the velocity of B is that of the centre; the H are
 * derived from centre, orientation and spin.
 */
#ifndef DYNAMICS_VERLET_H
#define DYNAMICS_VERLET_H

#include "domain/domain.h"

typedef struct Verlet {
    bool rigid;
    double bond;       /* A, B-H of rigid ions */
    double total_mass; /* u, all ranks */
} Verlet;

/* Kinetic energy of the owned ions: all degrees of freedom, and the tensor sum M v v of ion centres
 * (twice the energy) that enters the ionic pressure. [eV] */
typedef struct Kinetic {
    double total;
    double centre[3][3];
} Kinetic;

/* Rigid ions are fitted to the atoms, and all four H put exactly in place; spins are taken from the
 * atoms' velocities. ERR_INPUT (agreed) if the four H of an ion have not one mass. Collective. */
Err verlet_init(Verlet *v, bool rigid, double bond, Domain *d, Atoms *a) MUST_USE;

/* Take the net force off every atom in proportion to its mass (a mesh leaves one). Collective. */
void verlet_balance(const Verlet *v, const Domain *d, Atoms *a);

/* Velocities by forces over dt; rigid: also spins, and the velocities of H are derived. Local. */
void verlet_kick(const Verlet *v, Atoms *a, double dt);

/* Positions by velocities over dt; rigid: centres move, ions turn, H are derived. Local. */
void verlet_drift(const Verlet *v, Atoms *a, double dt);

/* Rigid: positions and velocities of H from centre, orientation and spin. Flexible: nothing. Local.
 */
void verlet_derive(const Verlet *v, Atoms *a);

/* Of the owned ions. Local. */
void verlet_kinetic(const Verlet *v, const Atoms *a, Kinetic *k);

#endif
