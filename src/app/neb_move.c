#include "app/neb_move.h"

#include "base/mem.h"
#include "base/rng.h"
#include "base/units.h"
#include "base/vec.h"
#include "model/tetrahedron.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const double relabel_within = 0.45; /* [A] of a turned H from the place of another */

#define AT(member) .offset = offsetof(NebMove, member)
const ConfigField neb_move_fields[NEB_MOVE_NFIELDS] = {
    {.key = "kind",
     .kind = CONFIG_CHOICE,
     .choices = "rotation|hop|vacancy|ends",
     AT(kind),
     .help =
         "one BH4 turns; one Mg goes to an empty place; one Mg goes to the site of another that is "
         "taken out with two BH4; from one structure to another"},
    {.key = "ion",
     .kind = CONFIG_INTEGER,
     .fallback = "1",
     .low = 1,
     .high = 1e9,
     AT(ion),
     .help = "which BH4 (rotation) or Mg (hop, vacancy), counted from 1"},
    {.key = "axis",
     .kind = CONFIG_CHOICE,
     .choices = "link|across|bond",
     .fallback = "",
     AT(axis),
     .help = "rotation: the C2 axis along Mg-B-Mg, one of the two C2 axes across it, or one of the "
             "four "
             "C3 axes along B-H"},
    {.key = "number",
     .kind = CONFIG_INTEGER,
     .fallback = "1",
     .low = 1,
     .high = 4,
     AT(number),
     .help = "rotation: which of the 2 axes across, of the 4 bonds"},
    {.key = "angle",
     .kind = CONFIG_QUANTITY,
     .unit = "degree",
     .fallback = "",
     .low = -360,
     .high = 360,
     AT(angle),
     .help = "rotation: 180 degree about C2, 120 degree about a bond if absent"},
    {.key = "to",
     .kind = CONFIG_QUANTITIES,
     .unit = "1",
     .fallback = "",
     AT(to),
     .help = "hop: fractional position in the (super)cell; the nearest copy is taken"},
    {.key = "into",
     .kind = CONFIG_INTEGER,
     .fallback = "",
     .low = 1,
     .high = 1e9,
     AT(into),
     .help = "vacancy: the Mg that is taken out, to whose site the ion goes"},
    {.key = "without",
     .kind = CONFIG_TEXTS,
     .fallback = "",
     AT(out),
     .help = "vacancy: the two BH4 that are taken out so that the cell is neutral; absent: the two "
             "farthest away"},
    {.key = "final",
     .kind = CONFIG_TEXT,
     .fallback = "",
     AT(final),
     .help = "ends: structure file of the other end point"},
};

static Err must_not(const ConfigNode *node, const char *key, bool given, const char *kind)
{
    return given ? config_error(node, key, "a move of kind %s has no such key", kind) : OK;
}

static Err belongs(const ConfigNode *node, const NebMove *m)
{
    static const char *const names[] = {"rotation", "hop", "vacancy", "ends"};
    const char *kind = names[m->kind];
    TRY(must_not(node, "axis", m->axis >= 0 && m->kind != NEB_ROTATION, kind));
    TRY(must_not(node, "angle", !isnan(m->angle) && m->kind != NEB_ROTATION, kind));
    TRY(must_not(node, "to", m->to.n > 0 && m->kind != NEB_HOP, kind));
    TRY(must_not(node, "into", m->into > 0 && m->kind != NEB_VACANCY, kind));
    TRY(must_not(node, "without", m->out.n > 0 && m->kind != NEB_VACANCY, kind));
    TRY(must_not(node, "final", m->final != NULL && m->kind != NEB_ENDS, kind));
    if (m->kind == NEB_ROTATION && m->axis < 0)
        return config_error(node, "axis", "a rotation needs an axis; allowed: link, across, bond");
    if (m->kind == NEB_ROTATION && m->number > (m->axis == NEB_BOND     ? 4
                                                : m->axis == NEB_ACROSS ? 2
                                                                        : 1))
        return config_error(node, "number", "there is 1 axis link, there are 2 across and 4 bonds");
    if (m->kind == NEB_HOP && m->to.n != 3)
        return config_error(node, "to",
                            "a hop needs three fractional coordinates, as [0.125, 0.437, 0.813]");
    if (m->kind == NEB_VACANCY && m->into == 0)
        return config_error(node, "into", "a vacancy needs the number of the Mg that is taken out");
    if (m->kind == NEB_VACANCY && m->out.n != 0 && m->out.n != 2)
        return config_error(node, "without",
                            "%zu BH4 for one Mg: the cell would not be neutral; two are needed",
                            m->out.n);
    if (m->kind == NEB_ENDS && m->final == NULL)
        return config_error(node, "final", "ends need the file of the other end point");
    return OK;
}

