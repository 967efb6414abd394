/* fit_spectra.c -- `paddlewheel fit qens RECIPE`: the experimenter's fit of QENS spectra in files, at one or several temperatures.
 *
 * Modes from chi'' first, then S(Q,E) with them held, EISF and Eq. 4, <u^2>, times, and Arrhenius over the files
 * (experiment_qens.h, fit_chi.h). The same code as in the stage `qens`. Rank 0 fits and writes.
 */
#include "app/fit_spectra.h"

#include "analysis/instrument_tof.h"
#include "analysis/qens_files.h"
#include "analysis/resolution_lines.h"
#include "app/fit.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"
#include "store/provenance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define AT(member)   .offset = offsetof(SpectraRecipe, member)
const ConfigField fit_spectra_fields[] = {
    {.key = "name", .kind = CONFIG_TEXT, AT(name), .help = "of the files that are written"},
    {.key = "data",
     .kind = CONFIG_SEQUENCE,
     AT(data),
     .help = "[{file: ..., temperature: 310 K}, ...]; the temperature may stand in the file"},
    {.key = "resolution",
     .kind = CONFIG_MAPPING,
     AT(resolution),
     .help = "one of {fwhm: 0.065 meV}, {instrument: toftof-5A} (a Gaussian whose width depends on "
             "E; with fwhm: its width at 0), "
             "{file: cold.csv} (measured; with instrument: stretched by its widths for modes)"},
    {.key = "energy_low",
     .kind = CONFIG_QUANTITY,
     .unit = "meV",
     .fallback = "",
     AT(e_low),
     .help = "the window that is fitted; all if absent. E > 0: the neutron loses energy"},
    {.key = "energy_high",
     .kind = CONFIG_QUANTITY,
     .unit = "meV",
     .fallback = "",
     AT(e_high),
     .help = "upper end of that window"},
    {.key = "q_low",
     .kind = CONFIG_QUANTITY,
     .unit = "1/angstrom",
     .fallback = "",
     AT(q_low),
     .help = "spectra that are fitted; all if absent"},
    {.key = "q_high",
     .kind = CONFIG_QUANTITY,
     .unit = "1/angstrom",
     .fallback = "",
     AT(q_high),
     .help = "upper end of their Q"},
    {.key = "lines",
     .kind = CONFIG_INTEGER,
     .fallback = "2",
     .low = 0,
     .high = FIT_QENS_MAX_LINES,
     AT(lines),
     .help = "largest number of Lorentzians"},
    {.key = "choose",
     .kind = CONFIG_CHOICE,
     .choices = "bic|evidence|fixed",
     .fallback = "bic",
     AT(choose),
     .help = "what decides how many there are; both are printed. fixed: as many as `lines`"},
    {.key = "widths",
     .kind = CONFIG_CHOICE,
     .choices = "shared|free",
     .fallback = "shared",
     AT(widths),
     .help = "of the Lorentzians: the same at all Q, or one for each"},
    {.key = "modes",
     .kind = CONFIG_INTEGER,
     .fallback = "4",
     .low = 0,
     .high = FIT_QENS_MAX_OSCILLATORS,
     AT(modes),
     .help = "largest number of damped oscillators that are looked for in chi''"},
    {.key = "lowest_mode",
     .kind = CONFIG_QUANTITY,
     .unit = "meV",
     .fallback = "2 meV",
     .low = 0.01,
     .high = 1e3,
     AT(lowest_mode),
     .help = "they are looked for above this energy"},
    {.key = "mode_energies",
     .kind = CONFIG_QUANTITIES,
     .unit = "meV",
     .fallback = "",
     AT(mode_energies),
     .help = "where they are, instead of looking"},
    {.key = "mode_energy",
     .kind = CONFIG_CHOICE,
     .choices = "held|free|given",
     .fallback = "held",
     AT(mode_energy),
     .help = "in the fit of S(Q,E): held at what chi'' gave (the paper), free, or held at "
             "mode_energies as given"},
    {.key = "balance",
     .kind = CONFIG_CHOICE,
     .choices = "harmonic|none",
     .fallback = "harmonic",
     AT(balance),
     .help = "detailed balance of lines and modes, x/(1 - exp(-x)), x = E/kT, at the observed E; "
             "none: even lines"},
    {.key = "statistics",
     .kind = CONFIG_CHOICE,
     .choices = "auto|poisson|least_squares",
     .fallback = "auto",
     AT(statistics),
     .help = "auto: deviance for counts, least squares where there are errors; least_squares "
             "weights counts with themselves, which biases the background"},
};

const size_t fit_spectra_nfields = COUNT(fit_spectra_fields);

