#include "training/recipe.h"

#include "base/mem.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define TEXT(key_, member, fallback_, help_)                                                       \
    {                                                                                              \
        .key = key_, .kind = CONFIG_TEXT, .fallback = fallback_,                                   \
        .offset = offsetof(Recipe, member), .help = help_                                          \
    }
#define QUANTITY(key_, member, unit_, fallback_, low_, high_, help_)                               \
    {                                                                                              \
        .key = key_, .kind = CONFIG_QUANTITY, .unit = unit_, .fallback = fallback_,                \
        .offset = offsetof(Recipe, member), .low = low_, .high = high_, .help = help_              \
    }
#define INTEGER(key_, member, fallback_, high_, help_)                                             \
    {                                                                                              \
        .key = key_, .kind = CONFIG_INTEGER, .fallback = fallback_,                                \
        .offset = offsetof(Recipe, member), .low = 0, .high = high_, .help = help_                 \
    }

static const ConfigField fields[] = {
    TEXT("fit", name, NULL, "name of the potential"),
    TEXT("start", start, NULL, "potential file to start from"),
    TEXT("reference", reference, NULL, "frame at rest: zero of energies, whose modes are watched"),
    TEXT("note", note, "", "where the recipe comes from; goes into the potential file"),
    TEXT("validity", validity, NULL, "what the potential is for and what it is bad at; goes too"),
    QUANTITY("cutoff", cutoff, "A", "7.5 A", 2, 50, "of pair terms and real-space Coulomb"),
    QUANTITY("force_error", accuracy, "eV/A", "1e-4 eV/A", 1e-9, 1, "rms error of Coulomb forces"),
    QUANTITY("force_scale", scale_force, "eV/A", "0.1 eV/A", 1e-9, 1e9, "error of one force"),
    QUANTITY("energy_scale", scale_energy, "eV", "0.1 eV", 1e-9, 1e9, "error of a frame's energy"),
    QUANTITY("stress_scale", scale_stress, "eV/A^3", "1.5e-3 eV/A^3", 1e-12, 1e9,
             "error of a stress component"),
    INTEGER("iterations", iterations, "40", 100000,
            "of least squares in a round; 0: judge the start"),
    INTEGER("rounds", rounds, "6", 100,
            "fits, each with the soft modes and relaxed saddles of the last one as new targets"),
    QUANTITY("relax_force", relax_force, "eV/A", "0.01 eV/A", 1e-6, 1,
             "largest force of relaxed structures"),
    INTEGER("relax_steps", relax_steps, "2000", 1000000, "at most"),
    QUANTITY("softest_mode", softest, "meV", "", 0, 1000,
             "no mode of the reference frame shall be below; absent: no target"),
    QUANTITY("softest_mode_scale", softest_scale, "meV", "2 meV", 1e-6, 1000, "how firmly"),
    QUANTITY("libration", libration, "meV", "", 0, 1000,
             "of a BH4 about its three axes; absent: no target"),
    QUANTITY("libration_scale", libration_scale, "meV", "10 meV", 1e-6, 1000, "how firmly"),
    {.key = "frames",
     .kind = CONFIG_SEQUENCE,
     .offset = offsetof(Recipe, frame_list),
     .help = "[{file, weight, role, stress}]"},
    {.key = "free",
     .kind = CONFIG_SEQUENCE,
     .offset = offsetof(Recipe, free_list),
     .help = "[{name, prior}] parameters that are fitted"},
    {.key = "barriers",
     .kind = CONFIG_SEQUENCE,
     .fallback = "",
     .offset = offsetof(Recipe, barrier_list),
     .help = "[{from, value, scale, relation}] energies of relaxed saddles"},
};

