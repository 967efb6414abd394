/* dataset_inside.h -- what the files dataset*.c share. */
#ifndef APP_DATASET_INSIDE_H
#define APP_DATASET_INSIDE_H

#include "app/dataset.h"
#include "store/text.h"

typedef struct DatasetFile {
    char *path; /* in the folder of the data set */
    char *stage, *what;
    DatasetTechnique technique;
} DatasetFile;

struct Dataset {
    Study *study;
    Comm *alone; /* this rank by itself, for what is Collective */
    DatasetOptions options;
    char *place, *part; /* OUTPUT/dataset and what is made beside it */
    size_t nfiles;
    DatasetFile *files;
    TextBuffer truths; /* items of a JSON list */
    char *block;       /* metadata without the list of files, JSON */
    char *comment, *line;
    H5 *covariances;
    Err failed; /* of a folder; told at the end */
};

/* "Doe, Jane; ..", or the items of a JSON list. (dataset_options.c) */
void dataset_options_creators(TextBuffer *b, const ConfigNode *list, bool json);

/* The block: who, what, how and from what, as JSON. ERR_INPUT, ERR_FILE. (dataset_metadata.c) */
Err dataset_metadata_describe(const Dataset *d, const char *date, char **json) MUST_USE;

/* metadata.json with digests of all files, answer_key.json, README.md. (dataset_metadata.c) */
Err dataset_metadata_write(const Dataset *d) MUST_USE;

#endif
