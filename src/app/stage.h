/* stage.h -- one step of a study: a name, its options, what it reads, what it leaves behind.
 *
 * A kind of stage is a const struct; the options struct begins with StageHead, and in the field table a
 * CONFIG_TEXT(S) whose unit is "stage" names an earlier stage, one whose unit is "file" (or a CONFIG_NAMED) a file beside the study.
 * Those two marks are all that the study needs to order, hash and skip stages.
 * A stage writes only into its own folder OUTPUT/NAME and is finished when OUTPUT/NAME/stage.txt holds its key; then its
 * OUTPUT/NAME/checkpoint.bin is taken away, if it has one.
 */
#ifndef APP_STAGE_H
#define APP_STAGE_H

#include "app/stop.h"
#include "base/hash.h"
#include "model/sample.h"
#include "store/config.h"

typedef struct StageHead {
    char *name;
    char *kind;
} StageHead;

#define STAGE_HEAD_FIELDS                                                                          \
    {.key = "name",                                                                                \
     .kind = CONFIG_TEXT,                                                                          \
     .offset = offsetof(StageHead, name),                                                          \
     .help = "name of the stage, and of its folder"},                                              \
    {                                                                                              \
        .key = "kind", .kind = CONFIG_TEXT, .offset = offsetof(StageHead, kind),                   \
        .help = "what the stage does"                                                              \
    }

typedef struct Study Study;
typedef struct Stage Stage;
typedef struct Dataset Dataset; /* dataset.h */

/* What --check finds out about a stage. */
typedef struct StageEstimate {
    double seconds; /* wall time on this machine and rank count */
    double bytes;   /* memory, all ranks together */
    double disk;    /* bytes */
    char note[256];
} StageEstimate;

typedef struct StageRun {
    const Comm *comm;
    Study *study;
    Stage *stage;
    bool resume;
} StageRun;

typedef struct StageKind {
    const char *name;
    const char *help;
    size_t nfields;
    const ConfigField *fields;
    size_t options_size;
    /* Look at everything that can be wrong without doing the work. A stage that makes a sample leaves it in
     * stage->sample. Collective. */
    Err (*check)(const StageRun *run, const void *options, StageEstimate *estimate);
    /* Do it. ERR_STOPPED when asked to stop in time (state saved). Collective. */
    Err (*run)(const StageRun *run, const void *options);
    /* What the finished stage gives to a data set; NULL: nothing. On rank 0 only, run->comm is that rank alone. */
    Err (*dataset)(const StageRun *run, const void *options, Dataset *dataset);
    /* Lines of YAML for the metadata of a data set: the mappings among the options with all defaults (instrument, motion), and
     * `noise`; NULL: nothing. As `dataset`. */
    Err (*describe)(const StageRun *run, const void *options, char **yaml);
} StageKind;

struct Stage {
    const StageKind *kind;
    const ConfigNode *node;
    void *options; /* begins with StageHead */
    char *folder;
    char key[HASH_HEX];
    char *inputs; /* rank 0: all files it stands on, for provenance */
    char started[21],
        resumed[21]; /* rank 0: dates of the first start and of the last resumption, or "" */
    int grid[3];     /* domain decomposition; 0: none */
    bool has_sample; /* --check: the sample this stage would leave */
    Sample sample;
};

struct Study {
    const Comm *comm;
    Config *config;
    char *path;   /* of the study file */
    char *folder; /* of the study file; files are named relative to it */
    char *name;
    char *output;
    int64_t seed;
    const ConfigNode *dataset; /* key `dataset`, checked; or NULL */
    char *effective;           /* full effective input */
    size_t nstages;
    Stage *stages;
};

/* Name of a stage. Local. */
static inline const char *stage_name(const Stage *s)
{
    return ((const StageHead *)s->options)->name;
}

/* FOLDER/file of the stage. New string. Local. */
char *stage_file(const Stage *s, const char *file);

/* Calls `use` for every text of the stage's options that is marked with `mark` ("stage" or "file"). Local. */
Err study_marked(const Stage *stage, const char *mark,
                 Err (*use)(void *context, const char *key, const char *text),
                 void *context) MUST_USE;

/* An earlier stage by name; never NULL (the study has checked names). Local. */
Stage *study_find(const Study *s, const char *name);

/* Path of a file named in the study. New string. Local. */
char *study_path(const Study *s, const char *file);

/* File, relative to the study, that a CONFIG_NAMED field names: KEYs/NAME.yaml, or a path that ends in .yaml; NULL for a mapping
 * and for one of its choices. New string. Local. */
char *study_named_file(const ConfigField *f, const ConfigNode *node);

/* The provenance block for outputs of this stage; `finished`: the stage is done but for writing. New string.
 * Local (rank 0). */
char *stage_provenance(const StageRun *run, bool finished);

/* All kinds, NULL-terminated. Local. */
const StageKind *const *stage_kinds(void);

#endif
