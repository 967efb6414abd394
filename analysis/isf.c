#include "analysis/isf.h"

#include "analysis/blocks.h"
#include "analysis/displacements.h"
#include "analysis/models.h"
#include "analysis/time_average.h"
#include "analysis/trace.h"
#include "base/log.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Isf {
    const Comm *comm;
    const Sample *sample;
    IsfOptions o;
    char *species;
    size_t nq;
    double *q;
    Selection atoms;
    Displacements moved;
    TimeAverage kept;
    double (*x)[3]; /* this rank's atoms of one frame */
    /* results */
    double *t;
    double *blocks;  /* [groups][nq][lags] */
    double *weight;  /* [groups] atoms */
    double *average; /* [groups][nq] EISF by time average */
} Isf;

#define AT(member) offsetof(IsfOptions, member)

static const ConfigField fields[] = {
    {"species", CONFIG_TEXT, NULL, "H", AT(species), "element or isotope whose atoms are seen",
     NULL, 0, 0, 0},
    {"q", CONFIG_QUANTITIES, "1/A", "", AT(q), "list of Q; replaces q_min, q_max, q_step", NULL,
     1e-6, 1e3, 0},
    {"q_min", CONFIG_QUANTITY, "1/A", "0.3 1/angstrom", AT(q_min), "smallest Q", NULL, 1e-6, 1e3,
     0},
    {"q_max", CONFIG_QUANTITY, "1/A", "2.2 1/angstrom", AT(q_max), "largest Q", NULL, 1e-6, 1e3, 0},
    {"q_step", CONFIG_QUANTITY, "1/A", "0.1 1/angstrom", AT(q_step), "step of Q", NULL, 1e-6, 1e3,
     0},
    {"tmax", CONFIG_QUANTITY, "ps", "125 ps", AT(tmax), "longest time difference", NULL, 1e-6, 1e9,
     0},
    {"linear", CONFIG_INTEGER, NULL, "100", AT(linear), "frames up to which every lag is taken",
     NULL, 1, 1e9, 0},
    {"per_octave", CONFIG_INTEGER, NULL, "24", AT(per_octave), "lags per factor 2 beyond", NULL, 1,
     10000, 0},
    {"stride", CONFIG_INTEGER, NULL, "1", AT(stride), "every stride-th frame is an origin", NULL, 1,
     1e9, 0},
    {"bin", CONFIG_QUANTITY, "A", "0.001 angstrom", AT(bin), "width of the distance bins", NULL,
     1e-5, 0.1, 0},
    {"rmax", CONFIG_QUANTITY, "A", "12 angstrom", AT(rmax), "largest distance counted", NULL, 0.1,
     1000, 0},
    {"groups", CONFIG_INTEGER, NULL, "8", AT(groups), "groups of ions for standard errors", NULL, 2,
     1000, 0},
    {"plateau_start", CONFIG_QUANTITY, "ps", "0 ps", AT(plateau_start),
     "begin of the EISF window; 0: half of the longest lag", NULL, 0, 1e9, 0},
    {"plateau_end", CONFIG_QUANTITY, "ps", "0 ps", AT(plateau_end), "its end; 0: the longest lag",
     NULL, 0, 1e9, 0},
};

double isf_transform(double q, double width, size_t bins, const int64_t h[], int64_t pairs)
{
    double sum = 0.0;
    for (size_t b = 0; b < bins; b++)
        if (h[b] != 0)
            sum += (double)h[b] * models_j0(q * ((double)b + 0.5) * width);
    return sum / (double)pairs;
}

double isf_window_mean(size_t n, const double t[], const double f[], double from, double to)
{
    double area = 0.0, length = 0.0;
    for (size_t k = 0; k + 1 < n; k++) {
        double a = fmax(from, t[k]), b = fmin(to, t[k + 1]), h = t[k + 1] - t[k];
        if (!(b > a))
            continue;
        double middle = (0.5 * (a + b) - t[k]) / h;
        area += (b - a) * ((1.0 - middle) * f[k] + middle * f[k + 1]);
        length += b - a;
    }
    return length > 0.0 ? area / length : f[n - 1];
}

