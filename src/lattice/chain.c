#include "lattice/chain.h"

#include "base/mem.h"
#include "base/units.h"

#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 1024 };

void chains_init(Chains *c, const Wiring *wiring, double temperature, double speed)
{
    *c = (Chains){.wiring = wiring, .temperature = temperature, .speed = speed, .slots = SLOTS};
    c->slot = MEM_NEW(int32_t, c->slots);
}

void chains_clear(Chains *c)
{
    for (int i = 0; i < c->n; i++)
        free(c->chain[i]);
    free(c->chain);
    free(c->slot);
    *c = (Chains){0};
}

/* K by the rule of network.h; energies relative to the lowest, so that nothing overflows. */
static void make_generator(const Chains *c, Chain *chain)
{
    double beta = 1e-6 / (UNITS_KB * c->temperature), z = 0.0;
    int32_t low = chain->field[0];
    for (int w = 1; w < chain->n; w++)
        low = chain->field[w] < low ? chain->field[w] : low;
    for (int w = 0; w < chain->n; w++) {
        chain->equilibrium[w] = exp(-beta * ((double)chain->field[w] - low));
        z += chain->equilibrium[w];
    }
    for (int w = 0; w < chain->n; w++) {
        const Ways *ways = wiring_ways(c->wiring, chain->class, w);
        chain->equilibrium[w] /= z;
        for (int g = 0; g < ways->n; g++) {
            const TurnGroup *t = &ways->group[g];
            double dh = (double)chain->field[t->to] - chain->field[w];
            double activation = fmax(t->barrier, 0.5 * fabs(dh)) + 0.5 * dh;
            if (t->to != w)
                chain->generator[w][t->to] += c->speed * t->attempt * exp(-beta * activation);
        }
        for (int v = 0; v < chain->n; v++)
            if (v != w)
                chain->generator[w][w] -= chain->generator[w][v];
    }
}

static Err diagonalise(Chain *chain)
{
    int n = chain->n;
    double s[NETWORK_WELLS * NETWORK_WELLS], root[NETWORK_WELLS];
    for (int w = 0; w < n; w++)
        root[w] = sqrt(chain->equilibrium[w]);
    for (int w = 0; w < n; w++)
        for (int v = 0; v < n; v++) {
            /* -S, made symmetric to the last bit */
            double one = -chain->generator[w][v] * root[w] / root[v];
            double two = -chain->generator[v][w] * root[v] / root[w];
            s[w * n + v] = 0.5 * (one + two);
        }
    if (LAPACKE_dsyev(LAPACK_ROW_MAJOR, 'V', 'U', n, s, n, chain->rate) != 0)
        return err_set(ERR_NUMERICAL, "the jumps of a rotor cannot be diagonalised");
    for (int l = 0; l < n; l++) {
        chain->rate[l] = fmax(0.0, chain->rate[l]);
        for (int w = 0; w < n; w++) {
            chain->right[l][w] = s[w * n + l] / root[w];
            chain->left[l][w] = s[w * n + l] * root[w];
        }
    }
    chain->rate[0] = 0.0;       /* equilibrium lasts */
    for (int l = 2; l < n; l++) /* equal but for rounding: one exponential serves both */
        if (chain->rate[l] - chain->rate[l - 1] < 1e-13 * chain->rate[l])
            chain->rate[l] = chain->rate[l - 1];
    return OK;
}

static uint32_t scatter(int32_t class, int n, const int32_t field[])
{
    uint64_t h = (uint64_t)(uint32_t) class;
    for (int w = 0; w < n; w++)
        h = (h ^ (uint32_t)(field[w] - field[0])) * 0x9e3779b97f4a7c15ULL;
    return (uint32_t)(h >> 40);
}

static bool is_for(const Chain *chain, int32_t class, const int32_t field[])
{
    if (chain->class != class)
        return false;
    for (int w = 1; w < chain->n; w++)
        if (chain->field[w] - chain->field[0] != field[w] - field[0])
            return false;
    return true;
}

static void grow(Chains *c)
{
    free(c->slot);
    c->slots *= 2;
    c->slot = MEM_NEW(int32_t, c->slots);
    for (int i = 0; i < c->n; i++) {
        const Chain *chain = c->chain[i];
        int at = (int)(scatter(chain->class, chain->n, chain->field) & (uint32_t)(c->slots - 1));
        while (c->slot[at] != 0)
            at = (at + 1) & (c->slots - 1);
        c->slot[at] = i + 1;
    }
}

Err chains_find(Chains *c, int32_t rotor_class, const int32_t field[], const Chain **out)
{
    int n = c->wiring->net->rotor_classes[rotor_class].nwell;
    int at = (int)(scatter(rotor_class, n, field) & (uint32_t)(c->slots - 1));
    for (; c->slot[at] != 0; at = (at + 1) & (c->slots - 1))
        if (is_for(c->chain[c->slot[at] - 1], rotor_class, field)) {
            *out = c->chain[c->slot[at] - 1];
            return OK;
        }
    Chain *chain = MEM_NEW(Chain, 1);
    chain->n = n;
    chain->class = rotor_class;
    memcpy(chain->field, field, (size_t)n * sizeof *field);
    make_generator(c, chain);
    Err e = diagonalise(chain);
    if (e != OK) {
        free(chain);
        return e;
    }
    if (c->n == c->room) {
        int room = c->room == 0 ? 16 : 2 * c->room;
        c->chain = mem_resize(c->chain, (size_t)c->room, (size_t)room, sizeof(Chain *));
        c->room = room;
    }
    c->chain[c->n] = chain;
    c->slot[at] = ++c->n;
    if (2 * c->n > c->slots)
        grow(c);
    *out = chain;
    return OK;
}

void chain_row(const Chain *c, int from, double t, double p[])
{
    double decay = 0.0;
    memcpy(p, c->equilibrium, (size_t)c->n * sizeof *p);
    for (int l = 1; l < c->n; l++) {
        double x = c->rate[l] * t;
        if (x > 745.0)
            break; /* exp(-x) is 0, and so are those that follow */
        if (l == 1 || c->rate[l] != c->rate[l - 1])
            decay = exp(-x);
        double amplitude = decay * c->right[l][from];
        for (int w = 0; w < c->n; w++)
            p[w] += amplitude * c->left[l][w];
    }
}

int chain_draw(const Chain *c, int from, double t, double u)
{
    double p[NETWORK_WELLS];
    if (c->n == 1)
        return 0;
    chain_row(c, from, t, p);
    for (int w = 0; w < c->n - 1; w++) {
        u -= fmax(0.0, p[w]);
        if (u < 0.0)
            return w;
    }
    return c->n - 1;
}

int chain_draw_equilibrium(const Chain *c, double u)
{
    int w = 0;
    while (w < c->n - 1 && (u -= c->equilibrium[w]) >= 0.0)
        w++;
    return w;
}
