#include "analysis/trace.h"

#include "analysis/blocks.h"
#include "base/mem.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void trace_watch_init(TraceWatch *w, size_t points)
{
    *w = (TraceWatch){.points = points, .shortest = INFINITY};
    w->last = MEM_NEW(double, points * 3);
}

void trace_watch_clear(TraceWatch *w)
{
    free(w->last);
    *w = (TraceWatch){0};
}

static void watch_time(TraceWatch *w, double time)
{
    double step = time - w->now;
    w->now = time;
    if (w->frames == 0) {
        w->first = time;
        return;
    }
    if (!(step >= w->shortest)) { /* a NaN is the worst */
        w->shortest = step;
        w->shortest_time = time;
    }
    if (step > w->longest) {
        w->longest = step;
        w->longest_time = time;
    }
}

void trace_watch_add(TraceWatch *w, const Cell *cell, double time, const double (*x)[3])
{
    double half = INFINITY;
    if (cell != NULL) {
        double widths[3];
        cell_widths(cell, widths);
        half = 0.5 * fmin(widths[0], fmin(widths[1], widths[2]));
    }
    for (size_t p = 0; p < w->points; p++) {
        double *last = w->last + 3 * p, d2 = 0.0;
        for (size_t i = 0; i < 3; i++) {
            d2 += (x[p][i] - last[i]) * (x[p][i] - last[i]);
            last[i] = x[p][i];
        }
        if (w->frames > 0 && d2 > half * half && sqrt(d2) > w->torn) {
            w->torn = sqrt(d2);
            w->torn_time = time;
        }
    }
    watch_time(w, time);
    w->frames++;
}

Err trace_watch_check(const TraceWatch *w, double *interval)
{
    *interval = 0.0;
    if (w->torn > 0.0)
        return err_set(
            ERR_INPUT,
            "trajectory: a point moved by %.1f angstrom between two frames (at %g ps): positions "
            "are wrapped into the box or frames are too far apart; unwrapped positions are needed "
            "(`analyse --unwrap` makes them if frames are close enough)",
            w->torn, w->torn_time);
    if (w->frames < 2)
        return OK;
    double mean = (w->now - w->first) / (double)(w->frames - 1);
    *interval = mean;
    bool even = mean > 0.0 && w->longest - mean <= 1e-4 * mean;
    if (even && mean - w->shortest <= 1e-4 * mean)
        return OK;
    double step = even ? w->shortest : w->longest, end = even ? w->shortest_time : w->longest_time;
    return err_set(ERR_INPUT,
                   "trajectory: frames are not equally spaced: %g ps after %g ps, mean step %g ps",
                   end, end - step, mean);
}

void trace_init(Trace *t, size_t points, int64_t frames)
{
    size_t capacity = frames > 0 ? (size_t)frames : 64;
    *t = (Trace){.points = points, .capacity = capacity};
    t->x = MEM_NEW(float, points * 3 * capacity);
    t->time = MEM_NEW(double, capacity);
    trace_watch_init(&t->watch, points);
}

void trace_clear(Trace *t)
{
    free(t->x);
    free(t->time);
    trace_watch_clear(&t->watch);
    *t = (Trace){0};
}

static void grow(Trace *t)
{
    size_t old = t->capacity, capacity = 2 * old, rows = t->points * 3;
    float *x = MEM_NEW(float, rows *capacity);
    for (size_t r = 0; r < rows; r++)
        memcpy(x + r * capacity, t->x + r * old, old * sizeof *x);
    free(t->x);
    t->x = x;
    t->time = mem_resize(t->time, old, capacity, sizeof *t->time);
    t->capacity = capacity;
}

void trace_add(Trace *t, const Cell *cell, double time, const double (*x)[3])
{
    if (t->frames == t->capacity)
        grow(t);
    trace_watch_add(&t->watch, cell, time, x);
    for (size_t p = 0; p < t->points; p++)
        for (size_t i = 0; i < 3; i++)
            t->x[(p * 3 + i) * t->capacity + t->frames] = (float)(0.1 * x[p][i]);
    t->time[t->frames++] = time;
}

Err trace_check(const Trace *t, double *interval)
{
    return trace_watch_check(&t->watch, interval);
}

Err trace_lags(const Comm *c, const Trace *t, const char *name, const LagOptions *o,
               double *interval, Lags *lags)
{
    Err e = trace_check(t, interval);
    if (e == OK && t->frames < 2)
        e = err_set(ERR_INPUT, "%s: %zu frames; at least two are needed", name, t->frames);
    e = comm_agree(c, e);
    if (e != OK)
        return e;
    double last = (double)(t->frames - 1), longest = ceil(0.5 * last);
    if (o->tmax > 0.0)
        longest = fmin(last, floor(o->tmax / *interval + 1e-6));
    lags_init(lags, (int64_t)longest, o->linear, (int)o->per_octave);
    return OK;
}

void trace_centre(const Sample *s, int64_t ion, const double (*x)[3], double out[3])
{
    double mass = 0.0, sum[3] = {0};
    for (int64_t a = s->ion_first[ion]; a < s->ion_first[ion + 1]; a++) {
        double m = s->species[s->kind[a]]->mass;
        mass += m;
        vec_axpy(m, x[a], sum);
    }
    for (int i = 0; i < 3; i++)
        out[i] = sum[i] / mass;
}

Err trace_select(const Comm *c, const Sample *s, const char *symbol, size_t groups, Selection *out)
{
    *out = (Selection){0};
    int64_t *atom = MEM_NEW(int64_t, s->n), *ordinal = MEM_NEW(int64_t, s->n);
    for (int64_t ion = 0; ion < s->nion; ion++) {
        int64_t before = out->total;
        for (int64_t a = s->ion_first[ion]; a < s->ion_first[ion + 1]; a++) {
            const Species *kind = s->species[s->kind[a]];
            if (strcmp(kind->symbol, symbol) != 0 && strcmp(kind->element, symbol) != 0)
                continue;
            atom[out->total] = a;
            ordinal[out->total++] = out->ions;
        }
        out->ions += out->total > before;
    }
    int64_t first = 0, count = 0;
    comm_block(c, out->total, &first, &count);
    out->groups = (int64_t)groups < out->ions ? groups : (size_t)out->ions;
    out->count = (size_t)count;
    out->atom = MEM_NEW(int64_t, count);
    out->group = MEM_NEW(size_t, count);
    for (int64_t i = 0; i < count; i++) {
        out->atom[i] = atom[first + i];
        out->group[i] = blocks_group(ordinal[first + i], out->ions, out->groups);
    }
    free(atom);
    free(ordinal);
    return out->total > 0 ? OK : err_set(ERR_INPUT, "species: the sample has no atom '%s'", symbol);
}

void trace_select_clear(Selection *s)
{
    free(s->atom);
    free(s->group);
    *s = (Selection){0};
}
