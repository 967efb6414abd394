#include "app/fit_eis.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"
#include "store/h5.h"
#include "store/provenance.h"
#include "store/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const weight_names[] = {"modulus", "proportional", "unit", "errors"};
static const char *const mixing_names[] = {"none", "Maxwell Garnett", "Bruggeman"};

/* ---- the report ---- */

static void describe_bic(const FitEisSpectrum *s, char **text)
{
    bool any = false;
    for (int k = 0; k < FIT_EIS_ARCS; k++) {
        if (isnan(s->bic[k]))
            continue;
        config_append(text, "%s%d: %.1f", any ? ", " : "  BIC by arcs  ", k + 1, s->bic[k]);
        any = true;
    }
    config_append(text, "%s", any ? "\n" : "");
}

static void describe_spectrum(const FitEis *f, const FitEisSpectrum *s, char **text)
{
    const CircuitFit *c = &s->fit;
    config_append(text, "%s", s->from->file);
    if (!isnan(s->data.temperature))
        config_append(text, ", %g K", s->data.temperature);
    config_append(text, ": %zu frequencies, %g to %g Hz\n  %s: ", s->data.n,
                  s->data.frequency[s->data.n - 1], s->data.frequency[0], c->circuit.text);
    if (f->recipe.noise > 0.0 || f->recipe.weights == CIRCUIT_ERRORS)
        config_append(text, "chi2 %.3f per degree of freedom", c->chi2_reduced);
    else
        config_append(text, "noise %.3g by the scatter", c->noise);
    config_append(text, ", %s\n", c->determined ? "determined" : "NOT DETERMINED");
    describe_bic(s, text);
    for (int i = 0; i < c->circuit.nparameters; i++) {
        const CircuitParameter *p = &c->circuit.parameter[i];
        if (p->exponent)
            config_append(text, "  %-4s %.5f +- %.5f\n", p->name, c->value[i], c->error[i]);
        else
            config_append(text, "  %-4s %.5g +- %.2g %s (%.2g %%)\n", p->name, c->value[i],
                          c->value[i] * c->error[i], p->unit, 100.0 * c->error[i]);
    }
    for (int k = 0; k < s->narcs; k++)
        config_append(text, "  arc of %s: peak at %.4g Hz, capacitance %.4g F (Brug)%s\n",
                      c->circuit.parameter[s->arc_r[k]].name, s->arc[k].peak, s->arc[k].capacitance,
                      s->arc[k].peak_in_window ? ""
                                               : "; WITHIN A FACTOR 3 OF THE LOWEST FREQUENCY: an "
                                                 "extrapolation");
    config_append(
        text,
        "  Kramers-Kronig: %s; residuals rms %.3g %%, largest %.3g %%, %d elements, mu %.2f\n",
        s->test.consistent ? "obeyed" : "VIOLATED", s->test.rms, s->test.largest, s->test.elements,
        s->test.mu);
    if (f->recipe.has_pellet) {
        const Pellet pellet = eis_recipe_pellet(&f->recipe);
        double e = sqrt(s->error_ln * s->error_ln + f->geometry);
        config_append(
            text, "  sigma %.4g +- %.2g S/cm of the pellet, L/(A %s), not corrected for pores\n",
            s->conductivity, s->conductivity * e, f->recipe.resistance);
        if (pellet.mixing != PELLET_DENSE)
            config_append(text, "  sigma %.4g +- %.2g S/cm of the solid, porosity %g by %s\n",
                          s->conductivity / impedance_porous_factor(&pellet),
                          s->conductivity / impedance_porous_factor(&pellet) * e, pellet.porosity,
                          mixing_names[pellet.mixing]);
    }
}

