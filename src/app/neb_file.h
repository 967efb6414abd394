/* neb_file.h -- a path in an HDF5 file and as extended XYZ; what a catalogue reads back.
 *
 *   /label, /provenance (text), /cell [3][3] A, /symbols [natoms], /bh4 [nbh4] index of B, /moving_atom, /relabelled, /lock_difference eV
 *   /free, /locked: each with
 *     status (text), barrier, barrier_back, difference (eV), prefactor, prefactor_back (1/s), steps, steps_first, steps_last,
 *     largest_force, top, minima, most_turned, largest_turn (degree), and, if modes were computed, negative_first,
 *     negative_last, negative_saddle, softest_first, lowest_saddle (meV)
 *     if there is a band: s [images] A, energy [images] eV above the first, energy_first eV, position [images][natoms][3] A, force
 *     [images][natoms][3] eV/A, turn [images][nbh4] degree: of each BH4 from image 0, 2 acos|q.q0|; piece_first, piece_top,
 *     piece_last [pieces] images, piece_barrier, piece_back [pieces] eV: from minimum to minimum
 * Numbers that do not exist are NaN. All functions are Local, for one rank.
 */
#ifndef APP_NEB_FILE_H
#define APP_NEB_FILE_H

#include "app/neb_path.h"
#include "store/h5.h"

/* All of a path; `structures`: positions and forces too. ERR_FILE. */
Err neb_file_write(const char *file, const NebPath *p, const char *label, const char *provenance,
                   bool structures) MUST_USE;

/* One frame an image, with energy and forces, of the free way or the locked one. Nothing if there is no band. ERR_FILE. */
Err neb_file_write_xyz(const char *file, const NebPath *p, int locked, const char *label) MUST_USE;

/* What a catalogue needs of one way. */
typedef struct NebSummary {
    NebStatus status;
    double barrier, back, difference, prefactor, prefactor_back, largest_turn; /* eV, 1/s, degree */
    int64_t minima, steps;
} NebSummary;

/* Read both ways of a file. ERR_FILE for what is not such a file. */
Err neb_file_read(const char *file, NebSummary way[2]) MUST_USE;

#endif
