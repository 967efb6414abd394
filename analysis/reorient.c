#include "analysis/reorient.h"

#include "analysis/blocks.h"
#include "analysis/isf.h"
#include "analysis/lags.h"
#include "analysis/orient.h"
#include "analysis/trace.h"
#include "analysis/wiener.h"
#include "base/mem.h"
#include "base/vec.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>

typedef struct Reorient {
    const Comm *comm;
    ReorientOptions o;
    size_t groups, ions; /* here */
    int64_t all;         /* on all ranks */
    int64_t *first;      /* [ions] index of B */
    size_t *group;
    Trace trace;    /* four points an ion: directions, stored as they are */
    double (*u)[3]; /* [4 ions] */
    double torn;    /* [A] longest B-H distance */
    Lags lags;
    int64_t *sum;   /* [2][groups][lags] fixed point, sum over ions */
    int64_t *count; /* [groups] ions */
} Reorient;

#define AT(member) offsetof(ReorientOptions, member)

static const ConfigField fields[] = {
    LAGS_FIELDS(AT(lags), "longest time difference; 0: half of the run", "50"),
    {"groups", CONFIG_INTEGER, NULL, "8", AT(groups), "groups of ions for standard errors", NULL, 2,
     1000, 0},
};

static void reorient_free(void *state)
{
    Reorient *s = state;
    if (s == NULL)
        return;
    trace_clear(&s->trace);
    lags_clear(&s->lags);
    free(s->first);
    free(s->group);
    free(s->u);
    free(s->sum);
    free(s->count);
    free(s);
}

static Err reorient_open(const Comm *c, const Sample *sample, const void *options, double interval,
                         int64_t frames, void **state)
{
    (void)interval;
    *state = NULL;
    int64_t ions[ION_KINDS], first, count, seen = 0;
    sample_count(sample, ions);
    if (ions[ION_BH4] == 0)
        return err_set(ERR_INPUT, "reorient: the sample has no BH4 ion");
    comm_block(c, ions[ION_BH4], &first, &count);
    Reorient *s = MEM_NEW(Reorient, 1);
    s->comm = c;
    s->o = *(const ReorientOptions *)options;
    s->groups = (size_t)s->o.groups;
    s->all = ions[ION_BH4];
    s->first = MEM_NEW(int64_t, count);
    s->group = MEM_NEW(size_t, count);
    for (int64_t ion = 0; ion < sample->nion; ion++) {
        if (sample->ion_kind[ion] != ION_BH4)
            continue;
        if (seen >= first && seen < first + count) {
            s->first[s->ions] = sample->ion_first[ion];
            s->group[s->ions++] = blocks_group(seen, ions[ION_BH4], s->groups);
        }
        seen++;
    }
    trace_init(&s->trace, 4 * s->ions, frames);
    s->u = mem_new(4 * s->ions, sizeof *s->u);
    *state = s;
    return OK;
}

static Err reorient_frame(void *state, const Frame *frame)
{
    Reorient *s = state;
    for (size_t k = 0; k < s->ions; k++) {
        double bond[4][3], body[4][3], q[4];
        for (int h = 0; h < 4; h++) {
            vec_sub(frame->x[s->first[k] + 1 + h], frame->x[s->first[k]], bond[h]);
            s->torn = fmax(s->torn, vec_norm(bond[h]));
        }
        bool mirrored = orient_is_mirrored((const double(*)[3])bond);
        orient_horn((const double(*)[3])bond, mirrored, q);
        orient_body(mirrored, body);
        for (size_t h = 0; h < 4; h++)
            quat_rotate(q, body[h], s->u[4 * k + h]);
    }
    trace_add(&s->trace, NULL, frame->time, (const double(*)[3])s->u);
    return OK;
}

