#include "lattice/kmc_inside.h"

#include "base/mem.h"
#include "lattice/rates.h"
#include "lattice/turns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { AHEAD = 16 };

/* Share of attempts that must happen for null events to be the faster way. */
static const double WORTH_WHILE = 0.1;

/* ---- places ---------------------------------------------------------------------------------- */

/* Is it in the box itself, where events happen? */
static inline bool inside(const Kmc *k, const int c[3])
{
    if (k->whole)
        return true;
    for (int a = 0; a < 3; a++)
        if ((unsigned)(c[a] - k->margin) >= (unsigned)k->size[a])
            return false;
    return true;
}

static void global_coordinates(const Kmc *k, const int c[3], int g[3])
{
    for (int a = 0; a < 3; a++) {
        g[a] = k->origin[a] + c[a];
        while (g[a] < 0)
            g[a] += k->state->k[a];
        while (g[a] >= k->state->k[a])
            g[a] -= k->state->k[a];
    }
}

int64_t kmc_global_cell(const Kmc *k, const int c[3])
{
    int g[3];
    global_coordinates(k, c, g);
    return ((int64_t)g[0] * k->state->k[1] + g[1]) * k->state->k[2] + g[2];
}

/* ---- events ---------------------------------------------------------------------------------- */

/* Event of a rotor's first way out. */
static inline int32_t rotor_event(const Kmc *k, int64_t place)
{
    return (int32_t)(place * k->stride) + k->energies;
}

/* Energies of a rotor have changed, not its well. */
static inline void refresh_rotor(Kmc *k, int64_t place, int32_t rotor)
{
    int well = k->well[place], at = kmc_exits(k, rotor, k->well[place]);
    const Exit *exit = k->exit + at * k->wiring->groups;
    const int32_t *field = kmc_field(k, place);
    int32_t event = rotor_event(k, place);
    for (int g = 0; g < k->exits[at]; g++)
        classes_put(&k->classes, event + g, exit[g].attempt,
                    kmc_exit_activation(field, well, &exit[g]));
}

/* It is in another well, which may have fewer ways out. */
static void refresh_turned(Kmc *k, int64_t place, int32_t rotor)
{
    refresh_rotor(k, place, rotor);
    for (int g = k->exits[kmc_exits(k, rotor, k->well[place])]; g < k->wiring->groups; g++)
        classes_drop(&k->classes, rotor_event(k, place) + g);
}

/* Where the edge's site b is, as a place in the extent; it is always there for edges of the box. */
static int64_t far_site(const Kmc *k, const int c[3], const NetworkEdge *e)
{
    int n[3];
    return kmc_neighbour(k, c, e->step, n) * k->net->nsite + e->b;
}

static int64_t edge_activation(const Kmc *k, int64_t cell, int32_t edge, int64_t a, int64_t b)
{
    const NetworkEdge *e = &k->net->edge[edge];
    int64_t dh = (int64_t)k->site[b] - k->site[a];
    if (k->o.defects != NULL) /* the whole lattice: places are global */
        dh += k->occ[a] ? defects_hop_energy(k->o.defects, a, b)
                        : -defects_hop_energy(k->o.defects, b, a);
    int64_t barrier =
        (int64_t)k->net->edge_classes[e->class].barrier + k->gate[cell * k->net->nedge + edge];
    return rates_activation(barrier, k->occ[a] ? dh : -dh);
}

static void refresh_edge(Kmc *k, int64_t cell, const int c[3], int32_t edge)
{
    const NetworkEdge *e = &k->net->edge[edge];
    int64_t a = cell * k->net->nsite + e->a, b = far_site(k, c, e);
    int32_t event = (int32_t)(k->first_edge + cell * k->net->nedge + edge);
    if (k->occ[a] == k->occ[b])
        classes_drop(&k->classes, event);
    else
        classes_put(&k->classes, event, k->edge_attempt[e->class],
                    edge_activation(k, cell, edge, a, b));
}

static void refresh_site_edges(Kmc *k, const int c[3], int32_t site)
{
    const Wires *wires = &k->wiring->site_edges;
    for (int32_t i = wires->first[site]; i < wires->first[site + 1]; i++) {
        const Wire *w = &wires->wire[i];
        int at[3];
        int64_t cell = kmc_neighbour(k, c, w->step, at);
        if (cell >= 0 && inside(k, at))
            refresh_edge(k, cell, at, w->other);
    }
}

