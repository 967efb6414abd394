/* stage_mc.c -- kind `mc`: Monte Carlo of a sample, in the ensemble that kind `md` samples with thermostat and barostat.
 *
 * Leaves what md leaves: trajectory.h5 (its times count sweeps), sample.h5 and sample.extxyz, result.h5; so md may follow mc
 * and mc md, in one study. Stopped in time it leaves checkpoint.bin and goes on with --resume, to the same bits on any
 * number of ranks.
 */
#include "app/stages.h"

#include "app/dataset.h"
#include "app/mc_options.h"
#include "app/mc_run.h"
#include "app/observing.h"
#include "app/status.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/timer.h"
#include "domain/snapshot.h"
#include "dynamics/rigid.h"
#include "store/checkpoint.h"
#include "store/provenance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TUNE_EVERY = 10, LOOK_EVERY = 10 }; /* sweeps */

static const double SEGMENT = 64e6; /* bytes of a file of the trajectory */

/* Everything that lives while the stage runs. */
typedef struct McStage {
    const StageRun *run;
    const McStageOptions *o;
    Sample sample; /* topology; cell and x as last recorded */
    Mc *mc;
    Observing *observing;
    Status status; /* its steps are sweeps */
    Trajectory *trajectory;
    H5mdTopology topology;
    char *provenance; /* rank 0 */
    char *checkpoint, *path;
    bool orientations;
    int64_t total;
    double saved; /* timer_now() of the last checkpoint */
} McStage;

/* Rigid: every BH4 becomes the regular tetrahedron that lies nearest, as in molecular dynamics. */
static void make_regular(Sample *s, double bond)
{
    for (int64_t k = 0; k < s->nion; k++) {
        if (s->ion_kind[k] != ION_BH4)
            continue;
        double q[4], (*x)[3] = s->x + s->ion_first[k];
        rigid_fit((const double(*)[3])x, q);
        rigid_place(q, bond, x);
    }
}

/* The sampler on a sample, which is made regular if it should be. */
static Err make_sampler(const StageRun *run, const McStageOptions *o, Sample *s, Mc **mc)
{
    FfParameters p;
    McOptions options;
    double(*sites)[3] = NULL;
    char *path = study_path(run->study, o->potential);
    Err e = forcefield_read(run->comm, path, &p);
    free(path);
    if (e == OK)
        e = mc_options_read(run, o, &s->cell, &options, &sites);
    if (e == OK && options.rigid)
        make_regular(s, p.rigid_bond);
    if (e == OK)
        e = mc_new(run->comm, s, &p, &options, mc);
    free(sites);
    return e;
}

/* Wall time of one sweep with these options, on a copy of the sample. */
static Err time_sweep(const StageRun *run, const McStageOptions *o, const Sample *sample,
                      double *seconds, StageEstimate *estimate)
{
    Sample s;
    Mc *mc = NULL;
    sample_copy(&s, sample);
    Err e = make_sampler(run, o, &s, &mc);
    double started = timer_now();
    if (e == OK)
        e = mc_sweep(mc);
    *seconds = timer_now() - started;
    comm_max(run->comm, 1, seconds);
    if (e == OK) {
        estimate->bytes =
            ((double)s.n * 500.0 + (double)mc_waves(mc) * 40.0) * comm_size(run->comm);
        mc_describe(mc, sizeof estimate->note, estimate->note);
    }
    mc_free(mc);
    sample_clear(&s);
    return e;
}

/* Trials, and the trajectories by one of a single step: two force calls. */
static Err try_sweeps(const StageRun *run, const McStageOptions *o, const Sample *sample,
                      StageEstimate *estimate)
{
    McStageOptions part = *o;
    double trials = 0.0, hybrid = 0.0;
    Err e = OK;
    if (o->hybrid_every > 0) {
        part.hybrid_every = part.hybrid_steps = 1;
        part.volume = MC_VOLUME_NONE;
        memset(part.weight, 0, sizeof part.weight);
        e = time_sweep(run, &part, sample, &hybrid, estimate);
        hybrid *= 0.5 * (double)(o->hybrid_steps + 1) / (double)o->hybrid_every;
        part = *o;
        part.hybrid_every = 2; /* beyond the one sweep of this trial */
    }
    if (e == OK)
        e = time_sweep(run, &part, sample, &trials, estimate);
    estimate->seconds = (trials + hybrid) * (double)(o->equilibration + o->sweeps);
    return e;
}

