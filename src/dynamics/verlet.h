/* verlet.h -- velocity Verlet: kicks by forces, drifts by velocities, for flexible atoms and rigid
 * ions alike.
 *
 * W. C. Swope et al., J. Chem. Phys. 76, 637 (1982), doi 10.1063/1.442716. The rigid ion adds
 * d(omega) = T/I dt to the kick and an exact free turn to the drift, so both are reversible and the
 * map keeps phase-space volume. Rigid ions: the velocity of B is that of the centre; the H are
 * derived from centre, orientation and spin.
 *
 * Sums over ions are exact (base/exact.h), each term made of one ion's numbers in their fixed order:
 * they are the same on any number of ranks.
 *
 * A mesh leaves a net force F on the sample. Taken off in proportion to mass it changes every
 * velocity of a kick by the same -dt F/M. F is known only after a sum over ranks, so the second kick
 * of a step is done without, and verlet_adjust puts it right together with the thermostat, after the
 * one message of the step.
 */
#ifndef DYNAMICS_VERLET_H
#define DYNAMICS_VERLET_H

#include "domain/domain.h"

typedef struct Verlet {
    bool rigid;
    double bond;       /* A, B-H of rigid ions */
    double total_mass; /* u, all ranks */
    double fall[3];    /* F/M of the present forces [A/time^2], 0 while it is not known */
} Verlet;

/* Sums over owned ions. Only Exact inside, so comm_sum_exact takes it as an array. */
typedef struct VerletSums {
    Exact kinetic;     /* [eV] all degrees of freedom */
    Exact centre[6];   /* [eV] sum M v v of ion centres, xx yy zz xy xz yz: enters the pressure */
    Exact momentum[3]; /* [u A/time] */
    Exact force[3];    /* [eV/A] */
    Exact bad;         /* ions whose numbers are not finite; they are in no other sum */
} VerletSums;

/* Rigid ions are fitted to the atoms, and all four H put exactly in place; spins are taken from the
 * atoms' velocities. ERR_INPUT (agreed) if the four H of an ion have not one mass. Collective. */
Err verlet_init(Verlet *v, bool rigid, double bond, Domain *d, Atoms *a) MUST_USE;

/* Take the net force off every atom in proportion to its mass (a mesh leaves one): for those who
 * read the forces themselves. Collective. */
void verlet_balance(const Verlet *v, const Domain *d, Atoms *a);

/* Velocities by forces over dt, less `fall`; rigid: also spins. H of rigid ions are left to
 * verlet_adjust. Local. */
void verlet_kick(const Verlet *v, Atoms *a, double dt);

/* Positions by velocities over dt; rigid: centres move, ions turn, positions of H are derived.
 * Local. */
void verlet_drift(const Verlet *v, Atoms *a, double dt);

/* v <- factor (v - shift), spins times factor; rigid: velocities of H are derived. Local. */
void verlet_adjust(const Verlet *v, Atoms *a, const double shift[3], double factor);

/* Rigid: positions and velocities of H from centre, orientation and spin. Flexible: nothing. Local.
 */
void verlet_derive(const Verlet *v, Atoms *a);

/* Of the owned ions, added to what is in `sums`. Local. */
void verlet_sum(const Verlet *v, const Atoms *a, VerletSums *sums);

#endif
