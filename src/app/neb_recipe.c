#include "app/neb_recipe.h"

#include "base/mem.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const ConfigField fields[] = {
    {.key = "neb",
     .kind = CONFIG_TEXT,
     .offset = offsetof(NebRecipe, name),
     .help = "name of the results"},
    {.key = "structure",
     .kind = CONFIG_TEXT,
     .offset = offsetof(NebRecipe, structure),
     .help = "file with the structure in which the move is made"},
    {.key = "supercell",
     .kind = CONFIG_INTEGERS,
     .fallback = "[1, 1, 1]",
     .low = 1,
     .high = 100,
     .length = 3,
     .offset = offsetof(NebRecipe, supercell),
     .help = "copies along a, b, c"},
    {.key = "potential",
     .kind = CONFIG_TEXT,
     .offset = offsetof(NebRecipe, potential),
     .help = "force field file"},
    {.key = "seed",
     .kind = CONFIG_INTEGER,
     .fallback = "1",
     .low = 0,
     .high = 9e15,
     .offset = offsetof(NebRecipe, seed),
     .help = "of the shake"},
    {.key = "move",
     .kind = CONFIG_MAPPING,
     .offset = offsetof(NebRecipe, move_node),
     .help = "{kind: rotation|hop|vacancy|ends, ...}: what moves"},
    NEB_PATH_FIELDS(NebRecipe),
};
enum { NFIELDS = sizeof fields / sizeof fields[0] };

Err neb_recipe_read(const Comm *c, const char *path, NebRecipe *r)
{
    *r = (NebRecipe){0};
    Err e = config_open(c, path, &r->config);
    if (e != OK) {
        r->config = NULL;
        return e;
    }
    e = config_read(config_root(r->config), NFIELDS, fields, r);
    if (e != OK)
        return e;
    r->folder = config_folder(r->config);
    return neb_move_read(r->move_node, &r->move);
}

void neb_recipe_clear(NebRecipe *r)
{
    config_clear(NEB_MOVE_NFIELDS, neb_move_fields, &r->move);
    if (r->folder != NULL)
        config_clear(NFIELDS, fields, r);
    free(r->folder);
    if (r->config != NULL)
        config_close(r->config);
    *r = (NebRecipe){0};
}

char *neb_recipe_path(const NebRecipe *r, const char *file)
{
    return file[0] == '/' || strcmp(r->folder, ".") == 0 ? mem_string(file)
                                                         : mem_format("%s/%s", r->folder, file);
}

void neb_recipe_document(char **text)
{
    config_document(text, NFIELDS, fields);
    config_append(text, "\nkeys of a move:\n");
    config_document(text, NEB_MOVE_NFIELDS, neb_move_fields);
}
