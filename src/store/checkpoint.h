/* checkpoint.h -- the state of a run in one file that is whole or refused.
 *
 * Written by one rank with replace.h: beside its place, synced, renamed; the file before it stays as
 * PATH.previous. What the sections mean is the business of who writes them. All functions Local.
 *
 * The file, byte by byte (integers unsigned, little-endian):
 *   8          "PWCHECK\n"
 *   4          format version, now 1
 *   4          number of sections
 *   per section:
 *     4        length of the name
 *     ...      the name, without a closing 0
 *     8        length of the content
 *     ...      the content, as the writer's memory had it
 *   64         SHA-256 of all bytes before, in hexadecimal
 */
#ifndef STORE_CHECKPOINT_H
#define STORE_CHECKPOINT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct CheckpointSection {
    const char *name;
    const void *bytes;
    size_t n;
} CheckpointSection;

typedef struct Checkpoint Checkpoint;

/* Write `path`; the old one becomes PATH.previous. ERR_FILE (disk full, no permission): then the old files are
 * as they were. */
Err checkpoint_write(const char *path, size_t nsections,
                     const CheckpointSection sections[]) MUST_USE;

/* Read exactly this file. ERR_FILE if it is missing, truncated, damaged or of another format. Free with
 * checkpoint_free. */
Err checkpoint_read(const char *path, Checkpoint **c) MUST_USE;

/* Read `path`, or if that fails PATH.previous, with a warning. ERR_FILE with both reasons if both fail. */
Err checkpoint_read_latest(const char *path, Checkpoint **c) MUST_USE;

/* The same for a stage that goes on: *c stays NULL if there is no checkpoint or, with a warning, if its section `key` is
 * not this text. */
Err checkpoint_read_own(const char *path, const char *key, Checkpoint **c) MUST_USE;
void checkpoint_free(Checkpoint *c);

/* Is there a file that checkpoint_read_latest would try? */
bool checkpoint_exists(const char *path);

/* Take away `path` and the one before it, when what they were for is finished. Local. */
void checkpoint_remove(const char *path);

/* A section by name: bytes (64-byte aligned, live as long as c; NULL if n is 0). ERR_FILE if there is none. */
Err checkpoint_section(const Checkpoint *c, const char *name, const void **bytes,
                       size_t *n) MUST_USE;

/* The same into memory of exactly `bytes` bytes. ERR_FILE if there is none or it has another length. Local. */
Err checkpoint_copy(const Checkpoint *c, const char *name, size_t bytes, void *to) MUST_USE;

/* An optional section that is a text with its closing 0; a new string, or NULL if there is none. */
char *checkpoint_text(const Checkpoint *c, const char *name);

#endif
