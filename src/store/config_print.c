/* Writing tables of fields as YAML, and documenting them. */
#include "store/config.h"

#include "store/config_tree.h"

#include "base/mem.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void config_append(char **text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int added = vsnprintf(NULL, 0, format, args);
    va_end(args);
    CHECK(added >= 0, "bad format '%s'", format);
    size_t old = *text != NULL ? strlen(*text) : 0, size = old + (size_t)added + 1;
    *text = mem_resize(*text, old, size, 1);
    va_start(args, format);
    vsnprintf(*text + old, size - old, format, args);
    va_end(args);
}

static bool is_plain(const char *s)
{
    bool ok = isalpha((unsigned char)s[0]) || s[0] == '_' || s[0] == '/' || s[0] == '.';
    for (; ok && *s != '\0'; s++)
        ok = isalnum((unsigned char)*s) || strchr("_/.+-", *s) != NULL;
    return ok;
}

/* A text so that YAML reads the same bytes: plain if harmless, else in double quotes. */
static void append_text(char **text, const char *s)
{
    if (is_plain(s)) {
        config_append(text, "%s", s);
        return;
    }
    config_append(text, "\"");
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            config_append(text, "\\%c", c);
        else if (c == '\n')
            config_append(text, "\\n");
        else if (c < 0x20 || c == 0x7f)
            config_append(text, "\\x%02x", c);
        else
            config_append(text, "%c", c);
    }
    config_append(text, "\"");
}

/* The shortest of %.15g, %.16g, %.17g that reads back to the same double, and the unit. */
static void append_quantity(char **text, double x, const char *unit)
{
    char digits[32];
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, x);
        if (strtod(digits, NULL) == x)
            break;
    }
    config_append(text, "%s%s%s", digits, strcmp(unit, "1") != 0 ? " " : "",
                  strcmp(unit, "1") != 0 ? unit : "");
}

static void append_choice(char **text, const char *choices, int index)
{
    for (int i = 0; i < index; i++)
        choices += strcspn(choices, "|") + 1;
    config_append(text, "%.*s", (int)strcspn(choices, "|"), choices);
}

static bool all_zero(int length, const int64_t v[])
{
    for (int i = 0; i < length; i++)
        if (v[i] != 0)
            return false;
    return true;
}

/* Absent as config_read leaves it: only fields with fallback "" can be. */
static bool is_absent(const ConfigField *f, const void *at)
{
    bool may = f->fallback != NULL && f->fallback[0] == '\0';
    switch (f->kind) {
    case CONFIG_QUANTITY:
        return may && isnan(*(const double *)at);
    case CONFIG_INTEGER:
        return may && *(const int64_t *)at == 0;
    case CONFIG_INTEGERS:
        return may && all_zero(f->length, at);
    case CONFIG_CHOICE:
        return may && *(const int *)at < 0;
    case CONFIG_TEXT:
        return *(char *const *)at == NULL;
    case CONFIG_QUANTITIES:
        return may && ((const ConfigList *)at)->n == 0;
    case CONFIG_TEXTS:
        return may && ((const ConfigTexts *)at)->n == 0;
    case CONFIG_BOOLEAN:
        return false;
    case CONFIG_MAPPING:
    case CONFIG_SEQUENCE:
    case CONFIG_NAMED:
        break;
    }
    return *(const ConfigNode *const *)at == NULL;
}

static void append_value(char **text, const ConfigField *f, const void *at)
{
    switch (f->kind) {
    case CONFIG_QUANTITY:
        append_quantity(text, *(const double *)at, f->unit);
        break;
    case CONFIG_INTEGER:
        config_append(text, "%" PRId64, *(const int64_t *)at);
        break;
    case CONFIG_BOOLEAN:
        config_append(text, "%s", *(const bool *)at ? "true" : "false");
        break;
    case CONFIG_TEXT:
        append_text(text, *(char *const *)at);
        break;
    case CONFIG_CHOICE:
        append_choice(text, f->choices, *(const int *)at);
        break;
    case CONFIG_INTEGERS:
        for (int i = 0; i < f->length; i++)
            config_append(text, "%s%" PRId64, i == 0 ? "[" : ", ", ((const int64_t *)at)[i]);
        config_append(text, "]");
        break;
    case CONFIG_QUANTITIES: {
        const ConfigList *list = at;
        config_append(text, "[");
        for (size_t i = 0; i < list->n; i++) {
            config_append(text, "%s", i > 0 ? ", " : "");
            append_quantity(text, list->value[i], f->unit);
        }
        config_append(text, "]");
        break;
    }
    case CONFIG_TEXTS: {
        const ConfigTexts *texts = at;
        config_append(text, "[");
        for (size_t i = 0; i < texts->n; i++) {
            config_append(text, "%s", i > 0 ? ", " : "");
            append_text(text, texts->text[i]);
        }
        config_append(text, "]");
        break;
    }
    case CONFIG_MAPPING:
    case CONFIG_SEQUENCE:
    case CONFIG_NAMED:
        break;
    }
}

