/* barriers_result.h -- what a catalogue of paths leaves in result.h5.
 *
 *   /paths/{label, file, group, ion, multiplicity, status_free, status_locked} and, _free and _locked
 *     each, barrier, barrier_back, difference (eV), prefactor, prefactor_back (1/s), largest_turn
 *     (degree), minima     [path]; angle (degree) of the rotation that is asked for, NaN: none
 *   scalars GROUP_WAY_{mean, sd, q10, median, q90, n, failed}, GROUP link, across, bond, hop, vacancy;
 *     WAY free, locked, coupling (locked less free): over converged paths, each counted as often as it
 *     has equivalents. failed: those that gave no barrier, whatever the reason; status_* says which
 */
#ifndef APP_BARRIERS_RESULT_H
#define APP_BARRIERS_RESULT_H

#include "app/barriers_options.h"

/* Read the files [n] (relative to the stage's folder) of these moves and write result.h5. Local (rank 0). */
Err barriers_result_write(const StageRun *run, size_t n, const BarriersMove move[],
                          char *const names[]) MUST_USE;

#endif
