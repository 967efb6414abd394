#include "sampling/waves.h"

#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"
#include "force/ewald.h"
#include "sampling/waves_kernel.h"

#include <stdlib.h>
#include <string.h>

struct Waves {
    const Comm *comm;
    double beta;
    int max[3];
    size_t vectors; /* that count */
    size_t nk, nrow, row0, row1, k0,
        own; /* own rows [row0, row1), own wave vectors [k0, k0 + own) */
    WavesRow *row;
    double *g; /* [nk] k_e phi / V */
    double *s; /* [2 own] */
    WavesPhases phases;
    double *power[2]; /* cos, sin [longest + 1][WAVES_AT_ONCE] */
};

static void find_rows(Waves *w, const Cell *cell, double kcut)
{
    w->row = MEM_NEW(WavesRow, (size_t)(w->max[0] + 1) * (size_t)(2 * w->max[1] + 1));
    for (int n0 = 0; n0 <= w->max[0]; n0++) {
        for (int n1 = n0 == 0 ? 0 : -w->max[1]; n1 <= w->max[1]; n1++) {
            WavesRow row = {.n = {n0, n1}, .first = w->nk};
            if (!ewald_row(cell, kcut, row.n, &row.low, &row.high))
                continue;
            int most = row.high > -row.low ? row.high : -row.low;
            row.length = (most + WAVES_LANES) / WAVES_LANES * WAVES_LANES;
            w->row[w->nrow++] = row;
            w->vectors += (size_t)(row.high - row.low + 1);
            w->nk += 2 * (size_t)row.length;
        }
    }
}

static void make_tables(Waves *w)
{
    WavesPhases *p = &w->phases;
    p->stride = w->max[2] + 1 + WAVES_LANES;
    for (int part = 0; part < 2; part++) {
        for (int i = 0; i < 2; i++) {
            p->max[i] = w->max[i];
            p->along[i][part] = MEM_NEW(double, WAVES_AT_ONCE *(2 * w->max[i] + 1));
        }
        p->last[part] = MEM_NEW(double, WAVES_AT_ONCE * p->stride);
        w->power[part] = MEM_NEW(double, WAVES_AT_ONCE * p->stride);
    }
}

Err waves_new(const Comm *c, const Cell *cell, double beta, double kcut, Waves **out)
{
    *out = NULL;
    if (!(beta > 0.0 && isfinite(beta) && kcut > 0.0 && isfinite(kcut)))
        return err_set(ERR_INPUT,
                       "Ewald sum: beta %g and k cut-off %g [1/angstrom] must be positive", beta,
                       kcut);
    if (cell->volume * kcut * kcut * kcut / (12.0 * PI * PI) > 0x1p24)
        return err_set(ERR_INPUT, "Ewald sum: k cut-off %g/angstrom needs too many wave vectors",
                       kcut);
    Waves *w = MEM_NEW(Waves, 1);
    w->comm = c;
    w->beta = beta;
    for (int i = 0; i < 3; i++)
        w->max[i] = (int)floor(kcut * vec_norm(cell->h[i]) / (2.0 * PI)) + 1;
    find_rows(w, cell, kcut);
    int64_t first, count;
    comm_block(c, (int64_t)w->nrow, &first, &count);
    w->row0 = (size_t)first;
    w->row1 = (size_t)(first + count);
    w->k0 = count > 0 ? w->row[w->row0].first : 0;
    w->own = (w->row1 < w->nrow ? w->row[w->row1].first : w->nk) - w->k0;
    if (count == 0)
        w->own = 0;
    w->g = MEM_NEW(double, w->nk);
    w->s = MEM_NEW(double, 2 * w->own + 1); /* never NULL */
    make_tables(w);
    waves_set_cell(w, cell);
    *out = w;
    return OK;
}

void waves_free(Waves *w)
{
    if (w == NULL)
        return;
    for (int part = 0; part < 2; part++) {
        free(w->phases.along[0][part]);
        free(w->phases.along[1][part]);
        free(w->phases.last[part]);
        free(w->power[part]);
    }
    free(w->row);
    free(w->g);
    free(w->s);
    free(w);
}

size_t waves_count(const Waves *w)
{
    return w->nk;
}

