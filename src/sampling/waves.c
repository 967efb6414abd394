#include "sampling/waves.h"

#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"
#include "sampling/waves_kernel.h"

#include <stdlib.h>
#include <string.h>

/* Wave vectors n with equal (n0, n1): n2 = 0 .. length-1, then 0, -1 .. -(length-1), both filled up to a multiple of
 * WAVES_LANES. Those that do not count (outside the sphere, or the second 0) have g = 0. */
typedef struct Row {
    int n[2], low, high, length;
    size_t first;
} Row;

struct Waves {
    const Comm *comm;
    double beta;
    int max[3];
    size_t vectors; /* that count */
    size_t nk, nrow, row0, row1, k0,
        own; /* own rows [row0, row1), own wave vectors [k0, k0 + own) */
    Row *row;
    double *g; /* [nk] k_e phi / V */
    double *s; /* [2 own] */
    double *
        phase[WAVES_AT_ONCE][3]
             [2]; /* [2 max + 1 + WAVES_LANES] cos and sin of 2 pi n s, from -max; axis 2: from 0 */
};

static void wave_vector(const Cell *cell, const double n[3], double k[3])
{
    mat_times_vec(cell->inv, n, k);
    for (int a = 0; a < 3; a++)
        k[a] *= 2.0 * PI;
}

/* The n2 range of row (n0, n1) inside the sphere: where a n2^2 + 2 b n2 + c <= 0. As in force/ewald.c. */
static bool row_range(const Cell *cell, double kcut, Row *row)
{
    double rest[3], unit[3];
    wave_vector(cell, (double[3]){row->n[0], row->n[1], 0.0}, rest);
    wave_vector(cell, (double[3]){0.0, 0.0, 1.0}, unit);
    double a = vec_dot(unit, unit), b = vec_dot(unit, rest), c = vec_dot(rest, rest) - kcut * kcut;
    double discriminant = b * b - a * c;
    if (discriminant < 0.0)
        return false;
    row->low = (int)ceil((-b - sqrt(discriminant)) / a);
    row->high = (int)floor((-b + sqrt(discriminant)) / a);
    if (row->n[0] == 0 && row->n[1] == 0)
        row->low = 1;
    int most = row->high > -row->low ? row->high : -row->low;
    row->length = (most + WAVES_LANES) / WAVES_LANES * WAVES_LANES;
    return row->low <= row->high;
}

static void find_rows(Waves *w, const Cell *cell, double kcut)
{
    w->row = MEM_NEW(Row, (size_t)(w->max[0] + 1) * (size_t)(2 * w->max[1] + 1));
    for (int n0 = 0; n0 <= w->max[0]; n0++) {
        for (int n1 = n0 == 0 ? 0 : -w->max[1]; n1 <= w->max[1]; n1++) {
            Row row = {.n = {n0, n1}, .first = w->nk};
            if (!row_range(cell, kcut, &row))
                continue;
            w->row[w->nrow++] = row;
            w->vectors += (size_t)(row.high - row.low + 1);
            w->nk += 2 * (size_t)row.length;
        }
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
    for (int a = 0; a < WAVES_AT_ONCE; a++)
        for (int i = 0; i < 3; i++)
            for (int part = 0; part < 2; part++)
                w->phase[a][i][part] = MEM_NEW(double, 2 * w->max[i] + 1 + WAVES_LANES);
    waves_set_cell(w, cell);
    *out = w;
    return OK;
}

void waves_free(Waves *w)
{
    if (w == NULL)
        return;
    for (int a = 0; a < WAVES_AT_ONCE; a++)
        for (int i = 0; i < 3; i++)
            for (int part = 0; part < 2; part++)
                free(w->phase[a][i][part]);
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
        const Row *row = &w->row[r];
        for (int n2 = row->low; n2 <= row->high; n2++) {
            double k[3];
            wave_vector(cell, (double[3]){row->n[0], row->n[1], n2}, k);
            double k2 = vec_dot(k, k);
            w->g[row->first + (size_t)(n2 >= 0 ? n2 : row->length - n2)] =
                scale * exp(-quarter * k2) / k2;
        }
    }
}

