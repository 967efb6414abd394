#include "analysis/fit_pdf.h"

#include "base/mem.h"
#include "base/units.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ITERATIONS = 200 };

typedef struct Least {
    FitPdfModel *m;
    const FitPdfData *data;
    CrystalPdf *pdf;
    size_t n, np;
    double *weight;            /* [n] 1/standard error */
    double *g, *dg, *residual; /* [n], [np][n], [n] weighted obs - calc; dg is weighted too */
    double *normal, *gradient; /* [np][np] J'J, [np] J'res */
} Least;

static Err values_model(Least *l, const double values[], double *cost)
{
    TRY(fit_pdf_model(l->m, l->pdf, values, l->n, l->g, l->dg));
    *cost = 0.0;
    for (size_t i = 0; i < l->n; i++) {
        l->residual[i] = (l->data->g[i] - l->g[i]) * l->weight[i];
        *cost += l->residual[i] * l->residual[i];
    }
    for (size_t k = 0; k < l->np; k++)
        for (size_t i = 0; i < l->n; i++)
            l->dg[k * l->n + i] *= l->weight[i];
    return isfinite(*cost) ? OK : err_set(ERR_NUMERICAL, "G(r): not a number");
}

static void form_normal(Least *l)
{
    for (size_t a = 0; a < l->np; a++) {
        const double *ja = l->dg + a * l->n;
        double sum = 0.0;
        for (size_t i = 0; i < l->n; i++)
            sum += ja[i] * l->residual[i];
        l->gradient[a] = sum;
        for (size_t b = a; b < l->np; b++) {
            const double *jb = l->dg + b * l->n;
            sum = 0.0;
            for (size_t i = 0; i < l->n; i++)
                sum += ja[i] * jb[i];
            l->normal[a * l->np + b] = l->normal[b * l->np + a] = sum;
        }
    }
}

/* (A + lambda diag A)^-1 of the free parameters, scaled to a unit diagonal before it is factorised; rows and columns of held ones
 * are 0. False if A is singular. */
static bool invert(const Least *l, const bool held[], double lambda, double inverse[])
{
    size_t np = l->np;
    gsl_matrix *m = gsl_matrix_calloc(np, np);
    bool good = true;
    for (size_t a = 0; a < np; a++)
        for (size_t b = 0; b < np; b++) {
            double scale = sqrt(l->normal[a * np + a] * l->normal[b * np + b]);
            bool free = !held[a] && !held[b];
            good = good && (!free || scale > 0.0);
            gsl_matrix_set(m, a, b,
                           a == b ? 1.0 + (held[a] ? 0.0 : lambda)
                           : free ? l->normal[a * np + b] / scale
                                  : 0.0);
        }
    gsl_error_handler_t *handler = gsl_set_error_handler_off();
    good = good && gsl_linalg_cholesky_decomp1(m) == GSL_SUCCESS;
    for (size_t a = 0; good && a < np; a++) /* the smallest pivot tells how nearly singular it is */
        good = gsl_matrix_get(m, a, a) > 1e-7;
    good = good && gsl_linalg_cholesky_invert(m) == GSL_SUCCESS;
    gsl_set_error_handler(handler);
    for (size_t a = 0; good && a < np; a++)
        for (size_t b = 0; b < np; b++)
            inverse[a * np + b] =
                held[a] || held[b]
                    ? 0.0
                    : gsl_matrix_get(m, a, b) / sqrt(l->normal[a * np + a] * l->normal[b * np + b]);
    gsl_matrix_free(m);
    return good;
}

/* At a bound and pushed outwards. */
static void hold(const Least *l, const double values[], bool held[])
{
    for (size_t k = 0; k < l->np; k++) {
        const FitPdfParameter *p = &l->m->parameter[k];
        held[k] = (values[k] <= p->low && l->gradient[k] < 0.0) ||
                  (values[k] >= p->high && l->gradient[k] > 0.0);
    }
}

