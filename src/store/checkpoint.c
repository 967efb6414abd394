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

/* Through the file twice, first for the checksum: a large checkpoint is in memory once, not twice. */
typedef struct Source {
    FILE *file;
    size_t left; /* bytes before the checksum */
    bool failed; /* the disk */
} Source;

static bool take(Source *s, size_t n, void *to)
{
    if (n > s->left)
        return false;
    s->left -= n;
    s->failed = s->failed || (n > 0 && fread(to, 1, n, s->file) != n);
    return !s->failed;
}

static bool take_integer(Source *s, size_t width, uint64_t *value)
{
    unsigned char bytes[8];
    if (!take(s, width, bytes))
        return false;
    *value = 0;
    for (size_t i = 0; i < width; i++)
        *value |= (uint64_t)bytes[i] << (8 * i);
    return true;
}

static bool take_section(Source *s, Section *section)
{
    uint64_t length, n;
    if (!take_integer(s, 4, &length) || length > s->left)
        return false;
    section->name = mem_new((size_t)length + 1, 1);
    if (!take(s, (size_t)length, section->name) || !take_integer(s, 8, &n) || n > s->left)
        return false;
    section->n = (size_t)n;
    section->bytes = mem_new((size_t)n, 1);
    return take(s, (size_t)n, section->bytes);
}

static Err damaged(const char *path, const char *what)
{
    return err_set(ERR_FILE, "%s: not a whole checkpoint: %s", path, what);
}

/* Is the SHA-256 at the end that of all before? */
static bool checksum_fits(Source *s)
{
    enum { PIECE = 1 << 20 };
    char hex[HASH_HEX], stored[DIGEST];
    unsigned char *piece = mem_new(PIECE, 1);
    Hash *hash = hash_new();
    while (s->left > 0 && !s->failed) {
        size_t n = s->left < PIECE ? s->left : PIECE;
        if (take(s, n, piece))
            hash_add(hash, piece, n);
    }
    hash_finish(hash, hex);
    free(piece);
    s->failed = s->failed || fread(stored, 1, DIGEST, s->file) != DIGEST;
    return !s->failed && memcmp(hex, stored, DIGEST) == 0;
}

static Err parse(const char *path, size_t n, Source *s, Checkpoint *c)
{
    enum { HEAD = sizeof magic + 8 };
    char begin[sizeof magic];
    uint64_t version = 0, count = 0;
    if (n < HEAD + DIGEST)
        return damaged(path, "too short");
    s->left = n - DIGEST;
    if (!take(s, sizeof begin, begin) || memcmp(begin, magic, sizeof magic) != 0)
        return damaged(path, "it does not begin like one");
    rewind(s->file);
    s->left = n - DIGEST;
    if (!checksum_fits(s))
        return damaged(path, "the checksum does not match (truncated or corrupted)");
    rewind(s->file);
    s->left = n - DIGEST;
    bool ok =
        take(s, sizeof begin, begin) && take_integer(s, 4, &version) && take_integer(s, 4, &count);
    if (version != FORMAT)
        return err_set(ERR_FILE, "%s: checkpoint format %llu; this program reads format %d", path,
                       (unsigned long long)version, FORMAT);
    ok = ok && count <= SECTIONS_MAX;
    c->sections = MEM_NEW(Section, ok ? count : 0);
    for (; ok && c->nsections < count; c->nsections++)
        if (!take_section(s, &c->sections[c->nsections])) {
            c->nsections++; /* what there is of it is freed */
            return damaged(path, "a section is cut off");
        }
    return ok && s->left == 0 ? OK : damaged(path, "its parts do not fit its length");
}

Err checkpoint_read(const char *path, Checkpoint **out)
{
    *out = NULL;
    Source s = {.file = fopen(path, "rb")};
    if (s.file == NULL)
        return err_set(ERR_FILE, "%s: cannot be opened: %s", path, strerror(errno));
    long length = fseek(s.file, 0, SEEK_END) == 0 ? ftell(s.file) : -1;
    rewind(s.file);
    Checkpoint *c = MEM_NEW(Checkpoint, 1);
    c->path = mem_string(path);
    Err e = length < 0 ? OK : parse(path, (size_t)length, &s, c);
    if (length < 0 || s.failed)
        e = err_set(ERR_FILE, "%s: cannot be read: %s", path, strerror(errno));
    fclose(s.file);
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

Err checkpoint_read_own(const char *path, const char *key, Checkpoint **c)
{
    const void *stored;
    size_t n;
    *c = NULL;
    if (!checkpoint_exists(path))
        return OK;
    Err e = checkpoint_read_latest(path, c);
    if (e != OK) {
        char *what = mem_string(err_message());
        e = err_set(e, "%s; without --resume the stage starts anew", what);
        free(what);
        return e;
    }
    e = checkpoint_section(*c, "key", &stored, &n);
    bool own = e == OK && n == strlen(key) + 1 && memcmp(stored, key, n) == 0;
    if (e == OK && !own)
        log_warn(
            "%s belongs to other options or another version of the program; the stage starts anew",
            path);
    if (!own) {
        checkpoint_free(*c);
        *c = NULL;
    }
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
