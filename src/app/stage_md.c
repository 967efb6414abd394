/* stage_md.c -- kind `md`: molecular dynamics of a sample, with everything that is measured on the way.
 *
 * Leaves trajectory.h5 (H5MD) with its segments in trajectory/, sample.h5 and sample.extxyz (the last frame), result.h5 (scalars with block errors, one
 * group per observable), performance.txt (where the time went; a section for each time the stage was started). Stopped in time it leaves
 * checkpoint.bin and goes on with --resume.
 */
#include "app/stages.h"

#include "analysis/blocks.h"
#include "app/dataset.h"
#include "app/md_options.h"
#include "app/md_record.h"
#include "app/md_report.h"
#include "app/md_run.h"
#include "app/observing.h"
#include "app/performance.h"
#include "app/status.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/timer.h"
#include "base/units.h"
#include "force/cluster_kernel.h"
#include "par/fft.h"
#include "store/provenance.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the order of the choices of `pair_kernel` */
static const char *const KERNELS[] = {"auto", "avx512", "avx2", "portable", "reference"};

static FfOptions force_options(const MdOptions *o)
{
    return (FfOptions){.rigid = o->model == 1,
                       .cutoff = o->cutoff,
                       .shift = o->shift,
                       .coulomb = (CoulombMethod)o->coulomb,
                       .accuracy = o->accuracy,
                       .order = (int)o->order,
                       .beta = o->beta,
                       .mesh = {(int)o->mesh[0], (int)o->mesh[1], (int)o->mesh[2]},
                       .skin = o->skin,
                       .kernel = KERNELS[o->kernel],
                       .mixed = o->precision == 1,
                       .reproducible = o->reproducible,
                       .measure = o->measured};
}

static DynamicsOptions dynamics_options(const StageRun *run, const MdOptions *o)
{
    /* Each stage has its own random numbers: the study's seed mixed with the stage's place. */
    uint64_t place = (uint64_t)(run->stage - run->study->stages);
    return (DynamicsOptions){.rigid = o->model == 1,
                             .timestep = o->timestep / UNITS_TIME_PS,
                             .seed = (uint64_t)run->study->seed ^ (place << 48),
                             .thermostat = (Thermostat)o->thermostat,
                             .temperature = o->temperature,
                             .thermostat_time = o->thermostat_time / UNITS_TIME_PS,
                             .barostat = (Barostat)o->barostat,
                             .pressure = o->pressure / UNITS_GPA,
                             .barostat_time = o->barostat_time / UNITS_TIME_PS,
                             .compressibility = o->compressibility * UNITS_GPA,
                             .shear_amplitude = o->shear_amplitude,
                             .shear_period = o->shear_period / UNITS_TIME_PS,
                             .shear_rate = o->shear_rate * UNITS_TIME_PS,
                             .inner_steps = (int)o->inner_steps,
                             .shear_plane = o->shear_plane};
}

static MdRecordOptions record_options(const MdOptions *o)
{
    return (MdRecordOptions){.velocities = o->velocities,
                             .orientations = o->orientations,
                             .segment_frames = o->segment_frames,
                             .gather_limit = o->gather_limit};
}

/* The box must hold a sphere of the cut-off: closer images would be correlated with themselves. */
static Err check_box(const StageRun *run, const MdOptions *o, const Cell *cell)
{
    double widths[3];
    cell_widths(cell, widths);
    double least = fmin(widths[0], fmin(widths[1], widths[2]));
    if (least < 2.0 * o->cutoff)
        return config_error(
            run->stage->node, "cutoff",
            "the box is %.3f A wide, smaller than twice the cut-off of %g A; take a larger "
            "supercell or a cut-off below %.3f A",
            least, o->cutoff, 0.5 * least);
    return OK;
}

/* What forcefield_new would refuse, with the line of the study. */
static Err check_kernel(const StageRun *run, const MdOptions *o)
{
    const char *name = KERNELS[o->kernel];
    bool mixed = o->precision == 1, reference = strcmp(name, "reference") == 0;
    if (o->reproducible && o->coulomb == (int)COULOMB_EWALD)
        return config_error(run->stage->node, "reproducible",
                            "Coulomb by Ewald is summed rank by rank; take coulomb: p3m");
    if (o->reproducible && o->measured)
        return config_error(run->stage->node, "measured_transforms",
                            "measured plans differ from run to run; leave it out with "
                            "reproducible: true");
    if (reference && (mixed || o->reproducible))
        return config_error(run->stage->node, "pair_kernel",
                            "'reference' is double precision and not reproducible over rank "
                            "counts; allowed with %s are auto, avx512, avx2, portable",
                            mixed ? "precision: mixed" : "reproducible: true");
    if (!reference && cluster_kernel_find(name, mixed) == NULL)
        return config_error(run->stage->node, "pair_kernel",
                            "this CPU has no '%s'; auto takes the best that it has", name);
    return OK;
}

