#include "par/pencil.h"

#include "base/mem.h"
#include "par/comm_mpi.h"

#include <complex.h>
#include <fftw3.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { COMPLEX_BYTES = 2 * sizeof(double) };

/* One side of an exchange within a row or column of ranks */
typedef struct Side {
    int *bytes, *at; /* [ranks] */
} Side;

typedef struct Exchange {
    Comm *comm;
    int n, me;           /* ranks in it, this one */
    CommBatch *batch[2]; /* forward, backward */
    Side before, after;  /* of the forward transform */
} Exchange;

struct Pencil {
    int n[3], nk;                         /* nk = n[2]/2 + 1 */
    int stride;                           /* of real z rows */
    int *x, *y;                           /* [rows + 1], [columns + 1]: cuts of the real mesh */
    int *ky, *kz;                         /* [rows + 1], [columns + 1]: cuts of the transform */
    Exchange across;                      /* the ranks of my row: they share my planes */
    Exchange along;                       /* the ranks of my column */
    double *real;                         /* [x][y][stride] */
    fftw_complex *a;                      /* [x][y][nk]; is b if there is one column */
    fftw_complex *b;                      /* [x][n1][kz] */
    fftw_complex *w;                      /* [ky][n0][kz] */
    fftw_complex *in, *out[2];            /* messages; those out forward and backward, so that
                                             the second need not wait until the first is read */
    fftw_plan z[2], line_y[2], line_x[2]; /* forward, backward */
};

/* parts + 1 cuts of 0..n as even as can be */
static int *cut(int n, int parts)
{
    int *at = MEM_NEW(int, parts + 1);
    for (int k = 0; k <= parts; k++)
        at[k] = (int)((int64_t)n * k / parts);
    return at;
}

static int width(const int *at, int k)
{
    return at[k + 1] - at[k];
}

/* My part of each cut */
static int part_x(const Pencil *p)
{
    return width(p->x, p->along.me);
}

static int part_y(const Pencil *p)
{
    return width(p->y, p->across.me);
}

static int part_ky(const Pencil *p)
{
    return width(p->ky, p->along.me);
}

static int part_kz(const Pencil *p)
{
    return width(p->kz, p->across.me);
}

static void exchange_init(Exchange *e, const Comm *c, int colour)
{
    e->comm = comm_split(c, colour);
    e->n = comm_size(e->comm);
    e->me = comm_rank(e->comm);
    for (int k = 0; k < 2; k++)
        e->batch[k] = comm_batch_new(e->comm, k == 0 ? COMM_WAVES : COMM_WAVES_BACK);
    for (int s = 0; s < 2; s++) {
        Side *side = s == 0 ? &e->before : &e->after;
        side->bytes = MEM_NEW(int, e->n);
        side->at = MEM_NEW(int, e->n);
    }
}

static void exchange_clear(Exchange *e)
{
    comm_batch_free(e->batch[0]);
    comm_batch_free(e->batch[1]);
    comm_free(e->comm);
    free(e->before.bytes);
    free(e->before.at);
    free(e->after.bytes);
    free(e->after.at);
}

static void side_set(Side *s, int k, int64_t complex_numbers)
{
    int64_t bytes = complex_numbers * COMPLEX_BYTES,
            at = k > 0 ? s->at[k - 1] + s->bytes[k - 1] : 0;
    CHECK(at + bytes <= INT_MAX, "more than 2 GiB of mesh on one rank; use more ranks");
    s->bytes[k] = (int)bytes;
    s->at[k] = (int)at;
}

/* What rank k of the exchange gets from me is `before`, what I get from it `after`, in complex numbers. What I keep is
 * moved to its place at once and is no message. */
static void exchange_set(Exchange *e, int k, int64_t before, int64_t after)
{
    side_set(&e->before, k, k == e->me ? 0 : before);
    side_set(&e->after, k, k == e->me ? 0 : after);
}

/* Post the messages of one direction. They are here after comm_batch_received. */
static void exchange_post(const Exchange *e, int back, const fftw_complex *out, fftw_complex *in)
{
    const Side *from = back ? &e->after : &e->before, *to = back ? &e->before : &e->after;
    for (int k = 0; k < e->n; k++)
        if (to->bytes[k] > 0)
            comm_batch_recv(e->batch[back], k, (size_t)to->bytes[k],
                            in + to->at[k] / COMPLEX_BYTES);
    for (int k = 0; k < e->n; k++)
        if (from->bytes[k] > 0)
            comm_batch_send(e->batch[back], k, (size_t)from->bytes[k],
                            out + from->at[k] / COMPLEX_BYTES);
}

