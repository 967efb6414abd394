/* gk_crystal.h -- is the crystal's frozen-density energy the sum over pairs of ions? */
#ifndef APP_GK_CRYSTAL_H
#define APP_GK_CRYSTAL_H

#include "density/frozen_energy.h"
#include "training/gk_recipe.h"

typedef struct GkCrystal {
    int64_t formulas; /* Mg ions */
    GordonKimParts mesh,
        pairs; /* hartree per cell; of the mesh Coulomb is all, of the pairs without qA qB/R */
} GkCrystal;

/* ion: [nions][nsets] of the recipe. ERR_INPUT, ERR_FILE for a wrong structure. Collective. */
Err gk_crystal_compute(const Comm *c, const GkRecipe *r, const FrozenIon ion[],
                       GkCrystal *out) MUST_USE;

/* A line of YAML each for kinetic, exchange, correlation and their sum, eV per formula unit, appended to a growing string. Local. */
void gk_crystal_describe(const GkRecipe *r, const GkCrystal *c, char **text);

#endif
