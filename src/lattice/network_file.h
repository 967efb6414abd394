/* network_file.h -- a network in an HDF5 file, and back to the same bits.
 *
 *   cell [3][3] A; charge e; permittivity; source (text)
 *   sites/position [S][3], sites/class [S]; site_classes/{label, energy ueV, reference}
 *   rotors/position [R][3], rotors/class [R]; rotor_classes/{label, wells}, rotor_classes/N/{energy [W] ueV, orient [W][4],
 *     turn [T][4]: from, to, op, barrier ueV; attempt [T] 1/s}
 *   edges/{ends [E][2], class [E], step [E][3]}; edge_classes/{label, barrier ueV, attempt 1/s}
 *   tables/{label}, tables/N [na][nb] ueV
 *   site_rotor, rotor_rotor, gate [n][6]: place, rotor, table, step
 */
#ifndef LATTICE_NETWORK_FILE_H
#define LATTICE_NETWORK_FILE_H

#include "lattice/network.h"
#include "store/h5.h"

/* Into a group. Local. */
Err network_file_write(const Network *n, H5 *group) MUST_USE;

/* ERR_FILE, ERR_INPUT for numbers that do not fit together (network_check is the caller's). Local. Free with network_clear, also
 * after an error. */
Err network_file_read(H5 *group, Network *n) MUST_USE;

#endif
