#include "app/kmc_write.h"

#include "analysis/arrhenius.h"
#include "analysis/attempts.h"
#include "analysis/hop_transport.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is known of a case once its replicas are put together. */
typedef struct Result {
    HopTransport transport;
    double unit;                        /* S/cm of 1 A^2/s of the sum of all displacements */
    double scale;                       /* carriers that are meant over carriers simulated */
    Estimate sigma, charge_d, tracer_d; /* S/cm, A^2/s of a Mg */
    Estimate rate, square, f_tracer,
        f_charge; /* hops of all Mg [1/s]; [A^2/s]; correlation factors */
    double events, worst;
    double *mean, *error; /* [2n] of the spectrum, A^2/s */
} Result;

static Estimate times(Estimate e, double factor)
{
    return (Estimate){e.mean * factor, e.error * factor};
}

static Estimate over(Estimate a, double b)
{
    return times(a, 1.0 / b);
}

static double carriers_meant(const HopRun *w)
{
    return w->o->fraction > 0.0              ? w->o->fraction * (double)w->reference
           : w->o->carriers == CARRIERS_NONE ? NAN
                                             : (double)w->o->number;
}

static Estimate column(const HopRun *w, const double *rows, size_t at)
{
    size_t n = (size_t)w->o->replicas;
    double *v = MEM_NEW(double, n);
    for (size_t k = 0; k < n; k++)
        v[k] = rows[k * w->row.n + at];
    Estimate e = blocks_mean(n, v);
    free(v);
    return e;
}

/* [replicas][n] out of the rows. */
static double *columns(const HopRun *w, const double *rows, size_t at, size_t n)
{
    double *v = MEM_NEW(double, (size_t)w->o->replicas *n);
    for (size_t k = 0; k < (size_t)w->o->replicas; k++)
        memcpy(v + k * n, rows + k * w->row.n + at, n * sizeof *v);
    return v;
}

static void put_together(const HopRun *w, size_t which, const double *rows, Result *r)
{
    const HopCase *c = &w->cases[which];
    const HopRow *at = &w->row;
    size_t replicas = (size_t)w->o->replicas;
    double q = w->net->charge, time = rows[HOP_ROW_TIME], ions = (double)w->ions;
    *r = (Result){.scale = w->o->fraction > 0.0 ? carriers_meant(w) / (double)w->o->number : 1.0};
    r->unit = 1e-12 * UNITS_S_CM * q * q / (w->volume * UNITS_KB * c->temperature);
    double *charge = columns(w, rows, at->charge_at, at->points),
           *tracer = columns(w, rows, at->tracer_at, at->points);
    hop_transport_measure(replicas, at->points, charge, tracer, ions, &r->transport);
    free(charge);
    free(tracer);
    double *spectrum = columns(w, rows, at->spectrum_at, 2 * c->n);
    r->mean = MEM_NEW(double, 2 * c->n);
    r->error = MEM_NEW(double, 2 * c->n);
    hop_transport_mean(replicas, 2 * c->n, spectrum, r->mean, r->error);
    free(spectrum);
    double half = 0.5 / c->step; /* S(0) of a frame to D */
    r->sigma = times(r->transport.charge.value, half * r->unit * r->scale);
    r->charge_d = times(r->transport.charge.value, half / ions * r->scale);
    r->tracer_d = times(r->transport.tracer.value, half * r->scale);
    r->rate = over(column(w, rows, HOP_ROW_HOPS), time);
    r->square = over(column(w, rows, HOP_ROW_SQUARE), 6.0 * time); /* D of hops that forget */
    r->f_charge = over(times(r->transport.charge.value, half), r->square.mean);
    r->f_tracer = over(times(r->transport.tracer.value, half * ions), r->square.mean);
    r->events = column(w, rows, HOP_ROW_EVENTS).mean / time;
    for (size_t k = 0; k < replicas; k++)
        r->worst = fmax(r->worst, rows[k * at->n + HOP_ROW_WORST]);
}

