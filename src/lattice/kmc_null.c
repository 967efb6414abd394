/* Turns by null events: a way out of a well is drawn at random, at a rate that no turn exceeds, and the turn happens with the
 * probability of its own rate over that one. The process is the same as with lists (uniformization: A. Jensen, Skand. Aktuarietidskr.
 * 36, 87 (1953), doi 10.1080/03461238.1953.10419459), but what will be tried is known before anything has happened, and nothing has
 * to be kept up to date but energies. Where many attempts succeed that is several times faster.
 *
 * With E = -ln u, exponential with mean 1, a turn with the probability exp(-x) happens if E > x, and E - x is then exponential again.
 */
#include "lattice/kmc_inside.h"

#include "base/mem.h"
#include "lattice/rates.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LOOKS = 512 };

struct KmcNull {
    double top; /* [1/s] of attempts at one way out */
    /* A row of attempts */
    bool drawn;
    uint64_t seed, id, first;
    int32_t place[RNG_ROW];
    int32_t exit
        [RNG_ROW]; /* the way out of well 0, in `exit`; those of the other wells follow, `groups` each */
    double patience[RNG_ROW]; /* exponential with mean 1: of what happens, */
    double wait[RNG_ROW];     /* and of the time before */
};

/* ---- what is tried --------------------------------------------------------------------------- */

/* Which of n it is; what is left of the random bits. */
static inline int32_t choose(uint64_t *bits, int32_t n)
{
    __uint128_t product = (__uint128_t)*bits * (uint32_t)n;
    *bits = (uint64_t)product;
    return (int32_t)(product >> 64);
}

/* Attempts from clock->step on; memory is asked for beforehand. Words 0 and 1 choose, 2 decides, 3 waits. The low bits of what
 * decides are low bits of what chooses, of which the choice takes the high ones. */
static void draw_row(const Kmc *k, const KmcClock *clock)
{
    KmcNull *d = k->null;
    uint32_t word[4][RNG_ROW], half[RNG_ROW];
    const int32_t cells = (int32_t)k->ncell, rotors = k->net->nrotor, exits = k->wiring->groups;
    for (int i = 0; i < RNG_ROW; i++)
        half[i] = 0x80000000;
    rng_row(clock->seed, RNG_KMC, clock->step, clock->id, word);
    rng_exponential_row(word[2], word[1], d->patience);
    rng_exponential_row(word[3], half, d->wait);
    for (int i = 0; i < RNG_ROW; i++) {
        uint64_t bits = (uint64_t)word[0][i] << 32 | word[1][i];
        int32_t cell = choose(&bits, cells), rotor = choose(&bits, rotors),
                place = cell * rotors + rotor;
        d->place[i] = place;
        d->exit[i] = kmc_exits(k, rotor, 0) * exits + choose(&bits, exits);
        __builtin_prefetch(kmc_field(k, place), 1);
        __builtin_prefetch(k->well + place, 1);
    }
    d->seed = clock->seed;
    d->id = clock->id;
    d->first = clock->step;
    d->drawn = true;
}

/* ---- the rate that no turn exceeds ----------------------------------------------------------- */

/* Least that the energy of a rotor may rise from one well to another, whatever the others do. */
static int64_t least_rise(const Kmc *k, int32_t rotor, int from, int to)
{
    const Wiring *w = k->wiring;
    const int32_t *still = k->still + rotor * w->wells;
    int64_t rise = (int64_t)still[to] - (int64_t)still[from];
    for (int32_t i = w->rotor_rotors.first[rotor]; i < w->rotor_rotors.first[rotor + 1]; i++) {
        int64_t least = INT64_MAX;
        for (int u = 0; u < k->pull[i].wells; u++) {
            const int32_t *felt = k->pull[i].felt + u * 2 * k->energies;
            int64_t d = (int64_t)felt[to] - (int64_t)felt[from];
            least = d < least ? d : least;
        }
        rise += least;
    }
    for (int32_t i = w->rotor_sites.first[rotor]; i < w->rotor_sites.first[rotor + 1]; i++) {
        const int32_t *table = w->rotor_sites.wire[i].table;
        int64_t d = (int64_t)table[to] - (int64_t)table[from];
        rise += d < 0 ? d : 0;
    }
    return rise;
}

