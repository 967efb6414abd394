#include "app/neb_prefactor.h"

#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"

#include <gsl/gsl_eigen.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows of this rank's atoms; `at` [n] places of the moving coordinates among all. */
static Err rows(const Comm *c, NebEngine *e, size_t image, const double x[], size_t n,
                const size_t at[], double step, double *hessian)
{
    size_t all = 3 * (size_t)e->sample->n;
    double *y = MEM_NEW(double, all), *f = MEM_NEW(double, all), energy;
    memcpy(y, x, all * sizeof y[0]);
    if (e->ff[image] != NULL)
        forcefield_invalidate(e->ff[image]);
    Err err = neb_engine_energy(e, image, y, &energy, f); /* lists of the place itself */
    for (size_t i = 0; i < n && err == OK; i++) {
        if ((int)(i / 3 % (size_t)comm_size(c)) != comm_rank(c))
            continue;
        for (int sign = 1; sign >= -1 && err == OK; sign -= 2) {
            y[at[i]] = x[at[i]] + sign * step;
            err = neb_engine_energy(e, image, y, &energy, f);
            for (size_t k = 0; k < n; k++)
                hessian[i * n + k] -= sign * f[at[k]] / (2.0 * step);
        }
        y[at[i]] = x[at[i]];
    }
    free(y);
    free(f);
    return err;
}

/* H <- (1 - u u) H (1 - u u) for a unit vector u with `n` entries, symmetric H. */
static void take_out(size_t n, double *h, const double *u)
{
    double *hu = MEM_NEW(double, n), uhu = 0.0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            hu[i] += h[i * n + k] * u[k];
    for (size_t i = 0; i < n; i++)
        uhu += u[i] * hu[i];
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            h[i * n + k] += u[i] * u[k] * uhu - u[i] * hu[k] - hu[i] * u[k];
    free(hu);
}

/* Translations of all, and turns of locked BH4 that move; returns how many directions. h is mass weighted. */
static size_t take_out_all(const NebEngine *e, size_t n, const size_t at[], bool whole,
                           const RotorLock *lock, double *h)
{
    const Sample *s = e->sample;
    double *u = MEM_NEW(double, n);
    size_t count = 0;
    for (int c = 0; whole && c < 3; c++, count++) {
        double mass = sample_mass(s);
        for (size_t i = 0; i < n; i++)
            u[i] = (int)(at[i] % 3) == c ? sqrt(s->species[s->kind[at[i] / 3]]->mass / mass) : 0.0;
        take_out(n, h, u);
    }
    for (size_t k = 0; lock != NULL && k < lock->n; k++) {
        size_t first = 0, b = 3 * (size_t)lock->first[k];
        while (first < n && at[first] != b)
            first++;
        for (int c = 0; first < n && c < 3; c++, count++) {
            memset(u, 0, n * sizeof u[0]);
            rotor_lock_direction(lock, k, c, &u[first + 3]);
            take_out(n, h, u);
        }
    }
    free(u);
    return count;
}

static int by_size(const void *a, const void *b)
{
    double x = fabs(*(const double *)a), y = fabs(*(const double *)b);
    return (x > y) - (x < y);
}

/* Eigenvalues of h, by size; the first `zero` of them are what was taken out. */
static void modes_of(size_t n, double *h, size_t zero, NebModes *out)
{
    gsl_matrix_view m = gsl_matrix_view_array(h, n, n);
    gsl_vector *value = gsl_vector_alloc(n);
    gsl_eigen_symm_workspace *w = gsl_eigen_symm_alloc(n);
    gsl_eigen_symm(&m.matrix, value, w);
    qsort(value->data, n, sizeof value->data[0], by_size);
    *out = (NebModes){.n = n - zero, .softest = INFINITY};
    double lowest = INFINITY;
    for (size_t i = zero; i < n; i++) {
        double v = gsl_vector_get(value, i);
        lowest = fmin(lowest, v);
        if (v < 0.0) {
            out->negative++;
        } else {
            out->log_product += 0.5 * log(v);
            out->softest = fmin(out->softest, v);
        }
    }
    double mev = UNITS_HBAR_MEV_PS / UNITS_TIME_PS;
    out->lowest = lowest < 0.0 ? -mev * sqrt(-lowest) : mev * sqrt(lowest);
    out->softest = mev * sqrt(out->softest);
    gsl_eigen_symm_free(w);
    gsl_vector_free(value);
}

Err neb_modes(const Comm *c, NebEngine *e, size_t image, const double x[], const bool moves[],
              const RotorLock *lock, double step, NebModes *out)
{
    const Sample *s = e->sample;
    size_t all = 3 * (size_t)s->n, n = 0, *at = MEM_NEW(size_t, all);
    for (size_t i = 0; i < all; i++)
        if (moves == NULL || moves[i / 3])
            at[n++] = i;
    double *h = MEM_NEW(double, n *n);
    Err err = comm_agree(c, rows(c, e, image, x, n, at, step, h));
    if (err == OK) {
        comm_sum(c, n * n, h); /* one rank's number and zeros: exact */
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k <= i; k++) {
                double mass =
                    s->species[s->kind[at[i] / 3]]->mass * s->species[s->kind[at[k] / 3]]->mass;
                double both = 0.5 * (h[i * n + k] + h[k * n + i]) / sqrt(mass);
                h[i * n + k] = h[k * n + i] = both;
            }
        size_t zero = take_out_all(e, n, at, n == all, lock, h);
        modes_of(n, h, zero, out);
    }
    free(h);
    free(at);
    return err;
}

double neb_prefactor(const NebModes *minimum, const NebModes *saddle)
{
    if (minimum->negative != 0 || saddle->negative != 1)
        return NAN;
    double log_omega = minimum->log_product - saddle->log_product; /* one mode more above */
    return exp(log_omega) / (2.0 * PI * UNITS_TIME_S);
}
