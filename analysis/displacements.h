/* displacements.h -- how far points move in a time, counted as frames go by: what every self function is made of.
 *
 * For each lag t the distances |r_i(s+t) - r_i(s)| over points i and origins s are counted in bins of width D. Sums over a
 * histogram give, for all Q at once,
 *     I(Q,t) = sum_b h_t(b) j0(Q r_b) / sum_b h_t(b),   r_b = (b + 1/2) D,
 * the powder average over grains without drawing Q-vectors; the bias is below (QD)^2/24.
 *
 * The trajectory is not kept: a buffer holds as many frames as the longest lag and some more (a piece); when it is full,
 * pairs with the new frames are counted, and what no later frame needs is dropped. Memory, all ranks together, however long
 * the run:
 *     points x (longest lag + piece) x 12 bytes, piece = longest lag, but 256 .. 4096 frames,
 * and on each rank lags x (bins in use + groups x Q) x 8 bytes. displacements_memory() says how much; a buffer that does
 * not fit needs a shorter tmax or frames further apart.
 *
 * Counts are integers, and j0 is rounded to 2^-26 (error below 1e-8) so that its sums are exact too: results are the same
 * bytes for any number of ranks and any instruction set.
 */
#ifndef ANALYSIS_DISPLACEMENTS_H
#define ANALYSIS_DISPLACEMENTS_H

#include "analysis/lags.h"
#include "analysis/trace.h"
#include "par/comm.h"

typedef struct DisplacementPlan {
    size_t points;       /* of this rank */
    size_t groups;       /* for standard errors */
    const size_t *group; /* [points] ascending */
    double bin, rmax;    /* [A] */
    size_t nq;           /* sums of j0(Qr) for these, may be 0 */
    const double *q;     /* [nq] 1/A */
    bool split;          /* a histogram for each group, not only for all */
    LagOptions lags;     /* tmax 0: half of the run, or 1000 frames if its length is not known */
} DisplacementPlan;

typedef struct Displacements {
    DisplacementPlan plan; /* its arrays are the caller's */
    int64_t expected;      /* frames, 0 if not known */
    double interval;       /* [ps] between frames */
    TraceWatch watch;
    Lags lags;
    /* frames at hand */
    size_t buffered, counted, capacity;
    float *x; /* [points][3][capacity] nm */
    size_t waiting;
    float
        *tile; /* [TILE][points][3] nm: frames on their way into x, which is written line by line */
    int64_t before; /* frames that have left the buffer */
    /* what was counted */
    int32_t bins, width; /* in all; in use so far */
    uint32_t *scratch;   /* counters of the lags at work */
    double *table;       /* [width][nq] j0 */
    int64_t *sum;        /* [groups][nq][lags] units of 2^-26 */
    int64_t *
        histogram; /* [rows][lags][width + 1], the last: beyond rmax; rows = groups if split, else 1 */
    int64_t *weight; /* [groups] points */
} Displacements;

/* interval [ps] and frames: 0 if not known (then from the first two frames). Local. */
void displacements_init(Displacements *d, const DisplacementPlan *plan, double interval,
                        int64_t frames);
void displacements_clear(Displacements *d);

/* x [points][3] A, unwrapped. Local. */
void displacements_frame(Displacements *d, const Cell *cell, double time, const double (*x)[3]);

/* The end: sums over ranks. Lags that the run was too short for are left out. ERR_INPUT "NAME: ..." if there are fewer than
 * two frames, or as trace_watch_check. The same result on all ranks. Collective. */
Err displacements_finish(Displacements *d, const Comm *c, const char *name) MUST_USE;

/* After that, Local: */

/* Counts [width + 1] of one lag; `row` is 0, or a group if the plan is split. */
const int64_t *displacements_row(const Displacements *d, size_t row, size_t lag);

/* Mean of j0(Qr) in each group, 1 at lag 0: out [groups][nq][lags]. */
void displacements_means(const Displacements *d, double out[]);

/* Mean of j0(Qr) over all pairs of frames at all lags but 0, out [groups][nq]. */
void displacements_pair_mean(const Displacements *d, double out[]);

/* Time differences [ps], new (free()). */
double *displacements_times(const Displacements *d);

/* Bytes on all ranks together for points, options and a run of `frames` (0: long) every interval [ps]. Local, pure. */
double displacements_memory(const DisplacementPlan *plan, double points, double interval,
                            double frames);

#endif
