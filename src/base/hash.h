/* hash.h -- SHA-256 of bytes and files: what a stage stood on, whether a checkpoint is whole. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/err.h"

#include <stddef.h>

enum { HASH_HEX = 65 }; /* 64 hex digits and the closing 0 */

typedef struct Hash Hash;

/* Start, feed, finish; hash_finish frees the object. Local. */
Hash *hash_new(void);
void hash_add(Hash *h, const void *bytes, size_t n);
void hash_add_text(Hash *h,
                   const char *text); /* with its closing 0, so that "ab","c" != "a","bc" */
void hash_finish(Hash *h, char hex[HASH_HEX]);

/* The whole of a file. ERR_FILE if it cannot be read. Local. */
Err hash_file(const char *path, char hex[HASH_HEX]) MUST_USE;

#endif
