/* qens.h -- a simulated trajectory as a spectrometer and an experimenter would see it, with both kinds of error.
 *
 * S(Q,E) of each group of ions (sqw.h) -> mean over groups = truth -> expected counts -> Poisson counts
 * (instrument_qens.h) -> elastic line + Lorentzians + oscillators where chi'' has them (fit_chi.h), EISF, Eq. 4
 * (experiment_qens.h) -> numbers.
 *
 * Every number carries two standard errors that have nothing to do with each other:
 *   counting   of the counts, at the given S(Q,E): from the curvature of the likelihood, as an experimenter has it;
 *   sampling   of the simulation, whose run and box are finite: delete-one-group jackknife (R. G. Miller, Biometrika
 *              61, 1 (1974), doi 10.1093/biomet/61.1.1) of the same analysis, with the number of Lorentzians held, on
 *              expected counts without noise. It assumes that ions of different groups move independently.
 * `error` is the root of the sum of their squares.
 *
 * The number of Lorentzians is chosen by BIC, but S(Q,E) of a finite run has an error of its own, smooth in E and alike
 * at all Q, which a further Lorentzian would fit. How much of the fall of the deviance that explains is known from the
 * jackknife, (g - 1)(mean of the falls without one group - fall of all); the fall is divided by the overdispersion
 * c = 1 + that/(number of added parameters) before it is held against BIC's penalty (quasi-likelihood as in
 * J.-D. Lebreton, K. P. Burnham, J. Clobert, D. R. Anderson, Ecol. Monogr. 62, 67 (1992), doi 10.2307/2937171).
 *
 * A Lorentzian whose area is negative in sum, whose half width is beyond the energy window or not three times its own
 * error is not one.
 *
 * If BIC supports no Lorentzian there is no width and no Eq. 4; the EISF is then 1 minus the share of a Lorentzian
 * whose half width is held at the FWHM of the resolution: consistent with 1 within its error, and an upper limit.
 * All functions are Local.
 */
#ifndef ANALYSIS_QENS_H
#define ANALYSIS_QENS_H

#include "analysis/experiment_qens.h"
#include "analysis/fit_chi.h"
#include "analysis/instrument_qens.h"
#include "analysis/tof_measure.h"

typedef struct QensOptions {
    InstrumentQens
        instrument;     /* counts 0: no noise, the fit sees expected counts, error = sampling */
    double temperature; /* [K] of detailed balance in the fit */
    int lines;          /* largest number of Lorentzians tried */
    double at; /* [1/A] Q of the EISF among the numbers; between two Q it is interpolated */
    const Resolution *resolution; /* of the fit; NULL: a Gaussian of instrument.fwhm */
    double bin;                   /* [meV] over which the fit's model is averaged; 0: none */
    int modes; /* largest number of oscillators, looked for in chi'' above lowest_mode if the window reaches there */
    double lowest_mode; /* [meV] */
    /* a time-of-flight spectrometer instead of the plain one, with which `instrument` must agree in wavelength, fwhm, counts
     * and bins; the input's S are then rates, tof_spectra's factor belongs to them */
    const InstrumentTof *tof;
    const TofRun *tof_run;
    const TofSpectra *tof_spectra;
} QensOptions;

/* What comes from the trajectory, for the Q that the instrument has. */
typedef struct QensInput {
    size_t groups, nq, ne;
    double *q, *energy; /* [nq] 1/A, [ne] meV */
    double *s;          /* [groups][nq][ne] 1/meV, with resolution and detailed balance */
    double *weight;     /* [groups] */
    double *plateau;    /* [groups][nq] mean of I(Q,t) over the plateau window */
    double *drift;      /* [groups][nq] mean over its first half - mean over its second half */
} QensInput;

/* Which numbers there are, in this order; then eisf [nq] and debye_waller [nq]. */
enum {
    QENS_EISF,         /* at `at`, by the fit */
    QENS_EISF_PLATEAU, /* at `at`, plateau of I(Q,t) over Debye-Waller factor */
    QENS_PLATEAU,      /* at `at`, plateau of I(Q,t), Debye-Waller factor in it */
    QENS_DRIFT, /* at `at`, fall of I(Q,t) within the plateau window: 0 if the run is long enough */
    QENS_P,     /* Eq. 4 */
    QENS_D,     /* [A] */
    QENS_HWHM1, /* [meV] */
    QENS_TAU1,  /* [ps] hbar/HWHM */
    QENS_RESIDENCE1_C2, /* [ps] 2 tau1 */
    QENS_RESIDENCE1_C3, /* [ps] 1.5 tau1 */
    QENS_HWHM2,
    QENS_TAU2,
    QENS_U2, /* [A^2] 3-D <u^2>, D(Q) = exp(-Q^2 <u^2>/3) */
    QENS_NUMBERS
};

