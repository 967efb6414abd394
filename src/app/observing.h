/* observing.h -- the observables of a stage, fed with frames live or from a trajectory file. */
#ifndef APP_OBSERVING_H
#define APP_OBSERVING_H

#include "analysis/observable.h"

typedef struct Observing Observing;

/* Names and options of `observables: {NAME: {...}, ...}` (node may be NULL). Local. */
Err observing_check(const Comm *c, const ConfigNode *node) MUST_USE;

/* Open them all. interval [ps], frames expected. Collective. Free with observing_free. */
Err observing_open(const Comm *c, const Sample *sample, const ConfigNode *node, double interval,
                   int64_t frames, Observing **o) MUST_USE;
void observing_free(Observing *o);

/* Is there any? If not, frames need not be shown. Local. */
bool observing_any(const Observing *o);

/* Show one frame; positions and velocities are rounded as a trajectory file rounds them. time [ps], v [n][3] A/ps or NULL. Local. */
Err observing_frame(Observing *o, int64_t step, double time, const Sample *now,
                    const double (*v)[3]) MUST_USE;

/* Frames in a trajectory file and the time between its first two [ps] (0 if there are not two). Collective. */
Err observing_look(const Comm *c, const char *path, double *interval, int64_t *frames) MUST_USE;

/* Show all frames of a trajectory file. Collective. */
Err observing_replay(Observing *o, const Comm *c, const char *path, const Sample *sample) MUST_USE;

/* The same for positions that were wrapped into the box (app/unwrapping.h). Collective. */
Err observing_replay_unwrapped(Observing *o, const Comm *c, const char *path,
                               const Sample *sample) MUST_USE;

/* Write results: a group per observable in `file` (NULL on ranks other than 0). Collective. */
Err observing_close(Observing *o, H5 *file) MUST_USE;

/* Rough memory of all ranks together [bytes] for frames every interval [ps]. The node passed observing_check. Local. */
double observing_memory(const ConfigNode *node, double atoms, double interval, double frames);

#endif
