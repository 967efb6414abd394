#include "force/p3m_route.h"

#include "base/mem.h"
#include "par/mail.h"

#include <stdlib.h>
#include <string.h>

enum { ORDER_MAX = 7 };

/* Parts of one axis that a charge touches, each once */
typedef struct Touched {
    int n, part[ORDER_MAX];
} Touched;

struct P3mRoute {
    int ranks, columns;
    int *member;
    Touched *axis[2]; /* for each floor(u) */
    Mail *mail;
    int *count;   /* [ranks] charges to each */
    size_t *next; /* [ranks] */
    size_t n, room;
    int32_t *atom; /* [n] whose gradient comes back at this place */
};

static Touched *touched(int n, int order, int parts, const int starts[])
{
    int *part_of = MEM_NEW(int, n);
    for (int k = 0; k < parts; k++)
        for (int i = starts[k]; i < starts[k + 1]; i++)
            part_of[i] = k;
    Touched *out = MEM_NEW(Touched, n);
    for (int i = 0; i < n; i++) {
        Touched *t = &out[i];
        int at = i;
        for (int j = 0; j < order; j++) {
            int k = 0;
            while (k < t->n && t->part[k] != part_of[at])
                k++;
            if (k == t->n)
                t->part[t->n++] = part_of[at];
            at = at > 0 ? at - 1 : n - 1;
        }
    }
    free(part_of);
    return out;
}

P3mRoute *p3m_route_new(const Comm *comm, const int mesh[3], int order, int rows, int columns,
                        const int x[], const int y[], const int member[])
{
    P3mRoute *r = MEM_NEW(P3mRoute, 1);
    r->ranks = comm_size(comm);
    r->columns = columns;
    r->member = MEM_NEW(int, rows *columns);
    memcpy(r->member, member, (size_t)(rows * columns) * sizeof *member);
    r->axis[0] = touched(mesh[0], order, rows, x);
    r->axis[1] = touched(mesh[1], order, columns, y);
    r->mail = mail_new(comm, sizeof(P3mCharge), 3 * sizeof(double));
    r->count = MEM_NEW(int, r->ranks);
    r->next = MEM_NEW(size_t, r->ranks);
    return r;
}

void p3m_route_free(P3mRoute *r)
{
    if (r == NULL)
        return;
    mail_free(r->mail);
    free(r->member);
    free(r->axis[0]);
    free(r->axis[1]);
    free(r->count);
    free(r->next);
    free(r->atom);
    free(r);
}

/* The ranks of a charge; returns how many. */
static int ranks_of(const P3mRoute *r, const P3mCharge *c, int to[ORDER_MAX * ORDER_MAX])
{
    const Touched *x = &r->axis[0][(int)c->u[0]], *y = &r->axis[1][(int)c->u[1]];
    int n = 0;
    for (int i = 0; i < x->n; i++)
        for (int j = 0; j < y->n; j++)
            to[n++] = r->member[x->part[i] * r->columns + y->part[j]];
    return n;
}

size_t p3m_route_send(P3mRoute *r, int32_t n, const P3mCharge charge[])
{
    int to[ORDER_MAX * ORDER_MAX];
    memset(r->count, 0, (size_t)r->ranks * sizeof *r->count);
    for (int32_t i = 0; i < n; i++)
        for (int k = ranks_of(r, &charge[i], to); k-- > 0;)
            r->count[to[k]]++;
    r->n = 0;
    for (int k = 0; k < r->ranks; k++) {
        r->next[k] = r->n;
        r->n += (size_t)r->count[k];
    }
    if (r->n > r->room) {
        free(r->atom);
        r->room = r->n + r->n / 4;
        r->atom = MEM_NEW(int32_t, r->room);
    }
    P3mCharge *out = mail_room(r->mail, r->n);
    for (int32_t i = 0; i < n; i++) {
        for (int k = ranks_of(r, &charge[i], to); k-- > 0;) {
            size_t at = r->next[to[k]]++;
            r->atom[at] = i;
            out[at] = charge[i];
        }
    }
    return mail_send(r->mail, r->count);
}

const P3mCharge *p3m_route_inbox(const P3mRoute *r, size_t *first_own, size_t *own)
{
    return mail_inbox(r->mail, first_own, own);
}

void p3m_route_wait(P3mRoute *r)
{
    mail_wait(r->mail);
}

double (*p3m_route_room(P3mRoute *r))[3]
{
    return mail_reply_room(r->mail);
}

void p3m_route_return(P3mRoute *r)
{
    mail_reply(r->mail);
}

void p3m_route_sum(P3mRoute *r, int32_t n, double (*gradient)[3])
{
    const double(*back)[3] = mail_answers(r->mail);
    for (int32_t i = 0; i < n; i++)
        gradient[i][0] = gradient[i][1] = gradient[i][2] = 0.0;
    for (size_t k = 0; k < r->n; k++)
        for (int a = 0; a < 3; a++)
            gradient[r->atom[k]][a] += back[k][a];
}

void p3m_route_traffic(const P3mRoute *r, int64_t *messages, int64_t *bytes)
{
    mail_traffic(r->mail, messages, bytes);
}
