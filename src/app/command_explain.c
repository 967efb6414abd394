/* command_explain.c -- `paddlewheel explain FILE|NAME`: a potential with its formulas, an observable, a kind of stage, a form
 * factor, a density functional. */
#include "analysis/constructed.h"
#include "analysis/fit_pdf_recipe.h"
#include "analysis/instrument_qens.h"
#include "analysis/instrument_tof.h"
#include "analysis/observable.h"
#include "app/command.h"
#include "app/dataset.h"
#include "app/eis_recipe.h"
#include "app/explain_density.h"
#include "app/fit_spectra.h"
#include "app/neb_recipe.h"
#include "app/network_lists.h"
#include "app/stage.h"
#include "app/stage_pdf.h"
#include "force/forcefield.h"
#include "store/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_fields(size_t n, const ConfigField fields[])
{
    char *text = NULL;
    config_document(&text, n, fields);
    fputs(text ? text : "  (no options)\n", stdout);
    free(text);
}

static bool explain_observable(const char *name)
{
    const ObservableKind *o = observable_find(name);
    if (o == NULL)
        return false;
    printf("observable %s: %s\n  reference: %s\n\noptions:\n", o->name, o->help, o->reference);
    print_fields(o->nfields, o->fields);
    return true;
}

/* What the items of the lists of a network hold. */
static void explain_lists(const char *kind)
{
    static const char *const lists[] = {"sites", "edges", "wells", "turns",
                                        "gates", "felt",  "pairs"};
    if (strcmp(kind, "network") != 0)
        return;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        size_t n;
        const ConfigField *fields = network_lists_fields(lists[i], &n);
        printf("\nan item of %s:\n", lists[i]);
        print_fields(n, fields);
    }
}

static bool explain_stage(const char *name)
{
    for (const StageKind *const *k = stage_kinds(); *k != NULL; k++) {
        if (strcmp((*k)->name, name) != 0)
            continue;
        printf("kind of stage %s: %s\n\nkeys:\n", name, (*k)->help);
        print_fields((*k)->nfields, (*k)->fields);
        explain_lists(name);
        return true;
    }
    return false;
}

/* Mappings inside stages that have a table of their own. */
static bool explain_mapping(const char *name)
{
    const struct {
        const char *name, *text;
        size_t n;
        const ConfigField *fields;
    } mappings[] = {
        {"motion", "motion: of a stage of kind constructed", constructed_nfields,
         constructed_fields},
        {"dataset", "dataset: of a study, for `paddlewheel dataset`", dataset_nfields,
         dataset_fields},
        {"fit-qens", "recipe of `paddlewheel fit qens`", fit_spectra_nfields, fit_spectra_fields},
        {"fit-qens-resolution", "resolution: of a recipe of `paddlewheel fit qens`",
         fit_spectra_nresolution, fit_spectra_resolution},
        {"instrument",
         "instrument: of a stage of kind qens, the plain one (one width at all energies); the "
         "time-of-flight spectrometer: toftof-5A",
         instrument_qens_nfields, instrument_qens_fields},
        {"toftof-5A",
         "instrument: of a stage of kind qens, a direct-geometry time-of-flight spectrometer:\n"
         "`instrument: toftof-5A`; or `instrument: NAME` with these keys in instruments/NAME.yaml "
         "beside the study;\nor a mapping of these keys with `name`. Defaults are TOFTOF at 5 A, "
         "their sources in inputs/instruments/toftof-5A.yaml.\nThe resolution follows E as "
         "choppers "
         "and paths have it, scaled to the measured elastic width; channels that no detector sees "
         "are empty;\ncounts hold kf/ki and the sample's self-shielding. Multiple scattering is "
         "not "
         "modelled.",
         instrument_tof_nfields, instrument_tof_fields},
        {"instrument", "instrument: of the observable pdf and the stages pdf and density_pdf",
         instrument_xray_nfields, instrument_xray_fields},
        {"processing", "processing: of a stage of kind pdf", stage_pdf_process_nfields,
         stage_pdf_process_fields},
        {"powder", "powder: of a stage of kind pdf", stage_pdf_powder_nfields,
         stage_pdf_powder_fields},
        {"holder", "holder: of a time-of-flight spectrometer, what the sample loses of the beam",
         self_shielding_nfields, self_shielding_fields},
    };
    if (strcmp(name, "fit-eis") == 0) {
        char *text = eis_recipe_document();
        fputs(text, stdout);
        free(text);
        return true;
    }
    if (strcmp(name, "neb") == 0) {
        char *text = NULL;
        neb_recipe_document(&text);
        printf("neb: the recipe of `paddlewheel neb`; moves also of a stage of kind "
               "barriers\n\nkeys:\n%s",
               text);
        free(text);
        return true;
    }
    bool any = false;
    for (size_t k = 0; k < sizeof mappings / sizeof *mappings; k++) {
        if (strcmp(mappings[k].name, name) != 0)
            continue;
        printf("%s%s\n\nkeys:\n", any ? "\n" : "", mappings[k].text);
        print_fields(mappings[k].n, mappings[k].fields);
        any = true;
    }
    return any;
}

