#define _POSIX_C_SOURCE 200809L
#include "app/study.h"

#include "app/dataset.h"
#include "app/sample_file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/timer.h"
#include "store/checkpoint.h"
#include "store/provenance.h"
#include "store/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct StudyHead {
    char *study;
    char *output;
    int64_t seed;
    const ConfigNode *dataset, *stages;
} StudyHead;

static const ConfigField study_fields[] = {
    {.key = "study",
     .kind = CONFIG_TEXT,
     .offset = offsetof(StudyHead, study),
     .help = "name of the study"},
    {.key = "output",
     .kind = CONFIG_TEXT,
     .fallback = "",
     .offset = offsetof(StudyHead, output),
     .help = "folder for all results, relative to where the program is run; default out/STUDY"},
    {.key = "seed",
     .kind = CONFIG_INTEGER,
     .fallback = "1",
     .offset = offsetof(StudyHead, seed),
     .low = 0,
     .high = 9e15,
     .help = "all random numbers are functions of this"},
    {.key = "dataset",
     .kind = CONFIG_MAPPING,
     .fallback = "",
     .offset = offsetof(StudyHead, dataset),
     .help = "{title, creators, licence, ...} of the data set; see `paddlewheel explain dataset`"},
    {.key = "stages",
     .kind = CONFIG_SEQUENCE,
     .offset = offsetof(StudyHead, stages),
     .help = "what is done, in order"},
};
enum { STUDY_FIELDS = sizeof study_fields / sizeof study_fields[0] };

char *stage_file(const Stage *s, const char *file)
{
    return mem_format("%s/%s", s->folder, file);
}

Stage *study_find(const Study *s, const char *name)
{
    for (size_t i = 0; i < s->nstages; i++)
        if (strcmp(stage_name(&s->stages[i]), name) == 0)
            return &s->stages[i];
    CHECK(false, "stage '%s' was not checked", name);
    return NULL;
}

char *study_path(const Study *s, const char *file)
{
    bool as_named = file[0] == '/' || strcmp(s->folder, ".") == 0;
    return as_named ? mem_string(file) : mem_format("%s/%s", s->folder, file);
}

/* A word of the list "a|b|c". */
static bool is_choice(const char *text, const char *choices)
{
    size_t n = strlen(text);
    for (const char *at = choices; at != NULL; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, text, n) == 0 && (at[n] == '|' || at[n] == '\0'))
            return true;
    }
    return false;
}

char *study_named_file(const ConfigField *f, const ConfigNode *node)
{
    const char *text = node != NULL ? config_text(node) : NULL;
    if (text == NULL || is_choice(text, f->choices))
        return NULL;
    size_t n = strlen(text);
    bool is_file = n > 5 && strcmp(text + n - 5, ".yaml") == 0;
    return is_file ? mem_string(text) : mem_format("%ss/%s.yaml", f->key, text);
}

char *stage_provenance(const StageRun *run, bool finished)
{
    const Stage *s = run->stage;
    char *text =
        provenance_text(run->comm, &(ProvenanceRun){.seed = run->study->seed,
                                                    .grid = {s->grid[0], s->grid[1], s->grid[2]},
                                                    .started = s->started,
                                                    .resumed = s->resumed,
                                                    .finished = finished,
                                                    .inputs = s->inputs});
    config_append(&text, "stage: %s\nstage_key: %s\neffective_input:\n", stage_name(s), s->key);
    for (const char *line = run->study->effective; *line != '\0';) {
        int n = (int)strcspn(line, "\n");
        config_append(&text, "  %.*s\n", n, line);
        line += n + (line[n] == '\n');
    }
    return text;
}

Err study_marked(const Stage *stage, const char *mark,
                 Err (*use)(void *context, const char *key, const char *text), void *context)
{
    for (size_t i = 0; i < stage->kind->nfields; i++) {
        const ConfigField *f = &stage->kind->fields[i];
        const char *at = (const char *)stage->options + f->offset;
        if (f->unit == NULL || strcmp(f->unit, mark) != 0)
            continue;
        if (f->kind == CONFIG_TEXT) {
            const char *text;
            memcpy(&text, at, sizeof text);
            if (text != NULL && text[0] != '\0')
                TRY(use(context, f->key, text));
        } else if (f->kind == CONFIG_NAMED) {
            const ConfigNode *node;
            memcpy(&node, at, sizeof node);
            char *file = study_named_file(f, node);
            Err e = file != NULL ? use(context, f->key, file) : OK;
            if (e != OK) {
                char *why = mem_string(err_message());
                e = err_set(e, "%s; built in: %s", why, f->choices);
                free(why);
            }
            free(file);
            TRY(e);
        } else if (f->kind == CONFIG_TEXTS) {
            ConfigTexts list;
            memcpy(&list, at, sizeof list);
            for (size_t k = 0; k < list.n; k++)
                TRY(use(context, f->key, list.text[k]));
        }
    }
    return OK;
}

