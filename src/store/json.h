/* json.h -- JSON for other programs, made by libfyaml from the YAML that this program speaks.
 *
 * Quoted YAML strings stay strings, plain words that JSON cannot hold become strings, numbers and booleans stay what
 * they are. All functions are Local.
 */
#ifndef STORE_JSON_H
#define STORE_JSON_H

#include "base/err.h"
#include "store/text.h"

/* A YAML document as JSON text, on one line or indented; *json is new (free()). ERR_INPUT "name: ..." if it is not
 * YAML. */
Err json_from_yaml(const char *name, const char *yaml, bool indented, char **json) MUST_USE;

/* Append a text in double quotes, escaped so that YAML and JSON read the same; NULL as null. */
void json_quote(TextBuffer *b, const char *text);

/* Append a number with all its digits; NaN and infinities, which JSON lacks, as null. */
void json_number(TextBuffer *b, double value);

#endif
