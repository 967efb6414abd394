#include "store/json.h"

#include "base/mem.h"

#include <libfyaml.h>
#include <math.h>
#include <stdlib.h>

Err json_from_yaml(const char *name, const char *yaml, bool indented, char **json)
{
    *json = NULL;
    struct fy_parse_cfg options = {.flags = FYPCF_QUIET};
    struct fy_document *document = fy_document_build_from_string(&options, yaml, FY_NT);
    if (document == NULL)
        return err_set(ERR_INPUT, "%s: is not YAML", name);
    enum fy_emitter_cfg_flags mode = indented ? FYECF_MODE_JSON : FYECF_MODE_JSON_ONELINE;
    char *text = fy_emit_document_to_string(document, mode | FYECF_WIDTH_INF | FYECF_INDENT_2);
    fy_document_destroy(document);
    if (text == NULL)
        return err_set(ERR_INPUT, "%s: cannot be written as JSON", name);
    *json = mem_string(text);
    free(text);
    return OK;
}

void json_quote(TextBuffer *b, const char *text)
{
    if (text == NULL) {
        text_append(b, "null");
        return;
    }
    text_append(b, "\"");
    for (const char *p = text; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '"' || c == '\\')
            text_append(b, "\\%c", c);
        else if (c == '\n')
            text_append(b, "\\n");
        else if (c < 0x20)
            text_append(b, "\\u%04x", c);
        else
            text_append(b, "%c", c);
    }
    text_append(b, "\"");
}

void json_number(TextBuffer *b, double value)
{
    if (isfinite(value))
        text_append(b, "%.17g", value);
    else
        text_append(b, "null");
}