typedef struct KeyContext {
    Study *study;
    Stage *stage;
    Hash *hash;
} KeyContext;

static Err add_stage(void *context, const char *key, const char *name)
{
    KeyContext *k = context;
    for (Stage *s = k->study->stages; s < k->stage; s++) {
        if (strcmp(stage_name(s), name) == 0) {
            hash_add_text(k->hash, s->key);
            provenance_add_inputs(&k->stage->inputs, s->inputs);
            return OK;
        }
    }
    size_t n = (size_t)(k->stage - k->study->stages);
    const char **names = MEM_NEW(const char *, n + 1);
    for (size_t i = 0; i < n; i++)
        names[i] = stage_name(&k->study->stages[i]);
    const char *near = config_nearest(name, n, names);
    Err e = config_error(k->stage->node, key, "no earlier stage is called '%s'%s%s%s", name,
                         near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    free(names);
    return e;
}

/* Only rank 0 looks at files; the digest goes to all. */
static Err add_file(void *context, const char *key, const char *name)
{
    KeyContext *k = context;
    char *path = study_path(k->study, name);
    char hex[HASH_HEX] = "";
    Err e = OK;
    if (comm_is_root(k->study->comm)) {
        e = hash_file(path, hex);
        if (e == OK)
            e = provenance_add_input(&k->stage->inputs, key, path);
    }
    if (e != OK)
        e = config_error(k->stage->node, key, "file '%s' cannot be read (looked for %s)", name,
                         path);
    e = comm_agree(k->study->comm, e);
    comm_bcast(k->study->comm, 0, sizeof hex, hex);
    hash_add_text(k->hash, hex);
    free(path);
    return e;
}

static Err key_stage(Study *study, Stage *stage)
{
    char *text = NULL;
    config_print(&text, 0, false, stage->kind->nfields, stage->kind->fields, stage->options);
    KeyContext k = {.study = study, .stage = stage, .hash = hash_new()};
    hash_add_text(k.hash, provenance_code());
    hash_add_text(k.hash, stage->kind->name);
    hash_add_text(k.hash, text ? text : "");
    hash_add(k.hash, &study->seed, sizeof study->seed);
    free(text);
    Err e =
        comm_is_root(study->comm) ? provenance_add_input(&stage->inputs, "study", study->path) : OK;
    e = comm_agree(study->comm, e);
    if (e == OK)
        e = study_marked(stage, "stage", add_stage, &k);
    if (e == OK)
        e = study_marked(stage, "file", add_file, &k);
    hash_finish(k.hash, stage->key);
    return e;
}

static const StageKind *find_kind(const char *name)
{
    for (const StageKind *const *k = stage_kinds(); *k != NULL; k++)
        if (strcmp((*k)->name, name) == 0)
            return *k;
    return NULL;
}

static Err unknown_kind(const ConfigNode *node, const char *name)
{
    const char *names[32];
    size_t n = 0;
    char list[512] = "";
    for (const StageKind *const *k = stage_kinds(); *k != NULL; k++) {
        names[n++] = (*k)->name;
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", n > 1 ? ", " : "",
                 (*k)->name);
    }
    const char *near = config_nearest(name, n, names);
    return config_error(node, "kind", "'%s' is not a kind of stage; allowed: %s%s%s%s", name, list,
                        near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static Err valid_name(const Study *study, const Stage *stage)
{
    const char *name = stage_name(stage);
    for (const char *p = name; *p != '\0'; p++)
        if (!isalnum((unsigned char)*p) && strchr("-_.+", *p) == NULL)
            return config_error(stage->node, "name",
                                "'%s' names a folder: letters, digits, '-', '_', '.', '+' only",
                                name);
    if (name[0] == '\0' || name[0] == '.')
        return config_error(stage->node, "name", "'%s' must begin with a letter or digit", name);
    for (const Stage *s = study->stages; s < stage; s++)
        if (strcmp(stage_name(s), name) == 0)
            return config_error(stage->node, "name", "two stages are called '%s'", name);
    return OK;
}

static Err open_stage(Study *study, const ConfigNode *node, Stage *stage)
{
    const ConfigNode *kind_node = config_get(node, "kind");
    const char *kind = kind_node ? config_text(kind_node) : NULL;
    stage->node = node;
    if (kind == NULL)
        return config_error(node, "kind", "a stage needs 'kind: ...'");
    const StageKind *found = find_kind(kind);
    if (found == NULL)
        return unknown_kind(kind_node, kind);
    stage->options = mem_new(1, found->options_size);
    stage->kind = found;
    TRY(config_read(node, found->nfields, found->fields, stage->options));
    TRY(valid_name(study, stage));
    stage->folder = mem_format("%s/%s", study->output, stage_name(stage));
    return key_stage(study, stage);
}

static char *print_effective(const Study *s)
{
    char *text =
        mem_format("study: %s\noutput: %s\nseed: %lld\n", s->name, s->output, (long long)s->seed);
    if (s->dataset != NULL) {
        config_append(&text, "dataset:\n");
        config_print_node(&text, 2, s->dataset);
    }
    config_append(&text, "stages:\n");
    for (size_t i = 0; i < s->nstages; i++) {
        char *stage = NULL;
        config_print(&stage, 4, false, s->stages[i].kind->nfields, s->stages[i].kind->fields,
                     s->stages[i].options);
        if (stage != NULL && strlen(stage) > 2)
            stage[2] = '-'; /* "    name:" becomes "  - name:" */
        char *longer = mem_format("%s%s", text, stage ? stage : "");
        free(stage);
        free(text);
        text = longer;
    }
    return text;
}

char *study_defaults(const Study *s)
{
    return mem_string(s->effective);
}

Err study_open(const Comm *c, const char *path, const char *output, Study **out)
{
    Study *s = MEM_NEW(Study, 1);
    *out = s;
    s->comm = c;
    s->path = mem_string(path);
    StudyHead head = {0};
    Err e = config_open(c, path, &s->config);
    if (e == OK) {
        s->folder = config_folder(s->config);
        e = config_each(s->config, "stages");
    }
    if (e == OK)
        e = config_read(config_root(s->config), STUDY_FIELDS, study_fields, &head);
    if (e != OK)
        return e;
    s->name = mem_string(head.study);
    s->seed = head.seed;
    if (output == NULL && head.output != NULL && head.output[0] != '\0')
        output = head.output;
    s->output = output ? mem_string(output) : mem_format("out/%s", s->name);
    size_t n = config_length(head.stages);
    const ConfigNode *list = head.stages;
    s->dataset = head.dataset;
    config_clear(STUDY_FIELDS, study_fields, &head);
    DatasetOptions dataset;
    TRY(dataset_options_read(s->dataset, &dataset));
    dataset_options_clear(&dataset);
    if (n == 0)
        return config_error(config_root(s->config), "stages", "at least one stage is needed");
    s->stages = MEM_NEW(Stage, n);
    for (size_t i = 0; i < n; i++) {
        s->nstages = i + 1;
        e = open_stage(s, config_item(list, i), &s->stages[i]);
        if (e != OK)
            return e;
    }
    s->effective = print_effective(s);
    return OK;
}

void study_close(Study *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->nstages; i++) {
        Stage *stage = &s->stages[i];
        if (stage->options != NULL)
            config_clear(stage->kind->nfields, stage->kind->fields, stage->options);
        free(stage->options);
        free(stage->folder);
        free(stage->inputs);
        if (stage->has_sample)
            sample_clear(&stage->sample);
    }
    free(s->stages);
    if (s->config != NULL)
        config_close(s->config);
    free(s->path);
    free(s->folder);
    free(s->name);
    free(s->output);
    free(s->effective);
    free(s);
}

Err study_check(Study *s)
{
    double seconds = 0.0, bytes = 0.0, disk = 0.0;
    if (comm_is_root(s->comm))
        printf("%-24s %-10s %10s %10s %10s  %s\n", "stage", "kind", "time/s", "memory/MB",
               "disk/MB", "note");
    for (size_t i = 0; i < s->nstages; i++) {
        Stage *stage = &s->stages[i];
        StageEstimate estimate = {0};
        StageRun run = {.comm = s->comm, .study = s, .stage = stage};
        Err e = stage->kind->check(&run, stage->options, &estimate);
        if (e != OK)
            return err_prefix(e, "stage %s", stage_name(stage));
        seconds += estimate.seconds;
        disk += estimate.disk;
        bytes = estimate.bytes > bytes ? estimate.bytes : bytes;
        if (comm_is_root(s->comm))
            printf("%-24s %-10s %10.1f %10.1f %10.1f  %s\n", stage_name(stage), stage->kind->name,
                   estimate.seconds, estimate.bytes * 1e-6, estimate.disk * 1e-6, estimate.note);
    }
    if (comm_is_root(s->comm))
        printf("%-24s %-10s %10.1f %10.1f %10.1f  on %d rank%s; nothing was run\n", "all", "",
               seconds, bytes * 1e-6, disk * 1e-6, comm_size(s->comm),
               comm_size(s->comm) == 1 ? "" : "s");
    return OK;
}

static Err make_folder(const char *path)
{
    char *partial = mem_string(path);
    Err e = OK;
    for (char *p = partial + 1; e == OK; p++) {
        bool end = *p == '\0';
        if (*p != '/' && !end)
            continue;
        *p = '\0';
        if (mkdir(partial, 0777) != 0 && errno != EEXIST)
            e = err_set(ERR_FILE,
                        "%s: folder cannot be made: %s; choose another with 'output:' or --output",
                        partial, strerror(errno));
        if (end)
            break;
        *p = '/';
    }
    if (e == OK && access(path, W_OK) != 0)
        e = err_set(ERR_FILE,
                    "%s: no permission to write; choose another with 'output:' or --output", path);
    free(partial);
    return e;
}

/* Rank 0 asks whether the stage's record holds its key. */
static bool is_done(const Study *s, const Stage *stage)
{
    int done = 0;
    if (comm_is_root(s->comm)) {
        char *path = stage_file(stage, "stage.txt");
        FILE *file = fopen(path, "r");
        char line[256];
        while (file != NULL && fgets(line, sizeof line, file) != NULL)
            if (strncmp(line, "key: ", 5) == 0 && strncmp(line + 5, stage->key, HASH_HEX - 1) == 0)
                done = 1;
        if (file != NULL)
            fclose(file);
        free(path);
    }
    comm_bcast(s->comm, 0, sizeof done, &done);
    return done != 0;
}

static Err write_record(const StageRun *run, double seconds)
{
    const Stage *stage = run->stage;
    char *provenance = stage_provenance(run, true);
    char *path = stage_file(stage, "stage.txt"),
         *text = mem_format("key: %s\nkind: %s\nwall: %.1f s\n%s", stage->key, stage->kind->name,
                            seconds, provenance);
    free(provenance);
    Err e = text_write_file(path, text, strlen(text));
    free(path);
    free(text);
    return e;
}

/* Only when the record says that the stage is finished: until then a kill must find the checkpoint. Rank 0. */
static void forget_checkpoint(const Stage *stage)
{
    char *path = stage_file(stage, "checkpoint.bin");
    checkpoint_remove(path);
    free(path);
}

static Err run_stage(Study *s, Stage *stage, bool resume)
{
    Err e = comm_is_root(s->comm) ? make_folder(stage->folder) : OK;
    if (e == OK &&
        comm_is_root(s->comm)) { /* an old record must not vouch for half-written results */
        char *record = stage_file(stage, "stage.txt");
        unlink(record);
        free(record);
    }
    e = comm_agree(s->comm, e);
    if (e != OK)
        return e;
    double started = timer_now();
    timer_date(stage->started);
    StageRun run = {.comm = s->comm, .study = s, .stage = stage, .resume = resume};
    e = stage->kind->run(&run, stage->options);
    if (e != OK)
        return err_prefix(e, "stage %s", stage_name(stage));
    if (comm_is_root(s->comm)) {
        e = write_record(&run, timer_now() - started);
        if (e == OK)
            forget_checkpoint(stage);
    }
    return comm_agree(s->comm, e);
}

typedef struct NeedContext {
    Study *study;
    bool *wanted;
} NeedContext;

static Err want(void *context, const char *key, const char *name)
{
    (void)key;
    NeedContext *n = context;
    Stage *stage = study_find(n->study, name);
    n->wanted[stage - n->study->stages] = true;
    return study_marked(stage, "stage", want, n);
}

Err study_run(Study *s, const StudyOptions *o)
{
    bool *wanted = MEM_NEW(bool, s->nstages);
    bool found = o->only == NULL;
    for (size_t i = 0; i < s->nstages; i++)
        wanted[i] = o->only == NULL;
    NeedContext need = {.study = s, .wanted = wanted};
    for (size_t i = 0; i < s->nstages && !found; i++) {
        if (strcmp(stage_name(&s->stages[i]), o->only) == 0) {
            found = true;
            Err e = want(&need, "only", o->only);
            CHECK(e == OK, "names were checked");
        }
    }
    Err e = found ? OK : err_set(ERR_INPUT, "--only %s: no such stage in %s", o->only, s->path);
    for (size_t i = 0; i < s->nstages && e == OK; i++) {
        Stage *stage = &s->stages[i];
        if (!wanted[i])
            continue;
        if (is_done(s, stage)) {
            log_info("stage %-20s unchanged, kept", stage_name(stage));
            if (comm_is_root(s->comm))
                forget_checkpoint(stage);
            continue;
        }
        log_info("stage %-20s (%s)", stage_name(stage), stage->kind->name);
        e = run_stage(s, stage, o->resume);
        if (e == OK && stop_due(s->comm) && i + 1 < s->nstages)
            e = err_set(ERR_STOPPED, "stopped by %s after stage %s; go on with --resume",
                        stop_reason(), stage_name(stage));
    }
    free(wanted);
    return e;
}
