/* replace.h -- a file that is either the old one or the new one, whole, whatever happens in
 * between.
 *
 * Bytes go to PATH.part beside PATH, are synced to the disk, and PATH.part is then renamed to PATH;
 * rename replaces atomically on a POSIX file system. The folder is synced too, so that the new name
 * survives a power cut. Used for results, checkpoints and tables. All functions Local.
 */
#ifndef STORE_REPLACE_H
#define STORE_REPLACE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct Replace {
    char *path, *part; /* owned; NULL when nothing is under way */
    int file;          /* descriptor of PATH.part */
} Replace;

/* Create PATH.part, so that a place that cannot be written is known before the work, not after.
 * ERR_FILE with path, reason and remedy. */
Err replace_begin(Replace *r, const char *path) MUST_USE;

/* Append bytes. ERR_FILE (disk full, quota, ...); then only replace_cancel may follow. */
Err replace_write(Replace *r, const void *bytes, size_t n) MUST_USE;

/* Sync and rename; with `keep` the old PATH stays as PATH.previous. Ends the replacement, also on
 * error, and then PATH.part is removed and PATH is as it was. */
Err replace_commit(Replace *r, bool keep) MUST_USE;

/* Give up: PATH.part is removed, PATH is as it was. */
void replace_cancel(Replace *r);

/* Make a folder, in one that is there, unless it is there itself. ERR_FILE with path, reason and remedy. */
Err replace_make_folder(const char *path) MUST_USE;

/* Sync the folder that holds `path`, so that names in it survive a power cut. ERR_FILE. */
Err replace_sync_folder(const char *path) MUST_USE;

#endif
