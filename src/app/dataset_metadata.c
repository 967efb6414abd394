/* dataset_metadata.c -- the block of metadata, answer key and README of a data set. */
#include "app/dataset_inside.h"

#include "app/sample_file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "store/json.h"
#include "store/provenance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Terms of PaNET where it has one: http://purl.org/pan-science/PaNET/..., and the classes of NeXus that hold such data */
static const struct {
    const char *label, *term, *nexus;
} techniques[] = {
    [DATASET_SIMULATION] = {"simulation", "", ""},
    [DATASET_QENS] = {"quasielastic scattering", "http://purl.org/pan-science/PaNET/PaNET01035",
                      "NXentry, NXdata; .nxspe: NXspe"},
    [DATASET_TOTAL_SCATTERING] = {"total scattering",
                                  "http://purl.org/pan-science/PaNET/PaNET01190", ""},
    [DATASET_POWDER_DIFFRACTION] = {"x-ray powder diffraction",
                                    "http://purl.org/pan-science/PaNET/PaNET01101", ""},
    [DATASET_IMPEDANCE] = {"electrochemical impedance spectroscopy", "", ""},
};

/* Every line of a text behind so many blanks: a block becomes the value of a key. */
static void add_indented(TextBuffer *b, int blanks, const char *text)
{
    for (const char *line = text; *line != '\0';) {
        int n = (int)strcspn(line, "\n");
        text_append(b, "%*s%.*s\n", blanks, "", n, line);
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

/* Title, creators, licence, conventions. */
static void add_bibliography(TextBuffer *b, const DatasetOptions *o, const char *date)
{
    text_append(b, "schema: \"https://schema.org/Dataset\"\ntitle: ");
    json_quote(b, o->title);
    text_append(b, "\ndescription: ");
    json_quote(b, o->description);
    text_append(b, "\ncreators: [");
    dataset_options_creators(b, o->creators, true);
    text_append(b, "]\nlicence: ");
    json_quote(b, o->licence);
    text_append(b, "\nidentifier: ");
    json_quote(b, o->identifier != NULL && o->identifier[0] != '\0' ? o->identifier : NULL);
    text_append(b, "\nversion: ");
    json_quote(b, o->version);
    text_append(b, "\ndate: \"%s\"\nkeywords: [", date);
    for (size_t i = 0; i < o->keywords.n; i++) {
        text_append(b, "%s", i > 0 ? ", " : "");
        json_quote(b, o->keywords.text[i]);
    }
    text_append(b,
                "]\nsynthetic: true\nconventions:\n"
                "  energy_transfer: positive when the neutron loses energy, meV\n"
                "  width: half width at half maximum, meV\n"
                "  residence_time: mean time between jumps whatever their direction, ps\n"
                "  impedance: \"Z = Z' + i Z'', Z'' < 0 for a capacitor, ohm\"\n"
                "  pair_distribution: \"G(r) = 4 pi r (rho(r) - rho0), 1/angstrom^2\"\n"
                "noise_draws: %lld\n",
                (long long)o->draws);
}

static Err add_name(void *context, const char *key, const char *name)
{
    (void)key;
    TextBuffer *b = context;
    text_append(b, "%s", b->length > 0 ? ", " : "");
    json_quote(b, name);
    return OK;
}

/* Atoms and box of the sample that a stage left. */
static Err add_sample(const Dataset *d, const Stage *s, TextBuffer *b)
{
    char *path = stage_file(s, "sample.h5");
    Sample sample;
    Err e = OK;
    if (access(path, R_OK) == 0 && (e = sample_file_read(d->alone, path, &sample)) == OK) {
        const double(*h)[3] = (const double(*)[3])sample.cell.h;
        text_append(b, "    sample: {atoms: %lld, box_angstrom: [", (long long)sample.n);
        for (int k = 0; k < 3; k++)
            text_append(b, "%s[%.10g, %.10g, %.10g]", k > 0 ? ", " : "", h[k][0], h[k][1], h[k][2]);
        text_append(b, "]}\n");
        sample_clear(&sample);
    }
    free(path);
    return e;
}

/* Program, compiler, ranks, seed, dates and inputs, as the stage wrote them down when it was done. */
static void add_record(const Stage *s, TextBuffer *b)
{
    char *path = stage_file(s, "stage.txt"), *text = read_text(path);
    char *from = strstr(text, "\nwall:"), *end = strstr(text, "\nstage:");
    if (from != NULL && end != NULL && from < end) {
        *end = '\0';
        text_append(b, "    provenance:\n");
        add_indented(b, 6, from + 1);
    }
    free(path);
    free(text);
}

/* What a stage is, what it reads, all its options with their defaults. */
static Err add_stage(const Dataset *d, Stage *s, TextBuffer *b)
{
    const StageRun run = {.comm = d->alone, .study = d->study, .stage = s};
    TextBuffer reads = {0};
    char *text = NULL;
    text_append(b, "  - name: \"%s\"\n    kind: %s\n    key: \"%s\"\n", stage_name(s),
                s->kind->name, s->key);
    Err e = study_marked(s, "stage", add_name, &reads);
    text_append(b, "    reads: [%s]\n    options:\n", reads.length > 0 ? reads.text : "");
    text_clear(&reads);
    config_print(&text, 6, false, s->kind->nfields, s->kind->fields, s->options);
    text_append(b, "%s", text);
    free(text);
    text = NULL;
    if (e == OK)
        e = add_sample(d, s, b);
    if (e == OK && s->kind->describe != NULL)
        e = s->kind->describe(&run, s->options, &text);
    if (text != NULL)
        add_indented(b, 4, text);
    free(text);
    if (e == OK)
        add_record(s, b);
    return e;
}

static Err add_input(const Dataset *d, TextBuffer *b)
{
    char hex[HASH_HEX], *text = read_text(d->study->path);
    text_append(b, "study_file: ");
    json_quote(b, text);
    free(text);
    TRY(hash_file(d->study->path, hex));
    text_append(b, "\nstudy_file_sha256: \"%s\"\n", hex);
    return OK;
}

Err dataset_metadata_describe(const Dataset *d, const char *date, char **json)
{
    TextBuffer b = {0};
    *json = NULL;
    add_bibliography(&b, &d->options, date);
    char *text = provenance_text(
        d->study->comm,
        &(ProvenanceRun){.seed = d->study->seed, .started = date, .finished = true});
    text_append(&b, "provenance:\n");
    add_indented(&b, 2, text);
    free(text);
    Err e = add_input(d, &b);
    text_append(&b,
                "chain: \"study -> stages in the order in which each `reads` the others -> files, "
                "each of its `stage`\"\nstages:\n");
    for (size_t i = 0; i < d->study->nstages && e == OK; i++)
        e = add_stage(d, &d->study->stages[i], &b);
    if (e == OK && json_from_yaml("metadata", b.text, false, json) != OK)
        CHECK(false, "the metadata are not YAML: %s: %s", err_message(), b.text);
    text_clear(&b);
    return e;
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

/* "..._draw-012.csv" is number 12; 0: no draw. */
static int draw_of(const char *path)
{
    const char *mark = strstr(path, "_draw-");
    return mark != NULL ? atoi(mark + strlen("_draw-")) : 0;
}

static Err add_file(const Dataset *d, const DatasetFile *f, TextBuffer *b)
{
    char *path = mem_format("%s/%s", d->part, f->path), hex[HASH_HEX];
    const char *term = techniques[f->technique].term, *nexus = techniques[f->technique].nexus;
    bool hdf5 = strstr(f->path, ".nxs") != NULL;
    Err e = hash_file(path, hex);
    free(path);
    TRY(e);
    text_append(b, "  - {path: ");
    json_quote(b, f->path);
    text_append(b, ", stage: ");
    json_quote(b, f->stage);
    text_append(b, ", description: ");
    json_quote(b, f->what);
    text_append(b, ", technique: {name: \"%s\", identifier: ", techniques[f->technique].label);
    json_quote(b, term[0] ? term : NULL);
    text_append(b, "}, nexus_class: ");
    json_quote(b, hdf5 && nexus[0] ? nexus : NULL);
    if (draw_of(f->path) > 0)
        text_append(b, ", draw: %d", draw_of(f->path));
    text_append(b, ", sha256: \"%s\"}\n", hex);
    return OK;
}

static Err write_metadata(const Dataset *d)
{
    TextBuffer b = {0};
    Err e = OK;
    text_append(&b, "dataset: %s\nfiles:\n", d->block);
    for (size_t i = 0; i < d->nfiles && e == OK; i++)
        e = add_file(d, &d->files[i], &b);
    if (e == OK)
        e = write_json(d, "metadata.json", b.text);
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
    dataset_options_creators(&names, o->creators, false);
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
        "`metadata` of the HDF5 files), `inputs` the files that the study names. Files _draw-NNN "
        "are "
        "measurements of the same with noise of their own, _truth that without noise. Answers that "
        "end in "
        "_realised belong to the finite trajectory that was seen, with its own error; those "
        "without "
        "are the model's. Energy "
        "transfer is positive when the neutron loses "
        "energy; widths are half widths at half maximum; Z'' is negative for a capacitor. "
        "Check with `sha256sum -c SHA256SUMS`.\n\n| file | technique | what |\n|---|---|---|\n");
    for (size_t i = 0; i < d->nfiles; i++)
        text_append(&b, "| `%s` | %s | %s |\n", d->files[i].path,
                    techniques[d->files[i].technique].label, d->files[i].what);
    char *path = mem_format("%s/README.md", d->part);
    Err e = text_write_file(path, b.text, b.length);
    free(path);
    text_clear(&b);
    return e;
}

Err dataset_metadata_write(const Dataset *d)
{
    TRY(write_metadata(d));
    return write_readme(d);
}