/* Mean P1 and P2 of one direction at one lag; the trace holds u/10. */
static void direction_means(const Trace *t, size_t point, int64_t lag, int64_t stride,
                            double out[2])
{
    const float *x = trace_row(t, point, 0), *y = trace_row(t, point, 1),
                *z = trace_row(t, point, 2);
    double one = 0.0, two = 0.0;
    int64_t n = (int64_t)t->frames - lag;
    for (int64_t k = 0; k < n; k += stride) {
        double c = 100.0 * (double)(x[k] * x[k + lag] + y[k] * y[k + lag] + z[k] * z[k + lag]);
        one += c;
        two += c * c;
    }
    double origins = (double)lags_origins((int64_t)t->frames, lag, stride);
    out[0] = one / origins;
    out[1] = 1.5 * two / origins - 0.5;
}

static void accumulate(Reorient *s)
{
    size_t nt = s->lags.n, ng = s->groups;
    s->sum = MEM_NEW(int64_t, 2 * ng * nt);
    s->count = MEM_NEW(int64_t, ng);
    for (size_t k = 0; k < s->ions; k++) {
        s->count[s->group[k]]++;
        for (size_t lag = 0; lag < nt; lag++)
            for (size_t h = 0; h < 4; h++) {
                double p[2];
                direction_means(&s->trace, 4 * k + h, s->lags.lag[lag], s->o.lags.stride, p);
                for (size_t l = 0; l < 2; l++)
                    s->sum[(l * ng + s->group[k]) * nt + lag] += blocks_to_fixed(0.25 * p[l]);
            }
    }
    comm_sum_i64(s->comm, 2 * ng * nt, s->sum);
    comm_sum_i64(s->comm, ng, s->count);
}

/* Integral of (C - plateau)/(1 - plateau). */
static double relaxation_time(size_t nt, const double t[], const double c[])
{
    double half = 0.5 * t[nt - 1], plateau = isf_window_mean(nt, t, c, half, t[nt - 1]), sum = 0.0;
    for (size_t k = 0; k + 1 < nt && t[k] < half; k++)
        sum += 0.5 * (t[k + 1] - t[k]) * (c[k] + c[k + 1] - 2.0 * plateau) / (1.0 - plateau);
    return sum;
}

static Err write_order(const Reorient *s, H5 *group, size_t l, const double *t)
{
    static const char *const name[2][4] = {{"C1", "C1_error", "tau1", "tau1_error"},
                                           {"C2", "C2_error", "tau2", "tau2_error"}};
    size_t nt = s->lags.n, ng = s->groups;
    double *c = MEM_NEW(double, ng *nt), *weight = MEM_NEW(double, ng),
           *column = MEM_NEW(double, ng);
    double *mean = MEM_NEW(double, 2 * nt), *error = mean + nt;
    blocks_of_groups(ng, nt, s->sum + l * ng * nt, s->count, c, weight, mean, error);
    for (size_t g = 0; g < ng; g++)
        column[g] = relaxation_time(nt, t, c + g * nt);
    Estimate tau = blocks_weighted(ng, column, weight);
    Err e = h5_write(group, name[l][0], 1, (size_t[]){nt}, mean, "1",
                     l == 0 ? "mean P1 of the angle a B-H direction turns by"
                            : "mean P2 of that angle");
    if (e == OK)
        e = h5_write(group, name[l][1], 1, (size_t[]){nt}, error, "1",
                     "standard error, from groups of ions");
    if (e == OK)
        e = h5_write_number(group, name[l][2], tau.mean, "ps",
                            "integral of (C - plateau)/(1 - plateau) to half the longest lag");
    if (e == OK)
        e = h5_write_number(group, name[l][3], tau.error, "ps",
                            "standard error, from groups of ions");
    free(c);
    free(weight);
    free(column);
    free(mean);
    return e;
}

/* Octupoles of all ions: power spectra of each by groups, and the sum over ions at every frame. */
typedef struct Octupoles {
    Wiener *c;
    double *power;  /* [groups][c->n] */
    int64_t *total; /* [frames][ORIENT_COMPONENTS] fixed point */
} Octupoles;

