#include "force/p3m_influence.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ALIASES = 4,     /* |n_m| <= 3 M/2: three, or at the edge, where two signs are one wave, four */
    SUM_REACH = 20,  /* |n_m| <= 20.5 M in the one-dimensional sums; terms fall as m^-6 or faster */
    MODEL_MESH = 16, /* least points per axis of the small cell of error estimates */
};

/* exp(-EXPONENT_MAX) counts as zero: 1e-26 of the long waves, far below rounding. */
static const double EXPONENT_MAX = 60.0;

static const double MODEL_LENGTH = 8.0; /* least length of that cell in 1/beta */

/* What one axis knows, for each index 0..n-1. All sets of aliases are even under n -> -n, so that G
 * is. */
typedef struct Axis {
    int n;
    int *count;               /* near aliases */
    double (*wave)[ALIASES];  /* their n_m; [0] is the wave itself, |n| <= M/2 */
    double (*u2)[ALIASES];    /* their U^2 */
    double (*along)[ALIASES]; /* exp(-k^2/4 beta^2) of n_m along this axis alone */
    double (*sum)[3];         /* sum over far more aliases of U^2, n_m U^2, n_m^2 U^2 */
    double (*rest)[3];        /* the same without the wave itself */
    double *next; /* sum of U(n_m) U(n_m + n): coupling to the first harmonic of the mesh */
} Axis;

struct P3mInfluence {
    FftBlock block;
    double beta;
    Axis axis[3];
    double h[3][3]; /* cell of the values */
    bool strained;  /* the strain derivatives too are of this cell */
    double *g;
    double *strain; /* NULL until wanted */
};

/* Transform of the B-spline of the given order at wave n_m of a mesh of n points */
static double assignment(int wave, int n, int order)
{
    if (wave == 0)
        return 1.0;
    if (wave % n == 0)
        return 0.0; /* exactly, unlike sin(m pi) */
    double x = PI * wave / n;
    return pow(sin(x) / x, order);
}

static void axis_aliases(Axis *a, int i, int order)
{
    int n = a->n, itself = 2 * i <= n ? i : i - n;
    double u = assignment(itself, n, order);
    a->wave[i][0] = itself;
    a->u2[i][0] = u * u;
    a->count[i] = 1;
    for (int m = -SUM_REACH - 1; m <= SUM_REACH; m++) {
        int wave = i + m * n;
        if (2 * abs(wave) > (2 * SUM_REACH + 1) * n)
            continue;
        u = assignment(wave, n, order);
        a->next[i] += u * assignment(wave + n, n, order);
        if (wave == itself || u == 0.0)
            continue;
        const double part[3] = {u * u, wave * u * u, (double)wave * wave * u * u};
        for (int k = 0; k < 3; k++)
            a->rest[i][k] += part[k];
        if (2 * abs(wave) <= 3 * n) {
            a->wave[i][a->count[i]] = wave;
            a->u2[i][a->count[i]++] = u * u;
        }
    }
    a->sum[i][0] = a->u2[i][0] + a->rest[i][0];
    a->sum[i][1] = itself * a->u2[i][0] + a->rest[i][1];
    a->sum[i][2] = (double)itself * itself * a->u2[i][0] + a->rest[i][2];
}

static void axis_init(Axis *a, int n, int order)
{
    size_t size = (size_t)n;
    a->n = n;
    a->count = MEM_NEW(int, size);
    a->wave = mem_new(size, sizeof *a->wave);
    a->u2 = mem_new(size, sizeof *a->u2);
    a->along = mem_new(size, sizeof *a->along);
    a->sum = mem_new(size, sizeof *a->sum);
    a->rest = mem_new(size, sizeof *a->rest);
    a->next = MEM_NEW(double, size);
    for (int i = 0; i < n; i++)
        axis_aliases(a, i, order);
}

static void axis_clear(Axis *a)
{
    free(a->count);
    free(a->wave);
    free(a->u2);
    free(a->along);
    free(a->sum);
    free(a->rest);
    free(a->next);
}

static size_t points(const FftBlock *b)
{
    return (size_t)b->count[0] * (size_t)b->count[1] * (size_t)b->count[2];
}

P3mInfluence *p3m_influence_new(const int mesh[3], int order, double beta, const FftBlock *block)
{
    P3mInfluence *p = MEM_NEW(P3mInfluence, 1);
    for (int i = 0; i < 3; i++)
        axis_init(&p->axis[i], mesh[i], order);
    p->block = *block;
    p->beta = beta;
    p->g = MEM_NEW(double, points(block));
    return p;
}

void p3m_influence_free(P3mInfluence *p)
{
    if (p == NULL)
        return;
    for (int i = 0; i < 3; i++)
        axis_clear(&p->axis[i]);
    free(p->g);
    free(p->strain);
    free(p);
}

