#include "analysis/circuit_fit.h"

#include "base/mem.h"
#include "base/units.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- parameters as the fit sees them ---- */

#define EXPONENT_MOST 1.1

static double from_inside(bool exponent, double x)
{
    return exponent ? EXPONENT_MOST / (1.0 + exp(-x)) : exp(x);
}

static double to_inside(bool exponent, double value)
{
    if (!exponent)
        return log(value);
    double n = fmin(fmax(value, 0.01), EXPONENT_MOST - 0.01);
    return log(n / (EXPONENT_MOST - n));
}

/* d(value's coordinate)/dx: coordinates of the covariance are ln value, and n itself. */
static double slope(bool exponent, double value)
{
    return exponent ? value * (1.0 - value / EXPONENT_MOST) : 1.0;
}

/* ---- errors of the data ---- */

/* Standard errors of Re and Im at impedances z (of the data, later of the model). */
static void errors_of(const CircuitData *d, const CircuitFitOptions *o, double noise,
                      const double _Complex z[], double typical, double _Complex error[])
{
    for (size_t i = 0; i < d->n; i++) {
        double modulus = cabs(z[i]);
        double relative = o->limit > 0.0 ? hypot(noise, modulus / o->limit) : noise;
        switch (o->weights) {
        case CIRCUIT_MODULUS:
            error[i] = relative * modulus * (1.0 + I);
            break;
        case CIRCUIT_PROPORTIONAL:
            error[i] = CMPLX(relative * fmax(fabs(creal(z[i])), 1e-3 * modulus),
                             relative * fmax(fabs(cimag(z[i])), 1e-3 * modulus));
            break;
        case CIRCUIT_UNIT:
            error[i] = noise * typical * (1.0 + I);
            break;
        case CIRCUIT_ERRORS:
            error[i] = d->z_error[i];
            break;
        }
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_modulus(const CircuitData *d)
{
    double *m = MEM_NEW(double, d->n);
    for (size_t i = 0; i < d->n; i++)
        m[i] = cabs(d->z[i]);
    qsort(m, d->n, sizeof *m, compare);
    double median = m[d->n / 2];
    free(m);
    return median;
}

/* ---- least squares ---- */

typedef struct Work {
    const Circuit *c;
    const CircuitData *d;
    double _Complex *error; /* [d->n] */
} Work;

static void values_at(const Circuit *c, const gsl_vector *x, double value[])
{
    for (int k = 0; k < c->nparameters; k++)
        value[k] = from_inside(c->parameter[k].exponent, gsl_vector_get(x, (size_t)k));
}

static int residuals(const gsl_vector *x, void *context, gsl_vector *out)
{
    const Work *w = context;
    double value[CIRCUIT_PARAMETERS];
    values_at(w->c, x, value);
    for (size_t i = 0; i < w->d->n; i++) {
        double _Complex r =
            circuit_impedance(w->c, value, 2.0 * PI * w->d->frequency[i]) - w->d->z[i];
        if (!isfinite(creal(r)) || !isfinite(cimag(r)))
            return GSL_EDOM;
        gsl_vector_set(out, 2 * i, creal(r) / creal(w->error[i]));
        gsl_vector_set(out, 2 * i + 1, cimag(r) / cimag(w->error[i]));
    }
    return GSL_SUCCESS;
}

static int jacobian(const gsl_vector *x, void *context, gsl_matrix *j)
{
    const Work *w = context;
    double value[CIRCUIT_PARAMETERS];
    double _Complex dz[CIRCUIT_PARAMETERS];
    values_at(w->c, x, value);
    for (size_t i = 0; i < w->d->n; i++) {
        circuit_derivatives(w->c, value, 2.0 * PI * w->d->frequency[i], dz);
        for (int k = 0; k < w->c->nparameters; k++) {
            double _Complex g = dz[k] * slope(w->c->parameter[k].exponent, value[k]);
            gsl_matrix_set(j, 2 * i, (size_t)k, creal(g) / creal(w->error[i]));
            gsl_matrix_set(j, 2 * i + 1, (size_t)k, cimag(g) / cimag(w->error[i]));
        }
    }
    return GSL_SUCCESS;
}

/* From value [p] to the nearest minimum; false if there is none. covariance in the fit's own coordinates. */
static bool minimise(Work *w, double value[], double *chi2, int *iterations, double covariance[])
{
    const size_t p = (size_t)w->c->nparameters, n = 2 * w->d->n;
    double x[CIRCUIT_PARAMETERS];
    for (size_t k = 0; k < p; k++)
        x[k] = to_inside(w->c->parameter[k].exponent, value[k]);
    gsl_vector_view x0 = gsl_vector_view_array(x, p);
    gsl_multifit_nlinear_fdf f = {.f = residuals, .df = jacobian, .n = n, .p = p, .params = w};
    gsl_multifit_nlinear_parameters how = gsl_multifit_nlinear_default_parameters();
    gsl_multifit_nlinear_workspace *s =
        gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &how, n, p);
    int info = 0, status = gsl_multifit_nlinear_init(&x0.vector, &f, s);
    if (status == GSL_SUCCESS)
        status = gsl_multifit_nlinear_driver(300, 1e-10, 1e-10, 0.0, NULL, NULL, &info, s);
    /* GSL_ENOPROG: no smaller value within rounding, as for data without noise; at the first step, where the start is the minimum
     * (R alone, which is linear), it is only in `info` */
    bool good = status == GSL_SUCCESS || status == GSL_ENOPROG ||
                (status == GSL_EMAXITER && info == GSL_ENOPROG);
    if (good) {
        const gsl_vector *r = gsl_multifit_nlinear_residual(s);
        gsl_matrix_view c = gsl_matrix_view_array(covariance, p, p);
        gsl_blas_ddot(r, r, chi2);
        values_at(w->c, gsl_multifit_nlinear_position(s), value);
        gsl_multifit_nlinear_covar(gsl_multifit_nlinear_jac(s), 0.0, &c.matrix);
        *iterations = (int)gsl_multifit_nlinear_niter(s);
    }
    gsl_multifit_nlinear_free(s);
    return good && isfinite(*chi2);
}

enum { STARTS = 6 };

/* The lowest minimum of several starts; enough when three have come to the same one. */
static bool best_of_starts(Work *w, const double start[], double value[], double *chi2,
                           int *iterations, double covariance[])
{
    double places[STARTS][CIRCUIT_PARAMETERS], first[STARTS],
        trial_covariance[CIRCUIT_PARAMETERS * CIRCUIT_PARAMETERS];
    CircuitStarts s = {.most = STARTS, .value = places, .chi2 = first};
    if (start != NULL) {
        memcpy(places[0], start, (size_t)w->c->nparameters * sizeof *start);
        s.n = 1;
    } else {
        circuit_start_find(w->c, w->d, w->error, &s);
    }
    size_t p = (size_t)w->c->nparameters;
    bool found = false;
    for (int k = 0, met = 0; k < s.n && met < 2; k++) {
        double c;
        int it;
        if (!minimise(w, places[k], &c, &it, trial_covariance))
            continue;
        if (found && fabs(c - *chi2) <= 1e-6 * *chi2) {
            met++;
            continue;
        }
        if (found && c > *chi2)
            continue;
        found = true;
        met = 0;
        *chi2 = c;
        *iterations = it;
        memcpy(value, places[k], p * sizeof *value);
        memcpy(covariance, trial_covariance, p * p * sizeof *covariance);
    }
    return found;
}

/* Errors relative to the model's impedance, and again from there: twice is enough. */
static void reweigh(Work *w, const CircuitFitOptions *o, double noise, double typical,
                    double value[], double *chi2, int *iterations, double covariance[])
{
    double _Complex *z = mem_new(w->d->n, sizeof *z);
    for (int round = 0; round < 2; round++) {
        double trial[CIRCUIT_PARAMETERS];
        for (size_t i = 0; i < w->d->n; i++)
            z[i] = circuit_impedance(w->c, value, 2.0 * PI * w->d->frequency[i]);
        errors_of(w->d, o, noise, z, typical, w->error);
        memcpy(trial, value, sizeof trial);
        if (minimise(w, trial, chi2, iterations, covariance))
            memcpy(value, trial, sizeof trial);
    }
    free(z);
}

static void conclude(const Work *w, double chi2, bool known, double noise,
                     const double covariance[], CircuitFit *fit)
{
    size_t p = (size_t)w->c->nparameters, n = 2 * w->d->n;
    fit->chi2 = chi2;
    fit->chi2_reduced = chi2 / (double)(n - p);
    fit->noise = known ? noise : noise * sqrt(fit->chi2_reduced);
    fit->bic = (known ? chi2 : (double)n * log(fmax(chi2, 1e-300) / (double)n)) +
               (double)p * log((double)n);
    fit->determined = true;
    double scale = known ? 1.0 : fit->chi2_reduced;
    for (size_t i = 0; i < p; i++) {
        double si = slope(w->c->parameter[i].exponent, fit->value[i]);
        for (size_t j = 0; j < p; j++)
            fit->covariance[i][j] = covariance[i * p + j] * scale * si *
                                    slope(w->c->parameter[j].exponent, fit->value[j]);
        fit->error[i] = sqrt(fit->covariance[i][i]);
        fit->determined = fit->determined && fit->error[i] < 1.0;
    }
}

Err circuit_fit(const Circuit *c, const CircuitData *data, const CircuitFitOptions *options,
                CircuitFit *fit)
{
    size_t n = data->n, p = (size_t)c->nparameters;
    if (2 * n <= p)
        return err_set(ERR_INPUT, "fit of %s: %zu frequencies for %zu parameters", c->text, n, p);
    bool errors = options->weights == CIRCUIT_ERRORS;
    bool known = errors || options->noise > 0.0;
    double noise = options->noise > 0.0 ? options->noise : 1.0, chi2 = NAN;
    double covariance[CIRCUIT_PARAMETERS * CIRCUIT_PARAMETERS];
    double typical = median_modulus(data);
    *fit = (CircuitFit){.circuit = *c};
    Work w = {.c = c, .d = data, .error = mem_new(n, sizeof(double _Complex))};
    errors_of(data, options, noise, data->z, typical, w.error);
    gsl_error_handler_t *handler = gsl_set_error_handler_off();
    bool found =
        best_of_starts(&w, options->start, fit->value, &chi2, &fit->iterations, covariance);
    if (found && options->weights < CIRCUIT_UNIT)
        reweigh(&w, options, noise, typical, fit->value, &chi2, &fit->iterations, covariance);
    gsl_set_error_handler(handler);
    if (found)
        conclude(&w, chi2, known, errors ? (double)NAN : noise, covariance, fit);
    free(w.error);
    return found ? OK
                 : err_set(ERR_NUMERICAL,
                           "fit of %s: it converges from none of its starting values; fewer "
                           "elements may be all that the data show",
                           c->text);
}

/* ---- ladders ---- */

static void ladder_text(int arcs, bool resistor, bool electrode, char text[CIRCUIT_TEXT])
{
    size_t at = 0;
    text[0] = '\0';
    if (resistor)
        at += (size_t)snprintf(text, CIRCUIT_TEXT, "R0-");
    for (int k = 1; k <= arcs; k++)
        at +=
            (size_t)snprintf(text + at, CIRCUIT_TEXT - at, "%sp(R%d,Q%d)", k > 1 ? "-" : "", k, k);
    if (electrode)
        snprintf(text + at, CIRCUIT_TEXT - at, "-Q%d", arcs + 1);
}

/* Arcs by falling peak frequency: parameters are exchanged, the circuit's text is not. */
static void sort_arcs(CircuitFit *f)
{
    CircuitArc arcs[CIRCUIT_NODES];
    int n = circuit_arcs(&f->circuit, arcs), order[CIRCUIT_PARAMETERS];
    double tau[CIRCUIT_NODES];
    for (int i = 0; i < f->circuit.nparameters; i++)
        order[i] = i;
    for (int k = 0; k < n; k++)
        tau[k] = pow(f->value[arcs[k].r] * f->value[arcs[k].q], 1.0 / f->value[arcs[k].n]);
    for (int k = 0; k < n; k++) {
        int least = 0; /* the k-th place takes the arc with the k-th smallest time constant */
        for (int j = 1; j < n; j++)
            if (tau[j] < tau[least])
                least = j;
        order[arcs[k].r] = arcs[least].r;
        order[arcs[k].q] = arcs[least].q;
        order[arcs[k].n] = arcs[least].n;
        tau[least] = HUGE_VAL;
    }
    CircuitFit old = *f;
    for (int i = 0; i < f->circuit.nparameters; i++) {
        f->value[i] = old.value[order[i]];
        f->error[i] = old.error[order[i]];
        for (int j = 0; j < f->circuit.nparameters; j++)
            f->covariance[i][j] = old.covariance[order[i]][order[j]];
    }
}

Err circuit_fit_ladder(const CircuitData *data, const CircuitFitOptions *options, int least,
                       int most, bool resistor, bool electrode, CircuitFit *best, double bic[])
{
    bool found = false;
    Err last = OK;
    CHECK(least >= 1 && most <= 6 && options->start == NULL, "%d to %d arcs", least, most);
    for (int k = least; k <= most; k++) {
        char text[CIRCUIT_TEXT];
        Circuit c;
        CircuitFit f;
        ladder_text(k, resistor, electrode, text);
        TRY(circuit_parse(text, &c));
        bic[k - 1] = NAN;
        last = circuit_fit(&c, data, options, &f);
        if (last != OK)
            continue;
        bic[k - 1] = f.bic;
        if (!found || f.bic < best->bic)
            *best = f;
        found = true;
    }
    if (found)
        sort_arcs(best);
    return found ? OK : last;
}

void circuit_fit_arc(const CircuitFit *fit, const CircuitArc *arc, const CircuitData *data,
                     CircuitArcFit *out)
{
    double lowest = HUGE_VAL;
    for (size_t i = 0; i < data->n; i++)
        lowest = fmin(lowest, data->frequency[i]);
    double r = fit->value[arc->r], q = fit->value[arc->q],
           n = arc->n < 0 ? 1.0 : fit->value[arc->n];
    *out = (CircuitArcFit){.r = r,
                           .q = q,
                           .n = n,
                           .error_ln_r = fit->error[arc->r],
                           .peak = pow(r * q, -1.0 / n) / (2.0 * PI),
                           .capacitance = pow(q * pow(r, 1.0 - n), 1.0 / n)};
    out->peak_in_window = out->peak > 3.0 * lowest;
}
