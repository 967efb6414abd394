/* stage_kmc_rotors.c -- kind `kmc_rotors`, the fast clock: BH4 turn on a network while Mg stay where they are.
 *
 * Leaves result.h5: /isf (analysis/turn_isf.h) for stage qens, /status, /counts (integers: any Q afterwards), /truth without
 * statistical error where BH4 do not feel each other, scalars. Replicas are functions of (seed, replica), counts are integers: the
 * same bytes for any number of ranks. Stopped in time it leaves checkpoint.bin and goes on with --resume (kmc_rotors_run.h).
 */
#include "app/kmc_options.h"
#include "app/kmc_rotors_write.h"
#include "base/log.h"

#include <math.h>
#include <stdio.h>

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

static Err check(const StageRun *run, const void *options, StageEstimate *estimate)
{
    const KmcRotorsOptions *o = options;
    Network n;
    bool known;
    TRY(check_options(run->stage->node, o));
    Err e = kmc_options_paper(run, "network", o->network, &n, &known);
    if (e == OK && known) {
        KmcRotorsRun r;
        KmcClock clock;
        e = kmc_rotors_run_init(&r, run, o, &n);
        if (e == OK)
            e = config_place_error(run->stage->node, "number", kmc_rotors_run_begin(&r, 0, &clock));
        double rotors = (double)(o->copies[0] * o->copies[1] * o->copies[2]) * n.nrotor;
        double ranks = comm_size(run->comm), kept = rotors / (double)r.every * 34.0 * r.levels;
        const bool tiles = o->engine == KMC_ROTORS_TILES;
        /* tiles: spread over ranks, and once more on rank 0 for a checkpoint (of one rank: when it resumes) */
        estimate->bytes = (tiles ? 6.0 : 60.0) * rotors * ranks + kept * (tiles ? 2.0 : ranks);
        estimate->disk = tiles ? 3.0 * (kept + 2.0 * rotors) : 0.0; /* new, last, the one before */
        /* samples; turns; tiles are entered twice as often as they are timed, and all is done with dt/2 too */
        double cycles = tiles ? 3.0 * (o->duration + o->equilibration) / o->cycle : 0.0;
        estimate->seconds =
            (double)o->replicas * rotors *
            ((double)r.samples / (double)r.every * 20e-9 * r.levels + cycles * 2.0 * 60e-9) / ranks;
        snprintf(estimate->note, sizeof estimate->note, "%.0f BH4, %lld replicas of %g ps: %.60s",
                 rotors, (long long)o->replicas, o->duration, n.source);
        kmc_rotors_run_clear(&r);
    }
    network_clear(&n);
    return e;
}

static Err run_kmc_rotors(const StageRun *run, const void *options)
{
    const KmcRotorsOptions *o = options;
    KmcRotorsRun r = {0};
    Network full = {0};
    Err e = check_options(run->stage->node, o);
    if (e == OK)
        e = kmc_options_network(run, o->network, &full);
    if (e == OK)
        e = comm_agree(run->comm, kmc_rotors_run_init(&r, run, o, &full));
    if (e == OK) {
        log_info("  %lld BH4, Mg stay; %lld samples every %g ps; turns: %s",
                 (long long)(r.state.ncell * r.net.nrotor), (long long)r.samples, o->sample_every,
                 r.net.source);
        e = kmc_rotors_run_all(&r);
    }
    if (e == OK)
        e = comm_agree(run->comm, comm_is_root(run->comm) ? kmc_rotors_write(&r) : OK);
    kmc_rotors_run_clear(&r);
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