typedef struct DataItem {
    char *file;
    double temperature;
} DataItem;
static const ConfigField data_fields[] = {
    {.key = "file",
     .kind = CONFIG_TEXT,
     .offset = offsetof(DataItem, file),
     .help = "relative to the recipe"},
    {.key = "temperature",
     .kind = CONFIG_QUANTITY,
     .unit = "K",
     .fallback = "",
     .low = 0.1,
     .high = 1e4,
     .offset = offsetof(DataItem, temperature),
     .help = "of the sample; from the file if absent"},
};

typedef struct ResolutionItem {
    double fwhm, floor;
    char *file, *instrument;
} ResolutionItem;
const ConfigField fit_spectra_resolution[] = {
    {.key = "fwhm",
     .kind = CONFIG_QUANTITY,
     .unit = "meV",
     .fallback = "",
     .low = 1e-5,
     .high = 100,
     .offset = offsetof(ResolutionItem, fwhm),
     .help = "width of a Gaussian at E = 0"},
    {.key = "instrument",
     .kind = CONFIG_TEXT,
     .fallback = "",
     .offset = offsetof(ResolutionItem, instrument),
     .help = "toftof-5A or a file that describes a time-of-flight spectrometer: widths at all E"},
    {.key = "file",
     .kind = CONFIG_TEXT,
     .fallback = "",
     .offset = offsetof(ResolutionItem, file),
     .help =
         "measured spectra: vanadium, or the sample frozen; one Q for all, or the Q of the data"},
    {.key = "floor",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "1e-3",
     .low = 1e-9,
     .high = 0.5,
     .offset = offsetof(ResolutionItem, floor),
     .help = "the transform of a measured line is cut below this"},
};

const size_t fit_spectra_nresolution = COUNT(fit_spectra_resolution);

/* ---- recipe */

static Err read_recipe(const Comm *c, const char *path, SpectraRecipe *r)
{
    *r = (SpectraRecipe){0};
    Err e = config_open(c, path, &r->config);
    if (e != OK) {
        r->config = NULL;
        return e;
    }
    e = config_read(config_root(r->config), fit_spectra_nfields, fit_spectra_fields, r);
    if (e != OK)
        return e;
    r->folder = config_folder(r->config);
    const ConfigNode *root = config_root(r->config);
    if (config_length(r->data) == 0)
        return config_error(root, "data", "no file is named");
    if (r->mode_energies.n > FIT_QENS_MAX_OSCILLATORS)
        return config_error(root, "mode_energies", "%zu energies; at most %d", r->mode_energies.n,
                            (int)FIT_QENS_MAX_OSCILLATORS);
    for (size_t k = 0; k < r->mode_energies.n; k++)
        if (!(r->mode_energies.value[k] > 0.0))
            return config_error(root, "mode_energies", "%g meV is not positive",
                                r->mode_energies.value[k]);
    if (r->mode_energy == MODE_GIVEN && r->mode_energies.n == 0)
        return config_error(root, "mode_energy", "'given' needs mode_energies");
    if (r->e_low >= r->e_high)
        return config_error(root, "energy_high", "%g meV is not above energy_low, %g meV",
                            r->e_high, r->e_low);
    if (r->q_low >= r->q_high)
        return config_error(root, "q_high", "%g 1/A is not above q_low, %g 1/A", r->q_high,
                            r->q_low);
    return OK;
}

static void clear_recipe(SpectraRecipe *r)
{
    if (r->folder != NULL)
        config_clear(fit_spectra_nfields, fit_spectra_fields, r);
    free(r->folder);
    if (r->config != NULL)
        config_close(r->config);
}

/* ---- resolution */

/* The Gaussian part: a width, or the widths of an instrument, scaled to the width if both are given. */
static Err read_widths(const Comm *c, const SpectraRecipe *r, const ResolutionItem *item,
                       Resolution *out)
{
    if (item->instrument == NULL)
        return isnan(item->fwhm) ? OK : resolution_gaussian(out, item->fwhm);
    InstrumentTof tof;
    Config *file = NULL;
    const ConfigNode *node = NULL;
    Err e = OK;
    if (!instrument_tof_is_known(item->instrument)) {
        char *path = config_beside(r->folder, item->instrument);
        e = config_open(c, path, &file);
        free(path);
        node = e == OK ? config_root(file) : NULL;
    }
    if (e == OK && (e = instrument_tof_read(node, &tof)) == OK) {
        if (!isnan(item->fwhm))
            tof.fwhm = item->fwhm;
        e = instrument_tof_resolution(&tof, out);
        instrument_tof_clear(&tof);
    }
    if (file != NULL)
        config_close(file);
    return e;
}

