/* fit_eis.c -- `paddlewheel fit eis RECIPE`: impedance files -> circuits, Kramers-Kronig test, conductivities, Arrhenius lines.
 *
 * Measured and simulated files go the same way. Every rank reads and fits, rank 0 writes.
 */
#include "app/fit_eis.h"

#include "app/fit.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

/* The part of a spectrum between the recipe's limits; takes over its arrays. */
static void keep_window(const EisRecipe *r, ImpedanceSpectrum *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (s->frequency[i] < r->lowest || s->frequency[i] > r->highest)
            continue;
        s->frequency[n] = s->frequency[i];
        s->z[n] = s->z[i];
        if (s->error != NULL)
            s->error[n] = s->error[i];
        n++;
    }
    s->n = n;
}

static Err add_spectrum(FitEis *f, const EisRecipeFile *from, ImpedanceSpectrum *s)
{
    if (f->n == f->room) {
        f->spectrum = mem_resize(f->spectrum, f->n, 2 * f->room + 8, sizeof *f->spectrum);
        f->room = 2 * f->room + 8;
    }
    FitEisSpectrum *to = &f->spectrum[f->n++];
    *to = (FitEisSpectrum){.from = from, .data = *s, .conductivity = NAN};
    *s = (ImpedanceSpectrum){0}; /* its arrays are ours now */
    for (int k = 0; k < FIT_EIS_ARCS; k++)
        to->bic[k] = NAN;
    keep_window(&f->recipe, &to->data);
    if (to->data.n < 5)
        return config_error(from->node, "file",
                            "%zu frequencies lie between 'lowest' and 'highest'; five are needed",
                            to->data.n);
    if (f->recipe.weights == CIRCUIT_ERRORS && to->data.error == NULL)
        return config_error(
            from->node, "file",
            "has no standard errors (sigma'/ohm, sigma''/ohm) for 'weights: errors'");
    return OK;
}

static Err take_file(FitEis *f, const EisRecipeFile *from, const char *bytes, size_t size)
{
    const EisRecipe *r = &f->recipe;
    const ImpedanceColumns columns = {.frequency = from->frequency,
                                      .real = from->real,
                                      .imaginary = from->imaginary,
                                      .temperature = from->temperature_column};
    const Pellet pellet = eis_recipe_pellet(r);
    ImpedanceFile file;
    TRY(impedance_files_read(from->file, bytes, size, (ImpedanceFormat)from->format, &columns,
                             r->has_pellet ? &pellet : NULL, &file));
    Err e = OK;
    if (file.note != NULL)
        log_info("  %s: %s", from->file, file.note);
    if (!isnan(from->temperature) && file.n > 1)
        e = config_error(from->node, "temperature", "the file itself has %zu temperatures", file.n);
    for (size_t i = 0; i < file.n && e == OK; i++) {
        if (!isnan(from->temperature))
            file.spectrum[i].temperature = from->temperature;
        e = add_spectrum(f, from, &file.spectrum[i]);
    }
    impedance_files_clear(&file);
    return e;
}

static Err read_files(FitEis *f)
{
    Err e = OK;
    for (size_t i = 0; i < f->recipe.nfiles && e == OK; i++) {
        const EisRecipeFile *from = &f->recipe.file[i];
        char *path = eis_recipe_path(&f->recipe, from->file), *bytes = NULL;
        size_t size = 0;
        if (comm_read_file(f->comm, path, &bytes, &size) != OK)
            e = config_error(from->node, "file", "'%s' cannot be read (looked for %s)", from->file,
                             path);
        else
            e = take_file(f, from, bytes, size);
        free(bytes);
        free(path);
    }
    return e;
}