static const ConfigField frame_fields[] = {
    {.key = "file",
     .kind = CONFIG_TEXT,
     .offset = offsetof(RecipeFrame, file),
     .help = "extended XYZ with energy and forces"},
    {.key = "weight",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "1",
     .low = 1e-9,
     .high = 1e9,
     .offset = offsetof(RecipeFrame, weight),
     .help = "of its squared residuals"},
    {.key = "role",
     .kind = CONFIG_CHOICE,
     .choices = "fit|held out",
     .fallback = "fit",
     .offset = offsetof(RecipeFrame, held_out),
     .help = "fitted, or only judged"},
    {.key = "stress",
     .kind = CONFIG_QUANTITY,
     .unit = "eV/A^3",
     .fallback = "",
     .low = -1,
     .high = 1,
     .offset = offsetof(RecipeFrame, stress),
     .help = "hydrostatic stress to aim at instead of the file's"},
};

typedef struct FreeOptions {
    char *name;
    double prior;
} FreeOptions;

static const ConfigField free_fields[] = {
    {.key = "name",
     .kind = CONFIG_TEXT,
     .offset = offsetof(FreeOptions, name),
     .help = "as Mg-H.rho, bond.k2, charge.H"},
    {.key = "prior",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "0",
     .low = 0,
     .high = 1e9,
     .offset = offsetof(FreeOptions, prior),
     .help = "standard deviation about the start, in the parameter's unit, relative for A, k2 and "
             "K; 0: none"},
};

static const ConfigField barrier_fields[] = {
    {.key = "from",
     .kind = CONFIG_TEXT,
     .offset = offsetof(RecipeBarrier, from),
     .help = "frame with an ion half way round"},
    {.key = "relation",
     .kind = CONFIG_CHOICE,
     .choices = "equal|at least|at most",
     .fallback = "equal",
     .offset = offsetof(RecipeBarrier, side),
     .help = "a value or a bound"},
    {.key = "value",
     .kind = CONFIG_QUANTITY,
     .unit = "eV",
     .low = 0,
     .high = 100,
     .offset = offsetof(RecipeBarrier, value),
     .help = "of the relaxed saddle above the relaxed reference frame"},
    {.key = "scale",
     .kind = CONFIG_QUANTITY,
     .unit = "eV",
     .fallback = "0.02 eV",
     .low = 1e-6,
     .high = 100,
     .offset = offsetof(RecipeBarrier, scale),
     .help = "how firmly"},
};

static Err read_free(const ConfigNode *node, FreeParameter *p)
{
    FreeOptions o;
    TRY(config_read(node, COUNT(free_fields), free_fields, &o));
    Err e = OK;
    if (!force_matching_knows(o.name) || strlen(o.name) >= sizeof p->name)
        e = config_error(node, "name",
                         "no parameter '%s'; there are charge.Mg, charge.H, bond.{r0,k2,k3,k4}, "
                         "angle.{theta0,K}, urey_bradley.{r0,k}, and {A,rho,C6} of a pair, as "
                         "Mg-H.rho",
                         o.name);
    else
        snprintf(p->name, sizeof p->name, "%s", o.name);
    p->prior = o.prior;
    config_clear(COUNT(free_fields), free_fields, &o);
    return e;
}

static Err read_lists(Recipe *r)
{
    size_t nframes = config_length(r->frame_list), nfree = config_length(r->free_list),
           nbarriers = r->barrier_list ? config_length(r->barrier_list) : 0;
    r->frame = MEM_NEW(RecipeFrame, nframes);
    r->free = MEM_NEW(FreeParameter, nfree);
    r->barrier = MEM_NEW(RecipeBarrier, nbarriers);
    for (; r->nframes < nframes; r->nframes++)
        TRY(config_read(config_item(r->frame_list, r->nframes), COUNT(frame_fields), frame_fields,
                        &r->frame[r->nframes]));
    for (; r->nfree < nfree; r->nfree++) {
        const ConfigNode *node = config_item(r->free_list, r->nfree);
        TRY(read_free(node, &r->free[r->nfree]));
        for (size_t i = 0; i < r->nfree; i++)
            if (strcmp(r->free[i].name, r->free[r->nfree].name) == 0)
                return config_error(node, "name", "'%s' is given twice", r->free[i].name);
    }
    for (; r->nbarriers < nbarriers; r->nbarriers++)
        TRY(config_read(config_item(r->barrier_list, r->nbarriers), COUNT(barrier_fields),
                        barrier_fields, &r->barrier[r->nbarriers]));
    return nfree > 0 ? OK
                     : config_error(config_root(r->config), "free", "no parameter is to be fitted");
}

