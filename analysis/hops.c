#include "analysis/hops.h"

#include "analysis/blocks.h"
#include "analysis/orient.h"
#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KINDS = 3, OTHER = 0, C2 = 1, C3 = 2 };

static const char *const kind_names[KINDS] = {"other", "C2", "C3"};
static const int64_t kind_codes[KINDS] = {0, 2, 3};

typedef struct Event {
    int64_t frame, ion;
    int64_t kind;
    double time, dwell, axis[3], angle, cos_mg;
} Event;

typedef struct Rotor {
    int64_t ion, first; /* ion id, index of B */
    bool mirrored;
    double well[4];
    int label;          /* well the ion is in */
    int nearest;        /* well it is closest to, */
    int64_t near_frame; /* and since when */
    double near_time;
    int64_t inside;   /* frames inside a core since the well was set */
    double out_since; /* [ps] when it left all cores; NaN: it is in one */
    double last_jump; /* [ps] NaN: none yet */
} Rotor;

typedef struct Hops {
    const Comm *comm;
    const Sample *sample;
    HopsOptions o;
    int64_t total; /* BH4 on all ranks */
    size_t ions;
    Rotor *rotor;
    double group[ORIENT_ROTATIONS][4];
    size_t nevent, room;
    Event *event;
    int64_t frames, outside; /* ion-frames outside cores */
    double first_time, last_time;
    double longest_bond; /* [A] */
} Hops;

#define AT(member) offsetof(HopsOptions, member)

static const ConfigField fields[] = {
    {"core", CONFIG_QUANTITY, "degree", "30 degree", AT(core),
     "distance from a well within which the ion has arrived", NULL, 1, 60, 0},
    {"settle", CONFIG_QUANTITY, "ps", "1 ps", AT(settle),
     "time outside all cores after which the well is given up", NULL, 1e-6, 1e9, 0},
    {"follow", CONFIG_QUANTITY, "ps", "5 ps", AT(follow),
     "time constant with which the well follows the ion", NULL, 1e-6, 1e9, 0},
    {"groups", CONFIG_INTEGER, NULL, "8", AT(groups), "groups of ions for standard errors", NULL, 2,
     1000, 0},
};

static void hops_free(void *state)
{
    Hops *s = state;
    if (s == NULL)
        return;
    free(s->rotor);
    free(s->event);
    free(s);
}

static Err hops_open(const Comm *c, const Sample *sample, const void *options, double interval,
                     int64_t frames, void **state)
{
    (void)interval;
    (void)frames;
    *state = NULL;
    int64_t ions[ION_KINDS], first, count, seen = 0;
    sample_count(sample, ions);
    if (ions[ION_BH4] == 0)
        return err_set(ERR_INPUT, "hops: the sample has no BH4 ion");
    comm_block(c, ions[ION_BH4], &first, &count);
    Hops *s = MEM_NEW(Hops, 1);
    s->comm = c;
    s->sample = sample;
    s->o = *(const HopsOptions *)options;
    s->total = ions[ION_BH4];
    s->rotor = MEM_NEW(Rotor, count);
    orient_group(s->group);
    for (int64_t ion = 0; ion < sample->nion; ion++) {
        if (sample->ion_kind[ion] != ION_BH4)
            continue;
        if (seen >= first && seen < first + count)
            s->rotor[s->ions++] = (Rotor){.ion = ion, .first = sample->ion_first[ion]};
        seen++;
    }
    *state = s;
    return OK;
}

/* out = a^-1 b for unit quaternions */
static void relative(const double a[4], const double b[4], double out[4])
{
    quat_mul((const double[4]){a[0], -a[1], -a[2], -a[3]}, b, out);
}

/* Unit vector between the two Mg nearest to the ion's B; false if there are less than two. */
static bool mg_line(const Hops *s, const Frame *f, const Rotor *r, double line[3])
{
    double best[2] = {INFINITY, INFINITY}, to[2][3] = {{0}};
    for (int64_t ion = 0; ion < s->sample->nion; ion++) {
        if (s->sample->ion_kind[ion] != ION_MG)
            continue;
        double d[3];
        vec_sub(f->x[s->sample->ion_first[ion]], f->x[r->first], d);
        cell_min_image(&f->cell, d);
        double d2 = vec_dot(d, d);
        int slot = d2 < best[0] ? 0 : d2 < best[1] ? 1 : -1;
        if (slot < 0)
            continue;
        if (slot == 0) {
            best[1] = best[0];
            memcpy(to[1], to[0], sizeof to[0]);
        }
        best[slot] = d2;
        memcpy(to[slot], d, sizeof d);
    }
    if (!isfinite(best[1]))
        return false;
    vec_sub(to[1], to[0], line);
    double n = vec_norm(line);
    for (int i = 0; i < 3; i++)
        line[i] /= n;
    return n > 0.0;
}

