#include "analysis/arrow.h"

#include "base/err.h"
#include "base/mem.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void arrow_init(Arrow *a, size_t sets, size_t nshared, size_t nown)
{
    CHECK(nshared <= ARROW_SHARED && nown <= ARROW_OWN, "%zu shared, %zu own", nshared, nown);
    *a = (Arrow){.sets = sets, .nshared = nshared, .nown = nown};
    a->own = mem_new(sets, sizeof *a->own);
    a->mixed = mem_new(sets, sizeof *a->mixed);
    a->gradient = MEM_NEW(double, nshared + sets * nown);
}

void arrow_clear(Arrow *a)
{
    free(a->own);
    free(a->mixed);
    free(a->gradient);
    *a = (Arrow){0};
}

void arrow_zero(Arrow *a)
{
    memset(a->shared, 0, sizeof a->shared);
    memset(a->own, 0, a->sets * sizeof *a->own);
    memset(a->mixed, 0, a->sets * sizeof *a->mixed);
    memset(a->gradient, 0, (a->nshared + a->sets * a->nown) * sizeof *a->gradient);
}

void arrow_add(Arrow *a, size_t set, double pull, double weight, const double shared[],
               const double own[])
{
    double *gradient = a->gradient + a->nshared + set * a->nown;
    for (size_t k = 0; k < a->nshared; k++) {
        a->gradient[k] += pull * shared[k];
        double w = weight * shared[k];
        for (size_t l = 0; l <= k; l++)
            a->shared[k][l] += w * shared[l];
        for (size_t l = 0; l < a->nown; l++)
            a->mixed[set][k][l] += w * own[l];
    }
    for (size_t k = 0; k < a->nown; k++) {
        gradient[k] += pull * own[k];
        double w = weight * own[k];
        for (size_t l = 0; l <= k; l++)
            a->own[set][k][l] += w * own[l];
    }
}

/* Cholesky factor of a small matrix of row length `pitch` in place (lower part); false if it is not positive. */
static bool factorise(size_t n, size_t pitch, double *m)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k <= i; k++) {
            double v = m[i * pitch + k];
            for (size_t l = 0; l < k; l++)
                v -= m[i * pitch + l] * m[k * pitch + l];
            if (i == k && !(v > 0.0 && isfinite(v)))
                return false;
            m[i * pitch + k] = i == k ? sqrt(v) : v / m[k * pitch + k];
        }
    return true;
}

static void back_solve(size_t n, size_t pitch, const double *factor, double v[])
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            v[i] -= factor[i * pitch + k] * v[k];
        v[i] /= factor[i * pitch + i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            v[i] -= factor[k * pitch + i] * v[k];
        v[i] /= factor[i * pitch + i];
    }
}

/* The set's own step -D^-1 (g + M^T of the shared step), with the factor of its damped block D. */
static bool own_step(const Arrow *a, size_t set, double lambda, const double shared_step[],
                     double factor[ARROW_OWN][ARROW_OWN], double step[])
{
    memcpy(factor, a->own[set], sizeof a->own[set]);
    for (size_t k = 0; k < a->nown; k++) {
        factor[k][k] *= 1.0 + lambda;
        step[k] = -a->gradient[a->nshared + set * a->nown + k];
        for (size_t l = 0; l < a->nshared && shared_step != NULL; l++)
            step[k] -= a->mixed[set][l][k] * shared_step[l];
    }
    if (!factorise(a->nown, ARROW_OWN, factor[0]))
        return false;
    back_solve(a->nown, ARROW_OWN, factor[0], step);
    return true;
}

bool arrow_step(const Arrow *a, double lambda, double step[])
{
    double shared[ARROW_SHARED][ARROW_SHARED], factor[ARROW_OWN][ARROW_OWN];
    memcpy(shared, a->shared, sizeof shared);
    for (size_t k = 0; k < a->nshared; k++) {
        shared[k][k] *= 1.0 + lambda;
        step[k] = -a->gradient[k];
    }
    for (size_t s = 0; s < a->sets;
         s++) { /* what is left for the shared ones: S = A - M D^-1 M^T */
        double *mine = step + a->nshared + s * a->nown, v[ARROW_OWN];
        if (!own_step(a, s, lambda, NULL, factor, mine))
            return false;
        for (size_t l = 0; l < a->nshared; l++) {
            memcpy(v, a->mixed[s][l], sizeof v);
            back_solve(a->nown, ARROW_OWN, factor[0], v);
            for (size_t k = 0; k < a->nown; k++) {
                step[l] -= a->mixed[s][l][k] * mine[k];
                for (size_t m = 0; m <= l; m++)
                    shared[l][m] -= v[k] * a->mixed[s][m][k];
            }
        }
    }
    if (!factorise(a->nshared, ARROW_SHARED, shared[0]))
        return false;
    back_solve(a->nshared, ARROW_SHARED, shared[0], step);
    for (size_t s = 0; s < a->sets; s++)
        if (!own_step(a, s, lambda, step, factor, step + a->nshared + s * a->nown))
            return false;
    return true;
}

