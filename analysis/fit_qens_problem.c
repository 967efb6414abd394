#include "analysis/fit_qens_problem.h"

#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* FWHM of a Gaussian over its standard deviation, 2 sqrt(2 ln 2) */
static const double FWHM_PER_SIGMA = 2.3548200450309493;

/* ---- which spectra share profiles */

static bool same_numbers(size_t n, const double a[], const double b[])
{
    return a == b || (a != NULL && b != NULL && memcmp(a, b, n * sizeof *a) == 0);
}

static bool same_grid(const FitQensProblem *p, size_t s, size_t t)
{
    const FitQensSpectrum *a = &p->spectra[s], *b = &p->spectra[t];
    return p->ntables <= 1 && a->n == b->n && same_numbers(a->n, a->bin, b->bin) &&
           same_numbers(a->n, a->energy, b->energy);
}

static size_t add_profiles(FitQensProblem *p, bool oscillators, size_t s)
{
    FitQensProfiles *f = &p->profiles[p->nprofiles];
    *f = (FitQensProfiles){.oscillators = oscillators, .spectrum = s};
    f->values = oscillators ? p->oscillators : 1 + p->lines;
    f->slopes = oscillators ? p->oscillators * (p->model->free_energy ? 2 : 1) : p->lines;
    f->row = MEM_NEW(double, p->spectra[s].n *(f->values + f->slopes));
    return p->nprofiles++;
}

static void assign_profiles(FitQensProblem *p)
{
    p->profiles = MEM_NEW(FitQensProfiles, 2 * p->nspectra);
    p->quasi = MEM_NEW(size_t, p->nspectra);
    p->vibration = MEM_NEW(size_t, p->nspectra);
    for (size_t s = 0; s < p->nspectra; s++) {
        size_t like = 0;
        while (like < s && !same_grid(p, like, s))
            like++;
        bool own = like == s;
        p->quasi[s] = own || p->model->own_widths ? add_profiles(p, false, s) : p->quasi[like];
        p->vibration[s] = own ? add_profiles(p, true, s) : p->vibration[like];
    }
}

void fit_qens_problem_init(FitQensProblem *p, const FitQensModel *model, size_t nspectra,
                           const FitQensSpectrum spectra[])
{
    *p = (FitQensProblem){.model = model,
                          .nspectra = nspectra,
                          .spectra = spectra,
                          .lines = (size_t)model->lines,
                          .oscillators = (size_t)model->oscillators,
                          .poisson = spectra[0].sigma == NULL};
    p->nown = p->lines + p->oscillators + 2 + (model->own_widths ? p->lines : 0);
    p->nshared = (model->own_widths ? 0 : p->lines) + p->oscillators * (model->free_energy ? 2 : 1);
    double sum = 0;
    for (size_t s = 0; s < nspectra; s++) {
        p->npoints += spectra[s].n;
        for (size_t i = 0; i < spectra[s].n; i++)
            sum += spectra[s].y[i];
    }
    p->scale = 1e-4 * fabs(sum) / (double)p->npoints + 1e-12;
    const Resolution *r = model->resolution;
    if (r != NULL && r->nlines > 0) {
        p->ntables = r->nlines == 1 ? 1 : nspectra;
        p->table = MEM_NEW(Lineshape, p->ntables);
        for (size_t k = 0; k < p->ntables; k++) {
            p->table[k] = (Lineshape){.sigma = resolution_sigma(r, 0.0)};
            p->table[k].value = lineshape_table(r, k, &p->table[k].n, &p->table[k].dt);
        }
    }
    assign_profiles(p);
}

void fit_qens_problem_clear(FitQensProblem *p)
{
    for (size_t k = 0; k < p->nprofiles; k++)
        free(p->profiles[k].row);
    for (size_t k = 0; k < p->ntables; k++)
        free((void *)p->table[k].value);
    free(p->profiles);
    free(p->quasi);
    free(p->vibration);
    free(p->table);
    *p = (FitQensProblem){0};
}

size_t fit_qens_problem_own(const FitQensProblem *p, size_t s)
{
    return p->nshared + s * p->nown;
}

size_t fit_qens_problem_widths(const FitQensProblem *p, size_t s)
{
    return p->model->own_widths ? fit_qens_problem_own(p, s) + p->nown - p->lines : 0;
}

/* ---- profiles */