/* Rotors at the other ends of wires first .. first + count: their energies and events. In a large lattice memory is what
 * takes the time, so it is asked for beforehand. */
static void tell_rotors(Kmc *k, int64_t home, const int c[3], int32_t first, int32_t count,
                        int from, int to)
{
    const Wiring *w = k->wiring;
    const Pull *pull = k->pull + first;
    int64_t place[AHEAD];
    bool mine[AHEAD], simple = kmc_deep(k, c);
    for (int32_t i = 0; i < count; i++) {
        int at[3];
        mine[i] = true;
        place[i] = home + pull[i].away;
        if (!simple) {
            int64_t cell = kmc_neighbour(k, c, w->rotor_rotors.wire[first + i].step, at);
            mine[i] = cell >= 0 && inside(k, at);
            place[i] = cell < 0 ? -1 : cell * k->net->nrotor + pull[i].rotor;
            if (cell < 0)
                continue;
        }
        __builtin_prefetch(kmc_field(k, place[i]), 1);
        __builtin_prefetch(k->well + place[i]);
    }
    for (int32_t i = 0; i < count; i++)
        if (mine[i] && w->groups > 0)
            classes_prefetch(&k->classes, rotor_event(k, place[i]));
    for (int32_t i = 0; i < count; i++) {
        if (place[i] < 0)
            continue;
        int32_t *field = kmc_field(k, place[i]);
        const int32_t *change = pull[i].change + (from * w->wells + to) * 2 * k->energies;
        for (int v = 0; v < pull[i].wells; v++)
            field[v] += change[v];
        if (mine[i])
            refresh_rotor(k, place[i], pull[i].rotor);
    }
}

/* A rotor went from one well to another: everybody's energy. */
static void tell_rotor(Kmc *k, int64_t cell, const int c[3], int32_t rotor, int from, int to)
{
    const Wiring *w = k->wiring;
    const Network *n = k->net;
    int32_t first = w->rotor_rotors.first[rotor], count = w->rotor_rotors.first[rotor + 1] - first;
    for (int32_t begin = 0; begin < count; begin += AHEAD)
        tell_rotors(k, cell * n->nrotor, c, first + begin,
                    count - begin < AHEAD ? count - begin : AHEAD, from, to);
    if (n->nedge == 0)
        return;
    for (int32_t i = w->rotor_sites.first[rotor]; i < w->rotor_sites.first[rotor + 1]; i++) {
        const Wire *wire = &w->rotor_sites.wire[i];
        int at[3];
        int64_t there = kmc_neighbour(k, c, wire->step, at);
        if (there < 0)
            continue;
        k->site[there * n->nsite + wire->other] += wire->table[to] - wire->table[from];
        refresh_site_edges(k, at, wire->other);
    }
    for (int32_t i = w->rotor_gates.first[rotor]; i < w->rotor_gates.first[rotor + 1]; i++) {
        const Wire *wire = &w->rotor_gates.wire[i];
        int at[3];
        int64_t there = kmc_neighbour(k, c, wire->step, at);
        if (there < 0)
            continue;
        k->gate[there * n->nedge + wire->other] += wire->table[to] - wire->table[from];
        if (inside(k, at))
            refresh_edge(k, there, at, wire->other);
    }
}

/* A site was filled or left: rotors that feel it. */
static void tell_site(Kmc *k, const int c[3], int32_t site, int sign)
{
    const Wiring *w = k->wiring;
    const Network *n = k->net;
    for (int32_t i = w->site_rotors.first[site]; i < w->site_rotors.first[site + 1]; i++) {
        const Wire *wire = &w->site_rotors.wire[i];
        int at[3];
        int64_t cell = kmc_neighbour(k, c, wire->step, at), place = cell * n->nrotor + wire->other;
        if (cell < 0)
            continue;
        int32_t *field = kmc_field(k, place);
        int wells = n->rotor_classes[n->rotor_class[wire->other]].nwell;
        for (int v = 0; v < wells; v++)
            field[v] += sign * wire->table[v * wire->stride_theirs];
        if (inside(k, at))
            refresh_rotor(k, place, wire->other);
    }
    refresh_site_edges(k, c, site);
}

/* ---- beginning ------------------------------------------------------------------------------- */

