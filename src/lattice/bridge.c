#include "lattice/bridge.h"

#include "base/mem.h"
#include "base/units.h"
#include "lattice/chain.h"
#include "lattice/classes.h"
#include "lattice/rates.h"
#include "lattice/voices.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The best that could be: least barrier, least energy of a hop from a to b and back [micro-eV]. */
typedef struct Bound {
    int64_t barrier, forth, back;
} Bound;

struct Bridge {
    State *state;
    const Wiring *wiring;
    const Network *net;
    KmcOptions o;
    bool frozen;
    Chains chains;
    double *seen;        /* [rotors] s, when its well was drawn last */
    int32_t *field;      /* [rotors][wells] micro-eV */
    const Chain **chain; /* [rotors] of the present field; NULL: not looked up */
    Voices voices;
    Bound *voice_bound;    /* [voices] what a rotor adds to an edge, at its best */
    Bound *bound;          /* [edges of the unit] with all rotors at their best */
    Classes classes;       /* of candidates: one for each edge with one end taken */
    int32_t *edge_attempt; /* [edge class] */
    int64_t candidates;
};

/* ---- candidates ------------------------------------------------------------------------------ */

/* What Coulomb forces add to the energy of a hop. */
static int64_t coulomb(const Bridge *b, int64_t cell, const NetworkEdge *e, bool forth)
{
    if (b->o.defects == NULL)
        return 0;
    int64_t i = cell * b->net->nsite + e->a,
            j = state_cell(b->state, cell, e->step) * b->net->nsite + e->b;
    return forth ? defects_hop_energy(b->o.defects, i, j) : defects_hop_energy(b->o.defects, j, i);
}

static Bound bound_voice(const Voice *v, int wells)
{
    Bound least = {INT64_MAX, INT64_MAX, INT64_MAX};
    for (int w = 0; w < wells; w++) {
        int64_t gate = v->gate ? v->gate[w] : 0;
        int64_t dh = (int64_t)(v->b ? v->b[w] : 0) - (v->a ? v->a[w] : 0);
        least.barrier = gate < least.barrier ? gate : least.barrier;
        least.forth = dh < least.forth ? dh : least.forth;
        least.back = -dh < least.back ? -dh : least.back;
    }
    return least;
}

static void find_bounds(Bridge *b)
{
    const Network *n = b->net;
    b->bound = MEM_NEW(Bound, n->nedge);
    b->voice_bound = MEM_NEW(Bound, b->voices.first[n->nedge]);
    for (int32_t e = 0; e < n->nedge; e++) {
        const NetworkEdge *edge = &n->edge[e];
        int64_t dh = (int64_t)n->site_classes[n->site_class[edge->b]].energy -
                     n->site_classes[n->site_class[edge->a]].energy;
        Bound sum = {n->edge_classes[edge->class].barrier, dh, -dh};
        for (int32_t i = b->voices.first[e]; i < b->voices.first[e + 1]; i++) {
            const Voice *v = &b->voices.voice[i];
            Bound one = bound_voice(v, n->rotor_classes[n->rotor_class[v->rotor]].nwell);
            b->voice_bound[i] = one;
            sum.barrier += one.barrier;
            sum.forth += one.forth;
            sum.back += one.back;
        }
        b->bound[e] = sum;
    }
}

/* Activation at the best that the rotors could do: not more than any that they do. */
static int64_t least_activation(const Bridge *b, int64_t cell, int32_t e, bool forth)
{
    const Bound *bound = &b->bound[e];
    return rates_activation(bound->barrier, (forth ? bound->forth : bound->back) +
                                                coulomb(b, cell, &b->net->edge[e], forth));
}

static void refresh(Bridge *b, int64_t cell, int32_t e)
{
    const NetworkEdge *edge = &b->net->edge[e];
    const State *s = b->state;
    int64_t i = cell * b->net->nsite + edge->a,
            j = state_cell(s, cell, edge->step) * b->net->nsite + edge->b;
    int32_t event = (int32_t)(cell * b->net->nedge + e);
    if (s->occ[i] == s->occ[j])
        classes_drop(&b->classes, event);
    else
        classes_put(&b->classes, event, b->edge_attempt[edge->class],
                    least_activation(b, cell, e, s->occ[i]));
}

static void refresh_around(Bridge *b, int64_t cell, int32_t site)
{
    const Wires *wires = &b->wiring->site_edges;
    for (int32_t i = wires->first[site]; i < wires->first[site + 1]; i++)
        refresh(b, state_cell(b->state, cell, wires->wire[i].step), wires->wire[i].other);
}

