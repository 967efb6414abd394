/* recipe.h -- what a potential is fitted to: the file that `paddlewheel fit potential` reads.
 *
 * YAML with units; potentials/mgbh4-born.fit.yaml is the model. File names are relative to the recipe's folder.
 */
#ifndef TRAINING_RECIPE_H
#define TRAINING_RECIPE_H

#include "store/config.h"
#include "training/force_matching.h"

typedef struct RecipeFrame {
    char *file;
    double weight;
    int held_out;
    double
        stress; /* [eV/A^3] hydrostatic stress to aim at instead of the file's; NaN: the file's */
} RecipeFrame;

typedef struct RecipeBarrier {
    char *from;          /* frame with an ion half way round; relaxed, it is the saddle */
    int side;            /* TargetSide */
    double value, scale; /* [eV] above the relaxed reference frame */
} RecipeBarrier;

typedef struct Recipe {
    char *name, *start, *reference, *note, *validity;
    double cutoff, accuracy; /* A, eV/A */
    double scale_force, scale_energy, scale_stress;
    int64_t iterations, rounds;
    double relax_force; /* eV/A */
    int64_t relax_steps;
    double softest, softest_scale; /* [meV] lowest mode of the reference frame, and how firmly */
    double libration, libration_scale; /* [meV] NaN: no target */
    const ConfigNode *frame_list, *free_list, *barrier_list;
    size_t nframes, nfree, nbarriers;
    RecipeFrame *frame;
    FreeParameter *free; /* name and prior */
    RecipeBarrier *barrier;
    char *folder; /* of the recipe */
    Config *config;
} Recipe;

/* Read and look at everything but the frames themselves. ERR_INPUT file:line: key. Collective. Free with recipe_clear,
 * also after an error. */
Err recipe_read(const Comm *c, const char *path, Recipe *r) MUST_USE;
void recipe_clear(Recipe *r);

/* "FOLDER/file". New string. Local. */
char *recipe_path(const Recipe *r, const char *file);

/* Frames of the recipe, with room for `probes` more. ERR_INPUT if a file is wrong, two have one name, the reference or the
 * frame of a barrier is not among them, or none is fitted. Collective. Free with frames_clear, also after an error. */
Err recipe_frames(const Comm *c, const Recipe *r, size_t probes, Frames *out) MUST_USE;

#endif
