/* fit_potential.c -- `paddlewheel fit potential RECIPE`: least squares in rounds. After each round the soft modes of the
 * reference frame and the relaxed saddles are looked at with the new parameters, and become targets of the next.
 */
#include "app/fit.h"

#include "app/fit_report.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/provenance.h"
#include "store/replace.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SOFT_PER_ROUND = 8, /* directions taken up after a round, the softest first */
    AXES = 3            /* librations */
};

typedef struct Fit {
    const Comm *comm;
    Recipe *recipe;
    Frames frames;
    FfParameters p;
    MatchingScales scales;
    size_t ntargets, room;
    Target *target;
    size_t bottom,
        *saddle; /* probes: the relaxed reference, [nbarriers] saddles; SIZE_MAX: not yet */
    FitOutcome outcome;
} Fit;

static void add_target(Fit *f, Target t)
{
    CHECK(f->ntargets < f->room, "room for %zu targets", f->room);
    f->target[f->ntargets++] = t;
}

static void say_iteration(int iteration, double cost)
{
    if (iteration % 5 == 0)
        log_info("    iteration %3d  cost %.3f", iteration, cost);
}

/* The three axes about which one BH4 librates, as targets of the energy that the recipe names. */
static Err add_librations(Fit *f)
{
    const Recipe *r = f->recipe;
    if (isnan(r->libration))
        return OK;
    Vibrations modes;
    const Sample *s = &f->frames.frame[f->frames.reference].sample;
    int64_t ion = 0;
    while (ion < s->nion && s->ion_kind[ion] != ION_BH4)
        ion++;
    if (ion == s->nion)
        return config_error(config_root(r->config), "libration", "frame %s has no BH4",
                            r->reference);
    Err e = vibrations_compute(&f->frames, f->frames.reference, &f->p, 0.005, &modes);
    if (e == OK) {
        double energy[AXES], axis[AXES][3], *turn = MEM_NEW(double, 3 * (size_t)s->n);
        int64_t b = s->ion_first[ion];
        vibrations_libration(&modes, s, b, energy, axis);
        for (int k = 0; k < AXES; k++) {
            vibrations_turn(s, b, axis[k], turn);
            Target t = force_matching_curvature(&f->frames, f->frames.reference, turn, 0.02);
            t.side = TARGET_EQUAL;
            t.value = vibrations_curvature(r->libration);
            t.scale = vibrations_curvature(r->libration + r->libration_scale) - t.value;
            add_target(f, t);
        }
        free(turn);
    }
    vibrations_clear(&modes);
    return e;
}

/* Soft directions of the reference frame become targets. *soft: how many there are. */
static Err add_soft_modes(Fit *f, size_t *soft)
{
    const Recipe *r = f->recipe;
    double lowest = INFINITY;
    *soft = 0;
    if (isnan(r->softest))
        return OK;
    const size_t reference = f->frames.reference;
    Vibrations modes;
    Err e = vibrations_compute(&f->frames, reference, &f->p, 0.005, &modes);
    for (size_t k = 0; e == OK && k < modes.n && modes.omega[k] < r->softest; k++) {
        const double *vector = &modes.vector[k * modes.n];
        if (vibrations_is_translation(&modes, &f->frames.frame[reference].sample, k))
            continue;
        lowest = fmin(lowest, modes.omega[k]);
        /* nearly there already: not worth another direction */
        if (modes.omega[k] > r->softest - 0.25 * r->softest_scale || *soft == SOFT_PER_ROUND)
            continue;
        Target t = force_matching_curvature(&f->frames, reference, vector, 0.02);
        t.side = TARGET_AT_LEAST;
        t.value = vibrations_curvature(r->softest);
        t.scale =
            vibrations_curvature(r->softest) - vibrations_curvature(r->softest - r->softest_scale);
        add_target(f, t);
        ++*soft;
    }
    if (e == OK)
        log_info("  %zu soft directions taken up%s%.2f meV", *soft,
                 isfinite(lowest) ? ", lowest mode " : ", no mode below ",
                 isfinite(lowest) ? lowest : r->softest);
    vibrations_clear(&modes);
    f->outcome.soft += *soft;
    return e;
}

