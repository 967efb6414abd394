#include "analysis/turn_isf.h"

#include "analysis/blocks.h"
#include "analysis/isf.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sum over counts of one group and lag of count times form, for every Q; and the sum of counts. */
static double add_row(const Counts *c, int group, int class, size_t lag, size_t nq,
                      const double *form, double sum[])
{
    size_t n = (size_t)(c->wells * c->wells * TURNS);
    const int64_t *row = counts_row(c, group, class, lag);
    double pairs = 0.0;
    for (size_t k = 0; k < n; k++) {
        if (row[k] == 0)
            continue;
        pairs += (double)row[k];
        for (size_t i = 0; i < nq; i++)
            sum[i] += (double)row[k] * form[i * n + k];
    }
    return pairs;
}

static double *forms(const Counts *c, int class, size_t nq, const double q[], double bond)
{
    const Network *net = c->state->net;
    int wells = net->rotor_classes[class].nwell;
    size_t n = (size_t)(c->wells * c->wells * TURNS);
    double *form = MEM_NEW(double, nq *n);
    for (size_t i = 0; i < nq; i++)
        for (int a = 0; a < wells; a++)
            for (int b = 0; b < wells; b++)
                for (int g = 0; g < TURNS; g++)
                    form[i * n + (size_t)((a * c->wells + b) * TURNS + g)] =
                        counts_form(net, class, a, b, g, q[i], bond);
    return form;
}

static bool has_pairs(const Counts *c, size_t lag)
{
    return c->seen > c->lag[lag];
}

void turn_isf_init(TurnIsf *s, const Counts *c, int rotor_class, double step, size_t nq,
                   const double q[], double bond)
{
    int first = rotor_class < 0 ? 0 : rotor_class,
        last = rotor_class < 0 ? c->state->net->nrotor_class - 1 : rotor_class;
    *s = (TurnIsf){.nq = nq, .groups = (size_t)c->groups};
    while (s->nt < c->nlag && has_pairs(c, s->nt))
        s->nt++;
    s->q = MEM_NEW(double, nq);
    s->t = MEM_NEW(double, s->nt);
    s->block = MEM_NEW(double, s->groups *nq * s->nt);
    s->weight = MEM_NEW(double, s->groups);
    s->mean = MEM_NEW(double, nq * s->nt);
    s->error = MEM_NEW(double, nq * s->nt);
    memcpy(s->q, q, nq * sizeof *q);
    double **form = MEM_NEW(double *, last + 1), *sum = MEM_NEW(double, nq);
    for (int class = first; class <= last; class ++)
        form[class] = forms(c, class, nq, q, bond);
    for (size_t lag = 0; lag < s->nt; lag++) {
        s->t[lag] = 1e12 * step * (double)c->lag[lag];
        for (size_t g = 0; g < s->groups; g++) {
            double pairs = 0.0;
            memset(sum, 0, nq * sizeof *sum);
            for (int class = first; class <= last; class ++)
                pairs += add_row(c, (int)g, class, lag, nq, form[class], sum);
            if (lag == 0)
                s->weight[g] = pairs;
            for (size_t i = 0; i < nq; i++)
                s->block[(g * nq + i) * s->nt + lag] = pairs > 0.0 ? sum[i] / pairs : 0.0;
        }
    }
    blocks_over_groups(s->groups, nq * s->nt, s->block, s->weight, s->mean, s->error);
    for (int class = first; class <= last; class ++)
        free(form[class]);
    free(form);
    free(sum);
}

void turn_isf_clear(TurnIsf *s)
{
    free(s->q);
    free(s->t);
    free(s->block);
    free(s->weight);
    free(s->mean);
    free(s->error);
    *s = (TurnIsf){0};
}

static double plateau_of(const TurnIsf *s, const double f[])
{
    double end = s->t[s->nt - 1];
    return isf_window_mean(s->nt, s->t, f, 0.5 * end, end);
}

static double relaxation_of(const TurnIsf *s, const double f[])
{
    double end = plateau_of(s, f), from = s->t[0];
    size_t half = 0;
    while (half + 1 < s->nt && s->t[half] < 0.5 * s->t[s->nt - 1])
        half++;
    return half == 0 ? NAN
                     : (isf_window_mean(s->nt, s->t, f, from, s->t[half]) - end) *
                           (s->t[half] - from) / (f[0] - end);
}

void turn_isf_relaxation(const TurnIsf *s, size_t q, double *value, double *error)
{
    double *tau = MEM_NEW(double, s->groups);
    for (size_t g = 0; g < s->groups; g++)
        tau[g] = relaxation_of(s, s->block + (g * s->nq + q) * s->nt);
    *value = relaxation_of(s, s->mean + q * s->nt);
    *error = blocks_weighted(s->groups, tau, s->weight).error;
    free(tau);
}

static Err write_plateau(const TurnIsf *s, H5 *group)
{
    size_t ng = s->groups, nq = s->nq;
    double *part = MEM_NEW(double, ng *nq), *mean = MEM_NEW(double, nq),
           *error = MEM_NEW(double, nq), window[2] = {0.5 * s->t[s->nt - 1], s->t[s->nt - 1]};
    for (size_t k = 0; k < ng * nq; k++)
        part[k] = plateau_of(s, s->block + k * s->nt);
    blocks_over_groups(ng, nq, part, s->weight, mean, error);
    Err e =
        h5_write(group, "eisf_plateau", 1, &nq, mean, "1", "EISF: mean of I(Q,t) over the window");
    if (e == OK)
        e = h5_write(group, "eisf_plateau_error", 1, &nq, error, "1", "standard error");
    if (e == OK)
        e = h5_write(group, "eisf_blocks", 2, (size_t[]){ng, nq}, part, "1", "of each group");
    if (e == OK)
        e = h5_write(group, "plateau_window", 1, (size_t[]){2}, window, "ps", "from, to");
    free(part), free(mean), free(error);
    return e;
}

Err turn_isf_write(const TurnIsf *s, H5 *group)
{
    size_t ng = s->groups, nq = s->nq, nt = s->nt;
    TRY(h5_write(group, "t", 1, &nt, s->t, "ps", "time difference"));
    TRY(h5_write(group, "Q", 1, &nq, s->q, "1/A", "momentum transfer"));
    TRY(h5_write(group, "I_Q_t", 2, (size_t[]){nq, nt}, s->mean, "1",
                 "intermediate scattering function of turns, I(Q,0) = 1"));
    TRY(h5_write(group, "I_Q_t_error", 2, (size_t[]){nq, nt}, s->error, "1",
                 "standard error, from groups of rotors"));
    TRY(h5_write(group, "I_blocks", 3, (size_t[]){ng, nq, nt}, s->block, "1", "of each group"));
    TRY(h5_write(group, "block_weight", 1, &ng, s->weight, "1", "pairs of each group at lag 0"));
    return write_plateau(s, group);
}
