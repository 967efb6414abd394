#include "force/pair.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"
#include "force/pair_kernel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double erf_p(double z)
{
    if (z < 0.5) { /* 2/sqrt(pi) sum (-z)^n / (n! (2n+1)) */
        double term = 1.0, sum = 1.0;
        for (int n = 1; n < 30; n++) {
            term *= -z / n;
            sum += term / (2 * n + 1);
        }
        return 2.0 / sqrt(PI) * sum;
    }
    double s = sqrt(z);
    return erf(s) / s;
}

static double erf_q(double z) /* -2 dP/dz */
{
    if (z < 0.5) { /* 4/sqrt(pi) sum (-z)^n / (n! (2n+3)) */
        double term = 1.0, sum = 1.0 / 3.0;
        for (int n = 1; n < 30; n++) {
            term *= -z / n;
            sum += term / (2 * n + 3);
        }
        return 4.0 / sqrt(PI) * sum;
    }
    return (erf_p(z) - 2.0 / sqrt(PI) * exp(-z)) / z;
}

/* Power series in t of the Chebyshev interpolant of f over 0 <= z <= zmax. Long double: the change
 * of basis loses a few digits. */
static void fit(double (*f)(double), double zmax, int degree, double power[])
{
    enum { N = PAIR_DEGREE_MAX + 1 };
    long double cheb[N], tk[2][N + 1] = {{0.0L}, {0.0L}}, sum[N] = {0.0L};
    int n = degree + 1;
    for (int k = 0; k < n; k++) {
        cheb[k] = 0.0L;
        for (int m = 0; m < n; m++) {
            double t = cos(PI * (m + 0.5) / n);
            cheb[k] += (long double)f(0.5 * zmax * (t + 1.0)) * cosl(k * acosl((long double)t));
        }
        cheb[k] *= (k == 0 ? 1.0L : 2.0L) / n;
    }
    tk[0][0] = 1.0L; /* T0 */
    tk[1][1] = 1.0L; /* T1 */
    for (int k = 0; k < n; k++) {
        long double *now = tk[k % 2], *last = tk[(k + 1) % 2];
        if (k > 1)
            for (int j = n - 1; j >= 0; j--)
                now[j] = (j > 0 ? 2.0L * last[j - 1] : 0.0L) - now[j];
        for (int j = 0; j < n; j++)
            sum[j] += cheb[k] * now[j];
    }
    for (int j = 0; j < n; j++)
        power[j] = (double)sum[j];
}

static double horner(int degree, const double c[], double t)
{
    double s = c[degree];
    for (int k = degree - 1; k >= 0; k--)
        s = s * t + c[k];
    return s;
}

static double worst(double (*f)(double), const double c[], int degree, double zmax)
{
    double most = 0.0;
    for (int k = 0; k <= 1000; k++) {
        double z = zmax * k / 1000;
        most = fmax(most, fabs(horner(degree, c, 2.0 * z / zmax - 1.0) - f(z)));
    }
    return most;
}

void pair_set(PairTable *t, const FfPair pair[FF_TYPES][FF_TYPES], bool shift)
{
    for (int i = 0; i < FF_TYPES; i++) {
        for (int j = 0; j < FF_TYPES; j++) {
            const FfPair *p = &pair[i][j];
            bool repels = p->a != 0.0 && p->rho > 0.0;
            t->a[i][j] = repels ? p->a : 0.0;
            /* so short a range that nothing is left at the cut-off: kernels need 2^(-r/rho log2 e) > 2^-1022 */
            t->inv_rho[i][j] = repels ? fmin(1.0 / p->rho, 700.0 / t->cutoff) : 1.0;
            t->c6[i][j] = p->c6;
            t->at_cutoff[i][j] =
                shift ? t->a[i][j] * exp(-t->cutoff * t->inv_rho[i][j]) - p->c6 / pow(t->cutoff, 6)
                      : 0.0;
        }
    }
}