static double clamp(const FitPdfParameter *p, double value)
{
    return value < p->low ? p->low : value > p->high ? p->high : value;
}

/* The trial step inside the bounds. *largest: its greatest size relative to the parameter's own scale (standard error or value). */
static void step(const Least *l, const double inverse[], const double values[], double trial[],
                 double *largest)
{
    *largest = 0.0;
    for (size_t a = 0; a < l->np; a++) {
        const FitPdfParameter *p = &l->m->parameter[a];
        double d = 0.0;
        for (size_t b = 0; b < l->np; b++)
            d += inverse[a * l->np + b] * l->gradient[b];
        trial[a] = clamp(p, values[a] + d);
        double size = fmax(fabs(values[a]), 1e-3 * fmin(1.0, p->high - p->low));
        *largest = fmax(*largest, fabs(trial[a] - values[a]) / size);
    }
}

/* Which parameters make the normal matrix singular, for the message. */
static Err singular(const Least *l, const bool held[])
{
    const FitPdfModel *m = l->m;
    size_t a = 0, b = 0;
    double most = -1.0;
    for (size_t i = 0; i < l->np; i++)
        for (size_t j = i; j < l->np; j++) {
            double scale = sqrt(l->normal[i * l->np + i] * l->normal[j * l->np + j]);
            if (held[i] || held[j])
                continue;
            if (i == j && scale == 0.0)
                return err_set(ERR_NUMERICAL, "refinement: the data do not depend on %s",
                               m->parameter[i].name);
            double c = fabs(l->normal[i * l->np + j]) / scale;
            if (i != j && c > most) {
                most = c;
                a = i;
                b = j;
            }
        }
    return err_set(ERR_NUMERICAL,
                   "refinement: parameters do the same to G(r), fix one of them; most alike are %s "
                   "and %s (correlation %.6f)",
                   m->parameter[a].name, m->parameter[b].name, most);
}

/* Levenberg-Marquardt. The values are those of the last model computed when it ends. */
static Err minimise(Least *l, double values[], FitPdfResult *out)
{
    double lambda = 1e-3, cost, trial_cost, largest, *trial = MEM_NEW(double, l->np),
           *inverse = MEM_NEW(double, l->np * l->np);
    bool *held = MEM_NEW(bool, l->np);
    Err e = values_model(l, values, &cost);
    if (e == OK)
        form_normal(l);
    while (e == OK && !out->converged && out->iterations < ITERATIONS) {
        hold(l, values, held);
        if (!invert(l, held, lambda, inverse)) {
            if (!invert(l, held, 1e-3, inverse)) {
                e = singular(l, held);
                break;
            }
            lambda = 1e-3;
        }
        step(l, inverse, values, trial, &largest);
        out->iterations++;
        if (values_model(l, trial, &trial_cost) == OK && trial_cost <= cost) {
            out->converged = largest < 1e-7 || cost - trial_cost < 1e-9 * cost;
            memcpy(values, trial, l->np * sizeof *trial);
            cost = trial_cost;
            form_normal(l);
            lambda = lambda > 1e-12 ? 0.1 * lambda : 0.0;
        } else {
            out->converged = largest < 1e-7;
            lambda = lambda > 0.0 ? 10.0 * lambda : 1e-6;
            if (out->converged || lambda > 1e12) {
                e = values_model(l, values, &cost); /* back to where it was good */
                break;
            }
        }
    }
    free(trial);
    free(inverse);
    free(held);
    return e;
}

/* ---- errors ---- */

/* sin(qmax x)/x - sin(qmin x)/x */
static double band(double qmin, double qmax, double x)
{
    return fabs(x) < 1e-9 ? qmax - qmin : (sin(qmax * x) - sin(qmin * x)) / x;
}

