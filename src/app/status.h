/* status.h -- OUTPUT/run.json: how far a study is, for job scripts.
 *
 *   {"study": "...", "stage": "...", "state": "running", "step": 1200, "target": 50000, "time_left_s": 310.5,
 *    "checkpoint_step": 1000, "atom_steps_per_s": 2.9e+05, "updated": "2026-01-31T12:00:00Z"}
 * A step of Monte Carlo is a sweep, of kmc a replica, of kmc_rotors a sample or a cycle of tiles, of verdict a walk,
 * of barriers a path.
 * time_left_s and atom_steps_per_s are of this stage and of this process, and null while not known; checkpoint_step is -1 while there is none; "state" is "running",
 * "stopped" or "done" (the stage). Replaced by renaming at most once a second, so it is always whole. A status that cannot be
 * written is no error. Local (rank 0).
 */
#ifndef APP_STATUS_H
#define APP_STATUS_H

#include "app/stage.h"

typedef struct Status {
    const StageRun *run;
    char *path;
    int64_t target, checkpoint;
    int64_t atoms;       /* for the rate; 0: not told */
    int64_t first;       /* step at which this process took over, */
    double began, shown; /* timer_now() then, and of the last file */
} Status;

void status_init(Status *s, const StageRun *run, int64_t first, int64_t target);
void status_clear(Status *s);

/* `state` NULL: running, and not more often than once a second. */
void status_show(Status *s, int64_t step, const char *state);

#endif
