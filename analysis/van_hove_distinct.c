#include "analysis/van_hove_distinct.h"

#include "analysis/blocks.h"
#include "analysis/trace.h"
#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"
#include "model/near.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 8, MOST_PAIRS = SAMPLE_MAX_SPECIES * (SAMPLE_MAX_SPECIES + 1) / 2 };

typedef struct VanHove {
    const Comm *comm;
    const Sample *sample;
    VanHoveDistinctOptions o;
    size_t nlag, bins, pairs;
    double *want;             /* [nlag] ps, asked for */
    int64_t *lag;             /* [nlag] frames, once the second frame is there */
    int64_t kept;             /* origins in memory: number o of them at place o % kept */
    double *place;            /* [kept][n][3] fractional coordinates of origins, of all atoms */
    int64_t first, count;     /* this rank's atoms */
    int64_t per_block;        /* origins in a block */
    int64_t *counts;          /* [nlag][2 BLOCKS][pairs][bins] */
    double *origins, *volume; /* [nlag][2 BLOCKS]: number, and sum of volumes A^3 */
    Trace trace;              /* times only */
    double (*last)[3];        /* [count] A, and whether an atom has jumped since: wrapped input */
    double natoms[SAMPLE_MAX_SPECIES];
} VanHove;

#define AT(member) .offset = offsetof(VanHoveDistinctOptions, member)

static const ConfigField fields[] = {
    {.key = "lags",
     .kind = CONFIG_QUANTITIES,
     .unit = "ps",
     .low = 0,
     .high = 1e9,
     AT(lags),
     .fallback = "[0 ps, 0.1 ps, 0.2 ps, 0.5 ps, 1 ps, 2 ps, 5 ps, 10 ps]",
     .help = "time differences; those longer than the run are left out"},
    {.key = "rmax",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "10 angstrom",
     .low = 0.1,
     .high = 100,
     AT(rmax),
     .help = "largest distance"},
    {.key = "bin",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "0.05 angstrom",
     .low = 1e-4,
     .high = 10,
     AT(bin),
     .help = "width of the distance bins"},
    {.key = "stride",
     .kind = CONFIG_INTEGER,
     .fallback = "10",
     .low = 1,
     .high = 1e9,
     AT(stride),
     .help = "every stride-th frame is an origin"},
};

static void van_hove_free(void *state)
{
    VanHove *s = state;
    if (s == NULL)
        return;
    trace_clear(&s->trace);
    free(s->last);
    free(s->want);
    free(s->lag);
    free(s->place);
    free(s->counts);
    free(s->origins);
    free(s->volume);
    free(s);
}

static Err van_hove_open(const Comm *c, const Sample *sample, const void *options, double interval,
                         int64_t frames, void **state)
{
    (void)interval;
    const VanHoveDistinctOptions *o = options;
    *state = NULL;
    if (o->lags.n == 0)
        return err_set(ERR_INPUT, "van_hove_distinct: lags: at least one is needed");
    if (o->bin > o->rmax)
        return err_set(ERR_INPUT, "van_hove_distinct: bin: %g A is wider than rmax = %g A", o->bin,
                       o->rmax);
    VanHove *s = MEM_NEW(VanHove, 1);
    s->comm = c;
    s->sample = sample;
    s->o = *o;
    s->nlag = o->lags.n;
    s->bins = (size_t)ceil(o->rmax / o->bin - 1e-9);
    s->pairs = (size_t)(sample->nspecies * (sample->nspecies + 1) / 2);
    s->want = MEM_NEW(double, s->nlag);
    memcpy(s->want, o->lags.value, s->nlag * sizeof *s->want);
    s->lag = MEM_NEW(int64_t, s->nlag);
    s->per_block = 1;
    s->counts = MEM_NEW(int64_t, s->nlag * 2 * BLOCKS * s->pairs * s->bins);
    s->origins = MEM_NEW(double, s->nlag * 2 * BLOCKS);
    s->volume = MEM_NEW(double, s->nlag * 2 * BLOCKS);
    for (int64_t i = 0; i < sample->n; i++)
        s->natoms[sample->kind[i]] += 1.0;
    comm_block(c, sample->n, &s->first, &s->count);
    trace_init(&s->trace, 0, frames);
    s->last = mem_new((size_t)s->count, sizeof *s->last);
    *state = s;
    return OK;
}

