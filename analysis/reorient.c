#include "analysis/reorient.h"

#include "analysis/blocks.h"
#include "analysis/isf.h"
#include "analysis/lags.h"
#include "analysis/orient.h"
#include "analysis/trace.h"
#include "base/mem.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>

typedef struct Reorient {
    const Comm *comm;
    ReorientOptions o;
    size_t groups, ions; /* here */
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

static Err write_results(const Reorient *s, H5 *group, double interval)
{
    double *t = MEM_NEW(double, s->lags.n);
    for (size_t k = 0; k < s->lags.n; k++)
        t[k] = (double)s->lags.lag[k] * interval;
    Err e = h5_write(group, "t", 1, (size_t[]){s->lags.n}, t, "ps", "time difference");
    for (size_t l = 0; l < 2 && e == OK; l++)
        e = write_order(s, group, l, t);
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
    if (group != NULL)
        e = write_results(s, group, interval);
    return comm_agree(s->comm, e);
}

const ObservableKind reorient_observable = {
    .name = "reorient",
    .help = "orientation autocorrelation C1(t), C2(t) of B-H directions, dimensionless, and "
            "relaxation times [ps]",
    .reference = "B. J. Berne, R. Pecora, Dynamic Light Scattering (1976), ch. 7",
    .nfields = sizeof fields / sizeof *fields,
    .fields = fields,
    .options_size = sizeof(ReorientOptions),
    .open = reorient_open,
    .frame = reorient_frame,
    .close = reorient_close,
    .free = reorient_free,
};
