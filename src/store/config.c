#include "store/config.h"

#include "store/config_tree.h"

#include "base/mem.h"

#include <libfyaml.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 32 };

typedef struct Reader {
    struct fy_parser *parser;
    struct fy_diag *diag;
    const char *file;
} Reader;

void config_node_free(ConfigNode *node)
{
    if (node == NULL)
        return;
    for (size_t i = 0; i < node->n; i++) {
        if (node->keys != NULL)
            free(node->keys[i]);
        config_node_free(node->items[i]);
    }
    free(node->keys);
    free(node->items);
    free(node->text);
    free(node);
}

static ConfigNode *new_node(const Reader *r, NodeKind kind, const struct fy_event *event)
{
    ConfigNode *node = MEM_NEW(ConfigNode, 1);
    const struct fy_mark *mark = fy_event_start_mark((struct fy_event *)event);
    node->file = r->file;
    node->line = mark != NULL ? mark->line + 1 : 1;
    node->kind = kind;
    return node;
}

void config_node_push(ConfigNode *node, char *key, ConfigNode *item)
{
    if (node->n == node->capacity) {
        size_t more = node->n == 0 ? 8 : 2 * node->n;
        node->items = mem_resize(node->items, node->n, more, sizeof(ConfigNode *));
        if (node->kind == NODE_MAPPING)
            node->keys = mem_resize(node->keys, node->n, more, sizeof *node->keys);
        node->capacity = more;
    }
    node->items[node->n] = item;
    if (node->kind == NODE_MAPPING)
        node->keys[node->n] = key;
    node->n++;
}

/* What libfyaml complained of first, in our words: file:line:column: message. */
static Err syntax_error(const Reader *r)
{
    void *iterator = NULL;
    struct fy_diag_error *error = fy_diag_errors_iterate(r->diag, &iterator);
    if (error == NULL)
        return err_set(ERR_INPUT, "%s: not valid YAML", r->file);
    return err_set(ERR_INPUT, "%s:%d:%d: not valid YAML: %s", r->file, error->line, error->column,
                   error->msg);
}

static Err next_event(const Reader *r, struct fy_event **event)
{
    *event = fy_parser_parse(r->parser);
    return *event != NULL ? OK : syntax_error(r);
}

static Err build(const Reader *r, const struct fy_event *event, int depth, ConfigNode **out);

static Err build_scalar(const Reader *r, const struct fy_event *event, ConfigNode **out)
{
    ConfigNode *node = new_node(r, NODE_SCALAR, event);
    struct fy_token *token = event->scalar.value;
    size_t length = 0;
    const char *bytes = token != NULL ? fy_token_get_text(token, &length) : NULL;
    node->text = MEM_NEW(char, length + 1);
    if (bytes != NULL)
        memcpy(node->text, bytes, length);
    node->quoted = token != NULL && fy_token_scalar_style(token) != FYSS_PLAIN;
    *out = node;
    if (strlen(node->text) == length)
        return OK;
    return err_set(ERR_INPUT, "%s:%d: a text must not hold the character 0", r->file, node->line);
}

/* One `key: value` whose key event has been read. */
static Err build_pair(const Reader *r, const struct fy_event *key_event, int depth,
                      ConfigNode *mapping)
{
    ConfigNode *key = NULL, *value = NULL;
    struct fy_event *event = NULL;
    if (key_event->type != FYET_SCALAR)
        return err_set(ERR_INPUT, "%s:%d: a key must be plain text, not a list, mapping or alias",
                       r->file, mapping->line);
    Err e = build_scalar(r, key_event, &key);
    for (size_t i = 0; e == OK && i < mapping->n; i++)
        if (strcmp(mapping->keys[i], key->text) == 0)
            e = err_set(ERR_INPUT, "%s:%d: %s: key given twice; the first is in line %d", r->file,
                        key->line, key->text, mapping->items[i]->line);
    if (e == OK)
        e = next_event(r, &event);
    if (e == OK)
        e = build(r, event, depth + 1, &value);
    fy_parser_event_free(r->parser, event);
    if (e == OK) {
        value->line = key->line;
        config_node_push(mapping, key->text, value);
        key->text = NULL;
    } else {
        config_node_free(value);
    }
    config_node_free(key);
    return e;
}

/* All up to the end of a list or mapping whose start event has been read. */
static Err build_items(const Reader *r, int depth, ConfigNode *node)
{
    enum fy_event_type end = node->kind == NODE_MAPPING ? FYET_MAPPING_END : FYET_SEQUENCE_END;
    if (depth >= DEPTH_MAX)
        return err_set(ERR_INPUT, "%s:%d: more than %d levels inside one another", r->file,
                       node->line, DEPTH_MAX);
    for (;;) {
        struct fy_event *event = NULL;
        TRY(next_event(r, &event));
        bool last = event->type == end;
        Err e = OK;
        if (!last && node->kind == NODE_MAPPING) {
            e = build_pair(r, event, depth, node);
        } else if (!last) {
            ConfigNode *item = NULL;
            e = build(r, event, depth + 1, &item);
            if (e == OK)
                config_node_push(node, NULL, item);
            else
                config_node_free(item);
        }
        fy_parser_event_free(r->parser, event);
        if (last || e != OK)
            return e;
    }
}

/* The node that begins with `event`; *out may be half built on error and is the caller's to free.
 */
