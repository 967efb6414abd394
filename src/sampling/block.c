/* block.c -- the trials of the cells of one colour: local chains in blocks, then the reciprocal test of each block. */
#include "sampling/inside.h"

#include "base/mem.h"
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

static const double SHORT_WAY = 1.0; /* A: the surroundings at both ends are gathered at once */

enum { BATCH = 32 }; /* blocks whose S(k) changes are held at once */

/* What one cell did in one block, as it is told to the other ranks. */
typedef struct Slot {
    int32_t cell, moved;
    double de; /* eV, local */
    int32_t tried[MOVE_COUNT], passed[MOVE_COUNT];
} Slot;

typedef struct Moved {
    int32_t ion, atoms;
    double x[BODY_ATOMS][3];
} Moved;

/* Blocks of one round. */
typedef struct Round {
    size_t nslot, nmoved, room;
    Slot *slot;
    Moved *moved; /* slot after slot */
} Round;

/* Atoms of ion at x, from its present centre; the longest distance. */
static double from_centre(const Bodies *b, int32_t ion, const double (*x)[3],
                          const double origin[3], double r[BODY_ATOMS][3])
{
    double most = 0.0;
    for (int i = 0; i < bodies_atoms(b, ion); i++) {
        vec_sub(x[i], origin, r[i]);
        most = fmax(most, vec_norm(r[i]));
    }
    return most;
}

static double energy_at(Mc *mc, int32_t ion, int32_t other, const double at[3], double radius,
                        const double (*r)[3], bool gather)
{
    const Bodies *b = &mc->bodies;
    EnergyModel *m = &mc->model;
    if (gather)
        local_gather(&m->local, b, at, radius, ion, other, LOCAL_ALL, &m->env);
    return local_energy(&m->local, &m->env, bodies_atoms(b, ion), b->type + b->first[ion], r);
}

/* Change of the local energy when the trial's ions move [eV]. Two ions move together, so what is between them stays. */
static double local_change(Mc *mc, const Trial *t)
{
    const Bodies *b = &mc->bodies;
    double de = 0.0;
    for (int k = 0; k < t->n; k++) {
        int32_t ion = t->ion[k], other = t->n == 2 ? t->ion[1 - k] : -1;
        const double(*x)[3] = (const double(*)[3])b->x + b->first[ion];
        double old[BODY_ATOMS][3], new[BODY_ATOMS][3], there[3], step[3];
        double r0 = from_centre(b, ion, x, x[0], old);
        vec_sub(t->x[k][0], x[0], step);
        if (vec_norm(step) < SHORT_WAY) {
            double r1 = from_centre(b, ion, t->x[k], x[0], new);
            de -= energy_at(mc, ion, other, b->centre[ion], fmax(r0, r1), (const double(*)[3])old,
                            true);
            de += energy_at(mc, ion, other, b->centre[ion], 0.0, (const double(*)[3]) new, false);
            continue;
        }
        int image[3];
        memcpy(there, t->x[k][0], sizeof there);
        cell_wrap(&b->cell, there, image);
        double r1 = from_centre(b, ion, t->x[k], t->x[k][0], new);
        de -= energy_at(mc, ion, other, b->centre[ion], r0, (const double(*)[3])old, true);
        de += energy_at(mc, ion, other, there, r1, (const double(*)[3]) new, true);
    }
    return de;
}

/* The same for one ion that turns or moves a little: what a part of the surroundings contributes, seen from the middle
 * of its way. */
static double step_change(Mc *mc, const Trial *t, LocalPart part)
{
    const Bodies *b = &mc->bodies;
    EnergyModel *m = &mc->model;
    const int32_t ion = t->ion[0], *type = b->type + b->first[ion];
    const double(*x)[3] = (const double(*)[3])b->x + b->first[ion];
    double old[BODY_ATOMS][3], new[BODY_ATOMS][3], middle[3];
    int image[3], from = memcmp(x[0], t->x[0][0], sizeof x[0]) == 0 ? 1 : 0; /* a turn */
    for (int c = 0; c < 3; c++)
        middle[c] = 0.5 * (x[0][c] + t->x[0][0][c]);
    double r0 = from_centre(b, ion, x, middle, old), r1 = from_centre(b, ion, t->x[0], middle, new);
    cell_wrap(&b->cell, middle, image);
    local_gather(&m->local, b, middle, fmax(r0, r1), ion, -1, part, &m->env);
    const int n = bodies_atoms(b, ion) - from;
    return local_energy(&m->local, &m->env, n, type + from, (const double(*)[3]) new + from) -
           local_energy(&m->local, &m->env, n, type + from, (const double(*)[3])old + from);
}

