#include "lattice/master.h"

#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <suitesparse/umfpack.h>

/* Occupations and, per edge, the equilibrium flux p_a k_ab = p_b k_ba [1/s]. */
typedef struct Fluxes {
    double *p;    /* [n] */
    double *flux; /* [nedge] */
} Fluxes;

static Fluxes fluxes_new(const Sites *s, double attempt, double temperature)
{
    Fluxes f = {.p = MEM_NEW(double, s->n), .flux = MEM_NEW(double, s->nedge)};
    double kt = UNITS_KB * temperature, lowest = HUGE_VAL, sum = 0.0;
    for (int32_t i = 0; i < s->n; i++)
        lowest = fmin(lowest, s->energy[i]);
    for (int32_t i = 0; i < s->n; i++)
        sum += f.p[i] = exp(-(s->energy[i] - lowest) / kt);
    for (int32_t i = 0; i < s->n; i++)
        f.p[i] /= sum;
    for (int64_t e = 0; e < s->nedge; e++)
        f.flux[e] = attempt * exp(-(s->saddle[e] - lowest) / kt) / sum;
    return f;
}

static void fluxes_free(Fluxes *f)
{
    free(f->p);
    free(f->flux);
}

/* The symmetric matrix p_i (i omega - L)_ij in compressed columns; real part = -p L, imaginary part = omega p. */
typedef struct Matrix {
    int32_t *start, *row;
    double *re, *im;
} Matrix;

static Err matrix_new(const Sites *s, const Fluxes *f, double omega, bool grounded, Matrix *m)
{
    size_t entries = (size_t)s->n + 4 * (size_t)s->nedge, k = 0;
    int32_t *ti = MEM_NEW(int32_t, entries), *tj = MEM_NEW(int32_t, entries);
    double *re = MEM_NEW(double, entries), *im = MEM_NEW(double, entries);
    for (int32_t i = 0; i < s->n; i++, k++) {
        ti[k] = tj[k] = i;
        im[k] = omega * f->p[i];
        /* At omega = 0 a constant may be added to f; one site is held at zero (v is orthogonal to p, so nothing is lost). */
        if (grounded && i == 0)
            re[k] = f->flux[0];
    }
    for (int64_t e = 0; e < s->nedge; e++) {
        int32_t a = s->edge[e].a, b = s->edge[e].b;
        const int32_t rows[4] = {a, b, a, b}, columns[4] = {a, b, b, a};
        for (int q = 0; q < 4; q++, k++) {
            ti[k] = rows[q];
            tj[k] = columns[q];
            re[k] = q < 2 ? f->flux[e] : -f->flux[e];
        }
    }
    m->start = MEM_NEW(int32_t, s->n + 1);
    m->row = MEM_NEW(int32_t, entries);
    m->re = MEM_NEW(double, entries);
    m->im = MEM_NEW(double, entries);
    int status = umfpack_zi_triplet_to_col(s->n, s->n, (int32_t)entries, ti, tj, re, im, m->start,
                                           m->row, m->re, m->im, NULL);
    free(ti);
    free(tj);
    free(re);
    free(im);
    return status == UMFPACK_OK
               ? OK
               : err_set(ERR_NUMERICAL, "UMFPACK: status %d while building", status);
}

static void matrix_free(Matrix *m)
{
    free(m->start);
    free(m->row);
    free(m->re);
    free(m->im);
}

/* Sum over directions of sum_i (p v)_i f_i with (i omega - L) f = v.
 *   drift  [3][n] p_i v_i */
static Err memory_term(const Sites *s, const Fluxes *f, const double *drift, double omega,
                       double _Complex *sum)
{
    Matrix m;
    void *symbolic = NULL, *numeric = NULL;
    size_t n = (size_t)s->n;
    double *x = MEM_NEW(double, 3 * n), *y = x + n, *zero = x + 2 * n;
    Err e = matrix_new(s, f, omega, omega == 0.0, &m);
    int status = UMFPACK_OK;
    if (e == OK)
        status = umfpack_zi_symbolic(s->n, s->n, m.start, m.row, m.re, m.im, &symbolic, NULL, NULL);
    if (e == OK && status == UMFPACK_OK)
        status = umfpack_zi_numeric(m.start, m.row, m.re, m.im, symbolic, &numeric, NULL, NULL);
    *sum = 0.0;
    for (int axis = 0; axis < 3 && e == OK && status == UMFPACK_OK; axis++) {
        const double *pv = drift + (size_t)axis * n;
        status = umfpack_zi_solve(UMFPACK_A, m.start, m.row, m.re, m.im, x, y, pv, zero, numeric,
                                  NULL, NULL);
        for (size_t i = 0; i < n; i++)
            *sum += pv[i] * (x[i] + I * y[i]);
    }
    if (symbolic != NULL)
        umfpack_zi_free_symbolic(&symbolic);
    if (numeric != NULL)
        umfpack_zi_free_numeric(&numeric);
    matrix_free(&m);
    free(x);
    if (e == OK && status != UMFPACK_OK)
        e = err_set(ERR_NUMERICAL, "UMFPACK: status %d at omega = %g 1/s", status, omega);
    return e;
}

Err master_diffusion(const Sites *s, double attempt, double temperature, size_t n,
                     const double omega[], double _Complex d[])
{
    Fluxes f = fluxes_new(s, attempt, temperature);
    double *drift = MEM_NEW(double, 3 * s->n), instantaneous = 0.0;
    for (int64_t k = 0; k < s->nedge; k++) {
        const SiteEdge *e = &s->edge[k];
        /* both directions: 1/2 (p_a k_ab + p_b k_ba) d^2 = flux d^2 */
        instantaneous += f.flux[k] * vec_dot(e->d, e->d);
        for (int axis = 0; axis < 3; axis++) {
            drift[axis * s->n + e->a] += f.flux[k] * e->d[axis];
            drift[axis * s->n + e->b] -= f.flux[k] * e->d[axis];
        }
    }
    Err err = OK;
    for (size_t i = 0; i < n && err == OK; i++) {
        double _Complex memory;
        err = memory_term(s, &f, drift, omega[i], &memory);
        d[i] = (instantaneous - memory) / 3.0;
    }
    free(drift);
    fluxes_free(&f);
    return err;
}

double _Complex master_conductivity(double _Complex d, double density, double charge,
                                    double temperature)
{
    /* n q^2 D/kT: e^2/(eV A) per s = e/(V A s); in SI 1e10 e S/m per (A^2/s)/(A^3 eV); /100 for S/cm */
    double factor = density * charge * charge / (UNITS_KB * temperature);
    return d * factor * UNITS_E_C * 1e10 / 100.0;
}

double master_hop_rate(const Sites *s, double attempt, double temperature)
{
    Fluxes f = fluxes_new(s, attempt, temperature);
    double sum = 0.0;
    for (int64_t e = 0; e < s->nedge; e++)
        sum += 2.0 * f.flux[e];
    fluxes_free(&f);
    return sum;
}
