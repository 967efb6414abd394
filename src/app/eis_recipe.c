#include "app/eis_recipe.h"

#include "base/mem.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define TEXT(owner_, key_, member, fallback_, help_)                                               \
    {                                                                                              \
        .key = key_, .kind = CONFIG_TEXT, .fallback = fallback_,                                   \
        .offset = offsetof(owner_, member), .help = help_                                          \
    }
#define QUANTITY(owner_, key_, member, unit_, fallback_, low_, high_, help_)                       \
    {                                                                                              \
        .key = key_, .kind = CONFIG_QUANTITY, .unit = unit_, .fallback = fallback_,                \
        .offset = offsetof(owner_, member), .low = low_, .high = high_, .help = help_              \
    }
#define CHOICE(owner_, key_, member, choices_, fallback_, help_)                                   \
    {                                                                                              \
        .key = key_, .kind = CONFIG_CHOICE, .choices = choices_, .fallback = fallback_,            \
        .offset = offsetof(owner_, member), .help = help_                                          \
    }
#define MAPPING(owner_, key_, member, help_)                                                       \
    {                                                                                              \
        .key = key_, .kind = CONFIG_MAPPING, .fallback = "", .offset = offsetof(owner_, member),   \
        .help = help_                                                                              \
    }

static const ConfigField fields[] = {
    TEXT(EisRecipe, "fit", name, NULL, "name of the fit; results are NAME.h5 and NAME.csv"),
    {.key = "files",
     .kind = CONFIG_SEQUENCE,
     .fallback = "",
     .offset = offsetof(EisRecipe, file_list),
     .help = "[{file, format, temperature, frequency, real, imaginary, temperature_column}]"},
    TEXT(EisRecipe, "circuit", circuit, "",
         "as p(R1,Q1)-Q2, see analysis/circuit.h; absent: a ladder of arcs"),
    {.key = "arcs",
     .kind = CONFIG_INTEGER,
     .fallback = "0",
     .low = 0,
     .high = 6,
     .offset = offsetof(EisRecipe, arcs),
     .help = "of the ladder; 0: as many as the Bayesian information criterion wants"},
    {.key = "most_arcs",
     .kind = CONFIG_INTEGER,
     .fallback = "3",
     .low = 1,
     .high = 6,
     .offset = offsetof(EisRecipe, most_arcs),
     .help = "that are tried"},
    {.key = "resistor",
     .kind = CONFIG_BOOLEAN,
     .fallback = "false",
     .offset = offsetof(EisRecipe, resistor),
     .help = "R0 in series with the ladder"},
    {.key = "electrode",
     .kind = CONFIG_BOOLEAN,
     .fallback = "false",
     .offset = offsetof(EisRecipe, electrode),
     .help = "a CPE in series with the ladder"},
    TEXT(EisRecipe, "resistance", resistance, "R1",
         "the resistor that is the pellet's; of a ladder R1 has the fastest arc"),
    CHOICE(EisRecipe, "weights", weights, "modulus|proportional|unit|errors", "modulus",
           "errors of Re and Im: noise |Z|; noise of each; all equal; as the files say"),
    QUANTITY(EisRecipe, "noise", noise, "1", "", 1e-12, 1,
             "relative; absent: the scatter about the fit gives it"),
    QUANTITY(EisRecipe, "impedance_limit", limit, "ohm", "", 1, 1e20,
             "of the analyser: noise grows to sqrt(noise^2 + (|Z|/limit)^2); absent: none"),
    QUANTITY(EisRecipe, "lowest", lowest, "Hz", "", 1e-12, 1e15, "frequency used; absent: all"),
    QUANTITY(EisRecipe, "highest", highest, "Hz", "", 1e-12, 1e15, "frequency used; absent: all"),
    MAPPING(EisRecipe, "pellet", pellet_map,
            "{thickness, diameter, thickness_error, diameter_error, porosity, mixing}; absent: "
            "resistances only"),
    MAPPING(EisRecipe, "start", start_map,
            "values of all parameters of `circuit` in SI units, {R1: 1e12, ...}; absent: found"),
    MAPPING(EisRecipe, "kramers_kronig", test_map, "{per_decade, mu, allowed} of the test"),
    MAPPING(EisRecipe, "measured", measured_map,
            "{file, sample}: published conductivities, through the same Arrhenius lines"),
};

