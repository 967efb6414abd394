#include "analysis/experiment_qens.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Each spectrum with a width of its own, starting from the shared ones. */
static void fit_alone(const FitQensModel *model, const FitQensSpectrum spectra[], ExperimentQens *e)
{
    const FitQensResult *shared = &e->fit[e->best];
    FitQensModel m = *model;
    m.lines = e->best;
    memcpy(m.width_start, shared->width, sizeof m.width_start);
    for (size_t s = 0; s < e->nspectra; s++) {
        FitQensResult r;
        bool good = m.lines > 0 && fit_qens(&m, 1, &spectra[s], &r) == OK;
        e->free_width[s] = good ? r.width[0] : NAN;
        e->free_width_error[s] = good && r.identified ? r.width_error[0] : NAN;
        if (m.lines > 0)
            fit_qens_clear(&r);
    }
}

void experiment_qens_settle(const FitQensModel *model, const FitQensSpectrum spectra[], int lines,
                            ExperimentQens *e)
{
    e->best = lines;
    e->times = (FitQensTimes){0};
    e->has_eisf = false;
    fit_alone(model, spectra, e);
    const FitQensResult *r = &e->fit[lines];
    if (lines == 0)
        return;
    e->times = fit_qens_times(r->width[0], r->width_error[0]);
    e->has_eisf =
        r->identified && e->nspectra >= 3 &&
        fit_eisf(e->nspectra, e->q, r->eisf, r->eisf_error, r->eisf_covariance, &e->eisf) == OK;
}

Err experiment_qens(const FitQensModel *model, size_t nspectra, const FitQensSpectrum spectra[],
                    ExperimentQens *out)
{
    memset(out, 0, sizeof *out);
    out->nspectra = nspectra;
    out->q = MEM_NEW(double, nspectra);
    out->free_width = MEM_NEW(double, nspectra);
    out->free_width_error = MEM_NEW(double, nspectra);
    for (size_t s = 0; s < nspectra; s++)
        out->q[s] = spectra[s].q;
    TRY(fit_qens_choose(model, model->lines, nspectra, spectra, out->fit, &out->best));
    experiment_qens_settle(model, spectra, out->best, out);
    return OK;
}

void experiment_qens_clear(ExperimentQens *e)
{
    for (int k = 0; k <= FIT_QENS_MAX_LINES; k++)
        fit_qens_clear(&e->fit[k]);
    free(e->q);
    free(e->free_width);
    free(e->free_width_error);
    memset(e, 0, sizeof *e);
}

typedef struct Column {
    const char *name, *unit, *text;
    size_t n, m; /* m > 0: a matrix [n][m] */
    const double *data;
} Column;

static Err write_columns(H5 *group, size_t ncolumns, const Column columns[])
{
    for (size_t k = 0; k < ncolumns; k++) {
        const Column *c = &columns[k];
        size_t dims[2] = {c->n, c->m};
        if (c->n > 0)
            TRY(h5_write(group, c->name, c->m > 0 ? 2 : 1, dims, c->data, c->unit, c->text));
    }
    return OK;
}

typedef struct Number {
    const char *name, *unit, *text;
    double value;
} Number;

static Err write_numbers(H5 *group, size_t n, const Number numbers[])
{
    for (size_t k = 0; k < n; k++)
        TRY(h5_write_number(group, numbers[k].name, numbers[k].value, numbers[k].unit,
                            numbers[k].text));
    return OK;
}

static Err write_eq4(H5 *group, const FitEisf *f)
{
    const Number numbers[] = {
        {"p", "1", "immobile fraction", f->p},
        {"p_error", "1", "standard error; 0 when p is held at a bound", f->p_error},
        {"d", "A", "B-H distance", f->d},
        {"d_error", "A", "standard error", f->d_error},
        {"covariance_pd", "A", "covariance of p and d", f->covariance_pd},
        {"chi2", "1", "weighted square sum", f->chi2},
        {"p_at_bound", "1", "1 if p was held at 0 or 1", f->p_at_bound},
    };
    H5 *at;
    TRY(h5_group(group, "eq4", &at));
    Err err = write_numbers(at, sizeof numbers / sizeof *numbers, numbers);
    h5_close_group(at);
    return err;
}

static Err write_times(H5 *group, const FitQensTimes *t)
{
    const Number numbers[] = {
        {"tau", "ps", "relaxation time hbar/Gamma of the first line", t->tau},
        {"tau_error", "ps", "standard error", t->tau_error},
        {"residence_c2", "ps", "time at a site if jumps are about one C2 axis, 2 tau",
         t->residence_c2},
        {"residence_c3", "ps", "time at a site if jumps are about one C3 axis, 1.5 tau",
         t->residence_c3},
    };
    return write_numbers(group, sizeof numbers / sizeof *numbers, numbers);
}

Err experiment_qens_write(const ExperimentQens *e, H5 *group)
{
    const FitQensResult *r = &e->fit[e->best];
    size_t n = e->nspectra, lines = (size_t)e->best, np = r->nparameters, tried = 0;
    double bic[FIT_QENS_MAX_LINES + 1], chi2[FIT_QENS_MAX_LINES + 1];
    for (; tried <= FIT_QENS_MAX_LINES && e->fit[tried].npoints > 0; tried++) {
        bic[tried] = e->fit[tried].bic;
        chi2[tried] = e->fit[tried].chi2;
    }
    const Column columns[] = {
        {"q", "1/A", "momentum transfer", n, 0, e->q},
        {"eisf", "1", "A0/(A0 + A1)", n, 0, r->eisf},
        {"eisf_error", "1", "standard error", n, 0, r->eisf_error},
        {"eisf_covariance", "1", "covariance of the EISFs", n, n, r->eisf_covariance},
        {"elastic", "intensity meV", "area of the elastic line", n, 0, r->elastic},
        {"elastic_error", "intensity meV", "standard error", n, 0, r->elastic_error},
        {"background", "intensity", "flat background", n, 0, r->background},
        {"background_error", "intensity", "standard error", n, 0, r->background_error},
        {"area", "intensity meV", "areas of the Lorentzians", lines ? n : 0, lines, r->area},
        {"area_error", "intensity meV", "standard error", lines ? n : 0, lines, r->area_error},
        {"width", "meV", "half width at half maximum, shared by all Q", lines, 0, r->width},
        {"width_error", "meV", "standard error", lines, 0, r->width_error},
        {"free_width", "meV", "half width of the first line, each Q fitted alone", lines ? n : 0, 0,
         e->free_width},
        {"free_width_error", "meV", "standard error", lines ? n : 0, 0, e->free_width_error},
        {"bic", "1", "Bayesian information criterion for 0, 1, .. Lorentzians", tried, 0, bic},
        {"chi2", "1", "chi squared or Poisson deviance for 0, 1, .. Lorentzians", tried, 0, chi2},
        {"covariance", "1", "of widths, then per Q elastic, areas, background", np, np,
         r->covariance},
    };
    TRY(write_columns(group, sizeof columns / sizeof *columns, columns));
    const Number numbers[] = {
        {"lines", "1", "number of Lorentzians with the least BIC", (double)lines},
        {"degrees_of_freedom", "1", "points - parameters", (double)r->npoints - (double)np},
        {"poisson", "1", "1 if counts were fitted by their deviance", r->poisson},
    };
    TRY(write_numbers(group, sizeof numbers / sizeof *numbers, numbers));
    if (lines > 0)
        TRY(write_times(group, &e->times));
    return e->has_eisf ? write_eq4(group, &e->eisf) : OK;
}
