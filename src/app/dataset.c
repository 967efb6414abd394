#define _XOPEN_SOURCE 700
#include "app/dataset_inside.h"

#include "app/sample_file.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/timer.h"
#include "domain/structure.h"
#include "store/json.h"
#include "store/provenance.h"
#include "store/replace.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- files ----------------------------------------------------------------------------------- */

char *dataset_file(Dataset *d, const StageRun *run, const char *name, DatasetTechnique technique,
                   const char *what)
{
    const char *stage = stage_name(run->stage);
    char *folder = mem_format("%s/%s", d->part, stage), *path = mem_format("%s/%s", folder, name);
    if (d->failed == OK)
        d->failed = replace_make_folder(folder);
    d->files = mem_resize(d->files, d->nfiles, d->nfiles + 1, sizeof *d->files);
    d->files[d->nfiles++] = (DatasetFile){.path = mem_format("%s/%s", stage, name),
                                          .stage = mem_string(stage),
                                          .what = mem_string(what),
                                          .technique = technique};
    free(folder);
    return path;
}

static Err copy_bytes(const char *from, const char *to)
{
    char *bytes = MEM_NEW(char, 1 << 20);
    FILE *in = fopen(from, "rb"), *out = in ? fopen(to, "wb") : NULL;
    Err e = in == NULL    ? err_set(ERR_FILE, "%s: cannot be read: %s", from, strerror(errno))
            : out == NULL ? err_set(ERR_FILE, "%s: cannot be written: %s", to, strerror(errno))
                          : OK;
    while (e == OK) {
        size_t n = fread(bytes, 1, 1 << 20, in);
        if (n == 0)
            break;
        if (fwrite(bytes, 1, n, out) != n)
            e = err_set(ERR_FILE, "%s: cannot be written: %s", to, strerror(errno));
    }
    if (e == OK && ferror(in))
        e = err_set(ERR_FILE, "%s: cannot be read: %s", from, strerror(errno));
    if (in != NULL)
        fclose(in);
    if (out != NULL && fclose(out) != 0 && e == OK)
        e = err_set(ERR_FILE, "%s: cannot be written: %s", to, strerror(errno));
    free(bytes);
    return e;
}

static bool ends_with(const char *name, const char *ending)
{
    size_t n = strlen(name), m = strlen(ending);
    return n >= m && strcmp(name + n - m, ending) == 0;
}

static Err stamp_file(const Dataset *d, const char *path)
{
    H5 *file;
    TRY(h5_open(path, true, &file));
    Err e = dataset_stamp(d, file);
    h5_close(file);
    return e;
}

/* Lines of comment at the beginning, behind a first line that is a comment. */
static Err comment_file(const Dataset *d, const char *path)
{
    char *bytes = NULL;
    size_t n;
    TRY(comm_read_file(d->alone, path, &bytes, &n));
    TextBuffer b = {0};
    const char *end = n > 0 && bytes[0] == '#' ? memchr(bytes, '\n', n) : NULL;
    size_t first = end != NULL ? (size_t)(end - bytes) + 1 : 0;
    text_append_bytes(&b, bytes, first);
    for (const char *line = d->comment; *line != '\0';) {
        int length = (int)strcspn(line, "\n");
        text_append(&b, "# %.*s\n", length, line);
        line += length + (line[length] == '\n');
    }
    text_append_bytes(&b, bytes + first, n - first);
    Err e = text_write_file(path, b.text, b.length);
    text_clear(&b);
    free(bytes);
    return e;
}

Err dataset_mark(const Dataset *d, const char *path)
{
    static const char *const hdf5[] = {".h5", ".nxs", ".nxspe"}, *const text[] = {".csv", ".sqw"};
    for (size_t k = 0; k < sizeof hdf5 / sizeof *hdf5; k++)
        if (ends_with(path, hdf5[k]))
            return stamp_file(d, path);
    for (size_t k = 0; k < sizeof text / sizeof *text; k++)
        if (ends_with(path, text[k]))
            return comment_file(d, path);
    return OK;
}

