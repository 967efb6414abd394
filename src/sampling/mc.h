/* mc.h -- Monte Carlo of Mg(BH4)2: the same ensemble as molecular dynamics, by moves that need not follow a path.
 *
 * Samples exp(-(E + P V)/kT) of flexible or rigid ions. E is the energy of force/forcefield.h with Ewald's sum, exact to
 * rounding, although a trial costs only a local sum: a trial is judged in steps (delayed acceptance, J. A. Christen,
 * C. Fox, J. Comput. Graph. Stat. 14, 795 (2005), doi 10.1198/106186005X76983), first by the terms within the cut-off,
 * and only if it passes by the rest, the reciprocal sum, whose change costs a few charges times all wave vectors.
 * A turn, or a short way of one ion, goes by three steps: the ions close to it, the others within the cut-off, the
 * reciprocal sum.
 *
 * One sweep: for each colour of a checkerboard (board.h) every cell of it makes as many trials as it holds ions, in
 * blocks; then, if it is their turn, one volume move and one trajectory of hybrid Monte Carlo (over all ions).
 *
 * Why this is right. Let E = sum_c L_c + R, L_c the local energy of active cell c with what surrounds it, R the
 * reciprocal energy; cells of one colour do not share a term of L. In a block, cell c runs a chain of n Metropolis trials
 * under L_c alone. (Where a trial is itself judged in two steps, dL_c = near + far, the ratio of min(1, r_near) min(1, r_far)
 * to that of the way back is r_near r_far, as it should be.) Each trial keeps detailed balance with exp(-L_c/kT), and a
 * block is n of them in a row, chosen from the same distribution in every step, so the block as a whole, x -> y with
 * density K(x, y), does too:
 *     exp(-L_c(x)/kT) K(x, y) = exp(-L_c(y)/kT) K(y, x) .
 * (The n-th power of a reversible kernel is reversible.) K does not depend on the other active cells. The block is then
 * one proposal of a Metropolis-Hastings step for exp(-E/kT), all other ions fixed, and
 *     exp(-E(y)/kT) K(y, x) / [ exp(-E(x)/kT) K(x, y) ] = exp(-(R(y) - R(x))/kT),
 * so it is taken with probability min(1, exp(-dR/kT)), or undone as a whole. Cells are decided one after another, each
 * given what was decided before; each decision leaves exp(-E/kT) as it is, so their sequence does. n = 1 is plain delayed
 * acceptance. That all proposals are made before the first decision changes nothing, as none depends on another cell.
 * Volume moves and trajectories are decided by the whole E at once.
 *
 * The chain is the same for any number of ranks, bit by bit: every rank holds all ions, random numbers are functions of
 * (seed, sweep, cell, trial), energies are sums without rounding (local.h, waves.h).
 */
#ifndef SAMPLING_MC_H
#define SAMPLING_MC_H

#include "par/comm.h"
#include "sampling/move.h"

typedef enum McVolume { MC_VOLUME_NONE, MC_VOLUME_ISOTROPIC, MC_VOLUME_ANISOTROPIC } McVolume;

/* Numbers of the collective moves, after those of move.h */
enum { MC_MOVE_VOLUME = MOVE_COUNT, MC_MOVE_HYBRID, MC_MOVES };

typedef struct McOptions {
    bool rigid;
    bool shift;      /* pair energies zero at the cut-off */
    double cutoff;   /* A */
    double accuracy; /* eV/A: sets beta and the wave vectors, as in FfOptions */
    uint64_t seed;
    double temperature; /* K */
    double pressure;    /* eV/A^3 */
    McVolume volume;
    int64_t volume_every, hybrid_every; /* sweeps; 0: never */
    int hybrid_steps;
    double
        weight[MOVE_COUNT]; /* relative numbers of trials, among the moves that an ion can make */
    double step
        [MC_MOVES]; /* start values; volume: ln V or ln L; hybrid: internal time. 0: the usual one */
    int64_t block;  /* trials of a cell before the reciprocal test */
    int64_t refresh; /* sweeps between recomputations of S(k) and energies from scratch */
    int32_t nsite;
    const double (*site)[3]; /* fractional */
    double hop_reach, bond;  /* A */
} McOptions;

typedef struct McCount {
    int64_t tried, local, taken; /* local: passed the first test */
} McCount;

typedef struct McState { /* plain data: what a checkpoint keeps besides cell, positions, S(k) */
    int64_t sweep;
    double pairs, waves, inner, self; /* eV */
    double step[MC_MOVES];
    McCount count[MC_MOVES], tuned[MC_MOVES]; /* since the start; at the last tuning */
    int64_t blocks, blocks_taken;
    double drift; /* eV: largest correction at a recomputation */
} McState;

typedef struct Mc Mc;

/* The sample is copied; rigid: its BH4 must be regular already. ERR_INPUT if the box is too narrow, not neutral, ions are
 * longer than allowed, or options make no sense. Collective. */
Err mc_new(const Comm *c, const Sample *s, const FfParameters *p, const McOptions *o,
           Mc **mc) MUST_USE;
void mc_free(Mc *mc);

/* One sweep. ERR_NUMERICAL (on all ranks) if the energy is not finite. Collective. */
Err mc_sweep(Mc *mc) MUST_USE;

/* Adjust steps by the acceptance since the last call: only while equilibrating. Local, the same on all ranks. */
void mc_tune(Mc *mc);

const McState *mc_state(const Mc *mc);
double mc_energy(const Mc *mc); /* eV */
const Cell *mc_cell(const Mc *mc);

/* Positions [n][3] A, unwrapped, canonical order. Local; lives as long as mc. */
const double (*mc_positions(const Mc *mc))[3];

/* Name and unit of a move's step, by number. Local. */
const char *mc_move_name(int move);

/* beta, wave vectors, cells of the checkerboard: one line. Local. */
void mc_describe(const Mc *mc, size_t size, char text[]);

/* Put other positions and another cell in place (volume too); energies are computed anew. Collective. */
Err mc_set(Mc *mc, const Cell *cell, const double (*x)[3]) MUST_USE;

/* Structure factors for a checkpoint: mc_waves numbers. Collective (save). After mc_restore the chain goes on with the
 * same bits; mc must have been made of the sample that the chain began with. */
size_t mc_waves(const Mc *mc);
void mc_save_waves(const Mc *mc, double s[]);
void mc_restore(Mc *mc, const McState *state, const Cell *cell, const double (*x)[3],
                const double s[]);

#endif