/* The ion has turned from orientation `from` to `to` (laboratory). */
static void add_event(Hops *s, const Frame *f, Rotor *r, int kind, const double from[4],
                      const double to[4])
{
    if (s->nevent == s->room) {
        size_t room = s->room > 0 ? 2 * s->room : 64;
        s->event = mem_resize(s->event, s->room, room, sizeof *s->event);
        s->room = room;
    }
    double turn[4], line[3];
    quat_mul(to, (const double[4]){from[0], -from[1], -from[2], -from[3]}, turn);
    double sine = vec_norm(turn + 1), sign = turn[0] < 0.0 ? -1.0 : 1.0;
    Event e = {
        .frame = r->near_frame, .ion = r->ion, .kind = kind, .time = r->near_time, .cos_mg = NAN};
    e.dwell = isnan(r->last_jump) ? -1.0 : e.time - r->last_jump;
    for (int i = 0; i < 3; i++)
        e.axis[i] = sine > 0.0 ? sign * turn[i + 1] / sine : 0.0;
    e.angle = 2.0 * atan2(sine, fabs(turn[0])) * 180.0 / PI;
    if (mg_line(s, f, r, line))
        e.cos_mg = fabs(vec_dot(line, e.axis));
    r->last_jump = e.time;
    s->event[s->nevent++] = e;
}

static void set_well(Rotor *r, const double q[4])
{
    memcpy(r->well, q, sizeof r->well);
    r->label = r->nearest = 0;
    r->inside = 0;
    r->out_since = NAN;
}

/* Inside the core of well r->nearest: a jump if that is a new one; the well follows. */
static void arrive(Hops *s, const Frame *f, Rotor *r, const double q[4], double step)
{
    if (r->nearest != r->label) {
        double from[4], to[4], change[4];
        quat_mul(r->well, s->group[r->label], from);
        quat_mul(r->well, s->group[r->nearest], to);
        relative(s->group[r->label], s->group[r->nearest], change);
        add_event(s, f, r, fabs(change[0]) < 0.25 ? C2 : C3, from, to);
        r->label = r->nearest;
    }
    r->out_since = NAN;
    r->inside++;
    double here[4];
    const double *g = s->group[r->label];
    quat_mul(q, (const double[4]){g[0], -g[1], -g[2], -g[3]}, here);
    double weight = fmin(1.0, fmax(1.0 / (double)(r->inside + 1), step / s->o.follow));
    double sign = quat_dot(here, r->well) < 0.0 ? -1.0 : 1.0;
    for (int i = 0; i < 4; i++)
        r->well[i] += weight * (sign * here[i] - r->well[i]);
    quat_normalise(r->well);
}

/* Outside all cores: give the well up if that lasts. */
static void stray(Hops *s, const Frame *f, Rotor *r, const double q[4])
{
    s->outside++;
    if (isnan(r->out_since))
        r->out_since = f->time;
    if (f->time - r->out_since < s->o.settle)
        return;
    double from[4];
    quat_mul(r->well, s->group[r->label], from);
    r->near_frame = s->frames;
    r->near_time = r->out_since;
    add_event(s, f, r, OTHER, from, q);
    set_well(r, q);
}

static void follow_rotor(Hops *s, const Frame *f, Rotor *r, double step)
{
    double bond[4][3], q[4], d[4];
    for (int h = 0; h < 4; h++) {
        vec_sub(f->x[r->first + 1 + h], f->x[r->first], bond[h]);
        s->longest_bond = fmax(s->longest_bond, vec_norm(bond[h]));
    }
    if (s->frames == 0)
        r->mirrored = orient_is_mirrored((const double(*)[3])bond);
    orient_horn((const double(*)[3])bond, r->mirrored, q);
    if (s->frames == 0) {
        set_well(r, q);
        r->last_jump = NAN;
        return;
    }
    relative(r->well, q, d);
    int nearest = 0;
    for (int k = 1; k < ORIENT_ROTATIONS; k++)
        if (fabs(quat_dot(d, s->group[k])) > fabs(quat_dot(d, s->group[nearest])))
            nearest = k;
    if (nearest != r->nearest) {
        r->nearest = nearest;
        r->near_frame = s->frames;
        r->near_time = f->time;
    }
    if (orient_angle(d, s->group[nearest]) < s->o.core * PI / 180.0)
        arrive(s, f, r, q, step);
    else
        stray(s, f, r, q);
}

