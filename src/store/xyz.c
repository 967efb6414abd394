#include "store/xyz.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 32, KEY_MAX = 64 };

typedef enum Target { TARGET_SKIP, TARGET_SPECIES, TARGET_X, TARGET_V, TARGET_FORCE } Target;

/* What the words of an atom line mean: a group of `width` words each. */
typedef struct Columns {
    int n;
    struct {
        Target target;
        int width;
    } group[COLUMNS_MAX];
} Columns;

void xyz_frame_init(XyzFrame *f, int64_t n, bool velocities, bool forces)
{
    *f = (XyzFrame){.n = n};
    f->symbol = mem_new((size_t)n, sizeof *f->symbol);
    f->x = mem_new((size_t)n, sizeof *f->x);
    if (velocities)
        f->v = mem_new((size_t)n, sizeof *f->v);
    if (forces)
        f->force = mem_new((size_t)n, sizeof *f->force);
}

void xyz_frame_clear(XyzFrame *f)
{
    for (size_t i = 0; i < f->ninfo; i++) {
        free(f->info[i].key);
        free(f->info[i].value);
    }
    free(f->info);
    free(f->symbol);
    free(f->x);
    free(f->v);
    free(f->force);
    *f = (XyzFrame){0};
}

void xyz_free(XyzFrame *frames, size_t nframes)
{
    for (size_t i = 0; i < nframes; i++)
        xyz_frame_clear(&frames[i]);
    free(frames);
}

const char *xyz_info(const XyzFrame *f, const char *key)
{
    for (size_t i = 0; i < f->ninfo; i++)
        if (strcmp(f->info[i].key, key) == 0)
            return f->info[i].value;
    return NULL;
}

void xyz_set_info(XyzFrame *f, const char *key, const char *value)
{
    f->info = mem_resize(f->info, f->ninfo, f->ninfo + 1, sizeof *f->info);
    f->info[f->ninfo++] = (XyzInfo){mem_string(key), mem_string(value)};
}

/* Everything the comment line says. */
typedef struct Heading {
    XyzFrame frame; /* lattice, energy, stress, virial, info */
    bool has_lattice;
    Columns columns;
} Heading;

static Err read_matrix(const TextLines *lines, const char *key, TextSpan value, double m[3][3])
{
    TextSpan word;
    for (int i = 0; i < 9; i++) {
        if (!text_next_word(&value, &word))
            return text_error(lines, "%s: has %d numbers, needs 9", key, i);
        TRY(text_number(lines, key, word, &m[i / 3][i % 3]));
    }
    if (text_next_word(&value, &word))
        return text_error(lines, "%s: has more than 9 numbers", key);
    return OK;
}