static bool accepts(const Mc *mc, double ln_bias, double de, Dice *judge)
{
    return mc_accepts(ln_bias - de / mc->kt, dice_uniform(judge));
}

/* Does the trial pass the local test? One ion on a short way is judged first by the ions close to the middle of the way:
 * most trials that fail, fail there; then by the others. The way back has the same middle, so which ions these are is
 * the same: delayed acceptance once more (mc.h). */
static bool passes(Mc *mc, const Trial *t, Dice *judge, double *de)
{
    double step[3];
    vec_sub(t->x[0][0], mc->bodies.x[mc->bodies.first[t->ion[0]]], step);
    if (t->n > 1 || vec_norm(step) >= SHORT_WAY) {
        *de = local_change(mc, t);
        return accepts(mc, t->ln_bias, *de, judge);
    }
    double near = step_change(mc, t, LOCAL_NEAR);
    if (!accepts(mc, t->ln_bias, near, judge))
        return false;
    double far = step_change(mc, t, LOCAL_FAR);
    *de = near + far;
    return accepts(mc, 0.0, far, judge);
}

/* A move for an ion of this kind, by weight; -1 if there is none. */
static int pick_move(const Mc *mc, IonKind kind, Dice *d)
{
    double sum = 0.0;
    for (int m = 0; m < MOVE_COUNT; m++)
        sum += move_all[m]->kind[kind] ? mc->o.weight[m] : 0.0;
    double u = sum * dice_uniform(d);
    int last = -1;
    for (int m = 0; m < MOVE_COUNT; m++) {
        if (!move_all[m]->kind[kind] || !(mc->o.weight[m] > 0.0))
            continue;
        last = m;
        u -= mc->o.weight[m];
        if (u < 0.0)
            break;
    }
    return last;
}

/* All ions of the trial in this cell, before and after */
static bool stays(const Mc *mc, int32_t cell, const Trial *t)
{
    const Board *g = &mc->board;
    if (g->ncell == 1)
        return true;
    for (int k = 0; k < t->n; k++)
        if (board_cell(g, &mc->bodies.cell, mc->bodies.centre[t->ion[k]]) != cell ||
            board_cell(g, &mc->bodies.cell, t->x[k][0]) != cell)
            return false;
    return true;
}

/* Note where an ion was before the block first moved it. */
static void remember(Mc *mc, Round *r, int32_t ion)
{
    if (mc->mark[ion] != 0)
        return;
    if (r->nmoved == r->room) {
        r->moved = mem_resize(r->moved, r->room, 2 * r->room + 64, sizeof *r->moved);
        r->room = 2 * r->room + 64;
    }
    Moved *m = &r->moved[r->nmoved++];
    *m = (Moved){.ion = ion, .atoms = bodies_atoms(&mc->bodies, ion)};
    memcpy(m->x, mc->bodies.x[mc->bodies.first[ion]], (size_t)m->atoms * sizeof m->x[0]);
    mc->mark[ion] = (int32_t)r->nmoved;
}

static uint64_t name_of(int32_t cell, int64_t trial)
{
    return (uint64_t)cell << 32 | (uint64_t)trial;
}