static void describe_lines(const char *what, const FitEisLines *l, char **text)
{
    if (!l->made)
        return;
    const Arrhenius *const line[2] = {&l->plain, &l->times};
    config_append(text, "%s\n", what);
    for (int k = 0; k < 2; k++) {
        const Arrhenius *a = line[k];
        config_append(
            text,
            "  ln(sigma%s) against 1/kT: Ea %.4f +- %.4f eV, ln A %.3f +- %.3f (A in S%s/cm), "
            "correlation %.4f, chi2 %.3g",
            k ? " T" : "", a->energy, a->energy_error, a->ln_prefactor, a->ln_prefactor_error,
            k ? " K" : "", a->covariance / (a->energy_error * a->ln_prefactor_error), a->chi2);
        if (!isnan(a->probability))
            config_append(text, ", probability %.2g", a->probability);
        config_append(text, "\n");
    }
}

char *fit_eis_describe(const FitEis *f)
{
    char *text = NULL;
    config_append(&text, "fit eis %s: weights %s\n", f->recipe.name,
                  weight_names[f->recipe.weights]);
    for (size_t i = 0; i < f->n; i++)
        describe_spectrum(f, &f->spectrum[i], &text);
    describe_lines("Arrhenius, errors of the fits and of the geometry:", &f->lines, &text);
    if (f->nmeasured > 0) {
        char *what =
            mem_format("Arrhenius of %zu published conductivities, %s, %s; errors from their "
                       "scatter:",
                       f->nmeasured, f->recipe.measured, f->recipe.sample);
        describe_lines(what, &f->measured_lines, &text);
        free(what);
    }
    return text;
}

/* ---- HDF5 ---- */

static Err write_fit(H5 *group, const CircuitFit *c)
{
    const size_t n = (size_t)c->circuit.nparameters, dims[2] = {n, n};
    const char *names[CIRCUIT_PARAMETERS], *units[CIRCUIT_PARAMETERS];
    double *covariance = MEM_NEW(double, n *n);
    for (size_t i = 0; i < n; i++) {
        names[i] = c->circuit.parameter[i].name;
        units[i] = c->circuit.parameter[i].unit;
        for (size_t j = 0; j < n; j++)
            covariance[i * n + j] = c->covariance[i][j];
    }
    Err e = h5_write_text(group, "circuit", c->circuit.text);
    if (e == OK)
        e = h5_write_texts(group, "parameter", n, names);
    if (e == OK)
        e = h5_write_texts(group, "parameter_unit", n, units);
    if (e == OK)
        e = h5_write(group, "value", 1, &n, c->value, "1", "in the units of parameter_unit");
    if (e == OK)
        e = h5_write(group, "error", 1, &n, c->error, "1",
                     "standard errors of ln(value), of exponents n of n itself");
    if (e == OK)
        e = h5_write(group, "covariance", 2, dims, covariance, "1", "of the same");
    if (e == OK)
        e = h5_write_number(group, "chi2_reduced", c->chi2_reduced, "1", "per degree of freedom");
    if (e == OK)
        e = h5_write_number(group, "bic", c->bic, "1", "Bayesian information criterion");
    free(covariance);
    return e;
}

static Err write_arcs(H5 *group, const FitEisSpectrum *s)
{
    size_t n = (size_t)s->narcs;
    double peak[CIRCUIT_NODES], capacitance[CIRCUIT_NODES], window[CIRCUIT_NODES];
    if (n == 0)
        return OK;
    for (size_t k = 0; k < n; k++) {
        peak[k] = s->arc[k].peak;
        capacitance[k] = s->arc[k].capacitance;
        window[k] = s->arc[k].peak_in_window;
    }
    Err e = h5_write(group, "arc_peak", 1, &n, peak, "Hz", "frequency of the top");
    if (e == OK)
        e = h5_write(group, "arc_capacitance", 1, &n, capacitance, "F", "by Brug's formula");
    if (e == OK)
        e = h5_write(group, "arc_peak_in_window", 1, &n, window, "1",
                     "0: below 3 times the lowest frequency, R is an extrapolation");
    return e;
}

