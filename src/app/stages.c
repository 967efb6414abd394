#include "app/stages.h"

#include "app/sample_file.h"
#include "base/mem.h"
#include "base/timer.h"
#include "domain/structure.h"
#include "store/provenance.h"

#include <stdio.h>
#include <stdlib.h>

const StageKind *const *stage_kinds(void)
{
    static const StageKind *const kinds[] = {
        &stage_cell,        &stage_md,       &stage_analyse,
        &stage_constructed, &stage_qens,     &stage_pdf,
        &stage_eis,         &stage_replicas, &stage_compare,
        &stage_report,      &stage_mc,       &stage_density_pdf,
        &stage_network,     &stage_barriers, &stage_kmc,
        &stage_kmc_rotors,  &stage_verdict,  NULL,
    };
    return kinds;
}

Err stages_write_sample(const StageRun *run, const Sample *s)
{
    char *provenance = stage_provenance(run, true);
    char *comment =
        mem_format("%s, stage_key %s: see stage.txt", provenance_version(), run->stage->key);
    char *h5 = stage_file(run->stage, "sample.h5"), *xyz = stage_file(run->stage, "sample.extxyz");
    Err e = sample_file_write(h5, s, provenance);
    if (e == OK)
        e = structure_write(xyz, s, NULL, comment);
    free(comment);
    free(h5);
    free(xyz);
    free(provenance);
    return e;
}

Err stages_read_sample(const StageRun *run, const char *stage, Sample *s)
{
    char *path = stage_file(study_find(run->study, stage), "sample.h5");
    Err e = sample_file_read(run->comm, path, s);
    free(path);
    return e;
}

Err stages_scalar(H5 *file, const char *name, double value, double error, const char *unit,
                  const char *description)
{
    H5 *scalars, *group;
    TRY(h5_group(file, "scalars", &scalars));
    Err e = h5_group(scalars, name, &group);
    if (e == OK) {
        e = h5_write_number(group, "value", value, unit, description);
        if (e == OK)
            e = h5_write_number(group, "error", error, unit, "standard error; NaN if it has none");
        h5_close_group(group);
    }
    h5_close_group(scalars);
    return e;
}

static Err no_such_scalar(H5 *file, const char *stage, const char *name)
{
    H5 *group;
    char **names, *list = NULL;
    TRY(h5_group(file, "scalars", &group));
    size_t n = h5_members(group, &names);
    h5_close_group(group);
    for (size_t i = 0; i < n; i++)
        config_append(&list, "%s%s", i > 0 ? ", " : "", names[i]);
    const char *near = config_nearest(name, n, (const char **)names);
    Err e = err_set(ERR_INPUT, "stage '%s' has no number '%s'%s%s%s; it has: %s", stage, name,
                    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "",
                    list ? list : "none");
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
    free(list);
    return e;
}

Err stages_read_scalar(const StageRun *run, const char *stage, const char *name, double *value,
                       double *error, char unit[32])
{
    H5 *file;
    TRY(stages_open_result(run, stage, &file));
    char path[128];
    double *data = NULL;
    snprintf(path, sizeof path, "scalars/%s/value", name);
    Err e = h5_exists(file, path) ? OK : no_such_scalar(file, stage, name);
    if (e == OK)
        e = h5_read(file, path, 0, NULL, &data, unit);
    if (e == OK) {
        *value = data[0];
        free(data);
        snprintf(path, sizeof path, "scalars/%s/error", name);
        e = h5_read_number(file, path, error);
    }
    h5_close(file);
    return e;
}

uint64_t stages_seed(const StageRun *run, uint64_t extra)
{
    uint64_t place = (uint64_t)(run->stage - run->study->stages);
    /* fits an int64_t without its sign, since options hold seeds so */
    return ((uint64_t)run->study->seed ^ (place << 48) ^ (extra << 32)) & INT64_MAX;
}

bool stages_save_due(const Comm *c, double saved, double every)
{
    double due = timer_now() - saved > every ? 1.0 : 0.0;
    comm_max(c, 1, &due);
    return due > 0.0;
}

Err stages_create_result(const StageRun *run, H5 **file)
{
    char *path = stage_file(run->stage, "result.h5"), *provenance = stage_provenance(run, true);
    Err e = h5_create(path, file);
    if (e == OK) {
        e = h5_write_text(*file, "provenance", provenance);
        if (e != OK)
            h5_close(*file);
    }
    free(path);
    free(provenance);
    return e;
}

Err stages_open_result(const StageRun *run, const char *stage, H5 **file)
{
    char *path = stage_file(study_find(run->study, stage), "result.h5");
    Err e = h5_open(path, false, file);
    free(path);
    return e;
}
