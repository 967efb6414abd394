/* comm_mpi.h -- what is inside a Comm; for the files of par/ only. */
#ifndef PAR_COMM_MPI_H
#define PAR_COMM_MPI_H

#include "base/err.h"
#include "base/timer.h"

#include <mpi.h>

struct Comm {
    MPI_Comm handle;
    int rank;
    int size;
    MPI_Datatype exact; /* an Exact, and how two are added */
    MPI_Op join;
};

/* An MPI call that fails cannot be repaired: name it and take the job down. */
#define MPI_TRY(call)                                                                              \
    do {                                                                                           \
        int mpi_code_ = (call);                                                                    \
        CHECK(mpi_code_ == MPI_SUCCESS, "MPI code %d", mpi_code_);                                 \
    } while (0)

/* As MPI_TRY, for calls that wait for others: their time is what comm_waited returns. */
#define MPI_WAIT(call)                                                                             \
    do {                                                                                           \
        double wait_from = timer_now();                                                            \
        MPI_TRY(call);                                                                             \
        comm_add_wait(timer_now() - wait_from);                                                    \
    } while (0)

void comm_add_wait(double seconds); /* Local */

#endif
