/* eis_dataset.c -- what an eis stage gives to a data set: impedances drawn several times at every temperature, the truth behind
 * them, covariances of what was fitted to the first. */
#include "app/eis_write.h"
#include "app/stages.h"

#include "analysis/arrhenius.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Gift {
    const StageRun *run;
    const EisOptions *options;
    Dataset *dataset;
    H5 *result;
} Gift;

/* One temperature, as it stands in the result. */
typedef struct Truth {
    size_t set, n;
    double temperature, sigma, sigma_error; /* K, S/cm of the solid */
    double *frequency;
    double _Complex *z;
    char *source;
} Truth;

static void truth_clear(Truth *t)
{
    free(t->frequency);
    free(t->z);
    free(t->source);
}

static bool is_assumed(const EisOptions *o)
{
    return o->from.n == 0 && o->conductivity.n == 0;
}

/* Group "313K" of the result. */
static Err truth_read(const Gift *g, const char *name, Truth *t)
{
    size_t dims[2] = {0};
    double *z = NULL, set;
    char path[64], unit[32];
    H5 *group;
    *t = (Truth){.temperature = strtod(name, NULL)};
    snprintf(path, sizeof path, "spectra/%s", name);
    TRY(h5_group(g->result, path, &group));
    Err e = h5_read_number(group, "number", &set);
    if (e == OK)
        e = h5_read(group, "frequency", 1, &t->n, &t->frequency, NULL);
    if (e == OK)
        e = h5_read_text(group, "source", &t->source);
    if (e == OK)
        e = h5_read(group, "impedance_truth", 2, dims, &z, NULL);
    h5_close_group(group);
    t->z = (double _Complex *)(void *)z;
    TRY(e);
    if (dims[0] != t->n || dims[1] != 2)
        return err_set(ERR_FILE, "%s: %s does not fit together", h5_path(g->result), path);
    t->set = (size_t)set;
    snprintf(path, sizeof path, "sigma_true_%s", name);
    TRY(stages_read_scalar(g->run, stage_name(g->run->stage), path, &t->sigma, &t->sigma_error,
                           unit));
    if (is_assumed(g->options))
        t->sigma_error = 0.0;
    return OK;
}

/* ---- spectra --------------------------------------------------------------------------------- */

/* NAME.csv, .z, .dta with these impedances; errors as the analyser's owner knows them. */
static Err give_files(const Gift *g, const Truth *t, const char *name, const double _Complex z[],
                      const char *what)
{
    static const char *const endings[] = {".csv", ".z", ".dta"};
    const Analyser analyser = eis_options_analyser(g->options);
    double _Complex *error = mem_new(t->n, sizeof *error);
    char *base = NULL;
    for (size_t k = 0; k < 3; k++) {
        char *full = mem_format("%s%s", name, endings[k]);
        char *path = dataset_file(g->dataset, g->run, full, DATASET_IMPEDANCE, what);
        if (k == 0)
            base = mem_format("%.*s", (int)(strlen(path) - strlen(endings[k])), path);
        free(full);
        free(path);
    }
    for (size_t k = 0; k < t->n; k++)
        error[k] = impedance_noise(&analyser, cabs(z[k])) * cabs(z[k]) * (1.0 + I);
    const ImpedanceSpectrum data = {.n = t->n,
                                    .frequency = t->frequency,
                                    .z = (double _Complex *)z,
                                    .error = error,
                                    .temperature = t->temperature};
    char *about = eis_write_note(g->run, g->options, t->temperature, t->source);
    char *note = mem_format("%s; %s; %s", what, about, dataset_line(g->dataset));
    Err e = eis_write_files(base, g->options, &data, note);
    free(base);
    free(about);
    free(note);
    free(error);
    return e;
}

static Err give_draws(const Gift *g, const Truth *t)
{
    const Analyser analyser = eis_options_analyser(g->options);
    double _Complex *z = mem_new(t->n, sizeof *z);
    char name[64];
    snprintf(name, sizeof name, "impedance_%gK_truth", t->temperature);
    Err e = give_files(g, t, name, t->z, "Z without noise");
    for (int64_t k = 1; k <= dataset_draws(g->dataset) && e == OK; k++) {
        memcpy(z, t->z, t->n * sizeof *z);
        impedance_add_noise(&analyser, (uint64_t)g->run->study->seed,
                            eis_write_noise(t->set, k - 1), t->n, z);
        snprintf(name, sizeof name, "impedance_%gK_draw-%03lld", t->temperature, (long long)k);
        e = give_files(g, t, name, z, "Z as measured");
    }
    free(z);
    return e;
}

