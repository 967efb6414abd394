#include "app/neb_engine.h"

#include "base/mem.h"
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

void neb_engine_init(NebEngine *e, const Comm *c, const Sample *sample, const FfParameters *p,
                     const FfOptions *options, size_t images)
{
    *e = (NebEngine){.alone = comm_split(c, comm_rank(c)),
                     .sample = sample,
                     .p = *p,
                     .options = *options,
                     .images = images,
                     .domain = MEM_NEW(Domain *, images),
                     .atoms = MEM_NEW(Atoms, images),
                     .ff = MEM_NEW(Forcefield *, images)};
}

void neb_engine_clear(NebEngine *e)
{
    for (size_t i = 0; i < e->images; i++) {
        if (e->ff[i] != NULL)
            forcefield_free(e->ff[i]);
        if (e->domain[i] != NULL) {
            domain_free(e->domain[i]);
            atoms_clear(&e->atoms[i]);
        }
    }
    free(e->domain);
    free(e->atoms);
    free(e->ff);
    comm_free(e->alone);
}

static Err make(NebEngine *e, size_t image, const double x[])
{
    Sample s;
    sample_copy(&s, e->sample);
    memcpy(s.x, x, (size_t)s.n * sizeof s.x[0]);
    Err err = domain_new(e->alone, &s, e->options.cutoff + e->options.skin, &e->domain[image],
                         &e->atoms[image]);
    if (err == OK)
        err = forcefield_new(&e->p, &e->options, &s, e->domain[image], &e->atoms[image],
                             &e->ff[image]);
    if (err == OK)
        forcefield_want_virial(e->ff[image], false);
    sample_clear(&s);
    return err;
}

/* Positions into the box where each ion was wrapped to. */
static void place(const Domain *d, Atoms *a, const double x[])
{
    const Cell *cell = domain_cell(d);
    for (int32_t i = 0; i < a->nion; i++) {
        const double steps[3] = {a->image[i][0], a->image[i][1], a->image[i][2]};
        double shift[3];
        vec_times_mat(steps, cell->h, shift);
        for (int32_t k = a->ion_first[i]; k < a->ion_first[i + 1]; k++)
            vec_sub(&x[3 * a->id[k]], shift, a->x[k]);
    }
}

Err neb_engine_energy(void *data, size_t image, const double x[], double *energy, double force[])
{
    NebEngine *e = data;
    CHECK(image < e->images, "image %zu of %zu", image, e->images);
    if (e->ff[image] == NULL)
        TRY(make(e, image, x));
    Atoms *a = &e->atoms[image];
    FfResult r;
    place(e->domain[image], a, x);
    TRY(forcefield_compute(e->ff[image], e->domain[image], a, &r));
    double net[3] = {0.0, 0.0, 0.0};
    for (int32_t k = 0; k < a->nlocal; k++)
        memcpy(&force[3 * a->id[k]], a->f[k], sizeof a->f[k]);
    for (int64_t i = 0; i < e->sample->n; i++)
        vec_axpy(1.0 / (double)e->sample->n, &force[3 * i], net);
    for (int64_t i = 0; i < e->sample->n; i++)
        vec_axpy(-1.0, net, &force[3 * i]);
    *energy = r.energy;
    e->calls++;
    return OK;
}

static void project(const void *data, double vector[])
{
    rotor_lock_project(((const NebEngine *)data)->lock, vector);
}

NebProblem neb_engine_problem(NebEngine *e, const RotorLock *lock)
{
    e->lock = lock;
    return (NebProblem){.n = 3 * (size_t)e->sample->n,
                        .dims = 3,
                        .data = e,
                        .energy = neb_engine_energy,
                        .project = lock != NULL ? project : NULL};
}