Err dataset_copy(Dataset *d, const StageRun *run, const char *name, DatasetTechnique technique,
                 const char *what)
{
    char *from = stage_file(run->stage, name), *to = dataset_file(d, run, name, technique, what);
    Err e = copy_bytes(from, to);
    if (e == OK)
        e = dataset_mark(d, to);
    free(from);
    free(to);
    return e;
}

Err dataset_sample(Dataset *d, const StageRun *run)
{
    static const char *const names[] = {"sample.cif", "sample.extxyz"};
    static const char *const whats[] = {"the sample at the end of the stage, all atoms, P1",
                                        "the same as extended XYZ"};
    char *source = stage_file(run->stage, "sample.h5");
    Sample s;
    Err e = sample_file_read(d->alone, source, &s);
    free(source);
    if (e != OK)
        return e;
    for (int k = 0; k < 2 && e == OK; k++) {
        char *path = dataset_file(d, run, names[k], DATASET_SIMULATION, whats[k]);
        char *line = k == 0 ? mem_string(dataset_comment(d))
                            : mem_format("%s; see metadata.json", d->options.title);
        e = structure_write(path, &s, NULL, line);
        free(line);
        free(path);
    }
    sample_clear(&s);
    return e;
}

Err dataset_trajectory(Dataset *d, const StageRun *run)
{
    char *whole = stage_file(run->stage, "trajectory.h5");
    bool there = access(whole, R_OK) == 0;
    free(whole);
    if (!there)
        return OK;
    Err e = dataset_copy(d, run, "trajectory.h5", DATASET_SIMULATION,
                         "H5MD 1.1, all segments as one trajectory; keep it beside trajectory/");
    char *folder = stage_file(run->stage, "trajectory");
    char *made = mem_format("%s/%s/trajectory", d->part, stage_name(run->stage));
    if (e == OK)
        e = replace_make_folder(made);
    struct dirent **names = NULL;
    int n = e == OK ? scandir(folder, &names, NULL, alphasort) : 0;
    for (int i = 0; i < n; i++) {
        char *name = mem_format("trajectory/%s", names[i]->d_name);
        if (e == OK && ends_with(name, ".h5")) {
            /* byte for byte: trajectory.h5 names the digest of each */
            char *from = stage_file(run->stage, name);
            char *to = dataset_file(d, run, name, DATASET_SIMULATION, "segment, a whole H5MD file");
            e = copy_bytes(from, to);
            free(from);
            free(to);
        }
        free(name);
        free(names[i]);
    }
    free(names);
    free(folder);
    free(made);
    return e;
}

/* ---- answer key and covariances -------------------------------------------------------------- */

void dataset_truth(Dataset *d, const StageRun *run, const char *name, double value, double error,
                   const char *unit, const char *what)
{
    text_append(&d->truths, "%s{stage: ", d->truths.length > 0 ? ",\n    " : "");
    json_quote(&d->truths, stage_name(run->stage));
    text_append(&d->truths, ", name: ");
    json_quote(&d->truths, name);
    text_append(&d->truths, ", value: ");
    json_number(&d->truths, value);
    text_append(&d->truths, ", error: ");
    json_number(&d->truths, error);
    text_append(&d->truths, ", unit: ");
    json_quote(&d->truths, unit);
    text_append(&d->truths, ", description: ");
    json_quote(&d->truths, what);
    text_append(&d->truths, "}");
}

static Err truth_scalar(Dataset *d, const StageRun *run, H5 *scalars, const char *name)
{
    H5 *group;
    TRY(h5_group(scalars, name, &group));
    double *value = NULL, error = NAN;
    char unit[32], *what = NULL;
    Err e = h5_read(group, "value", 0, NULL, &value, unit);
    if (e == OK)
        e = h5_read_number(group, "error", &error);
    if (e == OK)
        e = h5_read_attr_text(group, "value", "description", &what);
    if (e == OK)
        dataset_truth(d, run, name, value[0], error, unit, what);
    free(value);
    free(what);
    h5_close_group(group);
    return e;
}

