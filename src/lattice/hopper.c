#include "lattice/hopper.h"

#include "base/mem.h"
#include "base/units.h"
#include "lattice/averaged.h"
#include "lattice/bridge.h"
#include "lattice/chain.h"
#include "lattice/gate_average.h"
#include "lattice/rates.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SLICE = 65536 };

struct Hopper {
    HopperEngine engine;
    Bridge *bridge;
    Kmc *kmc;
    Averaged *averaged;
    KmcWatch *watch;
    void *data;
    int64_t hops, events;
};

static void count_hops(void *data, const KmcEvent *event)
{
    Hopper *h = data;
    h->events++;
    h->hops += event->edge >= 0;
    if (h->watch != NULL)
        h->watch(h->data, event);
}

Err hopper_draw_rotors(State *s, const Wiring *wiring, const KmcOptions *o, KmcClock *clock)
{
    const Network *n = s->net;
    Chains chains;
    Err e = OK;
    if (n->nrotor_rotor > 0)
        return OK;
    chains_init(&chains, wiring, o->temperature, o->rotor_speed);
    for (int64_t m = 0; m < s->ncell * n->nrotor && e == OK; m++) {
        int32_t field[NETWORK_WELLS];
        const Chain *chain;
        wiring_field(wiring, s, m, field);
        e = chains_find(&chains, n->rotor_class[m % n->nrotor], field, &chain);
        if (e == OK)
            s->well[m] = (uint8_t)chain_draw_equilibrium(chain, kmc_draw(clock));
    }
    chains_clear(&chains);
    return e;
}

Err hopper_new(State *s, const Wiring *wiring, HopperEngine engine, const KmcOptions *o,
               double tolerance, KmcClock *clock, Hopper **out)
{
    *out = NULL;
    Hopper *h = MEM_NEW(Hopper, 1);
    *h = (Hopper){.engine = engine, .watch = o->watch, .data = o->data};
    KmcOptions mine = *o;
    mine.watch = count_hops;
    mine.data = h;
    Err e = OK;
    if (engine == HOPPER_BRIDGE) {
        e = bridge_new(s, wiring, &mine, false, &h->bridge);
        if (e == OK)
            e = bridge_equilibrate(h->bridge, clock);
    } else if (engine == HOPPER_DIRECT) {
        e = hopper_draw_rotors(s, wiring, o, clock);
        if (e == OK)
            e = kmc_new(s, wiring, &mine, NULL, &h->kmc);
    } else {
        e = averaged_new(s, wiring, &mine, tolerance, &h->averaged);
    }
    if (e != OK) {
        hopper_free(h);
        return e;
    }
    *out = h;
    return OK;
}

void hopper_free(Hopper *h)
{
    if (h == NULL)
        return;
    bridge_free(h->bridge);
    kmc_free(h->kmc);
    averaged_free(h->averaged);
    free(h);
}

static Err run_direct(Hopper *h, KmcClock *clock, double until, int64_t most, int64_t *hops)
{
    int64_t before = h->hops, turns = 0,
            limit = most < INT64_MAX / HOPPER_TURNS ? most * HOPPER_TURNS : INT64_MAX;
    while (clock->time < until && h->hops - before < most) {
        int64_t left = most - (h->hops - before);
        turns += kmc_run(h->kmc, clock, until, left < SLICE ? left : SLICE);
        if (turns - (h->hops - before) > limit)
            return err_set(ERR_INPUT,
                           "%lld turns for %lld hops: rotors are too fast to follow; take engine "
                           "bridge",
                           (long long)turns, (long long)(h->hops - before));
    }
    *hops = h->hops - before;
    return OK;
}

/* It counts candidates. */
static Err run_bridge(Hopper *h, KmcClock *clock, double until, int64_t most, int64_t *hops)
{
    int64_t before = h->hops, made, tried = bridge_candidates(h->bridge);
    do {
        int64_t left = most - (h->hops - before);
        TRY(bridge_run(h->bridge, clock, until, left < SLICE ? left : SLICE, &made));
        if ((bridge_candidates(h->bridge) - tried) / HOPPER_TRIES > most)
            return err_set(ERR_INPUT,
                           "%lld hops in %lld candidates: gates are almost never open, or closed "
                           "for ever",
                           (long long)(h->hops - before),
                           (long long)(bridge_candidates(h->bridge) - tried));
    } while (clock->time < until && h->hops - before < most);
    *hops = h->hops - before;
    return OK;
}

