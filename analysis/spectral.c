#include "analysis/spectral.h"

#include "base/mem.h"

#include <fftw3.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_TERMS = 4,
    FEWEST = 8,       /* points of a fit */
    FEW_BLOCKS = 16,  /* whose scatter is trusted alone */
    MOST_BLOCKS = 64, /* of two windows or more */
    LOWEST = 16,      /* points that must not lie below the fit */
};

/* Chance at which the lowest points of a true plateau would be called a notch, for each of a few tests. */
static const double unlikely = 1e-4;

/* Likelihood ratio of two more terms at which the shorter polynomial fails: 5 % point of chi-squared with 2 degrees. */
static const double significant = 6.0;

/* What is left of the cutoff at which a polynomial of order 0, 1 is just good enough; the variance of ln S(0) in
 * units of 2/(values * cutoff) of the fit with one order more. */
static const double lowered[2] = {0.7, 0.5}, inflation[2] = {2.25, 3.52};

/* What blocks of two windows miss of the variance for fits of order 1, 2 (Gaussian paths): 1 - int S(f) F(f) df/S(0), where
 * S(f) = int [c(s)^2 + c(s) c(f-s)] ds over |s|, |f-s| < 1 is the spectrum of q, c the influence as a function of f/cutoff, and F
 * the Fejer kernel of the block; for k windows less by (k/2)^-0.83 (0.121, 0.068, 0.038 for 2, 4, 8). */
static const double hidden[2] = {0.121, 0.098};

/* ---- sine transforms ---- */

/* Largest even m <= most that is a product of 2, 3, 5, 7; `most` itself if it is small. */
static size_t good_length(size_t most)
{
    if (most < 64)
        return most;
    for (size_t m = most & ~(size_t)1;; m -= 2) {
        size_t rest = m;
        for (size_t f = 2; f <= 7; f++)
            while (rest % f == 0)
                rest /= f;
        if (rest == 1)
            return m;
    }
}

static fftw_plan sine_plan(size_t n, double *work)
{
    return fftw_plan_r2r_1d((int)n, work, work, FFTW_RODFT00, FFTW_ESTIMATE);
}

void spectral_init(Spectral *s, size_t frames, size_t most)
{
    *s = (Spectral){.frames = frames, .group = (frames + most - 1) / most};
    if (frames < 3)
        return;
    s->n = good_length(frames / s->group) - 1;
    s->work = MEM_NEW(double, s->n);
    s->plan = sine_plan(s->n, s->work);
}

void spectral_clear(Spectral *s)
{
    if (s->plan != NULL)
        fftw_destroy_plan(s->plan);
    free(s->work);
    *s = (Spectral){0};
}

static double group_mean(const Spectral *s, const double x[], size_t k)
{
    double sum = 0.0;
    for (size_t i = 0; i < s->group; i++)
        sum += x[k * s->group + i];
    return sum / (double)s->group;
}

static void transform(Spectral *s, double scale, double y[])
{
    if (s->n == 0)
        return;
    fftw_execute(s->plan);
    double factor = scale / sqrt(2.0 * (double)(s->n + 1));
    for (size_t j = 0; j < s->n; j++)
        y[j] = factor * s->work[j];
}

void spectral_of_path(Spectral *s, const double x[], double y[])
{
    double last = s->n > 0 ? group_mean(s, x, 0) : 0.0;
    for (size_t k = 0; k < s->n; k++) {
        double now = group_mean(s, x, k + 1);
        s->work[k] = now - last;
        last = now;
    }
    transform(s, 1.0 / sqrt((double)s->group), y);
}

void spectral_of_rate(Spectral *s, const double v[], double y[])
{
    for (size_t k = 0; k < s->n; k++)
        s->work[k] = group_mean(s, v, k);
    transform(s, sqrt((double)s->group), y);
}

/* ---- the fit ---- */

/* Even Legendre polynomials of s, which are nearly orthogonal on the points of a fit. */
static void legendre(double s, int terms, double phi[])
{
    double x = s * s;
    const double all[MOST_TERMS] = {1.0, 1.5 * x - 0.5, ((35.0 * x - 30.0) * x + 3.0) / 8.0,
                                    (((231.0 * x - 315.0) * x + 105.0) * x - 5.0) / 16.0};
    memcpy(phi, all, (size_t)terms * sizeof *phi);
}