Err dataset_truth_scalars(Dataset *d, const StageRun *run, H5 *result, const char *without)
{
    H5 *scalars;
    if (!h5_exists(result, "scalars"))
        return OK;
    TRY(h5_group(result, "scalars", &scalars));
    char **names;
    size_t n = h5_members(scalars, &names);
    Err e = OK;
    for (size_t i = 0; i < n; i++) {
        bool skipped = without != NULL && strncmp(names[i], without, strlen(without)) == 0;
        if (e == OK && !skipped)
            e = truth_scalar(d, run, scalars, names[i]);
        free(names[i]);
    }
    free(names);
    h5_close_group(scalars);
    return e;
}

Err dataset_covariance(Dataset *d, const StageRun *run, const char *name, size_t n,
                       const char *const names[], const double covariance[], const char *what)
{
    char *path = mem_format("%s/%s", stage_name(run->stage), name);
    H5 *group;
    Err e = h5_group(d->covariances, path, &group);
    free(path);
    if (e != OK)
        return e;
    e = h5_write_texts(group, "names", n, names);
    if (e == OK)
        e = h5_write(group, "covariance", 2, (size_t[]){n, n}, covariance, "1", what);
    h5_close_group(group);
    return e;
}

uint64_t dataset_seed(uint64_t own, int64_t draw)
{
    /* Weyl's sequence: all different; fits an int64_t without its sign */
    return (own + (uint64_t)(draw - 1) * UINT64_C(0x9E3779B97F4A7C15)) & INT64_MAX;
}

int64_t dataset_draws(const Dataset *d)
{
    return d->options.draws;
}

Err dataset_stamp(const Dataset *d, H5 *file)
{
    return h5_attr_text(file, NULL, "metadata", d->block);
}

const char *dataset_comment(const Dataset *d)
{
    return d->comment;
}

const char *dataset_line(const Dataset *d)
{
    return d->line;
}

/* ---- the folder ------------------------------------------------------------------------------ */

static int remove_one(const char *path, const struct stat *s, int flag, struct FTW *place)
{
    (void)s, (void)flag, (void)place;
    return remove(path);
}

