#include "analysis/msd.h"

#include "analysis/blocks.h"
#include "analysis/lags.h"
#include "analysis/trace.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A point is an atom (class = index of its species) or, last class, the centre of a BH4. */
typedef struct Msd {
    const Comm *comm;
    const Sample *sample;
    MsdOptions o;
    int classes;
    size_t groups;
    size_t points;
    int64_t *source; /* [points] the atom, or the ion whose centre it is */
    int *class;      /* [points] */
    size_t *group;   /* [points] */
    Trace trace;
    double (*x)[3];
    Lags lags;
    int64_t *sum;   /* [classes][groups][lags] fixed point, A^2 */
    int64_t *count; /* [classes][groups] */
} Msd;

#define AT(member) offsetof(MsdOptions, member)

static const ConfigField fields[] = {
    LAGS_FIELDS(AT(lags), "longest time difference; 0: half of the run", "20"),
    {"groups", CONFIG_INTEGER, NULL, "8", AT(groups), "groups of ions for standard errors", NULL, 2,
     1000, 0},
    {"window_start", CONFIG_QUANTITY, "ps", "0 ps", AT(window_start),
     "slope from here; 0: half of the longest lag", NULL, 0, 1e9, 0},
    {"window_end", CONFIG_QUANTITY, "ps", "0 ps", AT(window_end), "to here; 0: the longest lag",
     NULL, 0, 1e9, 0},
};

static void msd_free(void *state)
{
    Msd *s = state;
    if (s == NULL)
        return;
    trace_clear(&s->trace);
    lags_clear(&s->lags);
    free(s->source);
    free(s->class);
    free(s->group);
    free(s->x);
    free(s->sum);
    free(s->count);
    free(s);
}

/* All atoms, then all BH4 centres; this rank's block of them. Ions of one kind are dealt out to groups in order. */
static void share_points(Msd *s, const Comm *c)
{
    const Sample *sample = s->sample;
    int64_t ions[ION_KINDS], seen[ION_KINDS] = {0}, first, count, point = 0, here = 0;
    sample_count(sample, ions);
    comm_block(c, sample->n + ions[ION_BH4], &first, &count);
    s->points = (size_t)count;
    s->source = MEM_NEW(int64_t, count);
    s->class = MEM_NEW(int, count);
    s->group = MEM_NEW(size_t, count);
    for (int centres = 0; centres < 2; centres++) {
        memset(seen, 0, sizeof seen);
        for (int64_t ion = 0; ion < sample->nion; ion++) {
            IonKind kind = sample->ion_kind[ion];
            size_t group = blocks_group(seen[kind]++, ions[kind], s->groups);
            int64_t a = sample->ion_first[ion],
                    end = centres ? a + (kind == ION_BH4) : sample->ion_first[ion + 1];
            for (; a < end; a++, point++) {
                if (point < first || point >= first + count)
                    continue;
                s->source[here] = centres ? ion : a;
                s->class[here] = centres ? sample->nspecies : sample->kind[a];
                s->group[here++] = group;
            }
        }
    }
}

static Err msd_open(const Comm *c, const Sample *sample, const void *options, double interval,
                    int64_t frames, void **state)
{
    (void)interval;
    Msd *s = MEM_NEW(Msd, 1);
    s->comm = c;
    s->sample = sample;
    s->o = *(const MsdOptions *)options;
    s->groups = (size_t)s->o.groups;
    s->classes = sample->nspecies + 1;
    share_points(s, c);
    trace_init(&s->trace, s->points, frames);
    s->x = mem_new(s->points, sizeof *s->x);
    *state = s;
    return OK;
}

static Err msd_frame(void *state, const Frame *frame)
{
    Msd *s = state;
    for (size_t p = 0; p < s->points; p++)
        if (s->class[p] == s->sample->nspecies)
            trace_centre(s->sample, s->source[p], frame->x, s->x[p]);
        else
            memcpy(s->x[p], frame->x[s->source[p]], sizeof s->x[p]);
    trace_add(&s->trace, &frame->cell, frame->time, (const double(*)[3])s->x);
    return OK;
}

/* Mean squared displacement [A^2] of one point at one lag. */
static double point_msd(const Trace *t, size_t point, int64_t lag, int64_t stride)
{
    const float *x = trace_row(t, point, 0), *y = trace_row(t, point, 1),
                *z = trace_row(t, point, 2);
    double sum = 0.0;
    int64_t n = (int64_t)t->frames - lag;
    for (int64_t k = 0; k < n; k += stride) {
        float dx = x[k + lag] - x[k], dy = y[k + lag] - y[k], dz = z[k + lag] - z[k];
        sum += (double)(dx * dx + dy * dy + dz * dz);
    }
    return 100.0 * sum / (double)lags_origins((int64_t)t->frames, lag, stride);
}