typedef struct Polynomial {
    size_t cutoff;
    int terms;
    double *phi; /* [cutoff][terms] */
    double b[MOST_TERMS];
    double loss; /* sum (p/S + ln S) */
} Polynomial;

static double log_level(const Polynomial *f, const double b[], size_t j)
{
    double sum = 0.0;
    for (int i = 0; i < f->terms; i++)
        sum += b[i] * f->phi[j * (size_t)f->terms + (size_t)i];
    return sum;
}

static double loss(const Polynomial *f, const double p[], const double b[])
{
    double sum = 0.0;
    for (size_t j = 0; j < f->cutoff; j++) {
        double l = log_level(f, b, j);
        sum += p[j] * exp(-l) + l;
    }
    return sum;
}

/* Solve a x = x for a symmetric positive a by Cholesky; a is spoilt. */
static void solve(int n, double a[MOST_TERMS][MOST_TERMS], double x[])
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
            double sum = a[i][j];
            for (int k = 0; k < j; k++)
                sum -= a[i][k] * a[j][k];
            a[i][j] = i == j ? sqrt(fmax(sum, 1e-12 * a[i][i])) : sum / a[j][j];
        }
        for (int k = 0; k < i; k++)
            x[i] -= a[i][k] * x[k];
        x[i] /= a[i][i];
    }
    for (int i = n - 1; i >= 0; i--) {
        for (int k = i + 1; k < n; k++)
            x[i] -= a[k][i] * x[k];
        x[i] /= a[i][i];
    }
}

/* Gradient and curvature of the loss; with p NULL the expected curvature. */
static void derivatives(const Polynomial *f, const double *p, double gradient[],
                        double curvature[MOST_TERMS][MOST_TERMS])
{
    memset(gradient, 0, MOST_TERMS * sizeof *gradient);
    memset(curvature, 0, MOST_TERMS * sizeof *curvature);
    for (size_t j = 0; j < f->cutoff; j++) {
        const double *phi = f->phi + j * (size_t)f->terms;
        double r = p != NULL ? p[j] * exp(-log_level(f, f->b, j)) : 1.0;
        for (int i = 0; i < f->terms; i++) {
            gradient[i] += (1.0 - r) * phi[i];
            for (int k = 0; k <= i; k++)
                curvature[i][k] += r * phi[i] * phi[k];
        }
    }
}

/* Newton's method; the loss is convex in b. */
static void minimise(Polynomial *f, const double p[])
{
    double mean = 0.0;
    for (size_t j = 0; j < f->cutoff; j++)
        mean += p[j] / (double)f->cutoff;
    memset(f->b, 0, sizeof f->b);
    f->b[0] = log(mean);
    f->loss = loss(f, p, f->b);
    for (int round = 0; round < 60; round++) {
        double step[MOST_TERMS], gradient[MOST_TERMS], curvature[MOST_TERMS][MOST_TERMS];
        double next[MOST_TERMS], there = 0.0, length = 1.0, gain = 0.0;
        derivatives(f, p, gradient, curvature);
        memcpy(step, gradient, sizeof step);
        solve(f->terms, curvature, step);
        for (int i = 0; i < f->terms; i++)
            gain += gradient[i] * step[i];
        if (gain < 1e-10)
            return;
        for (; length > 1e-6; length *= 0.5) {
            for (int i = 0; i < f->terms; i++)
                next[i] = f->b[i] - length * step[i];
            there = loss(f, p, next);
            if (there <= f->loss)
                break;
        }
        if (!(there <= f->loss))
            return;
        memcpy(f->b, next, (size_t)f->terms * sizeof *next);
        f->loss = there;
    }
}

static Polynomial polynomial(const double p[], size_t cutoff, int order)
{
    Polynomial f = {.cutoff = cutoff, .terms = order + 1};
    f.phi = MEM_NEW(double, cutoff *(size_t)f.terms);
    for (size_t j = 0; j < cutoff; j++)
        legendre((double)(j + 1) / ((double)cutoff + 0.5), f.terms, f.phi + j * (size_t)f.terms);
    minimise(&f, p);
    return f;
}