/* Memory for energies and events, with turns in lists or without. */
static void lay_out(Kmc *k, bool null_events)
{
    const Network *n = k->net;
    k->null_events = null_events;
    k->stride = k->energies + (null_events ? 0 : k->wiring->groups);
    k->first_edge = k->ncell * n->nrotor * k->stride;
    CHECK(k->first_edge + k->ncell * n->nedge < INT32_MAX, "too many events for one box");
    classes_resize(&k->classes, k->first_edge + k->ncell * n->nedge);
}

Err kmc_new(State *s, const Wiring *wiring, const KmcOptions *o, const int size[3], Kmc **kmc)
{
    *kmc = NULL;
    if (!(o->temperature > 0.0) || !(o->rotor_speed >= 0.0))
        return err_set(ERR_INPUT, "temperature %g K, rotor speed %g: must be positive",
                       o->temperature, o->rotor_speed);
    if (o->defects != NULL && size != NULL)
        return err_set(ERR_INPUT, "Coulomb forces reach beyond every tile: take the whole lattice");
    Kmc *k = MEM_NEW(Kmc, 1);
    k->state = s;
    k->wiring = wiring;
    k->net = s->net;
    k->o = *o;
    k->whole = size == NULL;
    k->margin = k->whole ? 0 : wiring->reach;
    k->ncell = 1;
    for (int a = 0; a < 3; a++) {
        k->size[a] = k->whole ? s->k[a] : size[a];
        k->extent[a] = k->size[a] + 2 * k->margin;
        k->closed[a] = k->extent[a] == s->k[a];
        k->ncell *= k->extent[a];
        if (k->size[a] < 1 || k->extent[a] > s->k[a]) {
            Err e = err_set(ERR_INPUT,
                            "a tile of %d x %d x %d cells with %d around it does not fit into %d x "
                            "%d x %d",
                            size[0], size[1], size[2], k->margin, s->k[0], s->k[1], s->k[2]);
            free(k);
            return e;
        }
    }
    const Network *n = k->net;
    k->energies = (wiring->wells + 1) / 2;
    k->site = MEM_NEW(int32_t, n->nedge > 0 ? k->ncell * n->nsite : 0);
    k->gate = MEM_NEW(int32_t, k->ncell * n->nedge);
    double bin = o->defects != NULL && o->bin == 0.0 ? KMC_COULOMB_BIN : o->bin;
    classes_init(&k->classes, o->temperature, bin, 0);
    kmc_tables_make(k);
    kmc_null_make(k);
    lay_out(k, n->nedge == 0 && o->solver != KMC_LISTS);
    if (k->whole) {
        k->occ = s->occ;
        k->well = s->well;
        k->label = s->label;
        kmc_enter(k, (const int[3]){0, 0, 0});
    } else {
        k->occ = MEM_NEW(uint8_t, k->ncell * n->nsite);
        k->well = MEM_NEW(uint8_t, k->ncell * n->nrotor);
        k->label = MEM_NEW(uint8_t, k->ncell * n->nrotor);
    }
    *kmc = k;
    return OK;
}

void kmc_free(Kmc *k)
{
    if (k == NULL)
        return;
    if (!k->whole) {
        free(k->occ);
        free(k->well);
        free(k->label);
    }
    free(k->site);
    free(k->gate);
    kmc_tables_clear(k);
    kmc_null_clear(k);
    classes_clear(&k->classes);
    free(k);
}

/* Wells and labels of a box of the extent, and what stands on its sites: from the State, or (wells and labels) back. */
static void copy_box(Kmc *k, const int low[3], const int high[3], bool back)
{
    const size_t ns = (size_t)k->net->nsite, nr = (size_t)k->net->nrotor;
    State *s = k->state;
    for (int x = low[0]; x < high[0]; x++)
        for (int y = low[1]; y < high[1]; y++)
            for (int z = low[2], row; z < high[2]; z += row) { /* a row is whole in both */
                int g[3];
                global_coordinates(k, (const int[3]){x, y, z}, g);
                row = s->k[2] - g[2] < high[2] - z ? s->k[2] - g[2] : high[2] - z;
                size_t n = (size_t)row;
                int64_t here = ((int64_t)x * k->extent[1] + y) * k->extent[2] + z;
                int64_t there = ((int64_t)g[0] * s->k[1] + g[1]) * s->k[2] + g[2];
                uint8_t *well = k->well + here * (int64_t)nr,
                        *label = k->label + here * (int64_t)nr;
                uint8_t *well_s = s->well + there * (int64_t)nr,
                        *label_s = s->label + there * (int64_t)nr;
                if (nr > 0 && back) {
                    memcpy(well_s, well, n * nr);
                    memcpy(label_s, label, n * nr);
                } else if (nr > 0) {
                    memcpy(well, well_s, n * nr);
                    memcpy(label, label_s, n * nr);
                }
                if (ns > 0 && !back)
                    memcpy(k->occ + here * (int64_t)ns, s->occ + there * (int64_t)ns, n * ns);
            }
}

