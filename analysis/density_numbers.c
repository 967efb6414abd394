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
    static const char *const names[DENSITY_XS] = {"MgH",      "BH",      "HH",      "curve",
                                                  "area_MgH", "area_BH", "area_HH", "scale"};
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

static void find_peak(const DensityCurves *c, const double t[], DensityPeak p, DensityNumbers *out)
{
    size_t best = 0;
    double step = c->r[0];
    for (size_t k = 1; k + 1 < c->nr; k++)
        if (c->r[k] >= peaks[p].low && c->r[k] <= peaks[p].high && (best == 0 || t[k] > t[best]))
            best = k;
    if (best == 0)
        return;
    double curvature = t[best - 1] - 2.0 * t[best] + t[best + 1],
           slope = 0.5 * (t[best + 1] - t[best - 1]);
    double shift = curvature < 0.0 ? fmax(-0.5, fmin(0.5, -slope / curvature)) : 0.0;
    out->position[p] = c->r[best] + shift * step;
    out->height[p] = t[best] + 0.5 * slope * shift;
    double area = 0.0;
    size_t half = (size_t)(HALF_AREA / step + 0.5);
    for (size_t k = best > half ? best - half : 0; k <= best + half && k < c->nr; k++)
        area += (k + half == best || k == best + half ? 0.5 : 1.0) * step * c->r[k] * t[k];
    out->area[p] = area;
}

static DensityNumbers find_peaks(const DensityCurves *c, size_t form, size_t without)
{
    DensityNumbers out;
    double *t = MEM_NEW(double, c->nr);
    for (int p = 0; p < DENSITY_PEAKS; p++) {
        out.position[p] = out.height[p] = out.area[p] = NAN;
        int a = species_of(c, peaks[p].first), b = species_of(c, peaks[p].second);
        if (a < 0 || b < 0)
            continue;
        contribution(c, form, density_pdf_pair(c->nspecies, a, b), without, t);
        find_peak(c, t, (DensityPeak)p, &out);
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

/* Sum of squares of s model - g at the best s. */
static double misfit(const DensityCurves *c, const double part[], const double g[], double x,
                     double *scale)
{
    double mm = 0.0, mg = 0.0, gg = 0.0;
    for (size_t k = 0; k < c->nr; k++) {
        if (c->r[k] < FIT_LOW || c->r[k] > FIT_HIGH)
            continue;
        double m = part[k] + x * (part[c->nr + k] + x * part[2 * c->nr + k]);
        mm += m * m;
        mg += m * g[k];
        gg += g[k] * g[k];
    }
    *scale = mg / mm;
    return gg - mg * mg / mm;
}

/* x of the curve: the best of a grid from 0 to 2, then golden sections. */
static double fit_curve(const DensityCurves *c, size_t form, size_t without, double *scale)
{
    double *part = MEM_NEW(double, 3 * c->nr), *g = MEM_NEW(double, c->nr), best = 0.0,
           least = INFINITY;
    by_hydrogens(c, without, part);
    density_pdf_mean(c, form, SIZE_MAX, without, g);
    for (int i = 0; i <= 100; i++) {
        double x = 0.02 * i, now = misfit(c, part, g, x, scale);
        if (now < least) {
            least = now;
            best = x;
        }
    }
    double low = fmax(0.0, best - 0.02), high = best + 0.02, golden = 0.6180339887498949;
    for (int i = 0; i < 40; i++) {
        double u = high - golden * (high - low), v = low + golden * (high - low);
        if (misfit(c, part, g, u, scale) < misfit(c, part, g, v, scale))
            high = v;
        else
            low = u;
    }
    best = 0.5 * (low + high);
    misfit(c, part, g, best, scale);
    free(part);
    free(g);
    return best;
}

DensityNumbers density_numbers(const DensityCurves *c, size_t form, size_t without)
{
    DensityNumbers z = find_peaks(c, XRAY_CONSTANT_Z, without), out = find_peaks(c, form, without);
    for (int p = 0; p < DENSITY_PEAKS; p++)
        out.ratio[p] = out.height[p] / z.height[p];
    double area = out.area[DENSITY_MG_B] / z.area[DENSITY_MG_B];
    for (int p = DENSITY_MG_H; p < DENSITY_PEAKS; p++) {
        double by_height = out.ratio[p] / out.ratio[DENSITY_MG_B];
        double by_area = out.area[p] / z.area[p] / area;
        out.x[DENSITY_X_MG_H + p - DENSITY_MG_H] = p == DENSITY_H_H ? sqrt(by_height) : by_height;
        out.x[DENSITY_X_AREA_MG_H + p - DENSITY_MG_H] = p == DENSITY_H_H ? sqrt(by_area) : by_area;
    }
    out.x[DENSITY_X_CURVE] = fit_curve(c, form, without, &out.x[DENSITY_SCALE]);
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