static void ion_octupole(const Trace *t, size_t ion, size_t frame, double out[ORIENT_COMPONENTS])
{
    double u[4][3];
    for (size_t h = 0; h < 4; h++)
        for (int a = 0; a < 3; a++)
            u[h][a] = 10.0 * (double)trace_row(t, 4 * ion + h, a)[frame];
    orient_octupole((const double(*)[3])u, out);
}

/* Collective. */
static void accumulate_octupoles(const Reorient *s, Octupoles *o)
{
    size_t frames = s->trace.frames, blocks = s->groups < frames ? s->groups : frames;
    enum { HALF = ORIENT_COMPONENTS / 2 };
    o->c = wiener_new(frames, (size_t)s->lags.lag[s->lags.n - 1], blocks);
    o->power = MEM_NEW(double, s->groups * o->c->n);
    o->total = MEM_NEW(int64_t, frames * ORIENT_COMPONENTS);
    double complex *series = mem_new(HALF * frames, sizeof *series);
    /* a component is at most 4, two of them make one complex number */
    double grid = wiener_grid(o->c, 8.0, 16.0 * HALF * (double)s->all);
    for (size_t i = 0; i < s->ions; i++) {
        for (size_t k = 0; k < frames; k++) {
            double t[ORIENT_COMPONENTS];
            ion_octupole(&s->trace, i, k, t);
            for (size_t m = 0; m < ORIENT_COMPONENTS; m++)
                o->total[k * ORIENT_COMPONENTS + m] += blocks_to_fixed(t[m]);
            for (size_t m = 0; m < HALF; m++)
                series[m * frames + k] = t[2 * m] + I * t[2 * m + 1];
        }
        for (size_t m = 0; m < HALF; m++)
            wiener_add_power(o->c, grid, series + m * frames, o->power + s->group[i] * o->c->n);
    }
    comm_sum(s->comm, s->groups * o->c->n, o->power);
    comm_sum_i64(s->comm, frames * ORIENT_COMPONENTS, o->total);
    free(series);
}

static Err write_single(const Reorient *s, const Octupoles *o, H5 *group)
{
    size_t nt = s->lags.n, ng = s->groups;
    double *value = MEM_NEW(double, ng *nt), *weight = MEM_NEW(double, ng);
    double *column = MEM_NEW(double, ng), *sum = MEM_NEW(double, o->c->lags);
    double *mean = MEM_NEW(double, 2 * nt), *error = mean + nt;
    for (size_t g = 0; g < ng; g++) {
        weight[g] = (double)s->count[g];
        wiener_from_power(o->c, o->power + g * o->c->n, sum);
        for (size_t l = 0; l < nt && weight[g] > 0.0; l++) {
            size_t lag = (size_t)s->lags.lag[l];
            value[g * nt + l] =
                sum[lag] / ((double)(o->c->frames - lag) * weight[g] * ORIENT_OCTUPOLE);
        }
    }
    for (size_t l = 0; l < nt; l++) {
        for (size_t g = 0; g < ng; g++)
            column[g] = value[g * nt + l];
        Estimate e = blocks_weighted(ng, column, weight);
        mean[l] = e.mean, error[l] = e.error;
    }
    Err e = h5_write(group, "octupole", 1, &nt, mean, "1",
                     "<T_i(0):T_i(t)>/(32/9), T = sum of u u u over the bonds of an ion");
    if (e == OK)
        e = h5_write(group, "octupole_error", 1, &nt, error, "1",
                     "standard error, from groups of ions");
    free(value), free(weight), free(column), free(sum), free(mean);
    return e;
}

