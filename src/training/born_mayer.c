#include "training/born_mayer.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>

enum { ITERATIONS = 400, FREE = 3 * BORN_MAYER_TERMS };

/* f, its integral with r, and the integral of that: order 0, 1, 2. */
static double antiderivative(const FfPair *p, int order, double r)
{
    double tail = p->a * exp(-r / p->rho), rho = p->rho;
    switch (order) {
    case 0:
        return tail - p->c6 / pow(r, 6);
    case 1:
        return -rho * (r + rho) * tail + p->c6 / (4.0 * pow(r, 4));
    default:
        return rho * rho * (r + 2.0 * rho) * tail - p->c6 / (12.0 * pow(r, 3));
    }
}

double born_mayer_mean(const FfPair *p, double r, double s1, double s2)
{
    if (s1 == 0.0 && s2 == 0.0)
        return antiderivative(p, 0, r);
    double s = s1 + s2;
    if (s1 == 0.0 || s2 == 0.0)
        return (antiderivative(p, 1, r + s) - antiderivative(p, 1, r - s)) / (2.0 * r * s);
    return (antiderivative(p, 2, r + s1 + s2) - antiderivative(p, 2, r + s1 - s2) -
            antiderivative(p, 2, r - s1 + s2) + antiderivative(p, 2, r - s1 - s2)) /
           (4.0 * r * s1 * s2);
}

double born_mayer_sum(size_t nterms, const BornMayerTerm term[], double r)
{
    double sum = 0.0;
    for (size_t k = 0; k < nterms; k++)
        sum += term[k].count * born_mayer_mean(&term[k].pair, r, term[k].s1, term[k].s2);
    return sum;
}

/* ---- least squares ---- */

typedef struct FitContext {
    size_t n, nterms, nfree;
    const double *r, *value, *sigma;
    BornMayerTerm term[BORN_MAYER_TERMS];
    double *free[FREE], *error[FREE]; /* what varies, in `term` */
    bool relative[FREE];              /* its error is wanted as that of the logarithm */
} FitContext;

static void set_free(FitContext *c, const gsl_vector *x)
{
    for (size_t i = 0; i < c->nfree; i++)
        *c->free[i] = exp(gsl_vector_get(x, i));
}

static int residuals(const gsl_vector *x, void *context, gsl_vector *out)
{
    FitContext *c = context;
    set_free(c, x);
    for (size_t i = 0; i < c->n; i++)
        gsl_vector_set(out, i,
                       (born_mayer_sum(c->nterms, c->term, c->r[i]) - c->value[i]) / c->sigma[i]);
    return GSL_SUCCESS;
}

static void add_free(FitContext *c, bool wanted, double *value, double *error, bool relative)
{
    *error = 0.0;
    if (!wanted)
        return;
    CHECK(*value > 0.0, "start %g", *value);
    c->free[c->nfree] = value;
    c->error[c->nfree] = error;
    c->relative[c->nfree++] = relative;
}

static void add_terms(FitContext *c, const BornMayerTerm term[])
{
    for (size_t k = 0; k < c->nterms; k++) {
        BornMayerTerm *t = &c->term[k];
        *t = term[k];
        add_free(c, t->fit_a, &t->pair.a, &t->error_a, true);
        add_free(c, t->fit_rho, &t->pair.rho, &t->error_rho, false);
        add_free(c, t->fit_c6, &t->pair.c6, &t->error_c6, false);
    }
}

static void judge(const FitContext *c, BornMayerFit *out)
{
    double square = 0.0, chi2 = 0.0;
    *out = (BornMayerFit){0};
    for (size_t i = 0; i < c->n; i++) {
        double d = born_mayer_sum(c->nterms, c->term, c->r[i]) - c->value[i];
        square += d * d;
        chi2 += d * d / (c->sigma[i] * c->sigma[i]);
        if (fabs(d) >= fabs(out->largest)) {
            out->largest = d;
            out->at = c->r[i];
        }
    }
    out->rms = sqrt(square / (double)c->n);
    out->chi2 = chi2 / (double)(c->n > c->nfree ? c->n - c->nfree : 1);
}

static void write_errors(FitContext *c, gsl_multifit_nlinear_workspace *w, double scatter)
{
    gsl_matrix *covariance = gsl_matrix_alloc(c->nfree, c->nfree);
    gsl_multifit_nlinear_covar(gsl_multifit_nlinear_jac(w), 0.0, covariance);
    for (size_t i = 0; i < c->nfree; i++)
        *c->error[i] =
            sqrt(gsl_matrix_get(covariance, i, i) * scatter) * (c->relative[i] ? 1.0 : *c->free[i]);
    gsl_matrix_free(covariance);
}

static Err minimise(FitContext *c, BornMayerFit *out)
{
    gsl_multifit_nlinear_fdf fdf = {.f = residuals, .n = c->n, .p = c->nfree, .params = c};
    gsl_multifit_nlinear_parameters how = gsl_multifit_nlinear_default_parameters();
    how.fdtype = GSL_MULTIFIT_NLINEAR_CTRDIFF;
    how.scale = gsl_multifit_nlinear_scale_levenberg;
    gsl_multifit_nlinear_workspace *w =
        gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &how, c->n, c->nfree);
    gsl_vector *x = gsl_vector_alloc(c->nfree);
    for (size_t i = 0; i < c->nfree; i++)
        gsl_vector_set(x, i, log(*c->free[i]));
    int info = 0;
    gsl_error_handler_t *handler = gsl_set_error_handler_off();
    int status = gsl_multifit_nlinear_init(x, &fdf, w);
    if (status == GSL_SUCCESS)
        status = gsl_multifit_nlinear_driver(ITERATIONS, 1e-10, 1e-12, 1e-12, NULL, NULL, &info, w);
    gsl_set_error_handler(handler);
    /* "no progress" at a minimum is a minimum */
    Err e = status == GSL_SUCCESS || status == GSL_ENOPROG
                ? OK
                : err_set(ERR_NUMERICAL, "pair terms do not converge: %s", gsl_strerror(status));
    if (e == OK) {
        set_free(c, gsl_multifit_nlinear_position(w));
        judge(c, out);
        write_errors(c, w, fmax(out->chi2, 1.0));
    }
    gsl_vector_free(x);
    gsl_multifit_nlinear_free(w);
    return e;
}

Err born_mayer_fit(size_t n, const double r[], const double value[], const double sigma[],
                   size_t nterms, BornMayerTerm term[], BornMayerFit *out)
{
    CHECK(nterms > 0 && nterms <= BORN_MAYER_TERMS, "%zu terms", nterms);
    FitContext c = {.n = n, .nterms = nterms, .r = r, .value = value, .sigma = sigma};
    add_terms(&c, term);
    if (n < c.nfree)
        return err_set(ERR_INPUT, "%zu distances cannot fix %zu parameters", n, c.nfree);
    if (c.nfree == 0)
        judge(&c, out);
    else
        TRY(minimise(&c, out));
    for (size_t k = 0; k < nterms; k++)
        term[k] = c.term[k];
    return OK;
}
