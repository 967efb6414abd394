#include "lattice/kmc_inside.h"

#include "base/mem.h"

#include <stdlib.h>

static void list_exits(Kmc *k)
{
    const Wiring *w = k->wiring;
    int32_t wells = k->net->nrotor_class * w->wells;
    k->exit = MEM_NEW(Exit, (wells + 1) * (w->groups + 1));
    k->exits = MEM_NEW(int8_t, wells + 1);
    for (int c = 0; c < k->net->nrotor_class; c++)
        for (int well = 0; well < k->net->rotor_classes[c].nwell; well++) {
            const Ways *ways = wiring_ways(w, c, well);
            int32_t at = c * w->wells + well;
            k->exits[at] = (int8_t)ways->n;
            for (int g = 0; g < ways->n; g++)
                k->exit[at * w->groups + g] =
                    (Exit){.to = ways->group[g].to,
                           .barrier = ways->group[g].barrier,
                           .attempt = classes_attempt(&k->classes,
                                                      ways->group[g].attempt * k->o.rotor_speed)};
        }
    k->edge_attempt = MEM_NEW(int32_t, k->net->nedge_class);
    for (int c = 0; c < k->net->nedge_class; c++)
        k->edge_attempt[c] = classes_attempt(&k->classes, k->net->edge_classes[c].attempt);
}

/* change [from][to][width] by a wire's table. */
static void tabulate(const Wire *wire, int mine, int wells, int width, int32_t *change)
{
    for (int from = 0; from < mine; from++)
        for (int to = 0; to < mine; to++)
            for (int v = 0; v < wire->wells; v++)
                change[(from * wells + to) * width + v] =
                    wire->table[to * wire->stride_mine + v * wire->stride_theirs] -
                    wire->table[from * wire->stride_mine + v * wire->stride_theirs];
}

static int32_t places_away(const int extent[3], const Wire *w, int32_t rotors)
{
    return ((w->step[0] * extent[1] + w->step[1]) * extent[2] + w->step[2]) * rotors + w->other;
}

/* Energies of a rotor with all that it feels in their well 0. */
static void list_still(Kmc *k)
{
    const Network *n = k->net;
    const Wires *wires = &k->wiring->rotor_rotors;
    k->still = MEM_NEW(int32_t, n->nrotor * k->wiring->wells);
    for (int32_t m = 0; m < n->nrotor; m++) {
        const NetworkRotorClass *class = &n->rotor_classes[n->rotor_class[m]];
        for (int v = 0; v < class->nwell; v++) {
            int32_t energy = class->energy[v];
            for (int32_t i = wires->first[m]; i < wires->first[m + 1]; i++)
                energy += wires->wire[i].table[v * wires->wire[i].stride_mine];
            k->still[m * k->wiring->wells + v] = energy;
        }
    }
}

/* Changes by a table, seen from one of its sides; a wire leads back from where it came, so both are there. */
static int32_t *find_table(Kmc *k, const Wire **known, int32_t *n, const Wire *w, int stride)
{
    size_t wells = (size_t)k->wiring->wells, width = 2 * (size_t)k->energies;
    int32_t t = 0;
    while (t < *n && (known[t]->table != w->table || known[t]->stride_mine != stride))
        t++;
    if (t == *n)
        known[(*n)++] = w;
    return k->change + (size_t)t * wells * wells * width;
}

static void list_pulls(Kmc *k)
{
    const Wiring *w = k->wiring;
    const Wires *wires = &w->rotor_rotors;
    const Network *net = k->net;
    int32_t n = wires->first[net->nrotor], made = 0;
    size_t size = (size_t)(w->wells * w->wells * 2 * k->energies);
    k->pull = MEM_NEW(Pull, n);
    k->change = MEM_NEW(int32_t, (size_t)(2 * net->ncoupling) * size);
    const Wire **known = MEM_NEW(const Wire *, 2 * net->ncoupling);
    for (int32_t rotor = 0; rotor < net->nrotor; rotor++)
        for (int32_t i = wires->first[rotor]; i < wires->first[rotor + 1]; i++) {
            const Wire *wire = &wires->wire[i];
            int32_t before = made, *change = find_table(k, known, &made, wire, wire->stride_mine);
            if (made > before)
                tabulate(wire, net->rotor_classes[net->rotor_class[rotor]].nwell, w->wells,
                         2 * k->energies, change);
            k->pull[i] = (Pull){.away = places_away(k->extent, wire, net->nrotor),
                                .state_away = places_away(k->state->k, wire, net->nrotor),
                                .rotor = wire->other,
                                .wells = wire->wells,
                                .change = change};
        }
    for (int32_t i = 0; i < n; i++) /* the wire that leads back has the other side */
        k->pull[i].felt =
            find_table(k, known, &made, &wires->wire[i], wires->wire[i].stride_theirs);
    free(known);
}

void kmc_tables_make(Kmc *k)
{
    list_exits(k);
    list_pulls(k);
    list_still(k);
}

void kmc_tables_clear(Kmc *k)
{
    free(k->exit);
    free(k->exits);
    free(k->edge_attempt);
    free(k->pull);
    free(k->change);
    free(k->still);
}
