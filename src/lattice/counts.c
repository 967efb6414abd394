#include "lattice/counts.h"

#include "base/mem.h"
#include "base/vec.h"
#include "model/tetrahedron.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT = COUNTS_LINEAR + 1 };

/* How many multiples of `every` are below n. */
static int64_t multiples(int64_t n, int64_t every)
{
    return (n + every - 1) / every;
}

static int64_t common_divisor(int64_t a, int64_t b)
{
    return b == 0 ? a : common_divisor(b, a % b);
}

int64_t counts_every(const State *s, int64_t most)
{
    int64_t every = multiples(s->ncell * s->net->nrotor, most);
    while (common_divisor(every, s->net->nrotor) != 1)
        every++;
    return every;
}

void counts_init(Counts *c, const State *s, int64_t first, int64_t rotors, int64_t every,
                 int levels, int groups)
{
    const Network *n = s->net;
    *c = (Counts){.state = s,
                  .first = first,
                  .rotors = rotors,
                  .every = every,
                  .counted = multiples(first + rotors, every) - multiples(first, every),
                  .groups = groups,
                  .levels = levels,
                  .wells = 1};
    for (int k = 0; k < n->nrotor_class; k++)
        c->wells = n->rotor_classes[k].nwell > c->wells ? n->rotor_classes[k].nwell : c->wells;
    c->lag = MEM_NEW(int64_t, (COUNTS_LINEAR + 1) + (levels - 1) * COUNTS_LINEAR / 2);
    for (int i = 0; i <= COUNTS_LINEAR; i++)
        c->lag[c->nlag++] = i;
    for (int l = 1; l < levels; l++)
        for (int i = COUNTS_LINEAR / 2 + 1; i <= COUNTS_LINEAR; i++)
            c->lag[c->nlag++] = (int64_t)i << l;
    c->kept = MEM_NEW(uint8_t, (int64_t)levels * KEPT * 2 * c->counted);
    c->count = MEM_NEW(int64_t, (size_t)groups * (size_t)n->nrotor_class * c->nlag *
                                    (size_t)(c->wells * c->wells * TURNS));
}

void counts_clear(Counts *c)
{
    free(c->lag);
    free(c->kept);
    free(c->count);
    *c = (Counts){0};
}

static size_t row_of(const Counts *c, int group, int rotor_class, size_t lag)
{
    size_t classes = (size_t)c->state->net->nrotor_class;
    return (((size_t)group * classes + (size_t)rotor_class) * c->nlag + lag) *
           (size_t)(c->wells * c->wells * TURNS);
}

const int64_t *counts_row(const Counts *c, int group, int rotor_class, size_t lag)
{
    return c->count + row_of(c, group, rotor_class, lag);
}

/* Pairs of two samples: `then` and `now` are wells, then labels. */
static void count_pairs(Counts *c, size_t lag, const uint8_t *then, const uint8_t *now,
                        const int8_t quotient[TURNS][TURNS])
{
    const Network *n = c->state->net;
    int64_t all = c->state->ncell * n->nrotor;
    int64_t lead = multiples(c->first, c->every);
    for (int64_t m = 0; m < c->counted; m++) {
        int64_t global = (lead + m) * c->every;
        int group = (int)(global * c->groups / all);
        int g = quotient[now[c->counted + m]][then[c->counted + m]];
        c->count[row_of(c, group, n->rotor_class[global % n->nrotor], lag) +
                 (size_t)((then[m] * c->wells + now[m]) * TURNS + g)]++;
    }
}