static Err hops_frame(void *state, const Frame *frame)
{
    Hops *s = state;
    double step = s->frames > 0 ? frame->time - s->last_time : 0.0;
    for (size_t k = 0; k < s->ions; k++)
        follow_rotor(s, frame, &s->rotor[k], step);
    if (s->frames == 0)
        s->first_time = frame->time;
    s->last_time = frame->time;
    s->frames++;
    return OK;
}

static int by_frame_and_ion(const void *a, const void *b)
{
    const Event *x = a, *y = b;
    if (x->frame != y->frame)
        return x->frame < y->frame ? -1 : 1;
    return (x->ion > y->ion) - (x->ion < y->ion);
}

static Err write_events(H5 *group, size_t n, const Event *events)
{
    H5 *at;
    TRY(h5_group(group, "events", &at));
    int64_t *whole = MEM_NEW(int64_t, 3 * n);
    double *real = MEM_NEW(double, 7 * n);
    for (size_t k = 0; k < n; k++) {
        whole[k] = events[k].frame;
        whole[n + k] = events[k].ion;
        whole[2 * n + k] = kind_codes[events[k].kind];
        real[k] = events[k].time;
        real[n + k] = events[k].dwell;
        real[2 * n + k] = events[k].angle;
        real[3 * n + k] = events[k].cos_mg;
        memcpy(real + 4 * n + 3 * k, events[k].axis, sizeof events[k].axis);
    }
    Err e = h5_write_i64(at, "frame", 1, (size_t[]){n}, whole, "1",
                         "frame in which the new well became the nearest");
    if (e == OK)
        e = h5_write_i64(at, "ion", 1, (size_t[]){n}, whole + n, "1", "ion id");
    if (e == OK)
        e = h5_write_i64(at, "kind", 1, (size_t[]){n}, whole + 2 * n, "1",
                         "2: C2, 3: C3, 0: other");
    if (e == OK)
        e = h5_write(at, "time", 1, (size_t[]){n}, real, "ps", "time of the jump");
    if (e == OK)
        e = h5_write(at, "dwell", 1, (size_t[]){n}, real + n, "ps",
                     "time since the ion's last jump; -1: its first");
    if (e == OK)
        e = h5_write(at, "angle", 1, (size_t[]){n}, real + 2 * n, "degree",
                     "angle between the two orientations");
    if (e == OK)
        e = h5_write(at, "cos_mg", 1, (size_t[]){n}, real + 3 * n, "1",
                     "|cos| of axis and line of the two nearest Mg");
    if (e == OK)
        e = h5_write(at, "axis", 2, (size_t[]){n, 3}, real + 4 * n, "1",
                     "axis of the turn, laboratory frame");
    free(whole);
    free(real);
    h5_close_group(at);
    return e;
}

/* Rates of each kind. `span` is the time observed, ordinal [nion] the number of an ion among the BH4. */
static Err write_rates(const Hops *s, H5 *group, size_t n, const Event *events,
                       const int64_t *ordinal, double span)
{
    size_t ng = s->total < s->o.groups ? (size_t)s->total : (size_t)s->o.groups;
    double out[5][KINDS] = {{0}}, *rate = MEM_NEW(double, ng), *ions = MEM_NEW(double, ng);
    for (int64_t k = 0; k < s->total; k++)
        ions[blocks_group(k, s->total, ng)] += 1.0;
    double exposure = span * (double)s->total;
    for (int64_t kind = 0; kind < KINDS; kind++) {
        memset(rate, 0, ng * sizeof *rate);
        for (size_t k = 0; k < n; k++)
            if (events[k].kind == kind) {
                size_t g = blocks_group(ordinal[events[k].ion], s->total, ng);
                rate[g] += 1.0 / (ions[g] * span);
                out[0][kind] += 1.0;
            }
        out[1][kind] = out[0][kind] / exposure;
        out[2][kind] = sqrt(out[0][kind]) / exposure;
        out[3][kind] = blocks_weighted(ng, rate, ions).error;
        out[4][kind] = out[0][kind] > 0.0 ? NAN : -log(0.05) / exposure;
    }
    free(rate);
    free(ions);
    static const char *const name[5] = {"count", "rate", "rate_error", "rate_error_groups",
                                        "rate_limit_95"};
    static const char *const text[5] = {
        "jumps of each kind, all ions", "jumps per ion and time", "Poisson error",
        "standard error from groups of ions",
        "no jump seen: the rate is below this with 95 % confidence (NaN otherwise)"};
    Err e = h5_write_texts(group, "kinds", KINDS, kind_names);
    for (int k = 0; k < 5 && e == OK; k++)
        e = h5_write(group, name[k], 1, (size_t[]){KINDS}, out[k], k == 0 ? "1" : "1/ps", text[k]);
    double jumps = out[0][C2] + out[0][C3];
    if (e == OK)
        e = h5_write_number(group, "residence_time", jumps > 0.0 ? exposure / jumps : INFINITY,
                            "ps",
                            "mean time between jumps (C2 and C3) of an ion: observed time / jumps");
    if (e == OK)
        e = h5_write_number(group, "residence_time_error",
                            jumps > 0.0 ? exposure / (jumps * sqrt(jumps)) : NAN, "ps",
                            "its standard error (Poisson)");
    return e;
}

