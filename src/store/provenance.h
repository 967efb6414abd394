/* provenance.h -- where a result comes from: program, compiler, libraries, machine, seed, inputs, date.
 *
 * The block is YAML text and stands in every output (dataset "provenance", /parameters/provenance in H5MD).
 * It names no user. What the build knows is written into build_info.h by cmake/build_info.cmake, which runs at
 * every build and touches the header only if something changed; only provenance.c includes it.
 */
#ifndef STORE_PROVENANCE_H
#define STORE_PROVENANCE_H

#include "base/err.h"
#include "par/comm.h"

#include <stdint.h>

/* Program, build, libraries, CPU, MPI, number of ranks, seed, Slurm job if there is one, date. New string.
 * Local. */
char *provenance_text(const Comm *c, int64_t seed);

/* Append "  - {role: ..., file: ..., sha256: ...}" for an input file to a growing string (NULL at first; the
 * first line is "inputs:"). ERR_FILE if the file cannot be read. Local. */
Err provenance_add_input(char **text, const char *role, const char *path) MUST_USE;

/* "paddlewheel 0.1.0 (git 0123456789ab, changed)". Static. Local. */
const char *provenance_version(void);

/* The answer to --version: provenance_version and a line each for compiler and libraries, on stdout. Local. */
void provenance_print_version(void);

/* SHA-256 of all sources that the program is made of: the same for the same code, with or without git, so a
 * stage whose key holds it is run again when the code changed. Static. Local. */
const char *provenance_code(void);

#endif