static size_t pair_of(const VanHove *s, int a, int b)
{
    int low = a < b ? a : b, high = a < b ? b : a;
    return (size_t)(low * s->sample->nspecies - low * (low - 1) / 2 + high - low);
}

/* One atom's neighbours at the later time. */
typedef struct Look {
    const VanHove *s;
    int64_t *row; /* [pairs][bins] */
    int64_t atom;
    double own[3]; /* where it went itself */
} Look;

static void look(void *data, int64_t j, const double d[3], double r2)
{
    const Look *l = data;
    const VanHove *s = l->s;
    if (j == l->atom) {
        double off[3];
        vec_sub(d, l->own, off);
        if (vec_dot(off, off) < 1e-8)
            return;
    }
    size_t bin = (size_t)(sqrt(r2) * (1.0 / s->o.bin));
    if (bin < s->bins)
        l->row[pair_of(s, s->sample->kind[l->atom], s->sample->kind[j]) * s->bins + bin]++;
}

/* Counts of all lags whose blocks are full become half as many. */
static void merge(VanHove *s)
{
    size_t row = s->pairs * s->bins;
    for (size_t l = 0; l < s->nlag; l++) {
        int64_t *count = s->counts + l * 2 * BLOCKS * row;
        double *origins = s->origins + l * 2 * BLOCKS, *volume = s->volume + l * 2 * BLOCKS;
        for (size_t b = 0; b < (size_t)2 * BLOCKS; b++) {
            bool keep = b < BLOCKS;
            origins[b] = keep ? origins[2 * b] + origins[2 * b + 1] : 0.0;
            volume[b] = keep ? volume[2 * b] + volume[2 * b + 1] : 0.0;
            for (size_t i = 0; i < row; i++)
                count[b * row + i] =
                    keep ? count[2 * b * row + i] + count[(2 * b + 1) * row + i] : 0;
        }
    }
    s->per_block *= 2;
}

/* All pairs of one origin and one later frame. */
static void add_pair_of_frames(VanHove *s, size_t lag, int64_t origin, const Near *near,
                               const Frame *frame)
{
    while (origin >= 2 * BLOCKS * s->per_block)
        merge(s);
    size_t block = lag * 2 * BLOCKS + (size_t)(origin / s->per_block);
    const double *place = s->place + 3 * (origin % s->kept) * s->sample->n;
    s->origins[block] += 1.0;
    s->volume[block] += frame->cell.volume;
    Look l = {.s = s, .row = s->counts + block * s->pairs * s->bins};
    for (l.atom = s->first; l.atom < s->first + s->count; l.atom++) {
        double r[3];
        cell_to_cartesian(&frame->cell, place + 3 * l.atom, r);
        vec_sub(frame->x[l.atom], r, l.own);
        near_visit(near, r, look, &l);
    }
}

static void keep_origin(VanHove *s, int64_t k, const Frame *frame)
{
    double *place = s->place + 3 * (k / s->o.stride % s->kept) * s->sample->n;
    for (int64_t i = 0; i < s->sample->n; i++)
        cell_to_fractional(&frame->cell, frame->x[i], place + 3 * i);
}

/* Lags in frames, and room for the origins that the longest of them needs. */
static void set_lags(VanHove *s, double interval)
{
    int64_t longest = 0;
    for (size_t l = 0; l < s->nlag; l++) {
        s->lag[l] = interval > 0.0 ? llround(s->want[l] / interval) : 0;
        longest = s->lag[l] > longest ? s->lag[l] : longest;
    }
    s->kept = longest / s->o.stride + 1;
    double *first = s->place;
    s->place = MEM_NEW(double, 3 * s->kept * s->sample->n);
    if (first != NULL)
        memcpy(s->place, first, 3 * (size_t)s->sample->n * sizeof *first);
    free(first);
}

