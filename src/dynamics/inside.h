/* inside.h -- what the files of dynamics/ know of each other's Dynamics. */
#ifndef DYNAMICS_INSIDE_H
#define DYNAMICS_INSIDE_H

#include "dynamics/dynamics.h"
#include "dynamics/verlet.h"

struct Dynamics {
    DynamicsOptions o;
    Forcefield *ff;
    Domain *domain;
    Atoms *atoms;
    Verlet verlet;
    double freedom;
    double start_time; /* time = start_time + (step - start_step) timestep, so it does not gather
                          rounding */
    int64_t start_step;
    DynamicsState state;
};

/* What baths gave to the owned ions in one step [eV] */
typedef struct InsideGain {
    double heat, barostat, shear;
} InsideGain;

/* Forces at the present positions, net force taken off. ERR_NUMERICAL (agreed). Collective. */
Err inside_forces(Forcefield *ff, Domain *d, Atoms *a, const Verlet *v, FfResult *r) MUST_USE;

/* Kinetic energy, temperature and pressure from the present velocities. `gain` is summed over ranks
 * on the way (NULL: nothing to sum). Collective. */
void inside_measure(Dynamics *dyn, InsideGain *gain);

/* Time and conserved energy from the rest of the state. Local. */
void inside_account(Dynamics *dyn);

#endif
