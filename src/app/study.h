/* study.h -- a study file: stages in order, each run once, skipped while nothing it stands on has changed.
 *
 * The key of a stage is the SHA-256 of its kind, its effective options, the code version, the seed, the contents of
 * the files it names and the keys of the stages it names. A stage whose recorded key equals its key is not run again.
 */
#ifndef APP_STUDY_H
#define APP_STUDY_H

#include "app/stage.h"

typedef struct StudyOptions {
    const char *only; /* run this stage (and what it needs that is missing) */
    bool resume;      /* continue a stage from its checkpoint */
} StudyOptions;

/* Read and check all that can be checked on paper: keys, names, files. Collective. */
Err study_open(const Comm *c, const char *path, const char *output, Study **study) MUST_USE;
void study_close(Study *s);

/* Full effective input as YAML; a new string. Local. */
char *study_defaults(const Study *s);

/* Try every stage on paper: cells, one force call, memory, time. Prints a table on stdout. Collective. */
Err study_check(Study *s) MUST_USE;

/* Run. ERR_STOPPED if asked to stop in time. Collective. */
Err study_run(Study *s, const StudyOptions *o) MUST_USE;

#endif
