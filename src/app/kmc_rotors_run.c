#include "app/kmc_rotors_run.h"

#include "analysis/isf.h"
#include "app/kmc_rotors_checkpoint.h"
#include "app/kmc_rotors_direct.h"
#include "app/stages.h"
#include "base/timer.h"
#include "lattice/carriers.h"
#include "lattice/hopper.h"
#include "lattice/tiles.h"

#include <math.h>
#include <stdlib.h>

static const int64_t LOOK = 200000; /* rotors times cycles of tiles between two looks for signals */

/* ---- what all replicas share ----------------------------------------------------------------- */

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

Err kmc_rotors_run_init(KmcRotorsRun *r, const StageRun *run, const KmcRotorsOptions *o,
                        const Network *full)
{
    const ConfigNode *stage = run->stage->node;
    const int k[3] = {(int)o->copies[0], (int)o->copies[1], (int)o->copies[2]};
    *r = (KmcRotorsRun){.run = run, .o = o, .saved = timer_now()};
    TRY(freeze(run, o, full, &r->net));
    TRY(wiring_init(&r->wiring, &r->net));
    TRY(config_place_error(stage, "copies", state_init(&r->state, &r->net, k)));
    r->every = counts_every(&r->state, o->counted);
    r->step = 1e-12 * o->sample_every;
    r->samples = (int64_t)floor(o->duration / o->sample_every + 1e-9) + 1;
    r->levels = 1;
    while (COUNTS_LINEAR * pow(2.0, r->levels - 1) * o->sample_every < o->tmax * (1.0 - 1e-9))
        r->levels++;
    r->q = isf_q_values(&o->q, o->q_min, o->q_max, o->q_step, &r->nq);
    r->seed = stages_seed(run, (uint64_t)o->seed);
    for (int p = 0; p < KMC_ROTORS_PASSES; p++)
        counts_init(&r->counts[p], &r->state, 0, 0, r->every, r->levels, (int)o->groups);
    r->path = stage_file(run->stage, "checkpoint.bin");
    return OK;
}

void kmc_rotors_run_clear(KmcRotorsRun *r)
{
    for (int p = 0; p < KMC_ROTORS_PASSES; p++)
        counts_clear(&r->counts[p]);
    wiring_clear(&r->wiring);
    state_clear(&r->state);
    network_clear(&r->net);
    checkpoint_free(r->file);
    free(r->under_way);
    free(r->path);
    free(r->q);
}

size_t kmc_rotors_run_rotors(const KmcRotorsRun *r)
{
    return (size_t)(r->state.ncell * r->net.nrotor);
}

size_t kmc_rotors_run_counted(const KmcRotorsRun *r)
{
    return (kmc_rotors_run_rotors(r) + (size_t)r->every - 1) / (size_t)r->every;
}

Err kmc_rotors_run_begin(KmcRotorsRun *r, int64_t replica, KmcClock *clock)
{
    const KmcRotorsOptions *o = r->o;
    State *s = &r->state;
    *clock = (KmcClock){.seed = r->seed, .id = (1ULL << 40) | (uint64_t)replica};
    state_rest(s);
    TRY(carriers_put(s, (CarriersKind)o->carriers, o->site, o->number, r->seed, (uint64_t)replica));
    const KmcOptions how = {.temperature = o->temperature, .rotor_speed = o->rotor_speed};
    return hopper_draw_rotors(s, &r->wiring, &how, clock);
}

/* ---- how far it is --------------------------------------------------------------------------- */

typedef struct Cycles {
    double length;                  /* ps */
    int64_t before, between, total; /* the first sample, between two, in a replica */
} Cycles;

static Cycles cycles_of(const KmcRotorsRun *r, int64_t pass)
{
    const KmcRotorsOptions *o = r->o;
    Cycles c = {.length = pass == KMC_ROTORS_FINE ? 0.5 * o->cycle : o->cycle};
    c.before = (int64_t)ceil(o->equilibration / c.length);
    c.between = (int64_t)rint(o->sample_every / c.length);
    c.total = c.before + (r->samples - 1) * c.between;
    return c;
}

/* Samples of direct, between its rounds; cycles of tiles. */
static int64_t steps_before(const KmcRotorsRun *r, const KmcRotorsPlace *at)
{
    if (r->o->engine == KMC_ROTORS_DIRECT)
        return kmc_rotors_direct_done(r);
    int64_t sum = at->replica * cycles_of(r, at->pass).total + at->cycle;
    for (int64_t p = 0; p < at->pass; p++)
        sum += r->o->replicas * cycles_of(r, p).total;
    return sum;
}

bool kmc_rotors_run_due(KmcRotorsRun *r, int64_t step, bool stop)
{
    bool due = stages_save_due(r->run->comm, r->saved, r->o->checkpoint_every);
    log_progress(&r->progress, (double)step);
    status_show(&r->status, step, NULL);
    return step < r->status.target && (stop || due);
}

