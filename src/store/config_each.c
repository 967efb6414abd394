/* config_each.c -- lists that are written once: `each:` and `from: "name-*"` (config.h). */
#define _POSIX_C_SOURCE 200809L
#include "store/config_tree.h"

#include "base/mem.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COPIES_MAX = 10000 };

/* The values of one copy: value of the i-th name of `each` is each->items[i]->items[at[i]]. */
typedef struct Choice {
    const ConfigNode *each;
    size_t *at;
} Choice;

/* Value of the name text[0..n-1], NULL if there is none. */
static const char *chosen(const Choice *c, const char *text, size_t n)
{
    for (size_t i = 0; i < c->each->n; i++)
        if (strlen(c->each->keys[i]) == n && strncmp(c->each->keys[i], text, n) == 0)
            return c->each->items[i]->items[c->at[i]]->text;
    return NULL;
}

/* The text of a scalar with every {name} replaced; *out is a new string. */
static Err replace(const ConfigNode *node, const Choice *c, char **out)
{
    char *text = mem_string("");
    for (const char *p = node->text; *p != '\0';) {
        size_t plain = strcspn(p, "{"), inside = p[plain] == '{' ? strcspn(p + plain, "}") : 0;
        bool is_name = inside > 0 && p[plain + inside] == '}';
        const char *value = is_name ? chosen(c, p + plain + 1, inside - 1) : "";
        if (value == NULL) {
            free(text);
            return config_error(node, NULL, "'%s': 'each' has no name '%.*s'", node->text,
                                (int)inside - 1, p + plain + 1);
        }
        if (!is_name)
            plain = strlen(p); /* no further pair of braces */
        char *longer = mem_format("%s%.*s%s", text, (int)plain, p, value);
        free(text);
        text = longer;
        p += plain + (is_name ? inside + 1 : 0);
    }
    *out = text;
    return OK;
}

/* A copy of `node` with its texts replaced, without the key `each`. Half a copy on error, the caller's to free. */
static Err copy(const ConfigNode *node, const Choice *c, ConfigNode **out)
{
    ConfigNode *new = MEM_NEW(ConfigNode, 1);
    *out = new;
    new->file = node->file;
    new->line = node->line;
    new->kind = node->kind;
    new->quoted = node->quoted;
    if (node->kind == NODE_SCALAR)
        return replace(node, c, &new->text);
    for (size_t i = 0; i < node->n; i++) {
        if (node->items[i] == c->each)
            continue;
        ConfigNode *item;
        Err e = copy(node->items[i], c, &item);
        config_node_push(new, node->kind == NODE_MAPPING ? mem_string(node->keys[i]) : NULL, item);
        if (e != OK)
            return e;
    }
    return OK;
}

/* {name: [text, ...], ...}, at least one of each; how many copies that makes. */
static Err count_copies(const ConfigNode *item, const ConfigNode *each, size_t *ncopies)
{
    const char *allowed = "a mapping of lists is needed, as {T: [310, 355], replica: [1, 2]}";
    if (each->kind != NODE_MAPPING || each->n == 0)
        return config_error(item, "each", "%s", allowed);
    *ncopies = 1;
    for (size_t i = 0; i < each->n; i++) {
        const ConfigNode *list = each->items[i];
        if (list->kind != NODE_SEQUENCE || list->n == 0)
            return config_error(each, each->keys[i], "%s", allowed);
        for (size_t k = 0; k < list->n; k++)
            if (list->items[k]->kind != NODE_SCALAR)
                return config_error(each, each->keys[i], "%s", allowed);
        *ncopies *= list->n;
        if (*ncopies > COPIES_MAX)
            return config_error(item, "each", "more than %d copies", COPIES_MAX);
    }
    return OK;
}

