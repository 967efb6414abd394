#include "par/mail.h"

#include "base/mem.h"
#include "par/comm_mpi.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { TAG_ITEM = 71, TAG_REPLY = 72 };

/* A block that only grows */
typedef struct Room {
    size_t n;
    char *data;
} Room;

static void *room_for(Room *r, size_t bytes)
{
    if (bytes > r->n) {
        free(r->data);
        r->n = bytes + bytes / 4 + 64;
        r->data = MEM_NEW(char, r->n);
    }
    return r->data;
}

struct Mail {
    const Comm *comm;
    size_t item, reply;
    int *out, *in;                /* [ranks] things to and from each */
    size_t *out_first, *in_first; /* [ranks + 1] */
    Room outbox, inbox, answer, reply_room;
    MPI_Request *request; /* [2 ranks] */
    int requests;
    int64_t messages, bytes;
};

Mail *mail_new(const Comm *c, size_t item, size_t reply)
{
    Mail *m = MEM_NEW(Mail, 1);
    m->comm = c;
    m->item = item;
    m->reply = reply;
    m->out = MEM_NEW(int, c->size);
    m->in = MEM_NEW(int, c->size);
    m->out_first = MEM_NEW(size_t, c->size + 1);
    m->in_first = MEM_NEW(size_t, c->size + 1);
    m->request = MEM_NEW(MPI_Request, 2 * c->size);
    return m;
}

void mail_free(Mail *m)
{
    if (m == NULL)
        return;
    free(m->out);
    free(m->in);
    free(m->out_first);
    free(m->in_first);
    free(m->outbox.data);
    free(m->inbox.data);
    free(m->answer.data);
    free(m->reply_room.data);
    free(m->request);
    free(m);
}

void *mail_room(Mail *m, size_t n)
{
    return room_for(&m->outbox, n * m->item);
}

/* Post one side's messages: `size` bytes a thing. */
static void post(Mail *m, size_t size, int tag, const int *out, const size_t *out_first,
                 const char *from, const int *in, const size_t *in_first, char *to)
{
    const int me = m->comm->rank;
    m->requests = 0;
    for (int r = 0; r < m->comm->size; r++) {
        if (in[r] == 0 || r == me)
            continue;
        CHECK((size_t)in[r] * size <= INT_MAX, "a message of more than 2 GiB");
        MPI_TRY(MPI_Irecv(to + in_first[r] * size, (int)((size_t)in[r] * size), MPI_BYTE, r, tag,
                          m->comm->handle, &m->request[m->requests++]));
    }
    for (int r = 0; r < m->comm->size; r++) {
        if (out[r] == 0 || r == me)
            continue;
        CHECK((size_t)out[r] * size <= INT_MAX, "a message of more than 2 GiB");
        MPI_TRY(MPI_Isend(from + out_first[r] * size, (int)((size_t)out[r] * size), MPI_BYTE, r,
                          tag, m->comm->handle, &m->request[m->requests++]));
        m->messages++;
        m->bytes += (int64_t)((size_t)out[r] * size);
    }
    if (out[me] > 0)
        memcpy(to + in_first[me] * size, from + out_first[me] * size, (size_t)out[me] * size);
}

size_t mail_send(Mail *m, const int count[])
{
    int ranks = m->comm->size;
    memcpy(m->out, count, (size_t)ranks * sizeof *count);
    MPI_TRY(MPI_Alltoall(m->out, 1, MPI_INT, m->in, 1, MPI_INT, m->comm->handle));
    for (int r = 0; r < ranks; r++) {
        m->out_first[r + 1] = m->out_first[r] + (size_t)m->out[r];
        m->in_first[r + 1] = m->in_first[r] + (size_t)m->in[r];
    }
    room_for(&m->inbox, m->in_first[ranks] * m->item);
    post(m, m->item, TAG_ITEM, m->out, m->out_first, m->outbox.data, m->in, m->in_first,
         m->inbox.data);
    return m->in_first[ranks];
}

const void *mail_inbox(const Mail *m, size_t *first_own, size_t *own)
{
    *first_own = m->in_first[m->comm->rank];
    *own = (size_t)m->in[m->comm->rank];
    return m->inbox.data;
}

void mail_wait(Mail *m)
{
    MPI_TRY(MPI_Waitall(m->requests, m->request, MPI_STATUSES_IGNORE));
    m->requests = 0;
}

void *mail_reply_room(Mail *m)
{
    return room_for(&m->reply_room, m->in_first[m->comm->size] * m->reply);
}

const void *mail_reply(Mail *m)
{
    room_for(&m->answer, m->out_first[m->comm->size] * m->reply);
    post(m, m->reply, TAG_REPLY, m->in, m->in_first, m->reply_room.data, m->out, m->out_first,
         m->answer.data);
    mail_wait(m);
    return m->answer.data;
}

void mail_traffic(const Mail *m, int64_t *messages, int64_t *bytes)
{
    *messages = m->messages;
    *bytes = m->bytes;
}
