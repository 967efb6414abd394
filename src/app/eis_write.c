#include "app/eis_write.h"

#include "analysis/arrhenius.h"
#include "analysis/impedance_files.h"
#include "app/stages.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The fitted circuit: names, values, covariance. */
static Err write_circuit(H5 *group, const CircuitFit *f)
{
    const size_t n = (size_t)f->circuit.nparameters, dims[2] = {n, n};
    const char *names[CIRCUIT_PARAMETERS];
    char *units = NULL;
    double *covariance = MEM_NEW(double, n *n);
    for (size_t i = 0; i < n; i++) {
        names[i] = f->circuit.parameter[i].name;
        config_append(&units, "%s%s", i > 0 ? ", " : "", f->circuit.parameter[i].unit);
        for (size_t j = 0; j < n; j++)
            covariance[i * n + j] = f->covariance[i][j];
    }
    Err e = h5_write_text(group, "circuit_text", f->circuit.text);
    if (e == OK)
        e = h5_write_texts(group, "circuit_names", n, names);
    if (e == OK)
        e = h5_write(group, "circuit", 1, &n, f->value, units, "fitted values");
    if (e == OK)
        e = h5_write(group, "circuit_error", 1, &n, f->error, "1",
                     "standard errors of logarithms, of exponents n themselves");
    if (e == OK)
        e = h5_write(group, "circuit_covariance", 2, dims, covariance, "1", "of the same");
    if (e == OK)
        e = h5_write_number(group, "chi2_reduced", f->chi2_reduced, "1", "of the fit");
    free(units);
    free(covariance);
    return e;
}

static Err write_test(H5 *group, const KramersKronig *k)
{
    Err e = h5_write_complex(group, "kramers_kronig_residual", k->n, k->residual, "1",
                             "(Z - fit)/|Z| of the linear Kramers-Kronig test [re, im]");
    if (e == OK)
        e = h5_write_number(group, "kramers_kronig_rms", k->rms, "%", "of these residuals");
    if (e == OK)
        e = h5_write_number(group, "kramers_kronig_consistent", k->consistent, "1",
                            "1: the data obey the Kramers-Kronig relations");
    return e;
}

static Err write_datasets(H5 *group, const EisSpectrum *s)
{
    Err e = h5_write(group, "frequency", 1, &s->n, s->frequency, "Hz", "frequency");
    if (e == OK)
        e = h5_write_complex(group, "conductivity", s->n, s->sigma, "S/cm",
                             "sigma(omega) of the solid [re, im]");
    if (e == OK)
        e = h5_write_complex(group, "impedance_truth", s->n, s->truth, "ohm",
                             "Z at the analyser without noise [re, im]");
    if (e == OK)
        e = h5_write_complex(group, "impedance", s->n, s->noisy, "ohm",
                             "Z with the analyser's noise [re, im]");
    if (e == OK)
        e = h5_write_complex(group, "impedance_error", s->n, s->error, "ohm",
                             "standard errors [of re, of im]");
    if (e == OK)
        e = write_circuit(group, &s->fit);
    if (e == OK && s->has_arc)
        e = h5_write_number(group, "peak", s->arc.peak, "Hz", "frequency of the arc's top");
    if (e == OK && s->has_arc)
        e = h5_write_number(group, "capacitance", s->arc.capacitance, "F", "by Brug's formula");
    if (e == OK && s->has_arc)
        e = h5_write_number(group, "peak_in_window", s->arc.peak_in_window, "1",
                            "0: the arc's peak is below 3 times the lowest frequency, the "
                            "resistance is an extrapolation");
    return e == OK ? write_test(group, &s->test) : e;
}

char *eis_write_note(const StageRun *run, const EisOptions *o, double temperature,
                     const char *source)
{
    return mem_format("T = %g K, %g V; %s; pellet %g mm, %g mm; noise %g of |Z|, seed %lld",
                      temperature, o->amplitude, source, 10.0 * o->thickness, 10.0 * o->diameter,
                      o->noise, (long long)run->study->seed);
}

Err eis_write_files(const char *base, const EisOptions *o, const ImpedanceSpectrum *data,
                    const char *note)
{
    const Pellet pellet = eis_options_pellet(o);
    char *csv = mem_format("%s.csv", base), *zview = mem_format("%s.z", base);
    char *gamry = mem_format("%s.dta", base);
    Err e = impedance_files_write_csv(csv, data, note);
    if (e == OK)
        e = impedance_files_write_zview(zview, data, o->amplitude, note);
    if (e == OK)
        e = impedance_files_write_gamry(gamry, data, o->amplitude, impedance_area(&pellet), note);
    free(csv);
    free(zview);
    free(gamry);
    return e;
}

static Err write_files(const StageRun *run, const EisOptions *o, const EisSpectrum *s)
{
    const ImpedanceSpectrum data = {.n = s->n,
                                    .frequency = s->frequency,
                                    .z = s->noisy,
                                    .error = s->error,
                                    .temperature = s->source.temperature};
    char *base = mem_format("%s/impedance_%gK", run->stage->folder, s->source.temperature);
    char *note = eis_write_note(run, o, s->source.temperature, s->source.text);
    Err e = eis_write_files(base, o, &data, note);
    free(base);
    free(note);
    return e;
}

/* Variance of ln sigma by the measurement and by the simulation that sigma comes from, each temperature for itself. */
static double variance_of(const EisSpectrum *s)
{
    double simulated = s->source.dc_error / creal(s->source.sigma[0]);
    return pow(fmax(s->error_ln, 1e-6), 2.0) + (isfinite(simulated) ? simulated * simulated : 0.0);
}