/* ---- answer key ------------------------------------------------------------------------------ */

/* sigma of the solid, R, Q and n of the pellet: exact for an assumed model, else with the error of its source. */
static void answer(const Gift *g, const Truth *t)
{
    const EisOptions *o = g->options;
    const Pellet pellet = eis_options_pellet(o);
    double porous = impedance_porous_factor(&pellet);
    double r = impedance_cell_constant(&pellet) / (t->sigma * porous);
    const struct {
        const char *name, *unit, *what;
        double value, error;
    } answers[] = {
        {"sigma_true", "S/cm", "conductivity of the solid at the lowest frequency of its source",
         t->sigma, t->sigma_error},
        {"sigma_pellet", "S/cm", "that of the pellet with its pores", t->sigma * porous,
         t->sigma_error * porous},
        {"R", "ohm", "resistance of the pellet with its pores, without contacts", r,
         r * t->sigma_error / t->sigma},
        {"Q", "S s^n", "geometric capacitance of the pellet were it dense",
         impedance_capacitance(&pellet), o->mixing == PELLET_DENSE ? 0.0 : NAN},
        {"n", "1", "exponent of that: an ideal capacitor", 1.0, 0.0},
    };
    for (size_t k = 0; k < sizeof answers / sizeof *answers; k++) {
        char name[64];
        snprintf(name, sizeof name, "%s_%gK", answers[k].name, t->temperature);
        dataset_truth(g->dataset, g->run, name, answers[k].value, answers[k].error, answers[k].unit,
                      answers[k].what);
    }
}

static void answer_of_contacts(const Gift *g)
{
    const Contacts *c = &g->options->contacts;
    if (!(c->electrode_q > 0.0))
        return;
    dataset_truth(g->dataset, g->run, "electrode_q", c->electrode_q, 0.0, "S s^n",
                  "constant phase element of both electrodes");
    dataset_truth(g->dataset, g->run, "electrode_n", c->electrode_n, 0.0, "1", "its exponent");
}

/* Slopes of the true conductivities. */
static Err answer_of_line(const Gift *g, size_t n, const Truth truths[])
{
    double *t = MEM_NEW(double, 2 * n), *sigma = t + n;
    double error = is_assumed(g->options) ? 0.0 : NAN;
    Err e = OK;
    for (size_t i = 0; i < n; i++)
        t[i] = truths[i].temperature, sigma[i] = truths[i].sigma;
    for (int times = 0; times < 2 && n > 1 && e == OK; times++) {
        Arrhenius a;
        e = arrhenius_fit(n, t, sigma, NULL, 0.0, times == 1, &a);
        if (e != OK)
            break;
        dataset_truth(
            g->dataset, g->run, times ? "Ea_sigmaT_true" : "Ea_sigma_true", a.energy, error, "eV",
            times ? "slope of ln(sigma T) of the true conductivities of the solid against 1/kT"
                  : "slope of ln(sigma) of the true conductivities of the solid against 1/kT");
        dataset_truth(g->dataset, g->run,
                      times ? "ln_prefactor_sigmaT_true" : "ln_prefactor_sigma_true",
                      a.ln_prefactor, error, "1",
                      times ? "its ordinate, sigma T in S K/cm" : "its ordinate, sigma in S/cm");
    }
    free(t);
    return e;
}

/* ---- covariances ----------------------------------------------------------------------------- */

static Err covariance_of_circuit(const Gift *g, const char *name)
{
    char path[64], whole[64];
    char **names = NULL;
    double *c = NULL;
    size_t n = 0, dims[2];
    snprintf(path, sizeof path, "spectra/%s/circuit_names", name);
    TRY(h5_read_texts(g->result, path, &n, &names));
    snprintf(path, sizeof path, "spectra/%s/circuit_covariance", name);
    Err e = h5_read(g->result, path, 2, dims, &c, NULL);
    snprintf(whole, sizeof whole, "circuit_%s", name);
    if (e == OK && (dims[0] != n || dims[1] != n))
        e = err_set(ERR_FILE, "%s: %s does not fit its names", h5_path(g->result), path);
    if (e == OK)
        e = dataset_covariance(g->dataset, g->run, whole, n, (const char *const *)names, c,
                               "of logarithms of the parameters, of exponents n themselves, fitted "
                               "to draw 1");
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
    free(c);
    return e;
}

