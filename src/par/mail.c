#include "par/mail.h"

#include "base/mem.h"
#include "par/comm_mpi.h"

#include <stdlib.h>
#include <string.h>

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
    CommBatch *batch;
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
    m->batch = comm_batch_new(c, COMM_CHARGES);
    return m;
}

void mail_free(Mail *m)
{
    if (m == NULL)
        return;
    comm_batch_free(m->batch);
    free(m->out);
    free(m->in);
    free(m->out_first);
    free(m->in_first);
    free(m->outbox.data);
    free(m->inbox.data);
    free(m->answer.data);
    free(m->reply_room.data);
    free(m);
}

void *mail_room(Mail *m, size_t n)
{
    comm_batch_wait(m->batch);
    return room_for(&m->outbox, n * m->item);
}

/* Post one side's messages: `size` bytes a thing. */
static void post(Mail *m, size_t size, const int *out, const size_t *out_first, const char *from,
                 const int *in, const size_t *in_first, char *to)
{
    const int me = m->comm->rank;
    for (int r = 0; r < m->comm->size; r++)
        if (in[r] > 0 && r != me)
            comm_batch_recv(m->batch, r, (size_t)in[r] * size, to + in_first[r] * size);
    for (int r = 0; r < m->comm->size; r++)
        if (out[r] > 0 && r != me)
            comm_batch_send(m->batch, r, (size_t)out[r] * size, from + out_first[r] * size);
    if (out[me] > 0)
        memcpy(to + in_first[me] * size, from + out_first[me] * size, (size_t)out[me] * size);
}

size_t mail_send(Mail *m, const int count[])
{
    int ranks = m->comm->size;
    memcpy(m->out, count, (size_t)ranks * sizeof *count);
    MPI_WAIT(MPI_Alltoall(m->out, 1, MPI_INT, m->in, 1, MPI_INT, m->comm->handle));
    for (int r = 0; r < ranks; r++) {
        m->out_first[r + 1] = m->out_first[r] + (size_t)m->out[r];
        m->in_first[r + 1] = m->in_first[r] + (size_t)m->in[r];
    }
    room_for(&m->inbox, m->in_first[ranks] * m->item);
    post(m, m->item, m->out, m->out_first, m->outbox.data, m->in, m->in_first, m->inbox.data);
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
    comm_batch_received(m->batch);
}

void *mail_reply_room(Mail *m)
{
    return room_for(&m->reply_room, m->in_first[m->comm->size] * m->reply);
}

void mail_reply(Mail *m)
{
    room_for(&m->answer, m->out_first[m->comm->size] * m->reply);
    post(m, m->reply, m->in, m->in_first, m->reply_room.data, m->out, m->out_first, m->answer.data);
}

const void *mail_answers(Mail *m)
{
    comm_batch_received(m->batch);
    return m->answer.data;
}

void mail_traffic(const Mail *m, int64_t *messages, int64_t *bytes)
{
    comm_batch_sent(m->batch, messages, bytes);
}