/* out = rho v: correlation of white noise in Q applied to a vector over the points. */
static void correlate(const Least *l, const double v[], double out[])
{
    const double *r = l->data->r, qmin = l->m->options.qmin, qmax = l->m->options.qmax;
    double *size = MEM_NEW(double, l->n);
    memset(out, 0, l->n * sizeof *out);
    for (size_t i = 0; i < l->n; i++)
        size[i] = 1.0 / sqrt(band(qmin, qmax, 0.0) - band(qmin, qmax, 2.0 * r[i]));
    for (size_t i = 0; i < l->n; i++) {
        out[i] += v[i];
        for (size_t j = i + 1; j < l->n; j++) {
            double rho =
                size[i] * size[j] * (band(qmin, qmax, r[j] - r[i]) - band(qmin, qmax, r[j] + r[i]));
            out[i] += rho * v[j];
            out[j] += rho * v[i];
        }
    }
    free(size);
}

/* B = J'W C W J in units of the variance of a point. */
static void form_middle(const Least *l, double middle[])
{
    size_t np = l->np;
    double *turned = MEM_NEW(double, l->n);
    memcpy(middle, l->normal, np * np * sizeof *middle);
    for (size_t a = 0; l->data->band && a < np; a++) {
        correlate(l, l->dg + a * l->n, turned);
        for (size_t b = 0; b < np; b++) {
            double sum = 0.0;
            for (size_t i = 0; i < l->n; i++)
                sum += turned[i] * l->dg[b * l->n + i];
            middle[a * np + b] = sum;
        }
    }
    free(turned);
}

static Err errors(Least *l, const double values[], FitPdfResult *out)
{
    size_t np = l->np;
    double *inverse = MEM_NEW(double, np *np), *middle = MEM_NEW(double, np *np),
           *half = MEM_NEW(double, np *np), trace = 0.0, cost = 0.0, observed = 0.0;
    bool *held = MEM_NEW(bool, np);
    hold(l, values, held);
    bool good = invert(l, held, 0.0, inverse);
    form_middle(l, middle);
    for (size_t a = 0; good && a < np; a++)
        for (size_t b = 0; b < np; b++)
            for (size_t k = 0; k < np; k++)
                half[a * np + b] += inverse[a * np + k] * middle[k * np + b];
    for (size_t a = 0; a < np; a++)
        trace += half[a * np + a];
    for (size_t i = 0; i < l->n; i++) {
        cost += l->residual[i] * l->residual[i];
        observed += pow(l->data->g[i] * l->weight[i], 2.0);
    }
    out->rw = sqrt(cost / observed);
    double variance = cost / ((double)l->n - trace);
    out->sigma = l->data->error == NULL ? sqrt(variance) : (double)NAN;
    out->chi2 = l->data->error == NULL ? 1.0 : variance;
    double unit = l->data->error == NULL ? variance : 1.0;
    for (size_t a = 0; good && a < np; a++)
        for (size_t b = 0; b < np; b++)
            for (size_t k = 0; k < np; k++)
                out->covariance[a * np + b] += unit * half[a * np + k] * inverse[k * np + b];
    for (size_t a = 0; a < np; a++) {
        FitPdfParameter *p = &l->m->parameter[a];
        p->value = values[a];
        p->at_bound = held[a];
        p->error = held[a] ? (double)NAN : sqrt(out->covariance[a * np + a]);
    }
    Err e = good ? OK : singular(l, held);
    free(inverse);
    free(middle);
    free(half);
    free(held);
    return e;
}