static Err check_times(const StageRun *run, const MdOptions *o)
{
    if (o->sample_every < o->timestep || o->log_every < o->timestep)
        return config_error(run->stage->node,
                            o->sample_every < o->timestep ? "sample_every" : "log_every",
                            "must not be shorter than the time step of %g ps", o->timestep);
    if (o->model == 1 && o->inner_steps > 1)
        return config_error(run->stage->node, "inner_steps",
                            "a rigid BH4 has no bonds and angles to step; leave it at 1");
    if (o->shear_rate != 0.0 && o->shear_amplitude != 0.0)
        return config_error(run->stage->node, "shear_rate",
                            "either steady shear or a cycle: shear_amplitude is %g",
                            o->shear_amplitude);
    Err e = check_kernel(run, o);
    return e == OK ? observing_check(run->comm, o->observables) : e;
}

static int64_t steps_of(double time, double timestep)
{
    return (int64_t)floor(time / timestep + 0.5);
}

static Err read_parameters(const StageRun *run, const MdOptions *o, FfParameters *p)
{
    char *path = study_path(run->study, o->potential);
    Err e = forcefield_read(run->comm, path, p);
    free(path);
    return e;
}

/* One force call on the sample, timed. */
static Err try_forces(const StageRun *run, const MdOptions *o, const Sample *s,
                      StageEstimate *estimate)
{
    FfParameters p;
    Err e = read_parameters(run, o, &p);
    if (e != OK)
        return e;
    FfOptions force = force_options(o);
    DynamicsOptions dynamics = dynamics_options(run, o);
    MdRun m = {0};
    char untuned[256];
    e = md_run_tune(run->comm, s, &p, o->temperature, false, &force, sizeof untuned, untuned);
    if (e == OK)
        e = md_run_init(&m, run->comm, s, &p, &force, &dynamics);
    if (e != OK) {
        md_run_clear(&m);
        return e;
    }
    FfResult r;
    double started = timer_now();
    e = forcefield_compute(m.ff, m.domain, &m.atoms, &r);
    double call = timer_now() - started;
    comm_max(run->comm, 1, &call);
    double frames = o->duration / o->sample_every, n = (double)s->n;
    MdRecordOptions record = record_options(o);
    estimate->seconds = 1.3 * call * (o->equilibration + o->duration) / o->timestep;
    estimate->bytes = n * 3000.0 + observing_memory(o->observables, n, o->sample_every, frames);
    estimate->disk = md_record_bytes(&record, n, frames) + n * 250.0;
    forcefield_describe(m.ff, sizeof estimate->note, estimate->note);
    md_run_clear(&m);
    return e;
}

static Err check(const StageRun *run, const void *options, StageEstimate *estimate)
{
    const MdOptions *o = options;
    Err e = check_times(run, o);
    if (e != OK)
        return e;
    const Stage *source = study_find(run->study, o->cell);
    if (!source->has_sample)
        return config_error(run->stage->node, "cell",
                            "stage '%s' leaves no sample; name a cell or md stage", o->cell);
    e = check_box(run, o, &source->sample.cell);
    if (e != OK)
        return e;
    sample_copy(&run->stage->sample, &source->sample);
    run->stage->has_sample = true;
    return try_forces(run, o, &source->sample, estimate);
}

/* Everything that lives while the stage runs. */
typedef struct MdStage {
    const StageRun *run;
    const MdOptions *o;
    MdRun m;
    Observing *observing;
    MdRecord record;
    Status status;
    Performance performance;
    int64_t first; /* step at which this process took over */
    char *checkpoint;
    int64_t step, equilibration, total, every, log_every;
    double saved; /* timer_now() of the last checkpoint */
} MdStage;

/* What goes with a checkpoint: the step, and how many segments the trajectory has. */
enum { EXTRA_STEP, EXTRA_SEGMENTS, EXTRAS };

