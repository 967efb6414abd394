/* trace.h -- the paths of this rank's atoms or ions, kept in memory until all frames are there.
 *
 * Correlation functions need pairs of frames. Positions are kept as float nanometres, exactly the numbers of an
 * H5MD file (h5md_round), so nothing is lost: 12 bytes per point and frame. Rows of one coordinate lie together,
 * since lags run along time.
 */
#ifndef ANALYSIS_TRACE_H
#define ANALYSIS_TRACE_H

#include "analysis/lags.h"
#include "model/sample.h"
#include "par/comm.h"

#include <stdint.h>

/* Are frames equally spaced in time, and paths without jumps through the box? Asked of frames as they come. */
typedef struct TraceWatch {
    size_t points, frames;
    double *last;             /* [points][3] A */
    double torn;              /* [A] largest step of a point beyond half the box, 0: none, */
    double torn_time;         /* [ps] and when */
    double first, now;        /* [ps] times of the first and the last frame */
    double shortest, longest; /* [ps] steps of time, */
    double shortest_time, longest_time; /* [ps] and when they end */
} TraceWatch;

void trace_watch_init(TraceWatch *w, size_t points);
void trace_watch_clear(TraceWatch *w);

/* One frame: x [points][3] A. With `cell` (NULL: no check) it is noted when a point moved by more than half the
 * box since the last frame. Local. */
void trace_watch_add(TraceWatch *w, const Cell *cell, double time, const double (*x)[3]);

/* To be asked on all ranks before the paths are used; put it into a comm_agree. Time between frames [ps], 0 for a
 * single frame. ERR_INPUT if frames are not equally spaced (1e-4), or if positions are wrapped into the box: their
 * displacements mean nothing. Local. */
Err trace_watch_check(const TraceWatch *w, double *interval) MUST_USE;

typedef struct Trace {
    size_t points, frames, capacity;
    float *x;     /* [points][3][capacity] nm */
    double *time; /* [capacity] ps */
    TraceWatch watch;
} Trace;

/* Room for `frames` frames (0: not known; it grows). Local. */
void trace_init(Trace *t, size_t points, int64_t frames);
void trace_clear(Trace *t);

/* One frame, as trace_watch_add. Local. */
void trace_add(Trace *t, const Cell *cell, double time, const double (*x)[3]);

/* As trace_watch_check. Local. */
Err trace_check(const Trace *t, double *interval) MUST_USE;

/* The same for a correlation called `name`: at least two frames, and the lags that its options ask for (at most
 * the whole run). The same result on all ranks. Collective. Free with lags_clear. */
Err trace_lags(const Comm *c, const Trace *t, const char *name, const LagOptions *o,
               double *interval, Lags *lags) MUST_USE;

/* Centre of mass [A] of an ion. Local. */
void trace_centre(const Sample *s, int64_t ion, const double (*x)[3], double out[3]);

/* Coordinate `axis` of a point at all frames [nm]; the three axes are t->capacity apart. Local. */
static inline const float *trace_row(const Trace *t, size_t point, int axis)
{
    return t->x + (point * 3 + (size_t)axis) * t->capacity;
}

/* This rank's share of the atoms of one element or isotope, with the error group of the ion each belongs to. */
typedef struct Selection {
    int64_t total; /* on all ranks */
    size_t count;  /* here */
    int64_t *atom; /* [count] index in the sample */
    size_t *group; /* [count] */
    size_t groups; /* used: at most the number of ions */
    int64_t ions;  /* ions that have such atoms, on all ranks */
} Selection;

/* `symbol` is an element ("H": all its isotopes) or an isotope ("D"). Error groups are runs of successive ions.
 * ERR_INPUT if there is no such atom. Every rank says the same; no messages. */
Err trace_select(const Comm *c, const Sample *s, const char *symbol, size_t groups,
                 Selection *out) MUST_USE;
void trace_select_clear(Selection *s);

#endif
