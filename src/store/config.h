/* config.h -- study and potential files: YAML in which every number has its unit.
 *
 * libfyaml reads; UDUNITS-2 knows the units. Reading is declarative: a table of ConfigField says
 * which keys a mapping may have, of what kind, with which default. An unknown key, a wrong type, a
 * missing unit, a wrong dimension or a value out of range is ERR_INPUT with the message file:line:
 * key: what is wrong, what is allowed, nearest known key and the same table prints the
 * documentation and the full effective input (--write-defaults). All ranks parse the same bytes
 * (comm_read_file), so all return the same Err. Everything here is Local except config_open.
 */
#ifndef STORE_CONFIG_H
#define STORE_CONFIG_H

#include "base/err.h"
#include "par/comm.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Config Config;         /* a parsed document */
typedef struct ConfigNode ConfigNode; /* a place in it; lives as long as its Config */

typedef enum ConfigKind {
    CONFIG_QUANTITY, /* double, in `unit` inside: "0.5 fs"; unit "1" for plain numbers */
    CONFIG_INTEGER,  /* int64_t */
    CONFIG_BOOLEAN,  /* bool: true or false only */
    CONFIG_TEXT,     /* char *, new (free by config_clear) */
    CONFIG_CHOICE,   /* int: index into `choices` ("a|b|c") */
    CONFIG_INTEGERS, /* int64_t[length], exactly `length` items; "2 2 2" as a YAML list [2, 2, 2] */
    CONFIG_QUANTITIES, /* ConfigList: any number of quantities, "[310 K, 355 K]" */
    CONFIG_TEXTS,      /* ConfigTexts: list of strings (a single string counts as a list of one) */
    CONFIG_MAPPING,    /* const ConfigNode *: a mapping for its own table; NULL if absent */
    CONFIG_SEQUENCE,   /* const ConfigNode *: a list of mappings */
    CONFIG_NAMED, /* const ConfigNode *: a mapping, or the name of a thing: one of `choices`, or of a file */
} ConfigKind;

typedef struct ConfigList {
    size_t n;
    double *value;
} ConfigList;

typedef struct ConfigTexts {
    size_t n;
    char **text;
} ConfigTexts;

typedef struct ConfigField {
    const char *key;
    ConfigKind kind;
    const char *unit; /* quantities: unit inside the program's variable ("ps", "K", "A", "1") */
    const char
        *fallback;       /* default as it would be written in the file; NULL: the key must be given;
                            "": may be absent, see config_read */
    size_t offset;       /* offsetof(Options, member) */
    const char *help;    /* one line */
    const char *choices; /* CONFIG_CHOICE: "nve|nvt|npt" */
    double low, high;    /* allowed range of numbers if low < high (both 0: any) */
    int length;          /* CONFIG_INTEGERS */
} ConfigField;

/* Read and parse. ERR_INPUT with file:line:column for YAML errors, an empty file, a missing file.
 * Collective. */
Err config_open(const Comm *c, const char *path, Config **config) MUST_USE;

/* The same from memory; `name` is used in messages. Local. */
Err config_parse(const char *name, const char *bytes, size_t n, Config **config) MUST_USE;
void config_close(Config *config);

const ConfigNode *config_root(const Config *config);

/* Folder of the file, to which paths in it are relative: "." if its name has none. A new string; free(). */
char *config_folder(const Config *config);

/* A path as named in a file of that folder. A new string; free(). */
char *config_beside(const char *folder, const char *file);

/* Write out what a list of named mappings under `key` of the root says only once:
 *   each: {T: [310, 355], replica: [1, 2]}   the item becomes four, the last name running fastest; in every text of it
 *                                            {T} and {replica} are replaced
 *   from: "run-310-*"                        an item of `from` with a '*' becomes the names of all earlier items that match
 *                                            (it stays if none does)
 * Line numbers stay those of the file. ERR_INPUT for a malformed `each` or a {name} that it does not have. Local. */
Err config_each(Config *config, const char *key) MUST_USE;

/* Read mapping `node` (NULL: all defaults) into *options by the table. ERR_INPUT as described
 * above; then nothing is left to clear. A key that may be absent and is gives: quantity NAN,
 * integer(s) 0, boolean false, text NULL, choice -1, lists of length 0, mapping and sequence NULL.
 */
Err config_read(const ConfigNode *node, size_t nfields, const ConfigField fields[],
                void *options) MUST_USE;

/* Free what config_read made. */
void config_clear(size_t nfields, const ConfigField fields[], void *options);

/* Items of a CONFIG_SEQUENCE; config_item is the i-th. config_get: value of a key in a mapping or
 * NULL. */
size_t config_length(const ConfigNode *node);
const ConfigNode *config_item(const ConfigNode *node, size_t i);
const ConfigNode *config_get(const ConfigNode *mapping, const char *key);

/* Key/value pairs of a mapping in file order, for maps with free keys (pair names, parameters). */
size_t config_pairs(const ConfigNode *mapping);
const char *config_pair_key(const ConfigNode *mapping, size_t i); /* lives as long as the Config */
const ConfigNode *config_pair_value(const ConfigNode *mapping, size_t i);

/* The scalar text of a node (NULL if not a scalar); lives as long as the Config. */
const char *config_text(const ConfigNode *node);

bool config_is_mapping(const ConfigNode *node);

/* "file:line: key: ..." for messages of the caller: return config_error(node, "cell", "...", ...).
 * The line is that of the key if `node` is a mapping that has it, else of the node; key may be
 * NULL. */
Err config_error(const ConfigNode *node, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The message of a check that failed, with its place before it; OK stays OK. */
Err config_place_error(const ConfigNode *node, const char *key, Err e) MUST_USE;

/* Append to *text (a growing string, NULL at first; free()) the effective values of a table as YAML
 * at an indentation, with `# help` comments when `comments`. What is absent is left out. Mappings
 * and sequences are printed as they stood in the file. What is printed reads back to the same
 * values. */
void config_print(char **text, int indent, bool comments, size_t nfields,
                  const ConfigField fields[], const void *options);

/* Append a node as it was given: lines of a mapping or list at an indentation, or one scalar. */
void config_print_node(char **text, int indent, const ConfigNode *node);

/* Append printf style to a growing string. */
void config_append(char **text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Append one entry per field for a person: key, kind, unit, range, default, help. */
void config_document(char **text, size_t nfields, const ConfigField fields[]);

/* Of `n` words the nearest to `word` by edit distance, NULL if none is near. For "did you mean". */
const char *config_nearest(const char *word, size_t n, const char *const words[]);

#endif
