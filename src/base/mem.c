#include "base/mem.h"

#include "base/err.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

void *mem_new(size_t n, size_t size)
{
    if (n == 0)
        return NULL;
    CHECK(size > 0 && n <= (SIZE_MAX - ALIGNMENT) / size, "%zu elements of %zu bytes", n, size);
    size_t bytes = (n * size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    void *p = aligned_alloc(ALIGNMENT, bytes);
    CHECK(p != NULL, "out of memory: %zu elements of %zu bytes", n, size);
    memset(p, 0, bytes);
    return p;
}

void *mem_resize(void *old, size_t n_old, size_t n, size_t size)
{
    void *p = mem_new(n, size);
    size_t kept = n < n_old ? n : n_old;
    if (kept > 0)
        memcpy(p, old, kept * size);
    free(old);
    return p;
}

char *mem_string(const char *text)
{
    size_t length = strlen(text) + 1;
    char *copy = mem_new(length, 1);
    memcpy(copy, text, length);
    return copy;
}

char *mem_format(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    CHECK(length >= 0, "bad format '%s'", format);
    char *text = mem_new((size_t)length + 1, 1);
    va_start(args, format);
    vsnprintf(text, (size_t)length + 1, format, args);
    va_end(args);
    return text;
}