static Target target_of(TextSpan name)
{
    static const struct {
        const char *name;
        Target target;
    } known[] = {{"species", TARGET_SPECIES}, {"pos", TARGET_X},        {"velo", TARGET_V},
                 {"vel", TARGET_V},           {"velocities", TARGET_V}, {"forces", TARGET_FORCE},
                 {"force", TARGET_FORCE}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (text_is(name, known[i].name))
            return known[i].target;
    return TARGET_SKIP;
}

/* Cut `rest` at the next ':'. */
static bool next_part(TextSpan *rest, TextSpan *part)
{
    if (rest->start >= rest->end)
        return false;
    const char *colon = memchr(rest->start, ':', text_length(*rest));
    *part = (TextSpan){rest->start, colon != NULL ? colon : rest->end};
    rest->start = colon != NULL ? colon + 1 : rest->end;
    return true;
}

static Err read_properties(const TextLines *lines, TextSpan value, Columns *c)
{
    TextSpan name, type, width;
    bool species = false, position = false;
    c->n = 0;
    while (next_part(&value, &name)) {
        int64_t w;
        if (!next_part(&value, &type) || !next_part(&value, &width))
            return text_error(lines, "Properties: needs name:type:width for each property");
        TRY(text_integer(lines, "Properties", width, &w));
        if (w < 1 || w > 1000 || c->n == COLUMNS_MAX)
            return text_error(lines, "Properties: width %lld or more than %d properties",
                              (long long)w, COLUMNS_MAX);
        Target target = target_of(name);
        int wanted = target == TARGET_SPECIES ? 1 : 3;
        if (target != TARGET_SKIP &&
            (w != wanted || !text_is(type, target == TARGET_SPECIES ? "S" : "R")))
            return text_error(lines, "Properties: %.*s must be %s", (int)text_length(name),
                              name.start, target == TARGET_SPECIES ? "S:1" : "R:3");
        species = species || target == TARGET_SPECIES;
        position = position || target == TARGET_X;
        c->group[c->n].target = target;
        c->group[c->n++].width = (int)w;
    }
    if (!species || !position)
        return text_error(lines, "Properties: species:S:1 and pos:R:3 are needed");
    return OK;
}

static Err read_pair(const TextLines *lines, TextSpan key, TextSpan value, Heading *h)
{
    XyzFrame *f = &h->frame;
    TextSpan inner = text_trim(value);
    if (text_is(key, "Lattice")) {
        h->has_lattice = true;
        return read_matrix(lines, "Lattice", inner, f->lattice);
    }
    if (text_is(key, "Properties"))
        return read_properties(lines, inner, &h->columns);
    if (text_is(key, "energy")) {
        f->has_energy = true;
        return text_number(lines, "energy", inner, &f->energy);
    }
    if (text_is(key, "stress")) {
        f->has_stress = true;
        return read_matrix(lines, "stress", inner, f->stress);
    }
    if (text_is(key, "virial")) {
        f->has_virial = true;
        return read_matrix(lines, "virial", inner, f->virial);
    }
    if (text_is(key, "pbc")) {
        TextSpan word;
        while (text_next_word(&inner, &word))
            if (!text_is(word, "T") && !text_is(word, "True") && !text_is(word, "1"))
                return text_error(lines,
                                  "pbc: only \"T T T\" (periodic in all directions) is allowed");
        return OK;
    }
    char *k = text_copy(key), *v = text_copy(value);
    xyz_set_info(f, k, v);
    free(k);
    free(v);
    return OK;
}

/* key, key=value, key="value with blanks" */
static Err read_heading(const TextLines *lines, TextSpan line, Heading *h)
{
    TextSpan rest = text_trim(line);
    while (rest.start < rest.end) {
        TextSpan key = {rest.start, rest.start}, value;
        while (key.end < rest.end && *key.end != '=' && *key.end != ' ' && *key.end != '\t')
            key.end++;
        rest.start = key.end;
        value = (TextSpan){rest.start, rest.start};
        if (rest.start < rest.end && *rest.start == '=') {
            rest.start++;
            if (rest.start < rest.end && (*rest.start == '"' || *rest.start == '\'')) {
                const char *stop = memchr(rest.start + 1, *rest.start, text_length(rest) - 1);
                if (stop == NULL)
                    return text_error(lines, "%.*s: quote is not closed", (int)text_length(key),
                                      key.start);
                value = (TextSpan){rest.start + 1, stop};
                rest.start = stop + 1;
            } else {
                text_next_word(&rest, &value);
            }
        }
        if (text_length(key) == 0 || text_length(key) > KEY_MAX)
            return text_error(lines,
                              "comment line: needs key=value pairs with keys of 1 to %d characters",
                              KEY_MAX);
        TRY(read_pair(lines, key, value, h));
        rest = text_trim(rest);
    }
    if (!h->has_lattice)
        return text_error(
            lines, "Lattice: missing; a line with Lattice=\"ax ay az bx by bz cx cy cz\" [A] must "
                   "follow the number of atoms");
    return OK;
}

static Err read_atom(const TextLines *lines, TextSpan rest, const Columns *c, XyzFrame *f,
                     int64_t i)
{
    TextSpan word;
    int have = 0;
    for (int g = 0; g < c->n; g++)
        for (int k = 0; k < c->group[g].width; k++, have++) {
            if (!text_next_word(&rest, &word))
                return text_error(lines, "atom %lld: line has %d columns, Properties names more",
                                  (long long)i + 1, have);
            switch (c->group[g].target) {
            case TARGET_SPECIES:
                TRY(text_name(lines, "species", word, sizeof f->symbol[i], f->symbol[i]));
                break;
            case TARGET_X:
                TRY(text_number(lines, "position", word, &f->x[i][k]));
                break;
            case TARGET_V:
                TRY(text_number(lines, "velocity", word, &f->v[i][k]));
                break;
            case TARGET_FORCE:
                TRY(text_number(lines, "force", word, &f->force[i][k]));
                break;
            case TARGET_SKIP:
                break;
            }
        }
    if (text_next_word(&rest, &word))
        return text_error(lines,
                          "atom %lld: line has more than the %d columns that Properties names",
                          (long long)i + 1, have);
    return OK;
}

/* The atoms of a frame, into h->frame. */
static Err read_atoms(TextLines *lines, int64_t n, Heading *h)
{
    bool v = false, force = false;
    for (int g = 0; g < h->columns.n; g++) {
        v = v || h->columns.group[g].target == TARGET_V;
        force = force || h->columns.group[g].target == TARGET_FORCE;
    }
    XyzFrame atoms, *f = &h->frame;
    xyz_frame_init(&atoms, n, v, force);
    f->n = n;
    f->symbol = atoms.symbol;
    f->x = atoms.x;
    f->v = atoms.v;
    f->force = atoms.force;
    for (int64_t i = 0; i < n; i++) {
        TextSpan line;
        if (!text_next_line(lines, &line))
            return text_error(lines, "file ends after %lld of %lld atoms", (long long)i,
                              (long long)n);
        TRY(read_atom(lines, line, &h->columns, f, i));
    }
    return OK;
}

static Err read_frame(TextLines *lines, TextSpan count, Heading *h)
{
    int64_t n;
    TextSpan line;
    *h = (Heading){.columns = {.n = 2, .group = {{TARGET_SPECIES, 1}, {TARGET_X, 3}}}};
    h->frame.line = lines->number;
    TRY(text_integer(lines, "number of atoms", text_trim(count), &n));
    if (n < 1)
        return text_error(lines, "number of atoms: %lld, at least 1 needed", (long long)n);
    if (n >
        lines->end - lines->at) /* an atom takes more than a byte; no memory for a typing error */
        return text_error(lines, "file ends before %lld atoms", (long long)n);
    if (!text_next_line(lines, &line))
        return text_error(lines, "file ends before the line with Lattice");
    TRY(read_heading(lines, line, h));
    return read_atoms(lines, n, h);
}

Err xyz_parse(const char *name, const char *bytes, size_t n, XyzFrame **frames, size_t *nframes)
{
    TextLines lines;
    TextSpan line;
    Err e = OK;
    *frames = NULL;
    *nframes = 0;
    text_lines_init(&lines, name, bytes, n);
    while (e == OK && text_next_line(&lines, &line)) {
        if (text_length(text_trim(line)) == 0)
            continue;
        Heading h;
        e = read_frame(&lines, line, &h);
        if ((*nframes & (*nframes - 1)) == 0) /* room doubles */
            *frames =
                mem_resize(*frames, *nframes, *nframes > 0 ? 2 * *nframes : 1, sizeof **frames);
        (*frames)[(*nframes)++] = h.frame;
    }
    if (e == OK && *nframes == 0)
        e = err_set(ERR_INPUT, "%s: empty, at least one frame needed", name);
    if (e != OK) {
        xyz_free(*frames, *nframes);
        *frames = NULL;
        *nframes = 0;
    }
    return e;
}

static void append_matrix(TextBuffer *b, const char *key, const double m[3][3])
{
    text_append(b, "%s=\"", key);
    for (int i = 0; i < 9; i++)
        text_append(b, "%s%.15g", i > 0 ? " " : "", m[i / 3][i % 3]);
    text_append(b, "\" ");
}

static void append_vector(TextBuffer *b, const double v[3])
{
    text_append(b, " %16.10f %16.10f %16.10f", v[0], v[1], v[2]);
}

/* A double quote inside would end the value; a line end would end the line. */
static void append_info(TextBuffer *b, const XyzInfo *info)
{
    text_append(b, " %s=\"", info->key);
    for (const char *p = info->value; *p != '\0'; p++)
        text_append(b, "%c", *p == '"' ? '\'' : *p == '\n' ? ' ' : *p);
    text_append(b, "\"");
}

void xyz_format(const XyzFrame *f, TextBuffer *b)
{
    text_append(b, "%lld\n", (long long)f->n);
    append_matrix(b, "Lattice", f->lattice);
    text_append(b, "Properties=species:S:1:pos:R:3%s%s", f->v != NULL ? ":velo:R:3" : "",
                f->force != NULL ? ":forces:R:3" : "");
    for (size_t i = 0; i < f->ninfo; i++)
        append_info(b, &f->info[i]);
    if (f->has_energy)
        text_append(b, " energy=%.15g", f->energy);
    text_append(b, " ");
    if (f->has_stress)
        append_matrix(b, "stress", f->stress);
    if (f->has_virial)
        append_matrix(b, "virial", f->virial);
    text_append(b, "pbc=\"T T T\"\n");
    for (int64_t i = 0; i < f->n; i++) {
        text_append(b, "%-3s", f->symbol[i]);
        append_vector(b, f->x[i]);
        if (f->v != NULL)
            append_vector(b, f->v[i]);
        if (f->force != NULL)
            append_vector(b, f->force[i]);
        text_append(b, "\n");
    }
}

Err xyz_write(const char *path, size_t nframes, const XyzFrame frames[])
{
    TextBuffer b = {0};
    for (size_t i = 0; i < nframes; i++)
        xyz_format(&frames[i], &b);
    Err e = text_write_file(path, b.text, b.length);
    text_clear(&b);
    return e;
}