static void try(Mc *mc, Round *r, Slot *slot, int64_t trial)
{
    const Board *g = &mc->board;
    uint64_t name = name_of(slot->cell, trial);
    Dice d = dice_of(mc->o.seed, RNG_MC_MOVE, mc->state.sweep, name);
    Dice judge = dice_of(mc->o.seed, RNG_MC_ACCEPT, mc->state.sweep, name);
    int32_t first = g->first[slot->cell], n = g->first[slot->cell + 1] - first;
    int32_t ion = g->ion[first + (int32_t)dice_index(&d, n)];
    int move = pick_move(mc, mc->bodies.kind[ion], &d);
    if (move < 0)
        return;
    Trial t;
    const MoveWorld world = {.bodies = &mc->bodies, .sites = &mc->sites, .bond = mc->o.bond};
    slot->tried[move]++;
    if (!move_all[move]->propose(&world, ion, mc->state.step[move], &d, &t) ||
        !stays(mc, slot->cell, &t))
        return;
    double de;
    if (!passes(mc, &t, &judge, &de))
        return;
    slot->passed[move]++;
    slot->de += de;
    for (int k = 0; k < t.n; k++) {
        remember(mc, r, t.ion[k]);
        bodies_place(&mc->bodies, t.ion[k], (const double(*)[3])t.x[k]);
    }
}

/* Take all ions back to where they were; the list then says where they would be. */
static void take_back(Mc *mc, Round *r)
{
    for (size_t k = 0; k < r->nmoved; k++) {
        Moved *m = &r->moved[k];
        double now[BODY_ATOMS][3];
        size_t bytes = (size_t)m->atoms * sizeof m->x[0];
        memcpy(now, mc->bodies.x[mc->bodies.first[m->ion]], bytes);
        bodies_place(&mc->bodies, m->ion, (const double(*)[3])m->x);
        memcpy(m->x, now, bytes);
        mc->mark[m->ion] = 0;
    }
}

/* Block number `round` of the cells of this rank. */
static void run_blocks(Mc *mc, int32_t n, const int32_t cells[], int64_t round, Round *r)
{
    const Board *g = &mc->board;
    r->nslot = r->nmoved = 0;
    for (int32_t k = 0; k < n; k++) {
        int64_t trials = g->first[cells[k] + 1] - g->first[cells[k]], from = round * mc->o.block,
                to = from + mc->o.block < trials ? from + mc->o.block : trials;
        if (from >= to)
            continue;
        Slot *slot = &r->slot[r->nslot++];
        size_t before = r->nmoved;
        memset(slot, 0, sizeof *slot);
        slot->cell = cells[k];
        for (int64_t t = from; t < to; t++)
            try(mc, r, slot, t);
        slot->moved = (int32_t)(r->nmoved - before);
    }
    take_back(mc, r);
}

/* What a block changes in S(k), and so in the energy (own wave vectors) [eV] */
static double wave_change(Mc *mc, int32_t n, const Moved moved[], double *d)
{
    const Bodies *b = &mc->bodies;
    Waves *w = mc->model.waves;
    if (waves_own(w) == 0)
        return 0.0;
    if (mc->charges < BODY_ATOMS * n) {
        mc->charges = BODY_ATOMS * n;
        mc->charge = mem_resize(mc->charge, 0, (size_t)mc->charges, sizeof *mc->charge);
        for (int i = 0; i < 2; i++)
            mc->place[i] = mem_resize(mc->place[i], 0, (size_t)mc->charges, sizeof *mc->place[i]);
    }
    int m = 0;
    for (int32_t k = 0; k < n; k++) {
        const size_t first = (size_t)b->first[moved[k].ion];
        const double(*old)[3] = (const double(*)[3])b->x + first, (*new)[3] = moved[k].x;
        for (int i = 0; i < moved[k].atoms; i++) {
            if (memcmp(old[i], new[i], sizeof old[i]) == 0) /* turned about it */
                continue;
            mc->charge[m] = b->q[first + (size_t)i];
            memcpy(mc->place[0][m], old[i], sizeof old[i]);
            memcpy(mc->place[1][m++], new[i], sizeof new[i]);
        }
    }
    return waves_move(w, &b->cell, m, mc->charge, (const double(*)[3])mc->place[0],
                      (const double(*)[3])mc->place[1], d);
}

static void count(McState *s, const Slot *slot, bool taken)
{
    for (int m = 0; m < MOVE_COUNT; m++) {
        s->count[m].tried += slot->tried[m];
        s->count[m].local += slot->passed[m];
        s->count[m].taken += taken ? slot->passed[m] : 0;
    }
    s->blocks += slot->moved > 0;
    s->blocks_taken += slot->moved > 0 && taken;
}