/* The resolution at energy e for Lorentzians or for oscillators. */
static Lineshape resolution_at(const FitQensProblem *p, size_t spectrum, bool oscillators, double e)
{
    const Resolution *r = p->model->resolution;
    if (p->ntables > 0) {
        Lineshape l = p->table[p->ntables == 1 ? 0 : spectrum];
        l.stretch = oscillators ? resolution_fwhm(r, e) / resolution_fwhm(r, 0.0) : 1.0;
        l.sigma *= l.stretch;
        return l;
    }
    return (Lineshape){.sigma =
                           r != NULL ? resolution_sigma(r, e) : p->model->fwhm / FWHM_PER_SIGMA};
}

/* Mean of R over a bin. */
static double elastic_in_bin(const Lineshape *l, double e, double bin)
{
    if (l->n == 0 && bin > 0.0) {
        double root = l->sigma * sqrt(2.0), a = (e - 0.5 * bin) / root, b = (e + 0.5 * bin) / root;
        if (a < 0.0 && b > 0.0)
            return 0.5 * (erf(b) - erf(a)) / bin;
        return 0.5 * fabs(erfc(fabs(a)) - erfc(fabs(b))) / bin;
    }
    double x[LINESHAPE_NODES], w[LINESHAPE_NODES], sum = 0.0;
    size_t n = lineshape_bin(bin, l->sigma, x, w);
    for (size_t k = 0; k < n; k++)
        sum += w[k] * lineshape_resolution(l, e + x[k]);
    return sum;
}

/* Elastic line and Lorentzians of one point. */
static void quasi_row(const FitQensProfiles *f, const Lineshape *l, double kelvin, double e,
                      double bin, double row[])
{
    row[0] = elastic_in_bin(l, e, bin);
    for (size_t k = 0; k < f->slopes; k++) {
        double width = exp(fmin(fmax(f->key[k], -30.0), 12.0)), value = 0.0, slope = 0.0;
        double x[LINESHAPE_NODES], w[LINESHAPE_NODES], d;
        size_t n = lineshape_bin(bin, hypot(l->sigma, width), x, w);
        for (size_t j = 0; j < n; j++) {
            double b = w[j] * lineshape_balance(e + x[j], kelvin);
            value += b * lineshape_lorentz(l, e + x[j], width, &d);
            slope += b * d;
        }
        row[1 + k] = value;
        row[f->values + k] = slope * width;
    }
}

static void vibration_row(const FitQensProfiles *f, const Lineshape *l, double kelvin, double e,
                          double bin, double row[])
{
    for (size_t k = 0; k < f->values; k++) {
        double g = exp(fmin(fmax(f->key[k], -30.0), 12.0)),
               e0 = fmax(fabs(f->key[f->values + k]), 1e-9);
        double narrow = g < e0 ? g : e0 * e0 / (g + sqrt(g * g - e0 * e0));
        double x[LINESHAPE_NODES], w[LINESHAPE_NODES], de, dg, value = 0, by_e = 0, by_g = 0;
        size_t n = lineshape_bin(bin, hypot(l->sigma, narrow), x, w);
        for (size_t j = 0; j < n; j++) {
            double b = w[j] * lineshape_balance(e + x[j], kelvin);
            value += b * lineshape_oscillator(l, e + x[j], e0, g, &de, &dg);
            by_e += b * de, by_g += b * dg;
        }
        row[k] = value;
        row[f->values + k] = by_g * g;
        if (f->slopes > f->values)
            row[2 * f->values + k] = f->key[f->values + k] < 0.0 ? -by_e : by_e;
    }
}

/* Recompute if the widths (logarithms) or energies differ from those of the last time. */
static void update(FitQensProblem *p, FitQensProfiles *f, const double key[], size_t nkeys)
{
    if (f->ready && memcmp(key, f->key, nkeys * sizeof *key) == 0)
        return;
    const FitQensSpectrum *s = &p->spectra[f->spectrum];
    memcpy(f->key, key, nkeys * sizeof *key);
    for (size_t i = 0; i < s->n; i++) {
        Lineshape l = resolution_at(p, f->spectrum, f->oscillators, s->energy[i]);
        double bin = s->bin != NULL ? s->bin[i] : p->model->bin;
        (f->oscillators ? vibration_row : quasi_row)(f, &l, p->model->temperature, s->energy[i],
                                                     bin, f->row + i * (f->values + f->slopes));
    }
    f->ready = true;
}

void fit_qens_problem_update(FitQensProblem *p, const double x[])
{
    double key[FIT_QENS_KEYS];
    const double *damping = x + (p->model->own_widths ? 0 : p->lines);
    for (size_t k = 0; k < p->oscillators; k++) {
        key[k] = damping[k];
        key[p->oscillators + k] =
            p->model->free_energy ? damping[p->oscillators + k] : p->model->energy[k];
    }
    for (size_t k = 0; k < p->nprofiles; k++) {
        FitQensProfiles *f = &p->profiles[k];
        if (f->oscillators)
            update(p, f, key, 2 * p->oscillators);
        else
            update(p, f, x + fit_qens_problem_widths(p, f->spectrum), p->lines);
    }
}

