/* Ghosts: which copies of atoms a rank needs, and how their positions and forces travel.
 *
 * Finding them (halo_build): in each direction in turn a rank hands its neighbour above all ions whose
 * centre (Mg or B) lies less than `width` below the common face, and its neighbour below all those less
 * than `width` above it; ghosts brought by earlier directions go along, so edges and corners come by
 * forwarding. If bricks are narrower than `width`, what arrived is handed on (several hops). With one
 * brick in a direction the neighbour is this rank itself, and the same code makes the periodic copies.
 * `width` is the reach between atoms plus twice the longest bond of the sample: whatever way the BH4 turn,
 * two ions with atoms closer than the reach know each other.
 *
 * Every ghost knows its owner and its place there, so afterwards each rank asks the owners for the atoms of which it
 * has ghosts, and from then on positions come, and forces go, in one message a neighbour. If there are several copies of
 * one atom it comes once, and the sum of their forces goes.
 */
#include "domain/inside.h"

#include "base/mem.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Ghost {
    int64_t id, ion;
    double x[3], q;
    int32_t type, rank, place; /* owner, index there */
    int8_t shift[3];
} Ghost;

/* The ghosts of this rank while they are being found: [0, n) are atoms nlocal.. */
typedef struct Found {
    int32_t n, capacity;
    int32_t *rank, *place;
} Found;

void halo_clear(Domain *d)
{
    comm_batch_wait(d->forward);
    comm_batch_wait(d->reverse);
    for (int l = 0; l < d->nleg; l++) {
        free(d->leg[l].send);
        free(d->leg[l].from);
        free(d->leg[l].step);
        free(d->leg[l].out);
        free(d->leg[l].in);
        free(d->leg[l].out_force);
        free(d->leg[l].in_force);
    }
    d->nleg = 0;
    d->nstep = 0;
}

/* Largest distance of an atom from the centre of its ion, over all ranks. */
static double overhang(const Domain *d, const Atoms *a)
{
    double most = 0.0;
    for (int32_t m = 0; m < a->nion; m++) {
        const double *centre = a->x[a->ion_first[m]];
        for (int32_t i = a->ion_first[m] + 1; i < a->ion_first[m + 1]; i++) {
            double r[3];
            vec_sub(a->x[i], centre, r);
            most = fmax(most, vec_norm(r));
        }
    }
    comm_max(d->comm, 1, &most);
    return most;
}

/* One past the last atom of the ion that begins at i: ids within an ion follow one another. */
static int32_t ion_end(const Atoms *a, int32_t i, int32_t last)
{
    int32_t k = i + 1;
    while (k < last && a->ion[k] == a->ion[i] && a->id[k] == a->id[k - 1] + 1)
        k++;
    return k;
}

/* Ions of [first, last) with their centre beyond `face` in direction `up` (+1 or -1) along dim, as ghosts
 * moved by `shift` lattice vectors. Returns their number of atoms. */
static int32_t choose(const Domain *d, const Atoms *a, const Found *found, int dim, int up,
                      double face, int shift, int32_t first, int32_t last, Ghost *out)
{
    int32_t n = 0;
    for (int32_t i = first, end; i < last; i = end) {
        double s = 0.0;
        end = ion_end(a, i, last);
        for (int c = 0; c < 3; c++)
            s += a->x[i][c] * d->cell.inv[c][dim];
        bool wanted = up > 0 ? s >= face : s <= face;
        for (int32_t k = i; wanted && k < end; k++) {
            Ghost *g = &out[n++];
            bool own = k < a->nlocal;
            *g = (Ghost){.id = a->id[k],
                         .ion = a->ion[k],
                         .q = a->q[k],
                         .type = a->type[k],
                         .rank = own ? comm_rank(d->comm) : found->rank[k - a->nlocal],
                         .place = own ? k : found->place[k - a->nlocal]};
            memcpy(g->shift, a->shift[k], sizeof g->shift);
            g->shift[dim] = (int8_t)(g->shift[dim] + shift);
            for (int c = 0; c < 3; c++)
                g->x[c] = a->x[k][c] + shift * d->cell.h[dim][c];
        }
    }
    return n;
}

