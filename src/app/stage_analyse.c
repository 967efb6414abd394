/* stage_analyse.c -- kind `analyse`: observables of a stored trajectory; the same code that md runs live. */
#include "app/stages.h"

#include "app/observing.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct AnalyseOptions {
    StageHead head;
    char *trajectory;
    bool unwrap;
    const ConfigNode *observables;
} AnalyseOptions;

static const ConfigField fields[] = {
    STAGE_HEAD_FIELDS,
    {.key = "trajectory",
     .kind = CONFIG_TEXT,
     .unit = "stage",
     .offset = offsetof(AnalyseOptions, trajectory),
     .help = "md stage whose trajectory is read"},
    {.key = "unwrap",
     .kind = CONFIG_BOOLEAN,
     .fallback = "false",
     .offset = offsetof(AnalyseOptions, unwrap),
     .help = "positions were folded into the box: atoms take the shortest way from frame to frame"},
    {.key = "observables",
     .kind = CONFIG_MAPPING,
     .offset = offsetof(AnalyseOptions, observables),
     .help = "NAME: {options}, as in kind md"},
};

static Err check(const StageRun *run, const void *options, StageEstimate *estimate)
{
    const AnalyseOptions *o = options;
    snprintf(estimate->note, sizeof estimate->note, "reads the trajectory of %s", o->trajectory);
    return observing_check(run->comm, o->observables);
}

static Err run_analyse(const StageRun *run, const void *options)
{
    const AnalyseOptions *o = options;
    Observing *observing = NULL;
    H5 *file = NULL;
    Sample sample;
    Err e = stages_read_sample(run, o->trajectory, &sample);
    if (e != OK)
        return e;
    char *path = stage_file(study_find(run->study, o->trajectory), "trajectory.h5");
    double interval;
    int64_t frames;
    e = observing_look(run->comm, path, &interval, &frames);
    if (e == OK)
        e = observing_open(run->comm, &sample, o->observables, interval, frames, &observing);
    if (e == OK)
        e = o->unwrap ? observing_replay_unwrapped(observing, run->comm, path, &sample)
                      : observing_replay(observing, run->comm, path, &sample);
    if (e == OK && comm_is_root(run->comm))
        e = stages_create_result(run, &file);
    e = comm_agree(run->comm, e);
    if (e == OK)
        e = observing_close(observing, file);
    if (file != NULL && e == OK)
        e = h5_commit(file);
    else if (file != NULL)
        h5_close(file);
    observing_free(observing);
    sample_clear(&sample);
    free(path);
    return comm_agree(run->comm, e);
}

const StageKind stage_analyse = {
    .name = "analyse",
    .help = "observables of a stored trajectory",
    .nfields = sizeof fields / sizeof fields[0],
    .fields = fields,
    .options_size = sizeof(AnalyseOptions),
    .check = check,
    .run = run_analyse,
};
