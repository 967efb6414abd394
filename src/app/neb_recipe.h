/* neb_recipe.h -- the file that `paddlewheel neb` reads: a structure, a potential, one move, how the band is made.
 *
 * YAML with units; file names are relative to the recipe's folder.
 */
#ifndef APP_NEB_RECIPE_H
#define APP_NEB_RECIPE_H

#include "app/neb_path.h"

typedef struct NebRecipe {
    char *name, *structure, *potential;
    int64_t supercell[3], seed;
    const ConfigNode *move_node;
    NebPathOptions path;
    NebMove move;
    char *folder;
    Config *config;
} NebRecipe;

/* ERR_INPUT file:line: key. Collective. Free with neb_recipe_clear, also after an error. */
Err neb_recipe_read(const Comm *c, const char *path, NebRecipe *r) MUST_USE;
void neb_recipe_clear(NebRecipe *r);

/* "FOLDER/file". New string. Local. */
char *neb_recipe_path(const NebRecipe *r, const char *file);

/* Keys of the recipe and of its move, for `explain neb`; appended to a growing text. Local. */
void neb_recipe_document(char **text);

#endif
