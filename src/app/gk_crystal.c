#include "app/gk_crystal.h"

#include "base/mem.h"
#include "base/units.h"
#include "domain/structure.h"

#include <stdlib.h>
#include <string.h>

/* Centres of the ions: Mg and B, which come first in their ions. */
static FrozenSample centres(const Sample *s, const FrozenIon ion[2], double (*x)[3], int kind[])
{
    for (int64_t i = 0; i < s->nion; i++) {
        memcpy(x[i], s->x[s->ion_first[i]], sizeof x[i]);
        kind[i] = s->ion_kind[i] == ION_BH4;
    }
    return (FrozenSample){.cell = s->cell,
                          .n = s->nion,
                          .x = (const double(*)[3])x,
                          .kind = kind,
                          .nkinds = 2,
                          .ion = ion};
}

Err gk_crystal_compute(const Comm *c, const GkRecipe *r, const FrozenIon ion[], GkCrystal *out)
{
    const GkRecipeCrystal *k = &r->crystal;
    *out = (GkCrystal){0};
    Sample sample;
    char *path = gk_recipe_path(r, k->structure);
    Err e = structure_read(c, path, &sample);
    free(path);
    if (e != OK)
        return e;
    int64_t count[ION_KINDS];
    sample_count(&sample, count);
    out->formulas = count[ION_MG];
    const FrozenIon both[2] = {ion[k->mg * r->nsets + k->set], ion[k->bh4 * r->nsets + k->set]};
    double(*x)[3] = mem_new((size_t)sample.nion, sizeof *x);
    int *kind = MEM_NEW(int, sample.nion);
    FrozenSample s = centres(&sample, both, x, kind);
    const GordonKimSet *set = &r->set[k->set].functionals;
    e = frozen_energy_mesh(c, &s, set, &(FrozenMesh){k->spacing, 3.0 * k->spacing, 1e-5},
                           &out->mesh);
    if (e == OK)
        out->pairs = frozen_energy_pairs(&s, set, k->cutoff, (int)r->points);
    free(x);
    free(kind);
    sample_clear(&sample);
    return e;
}

void gk_crystal_describe(const GkRecipe *r, const GkCrystal *c, char **text)
{
    double unit = UNITS_HARTREE / (double)c->formulas;
    const GordonKimParts *m = &c->mesh, *p = &c->pairs;
    const struct {
        const char *name;
        double mesh, pairs;
    } line[] = {{"kinetic", m->kinetic, p->kinetic},
                {"exchange", m->exchange, p->exchange},
                {"correlation", m->correlation, p->correlation},
                {"sum", m->kinetic + m->exchange + m->correlation,
                 p->kinetic + p->exchange + p->correlation}};
    config_append(text,
                  "  many_body: # %s, %s: nonadditive energies per Mg(BH4)2; Coulomb is a sum over "
                  "pairs by itself\n",
                  r->crystal.structure, r->crystal.functionals);
    for (size_t i = 0; i < sizeof line / sizeof *line; i++)
        config_append(text, "    %s: \"%.3f eV on a mesh of %g A, %.3f eV over pairs to %g A\"\n",
                      line[i].name, line[i].mesh * unit, r->crystal.spacing, line[i].pairs * unit,
                      r->crystal.cutoff);
}
