/* stage_barriers.c -- kind `barriers`: a catalogue of paths on one sample, with BH4 free to turn and locked.
 *
 * The sample is relaxed once, at its lattice. Paths are dealt out over groups of ranks, in rounds: one path a group. A finished
 * path is written at once to paths/KEY.h5 (app/neb_file.h), KEY being the SHA-256 of program, relaxed sample, potential, options
 * and move; what is there already is not computed again, so a run that was killed loses only the paths it was at.
 *
 * Leaves result.h5: app/barriers_result.h.
 */
#include "app/barriers_result.h"
#include "app/neb_file.h"
#include "app/sample_file.h"
#include "app/stages.h"
#include "app/status.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/vec.h"
#include "store/provenance.h"
#include "store/replace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Catalogue {
    const StageRun *run;
    const BarriersOptions *o;
    FfParameters p;
    Sample sample; /* relaxed */
    size_t n;
    BarriersMove *move;
    char (*key)[HASH_HEX]; /* [n] */
    char *provenance;
} Catalogue;

static char *path_name(const Catalogue *c, size_t i)
{
    return mem_format("paths/%.32s.h5", c->key[i]);
}

static char *path_file(const Catalogue *c, size_t i)
{
    char *name = path_name(c, i), *file = stage_file(c->run->stage, name);
    free(name);
    return file;
}

static Err make_folder(const StageRun *run)
{
    char *folder = stage_file(run->stage, "paths");
    Err e = replace_make_folder(folder);
    free(folder);
    return e;
}

/* ---- what can be told without forces ---- */

static void add_sample(Hash *h, const Sample *s)
{
    hash_add(h, s->cell.h, sizeof s->cell.h);
    hash_add(h, s->x, (size_t)s->n * sizeof s->x[0]);
    for (int64_t i = 0; i < s->n; i++)
        hash_add_text(h, s->species[s->kind[i]]->symbol);
}

/* Program, sample, potential, and all options of a path, into a hash. On rank 0. */
static Err begin_key(const Catalogue *c, const Sample *s, Hash *h)
{
    char hex[HASH_HEX], *file = study_path(c->run->study, c->o->potential), *text = NULL;
    const size_t first = BARRIERS_OPTIONS_NFIELDS - NEB_PATH_NFIELDS;
    Err e = hash_file(file, hex);
    config_print(&text, 0, false, NEB_PATH_NFIELDS, &barriers_options_fields[first], c->o);
    hash_add_text(h, provenance_code());
    hash_add_text(h, hex);
    hash_add_text(h, text);
    hash_add(h, &c->run->study->seed, sizeof c->run->study->seed);
    add_sample(h, s);
    free(text);
    free(file);
    return e;
}

static void add_move(Hash *h, const NebMove *m)
{
    char *label = neb_move_label(m);
    hash_add_text(h, label);
    hash_add(h, &m->angle, sizeof m->angle);
    hash_add(h, m->to.value, m->to.n * sizeof(double));
    for (size_t k = 0; k < m->out.n; k++)
        hash_add_text(h, m->out.text[k]);
    free(label);
}

static Err make_keys(Catalogue *c)
{
    Err e = OK;
    c->key = mem_new(c->n, sizeof c->key[0]);
    for (size_t i = 0; i < c->n && e == OK && comm_is_root(c->run->comm); i++) {
        Hash *h = hash_new();
        e = begin_key(c, &c->sample, h);
        add_move(h, &c->move[i].move);
        hash_finish(h, c->key[i]);
    }
    e = comm_agree(c->run->comm, e);
    comm_bcast(c->run->comm, 0, c->n * sizeof c->key[0], c->key);
    return e;
}

/* ---- the sample at rest ---- */

static Err minimise(const Catalogue *c, const FfOptions *options, const Comm *alone, Sample *s)
{
    NebEngine engine;
    const NebOptions o = {.fmax = 0.9 * c->o->path.relax_force,
                          .max_steps = 10 * (int)c->o->path.relax_steps};
    double energy, *force = MEM_NEW(double, 3 * s->n);
    int steps;
    neb_engine_init(&engine, alone, s, &c->p, options, 1);
    NebProblem p = neb_engine_problem(&engine, NULL);
    Err e = neb_minimise(&p, &o, 0, &s->x[0][0], &energy, force, &steps);
    if (e == OK)
        log_info("  relaxed in %d steps%s, %.6f eV", steps,
                 steps < o.max_steps ? "" : " (not to relax_force)", energy);
    neb_engine_clear(&engine);
    free(force);
    return e;
}

