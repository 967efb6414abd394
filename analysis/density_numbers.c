#include "analysis/density_numbers.h"

#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *first, *second;
    double low, high; /* [A] where its highest point may be */
} peaks[DENSITY_PEAKS] = {{"Mg-B", "Mg", "B", 2.1, 2.8},
                          {"Mg-H", "Mg", "H", 1.7, 2.4},
                          {"B-H", "B", "H", 0.95, 1.5},
                          {"H-H", "H", "H", 1.75, 2.25}};

static const double HALF_AREA = 0.3, FIT_LOW = 1.0, FIT_HIGH = 5.0; /* [A] */

const char *density_numbers_peak(DensityPeak p)
{
    return peaks[p].name;
}

const char *density_numbers_occupancy(DensityOccupancy x)
{
    static const char *const names[DENSITY_XS] = {
        "MgH",     "BH",      "HH",          "curve",         "refined", "area_MgH",
        "area_BH", "area_HH", "scale_curve", "scale_refined", "u"};
    return names[x];
}

/* Index of an element, -1 if it is not there; isotopes scatter alike, the first counts. */
static int species_of(const DensityCurves *c, const char *element)
{
    for (int a = 0; a < c->nspecies; a++)
        if (strcmp(c->species[a]->element, element) == 0)
            return a;
    return -1;
}

/* Contribution of a pair to T(r): t [nr]. */
static void contribution(const DensityCurves *c, size_t form, size_t pair, size_t without,
                         double t[])
{
    density_pdf_mean(c, form, pair, without, t);
    for (size_t k = 0; k < c->nr; k++)
        t[k] += 4.0 * PI * c->r[k] * c->number * c->level[form * c->npair + pair];
}

/* Vertex of the highest point of t in the range of a peak, NaN if there is none inside. */
static double find_peak(const DensityCurves *c, const double t[], DensityPeak p)
{
    size_t best = 0;
    for (size_t k = 1; k + 1 < c->nr; k++)
        if (c->r[k] >= peaks[p].low && c->r[k] <= peaks[p].high && (best == 0 || t[k] > t[best]))
            best = k;
    if (best == 0 || t[best - 1] > t[best] || t[best + 1] > t[best])
        return NAN;
    double curvature = t[best - 1] - 2.0 * t[best] + t[best + 1];
    double slope = 0.5 * (t[best + 1] - t[best - 1]);
    return c->r[best] - (curvature < 0.0 ? slope / curvature : 0.0) * c->r[0];
}

/* Height by the parabola of the three nearest points, area by trapezia. */
static void measure(const DensityCurves *c, const double t[], double at, double *height,
                    double *area)
{
    double step = c->r[0], sum = 0.0;
    size_t near = (size_t)(at / step + 0.5) - 1, half = (size_t)(HALF_AREA / step + 0.5);
    if (near < half || near + half >= c->nr)
        return;
    double u = (at - c->r[near]) / step, curvature = t[near - 1] - 2.0 * t[near] + t[near + 1];
    *height = t[near] + 0.5 * u * (t[near + 1] - t[near - 1] + u * curvature);
    for (size_t k = near - half; k <= near + half; k++)
        sum += (k == near - half || k == near + half ? 0.5 : 1.0) * step * c->r[k] * t[k];
    *area = sum;
}

/* at [DENSITY_PEAKS] where heights are taken; NULL: where the peaks are. */
static DensityNumbers find_peaks(const DensityCurves *c, size_t form, size_t without,
                                 const double at[])
{
    DensityNumbers out;
    double *t = MEM_NEW(double, c->nr);
    for (int p = 0; p < DENSITY_PEAKS; p++) {
        out.position[p] = out.height[p] = out.area[p] = NAN;
        int a = species_of(c, peaks[p].first), b = species_of(c, peaks[p].second);
        if (a < 0 || b < 0)
            continue;
        contribution(c, form, density_pdf_pair(c->nspecies, a, b), without, t);
        out.position[p] = find_peak(c, t, (DensityPeak)p);
        double place = at != NULL ? at[p] : out.position[p];
        if (isfinite(place))
            measure(c, t, place, &out.height[p], &out.area[p]);
    }
    free(t);
    return out;
}

