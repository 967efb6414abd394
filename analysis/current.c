#include "analysis/current.h"

#include "analysis/blocks.h"
#include "analysis/current_numbers.h"
#include "analysis/lag_means.h"
#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows of the tables of mean squared displacements: each kind of ion, the charge, and what the charge would do if
 * ions were independent. */
enum { ROW_CHARGE = ION_KINDS, ROW_INDEPENDENT, ROWS };

typedef struct Current {
    const Comm *comm;
    const Sample *sample;
    CurrentOptions o;
    double charge[ION_KINDS]; /* e */
    int64_t ions[ION_KINDS];
    int64_t first, count;  /* this rank's ions */
    Trace trace;           /* their centres, in the frame that current.h states */
    double (*x)[3];        /* [count] centres now, */
    double (*start)[3];    /* [count] and in the first frame */
    Cell cell;             /* of the first frame */
    double volume;         /* sum over frames */
    size_t capacity;       /* frames */
    int64_t *displacement; /* [capacity][3] this rank's part of M(t) - M(0), fixed point, e A */
    int64_t *current;      /* [capacity][3] and of J(t), e A/ps */
    int64_t kinetic; /* sum over frames and this rank's ions of m v^2/2 [u A^2/ps^2], fixed point */
    bool velocities;
    size_t block, samples; /* frames in a block; blocks times axes */
    Lags lags;
    int64_t *
        self; /* [ION_KINDS][1 + samples][lags] A^2, fixed point, sum over ions; 0: whole run, all axes */
} Current;

#define AT(member) offsetof(CurrentOptions, member)

static const ConfigField fields[] = {
    {"temperature", CONFIG_QUANTITY, "K", NULL, AT(temperature), "of the run; enters as 1/kT", NULL,
     1e-3, 1e5, 0},
    {"charge_mg", CONFIG_QUANTITY, "1", "2", AT(charge_mg), "of a Mg ion, in elementary charges",
     NULL, -9, 9, 0},
    {"charge_bh4", CONFIG_QUANTITY, "1", "-1", AT(charge_bh4),
     "of a BH4 ion, in elementary charges", NULL, -9, 9, 0},
    LAGS_FIELDS(AT(lags), "longest time difference; 0: half of a block", "20"),
    {"blocks", CONFIG_INTEGER, NULL, "4", AT(blocks),
     "equal parts of the run for standard errors of curves", NULL, 2, 1000, 0},
    {"accuracy", CONFIG_QUANTITY, "1", "0.2", AT(accuracy),
     "largest relative standard error of a diffusion coefficient or conductivity; beyond, none is "
     "given",
     NULL, 1e-6, 1, 0},
};

static void current_free(void *state)
{
    Current *s = state;
    if (s == NULL)
        return;
    trace_clear(&s->trace);
    lags_clear(&s->lags);
    free(s->x);
    free(s->start);
    free(s->displacement);
    free(s->current);
    free(s->self);
    free(s);
}

static Err current_open(const Comm *c, const Sample *sample, const void *options, double interval,
                        int64_t frames, void **state)
{
    (void)interval;
    Current *s = MEM_NEW(Current, 1);
    s->comm = c;
    s->sample = sample;
    s->o = *(const CurrentOptions *)options;
    s->charge[ION_MG] = s->o.charge_mg;
    s->charge[ION_BH4] = s->o.charge_bh4;
    sample_count(sample, s->ions);
    comm_block(c, sample->nion, &s->first, &s->count);
    trace_init(&s->trace, (size_t)s->count, frames);
    s->x = mem_new((size_t)s->count, sizeof *s->x);
    s->start = mem_new((size_t)s->count, sizeof *s->start);
    s->capacity = frames > 0 ? (size_t)frames : 64;
    s->displacement = MEM_NEW(int64_t, 3 * s->capacity);
    s->current = MEM_NEW(int64_t, 3 * s->capacity);
    *state = s;
    return OK;
}

/* Mass-weighted mean over all atoms, in the same order on every rank. */
static void whole_mean(const Sample *sample, const double (*x)[3], double out[3])
{
    double mass = 0.0, sum[3] = {0};
    for (int64_t a = 0; a < sample->n; a++) {
        double m = sample->species[sample->kind[a]]->mass;
        mass += m;
        vec_axpy(m, x[a], sum);
    }
    for (int i = 0; i < 3; i++)
        out[i] = sum[i] / mass;
}