static Err check(const StageRun *run, const void *options, StageEstimate *estimate)
{
    const McStageOptions *o = options;
    const Stage *source = study_find(run->study, o->cell);
    if (!source->has_sample)
        return config_error(run->stage->node, "cell",
                            "stage '%s' leaves no sample; name a cell, md or mc stage", o->cell);
    Err e = observing_check(run->comm, o->observables);
    if (e != OK)
        return e;
    sample_copy(&run->stage->sample, &source->sample);
    run->stage->has_sample = true;
    e = try_sweeps(run, o, &source->sample, estimate);
    double n = (double)source->sample.n, frames = (double)o->sweeps / (double)o->sample_every;
    estimate->bytes += observing_memory(o->observables, n, (double)o->sample_every, frames);
    estimate->disk = frames * n * 12.0 + n * 250.0;
    return e;
}

static void present(McStage *s)
{
    s->sample.cell = *mc_cell(s->mc);
    memcpy(s->sample.x, mc_positions(s->mc), (size_t)s->sample.n * sizeof s->sample.x[0]);
}

static Err record_frame(McStage *s)
{
    int64_t sweep = mc_state(s->mc)->sweep;
    Snapshot now = {0};
    present(s);
    if (comm_is_root(s->run->comm))
        snapshot_of_sample(&s->sample, false, s->orientations, &now);
    now.frame.step = sweep;
    now.frame.time = (double)sweep;
    Err e = trajectory_append(s->trajectory, &now.frame);
    snapshot_clear(&now);
    return e == OK ? observing_frame(s->observing, sweep, (double)sweep, &s->sample, NULL) : e;
}

/* The segment is on the disk before the checkpoint that counts it. */
static Err save(McStage *s)
{
    int64_t segments;
    Err e = trajectory_close(s->trajectory, &segments);
    if (e == OK)
        e = mc_run_save(s->run->comm, s->mc, s->sample.n, s->checkpoint, s->run->stage->key,
                        segments);
    if (e == OK)
        e = trajectory_show(s->trajectory, NULL);
    if (e == OK)
        s->status.checkpoint = mc_state(s->mc)->sweep;
    s->saved = timer_now();
    return e;
}

/* What is due after a sweep: tuning, records. */
static Err record(McStage *s)
{
    const McStageOptions *o = s->o;
    int64_t sweep = mc_state(s->mc)->sweep, recorded = sweep - o->equilibration;
    Err e = OK;
    if (recorded <= 0 && sweep % TUNE_EVERY == 0)
        mc_tune(s->mc);
    if (sweep % o->log_every == 0)
        e = mc_run_log(s->trajectory, s->mc);
    if (e == OK && recorded >= 0 && recorded % o->sample_every == 0)
        e = record_frame(s);
    return e;
}

static Err advance(McStage *s)
{
    const Comm *c = s->run->comm;
    Progress progress;
    log_progress_init(&progress, stage_name(s->run->stage), "sweeps", (double)s->total);
    int64_t sweep = mc_state(s->mc)->sweep;
    progress.first = (double)sweep;
    Err e = OK;
    while (sweep < s->total && e == OK) {
        e = mc_sweep(s->mc);
        if (e == OK)
            e = record(s);
        sweep = mc_state(s->mc)->sweep;
        log_progress(&progress, (double)sweep);
        status_show(&s->status, sweep, NULL);
        bool regular = s->o->checkpoint_sweeps > 0 && sweep % s->o->checkpoint_sweeps == 0;
        bool look = sweep % LOOK_EVERY == 0;
        if (e != OK || !(look || regular) || sweep == s->total)
            continue;
        bool stop = look && stop_due(c);
        bool due = stages_save_due(c, s->saved, s->o->checkpoint_every);
        if (stop || regular || due)
            e = save(s);
        if (stop && e == OK)
            e = err_set(
                ERR_STOPPED,
                "stopped by %s at sweep %lld of %lld, checkpoint written; go on with --resume",
                stop_reason(), (long long)sweep, (long long)s->total);
    }
    return e;
}

/* The stage began when its trajectory did. Rank 0. */
static void read_start(McStage *s, const char *begun)
{
    Stage *stage = s->run->stage;
    memcpy(stage->resumed, stage->started, sizeof stage->resumed);
    if (!provenance_started(begun, stage->started))
        log_warn("%s does not say when it was begun", s->path);
}

/* segments: closed ones of a resumed run, -1 of a new one */
static Err open_trajectory(McStage *s, int64_t segments)
{
    const StageRun *run = s->run;
    if (comm_is_root(run->comm))
        s->provenance = stage_provenance(run, false);
    snapshot_topology(&s->sample, NULL, &s->topology);
    TrajectoryPlan plan = {.comm = run->comm,
                           .form = {.orientations = s->orientations},
                           .topology = &s->topology,
                           .provenance = s->provenance,
                           .least = 1 + (int64_t)(SEGMENT / (12.0 * (double)s->sample.n))};
    if (segments < 0)
        return trajectory_begin(run->stage->folder, &plan, &s->trajectory);
    char *begun = NULL;
    Err e = trajectory_resume(run->stage->folder, &plan, segments, mc_state(s->mc)->sweep, &begun,
                              &s->trajectory);
    if (begun != NULL)
        read_start(s, begun);
    free(begun);
    return e == OK ? trajectory_show(s->trajectory, NULL) : e;
}