/* Constant-Z curves by the number of H atoms in the pair: part [3][nr]. */
static void by_hydrogens(const DensityCurves *c, size_t without, double part[])
{
    double *g = MEM_NEW(double, c->nr);
    memset(part, 0, 3 * c->nr * sizeof *part);
    for (int a = 0; a < c->nspecies; a++)
        for (int b = a; b < c->nspecies; b++) {
            size_t n = (size_t)(strcmp(c->species[a]->element, "H") == 0) +
                       (size_t)(strcmp(c->species[b]->element, "H") == 0);
            density_pdf_mean(c, XRAY_CONSTANT_Z, density_pdf_pair(c->nspecies, a, b), without, g);
            for (size_t k = 0; k < c->nr; k++)
                part[n * c->nr + k] += g[k];
        }
    free(g);
}

/* Constant-Z curves, folded with the H displacement u, and the curve to be fitted. */
typedef struct Fit {
    const DensityCurves *c;
    double *part, *folded, *g; /* [3][nr], [3][nr], [nr] */
} Fit;

/* out = in folded with a Gaussian of this variance [A^2], for r that are fitted; curves are odd in r. */
static void fold(const DensityCurves *c, const double in[], double variance, double out[])
{
    double step = c->r[0], reach = 6.0 * sqrt(variance);
    int n = (int)c->nr, half = (int)(reach / step) + 1;
    if (variance < 0.25 * step * step) { /* narrower than the points can tell */
        memcpy(out, in, c->nr * sizeof *out);
        return;
    }
    double *weight = MEM_NEW(double, 2 * half + 1), all = 0.0;
    for (int d = -half; d <= half; d++)
        all += weight[d + half] = exp(-0.5 * d * d * step * step / variance);
    for (int k = 1; k <= n && c->r[k - 1] <= FIT_HIGH + step; k++) { /* r = k step */
        double sum = 0.0;
        for (int d = -half; d <= half; d++) {
            int at = k + d;
            if (at != 0 && abs(at) <= n)
                sum += weight[d + half] * (at > 0 ? in[at - 1] : -in[-at - 1]);
        }
        out[k - 1] = sum / all;
    }
    free(weight);
}

static void set_u(const Fit *f, double u)
{
    for (size_t n = 0; n < 3; n++)
        fold(f->c, f->part + n * f->c->nr, (double)n * u, f->folded + n * f->c->nr);
}

/* Sum of squares of s model - g at the best s. */
static double misfit(const Fit *f, double x, double *scale)
{
    double mm = 0.0, mg = 0.0, gg = 0.0;
    size_t nr = f->c->nr;
    for (size_t k = 0; k < nr; k++) {
        if (f->c->r[k] < FIT_LOW || f->c->r[k] > FIT_HIGH)
            continue;
        double m = f->folded[k] + x * (f->folded[nr + k] + x * f->folded[2 * nr + k]);
        mm += m * m;
        mg += m * f->g[k];
        gg += f->g[k] * f->g[k];
    }
    *scale = mg / mm;
    return gg - mg * mg / mm;
}

/* Where f is least: the best of n + 1 points from 0 to `most`, then golden sections around it. */
static double least_of(double (*f)(const Fit *fit, double x), const Fit *fit, double most, int n)
{
    const double golden = 0.6180339887498949;
    double best = 0.0, least = INFINITY, step = most / n;
    for (int i = 0; i <= n; i++) {
        double now = f(fit, i * step);
        if (now < least) {
            least = now;
            best = i * step;
        }
    }
    double low = fmax(0.0, best - step), high = best + step;
    for (int i = 0; i < 30; i++) {
        double u = high - golden * (high - low), v = low + golden * (high - low);
        if (f(fit, u) < f(fit, v))
            high = v;
        else
            low = u;
    }
    return 0.5 * (low + high);
}

static double at_occupancy(const Fit *f, double x)
{
    double scale;
    return misfit(f, x, &scale);
}

static double at_displacement(const Fit *f, double u)
{
    double scale;
    set_u(f, u);
    return misfit(f, least_of(at_occupancy, f, 2.0, 40), &scale);
}

