/* Ions change hands. All ions of a rank, also those that stay, go through one personal exchange and
 * are then put in order of their id: a migration happens every ten or more steps, and one path is
 * easier to trust. */
#include "domain/inside.h"

#include "base/mem.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct IonRecord { /* followed by natom AtomRecords */
    int64_t id;
    double orient[4], spin[3];
    int32_t image[3], kind, natom, padding;
} IonRecord;

typedef struct AtomRecord {
    int64_t id;
    double x[3], v[3], q, mass;
    int32_t type, padding;
} AtomRecord;

typedef struct IonPlace {
    int64_t id;
    const char *record;
} IonPlace;

/* Put centres into the box; ERR_NUMERICAL if a position is not finite (that ion is left alone). */
static Err wrap(const Domain *d, Atoms *a)
{
    Err e = OK;
    for (int32_t m = 0; m < a->nion; m++) {
        bool finite = true;
        for (int32_t i = a->ion_first[m]; i < a->ion_first[m + 1]; i++)
            for (int k = 0; k < 3; k++)
                finite = finite && fabs(a->x[i][k]) < 1e9;
        if (!finite) {
            e = err_set(
                ERR_NUMERICAL,
                "the position of ion %lld (atom %lld) is not finite: the run has blown up; a "
                "shorter time step or a better start structure is needed",
                (long long)a->ion_id[m] + 1, (long long)a->id[a->ion_first[m]] + 1);
            continue;
        }
        double x[3], step[3];
        int image[3];
        memcpy(x, a->x[a->ion_first[m]], sizeof x);
        cell_wrap(&d->cell, x, image);
        if (image[0] == 0 && image[1] == 0 && image[2] == 0)
            continue;
        vec_times_mat((double[3]){image[0], image[1], image[2]}, d->cell.h, step);
        for (int k = 0; k < 3; k++)
            a->image[m][k] += image[k];
        for (int32_t i = a->ion_first[m]; i < a->ion_first[m + 1]; i++)
            vec_axpy(-1.0, step, a->x[i]);
    }
    return e;
}

static size_t record_size(const Atoms *a, int32_t m)
{
    return sizeof(IonRecord) + (size_t)(a->ion_first[m + 1] - a->ion_first[m]) * sizeof(AtomRecord);
}

static void pack(const Atoms *a, int32_t m, char *to)
{
    IonRecord ion = {.id = a->ion_id[m],
                     .kind = (int32_t)a->ion_kind[m],
                     .natom = a->ion_first[m + 1] - a->ion_first[m]};
    memcpy(ion.orient, a->orient[m], sizeof ion.orient);
    memcpy(ion.spin, a->spin[m], sizeof ion.spin);
    memcpy(ion.image, a->image[m], sizeof ion.image);
    memcpy(to, &ion, sizeof ion);
    to += sizeof ion;
    for (int32_t i = a->ion_first[m]; i < a->ion_first[m + 1]; i++, to += sizeof(AtomRecord)) {
        AtomRecord atom = {.id = a->id[i], .q = a->q[i], .mass = a->mass[i], .type = a->type[i]};
        memcpy(atom.x, a->x[i], sizeof atom.x);
        memcpy(atom.v, a->v[i], sizeof atom.v);
        memcpy(to, &atom, sizeof atom);
    }
}

static void unpack(Atoms *a, const char *from)
{
    IonRecord ion;
    memcpy(&ion, from, sizeof ion);
    from += sizeof ion;
    int32_t m = a->nion++;
    a->ion_id[m] = ion.id;
    a->ion_kind[m] = (IonKind)ion.kind;
    memcpy(a->orient[m], ion.orient, sizeof ion.orient);
    memcpy(a->spin[m], ion.spin, sizeof ion.spin);
    memcpy(a->image[m], ion.image, sizeof ion.image);
    a->ion_first[m] = a->nlocal;
    for (int32_t n = 0; n < ion.natom; n++, from += sizeof(AtomRecord)) {
        AtomRecord atom;
        memcpy(&atom, from, sizeof atom);
        int32_t i = a->nlocal++;
        a->id[i] = atom.id;
        a->ion[i] = ion.id;
        a->type[i] = atom.type;
        a->q[i] = atom.q;
        a->mass[i] = atom.mass;
        memcpy(a->x[i], atom.x, sizeof atom.x);
        memcpy(a->v[i], atom.v, sizeof atom.v);
    }
    a->ion_first[a->nion] = a->nlocal;
}

/* All ions as records, sorted by destination. Returns the block; nsend[rank] its bytes for each. */
static char *pack_all(const Domain *d, const Atoms *a, size_t nsend[])
{
    int size = comm_size(d->comm);
    int *owner = MEM_NEW(int, a->nion + 1);
    size_t *at = MEM_NEW(size_t, size + 1);
    for (int32_t m = 0; m < a->nion; m++) {
        double s[3];
        cell_to_fractional(&d->cell, a->x[a->ion_first[m]], s);
        owner[m] = domain_owner(d, s);
        nsend[owner[m]] += record_size(a, m);
    }
    for (int r = 0; r < size; r++)
        at[r + 1] = at[r] + nsend[r];
    char *block = mem_new(at[size] + 1, 1);
    for (int32_t m = 0; m < a->nion; m++) {
        pack(a, m, block + at[owner[m]]);
        at[owner[m]] += record_size(a, m);
    }
    free(at);
    free(owner);
    return block;
}

static int by_id(const void *a, const void *b)
{
    int64_t x = ((const IonPlace *)a)->id, y = ((const IonPlace *)b)->id;
    return (x > y) - (x < y);
}

static void unpack_all(Atoms *a, const char *block, size_t bytes)
{
    int32_t nion = 0, natom = 0;
    IonRecord ion;
    for (size_t at = 0; at < bytes; at += sizeof ion + (size_t)ion.natom * sizeof(AtomRecord)) {
        memcpy(&ion, block + at, sizeof ion);
        nion++;
        natom += ion.natom;
    }
    IonPlace *place = MEM_NEW(IonPlace, nion + 1);
    size_t at = 0;
    for (int32_t m = 0; m < nion; m++) {
        memcpy(&ion, block + at, sizeof ion);
        place[m] = (IonPlace){ion.id, block + at};
        at += sizeof ion + (size_t)ion.natom * sizeof(AtomRecord);
    }
    qsort(place, (size_t)nion, sizeof *place, by_id);
    a->nlocal = a->nion = 0;
    atoms_reserve(a, natom);
    atoms_reserve_ions(a, nion);
    a->ion_first[0] = 0;
    for (int32_t m = 0; m < nion; m++)
        unpack(a, place[m].record);
    a->nnear = a->ntotal = a->nlocal;
    free(place);
}

Err domain_migrate(Domain *d, Atoms *a)
{
    Err e = comm_agree(d->comm, wrap(d, a));
    if (e != OK)
        return e;
    int size = comm_size(d->comm);
    size_t *count = MEM_NEW(size_t, 2 * size), *nsend = count, *nrecv = count + size;
    char *out = pack_all(d, a, nsend);
    char *in = comm_alltoallv(d->comm, nsend, out, nrecv);
    size_t bytes = 0;
    for (int r = 0; r < size; r++)
        bytes += nrecv[r];
    unpack_all(a, in, bytes);
    free(in);
    free(out);
    free(count);
    int64_t total = a->nion;
    comm_sum_i64(d->comm, 1, &total);
    if (total != d->nions) /* the same on all ranks */
        return err_set(ERR_NUMERICAL, "%lld ions after migration, there should be %lld",
                       (long long)total, (long long)d->nions);
    halo_build(d, a);
    return OK;
}