size_t waves_vectors(const Waves *w)
{
    return w->vectors;
}

size_t waves_own(const Waves *w)
{
    return w->own;
}

void waves_set_cell(Waves *w, const Cell *cell)
{
    double quarter = 0.25 / (w->beta * w->beta), scale = 4.0 * PI * UNITS_COULOMB / cell->volume;
    for (size_t r = 0; r < w->nrow; r++) {
        const WavesRow *row = &w->row[r];
        for (int n2 = row->low; n2 <= row->high; n2++) {
            double k[3];
            ewald_wave_vector(cell, (double[3]){row->n[0], row->n[1], n2}, k);
            double k2 = vec_dot(k, k);
            w->g[row->first + (size_t)(n2 >= 0 ? n2 : row->length - n2)] =
                scale * exp(-quarter * k2) / k2;
        }
    }
}

/* Phases of up to WAVES_AT_ONCE charges, the others zero. By powers of the first: |n| is some tens, so rounding stays
 * below 1e-14. */
static void set_phases(Waves *w, const Cell *cell, int n, const double q[], const double (*x)[3])
{
    enum { CHARGES = WAVES_AT_ONCE };
    double charge[CHARGES] = {0.0}, first[3][2][CHARGES] = {0};
    WavesPhases *p = &w->phases;
    for (int a = 0; a < n; a++) {
        double s[3];
        vec_times_mat(x[a], cell->inv, s);
        charge[a] = q[a];
        for (int i = 0; i < 3; i++) {
            double turn = 2.0 * PI * (s[i] - floor(s[i]));
            first[i][0][a] = cos(turn);
            first[i][1][a] = sin(turn);
        }
    }
    for (int i = 0; i < 2; i++) {
        const int max = w->max[i];
        double *c = p->along[i][0] + CHARGES * max, *s = p->along[i][1] + CHARGES * max;
        waves_kernel_powers(max, first[i][0], first[i][1], c, s);
        for (int k = 0; i == 0 && k < CHARGES * (max + 1); k++) {
            c[k] *= charge[k % CHARGES];
            s[k] *= charge[k % CHARGES];
        }
        for (int m = 1; i == 1 && m <= max; m++) { /* n0 >= 0 in all rows */
            for (int a = 0; a < CHARGES; a++) {
                c[a - CHARGES * m] = c[a + CHARGES * m];
                s[a - CHARGES * m] = -s[a + CHARGES * m];
            }
        }
    }
    const int most = p->stride - 1;
    waves_kernel_powers(most, first[2][0], first[2][1], w->power[0], w->power[1]);
    for (int part = 0; part < 2; part++)
        for (int m = 0; m <= most; m++)
            for (int a = 0; a < CHARGES; a++)
                p->last[part][a * p->stride + m] = w->power[part][m * CHARGES + a];
}

double waves_move(Waves *w, const Cell *cell, int n, const double q[], const double (*from)[3],
                  const double (*to)[3], double *d)
{
    enum { PAIRS = WAVES_AT_ONCE / 2 };
    const size_t k0 = w->k0, nrow = w->row1 - w->row0;
    double de = 0.0;
    for (int first = 0; first < n || first == 0; first += PAIRS) {
        double charge[2 * PAIRS], x[2 * PAIRS][3];
        int m = n - first < PAIRS ? n - first : PAIRS;
        for (int a = 0; a < m; a++) {
            charge[a] = -q[first + a];
            charge[m + a] = q[first + a];
            memcpy(x[a], from[first + a], sizeof x[a]);
            memcpy(x[m + a], to[first + a], sizeof x[a]);
        }
        set_phases(w, cell, 2 * m, charge, (const double(*)[3])x);
        if (first + PAIRS < n)
            waves_kernel_add(&w->phases, nrow, w->row + w->row0, k0, first > 0, d, d + w->own);
        else
            de = waves_kernel_move(&w->phases, nrow, w->row + w->row0, k0, first > 0, d, d + w->own,
                                   w->g + k0, w->s, w->s + w->own);
    }
    return de;
}

