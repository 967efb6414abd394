#include "lattice/averaged.h"

#include "base/mem.h"
#include "lattice/classes.h"
#include "lattice/gate_average.h"
#include "lattice/rates.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FEWEST_SLOTS = 1024, MOST_CLASSES = CLASSES_BLOCK * CLASSES_BLOCKS, MOST_VOICES = 96 };

/* Surroundings of an edge: direction, and the chains of its voices. */
typedef struct Known {
    int32_t edge;
    bool forth;
    const Chain **chain; /* [voices of the edge] */
    int32_t attempt;     /* index of k_mean among the prefactors of the classes */
} Known;

struct Averaged {
    State *state;
    const Wiring *wiring;
    const Network *net;
    KmcOptions o;
    double tolerance, worst;
    Chains chains;
    Voices voices;
    Classes classes;
    int32_t *field;      /* [rotors][wells] micro-eV */
    const Chain **chain; /* [rotors] */
    int32_t *
        heard; /* edges that a rotor has a say in: heard_edge[heard[m] .. heard[m + 1]), with the step to them */
    int32_t *heard_edge;
    int8_t (*heard_step)[3];
    Known *known;
    int nknown, room;
    int32_t *slot; /* hash table: index + 1 */
    int slots;
    const Chain *now[MOST_VOICES]; /* scratch: chains of one edge */
};

/* ---- surroundings ---------------------------------------------------------------------------- */

static Err chain_of(Averaged *a, int64_t rotor, const Chain **chain)
{
    if (a->chain[rotor] == NULL)
        TRY(chains_find(&a->chains, a->net->rotor_class[rotor % a->net->nrotor],
                        a->field + rotor * a->wiring->wells, &a->chain[rotor]));
    *chain = a->chain[rotor];
    return OK;
}

static uint32_t scatter(int32_t edge, bool forth, int32_t n, const Chain *const chain[])
{
    uint64_t h = (uint64_t)(uint32_t)edge * 2 + forth + 1;
    for (int32_t i = 0; i < n; i++)
        h = (h ^ (uint64_t)(uintptr_t)chain[i]) * 0x9e3779b97f4a7c15ULL;
    return (uint32_t)(h >> 34);
}

static int32_t *place_of(Averaged *a, int32_t edge, bool forth, int32_t n,
                         const Chain *const chain[])
{
    uint32_t mask = (uint32_t)a->slots - 1, at = scatter(edge, forth, n, chain) & mask;
    for (; a->slot[at] != 0; at = (at + 1) & mask) {
        const Known *k = &a->known[a->slot[at] - 1];
        if (k->edge == edge && k->forth == forth &&
            (n == 0 || memcmp(k->chain, chain, (size_t)n * sizeof *chain) == 0))
            break;
    }
    return &a->slot[at];
}

static void grow(Averaged *a)
{
    a->slots *= 2;
    free(a->slot);
    a->slot = MEM_NEW(int32_t, a->slots);
    for (int i = 0; i < a->nknown; i++) {
        const Known *k = &a->known[i];
        *place_of(a, k->edge, k->forth, a->voices.first[k->edge + 1] - a->voices.first[k->edge],
                  k->chain) = i + 1;
    }
}

/* Rates of equal surroundings differ by rounding when their rotors come in another order. */
static double without_noise(double rate)
{
    int exponent;
    double m = frexp(rate, &exponent);
    return ldexp(rint(m * 0x1p40), exponent - 40);
}

static Err learn(Averaged *a, int64_t cell, int32_t edge, int32_t n, int32_t *attempt)
{
    GateAverage g;
    TRY(gate_average(&a->chains, &a->voices, a->state, cell, edge, &g));
    a->worst = fmax(a->worst, g.indicator);
    if (!(g.indicator <= a->tolerance))
        return err_set(ERR_INPUT,
                       "edge %d: k tau CV^2 = %.2g is above the tolerance %.2g: the mean rate %.3g "
                       "1/s of its gates may not be used; take engine bridge",
                       edge + 1, g.indicator, a->tolerance, g.mean);
    *attempt = classes_attempt(&a->classes, without_noise(g.mean));
    if (a->classes.nattempt >= MOST_CLASSES)
        return err_set(ERR_INPUT, "more than %d different mean rates; take engine bridge",
                       MOST_CLASSES);
    if (a->nknown == a->room) {
        int room = a->room == 0 ? 64 : 2 * a->room;
        a->known = mem_resize(a->known, (size_t)a->room, (size_t)room, sizeof *a->known);
        a->room = room;
    }
    const NetworkEdge *e = &a->net->edge[edge];
    Known *k = &a->known[a->nknown++];
    *k = (Known){edge, a->state->occ[cell * a->net->nsite + e->a], MEM_NEW(const Chain *, n),
                 *attempt};
    if (n > 0)
        memcpy(k->chain, a->now, (size_t)n * sizeof *k->chain);
    if (2 * a->nknown > a->slots)
        grow(a);
    else
        *place_of(a, edge, k->forth, n, k->chain) = a->nknown;
    return OK;
}

