/* stage_kmc_rotors.c -- kind `kmc_rotors`, the fast clock: BH4 turn on a network while Mg stay where they are.
 *
 * Leaves result.h5: /isf (analysis/turn_isf.h) for stage qens, /status, /counts (integers: any Q afterwards), /truth without
 * statistical error where BH4 do not feel each other, scalars. Replicas are functions of (seed, replica), counts are integers: the
 * same bytes for any number of ranks.
 */
#include "analysis/isf.h"
#include "analysis/turn_isf.h"
#include "app/kmc_options.h"
#include "app/kmc_rotors_options.h"
#include "base/log.h"
#include "base/mem.h"
#include "lattice/hopper.h"
#include "lattice/tiles.h"
#include "lattice/turn_chain.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOK_EVERY = 64 }; /* samples of tiles */

typedef struct Rotors {
    const StageRun *run;
    const KmcRotorsOptions *o;
    Network net; /* without edges: nothing hops */
    Wiring wiring;
    State state;
    int levels;
    int64_t samples;
    double step; /* [s] between samples */
    uint64_t seed;
    size_t nq;
    double *q;
    int64_t events;
} Rotors;

static Err check_options(const ConfigNode *stage, const KmcRotorsOptions *o)
{
    double cycles = o->sample_every / o->cycle;
    if (o->q_max < o->q_min && o->q.n == 0)
        return config_error(stage, "q_max", "smaller than q_min");
    if (o->tmax > 0.5 * o->duration)
        return config_error(stage, "tmax", "%g ps is more than half of the duration, %g ps",
                            o->tmax, o->duration);
    if (o->engine == KMC_ROTORS_TILES &&
        (cycles < 0.5 || fabs(cycles - rint(cycles)) > 1e-6 * cycles))
        return config_error(stage, "cycle", "%g ps does not divide sample_every, %g ps", o->cycle,
                            o->sample_every);
    if (o->carriers != CARRIERS_NONE && o->number < 1)
        return config_error(stage, "number", "write `carriers: none` for the perfect lattice");
    return OK;
}

/* Without edges; a network of its own. */
static Err freeze(const StageRun *run, const KmcRotorsOptions *o, const Network *from, Network *to)
{
    TRY(config_place_error(run->stage->node, "temperature", network_check(from, o->temperature)));
    if (from->nrotor == 0)
        return config_error(run->stage->node, "network",
                            "it has no rotors: give it `wells` and `turns`");
    network_copy(to, from);
    to->nedge = to->ngate = 0;
    return OK;
}

static Err prepare(Rotors *r, const Network *full)
{
    const KmcRotorsOptions *o = r->o;
    const ConfigNode *stage = r->run->stage->node;
    const int k[3] = {(int)o->copies[0], (int)o->copies[1], (int)o->copies[2]};
    TRY(freeze(r->run, o, full, &r->net));
    TRY(wiring_init(&r->wiring, &r->net));
    TRY(config_place_error(stage, "copies", state_init(&r->state, &r->net, k)));
    r->step = 1e-12 * o->sample_every;
    r->samples = (int64_t)floor(o->duration / o->sample_every + 1e-9) + 1;
    r->levels = 1;
    while (COUNTS_LINEAR * pow(2.0, r->levels - 1) * o->sample_every < o->tmax * (1.0 - 1e-9))
        r->levels++;
    r->q = isf_q_values(&o->q, o->q_min, o->q_max, o->q_step, &r->nq);
    r->seed = stages_seed(r->run, (uint64_t)o->seed);
    return OK;
}

static void rotors_clear(Rotors *r)
{
    wiring_clear(&r->wiring);
    state_clear(&r->state);
    network_clear(&r->net);
    free(r->q);
}

/* ---- running --------------------------------------------------------------------------------- */