/* r h(t)^-1 h(0), exactly r while the cell does not change. */
static void to_first_cell(const Current *s, const Cell *now, double r[3])
{
    double fractional[3];
    bool same = true;
    for (int i = 0; i < 9; i++)
        same = same && now->h[i / 3][i % 3] == s->cell.h[i / 3][i % 3];
    if (same)
        return;
    cell_to_fractional(now, r, fractional);
    cell_to_cartesian(&s->cell, fractional, r);
}

static void add_displacement(Current *s, const Frame *frame, size_t k)
{
    double centre[3];
    whole_mean(s->sample, frame->x, centre);
    to_first_cell(s, &frame->cell, centre);
    for (int64_t i = 0; i < s->count; i++) {
        double *x = s->x[i], q = s->charge[s->sample->ion_kind[s->first + i]];
        trace_centre(s->sample, s->first + i, frame->x, x);
        to_first_cell(s, &frame->cell, x);
        vec_sub(x, centre, x);
        if (k == 0)
            memcpy(s->start[i], x, sizeof s->start[i]);
        for (size_t a = 0; a < 3; a++)
            s->displacement[3 * k + a] += blocks_to_fixed(q * (x[a] - s->start[i][a]));
    }
    trace_add(&s->trace, &s->cell, frame->time, (const double(*)[3])s->x);
}

static double ion_mass(const Sample *sample, int64_t ion)
{
    double mass = 0.0;
    for (int64_t a = sample->ion_first[ion]; a < sample->ion_first[ion + 1]; a++)
        mass += sample->species[sample->kind[a]]->mass;
    return mass;
}

static void add_current(Current *s, const Frame *frame, size_t k)
{
    double drift[3], v[3];
    whole_mean(s->sample, frame->v, drift);
    for (int64_t i = 0; i < s->count; i++) {
        int64_t ion = s->first + i;
        trace_centre(s->sample, ion, frame->v, v);
        vec_sub(v, drift, v);
        for (size_t a = 0; a < 3; a++)
            s->current[3 * k + a] += blocks_to_fixed(s->charge[s->sample->ion_kind[ion]] * v[a]);
        /* some 400 u A^2/ps^2 for each ion and frame: in 1e6 of it, so that a long run fits */
        s->kinetic += blocks_to_fixed(1e-6 * 0.5 * ion_mass(s->sample, ion) * vec_dot(v, v));
    }
}

static Err current_frame(void *state, const Frame *frame)
{
    Current *s = state;
    size_t k = s->trace.frames;
    if (k == 0) {
        s->cell = frame->cell;
        s->velocities = frame->v != NULL;
    }
    if (k == s->capacity) {
        s->displacement = mem_resize(s->displacement, 3 * k, 6 * k, sizeof *s->displacement);
        s->current = mem_resize(s->current, 3 * k, 6 * k, sizeof *s->current);
        s->capacity = 2 * k;
    }
    s->volume += frame->cell.volume;
    add_displacement(s, frame, k);
    if (s->velocities && frame->v != NULL)
        add_current(s, frame, k);
    return OK;
}

/* One series at all lags: of the whole run, and of each block (times three, so that every sample, a block and an axis,
 * estimates what the whole run does). */
typedef struct Samples {
    LagMeans whole, part;
    size_t block, blocks, nt;
    void (*of)(LagMeans *c, const double x[], double out[]);
} Samples;

static Samples samples_new(const Current *s, const Lags *lags,
                           void (*of)(LagMeans *, const double[], double[]))
{
    Samples p = {.block = s->block, .blocks = s->samples / 3, .nt = lags->n, .of = of};
    lag_means_init(&p.whole, s->trace.frames, lags, (size_t)s->o.lags.stride);
    lag_means_init(&p.part, s->block, lags, (size_t)s->o.lags.stride);
    return p;
}

static void samples_free(Samples *p)
{
    lag_means_clear(&p->whole);
    lag_means_clear(&p->part);
}

/* out [1 + blocks][nt] */
static void samples_of(Samples *p, const double *row, double *out)
{
    p->of(&p->whole, row, out);
    for (size_t b = 0; b < p->blocks; b++) {
        double *part = out + (1 + b) * p->nt;
        p->of(&p->part, row + b * p->block, part);
        for (size_t l = 0; l < p->nt; l++)
            part[l] *= 3.0;
    }
}