Err neb_move_read(const ConfigNode *node, NebMove *m)
{
    TRY(config_read(node, NEB_MOVE_NFIELDS, neb_move_fields, m));
    Err e = belongs(node, m);
    if (e != OK)
        config_clear(NEB_MOVE_NFIELDS, neb_move_fields, m);
    return e;
}

double neb_move_angle(const NebMove *m)
{
    return isnan(m->angle) ? (m->axis == NEB_BOND ? 120.0 : 180.0) : m->angle;
}

char *neb_move_label(const NebMove *m)
{
    switch ((NebMoveKind)m->kind) {
    case NEB_ROTATION:
        if (m->axis == NEB_LINK)
            return mem_format("BH4 %lld C2 along the link by %g degrees", (long long)m->ion,
                              neb_move_angle(m));
        return mem_format("BH4 %lld %s %lld by %g degrees", (long long)m->ion,
                          m->axis == NEB_ACROSS ? "C2 across" : "C3 about bond",
                          (long long)m->number, neb_move_angle(m));
    case NEB_HOP:
        return mem_format("Mg %lld to (%.4f %.4f %.4f)", (long long)m->ion, m->to.value[0],
                          m->to.value[1], m->to.value[2]);
    case NEB_VACANCY:
        return mem_format("Mg %lld into the vacancy of Mg %lld", (long long)m->ion,
                          (long long)m->into);
    case NEB_ENDS:
        break;
    }
    return mem_format("to %s", m->final);
}

/* Index of the k-th ion of a kind, from 1; -1 if there are not so many (then *n says how many). */
static int64_t ion_of(const Sample *s, IonKind kind, int64_t k, int64_t *n)
{
    *n = 0;
    for (int64_t i = 0; i < s->nion; i++)
        if (s->ion_kind[i] == kind && ++*n == k)
            return i;
    return -1;
}

static Err find_ion(const ConfigNode *node, const char *key, const Sample *s, IonKind kind,
                    int64_t k, int64_t *ion)
{
    int64_t n;
    *ion = ion_of(s, kind, k, &n);
    if (*ion >= 0)
        return OK;
    const char *what = kind == ION_MG ? "Mg" : "BH4";
    return config_error(node, key, "there is no %s %lld; the cell has %lld", what, (long long)k,
                        (long long)n);
}

/* A copy without some ions. */
static void sample_without(const Sample *s, const bool out[], Sample *to)
{
    int64_t n = 0, nion = 0;
    for (int64_t i = 0; i < s->nion; i++)
        if (!out[i])
            n += s->ion_first[i + 1] - s->ion_first[i], nion++;
    sample_init(to, &s->cell, n);
    to->nspecies = s->nspecies;
    memcpy(to->species, s->species, sizeof to->species);
    to->nion = nion;
    to->ion_first = MEM_NEW(int64_t, nion + 1);
    to->ion_kind = MEM_NEW(IonKind, nion);
    nion = n = 0;
    for (int64_t i = 0; i < s->nion; i++) {
        if (out[i])
            continue;
        to->ion_kind[nion] = s->ion_kind[i];
        to->ion_first[nion++] = n;
        for (int64_t k = s->ion_first[i]; k < s->ion_first[i + 1]; k++, n++) {
            to->kind[n] = s->kind[k];
            memcpy(to->x[n], s->x[k], sizeof to->x[n]);
            to->source[n] = s->source[k];
        }
    }
    to->ion_first[nion] = n;
}

static double apart(const Sample *s, int64_t a, int64_t b)
{
    double d[3];
    vec_sub(s->x[s->ion_first[b]], s->x[s->ion_first[a]], d);
    cell_min_image(&s->cell, d);
    return vec_norm(d);
}

/* The BH4 whose nearest of `from` [n] is farthest away, and is not out yet. */
static int64_t farthest(const Sample *s, const bool out[], size_t n, const int64_t from[])
{
    int64_t best = -1;
    double most = -1.0;
    for (int64_t i = 0; i < s->nion; i++) {
        double least = INFINITY;
        if (s->ion_kind[i] != ION_BH4 || out[i])
            continue;
        for (size_t k = 0; k < n; k++)
            least = fmin(least, apart(s, i, from[k]));
        if (least > most)
            most = least, best = i;
    }
    return best;
}

