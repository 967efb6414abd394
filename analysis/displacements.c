#include "analysis/displacements.h"

#include "analysis/displacements_kernel.h"
#include "analysis/models.h"
#include "base/exact.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    TILE = 16,         /* frames: a cache line of floats */
    BATCH = 4,         /* lags done while the rows of a point are in cache */
    FIRST_WIDTH = 512, /* bins */
    LEAST_PIECE = 256, /* frames */
    MOST_PIECE = 4096,
    LONG_ENOUGH = 1000, /* frames: the longest lag if neither it nor the run's length is known */
    COPIES = DISPLACEMENTS_COPIES
};

static const double grid = 0x1p-26;                 /* of j0 */
static const int64_t most_pairs = INT64_C(1) << 26; /* whose sum of j0 is exact in a double */
static const int64_t most_counts = INT64_C(1)
                                   << 36; /* of a lag and group: their sum fits 64 bits */

static int64_t piece(int64_t longest)
{
    return longest < LEAST_PIECE ? LEAST_PIECE : longest > MOST_PIECE ? MOST_PIECE : longest;
}

/* Longest lag [frames] for a run of so many frames (0: not known). */
static int64_t longest_lag(const LagOptions *o, double interval, int64_t frames)
{
    double longest = o->tmax > 0.0 ? floor(o->tmax / interval + 1e-6)
                     : frames > 0  ? ceil(0.5 * (double)(frames - 1))
                                   : LONG_ENOUGH;
    if (frames > 0)
        longest = fmin(longest, (double)(frames - 1));
    return (int64_t)fmin(longest, 1e15);
}

static size_t rows(const Displacements *d)
{
    return d->plan.split ? d->plan.groups : 1;
}

/* Room for lags and frames, when the interval is known. */
static void prepare(Displacements *d, double interval)
{
    const DisplacementPlan *p = &d->plan;
    d->interval = interval;
    int64_t longest = longest_lag(&p->lags, interval, d->expected);
    lags_init(&d->lags, longest, p->lags.linear, (int)p->lags.per_octave);
    int64_t capacity = longest + piece(longest);
    if (d->expected > 0 && d->expected < capacity)
        capacity = d->expected;
    d->capacity = (size_t)(capacity > 2 ? capacity : 2);
    d->x = MEM_NEW(float, p->points * 3 * d->capacity);
    d->sum = MEM_NEW(int64_t, p->groups * p->nq * d->lags.n);
}

/* Counters, table and histograms for `width` bins. */
static void widen(Displacements *d, int32_t width)
{
    const DisplacementPlan *p = &d->plan;
    size_t old = (size_t)d->width + 1, row = (size_t)width + 1, n = rows(d) * d->lags.n;
    int64_t *h = MEM_NEW(int64_t, n * row);
    for (size_t r = 0; r < n && d->histogram != NULL; r++) {
        memcpy(h + r * row, d->histogram + r * old, (old - 1) * sizeof *h);
        h[r * row + row - 1] = d->histogram[r * old + old - 1];
    }
    free(d->histogram);
    free(d->scratch);
    free(d->table);
    d->histogram = h;
    d->scratch = MEM_NEW(uint32_t, BATCH * COPIES * row);
    d->table = MEM_NEW(double, p->nq *(size_t)width);
    for (int32_t b = 0; b < width; b++)
        for (size_t i = 0; i < p->nq; i++)
            d->table[(size_t)b * p->nq + i] =
                exact_round(models_j0(p->q[i] * (b + 0.5) * p->bin), grid);
    d->width = width;
}

void displacements_init(Displacements *d, const DisplacementPlan *plan, double interval,
                        int64_t frames)
{
    *d = (Displacements){.plan = *plan, .expected = frames};
    d->bins = (int32_t)fmin(ceil(plan->rmax / plan->bin), 1e9);
    trace_watch_init(&d->watch, plan->points);
    d->tile = MEM_NEW(float, TILE * plan->points * 3);
    d->weight = MEM_NEW(int64_t, plan->groups);
    for (size_t i = 0; i < plan->points; i++)
        d->weight[plan->group[i]]++;
    if (interval > 0.0)
        prepare(d, interval);
}

