#include "par/comm_hdf5.h"

#include "par/comm_mpi.h"

#ifdef H5_HAVE_PARALLEL

bool comm_hdf5_has(void)
{
    return true;
}

void comm_hdf5_access(const Comm *c, hid_t access)
{
    CHECK(H5Pset_fapl_mpio(access, c->handle, MPI_INFO_NULL) >= 0, "no MPI-IO");
}

#else

bool comm_hdf5_has(void)
{
    return false;
}

void comm_hdf5_access(const Comm *c, hid_t access)
{
    (void)c;
    (void)access;
    CHECK(false, "this HDF5 has no MPI-IO");
}

#endif
