#include "analysis/msd.h"

#include "analysis/blocks.h"
#include "analysis/lag_means.h"
#include "analysis/mobility.h"
#include "analysis/transport.h"
#include "base/mem.h"

#include <stdio.h>
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
    int64_t *ion;    /* [points] it belongs to */
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
    {"accuracy", CONFIG_QUANTITY, "1", "0.2", AT(accuracy),
     "largest relative standard error of a diffusion coefficient; beyond, none is given", NULL,
     1e-6, 1, 0},
};

static void msd_free(void *state)
{
    Msd *s = state;
    if (s == NULL)
        return;
    trace_clear(&s->trace);
    lags_clear(&s->lags);
    free(s->source);
    free(s->ion);
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
    s->ion = MEM_NEW(int64_t, count);
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
                s->ion[here] = ion;
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

static void accumulate(Msd *s)
{
    size_t nt = s->lags.n, cells = (size_t)s->classes * s->groups;
    s->sum = MEM_NEW(int64_t, cells * nt);
    s->count = MEM_NEW(int64_t, cells);
    size_t frames = s->trace.frames;
    double *row = MEM_NEW(double, frames), *msd = MEM_NEW(double, 4 * nt), *axis = msd + nt;
    LagMeans c;
    lag_means_init(&c, frames, &s->lags, (size_t)s->o.lags.stride);
    for (size_t p = 0; p < s->points; p++) {
        size_t cell = (size_t)s->class[p] * s->groups + s->group[p];
        s->count[cell]++;
        for (size_t a = 0; a < 3; a++) {
            const float *nm = trace_row(&s->trace, p, (int)a);
            for (size_t k = 0; k < frames; k++)
                row[k] = 10.0 * (double)nm[k];
            lag_means_square(&c, row, axis + a * nt);
        }
        for (size_t k = 0; k < nt; k++)
            s->sum[cell * nt + k] += blocks_to_fixed(axis[k] + axis[nt + k] + axis[2 * nt + k]);
    }
    lag_means_clear(&c);
    free(row), free(msd);
    comm_sum_i64(s->comm, cells * nt, s->sum);
    comm_sum_i64(s->comm, cells, s->count);
}

/* Diffusion coefficients [classes] in A^2/ps. Collective. */
static Transport *diffusion(const Msd *s, double interval)
{
    size_t nc = (size_t)s->classes;
    double *weight = MEM_NEW(double, nc * s->points);
    MobilitySet *set = MEM_NEW(MobilitySet, nc);
    Transport *out = MEM_NEW(Transport, nc);
    for (size_t c = 0; c < nc; c++) {
        int64_t points = 0;
        for (size_t g = 0; g < s->groups; g++)
            points += s->count[c * s->groups + g];
        set[c].values = 3.0 * (double)points;
        set[c].weight = weight + c * s->points;
        for (size_t p = 0; p < s->points; p++)
            weight[c * s->points + p] = s->class[p] == (int)c ? 1.0 / set[c].values : 0.0;
    }
    mobility_measure(s->comm, s->sample, &s->trace, s->ion, nc, set);
    for (size_t c = 0; c < nc; c++) {
        const SpectralFit *f = &set[c].fit;
        out[c] = transport_judge(f->value / (2.0 * interval), set[c].error, f->windows, f->plateau,
                                 s->o.accuracy);
    }
    mobility_clear(nc, set);
    free(set), free(weight);
    return out;
}

static Err write_diffusion(H5 *group, size_t nc, const char *const names[], const Transport d[])
{
    double *value = MEM_NEW(double, 4 * nc);
    const char **status = MEM_NEW(const char *, nc);
    static const char *const what[4] = {"diffusion", "diffusion_error", "diffusion_bound",
                                        "diffusion_windows"};
    static const char *const text[4] = {
        "from the spectrum of increments at low frequency; NaN: see diffusion_status",
        "standard error: the larger of scatter in time and scatter between ions",
        "UPPER BOUND, 97.5 %", "independent parts of the run that the value stands on"};
    for (size_t c = 0; c < nc; c++) {
        value[c] = d[c].value.mean, value[nc + c] = d[c].value.error;
        value[2 * nc + c] = d[c].bound, value[3 * nc + c] = d[c].windows;
        status[c] = d[c].status;
        char label[64];
        snprintf(label, sizeof label, "diffusion of %s", names[c]);
        transport_tell(label, "A^2/ps", &d[c]);
    }
    Err e = OK;
    for (size_t i = 0; i < 4 && e == OK; i++)
        e = h5_write(group, what[i], 1, &nc, value + i * nc, i < 3 ? "A^2/ps" : "1", text[i]);
    if (e == OK)
        e = h5_write_texts(group, "diffusion_status", nc, status);
    free(value), free(status);
    return e;
}

static Err write_results(const Msd *s, H5 *group, double interval, const Transport d[])
{
    size_t nt = s->lags.n, ng = s->groups, nc = (size_t)s->classes;
    double *t = MEM_NEW(double, nt), *mean = MEM_NEW(double, nc *nt),
           *error = MEM_NEW(double, nc *nt);
    double *blocks = MEM_NEW(double, ng *nt), *weight = MEM_NEW(double, ng);
    double *points = MEM_NEW(double, nc);
    const char *names[SAMPLE_MAX_SPECIES + 1];
    for (size_t k = 0; k < nt; k++)
        t[k] = (double)s->lags.lag[k] * interval;
    for (size_t c = 0; c < nc; c++) {
        names[c] = c + 1 < nc ? s->sample->species[c]->symbol : "BH4";
        blocks_of_groups(ng, nt, s->sum + c * ng * nt, s->count + c * ng, blocks, weight,
                         mean + c * nt, error + c * nt);
        for (size_t g = 0; g < ng; g++)
            points[c] += weight[g];
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
        e = write_diffusion(group, nc, names, d);
    if (e == OK)
        e = h5_write(group, "points", 1, (size_t[]){nc}, points, "1",
                     "atoms or ions in each class");
    free(t);
    free(mean);
    free(error);
    free(blocks);
    free(weight);
    free(points);
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
    Transport *d = diffusion(s, interval);
    if (group != NULL)
        e = write_results(s, group, interval, d);
    free(d);
    return comm_agree(s->comm, e);
}

const ObservableKind msd_observable = {
    .name = "msd",
    .help = "mean squared displacement [A^2] by species and of BH4 centres, diffusion coefficients "
            "[A^2/ps]",
    .reference =
        "A. Einstein, Ann. Phys. 322, 549 (1905), doi 10.1002/andp.19053220806; spectrum: C. L. "
        "Vestergaard et al., Phys. Rev. E 89, 022726 (2014), doi 10.1103/PhysRevE.89.022726",
    .nfields = sizeof fields / sizeof *fields,
    .fields = fields,
    .options_size = sizeof(MsdOptions),
    .open = msd_open,
    .frame = msd_frame,
    .close = msd_close,
    .free = msd_free,
};
