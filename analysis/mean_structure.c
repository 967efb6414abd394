#include "analysis/mean_structure.h"

#include "base/mem.h"
#include "base/vec.h"
#include "model/tetrahedron.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { H_PER_ION = 4 };

void mean_structure_init(MeanStructure *m, const Sample *sample)
{
    *m = (MeanStructure){.sample = sample};
    m->sum = mem_new((size_t)sample->n, sizeof m->sum[0]);
    m->squares = MEM_NEW(double, sample->n);
}

void mean_structure_clear(MeanStructure *m)
{
    free(m->sum);
    free(m->squares);
    *m = (MeanStructure){0};
}

/* Sites are compared relative to B, so that a slow drift of the crystal does not matter. */
static void assign_ion(const MeanStructure *m, const Cell *cell, int64_t b, const double (*s)[3],
                       int site[H_PER_ION])
{
    double cost[H_PER_ION][H_PER_ION], f[3], d[3];
    for (int k = 0; k < H_PER_ION; k++)
        for (int j = 0; j < H_PER_ION; j++) {
            for (int i = 0; i < 3; i++)
                f[i] = s[b + 1 + k][i] - s[b][i] -
                       (m->sum[b + 1 + j][i] - m->sum[b][i]) / (double)m->frames;
            cell_to_cartesian(cell, f, d);
            cost[k][j] = vec_dot(d, d);
        }
    tetrahedron_deal((const double(*)[H_PER_ION])cost, site);
}

/* Fractional position s to atom i, and the sum of its squared deviations from the mean (B. P. Welford, Technometrics 4, 419
 * (1962), doi 10.1080/00401706.1962.10490022). */
static void add_atom(MeanStructure *m, const Cell *cell, int64_t i, const double s[3])
{
    double before[3], after[3], u[3], v[3], n = (double)m->frames;
    for (int k = 0; k < 3; k++) {
        before[k] = m->frames > 0 ? s[k] - m->sum[i][k] / n : 0.0;
        m->sum[i][k] += s[k];
        after[k] = s[k] - m->sum[i][k] / (n + 1.0);
    }
    cell_to_cartesian(cell, before, u);
    cell_to_cartesian(cell, after, v);
    m->squares[i] += vec_dot(u, v);
}

void mean_structure_add(MeanStructure *m, const Cell *cell, const double (*x)[3])
{
    const Sample *sample = m->sample;
    double(*s)[3] = mem_new((size_t)sample->n, sizeof s[0]);
    for (int64_t i = 0; i < sample->n; i++)
        cell_to_fractional(cell, x[i], s[i]);
    for (int64_t ion = 0; ion < sample->nion; ion++) {
        int64_t first = sample->ion_first[ion];
        int site[H_PER_ION] = {0, 1, 2, 3};
        if (sample->ion_kind[ion] == ION_BH4 && m->frames > 0)
            assign_ion(m, cell, first, (const double(*)[3])s, site);
        add_atom(m, cell, first, s[first]);
        for (int64_t i = first + 1; i < sample->ion_first[ion + 1]; i++)
            add_atom(m, cell, first + 1 + site[i - first - 1], s[i]);
    }
    for (int i = 0; i < 9; i++)
        (&m->h[0][0])[i] += (&cell->h[0][0])[i];
    m->frames++;
    free(s);
}

Err mean_structure_get(const MeanStructure *m, Cell *cell, double (*s)[3])
{
    if (m->frames == 0)
        return err_set(ERR_INPUT, "mean structure: no frames");
    double h[3][3], scale = 1.0 / (double)m->frames;
    for (int i = 0; i < 9; i++)
        (&h[0][0])[i] = (&m->h[0][0])[i] * scale;
    for (int64_t i = 0; i < m->sample->n; i++)
        for (int k = 0; k < 3; k++)
            s[i][k] = m->sum[i][k] * scale;
    return cell_init(cell, (const double(*)[3])h);
}

double mean_structure_u(const MeanStructure *m, int64_t i)
{
    return m->frames < 2 ? NAN : m->squares[i] / (3.0 * ((double)m->frames - 1.0));
}

Err mean_structure_group(const MeanStructure *m, double symprec, SymmetryGroup *out)
{
    int64_t n = m->sample->n;
    double(*s)[3] = mem_new((size_t)n, sizeof s[0]);
    int *kinds = MEM_NEW(int, n);
    Cell cell;
    Err e = mean_structure_get(m, &cell, s);
    for (int64_t i = 0; i < n; i++)
        kinds[i] = m->sample->kind[i];
    if (e == OK)
        *out = symmetry_find(&cell, n, (const double(*)[3])s, kinds, symprec);
    free(s);
    free(kinds);
    return e;
}