static void take(Atoms *a, Found *found, int32_t n, const Ghost *in)
{
    atoms_reserve(a, a->ntotal + n);
    if (found->n + n > found->capacity) {
        int32_t m = 2 * (found->n + n) + 64;
        size_t old = (size_t)found->capacity;
        found->rank = mem_resize(found->rank, old, (size_t)m, sizeof *found->rank);
        found->place = mem_resize(found->place, old, (size_t)m, sizeof *found->place);
        found->capacity = m;
    }
    for (int32_t k = 0; k < n; k++) {
        int32_t i = a->ntotal++;
        a->id[i] = in[k].id;
        a->ion[i] = in[k].ion;
        a->type[i] = in[k].type;
        a->q[i] = in[k].q;
        memcpy(a->x[i], in[k].x, sizeof in[k].x);
        memcpy(a->shift[i], in[k].shift, sizeof in[k].shift);
        found->rank[found->n] = in[k].rank;
        found->place[found->n++] = in[k].place;
    }
}

/* All hops along one dimension in one direction. */
static void exchange(Domain *d, Atoms *a, Found *found, int dim, int up, double width, int hops,
                     int32_t nbase)
{
    int above[3], below[3];
    memcpy(above, d->place, sizeof above);
    memcpy(below, d->place, sizeof below);
    above[dim] += up;
    below[dim] -= up;
    int dst = domain_rank_of(d, above), src = domain_rank_of(d, below);
    int edge = up > 0 ? d->grid[dim] - 1 : 0;
    int shift = d->place[dim] == edge ? -up : 0;
    double brick = 1.0 / d->grid[dim];
    double face = up > 0 ? (d->place[dim] + 1) * brick - width : d->place[dim] * brick + width;
    int32_t first = 0, last = nbase;
    for (int hop = 0; hop < hops; hop++) {
        Ghost *out = MEM_NEW(Ghost, last - first + 1);
        int32_t n = choose(d, a, found, dim, up, face, shift, first, last, out);
        size_t bytes;
        Ghost *in = comm_sendrecv(d->comm, dst, (size_t)n * sizeof *out, out, src, &bytes);
        first = a->ntotal;
        take(a, found, (int32_t)(bytes / sizeof *in), in);
        last = a->ntotal;
        free(in);
        free(out);
    }
}

/* Ghosts in order of owner, this rank first, ions together in the order in which they came. */
static void sort_by_owner(const Domain *d, Atoms *a, Found *found, int32_t count[])
{
    int size = comm_size(d->comm), me = comm_rank(d->comm);
    int32_t *at = MEM_NEW(int32_t, size + 1), n = found->n;
    for (int32_t k = 0; k < n; k++)
        count[found->rank[k]]++;
    for (int r = 0, sum = count[me]; r < size; r++) {
        at[r] = r == me ? 0 : sum;
        sum += r == me ? 0 : count[r];
    }
    Ghost *old = MEM_NEW(Ghost, n + 1);
    for (int32_t k = 0; k < n; k++) {
        int32_t i = a->nlocal + k;
        Ghost *g = &old[at[found->rank[k]]++];
        *g = (Ghost){a->id[i],
                     a->ion[i],
                     {a->x[i][0], a->x[i][1], a->x[i][2]},
                     a->q[i],
                     a->type[i],
                     found->rank[k],
                     found->place[k],
                     {a->shift[i][0], a->shift[i][1], a->shift[i][2]}};
    }
    a->ntotal = a->nlocal;
    found->n = 0;
    take(a, found, n, old);
    a->nnear = a->nlocal + count[me];
    free(old);
    free(at);
}

static int16_t step_of(Domain *d, const int8_t shift[3])
{
    for (int s = 0; s < d->nstep; s++)
        if (memcmp(d->step[s], shift, sizeof d->step[s]) == 0)
            return (int16_t)s;
    if (d->nstep == d->step_capacity) {
        int m = 2 * d->step_capacity + 27;
        d->step = mem_resize(d->step, (size_t)d->step_capacity, (size_t)m, sizeof *d->step);
        d->move = mem_resize(d->move, (size_t)d->step_capacity, (size_t)m, sizeof *d->move);
        d->step_capacity = m;
    }
    memcpy(d->step[d->nstep], shift, sizeof d->step[d->nstep]);
    return (int16_t)d->nstep++;
}

typedef struct Copy { /* a ghost: place at its owner, and which of its ghosts */
    int32_t place, ghost;
} Copy;

static int by_place(const void *a, const void *b)
{
    const Copy *c = a, *d = b;
    return c->place != d->place ? (c->place > d->place) - (c->place < d->place)
                                : (c->ghost > d->ghost) - (c->ghost < d->ghost);
}

/* The ghosts of one owner, `found` onwards: what they are made from. Writes the places of the atoms wanted, ascending, and
 * returns their number. */
