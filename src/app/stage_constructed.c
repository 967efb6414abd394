/* stage_constructed.c -- kind `constructed`: BH4 that turn by jumps with a known answer, seen by the same observables as
 * an md run. The answer stands beside the measurement, so that everything after it can be held against truth.
 *
 * Leaves sample.h5, sample.extxyz, trajectory.h5 if asked for, and result.h5: one group per observable; scalars tau, tau_relaxation, hwhm (exact);
 * /truth/{Q, eisf} and, beside I(Q,t) if `isf` was measured, /truth/{t, I_Q_t}, all without statistical error.
 */
#include "app/stages.h"

#include "analysis/constructed.h"
#include "analysis/eisf_table.h"
#include "app/dataset.h"
#include "app/observing.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"
#include "domain/snapshot.h"
#include "store/trajectory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct ConstructedStage {
    StageHead head;
    const ConfigNode *motion, *observables;
    bool trajectory;
} ConstructedStage;

enum { SEGMENT = 100000 }; /* frames */

static const ConfigField fields[] = {
    STAGE_HEAD_FIELDS,
    {.key = "motion",
     .kind = CONFIG_MAPPING,
     .fallback = "",
     .offset = offsetof(ConstructedStage, motion),
     .help = "{motion: rest|c2|c3|tetrahedral, tau, bond, ions, frames, interval, vibration, ...}; "
             "see `paddlewheel explain motion`"},
    {.key = "observables",
     .kind = CONFIG_MAPPING,
     .fallback = "",
     .offset = offsetof(ConstructedStage, observables),
     .help = "NAME: {options}, as in kind md; may be left out with `trajectory: true`"},
    {.key = "trajectory",
     .kind = CONFIG_BOOLEAN,
     .fallback = "false",
     .offset = offsetof(ConstructedStage, trajectory),
     .help = "leave trajectory.h5 (H5MD)"},
};

/* The motion with random numbers of its own: the study's seed, the stage's place, the seed of the mapping. */
static Err read_motion(const StageRun *run, const ConstructedStage *s, ConstructedOptions *o)
{
    TRY(config_read(s->motion, constructed_nfields, constructed_fields, o));
    o->seed = (int64_t)stages_seed(run, (uint64_t)o->seed);
    if (o->ions % 2 != 0)
        return config_error(s->motion, "ions", "%lld is odd; two BH4 are needed for each Mg",
                            (long long)o->ions);
    if (o->frames < 2)
        return config_error(s->motion, "frames", "at least 2 are needed to see a motion");
    return OK;
}

static Err check(const StageRun *run, const void *options, StageEstimate *estimate)
{
    const ConstructedStage *s = options;
    ConstructedOptions o;
    Constructed *c;
    TRY(read_motion(run, s, &o));
    if (s->observables == NULL && !s->trajectory)
        return config_error(run->stage->node, "observables",
                            "none, and no `trajectory: true`: nothing would be left of this stage");
    TRY(observing_check(run->comm, s->observables));
    TRY(constructed_new(&o, &c));
    const Sample *sample = constructed_sample(c);
    sample_copy(&run->stage->sample, sample);
    run->stage->has_sample = true;
    double work = (double)sample->n * (double)o.frames;
    estimate->seconds = 2e-6 * work;
    estimate->bytes =
        (double)sample->n * 500.0 +
        observing_memory(s->observables, (double)sample->n, o.interval, (double)o.frames);
    snprintf(estimate->note, sizeof estimate->note, "%lld BH4, %g ps; the answer is known exactly",
             (long long)o.ions, (double)(o.frames - 1) * o.interval);
    constructed_free(c);
    return OK;
}

/* The exact functions at the Q and t at which isf was measured. Local (rank 0). */
static Err write_curves(H5 *file, const ConstructedOptions *o)
{
    if (!h5_exists(file, "isf/Q"))
        return OK;
    double *q = NULL, *t = NULL;
    size_t nq = 0, nt = 0;
    Err e = h5_read(file, "isf/Q", 1, &nq, &q, NULL);
    if (e == OK)
        e = h5_read(file, "isf/t", 1, &nt, &t, NULL);
    double *eisf = MEM_NEW(double, nq), *curve = MEM_NEW(double, nq *nt);
    for (size_t i = 0; i < nq; i++) {
        eisf[i] = constructed_eisf(o, q[i]);
        for (size_t k = 0; k < nt; k++)
            curve[i * nt + k] = constructed_exact(o, q[i], t[k]);
    }
    if (e == OK)
        e = h5_write(file, "truth/Q", 1, &nq, q, "1/A", "momentum transfer");
    if (e == OK)
        e = h5_write(file, "truth/t", 1, &nt, t, "ps", "time difference");
    if (e == OK)
        e = h5_write(file, "truth/eisf", 1, &nq, eisf, "1", "EISF without vibration, exact");
    if (e == OK)
        e = h5_write(file, "truth/I_Q_t", 2, (size_t[]){nq, nt}, curve, "1",
                     "I(Q,t) [Q][t], exact powder average");
    if (e == OK)
        e = eisf_table_write(file, NULL, file);
    free(q), free(t), free(eisf), free(curve);
    return e;
}