/* Parameters in units of what the data would tell of each alone: the diagonal of J^T J becomes 1. false if one is unknown. */
static bool scale_to_one(Arrow *a, double scale[])
{
    size_t np = a->nshared + a->sets * a->nown;
    for (size_t k = 0; k < np; k++) {
        size_t s = k < a->nshared ? 0 : (k - a->nshared) / a->nown, i = k;
        if (k >= a->nshared)
            i = (k - a->nshared) % a->nown;
        double d = k < a->nshared ? a->shared[i][i] : a->own[s][i][i];
        if (!(d > 0.0 && isfinite(d)))
            return false;
        scale[k] = 1.0 / sqrt(d);
    }
    for (size_t k = 0; k < a->nshared; k++)
        for (size_t l = 0; l <= k; l++)
            a->shared[k][l] *= scale[k] * scale[l];
    for (size_t s = 0; s < a->sets; s++) {
        const double *mine = scale + a->nshared + s * a->nown;
        for (size_t k = 0; k < a->nown; k++) {
            for (size_t l = 0; l <= k; l++)
                a->own[s][k][l] *= mine[k] * mine[l];
            for (size_t l = 0; l < a->nshared; l++)
                a->mixed[s][l][k] *= scale[l] * mine[k];
        }
    }
    return true;
}

/* Factor every block and the Schur complement in place; mixed becomes B = D^-1 M^T. false if a pivot is below 1e-12. */
static bool factor_all(Arrow *a, double *log_determinant)
{
    *log_determinant = 0.0;
    for (size_t s = 0; s < a->sets; s++) {
        if (!factorise(a->nown, ARROW_OWN, a->own[s][0]))
            return false;
        for (size_t k = 0; k < a->nown; k++) {
            *log_determinant += 2.0 * log(a->own[s][k][k]);
            if (!(a->own[s][k][k] > 1e-6))
                return false;
        }
        for (size_t l = 0; l < a->nshared; l++) {
            double v[ARROW_OWN];
            memcpy(v, a->mixed[s][l], sizeof v);
            back_solve(a->nown, ARROW_OWN, a->own[s][0], v);
            for (size_t m = l; m < a->nshared; m++)
                for (size_t k = 0; k < a->nown; k++)
                    a->shared[m][l] -= a->mixed[s][m][k] * v[k];
            memcpy(a->mixed[s][l], v, sizeof v);
        }
    }
    if (!factorise(a->nshared, ARROW_SHARED, a->shared[0]))
        return false;
    for (size_t k = 0; k < a->nshared; k++) {
        *log_determinant += 2.0 * log(a->shared[k][k]);
        if (!(a->shared[k][k] > 1e-6))
            return false;
    }
    return true;
}

/* Column of the inverse that belongs to own parameter `k` of set `s`, or to shared parameter `k` if s is SIZE_MAX, by the
 * factors: shared part -S^-1 B^T e (or S^-1 e), own parts D^-1 e - B times it. */
static void inverse_column(const Arrow *a, size_t s, size_t k, double column[])
{
    double *shared = column;
    for (size_t l = 0; l < a->nshared; l++)
        shared[l] = s == SIZE_MAX ? (l == k ? 1.0 : 0.0) : -a->mixed[s][l][k];
    back_solve(a->nshared, ARROW_SHARED, a->shared[0], shared);
    for (size_t t = 0; t < a->sets; t++) {
        double *mine = column + a->nshared + t * a->nown;
        for (size_t i = 0; i < a->nown; i++)
            mine[i] = t == s && i == k ? 1.0 : 0.0;
        if (t == s)
            back_solve(a->nown, ARROW_OWN, a->own[t][0], mine);
        for (size_t l = 0; l < a->nshared; l++)
            for (size_t i = 0; i < a->nown; i++)
                mine[i] -= a->mixed[t][l][i] * shared[l];
    }
}

bool arrow_invert(const Arrow *a, double inverse[], double *log_determinant)
{
    size_t np = a->nshared + a->sets * a->nown;
    Arrow f = *a;
    double *scale = MEM_NEW(double, np);
    f.own = mem_new(a->sets, sizeof *f.own);
    f.mixed = mem_new(a->sets, sizeof *f.mixed);
    memcpy(f.own, a->own, a->sets * sizeof *f.own);
    memcpy(f.mixed, a->mixed, a->sets * sizeof *f.mixed);
    bool good = scale_to_one(&f, scale) && factor_all(&f, log_determinant);
    for (size_t k = 0; k < np && good; k++) {
        bool is_shared = k < a->nshared;
        inverse_column(&f, is_shared ? SIZE_MAX : (k - a->nshared) / a->nown,
                       is_shared ? k : (k - a->nshared) % a->nown, inverse + k * np);
        for (size_t l = 0; l < np; l++)
            inverse[k * np + l] *= scale[k] * scale[l];
        *log_determinant -= 2.0 * log(scale[k]);
    }
    free(f.own), free(f.mixed), free(scale);
    return good;
}
