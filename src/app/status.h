/* status.h -- OUTPUT/run.json: how far a study is, for job scripts.
 *
 *   {"study": "...", "stage": "...", "state": "running", "step": 1200, "target": 50000, "time_left_s": 310.5,
 *    "checkpoint_step": 1000, "updated": "2026-01-31T12:00:00Z"}
 * time_left_s is of this stage and null while not known; checkpoint_step is -1 while there is none; "state" is "running",
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
    int64_t first;       /* step at which this process took over, */
    double began, shown; /* timer_now() then, and of the last file */
} Status;

void status_init(Status *s, const StageRun *run, int64_t first, int64_t target);
void status_clear(Status *s);

/* `state` NULL: running, and not more often than once a second. */
void status_show(Status *s, int64_t step, const char *state);

#endif