static Err refresh(Averaged *a, int64_t cell, int32_t edge)
{
    const Network *n = a->net;
    const NetworkEdge *e = &n->edge[edge];
    const State *s = a->state;
    bool from = s->occ[cell * n->nsite + e->a],
         to = s->occ[state_cell(s, cell, e->step) * n->nsite + e->b];
    int32_t event = (int32_t)(cell * n->nedge + edge), attempt = 0, count = 0;
    if (from == to) {
        classes_drop(&a->classes, event);
        return OK;
    }
    for (int32_t i = a->voices.first[edge]; i < a->voices.first[edge + 1]; i++) {
        const Voice *v = &a->voices.voice[i];
        TRY(chain_of(a, state_cell(s, cell, v->step) * n->nrotor + v->rotor, &a->now[count++]));
    }
    int32_t slot = *place_of(a, edge, from, count, a->now);
    if (slot != 0)
        attempt = a->known[slot - 1].attempt;
    else
        TRY(learn(a, cell, edge, count, &attempt));
    classes_put(&a->classes, event, attempt, 0);
    return OK;
}

/* ---- life ------------------------------------------------------------------------------------ */

/* Edges by rotor: the voices turned round. */
static void turn_voices(Averaged *a)
{
    const Network *n = a->net;
    int32_t count = a->voices.first[n->nedge];
    a->heard = MEM_NEW(int32_t, n->nrotor + 1);
    a->heard_edge = MEM_NEW(int32_t, count + 1);
    a->heard_step = mem_new((size_t)count + 1, sizeof *a->heard_step);
    int32_t *next = MEM_NEW(int32_t, n->nrotor + 1);
    for (int32_t i = 0; i < count; i++)
        next[a->voices.voice[i].rotor]++;
    for (int32_t m = 0; m < n->nrotor; m++) {
        a->heard[m + 1] = a->heard[m] + next[m];
        next[m] = a->heard[m];
    }
    for (int32_t e = 0; e < n->nedge; e++)
        for (int32_t i = a->voices.first[e]; i < a->voices.first[e + 1]; i++) {
            const Voice *v = &a->voices.voice[i];
            int32_t at = next[v->rotor]++;
            a->heard_edge[at] = e;
            for (int d = 0; d < 3; d++)
                a->heard_step[at][d] = (int8_t)-v->step[d];
        }
    free(next);
}

static void load_fields(Averaged *a)
{
    for (int64_t place = 0; place < a->state->ncell * a->net->nrotor; place++)
        wiring_field(a->wiring, a->state, place, a->field + place * a->wiring->wells);
}

Err averaged_new(State *s, const Wiring *wiring, const KmcOptions *o, double tolerance,
                 Averaged **out)
{
    *out = NULL;
    const Network *n = s->net;
    if (n->nrotor_rotor > 0)
        return err_set(ERR_INPUT,
                       "rotors that feel each other (%d rotor-rotor terms) have no mean rate "
                       "of this kind: use direct kinetic Monte Carlo",
                       n->nrotor_rotor);
    if (o->defects != NULL)
        return err_set(ERR_INPUT, "mean rates know no Coulomb forces: take engine bridge");
    Averaged *a = MEM_NEW(Averaged, 1);
    a->state = s;
    a->wiring = wiring;
    a->net = n;
    a->o = *o;
    a->tolerance = tolerance;
    a->slots = FEWEST_SLOTS;
    a->slot = MEM_NEW(int32_t, a->slots);
    int64_t rotors = s->ncell * n->nrotor, edges = s->ncell * n->nedge;
    chains_init(&a->chains, wiring, o->temperature, o->rotor_speed);
    classes_init(&a->classes, o->temperature, 0.0, edges);
    a->field = MEM_NEW(int32_t, rotors * wiring->wells);
    a->chain = MEM_NEW(const Chain *, rotors);
    load_fields(a);
    Err e = voices_init(&a->voices, wiring);
    for (int32_t i = 0; i < n->nedge && e == OK; i++)
        if (a->voices.first[i + 1] - a->voices.first[i] > MOST_VOICES)
            e = err_set(ERR_INPUT, "edge %d: more than %d rotors have a say", i + 1, MOST_VOICES);
    if (e == OK)
        turn_voices(a);
    for (int64_t cell = 0; cell < s->ncell && e == OK; cell++)
        for (int32_t i = 0; i < n->nedge && e == OK; i++)
            e = refresh(a, cell, i);
    if (e != OK) {
        averaged_free(a);
        return e;
    }
    *out = a;
    return OK;
}

