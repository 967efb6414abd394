#include "density/radial_mixing.h"

#include "base/mem.h"

#include <gsl/gsl_linalg.h>

#include <stdlib.h>
#include <string.h>

enum { DEPTH = 5, PLAIN = 3 };

static const double share = 0.3;

struct RadialMixing {
    size_t n, steps;
    const double *weight;
    double *x[DEPTH + 1], *f[DEPTH + 1]; /* of step s at [s % (DEPTH + 1)]; f = out - x */
};

RadialMixing *radial_mixing_new(size_t n, const double weight[])
{
    RadialMixing *m = MEM_NEW(RadialMixing, 1);
    m->n = n;
    m->weight = weight;
    for (size_t k = 0; k <= DEPTH; k++) {
        m->x[k] = MEM_NEW(double, n);
        m->f[k] = MEM_NEW(double, n);
    }
    return m;
}

void radial_mixing_free(RadialMixing *m)
{
    for (size_t k = 0; m != NULL && k <= DEPTH; k++) {
        free(m->x[k]);
        free(m->f[k]);
    }
    free(m);
}

/* <f - a | f - b> */
static double product(const RadialMixing *m, const double f[], const double a[], const double b[])
{
    double sum = 0;
    for (size_t i = 0; i < m->n; i++)
        sum += m->weight[i] * (f[i] - a[i]) * (f[i] - b[i]);
    return sum;
}

/* Coefficients c of the k earlier steps: least |f - sum_j c_j (f - f_j)|. */
static void least(const RadialMixing *m, size_t k, const double f[], double *const earlier[],
                  double c[])
{
    double a[DEPTH * DEPTH], b[DEPTH];
    for (size_t i = 0; i < k; i++) {
        b[i] = 0;
        for (size_t p = 0; p < m->n; p++)
            b[i] += m->weight[p] * f[p] * (f[p] - earlier[i][p]);
        for (size_t j = 0; j < k; j++)
            a[i * k + j] = product(m, f, earlier[i], earlier[j]);
        a[i * k + i] *= 1 + 1e-12; /* steps that have become parallel */
    }
    gsl_matrix_view av = gsl_matrix_view_array(a, k, k);
    gsl_vector_view bv = gsl_vector_view_array(b, k), cv = gsl_vector_view_array(c, k);
    double tau[DEPTH];
    gsl_vector_view tv = gsl_vector_view_array(tau, k);
    gsl_linalg_QR_decomp(&av.matrix, &tv.vector);
    gsl_linalg_QR_solve(&av.matrix, &tv.vector, &bv.vector, &cv.vector);
}

void radial_mixing_next(RadialMixing *m, const double out[], double x[])
{
    size_t now = m->steps % (DEPTH + 1), k = m->steps < PLAIN ? 0 : m->steps;
    double *f = m->f[now], *earlier[DEPTH] = {0}, *place[DEPTH] = {0}, c[DEPTH] = {0};
    if (k > DEPTH)
        k = DEPTH;
    memcpy(m->x[now], x, m->n * sizeof *x);
    for (size_t i = 0; i < m->n; i++)
        f[i] = out[i] - x[i];
    for (size_t j = 0; j < k; j++) {
        earlier[j] = m->f[(m->steps - 1 - j) % (DEPTH + 1)];
        place[j] = m->x[(m->steps - 1 - j) % (DEPTH + 1)];
    }
    if (k > 0)
        least(m, k, f, earlier, c);
    for (size_t i = 0; i < m->n; i++) {
        double xi = m->x[now][i], fi = f[i];
        for (size_t j = 0; j < k; j++) {
            xi -= c[j] * (m->x[now][i] - place[j][i]);
            fi -= c[j] * (f[i] - earlier[j][i]);
        }
        x[i] = xi + share * fi;
    }
    m->steps++;
}
