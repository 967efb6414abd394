/* eis_recipe.h -- the recipe of `paddlewheel fit eis`: files, circuit, pellet, tests. For fit_eis.c only. */
#ifndef APP_EIS_RECIPE_H
#define APP_EIS_RECIPE_H

#include "analysis/circuit_fit.h"
#include "analysis/impedance_files.h"
#include "analysis/kramers_kronig.h"
#include "store/config.h"

typedef struct EisRecipeFile {
    char *file;
    int format;                                              /* ImpedanceFormat */
    double temperature;                                      /* K; NaN: as the file says */
    char *frequency, *real, *imaginary, *temperature_column; /* NULL: found */
    const ConfigNode *node;
} EisRecipeFile;

typedef struct EisRecipePellet {
    double thickness, diameter, thickness_error, diameter_error; /* cm */
    double porosity;
    int mixing;
} EisRecipePellet;

typedef struct EisRecipe {
    char *name;
    const ConfigNode *file_list;
    char *circuit; /* NULL: a ladder */
    int64_t arcs, most_arcs;
    bool resistor, electrode;
    char *resistance;
    int weights;
    double noise, limit;    /* NaN: not known; none */
    double lowest, highest; /* Hz; NaN: all */
    const ConfigNode *pellet_map, *start_map, *test_map, *measured_map;
    bool has_pellet;
    EisRecipePellet pellet;
    KramersKronigOptions test;
    char *measured, *sample; /* of the published numbers; NULL: none */
    size_t nfiles;
    EisRecipeFile *file;
    bool has_start;
    Circuit parsed; /* if a circuit was given */
    double start[CIRCUIT_PARAMETERS];
    char *folder; /* of the recipe; files are named relative to it */
    Config *config;
} EisRecipe;

/* Read and check all but the data files. ERR_INPUT. Collective. */
Err eis_recipe_read(const Comm *c, const char *path, EisRecipe *r) MUST_USE;
void eis_recipe_clear(EisRecipe *r);

/* All keys of a recipe, for `explain fit-eis`. New string. Local. */
char *eis_recipe_document(void);

/* Path of a file that the recipe names. New string. Local. */
char *eis_recipe_path(const EisRecipe *r, const char *file);

/* The pellet for analysis/impedance.h; relative permittivity 1 (it is not used). Local. */
Pellet eis_recipe_pellet(const EisRecipe *r);

#endif
