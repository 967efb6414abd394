/* mem.h -- memory that is there or the program says so.
 *
 * Arrays are 64-byte aligned, so that kernels may use full vectors. Running out of memory on one rank
 * cannot be repaired by the others: it is a CHECK, not an Err.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* n elements of `size` bytes, zeroed, 64-byte aligned; NULL only for n == 0. Free with free(). Local. */
void *mem_new(size_t n, size_t size);

/* Grow or shrink to n elements, keeping the first min(n, n_old); new ones are zeroed. Local. */
void *mem_resize(void *old, size_t n_old, size_t n, size_t size);

/* A copy of a string. Free with free(). Local. */
char *mem_string(const char *text);

/* printf into a new string. Free with free(). Local. */
char *mem_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define MEM_NEW(type, n) ((type *)mem_new((size_t)(n), sizeof(type)))

#endif
