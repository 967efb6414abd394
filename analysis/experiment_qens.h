/* experiment_qens.h -- simulated QENS spectra put through the experimenter's own analysis.
 *
 * As M. Heere et al., Sci. Rep. 10, 9080 (2020), doi 10.1038/s41598-020-65857-6, did: one model of
 * elastic line and Lorentzians with widths that do not depend on Q, the number of Lorentzians by
 * BIC; EISF(Q) = A0/(A0 + A1); then the immobile fraction p and the bond length d from Eq. 4, with
 * the covariance that the shared widths give to the EISFs. Beside it each spectrum is fitted alone,
 * so that one sees whether the width depends on Q (rotation: no; translation: yes).
 */
#ifndef ANALYSIS_EXPERIMENT_QENS_H
#define ANALYSIS_EXPERIMENT_QENS_H

#include "analysis/fit_eisf.h"
#include "analysis/fit_qens.h"
#include "store/h5.h"

typedef struct ExperimentQens {
    FitQensResult fit[FIT_QENS_MAX_LINES + 1]; /* widths shared; index: number of Lorentzians */
    int best;                                  /* the one with the least BIC */
    size_t nspectra;
    double *q;                             /* [nspectra] 1/A */
    double *free_width, *free_width_error; /* [nspectra] meV, first line of each spectrum alone; NaN
                                              where that fit fails */
    bool has_eisf;                         /* there is a quasi-elastic line and Eq. 4 converged */
    FitEisf eisf;
    FitQensTimes times; /* of the first line */
} ExperimentQens;

/* The whole analysis. model->lines is the largest number of Lorentzians tried. Local.
 * Errors as fit_qens. Free with experiment_qens_clear, also after an error. */
Err experiment_qens(const FitQensModel *model, size_t nspectra, const FitQensSpectrum spectra[],
                    ExperimentQens *out) MUST_USE;
/* Take another number of Lorentzians than BIC did, of those that were tried: what depends on it is done again. Local. */
void experiment_qens_settle(const FitQensModel *model, const FitQensSpectrum spectra[], int lines,
                            ExperimentQens *e);
void experiment_qens_clear(ExperimentQens *e);

/* Into an HDF5 group. Local; on the rank that has the file.
 *   q [nq] 1/A; eisf, eisf_error, eisf_covariance; elastic, background and errors
 *   area, area_error [nq][lines]; width, width_error [lines] meV; free_width, free_width_error [nq]
 *   bic, chi2 [tried]; lines, degrees_of_freedom; covariance [np][np]
 *   tau, tau_error, residence_c2, residence_c3 ps; eq4/p, p_error, d, d_error, chi2, p_at_bound */
Err experiment_qens_write(const ExperimentQens *e, H5 *group) MUST_USE;

#endif