/* Frame k against its origins; lag 0 of frame 0 waits for frame 1, which tells the time between frames. */
static void add_frame(VanHove *s, int64_t k, const Frame *frame)
{
    Near *near = NULL;
    for (size_t l = 0; l < s->nlag; l++) {
        int64_t from = k - s->lag[l];
        if (from < 0 || from % s->o.stride != 0)
            continue;
        if (near == NULL)
            near = near_new(&frame->cell, s->sample->n, frame->x, (double)s->bins * s->o.bin);
        add_pair_of_frames(s, l, from / s->o.stride, near, frame);
    }
    near_free(near);
}

/* Notes a step beyond half the box as trace_add does, but keeps one frame only. */
static void check_steps(VanHove *s, const Frame *frame)
{
    double widths[3];
    cell_widths(&frame->cell, widths);
    double half = 0.5 * fmin(widths[0], fmin(widths[1], widths[2]));
    for (int64_t i = 0; i < s->count; i++) {
        double d[3];
        vec_sub(frame->x[s->first + i], s->last[i], d);
        memcpy(s->last[i], frame->x[s->first + i], sizeof s->last[i]);
        if (s->trace.frames > 0 && vec_norm(d) > fmax(half, s->trace.watch.torn)) {
            s->trace.watch.torn = vec_norm(d);
            s->trace.watch.torn_time = frame->time;
        }
    }
}

static Err van_hove_frame(void *state, const Frame *frame)
{
    VanHove *s = state;
    int64_t k = (int64_t)s->trace.frames;
    if (k < 2)
        set_lags(s, k == 0 ? 0.0 : frame->time - s->trace.time[0]);
    if (k % s->o.stride == 0)
        keep_origin(s, k, frame);
    for (size_t l = 0; l < s->nlag && k == 0; l++)
        s->lag[l] = llround(s->want[l] > 0.0 ? 1.0 : 0.0); /* only lag 0 sees the first frame */
    add_frame(s, k, frame);
    check_steps(s, frame);
    trace_add(&s->trace, NULL, frame->time, NULL);
    return OK;
}

static double shell(const VanHove *s, size_t bin)
{
    double low = (double)bin * s->o.bin, high = low + s->o.bin;
    return 4.0 / 3.0 * PI * (high * high * high - low * low * low);
}

/* g and its error at one lag, for one pair of species. */
static void normalise(const VanHove *s, size_t lag, int a, int b, double *g, double *error)
{
    size_t pair = pair_of(s, a, b);
    const double *origins = s->origins + lag * 2 * BLOCKS, *volume = s->volume + lag * 2 * BLOCKS;
    double value[2 * BLOCKS] = {0}, ends = s->natoms[a] * s->natoms[b] * (a == b ? 1.0 : 2.0);
    for (size_t i = 0; i < s->bins; i++) {
        for (size_t k = 0; k < (size_t)2 * BLOCKS; k++) {
            const int64_t *row = s->counts + ((lag * 2 * BLOCKS + k) * s->pairs + pair) * s->bins;
            value[k] = origins[k] > 0.0 ? (double)row[i] * volume[k] /
                                              (origins[k] * origins[k] * ends * shell(s, i))
                                        : 0.0;
        }
        Estimate e = blocks_weighted((size_t)2 * BLOCKS, value, origins);
        g[i] = e.mean, error[i] = e.error;
    }
}

static Err write_names(const VanHove *s, H5 *group, double volume)
{
    const char *species[SAMPLE_MAX_SPECIES], *pair[MOST_PAIRS];
    char text[MOST_PAIRS][32];
    double density[SAMPLE_MAX_SPECIES];
    size_t n = (size_t)s->sample->nspecies;
    for (int a = 0; a < s->sample->nspecies; a++) {
        species[a] = s->sample->species[a]->symbol;
        density[a] = s->natoms[a] / volume;
        for (int b = a; b < s->sample->nspecies; b++) {
            size_t p = pair_of(s, a, b);
            snprintf(text[p], sizeof text[p], "%s-%s", species[a], s->sample->species[b]->symbol);
            pair[p] = text[p];
        }
    }
    TRY(h5_write_texts(group, "species", n, species));
    TRY(h5_write_texts(group, "pairs", s->pairs, pair));
    return h5_write(group, "density", 1, &n, density, "angstrom^-3", "mean number density");
}

