#include "par/comm.h"

#include "base/mem.h"
#include "par/comm_mpi.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TAG_LENGTH = 1, TAG_DATA = 2, TAG_CHANNELS = 4 };

static void abort_job(void)
{
    MPI_Abort(MPI_COMM_WORLD, 3);
}

/* MPI counts are int; one message of more than 2 GiB would mean a design fault above. */
static int as_count(size_t n)
{
    CHECK(n <= INT_MAX, "message of %zu items", n);
    return (int)n;
}

/* MPI_User_function: the sums `part` are added to the sums `total`. */
static void join_exact(void *part, void *total, int *n, MPI_Datatype *type)
{
    const Exact *from = part;
    Exact *to = total;
    (void)type;
    for (int i = 0; i < *n; i++)
        exact_join(&to[i], from[i]);
}

static Comm *wrap(MPI_Comm handle)
{
    _Static_assert(sizeof(Exact) == 2 * sizeof(int64_t), "Exact is two integers");
    Comm *c = MEM_NEW(Comm, 1);
    c->handle = handle;
    MPI_Comm_set_errhandler(handle, MPI_ERRORS_RETURN);
    MPI_Comm_rank(handle, &c->rank);
    MPI_Comm_size(handle, &c->size);
    MPI_TRY(MPI_Type_contiguous(2, MPI_INT64_T, &c->exact));
    MPI_TRY(MPI_Type_commit(&c->exact));
    MPI_TRY(MPI_Op_create(join_exact, true, &c->join));
    return c;
}

Comm *comm_start(int *argc, char ***argv)
{
    if (MPI_Init(argc, argv) != MPI_SUCCESS) {
        fprintf(stderr, "paddlewheel: MPI does not start\n");
        exit(3);
    }
    err_set_abort(abort_job);
    MPI_Comm handle;
    MPI_Comm_dup(MPI_COMM_WORLD, &handle);
    return wrap(handle);
}

void comm_stop(Comm *world)
{
    comm_free(world);
    MPI_Finalize();
}

Comm *comm_split(const Comm *c, int colour)
{
    MPI_Comm handle;
    MPI_TRY(MPI_Comm_split(c->handle, colour, c->rank, &handle));
    return wrap(handle);
}

void comm_free(Comm *c)
{
    if (c == NULL)
        return;
    MPI_Op_free(&c->join);
    MPI_Type_free(&c->exact);
    MPI_Comm_free(&c->handle);
    free(c);
}

int comm_rank(const Comm *c)
{
    return c->rank;
}

int comm_size(const Comm *c)
{
    return c->size;
}

void comm_barrier(const Comm *c)
{
    MPI_WAIT(MPI_Barrier(c->handle));
}

void comm_bcast(const Comm *c, int root, size_t bytes, void *data)
{
    /* in pieces, since files may exceed an int count */
    char *p = data;
    while (bytes > 0) {
        size_t piece = bytes < (1u << 30) ? bytes : (1u << 30);
        MPI_TRY(MPI_Bcast(p, (int)piece, MPI_BYTE, root, c->handle));
        p += piece;
        bytes -= piece;
    }
}

void comm_bcast_text(const Comm *c, char **text)
{
    size_t n = comm_is_root(c) && *text != NULL ? strlen(*text) + 1 : 0;
    comm_bcast(c, 0, sizeof n, &n);
    if (!comm_is_root(c))
        *text = n > 0 ? mem_new(n, 1) : NULL;
    if (n > 0)
        comm_bcast(c, 0, n, *text);
}

void comm_sum_i64(const Comm *c, size_t n, int64_t data[])
{
    for (size_t done = 0; done < n;) {
        size_t piece = n - done < (1u << 27) ? n - done : (1u << 27);
        MPI_TRY(
            MPI_Allreduce(MPI_IN_PLACE, data + done, (int)piece, MPI_INT64_T, MPI_SUM, c->handle));
        done += piece;
    }
}

