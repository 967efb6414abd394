#include "domain/inside.h"

#include "base/mem.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void atoms_reserve(Atoms *a, int32_t n)
{
    if (n <= a->capacity)
        return;
    int32_t m = n + n / 4 + 64;
    size_t old = (size_t)a->capacity, new = (size_t)m;
    a->id = mem_resize(a->id, old, new, sizeof *a->id);
    a->ion = mem_resize(a->ion, old, new, sizeof *a->ion);
    a->shift = mem_resize(a->shift, old, new, sizeof *a->shift);
    a->type = mem_resize(a->type, old, new, sizeof *a->type);
    a->q = mem_resize(a->q, old, new, sizeof *a->q);
    a->mass = mem_resize(a->mass, old, new, sizeof *a->mass);
    a->x = mem_resize(a->x, old, new, sizeof *a->x);
    a->v = mem_resize(a->v, old, new, sizeof *a->v);
    a->f = mem_resize(a->f, old, new, sizeof *a->f);
    a->capacity = m;
}

void atoms_reserve_ions(Atoms *a, int32_t n)
{
    if (n <= a->ion_capacity && a->ion_first != NULL)
        return;
    int32_t m = n + n / 4 + 16;
    size_t old = (size_t)a->ion_capacity, new = (size_t)m;
    a->ion_id = mem_resize(a->ion_id, old, new, sizeof *a->ion_id);
    a->ion_first =
        mem_resize(a->ion_first, a->ion_first != NULL ? old + 1 : 0, new + 1, sizeof *a->ion_first);
    a->ion_kind = mem_resize(a->ion_kind, old, new, sizeof *a->ion_kind);
    a->image = mem_resize(a->image, old, new, sizeof *a->image);
    a->orient = mem_resize(a->orient, old, new, sizeof *a->orient);
    a->spin = mem_resize(a->spin, old, new, sizeof *a->spin);
    a->ion_capacity = m;
}

void atoms_clear(Atoms *a)
{
    free(a->id);
    free(a->ion);
    free(a->shift);
    free(a->type);
    free(a->q);
    free(a->mass);
    free(a->x);
    free(a->v);
    free(a->f);
    free(a->ion_id);
    free(a->ion_first);
    free(a->ion_kind);
    free(a->image);
    free(a->orient);
    free(a->spin);
    memset(a, 0, sizeof *a);
}

int domain_rank_of(const Domain *d, const int place[3])
{
    int p[3];
    for (int k = 0; k < 3; k++)
        p[k] = ((place[k] % d->grid[k]) + d->grid[k]) % d->grid[k];
    return (p[0] * d->grid[1] + p[1]) * d->grid[2] + p[2];
}

int domain_owner(const Domain *d, const double s[3])
{
    int p[3];
    for (int k = 0; k < 3; k++) {
        p[k] = (int)(s[k] * d->grid[k]);
        p[k] = p[k] < 0 ? 0 : p[k] >= d->grid[k] ? d->grid[k] - 1 : p[k];
    }
    return domain_rank_of(d, p);
}

static Err check_width(const Cell *cell, double reach)
{
    double w[3];
    cell_widths(cell, w);
    for (int k = 0; k < 3; k++)
        if (w[k] < reach)
            return err_set(
                ERR_INPUT,
                "the cell is only %.3f A wide across face %d: it must be at least %.3f A "
                "(cut-off plus list buffer); use a larger supercell or a shorter cut-off",
                w[k], k + 1, reach);
    return OK;
}

/* Copy one ion of the sample; its centre goes into the box and its atoms with it. */
static void take_ion(Atoms *a, const Sample *sample, int64_t ion, const int image[3])
{
    int64_t first = sample->ion_first[ion], last = sample->ion_first[ion + 1];
    atoms_reserve(a, a->nlocal + (int32_t)(last - first));
    atoms_reserve_ions(a, a->nion + 1);
    int32_t m = a->nion++;
    a->ion_id[m] = ion;
    a->ion_first[m] = a->nlocal;
    a->ion_kind[m] = sample->ion_kind[ion];
    a->orient[m][0] = 1.0;
    double step[3];
    for (int k = 0; k < 3; k++)
        a->image[m][k] = image[k];
    vec_times_mat((double[3]){image[0], image[1], image[2]}, sample->cell.h, step);
    for (int64_t j = first; j < last; j++) {
        int32_t i = a->nlocal++;
        a->id[i] = j;
        a->ion[i] = ion;
        a->mass[i] = sample->species[sample->kind[j]]->mass;
        for (int k = 0; k < 3; k++) {
            a->x[i][k] = sample->x[j][k] - step[k];
            a->v[i][k] = sample->v[j][k];
        }
    }
    a->ion_first[a->nion] = a->nlocal;
}

