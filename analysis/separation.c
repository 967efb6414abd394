#include "analysis/separation.h"

#include "analysis/blocks.h"
#include "analysis/displacements.h"
#include "analysis/isf.h"
#include "analysis/orient.h"
#include "base/mem.h"
#include "base/vec.h"
#include "model/tetrahedron.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WHOLE, TRANSLATION, ROTATION, VIBRATION, PARTS, PRODUCT = PARTS, COUPLING, CURVES };

static const char *const names[CURVES] = {"I_whole",     "I_translation", "I_rotation",
                                          "I_vibration", "I_product",     "coupling"};
static const char *const texts[CURVES] = {
    "incoherent I(Q,t) [Q][t] of H in BH4, powder average",
    "the same for centres of mass of the ions",
    "the same for the ideal tetrahedron that turns with the ion",
    "the same for what is left, in the frame that turns with the ion",
    "I_translation I_rotation I_vibration",
    "I_whole - I_product: 0 for independent motions"};

typedef struct Separation {
    const Comm *comm;
    const Sample *sample;
    SeparationOptions o;
    size_t nq;
    double *q;
    size_t ions, groups; /* here; for errors */
    int64_t *first;      /* [ions] index of B */
    size_t *group;       /* [ions], */
    size_t *group4;      /* [4 ions] of their H */
    double bond;         /* [A] */
    double torn;         /* [A] a B-H bond too long to be one */
    double (*x[PARTS])[3];
    Displacements moved[PARTS];
} Separation;

#define AT(member) offsetof(SeparationOptions, member)

static const ConfigField fields[] = {
    {"q", CONFIG_QUANTITIES, "1/A", "", AT(q), "list of Q; replaces q_min, q_max, q_step", NULL,
     1e-6, 1e3, 0},
    {"q_min", CONFIG_QUANTITY, "1/A", "0.3 1/angstrom", AT(q_min), "smallest Q", NULL, 1e-6, 1e3,
     0},
    {"q_max", CONFIG_QUANTITY, "1/A", "2.2 1/angstrom", AT(q_max), "largest Q", NULL, 1e-6, 1e3, 0},
    {"q_step", CONFIG_QUANTITY, "1/A", "0.1 1/angstrom", AT(q_step), "step of Q", NULL, 1e-6, 1e3,
     0},
    LAGS_FIELDS(AT(lags), "longest time difference; 0: half of the run", "50"),
    {"bin", CONFIG_QUANTITY, "A", "0.001 angstrom", AT(bin), "width of the distance bins", NULL,
     1e-5, 0.1, 0},
    {"rmax", CONFIG_QUANTITY, "A", "12 angstrom", AT(rmax), "largest distance counted", NULL, 0.1,
     1000, 0},
    {"groups", CONFIG_INTEGER, NULL, "8", AT(groups), "groups of ions for standard errors", NULL, 2,
     1000, 0},
};

static size_t points_per_ion(int part)
{
    return part == TRANSLATION ? 1 : 4;
}

static void separation_free(void *state)
{
    Separation *s = state;
    if (s == NULL)
        return;
    for (int part = 0; part < PARTS; part++) {
        if (s->moved[part].weight != NULL)
            displacements_clear(&s->moved[part]);
        free(s->x[part]);
    }
    free(s->q);
    free(s->first);
    free(s->group);
    free(s->group4);
    free(s);
}

static DisplacementPlan make_plan(const SeparationOptions *o, size_t nq, const double *q)
{
    return (DisplacementPlan){.groups = (size_t)o->groups,
                              .bin = o->bin,
                              .rmax = o->rmax,
                              .nq = nq,
                              .q = q,
                              .lags = o->lags};
}

/* This rank's share of the BH4 ions. */
static void share_ions(Separation *s, int64_t total)
{
    int64_t first, count, seen = 0;
    comm_block(s->comm, total, &first, &count);
    s->groups = s->o.groups < total ? (size_t)s->o.groups : (size_t)total;
    s->first = MEM_NEW(int64_t, count);
    s->group = MEM_NEW(size_t, count);
    s->group4 = MEM_NEW(size_t, 4 * count);
    for (int64_t ion = 0; ion < s->sample->nion; ion++) {
        if (s->sample->ion_kind[ion] != ION_BH4)
            continue;
        if (seen >= first && seen < first + count) {
            s->first[s->ions] = s->sample->ion_first[ion];
            s->group[s->ions] = blocks_group(seen, total, s->groups);
            for (size_t h = 0; h < 4; h++)
                s->group4[4 * s->ions + h] = s->group[s->ions];
            s->ions++;
        }
        seen++;
    }
}

