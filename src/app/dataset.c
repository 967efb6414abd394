#define _XOPEN_SOURCE 700
#include "app/dataset.h"

#include "app/sample_file.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/timer.h"
#include "domain/structure.h"
#include "store/json.h"
#include "store/provenance.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Terms of PaNET where it has one: http://purl.org/pan-science/PaNET/... */
static const struct {
    const char *label, *term;
} techniques[] = {
    [DATASET_SIMULATION] = {"simulation", ""},
    [DATASET_QENS] = {"quasielastic scattering", "http://purl.org/pan-science/PaNET/PaNET01035"},
    [DATASET_TOTAL_SCATTERING] = {"total scattering",
                                  "http://purl.org/pan-science/PaNET/PaNET01190"},
    [DATASET_POWDER_DIFFRACTION] = {"x-ray powder diffraction",
                                    "http://purl.org/pan-science/PaNET/PaNET01101"},
    [DATASET_IMPEDANCE] = {"electrochemical impedance spectroscopy", ""},
};

struct Dataset {
    Study *study;
    Comm *alone; /* this rank by itself, for what is Collective */
    DatasetOptions options;
    char *place, *part;       /* OUTPUT/dataset and what is made beside it */
    TextBuffer files, truths; /* items of JSON lists */
    TextBuffer table;         /* lines of README.md */
    char *block;              /* metadata without the list of files, JSON */
    char *comment;
    H5 *covariances;
    Err failed; /* of a folder; told at the end */
};

/* ---- options --------------------------------------------------------------------------------- */

#define AT(member) .offset = offsetof(DatasetOptions, member)
static const ConfigField fields[] = {
    {.key = "title",
     .kind = CONFIG_TEXT,
     .fallback = "Synthetic data with a known truth, made by Paddlewheel",
     AT(title),
     .help = "of the data set"},
    {.key = "description",
     .kind = CONFIG_TEXT,
     .fallback = "",
     AT(description),
     .help = "a paragraph"},
    {.key = "creators",
     .kind = CONFIG_SEQUENCE,
     .fallback = "",
     AT(creators),
     .help = "[{name, orcid, affiliation}]"},
    {.key = "licence",
     .kind = CONFIG_TEXT,
     .fallback = "CC-BY-4.0",
     AT(licence),
     .help = "SPDX name"},
    {.key = "identifier",
     .kind = CONFIG_TEXT,
     .fallback = "",
     AT(identifier),
     .help = "persistent: DOI, handle; leave out until there is one"},
    {.key = "version", .kind = CONFIG_TEXT, .fallback = "1", AT(version), .help = "of the data"},
    {.key = "keywords", .kind = CONFIG_TEXTS, .fallback = "", AT(keywords), .help = "words"},
    {.key = "draws",
     .kind = CONFIG_INTEGER,
     .fallback = "1",
     .low = 1,
     .high = 1000,
     AT(draws),
     .help = "noisy measurements drawn of each truth"},
};
enum { FIELDS = sizeof fields / sizeof fields[0] };
const ConfigField *const dataset_fields = fields;
const size_t dataset_nfields = FIELDS;

typedef struct Creator {
    char *name, *orcid, *affiliation;
} Creator;

static const ConfigField creator_fields[] = {
    {.key = "name",
     .kind = CONFIG_TEXT,
     .offset = offsetof(Creator, name),
     .help = "Family, Given"},
    {.key = "orcid",
     .kind = CONFIG_TEXT,
     .fallback = "",
     .offset = offsetof(Creator, orcid),
     .help = "0000-0002-1825-0097"},
    {.key = "affiliation",
     .kind = CONFIG_TEXT,
     .fallback = "",
     .offset = offsetof(Creator, affiliation),
     .help = "institution"},
};
enum { CREATOR_FIELDS = sizeof creator_fields / sizeof creator_fields[0] };