/* Sums over this rank's ions of the mean square displacement. */
static void accumulate_self(Current *s)
{
    size_t nt = s->lags.n, frames = s->trace.frames, blocks = s->samples / 3;
    s->self = MEM_NEW(int64_t, ION_KINDS * (1 + s->samples) * nt);
    double *row = MEM_NEW(double, frames), *msd = MEM_NEW(double, (1 + blocks) * nt);
    Samples p = samples_new(s, &s->lags, lag_means_square);
    for (int64_t i = 0; i < s->count; i++)
        for (int axis = 0; axis < 3; axis++) {
            int64_t *sum =
                s->self + (size_t)s->sample->ion_kind[s->first + i] * (1 + s->samples) * nt;
            const float *nm = trace_row(&s->trace, (size_t)i, axis);
            for (size_t k = 0; k < frames; k++)
                row[k] = 10.0 * (double)nm[k];
            samples_of(&p, row, msd);
            for (size_t l = 0; l < nt; l++) {
                sum[l] += blocks_to_fixed(msd[l]);
                for (size_t b = 0; b < blocks; b++)
                    sum[(1 + 3 * b + (size_t)axis) * nt + l] +=
                        blocks_to_fixed(msd[(1 + b) * nt + l]);
            }
        }
    comm_sum_i64(s->comm, ION_KINDS * (1 + s->samples) * nt, s->self);
    samples_free(&p);
    free(row), free(msd);
}

/* The same of one vector, from its three components [3][frames]; out [1 + samples][nt]. */
static void samples_of_vector(const Current *s, const Lags *lags, const double *m,
                              void (*of)(LagMeans *, const double[], double[]), double *out)
{
    size_t nt = lags->n, blocks = s->samples / 3;
    double *one = MEM_NEW(double, (1 + blocks) * nt);
    Samples p = samples_new(s, lags, of);
    for (size_t axis = 0; axis < 3; axis++) {
        samples_of(&p, m + axis * s->trace.frames, one);
        for (size_t l = 0; l < nt; l++) {
            out[l] += one[l];
            for (size_t b = 0; b < blocks; b++)
                out[(1 + 3 * b + axis) * nt + l] = one[(1 + b) * nt + l];
        }
    }
    samples_free(&p);
    free(one);
}

/* A series of fixed-point vectors as three rows of numbers. */
static double *unfold(const int64_t *series, size_t frames)
{
    double *out = MEM_NEW(double, 3 * frames);
    for (size_t k = 0; k < frames; k++)
        for (size_t a = 0; a < 3; a++)
            out[a * frames + k] = blocks_from_fixed(series[3 * k + a]);
    return out;
}

/* All mean squared displacements [ROWS][1 + samples][nt]. */
static double *displacements(const Current *s)
{
    size_t nt = s->lags.n, table = (1 + s->samples) * nt;
    double *msd = MEM_NEW(double, ROWS *table);
    double *m = unfold(s->displacement, s->trace.frames);
    samples_of_vector(s, &s->lags, m, lag_means_square, msd + ROW_CHARGE * table);
    free(m);
    for (size_t kind = 0; kind < ION_KINDS; kind++)
        for (size_t i = 0; i < table && s->ions[kind] > 0; i++) {
            double sum = blocks_from_fixed(s->self[kind * table + i]);
            msd[kind * table + i] = sum / (double)s->ions[kind];
            msd[ROW_INDEPENDENT * table + i] += s->charge[kind] * s->charge[kind] * sum;
        }
    return msd;
}

/* Mean and error at every lag of one row of the table. */
static void curve(const Current *s, const double *table, double *mean, double *error)
{
    size_t nt = s->lags.n;
    double *column = MEM_NEW(double, s->samples);
    for (size_t l = 0; l < nt; l++) {
        for (size_t i = 0; i < s->samples; i++)
            column[i] = table[(1 + i) * nt + l];
        mean[l] = table[l];
        error[l] = blocks_mean(s->samples, column).error;
    }
    free(column);
}

static Err write_curve(const Current *s, H5 *group, const char *name, const double *table,
                       size_t rows, const char *unit, const char *what)
{
    size_t nt = s->lags.n, dims[2] = {rows, nt};
    char longer[96];
    double *mean = MEM_NEW(double, 2 * rows * nt), *error = mean + rows * nt;
    for (size_t r = 0; r < rows; r++)
        curve(s, table + r * (1 + s->samples) * nt, mean + r * nt, error + r * nt);
    snprintf(longer, sizeof longer, "%s_error", name);
    const size_t *shape = rows > 1 ? dims : dims + 1;
    Err e = h5_write(group, name, rows > 1 ? 2 : 1, shape, mean, unit, what);
    if (e == OK)
        e = h5_write(group, longer, rows > 1 ? 2 : 1, shape, error, unit,
                     "standard error, blocks of the run x axes");
    free(mean);
    return e;
}

