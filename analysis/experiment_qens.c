#include "analysis/experiment_qens.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Each spectrum with a width of its own, starting from the shared ones. Oscillators need all spectra: then in one fit. */
static void fit_alone(const FitQensModel *model, const FitQensSpectrum spectra[], ExperimentQens *e)
{
    const FitQensResult *shared = &e->fit[e->best];
    FitQensModel m = *model;
    size_t lines = (size_t)e->best;
    m.lines = e->best;
    memcpy(m.width_start, shared->width, sizeof m.width_start);
    memcpy(m.damping, shared->damping, sizeof m.damping);
    bool joint = m.oscillators > 0 ||
                 (m.resolution != NULL && m.resolution->nlines > 1); /* lines in their order */
    m.own_widths = joint;
    size_t per = joint ? e->nspectra : 1;
    for (size_t s = 0; s < e->nspectra; s++)
        e->free_width[s] = e->free_width_error[s] = NAN;
    for (size_t first = 0; first < e->nspectra && lines > 0; first += per) {
        FitQensResult r;
        bool good = fit_qens(&m, per, &spectra[first], &r) == OK;
        for (size_t s = 0; s < per && good; s++) {
            e->free_width[first + s] = r.own_width[s * lines];
            e->free_width_error[first + s] = r.identified ? r.own_width_error[s * lines] : NAN;
        }
        fit_qens_clear(&r);
    }
}

void experiment_qens_settle(const FitQensModel *model, const FitQensSpectrum spectra[], int lines,
                            ExperimentQens *e)
{
    e->best = lines;
    e->times = e->times2 = (FitQensTimes){0};
    e->has_eisf = e->has_eisf_all = false;
    fit_alone(model, spectra, e);
    const FitQensResult *r = &e->fit[lines];
    e->has_u2 = e->nspectra >= 3 && fit_debye_waller(r, e->q, &e->u2) == OK;
    if (lines == 0)
        return;
    bool known = r->identified && e->nspectra >= 3;
    e->times = fit_qens_times(r->width[0], r->width_error[0]);
    e->has_eisf = known && fit_eisf(e->nspectra, e->q, r->eisf, r->eisf_error, r->eisf_covariance,
                                    &e->eisf) == OK;
    if (lines < 2)
        return;
    e->times2 = fit_qens_times(r->width[1], r->width_error[1]);
    e->has_eisf_all = known && fit_eisf(e->nspectra, e->q, r->eisf_all, r->eisf_all_error,
                                        r->eisf_all_covariance, &e->eisf_all) == OK;
}

int experiment_qens_by_evidence(const ExperimentQens *e)
{
    int best = e->best;
    for (int k = 0; k <= FIT_QENS_MAX_LINES; k++)
        if (e->fit[k].converged && e->fit[k].evidence > e->fit[best].evidence)
            best = k;
    return best;
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

static Err write_eq4(H5 *group, const char *name, const FitEisf *f)
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
    TRY(h5_group(group, name, &at));
    Err err = write_numbers(at, sizeof numbers / sizeof *numbers, numbers);
    h5_close_group(at);
    return err;
}

static Err write_times(H5 *group, const ExperimentQens *e)
{
    const FitQensTimes *t = &e->times, *u = &e->times2;
    const Number numbers[] = {
        {"tau", "ps", "relaxation time hbar/Gamma of the first line", t->tau},
        {"tau_error", "ps", "standard error", t->tau_error},
        {"residence_c2", "ps", "time at a site if jumps are about one C2 axis, 2 tau",
         t->residence_c2},
        {"residence_c3", "ps", "time at a site if jumps are about one C3 axis, 1.5 tau",
         t->residence_c3},
        {"tau2", "ps", "relaxation time hbar/Gamma of the second line", u->tau},
        {"tau2_error", "ps", "standard error", u->tau_error},
        {"residence2_c2", "ps", "2 tau2", u->residence_c2},
        {"residence2_c3", "ps", "1.5 tau2", u->residence_c3},
    };
    return write_numbers(group, e->best > 1 ? 8 : 4, numbers);
}

static Err write_u2(H5 *group, const FitDebyeWaller *w)
{
    const Number numbers[] = {
        {"u2", "angstrom^2", "<u^2>, elastic + first line = c exp(-Q^2 <u^2>/3)", w->u2},
        {"u2_error", "angstrom^2", "standard error", w->u2_error},
        {"u2_over_3", "angstrom^2", "the same where D = exp(-Q^2 u^2) is the convention", w->u2_x},
        {"ln_scale", "1", "ln c", w->ln_scale},
        {"u2_chi2", "1", "weighted square sum", w->chi2},
    };
    return write_numbers(group, sizeof numbers / sizeof *numbers, numbers);
}

