/* What a restart needs, and how an uninterrupted run passes through the same state. Declared in
 * dynamics.h. */
#include "dynamics/body.h"
#include "dynamics/inside.h"

#include <string.h>

enum { SAVED = 8 };

size_t dynamics_save(const Dynamics *dyn, double blob[256])
{
    const DynamicsState *s = &dyn->state;
    const double saved[SAVED] = {(double)s->step,         s->time,        s->heat,
                                 s->barostat_work,        s->shear_work,  dyn->start_time,
                                 (double)dyn->start_step, dyn->o.timestep};
    memcpy(blob, saved, sizeof saved);
    return SAVED;
}

void dynamics_load(Dynamics *dyn, size_t n, const double blob[])
{
    CHECK(n == SAVED, "%zu numbers in a saved state of %d", n, SAVED);
    DynamicsState *s = &dyn->state;
    s->step = (int64_t)blob[0];
    s->heat = blob[2];
    s->barostat_work = blob[3];
    s->shear_work = blob[4];
    bool same_timestep = blob[7] == dyn->o.timestep;
    dyn->start_time = same_timestep ? blob[5] : blob[1];
    dyn->start_step = same_timestep ? (int64_t)blob[6] : s->step;
    bool want = dyn->want_energy; /* dynamics_restore has computed it */
    dyn->want_energy = true;
    inside_account(dyn);
    dyn->want_energy = want;
}

/* One owned ion from the arrays, wrapped into the box with its image counted */
static void restore_ion(Dynamics *dyn, int32_t i, const double (*x)[3], const double (*v)[3])
{
    Atoms *a = dyn->atoms;
    int32_t first = a->ion_first[i];
    double moved[3];
    memcpy(moved, x[a->id[first]], sizeof moved);
    cell_wrap(domain_cell(dyn->domain), moved, a->image[i]);
    vec_sub(moved, x[a->id[first]], moved);
    for (int32_t k = first; k < a->ion_first[i + 1]; k++) {
        memcpy(a->x[k], x[a->id[k]], sizeof a->x[k]);
        memcpy(a->v[k], v[a->id[k]], sizeof a->v[k]);
        vec_axpy(1.0, moved, a->x[k]);
    }
}

Err dynamics_restore(Dynamics *dyn, const double (*x)[3], const double (*v)[3],
                     const double (*orient)[4], const double (*spin)[3])
{
    Atoms *a = dyn->atoms;
    for (int32_t i = 0; i < a->nion; i++) {
        restore_ion(dyn, i, x, v);
        memcpy(a->orient[i], orient[a->ion_id[i]], sizeof a->orient[i]);
        memcpy(a->spin[i], spin[a->ion_id[i]], sizeof a->spin[i]);
    }
    verlet_derive(&dyn->verlet, a);
    forcefield_invalidate(dyn->ff);
    bool want = dyn->want_energy;
    dyn->want_energy = true;
    Err err = inside_forces(dyn);
    if (err != OK)
        return err_prefix(err, "restored state");
    InsideSums sums = {0};
    inside_settle(dyn, 0.0, &sums);
    inside_account(dyn);
    dyn->want_energy = want;
    return OK;
}

Err dynamics_checkpoint_sync(Dynamics *dyn, double (*x)[3], double (*v)[3], double (*orient)[4],
                             double (*spin)[3])
{
    domain_gather(dyn->domain, dyn->atoms, x, v, orient, spin);
    return dynamics_restore(dyn, (const double(*)[3])x, (const double(*)[3])v,
                            (const double(*)[4])orient, (const double(*)[3])spin);
}