/* Mg and wells of a replica, the same on every rank. */
static Err begin_replica(Rotors *r, int64_t replica, KmcClock *clock)
{
    const KmcRotorsOptions *o = r->o;
    State *s = &r->state;
    *clock = (KmcClock){.seed = r->seed, .id = (1ULL << 40) | (uint64_t)replica};
    state_rest(s);
    TRY(carriers_put(s, (CarriersKind)o->carriers, o->site, o->number, r->seed, (uint64_t)replica));
    const KmcOptions how = {.temperature = o->temperature, .rotor_speed = o->rotor_speed};
    return hopper_draw_rotors(s, &r->wiring, &how, clock);
}

/* Add what a replica has counted. */
static void add(const Counts *from, Counts *to)
{
    size_t n = (size_t)to->groups * (size_t)to->state->net->nrotor_class * to->nlag *
               (size_t)(to->wells * to->wells * TURNS);
    for (size_t k = 0; k < n; k++)
        to->count[k] += from->count[k];
    to->seen = from->seen;
}

static Err run_direct_replica(Rotors *r, int64_t replica, Counts *all)
{
    const KmcRotorsOptions *o = r->o;
    const KmcOptions how = {.temperature = o->temperature, .rotor_speed = o->rotor_speed};
    KmcClock clock;
    Kmc *k;
    Counts mine;
    TRY(begin_replica(r, replica, &clock));
    TRY(kmc_new(&r->state, &r->wiring, &how, NULL, &k));
    counts_init(&mine, &r->state, 0, r->state.ncell * r->net.nrotor, r->levels, (int)o->groups);
    double from = 1e-12 * o->equilibration;
    for (int64_t i = 0; i < r->samples; i++) {
        r->events += kmc_run(k, &clock, from + (double)i * r->step, INT64_MAX);
        counts_sample(&mine);
    }
    add(&mine, all);
    counts_clear(&mine);
    kmc_free(k);
    return OK;
}

static Err stopped(int64_t done, int64_t total)
{
    return err_set(ERR_STOPPED, "stopped by %s after %lld of %lld replicas; the stage starts anew",
                   stop_reason(), (long long)done, (long long)total);
}

static Err run_direct(Rotors *r, Counts *all)
{
    const Comm *c = r->run->comm;
    Err e = OK;
    for (int64_t first = 0; first < r->o->replicas && e == OK; first += comm_size(c)) {
        if (first + comm_rank(c) < r->o->replicas)
            e = run_direct_replica(r, first + comm_rank(c), all);
        e = comm_agree(c, e);
        if (e == OK && stop_due(c))
            e = stopped(first + comm_size(c), r->o->replicas);
    }
    all->seen = r->samples; /* also on a rank without a replica */
    return e;
}

static Err run_tiles_replica(Rotors *r, int64_t replica, double cycle, Counts *all)
{
    const KmcRotorsOptions *o = r->o;
    const Comm *c = r->run->comm;
    TilesOptions how = {.kmc = {.temperature = o->temperature, .rotor_speed = o->rotor_speed},
                        .size = {(int)o->tile[0], (int)o->tile[1], (int)o->tile[2]},
                        .step = 1e-12 * cycle,
                        .seed = cycle < r->o->cycle ? r->seed : r->seed + 1,
                        .replica = (uint32_t)replica};
    KmcClock clock;
    Tiles *t = NULL;
    Counts mine;
    int first, count;
    Err e = comm_agree(c, begin_replica(r, replica, &clock));
    if (e == OK)
        e = comm_agree(c, tiles_new(c, &r->state, &r->wiring, &how, &t));
    if (e != OK)
        return config_place_error(r->run->stage->node, "tile", e);
    tiles_own(t, &first, &count);
    int64_t layer = o->copies[1] * o->copies[2] * r->net.nrotor;
    counts_init(&mine, &r->state, first * layer, count * layer, r->levels, (int)o->groups);
    int64_t cycles = (int64_t)rint(o->sample_every / cycle),
            before = (int64_t)ceil(o->equilibration / cycle);
    bool stop = false;
    for (int64_t i = 0; i < r->samples && !stop; i++) {
        for (int64_t k = 0; k < (i == 0 ? before : cycles); k++)
            r->events += tiles_cycle(t);
        counts_sample(&mine);
        stop = i % LOOK_EVERY == 0 && stop_due(c);
    }
    if (!stop)
        add(&mine, all);
    counts_clear(&mine);
    tiles_free(t);
    return stop ? stopped(replica, o->replicas) : OK;
}

