#include "sampling/inside.h"

#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"
#include "force/coulomb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double RADIUS =
    1.6; /* A: longest B-H of a flexible ion, as sample_longest_bond has it */

/* Usual steps of the collective moves: ln V; internal time (0.5 fs) */
static const double VOLUME_STEP = 0.01, VOLUME_MOST = 0.5;
static const double HYBRID_STEP = 0.5 / UNITS_TIME_FS, HYBRID_MOST = 20.0 / UNITS_TIME_FS;

const char *mc_move_name(int move)
{
    return move < MOVE_COUNT ? move_all[move]->name : move == MC_MOVE_VOLUME ? "volume" : "hybrid";
}

bool mc_box_fits(const Mc *mc, const Cell *cell)
{
    double widths[3];
    cell_widths(cell, widths);
    double least = fmin(widths[0], fmin(widths[1], widths[2]));
    return least >= 2.0 * mc->o.cutoff && least >= mc->reach;
}

static Err check_options(const McOptions *o)
{
    if (!(o->temperature > 0.0) || !(o->cutoff > 0.0) || !(o->accuracy > 0.0) || o->block < 1 ||
        o->refresh < 1 || o->hybrid_steps < 0 || o->volume_every < 0 || o->hybrid_every < 0)
        return err_set(ERR_INPUT,
                       "Monte Carlo: temperature, cut-off, force error, block length and refresh "
                       "interval must be positive, numbers of steps not negative");
    double sum = 0.0;
    for (int m = 0; m < MOVE_COUNT; m++) {
        if (!(o->weight[m] >= 0.0))
            return err_set(ERR_INPUT, "Monte Carlo: the weight of move '%s' is negative",
                           mc_move_name(m));
        sum += o->weight[m];
    }
    bool volume = o->volume != MC_VOLUME_NONE && o->volume_every > 0;
    if (!(sum > 0.0) && !volume && !(o->hybrid_every > 0 && o->hybrid_steps > 0))
        return err_set(ERR_INPUT, "Monte Carlo: no move has a weight, nothing would ever move");
    if (o->nsite == 0 && o->weight[MOVE_HOP] + o->weight[MOVE_HOP_FOLLOW] > 0.0)
        return err_set(ERR_INPUT, "Monte Carlo: hops need a list of sites");
    return OK;
}

static Err check_sample(const Mc *mc)
{
    const Bodies *b = &mc->bodies;
    double charge = 0.0, widths[3];
    for (int64_t i = 0; i < b->n; i++)
        charge += b->q[i];
    if (fabs(charge) > 1e-6)
        return err_set(ERR_INPUT,
                       "the sample has charge %+.6f e; periodic Coulomb sums need a neutral cell",
                       charge);
    double longest = bodies_longest(b, (const double(*)[3])b->x);
    if (!(longest <= b->radius))
        return err_set(ERR_INPUT, "a BH4 has a B-H of %.3f A, longer than %.3f A: it is torn",
                       longest, b->radius);
    cell_widths(&b->cell, widths);
    double least = fmin(widths[0], fmin(widths[1], widths[2]));
    if (!mc_box_fits(mc, &b->cell))
        return err_set(ERR_INPUT,
                       "the box is %.3f A wide; Monte Carlo with a cut-off of %g A needs %.3f A; "
                       "take a larger "
                       "supercell or a smaller cut-off",
                       least, mc->o.cutoff, fmax(2.0 * mc->o.cutoff, mc->reach));
    return OK;
}

static Err prepare_energy(Mc *mc)
{
    const Bodies *b = &mc->bodies;
    double q2 = 0.0;
    int none[3];
    for (int64_t i = 0; i < b->n; i++)
        q2 += b->q[i] * b->q[i];
    TRY(coulomb_pick(mc->o.accuracy, mc->o.cutoff, b->n, q2, &b->cell, 0, &mc->beta, none,
                     &mc->kcut));
    TRY(local_init(&mc->model.local, &mc->p, mc->o.cutoff, mc->beta, mc->o.shift));
    mc->state.self = coulomb_self_energy(mc->beta, q2);
    return waves_new(mc->comm, &b->cell, mc->beta, mc->kcut, &mc->model.waves);
}

