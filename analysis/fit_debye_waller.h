/* fit_debye_waller.h -- <u^2> from how the elastic and quasi-elastic intensity falls with Q.
 *
 *     A_el(Q) + A_1(Q) = c D(Q),      D(Q) = exp(-Q^2 <u^2>/3),   <u^2> = <u_x^2> + <u_y^2> + <u_z^2>
 *
 * c is unknown in an experiment. The other convention in use, D = exp(-Q^2 u^2), names a third of it u^2 (= <u_x^2>); the paper does not
 * say which is its own (M. Heere et al., Sci. Rep. 10, 9080 (2020), doi 10.1038/s41598-020-65857-6), so both are given. Local.
 */
#ifndef ANALYSIS_FIT_DEBYE_WALLER_H
#define ANALYSIS_FIT_DEBYE_WALLER_H

#include "analysis/fit_qens.h"

typedef struct FitDebyeWaller {
    double u2, u2_error;             /* [A^2] <u^2>, D = exp(-Q^2 <u^2>/3) */
    double u2_x;                     /* [A^2] <u^2>/3, D = exp(-Q^2 u^2) */
    double ln_scale, ln_scale_error; /* ln c */
    double covariance;               /* of u2 and ln_scale [A^2] */
    double chi2;
    size_t n;
} FitDebyeWaller;

/* Straight line of ln(A_el + A_1) against Q^2, weighted with the whole covariance of the areas. q [nspectra] 1/A. ERR_INPUT for
 * fewer than three spectra; ERR_NUMERICAL if an intensity is not positive or the fit left it unknown. */
Err fit_debye_waller(const FitQensResult *r, const double q[], FitDebyeWaller *out) MUST_USE;

#endif
