/* md_run.h -- the state of one molecular dynamics stage, and its checkpoint.
 *
 * What a checkpoint holds: cell, unwrapped positions, velocities, orientations and spins in global order, the scalars of
 * the integrator, the step, how many segments the trajectory has, and optionally a text, FFTW's wisdom. Random numbers need no state. Observables are not saved:
 * on resume they are shown the stored frames again, which are the same bytes that they saw the first time.
 */
#ifndef APP_MD_RUN_H
#define APP_MD_RUN_H

#include "dynamics/dynamics.h"
#include "store/checkpoint.h"

typedef struct MdRun {
    const Comm *comm;
    Sample sample; /* topology and start; x, v overwritten by md_run_gather */
    Domain *domain;
    Atoms atoms;
    Forcefield *ff;
    Dynamics *dynamics;
    double (*orient)[4]; /* [nion] gathered */
    double (*spin)[3];   /* [nion] gathered */
    bool measured;       /* FFTW's plans were measured: its wisdom goes with each checkpoint */
    char *wisdom;        /* kept in the checkpoint and read back on all ranks; NULL: none */
} MdRun;

/* Choose what is 0 in `force` (cut-off, beta, mesh, order, list buffer; force/tune.h) for the sample that the run begins
 * with, once and for all, so that a run that is resumed with another cell goes on with the same.
 *   measure  measure the force error on the sample and adjust; else the estimate is trusted
 *   text     what was chosen, one line
 * Collective. */
Err md_run_tune(const Comm *c, const Sample *sample, const FfParameters *parameters,
                double temperature, bool measure, FfOptions *force, size_t size,
                char text[]) MUST_USE;

/* Domain, force field, integrator for a sample (copied). Collective. Free with md_run_clear. */
Err md_run_init(MdRun *m, const Comm *c, const Sample *sample, const FfParameters *parameters,
                const FfOptions *force, const DynamicsOptions *dynamics) MUST_USE;
void md_run_clear(MdRun *m);

/* Gather x, v, orient, spin and the cell into m->sample on all ranks. Collective. */
void md_run_gather(MdRun *m);

/* Write a checkpoint: the state is made canonical (see dynamics_checkpoint_sync) so that a resumed run goes on with the
 * same bits. `extra` is kept with it. Collective. */
Err md_run_save(MdRun *m, const char *path, const char *key, size_t nextra,
                const int64_t extra[]) MUST_USE;

/* Read the newest whole checkpoint whose key matches; *found tells if there was one. Collective; call instead of
 * md_run_init. */
Err md_run_load(MdRun *m, const Comm *c, const Sample *topology, const FfParameters *parameters,
                const FfOptions *force, const DynamicsOptions *dynamics, const char *path,
                const char *key, size_t nextra, int64_t extra[], bool *found) MUST_USE;

#endif
