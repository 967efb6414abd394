#include "analysis/gr.h"

#include "analysis/gr_count.h"
#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

Err gr_init(Gr *g, const Comm *c, const Sample *sample, double rmax, double width)
{
    memset(g, 0, sizeof *g);
    if (!(rmax > 0) || !(width > 0) || !(rmax / width < 1e6) || width > rmax)
        return err_set(
            ERR_INPUT,
            "pair distribution: rmax = %g A, bin = %g A; needs 0 < bin <= rmax and at most "
            "1e6 bins",
            rmax, width);
    g->sample = sample;
    g->n = sample->n;
    g->nspecies = sample->nspecies;
    memcpy(g->species, sample->species, sizeof g->species);
    g->npair = (size_t)(g->nspecies * (g->nspecies + 1) / 2);
    g->nbin = (size_t)llround(ceil(rmax / width - 1e-9));
    g->width = width;
    g->rmax = (double)g->nbin * width;
    g->per_block = 1;
    g->half_box = INFINITY;
    g->count = MEM_NEW(int64_t, g->npair * g->nbin * 4 * GR_BLOCKS);
    for (int64_t i = 0; i < g->n; i++)
        g->natoms[sample->kind[i]]++;
    g->rank_share = comm_rank(c);
    g->ranks = comm_size(c);
    return OK;
}

void gr_clear(Gr *g)
{
    free(g->count);
    memset(g, 0, sizeof *g);
}

size_t gr_pair(const Gr *g, int a, int b)
{
    int low = a < b ? a : b, high = a < b ? b : a;
    return (size_t)(low * g->nspecies - low * (low - 1) / 2 + high - low);
}

static size_t row_offset(const Gr *g, size_t block, int kind, size_t pair)
{
    return ((block * 2 + (size_t)kind) * g->npair + pair) * g->nbin;
}

const int64_t *gr_row(const Gr *g, size_t block, int kind, size_t pair)
{
    return g->count + row_offset(g, block, kind, pair);
}

/* Make room for one more frame: start a block, or merge neighbours when all are full. */
static size_t block_of_next_frame(Gr *g)
{
    if (g->nblock > 0 && g->frames[g->nblock - 1] < g->per_block)
        return g->nblock - 1;
    if (g->nblock < (size_t)2 * GR_BLOCKS)
        return g->nblock++;
    size_t size = 2 * g->npair * g->nbin;
    for (size_t b = 0; b < GR_BLOCKS; b++) {
        g->frames[b] = g->frames[2 * b] + g->frames[2 * b + 1];
        g->volume[b] = g->volume[2 * b] + g->volume[2 * b + 1];
        for (size_t k = 0; k < size; k++)
            g->count[b * size + k] = g->count[2 * b * size + k] + g->count[(2 * b + 1) * size + k];
    }
    for (size_t b = GR_BLOCKS; b < (size_t)2 * GR_BLOCKS; b++)
        g->frames[b] = 0, g->volume[b] = 0;
    memset(g->count + GR_BLOCKS * size, 0, GR_BLOCKS * size * sizeof *g->count);
    g->per_block *= 2;
    g->nblock = GR_BLOCKS + 1;
    return GR_BLOCKS;
}

void gr_add(Gr *g, const Cell *cell, const double (*x)[3])
{
    size_t block = block_of_next_frame(g);
    g->frames[block]++;
    g->volume[block] += cell->volume;
    double widths[3];
    cell_widths(cell, widths);
    for (int a = 0; a < 3; a++)
        g->half_box = fmin(g->half_box, 0.5 * widths[a]);

    gr_count(g, cell, x, g->count + row_offset(g, block, 0, 0));
}

void gr_reduce(Gr *g, const Comm *c)
{
    comm_sum_i64(c, g->nblock * 2 * g->npair * g->nbin, g->count);
}

void gr_centres(const Gr *g, double r[])
{
    for (size_t k = 0; k < g->nbin; k++)
        r[k] = ((double)k + 0.5) * g->width;
}

int64_t gr_frames(const Gr *g, size_t block)
{
    int64_t sum = 0;
    for (size_t b = 0; b < g->nblock; b++)
        sum += block == SIZE_MAX || b == block ? g->frames[b] : 0;
    return sum;
}

double gr_density(const Gr *g, size_t block)
{
    double volume = 0;
    for (size_t b = 0; b < g->nblock; b++)
        volume += block == SIZE_MAX || b == block ? g->volume[b] : 0;
    return (double)g->n * (double)gr_frames(g, block) / volume;
}

void gr_block_mean(const Gr *g, size_t n, const double value[], double mean[], double error[])
{
    double all = (double)gr_frames(g, SIZE_MAX), nb = (double)g->nblock;
    for (size_t k = 0; k < n; k++) {
        mean[k] = 0;
        for (size_t b = 0; b < g->nblock; b++)
            mean[k] += (double)g->frames[b] / all * value[b * n + k];
        if (!error)
            continue;
        double v = 0; /* weights w_b: var = sum w_b^2 (y_b - mean)^2 nb/(nb - 1), the usual formula
                         for equal blocks */
        for (size_t b = 0; b < g->nblock; b++) {
            double d = (double)g->frames[b] / all * (value[b * n + k] - mean[k]);
            v += d * d;
        }
        error[k] = g->nblock < 2 ? NAN : sqrt(v * nb / (nb - 1));
    }
}

/* Ordered pairs per bin and frame of each block: [nblock][nbin]; free(). */
static double *ordered_pairs(const Gr *g, int a, int b, int kinds)
{
    double *out = MEM_NEW(double, g->nblock * g->nbin);
    double twice = a == b ? 2.0 : 1.0;
    for (size_t block = 0; block < g->nblock; block++)
        for (int kind = 0; kind < 2; kind++) {
            const int64_t *row = gr_row(g, block, kind, gr_pair(g, a, b));
            for (size_t k = 0; k < g->nbin && (kinds >> kind & 1); k++)
                out[block * g->nbin + k] += twice * (double)row[k] / (double)g->frames[block];
        }
    return out;
}

void gr_partial(const Gr *g, int a, int b, int kinds, double value[], double error[])
{
    double *pairs = ordered_pairs(g, a, b, kinds);
    double ends = (double)g->natoms[a] * (double)g->natoms[b];
    for (size_t block = 0; block < g->nblock; block++) {
        double volume = g->volume[block] / (double)g->frames[block];
        for (size_t k = 0; k < g->nbin; k++) {
            double low = (double)k * g->width, high = low + g->width;
            double shell = 4.0 / 3.0 * PI * (high * high * high - low * low * low);
            pairs[block * g->nbin + k] *= volume / (ends * shell);
        }
    }
    gr_block_mean(g, g->nbin, pairs, value, error);
    free(pairs);
}

void gr_coordination(const Gr *g, int a, int b, int kinds, double value[], double error[])
{
    double *pairs = ordered_pairs(g, a, b, kinds);
    for (size_t block = 0; block < g->nblock; block++) {
        double sum = 0;
        for (size_t k = 0; k < g->nbin; k++) {
            sum += pairs[block * g->nbin + k] / (double)g->natoms[a];
            pairs[block * g->nbin + k] = sum;
        }
    }
    gr_block_mean(g, g->nbin, pairs, value, error);
    free(pairs);
}