/* fftw_complex arrays of at least one element, zeroed */
static fftw_complex *complexes(size_t n)
{
    fftw_complex *a = fftw_alloc_complex(n > 0 ? n : 1);
    CHECK(a != NULL, "no memory for %zu waves", n);
    memset(a, 0, n * sizeof *a);
    return a;
}

/* Scratch that plans are made on: as large as any line set, so that a rank with few lines makes the same
 * plans as one with many. */
static void make_plans(Pencil *p, unsigned effort)
{
    const int *n = p->n;
    int nkz = part_kz(p), rows = part_y(p);
    size_t plane = (size_t)n[1] * (size_t)p->stride, wide = (size_t)(n[0] > n[1] ? n[0] : n[1]);
    double *real = fftw_alloc_real(plane);
    fftw_complex *wave = complexes(wide * (size_t)p->nk);
    CHECK(real != NULL, "no memory for a plane of %d x %d points", n[1], n[2]);
    memset(real, 0, plane * sizeof *real);
    if (rows > 0) {
        p->z[0] = fftw_plan_many_dft_r2c(1, &n[2], rows, real, NULL, 1, p->stride, wave, NULL, 1,
                                         p->nk, effort);
        p->z[1] = fftw_plan_many_dft_c2r(1, &n[2], rows, wave, NULL, 1, p->nk, real, NULL, 1,
                                         p->stride, effort);
        CHECK(p->z[0] != NULL && p->z[1] != NULL, "no FFTW plan for %d points", n[2]);
    }
    for (int k = 0; k < 2 && nkz > 0; k++) {
        int sign = k == 0 ? FFTW_FORWARD : FFTW_BACKWARD;
        p->line_y[k] =
            fftw_plan_many_dft(1, &n[1], nkz, wave, NULL, nkz, 1, wave, NULL, nkz, 1, sign, effort);
        p->line_x[k] =
            fftw_plan_many_dft(1, &n[0], nkz, wave, NULL, nkz, 1, wave, NULL, nkz, 1, sign, effort);
        CHECK(p->line_y[k] != NULL && p->line_x[k] != NULL, "no FFTW plan for %d, %d points", n[0],
              n[1]);
    }
    fftw_free(real);
    fftw_free(wave);
}

static void make_room(Pencil *p)
{
    size_t nx = (size_t)part_x(p), ny = (size_t)part_y(p), nky = (size_t)part_ky(p),
           nkz = (size_t)part_kz(p);
    size_t a = nx * ny * (size_t)p->nk, b = nx * (size_t)p->n[1] * nkz,
           w = nky * (size_t)p->n[0] * nkz, most = a > b ? a : b;
    size_t reals = nx * ny * (size_t)p->stride;
    p->real = MEM_NEW(double, reals > 0 ? reals : 1);
    p->a = complexes(a);
    p->b = p->across.n == 1 ? p->a : complexes(b);
    p->w = complexes(w);
    p->out[0] = complexes(most > w ? most : w);
    p->out[1] = complexes(most > w ? most : w);
    p->in = complexes(most > w ? most : w);
}

Pencil *pencil_new(const Comm *c, const int n[3], int columns, int stride, unsigned effort)
{
    int rows = comm_size(c) / columns;
    CHECK(rows * columns == comm_size(c), "%d columns of %d ranks", columns, comm_size(c));
    CHECK(stride % 8 == 0 && stride >= n[2], "stride %d", stride);
    Pencil *p = MEM_NEW(Pencil, 1);
    memcpy(p->n, n, sizeof p->n);
    p->nk = n[2] / 2 + 1;
    p->stride = stride;
    p->x = cut(n[0], rows);
    p->y = cut(n[1], columns);
    p->ky = cut(n[1], rows);
    p->kz = cut(p->nk, columns);
    exchange_init(&p->across, c, comm_rank(c) / columns);
    exchange_init(&p->along, c, comm_rank(c) % columns);
    for (int k = 0; k < columns; k++)
        exchange_set(&p->across, k, (int64_t)part_x(p) * part_y(p) * width(p->kz, k),
                     (int64_t)part_x(p) * width(p->y, k) * part_kz(p));
    for (int k = 0; k < rows; k++)
        exchange_set(&p->along, k, (int64_t)part_x(p) * width(p->ky, k) * part_kz(p),
                     (int64_t)width(p->x, k) * part_ky(p) * part_kz(p));
    make_room(p);
    make_plans(p, effort);
    return p;
}