void displacements_clear(Displacements *d)
{
    trace_watch_clear(&d->watch);
    lags_clear(&d->lags);
    free(d->x);
    free(d->tile);
    free(d->scratch);
    free(d->table);
    free(d->sum);
    free(d->histogram);
    free(d->weight);
    *d = (Displacements){0};
}

/* Pairs of points [from, to) at lags [first, first + n) whose later frame is new, into the counters. */
static void count_points(Displacements *d, size_t from, size_t to, size_t first, size_t n)
{
    int64_t pitch = (int64_t)d->capacity, stride = d->plan.lags.stride;
    size_t room = COPIES * ((size_t)d->width + 1);
    float scale = (float)(10.0 / d->plan.bin);
    int64_t origin[BATCH], end[BATCH];
    const int64_t *lag = d->lags.lag + first;
    for (size_t k = 0; k < n; k++) {
        origin[k] = (int64_t)d->counted > lag[k] ? (int64_t)d->counted - lag[k] : 0;
        end[k] = (int64_t)d->buffered - lag[k];
    }
    for (size_t p = from; p < to; p++) {
        const float *x = d->x + 3 * p * d->capacity;
        for (size_t k = 0; k < n; k++) {
            uint32_t *h = d->scratch + k * room;
            if (stride > 1) {
                int64_t skip = (stride - (d->before + origin[k]) % stride) % stride;
                displacements_kernel_strided(x + origin[k], pitch, lag[k], skip, stride,
                                             end[k] - origin[k], scale, d->width, h);
                continue;
            }
            int64_t both = end[k]; /* origins that this lag and the next (longer) have in common */
            if (k + 1 < n && end[k + 1] > origin[k]) {
                displacements_kernel_two(x + origin[k], pitch, lag + k, end[k + 1] - origin[k],
                                         scale, d->width, h, h + room);
                displacements_kernel_one(x + origin[k + 1], pitch, lag[k + 1],
                                         origin[k] - origin[k + 1], scale, d->width, h + room);
                displacements_kernel_one(x + end[k + 1], pitch, lag[k], both - end[k + 1], scale,
                                         d->width, h);
                k++;
                continue;
            }
            displacements_kernel_one(x + origin[k], pitch, lag[k], both - origin[k], scale,
                                     d->width, h);
        }
    }
}

/* Did a pair move beyond the bins in use, though not beyond all? */
static bool too_narrow(const Displacements *d, size_t n)
{
    if (d->width == d->bins)
        return false;
    size_t room = COPIES * ((size_t)d->width + 1);
    for (size_t k = 0; k < n; k++)
        for (int c = 0; c < COPIES; c++)
            if (d->scratch[(k + 1) * room - COPIES + (size_t)c] != 0)
                return true;
    return false;
}

/* Counters of one lag into histogram and sums; they are 0 again. */
static void settle(Displacements *d, uint32_t *h, size_t group, size_t lag)
{
    size_t nq = d->plan.nq, width = (size_t)d->width;
    int64_t *row = d->histogram + ((d->plan.split ? group : 0) * d->lags.n + lag) * (width + 1);
    double *sum = MEM_NEW(double, nq);
    for (size_t b = 0; b <= width; b++, h += COPIES) {
        int64_t n = (int64_t)h[0] + h[1] + h[2] + h[3];
        if (n == 0)
            continue;
        memset(h, 0, COPIES * sizeof *h);
        row[b] += n;
        const double *j = d->table + b * nq;
        for (size_t i = 0; i < nq && b < width; i++)
            sum[i] += (double)n * j[i];
    }
    for (size_t i = 0; i < nq; i++)
        d->sum[(group * nq + i) * d->lags.n + lag] += (int64_t)rint(sum[i] / grid);
    free(sum);
}