/* Append all copies of `item` to `list`. */
static Err add_copies(const ConfigNode *item, const ConfigNode *each, ConfigNode *list)
{
    size_t ncopies = 0;
    TRY(count_copies(item, each, &ncopies));
    Choice c = {.each = each, .at = MEM_NEW(size_t, each->n)};
    Err e = OK;
    for (size_t k = 0; k < ncopies && e == OK; k++) {
        size_t rest = k;
        for (size_t i = each->n; i-- > 0;) {
            c.at[i] = rest % each->items[i]->n;
            rest /= each->items[i]->n;
        }
        ConfigNode *new;
        e = copy(item, &c, &new);
        config_node_push(list, NULL, new);
    }
    free(c.at);
    return e;
}

static ConfigNode *new_text(const ConfigNode *like, const char *text)
{
    ConfigNode *node = MEM_NEW(ConfigNode, 1);
    *node = (ConfigNode){.file = like->file, .line = like->line, .kind = NODE_SCALAR};
    node->text = mem_string(text);
    return node;
}

/* The list `from` with names in place of patterns; `before` are the earlier items of the list. */
static ConfigNode *matched(const ConfigNode *from, size_t nbefore, ConfigNode *const before[])
{
    ConfigNode *list = MEM_NEW(ConfigNode, 1);
    *list = (ConfigNode){.file = from->file, .line = from->line, .kind = NODE_SEQUENCE};
    size_t n = from->kind == NODE_SCALAR ? 1 : from->n;
    for (size_t i = 0; i < n; i++) {
        const ConfigNode *item = from->kind == NODE_SCALAR ? from : from->items[i];
        const char *text = config_text(item);
        size_t found = 0;
        for (size_t k = 0; text != NULL && strchr(text, '*') != NULL && k < nbefore; k++) {
            const char *name = config_text(config_get(before[k], "name"));
            if (name == NULL || fnmatch(text, name, 0) != 0)
                continue;
            config_node_push(list, NULL, new_text(item, name));
            found++;
        }
        if (found == 0 && text != NULL)
            config_node_push(list, NULL, new_text(item, text));
    }
    return list;
}

/* Is this, or an item of it, a text with a '*'? Then all of it are texts. */
static bool has_pattern(const ConfigNode *from)
{
    bool found = from->kind == NODE_SCALAR && strchr(from->text, '*') != NULL;
    for (size_t i = 0; from->kind == NODE_SEQUENCE && i < from->n; i++) {
        if (from->items[i]->kind != NODE_SCALAR)
            return false;
        found = found || strchr(from->items[i]->text, '*') != NULL;
    }
    return found;
}

static void match_from(ConfigNode *item, size_t nbefore, ConfigNode *const before[])
{
    for (size_t i = 0; i < config_pairs(item); i++) {
        if (strcmp(item->keys[i], "from") != 0 || !has_pattern(item->items[i]))
            continue;
        ConfigNode *names = matched(item->items[i], nbefore, before);
        config_node_free(item->items[i]);
        item->items[i] = names;
    }
}

Err config_each(Config *config, const char *key)
{
    ConfigNode *old = NULL;
    size_t place = 0, npairs = config_pairs(config->root);
    for (size_t i = 0; i < npairs; i++)
        if (strcmp(config->root->keys[i], key) == 0)
            old = config->root->items[place = i];
    if (old == NULL || old->kind != NODE_SEQUENCE)
        return OK; /* for config_read to complain of */
    ConfigNode *list = MEM_NEW(ConfigNode, 1);
    *list = (ConfigNode){.file = old->file, .line = old->line, .kind = NODE_SEQUENCE};
    Err e = OK;
    for (size_t i = 0; i < old->n && e == OK; i++) {
        const ConfigNode *each = config_get(old->items[i], "each");
        size_t nbefore = list->n;
        if (each != NULL) {
            e = add_copies(old->items[i], each, list);
        } else {
            config_node_push(list, NULL, old->items[i]);
            old->items[i] = NULL;
        }
        for (size_t k = nbefore; k < list->n && e == OK; k++)
            match_from(list->items[k], nbefore, list->items);
    }
    config->root->items[place] = list;
    config_node_free(old);
    return e;
}