static Err take_out(const NebMove *m, const ConfigNode *node, const Sample *s, int64_t ion,
                    bool out[])
{
    int64_t into, bh4;
    TRY(find_ion(node, "into", s, ION_MG, m->into, &into));
    if (into == ion)
        return config_error(node, "into", "Mg %lld cannot go to its own site", (long long)m->into);
    const int64_t from[2] = {ion, into};
    out[into] = true;
    for (size_t k = 0; k < 2; k++) {
        if (m->out.n > 0) {
            char *end;
            long long number = strtoll(m->out.text[k], &end, 10);
            if (*end != '\0' || end == m->out.text[k])
                return config_error(node, "without", "'%s' is not the number of a BH4",
                                    m->out.text[k]);
            TRY(find_ion(node, "without", s, ION_BH4, number, &bh4));
        } else {
            bh4 = farthest(s, out, 2, from);
        }
        if (bh4 < 0 || out[bh4])
            return config_error(node, "without", "two different BH4 must be taken out");
        out[bh4] = true;
    }
    return OK;
}

Err neb_move_first(const NebMove *m, const ConfigNode *node, const Sample *s, Sample *first,
                   int64_t *ion)
{
    *ion = -1;
    if (m->kind != NEB_ENDS)
        TRY(find_ion(node, "ion", s, m->kind == NEB_ROTATION ? ION_BH4 : ION_MG, m->ion, ion));
    if (m->kind != NEB_VACANCY) {
        sample_copy(first, s);
        return OK;
    }
    bool *out = MEM_NEW(bool, s->nion);
    Err e = take_out(m, node, s, *ion, out);
    if (e == OK) {
        sample_without(s, out, first);
        int64_t before = 0;
        for (int64_t i = 0; i < *ion; i++)
            before += out[i];
        *ion -= before;
    }
    free(out);
    return e;
}

/* Unit vector through the two nearest Mg. */
static void link_of(const Sample *s, int64_t ion, double link[3])
{
    double near[2][3] = {{0}}, r[2] = {INFINITY, INFINITY};
    for (int64_t i = 0; i < s->nion; i++) {
        double d[3];
        if (s->ion_kind[i] != ION_MG)
            continue;
        vec_sub(s->x[s->ion_first[i]], s->x[s->ion_first[ion]], d);
        cell_min_image(&s->cell, d);
        double length = vec_norm(d);
        int k = length < r[0] ? 0 : 1;
        if (length >= r[1])
            continue;
        if (k == 0) {
            memcpy(near[1], near[0], sizeof near[0]);
            r[1] = r[0];
        }
        memcpy(near[k], d, sizeof d);
        r[k] = length;
    }
    vec_sub(near[0], near[1], link);
    double norm = vec_norm(link);
    for (int c = 0; c < 3; c++)
        link[c] = norm > 0.0 ? link[c] / norm : (c == 2);
}

static void axis_of(const NebMove *m, const Sample *s, int64_t ion, double axis[3])
{
    double q[4], link[3], c2[3][3], along[3], ionx[5][3], body[4][3];
    int order[3] = {0, 1, 2};
    int64_t b = s->ion_first[ion];
    rotor_lock_orientation(&s->x[0][0], b, q);
    if (m->axis == NEB_BOND) {
        memcpy(ionx, s->x[b], sizeof ionx);
        tetrahedron_body(tetrahedron_left_handed((const double(*)[3])ionx), 1.0, body);
        quat_rotate(q, body[m->number - 1], axis);
        return;
    }
    link_of(s, ion, link);
    for (int k = 0; k < 3; k++) {
        const double e[3] = {k == 0, k == 1, k == 2};
        quat_rotate(q, e, c2[k]);
        along[k] = fabs(vec_dot(c2[k], link));
    }
    for (int i = 0; i < 2; i++) /* three numbers, sorted */
        for (int k = 0; k < 2; k++)
            if (along[order[k]] < along[order[k + 1]]) {
                int swap = order[k];
                order[k] = order[k + 1];
                order[k + 1] = swap;
            }
    memcpy(axis, c2[order[m->axis == NEB_LINK ? 0 : m->number]], 3 * sizeof axis[0]);
}