/* For the axis z; metric_22 as below */
static void axis_gauss(Axis *a, double metric_22, double quarter)
{
    for (int i = 0; i < a->n; i++)
        for (int m = 0; m < a->count[i]; m++)
            a->along[i][m] = exp(-quarter * metric_22 * a->wave[i][m] * a->wave[i][m]);
}

/* k^2 = sum_ij metric_ij n_i n_j */
static void reciprocal_metric(const double inv[3][3], double metric[3][3])
{
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            metric[i][j] = 0.0;
            for (int a = 0; a < 3; a++)
                metric[i][j] += 4.0 * PI * PI * inv[a][i] * inv[a][j];
        }
    }
}

static double contract(const double metric[3][3], const double t[6])
{
    return metric[0][0] * t[0] + metric[1][1] * t[1] + metric[2][2] * t[2] +
           2.0 * (metric[0][1] * t[3] + metric[0][2] * t[4] + metric[1][2] * t[5]);
}

/* Sums over the near aliases of one mesh wave. With gauss = exp(-k^2/4 beta^2): */
typedef struct AliasSums {
    double n;         /* sum U^2 gauss = N / 4 pi */
    double nn[6];     /* sum U^2 gauss n_i n_j, if strain derivatives are wanted */
    double n_rest;    /* as n, without the wave itself */
    double phi2_rest; /* sum gauss^2 / k^2 without the wave itself */
} AliasSums;

/* What the waves of one z row have in common: the near aliases of x and y that any z could bring within
 * EXPONENT_MAX. k^2 = c + w_z (2 b + metric_22 w_z). */
typedef struct Row {
    int n;
    bool has_self; /* the first is the pair of the waves themselves */
    double x[ALIASES * ALIASES], y[ALIASES * ALIASES], u2[ALIASES * ALIASES];
    double c[ALIASES * ALIASES], b[ALIASES * ALIASES],
        gauss[ALIASES * ALIASES]; /* exp(-c/4 beta^2) */
} Row;

static void row_init(const Axis axis[3], int at_x, int at_y, const double metric[3][3],
                     double quarter, Row *row)
{
    const double *wx = axis[0].wave[at_x], *wy = axis[1].wave[at_y];
    row->n = 0;
    row->has_self = false;
    for (int i = 0; i < axis[0].count[at_x]; i++) {
        for (int j = 0; j < axis[1].count[at_y]; j++) {
            double c = metric[0][0] * wx[i] * wx[i] + metric[1][1] * wy[j] * wy[j] +
                       2.0 * metric[0][1] * wx[i] * wy[j];
            double b = metric[0][2] * wx[i] + metric[1][2] * wy[j];
            /* the smallest k^2 that any n_2 could give */
            if (quarter * (c - b * b / metric[2][2]) > EXPONENT_MAX)
                continue;
            int n = row->n++;
            row->has_self |= i == 0 && j == 0;
            row->x[n] = wx[i];
            row->y[n] = wy[j];
            row->u2[n] = axis[0].u2[at_x][i] * axis[1].u2[at_y][j];
            row->c[n] = c;
            row->b[n] = b;
            row->gauss[n] = exp(-quarter * c);
        }
    }
}

static void alias_sums(const Row *row, const Axis *z, int at_z, const double metric[3][3],
                       double quarter, bool strain, AliasSums *out)
{
    *out = (AliasSums){0};
    const double *wz = z->wave[at_z];
    for (int k = 0; k < z->count[at_z]; k++) {
        double square = metric[2][2] * wz[k] * wz[k], along = z->along[at_z][k];
        for (int m = 0; m < row->n; m++) {
            double cross = 2.0 * row->b[m] * wz[k], k2 = row->c[m] + cross + square;
            if (quarter * k2 > EXPONENT_MAX)
                continue;
            /* a product where axes are at right angles, which saves most of the exponentials */
            double gauss = cross == 0.0 ? row->gauss[m] * along : exp(-quarter * k2);
            double part = gauss * row->u2[m] * z->u2[at_z][k];
            out->n += part;
            if (k > 0 || m > 0 || !row->has_self) {
                out->n_rest += part;
                out->phi2_rest += gauss * gauss / k2;
            }
            if (!strain)
                continue;
            out->nn[0] += part * row->x[m] * row->x[m];
            out->nn[1] += part * row->y[m] * row->y[m];
            out->nn[2] += part * wz[k] * wz[k];
            out->nn[3] += part * row->x[m] * row->y[m];
            out->nn[4] += part * row->x[m] * wz[k];
            out->nn[5] += part * row->y[m] * wz[k];
        }
    }
}

/* Power of n along each axis in D, then in sum_m U^2 n_i n_j for ij = 00, 11, 22, 01, 02, 12 */
static const int power[7][3] = {{0, 0, 0}, {2, 0, 0}, {0, 2, 0}, {0, 0, 2},
                                {1, 1, 0}, {1, 0, 1}, {0, 1, 1}};