static void accumulate(Msd *s)
{
    size_t nt = s->lags.n, cells = (size_t)s->classes * s->groups;
    s->sum = MEM_NEW(int64_t, cells * nt);
    s->count = MEM_NEW(int64_t, cells);
    for (size_t p = 0; p < s->points; p++) {
        size_t cell = (size_t)s->class[p] * s->groups + s->group[p];
        s->count[cell]++;
        for (size_t k = 0; k < nt; k++)
            s->sum[cell * nt + k] +=
                blocks_to_fixed(point_msd(&s->trace, p, s->lags.lag[k], s->o.lags.stride));
    }
    comm_sum_i64(s->comm, cells * nt, s->sum);
    comm_sum_i64(s->comm, cells, s->count);
}

/* Slope/6 of every group between two times. */
static Estimate slope(size_t groups, size_t nt, const double *t, const double *msd,
                      const double *weight, const double window[2])
{
    double *d = MEM_NEW(double, groups);
    size_t a = 0, b = nt - 1;
    while (a + 2 < nt && t[a] < window[0] * (1.0 - 1e-9))
        a++;
    while (b > a + 1 && t[b] > window[1] * (1.0 + 1e-9))
        b--;
    for (size_t g = 0; g < groups; g++)
        d[g] = (msd[g * nt + b] - msd[g * nt + a]) / (6.0 * (t[b] - t[a]));
    Estimate e = blocks_weighted(groups, d, weight);
    free(d);
    return e;
}

static Err write_results(const Msd *s, H5 *group, double interval)
{
    size_t nt = s->lags.n, ng = s->groups, nc = (size_t)s->classes;
    double *t = MEM_NEW(double, nt), *mean = MEM_NEW(double, nc *nt),
           *error = MEM_NEW(double, nc *nt);
    double *blocks = MEM_NEW(double, ng *nt), *weight = MEM_NEW(double, ng);
    double *d = MEM_NEW(double, 3 * nc), *d_error = d + nc, *points = d + 2 * nc;
    const char *names[SAMPLE_MAX_SPECIES + 1];
    for (size_t k = 0; k < nt; k++)
        t[k] = (double)s->lags.lag[k] * interval;
    double window[2] = {s->o.window_start > 0.0 ? s->o.window_start : 0.5 * t[nt - 1],
                        s->o.window_end > 0.0 ? s->o.window_end : t[nt - 1]};
    for (size_t c = 0; c < nc; c++) {
        names[c] = c + 1 < nc ? s->sample->species[c]->symbol : "BH4";
        blocks_of_groups(ng, nt, s->sum + c * ng * nt, s->count + c * ng, blocks, weight,
                         mean + c * nt, error + c * nt);
        for (size_t g = 0; g < ng; g++)
            points[c] += weight[g];
        Estimate e = slope(ng, nt, t, blocks, weight, window);
        d[c] = e.mean, d_error[c] = e.error;
    }
    Err e = h5_write_texts(group, "classes", nc, names);
    if (e == OK)
        e = h5_write(group, "t", 1, (size_t[]){nt}, t, "ps", "time difference");
    if (e == OK)
        e = h5_write(group, "msd", 2, (size_t[]){nc, nt}, mean, "A^2",
                     "mean squared displacement [class][t]");
    if (e == OK)
        e = h5_write(group, "msd_error", 2, (size_t[]){nc, nt}, error, "A^2",
                     "standard error, from groups of ions");
    if (e == OK)
        e = h5_write(group, "diffusion", 1, (size_t[]){nc}, d, "A^2/ps",
                     "slope of the MSD over window, divided by 6");
    if (e == OK)
        e = h5_write(group, "diffusion_error", 1, (size_t[]){nc}, d_error, "A^2/ps",
                     "standard error, same groups");
    if (e == OK)
        e = h5_write(group, "points", 1, (size_t[]){nc}, points, "1",
                     "atoms or ions in each class");
    if (e == OK)
        e = h5_write(group, "window", 1, (size_t[]){2}, window, "ps",
                     "time differences used for the slope");
    free(t);
    free(mean);
    free(error);
    free(blocks);
    free(weight);
    free(d);
    return e;
}

static Err msd_close(void *state, H5 *group)
{
    Msd *s = state;
    double interval;
    Err e = trace_lags(s->comm, &s->trace, "msd", &s->o.lags, &interval, &s->lags);
    if (e != OK)
        return e;
    accumulate(s);
    if (group != NULL)
        e = write_results(s, group, interval);
    return comm_agree(s->comm, e);
}

const ObservableKind msd_observable = {
    .name = "msd",
    .help = "mean squared displacement [A^2] by species and of BH4 centres, diffusion coefficients "
            "[A^2/ps]",
    .reference = "A. Einstein, Ann. Phys. 322, 549 (1905), doi 10.1002/andp.19053220806",
    .nfields = sizeof fields / sizeof *fields,
    .fields = fields,
    .options_size = sizeof(MsdOptions),
    .open = msd_open,
    .frame = msd_frame,
    .close = msd_close,
    .free = msd_free,
};
