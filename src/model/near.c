#include "model/near.h"

#include "base/mem.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct Near {
    Cell cell;
    double cutoff;
    int bins[3];    /* along a, b, c */
    int reach[3];   /* bins to visit on either side */
    int64_t *head;  /* [bins] first atom of a bin, -1: none */
    int64_t *next;  /* [n] */
    double (*x)[3]; /* [n][3] A, in the box */
};

static int bin_along(const Near *near, const double s[3], int k)
{
    int bin = (int)floor(s[k] * near->bins[k]);
    return bin < 0 ? 0 : bin >= near->bins[k] ? near->bins[k] - 1 : bin;
}

static int64_t bin_index(const Near *near, int i, int j, int k)
{
    return ((int64_t)i * near->bins[1] + j) * near->bins[2] + k;
}

/* As many bins as the cut-off allows, but not many more than atoms. */
static void choose_bins(Near *near, int64_t n)
{
    double widths[3];
    cell_widths(&near->cell, widths);
    int most = (int)cbrt((double)n) + 1;
    for (int k = 0; k < 3; k++) {
        double fit = floor(widths[k] / near->cutoff);
        near->bins[k] = fit < 1.0 ? 1 : fit > most ? most : (int)fit;
        near->reach[k] = (int)ceil(near->cutoff * near->bins[k] / widths[k] * (1.0 + 1e-12));
    }
}

Near *near_new(const Cell *cell, int64_t n, const double (*x)[3], double cutoff)
{
    Near *near = MEM_NEW(Near, 1);
    near->cell = *cell;
    near->cutoff = cutoff;
    choose_bins(near, n);
    int64_t nbins = (int64_t)near->bins[0] * near->bins[1] * near->bins[2];
    near->head = MEM_NEW(int64_t, nbins);
    near->next = MEM_NEW(int64_t, n);
    near->x = mem_new((size_t)n, sizeof *near->x);
    for (int64_t b = 0; b < nbins; b++)
        near->head[b] = -1;
    for (int64_t i = n - 1; i >= 0; i--) { /* backwards, so that a bin lists its atoms upwards */
        int image[3];
        double s[3];
        memcpy(near->x[i], x[i], sizeof near->x[i]);
        cell_wrap(cell, near->x[i], image);
        cell_to_fractional(cell, near->x[i], s);
        int64_t b =
            bin_index(near, bin_along(near, s, 0), bin_along(near, s, 1), bin_along(near, s, 2));
        near->next[i] = near->head[b];
        near->head[b] = i;
    }
    return near;
}

void near_free(Near *near)
{
    if (near == NULL)
        return;
    free(near->head);
    free(near->next);
    free(near->x);
    free(near);
}

/* Bin b along one axis, brought into the box: floor division with the lattice step it took. */
static int wrap_bin(int b, int bins, int *step)
{
    *step = b >= 0 ? b / bins : -((bins - 1 - b) / bins);
    return b - *step * bins;
}

static void visit_bin(const Near *near, int64_t bin, const double origin[3], NearVisit *visit,
                      void *data)
{
    double limit = near->cutoff * near->cutoff;
    for (int64_t j = near->head[bin]; j >= 0; j = near->next[j]) {
        double d[3];
        vec_sub(near->x[j], origin, d);
        double r2 = vec_dot(d, d);
        if (r2 <= limit)
            visit(data, j, d, r2);
    }
}

void near_visit(const Near *near, const double r[3], NearVisit *visit, void *data)
{
    double inside[3] = {r[0], r[1], r[2]}, s[3];
    int image[3], at[3], step[3];
    cell_wrap(&near->cell, inside, image);
    cell_to_fractional(&near->cell, inside, s);
    for (int k = 0; k < 3; k++)
        at[k] = bin_along(near, s, k);
    for (int a = at[0] - near->reach[0]; a <= at[0] + near->reach[0]; a++)
        for (int b = at[1] - near->reach[1]; b <= at[1] + near->reach[1]; b++)
            for (int c = at[2] - near->reach[2]; c <= at[2] + near->reach[2]; c++) {
                int i = wrap_bin(a, near->bins[0], &step[0]);
                int j = wrap_bin(b, near->bins[1], &step[1]);
                int k = wrap_bin(c, near->bins[2], &step[2]);
                double origin[3] = {inside[0], inside[1], inside[2]};
                for (int m = 0; m < 3; m++)
                    vec_axpy(-step[m], near->cell.h[m], origin);
                visit_bin(near, bin_index(near, i, j, k), origin, visit, data);
            }
}
