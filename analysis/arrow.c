#include "analysis/arrow.h"

#include "base/err.h"
#include "base/mem.h"

#include <math.h>
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
        for (size_t l = 0; l < a->nshared; l++)
            a->shared[k][l] += weight * shared[k] * shared[l];
        for (size_t l = 0; l < a->nown; l++)
            a->mixed[set][k][l] += weight * shared[k] * own[l];
    }
    for (size_t k = 0; k < a->nown; k++) {
        gradient[k] += pull * own[k];
        for (size_t l = 0; l < a->nown; l++)
            a->own[set][k][l] += weight * own[k] * own[l];
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
                for (size_t m = 0; m < a->nshared; m++)
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
