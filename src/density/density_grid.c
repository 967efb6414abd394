#include "density/density_grid.h"

#include "base/cubic.h"
#include "base/exact.h"
#include "base/mem.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct DensityGrid {
    const Comm *comm;
    Cell cell;
    int n[3];
    Fft *fft;
};

DensityGrid *density_grid_new(const Comm *c, const Cell *cell, const int n[3])
{
    DensityGrid *g = MEM_NEW(DensityGrid, 1);
    g->comm = c;
    g->cell = *cell;
    memcpy(g->n, n, sizeof g->n);
    g->fft = fft_new(c, n, &(FftOptions){.reproducible = true});
    return g;
}

void density_grid_free(DensityGrid *g)
{
    if (g == NULL)
        return;
    fft_free(g->fft);
    free(g);
}

void density_grid_points(const Cell *cell, double spacing, int n[3])
{
    for (int a = 0; a < 3; a++)
        n[a] = fft_good_size(vec_norm(cell->h[a]) / spacing);
}

Fft *density_grid_fft(DensityGrid *g)
{
    return g->fft;
}

double density_grid_electrons(DensityGrid *g)
{
    const FftBlock *b = fft_block(g->fft);
    const double *real = fft_real(g->fft);
    Exact sum = {0};
    for (int i = 0; i < b->count[0]; i++)
        for (int j = 0; j < b->count[1]; j++) {
            const double *row = real + (size_t)i * b->step[0] + (size_t)j * b->step[1];
            for (int k = 0; k < b->count[2]; k++)
                exact_add(&sum, row[k]);
        }
    comm_sum_exact(g->comm, 1, &sum);
    return exact_value(sum) * g->cell.volume / ((double)g->n[0] * g->n[1] * g->n[2]);
}

/* A density at even steps from 0 to its reach; before and behind, the cubics through the first and the last four go on, so
 * that the cubic of every step is that through its four nearest points and near the ends that through the last four. */
typedef struct Table {
    double reach, per_step, *block;
    const double *value; /* [-1 .. last + 2] */
} Table;

static Table tabulate(const SphericalDensity *d)
{
    int last = (int)fmax(3.0, ceil(d->reach / 0.001));
    Table t = {.reach = d->reach, .per_step = last / d->reach, .block = MEM_NEW(double, last + 4)};
    double *v = t.block + 1;
    for (int i = 0; i <= last; i++)
        v[i] = d->value(d->context, d->reach * i / last);
    v[-1] = 4.0 * v[0] - 6.0 * v[1] + 4.0 * v[2] - v[3];
    for (int i = last + 1; i <= last + 2; i++)
        v[i] = 4.0 * v[i - 1] - 6.0 * v[i - 2] + 4.0 * v[i - 3] - v[i - 4];
    t.value = v;
    return t;
}

/* The cubic through points -1, 0, 1, 2 around the step that `place` is in. */
static inline double table_at(const double value[], double place)
{
    int step = (int)place;
    const double *v = value + step;
    return cubic_between(v[-1], v[0], v[1], v[2], place - step);
}

static int wrap(int i, int n)
{
    int k = i % n;
    return k < 0 ? k + n : k;
}

/* Mesh points from..to along z, all within reach at distance^2 = a + t (b + t c), t = k/n - s. */
static void add_row(const Table *table, double row[], int n, int from, int to, double s, double a,
                    double b, double c)
{
    enum { PART = 128 };
    double place[PART], per_step = table->per_step, most = table->reach * table->reach;
    const double *value = table->value;
    for (int part; from <= to; from += part) { /* at most to the end of one image of the row */
        int at = wrap(from, n);
        part = to - from + 1 < n - at ? to - from + 1 : n - at;
        part = part < PART ? part : PART;
        double first = (double)from / n - s, step = 1.0 / n;
        for (int k = 0; k < part; k++) {
            double t = first + k * step, r2 = a + t * (b + t * c);
            r2 = r2 > 0.0 ? r2 : 0.0;
            place[k] = sqrt(r2 < most ? r2 : most) * per_step;
        }
        for (int k = 0; k < part; k++)
            row[at + k] += table_at(value, place[k]);
    }
}

/* One ion at fractional s, all its images: the planes of this rank, their rows, the stretch of each within reach. */
static void add_ion(DensityGrid *g, const Table *table, const double s[3])
{
    const FftBlock *block = fft_block(g->fft);
    double widths[3], *real = fft_real(g->fft);
    const double(*h)[3] = (const double(*)[3])g->cell.h;
    const int *n = g->n;
    cell_widths(&g->cell, widths);
    double half[2] = {table->reach / widths[0], table->reach / widths[1]}, c = vec_dot(h[2], h[2]);
    int last[2] = {(int)floor((s[0] + half[0]) * n[0]), (int)floor((s[1] + half[1]) * n[1])};
    for (int i = (int)ceil((s[0] - half[0]) * n[0]); i <= last[0]; i++) {
        int plane = wrap(i, n[0]) - block->first[0];
        if (plane < 0 || plane >= block->count[0])
            continue;
        for (int j = (int)ceil((s[1] - half[1]) * n[1]); j <= last[1]; j++) {
            double u = (double)i / n[0] - s[0], v = (double)j / n[1] - s[1], d[3];
            for (int k = 0; k < 3; k++)
                d[k] = u * h[0][k] + v * h[1][k];
            double a = vec_dot(d, d), b = 2.0 * vec_dot(d, h[2]), nearest = -0.5 * b / c;
            double within = table->reach * table->reach - a - 0.5 * b * nearest;
            if (within <= 0.0)
                continue;
            double stretch = sqrt(within / c);
            double *row = real + (size_t)plane * block->step[0] +
                          (size_t)(wrap(j, n[1]) - block->first[1]) * block->step[1];
            add_row(table, row, n[2], (int)ceil((s[2] + nearest - stretch) * n[2]),
                    (int)floor((s[2] + nearest + stretch) * n[2]), s[2], a, b, c);
        }
    }
}

void density_grid_set(DensityGrid *g, int64_t n, const double (*x)[3], const int kind[],
                      const SphericalDensity density[])
{
    const FftBlock *b = fft_block(g->fft);
    double *real = fft_real(g->fft);
    for (int i = 0; i < b->count[0]; i++)
        for (int j = 0; j < b->count[1]; j++)
            memset(real + (size_t)i * b->step[0] + (size_t)j * b->step[1], 0,
                   (size_t)b->count[2] * sizeof *real);
    int kinds = 0;
    for (int64_t i = 0; i < n; i++)
        kinds = kind[i] >= kinds ? kind[i] + 1 : kinds;
    Table *table = MEM_NEW(Table, kinds + 1);
    for (int64_t i = 0; i < n; i++) {
        if (kind[i] < 0)
            continue;
        if (table[kind[i]].block == NULL)
            table[kind[i]] = tabulate(&density[kind[i]]);
        double s[3];
        cell_to_fractional(&g->cell, x[i], s);
        for (int a = 0; a < 3; a++)
            s[a] -= floor(s[a]);
        add_ion(g, &table[kind[i]], s);
    }
    for (int k = 0; k < kinds; k++)
        free(table[k].block);
    free(table);
}