/* Do the lowest points lie below the fitted level by more than chance? So does the spectrum of ions that only vibrate, or of
 * a crystal that goes to and fro: it falls to zero, in a notch too narrow for a polynomial up to a high cutoff. However
 * many ions there are, they may all move together: no more than three numbers a point are trusted. */
static bool has_notch(const Polynomial *f, const double p[], double values)
{
    double sum = 0.0;
    size_t done = 0;
    for (size_t m = 2; m <= f->cutoff && m <= LOWEST; m *= 2) {
        for (; done < m; done++)
            sum += p[done] * exp(-log_level(f, f->b, done));
        double degrees = fmin(values, 3.0) * (double)m;
        if (gsl_cdf_chisq_P(sum / (double)m * degrees, degrees) < unlikely)
            return true;
    }
    return false;
}

/* Is order p enough up to the cutoff? Numbers that scatter more than the gamma law says (ions that move together) are
 * worth less. */
static bool suffices(const double p[], double values, size_t cutoff, int order)
{
    Polynomial few = polynomial(p, cutoff, order), more = polynomial(p, cutoff, order + 2);
    double scatter = 0.0;
    for (size_t j = 0; j < cutoff; j++) {
        double r = p[j] * exp(-log_level(&more, more.b, j)) - 1.0;
        scatter += r * r * 0.5 * values / (double)cutoff;
    }
    bool notch = has_notch(&few, p, values);
    free(few.phi);
    free(more.phi);
    return !notch && values * (few.loss - more.loss) < significant * fmax(scatter, 1.0);
}

static double sum_of(size_t n, const double p[])
{
    double sum = 0.0;
    for (size_t j = 0; j < n; j++)
        sum += p[j];
    return sum;
}

/* Value, gamma error and influence of the points, with the polynomial as it is. */
static void describe(const Polynomial *f, double values, SpectralFit *fit)
{
    double origin[MOST_TERMS], unused[MOST_TERMS], curvature[MOST_TERMS][MOST_TERMS];
    double solved[MOST_TERMS], variance = 0.0, level = 0.0;
    legendre(0.0, f->terms, origin);
    derivatives(f, NULL, unused, curvature);
    memcpy(solved, origin, sizeof solved);
    solve(f->terms, curvature, solved);
    for (int i = 0; i < f->terms; i++) {
        variance += origin[i] * solved[i];
        level += origin[i] * f->b[i];
    }
    *fit = (SpectralFit){.cutoff = f->cutoff,
                         .order = f->terms - 1,
                         .value = exp(level),
                         .gamma = sqrt(2.0 * variance / values),
                         .windows = 1.0 / variance,
                         .level = MEM_NEW(double, f->cutoff),
                         .influence = MEM_NEW(double, f->cutoff)};
    for (size_t j = 0; j < f->cutoff; j++) {
        fit->level[j] = exp(log_level(f, f->b, j));
        for (int i = 0; i < f->terms; i++)
            fit->influence[j] += solved[i] * f->phi[j * (size_t)f->terms + (size_t)i];
    }
}

static void fit_at(size_t n, const double p[], double values, size_t cutoff, int order,
                   SpectralFit *fit)
{
    if (cutoff > n)
        cutoff = n;
    if ((size_t)order >= cutoff)
        order = 0;
    *fit = (SpectralFit){.value = cutoff == 0 ? NAN : 0.0, .gamma = NAN};
    if (cutoff == 0 || !(sum_of(cutoff, p) > 0.0))
        return;
    Polynomial f = polynomial(p, cutoff, order);
    describe(&f, values, fit);
    fit->plateau = !has_notch(&f, p, values);
    free(f.phi);
}

void spectral_fit(size_t n, const double p[], double values, SpectralFit *fit)
{
    size_t best = FEWEST;
    int order = 1;
    double most = 0.0;
    for (int p0 = 0; p0 < 2; p0++)
        for (size_t cutoff = n; cutoff >= FEWEST; cutoff = (size_t)((double)cutoff * sqrt(0.5))) {
            double windows = (double)cutoff / inflation[p0];
            if (windows <= most)
                break;
            if (!(sum_of(cutoff, p) > 0.0) || !suffices(p, values, cutoff, p0))
                continue;
            most = windows;
            order = p0 + 1;
            best = (size_t)fmax(FEWEST, lowered[p0] * (double)cutoff);
        }
    fit_at(n, p, values, best, order, fit);
    fit->plateau = fit->plateau && most > 0.0;
}

