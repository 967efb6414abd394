/* stage_qens.h -- what the files of kind `qens` share; part of stage_qens.c. */
#ifndef APP_STAGE_QENS_H
#define APP_STAGE_QENS_H

#include "app/dataset.h"
#include "app/qens_instrument.h"

typedef struct QensStage {
    StageHead head;
    char *from, *fine, *sample, *resolution;
    double temperature, counts, plateau_start, at, chi_max, chi_step, chi_fwhm;
    int balance, tail;
    int64_t lines, modes;
    const ConfigNode *instrument;
} QensStage;

/* Options of the analysis with the instrument and its random numbers. ERR_INPUT. Collective. Clear q, also after an error. */
Err stage_qens_options(const StageRun *run, const QensStage *s, QensInstrument *q,
                       QensOptions *o) MUST_USE;

/* Group `isf` in the result of another stage. Close both. ERR_FILE. Local. */
Err stage_qens_isf(const StageRun *run, const char *stage, H5 **source, H5 **isf) MUST_USE;

/* What the spectrometer sees of I(Q,t): input of the analysis. `file` has the group sqw. Local. */
Err stage_qens_measure(const QensStage *s, QensInstrument *instrument, const QensOptions *o,
                       H5 *isf, H5 *file, QensInput *in) MUST_USE;

/* stage_qens_dataset.c: StageKind.dataset and .describe. */
Err stage_qens_dataset(const StageRun *run, const void *options, Dataset *dataset) MUST_USE;
Err stage_qens_describe(const StageRun *run, const void *options, char **yaml) MUST_USE;

#endif