static void fit_curves(const DensityCurves *c, size_t form, size_t without, double x[DENSITY_XS])
{
    Fit f = {c, MEM_NEW(double, 3 * c->nr), MEM_NEW(double, 3 * c->nr), MEM_NEW(double, c->nr)};
    by_hydrogens(c, without, f.part);
    density_pdf_mean(c, form, SIZE_MAX, without, f.g);
    set_u(&f, 0.0);
    x[DENSITY_X_CURVE] = least_of(at_occupancy, &f, 2.0, 40);
    misfit(&f, x[DENSITY_X_CURVE], &x[DENSITY_SCALE_CURVE]);
    x[DENSITY_U_REFINED] = least_of(at_displacement, &f, 0.3, 15);
    set_u(&f, x[DENSITY_U_REFINED]);
    x[DENSITY_X_REFINED] = least_of(at_occupancy, &f, 2.0, 40);
    misfit(&f, x[DENSITY_X_REFINED], &x[DENSITY_SCALE_REFINED]);
    free(f.part);
    free(f.folded);
    free(f.g);
}

DensityNumbers density_numbers(const DensityCurves *c, size_t form, size_t without)
{
    DensityNumbers z = find_peaks(c, XRAY_CONSTANT_Z, without, NULL);
    DensityNumbers out = find_peaks(c, form, without, z.position);
    for (int p = 0; p < DENSITY_PEAKS; p++)
        out.ratio[p] = out.height[p] / z.height[p];
    double area = out.area[DENSITY_MG_B] / z.area[DENSITY_MG_B];
    for (int p = DENSITY_MG_H; p < DENSITY_PEAKS; p++) {
        double by_height = out.ratio[p] / out.ratio[DENSITY_MG_B];
        double by_area = out.area[p] / z.area[p] / area;
        out.x[DENSITY_X_MG_H + p - DENSITY_MG_H] = p == DENSITY_H_H ? sqrt(by_height) : by_height;
        out.x[DENSITY_X_AREA_MG_H + p - DENSITY_MG_H] = p == DENSITY_H_H ? sqrt(by_area) : by_area;
    }
    fit_curves(c, form, without, out.x);
    return out;
}

/* All are doubles, so errors can be worked out as of a row of them. */
enum { NUMBERS = sizeof(DensityNumbers) / sizeof(double) };

void density_numbers_jackknife(const DensityCurves *c, size_t form, DensityNumbers *value,
                               DensityNumbers *error)
{
    double *rows = MEM_NEW(double, c->nblock *NUMBERS), out[NUMBERS], n = (double)c->nblock;
    *value = density_numbers(c, form, SIZE_MAX);
    for (size_t b = 0; b < c->nblock && c->nblock > 1; b++) {
        DensityNumbers one = density_numbers(c, form, b);
        memcpy(rows + b * NUMBERS, &one, sizeof one);
    }
    for (size_t i = 0; i < NUMBERS; i++) {
        double mean = 0.0, sum = 0.0;
        for (size_t b = 0; b < c->nblock; b++)
            mean += rows[b * NUMBERS + i] / n;
        for (size_t b = 0; b < c->nblock; b++)
            sum += pow(rows[b * NUMBERS + i] - mean, 2.0);
        out[i] = c->nblock < 2 ? NAN : sqrt((n - 1.0) / n * sum);
    }
    memcpy(error, out, sizeof *error);
    free(rows);
}

DensityAnswer density_numbers_answer(size_t nfunctional, size_t ncharge,
                                     const DensityNumbers members[])
{
    DensityAnswer a = {0};
    double n = (double)nfunctional;
    for (int i = 0; i < DENSITY_XS; i++) {
        double sum = 0.0;
        for (size_t f = 0; f < nfunctional; f++) {
            a.value[i] += members[f * ncharge].x[i] / n;
            a.shift[i] += (members[f * ncharge + ncharge - 1].x[i] - members[f * ncharge].x[i]) / n;
        }
        for (size_t f = 0; f < nfunctional; f++)
            sum += pow(members[f * ncharge].x[i] - a.value[i], 2.0);
        a.spread[i] = nfunctional < 2 ? NAN : sqrt(sum / (n - 1.0));
    }
    return a;
}