static Err run_tiles(Rotors *r, double cycle, Counts *all)
{
    Err e = OK;
    for (int64_t replica = 0; replica < r->o->replicas && e == OK; replica++)
        e = run_tiles_replica(r, replica, cycle, all);
    return e;
}

/* ---- results --------------------------------------------------------------------------------- */

/* I(Q,t) of rotors that do not feel each other, from their chains: mean over all rotors of the state as it is. */
static Err write_truth(const Rotors *r, const TurnIsf *s, H5 *file, double *turns)
{
    const Network *n = &r->net;
    int64_t rotors = r->state.ncell * n->nrotor;
    double *eisf = MEM_NEW(double, s->nq), *curve = MEM_NEW(double, s->nq * s->nt);
    int32_t *met = MEM_NEW(int32_t, rotors);
    size_t wells = (size_t)r->wiring.wells;
    int32_t *field = MEM_NEW(int32_t, (size_t)rotors * wells);
    Err e = OK;
    *turns = 0.0;
    for (int64_t m = 0; m < rotors; m++)
        wiring_field(&r->wiring, &r->state, m, field + (size_t)m * wells);
    for (int64_t m = 0; m < rotors && e == OK; m++) { /* those alike are solved once */
        int64_t alike = 1;
        if (met[m])
            continue;
        for (int64_t k = m + 1; k < rotors; k++)
            if (!met[k] && n->rotor_class[k % n->nrotor] == n->rotor_class[m % n->nrotor] &&
                memcmp(field + (size_t)k * wells, field + (size_t)m * wells,
                       wells * sizeof *field) == 0) {
                met[k] = 1;
                alike++;
            }
        TurnChain chain;
        e = turn_chain_init(&chain, &r->wiring, n->rotor_class[m % n->nrotor],
                            field + (size_t)m * wells, r->o->temperature, r->o->rotor_speed);
        double share = (double)alike / (double)rotors;
        *turns += e == OK ? share * chain.turns : 0.0;
        for (size_t i = 0; i < s->nq && e == OK; i++) {
            eisf[i] += share * turn_chain_isf(&chain, s->q[i], r->o->bond, INFINITY);
            for (size_t k = 0; k < s->nt; k++)
                curve[i * s->nt + k] +=
                    share * turn_chain_isf(&chain, s->q[i], r->o->bond, 1e-12 * s->t[k]);
        }
        turn_chain_clear(&chain);
    }
    if (e == OK)
        e = h5_write(file, "truth/Q", 1, &s->nq, s->q, "1/A", "momentum transfer");
    if (e == OK)
        e = h5_write(file, "truth/t", 1, &s->nt, s->t, "ps", "time difference");
    if (e == OK)
        e = h5_write(file, "truth/eisf", 1, &s->nq, eisf, "1", "EISF of the turns, exact");
    if (e == OK)
        e = h5_write(file, "truth/I_Q_t", 2, (size_t[]){s->nq, s->nt}, curve, "1",
                     "I(Q,t) [Q][t] of the turns, exact");
    free(eisf), free(curve), free(met), free(field);
    return e;
}

static Err write_class_times(const Rotors *r, const Counts *c, size_t at, H5 *file)
{
    Err e = OK;
    for (int k = -1; k < r->net.nrotor_class && e == OK; k++) {
        TurnIsf s;
        double value, error;
        char name[64], text[96];
        if (k >= 0 && r->net.nrotor_class == 1)
            continue;
        turn_isf_init(&s, c, k, r->step, r->nq, r->q, r->o->bond);
        turn_isf_relaxation(&s, at, &value, &error);
        snprintf(name, sizeof name, k < 0 ? "tau_relaxation" : "tau_relaxation_%d", k + 1);
        snprintf(text, sizeof text, "integral of the decaying part of I(Q,t) at Q = %g 1/A, %s",
                 r->q[at], k < 0 ? "all BH4" : r->net.rotor_classes[k].label);
        e = stages_scalar(file, name, value, error, "ps", text);
        if (k < 0)
            log_info("  relaxation time %.4g +- %.2g ps at Q = %g 1/A; EISF %.4f", value, error,
                     r->q[at], s.mean[at * s.nt + s.nt - 1]);
        turn_isf_clear(&s);
    }
    return e;
}

