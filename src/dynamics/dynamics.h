/* dynamics.h -- moves ions in time: flexible atoms or rigid BH4, at constant energy, temperature,
 * pressure, strain rate.
 *
 * Flexible: velocity Verlet on atoms, or r-RESPA with inner steps for bonds and angles (respa.h).
 * Rigid: velocity Verlet on ion centres and exact free
 * spherical-top steps for orientations (one moment of inertia, so omega is constant between kicks).
 * Thermostat: Bussi, Donadio, Parrinello, J. Chem. Phys. 126, 014101 (2007), doi 10.1063/1.2408420,
 * or Langevin. Barostat: stochastic cell rescaling, Bernetti and Bussi, J. Chem. Phys. 153, 114107
 * (2020), doi 10.1063/5.0020514, isotropic, or anisotropic in the three lattice lengths (angles
 * kept); ion centres are scaled, ions are not. Shear, cyclic or steady, pushes ion centres along with
 * the cell, also under pressure; its work is summed. In steady shear the lattice is reduced to shorter
 * vectors when it leans too far (deform_reduce). The net force that the mesh leaves is taken off
 * (mass weighted), so momentum stays exactly where it was.
 *
 * All sums over ions are exact: with forces that do not depend on the rank count a trajectory has
 * the same bytes on any. Besides the forces a step sends one message (two with Langevin's bath).
 */
#ifndef DYNAMICS_DYNAMICS_H
#define DYNAMICS_DYNAMICS_H

#include "force/forcefield.h"

typedef enum Thermostat {
    THERMOSTAT_NONE = 0,
    THERMOSTAT_BUSSI = 1,
    THERMOSTAT_LANGEVIN = 2
} Thermostat;
typedef enum Barostat {
    BAROSTAT_NONE = 0,
    BAROSTAT_ISOTROPIC = 1,
    BAROSTAT_ANISOTROPIC = 2
} Barostat;

typedef struct DynamicsOptions {
    bool rigid;
    double timestep; /* internal time */
    int inner_steps; /* steps of bonds and angles inside a time step; 0 or 1: plain velocity Verlet.
                        Flexible only */
    uint64_t seed;
    Thermostat thermostat;
    double temperature;     /* K */
    double thermostat_time; /* internal time */
    Barostat barostat;
    double pressure;        /* eV/A^3 */
    double barostat_time;   /* internal time */
    double compressibility; /* A^3/eV */
    /* cyclic shear: the component `shear_plane` of the cell follows amplitude * sin(2 pi t / period), work is
     * summed */
    double shear_amplitude; /* strain; 0: none */
    double shear_period;    /* internal time */
    double shear_rate;      /* steady shear [1/internal time]; 0: none. Not together with a cycle */
    int shear_plane;        /* 0: xy, 1: xz, 2: yz */
} DynamicsOptions;

typedef struct DynamicsState { /* what a report line needs; same on all ranks */
    int64_t step;
    double time;        /* internal */
    double kinetic;     /* eV, all degrees of freedom */
    double temperature; /* K */
    double conserved;   /* eV: energy minus what baths and shear gave */
    bool energy_stale;  /* `conserved` and the energies in `force` are those of an earlier step */
    bool virial_stale;  /* `pressure` and the virials in `force` are those of an earlier step */
    double pressure[3][3]; /* eV/A^3, ionic virial */
    double shear_work;     /* eV, done by the cell since step 0 */
    double barostat_work;  /* eV, done by the barostat since step 0 */
    double heat;           /* eV, given by the thermostat since step 0 */
    FfResult force;
} DynamicsState;

typedef struct Dynamics Dynamics;

/* Velocities are drawn at `temperature` if all are zero (zero net momentum). Rigid: every BH4 is
 * replaced by the regular tetrahedron (B-H = rigid_bond of the force field) that lies nearest, its
 * spin is taken from the velocities. Computes the first forces. ERR_INPUT for options that make no
 * sense, or a rigid BH4 with unlike H. Collective. */
Err dynamics_new(const DynamicsOptions *o, Forcefield *ff, Domain *d, Atoms *a,
                 Dynamics **dyn) MUST_USE;
void dynamics_free(Dynamics *dyn);

/* One step. Collective. ERR_NUMERICAL (agreed) when forces or the cell go wrong. */
Err dynamics_step(Dynamics *dyn) MUST_USE;

/* Whether the potential energy is wanted after the coming steps (true at first). If not, state.conserved
 * and the energies in state.force keep their last values and state.energy_stale is true; forces, virials,
 * kinetic energy, heat and work are what they would be with it. Local, on all ranks. */
void dynamics_want_energy(Dynamics *dyn, bool want);

/* The same for virials and pressure. They are computed all the same where the dynamics needs them:
 * around cell changes. Local, on all ranks. */
void dynamics_want_virial(Dynamics *dyn, bool want);

const DynamicsState *dynamics_state(const Dynamics *dyn);

/* Degrees of freedom that carry kinetic energy (3 of the centre of mass taken off). Local. */
double dynamics_freedom(const Dynamics *dyn);

/* FIRE relaxation of atoms (and of the three lattice lengths at zero pressure if `cell`; angles are
 * kept) until the largest force, and V P_k / (sqrt(N) A) of each length, is below fmax [eV/A].
 * Velocities are zero afterwards. Not reaching fmax within max_steps is no error: then *steps ==
 * max_steps. Flexible model. Collective. */
Err dynamics_relax(Forcefield *ff, Domain *d, Atoms *a, bool cell, double fmax, int max_steps,
                   FfResult *r, int *steps) MUST_USE;

/* Scalars that a restart needs (step, time, work and heat sums): at most 256 doubles. Local.
 * A restart is, in this order: domain_new, forcefield_new and dynamics_new from the sample that the
 * run began with (so that rank grid, mesh and Ewald splitting are the same), domain_set_cell with
 * the saved lattice, dynamics_restore, dynamics_load. */
size_t dynamics_save(const Dynamics *dyn, double blob[256]);
void dynamics_load(Dynamics *dyn, size_t n, const double blob[]);

/* Put a gathered state (domain_gather: global order, x unwrapped) in place of the present one, in
 * the domain's present lattice; ions go to their owners, lists are rebuilt and forces computed.
 * Collective. x, v [natoms][3], orient [nions][4], spin [nions][3]   the same on all ranks */
Err dynamics_restore(Dynamics *dyn, const double (*x)[3], const double (*v)[3],
                     const double (*orient)[4], const double (*spin)[3]) MUST_USE;

/* Gather the state into the arrays of a checkpoint and go on from exactly these numbers
 * (dynamics_restore). A run that calls this whenever it writes a checkpoint and a run resumed from
 * that checkpoint, on the same rank grid and with the same mesh, then have the same bits.
 * Collective. */
Err dynamics_checkpoint_sync(Dynamics *dyn, double (*x)[3], double (*v)[3], double (*orient)[4],
                             double (*spin)[3]) MUST_USE;

#endif