void comm_sum_exact(const Comm *c, size_t n, Exact data[])
{
    if (c->size > 1)
        MPI_WAIT(MPI_Allreduce(MPI_IN_PLACE, data, as_count(n), c->exact, c->join, c->handle));
}

void comm_sum(const Comm *c, size_t n, double data[])
{
    if (c->size == 1 || n == 0)
        return;
    double *all = MEM_NEW(double, n *(size_t)c->size);
    MPI_WAIT(MPI_Allgather(data, as_count(n), MPI_DOUBLE, all, as_count(n), MPI_DOUBLE, c->handle));
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0;
        for (int r = 0; r < c->size; r++)
            sum += all[(size_t)r * n + i];
        data[i] = sum;
    }
    free(all);
}

void comm_max(const Comm *c, size_t n, double data[])
{
    MPI_WAIT(MPI_Allreduce(MPI_IN_PLACE, data, as_count(n), MPI_DOUBLE, MPI_MAX, c->handle));
}

/* Offsets from byte counts; returns the total. */
static size_t offsets(int size, const int counts[], int starts[])
{
    size_t total = 0;
    for (int r = 0; r < size; r++) {
        starts[r] = as_count(total);
        total += (size_t)counts[r];
    }
    as_count(total);
    return total;
}

void *comm_allgatherv(const Comm *c, size_t bytes, const void *data, size_t *total, size_t counts[])
{
    int *n = MEM_NEW(int, 2 * c->size), *start = n + c->size;
    int mine = as_count(bytes);
    MPI_TRY(MPI_Allgather(&mine, 1, MPI_INT, n, 1, MPI_INT, c->handle));
    *total = offsets(c->size, n, start);
    char *all = mem_new(*total > 0 ? *total : 1, 1);
    MPI_TRY(MPI_Allgatherv(data, mine, MPI_BYTE, all, n, start, MPI_BYTE, c->handle));
    for (int r = 0; counts != NULL && r < c->size; r++)
        counts[r] = (size_t)n[r];
    free(n);
    return all;
}

void *comm_gatherv(const Comm *c, int root, size_t bytes, const void *data, size_t *total,
                   size_t counts[])
{
    int *n = MEM_NEW(int, 2 * c->size), *start = n + c->size;
    int mine = as_count(bytes);
    MPI_TRY(MPI_Allgather(&mine, 1, MPI_INT, n, 1, MPI_INT, c->handle));
    *total = offsets(c->size, n, start);
    char *all = c->rank == root ? mem_new(*total > 0 ? *total : 1, 1) : NULL;
    MPI_TRY(MPI_Gatherv(data, mine, MPI_BYTE, all, n, start, MPI_BYTE, root, c->handle));
    for (int r = 0; counts != NULL && r < c->size; r++)
        counts[r] = (size_t)n[r];
    if (c->rank != root)
        *total = 0;
    free(n);
    return all;
}

void comm_gather_rows(const Comm *c, size_t rows, size_t mine, const void *part, void *table)
{
    int *n = MEM_NEW(int, 2 * c->size), *start = n + c->size, own = as_count(mine);
    MPI_TRY(MPI_Allgather(&own, 1, MPI_INT, n, 1, MPI_INT, c->handle));
    size_t all = offsets(c->size, n, start);
    for (size_t k = 0; k < rows; k++)
        MPI_TRY(MPI_Gatherv((const char *)part + k * mine, own, MPI_BYTE,
                            c->rank == 0 ? (char *)table + k * all : NULL, n, start, MPI_BYTE, 0,
                            c->handle));
    free(n);
}

void comm_scatter_rows(const Comm *c, size_t rows, size_t mine, void *part, const void *table)
{
    int *n = MEM_NEW(int, 2 * c->size), *start = n + c->size, own = as_count(mine);
    MPI_TRY(MPI_Allgather(&own, 1, MPI_INT, n, 1, MPI_INT, c->handle));
    size_t all = offsets(c->size, n, start);
    for (size_t k = 0; k < rows; k++)
        MPI_TRY(MPI_Scatterv(c->rank == 0 ? (const char *)table + k * all : NULL, n, start,
                             MPI_BYTE, (char *)part + k * mine, own, MPI_BYTE, 0, c->handle));
    free(n);
}