void pencil_free(Pencil *p)
{
    if (p == NULL)
        return;
    exchange_clear(&p->across);
    exchange_clear(&p->along);
    for (int k = 0; k < 2; k++) {
        fftw_destroy_plan(p->z[k]);
        fftw_destroy_plan(p->line_y[k]);
        fftw_destroy_plan(p->line_x[k]);
    }
    free(p->real);
    if (p->b != p->a)
        fftw_free(p->b);
    fftw_free(p->a);
    fftw_free(p->w);
    fftw_free(p->out[0]);
    fftw_free(p->out[1]);
    fftw_free(p->in);
    free(p->x);
    free(p->y);
    free(p->ky);
    free(p->kz);
    free(p);
}

void pencil_blocks(const Pencil *p, FftBlock *real, FftBlock *waves)
{
    int r = p->along.me, c = p->across.me;
    *real = (FftBlock){{p->x[r], p->y[c], 0},
                       {part_x(p), part_y(p), p->n[2]},
                       {(size_t)part_y(p) * (size_t)p->stride, (size_t)p->stride, 1}};
    *waves = (FftBlock){{0, p->ky[r], p->kz[c]},
                        {p->n[0], part_ky(p), part_kz(p)},
                        {(size_t)part_kz(p), (size_t)p->n[0] * (size_t)part_kz(p), 1}};
}

const int *pencil_starts(const Pencil *p, int axis)
{
    return axis == 0 ? p->x : p->y;
}

double *pencil_real(Pencil *p)
{
    return p->real;
}

double *pencil_waves(Pencil *p)
{
    return (double *)p->w;
}

/* Copy `runs` runs of n complex numbers, each side with its own distance between runs. */
static void copy_runs(int runs, int n, const fftw_complex *from, int from_step, fftw_complex *to,
                      int to_step)
{
    for (int k = 0; k < runs; k++)
        memcpy(to + (ptrdiff_t)k * to_step, from + (ptrdiff_t)k * from_step,
               (size_t)n * sizeof *to);
}

/* a <-> messages, one for each part of kz: all my (x, y) rows. My own part goes to its place in b. */
static void pack_across(Pencil *p, bool pack)
{
    int nx = part_x(p), ny = part_y(p);
    for (int c = 0; c < p->across.n; c++) {
        bool own = c == p->across.me;
        int n = width(p->kz, c), step = (own ? p->n[1] : ny) * n;
        fftw_complex *to =
            own ? p->b + p->y[c] * n
                : (pack ? p->out[0] : p->in) + p->across.before.at[c] / COMPLEX_BYTES;
        for (int x = 0; x < nx; x++, to += step) {
            fftw_complex *a = p->a + (ptrdiff_t)x * ny * p->nk + p->kz[c];
            if (pack)
                copy_runs(ny, n, a, p->nk, to, n);
            else
                copy_runs(ny, n, to, n, a, p->nk);
        }
    }
}

/* b <-> messages, one for each part of y: [x][y part][kz] */
static void place_across(Pencil *p, bool place)
{
    int nkz = part_kz(p), wide = p->n[1] * nkz;
    for (int c = 0; c < p->across.n; c++) {
        fftw_complex *mail = (place ? p->in : p->out[1]) + p->across.after.at[c] / COMPLEX_BYTES;
        fftw_complex *b = p->b + p->y[c] * nkz;
        int n = width(p->y, c) * nkz;
        if (c == p->across.me)
            continue;
        if (place)
            copy_runs(part_x(p), n, mail, n, b, wide);
        else
            copy_runs(part_x(p), n, b, wide, mail, n);
    }
}

/* b <-> messages, one for each part of ky: [y part][x][kz]. My own part goes to its place in w. */
static void pack_along(Pencil *p, bool pack)
{
    int nkz = part_kz(p), nx = part_x(p), wide = p->n[1] * nkz;
    for (int r = 0; r < p->along.n; r++) {
        bool own = r == p->along.me;
        int step = (own ? p->n[0] : nx) * nkz;
        fftw_complex *to = own ? p->w + p->x[r] * nkz
                               : (pack ? p->out[0] : p->in) + p->along.before.at[r] / COMPLEX_BYTES;
        for (int y = p->ky[r]; y < p->ky[r + 1]; y++, to += step) {
            fftw_complex *b = p->b + (ptrdiff_t)y * nkz;
            if (pack)
                copy_runs(nx, nkz, b, wide, to, nkz);
            else
                copy_runs(nx, nkz, to, nkz, b, wide);
        }
    }
}