void spectral_fit_like(const SpectralFit *other, size_t n, const double p[], double values,
                       SpectralFit *fit)
{
    fit_at(n, p, values, other->cutoff, other->order, fit);
    fit->plateau = fit->plateau && other->plateau;
}

void spectral_fit_clear(SpectralFit *fit)
{
    free(fit->level);
    free(fit->influence);
    *fit = (SpectralFit){0};
}

/* ---- the error ---- */

void spectral_times_init(SpectralTimes *t, const SpectralFit *fit, size_t n)
{
    *t = (SpectralTimes){.fit = fit};
    if (fit->cutoff == 0)
        return;
    /* squares of functions of the first `cutoff` frequencies need twice as many times */
    t->times = 2 * fit->cutoff + 1;
    while (t->times < n && good_length(t->times + 1) != t->times + 1)
        t->times++;
    if (t->times > n)
        t->times = n;
    t->q = MEM_NEW(Exact, t->times);
    t->work = MEM_NEW(double, 2 * t->times);
    t->weighted = t->work + t->times;
    t->plan = sine_plan(t->times, t->work);
}

void spectral_times_clear(SpectralTimes *t)
{
    if (t->plan != NULL)
        fftw_destroy_plan(t->plan);
    free(t->q);
    free(t->work);
    *t = (SpectralTimes){0};
}

double spectral_times_add(SpectralTimes *t, const double y[], double weight)
{
    const SpectralFit *fit = t->fit;
    if (t->times == 0)
        return 0.0;
    /* two real series: the whitened path and the same seen by the estimator; their product is what each time adds */
    memset(t->work, 0, t->times * sizeof *t->work);
    for (size_t j = 0; j < fit->cutoff; j++)
        t->work[j] = y[j] / sqrt(fit->level[j]) * fit->influence[j];
    fftw_execute(t->plan);
    memcpy(t->weighted, t->work, t->times * sizeof *t->work);
    memset(t->work, 0, t->times * sizeof *t->work);
    for (size_t j = 0; j < fit->cutoff; j++)
        t->work[j] = y[j] / sqrt(fit->level[j]);
    fftw_execute(t->plan);
    double sum = 0.0, scale = weight / (2.0 * (double)(t->times + 1));
    for (size_t k = 0; k < t->times; k++) {
        double q = scale * t->work[k] * t->weighted[k];
        exact_add(&t->q[k], q);
        sum += q;
    }
    return sum;
}

double spectral_error(const SpectralTimes *a, const SpectralTimes *b, double floor)
{
    if (a->times == 0)
        return NAN;
    size_t blocks = (size_t)(0.5 * a->fit->windows), used = a->times;
    blocks = blocks > MOST_BLOCKS ? MOST_BLOCKS : blocks;
    if (blocks < 5)
        return floor;
    size_t length = used / blocks;
    double mean = 0.0, sum = 0.0, count = (double)blocks, *value = MEM_NEW(double, blocks);
    for (size_t k = 0; k < blocks; k++) {
        for (size_t i = k * length; i < (k + 1) * length; i++)
            value[k] += exact_value(a->q[i]) - (b != NULL ? exact_value(b->q[i]) : 0.0);
        mean += value[k] / count;
    }
    for (size_t k = 0; k < blocks; k++)
        sum += (value[k] - mean) * (value[k] - mean);
    free(value);
    /* the whole is the sum over blocks, of whose variance correlation between neighbours hides a part; and Student's law of so
     * few numbers is wider than the normal one */
    double seen = 1.0 - hidden[a->fit->order > 1] * pow(a->fit->windows / (2.0 * count), -0.83);
    double variance = sum * count / (count - 1.0) * (double)used / (count * (double)length) / seen;
    double error = sqrt(variance * (count - 1.0) / (count - 3.0));
    return blocks < FEW_BLOCKS ? fmax(error, floor) : error;
}