void averaged_free(Averaged *a)
{
    if (a == NULL)
        return;
    for (int i = 0; i < a->nknown; i++)
        free(a->known[i].chain);
    free(a->known);
    free(a->slot);
    free(a->field);
    free(a->chain);
    free(a->heard);
    free(a->heard_edge);
    free(a->heard_step);
    chains_clear(&a->chains);
    voices_clear(&a->voices);
    classes_clear(&a->classes);
    free(a);
}

/* ---- running --------------------------------------------------------------------------------- */

/* After a site changed hands (the State knows already): its edges, and those of rotors that feel it. */
static void tell_site(Averaged *a, int64_t cell, int32_t site, int sign)
{
    const Network *n = a->net;
    const Wires *sr = &a->wiring->site_rotors;
    for (int32_t i = sr->first[site]; i < sr->first[site + 1]; i++) {
        const Wire *w = &sr->wire[i];
        int64_t rotor = state_cell(a->state, cell, w->step) * n->nrotor + w->other;
        for (int v = 0; v < n->rotor_classes[n->rotor_class[w->other]].nwell; v++)
            a->field[rotor * a->wiring->wells + v] += sign * w->table[v];
        a->chain[rotor] = NULL;
    }
}

static Err refresh_around(Averaged *a, int64_t cell, int32_t site)
{
    const Wires *se = &a->wiring->site_edges, *sr = &a->wiring->site_rotors;
    for (int32_t i = se->first[site]; i < se->first[site + 1]; i++)
        TRY(refresh(a, state_cell(a->state, cell, se->wire[i].step), se->wire[i].other));
    for (int32_t i = sr->first[site]; i < sr->first[site + 1]; i++) {
        int64_t there = state_cell(a->state, cell, sr->wire[i].step);
        int32_t m = sr->wire[i].other;
        for (int32_t k = a->heard[m]; k < a->heard[m + 1]; k++)
            TRY(refresh(a, state_cell(a->state, there, a->heard_step[k]), a->heard_edge[k]));
    }
    return OK;
}

static Err make_hop(Averaged *a, const KmcClock *clock, int64_t cell, int32_t e)
{
    const NetworkEdge *edge = &a->net->edge[e];
    int64_t far = state_cell(a->state, cell, edge->step);
    int direction = state_move(a->state, cell, e);
    tell_site(a, cell, edge->a, -direction);
    tell_site(a, far, edge->b, direction);
    TRY(refresh_around(a, cell, edge->a));
    TRY(refresh_around(a, far, edge->b));
    if (a->o.watch != NULL)
        a->o.watch(
            a->o.data,
            &(KmcEvent){
                .time = clock->time, .cell = cell, .edge = e, .direction = direction, .rotor = -1});
    return OK;
}

Err averaged_run(Averaged *a, KmcClock *clock, double until, int64_t most, int64_t *hops)
{
    for (*hops = 0; *hops < most; ++*hops) {
        double total = classes_total(&a->classes);
        uint32_t r[4];
        int class;
        if (!(total > 0.0)) {
            clock->time = until;
            break;
        }
        rng_words(clock->seed, RNG_KMC, clock->step++, clock->id, r);
        double wait = -log(((double)r[2] + 0.5) * 0x1p-32) / total;
        if (clock->time + wait > until) {
            clock->time = until;
            break;
        }
        clock->time += wait;
        int32_t event = classes_pick(&a->classes, total, rates_uniform(r[0], r[1]), &class);
        TRY(make_hop(a, clock, event / a->net->nedge, (int32_t)(event % a->net->nedge)));
    }
    return OK;
}

double averaged_worst(const Averaged *a)
{
    return a->worst;
}