static void result_clear(Result *r)
{
    free(r->mean);
    free(r->error);
}

static const char *coulomb_text(const HopRun *w)
{
    static const char *const texts[] = {
        ", no Coulomb forces between carriers", ", with Coulomb forces between defects",
        ", with Coulomb forces between defects in a uniform background"};
    return w->net->charge != 0.0 ? texts[w->o->coulomb] : "";
}

/* ---- the spectrum ---------------------------------------------------------------------------- */

/* DC if it is known, the frequencies of the events, and one far above all rates, where only the instantaneous term is left. */
static Err write_spectrum(H5 *group, const HopCase *c, const Result *r, const char *source)
{
    size_t dc = isnan(r->sigma.mean) ? 0U : 1U, n = dc + c->n + 1, k = dc;
    double unit = r->unit * r->scale, *f = MEM_NEW(double, n), *sigma = MEM_NEW(double, 2 * n),
           *error = MEM_NEW(double, 2 * n);
    if (dc == 1) {
        sigma[0] = r->sigma.mean;
        error[0] = r->sigma.error;
    }
    for (size_t i = 0; i < c->n; i++, k++) {
        f[k] = c->frequency[i];
        for (size_t part = 0; part < 2; part++) {
            sigma[2 * k + part] = unit * r->mean[2 * i + part];
            error[2 * k + part] = unit * r->error[2 * i + part];
        }
    }
    f[k] = fmax(1e13, 100.0 * f[k - 1]);
    sigma[2 * k] = unit * r->square.mean;
    error[2 * k] = unit * r->square.error;
    size_t shape[2] = {n, 2};
    Err e = h5_write(group, "frequency", 1, &n, f, "Hz", "0: the DC value, only if it converged");
    if (e == OK)
        e = h5_write(group, "sigma", 2, shape, sigma, "S/cm",
                     "real and imaginary part; the last is the instantaneous term alone");
    if (e == OK)
        e = h5_write(group, "sigma_error", 2, shape, error, "S/cm",
                     "standard errors over replicas");
    if (e == OK)
        e = h5_write_number(group, "instantaneous", unit * r->square.mean, "S/cm",
                            "sum over hops of (q d)^2/(6 V kT t)");
    if (e == OK)
        e = h5_write_text(group, "source", source);
    if (e == OK)
        e = h5_attr_number(group, NULL, "temperature", c->temperature);
    free(f), free(sigma), free(error);
    return e;
}

static Err write_spectra(const StageRun *run, H5 *file, const HopRun *w, const Result *results)
{
    size_t nt = w->o->ntemperature, speeds = w->o->nspeed;
    Err e = OK;
    for (size_t i = 0; i < nt && e == OK; i++) {
        const HopCase *c = &w->cases[i * speeds];
        char name[64];
        snprintf(name, sizeof name,
                 nt == 1 ? "conductivity_spectrum" : "conductivity_spectrum/T_%gK", c->temperature);
        char *source = mem_format(
            "%s; kinetic Monte Carlo of stage %s%s%s", w->net->source, stage_name(run->stage),
            w->o->fraction > 0.0 ? ", ASSUMED carrier fraction" : "", coulomb_text(w));
        H5 *group;
        e = h5_group(file, name, &group);
        if (e == OK) {
            e = write_spectrum(group, c, &results[i * speeds], source);
            h5_close_group(group);
        }
        free(source);
    }
    return e;
}

/* ---- numbers --------------------------------------------------------------------------------- */

static Err number(H5 *file, const char *what, double kelvin, Estimate e, const char *unit,
                  const char *text)
{
    char name[64];
    snprintf(name, sizeof name, "%s_%gK", what, kelvin);
    return stages_scalar(file, name, e.mean, e.error, unit, text);
}