static void refresh_all(Bridge *b)
{
    for (int64_t cell = 0; cell < b->state->ncell; cell++)
        for (int32_t e = 0; e < b->net->nedge; e++)
            refresh(b, cell, e);
}

/* ---- life ------------------------------------------------------------------------------------ */

static void load_fields(Bridge *b)
{
    for (int64_t place = 0; place < b->state->ncell * b->net->nrotor; place++)
        wiring_field(b->wiring, b->state, place, b->field + place * b->wiring->wells);
}

Err bridge_new(State *s, const Wiring *wiring, const KmcOptions *o, bool frozen, Bridge **out)
{
    *out = NULL;
    const Network *n = s->net;
    if (n->nrotor_rotor > 0)
        return err_set(ERR_INPUT,
                       "rotors that feel each other (%d rotor-rotor terms) have no chain "
                       "of their own: use direct kinetic Monte Carlo",
                       n->nrotor_rotor);
    if (!(o->temperature > 0.0) || !(o->rotor_speed >= 0.0))
        return err_set(ERR_INPUT, "temperature %g K, rotor speed %g: must be positive",
                       o->temperature, o->rotor_speed);
    Bridge *b = MEM_NEW(Bridge, 1);
    *b = (Bridge){.state = s, .wiring = wiring, .net = n, .o = *o, .frozen = frozen};
    int64_t rotors = s->ncell * n->nrotor, edges = s->ncell * n->nedge;
    chains_init(&b->chains, wiring, o->temperature, o->rotor_speed);
    b->seen = MEM_NEW(double, rotors);
    b->field = MEM_NEW(int32_t, rotors * wiring->wells);
    b->chain = MEM_NEW(const Chain *, rotors);
    classes_init(&b->classes, o->temperature, o->defects != NULL ? KMC_COULOMB_BIN : 0.0, edges);
    b->edge_attempt = MEM_NEW(int32_t, n->nedge_class);
    for (int c = 0; c < n->nedge_class; c++)
        b->edge_attempt[c] = classes_attempt(&b->classes, n->edge_classes[c].attempt);
    Err e = voices_init(&b->voices, wiring);
    if (e != OK) {
        bridge_free(b);
        return e;
    }
    find_bounds(b);
    load_fields(b);
    refresh_all(b);
    *out = b;
    return OK;
}

void bridge_free(Bridge *b)
{
    if (b == NULL)
        return;
    chains_clear(&b->chains);
    classes_clear(&b->classes);
    free(b->seen);
    free(b->field);
    free(b->chain);
    voices_clear(&b->voices);
    free(b->bound);
    free(b->voice_bound);
    free(b->edge_attempt);
    free(b);
}

/* ---- running --------------------------------------------------------------------------------- */

static Err find_chain(Bridge *b, int64_t rotor, const Chain **chain)
{
    if (b->chain[rotor] == NULL)
        TRY(chains_find(&b->chains, b->net->rotor_class[rotor % b->net->nrotor],
                        b->field + rotor * b->wiring->wells, &b->chain[rotor]));
    *chain = b->chain[rotor];
    return OK;
}

/* Well of a rotor now. */
static Err look(Bridge *b, KmcClock *clock, int64_t rotor, int *well)
{
    double waited = clock->time - b->seen[rotor];
    if (!b->frozen && waited > 0.0) {
        const Chain *chain;
        TRY(find_chain(b, rotor, &chain));
        if (chain->n > 1)
            b->state->well[rotor] =
                (uint8_t)chain_draw(chain, b->state->well[rotor], waited, kmc_draw(clock));
        b->seen[rotor] = clock->time;
    }
    *well = b->state->well[rotor];
    return OK;
}

Err bridge_equilibrate(Bridge *b, KmcClock *clock)
{
    for (int64_t m = 0; m < b->state->ncell * b->net->nrotor; m++) {
        const Chain *chain;
        TRY(find_chain(b, m, &chain));
        b->state->well[m] = (uint8_t)chain_draw_equilibrium(chain, kmc_draw(clock));
        b->seen[m] = clock->time;
    }
    return OK;
}

Err bridge_settle(Bridge *b, KmcClock *clock)
{
    int well;
    for (int64_t m = 0; m < b->state->ncell * b->net->nrotor; m++)
        TRY(look(b, clock, m, &well));
    return OK;
}

