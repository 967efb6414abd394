#include "domain/snapshot.h"

#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"
#include "model/tetrahedron.h"

#include <stdlib.h>
#include <string.h>

/* BH4 ions come after all Mg (sample.h). */
static int64_t first_bh4(const Sample *s)
{
    int64_t count[ION_KINDS];
    sample_count(s, count);
    return count[ION_MG];
}

void snapshot_of_sample(const Sample *s, bool velocities, bool orientations, Snapshot *out)
{
    *out = (Snapshot){0};
    if (velocities) {
        out->v = mem_new((size_t)s->n, sizeof out->v[0]);
        for (int64_t i = 0; i < s->n; i++)
            for (int k = 0; k < 3; k++)
                out->v[i][k] = s->v[i][k] / UNITS_TIME_PS;
    }
    int64_t mg = first_bh4(s), bh4 = orientations ? s->nion - mg : 0;
    out->centre = mem_new((size_t)bh4, sizeof out->centre[0]);
    out->orient = mem_new((size_t)bh4, sizeof out->orient[0]);
    for (int64_t m = 0; m < bh4; m++) {
        int64_t first = s->ion_first[mg + m];
        double mass[5];
        for (int k = 0; k < 5; k++)
            mass[k] = s->species[s->kind[first + k]]->mass;
        tetrahedron_pose((const double(*)[3])s->x + first, mass, out->centre[m], out->orient[m]);
    }
    out->frame = (H5mdFrame){.h = (const double(*)[3])s->cell.h,
                             .n = s->n,
                             .x = (const double(*)[3])s->x,
                             .v = (const double(*)[3])out->v,
                             .nbh4 = bh4,
                             .centre = (const double(*)[3])out->centre,
                             .orient = (const double(*)[4])out->orient};
}

/* ---- over the ranks ---- */

typedef struct Place {
    int64_t id;
    double x[3], v[3];
} Place;

typedef struct Pose {
    int64_t id; /* among the BH4 */
    double centre[3], orient[4];
} Pose;

/* Blocks of n items over the ranks: rank r has blocks [B r / R, B (r + 1) / R). */
typedef struct Dealt {
    int64_t n, block, blocks, ranks;
} Dealt;

static Dealt deal(const Comm *c, int64_t n, int64_t block)
{
    return (Dealt){n, block, (n + block - 1) / block, comm_size(c)};
}

static int64_t dealt_first(const Dealt *d, int64_t rank)
{
    int64_t first = d->blocks * rank / d->ranks * d->block;
    return first < d->n ? first : d->n;
}

static int64_t dealt_rank(const Dealt *d, int64_t item)
{
    int64_t block = item / d->block; /* the lowest r with B (r + 1) / R > block */
    return ((block + 1) * d->ranks + d->blocks - 1) / d->blocks - 1;
}

/* Items of `size` bytes that begin with their id go to the ranks of their blocks; new block of *n items. */
static void *send_items(const Comm *c, const Dealt *d, size_t n, size_t size, const void *items,
                        size_t *received)
{
    size_t ranks = (size_t)comm_size(c), *nsend = MEM_NEW(size_t, ranks),
           *nrecv = MEM_NEW(size_t, ranks), *at = MEM_NEW(size_t, ranks);
    const char *from = items;
    char *sorted = mem_new(n + 1, size);
    for (size_t i = 0; i < n; i++) {
        int64_t id;
        memcpy(&id, from + i * size, sizeof id);
        nsend[dealt_rank(d, id)] += size;
    }
    for (size_t r = 1; r < ranks; r++)
        at[r] = at[r - 1] + nsend[r - 1];
    for (size_t i = 0; i < n; i++) {
        int64_t id;
        memcpy(&id, from + i * size, sizeof id);
        size_t *to = &at[dealt_rank(d, id)];
        memcpy(sorted + *to, from + i * size, size);
        *to += size;
    }
    void *mine = comm_alltoallv(c, nsend, sorted, nrecv);
    *received = 0;
    for (size_t r = 0; r < ranks; r++)
        *received += nrecv[r] / size;
    free(nsend);
    free(nrecv);
    free(at);
    free(sorted);
    return mine;
}

/* Owned atoms, unwrapped as domain_gather does it. */
static Place *own_places(const Domain *d, const Atoms *a)
{
    Place *mine = MEM_NEW(Place, a->nlocal + 1);
    for (int32_t m = 0; m < a->nion; m++) {
        double step[3];
        vec_times_mat((double[3]){a->image[m][0], a->image[m][1], a->image[m][2]},
                      domain_cell(d)->h, step);
        for (int32_t i = a->ion_first[m]; i < a->ion_first[m + 1]; i++) {
            mine[i].id = a->id[i];
            for (int k = 0; k < 3; k++) {
                mine[i].x[k] = a->x[i][k] + step[k];
                mine[i].v[k] = a->v[i][k] / UNITS_TIME_PS;
            }
        }
    }
    return mine;
}

