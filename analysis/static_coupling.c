#include "analysis/static_coupling.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool possible(const State *s, int64_t cell, int32_t e)
{
    const Network *n = s->net;
    const NetworkEdge *edge = &n->edge[e];
    return s->occ[cell * n->nsite + edge->a] !=
           s->occ[state_cell(s, cell, edge->step) * n->nsite + edge->b];
}

/* Energies of the wells of a rotor with the Mg where they are. */
static Err chain_of(Chains *chains, const State *s, int64_t rotor, const Chain **chain)
{
    const Network *n = s->net;
    int32_t field[NETWORK_WELLS];
    wiring_field(chains->wiring, s, rotor, field);
    return chains_find(chains, n->rotor_class[rotor % n->nrotor], field, chain);
}

/* Adds the rotors of one edge to the sums. */
static Err add_rotors(Chains *chains, const Voices *voices, const State *s, int64_t cell, int32_t e,
                      StaticCoupling *out)
{
    double home = 1.0;
    for (int32_t i = voices->first[e]; i < voices->first[e + 1]; i++) {
        const Voice *v = &voices->voice[i];
        const Chain *chain;
        TRY(chain_of(chains, s, state_cell(s, cell, v->step) * s->net->nrotor + v->rotor, &chain));
        if (chain->n < 2)
            continue;
        double most = 0.0;
        for (int w = 0; w < chain->n; w++) {
            most = fmax(most, chain->equilibrium[w]);
            out->turn_rate -= chain->equilibrium[w] * chain->generator[w][w];
        }
        home *= most;
        out->slowest = fmin(out->slowest, chain->rate[1]);
        out->rotors += 1.0;
    }
    out->exposed += 1.0 - home;
    return OK;
}

Err static_coupling(Chains *chains, const Voices *voices, const State *s, StaticCoupling *out,
                    StaticClass class[])
{
    const Network *n = s->net;
    *out = (StaticCoupling){.slowest = INFINITY};
    for (int i = 0; class != NULL && i < n->nedge_class; i++)
        class[i] = (StaticClass){0};
    for (int64_t i = 0; i < s->ncell * n->nedge; i++)
        out->edges += possible(s, i / n->nedge, (int32_t)(i % n->nedge));
    int64_t stride = 1 + (out->edges - 1) / STATIC_COUPLING_EDGES, seen = 0, looked = 0;
    for (int64_t i = 0; i < s->ncell * n->nedge; i++) {
        int64_t cell = i / n->nedge;
        int32_t e = (int32_t)(i % n->nedge);
        GateAverage a, back;
        double d[3];
        if (!possible(s, cell, e) || seen++ % stride != 0)
            continue;
        looked++;
        TRY(gate_average(chains, voices, s, cell, e, &a));
        TRY(gate_average_back(chains, voices, s, cell, e, &back));
        TRY(add_rotors(chains, voices, s, cell, e, out));
        network_displacement(n, &n->edge[e], d);
        double weight = (d[0] * d[0] + d[1] * d[1] + d[2] * d[2]) / 6.0;
        out->mean += weight * a.mean;
        out->locked += weight * a.locked;
        if (class != NULL) {
            StaticClass *k = &class[n->edge[e].class];
            *k = (StaticClass){k->mean + weight * a.mean, k->locked + weight * a.locked,
                               k->edges + 1.0};
        }
        out->indicator = fmax(out->indicator, fmax(a.indicator, back.indicator));
    }
    if (looked == 0)
        return OK;
    double all = (double)out->edges / (double)looked;
    out->mean *= all;
    out->locked *= all;
    out->exposed /= (double)looked;
    out->turn_rate = out->rotors > 0.0 ? out->turn_rate / out->rotors : 0.0;
    out->rotors /= (double)looked;
    return OK;
}