static Err separation_open(const Comm *c, const Sample *sample, const void *options,
                           double interval, int64_t frames, void **state)
{
    *state = NULL;
    int64_t ions[ION_KINDS];
    sample_count(sample, ions);
    if (ions[ION_BH4] == 0)
        return err_set(ERR_INPUT, "separation: the sample has no BH4 ion");
    Separation *s = MEM_NEW(Separation, 1);
    s->comm = c;
    s->sample = sample;
    s->o = *(const SeparationOptions *)options;
    s->q = isf_q_values(&s->o.q, s->o.q_min, s->o.q_max, s->o.q_step, &s->nq);
    if (s->nq == 0) {
        separation_free(s);
        return err_set(ERR_INPUT, "separation: q_max: smaller than q_min");
    }
    share_ions(s, ions[ION_BH4]);
    DisplacementPlan plan = make_plan(&s->o, s->nq, s->q);
    plan.groups = s->groups;
    for (int part = 0; part < PARTS; part++) {
        plan.points = points_per_ion(part) * s->ions;
        plan.group = part == TRANSLATION ? s->group : s->group4;
        displacements_init(&s->moved[part], &plan, interval, frames);
        s->x[part] = mem_new(plan.points, sizeof(double[3]));
    }
    *state = s;
    return OK;
}

/* Mean B-H distance of all ions of the sample: every rank sees the same frame. */
static double mean_bond(const Sample *sample, const double (*x)[3])
{
    double sum = 0.0, n = 0.0;
    for (int64_t ion = 0; ion < sample->nion; ion++)
        for (int64_t h = 1; h <= 4 && sample->ion_kind[ion] == ION_BH4; h++) {
            double d[3];
            vec_sub(x[sample->ion_first[ion] + h], x[sample->ion_first[ion]], d);
            sum += sqrt(vec_dot(d, d));
            n += 1.0;
        }
    return sum / n;
}

static void split_ion(Separation *s, size_t k, const double (*x)[3])
{
    const Sample *sample = s->sample;
    double mass[5], centre[3], q[4], back[4], body[4][3];
    for (int64_t i = 0; i < 5; i++)
        mass[i] = sample->species[sample->kind[s->first[k] + i]]->mass;
    tetrahedron_pose(x, mass, centre, q);
    tetrahedron_body(tetrahedron_left_handed(x), s->bond, body);
    memcpy(back, (double[4]){q[0], -q[1], -q[2], -q[3]}, sizeof back);
    memcpy(s->x[TRANSLATION][k], centre, sizeof centre);
    for (size_t h = 0; h < 4; h++) {
        double from_centre[3], inside[3], bond[3];
        vec_sub(x[1 + h], x[0], bond);
        s->torn = fmax(s->torn, sqrt(vec_dot(bond, bond)));
        memcpy(s->x[WHOLE][4 * k + h], x[1 + h], sizeof centre);
        quat_rotate(q, body[h], s->x[ROTATION][4 * k + h]);
        vec_sub(x[1 + h], centre, from_centre);
        quat_rotate(back, from_centre, inside);
        vec_sub(inside, body[h], s->x[VIBRATION][4 * k + h]);
    }
}

static Err separation_frame(void *state, const Frame *frame)
{
    Separation *s = state;
    if (s->bond == 0.0)
        s->bond = mean_bond(s->sample, frame->x);
    for (size_t k = 0; k < s->ions; k++)
        split_ion(s, k, frame->x + s->first[k]);
    for (int part = 0; part < PARTS; part++)
        displacements_frame(&s->moved[part], part <= TRANSLATION ? &frame->cell : NULL, frame->time,
                            (const double(*)[3])s->x[part]);
    return OK;
}

/* curve[CURVES][groups][nq][lags] */
static double *all_curves(const Separation *s, size_t n)
{
    size_t all = s->groups * n;
    double *curve = MEM_NEW(double, CURVES *all);
    for (size_t part = 0; part < PARTS; part++)
        displacements_means(&s->moved[part], curve + part * all);
    for (size_t i = 0; i < all; i++) {
        double product =
            curve[TRANSLATION * all + i] * curve[ROTATION * all + i] * curve[VIBRATION * all + i];
        curve[PRODUCT * all + i] = product;
        curve[COUPLING * all + i] = curve[WHOLE * all + i] - product;
    }
    return curve;
}