static Err covariance_of_line(const Gift *g, size_t n, const double t[], const double sigma[],
                              const double covariance[])
{
    static const char *const names[] = {"Ea [eV]", "ln_prefactor"};
    for (int times = 0; times < 2; times++) {
        Arrhenius a;
        TRY(arrhenius_fit_covariance(n, t, sigma, covariance, times == 1, &a));
        const double c[] = {a.energy_error * a.energy_error, a.covariance, a.covariance,
                            a.ln_prefactor_error * a.ln_prefactor_error};
        TRY(dataset_covariance(g->dataset, g->run, times ? "arrhenius_sigmaT" : "arrhenius_sigma",
                               2, names, c, "of the line through the fitted conductivities"));
    }
    return OK;
}

static Err covariance_of_sigma(const Gift *g)
{
    double *t = NULL, *sigma = NULL, *c = NULL;
    size_t n = 0, m = 0, dims[2] = {0};
    if (!h5_exists(g->result, "arrhenius"))
        return OK;
    Err e = h5_read(g->result, "arrhenius/temperature", 1, &n, &t, NULL);
    if (e == OK)
        e = h5_read(g->result, "arrhenius/sigma", 1, &m, &sigma, NULL);
    if (e == OK)
        e = h5_read(g->result, "arrhenius/covariance", 2, dims, &c, NULL);
    if (e == OK && (m != n || dims[0] != n || dims[1] != n))
        e = err_set(ERR_FILE, "%s: arrhenius does not fit together", h5_path(g->result));
    char **names = MEM_NEW(char *, n);
    for (size_t i = 0; i < n && e == OK; i++)
        names[i] = mem_format("ln sigma_%gK", t[i]);
    if (e == OK)
        e = dataset_covariance(g->dataset, g->run, "ln_sigma", n, (const char *const *)names, c,
                               "of the fitted conductivities; geometry is common to all");
    if (e == OK)
        e = covariance_of_line(g, n, t, sigma, c);
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
    free(t);
    free(sigma);
    free(c);
    return e;
}

/* ---- together -------------------------------------------------------------------------------- */

static Err give(const Gift *g, size_t n, char *const names[])
{
    Truth *truths = MEM_NEW(Truth, n);
    Err e = OK;
    for (size_t i = 0; i < n && e == OK; i++) {
        e = truth_read(g, names[i], &truths[i]);
        if (e == OK)
            e = give_draws(g, &truths[i]);
        if (e == OK)
            answer(g, &truths[i]);
        if (e == OK)
            e = covariance_of_circuit(g, names[i]);
    }
    if (e == OK)
        answer_of_contacts(g);
    if (e == OK)
        e = answer_of_line(g, n, truths);
    if (e == OK)
        e = covariance_of_sigma(g);
    for (size_t i = 0; i < n; i++)
        truth_clear(&truths[i]);
    free(truths);
    return e;
}

Err eis_dataset(const StageRun *run, const void *options, Dataset *dataset)
{
    Gift g = {.run = run, .options = options, .dataset = dataset};
    H5 *spectra;
    char **names = NULL;
    size_t n = 0;
    TRY(stages_open_result(run, stage_name(run->stage), &g.result));
    Err e = h5_group(g.result, "spectra", &spectra);
    if (e == OK) {
        n = h5_members(spectra, &names);
        h5_close_group(spectra);
        e = give(&g, n, names);
    }
    if (e == OK)
        e = dataset_copy(dataset, run, "result.h5", DATASET_IMPEDANCE,
                         "sigma(omega), Z, the fits to draw 1, Arrhenius lines");
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
    h5_close(g.result);
    return e;
}

Err eis_dataset_describe(const StageRun *run, const void *options, char **yaml)
{
    (void)run;
    const EisOptions *o = options;
    config_append(yaml, "conductivity: \"%s\"\n",
                  is_assumed(o) ? "ASSUMED hop model: its numbers are input of this study"
                                : "of the stages or files that are named");
    config_append(yaml,
                  "noise: \"Gaussian, independent for Re and Im and every frequency, standard "
                  "deviation %g of |Z|%s; draw 1 is what the stage fitted\"\n",
                  o->noise, isnan(o->limit) ? "" : ", more near the analyser's limit");
    return OK;
}
