/* dataset_options.c -- key `dataset:` of a study: title, creators, licence, draws. */
#include "app/dataset_inside.h"

#include "store/json.h"

#include <ctype.h>
#include <string.h>

#define AT(member) .offset = offsetof(DatasetOptions, member)
static const ConfigField fields[] = {
    {.key = "title",
     .kind = CONFIG_TEXT,
     .fallback = "Synthetic data with a known truth, made by Paddlewheel",
     AT(title),
     .help = "of the data set"},
    {.key = "description",
     .kind = CONFIG_TEXT,
     .fallback = "",
     AT(description),
     .help = "a paragraph"},
    {.key = "creators",
     .kind = CONFIG_SEQUENCE,
     .fallback = "",
     AT(creators),
     .help = "[{name, orcid, affiliation}]"},
    {.key = "licence",
     .kind = CONFIG_TEXT,
     .fallback = "CC-BY-4.0",
     AT(licence),
     .help = "SPDX name"},
    {.key = "identifier",
     .kind = CONFIG_TEXT,
     .fallback = "",
     AT(identifier),
     .help = "persistent: DOI, handle; leave out until there is one"},
    {.key = "version", .kind = CONFIG_TEXT, .fallback = "1", AT(version), .help = "of the data"},
    {.key = "keywords", .kind = CONFIG_TEXTS, .fallback = "", AT(keywords), .help = "words"},
    {.key = "draws",
     .kind = CONFIG_INTEGER,
     .fallback = "1",
     .low = 1,
     .high = 1000,
     AT(draws),
     .help = "noisy measurements drawn of each truth"},
};
enum { FIELDS = sizeof fields / sizeof fields[0] };
const ConfigField *const dataset_fields = fields;
const size_t dataset_nfields = FIELDS;

typedef struct Creator {
    char *name, *orcid, *affiliation;
} Creator;

static const ConfigField creator_fields[] = {
    {.key = "name",
     .kind = CONFIG_TEXT,
     .offset = offsetof(Creator, name),
     .help = "Family, Given"},
    {.key = "orcid",
     .kind = CONFIG_TEXT,
     .fallback = "",
     .offset = offsetof(Creator, orcid),
     .help = "0000-0002-1825-0097"},
    {.key = "affiliation",
     .kind = CONFIG_TEXT,
     .fallback = "",
     .offset = offsetof(Creator, affiliation),
     .help = "institution"},
};
enum { CREATOR_FIELDS = sizeof creator_fields / sizeof creator_fields[0] };

/* Sixteen characters in groups of four; the last is the check digit of ISO 7064 MOD 11-2. */
static bool valid_orcid(const char *id)
{
    int total = 0;
    if (strlen(id) != 19)
        return false;
    for (int i = 0; i < 19; i++) {
        if (i % 5 == 4) {
            if (id[i] != '-')
                return false;
        } else if (i < 18) {
            if (!isdigit((unsigned char)id[i]))
                return false;
            total = (total + id[i] - '0') * 2;
        }
    }
    int check = (12 - total % 11) % 11;
    return id[18] == (check == 10 ? 'X' : '0' + check);
}

static Err read_creator(const ConfigNode *node, Creator *c)
{
    TRY(config_read(node, CREATOR_FIELDS, creator_fields, c));
    if (c->orcid == NULL || c->orcid[0] == '\0' || valid_orcid(c->orcid))
        return OK;
    Err e = config_error(node, "orcid",
                         "'%s' is not an ORCID iD (0000-0000-0000-000X with a right "
                         "check digit)",
                         c->orcid);
    config_clear(CREATOR_FIELDS, creator_fields, c);
    return e;
}

Err dataset_options_read(const ConfigNode *node, DatasetOptions *o)
{
    *o = (DatasetOptions){0};
    TRY(config_read(node, FIELDS, fields, o));
    for (size_t i = 0; o->creators != NULL && i < config_length(o->creators); i++) {
        Creator c;
        Err e = read_creator(config_item(o->creators, i), &c);
        if (e != OK) {
            dataset_options_clear(o);
            return e;
        }
        config_clear(CREATOR_FIELDS, creator_fields, &c);
    }
    return OK;
}

void dataset_options_clear(DatasetOptions *o)
{
    config_clear(FIELDS, fields, o);
}

void dataset_options_creators(TextBuffer *b, const ConfigNode *list, bool json)
{
    for (size_t i = 0; list != NULL && i < config_length(list); i++) {
        Creator c;
        if (config_read(config_item(list, i), CREATOR_FIELDS, creator_fields, &c) != OK)
            continue; /* was checked when the study was opened */
        if (json) {
            text_append(b, "%s{name: ", i > 0 ? ", " : "");
            json_quote(b, c.name);
            text_append(b, ", orcid: ");
            json_quote(b, c.orcid);
            text_append(b, ", affiliation: ");
            json_quote(b, c.affiliation);
            text_append(b, "}");
        } else {
            text_append(b, "%s%s", i > 0 ? "; " : "", c.name);
        }
        config_clear(CREATOR_FIELDS, creator_fields, &c);
    }
}