void *comm_alltoallv(const Comm *c, const size_t nsend[], const void *send, size_t nrecv[])
{
    int *work = MEM_NEW(int, 4 * c->size);
    int *ns = work, *ss = work + c->size, *nr = work + 2 * c->size, *sr = work + 3 * c->size;
    for (int r = 0; r < c->size; r++)
        ns[r] = as_count(nsend[r]);
    MPI_TRY(MPI_Alltoall(ns, 1, MPI_INT, nr, 1, MPI_INT, c->handle));
    offsets(c->size, ns, ss);
    size_t total = offsets(c->size, nr, sr);
    char *received = mem_new(total > 0 ? total : 1, 1);
    MPI_TRY(MPI_Alltoallv(send, ns, ss, MPI_BYTE, received, nr, sr, MPI_BYTE, c->handle));
    for (int r = 0; r < c->size; r++)
        nrecv[r] = (size_t)nr[r];
    free(work);
    return received;
}

void *comm_sendrecv(const Comm *c, int dst, size_t nsend, const void *send, int src, size_t *nrecv)
{
    uint64_t out = nsend, in = 0;
    if (dst == c->rank && src == c->rank) {
        *nrecv = nsend;
        if (nsend == 0)
            return NULL;
        void *copy = mem_new(nsend, 1);
        memcpy(copy, send, nsend);
        return copy;
    }
    MPI_TRY(MPI_Sendrecv(&out, 1, MPI_UINT64_T, dst, TAG_LENGTH, &in, 1, MPI_UINT64_T, src,
                         TAG_LENGTH, c->handle, MPI_STATUS_IGNORE));
    char *received = mem_new(in, 1);
    MPI_TRY(MPI_Sendrecv(send, as_count(nsend), MPI_BYTE, dst, TAG_DATA, received, as_count(in),
                         MPI_BYTE, src, TAG_DATA, c->handle, MPI_STATUS_IGNORE));
    *nrecv = in;
    return received;
}

typedef struct Requests {
    MPI_Request *request;
    int n, capacity;
} Requests;

struct CommBatch {
    const Comm *comm;
    int tag;
    Requests in, out;
    int64_t messages, bytes;
};

CommBatch *comm_batch_new(const Comm *c, CommChannel channel)
{
    CommBatch *b = MEM_NEW(CommBatch, 1);
    b->comm = c;
    b->tag = TAG_CHANNELS + (int)channel;
    return b;
}

void comm_batch_free(CommBatch *b)
{
    if (b == NULL)
        return;
    comm_batch_wait(b);
    free(b->in.request);
    free(b->out.request);
    free(b);
}

static MPI_Request *next_request(Requests *r)
{
    if (r->n == r->capacity) {
        int m = 2 * r->capacity + 16;
        r->request = mem_resize(r->request, (size_t)r->capacity, (size_t)m, sizeof *r->request);
        r->capacity = m;
    }
    return &r->request[r->n++];
}

static void wait_for(Requests *r)
{
    if (r->n > 0)
        MPI_WAIT(MPI_Waitall(r->n, r->request, MPI_STATUSES_IGNORE));
    r->n = 0;
}

void comm_batch_recv(CommBatch *b, int src, size_t bytes, void *data)
{
    MPI_TRY(MPI_Irecv(data, as_count(bytes), MPI_BYTE, src, b->tag, b->comm->handle,
                      next_request(&b->in)));
}

void comm_batch_send(CommBatch *b, int dst, size_t bytes, const void *data)
{
    MPI_TRY(MPI_Isend(data, as_count(bytes), MPI_BYTE, dst, b->tag, b->comm->handle,
                      next_request(&b->out)));
    b->messages++;
    b->bytes += (int64_t)bytes;
}