static double log_attempt(const Kmc *k, const Exit *e)
{
    return log(k->classes.attempt[e->attempt]);
}

static double find_top(Kmc *k)
{
    const Network *n = k->net;
    const Wiring *w = k->wiring;
    double top = -INFINITY;
    for (int32_t m = 0; m < n->nrotor; m++)
        for (int well = 0; well < n->rotor_classes[n->rotor_class[m]].nwell; well++) {
            const int at = kmc_exits(k, m, well);
            for (int g = 0; g < k->exits[at]; g++) {
                const Exit *e = &k->exit[at * w->groups + g];
                int64_t least = rates_activation(e->barrier, least_rise(k, m, well, e->to));
                top = fmax(top, log_attempt(k, e) - k->classes.beta * (double)least);
            }
        }
    for (int at = 0; at < n->nrotor_class * w->wells; at++)
        for (int g = 0; g < w->groups; g++) {
            Exit *e = &k->exit[at * w->groups + g];
            e->less = g < k->exits[at] && isfinite(top) ? top - log_attempt(k, e) : INFINITY;
        }
    return exp(top);
}

void kmc_null_make(Kmc *k)
{
    k->null = MEM_NEW(KmcNull, 1);
    k->null->top = find_top(k);
}

void kmc_null_clear(Kmc *k)
{
    free(k->null);
}

/* ---- running --------------------------------------------------------------------------------- */

/* How much E must exceed for a way out. */
static inline double hurdle(const Exit *e, const int32_t field[], int well, double beta)
{
    return beta * (double)kmc_exit_activation(field, well, e) + e->less;
}

/* The first of the attempts i ... that comes true or is later than `until`, RNG_ROW if none is; *time is then that of the last
 * before `until`, *left what is left of E. */
static int scan(const Kmc *k, int i, double beat, double until, double *time, double *left)
{
    const KmcNull *d = k->null;
    const int32_t *restrict energy = kmc_field(k, 0);
    const uint8_t *restrict wells = k->well;
    const Exit *exit = k->exit;
    const int64_t width = 2 * k->energies;
    const int groups = k->wiring->groups;
    const double beta = k->classes.beta;
    double now = *time;
    for (; i < RNG_ROW; i++) {
        double next = now + d->wait[i] * beat;
        if (next > until)
            break;
        now = next;
        const int32_t place = d->place[i];
        const int well = wells[place];
        *left = d->patience[i] -
                hurdle(&exit[d->exit[i] + well * groups], energy + place * width, well, beta);
        if (*left > 0.0)
            break;
    }
    *time = now;
    return i;
}

/* Energies of the rotors that feel this one. What is outside the box stays as it is. */
static void tell(const Kmc *k, int32_t place, int32_t cell, int32_t rotor, int from, int to)
{
    const Wires *wires = &k->wiring->rotor_rotors;
    const int width = 2 * k->energies, row = (from * k->wiring->wells + to) * width;
    int c[3];
    kmc_coordinates(k, cell, c);
    const bool deep = kmc_deep(k, c);
    for (int32_t i = wires->first[rotor]; i < wires->first[rotor + 1]; i++) {
        int64_t there = place + k->pull[i].away;
        if (!deep) {
            int at[3];
            int64_t beyond = kmc_neighbour(k, c, wires->wire[i].step, at);
            if (beyond < 0)
                continue;
            there = beyond * k->net->nrotor + wires->wire[i].other;
        }
        int32_t *field = kmc_field(k, there);
        const int32_t *change = k->pull[i].change + row;
        for (int v = 0; v < width; v += 2) {
            field[v] += change[v];
            field[v + 1] += change[v + 1];
        }
    }
}

