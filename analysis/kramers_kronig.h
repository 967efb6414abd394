/* kramers_kronig.h -- could a linear, causal system that does not change in time have given these impedances?
 *
 * Real and imaginary part of such a system determine one another (Kramers-Kronig). A series of R-C elements with fixed time
 * constants obeys that by construction, so data that it cannot follow do not:
 *   Z = R_s + i w L + 1/(i w C) + sum_k R_k/(1 + i w tau_k),   tau_k from 1/w_highest to 1/w_lowest, evenly in the logarithm,
 * solved by linear least squares, errors proportional to |Z|: B. A. Boukamp, J. Electrochem. Soc. 142, 1885 (1995),
 * doi 10.1149/1.2044210. The number M of elements is the smallest with mu < 0.85,
 *   mu = 1 - sum over R_k < 0 of |R_k| / sum over R_k >= 0 of |R_k|:
 * then they begin to follow the noise (M. Schoenleber, D. Klotz, E. Ivers-Tiffee, Electrochim. Acta 131, 20 (2014),
 * doi 10.1016/j.electacta.2014.01.034); or a fixed number per decade. Where the number by mu leaves residuals, more are tried,
 * up to half the number of frequencies: mu stops too early for a sharp arc between two of the time constants, and more elements
 * obey the relations just as well. All functions Local.
 */
#ifndef ANALYSIS_KRAMERS_KRONIG_H
#define ANALYSIS_KRAMERS_KRONIG_H

#include "base/err.h"

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct KramersKronigOptions {
    double per_decade; /* elements per decade; 0: their number by mu */
    double mu;         /* 0.85 */
    double noise;      /* relative error of Re and of Im; not positive or NaN: not known */
    double limit;      /* ohm: as of the analyser (impedance.h); 0: none */
    double
        allowed; /* rms of the residuals relative to |Z| that is good in any case when the noise is known,
                          and the only criterion when it is not: 0.003 and 0.01 are common */
} KramersKronigOptions;

typedef struct KramersKronig {
    size_t n;
    double _Complex *residual; /* [n] (Z - fit)/|Z|, in the order of the data */
    int elements;
    double mu;
    double rms, largest; /* of the residuals, Re and Im together, in percent */
    double chi2;         /* if the noise is known; else NaN */
    double probability;  /* of a larger chi2; else NaN */
    double
        correlation; /* of residuals at neighbouring frequencies: 0 for noise, near 1 for a systematic deviation */
    bool consistent;
} KramersKronig;

/* frequency [n] [Hz] in any order, z [n] [ohm]. ERR_INPUT for fewer than 5 frequencies or a range of nothing, ERR_NUMERICAL. */
Err kramers_kronig_test(size_t n, const double frequency[], const double _Complex z[],
                        const KramersKronigOptions *options, KramersKronig *out) MUST_USE;
void kramers_kronig_clear(KramersKronig *k);

#endif