static Err write_case(H5 *file, const HopRun *w, const HopCase *c, const Result *r)
{
    const double t = c->temperature;
    const Estimate no = {NAN, NAN};
    bool some = w->o->carriers != CARRIERS_NONE;
    const struct {
        const char *name;
        Estimate value;
        const char *unit, *text;
    } all[] = {
        {"sigma", r->sigma, "S/cm", r->transport.charge.status},
        {"sigma_high", times(r->square, r->unit * r->scale), "S/cm",
         "above all rates: the instantaneous term"},
        {"D_charge", r->charge_d, "angstrom^2/s", r->transport.charge.status},
        {"D_tracer", r->tracer_d, "angstrom^2/s", r->transport.tracer.status},
        {"haven", r->transport.haven.value, "1", r->transport.haven.status},
        {"correlation_tracer", r->f_tracer, "1",
         "D_tracer over that of the same hops without memory"},
        {"correlation_charge", r->f_charge, "1",
         "D_charge over that of the same hops without memory"},
        {"hop_rate", over(times(r->rate, r->scale), (double)w->ions), "1/s", "of a Mg, mean"},
        {"hop_rate_carrier", some ? over(r->rate, (double)w->o->number) : no, "1/s",
         "of a carrier, mean; NaN in the perfect lattice"},
        {"rotor_rate",
         {c->clocks.turns, NAN},
         "1/s",
         "turns of a BH4, mean in equilibrium; NaN if BH4 feel each other"},
        {"indicator",
         {fmax(c->clocks.indicator, r->worst), NAN},
         "1",
         "worst k tau CV^2 that was looked at: relative error of mean rates"},
    };
    Err e = OK;
    for (size_t k = 0; k < sizeof all / sizeof all[0] && e == OK; k++)
        e = number(file, all[k].name, t, all[k].value, all[k].unit, all[k].text);
    return e;
}

static void tell(const HopRun *w, const HopCase *c, const Result *r)
{
    char at[48];
    snprintf(at, sizeof at, "%g K%s", c->temperature, "");
    if (w->o->nspeed > 1)
        snprintf(at, sizeof at, "%g K, rotor speed %g", c->temperature, c->speed);
    if (isnan(r->sigma.mean))
        log_info("  %s: sigma below %.3g S/cm; %s", at,
                 r->transport.charge.bound * 0.5 / c->step * r->unit * r->scale,
                 r->transport.charge.status);
    else
        log_info("  %s: sigma = %.4g +- %.2g S/cm, at high frequency %.4g; D* %.4g, Haven ratio "
                 "%.3g +- %.2g",
                 at, r->sigma.mean, r->sigma.error, r->square.mean * r->unit * r->scale,
                 r->tracer_d.mean, r->transport.haven.value.mean, r->transport.haven.value.error);
    log_info("  %s: clocks: %.3g hops/s of a Mg, %.3g of a carrier; %.3g turns/s of a BH4; %.3g "
             "draws for a hop; worst k tau CV^2 %.2g",
             at, r->rate.mean * r->scale / (double)w->ions,
             w->o->carriers == CARRIERS_NONE ? NAN : r->rate.mean / (double)w->o->number,
             c->clocks.turns, r->events / r->rate.mean, fmax(c->clocks.indicator, r->worst));
}