typedef struct QensNumber {
    const char *name, *unit, *text;
} QensNumber;
extern const QensNumber qens_numbers[QENS_NUMBERS];

typedef struct Qens {
    QensOptions o;
    QensInput in;
    double *truth;                   /* [nq][ne] 1/meV */
    double *expected, *counts, *fit; /* [nq][ne] */
    double *parts;             /* [parts][nq][ne] of the fit, in the order of fit_qens_parts */
    double *clipped;           /* [nq] share of the area that was negative and set to 0 */
    FitQensModel model;        /* of the fit, with the modes that chi'' has */
    FitChi chi;                /* chi.n == 0: not looked for */
    ExperimentQens experiment; /* of the counts */
    size_t nvalues;            /* QENS_NUMBERS + 2 nq */
    double *value, *counting, *sampling, *error; /* [nvalues]; NaN where there is none */
    double *eisf_covariance;                     /* [nq][nq] counting and sampling together */
    double overdispersion
        [FIT_QENS_MAX_LINES +
         1]; /* c when that many Lorentzians were held against fewer; NaN if BIC alone refused them */
    double
        sampling_deviance; /* what the sampling error adds to the deviance of the fit, on average */
    size_t replicates;     /* of the jackknife that could be analysed */
} Qens;

/* From group /isf of a result and the group that sqw_write made of it, with the same plateau_start [ps]. ERR_INPUT if no Q lies in the instrument's
 * range; ERR_FILE. Free with qens_input_clear. */
Err qens_read(H5 *isf, H5 *sqw, const InstrumentQens *instrument, double plateau_start,
              QensInput *in) MUST_USE;
void qens_input_clear(QensInput *in);

/* From what a time-of-flight spectrometer makes of the groups' I(Q,t), whose weights are [nblocks]. */
Err qens_input_tof(const TofSignal *signal, const double weight[], const TofSpectra *spectra,
                   double plateau_start, QensInput *in) MUST_USE;

/* The whole analysis; takes over `in`, also after an error. ERR_INPUT, ERR_NUMERICAL. Free with qens_clear, also after
 * an error. */
Err qens_analyse(const QensOptions *o, QensInput *in, Qens *out) MUST_USE;
void qens_clear(Qens *q);

/* Values of one analysis of counts: the fit with its lines, EISF and Eq. 4 -> value [nvalues], and the counting
 * variance and the covariance [nq][nq] of the EISFs unless NULL.
 *   scale [nq]    counts per S and per meV
 *   plateau, drift [nq] */
Err qens_values(const QensOptions *o, const FitQensModel *model, const FitQensResult *r,
                const FitQensSpectrum spectra[], const double scale[], const double plateau[],
                const double drift[], double value[], double variance[],
                double eisf_covariance[]) MUST_USE;

/* Into an HDF5 group:
 *   spectra/{E, Q, truth, expected, counts, fit, clipped}, spectra/parts/{elastic, lorentzian_K, mode_K, background}; fit/ (experiment_qens_write), fit/chi (fit_chi_write)
 *   eisf/{Q, fit, fit_counting, fit_sampling, fit_error, covariance, plateau, plateau_error, debye_waller,
 *         debye_waller_error}
 *   numbers/{name, unit, value, counting, sampling, error, replicates}; overdispersion; status */
Err qens_write(const Qens *q, H5 *group) MUST_USE;

/* spectrum_Q1.30.csv .. and eisf.csv in a folder. */
Err qens_export(const Qens *q, const char *folder) MUST_USE;

/* Deviance per degree of freedom of the fit; about 1 if the model describes the spectra. */
double qens_misfit(const Qens *q);

/* "1 Lorentzian" or why there is none, and whether the run was too short or the model does not fit. New string. */
char *qens_status(const Qens *q);

#endif