static void count_group(Displacements *d, size_t group, size_t from, size_t to)
{
    for (size_t first = 0; first < d->lags.n; first += BATCH) {
        size_t n = d->lags.n - first < BATCH ? d->lags.n - first : BATCH;
        while (n > 0 && d->lags.lag[first + n - 1] >= (int64_t)d->buffered)
            n--;
        count_points(d, from, to, first, n);
        while (too_narrow(d, n)) {
            widen(d, d->width > d->bins / 2 ? d->bins : 2 * d->width);
            count_points(d, from, to, first, n);
        }
        for (size_t k = 0; k < n; k++)
            settle(d, d->scratch + k * COPIES * ((size_t)d->width + 1), group, first + k);
    }
}

/* All pairs whose later frame has not been counted. */
static void count_all(Displacements *d)
{
    if (d->counted == d->buffered)
        return;
    if (d->histogram == NULL)
        widen(d, d->bins < FIRST_WIDTH ? d->bins : FIRST_WIDTH);
    size_t share = (size_t)(most_pairs / (int64_t)(d->buffered - d->counted)), from = 0;
    while (from < d->plan.points) {
        size_t to = from;
        while (to < d->plan.points && to - from < share && d->plan.group[to] == d->plan.group[from])
            to++;
        count_group(d, d->plan.group[from], from, to);
        from = to;
    }
    d->counted = d->buffered;
}

/* Drop the frames that no later one needs. */
static void make_room(Displacements *d)
{
    size_t keep = (size_t)d->lags.lag[d->lags.n - 1], drop = d->buffered - keep;
    for (size_t r = 0; r < 3 * d->plan.points; r++) {
        float *row = d->x + r * d->capacity;
        memmove(row, row + drop, keep * sizeof *row);
    }
    d->before += (int64_t)drop;
    d->buffered = d->counted = keep;
}

/* Frames that wait go into the rows. */
static void empty_tile(Displacements *d)
{
    size_t width = 3 * d->plan.points, done = 0;
    while (done < d->waiting) {
        if (d->buffered == d->capacity) {
            count_all(d);
            make_room(d);
        }
        size_t n = d->capacity - d->buffered;
        n = d->waiting - done < n ? d->waiting - done : n;
        for (size_t r = 0; r < width; r++)
            for (size_t k = 0; k < n; k++)
                d->x[r * d->capacity + d->buffered + k] = d->tile[(done + k) * width + r];
        d->buffered += n;
        done += n;
    }
    d->waiting = 0;
}

void displacements_frame(Displacements *d, const Cell *cell, double time, const double (*x)[3])
{
    double before = d->watch.now;
    trace_watch_add(&d->watch, cell, time, x);
    if (d->x == NULL && d->watch.frames == 2 && time > before)
        prepare(d, time - before);
    if (d->watch.frames > 2 && d->lags.n == 0)
        return; /* time stands still: trace_watch_check() says so at the end */
    if (d->waiting == TILE)
        empty_tile(d);
    float *row = d->tile + d->waiting++ * 3 * d->plan.points;
    for (size_t p = 0; p < d->plan.points; p++)
        for (size_t i = 0; i < 3; i++)
            row[3 * p + i] = (float)(0.1 * x[p][i]);
}

/* Sums over ranks, all with the widest range any of them has used. Collective. */
static void sum_ranks(Displacements *d, const Comm *c)
{
    double width = d->histogram != NULL ? (double)d->width : 1.0;
    comm_max(c, 1, &width);
    if (d->histogram == NULL || (int32_t)width > d->width)
        widen(d, (int32_t)width);
    comm_sum_i64(c, rows(d) * d->lags.n * ((size_t)d->width + 1), d->histogram);
    comm_sum_i64(c, d->plan.groups * d->plan.nq * d->lags.n, d->sum);
    comm_sum_i64(c, d->plan.groups, d->weight);
}