static Err write_data(H5 *group, const FitEisSpectrum *s)
{
    const ImpedanceSpectrum *d = &s->data;
    double _Complex *fitted = mem_new(d->n, sizeof *fitted);
    for (size_t i = 0; i < d->n; i++)
        fitted[i] = circuit_impedance(&s->fit.circuit, s->fit.value, 2.0 * PI * d->frequency[i]);
    Err e = h5_write(group, "frequency", 1, &d->n, d->frequency, "Hz", "frequency");
    if (e == OK)
        e = h5_write_complex(group, "impedance", d->n, d->z, "ohm", "data [re, im]");
    if (e == OK && d->error != NULL)
        e = h5_write_complex(group, "impedance_error", d->n, d->error, "ohm",
                             "as given [of re, of im]");
    if (e == OK)
        e = h5_write_complex(group, "fitted", d->n, fitted, "ohm",
                             "impedance of the circuit [re, im]");
    if (e == OK)
        e = h5_write_complex(group, "kramers_kronig_residual", d->n, s->test.residual, "1",
                             "(Z - fit)/|Z| of the test [re, im]");
    if (e == OK)
        e = h5_write_number(group, "kramers_kronig_rms", s->test.rms, "%", "of these residuals");
    if (e == OK)
        e = h5_write_number(group, "kramers_kronig_consistent", s->test.consistent, "1",
                            "1: the data obey the relations");
    free(fitted);
    return e;
}

static Err write_spectrum(H5 *spectra, size_t number, const FitEis *f, const FitEisSpectrum *s)
{
    H5 *group;
    char name[24];
    snprintf(name, sizeof name, "%zu", number);
    TRY(h5_group(spectra, name, &group));
    Err e = h5_write_text(group, "file", s->from->file);
    if (e == OK)
        e = h5_write_number(group, "temperature", s->data.temperature, "K", "NaN: not said");
    if (e == OK)
        e = write_data(group, s);
    if (e == OK)
        e = write_fit(group, &s->fit);
    if (e == OK)
        e = write_arcs(group, s);
    if (e == OK && f->recipe.has_pellet)
        e = h5_write_number(group, "sigma", s->conductivity, "S/cm", "of the pellet, uncorrected");
    if (e == OK && f->recipe.has_pellet)
        e = h5_write_number(group, "sigma_error",
                            s->conductivity * sqrt(s->error_ln * s->error_ln + f->geometry), "S/cm",
                            "standard error, geometry included");
    h5_close_group(group);
    return e;
}

static Err write_line(H5 *at, const char *name, const Arrhenius *a)
{
    H5 *group;
    TRY(h5_group(at, name, &group));
    Err e = h5_write_number(group, "energy", a->energy, "eV", "activation energy");
    if (e == OK)
        e = h5_write_number(group, "energy_error", a->energy_error, "eV", "standard error");
    if (e == OK)
        e = h5_write_number(group, "ln_prefactor", a->ln_prefactor, "1",
                            a->times_t ? "of S K/cm" : "of S/cm");
    if (e == OK)
        e = h5_write_number(group, "ln_prefactor_error", a->ln_prefactor_error, "1",
                            "standard error");
    if (e == OK)
        e = h5_write_number(group, "covariance", a->covariance, "eV", "of energy and ln_prefactor");
    if (e == OK)
        e = h5_write_number(group, "chi2", a->chi2, "1", "of the line");
    h5_close_group(group);
    return e;
}

static Err write_lines(H5 *file, const char *name, const FitEisLines *l)
{
    H5 *group;
    if (!l->made)
        return OK;
    TRY(h5_group(file, name, &group));
    Err e = write_line(group, "sigma", &l->plain);
    if (e == OK)
        e = write_line(group, "sigmaT", &l->times);
    h5_close_group(group);
    return e;
}

