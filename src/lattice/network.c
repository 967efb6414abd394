#include "lattice/network.h"

#include "base/mem.h"
#include "base/units.h"
#include "lattice/turns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void network_clear(Network *n)
{
    for (int c = 0; c < n->nrotor_class; c++)
        free(n->rotor_classes[c].turn);
    for (int c = 0; c < n->ncoupling; c++)
        free(n->couplings[c].table);
    free(n->site);
    free(n->site_class);
    free(n->rotor);
    free(n->rotor_class);
    free(n->edge);
    free(n->site_rotor);
    free(n->rotor_rotor);
    free(n->gate);
    free(n->site_classes);
    free(n->rotor_classes);
    free(n->edge_classes);
    free(n->couplings);
    free(n->source);
    *n = (Network){0};
}

static void *copy(const void *from, size_t n, size_t size)
{
    void *to = mem_new(n, size);
    if (n > 0)
        memcpy(to, from, n * size);
    return to;
}

void network_copy(Network *to, const Network *from)
{
    *to = *from;
    to->site = copy(from->site, (size_t)from->nsite, sizeof *from->site);
    to->site_class = copy(from->site_class, (size_t)from->nsite, sizeof *from->site_class);
    to->rotor = copy(from->rotor, (size_t)from->nrotor, sizeof *from->rotor);
    to->rotor_class = copy(from->rotor_class, (size_t)from->nrotor, sizeof *from->rotor_class);
    to->edge = copy(from->edge, (size_t)from->nedge, sizeof *from->edge);
    to->site_rotor = copy(from->site_rotor, (size_t)from->nsite_rotor, sizeof(NetworkLink));
    to->rotor_rotor = copy(from->rotor_rotor, (size_t)from->nrotor_rotor, sizeof(NetworkLink));
    to->gate = copy(from->gate, (size_t)from->ngate, sizeof(NetworkLink));
    to->site_classes =
        copy(from->site_classes, (size_t)from->nsite_class, sizeof *from->site_classes);
    to->edge_classes =
        copy(from->edge_classes, (size_t)from->nedge_class, sizeof *from->edge_classes);
    to->rotor_classes =
        copy(from->rotor_classes, (size_t)from->nrotor_class, sizeof *from->rotor_classes);
    for (int c = 0; c < from->nrotor_class; c++)
        to->rotor_classes[c].turn = copy(from->rotor_classes[c].turn,
                                         (size_t)from->rotor_classes[c].nturn, sizeof(NetworkTurn));
    to->couplings = copy(from->couplings, (size_t)from->ncoupling, sizeof *from->couplings);
    for (int c = 0; c < from->ncoupling; c++) {
        const NetworkCoupling *k = &from->couplings[c];
        to->couplings[c].table = copy(k->table, (size_t)(k->na * k->nb), sizeof *k->table);
    }
    to->source = from->source != NULL ? mem_string(from->source) : NULL;
}

void network_displacement(const Network *n, const NetworkEdge *e, double d[3])
{
    double s[3];
    for (int a = 0; a < 3; a++)
        s[a] = n->site[e->b][a] + e->step[a] - n->site[e->a][a];
    cell_to_cartesian(&n->cell, s, d);
}

/* ---- what can be wrong ----------------------------------------------------------------------- */

static Err check_rotor_class(const NetworkRotorClass *c)
{
    if (c->nwell < 1 || c->nwell > NETWORK_WELLS)
        return err_set(ERR_INPUT, "rotor class '%s': %d wells; allowed: 1 to %d", c->label,
                       c->nwell, NETWORK_WELLS);
    for (int t = 0; t < c->nturn; t++) {
        const NetworkTurn *turn = &c->turn[t];
        if (turn->from < 0 || turn->from >= c->nwell || turn->to < 0 || turn->to >= c->nwell)
            return err_set(ERR_INPUT,
                           "rotor class '%s': turn %d leads from well %d to %d; it has %d",
                           c->label, t + 1, turn->from + 1, turn->to + 1, c->nwell);
        if (turn->op < 0 || turn->op >= TURNS || (turn->from == turn->to && turn->op == 0))
            return err_set(ERR_INPUT, "rotor class '%s': turn %d changes nothing", c->label, t + 1);
        if (turn->barrier < 0)
            return err_set(ERR_INPUT, "rotor class '%s': turn %d: barrier %g eV is negative",
                           c->label, t + 1, 1e-6 * turn->barrier);
        if (!(turn->attempt > 0.0 && isfinite(turn->attempt)))
            return err_set(ERR_INPUT, "rotor class '%s': turn %d: attempt frequency %g 1/s",
                           c->label, t + 1, turn->attempt);
    }
    return OK;
}

/* Wells of the rotors that a table is for must fit. */
static Err check_links(const Network *n, const char *what, int32_t count, const NetworkLink *link,
                       int32_t na, bool pair)
{
    for (int32_t i = 0; i < count; i++) {
        const NetworkLink *l = &link[i];
        if (l->a < 0 || l->a >= na || l->rotor < 0 || l->rotor >= n->nrotor)
            return err_set(ERR_INPUT, "%s %d leads from %d to rotor %d; there are %d and %d", what,
                           i + 1, l->a + 1, l->rotor + 1, na, n->nrotor);
        if (l->coupling < 0 || l->coupling >= n->ncoupling)
            return err_set(ERR_INPUT, "%s %d: table %d of %d", what, i + 1, l->coupling + 1,
                           n->ncoupling);
        const NetworkCoupling *c = &n->couplings[l->coupling];
        int wells = n->rotor_classes[n->rotor_class[l->rotor]].nwell;
        int mine = pair ? n->rotor_classes[n->rotor_class[l->a]].nwell : 1;
        if (c->nb != wells || c->na != mine)
            return err_set(ERR_INPUT, "%s %d: table '%s' is %d x %d, its rotors want %d x %d", what,
                           i + 1, c->label, c->na, c->nb, mine, wells);
    }
    return OK;
}