Err displacements_finish(Displacements *d, const Comm *c, const char *name)
{
    double interval;
    Err e = trace_watch_check(&d->watch, &interval);
    if (e == OK && d->watch.frames < 2)
        e = err_set(ERR_INPUT, "%s: %zu frames; at least two are needed", name, d->watch.frames);
    e = comm_agree(c, e);
    if (e != OK)
        return e;
    empty_tile(d);
    count_all(d);
    sum_ranks(d, c);
    size_t n = d->lags.n, fits = n;
    while (d->lags.lag[fits - 1] >= (int64_t)d->watch.frames)
        fits--;
    size_t row = (size_t)d->width + 1;
    for (size_t r = 1; r < rows(d); r++)
        memmove(d->histogram + r * fits * row, d->histogram + r * n * row,
                fits * row * sizeof *d->histogram);
    for (size_t r = 1; r < d->plan.groups * d->plan.nq; r++)
        memmove(d->sum + r * fits, d->sum + r * n, fits * sizeof *d->sum);
    d->lags.n = fits;
    d->interval = interval;
    for (size_t g = 0; g < d->plan.groups; g++)
        CHECK(d->weight[g] < most_counts / (int64_t)d->watch.frames,
              "%s: more than 2^36 pairs in a group; use a stride", name);
    return OK;
}

const int64_t *displacements_row(const Displacements *d, size_t row, size_t lag)
{
    return d->histogram + (row * d->lags.n + lag) * ((size_t)d->width + 1);
}

void displacements_means(const Displacements *d, double out[])
{
    size_t nt = d->lags.n, nq = d->plan.nq;
    for (size_t g = 0; g < d->plan.groups; g++)
        for (size_t i = 0; i < nq; i++)
            for (size_t k = 0; k < nt; k++) {
                size_t at = (g * nq + i) * nt + k;
                int64_t pairs = d->weight[g] * lags_origins((int64_t)d->watch.frames,
                                                            d->lags.lag[k], d->plan.lags.stride);
                out[at] = k == 0      ? 1.0 /* all distances are 0, not half a bin */
                          : pairs > 0 ? (double)d->sum[at] * grid / (double)pairs
                                      : 0.0;
            }
}

void displacements_pair_mean(const Displacements *d, double out[])
{
    size_t nt = d->lags.n;
    for (size_t r = 0; r < d->plan.groups * d->plan.nq; r++) {
        int64_t sum = 0, pairs = 0;
        for (size_t k = 1; k < nt; k++) {
            sum += d->sum[r * nt + k];
            pairs += d->weight[r / d->plan.nq] *
                     lags_origins((int64_t)d->watch.frames, d->lags.lag[k], d->plan.lags.stride);
        }
        out[r] = pairs > 0 ? (double)sum * grid / (double)pairs : 0.0;
    }
}

double *displacements_times(const Displacements *d)
{
    double *t = MEM_NEW(double, d->lags.n);
    for (size_t k = 0; k < d->lags.n; k++)
        t[k] = (double)d->lags.lag[k] * d->interval;
    return t;
}

double displacements_memory(const DisplacementPlan *plan, double points, double interval,
                            double frames)
{
    if (!(interval > 0.0))
        return 12.0 * points * fmin(frames, 1e6);
    Lags lags;
    int64_t longest = longest_lag(&plan->lags, interval, (int64_t)frames);
    lags_init(&lags, longest, plan->lags.linear, (int)plan->lags.per_octave);
    double buffer = (double)(longest + piece(longest)), n = (double)lags.n;
    lags_clear(&lags);
    if (frames > 0.0)
        buffer = fmin(buffer, frames);
    double histograms = n * (plan->split ? (double)plan->groups : 1.0) * plan->rmax / plan->bin;
    double sums = n * (double)(plan->groups * plan->nq);
    return 12.0 * points * buffer + 8.0 * (histograms + sums);
}
