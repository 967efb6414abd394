/* qens_instrument.h -- the time-of-flight spectrometer of a qens stage: from its name or description to spectra and files.
 */
#ifndef APP_QENS_INSTRUMENT_H
#define APP_QENS_INSTRUMENT_H

#include "analysis/qens.h"
#include "app/stage.h"

typedef struct QensInstrument {
    bool is_tof; /* else the plain one of instrument_qens.h, and the rest is not used */
    InstrumentTof tof;
    Resolution known;      /* of the choppers, or as measured */
    Resolution resolution; /* for the spectra that are analysed, after qens_instrument_measure */
    TofRun run;
    TofSpectra spectra;   /* of the groups of ions, after qens_instrument_measure */
    TofSpectra detectors; /* the same at constant angle, for NXspe */
    double *weight;       /* [spectra.nblocks] */
} QensInstrument;

/* The value of a stage's CONFIG_NAMED field: a name, a description with the key `name`, or something else (then is_tof is
 * false). ERR_INPUT; then nothing is left to clear. Collective. */
Err qens_instrument_read(const StageRun *run, const ConfigField *field, const ConfigNode *node,
                         QensInstrument *q) MUST_USE;

/* Spectra of a file beside the study (vanadium, the frozen sample) as its resolution. ERR_INPUT. Collective. */
Err qens_instrument_lines(const StageRun *run, const char *file, QensInstrument *q) MUST_USE;
void qens_instrument_clear(QensInstrument *q);

/* What the analysis takes of it: instrument, resolution, bins. */
void qens_instrument_options(const QensInstrument *q, QensOptions *o);

/* Group `isf` of a result -> spectra of its groups of ions -> input of the analysis. Local. */
Err qens_instrument_measure(QensInstrument *q, H5 *isf, QensInput *in) MUST_USE;

/* The counts into result.h5 and folder: /data/{Q or two_theta, Q_elastic, E, y, error, truth, factor}; spectra.csv,
 * spectra.nxs, spectra.nxspe (of detectors also when the spectra are at constant Q). Local. */
Err qens_instrument_write(const QensInstrument *q, H5 *file, const char *folder) MUST_USE;

/* One measurement with noise of its own, after qens_instrument_measure: the spectra, or those of the detectors (if
 * detectors.nspectra is not 0). Free with qens_data_clear. Local. */
Err qens_instrument_draw(const QensInstrument *q, bool detectors, uint64_t seed,
                         QensData *d) MUST_USE;

/* Classical S(Q,E) of group `isf` for ray tracing: incoherent, -e_max..e_max in steps, with a Gaussian of fwhm [meV];
 * FOLDER/incoherent.sqw (qens_ascii.h), cross sections of the holder's isotopes. Local. */
Err qens_instrument_write_sqw(const QensInstrument *q, H5 *isf, double e_max, double step,
                              double fwhm, const char *folder) MUST_USE;

#endif