/* D and sum_m U^2 n_i n_j of one mesh wave */
static double far_sums(const Axis axis[3], const int at[3], double kk[6])
{
    const double *x = axis[0].sum[at[0]], *y = axis[1].sum[at[1]], *z = axis[2].sum[at[2]];
    for (int t = 0; t < 6; t++)
        kk[t] = x[power[t + 1][0]] * y[power[t + 1][1]] * z[power[t + 1][2]];
    return x[0] * y[0] * z[0];
}

/* The same without the wave itself: (a + a')(b + b')(c + c') - a b c, with no difference of large
 * numbers */
static double far_rest(const Axis axis[3], const int at[3], double kk[6])
{
    double out[7];
    for (int t = 0; t < 7; t++) {
        double product = 1.0, rest = 0.0;
        for (int i = 0; i < 3; i++) {
            int n = power[t][i];
            rest = rest * axis[i].sum[at[i]][n] + product * axis[i].rest[at[i]][n];
            double wave = axis[i].wave[at[i]][0];
            product *= axis[i].u2[at[i]][0] * (n == 0 ? 1.0 : n == 1 ? wave : wave * wave);
        }
        out[t] = rest;
    }
    memcpy(kk, out + 1, 6 * sizeof(double));
    return out[0];
}

/* G and its strain derivative at one wave: d ln N / d strain_ab = (sum phi k^2 U^2 k_a k_b)/(2
 * beta^2 N), d ln K / d strain_ab = -2 (sum U^2 k_a k_b)/K, and D knows no cell. strain may be NULL. */
static double influence_at(const Axis axis[3], const Row *row, const int at[3],
                           const double metric[3][3], double quarter, double strain[6])
{
    if (strain != NULL)
        memset(strain, 0, 6 * sizeof(double));
    if (at[0] == 0 && at[1] == 0 && at[2] == 0)
        return 0.0;
    AliasSums near;
    alias_sums(row, &axis[2], at[2], metric, quarter, strain != NULL, &near);
    if (near.n == 0.0)
        return 0.0;
    double kk[6], d = far_sums(axis, at, kk), k = contract(metric, kk);
    for (int c = 0; c < 6 && strain != NULL; c++)
        strain[c] = 2.0 * quarter * near.nn[c] / near.n + 2.0 * kk[c] / k;
    return 4.0 * PI * near.n / (d * k);
}

void p3m_influence_update(P3mInfluence *p, const Cell *cell, bool strain)
{
    if (memcmp(p->h, cell->h, sizeof p->h) == 0 && (p->strained || !strain))
        return;
    memcpy(p->h, cell->h, sizeof p->h);
    p->strained = strain;
    if (strain && p->strain == NULL)
        p->strain = MEM_NEW(double, 6 * points(&p->block));
    const FftBlock *b = &p->block;
    double metric[3][3], quarter = 0.25 / (p->beta * p->beta);
    reciprocal_metric(cell->inv, metric);
    axis_gauss(&p->axis[2], metric[2][2], quarter);
    for (int x = 0; x < b->count[0]; x++) {
        for (int y = 0; y < b->count[1]; y++) {
            size_t at = (size_t)x * b->step[0] + (size_t)y * b->step[1], nz = (size_t)b->count[2];
            Row row;
            row_init(p->axis, b->first[0] + x, b->first[1] + y, (const double(*)[3])metric, quarter,
                     &row);
            for (size_t z = 0; z < nz; z++) {
                const int wave[3] = {b->first[0] + x, b->first[1] + y, b->first[2] + (int)z};
                double t[6];
                p->g[at + z] =
                    influence_at(p->axis, &row, wave, metric, quarter, strain ? t : NULL);
                for (size_t c = 0; c < 6 && strain; c++)
                    p->strain[6 * at + c * nz + z] = t[c];
            }
        }
    }
}

const double *p3m_influence_values(const P3mInfluence *p)
{
    return p->g;
}

const double *p3m_influence_strain(const P3mInfluence *p)
{
    return p->strain;
}

/* The small cell of error estimates: waves dense enough for the Gaussian, and how many of them
 * matter. */
typedef struct Model {
    Axis axis[3];
    int reach[3]; /* |n_i| beyond which exp(-k^2/4 beta^2)^2 counts as zero */
    double metric[3][3], volume;
} Model;