static Err write_scalars(const EisOptions *o, H5 *file, const EisSpectrum *s)
{
    const Pellet pellet = eis_options_pellet(o);
    double t = s->source.temperature, porous = impedance_porous_factor(&pellet);
    double error = sqrt(variance_of(s) + eis_options_geometry(o));
    char scalar[64];
    snprintf(scalar, sizeof scalar, "sigma_%gK", t);
    Err e = stages_scalar(
        file, scalar, s->value, s->value * error, "S/cm",
        "conductivity of the pellet by the fit, not corrected for pores; error: spread "
        "of noisy measurements, of the simulation if it tells, and geometry");
    snprintf(scalar, sizeof scalar, "sigma_true_%gK", t);
    if (e == OK)
        e = stages_scalar(file, scalar, creal(s->source.sigma[0]), s->source.dc_error, "S/cm",
                          "conductivity of the solid at the lowest frequency of its source");
    snprintf(scalar, sizeof scalar, "sigma_solid_%gK", t);
    if (e == OK && o->mixing != PELLET_DENSE)
        e = stages_scalar(file, scalar, s->value / porous, s->value / porous * error, "S/cm",
                          o->mixing == PELLET_BRUGGEMAN
                              ? "corrected for pores by Bruggeman's formula"
                              : "corrected for pores by Maxwell Garnett's formula");
    return e;
}

static Err write_spectrum(const StageRun *run, const EisOptions *o, H5 *file, size_t number,
                          const EisSpectrum *s)
{
    char name[64];
    H5 *group;
    snprintf(name, sizeof name, "spectra/%gK", s->source.temperature);
    if (h5_exists(file, name))
        return err_set(ERR_INPUT, "two sources have the temperature %g K", s->source.temperature);
    TRY(h5_group(file, name, &group));
    Err e = h5_write_text(group, "source", s->source.text);
    if (e == OK)
        e = h5_write_number(group, "number", (double)number, "1",
                            "place among the stage's temperatures, from 0");
    if (e == OK)
        e = write_datasets(group, s);
    h5_close_group(group);
    if (e == OK)
        e = write_scalars(o, file, s);
    return e == OK ? write_files(run, o, s) : e;
}

static Err write_lines(H5 *file, size_t n, const double t[], const double sigma[],
                       const double variance[], double common)
{
    Arrhenius plain, times;
    TRY(arrhenius_fit(n, t, sigma, variance, common, false, &plain));
    TRY(arrhenius_fit(n, t, sigma, variance, common, true, &times));
    TRY(stages_scalar(file, "Ea_sigma", plain.energy, plain.energy_error, "eV",
                      "from ln(sigma) against 1/kT"));
    TRY(stages_scalar(file, "Ea_sigmaT", times.energy, times.energy_error, "eV",
                      "from ln(sigma T) against 1/kT"));
    TRY(stages_scalar(file, "ln_prefactor_sigma", plain.ln_prefactor, plain.ln_prefactor_error, "1",
                      "ln of the prefactor of sigma in S/cm"));
    return stages_scalar(file, "ln_prefactor_sigmaT", times.ln_prefactor, times.ln_prefactor_error,
                         "1", "ln of the prefactor of sigma T in S K/cm");
}

static Err write_arrhenius(H5 *file, const EisOptions *o, size_t n, const EisSpectrum spectra[])
{
    if (n < 2)
        return OK;
    double *t = MEM_NEW(double, 4 * n), *sigma = t + n, *error = t + 2 * n, *variance = t + 3 * n;
    double *covariance = MEM_NEW(double, n *n), common = eis_options_geometry(o);
    const size_t square[2] = {n, n};
    for (size_t i = 0; i < n; i++) {
        t[i] = spectra[i].source.temperature;
        sigma[i] = spectra[i].value;
        variance[i] = variance_of(&spectra[i]);
        error[i] = sqrt(variance[i] + common);
    }
    for (size_t i = 0; i < n * n; i++)
        covariance[i] = common + (i % (n + 1) == 0 ? variance[i / n] : 0.0);
    Err e = write_lines(file, n, t, sigma, variance, common);
    if (e == OK)
        e = h5_write(file, "arrhenius/temperature", 1, &n, t, "K", "temperature");
    if (e == OK)
        e = h5_write(file, "arrhenius/sigma", 1, &n, sigma, "S/cm", "fitted conductivity");
    if (e == OK)
        e = h5_write(file, "arrhenius/error_ln", 1, &n, error, "1",
                     "standard error of ln(sigma), simulation and geometry included");
    if (e == OK)
        e = h5_write(file, "arrhenius/covariance", 2, square, covariance, "1", "of ln(sigma)");
    free(t);
    free(covariance);
    return e;
}

Err eis_write(const StageRun *run, const EisOptions *o, size_t n, const EisSpectrum spectra[])
{
    H5 *file;
    TRY(stages_create_result(run, &file));
    const EisSource *first = &spectra[0].source;
    Err e = h5_write_text(file, "status", first->text);
    if (e == OK && first->carriers > 0.0)
        e = stages_scalar(file, "carrier_density", first->carriers, NAN, "1/cm^3",
                          "carriers; input");
    if (e == OK && first->hop_rate > 0.0)
        e = stages_scalar(file, "hop_rate", first->hop_rate, NAN, "1/s",
                          "mean rate at which a carrier hops at the first temperature");
    for (size_t i = 0; i < n && e == OK; i++)
        e = write_spectrum(run, o, file, i, &spectra[i]);
    if (e == OK)
        e = write_arrhenius(file, o, n, spectra);
    if (e != OK) {
        h5_close(file);
        return e;
    }
    return h5_commit(file);
}