/* Attempt i of the row comes true. */
static void turn(Kmc *k, int i, double left, double time)
{
    const KmcNull *d = k->null;
    const int32_t rotors = k->net->nrotor, place = d->place[i], cell = place / rotors,
                  rotor = place - cell * rotors;
    const int from = k->well[place],
              group = d->exit[i] - kmc_exits(k, rotor, 0) * k->wiring->groups;
    const TurnGroup *g = &wiring_ways(k->wiring, k->net->rotor_class[rotor], from)->group[group];
    KmcEvent e;
    kmc_set(k, place, rotor, g, g->nop > 1 ? exp(-left) : 0.5, &e);
    if (g->to != from)
        tell(k, place, cell, rotor, from, g->to);
    if (k->o.watch != NULL) {
        int c[3];
        kmc_coordinates(k, cell, c);
        e.cell = kmc_global_cell(k, c);
        e.time = time;
        k->o.watch(k->o.data, &e);
    }
}

/* Ways out that may be tried. */
static int64_t ways_out(const Kmc *k)
{
    return k->ncell * k->net->nrotor * k->wiring->groups;
}

int64_t kmc_null_window(const Kmc *k)
{
    return 4 * ways_out(k) + RNG_ROW;
}

double kmc_null_total(const Kmc *k)
{
    return k->null->top * (double)ways_out(k);
}

int64_t kmc_null_run(Kmc *k, KmcClock *clock, double until, int64_t most)
{
    const KmcNull *d = k->null;
    const double beat = 1.0 / kmc_null_total(k);
    const uint64_t begun = clock->step;
    const int64_t most_tries = kmc_null_window(k) - k->tried;
    int64_t happened = 0;
    if (!(beat < INFINITY)) {
        clock->time = until;
        return 0;
    }
    while (happened < most && (int64_t)(clock->step - begun) < most_tries) {
        uint64_t i = clock->step - d->first;
        if (!d->drawn || i >= RNG_ROW || d->seed != clock->seed || d->id != clock->id) {
            draw_row(k, clock);
            i = 0;
        }
        double left = 0.0;
        int at = scan(k, (int)i, beat, until, &clock->time, &left);
        clock->step += (uint64_t)at - i;
        if (at == RNG_ROW)
            continue;
        clock->step++;
        if (!(left > 0.0)) { /* later than `until`: forgotten, as in kmc_run */
            clock->time = until;
            break;
        }
        turn(k, at, left, clock->time);
        happened++;
    }
    k->tried += (int64_t)(clock->step - begun);
    k->happened += happened;
    return happened;
}

/* ---- are they worth while? ------------------------------------------------------------------- */

/* Sum over a rotor's ways out of the probability that an attempt comes true. */
static double chance(const Kmc *k, int64_t place, int32_t rotor)
{
    const int well = k->well[place], at = kmc_exits(k, rotor, well);
    double sum = 0.0;
    for (int g = 0; g < k->exits[at]; g++)
        sum += exp(-hurdle(&k->exit[at * k->wiring->groups + g], kmc_field(k, place), well,
                           k->classes.beta));
    return sum;
}

double kmc_null_share(const Kmc *k)
{
    const int64_t places = k->ncell * k->net->nrotor, looks = places < LOOKS ? places : LOOKS;
    double sum = 0.0;
    for (int64_t i = 0; i < looks; i++) {
        uint64_t bits = (uint64_t)i * 0x9e3779b97f4a7c15; /* the golden ratio spreads them evenly */
        int64_t place = looks == places ? i : (int64_t)choose(&bits, (int32_t)places);
        sum += chance(k, place, (int32_t)(place % k->net->nrotor));
    }
    return looks > 0 ? sum / (double)(looks * k->wiring->groups) : 0.0;
}

double kmc_null_rate(const Kmc *k, int64_t place, int32_t rotor)
{
    return k->null->top * chance(k, place, rotor);
}