static Pose *own_poses(const Atoms *a, const Place *places, int64_t mg, size_t *n)
{
    Pose *mine = MEM_NEW(Pose, a->nion + 1);
    *n = 0;
    for (int32_t m = 0; m < a->nion; m++) {
        if (a->ion_kind[m] != ION_BH4)
            continue;
        double x[5][3], mass[5];
        int32_t first = a->ion_first[m];
        for (int k = 0; k < 5; k++) {
            memcpy(x[k], places[first + k].x, sizeof x[k]);
            mass[k] = a->mass[first + k];
        }
        Pose *p = &mine[(*n)++];
        p->id = a->ion_id[m] - mg;
        tetrahedron_pose((const double(*)[3])x, mass, p->centre, p->orient);
    }
    return mine;
}

static void take_places(const Comm *c, const Dealt *dealt, size_t n, const Place *mine,
                        bool velocities, Snapshot *out)
{
    H5mdFrame *f = &out->frame;
    f->first = dealt_first(dealt, comm_rank(c));
    f->n = dealt_first(dealt, comm_rank(c) + 1) - f->first;
    out->x = mem_new((size_t)f->n, sizeof out->x[0]);
    if (velocities)
        out->v = mem_new((size_t)f->n, sizeof out->v[0]);
    size_t received;
    Place *got = send_items(c, dealt, n, sizeof *mine, mine, &received);
    CHECK((int64_t)received == f->n, "%zu atoms for a block of %lld", received, (long long)f->n);
    for (size_t i = 0; i < received; i++) {
        memcpy(out->x[got[i].id - f->first], got[i].x, sizeof got[i].x);
        if (velocities)
            memcpy(out->v[got[i].id - f->first], got[i].v, sizeof got[i].v);
    }
    free(got);
    f->x = (const double(*)[3])out->x;
    f->v = (const double(*)[3])out->v;
}

static void take_poses(const Comm *c, const Dealt *dealt, size_t n, const Pose *mine, Snapshot *out)
{
    H5mdFrame *f = &out->frame;
    f->first_bh4 = dealt_first(dealt, comm_rank(c));
    f->nbh4 = dealt_first(dealt, comm_rank(c) + 1) - f->first_bh4;
    out->centre = mem_new((size_t)f->nbh4, sizeof out->centre[0]);
    out->orient = mem_new((size_t)f->nbh4, sizeof out->orient[0]);
    size_t received;
    Pose *got = send_items(c, dealt, n, sizeof *mine, mine, &received);
    CHECK((int64_t)received == f->nbh4, "%zu ions for a block of %lld", received,
          (long long)f->nbh4);
    for (size_t i = 0; i < received; i++) {
        memcpy(out->centre[got[i].id - f->first_bh4], got[i].centre, sizeof got[i].centre);
        memcpy(out->orient[got[i].id - f->first_bh4], got[i].orient, sizeof got[i].orient);
    }
    free(got);
    f->centre = (const double(*)[3])out->centre;
    f->orient = (const double(*)[4])out->orient;
}

void snapshot_of_domain(const Domain *d, const Atoms *a, const Sample *topology, bool velocities,
                        bool orientations, int64_t block, Snapshot *out)
{
    const Comm *c = domain_comm(d);
    int64_t mg = first_bh4(topology);
    *out = (Snapshot){.frame = {.h = domain_cell(d)->h}};
    Place *places = own_places(d, a);
    Dealt atoms = deal(c, domain_natoms(d), block);
    take_places(c, &atoms, (size_t)a->nlocal, places, velocities, out);
    if (orientations) {
        size_t n;
        Pose *poses = own_poses(a, places, mg, &n);
        Dealt ions = deal(c, domain_nions(d) - mg, block);
        take_poses(c, &ions, n, poses, out);
        free(poses);
    }
    free(places);
}

void snapshot_clear(Snapshot *s)
{
    free(s->x);
    free(s->v);
    free(s->centre);
    free(s->orient);
    *s = (Snapshot){0};
}

/* ---- what does not change ---- */

void snapshot_topology(const Sample *s, const double charges[], H5mdTopology *t)
{
    const char **symbols = MEM_NEW(const char *, s->n);
    double *mass = MEM_NEW(double, s->n);
    int64_t *ion = MEM_NEW(int64_t, s->n), (*bonds)[2] = mem_new((size_t)s->n, sizeof *bonds);
    int64_t *bh4 = MEM_NEW(int64_t, s->nion);
    *t = (H5mdTopology){.n = s->n,
                        .symbols = symbols,
                        .mass = mass,
                        .charge = charges,
                        .ion = ion,
                        .bonds = (const int64_t(*)[2])bonds,
                        .bh4 = bh4};
    for (int64_t m = 0; m < s->nion; m++) {
        if (s->ion_kind[m] == ION_BH4)
            bh4[t->nbh4++] = m;
        for (int64_t i = s->ion_first[m]; i < s->ion_first[m + 1]; i++) {
            symbols[i] = s->species[s->kind[i]]->symbol;
            mass[i] = s->species[s->kind[i]]->mass;
            ion[i] = m;
            if (i > s->ion_first[m]) {
                bonds[t->nbond][0] = s->ion_first[m];
                bonds[t->nbond++][1] = i;
            }
        }
    }
}

void snapshot_topology_clear(H5mdTopology *t)
{
    free((void *)t->symbols);
    free((void *)t->mass);
    free((void *)t->ion);
    free((void *)t->bonds);
    free((void *)t->bh4);
    *t = (H5mdTopology){0};
}
