#include "lattice/turn_chain.h"

#include "base/mem.h"
#include "base/units.h"
#include "lattice/counts.h"
#include "lattice/rates.h"

#include <lapacke.h>
#include <math.h>
#include <stdlib.h>

/* Below this fraction of the fastest rate an eigenvalue is that of something that never happens. */
static const double never = 1e-12;

/* -K made symmetric with the roots of p; rows and columns (w, g). */
static double *symmetric_generator(TurnChain *c, const Wiring *w, const int32_t field[],
                                   double beta, double speed)
{
    int wells = c->n / TURNS;
    double *m = MEM_NEW(double, c->n * c->n);
    for (int a = 0; a < wells; a++) {
        const Ways *ways = wiring_ways(w, c->class, a);
        for (int k = 0; k < ways->n; k++) {
            const TurnGroup *g = &ways->group[k];
            int64_t dh = (int64_t)field[g->to] - field[a];
            double rate = speed * g->attempt / g->nop *
                          exp(-0.5 * beta * (double)rates_activation(g->barrier, dh));
            double root = sqrt(c->equilibrium[a] / c->equilibrium[g->to]);
            c->turns += c->equilibrium[a] * rate * g->nop;
            for (int op = 0; op < g->nop; op++)
                for (int label = 0; label < TURNS; label++) {
                    int from = a * TURNS + label,
                        to = g->to * TURNS + turns_product(g->op[op], label);
                    m[from * c->n + from] += rate;
                    m[from * c->n + to] -= rate * root;
                }
        }
    }
    return m;
}

Err turn_chain_init(TurnChain *c, const Wiring *w, int32_t rotor_class, const int32_t field[],
                    double temperature, double speed)
{
    int wells = w->net->rotor_classes[rotor_class].nwell;
    double beta = 1e-6 / (UNITS_KB * temperature), z = 0.0;
    int32_t low = field[0];
    *c = (TurnChain){.net = w->net, .class = rotor_class, .n = wells * TURNS};
    for (int a = 1; a < wells; a++)
        low = field[a] < low ? field[a] : low;
    for (int a = 0; a < wells; a++)
        z += c->equilibrium[a] = exp(-beta * ((double)field[a] - low));
    for (int a = 0; a < wells; a++)
        c->equilibrium[a] /= z;
    double *m = symmetric_generator(c, w, field, beta, speed);
    c->rate = MEM_NEW(double, c->n);
    c->start = MEM_NEW(double, c->n *wells);
    c->end = MEM_NEW(double, c->n * c->n);
    int status = LAPACKE_dsyev(LAPACK_ROW_MAJOR, 'V', 'U', c->n, m, c->n, c->rate);
    for (int l = 0; l < c->n && status == 0; l++) {
        if (c->rate[l] < never * c->rate[c->n - 1])
            c->rate[l] = 0.0;
        for (int i = 0; i < c->n; i++)
            c->end[l * c->n + i] = m[i * c->n + l] * sqrt(c->equilibrium[i / TURNS]);
        for (int a = 0; a < wells; a++)
            c->start[l * wells + a] = m[a * TURNS * c->n + l] / sqrt(c->equilibrium[a]);
    }
    free(m);
    return status == 0 ? OK : err_set(ERR_NUMERICAL, "the turns of a rotor cannot be diagonalised");
}

void turn_chain_clear(TurnChain *c)
{
    free(c->rate);
    free(c->start);
    free(c->end);
    *c = (TurnChain){0};
}

double turn_chain_isf(const TurnChain *c, double q, double bond, double t)
{
    int wells = c->n / TURNS;
    double sum = 0.0;
    for (int a = 0; a < wells; a++)
        for (int i = 0; i < c->n; i++) {
            double p = 0.0;
            for (int l = 0; l < c->n; l++)
                if (c->rate[l] == 0.0 || isfinite(t))
                    p += c->start[l * wells + a] * c->end[l * c->n + i] *
                         (c->rate[l] == 0.0 ? 1.0 : exp(-c->rate[l] * t));
            sum += c->equilibrium[a] * p *
                   counts_form(c->net, c->class, a, i / TURNS, i % TURNS, q, bond);
        }
    return sum;
}
