/* comm_hdf5.h -- HDF5 files that all ranks write together. The library wants MPI's own types, and they stay here.
 */
#ifndef PAR_COMM_HDF5_H
#define PAR_COMM_HDF5_H

#include "par/comm.h"

#include <hdf5.h>

/* Let the file access list open files for all ranks of c by MPI-IO; a broken invariant if this HDF5 has none
 * (comm_hdf5_has). Collective. */
void comm_hdf5_access(const Comm *c, hid_t access);

/* Was this HDF5 built with MPI-IO? Local. */
bool comm_hdf5_has(void);

#endif
