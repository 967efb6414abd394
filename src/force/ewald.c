#include "force/ewald.h"

#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Wave vectors n with equal (n0, n1) are neighbours: one row of consecutive n2. */
typedef struct Row {
    int n[2];
    int low, high; /* n2 = low .. high */
    size_t first;  /* index of (n0, n1, low) */
} Row;

struct Ewald {
    double beta;
    int max[3]; /* largest |n| per axis */
    size_t nrow, nk;
    Row *row;
    double *s;           /* [2 nk] structure factors: real parts, then imaginary */
    double *g;           /* [nk] 2 k_e phi / V, as it enters the forces */
    double *phase[3][2]; /* [2 max + 1] cos and sin of 2 pi n s for one atom, from -max */
};

void ewald_wave_vector(const Cell *cell, const double n[3], double k[3])
{
    mat_times_vec(cell->inv, n, k);
    for (int a = 0; a < 3; a++)
        k[a] *= 2.0 * PI;
}

/* k^2 is convex in n2, so the range is where the quadratic a n2^2 + 2 b n2 + c <= kcut^2. */
bool ewald_row(const Cell *cell, double kcut, const int n[2], int *low, int *high)
{
    double rest[3], unit[3];
    ewald_wave_vector(cell, (double[3]){n[0], n[1], 0.0}, rest);
    ewald_wave_vector(cell, (double[3]){0.0, 0.0, 1.0}, unit);
    double a = vec_dot(unit, unit), b = vec_dot(unit, rest), c = vec_dot(rest, rest) - kcut * kcut;
    double discriminant = b * b - a * c;
    if (discriminant < 0.0)
        return false;
    *low = n[0] == 0 && n[1] == 0 ? 1 : (int)ceil((-b - sqrt(discriminant)) / a);
    *high = (int)floor((-b + sqrt(discriminant)) / a);
    return *low <= *high;
}

static void find_rows(Ewald *e, const Cell *cell, double kcut)
{
    size_t room = (size_t)(e->max[0] + 1) * (size_t)(2 * e->max[1] + 1);
    e->row = MEM_NEW(Row, room);
    for (int n0 = 0; n0 <= e->max[0]; n0++) {
        for (int n1 = n0 == 0 ? 0 : -e->max[1]; n1 <= e->max[1]; n1++) {
            Row row = {.n = {n0, n1}, .first = e->nk};
            if (!ewald_row(cell, kcut, row.n, &row.low, &row.high))
                continue;
            e->row[e->nrow++] = row;
            e->nk += (size_t)(row.high - row.low + 1);
        }
    }
}

Err ewald_new(const Comm *comm, const Cell *cell, double beta, double kcut, Ewald **out)
{
    (void)comm;
    *out = NULL;
    if (!(beta > 0.0 && isfinite(beta) && kcut > 0.0 && isfinite(kcut)))
        return err_set(ERR_INPUT,
                       "Ewald sum: beta %g and k cut-off %g [1/angstrom] must be positive", beta,
                       kcut);
    if (cell->volume * kcut * kcut * kcut / (12.0 * PI * PI) > 0x1p24)
        return err_set(ERR_INPUT,
                       "Ewald sum: k cut-off %g/angstrom needs too many wave vectors; use P3M",
                       kcut);
    Ewald *e = MEM_NEW(Ewald, 1);
    e->beta = beta;
    /* |n_i| = |k . h_i| / 2 pi <= kcut |h_i| / 2 pi */
    for (int i = 0; i < 3; i++) {
        e->max[i] = (int)floor(kcut * vec_norm(cell->h[i]) / (2.0 * PI)) + 1;
        for (int part = 0; part < 2; part++)
            e->phase[i][part] = MEM_NEW(double, 2 * e->max[i] + 1);
    }
    find_rows(e, cell, kcut);
    e->s = MEM_NEW(double, 2 * e->nk);
    e->g = MEM_NEW(double, e->nk);
    *out = e;
    return OK;
}

void ewald_free(Ewald *e)
{
    if (e == NULL)
        return;
    for (int i = 0; i < 3; i++)
        for (int part = 0; part < 2; part++)
            free(e->phase[i][part]);
    free(e->row);
    free(e->s);
    free(e->g);
    free(e);
}

/* exp(2 pi i n s) for all n of each axis. By cos and sin of each angle rather than powers of the
 * first: rounding does not grow with n. */
static void atom_phases(Ewald *e, const Cell *cell, const double x[3])
{
    double s[3];
    vec_times_mat(x, cell->inv, s);
    for (int i = 0; i < 3; i++) {
        double turn = s[i] - floor(s[i]);
        double *c = e->phase[i][0] + e->max[i], *sn = e->phase[i][1] + e->max[i];
        for (int n = 0; n <= e->max[i]; n++) {
            double angle = 2.0 * PI * (n * turn - floor(n * turn));
            c[n] = c[-n] = cos(angle);
            sn[n] = sin(angle);
            sn[-n] = -sn[n];
        }
    }
}

