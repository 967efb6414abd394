#include "lattice/gate_average.h"

#include "base/mem.h"
#include "base/units.h"
#include "lattice/rates.h"

#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROTORS = 24 };

/* The rotors around the edge, each once. */
typedef struct Around {
    int n;
    int64_t rotor[ROTORS];
    const Chain *chain[ROTORS];
    int nvoice;
    const Voice *voice[4 * ROTORS];
    int who[4 * ROTORS]; /* rotor of each voice */
    int64_t states;
} Around;

static Err find_around(Chains *chains, const Voices *voices, const State *s, int64_t cell,
                       int32_t edge, Around *a)
{
    *a = (Around){.states = 1};
    for (int32_t i = voices->first[edge]; i < voices->first[edge + 1]; i++) {
        const Voice *v = &voices->voice[i];
        int64_t rotor = state_cell(s, cell, v->step) * s->net->nrotor + v->rotor;
        int k = 0;
        while (k < a->n && a->rotor[k] != rotor)
            k++;
        if (k == a->n) {
            int32_t field[NETWORK_WELLS];
            if (a->n == ROTORS)
                return err_set(ERR_INPUT, "edge %d: more than %d rotors have a say", edge + 1,
                               ROTORS);
            wiring_field(chains->wiring, s, rotor, field);
            TRY(chains_find(chains, s->net->rotor_class[v->rotor], field, &a->chain[k]));
            a->rotor[a->n++] = rotor;
            a->states *= a->chain[k]->n;
            if (a->states > GATE_AVERAGE_STATES)
                return err_set(ERR_INPUT, "edge %d: more than %d combinations of wells", edge + 1,
                               (int)GATE_AVERAGE_STATES);
        }
        a->voice[a->nvoice] = v;
        a->who[a->nvoice++] = k;
    }
    return OK;
}

/* Wells of combination `index`, the first rotor running slowest. */
static void wells_of(const Around *a, int64_t index, int well[])
{
    for (int k = a->n - 1; k >= 0; k--) {
        well[k] = (int)(index % a->chain[k]->n);
        index /= a->chain[k]->n;
    }
}

static double rate_of(const Chains *chains, const State *s, int64_t cell, int32_t e,
                      const Around *a, const int well[])
{
    const Network *n = s->net;
    const NetworkEdge *edge = &n->edge[e];
    const NetworkEdgeClass *class = &n->edge_classes[edge->class];
    int64_t barrier = class->barrier;
    int64_t dh = (int64_t)n->site_classes[n->site_class[edge->b]].energy -
                 n->site_classes[n->site_class[edge->a]].energy;
    for (int i = 0; i < a->nvoice; i++) {
        const Voice *v = a->voice[i];
        int w = well[a->who[i]];
        barrier += v->gate ? v->gate[w] : 0;
        dh += (v->b ? v->b[w] : 0) - (v->a ? v->a[w] : 0);
    }
    bool forth = s->occ[cell * n->nsite + edge->a];
    return class->attempt * exp(-0.5e-6 * (double)rates_activation(barrier, forth ? dh : -dh) /
                                (UNITS_KB * chains->temperature));
}

/* From values by wells to components along the modes of every chain: k(w) = sum_l c_l prod right_l(w), so
 * c_l = sum_w k(w) prod left_l(w), one rotor after the other. */
static void to_modes(const Around *a, double *k)
{
    int64_t after = a->states, before = 1;
    for (int r = 0; r < a->n; r++) {
        const Chain *c = a->chain[r];
        after /= c->n;
        for (int64_t i = 0; i < before; i++)
            for (int64_t j = 0; j < after; j++) {
                double line[NETWORK_WELLS], out[NETWORK_WELLS];
                for (int w = 0; w < c->n; w++)
                    line[w] = k[(i * c->n + w) * after + j];
                for (int l = 0; l < c->n; l++) {
                    out[l] = 0.0;
                    for (int w = 0; w < c->n; w++)
                        out[l] += c->left[l][w] * line[w];
                }
                for (int l = 0; l < c->n; l++)
                    k[(i * c->n + l) * after + j] = out[l];
            }
        before *= c->n;
    }
}