static const ConfigField file_fields[] = {
    TEXT(EisRecipeFile, "file", file, NULL, "of data"),
    CHOICE(EisRecipeFile, "format", format, "auto|csv|zview|gamry|novocontrol", "auto",
           "auto: by the ending .z, .dta, else csv"),
    QUANTITY(EisRecipeFile, "temperature", temperature, "K", "", 1, 5000,
             "of the measurement; absent: as the file says"),
    TEXT(EisRecipeFile, "frequency", frequency, "", "name of the column; absent: found"),
    TEXT(EisRecipeFile, "real", real, "", "name of the column with Z'"),
    TEXT(EisRecipeFile, "imaginary", imaginary, "", "name of the column with Z''"),
    TEXT(EisRecipeFile, "temperature_column", temperature_column, "", "name of the column"),
};

static const ConfigField pellet_fields[] = {
    QUANTITY(EisRecipePellet, "thickness", thickness, "cm", NULL, 1e-4, 10, "of the pellet"),
    QUANTITY(EisRecipePellet, "diameter", diameter, "cm", NULL, 1e-2, 100, "of the pellet"),
    QUANTITY(EisRecipePellet, "thickness_error", thickness_error, "cm", "0 cm", 0, 10,
             "standard error, common to all temperatures"),
    QUANTITY(EisRecipePellet, "diameter_error", diameter_error, "cm", "0 cm", 0, 100,
             "standard error, common to all temperatures"),
    QUANTITY(EisRecipePellet, "porosity", porosity, "1", "0", 0, 0.99, "volume of pores"),
    CHOICE(EisRecipePellet, "mixing", mixing, "none|maxwell_garnett|bruggeman", "none",
           "effective medium for a corrected conductivity beside the uncorrected one"),
};

static const ConfigField test_fields[] = {
    QUANTITY(KramersKronigOptions, "per_decade", per_decade, "1", "0", 0, 20,
             "elements per decade; 0: by mu"),
    QUANTITY(KramersKronigOptions, "mu", mu, "1", "0.85", 0, 1, "criterion for their number"),
    QUANTITY(
        KramersKronigOptions, "allowed", allowed, "1", "", 0, 1,
        "rms of residuals over |Z| that is good in any case; absent: 0.01, with known noise 0.003"),
};

typedef struct MeasuredOptions {
    char *file, *sample;
} MeasuredOptions;

static const ConfigField measured_fields[] = {
    TEXT(MeasuredOptions, "file", file, NULL,
         "table with columns quantity, sample, T_K, value, unit"),
    TEXT(MeasuredOptions, "sample", sample, NULL, "rows of this sample with 'ionic conductivity'"),
};

char *eis_recipe_document(void)
{
    const struct {
        const char *title;
        size_t n;
        const ConfigField *table;
    } part[] = {
        {"fit eis: impedance files -> circuits, Kramers-Kronig test, conductivities, Arrhenius "
         "lines\n"
         "\nkeys of the recipe:\n",
         COUNT(fields), fields},
        {"\nfiles: a list of\n", COUNT(file_fields), file_fields},
        {"\npellet:\n", COUNT(pellet_fields), pellet_fields},
        {"\nkramers_kronig:\n", COUNT(test_fields), test_fields},
        {"\nmeasured:\n", COUNT(measured_fields), measured_fields},
    };
    char *text = NULL;
    for (size_t k = 0; k < COUNT(part); k++) {
        config_append(&text, "%s", part[k].title);
        config_document(&text, part[k].n, part[k].table);
    }
    config_append(
        &text,
        "\ncircuits: R C L Q (CPE) W (Warburg) Ws Wo (finite layers) with numbers, a-b in series, "
        "p(a,b) in parallel:\n  p(R1,Q1)-p(R2,Q2)-Q3\n");
    return text;
}

char *eis_recipe_path(const EisRecipe *r, const char *file)
{
    return config_beside(r->folder, file);
}

Pellet eis_recipe_pellet(const EisRecipe *r)
{
    return (Pellet){.thickness = r->pellet.thickness,
                    .diameter = r->pellet.diameter,
                    .eps_r = 1.0,
                    .porosity = r->pellet.porosity,
                    .mixing = (PelletMixing)r->pellet.mixing};
}

static Err read_files(EisRecipe *r)
{
    size_t n = r->file_list != NULL ? config_length(r->file_list) : 0;
    r->file = MEM_NEW(EisRecipeFile, n + 1);
    for (size_t i = 0; i < n; i++) {
        const ConfigNode *node = config_item(r->file_list, i);
        TRY(config_read(node, COUNT(file_fields), file_fields, &r->file[i]));
        r->file[i].node = node;
        r->nfiles++;
    }
    return OK;
}

static Err read_pellet(EisRecipe *r)
{
    if (r->pellet_map == NULL)
        return OK;
    TRY(config_read(r->pellet_map, COUNT(pellet_fields), pellet_fields, &r->pellet));
    r->has_pellet = true;
    const Pellet p = eis_recipe_pellet(r);
    if (p.porosity > 0.0 && p.mixing == PELLET_DENSE)
        return config_error(r->pellet_map, "mixing",
                            "pores need an effective medium: maxwell_garnett or bruggeman");
    if (!(impedance_porous_factor(&p) > 0.0))
        return config_error(r->pellet_map, "porosity",
                            "Bruggeman's medium does not conduct above 2/3");
    return OK;
}