Err hopper_run(Hopper *h, KmcClock *clock, double until, int64_t most, int64_t *hops)
{
    if (h->engine == HOPPER_DIRECT)
        return run_direct(h, clock, until, most, hops);
    if (h->engine == HOPPER_AVERAGE)
        return averaged_run(h->averaged, clock, until, most, hops);
    return run_bridge(h, clock, until, most, hops);
}

int64_t hopper_events(const Hopper *h)
{
    return h->engine == HOPPER_BRIDGE ? bridge_candidates(h->bridge) : h->events;
}

double hopper_worst(const Hopper *h)
{
    return h->engine == HOPPER_AVERAGE ? averaged_worst(h->averaged) : 0.0;
}

/* ---- clocks ---------------------------------------------------------------------------------- */

/* Mean rate of all turns of a rotor in its equilibrium with the Mg as they are. */
static double turn_rate(const State *s, const Wiring *wiring, const KmcOptions *o, int64_t place)
{
    const Network *n = s->net;
    int32_t m = (int32_t)(place % n->nrotor), field[NETWORK_WELLS], low = INT32_MAX;
    const NetworkRotorClass *class = &n->rotor_classes[n->rotor_class[m]];
    double beta = 1e-6 / (UNITS_KB * o->temperature), z = 0.0, sum = 0.0;
    wiring_field(wiring, s, place, field);
    for (int w = 0; w < class->nwell; w++)
        low = field[w] < low ? field[w] : low;
    for (int w = 0; w < class->nwell; w++) {
        double weight = exp(-beta * ((double)field[w] - low));
        const Ways *ways = wiring_ways(wiring, n->rotor_class[m], w);
        z += weight;
        for (int g = 0; g < ways->n; g++)
            sum += weight * ways->group[g].attempt *
                   exp(-0.5 * beta *
                       (double)rates_activation(ways->group[g].barrier,
                                                (int64_t)field[ways->group[g].to] - field[w]));
    }
    return o->rotor_speed * sum / z;
}

static Err look_at_edges(const State *s, Chains *chains, const Voices *voices, int64_t most,
                         HopperClocks *out)
{
    const Network *n = s->net;
    for (int64_t cell = 0; cell < s->ncell && out->edges < most; cell++)
        for (int32_t e = 0; e < n->nedge && out->edges < most; e++) {
            GateAverage g, back;
            int64_t far = state_cell(s, cell, n->edge[e].step);
            if (s->occ[cell * n->nsite + n->edge[e].a] == s->occ[far * n->nsite + n->edge[e].b] ||
                voices->first[e] == voices->first[e + 1])
                continue;
            TRY(gate_average(chains, voices, s, cell, e, &g));
            TRY(gate_average_back(chains, voices, s, cell, e, &back));
            out->indicator = fmax(out->indicator, fmax(g.indicator, back.indicator));
            out->locked += log(g.mean / g.locked);
            out->edges++;
        }
    return OK;
}

Err hopper_clocks(const State *s, const Wiring *wiring, const KmcOptions *o, int64_t most,
                  HopperClocks *out)
{
    *out = (HopperClocks){0};
    const Network *n = s->net;
    Chains chains;
    Voices voices;
    int64_t rotors = s->ncell * n->nrotor, some = rotors < most ? rotors : most;
    if (n->nrotor_rotor > 0) {
        *out = (HopperClocks){NAN, NAN, NAN, 0};
        return OK;
    }
    for (int64_t i = 0; i < some; i++)
        out->turns += turn_rate(s, wiring, o, i * rotors / some) / (double)some;
    chains_init(&chains, wiring, o->temperature, o->rotor_speed);
    Err e = voices_init(&voices, wiring);
    if (e == OK)
        e = look_at_edges(s, &chains, &voices, most, out);
    if (e == ERR_INPUT) /* too many wells to enumerate: exact engines do not need it */
        *out = (HopperClocks){out->turns, NAN, NAN, 0};
    if (out->edges > 0)
        out->locked /= (double)out->edges;
    voices_clear(&voices);
    chains_clear(&chains);
    return e == ERR_INPUT ? OK : e;
}
