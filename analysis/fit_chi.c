#include "analysis/fit_chi.h"

#include "analysis/fit_qens_problem.h"
#include "base/mem.h"
#include "base/units.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Places that are tried for a further mode, and how many of the best are fitted. */
enum { PLACES = 36, FITTED = 2 };

/* Sum of all spectra that see the widest window. */
static void sum_spectra(size_t n, const FitQensSpectrum spectra[], FitQensSpectrum *sum, FitChi *c)
{
    const FitQensSpectrum *first = &spectra[0];
    for (size_t s = 1; s < n; s++)
        if (spectra[s].n > first->n)
            first = &spectra[s];
    c->n = first->n;
    c->energy = MEM_NEW(double, c->n);
    c->y = MEM_NEW(double, c->n);
    c->sigma = first->sigma != NULL ? MEM_NEW(double, c->n) : NULL;
    memcpy(c->energy, first->energy, c->n * sizeof *c->energy);
    for (size_t s = 0; s < n; s++) {
        const FitQensSpectrum *d = &spectra[s];
        if (d->n != c->n || memcmp(d->energy, c->energy, c->n * sizeof *c->energy) != 0)
            continue;
        c->summed++;
        for (size_t i = 0; i < c->n; i++) {
            c->y[i] += d->y[i];
            if (c->sigma != NULL)
                c->sigma[i] = hypot(c->sigma[i], d->sigma[i]);
        }
    }
    *sum = *first;
    sum->energy = c->energy, sum->y = c->y, sum->sigma = c->sigma;
}

/* The mean of the measured lines, for the sum of the spectra. */
static void mean_line(const Resolution *r, Resolution *one)
{
    resolution_copy(one, r);
    for (size_t i = 1; i < r->nlines; i++)
        for (size_t k = 0; k < r->nt; k++)
            one->line[k] += r->line[i * r->nt + k];
    for (size_t k = 0; k < r->nt && r->nlines > 1; k++)
        one->line[k] /= (double)r->nlines;
    one->nlines = r->nlines > 0 ? 1 : 0;
}

/* What a fit found becomes the start of the next. */
static void start_from(const FitQensResult *r, FitQensModel *m)
{
    m->oscillators = r->oscillators;
    memcpy(m->width_start, r->width, sizeof m->width_start);
    memcpy(m->energy, r->energy, sizeof m->energy);
    memcpy(m->damping, r->damping, sizeof m->damping);
}

static int compare_modes(const FitQensResult *r, size_t a, size_t b)
{
    return (r->energy[a] > r->energy[b]) - (r->energy[a] < r->energy[b]);
}

/* Order the start by energy, so that the fit's numbers come in that order. */
static void sort_start(const FitQensResult *r, FitQensModel *m)
{
    size_t order[FIT_QENS_MAX_OSCILLATORS];
    for (size_t k = 0; k < (size_t)r->oscillators; k++) {
        size_t at = k;
        for (; at > 0 && compare_modes(r, k, order[at - 1]) < 0; at--)
            order[at] = order[at - 1];
        order[at] = k;
    }
    for (size_t k = 0; k < (size_t)r->oscillators; k++) {
        m->energy[k] = r->energy[order[k]];
        m->damping[k] = r->damping[order[k]];
    }
}

/* Every mode is inside the range, under-damped and three errors strong. */
static bool are_modes(const FitQensResult *r, double lowest, double highest)
{
    bool good = r->converged && r->identified;
    for (int k = 0; k < r->oscillators; k++)
        good = good && r->energy[k] > lowest && r->energy[k] < highest &&
               r->damping[k] < r->energy[k] && r->strength[k] > 3.0 * r->strength_error[k];
    return good;
}

/* chi2 with one more mode at each place, areas at their best. */
static void scan(const FitQensModel *with, const FitQensSpectrum *sum, const double place[PLACES],
                 double chi2[PLACES])
{
    for (int k = 0; k < PLACES; k++) {
        FitQensModel m = *with;
        FitQensProblem p;
        m.energy[m.oscillators - 1] = place[k];
        m.damping[m.oscillators - 1] = 0.1 * place[k];
        fit_qens_problem_init(&p, &m, 1, sum);
        double *x = MEM_NEW(double, p.nshared + p.nown);
        chi2[k] = fit_qens_start(&p, x);
        free(x);
        fit_qens_problem_clear(&p);
    }
}