/* ---- the model */

double fit_qens_problem_point(const FitQensProblem *p, const double x[], size_t s, size_t i,
                              double shared[], double own[])
{
    const FitQensProfiles *a = &p->profiles[p->quasi[s]], *b = &p->profiles[p->vibration[s]];
    const double *quasi = a->row + i * (a->values + a->slopes);
    const double *vibration = b->row + i * (b->values + b->slopes);
    const double *amplitude = x + fit_qens_problem_own(p, s);
    double factor = p->spectra[s].factor != NULL ? p->spectra[s].factor[i] : 1.0;
    double m = amplitude[1 + p->lines + p->oscillators];
    for (size_t k = 0; k <= p->lines; k++)
        m += amplitude[k] * quasi[k];
    for (size_t k = 0; k < p->oscillators; k++)
        m += amplitude[1 + p->lines + k] * vibration[k];
    if (own == NULL)
        return factor * m;
    double *widths = p->model->own_widths ? own + p->nown - p->lines : shared;
    double *damping = p->model->own_widths ? shared : shared + p->lines;
    for (size_t k = 0; k <= p->lines; k++)
        own[k] = factor * quasi[k];
    for (size_t k = 0; k < p->oscillators; k++)
        own[1 + p->lines + k] = factor * vibration[k];
    own[1 + p->lines + p->oscillators] = factor;
    for (size_t k = 0; k < p->lines; k++)
        widths[k] = factor * amplitude[1 + k] * quasi[a->values + k];
    for (size_t k = 0; k < b->slopes; k++)
        damping[k] = factor * amplitude[1 + p->lines + k % b->values] * vibration[b->values + k];
    return factor * m;
}

/* One spectrum by its numbers: parts as fit_qens_parts gives them. */
static void make_parts(FitQensProblem *p, const double x[], double parts[])
{
    const FitQensSpectrum *s = p->spectra;
    double *shared = MEM_NEW(double, p->nshared + p->nown), *own = shared + p->nshared;
    const double *amplitude = x + p->nshared;
    fit_qens_problem_update(p, x);
    for (size_t i = 0; i < s->n; i++) {
        (void)fit_qens_problem_point(p, x, 0, i, shared, own);
        for (size_t k = 0; k < 2 + p->lines + p->oscillators; k++)
            parts[k * s->n + i] = amplitude[k] * own[k];
    }
    free(shared);
}

void fit_qens_shape(const FitQensModel *model, const FitQensSpectrum *spectrum, size_t iq,
                    const double width[], const double energy[], const double damping[],
                    const double own[], double parts[])
{
    FitQensModel m = *model;
    Resolution one;
    FitQensProblem p;
    m.own_widths = m.free_energy = false;
    if (m.oscillators > 0)
        memcpy(m.energy, energy, (size_t)m.oscillators * sizeof *energy);
    if (m.resolution != NULL && m.resolution->nlines > 1) { /* the line of this spectrum alone */
        one = *m.resolution;
        one.nlines = 1, one.line += iq * one.nt, one.line_q += iq;
        m.resolution = &one;
    }
    fit_qens_problem_init(&p, &m, 1, spectrum);
    double *x = MEM_NEW(double, p.nshared + p.nown);
    for (size_t k = 0; k < p.lines; k++)
        x[k] = log(width[k]);
    for (size_t k = 0; k < p.oscillators; k++)
        x[p.lines + k] = log(damping[k]);
    memcpy(x + p.nshared, own, p.nown * sizeof *x);
    make_parts(&p, x, parts);
    free(x);
    fit_qens_problem_clear(&p);
}

void fit_qens_parts(const FitQensModel *model, const FitQensSpectrum spectra[],
                    const FitQensResult *r, size_t s, double parts[])
{
    FitQensModel m = *model;
    m.lines = r->lines;
    fit_qens_shape(&m, &spectra[s], s, r->own_width + s * (size_t)r->lines, r->energy, r->damping,
                   r->parameter + r->nshared + s * r->nown, parts);
}

void fit_qens_part_name(int lines, int oscillators, size_t k, size_t size, char name[size])
{
    size_t l = (size_t)lines, m = (size_t)oscillators;
    if (k == 0)
        snprintf(name, size, "elastic");
    else if (k <= l)
        snprintf(name, size, "lorentzian_%zu", k);
    else if (k <= l + m)
        snprintf(name, size, "mode_%zu", k - l);
    else
        snprintf(name, size, "background");
}