double *isf_q_values(const ConfigList *list, double low, double high, double step, size_t *n)
{
    *n = list->n > 0 ? list->n : high < low ? 0 : (size_t)floor((high - low) / step + 1e-9) + 1;
    double *q = MEM_NEW(double, *n);
    for (size_t i = 0; i < *n; i++)
        q[i] = list->n > 0 ? list->value[i] : low + (double)i * step;
    return q;
}

static void isf_free(void *state)
{
    Isf *s = state;
    if (s == NULL)
        return;
    trace_select_clear(&s->atoms);
    displacements_clear(&s->moved);
    time_average_clear(&s->kept);
    free(s->species);
    free(s->q);
    free(s->x);
    free(s->t);
    free(s->blocks);
    free(s->weight);
    free(s->average);
    free(s);
}

static DisplacementPlan make_plan(const IsfOptions *o, size_t nq, const double *q)
{
    return (DisplacementPlan){.bin = o->bin,
                              .rmax = o->rmax,
                              .nq = nq,
                              .q = q,
                              .groups = (size_t)o->groups,
                              .lags = {.tmax = o->tmax,
                                       .linear = o->linear,
                                       .per_octave = o->per_octave,
                                       .stride = o->stride}};
}

static Err isf_open(const Comm *c, const Sample *sample, const void *options, double interval,
                    int64_t frames, void **state)
{
    *state = NULL;
    Isf *s = MEM_NEW(Isf, 1);
    s->comm = c;
    s->sample = sample;
    s->o = *(const IsfOptions *)options;
    s->species = mem_string(s->o.species);
    s->q = isf_q_values(&s->o.q, s->o.q_min, s->o.q_max, s->o.q_step, &s->nq);
    Err e = trace_select(c, sample, s->species, (size_t)s->o.groups, &s->atoms);
    if (e == OK && s->nq == 0)
        e = err_set(ERR_INPUT, "q_max: smaller than q_min");
    if (e != OK) {
        isf_free(s);
        return err_prefix(e, "isf");
    }
    DisplacementPlan plan = make_plan(&s->o, s->nq, s->q);
    plan.points = s->atoms.count;
    plan.groups = s->atoms.groups;
    plan.group = s->atoms.group;
    displacements_init(&s->moved, &plan, interval, frames);
    time_average_init(&s->kept, s->atoms.count);
    s->x = mem_new(s->atoms.count, sizeof *s->x);
    *state = s;
    return OK;
}

static Err isf_frame(void *state, const Frame *frame)
{
    Isf *s = state;
    for (size_t p = 0; p < s->atoms.count; p++)
        memcpy(s->x[p], frame->x[s->atoms.atom[p]], sizeof s->x[p]);
    displacements_frame(&s->moved, &frame->cell, frame->time, (const double(*)[3])s->x);
    time_average_frame(&s->kept, (const double(*)[3])s->x);
    return OK;
}

static Estimate over_groups(const Isf *s, const double *values, size_t pitch)
{
    double *v = MEM_NEW(double, s->atoms.groups);
    for (size_t g = 0; g < s->atoms.groups; g++)
        v[g] = values[g * pitch];
    Estimate e = blocks_weighted(s->atoms.groups, v, s->weight);
    free(v);
    return e;
}

/* What the time average is too high by, for one decay rate: 1/(time integral of the decaying part). */
static double expected_bias(const Isf *s, const double *mean, double plateau, double until)
{
    double tau = 0.0, spacing = (double)s->kept.skip * s->moved.interval;
    for (size_t k = 0; k + 1 < s->moved.lags.n && s->t[k + 1] <= until; k++)
        tau += 0.5 * (s->t[k + 1] - s->t[k]) * (mean[k] + mean[k + 1] - 2.0 * plateau) /
               (1.0 - plateau);
    return tau > 0.0 ? models_sample_average_bias(s->kept.samples, exp(-spacing / tau))
                     : 1.0 / (double)s->kept.samples;
}