/* q exp(i (k0 + k1) r) of a row, real and imaginary */
static void row_phase(const Ewald *e, const Row *row, double q, double z[2])
{
    double c0 = e->phase[0][0][e->max[0] + row->n[0]], s0 = e->phase[0][1][e->max[0] + row->n[0]];
    double c1 = e->phase[1][0][e->max[1] + row->n[1]], s1 = e->phase[1][1][e->max[1] + row->n[1]];
    z[0] = q * (c0 * c1 - s0 * s1);
    z[1] = q * (c0 * s1 + s0 * c1);
}

static void add_structure_factors(Ewald *e, double q)
{
    for (size_t r = 0; r < e->nrow; r++) {
        const Row *row = &e->row[r];
        double z[2];
        row_phase(e, row, q, z);
        const double *restrict c = e->phase[2][0] + e->max[2] + row->low;
        const double *restrict s = e->phase[2][1] + e->max[2] + row->low;
        double *restrict re = e->s + row->first, *restrict im = re + e->nk;
        int length = row->high - row->low + 1;
        for (int j = 0; j < length; j++) {
            re[j] += z[0] * c[j] - z[1] * s[j];
            im[j] += z[0] * s[j] + z[1] * c[j];
        }
    }
}

/* Energy and virial from the structure factors; leaves 2 k_e phi / V in g. With E_k the part of one
 * k, -dE_k/d strain = E_k [ delta_ab - 2 (1/k^2 + 1/4 beta^2) k_a k_b ] (D. M. Heyes, Phys. Rev. B
 * 49, 755 (1994), doi 10.1103/PhysRevB.49.755). */
static void energy_virial(Ewald *e, const Cell *cell, double *energy, double virial[3][3])
{
    *energy = 0.0;
    memset(virial, 0, 9 * sizeof(double));
    double quarter = 0.25 / (e->beta * e->beta), scale = 4.0 * PI * UNITS_COULOMB / cell->volume;
    for (size_t r = 0; r < e->nrow; r++) {
        const Row *row = &e->row[r];
        for (int n2 = row->low; n2 <= row->high; n2++) {
            size_t i = row->first + (size_t)(n2 - row->low);
            double k[3];
            ewald_wave_vector(cell, (double[3]){row->n[0], row->n[1], n2}, k);
            double k2 = vec_dot(k, k);
            double phi = scale * exp(-quarter * k2) / k2;
            /* twice 1/2: k and -k */
            double part = phi * (e->s[i] * e->s[i] + e->s[e->nk + i] * e->s[e->nk + i]);
            e->g[i] = 2.0 * phi;
            *energy += part;
            for (int a = 0; a < 3; a++) {
                virial[a][a] += part;
                for (int b = 0; b < 3; b++)
                    virial[a][b] -= part * 2.0 * (1.0 / k2 + quarter) * k[a] * k[b];
            }
        }
    }
}

/* f_i = q_i (2 k_e/V) sum_{half} phi k Im[ conj(S) exp(i k r_i) ] */
static void add_force(const Ewald *e, const Cell *cell, double q, double f[3])
{
    double sum[3] = {0.0, 0.0, 0.0};
    for (size_t r = 0; r < e->nrow; r++) {
        const Row *row = &e->row[r];
        double z[2], row_sum = 0.0, row_moment = 0.0;
        row_phase(e, row, q, z);
        const double *c = e->phase[2][0] + e->max[2] + row->low;
        const double *s = e->phase[2][1] + e->max[2] + row->low;
        const double *re = e->s + row->first, *im = re + e->nk, *g = e->g + row->first;
        int length = row->high - row->low + 1;
        for (int j = 0; j < length; j++) {
            double part =
                g[j] * (re[j] * (z[0] * s[j] + z[1] * c[j]) - im[j] * (z[0] * c[j] - z[1] * s[j]));
            row_sum += part;
            row_moment += part * (row->low + j);
        }
        sum[0] += row->n[0] * row_sum;
        sum[1] += row->n[1] * row_sum;
        sum[2] += row_moment;
    }
    double k[3];
    ewald_wave_vector(cell, sum, k);
    vec_axpy(1.0, k, f);
}

Err ewald_compute(Ewald *e, const Comm *comm, const Cell *cell, int32_t nlocal,
                  const double (*x)[3], const double q[], double (*f)[3], double *energy,
                  double virial[3][3])
{
    memset(e->s, 0, 2 * e->nk * sizeof(double));
    for (int32_t i = 0; i < nlocal; i++) {
        atom_phases(e, cell, x[i]);
        add_structure_factors(e, q[i]);
    }
    comm_sum(comm, 2 * e->nk, e->s);
    energy_virial(e, cell, energy, virial);
    for (int32_t i = 0; i < nlocal; i++) {
        atom_phases(e, cell, x[i]);
        add_force(e, cell, q[i], f[i]);
    }
    /* All ranks have the same sums, so they agree without asking. */
    if (!isfinite(*energy))
        return err_set(ERR_NUMERICAL,
                       "Ewald sum: the energy is not finite (an atom has no finite position)");
    return OK;
}