/* Mean product of the current with itself, and its integral; out [2][1 + samples][lags]. */
static double *correlate_current(const Current *s, const double *j, const Lags *lags,
                                 double interval)
{
    size_t n = lags->n, rows = 1 + s->samples;
    double *out = MEM_NEW(double, 2 * rows * n);
    samples_of_vector(s, lags, j, lag_means_product, out);
    /* sigma = (1/(3 V kT)) int: twice what a slope over 6 V kT gives */
    double unit = 2.0 * transport_conductivity(1.0, s->volume, s->o.temperature);
    for (size_t r = 0; r < rows; r++) {
        const double *c = out + r * n;
        double *sum = out + (rows + r) * n;
        for (size_t k = 1; k < n; k++)
            sum[k] = sum[k - 1] + 0.5 * interval * unit * (c[k] + c[k - 1]);
    }
    return out;
}

static Err write_green_kubo(const Current *s, const CurrentRun *run, H5 *parent)
{
    Current dense = *s; /* the same samples on the linear lags */
    int64_t longest = s->lags.lag[s->lags.n - 1];
    lags_init(&dense.lags, longest, longest, 1);
    size_t n = dense.lags.n, rows = 1 + s->samples;
    double *j = unfold(s->current, s->trace.frames), *t = MEM_NEW(double, 5 * n);
    double *tables = correlate_current(s, j, &dense.lags, run->interval);
    for (size_t k = 0; k < n; k++)
        t[k] = (double)k * run->interval;
    for (size_t table = 0; table < 2; table++)
        curve(&dense, tables + table * rows * n, t + (1 + 2 * table) * n, t + (2 + 2 * table) * n);
    H5 *group;
    Err e = h5_group(parent, "green_kubo", &group);
    if (e == OK) {
        static const char *const names[] = {"t", "correlation", "correlation_error", "running",
                                            "running_error"};
        static const char *const units[] = {"ps", "e^2 A^2/ps^2", "e^2 A^2/ps^2", "S/cm", "S/cm"};
        static const char *const texts[] = {"time difference", "<J(0).J(t)>",
                                            "standard error, blocks of the run x axes",
                                            "integral of correlation up to t, /(3 V kT)",
                                            "standard error, blocks of the run x axes"};
        for (size_t i = 0; i < 5 && e == OK; i++)
            e = h5_write(group, names[i], 1, &n, t + i * n, units[i], texts[i]);
        if (e == OK)
            e = current_numbers_green_kubo(run, j, group);
        h5_close_group(group);
    }
    lags_clear(&dense.lags);
    free(t), free(tables), free(j);
    return e;
}

static Err write_head(const Current *s, H5 *group, const double *t)
{
    const size_t two = ION_KINDS, frames = s->trace.frames, shape[2] = {frames, 3};
    TRY(h5_write_texts(group, "classes", two, (const char *const[]){"Mg", "BH4"}));
    TRY(h5_write_i64(group, "ions", 1, &two, s->ions, "1", "ions of each class"));
    TRY(h5_write(group, "charge", 1, &two, s->charge, "e", "net charge of an ion"));
    TRY(h5_write_number(group, "temperature", s->o.temperature, "K", "from the options"));
    TRY(h5_write_number(group, "volume", s->volume, "A^3", "mean over frames"));
    TRY(h5_write_number(group, "blocks", (double)s->o.blocks, "1", "parts of the run"));
    TRY(h5_write(group, "t", 1, &s->lags.n, t, "ps", "time difference"));
    TRY(h5_write(group, "frame_time", 1, &frames, s->trace.time, "ps", "time of each frame"));
    double *m = MEM_NEW(double, 3 * frames);
    for (size_t i = 0; i < 3 * frames; i++)
        m[i] = blocks_from_fixed(s->displacement[i]);
    Err e = h5_write(group, "displacement", 2, shape, m, "e A",
                     "M(t) - M(0), M the sum of charge times ion centre, in the frame of zero "
                     "total momentum");
    free(m);
    return e;
}

