/* instrument_tof.h -- a direct-geometry time-of-flight spectrometer: choppers, flight paths, detectors.
 *
 * A pulsing and a monochromating pair of choppers, the sample, detectors around it. Its energy resolution, from the
 * opening times of both pairs and the spread of the secondary flight path, r = l_f/l_i, l in A, n in Hz:
 *
 *   t_M = w_M/(720 n), t_P = w_P/(720 n)                       w in degrees; counter-rotating pairs
 *   A = t_M (L_pm + L_ms + L_sd r^3), B = t_P (L_ms + L_sd r^3), C = L_pm m l_f dL/h
 *   dt = sqrt(A^2 + B^2 + C^2)/L_pm,  dE = h^3 dt/(m^2 L_sd l_f^3)
 *
 * as the instrument control of TOFTOF has it (mlz-ictrl/nicos, nicos_mlz/toftof/devices/calculations.py); what the two
 * pulses' shape adds is left out (J. Gaspar, arXiv:0710.5319). A measured elastic width scales the whole curve. Neutrons
 * slower than the frame, ratio/(2 n), is long are not seen: that limits the energy that they can lose.
 * Defaults are "toftof-5A"; inputs/instruments/toftof-5A.yaml has them with their sources.
 * Energy transfer E > 0: the neutron loses energy. All functions are Local.
 */
#ifndef ANALYSIS_INSTRUMENT_TOF_H
#define ANALYSIS_INSTRUMENT_TOF_H

#include "analysis/resolution.h"
#include "analysis/self_shielding.h"

typedef enum TofOutput { TOF_CONSTANT_Q, TOF_CONSTANT_ANGLE } TofOutput;

typedef struct InstrumentTof {
    char *name;
    double wavelength;                                        /* [A] */
    double pulse_to_mono, mono_to_sample, sample_to_detector; /* [m] */
    double path_spread;                                       /* [m] dL */
    double pulse_opening, mono_opening;                       /* [degree] */
    double speed;                                             /* [1/min] */
    double frame_ratio;
    double fwhm; /* [meV] measured elastic width; NaN: as computed */
    double angle_low, angle_high,
        angle_step;               /* [degree] scattering angles; step of constant-angle spectra */
    ConfigList angles;            /* [degree] instead of low, high, step if given */
    ConfigList gaps;              /* [degree] pairs: from, to */
    int output;                   /* TofOutput */
    double q_low, q_high, q_step; /* [1/A] spectra at constant Q */
    double e_low, e_high, e_step; /* [meV] edges of the bins */
    double background;            /* share of the counts that is flat background */
    double time,
        rate; /* [s], [1/s] counts of a spectrum on average; NaN: the counts are given elsewhere */
    bool reduced;             /* kf/ki and self-shielding are divided out */
    int64_t seed;             /* of the counting noise */
    const ConfigNode *holder; /* mapping of self_shielding.h while it is read into shielding */
    SelfShielding shielding;
} InstrumentTof;

/* Table for config_read, but use instrument_tof_read. */
extern const ConfigField instrument_tof_fields[];
extern const size_t instrument_tof_nfields;

/* From a mapping (NULL: TOFTOF at 5 A) with its holder, checked. ERR_INPUT "file:line: ..."; then nothing is left to
 * clear. */
Err instrument_tof_read(const ConfigNode *node, InstrumentTof *i) MUST_USE;
void instrument_tof_clear(InstrumentTof *i);

/* Does the name belong to an instrument that needs no file? (then instrument_tof_read(NULL, ...)) */
bool instrument_tof_is_known(const char *name);

double instrument_tof_incident(const InstrumentTof *i);             /* E_i [meV] */
double instrument_tof_final(const InstrumentTof *i, double e);      /* l_f [A] */
double instrument_tof_kf_over_ki(const InstrumentTof *i, double e); /* 0 at E_i and beyond */
double instrument_tof_loss_limit(
    const InstrumentTof *i); /* [meV] greatest E that the frame lets through */

/* FWHM at e as computed from choppers and paths [meV], not scaled. */
double instrument_tof_computed_fwhm(const InstrumentTof *i, double e);

/* The computed curve over the energy bins, scaled to the measured width. Free with resolution_clear. */
Err instrument_tof_resolution(const InstrumentTof *i, Resolution *r) MUST_USE;

double instrument_tof_q(const InstrumentTof *i, double two_theta,
                        double e); /* [1/A]; NaN beyond E_i */
/* Scattering angle of (q, e) [degree]; NaN if no neutron can do that. */
double instrument_tof_angle(const InstrumentTof *i, double q, double e);
/* Is there a detector at this angle? False for NaN. */
bool instrument_tof_has_detector(const InstrumentTof *i, double two_theta);
/* Range of Q [1/A] between first and last detector at e. */
void instrument_tof_q_range(const InstrumentTof *i, double e, double *low, double *high);

/* Edges of the energy bins [n + 1] and the angles or Q of the spectra; free(). Returns n. */
size_t instrument_tof_edges(const InstrumentTof *i, double **edge);
size_t instrument_tof_spectra(const InstrumentTof *i, double **q_or_angle);

#endif