/* exp(2 pi i n s) for all n of each axis, by powers of the first: |n| is some tens, so rounding stays below 1e-14. */
static void phases(Waves *w, int charge, const Cell *cell, const double x[3])
{
    double s[3];
    vec_times_mat(x, cell->inv, s);
    for (int i = 0; i < 3; i++) {
        int max = w->max[i], zero = i == 2 ? 0 : max, most = i == 2 ? max + WAVES_LANES : max;
        double *c = w->phase[charge][i][0] + zero, *d = w->phase[charge][i][1] + zero;
        double turn = 2.0 * PI * (s[i] - floor(s[i])), c1 = cos(turn), d1 = sin(turn);
        c[0] = 1.0;
        d[0] = 0.0;
        for (int n = 1; n <= most; n++) {
            c[n] = c[n - 1] * c1 - d[n - 1] * d1;
            d[n] = c[n - 1] * d1 + d[n - 1] * c1;
        }
        for (int n = 1; n <= zero; n++) {
            c[-n] = c[n];
            d[-n] = -d[n];
        }
    }
}

static void row_phase(const Waves *w, int charge, const Row *row, double q, double z[2])
{
    double *const(*p)[2] = w->phase[charge];
    double c0 = p[0][0][w->max[0] + row->n[0]], s0 = p[0][1][w->max[0] + row->n[0]];
    double c1 = p[1][0][w->max[1] + row->n[1]], s1 = p[1][1][w->max[1] + row->n[1]];
    z[0] = q * (c0 * c1 - s0 * s1);
    z[1] = q * (c0 * s1 + s0 * c1);
}

/* Four charges into rows [row0, row1); d [2 own] */
static void add_four(const Waves *w, const double q[WAVES_AT_ONCE], double *d)
{
    for (size_t r = w->row0; r < w->row1; r++) {
        const Row *row = &w->row[r];
        const double *cosine[WAVES_AT_ONCE], *sine[WAVES_AT_ONCE];
        double z[WAVES_AT_ONCE][2];
        for (int a = 0; a < WAVES_AT_ONCE; a++) {
            row_phase(w, a, row, q[a], z[a]);
            cosine[a] = w->phase[a][2][0];
            sine[a] = w->phase[a][2][1];
        }
        double *re = d + (row->first - w->k0);
        waves_kernel_row(row->length, (const double(*)[2])z, cosine, sine, re, re + w->own);
    }
}

void waves_add(Waves *w, const Cell *cell, int n, const double q[], const double (*x)[3],
               double sign, double *d)
{
    for (int first = 0; first < n; first += WAVES_AT_ONCE) {
        double charge[WAVES_AT_ONCE] = {0.0};
        for (int a = 0; a < WAVES_AT_ONCE && first + a < n; a++) {
            charge[a] = sign * q[first + a];
            phases(w, a, cell, x[first + a]);
        }
        add_four(w, charge, d);
    }
}

void waves_compute(Waves *w, const Bodies *b)
{
    memset(w->s, 0, 2 * w->own * sizeof(double));
    if (w->own > 0)
        waves_add(w, &b->cell, (int)b->n, b->q, (const double(*)[3])b->x, 1.0, w->s);
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

double waves_cross(const Waves *w, const double *d1, const double *d2)
{
    return waves_kernel_cross(w->own, w->g + w->k0, d1, d1 + w->own, d2, d2 + w->own);
}

void waves_accept(Waves *w, const double *d)
{
    for (size_t k = 0; k < 2 * w->own; k++)
        w->s[k] += d[k];
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

/* f = q sum_{half} 2 g k Im[ conj(S) exp(i k r) ] */
void waves_force(Waves *w, const Cell *cell, const double *s, double q, const double x[3],
                 double f[3])
{
    double sum[3] = {0.0, 0.0, 0.0};
    phases(w, 0, cell, x);
    for (size_t r = 0; r < w->nrow; r++) {
        const Row *row = &w->row[r];
        double z[2], row_sum = 0.0, row_moment = 0.0;
        row_phase(w, 0, row, 2.0 * q, z);
        const double *c = w->phase[0][2][0], *d = w->phase[0][2][1];
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
    wave_vector(cell, sum, k);
    vec_axpy(1.0, k, f);
}
