/* inside.h -- what the files of dynamics/ know of each other's Dynamics. */
#ifndef DYNAMICS_INSIDE_H
#define DYNAMICS_INSIDE_H

#include "dynamics/dynamics.h"
#include "dynamics/respa.h"
#include "dynamics/verlet.h"

struct Dynamics {
    DynamicsOptions o;
    Forcefield *ff;
    Domain *domain;
    Atoms *atoms;
    Verlet verlet;
    Respa respa;
    double freedom;
    double start_time; /* time = start_time + (step - start_step) timestep, so it does not gather
                          rounding */
    int64_t start_step;
    bool want_energy;
    DynamicsState state;
};

/* What one message brings to all ranks. Only Exact inside, so comm_sum_exact takes it as an array. */
typedef struct InsideSums {
    VerletSums now;
    VerletSums before;       /* the second half of Langevin's bath; else zero */
    Exact barostat, shear;   /* eV, what a cell change gave to the momenta of ions */
    Exact bonded, virial[6]; /* eV, of inner steps */
} InsideSums;

/* Forces at the present positions; state.force. ERR_NUMERICAL (agreed). Collective. */
Err inside_forces(Dynamics *dyn) MUST_USE;

/* The one message of a step: the net force of the mesh is taken off the last kick, which took the time
 * `kick`; heat and work are booked, Bussi's thermostat scales; kinetic energy, temperature and pressure
 * of the result. `sums` holds what the step gathered, its `now` is made here. Collective. */
void inside_settle(Dynamics *dyn, double kick, InsideSums *sums);

/* Time and conserved energy from the rest of the state. Local. */
void inside_account(Dynamics *dyn);

#endif
