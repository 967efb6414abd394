/* resolution_lines.h -- a resolution from spectra of something that scatters elastically only: vanadium, the frozen sample.
 */
#ifndef ANALYSIS_RESOLUTION_LINES_H
#define ANALYSIS_RESOLUTION_LINES_H

#include "analysis/qens_data.h"
#include "analysis/resolution.h"

/* Lines of all spectra, over the energies around 0 that all of them see; kf/ki is divided out if it is in the data. r is
 * all 0 or has a table, as for resolution_measured, whose errors and `floor` these are;
 * ERR_INPUT also if some spectrum lacks the elastic line or kf/ki is in the data and the wavelength is not known. Local. */
Err resolution_lines_read(Resolution *r, const QensData *d, double floor) MUST_USE;

/* For spectra at n values of q the line whose Q is nearest; one line serves all. Free with resolution_clear. Local. */
void resolution_lines_choose(const Resolution *measured, size_t n, const double q[],
                             Resolution *out);

#endif
