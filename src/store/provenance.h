/* provenance.h -- where a result comes from: program, compiler, libraries, machine, seed, inputs, dates.
 *
 * The block is YAML text and stands in every HDF5 output (dataset "provenance", /parameters/provenance in H5MD) and
 * in stage.txt, which speaks for the text files beside it.
 * It names no user. What the build knows is written into build_info.h by cmake/build_info.cmake, which runs at
 * every build and touches the header only if something changed; only provenance.c includes it.
 */
#ifndef STORE_PROVENANCE_H
#define STORE_PROVENANCE_H

#include "base/err.h"
#include "par/comm.h"

#include <stdbool.h>
#include <stdint.h>

/* What the build cannot know. */
typedef struct ProvenanceRun {
    int64_t seed;        /* negative: no random numbers were used */
    int grid[3];         /* bricks of the domain decomposition along a, b, c; 0: no domains */
    const char *started; /* timer_date() at the start; NULL: not said */
    const char *
        resumed; /* timer_date() when it went on from a checkpoint; NULL or "": it was not stopped */
    bool finished;      /* the present date ends the block; false: this is written at the start */
    const char *inputs; /* from provenance_add_input; NULL: none */
} ProvenanceRun;

/* Program, build, libraries, CPU, number of ranks, rank grid, seed, Slurm job if there is one, dates, inputs.
 * New string. Local. */
char *provenance_text(const Comm *c, const ProvenanceRun *run);

/* Append "  - {role: ..., file: ..., sha256: ...}" for an input file to a growing list (NULL at first), once for
 * the same file in the same role. ERR_FILE if the file cannot be read. Local. */
Err provenance_add_input(char **list, const char *role, const char *path) MUST_USE;

/* Append "  - {role: ..., source: ...}" for what a result stands on besides files: a functional, a published table. Once for the
 * same text in the same role. Local. */
void provenance_add_source(char **list, const char *role, const char *source);

/* Append to a list all that stands in another one (NULL: nothing) and not yet in it. Local. */
void provenance_add_inputs(char **list, const char *other);

/* The date behind "started:" of a block; false if there is none. Local. */
bool provenance_started(const char *text, char date[21]);

/* "paddlewheel 0.1.0 (git 0123456789ab, changed)". Static. Local. */
const char *provenance_version(void);

/* The answer to --version: provenance_version and a line each for compiler, libraries and MPI, on stdout. Local. */
void provenance_print_version(void);

/* SHA-256 of all sources that the program is made of: the same for the same code, with or without git, so a
 * stage whose key holds it is run again when the code changed. Static. Local. */
const char *provenance_code(void);

#endif
