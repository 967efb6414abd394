#include "sampling/energy.h"

#include "base/mem.h"
#include "base/vec.h"
#include "force/bonded.h"

#include <stdlib.h>
#include <string.h>

static void own_ions(const EnergyModel *m, const Bodies *b, int32_t *first, int32_t *last)
{
    int64_t from, count;
    comm_block(m->comm, b->nion, &from, &count);
    *first = (int32_t)from;
    *last = (int32_t)(from + count);
}

/* Atoms of an ion relative to its centre; the longest of them is returned. */
static double relative(const Bodies *b, int32_t ion, double r[BODY_ATOMS][3])
{
    double most = 0.0;
    for (int i = 0; i < bodies_atoms(b, ion); i++) {
        vec_sub(b->x[b->first[ion] + i], b->x[b->first[ion]], r[i]);
        most = fmax(most, vec_norm(r[i]));
    }
    return most;
}

double energy_pairs(EnergyModel *m, const Bodies *b)
{
    Exact sum = {0, 0};
    int32_t first, last;
    own_ions(m, b, &first, &last);
    for (int32_t k = first; k < last; k++) {
        double r[BODY_ATOMS][3];
        double radius = relative(b, k, r);
        local_gather(&m->local, b, b->centre[k], radius, k, -1, LOCAL_ALL, &m->env);
        exact_add(&sum, 0.5 * local_energy(&m->local, &m->env, bodies_atoms(b, k),
                                           b->type + b->first[k], (const double(*)[3])r));
    }
    comm_sum_exact(m->comm, 1, &sum);
    return exact_value(sum);
}

/* One ion as the terms of force/ want it; f is added to. */
static double inner(const EnergyModel *m, const Bodies *b, int32_t ion, double (*f)[3])
{
    int32_t first[2] = {0, bodies_atoms(b, ion)};
    IonKind kind = b->kind[ion];
    Atoms a = {.nlocal = first[1],
               .ntotal = first[1],
               .q = b->q + b->first[ion],
               .x = b->x + b->first[ion],
               .f = f,
               .nion = 1,
               .ion_first = first,
               .ion_kind = &kind};
    double energy = 0.0;
    pair_excluded(&m->local.table, &a, &energy);
    Exact bonded = {0, 0};
    if (!m->rigid)
        bonded_compute(m->p, &a, &bonded);
    return energy + exact_value(bonded);
}

double energy_inner(const EnergyModel *m, const Bodies *b)
{
    Exact sum = {0, 0};
    int32_t first, last;
    own_ions(m, b, &first, &last);
    for (int32_t k = first; k < last; k++) {
        double f[BODY_ATOMS][3] = {{0.0}};
        exact_add(&sum, inner(m, b, k, f));
    }
    comm_sum_exact(m->comm, 1, &sum);
    return exact_value(sum);
}

void energy_forces(EnergyModel *m, const Bodies *b, double (*f)[3])
{
    int32_t first, last;
    own_ions(m, b, &first, &last);
    double *s = MEM_NEW(double, 2 * waves_count(m->waves));
    waves_get_all(m->waves, s);
    size_t base = (size_t)b->first[first], atoms = (size_t)b->first[last] - base, bytes;
    double(*own)[3] = mem_new(atoms + 1, sizeof *own);
    for (int32_t k = first; k < last; k++) {
        double r[BODY_ATOMS][3], (*mine)[3] = own + ((size_t)b->first[k] - base);
        double radius = relative(b, k, r);
        local_gather(&m->local, b, b->centre[k], radius, k, -1, LOCAL_ALL, &m->env);
        local_forces(&m->local, &m->env, bodies_atoms(b, k), b->type + b->first[k],
                     (const double(*)[3])r, mine);
        inner(m, b, k, mine);
        for (int i = 0; i < bodies_atoms(b, k); i++) {
            size_t atom = (size_t)b->first[k] + (size_t)i;
            waves_force(m->waves, &b->cell, s, b->q[atom], b->x[atom], mine[i]);
        }
    }
    double(*all)[3] = comm_allgatherv(m->comm, atoms * sizeof *own, own, &bytes, NULL);
    memcpy(f, all, (size_t)b->n * sizeof *f);
    free(all);
    free(own);
    free(s);
}
