/* fit_qens_data.h -- spectra of a file as fit_qens wants them: the channels of a window, with what the model is multiplied by.
 *
 * Counts (no column of errors) are of a channel: on bins of unequal width the model, a density in E, is multiplied by
 * width/mean width. Numbers with errors are densities. If kf/ki is still in the data the model gets it. Local.
 */
#ifndef ANALYSIS_FIT_QENS_DATA_H
#define ANALYSIS_FIT_QENS_DATA_H

#include "analysis/fit_qens.h"
#include "analysis/qens_data.h"

typedef struct FitQensWindow {
    double e_low, e_high; /* [meV] channels whose centres lie inside; NaN: all */
    double q_low, q_high; /* [1/A] */
    bool
        least_squares; /* counts get the errors sqrt(max(y, 1)): for comparison, it biases the background */
} FitQensWindow;

typedef struct FitQensData {
    size_t nspectra;
    FitQensSpectrum *spectra;
    size_t *of;       /* [nspectra] number of the spectrum in the data */
    size_t **channel; /* [nspectra][spectra[s].n] */
    double *memory;
} FitQensData;

/* ERR_INPUT if nothing is left. The data may go away afterwards. Free with fit_qens_data_clear. */
Err fit_qens_data_select(const QensData *d, const FitQensWindow *w, FitQensData *out) MUST_USE;
void fit_qens_data_clear(FitQensData *f);

/* The measured lines of a resolution for these spectra: the line whose Q is nearest, if it is within half the distance of the
 * lines; one line serves all. ERR_INPUT if a spectrum has none. Free with resolution_clear. */
Err fit_qens_data_lines(const FitQensData *f, const Resolution *measured, Resolution *out) MUST_USE;

#endif