Err kmc_rotors_run_saved(KmcRotorsRun *r, int64_t step, bool stop)
{
    r->status.checkpoint = step;
    return stop ? err_set(ERR_STOPPED,
                          "stopped by %s after %lld of %lld %s, checkpoint written; go on with "
                          "--resume",
                          stop_reason(), (long long)step, (long long)r->status.target,
                          r->progress.unit)
                : OK;
}

/* ---- tiles ----------------------------------------------------------------------------------- */

/* Save where all ranks are if it is time or if they have been asked to stop. Collective. */
static Err pause_here(KmcRotorsRun *r, const Counts *replica, bool stop)
{
    int64_t step = steps_before(r, &r->place);
    if (!kmc_rotors_run_due(r, step, stop))
        return OK;
    TRY(kmc_rotors_checkpoint_save(r, replica, 0, NULL));
    return kmc_rotors_run_saved(r, step, stop);
}

static Err tiles_begin(KmcRotorsRun *r, double cycle, Tiles **t, Counts *mine)
{
    const KmcRotorsOptions *o = r->o;
    const Comm *c = r->run->comm;
    TilesOptions how = {.kmc = {.temperature = o->temperature, .rotor_speed = o->rotor_speed},
                        .size = {(int)o->tile[0], (int)o->tile[1], (int)o->tile[2]},
                        .step = 1e-12 * cycle,
                        .seed = r->place.pass == KMC_ROTORS_FINE ? r->seed : r->seed + 1,
                        .replica = (uint32_t)r->place.replica};
    KmcClock clock;
    int first, count;
    Err e = comm_agree(c, kmc_rotors_run_begin(r, r->place.replica, &clock));
    if (e == OK)
        e = comm_agree(c, tiles_new(c, &r->state, &r->wiring, &how, t));
    if (e != OK)
        return config_place_error(r->run->stage->node, "tile", e);
    tiles_own(*t, &first, &count);
    int64_t layer = o->copies[1] * o->copies[2] * r->net.nrotor;
    counts_init(mine, &r->state, first * layer, count * layer, r->every, r->levels, (int)o->groups);
    e = kmc_rotors_checkpoint_enter(r, mine);
    tiles_resume(*t, r->place.cycle);
    return e;
}

/* A replica by all ranks, or the rest of it. Collective. */
static Err run_tiles(KmcRotorsRun *r)
{
    KmcRotorsPlace *at = &r->place;
    const Cycles n = cycles_of(r, at->pass);
    const int64_t every = 1 + LOOK / (r->state.ncell * r->net.nrotor);
    Tiles *t = NULL;
    Counts mine = {0};
    Err e = tiles_begin(r, n.length, &t, &mine);
    if (e == OK && at->cycle == 0 && n.before == 0)
        counts_sample(&mine);
    while (e == OK && at->cycle < n.total) {
        r->events += tiles_cycle(t);
        at->cycle++;
        if (at->cycle >= n.before && (at->cycle - n.before) % n.between == 0)
            counts_sample(&mine);
        if (at->cycle % every == 0 && at->cycle < n.total)
            e = pause_here(r, &mine, stop_due(r->run->comm));
    }
    if (e == OK) {
        counts_add(&mine, &r->counts[at->pass]);
        bool last = at->replica + 1 == r->o->replicas;
        *at = (KmcRotorsPlace){.pass = at->pass + last, .replica = last ? 0 : at->replica + 1};
        e = pause_here(r, NULL, at->pass < KMC_ROTORS_PASSES && stop_due(r->run->comm));
    }
    counts_clear(&mine);
    tiles_free(t);
    return e;
}

/* ---- all ------------------------------------------------------------------------------------- */

Err kmc_rotors_run_all(KmcRotorsRun *r)
{
    const Comm *c = r->run->comm;
    const bool tiles = r->o->engine == KMC_ROTORS_TILES;
    const KmcRotorsPlace end = {.pass = KMC_ROTORS_PASSES};
    Err e = kmc_rotors_checkpoint_load(r);
    if (e != OK)
        return e;
    const int64_t first = steps_before(r, &r->place),
                  all = tiles ? steps_before(r, &end) : r->o->replicas * r->samples;
    status_init(&r->status, r->run, first, all);
    log_progress_init(&r->progress, stage_name(r->run->stage), tiles ? "cycles" : "samples",
                      (double)all);
    r->progress.first = (double)first;
    if (first > 0) {
        r->status.checkpoint = first;
        log_info("  resumed after %lld of %lld %s", (long long)first, (long long)all,
                 r->progress.unit);
    }
    while (e == OK && (tiles ? steps_before(r, &r->place) < all : kmc_rotors_direct_left(r) > 0))
        e = tiles ? run_tiles(r) : kmc_rotors_direct_round(r);
    const int64_t kept = r->status.checkpoint > first ? r->status.checkpoint : first;
    status_show(&r->status, e == OK ? all : kept, e == OK ? "done" : "stopped");
    status_clear(&r->status);
    for (int p = 0; p < KMC_ROTORS_PASSES && e == OK; p++) {
        counts_reduce(&r->counts[p], c);
        r->counts[p].seen = r->samples;
    }
    if (e == OK)
        comm_sum_i64(c, 1, &r->events);
    return e;
}