/* The segment is on the disk before the checkpoint that counts it. */
static Err save(MdStage *s)
{
    int64_t extra[EXTRAS] = {[EXTRA_STEP] = s->step};
    Err e = md_record_close(&s->record, &extra[EXTRA_SEGMENTS]);
    if (e == OK)
        e = md_run_save(&s->m, s->checkpoint, s->run->stage->key, EXTRAS, extra);
    if (e == OK)
        e = md_record_show(&s->record, false);
    if (e == OK)
        s->status.checkpoint = s->step;
    s->saved = timer_now();
    return e;
}

static Err advance(MdStage *s)
{
    const Comm *c = s->run->comm;
    Progress progress;
    log_progress_init(&progress, stage_name(s->run->stage), "ps",
                      (double)s->total * s->o->timestep);
    progress.first = (double)s->step * s->o->timestep;
    Err e = OK;
    while (s->step < s->total && e == OK) {
        bool logged = (s->step + 1) % s->log_every == 0; /* the only ones who look at energies */
        dynamics_want_energy(s->m.dynamics, logged);
        dynamics_want_virial(s->m.dynamics, logged);
        e = dynamics_step(s->m.dynamics);
        if (e != OK)
            break;
        s->step++;
        performance_mark(&s->performance, PERFORMANCE_DYNAMICS);
        if (logged) {
            e = md_record_log(&s->record, s->step);
            status_show(&s->status, s->step, NULL);
        }
        performance_mark(&s->performance, PERFORMANCE_LOG);
        int64_t recorded = s->step - s->equilibration;
        if (e == OK && recorded >= 0 && recorded % s->every == 0)
            e = md_record_frame(&s->record, s->step, s->observing);
        performance_mark(&s->performance, PERFORMANCE_FRAMES);
        log_progress(&progress, (double)s->step * s->o->timestep);
        bool regular = s->o->checkpoint_steps > 0 && s->step % s->o->checkpoint_steps == 0;
        bool look = s->step % 10 == 0;
        if (e != OK || !(look || regular) || s->step == s->total)
            continue;
        bool stop = look && stop_due(c);
        bool due = stages_save_due(c, s->saved, s->o->checkpoint_every);
        if (stop || regular || due)
            e = save(s);
        performance_mark(&s->performance, PERFORMANCE_CHECKPOINT);
        if (stop && e == OK)
            e = err_set(
                ERR_STOPPED,
                "stopped by %s at step %lld of %lld, checkpoint written; go on with --resume",
                stop_reason(), (long long)s->step, (long long)s->total);
    }
    return e;
}

static void report_performance(const MdStage *s)
{
    char *path = stage_file(s->run->stage, "performance.txt");
    if (s->step > s->first)
        performance_report(&s->performance, path, s->first, s->step,
                           s->o->timestep / UNITS_TIME_PS);
    free(path);
}

static Err start(MdStage *s)
{
    const StageRun *run = s->run;
    const MdOptions *o = s->o;
    FfParameters p;
    Sample sample;
    Err e = check_times(run, o);
    if (e == OK)
        e = read_parameters(run, o, &p);
    if (e == OK)
        e = stages_read_sample(run, o->cell, &sample);
    if (e != OK)
        return e;
    e = check_box(run, o, &sample.cell);
    if (o->fresh_velocities)
        memset(sample.v, 0, (size_t)sample.n * sizeof sample.v[0]);
    FfOptions force = force_options(o);
    DynamicsOptions dynamics = dynamics_options(run, o);
    bool found = false;
    int64_t extra[EXTRAS] = {0, -1};
    char tuned[512] = "";
    if (e == OK)
        e = md_run_tune(run->comm, &sample, &p, o->temperature, o->tune, &force, sizeof tuned,
                        tuned);
    fft_wisdom_forget(); /* what another stage measured must not reach into the bits of this one */
    if (e == OK && run->resume)
        e = md_run_load(&s->m, run->comm, &sample, &p, &force, &dynamics, s->checkpoint,
                        run->stage->key, EXTRAS, extra, &found);
    s->step = s->first = extra[EXTRA_STEP];
    if (e == OK && !found && comm_is_root(run->comm))
        checkpoint_remove(s->checkpoint); /* of a run whose trajectory is now overwritten */
    if (e == OK && !found)
        e = md_run_init(&s->m, run->comm, &sample, &p, &force, &dynamics);
    sample_clear(&sample);
    if (e != OK)
        return e;
    domain_grid(s->m.domain, run->stage->grid);
    char text[256];
    forcefield_describe(s->m.ff, sizeof text, text);
    log_info("  %s", tuned);
    log_info("  %s%s", text, found ? "; resumed" : "");
    MdRecordOptions record = record_options(o);
    e = md_record_open(&s->record, run, &s->m, &record, extra[EXTRA_SEGMENTS], s->step);
    status_init(&s->status, run, s->step, s->total);
    s->status.atoms = s->m.sample.n;
    s->status.checkpoint = found ? s->step : -1;
    double interval = (double)s->every * o->timestep;
    if (e == OK)
        e = observing_open(run->comm, &s->m.sample, o->observables, interval,
                           (s->total - s->equilibration) / s->every + 1, &s->observing);
    if (e == OK && found)
        e = observing_replay(s->observing, run->comm, s->record.path, &s->m.sample);
    if (e == OK && !found && s->equilibration == 0)
        e = md_record_frame(&s->record, s->step, s->observing);
    performance_begin(&s->performance, &s->m);
    return e;
}

