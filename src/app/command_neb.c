/* command_neb.c -- `paddlewheel neb RECIPE.yaml`: the barrier of one move, with BH4 free to turn and locked. */
#include "app/command.h"
#include "app/neb_file.h"
#include "app/neb_recipe.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/timer.h"
#include "base/units.h"
#include "domain/structure.h"
#include "store/provenance.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A file that the recipe names, as a structure; messages name the key. */
static Err read_sample(const Comm *c, const NebRecipe *r, const ConfigNode *node, const char *key,
                       const char *file, Sample *s)
{
    char *path = neb_recipe_path(r, file);
    Sample unit = {0};
    Err e = structure_read(c, path, &unit);
    if (e != OK) {
        char *what = mem_string(err_message());
        e = config_error(node, key, "%s", what);
        free(what);
    } else {
        const int k[3] = {(int)r->supercell[0], (int)r->supercell[1], (int)r->supercell[2]};
        sample_supercell(&unit, k, s);
        sample_clear(&unit);
    }
    free(path);
    return e;
}

static void print_way(const NebPath *p, int locked)
{
    const NebWay *w = &p->way[locked];
    if (w->status == NEB_NOT_DONE)
        return;
    printf("\n%s: %s\n", locked ? "rotors locked" : "free", neb_status_name(w->status));
    if (w->turn == NULL)
        return;
    for (size_t k = 0; k < w->pieces.n && w->pieces.n > 1; k++) {
        const NebPiece *a = &w->pieces.piece[k];
        printf("  piece %zu, images %zu to %zu: barrier %.4f eV, back %.4f eV\n", k + 1, a->first,
               a->last, a->barrier, a->back);
    }
    printf("  barrier %.4f eV, back %.4f eV; last above first %.6f eV\n", w->barrier, w->back,
           w->difference);
    printf("  band: %d steps, largest force %.4f eV/A, %d minima between the ends\n",
           w->result.steps, w->result.largest, w->minima);
    if (w->at_first.n > 0)
        printf("  attempt frequency %.3e 1/s, back %.3e 1/s; imaginary modes %d, saddle %d, %d; "
               "lowest of the saddle %.1f meV\n",
               w->prefactor, w->prefactor_back, w->at_first.negative, w->at_saddle.negative,
               w->at_last.negative, w->at_saddle.lowest);
    if (w->most_turned >= 0)
        printf("  BH4 %lld turns most besides what moves: %.1f degrees\n",
               (long long)w->most_turned + 1, w->largest_turn * 180.0 / PI);
    printf("  %5s %10s %12s %16s\n", "image", "s/A", "energy/eV", "largest turn/deg");
    for (size_t i = 0; i < w->band.images; i++) {
        double most = 0.0;
        for (int64_t k = 0; k < p->nbh4; k++)
            most = fmax(most, w->turn[i * (size_t)p->nbh4 + (size_t)k]);
        printf("  %5zu %10.4f %12.6f %16.2f\n", i, w->s[i], w->band.energy[i] - w->band.energy[0],
               most * 180.0 / PI);
    }
}

static char *provenance_of(const Comm *c, const NebRecipe *r, const char *recipe, const char *start)
{
    char *inputs = NULL, *structure = neb_recipe_path(r, r->structure),
         *potential = neb_recipe_path(r, r->potential);
    Err e = provenance_add_input(&inputs, "recipe", recipe);
    if (e == OK)
        e = provenance_add_input(&inputs, "structure", structure);
    if (e == OK)
        e = provenance_add_input(&inputs, "potential", potential);
    if (e == OK && r->move.final != NULL) {
        char *final = neb_recipe_path(r, r->move.final);
        e = provenance_add_input(&inputs, "final", final);
        free(final);
    }
    if (e != OK)
        log_warn("%s", err_message());
    char *text = provenance_text(
        c, &(ProvenanceRun){.seed = r->seed, .started = start, .finished = true, .inputs = inputs});
    free(inputs);
    free(structure);
    free(potential);
    return text;
}

static Err write_all(const Comm *c, const NebRecipe *r, const NebPath *p, const char *recipe,
                     const char *output, const char *start)
{
    char *label = neb_move_label(&r->move), *provenance = provenance_of(c, r, recipe, start);
    char *file = mem_format("%s.h5", output);
    Err e = neb_file_write(file, p, label, provenance, true);
    if (e == OK)
        printf("%s in %s with %s\n", label, r->structure, r->potential);
    for (int k = 0; k < 2 && e == OK; k++) {
        char *xyz = mem_format("%s.%s.extxyz", output, k ? "locked" : "free");
        print_way(p, k);
        e = neb_file_write_xyz(xyz, p, k, label);
        free(xyz);
    }
    if (e == OK && isfinite(p->lock_difference))
        printf("\nlocked less free: %.4f eV\n", p->lock_difference);
    if (e == OK)
        printf(
            "\n%lld forces of the whole; written: %s. Barriers are properties of this potential.\n",
            (long long)p->calls, file);
    free(file);
    free(label);
    free(provenance);
    return e;
}

static Err walk(const Comm *c, const NebRecipe *r, const char *recipe, const char *output,
                bool check)
{
    char start[21];
    const ConfigNode *root = config_root(r->config);
    Sample s = {0}, final = {0};
    FfParameters p;
    timer_date(start);
    char *potential = neb_recipe_path(r, r->potential);
    Err e = forcefield_read(c, potential, &p);
    free(potential);
    if (e == OK)
        e = read_sample(c, r, root, "structure", r->structure, &s);
    if (e == OK && r->move.kind == NEB_ENDS)
        e = read_sample(c, r, r->move_node, "final", r->move.final, &final);
    FfOptions options;
    if (e == OK)
        e = neb_path_force(&r->path, root, &s, &options);
    if (e == OK && check) {
        Sample first = {0};
        int64_t ion;
        e = neb_move_first(&r->move, r->move_node, &s, &first, &ion);
        sample_clear(&first);
    } else if (e == OK) {
        NebPath path;
        e = neb_path_run(c, &r->path, &r->move, r->move_node, &s, &final, &p, (uint64_t)r->seed,
                         true, &path);
        if (e == OK)
            e = comm_agree(c, comm_is_root(c) ? write_all(c, r, &path, recipe, output, start) : OK);
        neb_path_clear(&path);
    }
    sample_clear(&s);
    sample_clear(&final);
    return e;
}

static Err run(const Comm *c, int argc, char **argv)
{
    const char *recipe, *output = NULL;
    bool check = false;
    const CommandOption options[] = {{"--output", &output, NULL}, {"--check", NULL, &check}};
    TRY(command_arguments(&command_neb, argc, argv, 2, options, 1, 1, &recipe));
    NebRecipe r;
    Err e = neb_recipe_read(c, recipe, &r);
    if (e == OK)
        e = walk(c, &r, recipe, output != NULL ? output : r.name, check);
    neb_recipe_clear(&r);
    return e;
}

const Command command_neb = {
    .name = "neb",
    .usage = "RECIPE.yaml [--output NAME] [--check]",
    .help = "the barrier of one move by a nudged elastic band, BH4 free to turn and locked",
    .more = "  --output NAME  write NAME.h5, NAME.free.extxyz, NAME.locked.extxyz\n"
            "  --check        read the recipe and all that it names, compute and write nothing\n"
            "`explain neb` lists the keys of a recipe; inputs/neb/gamma-link.yaml is one.\n",
    .run = run,
};