/* What the conductivities would tell somebody who knows nothing of the network but the length of its hops (attempts.h). */
static Err write_attempts(H5 *file, const HopRun *w, double length, const Arrhenius *line, size_t n,
                          const double t[], const double sigma[])
{
    double ions = (double)w->reference, carriers = carriers_meant(w),
           error = line->ln_prefactor_error;
    AttemptsFit fit = {.sample = "the network",
                       .n = n < ATTEMPTS_POINTS ? (int)n : ATTEMPTS_POINTS,
                       .energy = line->energy};
    memcpy(fit.temperature, t, (size_t)fit.n * sizeof *t);
    memcpy(fit.sigma, sigma, (size_t)fit.n * sizeof *sigma);
    TRY(attempts_fit(&(AttemptsMaterial){ions, w->volume, w->net->charge, length, ATTEMPTS_MOBILE},
                     &fit));
    log_info(
        "  attempt frequency implied if every Mg carries: %.3g 1/s; a fraction %.2g carries at "
        "%g 1/s, put in: %.2g",
        fit.attempt, fit.fraction, ATTEMPTS_MOBILE, carriers / ions);
    const struct {
        const char *name, *unit, *text;
        double value, error; /* relative */
    } all[] = {
        {"attempt_all", "1/s", "attempt frequency that sigma T implies if every Mg carries",
         fit.attempt, error},
        {"attempt_carriers", "1/s", "the same if the carriers are those of the run",
         fit.attempt * ions / carriers, error},
        {"fraction_implied", "1", "of Mg that carry if each attempts 1e13 times a second",
         fit.fraction, error},
        {"fraction_put_in", "1", "carriers of the run for each Mg; NaN: the perfect lattice",
         carriers / ions, NAN},
        {"hop_length", "angstrom", "root of the mean square", length, NAN},
    };
    Err e = OK;
    for (size_t k = 0; k < sizeof all / sizeof all[0] && e == OK; k++)
        e = stages_scalar(file, all[k].name, all[k].value, all[k].value * all[k].error, all[k].unit,
                          all[k].text);
    return e;
}

static Err write_arrhenius(const StageRun *run, H5 *file, const HopRun *w, const Result *results)
{
    size_t n = w->o->ntemperature, speeds = w->o->nspeed, known = 0;
    double *t = MEM_NEW(double, n), *sigma = MEM_NEW(double, n), *variance = MEM_NEW(double, n);
    for (size_t i = 0; i < n; i++) {
        const Result *r = &results[i * speeds];
        if (!(r->sigma.mean > 0.0))
            continue;
        t[known] = w->cases[i * speeds].temperature;
        sigma[known] = r->sigma.mean;
        variance[known++] = pow(r->sigma.error / r->sigma.mean, 2.0);
    }
    Err e = OK;
    for (int times_t = 0; times_t < 2 && known >= 2 && e == OK; times_t++) {
        Arrhenius a;
        e = arrhenius_fit(known, t, sigma, variance, 0.0, times_t, &a);
        if (e != OK)
            break;
        log_info("  Ea of %s: %.4f +- %.4f eV", times_t ? "sigma T" : "sigma", a.energy,
                 a.energy_error);
        e = stages_scalar(file, times_t ? "Ea_sigmaT" : "Ea_sigma", a.energy, a.energy_error, "eV",
                          times_t ? "slope of ln(sigma T)" : "slope of ln(sigma)");
        if (e == OK && times_t)
            e = write_attempts(file, w, sqrt(6.0 * results->square.mean / results->rate.mean), &a,
                               known, t, sigma);
    }
    if (n >= 2 && known < 2)
        log_warn("stage '%s': fewer than two conductivities are known: no Arrhenius line",
                 stage_name(run->stage));
    free(t), free(sigma), free(variance);
    return e;
}

static Err write_dose(H5 *file, const HopRun *w, const Result *results)
{
    size_t dims[2] = {w->o->ntemperature, w->o->nspeed}, n = w->ncase;
    double *v = MEM_NEW(double, 3 * n);
    for (size_t i = 0; i < n; i++) {
        v[i] = results[i].sigma.mean;
        v[n + i] = results[i].sigma.error;
        v[2 * n + i] = w->cases[i].clocks.indicator;
    }
    H5 *group;
    Err e = h5_group(file, "dose", &group);
    if (e == OK) {
        e = h5_write(group, "temperature", 1, dims, w->o->temperature, "K", "temperature");
        if (e == OK)
            e = h5_write(group, "rotor_speed", 1, dims + 1, w->o->speed, "1",
                         "factor on all turns");
        if (e == OK)
            e = h5_write(group, "sigma", 2, dims, v, "S/cm", "DC, NaN: not converged");
        if (e == OK)
            e = h5_write(group, "sigma_error", 2, dims, v + n, "S/cm", "standard error");
        if (e == OK)
            e = h5_write(group, "indicator", 2, dims, v + 2 * n, "1", "worst k tau CV^2");
        h5_close_group(group);
    }
    free(v);
    return e;
}

