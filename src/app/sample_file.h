/* sample_file.h -- a whole sample in one HDF5 file, so that one stage can hand it to the next without losing a bit.
 *
 *   /cell [3][3] A (rows), /species [k] text, /kind [n], /position [n][3] A (unwrapped), /velocity [n][3] A/time
 *   with time = A sqrt(u/eV) = 10.1805 fs; atoms in canonical order (Mg ions, then BH4 ions: B and its four H).
 */
#ifndef APP_SAMPLE_FILE_H
#define APP_SAMPLE_FILE_H

#include "model/sample.h"
#include "par/comm.h"

/* Write (rank 0), provenance included. Local. */
Err sample_file_write(const char *path, const Sample *s, const char *provenance) MUST_USE;

/* Read by rank 0, given to all. Collective. */
Err sample_file_read(const Comm *c, const char *path, Sample *s) MUST_USE;

#endif