/* Relax frame `from` with the parameters as they are and keep the structure as a probe (SIZE_MAX: a new one). */
static Err relax_to_probe(Fit *f, size_t from, size_t *probe, double *energy, int *steps)
{
    const Recipe *r = f->recipe;
    Frames *frames = &f->frames;
    Sample s;
    sample_copy(&s, &frames->frame[from].sample);
    Err e = fit_structure_relax(frames, &f->p, false, r->relax_force, (int)r->relax_steps, &s,
                                energy, steps);
    if (e == OK && *probe == SIZE_MAX) {
        char *name = mem_format("%s relaxed", frames->frame[from].name);
        *probe = frames_add_probe(frames, &s, name);
        free(name);
    } else if (e == OK) {
        frames_move_probe(frames, *probe, (const double(*)[3])s.x);
    }
    sample_clear(&s);
    return e;
}

/* Saddles above the reference, both relaxed, become targets; *missed: one is not what the recipe asks for. */
static Err place_saddles(Fit *f, bool *missed)
{
    const Recipe *r = f->recipe;
    double bottom = 0.0, energy;
    int steps;
    *missed = false;
    if (r->nbarriers == 0)
        return OK;
    Err e = relax_to_probe(f, f->frames.reference, &f->bottom, &bottom, &steps);
    for (size_t i = 0; i < r->nbarriers && e == OK; i++) {
        const RecipeBarrier *b = &r->barrier[i];
        size_t from;
        bool first = f->saddle[i] == SIZE_MAX;
        CHECK(frames_find(&f->frames, b->from, &from), "frame %s", b->from);
        e = relax_to_probe(f, from, &f->saddle[i], &energy, &steps);
        if (e != OK)
            break;
        double barrier = energy - bottom;
        log_info("  barrier from %s: %.4f eV relaxed (%d steps)", b->from, barrier, steps);
        *missed = *missed || (b->side != TARGET_AT_MOST && barrier < b->value - b->scale) ||
                  (b->side != TARGET_AT_LEAST && barrier > b->value + b->scale);
        if (first)
            add_target(f, (Target){.kind = TARGET_ENERGY,
                                   .side = (TargetSide)b->side,
                                   .a = f->saddle[i],
                                   .b = f->bottom,
                                   .value = b->value,
                                   .scale = b->scale});
    }
    return e;
}

static Err fit_rounds(Fit *f)
{
    const Recipe *r = f->recipe;
    Err e = add_librations(f);
    for (int round = 1; e == OK && round <= r->rounds; round++) {
        size_t soft;
        bool missed;
        f->outcome.rounds = round;
        e = force_matching_fit(&f->frames, &f->scales, f->ntargets, f->target, r->nfree, r->free,
                               (int)r->iterations, say_iteration, &f->p, &f->outcome.matching);
        if (e != OK)
            break;
        double scale;
        log_info(
            "round %d: cost %.3f -> %.3f in %d iterations%s, force rmse %.4f fitted, %.4f held "
            "out eV/A",
            round, f->outcome.matching.cost_start, f->outcome.matching.cost,
            f->outcome.matching.iterations, f->outcome.matching.converged ? "" : " (not converged)",
            frames_force_rmse(&f->frames, false, &scale),
            frames_force_rmse(&f->frames, true, &scale));
        if (round == r->rounds)
            break;
        e = add_soft_modes(f, &soft);
        if (e == OK)
            e = place_saddles(f, &missed);
        if (e == OK && round > 1 && soft == 0 && !missed)
            break; /* nothing new to ask for */
    }
    return e;
}

