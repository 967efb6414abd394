/* stage_cell.c -- kind `cell`: a sample from a structure file; any supercell, isotopes. */
#include "app/stages.h"

#include "app/dataset.h"
#include "app/sample_file.h"
#include "base/log.h"
#include "base/mem.h"
#include "domain/structure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct CellOptions {
    StageHead head;
    char *structure;
    int64_t supercell[3];
    char *hydrogen;
    char *boron;
} CellOptions;

static const ConfigField fields[] = {
    STAGE_HEAD_FIELDS,
    {.key = "structure",
     .kind = CONFIG_TEXT,
     .unit = "file",
     .offset = offsetof(CellOptions, structure),
     .help = "CIF, extended XYZ, LAMMPS data or H5MD, relative to the study file"},
    {.key = "supercell",
     .kind = CONFIG_INTEGERS,
     .length = 3,
     .fallback = "[1, 1, 1]",
     .low = 1,
     .high = 1000,
     .offset = offsetof(CellOptions, supercell),
     .help = "copies along a, b, c"},
    {.key = "hydrogen",
     .kind = CONFIG_TEXT,
     .fallback = "H",
     .offset = offsetof(CellOptions, hydrogen),
     .help = "isotope of hydrogen: H or D"},
    {.key = "boron",
     .kind = CONFIG_TEXT,
     .fallback = "B",
     .offset = offsetof(CellOptions, boron),
     .help = "isotope of boron: B (natural), 10B or 11B"},
};

static Err build(const StageRun *run, const CellOptions *o, Sample *s)
{
    char *path = study_path(run->study, o->structure);
    Sample unit = {0};
    Err e = structure_read(run->comm, path, &unit);
    free(path);
    if (e != OK)
        return e;
    const int k[3] = {(int)o->supercell[0], (int)o->supercell[1], (int)o->supercell[2]};
    sample_supercell(&unit, k, s);
    sample_clear(&unit);
    e = sample_set_isotope(s, "H", o->hydrogen);
    if (e == OK)
        e = sample_set_isotope(s, "B", o->boron);
    if (e != OK) {
        sample_clear(s);
        return config_error(run->stage->node, "hydrogen", "%s", err_message());
    }
    return OK;
}

static void describe(const Sample *s, size_t size, char text[])
{
    int64_t count[ION_KINDS];
    double lengths[3], angles[3];
    sample_count(s, count);
    cell_lengths(&s->cell, lengths, angles);
    snprintf(text, size, "%lld atoms, %lld Mg, %lld BH4, %.4f x %.4f x %.4f A, %.4f g/cm3",
             (long long)s->n, (long long)count[ION_MG], (long long)count[ION_BH4], lengths[0],
             lengths[1], lengths[2], sample_density(s));
}

static Err check(const StageRun *run, const void *options, StageEstimate *estimate)
{
    Err e = build(run, options, &run->stage->sample);
    if (e != OK)
        return e;
    run->stage->has_sample = true;
    estimate->bytes = (double)run->stage->sample.n * 100.0 * comm_size(run->comm);
    estimate->disk = (double)run->stage->sample.n * 120.0;
    describe(&run->stage->sample, sizeof estimate->note, estimate->note);
    return OK;
}

static Err run_cell(const StageRun *run, const void *options)
{
    Sample s;
    Err e = build(run, options, &s);
    if (e != OK)
        return e;
    char note[256];
    describe(&s, sizeof note, note);
    log_info("  %s", note);
    e = comm_agree(run->comm, comm_is_root(run->comm) ? stages_write_sample(run, &s) : OK);
    sample_clear(&s);
    return e;
}

static Err give(const StageRun *run, const void *options, Dataset *dataset)
{
    (void)options;
    return dataset_sample(dataset, run);
}

const StageKind stage_cell = {
    .name = "cell",
    .help = "a sample from a structure file: supercell, isotopes, ions recognised by topology",
    .nfields = sizeof fields / sizeof fields[0],
    .fields = fields,
    .options_size = sizeof(CellOptions),
    .check = check,
    .run = run_cell,
    .dataset = give,
};
