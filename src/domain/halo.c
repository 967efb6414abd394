/* Ghosts: which copies of atoms a rank needs, and how their positions and forces travel.
 *
 * In each direction in turn a rank hands its neighbour above all atoms less than `width` below the
 * common face, and its neighbour below all those less than `width` above it; ghosts brought by
 * earlier directions go along, so edges and corners come by forwarding. If bricks are narrower than
 * `width`, what arrived is handed on (several hops). With one brick in a direction the neighbour is
 * this rank itself, and the same code makes the periodic copies. An H of an owned BH4 may stick out
 * of the brick by the length of a bond; the ghost width is enlarged by the largest such distance in
 * the sample, so no owned atom misses a neighbour.
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
    int32_t type;
    int8_t shift[3];
} Ghost;

void halo_clear(Domain *d)
{
    for (int l = 0; l < d->nleg; l++)
        free(d->leg[l].send);
    d->nleg = 0;
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

static Leg *new_leg(Domain *d)
{
    if (d->nleg == d->leg_capacity) {
        int m = 2 * d->leg_capacity + 6;
        d->leg = mem_resize(d->leg, (size_t)d->leg_capacity, (size_t)m, sizeof *d->leg);
        d->leg_capacity = m;
    }
    Leg *leg = &d->leg[d->nleg++];
    memset(leg, 0, sizeof *leg);
    return leg;
}

/* Atoms of [first, last) that are beyond `face` in direction `up` (+1 or -1) along dim. */
static void choose(const Domain *d, const Atoms *a, Leg *leg, int up, double face, int32_t first,
                   int32_t last)
{
    leg->send = MEM_NEW(int32_t, last > first ? last - first : 1);
    for (int32_t i = first; i < last; i++) {
        double s = 0.0;
        for (int k = 0; k < 3; k++)
            s += a->x[i][k] * d->cell.inv[k][leg->dim];
        if (up > 0 ? s >= face : s <= face)
            leg->send[leg->nsend++] = i;
    }
}

static void fetch(const Domain *d, Atoms *a, Leg *leg)
{
    Ghost *out = MEM_NEW(Ghost, leg->nsend + 1);
    for (int32_t n = 0; n < leg->nsend; n++) {
        int32_t i = leg->send[n];
        Ghost *g = &out[n];
        g->id = a->id[i];
        g->ion = a->ion[i];
        g->type = a->type[i];
        g->q = a->q[i];
        for (int k = 0; k < 3; k++) {
            g->x[k] = a->x[i][k] + leg->shift * d->cell.h[leg->dim][k];
            g->shift[k] = a->shift[i][k];
        }
        g->shift[leg->dim] = (int8_t)(g->shift[leg->dim] + leg->shift);
    }
    size_t bytes;
    Ghost *in =
        comm_sendrecv(d->comm, leg->dst, (size_t)leg->nsend * sizeof *out, out, leg->src, &bytes);
    leg->nrecv = (int32_t)(bytes / sizeof *in);
    leg->first = a->ntotal;
    atoms_reserve(a, a->ntotal + leg->nrecv);
    for (int32_t n = 0; n < leg->nrecv; n++) {
        int32_t i = a->ntotal++;
        a->id[i] = in[n].id;
        a->ion[i] = in[n].ion;
        a->type[i] = in[n].type;
        a->q[i] = in[n].q;
        memcpy(a->x[i], in[n].x, sizeof in[n].x);
        memcpy(a->shift[i], in[n].shift, sizeof in[n].shift);
    }
    free(in);
    free(out);
}

/* All hops along one dimension in one direction. */
static void exchange(Domain *d, Atoms *a, int dim, int up, double width, int hops, int32_t nbase)
{
    int above[3], below[3];
    memcpy(above, d->place, sizeof above);
    memcpy(below, d->place, sizeof below);
    above[dim] += up;
    below[dim] -= up;
    int edge = up > 0 ? d->grid[dim] - 1 : 0;
    double brick = 1.0 / d->grid[dim];
    double face = up > 0 ? (d->place[dim] + 1) * brick - width : d->place[dim] * brick + width;
    int32_t first = 0, last = nbase;
    for (int hop = 0; hop < hops; hop++) {
        Leg *leg = new_leg(d);
        leg->dim = dim;
        leg->dst = domain_rank_of(d, above);
        leg->src = domain_rank_of(d, below);
        leg->shift = d->place[dim] == edge ? -up : 0;
        choose(d, a, leg, up, face, first, last);
        fetch(d, a, leg);
        first = leg->first;
        last = a->ntotal;
    }
}

void halo_build(Domain *d, Atoms *a)
{
    halo_clear(d);
    a->ntotal = a->nlocal;
    memset(a->shift, 0, (size_t)a->nlocal * sizeof *a->shift);
    double widths[3], out = overhang(d, a);
    cell_widths(&d->cell, widths);
    for (int dim = 0; dim < 3; dim++) {
        double width = (d->reach + out) * (1.0 + 1e-12) / widths[dim];
        int hops = (int)ceil((width + out / widths[dim]) * d->grid[dim]);
        int32_t nbase = a->ntotal;
        exchange(d, a, dim, +1, width, hops, nbase);
        exchange(d, a, dim, -1, width, hops, nbase);
    }
    int32_t rows = 1;
    for (int l = 0; l < d->nleg; l++) {
        rows = d->leg[l].nsend > rows ? d->leg[l].nsend : rows;
        rows = d->leg[l].nrecv > rows ? d->leg[l].nrecv : rows;
    }
    if (rows > d->buffer_rows) {
        free(d->buffer);
        d->buffer_rows = rows + rows / 4;
        d->buffer = mem_new(2 * (size_t)d->buffer_rows, sizeof *d->buffer);
    }
}

void halo_forward(const Domain *d, Atoms *a)
{
    for (int l = 0; l < d->nleg; l++) {
        const Leg *leg = &d->leg[l];
        const double *h = d->cell.h[leg->dim];
        double step[3] = {leg->shift * h[0], leg->shift * h[1], leg->shift * h[2]};
        for (int32_t n = 0; n < leg->nsend; n++)
            for (int k = 0; k < 3; k++)
                d->buffer[n][k] = a->x[leg->send[n]][k] + step[k];
        comm_exchange(d->comm, leg->dst, (size_t)leg->nsend * sizeof *d->buffer, d->buffer,
                      leg->src, (size_t)leg->nrecv * sizeof *a->x, a->x + leg->first);
    }
}

void halo_reverse(const Domain *d, Atoms *a)
{
    double(*in)[3] = d->buffer;
    for (int l = d->nleg - 1; l >= 0; l--) {
        const Leg *leg = &d->leg[l];
        comm_exchange(d->comm, leg->src, (size_t)leg->nrecv * sizeof *a->f, a->f + leg->first,
                      leg->dst, (size_t)leg->nsend * sizeof *in, in);
        for (int32_t n = 0; n < leg->nsend; n++)
            vec_axpy(1.0, in[n], a->f[leg->send[n]]);
    }
}