/* Energies of a rotor from the State, whatever lies around its cell. */
static void load_rotor(Kmc *k, int64_t cell, const int g[3], int32_t m)
{
    const Network *n = k->net;
    const Wiring *w = k->wiring;
    const State *s = k->state;
    int32_t *field = kmc_field(k, cell * n->nrotor + m);
    int64_t home = (((int64_t)g[0] * s->k[1] + g[1]) * s->k[2] + g[2]) * n->nrotor;
    int wells = n->rotor_classes[n->rotor_class[m]].nwell;
    bool simple = true;
    for (int a = 0; a < 3; a++)
        simple = simple && g[a] >= w->links && g[a] < s->k[a] - w->links;
    int32_t sum[NETWORK_WELLS + 1] = {0}, two[2] = {0};
    for (int32_t i = w->rotor_rotors.first[m]; i < w->rotor_rotors.first[m + 1]; i++) {
        const Wire *wire = &w->rotor_rotors.wire[i];
        int64_t other = simple ? home + k->pull[i].state_away
                               : state_neighbour(s, g, wire->step) * n->nrotor + wire->other;
        const int32_t *felt = k->pull[i].felt + s->well[other] * 2 * k->energies;
        two[0] += felt[0]; /* most have no more, and these stay in registers */
        two[1] += felt[1];
        for (int v = 2; v < wells; v++)
            sum[v] += felt[v];
    }
    memcpy(sum, two, sizeof two);
    for (int v = 0; v < wells; v++)
        field[v] = k->still[m * w->wells + v] + sum[v];
    for (int32_t i = w->rotor_sites.first[m]; i < w->rotor_sites.first[m + 1]; i++) {
        const Wire *wire = &w->rotor_sites.wire[i];
        if (s->occ[state_neighbour(s, g, wire->step) * n->nsite + wire->other])
            for (int v = 0; v < wells; v++)
                field[v] += wire->table[v];
    }
}

/* Energies of one cell of the extent. */
static void load_cell(Kmc *k, int64_t cell, const int g[3])
{
    const Network *n = k->net;
    const Wiring *w = k->wiring;
    const State *s = k->state;
    for (int32_t m = 0; m < n->nrotor; m++)
        load_rotor(k, cell, g, m);
    if (n->nedge == 0)
        return;
    for (int32_t i = 0; i < n->nsite; i++) {
        int32_t energy = n->site_classes[n->site_class[i]].energy;
        for (int32_t j = w->site_rotors.first[i]; j < w->site_rotors.first[i + 1]; j++) {
            const Wire *wire = &w->site_rotors.wire[j];
            energy +=
                wire->table[s->well[state_neighbour(s, g, wire->step) * n->nrotor + wire->other]];
        }
        k->site[cell * n->nsite + i] = energy;
    }
    memset(k->gate + cell * n->nedge, 0, (size_t)n->nedge * sizeof *k->gate);
    for (int32_t i = 0; i < n->ngate; i++) {
        const NetworkLink *l = &n->gate[i];
        int well = s->well[state_neighbour(s, g, l->step) * n->nrotor + l->rotor];
        k->gate[cell * n->nedge + l->a] += n->couplings[l->coupling].table[well];
    }
}

static void load(Kmc *k)
{
    for (int64_t cell = 0; cell < k->ncell; cell++) {
        int c[3], g[3];
        kmc_coordinates(k, cell, c);
        global_coordinates(k, c, g);
        load_cell(k, cell, g);
    }
}

