#include "lattice/oracle.h"

#include "base/mem.h"
#include "base/units.h"
#include "lattice/master.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Search {
    Oracle *o;
    State now; /* a copy to work on */
    double temperature;
    int32_t most, room, edge_room;
    int32_t *slot; /* hash table: index + 1 */
    uint32_t slots;
} Search;

/* Sites or rotors may be none, and then no array. */
static void copy(uint8_t *to, const uint8_t *from, size_t n)
{
    if (n > 0)
        memcpy(to, from, n);
}

static uint32_t scatter(const uint8_t *bytes, int32_t n)
{
    uint64_t h = 1469598103934665603ULL;
    for (int32_t i = 0; i < n; i++)
        h = (h ^ bytes[i]) * 1099511628211ULL;
    return (uint32_t)(h ^ h >> 32);
}

static void load(Search *s, int32_t index)
{
    const uint8_t *bytes = s->o->state + (int64_t)index * s->o->bytes;
    int64_t nocc = s->now.ncell * s->now.net->nsite;
    copy(s->now.occ, bytes, (size_t)nocc);
    copy(s->now.well, bytes + nocc, (size_t)(s->o->bytes - nocc));
}

/* Index of the state at hand, new ones are added; -1: too many. */
static int32_t find(Search *s)
{
    Oracle *o = s->o;
    int64_t nocc = s->now.ncell * s->now.net->nsite;
    uint8_t *bytes = MEM_NEW(uint8_t, o->bytes);
    copy(bytes, s->now.occ, (size_t)nocc);
    copy(bytes + nocc, s->now.well, (size_t)(o->bytes - nocc));
    uint32_t at = scatter(bytes, o->bytes) & (s->slots - 1);
    int32_t index = -1;
    for (; s->slot[at] != 0; at = (at + 1) & (s->slots - 1))
        if (memcmp(o->state + (int64_t)(s->slot[at] - 1) * o->bytes, bytes, (size_t)o->bytes) ==
            0) {
            index = s->slot[at] - 1;
            break;
        }
    if (index < 0 && o->graph.n < s->most) {
        index = o->graph.n++;
        memcpy(o->state + (int64_t)index * o->bytes, bytes, (size_t)o->bytes);
        o->graph.energy[index] = 1e-6 * (double)state_energy(&s->now);
        s->slot[at] = index + 1;
    }
    free(bytes);
    return index;
}

static void add_edge(Search *s, int32_t a, int32_t b, double barrier, double attempt,
                     const double d[3])
{
    Sites *g = &s->o->graph;
    if (g->nedge == s->edge_room) {
        int32_t room = s->edge_room == 0 ? 256 : 2 * s->edge_room;
        g->edge = mem_resize(g->edge, (size_t)s->edge_room, (size_t)room, sizeof *g->edge);
        g->saddle = mem_resize(g->saddle, (size_t)s->edge_room, (size_t)room, sizeof *g->saddle);
        s->edge_room = room;
    }
    double x = g->energy[a], y = g->energy[b];
    g->saddle[g->nedge] = 0.5 * (x + y) + fmax(barrier, 0.5 * fabs(y - x)) -
                          UNITS_KB * s->temperature * log(attempt / s->o->attempt);
    g->edge[g->nedge++] = (SiteEdge){.a = a, .b = b, .d = {d[0], d[1], d[2]}};
}

static bool hop_states(Search *s, int32_t index, int64_t cell, int32_t e)
{
    const Network *n = s->now.net;
    const NetworkEdge *edge = &n->edge[e];
    int64_t a = cell * n->nsite + edge->a,
            b = state_cell(&s->now, cell, edge->step) * n->nsite + edge->b;
    if (s->now.occ[a] == s->now.occ[b])
        return true;
    double barrier = n->edge_classes[edge->class].barrier, d[3];
    for (int32_t i = 0; i < n->ngate; i++)
        if (n->gate[i].a == e) {
            int64_t m = state_cell(&s->now, cell, n->gate[i].step) * n->nrotor + n->gate[i].rotor;
            barrier += n->couplings[n->gate[i].coupling].table[s->now.well[m]];
        }
    bool forth = s->now.occ[a];
    s->now.occ[a] = !forth;
    s->now.occ[b] = forth;
    int32_t other = find(s);
    s->now.occ[a] = forth;
    s->now.occ[b] = !forth;
    network_displacement(n, edge, d);
    if (other >= 0 && forth) /* each undirected transition once */
        add_edge(s, index, other, 1e-6 * fmax(0.0, barrier), n->edge_classes[edge->class].attempt,
                 d);
    return other >= 0;
}

