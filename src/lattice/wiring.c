#include "lattice/wiring.h"

#include "base/mem.h"
#include "lattice/turns.h"

#include <stdlib.h>
#include <string.h>

/* Wires are gathered twice: counted, then filled in the order of their places. */
typedef struct Filler {
    Wires *wires;
    int32_t *next;
    bool fill;
} Filler;

static void begin(Filler *f, Wires *wires, int32_t places)
{
    *f = (Filler){.wires = wires, .next = MEM_NEW(int32_t, places + 1)};
    wires->first = MEM_NEW(int32_t, places + 1);
}

static void turn(Filler *f, int32_t places)
{
    for (int32_t p = 0; p < places; p++) {
        f->wires->first[p + 1] = f->wires->first[p] + f->next[p];
        f->next[p] = f->wires->first[p];
    }
    f->wires->wire = MEM_NEW(Wire, f->wires->first[places]);
    f->fill = true;
}

static void add(Filler *f, int32_t place, Wire wire)
{
    if (f->fill)
        f->wires->wire[f->next[place]] = wire;
    f->next[place]++;
}

static Wire wire_to(int32_t other, const NetworkCoupling *c, bool first, const int8_t step[3])
{
    Wire w = {.other = other};
    int sign = first ? 1 : -1;
    for (int a = 0; a < 3; a++)
        w.step[a] = (int8_t)(sign * step[a]);
    if (c != NULL) {
        w.table = c->table;
        w.stride_mine = (int16_t)(first ? c->nb : 1);
        w.stride_theirs = (int16_t)(first ? 1 : c->nb);
    }
    return w;
}

static int longest(int32_t n, const NetworkLink *link, int so_far)
{
    for (int32_t i = 0; i < n; i++)
        for (int d = 0; d < 3; d++)
            so_far = abs(link[i].step[d]) > so_far ? abs(link[i].step[d]) : so_far;
    return so_far;
}

static void connect(Wiring *w)
{
    const Network *n = w->net;
    Filler rr, rs, rg, se, sr;
    begin(&rr, &w->rotor_rotors, n->nrotor);
    begin(&rs, &w->rotor_sites, n->nrotor);
    begin(&rg, &w->rotor_gates, n->nrotor);
    begin(&se, &w->site_edges, n->nsite);
    begin(&sr, &w->site_rotors, n->nsite);
    for (int round = 0; round < 2; round++) {
        for (int32_t i = 0; i < n->nrotor_rotor; i++) {
            const NetworkLink *l = &n->rotor_rotor[i];
            const NetworkCoupling *c = &n->couplings[l->coupling];
            Wire there = wire_to(l->rotor, c, true, l->step),
                 back = wire_to(l->a, c, false, l->step);
            there.wells = (int8_t)c->nb;
            back.wells = (int8_t)c->na;
            add(&rr, l->a, there);
            add(&rr, l->rotor, back);
        }
        for (int32_t i = 0; i < n->nsite_rotor; i++) {
            const NetworkLink *l = &n->site_rotor[i];
            const NetworkCoupling *c = &n->couplings[l->coupling];
            add(&sr, l->a, wire_to(l->rotor, c, true, l->step));
            add(&rs, l->rotor, wire_to(l->a, c, false, l->step));
        }
        for (int32_t i = 0; i < n->ngate; i++) {
            const NetworkLink *l = &n->gate[i];
            add(&rg, l->rotor, wire_to(l->a, &n->couplings[l->coupling], false, l->step));
        }
        for (int32_t i = 0; i < n->nedge; i++) {
            const NetworkEdge *e = &n->edge[i];
            const int8_t none[3] = {0};
            Wire a = wire_to(i, NULL, true, none), b = wire_to(i, NULL, false, e->step);
            b.end = 1;
            add(&se, e->a, a);
            add(&se, e->b, b);
            for (int d = 0; d < 3; d++)
                w->reach = abs(e->step[d]) > w->reach ? abs(e->step[d]) : w->reach;
        }
        if (round == 0) {
            turn(&rr, n->nrotor);
            turn(&rs, n->nrotor);
            turn(&rg, n->nrotor);
            turn(&se, n->nsite);
            turn(&sr, n->nsite);
        }
    }
    free(rr.next);
    free(rs.next);
    free(rg.next);
    free(se.next);
    free(sr.next);
}