/* Each H where another one is, within reason? Then give it exactly that place. */
static bool relabel(const double before[5][3], double after[5][3])
{
    double cost[4][4];
    int site[4];
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++) {
            double d[3];
            vec_sub(after[i + 1], before[j + 1], d);
            cost[i][j] = vec_dot(d, d);
        }
    tetrahedron_deal((const double(*)[4])cost, site);
    for (int i = 0; i < 4; i++)
        if (cost[i][site[i]] > relabel_within * relabel_within)
            return false;
    for (int i = 0; i < 4; i++)
        memcpy(after[i + 1], before[site[i] + 1], sizeof after[0]);
    return true;
}

static Err turned(const NebMove *m, const ConfigNode *node, const Sample *first, int64_t ion,
                  double last[], double turn[3], bool *relabelled)
{
    int64_t b = first->ion_first[ion];
    double q[4], axis[3], before[5][3], after[5][3];
    axis_of(m, first, ion, axis);
    for (int c = 0; c < 3; c++)
        turn[c] = neb_move_angle(m) * PI / 180.0 * axis[c];
    quat_from_vector(turn, q);
    memcpy(before, first->x[b], sizeof before);
    memcpy(after, before, sizeof after);
    for (int h = 1; h < 5; h++) {
        double bond[3];
        vec_sub(before[h], before[0], bond);
        quat_rotate(q, bond, after[h]);
        vec_axpy(1.0, before[0], after[h]);
    }
    *relabelled = relabel((const double(*)[3])before, after);
    memcpy(&last[3 * b], after, sizeof after);
    if (neb_move_distance(5, &before[0][0], &after[0][0]) < 0.1)
        return config_error(node, "angle",
                            "a turn by %g degrees ends where it began: the end points are equal",
                            neb_move_angle(m));
    return OK;
}

static Err hopped(const NebMove *m, const ConfigNode *node, const Sample *original,
                  const Sample *first, int64_t ion, double last[])
{
    double *x = &last[3 * first->ion_first[ion]], place[3], d[3];
    if (m->kind == NEB_HOP) {
        cell_to_cartesian(&first->cell, m->to.value, place);
    } else {
        int64_t into, n;
        into = ion_of(original, ION_MG, m->into, &n);
        memcpy(place, original->x[original->ion_first[into]], sizeof place);
    }
    vec_sub(place, x, d);
    cell_min_image(&first->cell, d);
    if (vec_norm(d) < 0.1)
        return config_error(node, "to", "Mg %lld is there already: the end points are equal",
                            (long long)m->ion);
    vec_axpy(1.0, d, x);
    for (int64_t i = 0; i < first->n; i++) {
        double r[3];
        vec_sub(&last[3 * i], x, r);
        cell_min_image(&first->cell, r);
        if (i != first->ion_first[ion] && vec_norm(r) < 0.8)
            return config_error(node, "to", "only %.2f A from atom %lld (%s): no place for Mg",
                                vec_norm(r), (long long)i + 1,
                                first->species[first->kind[i]]->symbol);
    }
    return OK;
}

/* The other file's ions, each in the periodic copy nearest to the first's. */
static Err other_file(const NebMove *m, const ConfigNode *node, const Sample *first,
                      const Sample *final, double last[])
{
    int64_t ours[ION_KINDS], theirs[ION_KINDS];
    sample_count(first, ours);
    sample_count(final, theirs);
    if (memcmp(ours, theirs, sizeof ours) != 0)
        return config_error(node, "final",
                            "%s has %lld Mg and %lld BH4, the structure %lld and %lld", m->final,
                            (long long)theirs[ION_MG], (long long)theirs[ION_BH4],
                            (long long)ours[ION_MG], (long long)ours[ION_BH4]);
    for (int i = 0; i < 9; i++)
        if (fabs((&first->cell.h[0][0])[i] - (&final->cell.h[0][0])[i]) > 1e-4)
            return config_error(node, "final", "%s has another cell", m->final);
    for (int64_t i = 0; i < first->nion; i++) {
        double d[3], near[3], shift[3];
        int64_t from = first->ion_first[i];
        vec_sub(final->x[from], first->x[from], d);
        memcpy(near, d, sizeof near);
        cell_min_image(&first->cell, near);
        vec_sub(near, d, shift);
        for (int64_t k = from; k < first->ion_first[i + 1]; k++)
            for (int c = 0; c < 3; c++)
                last[3 * k + c] = final->x[k][c] + shift[c];
    }
    if (neb_move_distance(first->n, &first->x[0][0], last) < 0.1)
        return config_error(node, "final",
                            "no atom is more than 0.1 A elsewhere: the end points are equal");
    return OK;
}