Err domain_new(const Comm *c, const Sample *sample, double reach, Domain **domain, Atoms *atoms)
{
    *domain = NULL;
    memset(atoms, 0, sizeof *atoms);
    if (sample->nion < 1)
        return err_set(ERR_INPUT, "the sample holds no recognised ions");
    if (!(reach > 0.0) || !isfinite(reach))
        return err_set(ERR_INPUT, "the reach of the interactions is %g A; it must be positive",
                       reach);
    TRY(check_width(&sample->cell, reach)); /* the same on all ranks: no agreement needed */
    Domain *d = MEM_NEW(Domain, 1);
    d->comm = c;
    d->cell = sample->cell;
    d->reach = reach;
    d->natoms = sample->n;
    d->nions = sample->nion;
    double widths[3];
    cell_widths(&d->cell, widths);
    comm_grid(c, widths, d->grid);
    int r = comm_rank(c);
    d->place[2] = r % d->grid[2];
    d->place[1] = r / d->grid[2] % d->grid[1];
    d->place[0] = r / d->grid[2] / d->grid[1];
    atoms_reserve_ions(atoms, 1);
    for (int64_t ion = 0; ion < sample->nion; ion++) {
        double x[3], s[3];
        int image[3];
        memcpy(x, sample->x[sample->ion_first[ion]], sizeof x);
        cell_wrap(&d->cell, x, image);
        cell_to_fractional(&d->cell, x, s);
        if (domain_owner(d, s) == r)
            take_ion(atoms, sample, ion, image);
    }
    atoms->nnear = atoms->ntotal = atoms->nlocal;
    d->forward = comm_batch_new(c, COMM_GHOSTS);
    d->reverse = comm_batch_new(c, COMM_GHOST_FORCES);
    *domain = d;
    return OK;
}

void domain_free(Domain *d)
{
    if (d == NULL)
        return;
    halo_clear(d);
    free(d->leg);
    free(d->step);
    free(d->move);
    comm_batch_free(d->forward);
    comm_batch_free(d->reverse);
    free(d);
}

const Comm *domain_comm(const Domain *d)
{
    return d->comm;
}

const Cell *domain_cell(const Domain *d)
{
    return &d->cell;
}

void domain_grid(const Domain *d, int grid[3])
{
    memcpy(grid, d->grid, sizeof d->grid);
}

int64_t domain_natoms(const Domain *d)
{
    return d->natoms;
}

int64_t domain_nions(const Domain *d)
{
    return d->nions;
}

double domain_reach(const Domain *d)
{
    return d->reach;
}

Err domain_set_cell(Domain *d, const double h[3][3])
{
    Cell cell;
    TRY(cell_init(&cell, h));
    TRY(check_width(&cell, d->reach));
    d->cell = cell;
    return OK;
}

typedef struct AtomState {
    int64_t id;
    double x[3], v[3];
} AtomState;

typedef struct IonState {
    int64_t id;
    double orient[4], spin[3];
} IonState;

static void gather_atoms(const Domain *d, const Atoms *a, double (*x)[3], double (*v)[3])
{
    AtomState *mine = MEM_NEW(AtomState, a->nlocal + 1);
    for (int32_t m = 0; m < a->nion; m++) {
        double step[3];
        vec_times_mat((double[3]){a->image[m][0], a->image[m][1], a->image[m][2]}, d->cell.h, step);
        for (int32_t i = a->ion_first[m]; i < a->ion_first[m + 1]; i++) {
            mine[i].id = a->id[i];
            for (int k = 0; k < 3; k++) {
                mine[i].x[k] = a->x[i][k] + step[k];
                mine[i].v[k] = a->v[i][k];
            }
        }
    }
    size_t total;
    AtomState *all = comm_allgatherv(d->comm, (size_t)a->nlocal * sizeof *mine, mine, &total, NULL);
    for (size_t i = 0; i < total / sizeof *all; i++) {
        if (x != NULL)
            memcpy(x[all[i].id], all[i].x, sizeof all[i].x);
        if (v != NULL)
            memcpy(v[all[i].id], all[i].v, sizeof all[i].v);
    }
    free(all);
    free(mine);
}

static void gather_ions(const Domain *d, const Atoms *a, double (*orient)[4], double (*spin)[3])
{
    IonState *mine = MEM_NEW(IonState, a->nion + 1);
    for (int32_t m = 0; m < a->nion; m++) {
        mine[m].id = a->ion_id[m];
        memcpy(mine[m].orient, a->orient[m], sizeof mine[m].orient);
        memcpy(mine[m].spin, a->spin[m], sizeof mine[m].spin);
    }
    size_t total;
    IonState *all = comm_allgatherv(d->comm, (size_t)a->nion * sizeof *mine, mine, &total, NULL);
    for (size_t m = 0; m < total / sizeof *all; m++) {
        if (orient != NULL)
            memcpy(orient[all[m].id], all[m].orient, sizeof all[m].orient);
        if (spin != NULL)
            memcpy(spin[all[m].id], all[m].spin, sizeof all[m].spin);
    }
    free(all);
    free(mine);
}

void domain_gather(const Domain *d, const Atoms *a, double (*x)[3], double (*v)[3],
                   double (*orient)[4], double (*spin)[3])
{
    if (x != NULL || v != NULL)
        gather_atoms(d, a, x, v);
    if (orient != NULL || spin != NULL)
        gather_ions(d, a, orient, spin);
}