static Err build(const Reader *r, const struct fy_event *event, int depth, ConfigNode **out)
{
    switch (event->type) {
    case FYET_SCALAR:
        return build_scalar(r, event, out);
    case FYET_MAPPING_START:
        *out = new_node(r, NODE_MAPPING, event);
        return build_items(r, depth, *out);
    case FYET_SEQUENCE_START:
        *out = new_node(r, NODE_SEQUENCE, event);
        return build_items(r, depth, *out);
    default:
        *out = new_node(r, NODE_SCALAR, event);
        return err_set(ERR_INPUT, "%s:%d: aliases (*name) are not allowed; write the value out",
                       r->file, (*out)->line);
    }
}

/* A file is a stream of documents; ours has exactly one. */
static Err build_stream(const Reader *r, ConfigNode **root)
{
    int documents = 0;
    for (;;) {
        struct fy_event *event = NULL;
        TRY(next_event(r, &event));
        enum fy_event_type type = event->type;
        Err e = OK;
        if (type == FYET_DOCUMENT_START && documents++ > 0)
            e = err_set(ERR_INPUT, "%s: more than one YAML document ('---'); only one is allowed",
                        r->file);
        else if (type == FYET_MAPPING_START || type == FYET_SEQUENCE_START || type == FYET_SCALAR ||
                 type == FYET_ALIAS)
            e = build(r, event, 0, root);
        fy_parser_event_free(r->parser, event);
        if (e != OK || type == FYET_STREAM_END)
            return e;
    }
}

Err config_parse(const char *name, const char *bytes, size_t n, Config **config)
{
    Config *c = MEM_NEW(Config, 1);
    c->name = mem_string(name);
    struct fy_diag_cfg diag_options;
    fy_diag_cfg_default(&diag_options);
    diag_options.fp = NULL; /* collected, not printed */
    struct fy_diag *diag = fy_diag_create(&diag_options);
    CHECK(diag != NULL, "libfyaml gives no diagnostics object");
    fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg options = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG, .diag = diag};
    Reader r = {fy_parser_create(&options), diag, c->name};
    CHECK(r.parser != NULL, "libfyaml gives no parser");
    Err e = OK;
    if (strspn(bytes, " \t\r\n") >= n)
        e = err_set(ERR_INPUT, "%s: the file is empty", name);
    else if (fy_parser_set_string(r.parser, bytes, n) != 0)
        e = syntax_error(&r);
    else
        e = build_stream(&r, &c->root);
    if (e == OK && (c->root == NULL || (c->root->kind == NODE_SCALAR && c->root->text[0] == '\0')))
        e = err_set(ERR_INPUT, "%s: the file is empty", name);
    fy_parser_destroy(r.parser);
    fy_diag_destroy(diag);
    if (e != OK) {
        config_close(c);
        c = NULL;
    }
    *config = c;
    return e;
}

Err config_open(const Comm *c, const char *path, Config **config)
{
    char *bytes = NULL;
    size_t n = 0;
    *config = NULL;
    Err e = comm_read_file(c, path, &bytes, &n);
    if (e == OK)
        e = config_parse(path, bytes, n, config); /* same bytes, so the same on every rank */
    free(bytes);
    return e;
}

void config_close(Config *config)
{
    if (config == NULL)
        return;
    config_node_free(config->root);
    free(config->name);
    free(config);
}

char *config_folder(const Config *config)
{
    const char *slash = strrchr(config->name, '/');
    return slash != NULL ? mem_format("%.*s", (int)(slash - config->name), config->name)
                         : mem_string(".");
}

char *config_beside(const char *folder, const char *file)
{
    return file[0] == '/' ? mem_string(file) : mem_format("%s/%s", folder, file);
}

const ConfigNode *config_root(const Config *config)
{
    return config->root;
}

size_t config_length(const ConfigNode *node)
{
    return node != NULL && node->kind == NODE_SEQUENCE ? node->n : 0;
}

const ConfigNode *config_item(const ConfigNode *node, size_t i)
{
    CHECK(i < config_length(node), "item %zu of %zu", i, config_length(node));
    return node->items[i];
}

const ConfigNode *config_get(const ConfigNode *mapping, const char *key)
{
    for (size_t i = 0; i < config_pairs(mapping); i++)
        if (strcmp(mapping->keys[i], key) == 0)
            return mapping->items[i];
    return NULL;
}

size_t config_pairs(const ConfigNode *mapping)
{
    return mapping != NULL && mapping->kind == NODE_MAPPING ? mapping->n : 0;
}

const char *config_pair_key(const ConfigNode *mapping, size_t i)
{
    CHECK(i < config_pairs(mapping), "pair %zu of %zu", i, config_pairs(mapping));
    return mapping->keys[i];
}

const ConfigNode *config_pair_value(const ConfigNode *mapping, size_t i)
{
    CHECK(i < config_pairs(mapping), "pair %zu of %zu", i, config_pairs(mapping));
    return mapping->items[i];
}

const char *config_text(const ConfigNode *node)
{
    return node != NULL && node->kind == NODE_SCALAR ? node->text : NULL;
}

bool config_is_mapping(const ConfigNode *node)
{
    return node != NULL && node->kind == NODE_MAPPING;
}

Err config_error(const ConfigNode *node, const char *key, const char *format, ...)
{
    char what[1024], where[64] = "";
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    const ConfigNode *value = key != NULL ? config_get(node, key) : NULL;
    const ConfigNode *at = value != NULL ? value : node;
    if (at != NULL)
        snprintf(where, sizeof where, ":%d: ", at->line);
    return err_set(ERR_INPUT, "%s%s%s%s%s", at != NULL ? at->file : "", where,
                   key != NULL ? key : "", key != NULL ? ": " : "", what);
}

Err config_place_error(const ConfigNode *node, const char *key, Err e)
{
    if (e == OK)
        return OK;
    char *why = mem_string(err_message());
    e = config_error(node, key, "%s", why);
    free(why);
    return e;
}
