/* fit_qens.h -- what an experimenter does with S(Q,E): elastic line and Lorentzians in a resolution.
 *
 *     S(E) = A_el R(E) + b(E) sum_k A_k [R (x) L(Gamma_k)](E) + background,      k = 1..lines
 *
 * R is a Gaussian of standard deviation s, so R (x) L is the Voigt profile Re w(z)/(s sqrt(2 pi)),
 * z = (E + i Gamma)/(s sqrt 2), exact by the Faddeeva function (libcerf; W. Gautschi, SIAM J. Numer.
 * Anal. 7, 187 (1970), doi 10.1137/0707012): no convolution on the data grid, which errs by per
 * cents. A_el and A_k are areas in the unit of y times meV, Gamma is the half width at half maximum
 * [meV]. b is 1, or the harmonic detailed-balance factor x/(1 - exp(-x)), x = E/kT, energy loss of
 * the neutron positive; it is taken at the observed E, which shifts a line by s^2/2kT (1.4e-5 meV
 * at 310 K and 0.065 meV FWHM).
 *
 * Widths are shared by all spectra of one call; call with one spectrum at a time to leave them
 * free. Counts (sigma NULL) are fitted by the Poisson deviance: weighting with sqrt(observed
 * counts) biases the background low by more than its own error. The number of lines is chosen by
 * the Bayesian information criterion, BIC = chi2 (or deviance) + p ln n (G. Schwarz, Ann. Statist.
 * 6, 461 (1978), doi 10.1214/aos/1176344136).
 *
 * All functions are Local.
 */
#ifndef ANALYSIS_FIT_QENS_H
#define ANALYSIS_FIT_QENS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum { FIT_QENS_MAX_LINES = 2 };

typedef struct FitQensSpectrum {
    double q; /* [1/A], carried along */
    size_t n;
    const double *energy; /* [n] meV, increasing */
    const double *y;      /* [n] intensity, or counts when sigma is NULL */
    const double *sigma;  /* [n] standard errors > 0, or NULL: y are Poisson counts */
} FitQensSpectrum;

typedef struct FitQensModel {
    double fwhm;        /* of the resolution [meV] > 0 */
    int lines;          /* 0, 1 or 2 Lorentzians */
    double temperature; /* [K] for detailed balance; 0: symmetric lines */
    double bin; /* energy bin width over which the model is averaged [meV]; 0: value at the point */
    double width_start[FIT_QENS_MAX_LINES]; /* [meV] HWHM; 0: found by scanning widths */
} FitQensModel;

typedef struct FitQensResult {
    int lines;
    bool poisson;
    bool converged;
    bool identified; /* false: the data do not fix all parameters; errors are then infinite */
    size_t nspectra, npoints, nparameters;
    int iterations;
    double chi2; /* chi squared, or Poisson deviance */
    double bic;
    double width[FIT_QENS_MAX_LINES]; /* HWHM [meV], narrowest first */
    double width_error[FIT_QENS_MAX_LINES];
    /* one entry per spectrum; area[s * lines + k] */
    double *elastic, *elastic_error;
    double *area, *area_error;
    double *background, *background_error;
    double *eisf,
        *eisf_error;         /* A_el/(A_el + A_1): line 2 counts as vibration (Heere 2020, Eq. 3) */
    double *eisf_covariance; /* [nspectra][nspectra]: shared widths tie the EISFs together */
    /* parameters in the order: widths, then for each spectrum elastic, areas, background */
    double *parameter;  /* [nparameters] */
    double *covariance; /* [nparameters][nparameters] */
} FitQensResult;

/* Voigt profile of unit area at E, and its derivative by gamma if dgamma is not NULL.
 *   sigma  standard deviation of the Gaussian [meV] > 0; gamma HWHM of the Lorentzian [meV] >= 0 */
double fit_qens_voigt(double e, double sigma, double gamma, double *dgamma);

/* The model without noise at n energies, with the parameters of a result's spectrum.
 *   width [lines], area [lines] */
void fit_qens_model(const FitQensModel *model, double elastic, const double width[],
                    const double area[], double background, size_t n, const double energy[],
                    double y[]);

/* Least squares, or maximum Poisson likelihood, by Levenberg-Marquardt with analytic derivatives.
 * ERR_INPUT for unusable data (NaN, sigma <= 0, fewer points than parameters, counts and errors
 * mixed); ERR_NUMERICAL if it does not converge. Free the insides with fit_qens_clear, also after
 * an error. */
Err fit_qens(const FitQensModel *model, size_t nspectra, const FitQensSpectrum spectra[],
             FitQensResult *out) MUST_USE;
void fit_qens_clear(FitQensResult *r);

/* Fits with 0..max_lines lines; results[0..max_lines] are all written with their BIC, *best is the
 * converged one with the least. A fit with more lines than the data hold may wander without end: it
 * is then marked, not an error. */
Err fit_qens_choose(const FitQensModel *model, int max_lines, size_t nspectra,
                    const FitQensSpectrum spectra[], FitQensResult results[], int *best) MUST_USE;

/* Elastic line, one Lorentzian of the held half width model->width_start[0], background: linear least squares, each
 * point weighted with 1/mean[i], its expected count. area [3] in that order, covariance [3][3] of counting. For the
 * share of a line that the data do not ask for. ERR_NUMERICAL if the three cannot be told apart. */
Err fit_qens_held(const FitQensModel *model, const FitQensSpectrum *s, const double mean[],
                  double area[3], double covariance[9]) MUST_USE;

/* What a width means for jumps of BH4. tau = hbar/Gamma is the relaxation time; the time an H stays
 * at its site is 2 tau for jumps about one C2 axis and 1.5 tau about one C3 axis (M. Bee,
 * Quasielastic Neutron Scattering, Adam Hilger 1988, ch. 6; proved in the exact tests). */
typedef struct FitQensTimes {
    double tau, tau_error;             /* [ps] */
    double residence_c2, residence_c3; /* [ps] */
} FitQensTimes;
FitQensTimes fit_qens_times(double width, double width_error);

#endif
