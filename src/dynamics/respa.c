#include "dynamics/respa.h"

#include "base/mem.h"
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

void respa_init(Respa *r, int steps)
{
    *r = (Respa){.steps = steps};
}

void respa_clear(Respa *r)
{
    free(r->f);
    *r = (Respa){0};
}

void respa_forces(Respa *r, const Forcefield *ff, const Atoms *a)
{
    if (a->nlocal > r->capacity) {
        free(r->f);
        r->capacity = a->capacity;
        r->f = mem_new((size_t)r->capacity, sizeof *r->f);
    }
    r->energy = (Exact){0};
    forcefield_bonded(ff, a, r->f, &r->energy);
}

void respa_virial(Respa *r, const Atoms *a)
{
    memset(r->virial, 0, sizeof r->virial);
    for (int32_t i = 0; i < a->nion; i++) {
        int32_t first = a->ion_first[i];
        double w[6] = {0.0};
        for (int32_t k = first + 1; k < a->ion_first[i + 1]; k++) {
            double d[3];
            const double *f = r->f[k];
            vec_sub(a->x[k], a->x[first], d);
            w[0] += d[0] * f[0];
            w[1] += d[1] * f[1];
            w[2] += d[2] * f[2];
            w[3] += d[0] * f[1];
            w[4] += d[0] * f[2];
            w[5] += d[1] * f[2];
        }
        for (int n = 0; n < 6; n++)
            exact_add(&r->virial[n], w[n]);
    }
}

void respa_kick(const Respa *r, Atoms *a, double dt)
{
    for (int32_t k = 0; k < a->nlocal; k++)
        vec_axpy(dt / a->mass[k], r->f[k], a->v[k]);
}
