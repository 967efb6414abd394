#define _POSIX_C_SOURCE 200809L
#include "store/checkpoint.h"

#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/replace.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FORMAT = 1, SECTIONS_MAX = 1024, DIGEST = HASH_HEX - 1 };
static const char magic[8] = "PWCHECK\n";

typedef struct Section {
    char *name;
    void *bytes;
    size_t n;
} Section;

struct Checkpoint {
    char *path;
    size_t nsections;
    Section *sections;
};

/* ---- writing ---- */

typedef struct Writer {
    Replace replace;
    Hash *hash;
    Err e; /* the first failure; later calls do nothing */
} Writer;

static void put(Writer *w, const void *bytes, size_t n)
{
    if (w->e != OK || n == 0)
        return;
    hash_add(w->hash, bytes, n);
    w->e = replace_write(&w->replace, bytes, n);
}

static void put_integer(Writer *w, uint64_t value, size_t width)
{
    unsigned char bytes[8];
    for (size_t i = 0; i < width; i++)
        bytes[i] = (unsigned char)(value >> (8 * i) & 0xff);
    put(w, bytes, width);
}

Err checkpoint_write(const char *path, size_t nsections, const CheckpointSection sections[])
{
    CHECK(nsections <= SECTIONS_MAX, "%zu sections", nsections);
    Writer w = {.e = OK};
    TRY(replace_begin(&w.replace, path));
    w.hash = hash_new();
    put(&w, magic, sizeof magic);
    put_integer(&w, FORMAT, 4);
    put_integer(&w, nsections, 4);
    for (size_t i = 0; i < nsections; i++) {
        put_integer(&w, strlen(sections[i].name), 4);
        put(&w, sections[i].name, strlen(sections[i].name));
        put_integer(&w, sections[i].n, 8);
        put(&w, sections[i].bytes, sections[i].n);
    }
    char hex[HASH_HEX];
    hash_finish(w.hash, hex);
    if (w.e == OK)
        w.e = replace_write(&w.replace, hex, DIGEST);
    if (w.e == OK)
        return replace_commit(&w.replace, true);
    replace_cancel(&w.replace);
    return w.e;
}

/* ---- reading ---- */

typedef struct Source {
    const unsigned char *at;
    size_t left;
} Source;

static bool take(Source *s, size_t n, const unsigned char **bytes)
{
    if (n > s->left)
        return false;
    *bytes = s->at;
    s->at += n;
    s->left -= n;
    return true;
}

static bool take_integer(Source *s, size_t width, uint64_t *value)
{
    const unsigned char *bytes;
    if (!take(s, width, &bytes))
        return false;
    *value = 0;
    for (size_t i = 0; i < width; i++)
        *value |= (uint64_t)bytes[i] << (8 * i);
    return true;
}

static bool take_section(Source *s, Section *section)
{
    uint64_t length, n;
    const unsigned char *name, *bytes;
    if (!take_integer(s, 4, &length) || !take(s, (size_t)length, &name) ||
        !take_integer(s, 8, &n) || !take(s, (size_t)n, &bytes))
        return false;
    section->name = mem_format("%.*s", (int)length, (const char *)name);
    section->n = (size_t)n;
    section->bytes = mem_new((size_t)n, 1);
    if (n > 0)
        memcpy(section->bytes, bytes, (size_t)n);
    return true;
}

static Err damaged(const char *path, const char *what)
{
    return err_set(ERR_FILE, "%s: not a whole checkpoint: %s", path, what);
}

static Err parse(const char *path, const unsigned char *bytes, size_t n, Checkpoint *c)
{
    enum { HEAD = sizeof magic + 8 };
    char hex[HASH_HEX];
    uint64_t version = 0, count = 0;
    if (n < HEAD + DIGEST)
        return damaged(path, "too short");
    if (memcmp(bytes, magic, sizeof magic) != 0)
        return damaged(path, "it does not begin like one");
    Hash *hash = hash_new();
    hash_add(hash, bytes, n - DIGEST);
    hash_finish(hash, hex);
    if (memcmp(hex, bytes + n - DIGEST, DIGEST) != 0)
        return damaged(path, "the checksum does not match (truncated or corrupted)");
    Source s = {bytes + sizeof magic, n - sizeof magic - DIGEST};
    bool ok = take_integer(&s, 4, &version) && take_integer(&s, 4, &count);
    if (version != FORMAT)
        return err_set(ERR_FILE, "%s: checkpoint format %llu; this program reads format %d", path,
                       (unsigned long long)version, FORMAT);
    ok = ok && count <= SECTIONS_MAX;
    c->sections = MEM_NEW(Section, ok ? count : 0);
    for (; ok && c->nsections < count; c->nsections++)
        if (!take_section(&s, &c->sections[c->nsections]))
            return damaged(path, "a section is cut off");
    return ok && s.left == 0 ? OK : damaged(path, "its parts do not fit its length");
}