static Err write_collective(const Reorient *s, const Octupoles *o, H5 *group)
{
    const Wiener *c = o->c;
    size_t nt = s->lags.n, nb = c->blocks;
    double complex *series = mem_new(c->frames, sizeof *series);
    double complex *room = mem_new((1 + nb) * c->n, sizeof *room);
    double *part = MEM_NEW(double, nb * c->lags), *sum = MEM_NEW(double, nb *nt);
    double *pseudo = MEM_NEW(double, nb *nt), *column = MEM_NEW(double, nb);
    double *mean = MEM_NEW(double, 2 * nt), *error = mean + nt;
    for (size_t m = 0; m < ORIENT_COMPONENTS; m += 2) {
        for (size_t k = 0; k < c->frames; k++) {
            const int64_t *t = o->total + k * ORIENT_COMPONENTS + m;
            series[k] = blocks_from_fixed(t[0]) + I * blocks_from_fixed(t[1]);
        }
        wiener_transform(c, series, room);
        wiener_pair(c, room, room, part);
        for (size_t b = 0; b < nb; b++)
            for (size_t l = 0; l < nt; l++)
                sum[b * nt + l] += part[b * c->lags + (size_t)s->lags.lag[l]];
    }
    wiener_means(c, nt, s->lags.lag, sum, ORIENT_OCTUPOLE * (double)s->all, mean, pseudo, nt);
    for (size_t l = 0; l < nt; l++) {
        for (size_t b = 0; b < nb; b++)
            column[b] = pseudo[b * nt + l];
        error[l] = blocks_mean(nb, column).error;
    }
    static const char *const blocks = "standard error, from blocks of the run";
    Err e = h5_write(group, "octupole_collective", 1, &nt, mean, "1",
                     "the same of the sum over all N ions, over N");
    if (e == OK)
        e = h5_write(group, "octupole_collective_error", 1, &nt, error, "1", blocks);
    if (e == OK)
        e = h5_write_number(group, "kirkwood", mean[0], "1",
                            "octupole_collective at t = 0: 1 if ions stand independently, N if all "
                            "stand alike");
    if (e == OK)
        e = h5_write_number(group, "kirkwood_error", error[0], "1", blocks);
    free(series), free(room), free(part), free(sum), free(pseudo), free(column), free(mean);
    return e;
}

static void octupoles_clear(Octupoles *o)
{
    wiener_free(o->c);
    free(o->power);
    free(o->total);
}

static Err write_results(const Reorient *s, const Octupoles *o, H5 *group, double interval)
{
    double *t = MEM_NEW(double, s->lags.n);
    for (size_t k = 0; k < s->lags.n; k++)
        t[k] = (double)s->lags.lag[k] * interval;
    Err e = h5_write(group, "t", 1, (size_t[]){s->lags.n}, t, "ps", "time difference");
    for (size_t l = 0; l < 2 && e == OK; l++)
        e = write_order(s, group, l, t);
    if (e == OK)
        e = write_single(s, o, group);
    if (e == OK)
        e = write_collective(s, o, group);
    free(t);
    return e;
}

static Err reorient_close(void *state, H5 *group)
{
    Reorient *s = state;
    double interval;
    TRY(comm_agree(s->comm, orient_check_bond("reorient", s->torn)));
    Err e = trace_lags(s->comm, &s->trace, "reorient", &s->o.lags, &interval, &s->lags);
    if (e != OK)
        return e;
    accumulate(s);
    Octupoles o;
    accumulate_octupoles(s, &o);
    if (group != NULL)
        e = write_results(s, &o, group, interval);
    octupoles_clear(&o);
    return comm_agree(s->comm, e);
}

const ObservableKind reorient_observable = {
    .name = "reorient",
    .help = "orientation autocorrelation C1(t), C2(t) of B-H directions, dimensionless, and "
            "relaxation times [ps]; octupole of the ions, single and collective",
    .reference = "B. J. Berne, R. Pecora, Dynamic Light Scattering (1976), ch. 7",
    .nfields = sizeof fields / sizeof *fields,
    .fields = fields,
    .options_size = sizeof(ReorientOptions),
    .open = reorient_open,
    .frame = reorient_frame,
    .close = reorient_close,
    .free = reorient_free,
};