static void start_steps(Mc *mc)
{
    for (int m = 0; m < MC_MOVES; m++) {
        double usual = m < MOVE_COUNT        ? move_all[m]->step
                       : m == MC_MOVE_VOLUME ? VOLUME_STEP
                                             : HYBRID_STEP;
        mc->state.step[m] = mc->o.step[m] > 0.0 ? mc->o.step[m] : usual;
    }
}

/* The longest B-H; rigid ions keep theirs, but for rounding. */
static double radius_of(const Sample *s, bool rigid)
{
    return rigid ? sample_longest_bond(s) + 1e-6 : RADIUS;
}

Err mc_new(const Comm *c, const Sample *s, const FfParameters *p, const McOptions *o, Mc **out)
{
    *out = NULL;
    TRY(check_options(o)); /* the same on all ranks, as all that follows */
    Mc *mc = MEM_NEW(Mc, 1);
    int64_t ions[ION_KINDS];
    sample_count(s, ions);
    mc->comm = c;
    mc->p = *p;
    mc->o = *o;
    mc->o.site = NULL;
    mc->kt = UNITS_KB * o->temperature;
    mc->model.comm = c;
    mc->model.p = &mc->p;
    mc->model.rigid = o->rigid;
    double radius = ions[ION_BH4] > 0 ? radius_of(s, o->rigid) : 0.0;
    mc->reach = o->cutoff + 2.0 * radius + 1e-6;
    bodies_init(&mc->bodies, s, p, radius, mc->reach);
    move_sites_init(&mc->sites, &s->cell, o->nsite, o->site, o->hop_reach);
    start_steps(mc);
    Err e = check_sample(mc);
    if (e == OK)
        e = prepare_energy(mc);
    if (e != OK) {
        mc_free(mc);
        return e;
    }
    mc->mark = MEM_NEW(int32_t, s->nion);
    mc->kept = mem_new((size_t)s->n, sizeof *mc->kept);
    mc->kept_waves = MEM_NEW(double, 2 * waves_own(mc->model.waves) + 1);
    e = mc_set(mc, &s->cell, (const double(*)[3])s->x);
    if (e != OK) {
        mc_free(mc);
        return e;
    }
    *out = mc;
    return OK;
}

void mc_free(Mc *mc)
{
    if (mc == NULL)
        return;
    bodies_clear(&mc->bodies);
    move_sites_clear(&mc->sites);
    board_clear(&mc->board);
    env_clear(&mc->model.env);
    waves_free(mc->model.waves);
    free(mc->mark);
    free(mc->kept);
    free(mc->kept_waves);
    free(mc->charge);
    free(mc->place[0]);
    free(mc->place[1]);
    free(mc);
}

void mc_compute(Mc *mc, McState *s)
{
    waves_compute(mc->model.waves, &mc->bodies);
    s->pairs = energy_pairs(&mc->model, &mc->bodies);
    s->waves = waves_energy(mc->model.waves);
    s->inner = energy_inner(&mc->model, &mc->bodies);
}

double mc_energy(const Mc *mc)
{
    const McState *s = &mc->state;
    return s->pairs + s->waves + s->inner + s->self;
}

/* From scratch: what has crept in since is noted. */
static void refresh(Mc *mc)
{
    double before = mc_energy(mc);
    mc_compute(mc, &mc->state);
    mc->state.drift = fmax(mc->state.drift, fabs(mc_energy(mc) - before));
}

Err mc_set(Mc *mc, const Cell *cell, const double (*x)[3])
{
    bodies_set(&mc->bodies, cell, x);
    if (!mc_box_fits(mc, cell))
        return err_set(ERR_INPUT, "the box is too narrow for a cut-off of %g A", mc->o.cutoff);
    waves_set_cell(mc->model.waves, cell);
    mc_compute(mc, &mc->state);
    if (!isfinite(mc_energy(mc)))
        return err_set(ERR_NUMERICAL, "the energy is not finite (atoms on top of each other?)");
    return OK;
}