/* sum_(l != 0) c_l^2 and the same over lambda_l. */
static void sum_modes(const Around *a, const double *c, double *variance, double *slow)
{
    int mode[ROTORS];
    *variance = *slow = 0.0;
    for (int64_t l = 1; l < a->states; l++) {
        double lambda = 0.0;
        wells_of(a, l, mode);
        for (int r = 0; r < a->n; r++)
            lambda += a->chain[r]->rate[mode[r]];
        *variance += c[l] * c[l];
        if (c[l] != 0.0)
            *slow += c[l] * c[l] / lambda; /* infinite if the rotors do not turn */
    }
}

/* Least eigenvalue of -K + diag(k), made symmetric with the roots of p. */
static Err exact_rate(const Around *a, const double *k, double *rate)
{
    int n = (int)a->states, from[ROTORS];
    double *m = MEM_NEW(double, n *n), *value = MEM_NEW(double, n);
    for (int i = 0; i < n; i++) {
        int64_t after = n;
        wells_of(a, i, from);
        m[i * n + i] = k[i];
        for (int r = 0; r < a->n; r++) {
            const Chain *c = a->chain[r];
            after /= c->n;
            for (int w = 0; w < c->n; w++) {
                int j = i + (int)((w - from[r]) * after);
                double root = sqrt(c->equilibrium[from[r]] / c->equilibrium[w]);
                if (j == i)
                    m[i * n + i] -= c->generator[w][w];
                else
                    m[i * n + j] = -c->generator[from[r]][w] * root;
            }
        }
    }
    int status = LAPACKE_dsyev(LAPACK_ROW_MAJOR, 'N', 'U', n, m, n, value);
    *rate = value[0];
    free(m);
    free(value);
    return status == 0 ? OK : err_set(ERR_NUMERICAL, "the rate of a gated hop cannot be found");
}

Err gate_average(Chains *chains, const Voices *voices, const State *s, int64_t cell, int32_t edge,
                 GateAverage *out)
{
    Around a;
    int well[ROTORS];
    const NetworkEdge *e = &s->net->edge[edge];
    if (s->occ[cell * s->net->nsite + e->a] ==
        s->occ[state_cell(s, cell, e->step) * s->net->nsite + e->b])
        return err_set(ERR_INPUT, "edge %d: both ends are taken, or none", edge + 1);
    TRY(find_around(chains, voices, s, cell, edge, &a));
    double *k = MEM_NEW(double, a.states), likely = -1.0, variance, slow;
    *out = (GateAverage){.states = a.states, .least = INFINITY, .exact = NAN};
    for (int64_t i = 0; i < a.states; i++) {
        double p = 1.0;
        wells_of(&a, i, well);
        for (int r = 0; r < a.n; r++)
            p *= a.chain[r]->equilibrium[well[r]];
        k[i] = rate_of(chains, s, cell, edge, &a, well);
        out->mean += p * k[i];
        out->least = fmin(out->least, k[i]);
        out->most = fmax(out->most, k[i]);
        if (p > likely) {
            likely = p;
            out->locked = k[i];
        }
    }
    Err err = a.states <= GATE_AVERAGE_EXACT ? exact_rate(&a, k, &out->exact) : OK;
    to_modes(&a, k);
    sum_modes(&a, k, &variance, &slow);
    out->cv2 = variance / (out->mean * out->mean);
    out->indicator = slow / out->mean;
    out->tau = variance > 0.0 ? slow / variance : 0.0;
    free(k);
    return err;
}

Err gate_average_back(Chains *chains, const Voices *voices, const State *s, int64_t cell,
                      int32_t edge, GateAverage *out)
{
    const NetworkEdge *e = &s->net->edge[edge];
    uint8_t *a = &s->occ[cell * s->net->nsite + e->a],
            *b = &s->occ[state_cell(s, cell, e->step) * s->net->nsite + e->b], taken = *a;
    *a = *b;
    *b = taken;
    Err result = gate_average(chains, voices, s, cell, edge, out);
    *b = *a;
    *a = taken;
    return result;
}
