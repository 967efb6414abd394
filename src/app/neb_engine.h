/* neb_engine.h -- energies and forces of the images of a band: one force field an image, each on one rank alone.
 *
 * An image keeps its neighbour list, and its numbers depend on what was asked of that image only: so on any number of ranks they are
 * the same if the images are dealt out differently.
 */
#ifndef APP_NEB_ENGINE_H
#define APP_NEB_ENGINE_H

#include "dynamics/neb.h"
#include "dynamics/rotor_lock.h"
#include "force/forcefield.h"

typedef struct NebEngine {
    Comm *alone;
    const Sample *sample; /* which atoms; their positions are not used */
    FfParameters p;
    FfOptions options;
    size_t images;
    Domain **domain; /* [images] NULL: not made yet */
    Atoms *atoms;
    Forcefield **ff;
    const RotorLock *lock; /* NULL: all BH4 turn */
    int64_t calls;
} NebEngine;

/* Room for images; engines are made when first asked. `sample` must stay. Collective (splits the communicator). Free with
 * neb_engine_clear (Collective). */
void neb_engine_init(NebEngine *e, const Comm *c, const Sample *sample, const FfParameters *p,
                     const FfOptions *options, size_t images);
void neb_engine_clear(NebEngine *e);

/* NebProblem.energy; data is a NebEngine. x [natoms][3] A, unwrapped. The net force, which the mesh leaves, is taken off. Local. */
Err neb_engine_energy(void *data, size_t image, const double x[], double *energy, double force[]);

/* The problem for neb.h, with the lock or without. Local. */
NebProblem neb_engine_problem(NebEngine *e, const RotorLock *lock);

#endif
