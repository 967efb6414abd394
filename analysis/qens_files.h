/* qens_files.h -- spectra from a file of any kind that is known, by its ending.
 *
 *   .csv  qens_csv.h    .nxspe  qens_nexus.h    .grp  qens_ascii.h
 */
#ifndef ANALYSIS_QENS_FILES_H
#define ANALYSIS_QENS_FILES_H

#include "analysis/qens_data.h"
#include "par/comm.h"

/* `wavelength` [A] for files that do not tell it (NaN: not known). ERR_INPUT names file and place, and the endings
 * that are known. Collective: all ranks get the data, or the same error. Free with qens_data_clear. */
Err qens_files_read(const Comm *c, const char *path, double wavelength, QensData *out) MUST_USE;

#endif