static int32_t find_sources(Domain *d, const Atoms *a, const int32_t found[], Leg *leg,
                            int32_t place[])
{
    Copy *copy = MEM_NEW(Copy, leg->nghost + 1);
    int32_t n = 0;
    leg->from = MEM_NEW(int32_t, leg->nghost + 1);
    leg->step = MEM_NEW(int16_t, leg->nghost + 1);
    for (int32_t g = 0; g < leg->nghost; g++) {
        copy[g] = (Copy){found[g], g};
        leg->step[g] = step_of(d, a->shift[leg->first + g]);
    }
    qsort(copy, (size_t)leg->nghost, sizeof *copy, by_place);
    for (int32_t g = 0; g < leg->nghost; g++) {
        if (n == 0 || place[n - 1] != copy[g].place)
            place[n++] = copy[g].place;
        leg->from[copy[g].ghost] = n - 1;
    }
    free(copy);
    return n;
}

/* A leg for every rank that has ghosts from here or from which there are ghosts here. */
static void make_legs(Domain *d, const Atoms *a, const Found *found, const int32_t count[])
{
    int size = comm_size(d->comm), me = comm_rank(d->comm);
    if (d->leg_capacity < size) {
        d->leg = mem_resize(d->leg, (size_t)d->leg_capacity, (size_t)size, sizeof *d->leg);
        d->leg_capacity = size;
    }
    size_t *bytes = MEM_NEW(size_t, 2 * size), *asked = bytes + size, at = 0;
    int32_t *wish = MEM_NEW(int32_t, found->n + 1), elsewhere = a->nnear;
    Leg *all = MEM_NEW(Leg, size);
    for (int r = 0; r < size; r++) {
        Leg *leg = &all[r];
        *leg = (Leg){.rank = r, .first = r == me ? a->nlocal : elsewhere, .nghost = count[r]};
        elsewhere += r == me ? 0 : count[r];
        const int32_t *of = found->place + (leg->first - a->nlocal);
        leg->nrecv = find_sources(d, a, of, leg, wish + at);
        if (r == me) {
            memcpy(leg->from, of, (size_t)leg->nghost * sizeof *of);
            leg->nrecv = 0;
        }
        at += (size_t)leg->nrecv;
        bytes[r] = (size_t)leg->nrecv * sizeof *wish;
    }
    int32_t *wanted = comm_alltoallv(d->comm, bytes, wish, asked), *next = wanted;
    for (int r = 0; r < size; r++) {
        Leg *leg = &all[r];
        leg->nsend = (int32_t)(asked[r] / sizeof *wanted);
        if (leg->nsend == 0 && leg->nghost == 0) {
            free(leg->from);
            free(leg->step);
            continue;
        }
        leg->send = MEM_NEW(int32_t, leg->nsend + 1);
        memcpy(leg->send, next, asked[r]);
        next += leg->nsend;
        leg->out = mem_new((size_t)leg->nsend + 1, sizeof *leg->out);
        leg->in = mem_new((size_t)leg->nrecv + 1, sizeof *leg->in);
        leg->out_force = mem_new((size_t)leg->nrecv + 1, sizeof *leg->out_force);
        leg->in_force = mem_new((size_t)leg->nsend + 1, sizeof *leg->in_force);
        d->leg[d->nleg++] = *leg;
    }
    free(wanted);
    free(all);
    free(wish);
    free(bytes);
}

void halo_build(Domain *d, Atoms *a)
{
    halo_clear(d);
    a->nnear = a->ntotal = a->nlocal;
    memset(a->shift, 0, (size_t)a->nlocal * sizeof *a->shift);
    Found found = {0};
    double widths[3], out = overhang(d, a);
    cell_widths(&d->cell, widths);
    for (int dim = 0; dim < 3; dim++) {
        double width = (d->reach + 2.0 * out) * (1.0 + 1e-12) / widths[dim];
        int hops = (int)ceil(width * d->grid[dim]);
        int32_t nbase = a->ntotal;
        exchange(d, a, &found, dim, +1, width, hops, nbase);
        exchange(d, a, &found, dim, -1, width, hops, nbase);
    }
    int32_t *count = MEM_NEW(int32_t, comm_size(d->comm));
    sort_by_owner(d, a, &found, count);
    make_legs(d, a, &found, count);
    halo_forward(d, a); /* the same arithmetic as in every later step */
    free(count);
    free(found.rank);
    free(found.place);
}

