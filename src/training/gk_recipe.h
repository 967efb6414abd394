/* gk_recipe.h -- which ions, functionals and distances make a potential by the Gordon-Kim model, and which pair terms of the
 * force field carry which curve: the file that `paddlewheel fit gordon-kim` reads.
 *
 * YAML with units; potentials/mgbh4-gordon-kim.fit.yaml is the model. File names are relative to the recipe's folder.
 */
#ifndef TRAINING_GK_RECIPE_H
#define TRAINING_GK_RECIPE_H

#include "density/gordon_kim.h"
#include "store/config.h"
#include "training/born_mayer.h"

typedef struct GkRecipeIon {
    char *name;           /* by which curves call it */
    char *ion;            /* by which radial_ks_ion knows it */
    double watson_radius; /* A; NaN: no sphere */
} GkRecipeIon;

typedef struct GkRecipeSet {
    char *name, *kinetic, *exchange, *correlation;
    char *density; /* functional of the ions' densities; NULL: the recipe's */
    GordonKimSet functionals;
} GkRecipeSet;

typedef struct GkRecipeTerm {
    FfType i, j;
    BornMayerTerm term; /* its start; s1, s2 from the potential that the recipe starts from */
} GkRecipeTerm;

typedef struct GkRecipeCurve {
    char *name, *a, *b;
    const ConfigNode *term_list;
    double from, to, step;     /* A */
    double fit_from, fit_to;   /* A: distances that the terms are fitted to */
    double relative, absolute; /* sigma^2 = deviation^2 + (relative V)^2 + absolute^2 [eV] */
    size_t ion_a, ion_b, nterms;
    GkRecipeTerm term[BORN_MAYER_TERMS];
} GkRecipeCurve;

/* A crystal whose energy on a mesh is held against the sum over pairs. */
typedef struct GkRecipeCrystal {
    char *structure, *magnesium, *borohydride, *functionals; /* file; names of ions and set */
    double spacing, cutoff;                                  /* A: of the mesh, of the pairs */
    size_t mg, bh4, set;
} GkRecipeCrystal;

typedef struct GkRecipe {
    char *name, *start, *density, *note, *validity;
    int64_t points;
    const ConfigNode *ion_list, *set_list, *curve_list, *crystal_map;
    size_t nions, nsets, ncurves;
    GkRecipeIon *ion;
    GkRecipeSet *set;
    GkRecipeCurve *curve;
    GkRecipeCrystal crystal; /* structure NULL: none */
    FfParameters parameters; /* of the start: charges, bonds, length of the rigid B-H */
    char *folder;
    Config *config;
} GkRecipe;

/* Read and look at everything: ions, functionals (with near matches for a wrong name), the potential to start from, whose
 * charges must be the formal ones of Mg2+ and BH4-. Warns of inconsistent functionals. ERR_INPUT file:line: key. Collective.
 * Free with gk_recipe_clear, also after an error. */
Err gk_recipe_read(const Comm *c, const char *path, GkRecipe *r) MUST_USE;
void gk_recipe_clear(GkRecipe *r);

/* "FOLDER/file". New string. Local. */
char *gk_recipe_path(const GkRecipe *r, const char *file);

#endif
