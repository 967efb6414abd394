/* time_average.h -- EISF as |mean of exp(iQr) over the run|^2, exact powder average.
 *
 * The square of a mean over n frames is a mean over all pairs of them, so it is (1 + (n-1) <j0(Q|r_j - r_k|)>)/n over pairs
 * j < k. Frames are thinned as they come: always every 2^m-th, 64 to 127 of them once there are so many.
 * For a finite run it is above the EISF (models_sample_average_bias).
 */
#ifndef ANALYSIS_TIME_AVERAGE_H
#define ANALYSIS_TIME_AVERAGE_H

#include "analysis/displacements.h"

typedef struct TimeAverage {
    size_t points, samples; /* here; frames kept */
    int64_t frames, skip;   /* seen; every skip-th is kept */
    float *x;               /* [points][3][2 x 64] nm */
} TimeAverage;

void time_average_init(TimeAverage *a, size_t points);
void time_average_clear(TimeAverage *a);

/* x [points][3] A, unwrapped. Local. */
void time_average_frame(TimeAverage *a, const double (*x)[3]);

/* The mean of each group at the Q, groups, bins of the plan: out [groups][nq] on all ranks. Collective. */
void time_average_finish(const TimeAverage *a, const Comm *c, const DisplacementPlan *plan,
                         double out[]);

#endif
