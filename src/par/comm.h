/* comm.h -- messages between ranks. The only room of the house, with fft, where MPI is spoken.
 *
 * Everything above sees ranks, bytes and agreement. MPI runs with MPI_ERRORS_RETURN; an MPI call that
 * fails leaves the job in no known state, so it is a CHECK that takes the job down with place and text.
 * Sums of floating-point numbers are made in rank order, so that they are the same on every rank and in
 * every run on the same rank count.
 */
#ifndef PAR_COMM_H
#define PAR_COMM_H

#include "base/err.h"
#include "base/exact.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Comm Comm;

/* Start MPI and return the world. Collective, once per process. */
Comm *comm_start(int *argc, char ***argv);

/* End MPI; frees the world. Collective. */
void comm_stop(Comm *world);

/* Ranks that give the same colour, in the old order. Collective. Free with comm_free (Collective). */
Comm *comm_split(const Comm *c, int colour);
void comm_free(Comm *c);

int comm_rank(const Comm *c);
int comm_size(const Comm *c);
static inline bool comm_is_root(const Comm *c)
{
    return comm_rank(c) == 0;
}

/* All the following are Collective over c. */

void comm_barrier(const Comm *c);

/* bytes of rank `root` to all */
void comm_bcast(const Comm *c, int root, size_t bytes, void *data);

/* A text of rank 0, or that it has none (NULL), to all; others get a new string. */
void comm_bcast_text(const Comm *c, char **text);

/* Element-wise sum of integers: exact, so independent of the rank count. */
void comm_sum_i64(const Comm *c, size_t n, int64_t data[]);

/* Element-wise exact sum of numbers that lie on fixed grids: independent of the rank count. Lost on all ranks
 * where it is lost on one (base/exact.h). */
void comm_sum_exact(const Comm *c, size_t n, Exact data[]);

/* Element-wise sum in rank order. */
void comm_sum(const Comm *c, size_t n, double data[]);

void comm_max(const Comm *c, size_t n, double data[]);

/* Every rank gives `bytes` bytes (its own number); all get the concatenation in rank order.
 *   counts  [size] bytes of each rank, written; may be NULL
 * Returns a new block (free()), its length in *total. */
void *comm_allgatherv(const Comm *c, size_t bytes, const void *data, size_t *total,
                      size_t counts[]);

/* The same, but only `root` receives (others get NULL and total 0). */
void *comm_gatherv(const Comm *c, int root, size_t bytes, const void *data, size_t *total,
                   size_t counts[]);

/* A table of bytes [rows][all] whose columns are spread over ranks, [rows][mine] each, in rank order: rank 0 (elsewhere `table`
 * is not looked at) gets it together, or hands it out. Row by row: no message is longer than a row. */
void comm_gather_rows(const Comm *c, size_t rows, size_t mine, const void *part, void *table);
void comm_scatter_rows(const Comm *c, size_t rows, size_t mine, void *part, const void *table);

/* Personal messages: nsend[r] bytes to rank r, lying one after another in `send`.
 *   nrecv  [size] written: bytes from each rank, lying one after another in the returned block (free()) */
void *comm_alltoallv(const Comm *c, const size_t nsend[], const void *send, size_t nrecv[]);

/* Send to rank `dst` while receiving from rank `src` (both may be this rank). Lengths need not be known.
 * Returns a new block (free(); NULL if empty), its length in *nrecv. Collective over the two partners. */
void *comm_sendrecv(const Comm *c, int dst, size_t nsend, const void *send, int src, size_t *nrecv);

/* Messages under way: post receives and sends, work, wait. Data must stay where it is until it was waited for: what
 * comes in until comm_batch_received, what goes out until comm_batch_wait. Who waits for less depends less on how far the
 * others are: sends are best waited for when their room is needed again. Messages between two ranks arrive in the order
 * in which they were posted, in each channel for itself. Counted. */
typedef enum CommChannel {
    COMM_GHOSTS,
    COMM_GHOST_FORCES,
    COMM_CHARGES,
    COMM_WAVES,
    COMM_WAVES_BACK
} CommChannel;
typedef struct CommBatch CommBatch;
CommBatch *comm_batch_new(const Comm *c, CommChannel channel); /* Local */
void comm_batch_free(CommBatch *b);                            /* waits first */
void comm_batch_recv(CommBatch *b, int src, size_t bytes, void *data);
void comm_batch_send(CommBatch *b, int dst, size_t bytes, const void *data);
void comm_batch_received(CommBatch *b); /* all that was posted to come in is here */
void comm_batch_wait(CommBatch *b);     /* and all that went out may be written over */

/* Messages and bytes this batch has sent since it was made. Local. */
void comm_batch_sent(const CommBatch *b, int64_t *messages, int64_t *bytes);

/* Seconds this process has spent in calls that wait for others (reductions, batches, mail) since it began; what they copy
 * is in it. Local. */
double comm_waited(void);

/* The agreement point: every rank gives its own code; all return the code of the lowest rank that failed
 * (OK if none) and have its message. */
Err comm_agree(const Comm *c, Err mine) MUST_USE;

/* A whole file, read by rank 0 and given to all; the closing 0 is added and not counted in *bytes.
 * ERR_FILE or ERR_INPUT with the same message on all ranks. Free *data with free(). */
Err comm_read_file(const Comm *c, const char *path, char **data, size_t *bytes) MUST_USE;

/* Split `n` items into contiguous blocks, one per rank: this rank has [*first, *first + *count). Local. */
void comm_block(const Comm *c, int64_t n, int64_t *first, int64_t *count);

/* Factorise the rank count into a 3-D grid as even as the widths allow (widths in any unit). Local. */
void comm_grid(const Comm *c, const double widths[3], int grid[3]);

/* Version line of the MPI library. Local. */
void comm_library(size_t size, char text[]);

#endif