/* Sixteen characters in groups of four; the last is the check digit of ISO 7064 MOD 11-2. */
static bool valid_orcid(const char *id)
{
    int total = 0;
    if (strlen(id) != 19)
        return false;
    for (int i = 0; i < 19; i++) {
        if (i % 5 == 4) {
            if (id[i] != '-')
                return false;
        } else if (i < 18) {
            if (!isdigit((unsigned char)id[i]))
                return false;
            total = (total + id[i] - '0') * 2;
        }
    }
    int check = (12 - total % 11) % 11;
    return id[18] == (check == 10 ? 'X' : '0' + check);
}

static Err read_creator(const ConfigNode *node, Creator *c)
{
    TRY(config_read(node, CREATOR_FIELDS, creator_fields, c));
    if (c->orcid == NULL || c->orcid[0] == '\0' || valid_orcid(c->orcid))
        return OK;
    Err e = config_error(node, "orcid",
                         "'%s' is not an ORCID iD (0000-0000-0000-000X with a right "
                         "check digit)",
                         c->orcid);
    config_clear(CREATOR_FIELDS, creator_fields, c);
    return e;
}

Err dataset_options_read(const ConfigNode *node, DatasetOptions *o)
{
    *o = (DatasetOptions){0};
    TRY(config_read(node, FIELDS, fields, o));
    for (size_t i = 0; o->creators != NULL && i < config_length(o->creators); i++) {
        Creator c;
        Err e = read_creator(config_item(o->creators, i), &c);
        if (e != OK) {
            dataset_options_clear(o);
            return e;
        }
        config_clear(CREATOR_FIELDS, creator_fields, &c);
    }
    return OK;
}

void dataset_options_clear(DatasetOptions *o)
{
    config_clear(FIELDS, fields, o);
}

/* ---- files ----------------------------------------------------------------------------------- */

static Err make_folder(const char *path)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return OK;
    return err_set(ERR_FILE, "%s: folder cannot be made: %s", path, strerror(errno));
}