static Err inputs_of(const FitEis *f, const char *recipe, char **inputs)
{
    TRY(provenance_add_input(inputs, "recipe", recipe));
    for (size_t i = 0; i < f->recipe.nfiles + 1; i++) {
        const char *file = i < f->recipe.nfiles ? f->recipe.file[i].file : f->recipe.measured;
        if (file == NULL)
            continue;
        char *path = eis_recipe_path(&f->recipe, file);
        Err e = provenance_add_input(inputs, i < f->recipe.nfiles ? "impedance" : "measured", path);
        free(path);
        TRY(e);
    }
    return OK;
}

static Err write_members(const FitEis *f, const char *recipe, H5 *file, const char *text)
{
    char *inputs = NULL;
    Err e = inputs_of(f, recipe, &inputs);
    char *provenance =
        provenance_text(f->comm, &(ProvenanceRun){.seed = -1, .finished = true, .inputs = inputs});
    H5 *spectra = NULL;
    if (e == OK)
        e = h5_write_text(file, "provenance", provenance);
    if (e == OK)
        e = h5_write_text(file, "summary", text);
    if (e == OK)
        e = h5_group(file, "spectra", &spectra);
    for (size_t i = 0; i < f->n && e == OK; i++)
        e = write_spectrum(spectra, i + 1, f, &f->spectrum[i]);
    if (spectra != NULL)
        h5_close_group(spectra);
    if (e == OK)
        e = write_lines(file, "arrhenius", &f->lines);
    if (e == OK)
        e = write_lines(file, "arrhenius_measured", &f->measured_lines);
    free(provenance);
    free(inputs);
    return e;
}

/* ---- CSV ---- */

enum { COLUMNS = 10 };

static Err write_table(const FitEis *f, const char *path)
{
    static const char *const names[COLUMNS] = {
        "file",           "circuit",      "T",     "R", "R_error", "sigma", "sigma_error",
        "arcs_in_window", "chi2_reduced", "KK_rms"};
    static const char *const units[COLUMNS] = {NULL,   NULL,   "K", "ohm", "ohm",
                                               "S/cm", "S/cm", "1", "1",   "%"};
    size_t n = f->n;
    double *v = MEM_NEW(double, COLUMNS *n + 1);
    const char **texts = mem_new(2 * n + 1, sizeof *texts);
    TableColumn column[COLUMNS];
    for (size_t i = 0; i < n; i++) {
        const FitEisSpectrum *s = &f->spectrum[i];
        double window = 1.0;
        for (int k = 0; k < s->narcs; k++)
            window = s->arc[k].peak_in_window ? window : 0.0;
        texts[i] = s->from->file;
        texts[n + i] = s->fit.circuit.text;
        const double row[COLUMNS] = {NAN,
                                     NAN,
                                     s->data.temperature,
                                     s->resistance,
                                     s->resistance * s->error_ln,
                                     s->conductivity,
                                     s->conductivity *
                                         sqrt(s->error_ln * s->error_ln + f->geometry),
                                     window,
                                     s->fit.chi2_reduced,
                                     s->test.rms};
        for (size_t k = 0; k < COLUMNS; k++)
            v[k * n + i] = row[k];
    }
    for (size_t k = 0; k < COLUMNS; k++)
        column[k] = (TableColumn){names[k], units[k], v + k * n, k < 2 ? texts + k * n : NULL};
    Err e = table_write(path, COLUMNS, column, n);
    free(v);
    free(texts);
    return e;
}

Err fit_eis_write(const FitEis *f, const char *recipe, const char *output, const char *text)
{
    H5 *file;
    size_t stem = strlen(output);
    if (stem > 3 && strcmp(output + stem - 3, ".h5") == 0)
        stem -= 3;
    TRY(h5_create(output, &file));
    Err e = write_members(f, recipe, file, text);
    if (e != OK) {
        h5_close(file);
        return e;
    }
    TRY(h5_commit(file));
    if (f->n == 0) {
        log_info("written: %s", output);
        return OK;
    }
    char *csv = mem_format("%.*s.csv", (int)stem, output);
    e = write_table(f, csv);
    if (e == OK)
        log_info("written: %s, %s", output, csv);
    free(csv);
    return e;
}