/* Largest difference between cycles of dt and dt/2, in I(Q,t) and in standard errors; a third of it is left at dt/2. */
static Err write_splitting(const TurnIsf *half, const TurnIsf *whole, H5 *file)
{
    double worst = 0.0, sigmas = 0.0;
    for (size_t k = 0; k < half->nq * half->nt; k++) {
        double d = fabs(half->mean[k] - whole->mean[k]), s = hypot(half->error[k], whole->error[k]);
        worst = fmax(worst, d);
        if (s > 1e-9)
            sigmas = fmax(sigmas, d / s);
    }
    log_info("  cycles of dt and dt/2: I(Q,t) differs by at most %.2g (%.1f standard errors)",
             worst, sigmas);
    TRY(stages_scalar(file, "splitting_error", worst / 3.0, NAN, "1",
                      "of I(Q,t) by the time step of tiles: a third of the largest difference "
                      "between dt and dt/2, statistical scatter included"));
    return stages_scalar(file, "splitting_sigmas", sigmas, NAN, "1",
                         "that difference in standard errors");
}

static Err write_counts(const Counts *c, H5 *file)
{
    size_t dims[6] = {(size_t)c->groups, (size_t)c->state->net->nrotor_class,
                      c->nlag,           (size_t)c->wells,
                      (size_t)c->wells,  TURNS};
    TRY(h5_write_i64(file, "counts/count", 6, dims, c->count, "1",
                     "[group][class][lag][well before][well after][turn]: lattice/counts.h"));
    return h5_write_i64(file, "counts/lag", 1, &c->nlag, c->lag, "1", "samples");
}

static Err write_all(const Rotors *r, const Counts *c, const Counts *coarse, H5 *file)
{
    TurnIsf s, other;
    size_t at = 0;
    double turns = NAN;
    H5 *group;
    for (size_t i = 1; i < r->nq; i++)
        at = fabs(r->q[i] - r->o->at) < fabs(r->q[at] - r->o->at) ? i : at;
    turn_isf_init(&s, c, -1, r->step, r->nq, r->q, r->o->bond);
    Err e = h5_write_text(file, "status", r->net.source);
    if (e == OK)
        e = h5_group(file, "isf", &group);
    if (e == OK) {
        e = turn_isf_write(&s, group);
        h5_close_group(group);
    }
    if (e == OK)
        e = write_counts(c, file);
    bool alone =
        r->net.nrotor_rotor == 0 && (r->o->carriers == CARRIERS_NONE || r->net.nsite_rotor == 0);
    if (e == OK && alone)
        e = write_truth(r, &s, file, &turns);
    if (e == OK && coarse != NULL) {
        turn_isf_init(&other, coarse, -1, r->step, r->nq, r->q, r->o->bond);
        e = write_splitting(&s, &other, file);
        turn_isf_clear(&other);
    }
    if (e == OK)
        e = write_class_times(r, c, at, file);
    double runs = (double)r->o->replicas * (r->o->engine == KMC_ROTORS_TILES ? 2.0 : 1.0),
           seconds = 1e-12 * (r->o->equilibration + r->o->duration),
           rate = (double)r->events / (runs * seconds * (double)(r->state.ncell * r->net.nrotor));
    if (e == OK)
        e = stages_scalar(file, "tau_residence", 1e12 / rate, NAN, "ps",
                          "mean time between two turns of a BH4, all kinds of turns");
    if (e == OK && !isnan(turns))
        e = stages_scalar(file, "tau_residence_exact", 1e12 / turns, 0.0, "ps",
                          "the same from the rates in equilibrium");
    if (e == OK)
        log_info("  clock: %.4g turns/s of a BH4, residence time %.4g ps; %s", rate, 1e12 / rate,
                 r->net.source);
    turn_isf_clear(&s);
    return e;
}