static bool due(int64_t every, int64_t sweep)
{
    return every > 0 && sweep % every == 0;
}

static bool trials_wanted(const Mc *mc)
{
    double sum = 0.0;
    for (int m = 0; m < MOVE_COUNT; m++)
        sum += mc->o.weight[m];
    return sum > 0.0;
}

Err mc_sweep(Mc *mc)
{
    McState *s = &mc->state;
    s->sweep++;
    if (trials_wanted(mc)) {
        board_lay(&mc->board, &mc->bodies, mc->reach, mc->o.seed, s->sweep);
        for (int k = 0; k < mc->board.ncolour; k++)
            block_colour(mc, mc->board.colour[k]);
    }
    if (mc->o.volume != MC_VOLUME_NONE && due(mc->o.volume_every, s->sweep))
        volume_move(mc);
    if (mc->o.hybrid_steps > 0 && due(mc->o.hybrid_every, s->sweep))
        hybrid_move(mc);
    if (due(mc->o.refresh, s->sweep))
        refresh(mc);
    if (!isfinite(mc_energy(mc)))
        return err_set(ERR_NUMERICAL, "Monte Carlo: the energy is not finite after sweep %lld",
                       (long long)s->sweep);
    return OK;
}

void mc_tune(Mc *mc)
{
    McState *s = &mc->state;
    for (int m = 0; m < MC_MOVES; m++) {
        double wanted = m == MC_MOVE_HYBRID ? 0.7 : 0.4;
        double most = m < MOVE_COUNT        ? move_all[m]->most
                      : m == MC_MOVE_VOLUME ? VOLUME_MOST
                                            : HYBRID_MOST;
        int64_t tried = s->count[m].tried - s->tuned[m].tried,
                taken = s->count[m].taken - s->tuned[m].taken;
        if (tried < 10 || most == 0.0)
            continue;
        double rate = (double)taken / (double)tried;
        s->step[m] = fmin(most, s->step[m] * fmin(1.3, fmax(0.7, (0.1 + rate) / (0.1 + wanted))));
        s->tuned[m] = s->count[m];
    }
}

const McState *mc_state(const Mc *mc)
{
    return &mc->state;
}

const Cell *mc_cell(const Mc *mc)
{
    return &mc->bodies.cell;
}

const double (*mc_positions(const Mc *mc))[3]
{
    return (const double(*)[3])mc->bodies.x;
}

void mc_describe(const Mc *mc, size_t size, char text[])
{
    double widths[3];
    int n[3];
    cell_widths(&mc->bodies.cell, widths);
    for (int i = 0; i < 3; i++) {
        n[i] = 2 * (int)floor(widths[i] / (2.0 * mc->reach));
        n[i] = n[i] < 2 ? 1 : n[i];
    }
    snprintf(text, size,
             "Ewald: beta %.4f 1/A, cut-off %.3f A, %zu waves up to %.3f 1/A; checkerboard %d x %d "
             "x %d, "
             "blocks of %lld trials",
             mc->beta, mc->o.cutoff, waves_vectors(mc->model.waves), mc->kcut, n[0], n[1], n[2],
             (long long)mc->o.block);
}

size_t mc_waves(const Mc *mc)
{
    return 2 * waves_count(mc->model.waves);
}

void mc_save_waves(const Mc *mc, double s[])
{
    waves_get_all(mc->model.waves, s);
}

void mc_restore(Mc *mc, const McState *state, const Cell *cell, const double (*x)[3],
                const double s[])
{
    if (memcmp(cell, &mc->bodies.cell, sizeof *cell) != 0)
        waves_set_cell(mc->model.waves, cell);
    bodies_set(&mc->bodies, cell, x);
    waves_put_all(mc->model.waves, s);
    mc->state = *state;
}