static Err check_edges(const Network *n)
{
    for (int32_t i = 0; i < n->nedge; i++) {
        const NetworkEdge *e = &n->edge[i];
        if (e->a < 0 || e->a >= n->nsite || e->b < 0 || e->b >= n->nsite)
            return err_set(ERR_INPUT, "edge %d leads from site %d to site %d; there are %d", i + 1,
                           e->a + 1, e->b + 1, n->nsite);
        if (e->class < 0 || e->class >= n->nedge_class)
            return err_set(ERR_INPUT, "edge %d: class %d of %d", i + 1, e->class + 1,
                           n->nedge_class);
        if (e->a == e->b && e->step[0] == 0 && e->step[1] == 0 && e->step[2] == 0)
            return err_set(ERR_INPUT, "edge %d leads from site %d to itself", i + 1, e->a + 1);
    }
    for (int c = 0; c < n->nedge_class; c++) {
        const NetworkEdgeClass *e = &n->edge_classes[c];
        if (e->barrier < 0)
            return err_set(ERR_INPUT, "edge class '%s': barrier %g eV is negative", e->label,
                           1e-6 * e->barrier);
        if (!(e->attempt > 0.0 && isfinite(e->attempt)))
            return err_set(ERR_INPUT, "edge class '%s': attempt frequency %g 1/s", e->label,
                           e->attempt);
    }
    return OK;
}

static Err check_sites(const Network *n)
{
    bool *reached = MEM_NEW(bool, n->nsite);
    for (int32_t i = 0; i < n->nedge; i++)
        reached[n->edge[i].a] = reached[n->edge[i].b] = true;
    Err e = OK;
    for (int32_t i = 0; i < n->nsite && e == OK && n->nedge > 0; i++) {
        if (n->site_class[i] < 0 || n->site_class[i] >= n->nsite_class)
            e = err_set(ERR_INPUT, "site %d: class %d of %d", i + 1, n->site_class[i] + 1,
                        n->nsite_class);
        else if (!reached[i])
            e = err_set(ERR_INPUT, "site %d ('%s' at %.4f %.4f %.4f) is reached by no edge", i + 1,
                        n->site_classes[n->site_class[i]].label, n->site[i][0], n->site[i][1],
                        n->site[i][2]);
    }
    free(reached);
    return e;
}

/* exp(-E/kT) must neither vanish nor be the same for all: the largest exponent that a double holds is 708. */
static Err check_rates(const Network *n, double temperature)
{
    int32_t most = 0;
    const char *label = "";
    for (int c = 0; c < n->nedge_class; c++)
        if (n->edge_classes[c].barrier > most) {
            most = n->edge_classes[c].barrier;
            label = n->edge_classes[c].label;
        }
    for (int c = 0; c < n->nrotor_class; c++)
        for (int t = 0; t < n->rotor_classes[c].nturn; t++)
            if (n->rotor_classes[c].turn[t].barrier > most) {
                most = n->rotor_classes[c].turn[t].barrier;
                label = n->rotor_classes[c].label;
            }
    double exponent = 1e-6 * most / (UNITS_KB * temperature);
    if (!(temperature > 0.0) || exponent > 600.0)
        return err_set(ERR_INPUT,
                       "at %g K the barrier %g eV of '%s' is %.0f kT: no rate can be computed "
                       "(at most 600 kT)",
                       temperature, 1e-6 * most, label, exponent);
    return OK;
}

Err network_check(const Network *n, double temperature)
{
    for (int c = 0; c < n->nrotor_class; c++)
        TRY(check_rotor_class(&n->rotor_classes[c]));
    for (int32_t m = 0; m < n->nrotor; m++)
        if (n->rotor_class[m] < 0 || n->rotor_class[m] >= n->nrotor_class)
            return err_set(ERR_INPUT, "rotor %d: class %d of %d", m + 1, n->rotor_class[m] + 1,
                           n->nrotor_class);
    TRY(check_edges(n));
    TRY(check_sites(n));
    TRY(check_links(n, "site-rotor term", n->nsite_rotor, n->site_rotor, n->nsite, false));
    TRY(check_links(n, "gate", n->ngate, n->gate, n->nedge, false));
    TRY(check_links(n, "rotor-rotor term", n->nrotor_rotor, n->rotor_rotor, n->nrotor, true));
    for (int32_t i = 0; i < n->nrotor_rotor; i++) {
        const NetworkLink *l = &n->rotor_rotor[i];
        if (l->a == l->rotor && l->step[0] == 0 && l->step[1] == 0 && l->step[2] == 0)
            return err_set(ERR_INPUT, "rotor-rotor term %d couples rotor %d to itself", i + 1,
                           l->a + 1);
    }
    return check_rates(n, temperature);
}
