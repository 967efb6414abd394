/* stop.h -- when to stop in time: SIGTERM, SIGINT, SIGUSR1, or the wall-time limit.
 *
 * A signal only raises a flag on the rank that got it. All ranks learn of it together at an agreement point,
 * write what they have and leave with exit code 75 ("resubmit").
 */
#ifndef APP_STOP_H
#define APP_STOP_H

#include "par/comm.h"

/* Catch the signals; before MPI is started, so that none is missed. Local. */
void stop_catch(void);

/* wall_limit [s] from now, 0 for none. `test_calls`: raise the flag at that many calls of
 * stop_due (for tests of restart; 0: never). Local. */
void stop_init(double wall_limit, int64_t test_calls);

/* Has any rank been asked to stop, or is the time up? The same answer on all ranks. Collective. */
bool stop_due(const Comm *c);

/* What asked: "SIGTERM", "wall-time limit", ... for the message. Local. */
const char *stop_reason(void);

#endif