static Err read_whole(const char *path, unsigned char **bytes, size_t *n)
{
    *bytes = NULL;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return err_set(ERR_FILE, "%s: cannot be opened: %s", path, strerror(errno));
    long length = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    rewind(file);
    bool ok = length >= 0 && length < INT64_MAX;
    *n = ok ? (size_t)length : 0;
    *bytes = mem_new(*n + 1, 1);
    ok = ok && (*n == 0 || fread(*bytes, 1, *n, file) == *n);
    int code = errno;
    fclose(file);
    if (ok)
        return OK;
    free(*bytes);
    *bytes = NULL;
    return err_set(ERR_FILE, "%s: cannot be read: %s", path, strerror(code));
}

Err checkpoint_read(const char *path, Checkpoint **out)
{
    unsigned char *bytes;
    size_t n = 0;
    *out = NULL;
    TRY(read_whole(path, &bytes, &n));
    CHECK(bytes != NULL, "%s: no bytes", path);
    Checkpoint *c = MEM_NEW(Checkpoint, 1);
    c->path = mem_string(path);
    Err e = parse(path, bytes, n, c);
    free(bytes);
    if (e == OK)
        *out = c;
    else
        checkpoint_free(c);
    return e;
}

Err checkpoint_read_latest(const char *path, Checkpoint **c)
{
    Err e = checkpoint_read(path, c);
    if (e == OK)
        return OK;
    char *first = mem_string(err_message()), *previous = mem_format("%s.previous", path);
    e = checkpoint_read(previous, c);
    if (e == OK)
        log_warn("%s; going on from %s", first, previous);
    else
        e = err_set(e, "%s; and %s", first, err_message());
    free(first);
    free(previous);
    return e;
}

void checkpoint_free(Checkpoint *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->nsections; i++) {
        free(c->sections[i].name);
        free(c->sections[i].bytes);
    }
    free(c->sections);
    free(c->path);
    free(c);
}

bool checkpoint_exists(const char *path)
{
    char *previous = mem_format("%s.previous", path);
    bool there = access(path, F_OK) == 0 || access(previous, F_OK) == 0;
    free(previous);
    return there;
}

static const Section *find_section(const Checkpoint *c, const char *name)
{
    for (size_t i = 0; i < c->nsections; i++)
        if (strcmp(c->sections[i].name, name) == 0)
            return &c->sections[i];
    return NULL;
}

Err checkpoint_section(const Checkpoint *c, const char *name, const void **bytes, size_t *n)
{
    const Section *s = find_section(c, name);
    if (s == NULL)
        return err_set(ERR_FILE,
                       "%s: the checkpoint has no section '%s'; it is of another stage or version",
                       c->path, name);
    *bytes = s->bytes;
    *n = s->n;
    return OK;
}

Err checkpoint_copy(const Checkpoint *c, const char *name, size_t bytes, void *to)
{
    size_t n;
    const void *from;
    TRY(checkpoint_section(c, name, &from, &n));
    if (n != bytes)
        return err_set(ERR_FILE, "checkpoint: section '%s' has %zu bytes, %zu are needed", name, n,
                       bytes);
    if (n > 0)
        memcpy(to, from, n);
    return OK;
}

char *checkpoint_text(const Checkpoint *c, const char *name)
{
    const Section *s = find_section(c, name);
    bool text = s != NULL && s->n > 0 && ((const char *)s->bytes)[s->n - 1] == '\0';
    return text ? mem_string(s->bytes) : NULL;
}

void checkpoint_remove(const char *path)
{
    char *previous = mem_format("%s.previous", path);
    unlink(path);
    unlink(previous);
    free(previous);
}
