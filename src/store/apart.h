/* apart.h -- work on files that may be damaged, in a process of its own.
 *
 * HDF5 1.10 has no checksums in files of its oldest format, which most programs write, and a flipped bit in one can corrupt
 * memory inside the library or send it into a loop. What reads somebody else's file therefore runs in a child that hands
 * back bytes: if the child dies or takes longer than 20 s, the file is damaged, and this process is as it was. The child
 * does nothing with MPI.
 */
#ifndef STORE_APART_H
#define STORE_APART_H

#include "store/text.h"

/* Calls work(context, out) in a child and gives what it appended to `out` to the caller's `out`; or its error and
 * message; or ERR_FILE "name: ..." if the child did not end well. Local. */
Err apart_run(const char *name, Err (*work)(void *context, TextBuffer *out), void *context,
              TextBuffer *out) MUST_USE;

#endif