void counts_sample(Counts *c)
{
    int8_t quotient[TURNS][TURNS];
    for (int now = 0; now < TURNS; now++)
        for (int then = 0; then < TURNS; then++)
            quotient[now][then] = (int8_t)turns_product(now, turns_inverse(then));
    for (int l = 0; l < c->levels && c->seen % ((int64_t)1 << l) == 0; l++) {
        int64_t index = c->seen >> l; /* of this sample on the level */
        uint8_t *level = c->kept + (int64_t)l * KEPT * 2 * c->counted;
        uint8_t *mine = level + index % KEPT * 2 * c->counted;
        int64_t lead = multiples(c->first, c->every);
        for (int64_t m = 0; m < c->counted; m++) {
            mine[m] = c->state->well[(lead + m) * c->every];
            mine[c->counted + m] = c->state->label[(lead + m) * c->every];
        }
        size_t lag = l == 0 ? 0 : (size_t)(COUNTS_LINEAR + 1 + (l - 1) * COUNTS_LINEAR / 2);
        for (int i = l == 0 ? 0 : COUNTS_LINEAR / 2 + 1; i <= COUNTS_LINEAR; i++, lag++)
            if (index >= i)
                count_pairs(c, lag, level + (index - i) % KEPT * 2 * c->counted, mine,
                            (const int8_t(*)[TURNS])quotient);
    }
    c->seen++;
}

size_t counts_size(const Counts *c)
{
    return row_of(c, c->groups, 0, 0);
}

size_t counts_kept_rows(const Counts *c)
{
    return (size_t)c->levels * KEPT * 2;
}

void counts_add(const Counts *from, Counts *to)
{
    for (size_t k = 0; k < counts_size(to); k++)
        to->count[k] += from->count[k];
}

void counts_reduce(Counts *c, const Comm *comm)
{
    comm_sum_i64(comm, counts_size(c), c->count);
}

double counts_form(const Network *n, int rotor_class, int w0, int w, int turn, double q,
                   double bond)
{
    const NetworkRotorClass *class = &n->rotor_classes[rotor_class];
    double body[4][3], sum = 0.0;
    tetrahedron_body(false, bond, body);
    for (int s = 0; s < 4; s++) {
        double from[3], to[3], d[3];
        quat_rotate(class->orient[w0], body[s], from);
        quat_rotate(class->orient[w], body[turns_site(turn, s)], to);
        vec_sub(to, from, d);
        double x = q * vec_norm(d);
        sum += x < 1e-4 ? 1.0 - x * x / 6.0 : sin(x) / x;
    }
    return 0.25 * sum;
}

void counts_isf(const Counts *c, int rotor_class, double q, double bond, double value[],
                double error[])
{
    const Network *n = c->state->net;
    int wells = n->rotor_classes[rotor_class].nwell;
    double *form = MEM_NEW(double, c->wells * c->wells * TURNS);
    for (int a = 0; a < wells; a++)
        for (int b = 0; b < wells; b++)
            for (int g = 0; g < TURNS; g++)
                form[(a * c->wells + b) * TURNS + g] =
                    counts_form(n, rotor_class, a, b, g, q, bond);
    for (size_t lag = 0; lag < c->nlag; lag++) {
        double sum = 0.0, pairs = 0.0, square = 0.0;
        int groups = 0;
        double *mean = MEM_NEW(double, 2 * c->groups);
        for (int group = 0; group < c->groups; group++) {
            const int64_t *row = counts_row(c, group, rotor_class, lag);
            for (int k = 0; k < c->wells * c->wells * TURNS; k++) {
                mean[2 * group] += (double)row[k] * form[k];
                mean[2 * group + 1] += (double)row[k];
            }
            sum += mean[2 * group];
            pairs += mean[2 * group + 1];
        }
        value[lag] = pairs > 0.0 ? sum / pairs : NAN;
        for (int group = 0; group < c->groups; group++) {
            double weight = mean[2 * group + 1] / pairs;
            if (!(weight > 0.0))
                continue;
            double off = mean[2 * group] / mean[2 * group + 1] - value[lag];
            square += weight * weight * off * off;
            groups++;
        }
        error[lag] = groups > 1 ? sqrt(square * groups / (groups - 1)) : NAN;
        free(mean);
    }
    free(form);
}