/* One more mode than `m` has: the best of a few places. true if it is a mode and BIC falls. */
static bool add_mode(const FitQensSpectrum *sum, double lowest, double highest, FitQensModel *m,
                     FitChi *c)
{
    double place[PLACES], chi2[PLACES];
    FitQensResult best = {.bic = INFINITY};
    FitQensModel with = *m;
    with.oscillators++;
    for (int k = 0; k < PLACES; k++)
        place[k] = lowest * pow(highest / lowest, (k + 0.5) / PLACES);
    scan(&with, sum, place, chi2);
    for (int tries = 0; tries < FITTED; tries++) {
        int at = -1;
        for (int k = 0; k < PLACES; k++) /* the deepest dent that was not tried */
            if (isfinite(chi2[k]) && (k == 0 || chi2[k] <= chi2[k - 1]) &&
                (k + 1 == PLACES || chi2[k] <= chi2[k + 1]) && (at < 0 || chi2[k] < chi2[at]))
                at = k;
        if (at < 0)
            break;
        with.energy[with.oscillators - 1] = place[at];
        with.damping[with.oscillators - 1] = 0.1 * place[at];
        chi2[at] = INFINITY;
        FitQensResult r;
        bool good = fit_qens(&with, 1, sum, &r) == OK && are_modes(&r, lowest, highest);
        FitQensResult *drop = good && r.bic < best.bic ? &best : &r;
        fit_qens_clear(drop);
        if (drop == &best)
            best = r;
    }
    c->tried = with.oscillators;
    c->bic[c->tried] = best.bic; /* infinite if there is none */
    bool better = best.bic < c->fit.bic;
    if (better) {
        fit_qens_clear(&c->fit);
        c->fit = best;
        start_from(&best, m);
    } else {
        fit_qens_clear(&best);
    }
    return better;
}

/* Modes beside as many Lorentzians as the model has. */
static Err find_beside(const FitQensSpectrum *sum, int max_modes, double lowest, FitQensModel *m,
                       FitChi *c)
{
    double highest = fmax(-c->energy[0], c->energy[c->n - 1]);
    m->oscillators = 0;
    TRY(fit_qens(m, 1, sum, &c->fit));
    c->bic[0] = c->fit.bic;
    start_from(&c->fit, m);
    while (m->oscillators < max_modes && highest > lowest && add_mode(sum, lowest, highest, m, c))
        ;
    if (m->oscillators < 2)
        return OK;
    sort_start(&c->fit, m);
    fit_qens_clear(&c->fit);
    return fit_qens(m, 1, sum, &c->fit);
}

/* With 0, 1, .. Lorentzians: one too many stands for modes or runs out of the window, so the least BIC decides. */
static Err find_modes(const FitQensSpectrum *sum, int max_modes, double lowest, FitQensModel *m,
                      FitChi *c)
{
    FitQensModel start = *m;
    Err last = OK;
    FitChi best = {.fit = {.bic = INFINITY}}; /* only fit, bic and tried */
    for (int lines = 0; lines <= start.lines; lines++) {
        FitQensModel with = start;
        FitChi one = {.n = c->n, .energy = c->energy};
        with.lines = lines;
        Err e = find_beside(sum, max_modes, lowest, &with, &one);
        last = e;
        if (e == OK && one.fit.bic < best.fit.bic) {
            fit_qens_clear(&best.fit);
            best = one;
            *m = with;
        } else {
            fit_qens_clear(&one.fit);
        }
    }
    c->fit = best.fit, c->tried = best.tried;
    memcpy(c->bic, best.bic, sizeof c->bic);
    return isfinite(best.fit.bic) ? OK : last;
}

/* chi'' of the data and of the fit. */
static void make_chi(const FitQensModel *m, const FitQensSpectrum *sum, double kelvin, FitChi *c)
{
    size_t rows = 2 + (size_t)(c->fit.lines + c->fit.oscillators);
    c->chi = MEM_NEW(double, c->n);
    c->chi_error = MEM_NEW(double, c->n);
    c->parts = MEM_NEW(double, rows * c->n);
    fit_qens_parts(m, sum, &c->fit, 0, c->parts);
    for (size_t i = 0; i < c->n; i++) {
        double to_chi = -PI * expm1(-c->energy[i] / (UNITS_KB_MEV * kelvin)), fitted = 0.0;
        double factor = sum->factor != NULL ? sum->factor[i] : 1.0;
        for (size_t k = 0; k < rows; k++) {
            fitted += c->parts[k * c->n + i];
            c->parts[k * c->n + i] *= to_chi / factor;
        }
        double error = c->sigma != NULL ? c->sigma[i] : sqrt(fmax(fitted, 0.0));
        c->chi[i] = to_chi * c->y[i] / factor;
        c->chi_error[i] = fabs(to_chi) * error / factor;
    }
    double kt = UNITS_KB_MEV * kelvin;
    c->modes = c->fit.oscillators;
    for (int k = 0; k < c->modes; k++) {
        c->chi0[k] = c->fit.strength[k] / kt;
        c->chi0_error[k] = c->fit.strength_error[k] / kt;
    }
}