static void model_init(Model *m, const Cell *cell, const double spacing[3], int order, double beta)
{
    double h[3][3], inv[3][3];
    for (int i = 0; i < 3; i++) {
        int points =
            2 * (int)ceil(fmax(0.5 * MODEL_MESH, 0.5 * MODEL_LENGTH / (beta * spacing[i])));
        double length = points * spacing[i], k_max = 2.0 * beta * sqrt(0.5 * EXPONENT_MAX);
        for (int a = 0; a < 3; a++)
            h[i][a] = cell->h[i][a] * length / vec_norm(cell->h[i]);
        axis_init(&m->axis[i], points, order);
        m->reach[i] = (int)fmin(points / 2, ceil(k_max * length / (2.0 * PI)));
    }
    mat_inverse((const double(*)[3])h, inv);
    reciprocal_metric((const double(*)[3])inv, m->metric);
    axis_gauss(&m->axis[2], m->metric[2][2], 0.25 / (beta * beta));
    m->volume = mat_det((const double(*)[3])h);
}

/* Add `weight` times the terms of one wave. To the pair error: sum_m phi_m^2 k_m^2 - N^2/(D K). For
 * good meshes the two agree to 1e-16 and more, so the part of the wave itself (index 0, no aliases)
 * is taken out of both by algebra:
 *
 *   D = U_0^2 + D',  K = k_0^2 U_0^2 + K',  N = phi_0 k_0^2 U_0^2 + N'
 *   D K (phi_0^2 k_0^2 - N^2/(D K)) = phi_0^2 k_0^2 (U_0^2 K' + k_0^2 U_0^2 D' + D' K')
 *                                     - 2 phi_0 k_0^2 U_0^2 N' - N'^2
 *
 * To the self energy of a unit charge, which is the sum over mesh harmonics c of
 * (1/2V) sum_n G sum_m U(k_m) U(k_m + c) exp(i c r): G times the coupling to c along each axis. */
static void model_add(const Model *m, const Row *row, const int at[3], double quarter,
                      double weight, double *pair, double harmonic[3])
{
    const Axis *axis = m->axis;
    double n[3], kn[3], kk[6], u2 = 1.0;
    AliasSums near;
    alias_sums(row, &axis[2], at[2], m->metric, quarter, false, &near);
    for (int i = 0; i < 3; i++) {
        n[i] = axis[i].wave[at[i]][0];
        u2 *= axis[i].u2[at[i]][0];
    }
    mat_times_vec(m->metric, n, kn);
    double k2 = vec_dot(n, kn), phi_k2 = 4.0 * PI * exp(-quarter * k2);
    double n_rest = 4.0 * PI * near.n_rest;
    double d_rest = far_rest(axis, at, kk), k_rest = contract(m->metric, kk);
    double dk = (u2 + d_rest) * (k2 * u2 + k_rest);
    double above = phi_k2 * phi_k2 / k2 * (u2 * k_rest + k2 * u2 * d_rest + d_rest * k_rest) -
                   n_rest * (2.0 * phi_k2 * u2 + n_rest);
    *pair += weight * (above / dk + 16.0 * PI * PI * near.phi2_rest);
    double g = weight * 4.0 * PI * near.n / dk;
    for (int i = 0; i < 3; i++) {
        int j = (i + 1) % 3, k = (i + 2) % 3;
        harmonic[i] += g * axis[i].next[at[i]] * axis[j].sum[at[j]][0] * axis[k].sum[at[k]][0];
    }
}

void p3m_influence_error(const Cell *cell, const double spacing[3], int order, double beta,
                         double *pair, double *self)
{
    Model m;
    model_init(&m, cell, spacing, order, beta);
    double sum = 0.0, harmonic[3] = {0.0, 0.0, 0.0}, quarter = 0.25 / (beta * beta);
    int low[2];
    for (int i = 0; i < 2; i++) /* the edge +-n/2 is one wave */
        low[i] = 2 * m.reach[i] == m.axis[i].n ? 1 - m.reach[i] : -m.reach[i];
    for (int x = low[0]; x <= m.reach[0]; x++) {
        for (int y = low[1]; y <= m.reach[1]; y++) {
            Row row;
            row_init(m.axis, x < 0 ? x + m.axis[0].n : x, y < 0 ? y + m.axis[1].n : y,
                     (const double(*)[3])m.metric, quarter, &row);
            for (int z = 0; z <= m.reach[2]; z++) { /* the other half is the same */
                const int at[3] = {x < 0 ? x + m.axis[0].n : x, y < 0 ? y + m.axis[1].n : y, z};
                double weight = z == 0 || 2 * z == m.axis[2].n ? 1.0 : 2.0;
                if (x != 0 || y != 0 || z != 0)
                    model_add(&m, &row, at, quarter, weight, &sum, harmonic);
            }
        }
    }
    *pair = fmax(sum, 0.0) / m.volume;
    *self = 0.0;
    for (int i = 0; i < 3; i++) {
        /* +-c along one axis, each with the force c * amplitude */
        double amplitude = harmonic[i] / (2.0 * m.volume);
        *self += 2.0 * m.metric[i][i] * m.axis[i].n * m.axis[i].n * amplitude * amplitude;
        axis_clear(&m.axis[i]);
    }
}