static Err write_plateau(const Separation *s, H5 *group, size_t part, const double *t, size_t nt,
                         const double *curve, const double *weight)
{
    double *value = MEM_NEW(double, (s->groups + 2) * s->nq), *mean = value + s->groups * s->nq;
    for (size_t r = 0; r < s->groups * s->nq; r++)
        value[r] = isf_window_mean(nt, t, curve + r * nt, 0.5 * t[nt - 1], t[nt - 1]);
    blocks_over_groups(s->groups, s->nq, value, weight, mean, mean + s->nq);
    char name[64], error[80];
    snprintf(name, sizeof name, "plateau_%s", names[part] + 2);
    snprintf(error, sizeof error, "%s_error", name);
    Err e = h5_write(group, name, 1, &s->nq, mean, "1",
                     "mean of I(Q,t) over the second half of the time differences");
    if (e == OK)
        e = h5_write(group, error, 1, &s->nq, mean + s->nq, "1",
                     "standard error, from groups of ions");
    free(value);
    return e;
}

static Err write_results(const Separation *s, H5 *group)
{
    const Displacements *d = &s->moved[WHOLE];
    size_t nt = d->lags.n, n = s->nq * nt, all = s->groups * n;
    double *t = displacements_times(d), *curve = all_curves(s, n);
    double *mean = MEM_NEW(double, 2 * n), *weight = MEM_NEW(double, s->groups);
    for (size_t g = 0; g < s->groups; g++)
        weight[g] = (double)d->weight[g];
    Err e = h5_write(group, "t", 1, &nt, t, "ps", "time difference");
    if (e == OK)
        e = h5_write(group, "Q", 1, &s->nq, s->q, "1/A", "momentum transfer");
    if (e == OK)
        e = h5_write_number(group, "bond", s->bond, "A", "B-H distance of the ideal tetrahedron");
    for (size_t k = 0; k < CURVES && e == OK; k++) {
        char error[64];
        snprintf(error, sizeof error, "%s_error", names[k]);
        blocks_over_groups(s->groups, n, curve + k * all, weight, mean, mean + n);
        e = h5_write(group, names[k], 2, (size_t[]){s->nq, nt}, mean, "1", texts[k]);
        if (e == OK)
            e = h5_write(group, error, 2, (size_t[]){s->nq, nt}, mean + n, "1",
                         "standard error, from groups of ions");
        if (e == OK && k > WHOLE && k < PARTS)
            e = write_plateau(s, group, k, t, nt, curve + k * all, weight);
    }
    free(t), free(curve), free(mean), free(weight);
    return e;
}

static Err separation_close(void *state, H5 *group)
{
    Separation *s = state;
    Err e = comm_agree(s->comm, orient_check_bond("separation", s->torn));
    for (int part = 0; part < PARTS && e == OK; part++)
        e = displacements_finish(&s->moved[part], s->comm, "separation");
    if (e == OK && group != NULL)
        e = write_results(s, group);
    return comm_agree(s->comm, e);
}

static double separation_memory(const void *options, double atoms, double interval, double frames)
{
    const SeparationOptions *o = options;
    size_t nq;
    double *q = isf_q_values(&o->q, o->q_min, o->q_max, o->q_step, &nq), bytes = 0.0;
    free(q);
    DisplacementPlan plan = make_plan(o, nq, NULL);
    for (int part = 0; part < PARTS; part++) /* 11 atoms to two ions in Mg(BH4)2 */
        bytes += displacements_memory(&plan, atoms * 2.0 / 11.0 * (double)points_per_ion(part),
                                      interval, frames);
    return bytes;
}

const ObservableKind separation_observable = {
    .name = "separation",
    .help =
        "I(Q,t) of translation, rotation and vibration of BH4, dimensionless, and their product "
        "against the whole",
    .reference = "M. Bee, Quasielastic Neutron Scattering (1988), ch. 2; rotations by B. K. P. "
                 "Horn, J. Opt. Soc. Am. A 4, 629 (1987), doi 10.1364/JOSAA.4.000629",
    .nfields = sizeof fields / sizeof *fields,
    .fields = fields,
    .options_size = sizeof(SeparationOptions),
    .memory = separation_memory,
    .open = separation_open,
    .frame = separation_frame,
    .close = separation_close,
    .free = separation_free,
};