/* S(k) without blocks k.., then the changes of the later ones anew, in it. */
static void leave_out(Mc *mc, int k, int n, double change[], const double *work)
{
    Waves *w = mc->model.waves;
    const size_t own = 2 * waves_own(w);
    for (int j = n - 1; j >= k; j--)
        waves_add(w, -1.0, work + (size_t)j * own);
    for (int j = k + 1; j < n; j++) {
        change[j] = waves_change(w, work + (size_t)j * own);
        waves_add(w, 1.0, work + (size_t)j * own);
    }
    if (k + 1 < n)
        comm_sum(mc->comm, (size_t)(n - k - 1), change + k + 1);
}

/* Judge up to BATCH blocks by the change of the reciprocal energy, one after another. Most are kept, so the change of each
 * is computed, and summed over the ranks, as if all before it were; if one is not, those after it are done again. */
static void judge_batch(Mc *mc, int n, const Slot *const slot[], const Moved *const moved[],
                        int64_t round, double *work)
{
    Waves *w = mc->model.waves;
    const size_t own = 2 * waves_own(w);
    double change[BATCH];
    for (int k = 0; k < n; k++) {
        change[k] = wave_change(mc, slot[k]->moved, moved[k], work + (size_t)k * own);
        waves_add(w, 1.0, work + (size_t)k * own);
    }
    comm_sum(mc->comm, (size_t)n, change); /* exact: multiples of WAVES_GRID */
    for (int k = 0; k < n; k++) {
        Dice d = dice_of(mc->o.seed, RNG_MC_ACCEPT, mc->state.sweep,
                         name_of(slot[k]->cell, (INT64_C(1) << 31) + round));
        bool taken = mc_accepts(-change[k] / mc->kt, dice_uniform(&d));
        count(&mc->state, slot[k], taken);
        if (!taken) {
            leave_out(mc, k, n, change, work);
            continue;
        }
        mc->state.pairs += slot[k]->de;
        mc->state.waves += change[k];
        for (int32_t i = 0; i < slot[k]->moved; i++)
            bodies_place(&mc->bodies, moved[k][i].ion, moved[k][i].x);
    }
}

/* All blocks of the round, in the order of their cells: ranks have contiguous parts. */
static void judge(Mc *mc, const Round *mine, int64_t round, double *work)
{
    size_t nslot, nmoved;
    Slot *slots = comm_allgatherv(mc->comm, mine->nslot * sizeof *slots, mine->slot, &nslot, NULL);
    Moved *moved =
        comm_allgatherv(mc->comm, mine->nmoved * sizeof *moved, mine->moved, &nmoved, NULL);
    nslot /= sizeof *slots;
    const Slot *batch[BATCH];
    const Moved *of[BATCH], *next = moved;
    int n = 0;
    for (size_t k = 0; k < nslot; k++) {
        if (slots[k].moved > 0) {
            batch[n] = &slots[k];
            of[n++] = next;
            next += slots[k].moved;
        } else {
            count(&mc->state, &slots[k], false);
        }
        if (n == BATCH || (n > 0 && k + 1 == nslot)) {
            judge_batch(mc, n, batch, of, round, work);
            n = 0;
        }
    }
    free(slots);
    free(moved);
}

void block_colour(Mc *mc, int colour)
{
    const Board *g = &mc->board;
    int32_t *cells = MEM_NEW(int32_t, g->ncell), n = board_active(g, colour, cells);
    int64_t first, own, most = 0;
    comm_block(mc->comm, n, &first, &own);
    for (int32_t k = 0; k < n; k++) {
        int64_t trials = g->first[cells[k] + 1] - g->first[cells[k]];
        most = trials > most ? trials : most;
    }
    Round r = {.slot = MEM_NEW(Slot, own)};
    size_t held = n < BATCH ? (size_t)n : BATCH;
    double *work = MEM_NEW(double, held * 2 * waves_own(mc->model.waves) + 1);
    for (int64_t round = 0; round * mc->o.block < most; round++) {
        run_blocks(mc, (int32_t)own, cells + first, round, &r);
        judge(mc, &r, round, work);
    }
    free(work);
    free(r.slot);
    free(r.moved);
    free(cells);
}
