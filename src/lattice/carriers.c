#include "lattice/carriers.h"

#include "base/mem.h"
#include "base/rng.h"
#include "base/units.h"
#include "lattice/rates.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_place(const Network *n, int32_t site, CarriersKind kind, const char *label)
{
    const NetworkSiteClass *c = &n->site_classes[n->site_class[site]];
    if (label != NULL && label[0] != '\0' && strcmp(label, c->label) != 0)
        return false;
    return c->reference == (kind == CARRIERS_VACANCIES);
}

Err carriers_places(const Network *n, int64_t cells, CarriersKind kind, const char *label,
                    int64_t *places)
{
    bool known = label == NULL || label[0] == '\0';
    for (int c = 0; c < n->nsite_class && !known; c++)
        known = strcmp(n->site_classes[c].label, label) == 0;
    if (!known)
        return err_set(ERR_INPUT, "no sites are called '%s'", label);
    *places = 0;
    for (int32_t i = 0; i < n->nsite; i++)
        *places += cells * is_place(n, i, kind, label);
    return OK;
}

/* Is there an edge with one end taken and one free? */
static bool can_move(const State *s)
{
    const Network *n = s->net;
    for (int64_t cell = 0; cell < s->ncell; cell++)
        for (int32_t e = 0; e < n->nedge; e++) {
            int64_t far = state_cell(s, cell, n->edge[e].step);
            if (s->occ[cell * n->nsite + n->edge[e].a] != s->occ[far * n->nsite + n->edge[e].b])
                return true;
        }
    return false;
}

/* Which `number` of `places` (Floyd's choice would need a set; carriers are few beside places, or places are few). */
static void choose(int64_t places, int64_t number, uint64_t seed, uint64_t id, int64_t *order)
{
    for (int64_t i = 0; i < places; i++)
        order[i] = i;
    for (int64_t i = 0; i < number; i++) {
        double u[2];
        rng_uniform2(seed, RNG_KMC, (uint64_t)i, id, 1, u);
        int64_t j = i + (int64_t)(u[0] * (double)(places - i)), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

Err carriers_put(State *s, CarriersKind kind, const char *label, int64_t number, uint64_t seed,
                 uint64_t id)
{
    const Network *n = s->net;
    int64_t places = 0, k = 0;
    for (int64_t i = 0; i < s->ncell * n->nsite; i++)
        state_set(s, i, n->site_classes[n->site_class[i % n->nsite]].reference);
    if (kind != CARRIERS_NONE) {
        const char *what = kind == CARRIERS_VACANCIES ? "vacancies" : "interstitials";
        TRY(carriers_places(n, s->ncell, kind, label, &places));
        if (number < 1)
            return err_set(ERR_INPUT, "%lld %s: a lattice without carriers carries nothing",
                           (long long)number, what);
        if (number > places)
            return err_set(ERR_INPUT, "%lld %s for %lld sites that could have one",
                           (long long)number, what, (long long)places);
        int64_t *site = MEM_NEW(int64_t, places), *order = MEM_NEW(int64_t, places);
        for (int64_t i = 0; i < s->ncell * n->nsite; i++)
            if (is_place(n, (int32_t)(i % n->nsite), kind, label))
                site[k++] = i;
        choose(places, number, seed, id, order);
        for (int64_t i = 0; i < number; i++)
            state_set(s, site[order[i]], kind == CARRIERS_INTERSTITIALS);
        free(site);
        free(order);
    }
    state_name_ions(s);
    return OK;
}

Err carriers_place(State *s, CarriersKind kind, const char *label, int64_t number, uint64_t seed,
                   uint64_t id)
{
    TRY(carriers_put(s, kind, label, number, seed, id));
    return can_move(s) ? OK
                       : err_set(ERR_INPUT, "nothing can hop: no edge has a Mg at one end and a "
                                            "free site at the other");
}

double carriers_fastest(const Network *n, double temperature)
{
    double fastest = 0.0;
    for (int32_t e = 0; e < n->nedge; e++) {
        const NetworkEdgeClass *c = &n->edge_classes[n->edge[e].class];
        int64_t barrier = c->barrier,
                dh = (int64_t)n->site_classes[n->site_class[n->edge[e].b]].energy -
                     n->site_classes[n->site_class[n->edge[e].a]].energy;
        for (int32_t g = 0; g < n->ngate; g++) {
            if (n->gate[g].a != e)
                continue;
            const NetworkCoupling *t = &n->couplings[n->gate[g].coupling];
            int32_t least = t->table[0];
            for (int w = 1; w < t->nb; w++)
                least = t->table[w] < least ? t->table[w] : least;
            barrier += least;
        }
        double activation = 0.5e-6 * (double)rates_activation(barrier, dh > 0 ? -dh : dh);
        fastest = fmax(fastest, c->attempt * exp(-activation / (UNITS_KB * temperature)));
    }
    return fastest;
}