static Err write_summary(const Hops *s, H5 *group, size_t n, const Event *events, int64_t outside)
{
    int64_t *ordinal = MEM_NEW(int64_t, s->sample->nion), *per_ion = MEM_NEW(int64_t, s->total),
            seen = 0;
    int64_t parallel = 0, perpendicular = 0;
    for (int64_t ion = 0; ion < s->sample->nion; ion++)
        if (s->sample->ion_kind[ion] == ION_BH4)
            ordinal[ion] = seen++;
    for (size_t k = 0; k < n; k++) {
        per_ion[ordinal[events[k].ion]]++;
        if (events[k].kind == C2 && !isnan(events[k].cos_mg)) {
            parallel += events[k].cos_mg > sqrt(0.5);
            perpendicular += events[k].cos_mg <= sqrt(0.5);
        }
    }
    Err e = write_rates(s, group, n, events, ordinal, s->last_time - s->first_time);
    if (e == OK)
        e = h5_write_number(group, "c2_parallel", (double)parallel, "1",
                            "C2 jumps about the Mg-B-Mg line");
    if (e == OK)
        e = h5_write_number(group, "c2_perpendicular", (double)perpendicular, "1",
                            "C2 jumps about axes across it");
    if (e == OK)
        e = h5_write_number(group, "outside",
                            (double)outside / ((double)s->total * (double)s->frames), "1",
                            "share of time outside all cores");
    if (e == OK)
        e = h5_write_i64(group, "per_ion", 1, (size_t[]){(size_t)s->total}, per_ion, "1",
                         "jumps of each BH4 ion");
    free(ordinal);
    free(per_ion);
    return e;
}

static Err hops_close(void *state, H5 *group)
{
    Hops *s = state;
    Err e = s->frames < 2 ? err_set(ERR_INPUT, "hops: %lld frames; at least two are needed",
                                    (long long)s->frames)
                          : orient_check_bond("hops", s->longest_bond);
    e = comm_agree(s->comm, e);
    if (e != OK)
        return e;
    size_t bytes;
    Event *all = comm_gatherv(s->comm, 0, s->nevent * sizeof(Event), s->event, &bytes, NULL);
    int64_t outside = s->outside;
    comm_sum_i64(s->comm, 1, &outside);
    if (group != NULL) {
        size_t n = bytes / sizeof(Event);
        if (n > 0)
            qsort(all, n, sizeof *all, by_frame_and_ion);
        e = write_events(group, n, all);
        if (e == OK)
            e = write_summary(s, group, n, all, outside);
    }
    free(all);
    return comm_agree(s->comm, e);
}

const ObservableKind hops_observable = {
    .name = "hops",
    .help = "reorientation jumps of BH4: event table, rates of C2 and C3 jumps [1/ps], residence "
            "time [ps]",
    .reference =
        "core sets: C. Schuette et al., J. Chem. Phys. 134, 204105 (2011), doi 10.1063/1.3590108",
    .nfields = sizeof fields / sizeof *fields,
    .fields = fields,
    .options_size = sizeof(HopsOptions),
    .open = hops_open,
    .frame = hops_frame,
    .close = hops_close,
    .free = hops_free,
};