Err fit_chi(const FitQensModel *model, size_t nspectra, const FitQensSpectrum spectra[],
            int max_modes, double lowest, size_t nstart, const double start[], double kelvin,
            FitChi *out)
{
    memset(out, 0, sizeof *out);
    if (nspectra == 0 || !(kelvin > 0.0))
        return err_set(ERR_INPUT, "chi'': needs spectra and a temperature");
    FitQensModel m = *model;
    FitQensSpectrum sum;
    sum_spectra(nspectra, spectra, &sum, out);
    Resolution one = {0};
    m.own_widths = false, m.free_energy = true;
    if (m.resolution != NULL) {
        mean_line(m.resolution, &one);
        m.resolution = &one;
    }
    Err e;
    if (nstart > 0) {
        m.oscillators = (int)nstart;
        for (size_t k = 0; k < nstart && k < FIT_QENS_MAX_OSCILLATORS; k++)
            m.energy[k] = start[k], m.damping[k] = 0.0;
        e = fit_qens(&m, 1, &sum, &out->fit);
        out->tried = m.oscillators;
    } else {
        e = find_modes(&sum, max_modes, lowest, &m, out);
    }
    if (e == OK)
        make_chi(&m, &sum, kelvin, out);
    resolution_clear(&one);
    return err_prefix(e, "chi''");
}

void fit_chi_clear(FitChi *c)
{
    double *all[] = {c->energy, c->y, c->sigma, c->chi, c->chi_error, c->parts};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        free(all[k]);
    fit_qens_clear(&c->fit);
    memset(c, 0, sizeof *c);
}

void fit_chi_apply(const FitChi *c, FitQensModel *model)
{
    model->oscillators = c->modes;
    memcpy(model->energy, c->fit.energy, sizeof model->energy);
    memcpy(model->damping, c->fit.damping, sizeof model->damping);
    model->free_energy = false;
}

Err fit_chi_write(const FitChi *c, H5 *group)
{
    const FitQensResult *r = &c->fit;
    size_t modes = (size_t)c->modes, tried = (size_t)c->tried + 1, n = c->n;
    const size_t dims[2] = {2 + (size_t)r->lines + modes, n};
    TRY(h5_write(group, "E", 1, &n, c->energy, "meV",
                 "energy transfer; positive: loss of the neutron"));
    TRY(h5_write(group, "chi", 1, &n, c->chi, "intensity",
                 "chi''(E) = pi S/(n + 1) summed over Q, odd in E, elastic line in it"));
    TRY(h5_write(group, "chi_error", 1, &n, c->chi_error, "intensity", "standard error"));
    TRY(h5_write(group, "parts", 2, dims, c->parts, "intensity",
                 "chi'' of the fit: elastic, Lorentzians, modes, background"));
    TRY(h5_write_number(group, "summed", (double)c->summed, "1",
                        "spectra that see the whole window"));
    if (c->bic[0] != 0.0)
        TRY(h5_write(
            group, "bic", 1, &tried, c->bic, "1",
            "Bayesian information criterion for 0, 1, .. modes; inf: none more was found"));
    if (modes == 0)
        return OK;
    TRY(h5_write(group, "energy", 1, &modes, r->energy, "meV", "energies of the modes"));
    TRY(h5_write(group, "energy_error", 1, &modes, r->energy_error, "meV", "standard error"));
    TRY(h5_write(group, "width", 1, &modes, r->damping, "meV", "half widths of the modes"));
    TRY(h5_write(group, "width_error", 1, &modes, r->damping_error, "meV", "standard error"));
    TRY(h5_write(group, "chi0", 1, &modes, c->chi0, "intensity",
                 "static susceptibility of the modes"));
    TRY(h5_write(group, "chi0_error", 1, &modes, c->chi0_error, "intensity", "standard error"));
    const size_t square[2] = {r->nparameters, r->nparameters};
    return h5_write(
        group, "covariance", 2, square, r->covariance, "1",
        "widths of Lorentzians, widths and energies of modes, elastic, areas, strengths, "
        "background");
}