static bool explain_species(const char *name)
{
    const Species *s = species_find(name);
    const FormFactor *f = species_form_factor(s ? s->element : name);
    if (s != NULL)
        printf("species %s: Z %d, mass %.5f u, b_coh %.4f fm, sigma coherent %.4f, incoherent "
               "%.4f, absorption %.5g barn "
               "(1.798 A)\n",
               s->symbol, s->z, s->mass, s->b_coh, s->sigma_coh, s->sigma_inc, s->sigma_abs);
    if (f != NULL) {
        printf("X-ray form factor %s (Waasmaier and Kirfel 1995):\n   Q [1/A]   f0\n", f->name);
        for (int q = 0; q <= 24; q += 2)
            printf("  %8d   %8.4f\n", q, species_f0(f, q));
    }
    return s != NULL || f != NULL;
}

/* Recipes of `paddlewheel fit`. */
static bool explain_recipe(const char *name)
{
    if (strcmp(name, "fit-pdf") != 0)
        return false;
    char *text = fit_pdf_recipe_document();
    printf("recipe of `paddlewheel fit pdf`; parameters: analysis/fit_pdf.h\n\nkeys:\n%s", text);
    free(text);
    return true;
}

static Err unknown_name(const char *name)
{
    const char *names[64];
    char list[1024] = "";
    size_t n = 0;
    for (const StageKind *const *k = stage_kinds(); *k != NULL && n < 64; k++)
        names[n++] = (*k)->name;
    for (const ObservableKind *const *o = observable_list(); *o != NULL && n < 64; o++)
        names[n++] = (*o)->name;
    for (size_t i = 0; i < n; i++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "", names[i]);
    return err_set(ERR_INPUT,
                   "explain: '%s' is neither a file nor a known name; known: %s, %s; also form "
                   "factors (f: lists them) and functionals of libxc (lda_x)",
                   name, list, species_known());
}

/* What a potential file says about itself beside its parameters. */
static Err print_sections(const Comm *c, const char *path)
{
    static const char *const sections[] = {"errors", "source", "residuals", "validity"};
    Config *config;
    Err e = config_open(c, path, &config);
    if (e != OK)
        return e;
    for (size_t i = 0; i < sizeof sections / sizeof sections[0] && comm_is_root(c); i++) {
        const ConfigNode *node = config_get(config_root(config), sections[i]);
        char *text = NULL;
        if (node == NULL)
            continue;
        config_print_node(&text, 2, node);
        const char *said = config_text(node) != NULL ? config_text(node) : text;
        printf("\n%s\n", sections[i]);
        for (const char *line = said; *line != '\0';) {
            int n = (int)strcspn(line, "\n");
            printf("%s%.*s\n", config_text(node) != NULL ? "  " : "", n, line);
            line += n + (line[n] == '\n');
        }
        free(text);
    }
    config_close(config);
    return OK;
}

static Err run(const Comm *c, int argc, char **argv)
{
    const char *name = NULL, *functional = NULL, *watson = NULL;
    const CommandOption options[] = {{"--functional", &functional, NULL},
                                     {"--watson", &watson, NULL}};
    TRY(command_arguments(&command_explain, argc, argv, 2, options, 1, 1, &name));
    if (explain_density_is_form_factor(name))
        return explain_density_form_factor(name, functional, watson, comm_is_root(c));
    if (functional != NULL || watson != NULL)
        return err_set(ERR_INPUT,
                       "explain: --functional and --watson belong to form factors, f:NAME");
    if (explain_density_is_functional(name))
        return explain_density_functional(name, comm_is_root(c));
    bool found = false;
    if (comm_is_root(c))
        found = explain_stage(name) || explain_observable(name) || explain_mapping(name) ||
                explain_recipe(name);
    comm_bcast(c, 0, sizeof found, &found);
    if (found)
        return OK;
    if (strchr(name, '.') == NULL) {
        if (comm_is_root(c))
            found = explain_species(name);
        comm_bcast(c, 0, sizeof found, &found);
        return found ? OK : unknown_name(name);
    }
    FfParameters p;
    Err e = forcefield_read(c, name, &p);
    if (e == OK && comm_is_root(c)) {
        char *text = forcefield_explain(&p);
        fputs(text, stdout);
        free(text);
    }
    return e == OK ? print_sections(c, name) : e;
}

const Command command_explain = {
    .name = "explain",
    .usage = "FILE|NAME [--functional NAMES] [--watson RADIUS|VOLTS|none]",
    .help = "a potential file with its formulas; an observable, a kind of stage, a species by name",
    .more = "f:NAME is a form factor from densities that are computed here, with a functional of "
            "libxc such as\n"
            "gga_x_pbe+gga_c_pbe, beside the table of Waasmaier and Kirfel; f: lists the names. An "
            "anion stands in a\n"
            "Watson sphere: --watson \"0.74 angstrom\", or the potential of its site, \"21 V\".\n"
            "f:Mg2+,B,H_BH4 is a table of them for `form_factors` of kind pdf.\n"
            "The name of a functional (gga_x_pbe) gives its references.\n",
    .run = run,
};