Err experiment_qens_write(const ExperimentQens *e, H5 *group)
{
    const FitQensResult *r = &e->fit[e->best];
    size_t n = e->nspectra, lines = (size_t)e->best, np = r->nparameters, tried = 0;
    size_t modes = (size_t)r->oscillators;
    double bic[FIT_QENS_MAX_LINES + 1], chi2[FIT_QENS_MAX_LINES + 1],
        evidence[FIT_QENS_MAX_LINES + 1], *qisf = MEM_NEW(double, n);
    for (size_t s = 0; s < n; s++)
        qisf[s] = 1.0 - r->eisf[s];
    for (; tried <= FIT_QENS_MAX_LINES && e->fit[tried].npoints > 0; tried++) {
        bic[tried] = e->fit[tried].bic;
        chi2[tried] = e->fit[tried].chi2;
        evidence[tried] = e->fit[tried].evidence;
    }
    const Column columns[] = {
        {"q", "1/A", "momentum transfer", n, 0, e->q},
        {"eisf", "1", "A0/(A0 + A1); a second line counts as vibration", n, 0, r->eisf},
        {"eisf_error", "1", "standard error", n, 0, r->eisf_error},
        {"eisf_covariance", "1", "covariance of the EISFs", n, n, r->eisf_covariance},
        {"qisf", "1", "1 - eisf; its error is that of eisf", n, 0, qisf},
        {"eisf_with_l2", "1", "A0/(A0 + A1 + A2)", lines > 1 ? n : 0, 0, r->eisf_all},
        {"eisf_with_l2_error", "1", "standard error", lines > 1 ? n : 0, 0, r->eisf_all_error},
        {"eisf_with_l2_covariance", "1", "their covariance", lines > 1 ? n : 0, n,
         r->eisf_all_covariance},
        {"elastic", "intensity meV", "area of the elastic line", n, 0, r->elastic},
        {"elastic_error", "intensity meV", "standard error", n, 0, r->elastic_error},
        {"background", "intensity", "flat background", n, 0, r->background},
        {"background_error", "intensity", "standard error", n, 0, r->background_error},
        {"area", "intensity meV", "areas of the Lorentzians", lines ? n : 0, lines, r->area},
        {"area_error", "intensity meV", "standard error", lines ? n : 0, lines, r->area_error},
        {"own_width", "meV", "half widths of each spectrum", lines ? n : 0, lines, r->own_width},
        {"own_width_error", "meV", "standard error", lines ? n : 0, lines, r->own_width_error},
        {"strength", "intensity meV", "areas of the oscillators, kT chi0", modes ? n : 0, modes,
         r->strength},
        {"strength_error", "intensity meV", "standard error", modes ? n : 0, modes,
         r->strength_error},
        {"mode_energy", "meV", "energies of the oscillators", modes, 0, r->energy},
        {"mode_energy_error", "meV", "standard error; 0: held", modes, 0, r->energy_error},
        {"mode_width", "meV", "their half widths, shared by all Q", modes, 0, r->damping},
        {"mode_width_error", "meV", "standard error", modes, 0, r->damping_error},
        {"width", "meV", "half width at half maximum, shared by all Q or their weighted mean",
         lines, 0, r->width},
        {"width_error", "meV", "standard error", lines, 0, r->width_error},
        {"free_width", "meV", "half width of the first line, free at each Q", lines ? n : 0, 0,
         e->free_width},
        {"free_width_error", "meV", "standard error", lines ? n : 0, 0, e->free_width_error},
        {"bic", "1", "Bayesian information criterion for 0, 1, .. Lorentzians", tried, 0, bic},
        {"evidence", "1", "ln of the evidence (Laplace) for 0, 1, .. Lorentzians", tried, 0,
         evidence},
        {"chi2", "1", "chi squared or Poisson deviance for 0, 1, .. Lorentzians", tried, 0, chi2},
        {"parameter", "1", "shared ones, then those of each Q, see fit_qens.h", np, 0,
         r->parameter},
        {"covariance", "1", "of the parameters", np, np, r->covariance},
    };
    Err err = write_columns(group, sizeof columns / sizeof *columns, columns);
    free(qisf);
    TRY(err);
    const Number numbers[] = {
        {"lines", "1", "number of Lorentzians that were taken", (double)lines},
        {"degrees_of_freedom", "1", "points - parameters", (double)r->npoints - (double)np},
        {"poisson", "1", "1 if counts were fitted by their deviance", r->poisson},
    };
    TRY(write_numbers(group, sizeof numbers / sizeof *numbers, numbers));
    if (lines > 0)
        TRY(write_times(group, e));
    if (e->has_u2)
        TRY(write_u2(group, &e->u2));
    if (e->has_eisf_all)
        TRY(write_eq4(group, "eq4_with_l2", &e->eisf_all));
    return e->has_eisf ? write_eq4(group, "eq4", &e->eisf) : OK;
}