/* Rows "ionic conductivity" of the sample in a table of published numbers. */
static Err take_measured(FitEis *f, const Table *t)
{
    static const char *const names[] = {"quantity", "sample", "T_K", "value", "unit"};
    size_t column[5];
    for (int k = 0; k < 5; k++)
        TRY(table_column(t, names[k], &column[k]));
    f->measured_t = MEM_NEW(double, table_rows(t));
    f->measured_sigma = MEM_NEW(double, table_rows(t));
    for (size_t i = 0; i < table_rows(t); i++) {
        if (strcmp(table_text(t, i, column[0]), "ionic conductivity") != 0 ||
            strcmp(table_text(t, i, column[1]), f->recipe.sample) != 0)
            continue;
        if (strcmp(table_text(t, i, column[4]), "S/cm") != 0)
            return table_error(t, i, column[4], "S/cm is needed");
        TRY(table_number(t, i, column[2], &f->measured_t[f->nmeasured]));
        TRY(table_number(t, i, column[3], &f->measured_sigma[f->nmeasured]));
        f->nmeasured++;
    }
    if (f->nmeasured < 2)
        return config_error(f->recipe.measured_map, "sample",
                            "%zu conductivities of '%s' in the table; two are needed", f->nmeasured,
                            f->recipe.sample);
    return OK;
}

static Err read_measured(FitEis *f)
{
    if (f->recipe.measured == NULL)
        return OK;
    Table *t = NULL;
    char *path = eis_recipe_path(&f->recipe, f->recipe.measured);
    Err e = table_open(f->comm, path, &t);
    if (e == OK)
        e = take_measured(f, t);
    if (t != NULL)
        table_close(t);
    free(path);
    return e;
}

/* ---- fitting ---- */

static Err fit_circuit(const FitEis *f, FitEisSpectrum *s)
{
    const EisRecipe *r = &f->recipe;
    const CircuitData data = {
        .n = s->data.n, .frequency = s->data.frequency, .z = s->data.z, .z_error = s->data.error};
    const CircuitFitOptions o = {.weights = (CircuitWeights)r->weights,
                                 .noise = r->noise,
                                 .limit = isnan(r->limit) ? 0.0 : r->limit,
                                 .start = r->has_start ? r->start : NULL};
    if (r->circuit != NULL)
        TRY(circuit_fit(&r->parsed, &data, &o, &s->fit));
    else
        TRY(circuit_fit_ladder(&data, &o, r->arcs > 0 ? (int)r->arcs : 1,
                               r->arcs > 0 ? (int)r->arcs : (int)r->most_arcs, r->resistor,
                               r->electrode, &s->fit, s->bic));
    CircuitArc arcs[CIRCUIT_NODES];
    s->narcs = circuit_arcs(&s->fit.circuit, arcs);
    for (int k = 0; k < s->narcs; k++) {
        circuit_fit_arc(&s->fit, &arcs[k], &data, &s->arc[k]);
        s->arc_r[k] = arcs[k].r;
    }
    int at = circuit_find(&s->fit.circuit, r->resistance);
    if (at < 0)
        return err_set(ERR_INPUT, "the fitted circuit %s has no '%s' (key resistance)",
                       s->fit.circuit.text, r->resistance);
    s->resistance = s->fit.value[at];
    s->error_ln = s->fit.error[at];
    if (r->has_pellet) {
        const Pellet pellet = eis_recipe_pellet(r);
        s->conductivity = impedance_cell_constant(&pellet) / s->resistance;
    }
    return OK;
}

static void warn(const FitEisSpectrum *s)
{
    char where[120];
    snprintf(where, sizeof where, "%s, %g K", s->from->file, s->data.temperature);
    for (int k = 0; k < s->narcs; k++)
        if (!s->arc[k].peak_in_window)
            log_warn(
                "%s: the arc of %s peaks at %.3g Hz, within a factor 3 of the lowest frequency "
                "%.3g Hz or below it: its resistance is an extrapolation",
                where, s->fit.circuit.parameter[s->arc_r[k]].name, s->arc[k].peak,
                s->data.frequency[s->data.n - 1]);
    if (!s->fit.determined)
        log_warn("%s: the data do not determine all of %s", where, s->fit.circuit.text);
    if (!s->test.consistent)
        log_warn(
            "%s: the data violate the Kramers-Kronig relations: rms of residuals %.2f %%, largest "
            "%.2f %%",
            where, s->test.rms, s->test.largest);
}