static Err start(McStage *s)
{
    const StageRun *run = s->run;
    const McStageOptions *o = s->o;
    bool found = false;
    int64_t segments = -1;
    Err e = observing_check(run->comm, o->observables);
    if (e == OK)
        e = stages_read_sample(run, o->cell, &s->sample);
    if (e != OK)
        return e;
    memset(s->sample.v, 0,
           (size_t)s->sample.n * sizeof s->sample.v[0]); /* Monte Carlo has none to hand on */
    int64_t ions[ION_KINDS];
    sample_count(&s->sample, ions);
    s->orientations = ions[ION_BH4] > 0;
    e = make_sampler(run, o, &s->sample, &s->mc);
    if (e == OK && run->resume)
        e = mc_run_load(run->comm, s->mc, s->sample.n, s->checkpoint, run->stage->key, &segments,
                        &found);
    if (e != OK)
        return e;
    if (!found && comm_is_root(run->comm))
        checkpoint_remove(s->checkpoint); /* of a run whose trajectory is now overwritten */
    char text[256];
    mc_describe(s->mc, sizeof text, text);
    log_info("  %s%s", text, found ? "; resumed" : "");
    if (o->model == 0 && o->hybrid_every == 0)
        log_warn("stage %s: flexible BH4 keep their shape, since there are no hybrid moves "
                 "(hybrid_every)",
                 stage_name(run->stage));
    int64_t sweep = mc_state(s->mc)->sweep;
    status_init(&s->status, run, sweep, s->total);
    s->status.atoms = s->sample.n;
    s->status.checkpoint = found ? sweep : -1;
    e = open_trajectory(s, segments);
    if (e == OK)
        e = observing_open(run->comm, &s->sample, o->observables, (double)o->sample_every,
                           o->sweeps / o->sample_every + 1, &s->observing);
    if (e == OK && found)
        e = observing_replay(s->observing, run->comm, s->path, &s->sample);
    if (e == OK && !found && o->equilibration == 0)
        e = record_frame(s);
    return e;
}

static Err close_trajectory(McStage *s)
{
    int64_t segments;
    Err e = trajectory_close(s->trajectory, &segments);
    char *provenance = comm_is_root(s->run->comm) ? stage_provenance(s->run, true) : NULL;
    if (e == OK)
        e = trajectory_show(s->trajectory, provenance);
    free(provenance);
    return e;
}

static Err finish(McStage *s)
{
    const StageRun *run = s->run;
    H5 *file = NULL;
    present(s);
    Err e = close_trajectory(s);
    if (e == OK && comm_is_root(run->comm)) {
        e = stages_write_sample(run, &s->sample);
        if (e == OK)
            e = stages_create_result(run, &file);
    }
    e = comm_agree(run->comm, e);
    if (e == OK)
        e = observing_close(s->observing, file);
    if (comm_is_root(run->comm)) {
        if (e == OK)
            e = mc_run_scalars(file, s->path, s->mc, &s->sample, s->o->equilibration);
        if (e == OK)
            e = h5_commit(file);
        else if (file != NULL)
            h5_close(file);
    }
    return comm_agree(run->comm, e);
}

static Err run_mc(const StageRun *run, const void *options)
{
    McStage s = {.run = run, .o = options, .saved = timer_now()};
    s.checkpoint = stage_file(run->stage, "checkpoint.bin");
    s.path = stage_file(run->stage, "trajectory.h5");
    s.total = s.o->equilibration + s.o->sweeps;
    Err e = start(&s);
    if (e == OK)
        e = advance(&s);
    if (e == OK)
        e = finish(&s);
    if (s.status.run != NULL)
        status_show(&s.status, mc_state(s.mc)->sweep, e == OK ? "done" : "stopped");
    status_clear(&s.status);
    if (s.trajectory != NULL)
        trajectory_free(s.trajectory);
    snapshot_topology_clear(&s.topology);
    free(s.provenance);
    observing_free(s.observing);
    mc_free(s.mc);
    sample_clear(&s.sample);
    free(s.checkpoint);
    free(s.path);
    return e;
}

static Err give(const StageRun *run, const void *options, Dataset *dataset)
{
    (void)options;
    TRY(dataset_sample(dataset, run));
    TRY(dataset_mean(dataset, run));
    return dataset_trajectory(dataset, run);
}

const StageKind stage_mc = {
    .name = "mc",
    .help = "Monte Carlo, flexible or rigid BH4: turns, displacements, hops, volume, hybrid "
            "trajectories",
    .nfields = MC_OPTIONS_NFIELDS,
    .fields = mc_options_fields,
    .options_size = sizeof(McStageOptions),
    .check = check,
    .run = run_mc,
    .dataset = give,
};