Err neb_move_last(const NebMove *m, const ConfigNode *node, const Sample *original,
                  const Sample *first, int64_t ion, const Sample *final, double last[],
                  double turn[3], bool *relabelled)
{
    memcpy(last, first->x, (size_t)first->n * sizeof first->x[0]);
    turn[0] = turn[1] = turn[2] = 0.0;
    *relabelled = false;
    if (m->kind == NEB_ROTATION)
        return turned(m, node, first, ion, last, turn, relabelled);
    if (m->kind == NEB_ENDS)
        return other_file(m, node, first, final, last);
    return hopped(m, node, original, first, ion, last);
}

/* One BH4 on its way: x0, x1 of its five atoms; `wanted` says which way round (0: the shorter). */
static void way_of_bh4(const double x0[5][3], const double x1[5][3], const double wanted[3],
                       double t, double x[5][3])
{
    double q0[4], q1[4], turn[4], part[4], q[4], axis[3];
    rotor_lock_orientation(&x0[0][0], 0, q0);
    rotor_lock_orientation(&x1[0][0], 0, q1);
    const double back0[4] = {q0[0], -q0[1], -q0[2], -q0[3]},
                 back1[4] = {q1[0], -q1[1], -q1[2], -q1[3]};
    quat_mul(q1, back0, turn);
    double sign = turn[0] < 0.0 ? -1.0 : 1.0, sine = vec_norm(turn + 1);
    double angle = 2.0 * atan2(sine, fabs(turn[0]));
    for (int c = 0; c < 3; c++)
        axis[c] = sine > 0.0 ? sign * turn[c + 1] / sine : 0.0;
    if (vec_dot(axis, wanted) < 0.0 && vec_norm(wanted) > 0.5 * PI)
        angle -= 2.0 * PI;
    for (int c = 0; c < 3; c++)
        axis[c] *= t * angle;
    quat_from_vector(axis, part);
    quat_mul(part, q0, q);
    for (int c = 0; c < 3; c++)
        x[0][c] = (1.0 - t) * x0[0][c] + t * x1[0][c];
    for (int h = 1; h < 5; h++) {
        double bond[3], body0[3], body1[3];
        vec_sub(x0[h], x0[0], bond);
        quat_rotate(back0, bond, body0);
        vec_sub(x1[h], x1[0], bond);
        quat_rotate(back1, bond, body1);
        for (int c = 0; c < 3; c++)
            bond[c] = (1.0 - t) * body0[c] + t * body1[c];
        quat_rotate(q, bond, x[h]);
        vec_axpy(1.0, x[0], x[h]);
    }
}

static void way(const Sample *s, int64_t ion, const double turn[3], const double *x0,
                const double *x1, double t, double *x)
{
    static const double none[3] = {0.0, 0.0, 0.0};
    for (int64_t i = 0; i < s->nion; i++) {
        int64_t k = 3 * s->ion_first[i];
        if (s->ion_kind[i] == ION_BH4) {
            double a[5][3], b[5][3], to[5][3];
            memcpy(a, &x0[k], sizeof a);
            memcpy(b, &x1[k], sizeof b);
            way_of_bh4((const double(*)[3])a, (const double(*)[3])b, i == ion ? turn : none, t, to);
            memcpy(&x[k], to, sizeof to);
        } else {
            for (int c = 0; c < 3; c++)
                x[k + c] = (1.0 - t) * x0[k + c] + t * x1[k + c];
        }
    }
}

void neb_move_band(const Sample *s, int64_t ion, const double turn[3], double shake, uint64_t seed,
                   const RotorLock *lock, NebBand *b)
{
    double *push = MEM_NEW(double, b->n);
    for (int64_t i = 0; i < s->n; i++)
        rng_normal3(seed, RNG_NEB, 0, (uint64_t)i, 0, &push[3 * i]);
    if (lock != NULL)
        rotor_lock_project(lock, push);
    for (size_t i = 1; i + 1 < b->images; i++) {
        double t = (double)i / (double)(b->images - 1), *x = &b->x[i * b->n];
        way(s, ion, turn, b->x, &b->x[(b->images - 1) * b->n], t, x);
        for (size_t k = 0; k < b->n; k++)
            x[k] += shake / sqrt(3.0) * sin(PI * t) * push[k];
    }
    free(push);
}

double neb_move_distance(int64_t natoms, const double a[], const double b[])
{
    double most = 0.0;
    for (int64_t i = 0; i < natoms; i++) {
        double d[3];
        vec_sub(&a[3 * i], &b[3 * i], d);
        most = fmax(most, vec_norm(d));
    }
    return most;
}