static Err read_centres(Fit *f)
{
    Recipe *r = f->recipe;
    char *path = recipe_path(r, r->start);
    Err e = forcefield_read(f->comm, path, &f->p);
    free(path);
    for (size_t i = 0; i < r->nfree && e == OK; i++) {
        r->free[i].centre = force_matching_get(&f->p, r->free[i].name);
        if (!isfinite(r->free[i].centre))
            e = config_error(config_item(r->free_list, i), "name",
                             "'%s' is zero in %s; what is fitted by its logarithm must start above "
                             "zero",
                             r->free[i].name, r->start);
    }
    snprintf(f->p.name, sizeof f->p.name, "%s", r->name);
    return e;
}

static char *describe_source(const Fit *f, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *text = NULL;
    size_t held = 0;
    for (size_t i = 0; i < f->recipe->nframes; i++)
        held += f->recipe->frame[i].held_out != 0;
    config_append(&text,
                  "paddlewheel fit potential %s (%s), start %s: %d rounds, %zu residuals, cost "
                  "%.3f,\n%zu reference frames of which %zu held out, %zu soft directions held "
                  "up.\n",
                  slash ? slash + 1 : path, provenance_version(), f->recipe->start,
                  f->outcome.rounds, f->outcome.matching.residuals, f->outcome.matching.cost,
                  f->recipe->nframes, held, f->outcome.soft);
    return text;
}

static Err report(Fit *f, const char *path, const char *output)
{
    Err e = fit_report_judge(f->recipe, &f->frames, &f->p, &f->outcome);
    if (e != OK)
        return e;
    if (comm_is_root(f->comm)) {
        char *source = describe_source(f, path);
        char *extra = fit_report_text(f->recipe, &f->frames, &f->p, &f->outcome, source);
        const char *title = "Force field of Mg(BH4)2, made by `paddlewheel fit potential`; "
                            "`paddlewheel explain FILE` prints the formulas.";
        fputs(extra, stdout);
        e = forcefield_write(output, &f->p, title, extra);
        if (e == OK)
            log_info("written: %s", output);
        free(extra);
        free(source);
    }
    return comm_agree(f->comm, e);
}

static void fit_clear(Fit *f)
{
    for (size_t i = 0; i < f->ntargets; i++)
        free(f->target[i].direction);
    free(f->target);
    free(f->saddle);
    free(f->outcome.barrier);
    frames_clear(&f->frames);
}

static Err fit(const Comm *c, Recipe *r, const char *path, const char *output, bool check)
{
    Fit f = {.comm = c, .recipe = r, .scales = {r->scale_force, r->scale_energy, r->scale_stress}};
    f.room = AXES + SOFT_PER_ROUND * (size_t)r->rounds + r->nbarriers;
    f.target = MEM_NEW(Target, f.room);
    f.bottom = SIZE_MAX;
    f.saddle = MEM_NEW(size_t, r->nbarriers);
    for (size_t i = 0; i < r->nbarriers; i++)
        f.saddle[i] = SIZE_MAX;
    Err e = recipe_frames(c, r, 2 * f.room + 2, &f.frames);
    if (e == OK)
        e = read_centres(&f);
    if (e == OK && check) {
        e = frames_compute(&f.frames, &f.p);
        double scale;
        if (e == OK)
            log_info("%zu frames, %zu free parameters, start: force rmse %.4f fitted, %.4f held "
                     "out eV/A; nothing was fitted",
                     r->nframes, r->nfree, frames_force_rmse(&f.frames, false, &scale),
                     frames_force_rmse(&f.frames, true, &scale));
    } else if (e == OK) {
        e = fit_rounds(&f);
        if (e == OK)
            e = report(&f, path, output);
    }
    fit_clear(&f);
    return e;
}

static Err run(const Comm *c, const char *recipe, const char *output, bool check)
{
    Recipe r;
    Err e = recipe_read(c, recipe, &r);
    if (e == OK) {
        char *to = output ? mem_string(output) : mem_format("%s.fitted.yaml", r.name);
        e = fit(c, &r, recipe, to, check);
        free(to);
    }
    recipe_clear(&r);
    return e;
}

const FitKind fit_potential = {
    .name = "potential",
    .help = "least squares on the frames that the recipe names; FILE is NAME.fitted.yaml",
    .run = run,
};