void waves_compute(Waves *w, const Bodies *b)
{
    const size_t nrow = w->row1 - w->row0;
    for (int64_t first = 0; first < b->n && w->own > 0; first += WAVES_AT_ONCE) {
        int m = (int)(b->n - first < WAVES_AT_ONCE ? b->n - first : WAVES_AT_ONCE);
        set_phases(w, &b->cell, m, b->q + first, (const double(*)[3])b->x + first);
        waves_kernel_add(&w->phases, nrow, w->row + w->row0, w->k0, first > 0, w->s, w->s + w->own);
    }
}

double waves_energy(const Waves *w)
{
    Exact sum = {0, 0};
    const double *g = w->g + w->k0, *im = w->s + w->own;
    for (size_t k = 0; k < w->own; k++)
        exact_add(&sum, g[k] * (w->s[k] * w->s[k] + im[k] * im[k]));
    comm_sum_exact(w->comm, 1, &sum);
    return exact_value(sum);
}

double waves_change(const Waves *w, const double *d)
{
    return waves_kernel_change(w->own, w->g + w->k0, w->s, w->s + w->own, d, d + w->own);
}

void waves_add(Waves *w, double sign, const double *d)
{
    waves_kernel_sum(2 * w->own, sign, d, w->s);
}

void waves_get(const Waves *w, double *s)
{
    memcpy(s, w->s, 2 * w->own * sizeof *s);
}

void waves_put(Waves *w, const double *s)
{
    memcpy(w->s, s, 2 * w->own * sizeof *s);
}

void waves_get_all(const Waves *w, double *s)
{
    for (int part = 0; part < 2; part++) {
        size_t bytes;
        double *all = comm_allgatherv(w->comm, w->own * sizeof(double),
                                      w->s + (size_t)part * w->own, &bytes, NULL);
        if (w->nk > 0) /* none for ions without charge */
            memcpy(s + (size_t)part * w->nk, all, w->nk * sizeof(double));
        free(all);
    }
}

void waves_put_all(Waves *w, const double *s)
{
    for (int part = 0; part < 2 && w->own > 0; part++)
        memcpy(w->s + (size_t)part * w->own, s + (size_t)part * w->nk + w->k0,
               w->own * sizeof(double));
}

/* The factor of charge 0 that a row has in common */
static void row_phase(const WavesPhases *p, const WavesRow *row, double z[2])
{
    const int first = WAVES_AT_ONCE * (p->max[0] + row->n[0]),
              second = WAVES_AT_ONCE * (p->max[1] + row->n[1]);
    double c0 = p->along[0][0][first], s0 = p->along[0][1][first];
    double c1 = p->along[1][0][second], s1 = p->along[1][1][second];
    z[0] = c0 * c1 - s0 * s1;
    z[1] = c0 * s1 + s0 * c1;
}

/* f = q sum_{half} 2 g k Im[ conj(S) exp(i k r) ] */
void waves_force(Waves *w, const Cell *cell, const double *s, double q, const double x[3],
                 double f[3])
{
    double sum[3] = {0.0, 0.0, 0.0};
    set_phases(w, cell, 1, (double[1]){2.0 * q}, (const double(*)[3])x);
    const WavesPhases *p = &w->phases;
    for (size_t r = 0; r < w->nrow; r++) {
        const WavesRow *row = &w->row[r];
        double z[2], row_sum = 0.0, row_moment = 0.0;
        row_phase(p, row, z);
        const double *c = p->last[0], *d = p->last[1];
        for (int sign = 1; sign >= -1; sign -= 2) {
            size_t first = row->first + (size_t)(sign < 0 ? row->length : 0);
            const double *re = s + first, *im = re + w->nk, *g = w->g + first;
            for (int j = 0; j < row->length; j++) {
                double y = sign * d[j];
                double part =
                    g[j] * (re[j] * (z[0] * y + z[1] * c[j]) - im[j] * (z[0] * c[j] - z[1] * y));
                row_sum += part;
                row_moment += sign * part * j;
            }
        }
        sum[0] += row->n[0] * row_sum;
        sum[1] += row->n[1] * row_sum;
        sum[2] += row_moment;
    }
    double k[3];
    ewald_wave_vector(cell, sum, k);
    vec_axpy(1.0, k, f);
}
