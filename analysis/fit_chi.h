/* fit_chi.h -- energies of the low modes from chi''(E) summed over Q: the first step of the paper's analysis.
 *
 *     chi''(E) = pi S(E)/(n(E) + 1),      n = 1/(exp(E/kT) - 1);  odd in E: on the side of energy gain the paper plots -chi''
 *
 * (M. Heere et al., Sci. Rep. 10, 9080 (2020), Eq. 1 and Fig. 3, doi 10.1038/s41598-020-65857-6). A sum of damped oscillators in chi'' is
 * b(E) times even shapes in S (lineshape.h), so the sum of the spectra is fitted with the model of fit_qens.h, energies free: the
 * same fit with the weights that counts have, in which elastic and quasi-elastic lines take no part in the modes. Modes are added one
 * by one, each where it lowers chi2 most, as long as BIC falls and the mode is one: inside the range, under-damped, of positive
 * strength, three of its errors. All functions are Local.
 */
#ifndef ANALYSIS_FIT_CHI_H
#define ANALYSIS_FIT_CHI_H

#include "analysis/fit_qens.h"
#include "store/h5.h"

typedef struct FitChi {
    size_t n, summed;  /* energies; spectra that were summed: those that see the widest window */
    double *energy;    /* [n] meV */
    double *y, *sigma; /* [n] sum over Q; sigma NULL: counts */
    double *chi, *chi_error; /* [n] chi''(E), elastic line in it; unit of y */
    double *parts;           /* [2 + lines + modes][n] chi'' of the fit's parts (fit_qens_parts) */
    int modes, tried;        /* found; largest number that was fitted */
    double bic[FIT_QENS_MAX_OSCILLATORS + 1]; /* by number of modes up to `tried` */
    FitQensResult fit; /* one spectrum: energies, dampings, strengths = kT chi0, with covariance */
    double chi0[FIT_QENS_MAX_OSCILLATORS], chi0_error[FIT_QENS_MAX_OSCILLATORS]; /* unit of y */
} FitChi;

/* Beside up to model->lines Lorentzians; modes start at `start` [nstart] meV if there are any (all are kept), else up to max_modes are looked
 * for above `lowest` meV. model->temperature must be given. ERR_INPUT as fit_qens. Free with fit_chi_clear, also after an error. */
Err fit_chi(const FitQensModel *model, size_t nspectra, const FitQensSpectrum spectra[],
            int max_modes, double lowest, size_t nstart, const double start[], double kelvin,
            FitChi *out) MUST_USE;
void fit_chi_clear(FitChi *c);

/* Into an HDF5 group: E, chi, chi_error, parts [2 + lines + modes][n], summed, bic, energy, width, chi0 and errors,
 * covariance. Local; on the rank that has the file. */
Err fit_chi_write(const FitChi *c, H5 *group) MUST_USE;

/* Put the modes into a model: energies held, dampings to start from. */
void fit_chi_apply(const FitChi *c, FitQensModel *model);

#endif