static Err write_eisf(const Isf *s, H5 *group, const double *mean)
{
    size_t nq = s->nq, nt = s->moved.lags.n, ng = s->atoms.groups;
    double end = s->t[nt - 1];
    double window[2] = {s->o.plateau_start > 0.0 ? s->o.plateau_start : 0.5 * end,
                        s->o.plateau_end > 0.0 ? fmin(s->o.plateau_end, end) : end};
    double *table = MEM_NEW(double, 6 * nq), *plateau = MEM_NEW(double, ng *nq);
    double *value = table, *error = table + nq, *average = table + 2 * nq,
           *average_error = table + 3 * nq;
    double *bias = table + 4 * nq, *corrected = table + 5 * nq;
    for (size_t i = 0; i < nq; i++) {
        for (size_t g = 0; g < ng; g++)
            plateau[g * nq + i] =
                isf_window_mean(nt, s->t, s->blocks + (g * nq + i) * nt, window[0], window[1]);
        Estimate p = over_groups(s, plateau + i, nq), a = over_groups(s, s->average + i, nq);
        value[i] = p.mean, error[i] = p.error, average[i] = a.mean, average_error[i] = a.error;
        bias[i] = (1.0 - p.mean) * expected_bias(s, mean + i * nt, p.mean, window[0]);
        double b = bias[i] / (1.0 - p.mean);
        corrected[i] = (a.mean - b) / (1.0 - b);
    }
    Err e = OK;
    const struct {
        const char *name, *text;
        const double *data;
    } out[] = {
        {"eisf_plateau", "EISF: mean of I(Q,t) over plateau_window", value},
        {"eisf_plateau_error", "standard error, from groups of ions", error},
        {"eisf_time_average",
         "EISF as |mean of exp(iQr) over the run|^2: too high by eisf_time_average_bias", average},
        {"eisf_time_average_error", "standard error, from groups of ions", average_error},
        {"eisf_time_average_bias",
         "(1 - A0)/n^2 sum_jk exp(-|j-k| h/tau), n samples h apart, tau the integral of the "
         "decaying part; for many "
         "samples (1 - A0)(2/lT)(1 - (1 - exp(-lT))/(lT))",
         bias},
        {"eisf_time_average_corrected", "EISF by time average with that bias removed", corrected},
    };
    for (size_t k = 0; k < sizeof out / sizeof *out && e == OK; k++)
        e = h5_write(group, out[k].name, 1, (size_t[]){nq}, out[k].data, "1", out[k].text);
    if (e == OK)
        e = h5_write(group, "eisf_blocks", 2, (size_t[]){ng, nq}, plateau, "1",
                     "eisf_plateau of each group of ions");
    if (e == OK)
        e = h5_write(group, "plateau_window", 1, (size_t[]){2}, window, "ps",
                     "time differences averaged for the EISF");
    free(plateau);
    free(table);
    return e;
}

/* Histogram without the bins that are empty at all lags. */
static Err write_histogram(const Isf *s, H5 *group)
{
    const Displacements *d = &s->moved;
    size_t width = (size_t)d->width, nt = d->lags.n, used = 1;
    for (size_t k = 0; k < nt; k++)
        for (size_t b = used; b < width; b++)
            if (displacements_row(d, 0, k)[b] != 0)
                used = b + 1;
    int64_t *counts = MEM_NEW(int64_t, 3 * nt);
    int64_t *origins = counts, *pairs = counts + nt, *overflow = counts + 2 * nt, lost = 0, all = 0;
    for (size_t k = 0; k < nt; k++) {
        origins[k] = lags_origins((int64_t)d->watch.frames, d->lags.lag[k], s->o.stride);
        pairs[k] = origins[k] * s->atoms.total;
        overflow[k] = displacements_row(d, 0, k)[width];
        lost += overflow[k];
        all += pairs[k];
    }
    if (lost > 0)
        log_warn("isf: %.2g of the pairs moved further than rmax = %g angstrom and count as j0 = "
                 "0; raise rmax",
                 (double)lost / (double)all, s->o.rmax);
    Err e = h5_write_table_i64(
        group, "histogram", nt, used, width + 1, displacements_row(d, 0, 0), "1",
        "pairs of frames by distance moved, [lag][bin], bin b from b to b + 1 bin_width");
    if (e == OK)
        e = h5_write_i64(group, "origins", 1, (size_t[]){nt}, origins, "1", "origins at each lag");
    if (e == OK)
        e = h5_write_i64(group, "pairs", 1, (size_t[]){nt}, pairs, "1",
                         "atoms times origins at each lag");
    if (e == OK)
        e = h5_write_i64(group, "overflow", 1, (size_t[]){nt}, overflow, "1",
                         "pairs beyond rmax at each lag");
    if (e == OK)
        e = h5_write_number(group, "bin_width", s->o.bin, "A",
                            "width D of the bins; I(Q,t) is biased by less than (QD)^2/24");
    free(counts);
    return e;
}