static Err finish(MdStage *s)
{
    const StageRun *run = s->run;
    int64_t segments;
    H5 *file = NULL;
    Err e = md_record_close(&s->record, &segments);
    if (e == OK)
        e = md_record_show(&s->record, true);
    if (e != OK)
        return e;
    md_run_gather(&s->m);
    if (comm_is_root(run->comm)) {
        e = stages_write_sample(run, &s->m.sample);
        if (e == OK)
            e = stages_create_result(run, &file);
    }
    e = comm_agree(run->comm, e);
    if (e == OK)
        e = observing_close(s->observing, file);
    if (comm_is_root(run->comm)) {
        if (e == OK)
            e = md_report_scalars(file, s->record.path, &s->m,
                                  (double)s->equilibration * s->o->timestep);
        if (e == OK)
            e = h5_commit(file);
        else if (file != NULL)
            h5_close(file);
    }
    return comm_agree(run->comm, e);
}

/* What was recorded until a run failed is kept for who wants to see why, unless the files are what failed. */
static void leave(MdStage *s, Err why)
{
    if (why != OK && why != ERR_STOPPED && why != ERR_FILE && s->record.trajectory != NULL) {
        char *first = mem_string(err_message());
        int64_t segments;
        Err e = md_record_close(&s->record, &segments);
        if (e == OK)
            e = md_record_show(&s->record, false);
        if (e != OK)
            log_warn("the last frames are lost: %s", err_message());
        e = err_set(why, "%s", first); /* the message is the first one again */
        CHECK(e == why, "error %d", e);
        free(first);
    }
    if (s->status.run != NULL)
        status_show(&s->status, s->step, why == OK ? "done" : "stopped");
}

static Err run_md(const StageRun *run, const void *options)
{
    const MdOptions *o = options;
    MdStage s = {.run = run, .o = o, .saved = timer_now()};
    s.checkpoint = stage_file(run->stage, "checkpoint.bin");
    s.equilibration = steps_of(o->equilibration, o->timestep);
    s.every = steps_of(o->sample_every, o->timestep);
    s.log_every = steps_of(o->log_every, o->timestep);
    s.total = s.equilibration + steps_of(o->duration, o->timestep);
    Err e = start(&s);
    if (e == OK)
        e = advance(&s);
    if (s.performance.m != NULL && (e == OK || e == ERR_STOPPED))
        report_performance(&s);
    if (e == OK)
        e = finish(&s);
    leave(&s, e);
    observing_free(s.observing);
    md_record_clear(&s.record);
    md_run_clear(&s.m);
    status_clear(&s.status);
    free(s.checkpoint);
    return e;
}

static Err give(const StageRun *run, const void *options, Dataset *dataset)
{
    (void)options;
    TRY(dataset_sample(dataset, run));
    TRY(dataset_mean(dataset, run));
    return dataset_trajectory(dataset, run);
}

const StageKind stage_md = {
    .name = "md",
    .help = "molecular dynamics, flexible or rigid BH4, NVE, NVT, NPT, cyclic shear",
    .nfields = MD_OPTIONS_NFIELDS,
    .fields = md_options_fields,
    .options_size = sizeof(MdOptions),
    .check = check,
    .run = run_md,
    .dataset = give,
};