static Err write(const Rotors *r, const Counts *c, const Counts *coarse)
{
    H5 *file;
    TRY(stages_create_result(r->run, &file));
    Err e = write_all(r, c, coarse, file);
    if (e == OK)
        return h5_commit(file);
    h5_close(file);
    return e;
}

/* ---- the stage ------------------------------------------------------------------------------- */

static Err check(const StageRun *run, const void *options, StageEstimate *estimate)
{
    const KmcRotorsOptions *o = options;
    Network n;
    bool known;
    TRY(check_options(run->stage->node, o));
    Err e = kmc_options_paper(run, "network", o->network, &n, &known);
    if (e == OK && known) {
        Rotors r = {.run = run, .o = o};
        KmcClock clock;
        e = prepare(&r, &n);
        if (e == OK)
            e = config_place_error(run->stage->node, "number", begin_replica(&r, 0, &clock));
        double rotors = (double)(o->copies[0] * o->copies[1] * o->copies[2]) * n.nrotor;
        estimate->bytes = rotors * (60.0 + 34.0 * r.levels) * comm_size(run->comm);
        estimate->seconds = rotors * (double)r.samples * 20e-9 * (double)(o->replicas * r.levels);
        snprintf(estimate->note, sizeof estimate->note, "%.0f BH4, %lld replicas of %g ps: %.60s",
                 rotors, (long long)o->replicas, o->duration, n.source);
        rotors_clear(&r);
    }
    network_clear(&n);
    return e;
}

static Err work(Rotors *r)
{
    const Comm *c = r->run->comm;
    bool tiles = r->o->engine == KMC_ROTORS_TILES;
    int64_t rotors = r->state.ncell * r->net.nrotor;
    Counts all, coarse;
    counts_init(&all, &r->state, 0, rotors, r->levels, (int)r->o->groups);
    counts_init(&coarse, &r->state, 0, rotors, r->levels, (int)r->o->groups);
    log_info("  %lld BH4, Mg stay; %lld samples every %g ps; turns: %s", (long long)rotors,
             (long long)r->samples, r->o->sample_every, r->net.source);
    Err e = tiles ? run_tiles(r, r->o->cycle, &coarse) : run_direct(r, &all);
    if (tiles && e == OK)
        e = run_tiles(r, 0.5 * r->o->cycle, &all);
    if (e == OK) {
        counts_reduce(&all, c);
        counts_reduce(&coarse, c);
        comm_sum_i64(c, 1, &r->events);
    }
    if (e == OK && comm_is_root(c))
        e = write(r, &all, tiles ? &coarse : NULL);
    counts_clear(&all);
    counts_clear(&coarse);
    return comm_agree(c, e);
}

static Err run_kmc_rotors(const StageRun *run, const void *options)
{
    Rotors r = {.run = run, .o = options};
    Network full = {0};
    Err e = check_options(run->stage->node, r.o);
    if (e == OK)
        e = kmc_options_network(run, r.o->network, &full);
    if (e == OK)
        e = comm_agree(run->comm, prepare(&r, &full));
    if (e == OK)
        e = work(&r);
    rotors_clear(&r);
    network_clear(&full);
    return e;
}

const StageKind stage_kmc_rotors = {
    .name = "kmc_rotors",
    .help = "kinetic Monte Carlo of BH4 on a network, Mg at rest: I(Q,t), EISF, relaxation times",
    .nfields = KMC_ROTORS_NFIELDS,
    .fields = kmc_rotors_fields,
    .options_size = sizeof(KmcRotorsOptions),
    .check = check,
    .run = run_kmc_rotors,
};
