#include "analysis/resolution.h"

#include "analysis/models.h"
#include "base/cubic.h"
#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* FWHM of a Gaussian over its standard deviation, 2 sqrt(2 ln 2) */
static const double FWHM_PER_SIGMA = 2.3548200450309493;

/* Share of the range at either end that is background, the window of a line's mean in units of its width, steps of the
 * transform per period of the whole range, |R| at the last time that the bins resolve beyond which they are too coarse */
static const double END_SHARE = 0.1, MEAN_WINDOW = 4.0, STEPS = 8.0, COARSE = 0.1;

void resolution_clear(Resolution *r)
{
    free(r->energy);
    free(r->fwhm);
    free(r->line_q);
    free(r->line);
    *r = (Resolution){0};
}

static void *copy_of(const void *from, size_t bytes)
{
    if (from == NULL)
        return NULL;
    void *to = mem_new(bytes, 1);
    memcpy(to, from, bytes);
    return to;
}

void resolution_copy(Resolution *to, const Resolution *from)
{
    *to = *from;
    to->energy = copy_of(from->energy, from->n * sizeof *from->energy);
    to->fwhm = copy_of(from->fwhm, from->n * sizeof *from->fwhm);
    to->line_q = copy_of(from->line_q, from->nlines * sizeof *from->line_q);
    to->line = copy_of(from->line, from->nlines * from->nt * sizeof *from->line);
}

Err resolution_table(Resolution *r, size_t n, const double energy[], const double fwhm[])
{
    *r = (Resolution){0};
    if (n == 0)
        return err_set(ERR_INPUT, "resolution: no width is given");
    for (size_t k = 0; k < n; k++) {
        if (!isfinite(fwhm[k]) || !(fwhm[k] > 0.0))
            return err_set(ERR_INPUT, "resolution: width %zu is %g meV; it must be positive", k + 1,
                           fwhm[k]);
        if (!isfinite(energy[k]) || (k > 0 && !(energy[k] > energy[k - 1])))
            return err_set(ERR_INPUT, "resolution: energy %zu, %g meV, does not increase", k + 1,
                           energy[k]);
    }
    r->n = n;
    r->energy = copy_of(energy, n * sizeof *energy);
    r->fwhm = copy_of(fwhm, n * sizeof *fwhm);
    return OK;
}

Err resolution_gaussian(Resolution *r, double fwhm)
{
    return resolution_table(r, 1, (double[]){0.0}, &fwhm);
}

double resolution_fwhm(const Resolution *r, double e)
{
    if (!(e > r->energy[0]))
        return r->fwhm[0];
    if (e >= r->energy[r->n - 1])
        return r->fwhm[r->n - 1];
    size_t low = 0, high = r->n - 1;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        *(r->energy[middle] <= e ? &low : &high) = middle;
    }
    double f = (e - r->energy[low]) / (r->energy[high] - r->energy[low]);
    return (1.0 - f) * r->fwhm[low] + f * r->fwhm[high];
}

double resolution_sigma(const Resolution *r, double e)
{
    return resolution_fwhm(r, e) / FWHM_PER_SIGMA;
}

/* The transform of a measured line at t >= 0; beyond its table 0. */
static double _Complex line_at(const Resolution *r, size_t iq, double t)
{
    const double _Complex *line = r->line + (r->nlines == 1 ? 0 : iq) * r->nt;
    double x = t / r->dt;
    if (!(x < (double)(r->nt - 1)))
        return 0.0;
    size_t k = (size_t)x;
    double u = x - (double)k;
    double _Complex before = k > 0 ? line[k - 1] : conj(line[1]);
    double _Complex last = k + 2 < r->nt ? line[k + 2] : 0.0;
    return CMPLX(cubic_between(creal(before), creal(line[k]), creal(line[k + 1]), creal(last), u),
                 cubic_between(cimag(before), cimag(line[k]), cimag(line[k + 1]), cimag(last), u));
}

double _Complex resolution_in_time(const Resolution *r, size_t iq, double e, double t)
{
    if (r->nlines == 0) {
        double x = resolution_sigma(r, e) * t / UNITS_HBAR_MEV_PS;
        return exp(-0.5 * x * x);
    }
    double _Complex line =
        line_at(r, iq, fabs(t) * resolution_fwhm(r, e) / resolution_fwhm(r, 0.0));
    return t < 0.0 ? conj(line) : line;
}