static bool turn_states(Search *s, int32_t index, int64_t rotor)
{
    const Network *n = s->now.net;
    const NetworkRotorClass *c = &n->rotor_classes[n->rotor_class[rotor % n->nrotor]];
    uint8_t well = s->now.well[rotor];
    const double none[3] = {0};
    bool fits = true;
    for (int t = 0; t < c->nturn; t++) {
        const NetworkTurn *turn = &c->turn[t];
        if (turn->from == turn->to || (turn->from != well && turn->to != well))
            continue;
        bool forth = turn->from == well;
        s->now.well[rotor] = (uint8_t)(forth ? turn->to : turn->from);
        int32_t other = find(s);
        s->now.well[rotor] = well;
        if (other >= 0 && forth)
            add_edge(s, index, other, 1e-6 * turn->barrier, turn->attempt, none);
        fits = fits && other >= 0;
    }
    return fits;
}

static void weigh(Oracle *o, double temperature)
{
    double low = INFINITY, z = 0.0;
    for (int32_t i = 0; i < o->graph.n; i++)
        low = fmin(low, o->graph.energy[i]);
    for (int32_t i = 0; i < o->graph.n; i++) {
        o->graph.energy[i] -= low; /* master.h takes exp(-E/kT) */
        o->weight[i] = exp(-o->graph.energy[i] / (UNITS_KB * temperature));
        z += o->weight[i];
    }
    for (int32_t i = 0; i < o->graph.n; i++)
        o->weight[i] /= z;
    for (int64_t e = 0; e < o->graph.nedge; e++)
        o->graph.saddle[e] -= low;
}

Err oracle_init(Oracle *o, const State *from, double temperature, int32_t most)
{
    *o = (Oracle){.attempt = 1e12, .nion = (int32_t)from->nion};
    int64_t nocc = from->ncell * from->net->nsite, nwell = from->ncell * from->net->nrotor;
    o->bytes = (int32_t)(nocc + nwell);
    o->graph.cell = from->net->cell;
    o->graph.energy = MEM_NEW(double, most);
    o->weight = MEM_NEW(double, most);
    o->state = MEM_NEW(uint8_t, (int64_t)most * o->bytes);
    Search s = {.o = o, .now = *from, .temperature = temperature, .most = most, .slots = 1024};
    while (s.slots < 4 * (uint32_t)most)
        s.slots *= 2;
    s.slot = MEM_NEW(int32_t, s.slots);
    s.now.occ = MEM_NEW(uint8_t, nocc);
    s.now.well = MEM_NEW(uint8_t, nwell);
    copy(s.now.occ, from->occ, (size_t)nocc);
    copy(s.now.well, from->well, (size_t)nwell);
    bool fits = find(&s) == 0;
    for (int32_t index = 0; fits && index < o->graph.n; index++) {
        for (int64_t place = 0; fits && place < from->ncell * from->net->nedge; place++) {
            load(&s, index);
            fits = hop_states(&s, index, place / from->net->nedge,
                              (int32_t)(place % from->net->nedge));
        }
        for (int64_t rotor = 0; fits && rotor < nwell; rotor++) {
            load(&s, index);
            fits = turn_states(&s, index, rotor);
        }
    }
    free(s.slot);
    free(s.now.occ);
    free(s.now.well);
    if (!fits)
        return err_set(ERR_INPUT, "the network has more than %d states", most);
    weigh(o, temperature);
    return OK;
}

void oracle_clear(Oracle *o)
{
    sites_clear(&o->graph);
    free(o->state);
    free(o->weight);
    *o = (Oracle){0};
}

Err oracle_charge_diffusion(const Oracle *o, double temperature, size_t n, const double omega[],
                            double _Complex d[])
{
    Err e = master_diffusion(&o->graph, o->attempt, temperature, n, omega, d);
    for (size_t i = 0; i < n && e == OK; i++)
        d[i] /= o->nion;
    return e;
}
