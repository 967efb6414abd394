/* Reading a mapping by a table of fields. */
#include "store/config.h"

#include "store/config_tree.h"

#include "base/mem.h"
#include "base/units.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Levenshtein distance, one row at a time. */
static size_t distance(const char *a, const char *b)
{
    enum { WORD_MAX = 64 };
    size_t na = strlen(a), nb = strlen(b), row[WORD_MAX + 1];
    if (na > WORD_MAX || nb > WORD_MAX)
        return WORD_MAX;
    for (size_t j = 0; j <= nb; j++)
        row[j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            size_t least = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            row[j] = replaced < least ? replaced : least;
        }
    }
    return row[nb];
}

const char *config_nearest(const char *word, size_t n, const char *const words[])
{
    const char *best = NULL;
    size_t least = 2 + strlen(word) / 4; /* further away is no misspelling but another word */
    for (size_t i = 0; i < n; i++) {
        size_t d = distance(word, words[i]);
        if (d < least && d < strlen(words[i])) {
            least = d;
            best = words[i];
        }
    }
    return best;
}

/* What is being read, for messages: the mapping, the field, and the value. */
typedef struct Place {
    const ConfigNode *value;
    const ConfigField *field;
} Place;

static Err wrong(const Place *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

static Err wrong(const Place *p, const char *format, ...)
{
    char what[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return err_set(ERR_INPUT, "%s:%d: %s: %s", p->value->file, p->value->line, p->field->key, what);
}

static const char *kind_name(const ConfigNode *node)
{
    switch (node->kind) {
    case NODE_SEQUENCE:
        return "a list";
    case NODE_MAPPING:
        return "a mapping";
    case NODE_SCALAR:
        break;
    }
    return node->text[0] == '\0' && !node->quoted ? "no value" : "a single value";
}

/* The text of a scalar, or the message that `wanted` is due here. */
static Err scalar(const Place *p, const char *wanted, const char **text)
{
    *text = p->value->text;
    if (p->value->kind != NODE_SCALAR)
        return wrong(p, "is %s; %s is needed", kind_name(p->value), wanted);
    if ((*text)[0] == '\0' && !p->value->quoted)
        return wrong(p, "has no value; %s is needed", wanted);
    return OK;
}

static Err in_range(const Place *p, double x)
{
    const ConfigField *f = p->field;
    const char *unit = f->unit == NULL || strcmp(f->unit, "1") == 0 ? "" : f->unit;
    const char *space = unit[0] != '\0' ? " " : "";
    if (!(f->low < f->high) || (x >= f->low && x <= f->high))
        return OK;
    if (isinf(f->high))
        return wrong(p, "'%s' is out of range; at least %g%s%s is allowed", p->value->text, f->low,
                     space, unit);
    if (isinf(f->low))
        return wrong(p, "'%s' is out of range; at most %g%s%s is allowed", p->value->text, f->high,
                     space, unit);
    return wrong(p, "'%s' is out of range; %g to %g%s%s is allowed", p->value->text, f->low,
                 f->high, space, unit);
}

static Err read_quantity(const Place *p, double *out)
{
    const char *text;
    TRY(scalar(p, "one number with its unit", &text));
    Err e = units_parse(text, p->field->unit, out);
    if (e != OK)
        return err_prefix(e, "%s:%d: %s", p->value->file, p->value->line, p->field->key);
    return in_range(p, *out);
}

static Err read_integer(const Place *p, int64_t *out)
{
    const char *text;
    char *rest;
    TRY(scalar(p, "one whole number", &text));
    errno = 0;
    long long value = strtoll(text, &rest, 10);
    if (rest == text || *rest != '\0' || errno != 0)
        return wrong(p, "'%s' is not a whole number", text);
    *out = value;
    return in_range(p, (double)value);
}

static Err read_boolean(const Place *p, bool *out)
{
    const char *text;
    TRY(scalar(p, "true or false", &text));
    *out = strcmp(text, "true") == 0;
    if (!*out && strcmp(text, "false") != 0)
        return wrong(p, "'%s' is neither true nor false; only these two are allowed", text);
    return OK;
}

static Err read_choice(const Place *p, int *out)
{
    enum { CHOICES_MAX = 64 };
    const char *text, *words[CHOICES_MAX];
    size_t n = 0;
    char shown[512] = "";
    TRY(scalar(p, "one word", &text));
    char *list = mem_string(p->field->choices);
    *out = -1;
    for (char *word = strtok(list, "|"); word != NULL; word = strtok(NULL, "|")) {
        CHECK(n < CHOICES_MAX, "%s has too many choices", p->field->key);
        words[n] = word;
        if (strcmp(word, text) == 0)
            *out = (int)n;
        size_t used = strlen(shown);
        snprintf(shown + used, sizeof shown - used, "%s%s", n > 0 ? ", " : "", word);
        n++;
    }
    Err e = OK;
    const char *near = config_nearest(text, n, words);
    if (*out < 0 && near != NULL)
        e = wrong(p, "'%s' is not one of the choices; did you mean '%s'? allowed: %s", text, near,
                  shown);
    else if (*out < 0)
        e = wrong(p, "'%s' is not one of the choices; allowed: %s", text, shown);
    free(list);
    return e;
}

static Err read_integers(const Place *p, int64_t out[])
{
    size_t n = (size_t)p->field->length;
    if (p->value->kind != NODE_SEQUENCE)
        return wrong(p, "is %s; a list of %zu whole numbers like [1, 2] is needed",
                     kind_name(p->value), n);
    if (p->value->n != n)
        return wrong(p, "has %zu items; exactly %zu are needed", p->value->n, n);
    for (size_t i = 0; i < n; i++) {
        Place item = {p->value->items[i], p->field};
        TRY(read_integer(&item, &out[i]));
    }
    return OK;
}

/* A single value counts as a list of one. */
static size_t as_list(const Place *p, ConfigNode *const **items)
{
    bool list = p->value->kind == NODE_SEQUENCE;
    *items = list ? (ConfigNode *const *)p->value->items : (ConfigNode *const *)&p->value;
    return list ? p->value->n : 1;
}

static Err read_quantities(const Place *p, ConfigList *out)
{
    ConfigNode *const *items;
    size_t n = as_list(p, &items);
    out->value = MEM_NEW(double, n);
    out->n = n;
    for (size_t i = 0; i < n; i++) {
        Place item = {items[i], p->field};
        TRY(read_quantity(&item, &out->value[i]));
    }
    return OK;
}

static Err read_texts(const Place *p, ConfigTexts *out)
{
    ConfigNode *const *items;
    size_t n = as_list(p, &items);
    out->text = MEM_NEW(char *, n);
    for (size_t i = 0; i < n; i++) {
        Place item = {items[i], p->field};
        const char *text;
        TRY(scalar(&item, "a text", &text));
        out->text[i] = mem_string(text);
        out->n = i + 1;
    }
    return OK;
}

static Err read_node(const Place *p, NodeKind kind, const ConfigNode **out)
{
    if (p->value->kind != kind)
        return wrong(p, "is %s; %s is needed", kind_name(p->value),
                     kind == NODE_MAPPING ? "a mapping (indented 'key: value' lines)"
                                          : "a list of mappings (lines that begin with '- ')");
    *out = p->value;
    for (size_t i = 0; kind == NODE_SEQUENCE && i < p->value->n; i++) {
        Place item = {p->value->items[i], p->field};
        if (item.value->kind != NODE_MAPPING)
            return wrong(&item, "item %zu is %s; a mapping is needed", i + 1,
                         kind_name(item.value));
    }
    return OK;
}

static Err read_named(const Place *p, const ConfigNode **out)
{
    const char *text = config_text(p->value);
    if (p->value->kind != NODE_MAPPING && (text == NULL || text[0] == '\0'))
        return wrong(p, "is %s; a name (%s, or of a file) or a mapping is needed",
                     kind_name(p->value), p->field->choices);
    *out = p->value;
    return OK;
}

static Err read_value(const Place *p, void *out)
{
    switch (p->field->kind) {
    case CONFIG_QUANTITY:
        return read_quantity(p, out);
    case CONFIG_INTEGER:
        return read_integer(p, out);
    case CONFIG_BOOLEAN:
        return read_boolean(p, out);
    case CONFIG_TEXT: {
        const char *text;
        TRY(scalar(p, "a text", &text));
        *(char **)out = mem_string(text);
        return OK;
    }
    case CONFIG_CHOICE:
        return read_choice(p, out);
    case CONFIG_INTEGERS:
        return read_integers(p, out);
    case CONFIG_QUANTITIES:
        return read_quantities(p, out);
    case CONFIG_TEXTS:
        return read_texts(p, out);
    case CONFIG_MAPPING:
        return read_node(p, NODE_MAPPING, out);
    case CONFIG_SEQUENCE:
        return read_node(p, NODE_SEQUENCE, out);
    case CONFIG_NAMED:
        return read_named(p, out);
    }
    return OK;
}

/* The value of a key that may be absent and is: see the table in config.h. */
static void set_absent(const ConfigField *f, void *out)
{
    switch (f->kind) {
    case CONFIG_QUANTITY:
        *(double *)out = NAN;
        break;
    case CONFIG_INTEGER:
        *(int64_t *)out = 0;
        break;
    case CONFIG_BOOLEAN:
        *(bool *)out = false;
        break;
    case CONFIG_TEXT:
        *(char **)out = NULL;
        break;
    case CONFIG_CHOICE:
        *(int *)out = -1;
        break;
    case CONFIG_INTEGERS:
        memset(out, 0, (size_t)f->length * sizeof(int64_t));
        break;
    case CONFIG_QUANTITIES:
        *(ConfigList *)out = (ConfigList){0, NULL};
        break;
    case CONFIG_TEXTS:
        *(ConfigTexts *)out = (ConfigTexts){0, NULL};
        break;
    case CONFIG_MAPPING:
    case CONFIG_SEQUENCE:
    case CONFIG_NAMED:
        *(const ConfigNode **)out = NULL;
        break;
    }
}

/* A default is written as it would be in the file, so the same reader reads it. */
static void set_fallback(const ConfigField *f, void *out)
{
    CHECK(f->kind != CONFIG_MAPPING && f->kind != CONFIG_SEQUENCE && f->kind != CONFIG_NAMED,
          "%s: a mapping or list cannot have a default text", f->key);
    Config *c;
    Err e = config_parse("default", f->fallback, strlen(f->fallback), &c);
    CHECK(e == OK, "%s: %s", f->key, err_message());
    Place p = {c->root, f};
    e = read_value(&p, out);
    CHECK(e == OK, "%s", err_message());
    config_close(c);
}

/* A new text with the keys of a table, "a, b, c". */
static char *key_list(size_t nfields, const ConfigField fields[])
{
    char *list = mem_string("");
    for (size_t i = 0; i < nfields; i++) {
        char *longer = mem_format("%s%s%s", list, i > 0 ? ", " : "", fields[i].key);
        free(list);
        list = longer;
    }
    return list;
}

static Err check_keys(const ConfigNode *node, size_t nfields, const ConfigField fields[])
{
    const char **known = MEM_NEW(const char *, nfields);
    for (size_t j = 0; j < nfields; j++)
        known[j] = fields[j].key;
    Err e = OK;
    for (size_t i = 0; i < node->n && e == OK; i++) {
        size_t j = 0;
        while (j < nfields && strcmp(known[j], node->keys[i]) != 0)
            j++;
        if (j < nfields)
            continue;
        char *allowed = key_list(nfields, fields);
        const char *near = config_nearest(node->keys[i], nfields, known);
        if (near != NULL)
            e = config_error(node, node->keys[i],
                             "unknown key; did you mean '%s'? allowed keys: %s", near, allowed);
        else
            e = config_error(node, node->keys[i], "unknown key; allowed keys: %s", allowed);
        free(allowed);
    }
    free(known);
    return e;
}

static Err read_field(const ConfigNode *node, const ConfigField *f, void *out)
{
    const ConfigNode *value = config_get(node, f->key);
    if (value != NULL)
        return read_value(&(Place){value, f}, out);
    if (f->fallback == NULL)
        return config_error(node, f->key, "this key is missing and has no default (%s)", f->help);
    if (f->fallback[0] != '\0')
        set_fallback(f, out);
    return OK;
}

Err config_read(const ConfigNode *node, size_t nfields, const ConfigField fields[], void *options)
{
    for (size_t i = 0; i < nfields; i++)
        set_absent(&fields[i], (char *)options + fields[i].offset);
    if (node != NULL && node->kind != NODE_MAPPING)
        return config_error(node, NULL, "%s stands where 'key: value' lines are needed",
                            kind_name(node));
    Err e = node != NULL ? check_keys(node, nfields, fields) : OK;
    for (size_t i = 0; i < nfields && e == OK; i++)
        e = read_field(node, &fields[i], (char *)options + fields[i].offset);
    if (e != OK)
        config_clear(nfields, fields, options);
    return e;
}

void config_clear(size_t nfields, const ConfigField fields[], void *options)
{
    for (size_t i = 0; i < nfields; i++) {
        void *at = (char *)options + fields[i].offset;
        if (fields[i].kind == CONFIG_TEXT) {
            free(*(char **)at);
        } else if (fields[i].kind == CONFIG_QUANTITIES) {
            free(((ConfigList *)at)->value);
        } else if (fields[i].kind == CONFIG_TEXTS) {
            ConfigTexts *texts = at;
            for (size_t k = 0; k < texts->n; k++)
                free(texts->text[k]);
            free(texts->text);
        } else {
            continue;
        }
        set_absent(&fields[i], at);
    }
}