/* Read it if it is there, else relax the stage's sample on rank 0 and write it; then read it all the same. Collective. */
static Err relaxed_sample(Catalogue *c, const Sample *raw)
{
    const StageRun *run = c->run;
    const ConfigNode *node = run->stage->node;
    char key[HASH_HEX], *file;
    FfOptions options;
    Err e = neb_path_force(&c->o->path, node, raw, &options);
    if (e != OK)
        return e;
    Comm *alone = comm_split(run->comm, comm_rank(run->comm));
    if (comm_is_root(run->comm)) {
        Hash *h = hash_new();
        e = begin_key(c, raw, h);
        hash_finish(h, key);
    }
    comm_bcast(run->comm, 0, sizeof key, key);
    char *name = mem_format("paths/relaxed-%.32s.h5", key);
    file = stage_file(run->stage, name);
    if (e == OK && comm_is_root(run->comm) && access(file, R_OK) != 0) {
        Sample s;
        sample_copy(&s, raw);
        memset(s.v, 0, (size_t)s.n * sizeof s.v[0]);
        e = minimise(c, &options, alone, &s);
        if (e == OK)
            e = sample_file_write(file, &s, c->provenance);
        sample_clear(&s);
    }
    e = comm_agree(run->comm, e);
    if (e == OK)
        e = sample_file_read(run->comm, file, &c->sample);
    free(name);
    free(file);
    comm_free(alone);
    return e;
}

/* ---- equivalent rotations ---- */

typedef struct Print {
    double energy[3]; /* eV, at a fifth and four fifths (the lower first), half way */
} Print;

static Err rigid_energies(NebEngine *engine, const NebMove *m, const Sample *s, Print *print)
{
    NebBand b;
    Sample first = {0};
    double turn[3], *force = MEM_NEW(double, 3 * s->n);
    bool relabelled;
    int64_t ion;
    neb_band_init(&b, 6, 3 * (size_t)s->n);
    Err e = neb_move_first(m, NULL, s, &first, &ion);
    memcpy(b.x, s->x, b.n * sizeof b.x[0]);
    if (e == OK)
        e = neb_move_last(m, NULL, s, s, ion, NULL, &b.x[5 * b.n], turn, &relabelled);
    if (e == OK)
        neb_move_band(s, ion, turn, 0.0, 0, NULL, &b);
    double quarter[2];
    if (e == OK)
        e = neb_engine_energy(engine, 0, &b.x[b.n], &quarter[0], force);
    if (e == OK)
        e = neb_engine_energy(engine, 0, &b.x[4 * b.n], &quarter[1], force);
    if (e == OK) { /* half way is between images 2 and 3: the mean of their energies does as well */
        double two[2];
        e = neb_engine_energy(engine, 0, &b.x[2 * b.n], &two[0], force);
        if (e == OK)
            e = neb_engine_energy(engine, 0, &b.x[3 * b.n], &two[1], force);
        print->energy[2] = 0.5 * (two[0] + two[1]);
    }
    print->energy[0] = fmin(quarter[0], quarter[1]);
    print->energy[1] = fmax(quarter[0], quarter[1]);
    neb_band_clear(&b);
    sample_clear(&first);
    free(force);
    return e;
}

static bool same_print(const BarriersMove *a, const BarriersMove *b, const Print *p, const Print *q)
{
    for (int k = 0; k < 3; k++)
        if (fabs(p->energy[k] - q->energy[k]) > 1e-3)
            return false;
    return a->group == b->group;
}

/* Rank 0 compares; kept[i] moves stay and count their likes. */
static Err find_likes(Catalogue *c, const FfOptions *options, const Sample *raw, const Comm *alone,
                      int64_t multiplicity[])
{
    NebEngine engine;
    Print *print = MEM_NEW(Print, c->n);
    Err e = OK;
    neb_engine_init(&engine, alone, raw, &c->p, options, 1);
    for (size_t i = 0; i < c->n && e == OK; i++) {
        multiplicity[i] = 1;
        if (c->move[i].move.kind != NEB_ROTATION)
            continue;
        e = rigid_energies(&engine, &c->move[i].move, raw, &print[i]);
        for (size_t k = 0; k < i && e == OK; k++)
            if (multiplicity[k] > 0 && c->move[k].move.kind == NEB_ROTATION &&
                same_print(&c->move[i], &c->move[k], &print[i], &print[k])) {
                multiplicity[k]++;
                multiplicity[i] = 0;
                break;
            }
    }
    neb_engine_clear(&engine);
    free(print);
    return e;
}

