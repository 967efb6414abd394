#include "analysis/pdf_numbers.h"

#include "analysis/blocks.h"
#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>

static double jackknife(size_t nblock, const double values[])
{
    double mean = 0, sum = 0, n = (double)nblock;
    if (nblock < 2)
        return NAN;
    for (size_t b = 0; b < nblock; b++)
        mean += values[b] / n;
    for (size_t b = 0; b < nblock; b++)
        sum += (values[b] - mean) * (values[b] - mean);
    return sqrt((n - 1) / n * sum);
}

typedef struct Moments {
    double rms, reference_rms, correlation;
} Moments;

static Moments moments(size_t nr, const double r[], const double g[], const double reference[],
                       double low, double high)
{
    double n = 0, sg = 0, sr = 0, gg = 0, rr = 0, gr = 0;
    for (size_t k = 0; k < nr; k++)
        if (r[k] >= low && r[k] < high) {
            n++;
            sg += g[k], sr += reference[k];
        }
    for (size_t k = 0; k < nr; k++)
        if (r[k] >= low && r[k] < high) {
            double u = g[k] - sg / n, v = reference[k] - sr / n;
            gg += u * u, rr += v * v, gr += u * v;
        }
    return (Moments){sqrt(gg / n), sqrt(rr / n), gr / sqrt(gg * rr)};
}

void pdf_numbers_regions(size_t nr, const double r[], const double reference[], size_t nblock,
                         const double weight[], const double g_block[], double start,
                         PdfRegion out[PDF_REGIONS])
{
    const double edge[PDF_REGIONS + 1] = {start, 5.1, 12.3, INFINITY};
    double *g = MEM_NEW(double, nr), *rms = MEM_NEW(double, nblock),
           *corr = MEM_NEW(double, nblock);
    for (int k = 0; k < PDF_REGIONS; k++) {
        for (size_t b = 0; b < nblock && nblock > 1; b++) {
            blocks_mean_without(nr, nblock, weight, g_block, b, g);
            Moments m = moments(nr, r, g, reference, edge[k], edge[k + 1]);
            rms[b] = m.rms, corr[b] = m.correlation;
        }
        blocks_mean_without(nr, nblock, weight, g_block, SIZE_MAX, g);
        Moments m = moments(nr, r, g, reference, edge[k], edge[k + 1]);
        double error = jackknife(nblock, rms);
        out[k] = (PdfRegion){.low = edge[k],
                             .high = fmin(edge[k + 1], r[nr - 1]),
                             .correlation = m.correlation,
                             .correlation_error = jackknife(nblock, corr),
                             .rms = m.rms,
                             .rms_error = error,
                             .reference_rms = m.reference_rms,
                             .ratio = m.rms / m.reference_rms,
                             .ratio_error = error / m.reference_rms};
    }
    free(g);
    free(rms);
    free(corr);
}

double pdf_numbers_ripple(size_t nr, const double r[], const double g[], double density, double low,
                          double high)
{
    double n = 0, sum = 0;
    for (size_t k = 0; k < nr; k++)
        if (r[k] >= low && r[k] <= high) {
            double t = g[k] + 4.0 * PI * r[k] * density;
            n++;
            sum += t * t;
        }
    return sqrt(sum / n);
}

/* Vertex of the least-squares parabola through the bins around `centre`. False if it does not open
 * downwards. */
static bool vertex(const Gr *g, const double y[], size_t centre, size_t half, double *x0,
                   double *top)
{
    double s0 = 0, s2 = 0, s4 = 0, t0 = 0, t1 = 0, t2 = 0;
    for (size_t k = centre - half; k <= centre + half; k++) {
        double x = ((double)k - (double)centre) * g->width;
        s0++, s2 += x * x, s4 += x * x * x * x;
        t0 += y[k], t1 += x * y[k], t2 += x * x * y[k];
    }
    double det = s0 * s4 - s2 * s2, c = (s0 * t2 - s2 * t0) / det, b = t1 / s2;
    double a = (s4 * t0 - s2 * t2) / det, u = -b / (2.0 * c);
    *x0 = ((double)centre + 0.5) * g->width + u;
    *top = a + 0.5 * b * u;
    return c < 0 && fabs(u) <= (double)half * g->width;
}

/* Bin of the largest moving average over +-half bins, low..high. */
static size_t highest(const Gr *g, const double y[], double low, double high, size_t half)
{
    size_t best = 0;
    double most = 0;
    for (size_t k = half; k + half < g->nbin; k++) {
        double r = ((double)k + 0.5) * g->width, sum = 0;
        for (size_t j = k - half; j <= k + half; j++)
            sum += y[j];
        if (r >= low && r <= high && sum > most) {
            most = sum;
            best = k;
        }
    }
    return best;
}

/* g_ab of each block [nblock][nbin]; free(). */
static double *block_partials(const Gr *g, int a, int b)
{
    double *rows = MEM_NEW(double, g->nblock * g->nbin);
    double ends = (double)g->natoms[a] * (double)g->natoms[b] / (a == b ? 2.0 : 1.0);
    for (size_t block = 0; block < g->nblock; block++) {
        const int64_t *intra = gr_row(g, block, 0, gr_pair(g, a, b));
        const int64_t *inter = gr_row(g, block, 1, gr_pair(g, a, b));
        double frames = (double)g->frames[block], volume = g->volume[block] / frames;
        for (size_t k = 0; k < g->nbin; k++) {
            double low = (double)k * g->width, high = low + g->width;
            double shell = 4.0 / 3.0 * PI * (high * high * high - low * low * low);
            rows[block * g->nbin + k] =
                (double)(intra[k] + inter[k]) / frames * volume / (ends * shell);
        }
    }
    return rows;
}

Err pdf_numbers_peak(const Gr *g, int a, int b, double low, double high, double half_width,
                     PdfPeak *out)
{
    size_t half = (size_t)fmax(1.0, floor(half_width / g->width));
    double *rows = block_partials(g, a, b), *y = MEM_NEW(double, g->nbin);
    double weight[2 * GR_BLOCKS], position[2 * GR_BLOCKS], height[2 * GR_BLOCKS];
    for (size_t k = 0; k < g->nblock; k++)
        weight[k] = (double)g->frames[k];
    blocks_mean_without(g->nbin, g->nblock, weight, rows, SIZE_MAX, y);
    size_t centre = highest(g, y, low, high, half);
    bool good = centre > 0 && vertex(g, y, centre, half, &out->position, &out->height);
    for (size_t k = 0; k < g->nblock && good && g->nblock > 1; k++) {
        blocks_mean_without(g->nbin, g->nblock, weight, rows, k, y);
        good = vertex(g, y, centre, half, &position[k], &height[k]);
    }
    if (good) {
        out->position_error = jackknife(g->nblock, position);
        out->height_error = jackknife(g->nblock, height);
    }
    free(rows);
    free(y);
    if (!good)
        return err_set(ERR_NUMERICAL,
                       "no maximum of the %s-%s pair distribution between %g and %g A",
                       g->species[a]->symbol, g->species[b]->symbol, low, high);
    return OK;
}