/* `start: {R1: 1e12, Q1: 8e-12, n1: "0.9"}`: every parameter once. */
static Err read_start(EisRecipe *r)
{
    bool given[CIRCUIT_PARAMETERS] = {false};
    if (r->start_map == NULL)
        return OK;
    if (r->circuit == NULL)
        return config_error(r->start_map, NULL, "belongs to a 'circuit'; a ladder finds its own");
    for (size_t i = 0; i < config_pairs(r->start_map); i++) {
        const char *key = config_pair_key(r->start_map, i);
        const char *text = config_text(config_pair_value(r->start_map, i));
        char *end = NULL;
        int k = circuit_find(&r->parsed, key);
        if (k < 0)
            return config_error(r->start_map, key, "the circuit %s has no such parameter",
                                r->parsed.text);
        r->start[k] = text != NULL ? strtod(text, &end) : 0.0;
        if (text == NULL || end == text || *end != '\0' || !(r->start[k] > 0.0) ||
            !isfinite(r->start[k]))
            return config_error(r->start_map, key, "a number above 0 in SI units is needed");
        given[k] = true;
    }
    for (int k = 0; k < r->parsed.nparameters; k++)
        if (!given[k])
            return config_error(r->start_map, NULL, "there is no value for %s",
                                r->parsed.parameter[k].name);
    r->has_start = true;
    return OK;
}

static Err read_circuit(EisRecipe *r, const ConfigNode *root)
{
    if (r->circuit == NULL) {
        char *end;
        long k = r->resistance[0] == 'R' ? strtol(r->resistance + 1, &end, 10) : 0;
        return k > 0 && *end == '\0'
                   ? OK
                   : config_error(root, "resistance", "a ladder has R1, R2, ...; not '%s'",
                                  r->resistance);
    }
    if (r->arcs > 0)
        return config_error(root, "arcs", "belongs to a ladder; 'circuit' is given");
    if (circuit_parse(r->circuit, &r->parsed) != OK) {
        char *reason = mem_string(err_message());
        Err e = config_error(root, "circuit", "%s", reason);
        free(reason);
        return e;
    }
    int k = circuit_find(&r->parsed, r->resistance);
    if (k < 0 || r->parsed.parameter[k].name[0] != 'R')
        return config_error(root, "resistance", "the circuit %s has no resistor '%s'",
                            r->parsed.text, r->resistance);
    return read_start(r);
}

static Err read_parts(EisRecipe *r, const ConfigNode *root)
{
    TRY(read_files(r));
    TRY(read_pellet(r));
    TRY(read_circuit(r, root));
    TRY(config_read(r->test_map, COUNT(test_fields), test_fields, &r->test));
    r->test.noise = r->noise;
    r->test.limit = isnan(r->limit) ? 0.0 : r->limit;
    if (isnan(r->test.allowed))
        r->test.allowed = r->noise > 0.0 ? 0.003 : 0.01;
    if (r->measured_map != NULL) {
        MeasuredOptions m = {0};
        TRY(config_read(r->measured_map, COUNT(measured_fields), measured_fields, &m));
        r->measured = m.file;
        r->sample = m.sample;
    }
    if (r->nfiles == 0 && r->measured == NULL)
        return config_error(root, "files", "at least one file of data is needed, or 'measured'");
    if (r->lowest >= r->highest)
        return config_error(root, "lowest", "must be below 'highest'");
    return OK;
}

Err eis_recipe_read(const Comm *c, const char *path, EisRecipe *r)
{
    *r = (EisRecipe){0};
    Err e = config_open(c, path, &r->config);
    if (e != OK)
        return e;
    r->folder = config_folder(r->config);
    const ConfigNode *root = config_root(r->config);
    e = config_read(root, COUNT(fields), fields, r);
    if (e == OK)
        e = read_parts(r, root);
    else
        r->name = r->circuit = r->resistance = NULL; /* config_read has left nothing to clear */
    return e;
}

void eis_recipe_clear(EisRecipe *r)
{
    for (size_t i = 0; i < r->nfiles; i++)
        config_clear(COUNT(file_fields), file_fields, &r->file[i]);
    free(r->file);
    free(r->name);
    free(r->circuit);
    free(r->resistance);
    free(r->measured);
    free(r->sample);
    free(r->folder);
    if (r->config != NULL)
        config_close(r->config);
    *r = (EisRecipe){0};
}