Err recipe_read(const Comm *c, const char *path, Recipe *r)
{
    *r = (Recipe){0};
    Err e = config_open(c, path, &r->config);
    if (e != OK) {
        r->config = NULL;
        return e;
    }
    e = config_read(config_root(r->config), COUNT(fields), fields, r);
    if (e != OK)
        return e;
    r->folder = config_folder(r->config);
    return read_lists(r); /* the same bytes, so the same result on all ranks */
}

void recipe_clear(Recipe *r)
{
    for (size_t i = 0; i < r->nframes; i++)
        config_clear(COUNT(frame_fields), frame_fields, &r->frame[i]);
    for (size_t i = 0; i < r->nbarriers; i++)
        config_clear(COUNT(barrier_fields), barrier_fields, &r->barrier[i]);
    free(r->frame);
    free(r->free);
    free(r->barrier);
    if (r->folder != NULL)
        config_clear(COUNT(fields), fields, r);
    free(r->folder);
    if (r->config != NULL)
        config_close(r->config);
    *r = (Recipe){0};
}

char *recipe_path(const Recipe *r, const char *file)
{
    return config_beside(r->folder, file);
}

/* The stress that the recipe names, in place of the file's. */
static void set_stress(TrainingFrame *t, double stress)
{
    if (isnan(stress))
        return;
    memset(t->stress, 0, sizeof t->stress);
    for (int k = 0; k < 3; k++)
        t->stress[k][k] = stress;
    t->has_stress = true;
}

static Err read_frame(const Recipe *r, size_t i, Frames *f)
{
    const ConfigNode *node = config_item(r->frame_list, i);
    char *path = recipe_path(r, r->frame[i].file);
    Err e = frames_read(f, path, r->frame[i].held_out != 0, r->frame[i].weight);
    free(path);
    if (e != OK) {
        char *what = mem_string(err_message());
        e = config_error(node, "file", "%s", what);
        free(what);
        return e;
    }
    size_t first;
    if (frames_find(f, f->frame[f->n - 1].name, &first) && first < f->n - 1)
        return config_error(node, "file", "there are two frames named '%s'", f->frame[first].name);
    set_stress(&f->frame[f->n - 1], r->frame[i].stress);
    return OK;
}

Err recipe_frames(const Comm *c, const Recipe *r, size_t probes, Frames *out)
{
    const FfOptions options = {.cutoff = r->cutoff,
                               .shift = true,
                               .coulomb = COULOMB_P3M,
                               .accuracy = r->accuracy,
                               .order = 5,
                               .skin = 0.5};
    frames_init(out, c, r->nframes + probes, &options);
    size_t fitted = 0, unused;
    for (size_t i = 0; i < r->nframes; i++) {
        Err e = read_frame(r, i, out);
        if (e != OK)
            return e;
        fitted += r->frame[i].held_out == 0;
    }
    const ConfigNode *root = config_root(r->config);
    if (fitted == 0)
        return config_error(root, "frames", "all are held out; at least one must be fitted");
    if (!frames_find(out, r->reference, &out->reference))
        return config_error(root, "reference", "no frame is named '%s'", r->reference);
    for (size_t i = 0; i < r->nbarriers; i++)
        if (!frames_find(out, r->barrier[i].from, &unused))
            return config_error(config_item(r->barrier_list, i), "from", "no frame is named '%s'",
                                r->barrier[i].from);
    return OK;
}