/* Lags that the run was long enough for are the first `n`, in the order asked for. */
static Err write_results(const VanHove *s, H5 *group, double interval, size_t n,
                         const size_t *which)
{
    size_t plane = s->pairs * s->bins, dims[3] = {n, s->pairs, s->bins};
    double *t = MEM_NEW(double, n), *r = MEM_NEW(double, s->bins), *g = MEM_NEW(double, n *plane);
    double *error = MEM_NEW(double, n *plane), *origins = MEM_NEW(double, n), all = 0.0, sum = 0.0;
    int64_t *count = MEM_NEW(int64_t, n * plane);
    for (size_t i = 0; i < s->bins; i++)
        r[i] = ((double)i + 0.5) * s->o.bin;
    for (size_t m = 0; m < n; m++) {
        size_t l = which[m];
        t[m] = (double)s->lag[l] * interval;
        for (int a = 0; a < s->sample->nspecies; a++)
            for (int b = a; b < s->sample->nspecies; b++) {
                size_t at = m * plane + pair_of(s, a, b) * s->bins;
                normalise(s, l, a, b, g + at, error + at);
            }
        for (size_t k = 0; k < (size_t)2 * BLOCKS; k++) {
            origins[m] += s->origins[l * 2 * BLOCKS + k];
            sum += s->volume[l * 2 * BLOCKS + k];
            for (size_t i = 0; i < plane; i++)
                count[m * plane + i] += s->counts[(l * 2 * BLOCKS + k) * plane + i];
        }
        all += origins[m];
    }
    Err e = write_names(s, group, sum / all);
    if (e == OK)
        e = h5_write(group, "t", 1, &n, t, "ps", "time difference");
    if (e == OK)
        e = h5_write(group, "r", 1, &s->bins, r, "angstrom", "distance, bin centres");
    if (e == OK)
        e = h5_write_number(group, "bin_width", s->o.bin, "angstrom", "width of the bins");
    if (e == OK)
        e = h5_write(group, "g", 3, dims, g, "1",
                     "g_ab(r,t) = G_d^ab(r,t)/rho_b [t][pair][r], 1 at large r");
    if (e == OK)
        e = h5_write(group, "g_error", 3, dims, error, "1", "standard error, blocks of origins");
    if (e == OK)
        e = h5_write_i64(group, "count", 3, dims, count, "1", "pairs counted, each from both ends");
    if (e == OK)
        e = h5_write(group, "origins", 1, &n, origins, "1", "origins at each lag");
    free(t), free(r), free(g), free(error), free(origins), free(count);
    return e;
}

static Err van_hove_close(void *state, H5 *group)
{
    VanHove *s = state;
    double interval;
    Err e = comm_agree(s->comm, trace_check(&s->trace, &interval));
    if (e != OK)
        return err_prefix(e, "van_hove_distinct");
    size_t *which = MEM_NEW(size_t, s->nlag), n = 0;
    for (size_t l = 0; l < s->nlag; l++)
        if (s->lag[l] < (int64_t)s->trace.frames)
            which[n++] = l;
    if (n == 0)
        e = err_set(ERR_INPUT, "van_hove_distinct: lags: all are longer than the run of %zu frames",
                    s->trace.frames);
    if (e == OK) {
        comm_sum_i64(s->comm, s->nlag * 2 * BLOCKS * s->pairs * s->bins, s->counts);
        if (group != NULL)
            e = write_results(s, group, interval, n, which);
    }
    free(which);
    return comm_agree(s->comm, e);
}

const ObservableKind van_hove_distinct_observable = {
    .name = "van_hove_distinct",
    .help = "distinct van Hove function g_ab(r,t) = G_d/rho_b per pair of species, dimensionless, "
            "at chosen times",
    .reference = "L. van Hove, Phys. Rev. 95, 249 (1954), doi 10.1103/PhysRev.95.249",
    .nfields = sizeof fields / sizeof *fields,
    .fields = fields,
    .options_size = sizeof(VanHoveDistinctOptions),
    .open = van_hove_open,
    .frame = van_hove_frame,
    .close = van_hove_close,
    .free = van_hove_free,
};