static Err fit_files(FitEis *f)
{
    for (size_t i = 0; i < f->n; i++) {
        FitEisSpectrum *s = &f->spectrum[i];
        TRY(err_prefix(fit_circuit(f, s), "%s, %g K", s->from->file, s->data.temperature));
        TRY(err_prefix(
            kramers_kronig_test(s->data.n, s->data.frequency, s->data.z, &f->recipe.test, &s->test),
            "%s, %g K", s->from->file, s->data.temperature));
        warn(s);
    }
    return OK;
}

static Err make_lines(size_t n, const double t[], const double sigma[], const double variance[],
                      double common, FitEisLines *lines)
{
    TRY(arrhenius_fit(n, t, sigma, variance, common, false, &lines->plain));
    TRY(arrhenius_fit(n, t, sigma, variance, common, true, &lines->times));
    lines->made = true;
    return OK;
}

static Err fit_lines(FitEis *f)
{
    double *t = MEM_NEW(double, 3 * f->n + 1), *sigma = t + f->n, *variance = t + 2 * f->n;
    double lowest = HUGE_VAL, highest = 0.0;
    bool all = f->recipe.has_pellet;
    for (size_t i = 0; i < f->n; i++) {
        t[i] = f->spectrum[i].data.temperature;
        sigma[i] = f->spectrum[i].conductivity;
        variance[i] = pow(fmax(f->spectrum[i].error_ln, 1e-9), 2.0);
        all = all && !isnan(t[i]);
        lowest = fmin(lowest, t[i]);
        highest = fmax(highest, t[i]);
    }
    f->geometry =
        f->recipe.has_pellet
            ? arrhenius_geometry(f->recipe.pellet.thickness_error / f->recipe.pellet.thickness,
                                 f->recipe.pellet.diameter_error / f->recipe.pellet.diameter)
            : 0.0;
    Err e = OK;
    if (all && highest > lowest)
        e = make_lines(f->n, t, sigma, variance, f->geometry, &f->lines);
    else if (f->n > 1)
        log_info("  no Arrhenius line: it needs a pellet and two temperatures");
    if (e == OK && f->nmeasured > 0)
        e = err_prefix(make_lines(f->nmeasured, f->measured_t, f->measured_sigma, NULL, 0.0,
                                  &f->measured_lines),
                       "%s", f->recipe.measured);
    free(t);
    return e;
}

static void clear(FitEis *f)
{
    for (size_t i = 0; i < f->n; i++) {
        FitEisSpectrum *s = &f->spectrum[i];
        free(s->data.frequency);
        free(s->data.z);
        free(s->data.error);
        kramers_kronig_clear(&s->test);
    }
    free(f->spectrum);
    free(f->measured_t);
    free(f->measured_sigma);
    eis_recipe_clear(&f->recipe);
}

static Err run(const Comm *c, const char *recipe, const char *output, bool check)
{
    FitEis f = {.comm = c};
    Err e = eis_recipe_read(c, recipe, &f.recipe);
    if (e == OK)
        e = read_files(&f);
    if (e == OK)
        e = read_measured(&f);
    if (e == OK && check)
        log_info("%zu spectra of %zu files, %zu published conductivities; nothing was fitted", f.n,
                 f.recipe.nfiles, f.nmeasured);
    if (e == OK && !check)
        e = fit_files(&f);
    if (e == OK && !check)
        e = fit_lines(&f);
    if (e == OK && !check && comm_is_root(c)) {
        char *to = output != NULL ? mem_string(output) : mem_format("%s.h5", f.recipe.name);
        char *text = fit_eis_describe(&f);
        fputs(text, stdout);
        e = fit_eis_write(&f, recipe, to, text);
        free(text);
        free(to);
    }
    clear(&f);
    return comm_agree(c, e);
}

const FitKind fit_eis = {
    .name = "eis",
    .help = "circuits, Kramers-Kronig test, Arrhenius lines of impedance files (explain fit-eis); "
            "FILE is "
            "NAME.h5",
    .run = run,
};