/* Ghosts of a leg from the atoms they are copies of */
static void make_ghosts(const Domain *d, const Leg *leg, const double (*source)[3], double (*x)[3])
{
    for (int32_t g = 0; g < leg->nghost; g++) {
        const double *from = source[leg->from[g]], *move = d->move[leg->step[g]];
        for (int k = 0; k < 3; k++)
            x[leg->first + g][k] = from[k] + move[k];
    }
}

void halo_forward_begin(Domain *d, Atoms *a)
{
    int me = comm_rank(d->comm);
    for (int s = 0; s < d->nstep; s++)
        vec_times_mat((double[3]){d->step[s][0], d->step[s][1], d->step[s][2]}, d->cell.h,
                      d->move[s]);
    comm_batch_wait(d->forward);
    for (int l = 0; l < d->nleg; l++)
        if (d->leg[l].nrecv > 0)
            comm_batch_recv(d->forward, d->leg[l].rank, (size_t)d->leg[l].nrecv * sizeof *a->x,
                            d->leg[l].in);
    for (int l = 0; l < d->nleg; l++) {
        Leg *leg = &d->leg[l];
        if (leg->nsend == 0)
            continue;
        for (int32_t n = 0; n < leg->nsend; n++)
            memcpy(leg->out[n], a->x[leg->send[n]], sizeof *leg->out);
        comm_batch_send(d->forward, leg->rank, (size_t)leg->nsend * sizeof *a->x, leg->out);
    }
    for (int l = 0; l < d->nleg; l++)
        if (d->leg[l].rank == me)
            make_ghosts(d, &d->leg[l], (const double(*)[3])a->x, a->x);
}

void halo_forward_finish(Domain *d, Atoms *a)
{
    comm_batch_received(d->forward);
    for (int l = 0; l < d->nleg; l++)
        if (d->leg[l].rank != comm_rank(d->comm))
            make_ghosts(d, &d->leg[l], (const double(*)[3])d->leg[l].in, a->x);
}

void halo_forward(Domain *d, Atoms *a)
{
    halo_forward_begin(d, a);
    halo_forward_finish(d, a);
}

/* Forces on the ghosts of a leg, to those on the atoms they are copies of */
static void add_ghosts(const Leg *leg, const Atoms *a, double (*f)[3])
{
    for (int32_t g = 0; g < leg->nghost; g++)
        vec_axpy(1.0, a->f[leg->first + g], f[leg->from[g]]);
}

void halo_reverse_begin(Domain *d, Atoms *a)
{
    int me = comm_rank(d->comm);
    comm_batch_wait(d->reverse);
    for (int l = 0; l < d->nleg; l++)
        if (d->leg[l].nsend > 0)
            comm_batch_recv(d->reverse, d->leg[l].rank, (size_t)d->leg[l].nsend * sizeof *a->f,
                            d->leg[l].in_force);
    for (int l = 0; l < d->nleg; l++) {
        Leg *leg = &d->leg[l];
        if (leg->nrecv == 0)
            continue;
        memset(leg->out_force, 0, (size_t)leg->nrecv * sizeof *leg->out_force);
        add_ghosts(leg, a, leg->out_force);
        comm_batch_send(d->reverse, leg->rank, (size_t)leg->nrecv * sizeof *a->f, leg->out_force);
    }
    for (int l = 0; l < d->nleg; l++)
        if (d->leg[l].rank == me)
            add_ghosts(&d->leg[l], a, a->f);
}

void halo_reverse_finish(Domain *d, Atoms *a)
{
    comm_batch_received(d->reverse);
    for (int l = 0; l < d->nleg; l++)
        for (int32_t n = 0; n < d->leg[l].nsend; n++)
            vec_axpy(1.0, d->leg[l].in_force[n], a->f[d->leg[l].send[n]]);
}

void halo_reverse(Domain *d, Atoms *a)
{
    halo_reverse_begin(d, a);
    halo_reverse_finish(d, a);
}

void halo_count(const Domain *d, int *neighbours, int64_t *atoms, int64_t *messages, int64_t *bytes)
{
    *neighbours = 0;
    *atoms = 0;
    for (int l = 0; l < d->nleg; l++) {
        if (d->leg[l].rank == comm_rank(d->comm))
            continue;
        *neighbours += 1;
        *atoms += d->leg[l].nrecv;
    }
    int64_t back, back_bytes;
    comm_batch_sent(d->forward, messages, bytes);
    comm_batch_sent(d->reverse, &back, &back_bytes);
    *messages += back;
    *bytes += back_bytes;
}
