#include "analysis/pdf_peaks.h"

#include "analysis/blocks.h"
#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum { TOP = 2 }; /* points on either side of the highest in the parabola */

static const double NEAR = 0.15; /* [A] a maximum without one block is looked for this near */

static bool is_top(size_t nr, const double g[], size_t k)
{
    return k >= TOP && k + TOP < nr && g[k] > g[k - 1] && g[k] >= g[k + 1];
}

/* Lowest point on one side (step -1, +1) before the curve climbs above g[k]. */
static double lowest(size_t nr, const double g[], size_t k, int step)
{
    double low = g[k];
    for (size_t i = k; i > 0 && i + 1 < nr && g[i] <= g[k]; i = step < 0 ? i - 1 : i + 1)
        low = fmin(low, g[i]);
    return low;
}

/* How far from k, in points, the curve falls to `level` on one side. */
static double fall(size_t nr, const double g[], size_t k, int step, double level)
{
    for (size_t i = k; i > 0 && i + 1 < nr;) {
        size_t next = step < 0 ? i - 1 : i + 1;
        if (g[next] <= level)
            return fabs((double)i - (double)k) + (g[i] - level) / (g[i] - g[next]);
        i = next;
    }
    return NAN;
}

static void measure(size_t nr, const double r[], const double g[], size_t k, PdfMaximum *p)
{
    double s2 = 0, s4 = 0, t0 = 0, t1 = 0, t2 = 0, n = 2 * TOP + 1, step = r[1] - r[0];
    for (int i = -TOP; i <= TOP; i++) {
        double x = i, y = g[(size_t)((ptrdiff_t)k + i)];
        s2 += x * x, s4 += x * x * x * x;
        t0 += y, t1 += x * y, t2 += x * x * y;
    }
    double c = (n * t2 - s2 * t0) / (n * s4 - s2 * s2), b = t1 / s2, a = (t0 - c * s2) / n;
    double u = c < 0 ? fmin(fmax(-0.5 * b / c, -TOP), TOP) : 0.0;
    p->position = r[k] + u * step;
    p->height = a + b * u + c * u * u;
    p->prominence = p->height - fmax(lowest(nr, g, k, -1), lowest(nr, g, k, 1));
    double half = p->height - 0.5 * p->prominence;
    p->fwhm = step * (fall(nr, g, k, -1, half) + fall(nr, g, k, 1, half));
}

/* The highest maximum within NEAR of the place; false if there is none. */
static bool again(size_t nr, const double r[], const double g[], double place, PdfMaximum *p)
{
    size_t best = 0;
    for (size_t k = 0; k < nr; k++)
        if (fabs(r[k] - place) <= NEAR && is_top(nr, g, k) && (best == 0 || g[k] > g[best]))
            best = k;
    if (best > 0)
        measure(nr, r, g, best, p);
    return best > 0;
}

static double jackknife(size_t n, const double sum, const double squares)
{
    double mean = sum / (double)n;
    return sqrt(fmax(0.0, (squares / (double)n - mean * mean)) * ((double)n - 1.0));
}

static void errors(size_t nr, const double r[], size_t nblock, const double weight[],
                   const double g_block[], double g[], PdfMaximum *p)
{
    double sum[3] = {0}, squares[3] = {0};
    bool all = nblock > 1;
    for (size_t b = 0; b < nblock && all; b++) {
        PdfMaximum one = {0};
        blocks_mean_without(nr, nblock, weight, g_block, b, g);
        all = again(nr, r, g, p->position, &one);
        const double v[3] = {one.position - p->position, one.height - p->height,
                             one.fwhm - p->fwhm};
        for (int k = 0; k < 3; k++) {
            sum[k] += v[k];
            squares[k] += v[k] * v[k];
        }
    }
    p->position_error = all ? jackknife(nblock, sum[0], squares[0]) : NAN;
    p->height_error = all ? jackknife(nblock, sum[1], squares[1]) : NAN;
    p->fwhm_error = all ? jackknife(nblock, sum[2], squares[2]) : NAN;
}

size_t pdf_peaks_find(size_t nr, const double r[], size_t nblock, const double weight[],
                      const double g_block[], double low, double high, double prominence,
                      size_t most, PdfMaximum out[])
{
    double *g = MEM_NEW(double, nr), *scratch = MEM_NEW(double, nr);
    size_t n = 0;
    blocks_mean_without(nr, nblock, weight, g_block, SIZE_MAX, g);
    for (size_t k = 0; k < nr && n < most; k++) {
        if (r[k] < low || r[k] > high || !is_top(nr, g, k))
            continue;
        measure(nr, r, g, k, &out[n]);
        if (out[n].prominence < prominence)
            continue;
        errors(nr, r, nblock, weight, g_block, scratch, &out[n]);
        n++;
    }
    free(g);
    free(scratch);
    return n;
}

void pdf_peaks_shares(size_t nr, const double r[], size_t npair, const double part[],
                      const double level[], double density, const PdfMaximum *peak, double share[])
{
    double all = 0.0, reach = isfinite(peak->fwhm) ? 0.5 * peak->fwhm : 0.1;
    for (size_t pair = 0; pair < npair; pair++) {
        share[pair] = 0.0;
        for (size_t k = 0; k < nr; k++)
            if (fabs(r[k] - peak->position) <= reach)
                share[pair] += part[pair * nr + k] + 4.0 * PI * r[k] * density * level[pair];
        share[pair] = fmax(0.0, share[pair]);
        all += share[pair];
    }
    for (size_t pair = 0; pair < npair; pair++)
        share[pair] = all > 0.0 ? share[pair] / all : NAN;
}

char *pdf_peaks_text(size_t npair, const char *const names[], const double share[])
{
    char *text = mem_string("");
    bool *done = MEM_NEW(bool, npair);
    for (;;) {
        size_t best = npair;
        for (size_t k = 0; k < npair; k++)
            if (!done[k] && share[k] >= 0.005 && (best == npair || share[k] > share[best]))
                best = k;
        if (best == npair)
            break;
        char *longer =
            mem_format("%s%s%s %.0f %%", text, *text ? ", " : "", names[best], 100.0 * share[best]);
        free(text);
        text = longer;
        done[best] = true;
    }
    free(done);
    return text;
}

PdfFactor pdf_peaks_factor(size_t nr, const double r[], const double part[], double level,
                           const double reference[], double reference_level, double density,
                           double r_most)
{
    PdfFactor none = {NAN, NAN};
    double *t = MEM_NEW(double, nr), most = 0.0;
    size_t n = 0, first = 0;
    for (; n < nr && r[n] <= r_most; n++) {
        t[n] = reference[n] + 4.0 * PI * r[n] * density * reference_level;
        most = fmax(most, t[n]);
    }
    for (size_t k = TOP; k + TOP < n && first == 0; k++)
        if (is_top(n, t, k) && t[k] >= 0.5 * most)
            first = k;
    double ours = -INFINITY, theirs = first > 0 ? t[first] : NAN, place = r[first];
    for (size_t k = 0; k < n && first > 0; k++)
        if (fabs(r[k] - place) <= 0.3)
            ours = fmax(ours, part[k] + 4.0 * PI * r[k] * density * level);
    free(t);
    return first > 0 ? (PdfFactor){place, ours / theirs} : none;
}