static Err add_way(Ways *ways, const char *label, int to, int op, int32_t barrier, double attempt)
{
    for (int g = 0; g < ways->n; g++) {
        TurnGroup *t = &ways->group[g];
        if (t->to != to || t->barrier != barrier || t->attempt != attempt * t->nop ||
            t->nop == TURNS)
            continue;
        t->op[t->nop++] = (int8_t)op;
        t->attempt = attempt * t->nop;
        return OK;
    }
    if (ways->n == WIRING_GROUPS)
        return err_set(ERR_INPUT, "rotor class '%s': more than %d different ways out of a well",
                       label, WIRING_GROUPS);
    ways->group[ways->n++] = (TurnGroup){
        .to = (int16_t)to, .nop = 1, .op = {(int8_t)op}, .barrier = barrier, .attempt = attempt};
    return OK;
}

static Err find_ways(const NetworkRotorClass *c, int well, Ways *ways)
{
    for (int t = 0; t < c->nturn; t++) {
        const NetworkTurn *turn_ = &c->turn[t];
        int back = turns_inverse(turn_->op);
        if (turn_->from == well)
            TRY(add_way(ways, c->label, turn_->to, turn_->op, turn_->barrier, turn_->attempt));
        if (turn_->to == well && (turn_->from != well || back != turn_->op))
            TRY(add_way(ways, c->label, turn_->from, back, turn_->barrier, turn_->attempt));
    }
    return OK;
}

Err wiring_init(Wiring *w, const Network *net)
{
    *w = (Wiring){.net = net, .wells = 1};
    connect(w);
    w->links = longest(net->nrotor_rotor, net->rotor_rotor, 0);
    w->links = longest(net->nsite_rotor, net->site_rotor, w->links);
    w->links = longest(net->ngate, net->gate, w->links);
    for (int c = 0; c < net->nrotor_class; c++)
        w->wells = net->rotor_classes[c].nwell > w->wells ? net->rotor_classes[c].nwell : w->wells;
    w->ways = MEM_NEW(Ways, net->nrotor_class * w->wells);
    for (int c = 0; c < net->nrotor_class; c++)
        for (int well = 0; well < net->rotor_classes[c].nwell; well++) {
            Ways *ways = &w->ways[c * w->wells + well];
            TRY(find_ways(&net->rotor_classes[c], well, ways));
            w->groups = ways->n > w->groups ? ways->n : w->groups;
        }
    return OK;
}

void wiring_clear(Wiring *w)
{
    Wires *all[] = {&w->rotor_rotors, &w->rotor_sites, &w->rotor_gates, &w->site_edges,
                    &w->site_rotors};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        free(all[i]->first);
        free(all[i]->wire);
    }
    free(w->ways);
    *w = (Wiring){0};
}

void wiring_field(const Wiring *w, const State *s, int64_t place, int32_t field[])
{
    const Network *n = w->net;
    int32_t m = (int32_t)(place % n->nrotor);
    const NetworkRotorClass *class = &n->rotor_classes[n->rotor_class[m]];
    memcpy(field, class->energy, (size_t) class->nwell * sizeof *field);
    for (int32_t i = w->rotor_sites.first[m]; i < w->rotor_sites.first[m + 1]; i++) {
        const Wire *site = &w->rotor_sites.wire[i];
        if (s->occ[state_cell(s, place / n->nrotor, site->step) * n->nsite + site->other])
            for (int v = 0; v < class->nwell; v++)
                field[v] += site->table[v];
    }
}