/* All events into their lists. */
static void list(Kmc *k)
{
    const Network *n = k->net;
    for (int64_t cell = 0; cell < k->ncell; cell++) {
        int c[3];
        kmc_coordinates(k, cell, c);
        if (!inside(k, c))
            continue;
        for (int32_t m = 0; m < n->nrotor; m++)
            refresh_rotor(k, cell * n->nrotor + m, m);
        for (int32_t e = 0; e < n->nedge; e++)
            refresh_edge(k, cell, c, e);
    }
}

void kmc_enter(Kmc *k, const int origin[3])
{
    for (int a = 0; a < 3; a++)
        k->origin[a] = k->whole ? 0 : origin[a] - k->margin;
    classes_empty(&k->classes);
    if (!k->whole)
        copy_box(k, (const int[3]){0, 0, 0}, k->extent, false);
    k->tried = k->happened = 0;
    load(k);
    if (k->o.solver == KMC_AUTO && k->net->nedge == 0 &&
        (kmc_null_share(k) > WORTH_WHILE) != k->null_events) {
        lay_out(k, !k->null_events);
        load(k);
    }
    if (!k->null_events)
        list(k);
}

/* ---- running --------------------------------------------------------------------------------- */

static void turn(Kmc *k, int32_t event, double u, KmcEvent *out)
{
    const Network *n = k->net;
    uint32_t place = (uint32_t)event / (uint32_t)k->stride, cell = place / (uint32_t)n->nrotor;
    int32_t rotor = (int32_t)(place - cell * (uint32_t)n->nrotor);
    int from = k->well[place], c[3];
    const TurnGroup *g =
        &wiring_ways(k->wiring, n->rotor_class[rotor], from)->group[event - rotor_event(k, place)];
    kmc_set(k, place, rotor, g, u, out);
    kmc_coordinates(k, cell, c);
    if (g->to != from) {
        tell_rotor(k, cell, c, rotor, from, g->to);
        refresh_turned(k, place, rotor);
    }
    if (k->o.watch != NULL)
        out->cell = kmc_global_cell(k, c);
}

/* Coulomb forces reach everywhere. */
static void refresh_all_edges(Kmc *k)
{
    for (int64_t cell = 0; cell < k->ncell; cell++) {
        int c[3];
        kmc_coordinates(k, cell, c);
        for (int32_t e = 0; e < k->net->nedge; e++)
            refresh_edge(k, cell, c, e);
    }
}

static void hop(Kmc *k, int32_t event, KmcEvent *out)
{
    const Network *n = k->net;
    int64_t place = event - k->first_edge, cell = place / n->nedge;
    int32_t edge = (int32_t)(place % n->nedge);
    const NetworkEdge *e = &n->edge[edge];
    int ca[3], cb[3];
    kmc_coordinates(k, cell, ca);
    int64_t a = cell * n->nsite + e->a, b = far_site(k, ca, e), cell_b = b / n->nsite;
    kmc_coordinates(k, cell_b, cb);
    int64_t global = kmc_global_cell(k, ca);
    int direction = state_move(k->state, global, edge);
    if (!k->whole) { /* else these are the state's own */
        k->occ[a] = !k->occ[a];
        k->occ[b] = !k->occ[b];
    }
    if (k->o.defects != NULL)
        defects_hop(k->o.defects, direction > 0 ? a : b, direction > 0 ? b : a);
    tell_site(k, ca, e->a, k->occ[a] ? 1 : -1);
    tell_site(k, cb, e->b, k->occ[b] ? 1 : -1);
    if (k->o.defects != NULL)
        refresh_all_edges(k);
    *out = (KmcEvent){.cell = global, .edge = edge, .direction = direction, .rotor = -1};
}

static int64_t event_activation(const Kmc *k, int32_t event)
{
    const Network *n = k->net;
    if (event < k->first_edge) {
        int64_t place = event / k->stride;
        int at = kmc_exits(k, (int32_t)(place % n->nrotor), k->well[place]);
        const Exit *exit = k->exit + at * k->wiring->groups;
        return kmc_exit_activation(kmc_field(k, place), k->well[place],
                                   &exit[event - rotor_event(k, place)]);
    }
    int64_t place = event - k->first_edge, cell = place / n->nedge;
    int32_t edge = (int32_t)(place % n->nedge);
    int c[3];
    kmc_coordinates(k, cell, c);
    return edge_activation(k, cell, edge, cell * n->nsite + n->edge[edge].a,
                           far_site(k, c, &n->edge[edge]));
}