static Err write_truth(H5 *file, const ConstructedOptions *o)
{
    double rate = constructed_rate(o);
    Err e = h5_write_text(file, "status",
                          "CONSTRUCTED trajectory with a known answer: not a "
                          "simulation of any material");
    if (e == OK && rate > 0.0) {
        e = stages_scalar(file, "tau", o->tau, 0.0, "ps",
                          "mean time between jumps of an ion; input, exact");
        if (e == OK)
            e = stages_scalar(file, "tau_relaxation", 1.0 / rate, 0.0, "ps",
                              "decay time of I(Q,t), exact");
        if (e == OK)
            e = stages_scalar(file, "hwhm", UNITS_HBAR_MEV_PS * rate, 0.0, "meV",
                              "half width at half maximum of the quasi-elastic line, exact");
    }
    return e == OK ? write_curves(file, o) : e;
}

/* All frames before the observables and, if `t` is not NULL, into the trajectory. Every rank makes all of them: it is
 * cheap. */
static Err show_frames(const StageRun *run, Constructed *c, const ConstructedOptions *o,
                       Observing *observing, Trajectory *t)
{
    Sample now = {0};
    sample_copy(&now, constructed_sample(c));
    H5mdFrame all = {
        .h = (const double(*)[3])now.cell.h, .n = now.n, .x = (const double(*)[3])now.x};
    Progress progress;
    log_progress_init(&progress, stage_name(run->stage), "frames", (double)o->frames);
    Err e = OK;
    for (int64_t k = 0; k < o->frames && e == OK; k++) {
        constructed_frame(c, k, now.x);
        all.step = k;
        all.time = (double)k * o->interval;
        e = observing_frame(observing, k, all.time, &now, NULL);
        if (t != NULL)
            e = comm_agree(run->comm, e);
        if (t != NULL && e == OK)
            e = trajectory_append(t, trajectory_writes(t) ? &all : NULL);
        log_progress(&progress, (double)(k + 1));
    }
    sample_clear(&now);
    return comm_agree(run->comm, e);
}

/* The same, with a trajectory of its own if that is wanted. Collective. */
static Err make_frames(const StageRun *run, const ConstructedStage *s, Constructed *c,
                       const ConstructedOptions *o, Observing *observing)
{
    if (!s->trajectory)
        return show_frames(run, c, o, observing, NULL);
    bool root = comm_is_root(run->comm);
    H5mdTopology topology;
    snapshot_topology(constructed_sample(c), NULL, &topology);
    char *begun = root ? stage_provenance(run, false) : NULL;
    TrajectoryPlan plan = {
        .comm = run->comm, .topology = &topology, .provenance = begun, .least = SEGMENT};
    Trajectory *t = NULL;
    int64_t segments;
    Err e = trajectory_begin(run->stage->folder, &plan, &t);
    if (e == OK)
        e = show_frames(run, c, o, observing, t);
    if (e == OK)
        e = trajectory_close(t, &segments);
    char *finished = root ? stage_provenance(run, true) : NULL;
    if (e == OK)
        e = trajectory_show(t, finished);
    trajectory_free(t);
    snapshot_topology_clear(&topology);
    free(begun);
    free(finished);
    return e;
}

static Err run_constructed(const StageRun *run, const void *options)
{
    const ConstructedStage *s = options;
    ConstructedOptions o;
    Constructed *c;
    TRY(read_motion(run, s, &o));
    TRY(constructed_new(&o, &c));
    Observing *observing = NULL;
    H5 *file = NULL;
    Err e = observing_open(run->comm, constructed_sample(c), s->observables, o.interval, o.frames,
                           &observing);
    if (e == OK)
        e = make_frames(run, s, c, &o, observing);
    if (e == OK && comm_is_root(run->comm)) {
        e = stages_write_sample(run, constructed_sample(c));
        if (e == OK)
            e = stages_create_result(run, &file);
    }
    e = comm_agree(run->comm, e);
    if (e == OK)
        e = observing_close(observing, file);
    if (file != NULL && e == OK)
        e = write_truth(file, &o);
    if (file != NULL && e == OK)
        e = h5_commit(file);
    else if (file != NULL)
        h5_close(file);
    observing_free(observing);
    constructed_free(c);
    return comm_agree(run->comm, e);
}

/* The sample, the measured functions, and all numbers as truth: they are exact. */
static Err give(const StageRun *run, const void *options, Dataset *dataset)
{
    (void)options;
    H5 *result;
    TRY(dataset_sample(dataset, run));
    TRY(dataset_trajectory(dataset, run));
    TRY(dataset_copy(dataset, run, "result.h5", DATASET_SIMULATION,
                     "I(Q,t) and other functions, /truth without error"));
    TRY(stages_open_result(run, stage_name(run->stage), &result));
    Err e = dataset_truth_scalars(dataset, run, result, NULL);
    h5_close(result);
    return e;
}

static Err describe(const StageRun *run, const void *options, char **yaml)
{
    const ConstructedStage *s = options;
    ConstructedOptions o;
    TRY(read_motion(run, s, &o));
    config_append(yaml, "motion:\n");
    config_print(yaml, 2, false, constructed_nfields, constructed_fields, &o);
    config_append(yaml,
                  "model: \"jumps at exactly exponential times about fixed axes; Q-dependence and "
                  "rates in closed form: M. Bee, Quasielastic Neutron Scattering (Adam Hilger "
                  "1988), ch. 6\"\n");
    return OK;
}

const StageKind stage_constructed = {
    .name = "constructed",
    .help = "BH4 jumps with an exactly known answer, for the observables of kind md",
    .nfields = sizeof fields / sizeof fields[0],
    .fields = fields,
    .options_size = sizeof(ConstructedStage),
    .check = check,
    .run = run_constructed,
    .dataset = give,
    .describe = describe,
};