/* ---- measured lines */

/* Background of one line: mean over both ends of the range. */
static double ends_mean(size_t n, const double y[])
{
    size_t m = (size_t)fmax(1.0, floor(END_SHARE * (double)n));
    double sum = 0.0;
    for (size_t k = 0; k < m; k++)
        sum += y[k] + y[n - 1 - k];
    return sum / (2.0 * (double)m);
}

/* Width of the part above half of the maximum at bin `top`; 0 if it reaches an end of the range. */
static double half_width(size_t n, double step, const double y[], size_t top)
{
    size_t a = top, b = top;
    while (a > 0 && y[a] > 0.5 * y[top])
        a--;
    while (b + 1 < n && y[b] > 0.5 * y[top])
        b++;
    return a == 0 || b + 1 == n ? 0.0 : (double)(b - a) * step;
}

/* Background off, area 1; *mean is the first moment near the maximum. y is changed. */
static Err normalise(size_t n, const double energy[], double q, double *y, double *mean)
{
    double step = (energy[n - 1] - energy[0]) / (double)(n - 1), flat = ends_mean(n, y);
    double area = 0.0, sum = 0.0, moment = 0.0;
    size_t top = 0;
    for (size_t k = 0; k < n; k++) {
        y[k] -= flat;
        area += y[k] * step;
        if (y[k] > y[top])
            top = k;
    }
    double width = y[top] > 0.0 && area > 0.0 ? half_width(n, step, y, top) : -1.0;
    if (width < 0.0)
        return err_set(ERR_INPUT, "resolution: the line at Q = %g 1/A has no area", q);
    double reach = MEAN_WINDOW * width;
    if (width == 0.0 || energy[top] - 0.5 * reach < energy[0] ||
        energy[top] + 0.5 * reach > energy[n - 1])
        return err_set(
            ERR_INPUT,
            "resolution: the line at Q = %g 1/A with its maximum at %g meV is not inside "
            "the range %g to %g meV",
            q, energy[top], energy[0], energy[n - 1]);
    for (size_t k = 0; k < n; k++) {
        if (fabs(energy[k] - energy[top]) <= reach)
            sum += y[k], moment += y[k] * energy[k];
        y[k] /= area;
    }
    *mean = moment / sum;
    return OK;
}

/* int R(E) exp(-iEt/hbar) dE of averages over bins: their sum, divided by the transform of a bin. */
static double _Complex transform(size_t n, const double energy[], const double y[], double mean,
                                 double t)
{
    double step = (energy[n - 1] - energy[0]) / (double)(n - 1);
    double _Complex sum = 0.0;
    for (size_t k = 0; k < n; k++)
        sum += y[k] * cexp(-I * (energy[k] - mean) * t / UNITS_HBAR_MEV_PS);
    return sum * step / models_j0(0.5 * step * t / UNITS_HBAR_MEV_PS);
}

/* All lines, each on its own mean, at nt times up to the last that bins of this width resolve. Each is cut where it first
 * falls below `floor` or twice its noise, the rms of |R| over the last quarter of these times. */
static Err transform_lines(Resolution *r, size_t n, const double energy[], const double *y,
                           const double *mean, double floor)
{
    double step = (energy[n - 1] - energy[0]) / (double)(n - 1);
    r->dt = 2.0 * PI * UNITS_HBAR_MEV_PS / (STEPS * (double)n * step);
    r->nt = (size_t)(0.5 * STEPS * (double)n) + 1;
    r->line = MEM_NEW(double _Complex, r->nlines * r->nt);
    for (size_t i = 0; i < r->nlines; i++) {
        double _Complex *line = r->line + i * r->nt;
        double noise = 0.0;
        size_t tail = r->nt - r->nt / 4, k = 1;
        for (size_t j = 0; j < r->nt; j++) {
            line[j] = transform(n, energy, y + i * n, mean[i], (double)j * r->dt);
            if (j >= tail)
                noise += creal(line[j] * conj(line[j])) / (double)(r->nt - tail);
        }
        noise = sqrt(noise);
        if (noise > COARSE)
            return err_set(ERR_INPUT,
                           "resolution: bins of %g meV are too coarse for the line at Q = %g 1/A, "
                           "or it is noise (its transform is still %.2g where they end)",
                           step, r->line_q[i], noise);
        while (k < r->nt && cabs(line[k]) > fmax(floor, 2.0 * noise))
            k++;
        memset(line + k, 0, (r->nt - k) * sizeof *line);
    }
    return OK;
}