/* Measured lines, over the energies that all spectra of the file see. */
static Err read_lines(const Comm *c, const SpectraRecipe *r, const ResolutionItem *item,
                      Resolution *out)
{
    if (item->file == NULL)
        return OK;
    QensData d;
    char *path = config_beside(r->folder, item->file);
    Err e = qens_files_read(c, path, NAN, &d);
    if (e == OK) {
        e = err_prefix(resolution_lines_read(out, &d, item->floor), "%s", path);
        qens_data_clear(&d);
    }
    free(path);
    return e;
}

static Err read_resolution(const Comm *c, const SpectraRecipe *r, Resolution *out)
{
    ResolutionItem item;
    *out = (Resolution){0};
    Err e = config_read(r->resolution, fit_spectra_nresolution, fit_spectra_resolution, &item);
    if (e != OK)
        return e;
    if (isnan(item.fwhm) && item.instrument == NULL && item.file == NULL)
        e = config_error(config_root(r->config), "resolution",
                         "give one of fwhm, instrument, file");
    if (e == OK)
        e = read_widths(c, r, &item, out);
    if (e == OK)
        e = read_lines(c, r, &item, out);
    config_clear(fit_spectra_nresolution, fit_spectra_resolution, &item);
    return e;
}

/* ---- data */

static Err check_statistics(const SpectraRecipe *r, const ConfigNode *node, const SpectraFit *f)
{
    if (r->statistics == STATISTICS_POISSON && f->data.error != NULL)
        return config_error(node, "file", "statistics: poisson needs counts, but '%s' has errors",
                            f->file);
    if (isnan(f->temperature))
        return config_error(node, "file",
                            "'%s' does not say its temperature; add temperature:", f->file);
    return OK;
}

static Err read_item(const Comm *c, const SpectraRecipe *r, size_t i, const Resolution *resolution,
                     SpectraFit *f)
{
    const ConfigNode *node = config_item(r->data, i);
    DataItem item;
    TRY(config_read(node, COUNT(data_fields), data_fields, &item));
    f->file = mem_string(item.file);
    f->temperature = item.temperature;
    char *path = config_beside(r->folder, item.file);
    config_clear(COUNT(data_fields), data_fields, &item);
    Err e = qens_files_read(c, path, NAN, &f->data);
    if (e == OK && isnan(f->temperature))
        f->temperature = f->data.temperature;
    if (e == OK)
        e = check_statistics(r, node, f);
    if (e == OK) {
        const FitQensWindow w = {r->e_low, r->e_high, r->q_low, r->q_high,
                                 r->statistics == STATISTICS_LEAST_SQUARES};
        e = err_prefix(fit_qens_data_select(&f->data, &w, &f->selected), "%s", path);
    }
    if (e == OK)
        e = err_prefix(fit_qens_data_lines(&f->selected, resolution, &f->resolution), "%s", path);
    free(path);
    return e;
}

static Err read_all(const Comm *c, FitSpectra *f)
{
    Resolution resolution;
    f->n = config_length(f->recipe.data);
    f->fit = MEM_NEW(SpectraFit, f->n);
    Err e = read_resolution(c, &f->recipe, &resolution);
    for (size_t i = 0; i < f->n && e == OK; i++)
        e = read_item(c, &f->recipe, i, &resolution, &f->fit[i]);
    resolution_clear(&resolution);
    return e;
}

/* ---- fits */

/* Modes of chi'' into the model. */
static Err find_modes(const SpectraRecipe *r, SpectraFit *f)
{
    const FitQensData *d = &f->selected;
    double reach = 0.0;
    if (r->mode_energy == MODE_GIVEN) {
        f->model.oscillators = (int)r->mode_energies.n;
        memcpy(f->model.energy, r->mode_energies.value, r->mode_energies.n * sizeof(double));
        return OK;
    }
    for (size_t s = 0; s < d->nspectra; s++)
        reach =
            fmax(reach, fmax(-d->spectra[s].energy[0], d->spectra[s].energy[d->spectra[s].n - 1]));
    if (r->mode_energies.n == 0 && (r->modes == 0 || reach <= r->lowest_mode))
        return OK;
    TRY(fit_chi(&f->model, d->nspectra, d->spectra, (int)r->modes, r->lowest_mode,
                r->mode_energies.n, r->mode_energies.value, f->temperature, &f->chi));
    f->has_chi = true;
    fit_chi_apply(&f->chi, &f->model);
    f->model.free_energy = r->mode_energy == MODE_FREE;
    return OK;
}