/* The value after "key:" or "-", with its line ends. */
static void print_value_node(char **text, int indent, const ConfigNode *value)
{
    if (value->kind == NODE_SCALAR) {
        config_print_node(text, 1, value);
    } else if (value->n == 0) {
        config_append(text, " %s\n", value->kind == NODE_MAPPING ? "{}" : "[]");
    } else {
        config_append(text, "\n");
        config_print_node(text, indent + 2, value);
    }
}

void config_print_node(char **text, int indent, const ConfigNode *node)
{
    if (node->kind == NODE_SCALAR) {
        config_append(text, "%*s", indent, "");
        append_text(text, node->text);
        config_append(text, "\n");
        return;
    }
    for (size_t i = 0; i < node->n; i++) {
        config_append(text, "%*s", indent, "");
        if (node->kind == NODE_MAPPING)
            append_text(text, node->keys[i]);
        config_append(text, "%s", node->kind == NODE_MAPPING ? ":" : "-");
        print_value_node(text, indent, node->items[i]);
    }
}

void config_print(char **text, int indent, bool comments, size_t nfields,
                  const ConfigField fields[], const void *options)
{
    for (size_t i = 0; i < nfields; i++) {
        const ConfigField *f = &fields[i];
        const void *at = (const char *)options + f->offset;
        if (is_absent(f, at))
            continue;
        if (comments && f->help != NULL)
            config_append(text, "%*s# %s\n", indent, "", f->help);
        config_append(text, "%*s%s:", indent, "", f->key);
        if (f->kind == CONFIG_MAPPING || f->kind == CONFIG_SEQUENCE || f->kind == CONFIG_NAMED) {
            print_value_node(text, indent, *(const ConfigNode *const *)at);
            continue;
        }
        config_append(text, " ");
        append_value(text, f, at);
        config_append(text, "\n");
    }
}

static void document_kind(char **text, const ConfigField *f)
{
    const char *unit = f->unit != NULL && strcmp(f->unit, "1") != 0 ? f->unit : NULL;
    switch (f->kind) {
    case CONFIG_QUANTITY:
        config_append(text, "number%s%s", unit != NULL ? " with unit, as " : "",
                      unit != NULL ? unit : "");
        break;
    case CONFIG_INTEGER:
        config_append(text, "whole number");
        break;
    case CONFIG_BOOLEAN:
        config_append(text, "true or false");
        break;
    case CONFIG_TEXT:
        config_append(text, "text");
        break;
    case CONFIG_CHOICE:
        config_append(text, "one of %s", f->choices);
        break;
    case CONFIG_INTEGERS:
        config_append(text, "list of %d whole numbers", f->length);
        break;
    case CONFIG_QUANTITIES:
        config_append(text, "list of numbers%s%s", unit != NULL ? " with unit, as " : "",
                      unit != NULL ? unit : "");
        break;
    case CONFIG_TEXTS:
        config_append(text, "list of texts");
        break;
    case CONFIG_MAPPING:
        config_append(text, "mapping");
        break;
    case CONFIG_SEQUENCE:
        config_append(text, "list of mappings");
        break;
    case CONFIG_NAMED:
        config_append(text, "name (%s, or of a file %ss/NAME.yaml) or mapping", f->choices, f->key);
        break;
    }
}

void config_document(char **text, size_t nfields, const ConfigField fields[])
{
    for (size_t i = 0; i < nfields; i++) {
        const ConfigField *f = &fields[i];
        config_append(text, "  %s: ", f->key);
        document_kind(text, f);
        if (f->low < f->high && isinf(f->high))
            config_append(text, ", at least %g", f->low);
        else if (f->low < f->high && isinf(f->low))
            config_append(text, ", at most %g", f->high);
        else if (f->low < f->high)
            config_append(text, ", %g to %g", f->low, f->high);
        if (f->fallback == NULL)
            config_append(text, "; must be given");
        else if (f->fallback[0] == '\0')
            config_append(text, "; may be absent");
        else
            config_append(text, "; default %s", f->fallback);
        config_append(text, "\n      %s\n", f->help != NULL ? f->help : "");
    }
}