static Err write_results(const Current *s, const CurrentRun *run, const CurrentNumbers *n,
                         const double *m, H5 *group)
{
    size_t nt = s->lags.n, table = (1 + s->samples) * nt;
    double *t = MEM_NEW(double, nt), *msd = displacements(s);
    for (size_t k = 0; k < nt; k++)
        t[k] = (double)s->lags.lag[k] * run->interval;
    Err e = write_head(s, group, t);
    if (e == OK)
        e = write_curve(s, group, "msd_self", msd, ION_KINDS, "A^2",
                        "mean squared displacement of ion centres [class][t]");
    if (e == OK)
        e = write_curve(s, group, "msd_charge", msd + ROW_CHARGE * table, 1, "e^2 A^2",
                        "<|M(s+t) - M(s)|^2>");
    if (e == OK)
        e = write_curve(s, group, "msd_independent", msd + ROW_INDEPENDENT * table, 1, "e^2 A^2",
                        "sum over ions of q^2 <|r(s+t) - r(s)|^2>: msd_charge of independent ions");
    if (e == OK)
        e = current_numbers_write(run, n, m, group);
    if (e == OK && s->velocities)
        e = write_green_kubo(s, run, group);
    if (e == OK && s->velocities) {
        /* u A^2/ps^2 to eV; three momenta are zero by choice of frame */
        double energy = 1e6 * blocks_from_fixed(s->kinetic) * UNITS_TIME_PS * UNITS_TIME_PS /
                        (double)s->trace.frames;
        e = h5_write_number(group, "temperature_ions",
                            energy / (1.5 * (double)(s->sample->nion - 1) * UNITS_KB), "K",
                            "from the velocities of ion centres, for comparison");
    }
    free(t);
    free(msd);
    return e;
}

/* Blocks, and lags that fit into them. */
static Err plan(Current *s, double *interval)
{
    size_t frames = s->trace.frames;
    s->block = frames / (size_t)s->o.blocks;
    s->samples = 3 * (size_t)s->o.blocks;
    Err e = trace_check(&s->trace, interval);
    if (e == OK && s->block < 3)
        e = err_set(ERR_INPUT, "current: %zu frames; at least three for each of %lld blocks",
                    frames, (long long)s->o.blocks);
    LagOptions lags = s->o.lags;
    double length = *interval * (double)(s->block - 1);
    if (e == OK && lags.tmax > length * (1.0 + 1e-6))
        e = err_set(ERR_INPUT,
                    "current: tmax: %g ps is longer than a block of the run (%g ps, a 1/%lld of "
                    "it), whose scatter gives the error; shorten it or take fewer blocks",
                    lags.tmax, length, (long long)s->o.blocks);
    e = comm_agree(s->comm, e);
    if (e != OK)
        return e;
    if (lags.tmax <= 0.0)
        lags.tmax = *interval * fmax(2.0, floor(0.5 * (double)s->block));
    return trace_lags(s->comm, &s->trace, "current", &lags, interval, &s->lags);
}

static Err current_close(void *state, H5 *group)
{
    Current *s = state;
    double interval;
    Err e = plan(s, &interval);
    if (e != OK)
        return e;
    s->volume /= (double)s->trace.frames;
    comm_sum_i64(s->comm, 3 * s->trace.frames, s->displacement);
    comm_sum_i64(s->comm, 3 * s->trace.frames, s->current);
    comm_sum_i64(s->comm, 1, &s->kinetic);
    accumulate_self(s);
    double *m = unfold(s->displacement, s->trace.frames);
    CurrentRun run = {.comm = s->comm,
                      .sample = s->sample,
                      .trace = &s->trace,
                      .first = s->first,
                      .interval = interval,
                      .volume = s->volume,
                      .temperature = s->o.temperature,
                      .accuracy = s->o.accuracy};
    memcpy(run.ions, s->ions, sizeof run.ions);
    memcpy(run.charge, s->charge, sizeof run.charge);
    CurrentNumbers n = current_numbers_measure(&run, m);
    if (group != NULL)
        e = write_results(s, &run, &n, m, group);
    free(m);
    return comm_agree(s->comm, e);
}

const ObservableKind current_observable = {
    .name = "current",
    .help = "charge displacement of the ions [e A], conductivity (Einstein, Nernst-Einstein, with "
            "velocities Green-Kubo) [S/cm] with errors, upper bounds and spectrum, Haven ratio",
    .reference = "J.-P. Hansen, I. R. McDonald, Theory of Simple Liquids (2013), ch. 10.5; G. E. "
                 "Murch, Solid State Ionics 7, 177 (1982), doi 10.1016/0167-2738(82)90050-9",
    .nfields = sizeof fields / sizeof *fields,
    .fields = fields,
    .options_size = sizeof(CurrentOptions),
    .open = current_open,
    .frame = current_frame,
    .close = current_close,
    .free = current_free,
};