static Err fit_one(const SpectraRecipe *r, SpectraFit *f)
{
    f->model = (FitQensModel){.resolution = &f->resolution,
                              .lines = (int)r->lines,
                              .temperature = r->balance == 0 ? f->temperature : 0.0,
                              .own_widths = r->widths == WIDTHS_FREE};
    TRY(find_modes(r, f));
    ExperimentQens *x = &f->experiment;
    const FitQensSpectrum *spectra = f->selected.spectra;
    TRY(experiment_qens(&f->model, f->selected.nspectra, spectra, x));
    f->by_bic = x->best;
    f->by_evidence = experiment_qens_by_evidence(x);
    int lines = r->choose == CHOOSE_EVIDENCE ? f->by_evidence
                : r->choose == CHOOSE_FIXED  ? (int)r->lines
                                             : f->by_bic;
    if (!x->fit[lines].converged)
        return err_set(ERR_NUMERICAL, "the fit with %d Lorentzians does not converge", lines);
    if (lines != x->best)
        experiment_qens_settle(&f->model, spectra, lines, x);
    return OK;
}

/* ln(1/tau) of each line against 1/kT. */
static void fit_arrhenius(FitSpectra *f)
{
    double *t = MEM_NEW(double, 3 * f->n), *rate = t + f->n, *variance = t + 2 * f->n;
    for (int k = 0; k < FIT_QENS_MAX_LINES; k++) {
        size_t n = 0;
        for (size_t i = 0; i < f->n; i++) {
            const FitQensResult *r = &f->fit[i].experiment.fit[f->fit[i].experiment.best];
            if (r->lines <= k || !r->identified)
                continue;
            t[n] = f->fit[i].temperature;
            rate[n] = r->width[k] / UNITS_HBAR_MEV_PS;
            double error = r->width_error[k] / r->width[k];
            variance[n++] = error * error;
        }
        f->used[k] = n;
        f->has_arrhenius[k] =
            n >= 2 && arrhenius_fit(n, t, rate, variance, 0.0, false, &f->arrhenius[k]) == OK;
    }
    free(t);
}

static Err fit_all(FitSpectra *f)
{
    for (size_t i = 0; i < f->n; i++) {
        SpectraFit *one = &f->fit[i];
        Err e = fit_one(&f->recipe, one);
        if (e != OK)
            return err_prefix(e, "%s", one->file);
        log_info("%s: %zu spectra, %zu points, %d modes, %d Lorentzians", one->file,
                 one->selected.nspectra, one->experiment.fit[0].npoints, one->model.oscillators,
                 one->experiment.best);
    }
    fit_arrhenius(f);
    return OK;
}

static Err report(const Comm *c, const FitSpectra *f, const char *recipe, const char *output)
{
    char *inputs = NULL;
    Err e = provenance_add_input(&inputs, "recipe", recipe);
    for (size_t i = 0; i < f->n && e == OK; i++) {
        char *path = config_beside(f->recipe.folder, f->fit[i].file);
        e = provenance_add_input(&inputs, "data", path);
        free(path);
    }
    char *text = provenance_text(c, &(ProvenanceRun){.inputs = inputs});
    char *to = output != NULL ? mem_string(output) : mem_format("%s.fit.h5", f->recipe.name);
    fit_spectra_print(f);
    if (e == OK)
        e = fit_spectra_write(f, recipe, text, to);
    free(to);
    free(text);
    free(inputs);
    return e;
}

static void clear_all(FitSpectra *f)
{
    for (size_t i = 0; i < f->n; i++) {
        SpectraFit *one = &f->fit[i];
        free(one->file);
        qens_data_clear(&one->data);
        fit_qens_data_clear(&one->selected);
        resolution_clear(&one->resolution);
        fit_chi_clear(&one->chi);
        experiment_qens_clear(&one->experiment);
    }
    free(f->fit);
    clear_recipe(&f->recipe);
}

static Err run(const Comm *c, const char *recipe, const char *output, bool check)
{
    FitSpectra f = {0};
    Err e = read_recipe(c, recipe, &f.recipe);
    if (e == OK)
        e = read_all(c, &f);
    if (e == OK && check && comm_is_root(c))
        for (size_t i = 0; i < f.n; i++)
            log_info("%s: %zu spectra in the window, %g K, resolution %.4g meV; nothing was fitted",
                     f.fit[i].file, f.fit[i].selected.nspectra, f.fit[i].temperature,
                     resolution_fwhm(&f.fit[i].resolution, 0.0));
    if (e == OK && !check && comm_is_root(c)) {
        e = fit_all(&f);
        if (e == OK)
            e = report(c, &f, recipe, output);
    }
    clear_all(&f);
    return comm_agree(c, e);
}

const FitKind fit_spectra = {
    .name = "qens",
    .help = "QENS spectra of files: modes, Lorentzians, EISF, times; FILE is NAME.fit.h5, a .csv "
            "beside it",
    .run = run,
};