char *dataset_file(Dataset *d, const StageRun *run, const char *name, DatasetTechnique technique,
                   const char *what)
{
    char *folder = mem_format("%s/%s", d->part, stage_name(run->stage));
    if (d->failed == OK)
        d->failed = make_folder(folder);
    char *path = mem_format("%s/%s", folder, name);
    text_append(&d->files, "%s{path: ", d->files.length > 0 ? ",\n    " : "");
    char *relative = mem_format("%s/%s", stage_name(run->stage), name);
    json_quote(&d->files, relative);
    text_append(&d->files, ", stage: ");
    json_quote(&d->files, stage_name(run->stage));
    text_append(&d->files, ", description: ");
    json_quote(&d->files, what);
    text_append(&d->files, ", technique: {name: \"%s\", identifier: ", techniques[technique].label);
    json_quote(&d->files, techniques[technique].term[0] ? techniques[technique].term : NULL);
    text_append(&d->files, "}}");
    text_append(&d->table, "| `%s` | %s | %s |\n", relative, techniques[technique].label, what);
    free(relative);
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

Err dataset_copy(Dataset *d, const StageRun *run, const char *name, DatasetTechnique technique,
                 const char *what)
{
    char *from = stage_file(run->stage, name), *to = dataset_file(d, run, name, technique, what);
    Err e = copy_bytes(from, to);
    if (e == OK && ends_with(name, ".h5"))
        e = stamp_file(d, to);
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
        e = make_folder(made);
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

Err dataset_truth_scalars(Dataset *d, const StageRun *run, H5 *result)
{
    H5 *scalars;
    if (!h5_exists(result, "scalars"))
        return OK;
    TRY(h5_group(result, "scalars", &scalars));
    char **names;
    size_t n = h5_members(scalars, &names);
    Err e = OK;
    for (size_t i = 0; i < n; i++) {
        if (e == OK)
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

int64_t dataset_draws(const Dataset *d)
{
    return d->options.draws;
}

/* ---- metadata -------------------------------------------------------------------------------- */

Err dataset_stamp(const Dataset *d, H5 *file)
{
    return h5_attr_text(file, NULL, "metadata", d->block);
}

const char *dataset_comment(const Dataset *d)
{
    return d->comment;
}

static void add_creators(TextBuffer *b, const ConfigNode *list, bool json)
{
    for (size_t i = 0; list != NULL && i < config_length(list); i++) {
        Creator c;
        if (config_read(config_item(list, i), CREATOR_FIELDS, creator_fields, &c) != OK)
            continue; /* was checked when the study was opened */
        if (json) {
            text_append(b, "%s{name: ", i > 0 ? ", " : "");
            json_quote(b, c.name);
            text_append(b, ", orcid: ");
            json_quote(b, c.orcid);
            text_append(b, ", affiliation: ");
            json_quote(b, c.affiliation);
            text_append(b, "}");
        } else {
            text_append(b, "%s%s", i > 0 ? "; " : "", c.name);
        }
        config_clear(CREATOR_FIELDS, creator_fields, &c);
    }
}

/* Every line of a text behind two blanks: a block becomes the value of a key. */
static void add_indented(TextBuffer *b, const char *text)
{
    for (const char *line = text; *line != '\0';) {
        int n = (int)strcspn(line, "\n");
        text_append(b, "  %.*s\n", n, line);
        line += n + (line[n] == '\n');
    }
}

static char *read_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    TextBuffer b = {0};
    char piece[4097];
    for (size_t n; file != NULL && (n = fread(piece, 1, sizeof piece - 1, file)) > 0;) {
        piece[n] = '\0';
        text_append(&b, "%s", piece);
    }
    if (file != NULL)
        fclose(file);
    return b.text != NULL ? b.text : mem_string("");
}

/* The block: who, what, how and from what. */
static char *describe(const Dataset *d, const char *date)
{
    const DatasetOptions *o = &d->options;
    TextBuffer b = {0};
    text_append(&b, "schema: \"https://schema.org/Dataset\"\ntitle: ");
    json_quote(&b, o->title);
    text_append(&b, "\ndescription: ");
    json_quote(&b, o->description);
    text_append(&b, "\ncreators: [");
    add_creators(&b, o->creators, true);
    text_append(&b, "]\nlicence: ");
    json_quote(&b, o->licence);
    text_append(&b, "\nidentifier: ");
    json_quote(&b, o->identifier != NULL && o->identifier[0] != '\0' ? o->identifier : NULL);
    text_append(&b, "\nversion: ");
    json_quote(&b, o->version);
    text_append(&b, "\ndate: \"%s\"\nkeywords: [", date);
    for (size_t i = 0; i < o->keywords.n; i++) {
        text_append(&b, "%s", i > 0 ? ", " : "");
        json_quote(&b, o->keywords.text[i]);
    }
    text_append(&b,
                "]\nsynthetic: true\nconventions:\n"
                "  energy_transfer: positive when the neutron loses energy, meV\n"
                "  width: half width at half maximum, meV\n"
                "  residence_time: mean time between jumps whatever their direction, ps\n"
                "  impedance: \"Z = Z' + i Z'', Z'' < 0 for a capacitor, ohm\"\n"
                "  pair_distribution: \"G(r) = 4 pi r (rho(r) - rho0), 1/angstrom^2\"\n"
                "noise_draws: %lld\n",
                (long long)o->draws);
    char *text = provenance_text(
        d->study->comm,
        &(ProvenanceRun){.seed = d->study->seed, .started = date, .finished = true});
    text_append(&b, "provenance:\n");
    add_indented(&b, text);
    free(text);
    text = read_text(d->study->path);
    text_append(&b, "study_file: ");
    json_quote(&b, text);
    free(text);
    text_append(&b, "\nstages:\n");
    for (size_t i = 0; i < d->study->nstages; i++) {
        const Stage *s = &d->study->stages[i];
        text_append(&b, "  - {name: \"%s\", kind: %s, key: \"%s\"}\n", stage_name(s), s->kind->name,
                    s->key);
    }
    char *json = NULL;
    Err e = json_from_yaml("metadata", b.text, false, &json);
    CHECK(e == OK, "the metadata are not YAML: %s", b.text);
    text_clear(&b);
    return json;
}

static Err write_json(const Dataset *d, const char *name, const char *yaml)
{
    char *path = mem_format("%s/%s", d->part, name), *json = NULL;
    Err e = json_from_yaml(name, yaml, true, &json);
    if (e == OK)
        e = text_write_file(path, json, strlen(json));
    free(json);
    free(path);
    return e;
}

static Err write_metadata(const Dataset *d)
{
    TextBuffer b = {0};
    text_append(&b, "dataset: %s\nfiles: [%s]\n", d->block, d->files.text ? d->files.text : "");
    Err e = write_json(d, "metadata.json", b.text);
    b.length = 0;
    text_append(&b, "title: ");
    json_quote(&b, d->options.title);
    text_append(&b,
                "\nnote: \"value is the truth behind the noisy files; error 0: exact, null: not "
                "stated\"\nanswers: [%s]\n",
                d->truths.text ? d->truths.text : "");
    if (e == OK)
        e = write_json(d, "answer_key.json", b.text);
    text_clear(&b);
    return e;
}

static Err write_readme(const Dataset *d)
{
    const DatasetOptions *o = &d->options;
    TextBuffer b = {0};
    text_append(&b, "# %s\n\n", o->title);
    if (o->description != NULL && o->description[0] != '\0')
        text_append(&b, "%s\n\n", o->description);
    TextBuffer names = {0};
    add_creators(&names, o->creators, false);
    text_append(&b, "%s%sVersion %s, licence %s%s%s. Made by %s from `study.yaml`.\n\n",
                names.length ? names.text : "", names.length ? ". " : "", o->version, o->licence,
                o->identifier && o->identifier[0] ? ", " : "",
                o->identifier && o->identifier[0] ? o->identifier : "", provenance_version());
    text_clear(&names);
    text_append(
        &b,
        "These data are **synthetic**: a simulation seen through models of the "
        "instruments, with their noise. What is true is in `answer_key.json` and, noise "
        "free, beside the noisy columns. `covariances.h5` holds the covariances of what "
        "was fitted, `metadata.json` who made what how (the same block is the attribute "
        "`metadata` of the HDF5 files). Energy transfer is positive when the neutron loses "
        "energy; widths are half widths at half maximum; Z'' is negative for a capacitor. "
        "Check with `sha256sum -c SHA256SUMS`.\n\n| file | technique | what |\n|---|---|---|\n%s",
        d->table.text ? d->table.text : "");
    char *path = mem_format("%s/README.md", d->part);
    Err e = text_write_file(path, b.text, b.length);
    free(path);
    text_clear(&b);
    return e;
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
        const StageRun run = {.comm = s->comm, .study = s, .stage = stage};
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

static Err make(Dataset *d)
{
    char *copy = mem_format("%s/study.yaml", d->part);
    Err e = make_folder(d->part);
    if (e == OK)
        e = copy_bytes(d->study->path, copy);
    free(copy);
    if (e == OK)
        e = write_covariances(d);
    if (e == OK && d->files.length == 0)
        e = err_set(ERR_INPUT, "%s: no stage of this study has anything for a data set",
                    d->study->path);
    if (e == OK)
        e = write_metadata(d);
    if (e == OK)
        e = write_readme(d);
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
    d.block = describe(&d, date);
    d.comment =
        mem_format("%s\nversion %s, licence %s, %s\nmetadata.json and answer_key.json of "
                   "the data set have the rest\n",
                   d.options.title, d.options.version, d.options.licence, provenance_version());
    remove_folder(d.part);
    Err e = make(&d);
    if (e != OK)
        remove_folder(d.part);
    else
        log_info("data set: %s", d.place);
    text_clear(&d.files);
    text_clear(&d.truths);
    text_clear(&d.table);
    free(d.block);
    free(d.comment);
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