/* Rotors that feel a site are looked at under the old energies, then get the new ones. */
static Err change_site(Bridge *b, KmcClock *clock, int64_t cell, int32_t site, int sign)
{
    const Wires *sr = &b->wiring->site_rotors;
    for (int32_t i = sr->first[site]; i < sr->first[site + 1]; i++) {
        const Wire *w = &sr->wire[i];
        int64_t rotor = state_cell(b->state, cell, w->step) * b->net->nrotor + w->other;
        int well, wells = b->net->rotor_classes[b->net->rotor_class[w->other]].nwell;
        TRY(look(b, clock, rotor, &well));
        for (int v = 0; v < wells; v++)
            b->field[rotor * b->wiring->wells + v] += sign * w->table[v];
        b->chain[rotor] = NULL;
    }
    return OK;
}

static Err make_hop(Bridge *b, KmcClock *clock, int64_t cell, int32_t e)
{
    const NetworkEdge *edge = &b->net->edge[e];
    State *s = b->state;
    int64_t far = state_cell(s, cell, edge->step);
    int direction = s->occ[cell * b->net->nsite + edge->a] ? 1 : -1;
    TRY(change_site(b, clock, cell, edge->a, -direction));
    TRY(change_site(b, clock, far, edge->b, direction));
    state_move(s, cell, e);
    int64_t at_a = cell * b->net->nsite + edge->a, at_b = far * b->net->nsite + edge->b;
    if (b->o.defects != NULL) {
        defects_hop(b->o.defects, direction > 0 ? at_a : at_b, direction > 0 ? at_b : at_a);
        refresh_all(b);
    } else {
        refresh_around(b, cell, edge->a);
        refresh_around(b, far, edge->b);
    }
    if (b->o.watch != NULL)
        b->o.watch(
            b->o.data,
            &(KmcEvent){
                .time = clock->time, .cell = cell, .edge = e, .direction = direction, .rotor = -1});
    return OK;
}

/* Does the hop happen, that is, is its activation below `limit` with the rotors as they are now? Rotors are looked at one by one,
 * until what is left to see could not change the answer: those stay unseen. */
static Err accept(Bridge *b, KmcClock *clock, int64_t cell, int32_t e, double limit, bool *out)
{
    const Network *n = b->net;
    bool forth = b->state->occ[cell * n->nsite + n->edge[e].a];
    int64_t barrier = b->bound[e].barrier, dh = forth ? b->bound[e].forth : b->bound[e].back;
    dh += coulomb(b, cell, &n->edge[e], forth);
    for (int32_t i = b->voices.first[e]; i < b->voices.first[e + 1]; i++) {
        const Voice *v = &b->voices.voice[i];
        const Bound *best = &b->voice_bound[i];
        int well;
        if (!((double)rates_activation(barrier, dh) < limit))
            break;
        TRY(look(b, clock, state_cell(b->state, cell, v->step) * n->nrotor + v->rotor, &well));
        int64_t change = (int64_t)(v->b ? v->b[well] : 0) - (v->a ? v->a[well] : 0);
        barrier += (v->gate ? v->gate[well] : 0) - best->barrier;
        dh += forth ? change - best->forth : -change - best->back;
    }
    *out = (double)rates_activation(barrier, dh) < limit;
    return OK;
}

Err bridge_run(Bridge *b, KmcClock *clock, double until, int64_t most, int64_t *hops)
{
    *hops = 0;
    for (int64_t tried = 0; tried < most; tried++) {
        double total = classes_total(&b->classes);
        uint32_t r[4];
        int class;
        if (!(total > 0.0)) {
            clock->time = until;
            return OK;
        }
        rng_words(clock->seed, RNG_KMC, clock->step++, clock->id, r);
        double wait = -log(((double)r[2] + 0.5) * 0x1p-32) / total;
        if (clock->time + wait > until) {
            clock->time = until;
            return OK;
        }
        clock->time += wait;
        b->candidates++;
        int32_t event = classes_pick(&b->classes, total, rates_uniform(r[0], r[1]), &class);
        int64_t cell = event / b->net->nedge;
        int32_t e = event % b->net->nedge;
        /* u < k/k^max */
        double limit = (double)b->classes.class[class].activation -
                       log(((double)r[3] + 0.5) * 0x1p-32) / b->classes.beta;
        bool hop;
        TRY(accept(b, clock, cell, e, limit, &hop));
        if (hop) {
            TRY(make_hop(b, clock, cell, e));
            ++*hops;
        }
    }
    return OK;
}

int64_t bridge_candidates(const Bridge *b)
{
    return b->candidates;
}

double bridge_bound(Bridge *b)
{
    return classes_total(&b->classes);
}
