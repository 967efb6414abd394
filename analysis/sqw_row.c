#include "analysis/sqw_row.h"

#include "analysis/models.h"
#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>

/* Mesh step in units of hbar/s, and how far a Gaussian R(t) is followed: exp(-7^2/2) = 2e-11 */
static const double MESH = 0.02, REACH = 7.0;

Err sqw_row_init(SqwLags *lags, size_t n, const double t[], SqwTail tail, double plateau_start)
{
    if (n < 2 || t[0] != 0.0)
        return err_set(ERR_INPUT, "t: at least two times are needed, the first 0");
    for (size_t j = 1; j < n; j++)
        if (!(t[j] > t[j - 1]))
            return err_set(ERR_INPUT, "t: time %g ps after %g ps does not increase", t[j],
                           t[j - 1]);
    double end = t[n - 1];
    double from = plateau_start > 0.0 && plateau_start < end ? plateau_start : 0.5 * end;
    *lags = (SqwLags){.n = n, .t = t, .tail = tail, .from = from, .plateau = MEM_NEW(double, n)};
    for (size_t j = 0; j + 1 < n; j++) {
        double a = fmax(from, t[j]), b = t[j + 1];
        if (!(b > a))
            continue;
        double f = (0.5 * (a + b) - t[j]) / (t[j + 1] - t[j]), share = (b - a) / (end - from);
        lags->plateau[j] += share * (1.0 - f);
        lags->plateau[j + 1] += share * f;
    }
    return OK;
}

void sqw_row_clear(SqwLags *lags)
{
    free(lags->plateau);
    *lags = (SqwLags){0};
}

void sqw_row_filon(double a, double b, double w, double _Complex weight[3])
{
    double h = b - a, x = 0.5 * w * h;
    /* moments of u^0, u^1 (over i), u^2 against exp(ixu), -1 < u < 1, halved; j1(x)/x in series where it loses digits */
    double ratio = fabs(x) < 0.1
                       ? (1.0 - x * x / 10.0 * (1.0 - x * x / 28.0 * (1.0 - x * x / 54.0))) / 3.0
                       : (sin(x) - x * cos(x)) / (x * x * x);
    double m0 = models_j0(x), m1 = x * ratio, m2 = m0 - 2.0 * ratio;
    double middle = 0.5 * w * (a + b);
    double _Complex phase = h * CMPLX(cos(middle), sin(middle));
    weight[0] = phase * (0.5 * (m2 - I * m1));
    weight[1] = phase * (m0 - m2);
    weight[2] = phase * (0.5 * (m2 + I * m1));
}

/* The resolution at one energy: where it ends, the step of the mesh [ps]. */
typedef struct Kernel {
    const Resolution *r;
    size_t iq;
    double e, omega, end, step;
    double decay; /* [1/ps^2] of a Gaussian R(t) = exp(-decay t^2) */
} Kernel;

static Kernel kernel_of(const Resolution *r, size_t iq, double e)
{
    double unit = UNITS_HBAR_MEV_PS / resolution_sigma(r, e), end = REACH * unit;
    if (r->nlines > 0)
        end = (double)r->nt * r->dt * resolution_fwhm(r, 0.0) / resolution_fwhm(r, e);
    return (Kernel){r, iq, e, e / UNITS_HBAR_MEV_PS, end, MESH * unit, 0.5 / (unit * unit)};
}

static double _Complex kernel_at(const Kernel *k, double t)
{
    return k->r->nlines == 0 ? exp(-k->decay * t * t) : resolution_in_time(k->r, k->iq, k->e, t);
}

/* int R(t) exp(iwt) g(t) dt over [a,b], real part, for g = 1 - (t-a)/(b-a) and for g = (t-a)/(b-a). */
static void piece(const Kernel *k, double a, double b, double *falling, double *rising)
{
    size_t n = (size_t)fmax(1.0, ceil((b - a) / k->step));
    double h = (b - a) / (double)n, fall = 0.0, rise = 0.0;
    double _Complex last = kernel_at(k, a);
    for (size_t i = 0; i < n; i++) {
        double from = a + (double)i * h;
        double _Complex weight[3],
            value[3] = {last, kernel_at(k, from + 0.5 * h), kernel_at(k, from + h)};
        sqw_row_filon(from, from + h, k->omega, weight);
        for (int m = 0; m < 3; m++) {
            double f = ((double)i + 0.5 * m) / (double)n, v = creal(weight[m] * value[m]);
            fall += (1.0 - f) * v;
            rise += f * v;
        }
        last = value[2];
    }
    *falling = fall, *rising = rise;
}

/* 1 before the window of the plateau, falling as cos^2 to 0 at its end. */
static double fade(double t, double from, double end)
{
    return t <= from ? 1.0 : 0.5 * (1.0 + cos(PI * (t - from) / (end - from)));
}

void sqw_row(const SqwLags *lags, const Resolution *r, size_t iq, double e, double row[])
{
    const double *t = lags->t, norm = 1.0 / (PI * UNITS_HBAR_MEV_PS);
    size_t n = lags->n;
    Kernel k = kernel_of(r, iq, e);
    double falling, rising, rest = 0.0;
    for (size_t j = 0; j < n; j++)
        row[j] = 0.0;
    for (size_t j = 0; j + 1 < n && t[j] < k.end; j++) {
        piece(&k, t[j], t[j + 1], &falling, &rising);
        row[j] += norm * falling;
        row[j + 1] += norm * rising;
    }
    if (lags->tail == SQW_TAIL_ZERO)
        return;
    if (k.end > t[n - 1]) {
        piece(&k, t[n - 1], k.end, &falling, &rising);
        rest = norm * (falling + rising);
    }
    for (size_t j = 0; j < n; j++) {
        double left = fade(t[j], lags->from, t[n - 1]);
        rest += (1.0 - left) * row[j];
        row[j] *= left;
    }
    for (size_t j = 0; j < n; j++)
        row[j] += rest * lags->plateau[j];
}