/* Rotors of a tile go back into the state. */
static void leave(Kmc *k)
{
    int low[3], high[3];
    for (int a = 0; a < 3; a++) {
        low[a] = k->margin;
        high[a] = k->margin + k->size[a];
    }
    copy_box(k, low, high, true);
}

static int64_t run_lists(Kmc *k, KmcClock *clock, double until, int64_t most)
{
    int64_t happened = 0;
    while (happened < most) {
        double total = classes_total(&k->classes);
        uint32_t r[4], s[4];
        if (!(total > 0.0)) {
            clock->time = until;
            break;
        }
        rng_words(clock->seed, RNG_KMC, clock->step, clock->id, r);
        double wait = -log(((double)r[2] + 0.5) * 0x1p-32) / total;
        if (clock->time + wait > until) { /* it is forgotten: exact, since waiting has no memory */
            clock->step++;
            clock->time = until;
            break;
        }
        clock->time += wait;
        int class;
        int32_t event = classes_pick(&k->classes, total, rates_uniform(r[0], r[1]), &class);
        clock->step++;
        if (k->classes.bin > 1) {
            rng_words(clock->seed, RNG_KMC, clock->step++, clock->id, s);
            if (rates_uniform(s[0], s[1]) >=
                classes_accept(&k->classes, class, event_activation(k, event)))
                continue;
        }
        KmcEvent e;
        if (event < k->first_edge)
            turn(k, event, ((double)r[3] + 0.5) * 0x1p-32, &e);
        else
            hop(k, event, &e);
        happened++;
        e.time = clock->time;
        if (k->o.watch != NULL)
            k->o.watch(k->o.data, &e);
    }
    return happened;
}

/* Energies by the other way of keeping them, from the State. */
static void change_solver(Kmc *k)
{
    lay_out(k, !k->null_events);
    load(k);
    if (!k->null_events)
        list(k);
}

/* Does what has happened since it was last looked at speak for the other solver? */
static void reconsider(Kmc *k)
{
    const bool due = k->null_events && k->tried >= kmc_null_window(k);
    const double share = due ? (double)k->happened / (double)k->tried : 0.0;
    if (due)
        k->tried = k->happened = 0;
    if (k->o.solver != KMC_AUTO || k->net->nedge > 0)
        return;
    if (k->null_events ? !due || share > 0.5 * WORTH_WHILE
                       : classes_total(&k->classes) <= 2.0 * WORTH_WHILE * kmc_null_total(k))
        return;
    if (!k->whole)
        leave(k);
    change_solver(k);
}

int64_t kmc_run(Kmc *k, KmcClock *clock, double until, int64_t most)
{
    int64_t happened = 0;
    do {
        reconsider(k);
        happened += k->null_events ? kmc_null_run(k, clock, until, most - happened)
                                   : run_lists(k, clock, until, most - happened);
    } while (happened < most && clock->time < until);
    if (!k->whole)
        leave(k);
    return happened;
}

double kmc_total(Kmc *k)
{
    double sum = 0.0;
    for (int64_t p = 0; k->null_events && p < k->ncell * k->net->nrotor; p++)
        sum += kmc_null_rate(k, p, (int32_t)(p % k->net->nrotor));
    return sum + classes_total(&k->classes);
}

int kmc_classes(const Kmc *k)
{
    return k->classes.n;
}

static double event_rate(const Kmc *k, int32_t event)
{
    int class = k->classes.event[event].class;
    if (class == CLASSES_NONE)
        return 0.0;
    const EventClass *e = &k->classes.class[class];
    return k->classes.bin == 1
               ? e->rate
               : e->rate * classes_accept(&k->classes, class, event_activation(k, event));
}

double kmc_edge_rate(const Kmc *k, int64_t cell, int32_t edge)
{
    return event_rate(k, (int32_t)(k->first_edge + cell * k->net->nedge + edge));
}

double kmc_rotor_rate(const Kmc *k, int64_t cell, int32_t rotor)
{
    double sum = 0.0;
    if (k->null_events)
        return kmc_null_rate(k, cell * k->net->nrotor + rotor, rotor);
    for (int g = 0; g < k->wiring->groups; g++)
        sum += event_rate(k, rotor_event(k, cell * k->net->nrotor + rotor) + g);
    return sum;
}