/* The lowest degree that is as good as a float */
static Err fit_float(PairTable *t, double zmax)
{
    static const int degrees[] = {12, 16, PAIR_DEGREE_FLOAT}; /* kernels exist for these */
    for (size_t k = 0; k < sizeof degrees / sizeof *degrees; k++) {
        t->degree_float = degrees[k];
        fit(erf_p, zmax, t->degree_float, t->p_float);
        fit(erf_q, zmax, t->degree_float, t->q_float);
        if (worst(erf_p, t->p_float, t->degree_float, zmax) < 1e-7 &&
            worst(erf_q, t->q_float, t->degree_float, zmax) < 1e-7)
            break; /* else the best there is: mixed precision is measured before it is used */
    }
    return OK;
}

void pair_set_charges(PairTable *t, const double charge[FF_TYPES])
{
    for (int i = 0; i < FF_TYPES; i++)
        for (int j = 0; j < FF_TYPES; j++)
            t->qq[i][j] = UNITS_COULOMB * charge[i] * charge[j];
}

Err pair_init(PairTable *t, const FfPair pair[FF_TYPES][FF_TYPES], double cutoff, double beta,
              bool shift)
{
    memset(t, 0, sizeof *t);
    t->cutoff = cutoff;
    t->beta = beta;
    pair_set(t, pair, shift);
    double zmax = fmax(beta * beta * cutoff * cutoff, 1.0);
    t->scale = 2.0 / zmax;
    static const int degrees[] = {18, 20, 24, PAIR_DEGREE_MAX}; /* kernels exist for these */
    for (size_t k = 0; k < sizeof degrees / sizeof *degrees; k++) {
        t->degree = degrees[k];
        fit(erf_p, zmax, t->degree, t->p);
        fit(erf_q, zmax, t->degree, t->q);
        if (worst(erf_p, t->p, t->degree, zmax) < 1e-12 &&
            worst(erf_q, t->q, t->degree, zmax) < 1e-12)
            return fit_float(t, zmax);
    }
    return err_set(
        ERR_INPUT,
        "Ewald splitting beta = %.3f 1/A with cut-off %.2f A is outside the range of the pair "
        "tables: beta x cut-off must stay below 6",
        beta, cutoff);
}

void pair_compute(const PairTable *t, const Nblist *l, Atoms *a, double *pair, double *coulomb)
{
    PairWork w;
    pair_work_init(&w, l->longest);
    for (int32_t i = 0; i < l->nlocal; i++) {
        int32_t n = pair_gather(t, l, a, i, &w);
        pair_kernel(t, n, &w);
        pair_scatter(a, i, n, &w, pair, coulomb);
    }
    pair_work_clear(&w);
}

static void exclude(const PairTable *t, Atoms *a, int32_t i, int32_t j, double *coulomb)
{
    double r[3], qq = UNITS_COULOMB * a->q[i] * a->q[j];
    vec_sub(a->x[i], a->x[j], r);
    double r2 = vec_dot(r, r), z = t->beta * t->beta * r2, s = z * t->scale - 1.0;
    bool inside = s <= 1.0; /* a broken ion may be longer than the cut-off */
    double p = inside ? horner(t->degree, t->p, s) : erf_p(z);
    double q = inside ? horner(t->degree, t->q, s) : erf_q(z);
    *coulomb -= qq * t->beta * p;
    double f = -qq * t->beta * t->beta * t->beta * q;
    vec_axpy(f, r, a->f[i]);
    vec_axpy(-f, r, a->f[j]);
}

void pair_excluded(const PairTable *t, Atoms *a, double *coulomb)
{
    for (int32_t m = 0; m < a->nion; m++)
        for (int32_t i = a->ion_first[m]; i < a->ion_first[m + 1]; i++)
            for (int32_t j = i + 1; j < a->ion_first[m + 1]; j++)
                exclude(t, a, i, j, coulomb);
}