/* Hops by class of edges, per s and replica; and the time of a replica. */
static Err write_counts(H5 *file, const HopRun *w, const double rows[])
{
    size_t classes = (size_t)w->net->nedge_class, dims[2] = {w->ncase, classes};
    double *rate = MEM_NEW(double, w->ncase *classes), *step = MEM_NEW(double, w->ncase);
    const char **labels = MEM_NEW(const char *, classes);
    for (size_t i = 0; i < w->ncase; i++) {
        const double *mine = rows + i * (size_t)w->o->replicas * w->row.n;
        for (size_t c = 0; c < classes; c++)
            rate[i * classes + c] = column(w, mine, w->row.counts_at + c).mean / mine[HOP_ROW_TIME];
        step[i] = w->cases[i].step;
    }
    for (size_t c = 0; c < classes; c++)
        labels[c] = w->net->edge_classes[c].label;
    Err e = h5_write_texts(file, "hops/label", classes, labels);
    if (e == OK)
        e = h5_write(
            file, "hops/rate", 2, dims, rate, "1/s",
            "[case][class of edges] hops of all Mg together; case: temperature, then rotor "
            "speed, which runs faster");
    if (e == OK)
        e = h5_write(file, "hops/step", 1, dims, step, "s",
                     "between frames, from a pilot run [case]");
    free(rate), free(step), free(labels);
    return e;
}

static char *status_text(const HopRun *w)
{
    static const char *const engines[] = {"bridge (exact)", "direct (exact)", "average"};
    char *text = mem_format("%s; engine %s", w->net->source, engines[w->o->engine]);
    if (w->o->engine == HOPPER_AVERAGE)
        config_append(&text, ", mean rates of gates up to k tau CV^2 = %g", w->o->tolerance);
    if (w->o->fraction > 0.0)
        config_append(&text, "; ASSUMED carrier fraction %g, scaled from %lld carriers for %lld Mg",
                      w->o->fraction, (long long)w->o->number, (long long)w->reference);
    config_append(&text, "%s", coulomb_text(w));
    return text;
}

static Err write_all(const StageRun *run, H5 *file, const HopRun *w, const Result *results,
                     const double rows[])
{
    size_t speeds = w->o->nspeed;
    char *status = status_text(w);
    Err e = h5_write_text(file, "status", status);
    log_info("  %s", status);
    free(status);
    for (size_t i = 0; i < w->ncase && e == OK; i++) {
        tell(w, &w->cases[i], &results[i]);
        if (i % speeds == 0)
            e = write_case(file, w, &w->cases[i], &results[i]);
    }
    if (e == OK)
        e = write_spectra(run, file, w, results);
    if (e == OK)
        e = write_arrhenius(run, file, w, results);
    if (e == OK)
        e = write_dose(file, w, results);
    return e == OK ? write_counts(file, w, rows) : e;
}

Err kmc_write(const StageRun *run, const HopRun *w, const double rows[])
{
    H5 *file;
    TRY(stages_create_result(run, &file));
    Result *results = MEM_NEW(Result, w->ncase);
    for (size_t i = 0; i < w->ncase; i++)
        put_together(w, i, rows + i * (size_t)w->o->replicas * w->row.n, &results[i]);
    Err e = write_all(run, file, w, results, rows);
    for (size_t i = 0; i < w->ncase; i++)
        result_clear(&results[i]);
    free(results);
    if (e == OK)
        return h5_commit(file);
    h5_close(file);
    return e;
}