/* w <-> messages, one for each part of x: [ky][x part][kz] */
static void place_along(Pencil *p, bool place)
{
    int nkz = part_kz(p), wide = p->n[0] * nkz;
    for (int r = 0; r < p->along.n; r++) {
        fftw_complex *mail = (place ? p->in : p->out[1]) + p->along.after.at[r] / COMPLEX_BYTES;
        fftw_complex *w = p->w + (ptrdiff_t)p->x[r] * nkz;
        int n = width(p->x, r) * nkz;
        if (r == p->along.me)
            continue;
        if (place)
            copy_runs(part_ky(p), n, mail, n, w, wide);
        else
            copy_runs(part_ky(p), n, w, wide, mail, n);
    }
}

/* In-place transforms of planes of n lines of nkz complex numbers */
static void lines(fftw_plan plan, int planes, int n, int nkz, fftw_complex *data)
{
    for (int k = 0; k < planes && nkz > 0; k++, data += (ptrdiff_t)n * nkz)
        fftw_execute_dft(plan, data, data);
}

/* z lines of plane x, and with one column its y lines too, while it is in the cache */
static void plane_forward(Pencil *p, int x)
{
    int ny = part_y(p);
    if (ny > 0)
        fftw_execute_dft_r2c(p->z[0], p->real + (ptrdiff_t)x * ny * p->stride,
                             p->a + (ptrdiff_t)x * ny * p->nk);
    if (p->across.n == 1)
        lines(p->line_y[0], 1, p->n[1], p->nk, p->a + (ptrdiff_t)x * ny * p->nk);
}

static void plane_backward(Pencil *p, int x)
{
    int ny = part_y(p);
    if (p->across.n == 1)
        lines(p->line_y[1], 1, p->n[1], p->nk, p->a + (ptrdiff_t)x * ny * p->nk);
    if (ny > 0)
        fftw_execute_dft_c2r(p->z[1], p->a + (ptrdiff_t)x * ny * p->nk,
                             p->real + (ptrdiff_t)x * ny * p->stride);
}

/* The room for messages in one direction is free again. */
static void settle(Pencil *p, int back)
{
    comm_batch_wait(p->across.batch[back]);
    comm_batch_wait(p->along.batch[back]);
}

static void send_across(Pencil *p, int back)
{
    settle(p, back);
    if (back)
        place_across(p, false);
    else
        pack_across(p, true);
    exchange_post(&p->across, back, p->out[back], p->in);
}

static void send_along(Pencil *p, int back)
{
    settle(p, back);
    if (back)
        place_along(p, false);
    else
        pack_along(p, true);
    exchange_post(&p->along, back, p->out[back], p->in);
}

void pencil_forward_begin(Pencil *p)
{
    for (int x = 0; x < part_x(p); x++)
        plane_forward(p, x);
    if (p->across.n > 1)
        send_across(p, 0);
    else
        send_along(p, 0);
}

void pencil_forward_finish(Pencil *p)
{
    if (p->across.n > 1) {
        comm_batch_received(p->across.batch[0]);
        place_across(p, true);
        lines(p->line_y[0], part_x(p), p->n[1], part_kz(p), p->b);
        send_along(p, 0);
    }
    comm_batch_received(p->along.batch[0]);
    place_along(p, true);
    lines(p->line_x[0], part_ky(p), p->n[0], part_kz(p), p->w);
}

void pencil_backward_begin(Pencil *p)
{
    lines(p->line_x[1], part_ky(p), p->n[0], part_kz(p), p->w);
    send_along(p, 1);
}

void pencil_backward_finish(Pencil *p)
{
    comm_batch_received(p->along.batch[1]);
    pack_along(p, false);
    if (p->across.n > 1) {
        lines(p->line_y[1], part_x(p), p->n[1], part_kz(p), p->b);
        send_across(p, 1);
        comm_batch_received(p->across.batch[1]);
        pack_across(p, false);
    }
    for (int x = 0; x < part_x(p); x++)
        plane_backward(p, x);
}

static void count(const Exchange *e, int64_t *messages, int64_t *bytes)
{
    for (int k = 0; k < e->n; k++) {
        if (e->before.bytes[k] == 0)
            continue;
        *messages += 1;
        *bytes += e->before.bytes[k];
    }
}

void pencil_traffic(const Pencil *p, int64_t *messages, int64_t *bytes)
{
    *messages = *bytes = 0;
    count(&p->across, messages, bytes);
    count(&p->along, messages, bytes);
}
