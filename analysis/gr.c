#include "analysis/gr.h"

#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"

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
    g->ion = MEM_NEW(int32_t, g->n);
    for (int64_t i = 0; i < g->n; i++) {
        g->natoms[sample->kind[i]]++;
        g->ion[i] = -1;
    }
    for (int64_t k = 0; k < sample->nion; k++)
        for (int64_t i = sample->ion_first[k]; i < sample->ion_first[k + 1]; i++)
            g->ion[i] = (int32_t)k;
    g->rank_share = comm_rank(c);
    g->ranks = comm_size(c);
    return OK;
}

void gr_clear(Gr *g)
{
    free(g->count);
    free(g->ion);
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

/* Atoms sorted by cell. Fractional coordinates decide the cell, so every rank sorts alike. */
typedef struct CellList {
    const Cell *cell;
    int64_t n;
    int grid[3];
    int64_t *first;  /* [cells + 1] */
    double (*x)[3];  /* [n] wrapped, sorted */
    int (*image)[3]; /* [n] lattice steps removed by wrapping */
    int32_t *kind, *ion;
} CellList;

static int cell_of(const int grid[3], const double s[3])
{
    int k[3];
    for (int a = 0; a < 3; a++) {
        k[a] = (int)(s[a] * grid[a]);
        k[a] = k[a] < 0 ? 0 : k[a] >= grid[a] ? grid[a] - 1 : k[a];
    }
    return (k[0] * grid[1] + k[1]) * grid[2] + k[2];
}

static void list_build(CellList *l, const Gr *g, const Cell *cell, const double (*x)[3])
{
    double widths[3], edge = fmax(4.0, g->rmax / 10.0);
    cell_widths(cell, widths);
    l->cell = cell;
    l->n = g->n;
    for (int a = 0; a < 3; a++)
        l->grid[a] = (int)fmin(fmax(1.0, floor(widths[a] / edge)), 128.0);
    int64_t cells = (int64_t)l->grid[0] * l->grid[1] * l->grid[2];
    l->first = MEM_NEW(int64_t, cells + 1);
    l->x = mem_new((size_t)g->n, sizeof *l->x);
    l->image = mem_new((size_t)g->n, sizeof *l->image);
    l->kind = MEM_NEW(int32_t, g->n);
    l->ion = MEM_NEW(int32_t, g->n);
    int *where = MEM_NEW(int, g->n);
    for (int64_t i = 0; i < g->n; i++) {
        double r[3] = {x[i][0], x[i][1], x[i][2]}, s[3];
        int image[3];
        cell_wrap(cell, r, image);
        cell_to_fractional(cell, r, s);
        where[i] = cell_of(l->grid, s);
        l->first[where[i] + 1]++;
    }
    for (int64_t k = 0; k < cells; k++)
        l->first[k + 1] += l->first[k];
    int64_t *next = MEM_NEW(int64_t, cells);
    memcpy(next, l->first, (size_t)cells * sizeof *next);
    for (int64_t i = 0; i < g->n; i++) {
        int64_t at = next[where[i]]++;
        memcpy(l->x[at], x[i], sizeof l->x[at]);
        cell_wrap(cell, l->x[at], l->image[at]);
        l->kind[at] = g->sample->kind[i];
        l->ion[at] = g->ion[i];
    }
    free(next);
    free(where);
}

static void list_free(CellList *l)
{
    free(l->first);
    free(l->x);
    free(l->image);
    free(l->kind);
    free(l->ion);
}

/* Cell offsets of the positive half-space (and zero) whose cells can hold a pair below rmax. */
static int (*half_space(const CellList *l, double rmax, size_t *count))[3]
{
    double step[3][3], diagonal = 0, widths[3];
    int reach[3];
    cell_widths(l->cell, widths);
    for (int a = 0; a < 3; a++) {
        reach[a] = (int)ceil(rmax / (widths[a] / l->grid[a]));
        for (int k = 0; k < 3; k++)
            step[a][k] = l->cell->h[a][k] / l->grid[a];
    }
    for (int corner = 0; corner < 4; corner++) { /* longest of the four body diagonals */
        double d[3];
        for (int k = 0; k < 3; k++)
            d[k] = step[0][k] + (corner & 1 ? -1 : 1) * step[1][k] +
                   (corner & 2 ? -1 : 1) * step[2][k];
        diagonal = fmax(diagonal, vec_norm(d));
    }
    size_t room = (size_t)(reach[0] + 1) * (size_t)(2 * reach[1] + 1) * (size_t)(2 * reach[2] + 1);
    int(*out)[3] = mem_new(room, sizeof *out);
    *count = 0;
    for (int i = 0; i <= reach[0]; i++)
        for (int j = i > 0 ? -reach[1] : 0; j <= reach[1]; j++)
            for (int k = i > 0 || j > 0 ? -reach[2] : 0; k <= reach[2]; k++) {
                double s[3] = {i, j, k}, d[3];
                vec_times_mat(s, step, d);
                if (vec_norm(d) > rmax + diagonal)
                    continue;
                int offset[3] = {i, j, k};
                memcpy(out[(*count)++], offset, sizeof offset);
            }
    return out;
}

/* Pairs of one sorted atom with the atoms from..to-1 of a cell shifted by `shift` lattice steps. */
static void count_row(const Gr *g, const CellList *l, int64_t *histogram, int64_t i, int64_t from,
                      int64_t to, const int shift[3])
{
    double move[3], lattice[3] = {shift[0], shift[1], shift[2]};
    double limit = g->rmax * g->rmax, per_width = 1.0 / g->width;
    vec_times_mat(lattice, l->cell->h, move);
    for (int k = 0; k < 3; k++)
        move[k] -= l->x[i][k];
    for (int64_t j = from; j < to; j++) {
        double dx = l->x[j][0] + move[0], dy = l->x[j][1] + move[1], dz = l->x[j][2] + move[2];
        double r2 = dx * dx + dy * dy + dz * dz;
        if (r2 >= limit)
            continue;
        size_t bin = (size_t)(sqrt(r2) * per_width);
        bin = bin < g->nbin ? bin : g->nbin - 1;
        int kind = 1;
        if (l->ion[j] == l->ion[i] && l->ion[i] >= 0) {
            /* same ion, and the same copy of it: the lattice steps must be those of the whole ion
             */
            kind = 0;
            for (int k = 0; k < 3; k++)
                kind |= shift[k] != l->image[j][k] - l->image[i][k];
        }
        histogram[row_offset(g, 0, kind, gr_pair(g, l->kind[i], l->kind[j])) + bin]++;
    }
}

static int floor_div(int a, int b)
{
    return a >= 0 ? a / b : -((b - 1 - a) / b);
}

/* All pairs of the atoms of one cell that lie between first and last in sorted order. */
static void count_cell(const Gr *g, const CellList *l, int64_t *histogram, const int at[3],
                       size_t noffset, int (*offset)[3], int64_t first, int64_t last)
{
    int here = (at[0] * l->grid[1] + at[1]) * l->grid[2] + at[2];
    int64_t from = l->first[here] > first ? l->first[here] : first;
    int64_t to = l->first[here + 1] < last ? l->first[here + 1] : last;
    if (from >= to)
        return;
    for (size_t o = 0; o < noffset; o++) {
        int there[3], shift[3];
        for (int a = 0; a < 3; a++) {
            int k = at[a] + offset[o][a];
            shift[a] = floor_div(k, l->grid[a]);
            there[a] = k - shift[a] * l->grid[a];
        }
        int cell = (there[0] * l->grid[1] + there[1]) * l->grid[2] + there[2];
        bool own = offset[o][0] == 0 && offset[o][1] == 0 && offset[o][2] == 0;
        for (int64_t i = from; i < to; i++)
            count_row(g, l, histogram, i, own ? i + 1 : l->first[cell], l->first[cell + 1], shift);
    }
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
    size_t block = block_of_next_frame(g), noffset;
    g->frames[block]++;
    g->volume[block] += cell->volume;
    double widths[3];
    cell_widths(cell, widths);
    for (int a = 0; a < 3; a++)
        g->half_box = fmin(g->half_box, 0.5 * widths[a]);

    CellList l;
    list_build(&l, g, cell, x);
    int(*offset)[3] = half_space(&l, g->rmax, &noffset);
    int64_t first = g->n * g->rank_share / g->ranks, last = g->n * (g->rank_share + 1) / g->ranks;
    int64_t *histogram = g->count + row_offset(g, block, 0, 0);
    for (int i = 0; i < l.grid[0]; i++)
        for (int j = 0; j < l.grid[1]; j++)
            for (int k = 0; k < l.grid[2]; k++) {
                int at[3] = {i, j, k};
                count_cell(g, &l, histogram, at, noffset, offset, first, last);
            }
    free(offset);
    list_free(&l);
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