void comm_batch_received(CommBatch *b)
{
    wait_for(&b->in);
}

void comm_batch_wait(CommBatch *b)
{
    wait_for(&b->in);
    wait_for(&b->out);
}

void comm_batch_sent(const CommBatch *b, int64_t *messages, int64_t *bytes)
{
    *messages = b->messages;
    *bytes = b->bytes;
}

static double waited; /* s, of this process: shown in reports, decides nothing */

void comm_add_wait(double seconds)
{
    waited += seconds;
}

double comm_waited(void)
{
    return waited;
}

Err comm_agree(const Comm *c, Err mine)
{
    int first = mine == OK ? c->size : c->rank;
    MPI_WAIT(MPI_Allreduce(MPI_IN_PLACE, &first, 1, MPI_INT, MPI_MIN, c->handle));
    if (first == c->size)
        return OK;
    struct {
        int code;
        char text[2048];
    } word = {.code = (int)mine};
    snprintf(word.text, sizeof word.text, "%s", err_message());
    comm_bcast(c, first, sizeof word, &word);
    return err_set((Err)word.code, "%s", word.text);
}

static Err read_whole(const char *path, char **data, size_t *bytes)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return err_set(ERR_INPUT, "%s: cannot be opened: %s", path, strerror(errno));
    size_t capacity = 1 << 16, n = 0, got;
    char *buffer = mem_new(capacity, 1);
    while ((got = fread(buffer + n, 1, capacity - n - 1, file)) > 0) {
        n += got;
        if (capacity - n < 2) {
            buffer = mem_resize(buffer, capacity, 2 * capacity, 1);
            capacity *= 2;
        }
    }
    bool bad = ferror(file) != 0;
    fclose(file);
    if (bad) {
        free(buffer);
        return err_set(ERR_FILE, "%s: cannot be read: %s", path, strerror(errno));
    }
    buffer[n] = '\0';
    *data = buffer;
    *bytes = n;
    return OK;
}

Err comm_read_file(const Comm *c, const char *path, char **data, size_t *bytes)
{
    *data = NULL;
    *bytes = 0;
    Err e = comm_is_root(c) ? read_whole(path, data, bytes) : OK;
    e = comm_agree(c, e);
    if (e != OK)
        return e;
    comm_bcast(c, 0, sizeof *bytes, bytes);
    if (!comm_is_root(c))
        *data = mem_new(*bytes + 1, 1);
    comm_bcast(c, 0, *bytes, *data);
    return OK;
}

void comm_block(const Comm *c, int64_t n, int64_t *first, int64_t *count)
{
    int64_t a = n * c->rank / c->size, b = n * (c->rank + 1) / c->size;
    *first = a;
    *count = b - a;
}

void comm_grid(const Comm *c, const double widths[3], int grid[3])
{
    /* the factorisation whose domains have the smallest surface, i.e. the fewest ghosts; of equal ones that with the
     * most cuts along x, then y, as meshes are cut, so that ranks find their charges at home */
    double best = INFINITY;
    for (int a = c->size; a >= 1; a--) {
        for (int b = c->size / a; c->size % a == 0 && b >= 1; b--) {
            if (c->size / a % b != 0)
                continue;
            double x = widths[0] / a, y = widths[1] / b, z = widths[2] / (c->size / a / b);
            double surface = x * y + y * z + z * x;
            if (surface < best * (1.0 - 1e-12)) {
                best = surface;
                grid[0] = a;
                grid[1] = b;
                grid[2] = c->size / a / b;
            }
        }
    }
}

void comm_library(size_t size, char text[])
{
    char version[MPI_MAX_LIBRARY_VERSION_STRING];
    int length = 0;
    MPI_Get_library_version(version, &length);
    version[strcspn(version, "\n")] = '\0';
    snprintf(text, size, "%s", version);
}
