#include "density/density_grid.h"

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

/* A density at even steps from 0 to its reach. */
typedef struct Table {
    int last;
    double reach, per_step, *value; /* [last + 1] */
} Table;

static Table tabulate(const SphericalDensity *d)
{
    Table t = {.last = (int)fmax(3.0, ceil(d->reach / 0.001)), .reach = d->reach};
    t.per_step = t.last / d->reach;
    t.value = MEM_NEW(double, t.last + 1);
    for (int i = 0; i <= t.last; i++)
        t.value[i] = d->value(d->context, d->reach * i / t.last);
    return t;
}

/* The cubic through the four nearest points, which near the ends lie on one side. */
static inline double table_at(const Table *t, double r)
{
    double place = r * t->per_step;
    int from = (int)place - 1;
    from = from < 0 ? 0 : from > t->last - 3 ? t->last - 3 : from;
    const double *v = t->value + from;
    double u = place - from, u1 = u - 1.0, u2 = u - 2.0, u3 = u - 3.0;
    return (u * u1 * u2 * v[3] - u1 * u2 * u3 * v[0]) / 6.0 +
           0.5 * u * u3 * (u2 * v[1] - u1 * v[2]);
}

static int wrap(int i, int n)
{
    int k = i % n;
    return k < 0 ? k + n : k;
}

/* Mesh points from..to along z whose planes lie next to one another, at distance^2 = a + t (b + t c), t = k/n - s. */
static void add_row(const Table *table, double row[], int n, int from, int to, double s, double a,
                    double b, double c)
{
    double reach2 = table->reach * table->reach;
    while (from <= to) { /* one image of the row after another */
        int at = wrap(from, n), run = to - from < n - at ? to - from + 1 : n - at;
        for (int k = 0; k < run; k++) {
            double t = (double)(from + k) / n - s, r2 = a + t * (b + t * c);
            if (r2 < reach2)
                row[at + k] += table_at(table, sqrt(fmax(r2, 0.0)));
        }
        from += run;
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
        if (table[kind[i]].value == NULL)
            table[kind[i]] = tabulate(&density[kind[i]]);
        double s[3];
        cell_to_fractional(&g->cell, x[i], s);
        for (int a = 0; a < 3; a++)
            s[a] -= floor(s[a]);
        add_ion(g, &table[kind[i]], s);
    }
    for (int k = 0; k < kinds; k++)
        free(table[k].value);
    free(table);
}
