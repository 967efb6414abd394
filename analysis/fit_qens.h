/* fit_qens.h -- what an experimenter does with S(Q,E): elastic line, Lorentzians and oscillators in a resolution.
 *
 *     S(E) = A_el R(E) + b(E) { sum_k A_k [R (x) L(Gamma_k)](E) + sum_i B_i [R (x) D(E_i, g_i)](E) } + background
 *
 * (M. Heere et al., Sci. Rep. 10, 9080 (2020), doi 10.1038/s41598-020-65857-6: two Lorentzians and four oscillators; A_el = D(Q) A0, the
 * first area D(Q) A1). Shapes are exact (lineshape.h): no convolution on the data's grid, which errs by per cents. A_el, A_k and
 * B_i are areas in the unit of y times meV; Gamma and g are half widths at half maximum [meV]; B_i = kT chi0_i. R is a
 * Gaussian of the width that the resolution has at the observed E, or a measured line (stretched for oscillators). b is 1, or the harmonic detailed-balance factor
 * x/(1 - exp(-x)), x = E/kT, energy loss of the neutron positive; it is taken at the observed E, which shifts
 * a line by s^2/2kT (1.4e-5 meV at 310 K and 0.065 meV FWHM, 3e-4 meV at 0.3 meV).
 *
 * Widths of Lorentzians are shared by all spectra of one call or free for each; energies and widths of oscillators are
 * shared, their strengths free. Counts (sigma NULL) are fitted by the Poisson deviance: weighting with sqrt(observed
 * counts) biases the background low by more than its own error. The number of Lorentzians is chosen by the Bayesian
 * information criterion, BIC = chi2 (or deviance) + p ln n (G. Schwarz, Ann. Statist. 6, 461 (1978), doi
 * 10.1214/aos/1176344136); beside it stands the evidence in Laplace's approximation (D. S. Sivia, C. J. Carlile, J. Chem. Phys. 96,
 * 170 (1992), doi 10.1063/1.462503),
 *     ln Z = -chi2/2 + (p/2) ln 2 pi + (1/2) ln det C - sum ln(range of the prior)
 * with flat priors: ln Gamma and ln g over what resolution and window show, areas over 0 .. twice the spectrum's area, background over
 * 0 .. its greatest value, energies over the window.
 *
 * All functions are Local.
 */
#ifndef ANALYSIS_FIT_QENS_H
#define ANALYSIS_FIT_QENS_H

#include "analysis/resolution.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum { FIT_QENS_MAX_LINES = 2, FIT_QENS_MAX_OSCILLATORS = 4 };

typedef struct FitQensSpectrum {
    double q; /* [1/A], carried along */
    size_t n;
    const double *energy; /* [n] meV, increasing */
    const double *y;      /* [n] intensity, or counts when sigma is NULL */
    const double *sigma;  /* [n] standard errors > 0, or NULL: y are Poisson counts */
    const double *
        bin; /* [n] widths of the bins over which the model is averaged [meV]; NULL: FitQensModel.bin */
    const double *
        factor; /* [n] by which the model is multiplied (kf/ki, width of a bin of counts); NULL: 1 */
} FitQensSpectrum;

typedef struct FitQensModel {
    double
        fwhm; /* of the resolution [meV] > 0; with `resolution` only a scale for starting widths */
    const Resolution *
        resolution; /* NULL: a Gaussian of fwhm. Measured lines belong to the spectra in their order */
    int lines;      /* 0, 1 or 2 Lorentzians */
    double temperature; /* [K] for detailed balance; 0: symmetric lines */
    double bin; /* energy bin width over which the model is averaged [meV]; 0: value at the point */
    double width_start[FIT_QENS_MAX_LINES]; /* [meV] HWHM; 0: found by scanning widths */
    bool own_widths;                        /* a width of its own for each spectrum */
    int oscillators;
    double energy[FIT_QENS_MAX_OSCILLATORS];  /* [meV] E_i > 0: held, or where to start */
    double damping[FIT_QENS_MAX_OSCILLATORS]; /* [meV] g_i to start from; 0: a tenth of E_i */
    bool free_energy;                         /* energies are fitted too */
} FitQensModel;