static Err write_results(const Isf *s, H5 *group)
{
    size_t nq = s->nq, nt = s->moved.lags.n, ng = s->atoms.groups;
    double *mean = MEM_NEW(double, nq *nt), *error = MEM_NEW(double, nq *nt);
    blocks_over_groups(ng, nq * nt, s->blocks, s->weight, mean, error);
    Err e = h5_attr_text(group, NULL, "reference", isf_observable.reference);
    if (e == OK)
        e = h5_write_text(group, "species", s->species);
    if (e == OK)
        e = h5_write(group, "t", 1, (size_t[]){nt}, s->t, "ps", "time difference");
    if (e == OK)
        e = h5_write(group, "Q", 1, (size_t[]){nq}, s->q, "1/A", "momentum transfer");
    if (e == OK)
        e = h5_write(
            group, "I_Q_t", 2, (size_t[]){nq, nt}, mean, "1",
            "incoherent intermediate scattering function [Q][t], powder average, I(Q,0) = 1");
    if (e == OK)
        e = h5_write(group, "I_Q_t_error", 2, (size_t[]){nq, nt}, error, "1",
                     "standard error, from groups of ions");
    if (e == OK)
        e = h5_write(group, "I_blocks", 3, (size_t[]){ng, nq, nt}, s->blocks, "1",
                     "I(Q,t) of each group of ions");
    if (e == OK)
        e = h5_write(group, "block_weight", 1, (size_t[]){ng}, s->weight, "1",
                     "atoms in each group");
    if (e == OK)
        e = write_histogram(s, group);
    if (e == OK)
        e = write_eisf(s, group, mean);
    free(mean);
    free(error);
    return e;
}

static Err isf_close(void *state, H5 *group)
{
    Isf *s = state;
    Err e = displacements_finish(&s->moved, s->comm, "isf");
    if (e != OK)
        return e;
    size_t groups = s->atoms.groups;
    s->t = displacements_times(&s->moved);
    s->blocks = MEM_NEW(double, groups * s->nq * s->moved.lags.n);
    s->weight = MEM_NEW(double, groups);
    s->average = MEM_NEW(double, groups * s->nq);
    displacements_means(&s->moved, s->blocks);
    time_average_finish(&s->kept, s->comm, &s->moved.plan, s->average);
    for (size_t g = 0; g < groups; g++)
        s->weight[g] = (double)s->moved.weight[g];
    if (group != NULL)
        e = write_results(s, group);
    return comm_agree(s->comm, e);
}

static double isf_memory(const void *options, double atoms, double interval, double frames)
{
    const IsfOptions *o = options;
    size_t nq;
    double *q = isf_q_values(&o->q, o->q_min, o->q_max, o->q_step, &nq);
    DisplacementPlan plan = make_plan(o, nq, q);
    free(q);
    return displacements_memory(&plan, atoms, interval, frames);
}

const ObservableKind isf_observable = {
    .name = "isf",
    .help = "incoherent intermediate scattering function I(Q,t), dimensionless, and the EISF",
    .reference = "self part of L. van Hove, Phys. Rev. 95, 249 (1954), doi 10.1103/PhysRev.95.249, "
                 "powder average "
                 "<j0(Qr)> over its histogram",
    .nfields = sizeof fields / sizeof *fields,
    .fields = fields,
    .options_size = sizeof(IsfOptions),
    .memory = isf_memory,
    .open = isf_open,
    .frame = isf_frame,
    .close = isf_close,
    .free = isf_free,
};