static void remove_folder(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* "SHA  path" of every file below, in the order of their names. */
static Err add_sums(TextBuffer *b, const char *root, const char *below)
{
    char *folder = mem_format("%s%s%s", root, below[0] ? "/" : "", below);
    struct dirent **names = NULL;
    int n = scandir(folder, &names, NULL, alphasort);
    Err e = n >= 0 ? OK : err_set(ERR_FILE, "%s: cannot be read: %s", folder, strerror(errno));
    for (int i = 0; i < n; i++) {
        const char *name = names[i]->d_name;
        char *relative = mem_format("%s%s%s", below, below[0] ? "/" : "", name);
        char *path = mem_format("%s/%s", root, relative), hex[HASH_HEX];
        struct stat s;
        if (e == OK && name[0] != '.' && stat(path, &s) == 0 && S_ISDIR(s.st_mode)) {
            e = add_sums(b, root, relative);
        } else if (e == OK && name[0] != '.') {
            e = hash_file(path, hex);
            text_append(b, "%s  %s\n", hex, relative);
        }
        free(path);
        free(relative);
        free(names[i]);
    }
    free(names);
    free(folder);
    return e;
}

static Err write_sums(const Dataset *d)
{
    TextBuffer b = {0};
    char *path = mem_format("%s/SHA256SUMS", d->part);
    Err e = add_sums(&b, d->part, "");
    if (e == OK)
        e = text_write_file(path, b.text, b.length);
    text_clear(&b);
    free(path);
    return e;
}

static Err collect(Dataset *d)
{
    Study *s = d->study;
    Err e = OK;
    for (size_t i = 0; i < s->nstages && e == OK; i++) {
        Stage *stage = &s->stages[i];
        if (stage->kind->dataset == NULL)
            continue;
        const StageRun run = {.comm = d->alone, .study = s, .stage = stage};
        e = err_prefix(stage->kind->dataset(&run, stage->options, d), "stage %s",
                       stage_name(stage));
    }
    return e == OK ? d->failed : e;
}

static Err write_covariances(Dataset *d)
{
    char *path = mem_format("%s/covariances.h5", d->part);
    Err e = h5_create(path, &d->covariances);
    free(path);
    if (e != OK)
        return e;
    e = dataset_stamp(d, d->covariances);
    if (e == OK)
        e = collect(d);
    if (e == OK)
        return h5_commit(d->covariances);
    h5_close(d->covariances);
    return e;
}

/* inputs/NAME of a file that the study names. */
static Err copy_input(void *context, const char *key, const char *file)
{
    (void)key;
    const Dataset *d = context;
    const char *name = strrchr(file, '/') != NULL ? strrchr(file, '/') + 1 : file;
    char *folder = mem_format("%s/inputs", d->part), *to = mem_format("%s/%s", folder, name);
    char *from = study_path(d->study, file);
    Err e = replace_make_folder(folder);
    if (e == OK && access(to, F_OK) != 0)
        e = copy_bytes(from, to);
    free(folder);
    free(from);
    free(to);
    return e;
}

static Err copy_inputs(Dataset *d)
{
    for (size_t i = 0; i < d->study->nstages; i++)
        TRY(study_marked(&d->study->stages[i], "file", copy_input, d));
    return OK;
}

static Err make(Dataset *d)
{
    char *copy = mem_format("%s/study.yaml", d->part);
    Err e = replace_make_folder(d->part);
    if (e == OK)
        e = copy_bytes(d->study->path, copy);
    free(copy);
    if (e == OK)
        e = copy_inputs(d);
    if (e == OK)
        e = write_covariances(d);
    if (e == OK && d->nfiles == 0)
        e = err_set(ERR_INPUT, "%s: no stage of this study has anything for a data set",
                    d->study->path);
    if (e == OK)
        e = dataset_metadata_write(d);
    if (e == OK)
        e = write_sums(d);
    if (e == OK) {
        remove_folder(d->place);
        if (rename(d->part, d->place) != 0)
            e = err_set(ERR_FILE, "%s: cannot take its place: %s", d->place, strerror(errno));
    }
    return e;
}

/* On rank 0. */
static Err write_all(Study *study, Comm *alone)
{
    Dataset d = {.study = study, .alone = alone};
    TRY(dataset_options_read(study->dataset, &d.options));
    char date[21];
    timer_date(date);
    d.place = mem_format("%s/dataset", study->output);
    d.part = mem_format("%s.part", d.place);
    d.comment =
        mem_format("data set: %s\nversion %s, licence %s, %s\nmetadata.json and answer_key.json of "
                   "the data set have the rest\n",
                   d.options.title, d.options.version, d.options.licence, provenance_version());
    d.line =
        mem_format("data set: %s; version %s, licence %s, %s; see metadata.json and "
                   "answer_key.json",
                   d.options.title, d.options.version, d.options.licence, provenance_version());
    remove_folder(d.part);
    Err e = dataset_metadata_describe(&d, date, &d.block);
    if (e == OK)
        e = make(&d);
    if (e != OK)
        remove_folder(d.part);
    else
        log_info("data set: %s", d.place);
    for (size_t i = 0; i < d.nfiles; i++) {
        free(d.files[i].path);
        free(d.files[i].stage);
        free(d.files[i].what);
    }
    free(d.files);
    text_clear(&d.truths);
    free(d.block);
    free(d.comment);
    free(d.line);
    free(d.place);
    free(d.part);
    dataset_options_clear(&d.options);
    return e;
}

Err dataset_make(Study *study)
{
    Comm *alone = comm_split(study->comm, comm_rank(study->comm));
    Err e = comm_is_root(study->comm) ? write_all(study, alone) : OK;
    comm_free(alone);
    return comm_agree(study->comm, e);
}
