/* eisf_table.h -- the EISF by its four definitions side by side, since they are not the same number.
 *
 *   EISF (model)         closed form: exact where the trajectory was constructed, else Eq. 4 with the p and d of the fit
 *   EISF (plateau)       mean of I(Q,t) over a late window; the Debye-Waller factor is in it
 *   EISF (time average)  |mean of exp(iQr) over the run|^2; so is it here, and for a finite run it is too high by a bias,
 *                        which the row "EISF (time average, corrected)" is without
 *   EISF (fit)           elastic/(elastic + first line) of spectra with resolution and noise, as an experimenter has it; motion
 *                        slower than about a fifth of the resolution counts as elastic
 * Layout of group eisf_table: name [rows]; Q [N] 1/A; value, error [rows][N] (NaN where there is none); model (text: which).
 */
#ifndef ANALYSIS_EISF_TABLE_H
#define ANALYSIS_EISF_TABLE_H

#include "store/h5.h"

/* result: has group isf and perhaps /truth. qens: has /eisf and scalars p, d_BH of the fit, or NULL (then there is no fit;
 * the table is at the Q of isf). Writes group eisf_table of `out`. ERR_FILE. Local. */
Err eisf_table_write(H5 *result, H5 *qens, H5 *out) MUST_USE;

#endif