static Err leave_out_likes(Catalogue *c, const Sample *raw)
{
    const StageRun *run = c->run;
    FfOptions options;
    Err e = neb_path_force(&c->o->path, run->stage->node, raw, &options);
    if (e != OK || !c->o->inequivalent)
        return e;
    int64_t *multiplicity = MEM_NEW(int64_t, c->n);
    Comm *alone = comm_split(run->comm, comm_rank(run->comm));
    if (comm_is_root(run->comm))
        e = find_likes(c, &options, raw, alone, multiplicity);
    e = comm_agree(run->comm, e);
    comm_bcast(run->comm, 0, c->n * sizeof multiplicity[0], multiplicity);
    size_t kept = 0, all = c->n;
    for (size_t i = 0; i < c->n && e == OK; i++) {
        BarriersMove m = c->move[i];
        m.multiplicity = multiplicity[i];
        c->move[i] = c->move[kept];
        if (m.multiplicity > 0)
            c->move[kept++] = m;
    }
    if (e == OK)
        c->n =
            kept; /* those left out own no memory: rotations that no list named, or named twice */
    log_info("  %zu inequivalent of %zu moves", kept, all);
    comm_free(alone);
    free(multiplicity);
    return e;
}

/* ---- paths ---- */

/* One path by the ranks of `group`; its root writes. */
static Err one_path(const Catalogue *c, size_t i, const Comm *group)
{
    const BarriersMove *m = &c->move[i];
    char digits[16] = "";
    NebPath path;
    memcpy(digits, c->key[i], 15);
    Err e = neb_path_run(group, &c->o->path, &m->move, m->node, &c->sample, NULL, &c->p,
                         strtoull(digits, NULL, 16), false, &path);
    if (e == OK && comm_is_root(group)) {
        char *label = neb_move_label(&m->move), *file = path_file(c, i);
        e = neb_file_write(file, &path, label, c->provenance, c->o->structures);
        free(label);
        free(file);
    }
    neb_path_clear(&path);
    return comm_agree(group, e);
}

/* Which paths have no whole file yet, the same list on all ranks. */
static size_t *left_to_do(const Catalogue *c, size_t *n)
{
    size_t *todo = MEM_NEW(size_t, c->n);
    *n = 0;
    for (size_t i = 0; i < c->n && comm_is_root(c->run->comm); i++) {
        NebSummary way[2];
        char *file = path_file(c, i);
        if (access(file, R_OK) != 0 || neb_file_read(file, way) != OK)
            todo[(*n)++] = i;
        free(file);
    }
    comm_bcast(c->run->comm, 0, sizeof *n, n);
    comm_bcast(c->run->comm, 0, c->n * sizeof todo[0], todo);
    return todo;
}

static Err all_paths(const Catalogue *c)
{
    const Comm *world = c->run->comm;
    size_t n, *todo = left_to_do(c, &n), ranks = (size_t)comm_size(world);
    size_t groups = n < ranks ? (n > 0 ? n : 1) : ranks;
    size_t mine = (size_t)comm_rank(world) * groups / ranks;
    Comm *group = comm_split(world, (int)mine);
    Progress progress;
    Status status;
    Err e = OK;
    log_info("  %zu of %zu paths are there; %zu at a time", c->n - n, c->n, groups);
    log_progress_init(&progress, stage_name(c->run->stage), "paths", (double)n);
    status_init(&status, c->run, (int64_t)(c->n - n), (int64_t)c->n);
    int64_t there = status.first;
    status_show(&status, there, NULL);
    for (size_t done = 0; done < n && e == OK; done += groups) {
        if (done + mine < n)
            e = one_path(c, todo[done + mine], group);
        e = comm_agree(world, e);
        size_t now = done + groups < n ? done + groups : n;
        log_progress(&progress, (double)now);
        if (e == OK)
            there = status.checkpoint = status.first + (int64_t)now;
        status_show(&status, there, NULL);
        if (e == OK && stop_due(world) && now < n)
            e = err_set(ERR_STOPPED, "stopped by %s after %lld of %zu paths; go on with --resume",
                        stop_reason(), (long long)there, c->n);
    }
    status_show(&status, there, e == OK ? "done" : "stopped");
    status_clear(&status);
    comm_free(group);
    free(todo);
    return e;
}

