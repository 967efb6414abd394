/* apart.h -- work on files that may be damaged, in a process of its own.
 *
 * HDF5 1.10 has no checksums in files of its oldest format, which most programs write, and a flipped bit in one can corrupt
 * memory inside the library or send it into a loop. What reads somebody else's file therefore runs in a child that hands
 * back bytes: if the child dies or takes more CPU time than such a file can need (0.25 s and 2 s per MB), the file is damaged, and
 * this process is as it was. The child does nothing with MPI.
 */
#ifndef STORE_APART_H
#define STORE_APART_H

#include "store/text.h"

/* Calls work(context, out) in a child and gives what it appended to `out` to the caller's `out`; or its error and
 * message; or ERR_FILE "path: ..." if the child did not end well. `path` is the file that it reads. Local. */
Err apart_run(const char *path, Err (*work)(void *context, TextBuffer *out), void *context,
              TextBuffer *out) MUST_USE;

#endif
