/* experiment_qens.h -- QENS spectra, simulated or measured, put through the experimenter's own analysis.
 *
 * As M. Heere et al., Sci. Rep. 10, 9080 (2020), doi 10.1038/s41598-020-65857-6, did: one model of
 * elastic line, Lorentzians (and oscillators, fit_chi.h) with widths that do not depend on Q, the number of Lorentzians by
 * BIC; EISF(Q) = A0/(A0 + A1), beside it A0/(A0 + A1 + A2); then the immobile fraction p and the bond length d from Eq. 4, with
 * the covariance that the shared widths give to the EISFs. Beside it each spectrum is fitted alone,
 * so that one sees whether the width depends on Q (rotation: no; translation: yes).
 */
#ifndef ANALYSIS_EXPERIMENT_QENS_H
#define ANALYSIS_EXPERIMENT_QENS_H

#include "analysis/fit_debye_waller.h"
#include "analysis/fit_eisf.h"
#include "analysis/fit_qens.h"
#include "store/h5.h"

typedef struct ExperimentQens {
    FitQensResult fit[FIT_QENS_MAX_LINES + 1]; /* widths shared; index: number of Lorentzians */
    int best;                                  /* the one with the least BIC */
    size_t nspectra;
    double *q; /* [nspectra] 1/A */
    double *free_width,
        *free_width_error; /* [nspectra] meV, first line with a width of each spectrum; NaN
                                              where that fit fails */
    bool has_eisf;         /* there is a quasi-elastic line and Eq. 4 converged */
    FitEisf eisf;
    bool has_eisf_all; /* there are two lines and Eq. 4 converged on A0/(A0 + A1 + A2) */
    FitEisf eisf_all;
    bool has_u2;
    FitDebyeWaller u2;
    FitQensTimes times, times2; /* of the first and the second line */
} ExperimentQens;

/* The whole analysis. model->lines is the largest number of Lorentzians tried. Local.
 * Errors as fit_qens. Free with experiment_qens_clear, also after an error. */
Err experiment_qens(const FitQensModel *model, size_t nspectra, const FitQensSpectrum spectra[],
                    ExperimentQens *out) MUST_USE;
/* Take another number of Lorentzians than BIC did, of those that were tried: what depends on it is done again. Local. */
void experiment_qens_settle(const FitQensModel *model, const FitQensSpectrum spectra[], int lines,
                            ExperimentQens *e);
/* The number of Lorentzians with the greatest evidence (fit_qens.h), of the fits that converged. Local. */
int experiment_qens_by_evidence(const ExperimentQens *e);
void experiment_qens_clear(ExperimentQens *e);

/* Into an HDF5 group. Local; on the rank that has the file.
 *   q [nq] 1/A; eisf, eisf_error, eisf_covariance; eisf_with_l2, ..; qisf; elastic, background and errors
 *   area, area_error [nq][lines]; width, width_error [lines] meV; free_width, free_width_error [nq]; own_width [nq][lines]
 *   strength, strength_error [nq][modes]; mode_energy, mode_width and errors [modes] meV
 *   bic, evidence, chi2 [tried]; lines, degrees_of_freedom; parameter [np], covariance [np][np]
 *   tau, tau_error, residence_c2, residence_c3, tau2, .. ps; u2, u2_error, u2_over_3 A^2
 *   eq4/p, p_error, d, d_error, chi2, p_at_bound; eq4_with_l2 */
Err experiment_qens_write(const ExperimentQens *e, H5 *group) MUST_USE;

#endif
