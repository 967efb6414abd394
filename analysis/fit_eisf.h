/* fit_eisf.h -- the fraction of BH4 that does not turn, and the bond length, from EISF(Q).
 *
 *     A0(Q) = p + (1 - p) (1/2) [1 + j0(sqrt(8/3) Q d)],     j0(x) = sin x / x
 *
 * (M. Heere et al., Sci. Rep. 10, 9080 (2020), Eq. 4, doi 10.1038/s41598-020-65857-6). p is the
 * immobile fraction, d the B-H distance [A]. Jumps about one C2 axis and about one C3 axis have
 * this same powder EISF (all H-H distances are d sqrt(8/3)), so it cannot tell them apart. Local.
 */
#ifndef ANALYSIS_FIT_EISF_H
#define ANALYSIS_FIT_EISF_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct FitEisf {
    double p, p_error;    /* immobile fraction, 0..1 */
    double p_error_free;  /* p_error, or what it would be without the bounds if p was held */
    double d, d_error;    /* [A] */
    double covariance_pd; /* [A] */
    bool p_at_bound;      /* p was held at 0 or 1; its error is then 0 and d's is conditional */
    double chi2;
    size_t n;
    int iterations;
} FitEisf;

/* The model. */
double fit_eisf_model(double q, double p, double d);

/* Weighted least squares from p = 0.3, d = 1.22 A.
 *   q [n] 1/A, a0 [n], error [n] standard errors > 0
 *   covariance  [n][n] of a0, or NULL if the points are independent; then `error` is used
 * ERR_INPUT for fewer than 3 points or unusable values; ERR_NUMERICAL without convergence. */
Err fit_eisf(size_t n, const double q[], const double a0[], const double error[],
             const double covariance[], FitEisf *out) MUST_USE;

/* The same with p free to leave 0..1, for errors: at a bound p does not scatter. */
Err fit_eisf_unbounded(size_t n, const double q[], const double a0[], const double error[],
                       const double covariance[], FitEisf *out) MUST_USE;

#endif