typedef struct FitQensResult {
    int lines, oscillators;
    bool poisson;
    bool converged;
    bool identified; /* false: the data do not fix all parameters; errors are then infinite */
    size_t nspectra, npoints, nparameters, nshared, nown;
    int iterations;
    double chi2; /* chi squared, or Poisson deviance */
    double bic;
    double evidence; /* ln Z; -inf if not identified */
    double width
        [FIT_QENS_MAX_LINES]; /* HWHM [meV], narrowest first; with own_widths the mean weighted by 1/error^2 */
    double width_error[FIT_QENS_MAX_LINES];
    double energy[FIT_QENS_MAX_OSCILLATORS],
        energy_error[FIT_QENS_MAX_OSCILLATORS]; /* [meV]; error 0: held */
    double damping[FIT_QENS_MAX_OSCILLATORS],
        damping_error[FIT_QENS_MAX_OSCILLATORS]; /* HWHM [meV] */
    /* one entry per spectrum; area[s * lines + k], strength[s * oscillators + i] */
    double *elastic, *elastic_error;
    double *area, *area_error;
    double *strength, *strength_error;
    double *own_width, *own_width_error; /* [meV] of each spectrum; as `width` if shared */
    double *background, *background_error;
    double *eisf,
        *eisf_error;         /* A_el/(A_el + A_1): line 2 counts as vibration (Heere 2020, Eq. 3) */
    double *eisf_covariance; /* [nspectra][nspectra]: shared widths tie the EISFs together */
    double *eisf_all, *eisf_all_error; /* A_el/(A_el + A_1 + A_2): line 2 counts as quasi-elastic */
    double *eisf_all_covariance;
    /* parameters: nshared (widths of lines unless own, dampings, energies if free), then nown for each spectrum
     * (elastic, areas, strengths, background, own widths) */
    double *parameter;  /* [nparameters] */
    double *covariance; /* [nparameters][nparameters] */
} FitQensResult;

/* The parts of a fitted spectrum number s at its points, factors in them: parts [1 + lines + oscillators + 1][n], elastic,
 * Lorentzians, oscillators, background; their sum is the model. `spectra` as fitted. */
void fit_qens_parts(const FitQensModel *model, const FitQensSpectrum spectra[],
                    const FitQensResult *r, size_t s, double parts[]);

/* Name of part k of so many: "elastic", "lorentzian_1", .., "mode_1", .., "background". */
void fit_qens_part_name(int lines, int oscillators, size_t k, size_t size, char name[size]);

/* The same from numbers instead of a result: own = elastic, areas, strengths, background; widths, energies and dampings [meV]. */
void fit_qens_shape(const FitQensModel *model, const FitQensSpectrum *spectrum, size_t iq,
                    const double width[], const double energy[], const double damping[],
                    const double own[], double parts[]);

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
 * point weighted with 1/mean[i], its expected count; iq: which measured line of the resolution. area [3] in that order, covariance [3][3] of counting. For the
 * share of a line that the data do not ask for. ERR_NUMERICAL if the three cannot be told apart. */
Err fit_qens_held(const FitQensModel *model, const FitQensSpectrum *s, size_t iq,
                  const double mean[], double area[3], double covariance[9]) MUST_USE;

/* What a width means for jumps of BH4. tau = hbar/Gamma is the relaxation time; the time an H stays
 * at its site is 2 tau for jumps about one C2 axis and 1.5 tau about one C3 axis (M. Bee,
 * Quasielastic Neutron Scattering, Adam Hilger 1988, ch. 6; proved in the exact tests). */
typedef struct FitQensTimes {
    double tau, tau_error;             /* [ps] */
    double residence_c2, residence_c3; /* [ps] */
} FitQensTimes;
FitQensTimes fit_qens_times(double width, double width_error);

#endif