static Err check_data(const FitPdfModel *m, const FitPdfData *d, double *independent)
{
    if (d->n < 2)
        return err_set(ERR_INPUT, "refinement: %zu points", d->n);
    *independent = (double)d->n;
    if (d->band)
        *independent =
            fmin(*independent,
                 (d->r[d->n - 1] - d->r[0]) * (m->options.qmax - m->options.qmin) / PI + 1.0);
    if (*independent < (double)m->nparameters + 1.0)
        return err_set(ERR_INPUT, "refinement: %.0f independent points for %zu parameters",
                       *independent, m->nparameters);
    for (size_t i = 0; d->error != NULL && i < d->n; i++)
        if (!(d->error[i] > 0.0))
            return err_set(ERR_INPUT,
                           "refinement: the standard error at r = %g A is %g; use uniform errors",
                           d->r[i], d->error[i]);
    for (size_t k = 0; k < m->nparameters; k++) {
        const FitPdfParameter *p = &m->parameter[k];
        if (!(p->low < p->high) || p->value < p->low || p->value > p->high)
            return err_set(ERR_INPUT, "refinement: %s starts at %g, outside %g to %g", p->name,
                           p->value, p->low, p->high);
    }
    return OK;
}

Err fit_pdf(FitPdfModel *m, const FitPdfData *d, FitPdfResult *out)
{
    size_t n = d->n, np = m->nparameters;
    *out = (FitPdfResult){.n = n, .nparameters = np};
    TRY(check_data(m, d, &out->independent));
    Least l = {.m = m, .data = d, .n = n, .np = np};
    TRY(crystal_pdf_new(&m->crystal, &m->options, n, d->r, &l.pdf));
    l.weight = MEM_NEW(double, n);
    l.g = MEM_NEW(double, n);
    l.dg = MEM_NEW(double, n *(np + 1));
    l.residual = MEM_NEW(double, n);
    l.normal = MEM_NEW(double, np *np);
    l.gradient = MEM_NEW(double, np);
    out->covariance = MEM_NEW(double, np *np);
    double *values = MEM_NEW(double, np);
    for (size_t i = 0; i < n; i++)
        l.weight[i] = d->error != NULL ? 1.0 / d->error[i] : 1.0;
    for (size_t k = 0; k < np; k++)
        values[k] = m->parameter[k].value;
    Err e = minimise(&l, values, out);
    if (e == OK)
        e = errors(&l, values, out);
    out->g = l.g;
    crystal_pdf_free(l.pdf);
    double *blocks[] = {l.weight, l.dg, l.residual, l.normal, l.gradient, values};
    for (size_t k = 0; k < sizeof blocks / sizeof *blocks; k++)
        free(blocks[k]);
    if (e != OK)
        fit_pdf_result_clear(out);
    return e;
}

void fit_pdf_result_clear(FitPdfResult *r)
{
    free(r->g);
    free(r->covariance);
    *r = (FitPdfResult){0};
}

static Err once(const FitPdfModel *m, const double values[], size_t n, const double r[], double g[])
{
    CrystalPdf *pdf;
    TRY(crystal_pdf_new(&m->crystal, &m->options, n, r, &pdf));
    Err e = fit_pdf_model(m, pdf, values, n, g, NULL);
    crystal_pdf_free(pdf);
    return e;
}

Err fit_pdf_choose_beyond(FitPdfModel *m, size_t n, const double r[], double *change)
{
    *change = 0.0;
    m->options.beyond = 20.0;
    if (!(m->options.qmax > 0.0))
        return OK;
    double *g = MEM_NEW(double, 2 * n), *values = MEM_NEW(double, m->nparameters);
    for (size_t k = 0; k < m->nparameters; k++)
        values[k] = m->parameter[k].value;
    Err e = once(m, values, n, r, g);
    for (;;) {
        double most = 0.0, off = 0.0, tried = m->options.beyond;
        m->options.beyond = 2.0 * tried;
        if (e == OK)
            e = once(m, values, n, r, g + n);
        for (size_t i = 0; i < n; i++) {
            most = fmax(most, fabs(g[n + i]));
            off = fmax(off, fabs(g[n + i] - g[i]));
        }
        *change = off / most;
        memcpy(g, g + n, n * sizeof *g);
        if (*change < 1e-4)
            m->options.beyond = tried;
        if (e != OK || *change < 1e-4 || m->options.beyond >= 160.0)
            break;
    }
    free(g);
    free(values);
    return e;
}
