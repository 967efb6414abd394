/* trajectory.h -- a trajectory in segments: whatever happens, what was closed stays readable.
 *
 *   FOLDER/trajectory/000001.h5, 000002.h5, ...   segments: each a whole H5MD file (h5md.h), readable alone
 *   FOLDER/trajectory.h5                          all of them as one H5MD trajectory
 *
 * A segment is open as NNNNNN.h5.part from the beginning of a checkpoint interval; trajectory_close() ends it: synced to the
 * disk and renamed. So a file under its own name is always whole. After that the checkpoint is written, with the number of
 * closed segments; what a killed run left beyond it is removed on resumption, since that interval is run again.
 * A segment with few frames is not left as it is: the next interval writes on in a copy of it, which then takes its place.
 * So a segment ends at a checkpoint, but holds one interval or several: at least `least` frames, and in long trajectories at
 * least 1/128 of all frames, so their number grows only as 128 (1 + ln(T / (128 least))): below 1000 for any T. The price is
 * to copy at most that much at each checkpoint.
 *
 * trajectory.h5 holds no frames but says where they are (HDF5 virtual datasets, HDF5 1.10; paths relative to itself, so the
 * folder can be moved as a whole). Every reader of HDF5 sees one file with [T] frames; a frame whose segment is missing or
 * damaged reads as NaN. It also has
 *   /parameters/segments             [segments] "trajectory/NNNNNN.h5 SHA-256": so its own digest stands for the frames too
 *   /parameters/provenance           of the process that began the first segment
 *   /parameters/provenance_finished  of the one that finished the last (absent before)
 */
#ifndef STORE_TRAJECTORY_H
#define STORE_TRAJECTORY_H

#include "store/h5md.h"

typedef struct Trajectory Trajectory;

typedef struct TrajectoryPlan {
    const Comm *comm;
    H5mdForm form; /* together: comm or NULL (rank 0 writes) */
    const H5mdTopology
        *topology; /* lives as long as the trajectory; may be NULL on ranks that do not write */
    const char *provenance; /* of this process; the same */
    int64_t least; /* frames of a segment, 1..: 1 makes one of every interval that has a frame */
} TrajectoryPlan;

/* All functions are Collective over plan->comm; errors are the same on all ranks. */

/* A new one in `folder`; what an older run left there is removed. */
Err trajectory_begin(const char *folder, const TrajectoryPlan *plan, Trajectory **t) MUST_USE;

/* Go on after `segments` segments and `last_step`; what is later is removed. ERR_FILE if a segment is missing or damaged.
 *   *begun  provenance of the first segment on rank 0 (free()), or NULL */
Err trajectory_resume(const char *folder, const TrajectoryPlan *plan, int64_t segments,
                      int64_t last_step, char **begun, Trajectory **t) MUST_USE;

/* Does this rank give frames? Ranks that do not pass NULL for a frame. Local. */
bool trajectory_writes(const Trajectory *t);

Err trajectory_append(Trajectory *t, const H5mdFrame *frame) MUST_USE;

/* A value of the log, the same on all ranks. */
Err trajectory_observe(Trajectory *t, const char *name, int64_t step, double time, size_t width,
                       const double value[], const char *unit) MUST_USE;

/* The interval ends: *segments are on the disk. */
Err trajectory_close(Trajectory *t, int64_t *segments) MUST_USE;

/* Write trajectory.h5 anew for all closed segments. `finished`: provenance at the end, or NULL. */
Err trajectory_show(Trajectory *t, const char *finished) MUST_USE;

/* An open segment is given up. */
void trajectory_free(Trajectory *t);

#endif