/* ---- the stage ---- */

static Err write_result(const Catalogue *c)
{
    char **names = MEM_NEW(char *, c->n);
    for (size_t i = 0; i < c->n; i++)
        names[i] = path_name(c, i);
    Err e = barriers_result_write(c->run, c->n, c->move, names);
    for (size_t i = 0; i < c->n; i++)
        free(names[i]);
    free(names);
    return e;
}

static Err read_potential(const StageRun *run, const BarriersOptions *o, FfParameters *p)
{
    char *path = study_path(run->study, o->potential);
    Err e = forcefield_read(run->comm, path, p);
    free(path);
    return e;
}

static Err check(const StageRun *run, const void *options, StageEstimate *estimate)
{
    const BarriersOptions *o = options;
    FfParameters p;
    Err e = read_potential(run, o, &p);
    const Stage *cell = study_find(run->study, o->cell);
    if (e != OK || !cell->has_sample) {
        snprintf(estimate->note, sizeof estimate->note, "on the sample that %s will leave",
                 o->cell);
        return e;
    }
    FfOptions force;
    size_t n = 0;
    BarriersMove *moves = NULL;
    BarriersOptions quick = *o; /* without the search for voids, which takes its time */
    quick.void_hops = 0;
    e = neb_path_force(&o->path, run->stage->node, &cell->sample, &force);
    if (e == OK && (o->void_hops == 0 || o->rotations.n > 0 || o->moves != NULL))
        e = barriers_moves(&quick, run->stage->node, &cell->sample, stages_seed(run, 0), &n,
                           &moves);
    barriers_moves_clear(n, moves);
    n += (size_t)o->void_hops;
    /* a force of 1000 atoms takes about 8 ms on one core, a path some 800 steps of its band */
    double forces = (double)n * 800.0 * (double)o->path.images * (o->path.lock == 2 ? 2.0 : 1.0);
    estimate->seconds = forces * 8e-6 * (double)cell->sample.n / (double)comm_size(run->comm);
    estimate->disk =
        (double)n * (o->structures ? 2.0 * 48.0 * (double)(o->path.images * cell->sample.n) : 2e4);
    snprintf(estimate->note, sizeof estimate->note, "%zu moves%s, roughly", n,
             o->inequivalent ? " before equivalent ones are left out" : "");
    return e;
}

static Err run_barriers(const StageRun *run, const void *options)
{
    Catalogue c = {.run = run, .o = options};
    Sample raw = {0};
    Err e = read_potential(run, c.o, &c.p);
    if (e == OK)
        e = stages_read_sample(run, c.o->cell, &raw);
    if (e == OK)
        e = comm_agree(run->comm, comm_is_root(run->comm) ? make_folder(run) : OK);
    if (e != OK)
        return e;
    c.provenance = comm_is_root(run->comm) ? stage_provenance(run, true) : NULL;
    comm_bcast_text(run->comm, &c.provenance);
    e = barriers_moves(c.o, run->stage->node, &raw, stages_seed(run, 0), &c.n, &c.move);
    if (e == OK)
        e = leave_out_likes(&c, &raw);
    if (e == OK)
        e = relaxed_sample(&c, &raw);
    if (e == OK)
        e = make_keys(&c);
    if (e == OK)
        e = all_paths(&c);
    if (e == OK)
        e = comm_agree(run->comm, comm_is_root(run->comm) ? write_result(&c) : OK);
    barriers_moves_clear(c.n, c.move);
    sample_clear(&c.sample);
    sample_clear(&raw);
    free(c.key);
    free(c.provenance);
    return e;
}

const StageKind stage_barriers = {
    .name = "barriers",
    .help = "barriers of many moves by nudged elastic bands, BH4 free to turn and locked",
    .nfields = BARRIERS_OPTIONS_NFIELDS,
    .fields = barriers_options_fields,
    .options_size = sizeof(BarriersOptions),
    .check = check,
    .run = run_barriers,
};
