/* instrument_qens.h -- what a direct-geometry time-of-flight spectrometer sees of S(Q,E).
 *
 * Defaults are TOFTOF at 5 A ("toftof-5A") as used by M. Heere et al., Sci. Rep. 10, 9080 (2020),
 * doi 10.1038/s41598-020-65857-6: elastic FWHM 0.065 meV, Q 0.3 to 2.2 1/A. The resolution is a
 * Gaussian, the same at every E (first version; the real width grows from 0.065 to 0.15 meV at 4
 * meV energy gain). Energy transfer is positive when the neutron loses energy. Detector angles 7.59
 * to 139.19 degrees. All functions are Local.
 */
#ifndef ANALYSIS_INSTRUMENT_QENS_H
#define ANALYSIS_INSTRUMENT_QENS_H

#include "store/config.h"

typedef struct InstrumentQens {
    double wavelength;            /* [A] */
    double fwhm;                  /* [meV] */
    double q_low, q_high, q_step; /* [1/A] */
    double e_low, e_high, e_step; /* [meV] */
    double counts;                /* expected counts per spectrum (one Q); 0: no noise */
    double background;            /* expected share of the counts that is flat background, 0..1 */
    int64_t seed;                 /* of the counting noise */
} InstrumentQens;

/* Table for config_read on an InstrumentQens. */
extern const ConfigField instrument_qens_fields[];
extern const size_t instrument_qens_nfields;

/* ERR_INPUT if a range is empty, the loss side goes beyond the incident energy, or the elastic Q
 * range is beyond what the detectors see. */
Err instrument_qens_check(const InstrumentQens *i) MUST_USE;

double instrument_qens_incident(const InstrumentQens *i); /* E_i [meV] */

/* Range of Q [1/A] that the detectors see at energy transfer e [meV]: Q^2 = ki^2 + kf^2 - 2 ki kf
 * cos(2 theta). */
void instrument_qens_q_range(const InstrumentQens *i, double e, double *low, double *high);

/* kf/ki at e: the measured intensity is kf/ki times S(Q,E). */
double instrument_qens_kf_over_ki(const InstrumentQens *i, double e);

/* Standard deviation of the resolution [meV], and the factor by which it multiplies I(Q,t) at t
 * [ps]. */
double instrument_qens_sigma(const InstrumentQens *i);
double instrument_qens_in_time(const InstrumentQens *i, double t);

/* Grids; free(). */
size_t instrument_qens_q(const InstrumentQens *i, double **q);
size_t instrument_qens_e(const InstrumentQens *i, double **e);

/* One spectrum as counted. The truth (shape [n] >= 0, resolution already in it) is scaled to the
 * expected counts and kept beside the noisy data. Noise is a function of (seed, spectrum, channel)
 * alone.
 *   spectrum     index of the Q
 *   mean [n]     expected counts
 *   counts [n]   Poisson counts (the mean when no noise is asked for)
 * ERR_INPUT if the shape is negative somewhere or zero everywhere. */
Err instrument_qens_count(const InstrumentQens *i, uint64_t spectrum, size_t n,
                          const double shape[], double mean[], double counts[]) MUST_USE;

#endif
