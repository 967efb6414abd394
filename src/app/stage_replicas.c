/* stage_replicas.c -- kind `replicas`: the same measurement from several independent runs, as one number with the error that
 * their scatter gives.
 *
 * For every scalar that all stages have: mean, its standard error s/sqrt(N) with s the sample standard deviation, the errors
 * that the runs themselves state, and chi2 = sum (x - mean)^2 / e^2 over N - 1. Where chi2 is far above 1 the runs understate
 * their errors (motion slower than their blocks); N numbers know their own scatter only to 1/sqrt(2 (N - 1)).
 */
#include "app/stages.h"

#include "base/log.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct ReplicasOptions {
    StageHead head;
    ConfigTexts from;
} ReplicasOptions;

static const ConfigField fields[] = {
    STAGE_HEAD_FIELDS,
    {.key = "from",
     .kind = CONFIG_TEXTS,
     .unit = "stage",
     .offset = offsetof(ReplicasOptions, from),
     .help = "stages of one kind that differ in their random numbers only"},
};

static Err check(const StageRun *run, const void *options, StageEstimate *estimate)
{
    const ReplicasOptions *o = options;
    if (o->from.n < 2)
        return config_error(run->stage->node, "from", "%zu stage; a scatter needs at least two",
                            o->from.n);
    const StageKind *kind = study_find(run->study, o->from.text[0])->kind;
    for (size_t i = 1; i < o->from.n; i++) {
        if (study_find(run->study, o->from.text[i])->kind != kind)
            return config_error(run->stage->node, "from",
                                "'%s' is not of kind %s like '%s'; replicas differ in their "
                                "random numbers only",
                                o->from.text[i], kind->name, o->from.text[0]);
        for (size_t j = 0; j < i; j++)
            if (strcmp(o->from.text[i], o->from.text[j]) == 0)
                return config_error(run->stage->node, "from", "'%s' is given twice",
                                    o->from.text[i]);
    }
    estimate->seconds = 0.1;
    snprintf(estimate->note, sizeof estimate->note, "%zu replicas", o->from.n);
    return OK;
}

/* One scalar of all replicas; left out if one has no such number. */
static Err combine(const StageRun *run, const ReplicasOptions *o, const char *name, H5 *values,
                   H5 *file)
{
    size_t n = o->from.n, with_error = 0;
    double *x = MEM_NEW(double, n), *e = MEM_NEW(double, n), mean = 0.0, sum = 0.0, chi2 = 0.0;
    char unit[32], what[160], error_name[72];
    Err err = OK;
    for (size_t i = 0; i < n && err == OK; i++) {
        err = stages_read_scalar(run, o->from.text[i], name, &x[i], &e[i], unit);
        mean += x[i] / (double)n;
    }
    if (err == OK && isfinite(mean)) {
        for (size_t i = 0; i < n; i++) {
            sum += (x[i] - mean) * (x[i] - mean);
            with_error += e[i] > 0.0;
            chi2 += (x[i] - mean) * (x[i] - mean) / (e[i] * e[i]);
        }
        double error = sqrt(sum / (double)(n - 1) / (double)n);
        chi2 = with_error == n ? chi2 / (double)(n - 1) : NAN;
        snprintf(what, sizeof what, "mean of %zu replicas; error: from their scatter", n);
        snprintf(error_name, sizeof error_name, "%s_error", name);
        err = stages_scalar(file, name, mean, error, unit, what);
        if (err == OK)
            err = h5_write(values, name, 1, &n, x, unit, "of each replica");
        if (err == OK)
            err =
                h5_write(values, error_name, 1, &n, e, unit, "standard error each of them states");
        snprintf(error_name, sizeof error_name, "%s_chi2", name);
        if (err == OK)
            err = h5_write_number(values, error_name, chi2, "1",
                                  "scatter over stated errors, squared; 1 if these are right");
        log_info("  %-22s %.6g +- %.2g %s  (chi2 %.2g)", name, mean, error, unit, chi2);
    }
    free(x);
    free(e);
    return err;
}

/* Is the number in the results of all of them? */
static Err is_common(const StageRun *run, const ReplicasOptions *o, const char *name, bool *common)
{
    char *path = mem_format("scalars/%s", name);
    Err e = OK;
    *common = true;
    for (size_t i = 0; i < o->from.n && e == OK; i++) {
        H5 *file;
        e = stages_open_result(run, o->from.text[i], &file);
        if (e != OK)
            break;
        *common = *common && h5_exists(file, path);
        h5_close(file);
    }
    free(path);
    return e;
}

static Err work(const StageRun *run, const ReplicasOptions *o)
{
    H5 *first, *file = NULL, *scalars, *values;
    TRY(stages_open_result(run, o->from.text[0], &first));
    char **names = NULL;
    size_t n = 0;
    Err e = h5_group(first, "scalars", &scalars);
    if (e == OK) {
        n = h5_members(scalars, &names);
        h5_close_group(scalars);
    }
    h5_close(first);
    if (e == OK)
        e = stages_create_result(run, &file);
    if (e == OK)
        e = h5_group(file, "replicas", &values);
    if (e == OK) {
        e = h5_write_texts(values, "stages", o->from.n, (const char *const *)o->from.text);
        for (size_t i = 0; i < n && e == OK; i++) {
            bool common;
            e = is_common(run, o, names[i], &common);
            if (e == OK && common)
                e = combine(run, o, names[i], values, file);
        }
        h5_close_group(values);
    }
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
    if (e == OK)
        return h5_commit(file);
    if (file != NULL)
        h5_close(file);
    return e;
}

static Err run_replicas(const StageRun *run, const void *options)
{
    return comm_agree(run->comm, comm_is_root(run->comm) ? work(run, options) : OK);
}

const StageKind stage_replicas = {
    .name = "replicas",
    .help = "means over independent runs, with the standard errors that their scatter gives",
    .nfields = sizeof fields / sizeof fields[0],
    .fields = fields,
    .options_size = sizeof(ReplicasOptions),
    .check = check,
    .run = run_replicas,
};
