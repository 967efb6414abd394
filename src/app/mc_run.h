/* mc_run.h -- what a Monte Carlo stage keeps and writes: checkpoint, trajectory, log, numbers at the end. */
#ifndef APP_MC_RUN_H
#define APP_MC_RUN_H

#include "sampling/mc.h"
#include "store/h5.h"
#include "store/trajectory.h"

/* Write a checkpoint: sampler's state, cell, positions, structure factors; the trajectory's closed segments. Collective. */
Err mc_run_save(const Comm *c, const Mc *mc, int64_t natoms, const char *path, const char *key,
                int64_t segments) MUST_USE;

/* Put the newest whole checkpoint whose key matches into mc (made of the sample that the run began with); *found tells if
 * there was one. Collective. */
Err mc_run_load(const Comm *c, Mc *mc, int64_t natoms, const char *path, const char *key,
                int64_t *segments, bool *found) MUST_USE;

/* One record of the log: energy, volume, lengths. Collective. */
Err mc_run_log(Trajectory *t, const Mc *mc) MUST_USE;

/* Means after sweep `from` with block errors and autocorrelation times, acceptance and steps of the moves, structure of
 * the last frame. Local (rank 0). */
Err mc_run_scalars(H5 *file, const char *trajectory, const Mc *mc, const Sample *last,
                   int64_t from) MUST_USE;

#endif