/* R(E) of the mean of all lines, from their transforms. */
static double mean_line(const Resolution *r, double e)
{
    double sum = 0.0;
    for (size_t i = 0; i < r->nlines; i++)
        for (size_t k = 0; k < r->nt; k++)
            sum +=
                (k == 0 ? 0.5 : 1.0) * creal(r->line[i * r->nt + k] *
                                             cexp(I * e * ((double)k * r->dt / UNITS_HBAR_MEV_PS)));
    return sum * r->dt / (PI * UNITS_HBAR_MEV_PS * (double)r->nlines);
}

/* Distance from the maximum at `top` to half of it, on the side of `step`; NaN if there is none within a thousand. */
static double half_distance(const Resolution *r, double top, double step)
{
    double half = 0.5 * mean_line(r, top), a = top, b = top + step;
    for (int k = 0; mean_line(r, b) > half; k++, a = b, b += step)
        if (k == 1000)
            return NAN;
    for (int k = 0; k < 50; k++) {
        double c = 0.5 * (a + b);
        *(mean_line(r, c) > half ? &a : &b) = c;
    }
    return fabs(a - top);
}

/* FWHM of the mean line; `step` is that of the bins. */
static double lines_fwhm(const Resolution *r, double step)
{
    double top = 0.0, best = mean_line(r, 0.0);
    for (int k = -40; k <= 40; k++) {
        double e = 0.05 * step * (double)k, v = mean_line(r, e);
        if (v > best)
            best = v, top = e;
    }
    return half_distance(r, top, -0.25 * step) + half_distance(r, top, 0.25 * step);
}

/* The table keeps its shape; FWHM(0) becomes that of the lines. */
static Err scale_table(Resolution *r, double fwhm)
{
    if (!(fwhm > 0.0))
        return err_set(ERR_INPUT, "resolution: the measured line has no width");
    if (r->n == 0) {
        r->n = 1;
        r->energy = MEM_NEW(double, 1);
        r->fwhm = MEM_NEW(double, 1);
        r->fwhm[0] = fwhm;
    }
    double factor = fwhm / resolution_fwhm(r, 0.0);
    for (size_t k = 0; k < r->n; k++)
        r->fwhm[k] *= factor;
    return OK;
}

static Err check_lines(size_t nlines, const double q[], size_t n, const double energy[],
                       const double y[])
{
    if (nlines == 0 || n < 8)
        return err_set(ERR_INPUT,
                       "resolution: %zu lines of %zu bins; at least one of eight is needed", nlines,
                       n);
    double step = (energy[n - 1] - energy[0]) / (double)(n - 1);
    for (size_t k = 0; k < n; k++)
        if (!(step > 0.0) || !(fabs(energy[k] - energy[0] - step * (double)k) <= 1e-6 * step))
            return err_set(ERR_INPUT,
                           "resolution: energies must be evenly spaced (1e-6 of a bin); number "
                           "%zu, %g meV, is not",
                           k + 1, energy[k]);
    for (size_t k = 0; k < nlines * n; k++)
        if (!isfinite(y[k]))
            return err_set(ERR_INPUT, "resolution: the line at Q = %g 1/A has no number at %g meV",
                           q[k / n], energy[k % n]);
    return OK;
}

Err resolution_measured(Resolution *r, size_t nlines, const double q[], size_t n,
                        const double energy[], const double y[], double floor)
{
    TRY(check_lines(nlines, q, n, energy, y));
    free(r->line);
    free(r->line_q);
    r->line = NULL;
    r->nlines = nlines;
    r->line_q = copy_of(q, nlines * sizeof *q);
    double *mine = copy_of(y, nlines * n * sizeof *y), *mean = MEM_NEW(double, nlines);
    Err e = OK;
    for (size_t i = 0; i < nlines && e == OK; i++)
        e = normalise(n, energy, q[i], mine + i * n, &mean[i]);
    if (e == OK)
        e = transform_lines(r, n, energy, mine, mean, floor);
    if (e == OK)
        e = scale_table(r, lines_fwhm(r, (energy[n - 1] - energy[0]) / (double)(n - 1)));
    free(mine);
    free(mean);
    if (e != OK)
        resolution_clear(r);
    return e;
}
