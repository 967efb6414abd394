/* move.h -- a Monte Carlo move: how one ion, or two, may be displaced. Each is a small struct.
 *
 * A move proposes; whether it is taken is decided elsewhere (block.h), by
 *   min(1, exp(-dE/kT + ln_bias)),   ln_bias = ln [ P(new -> old) / P(old -> new) ]
 * where P is the density of the proposal in the measure d^3 r of centres times the Haar measure of rotations.
 * Adding a move means adding one struct and one line of move_all. All functions are Local.
 */
#ifndef SAMPLING_MOVE_H
#define SAMPLING_MOVE_H

#include "sampling/bodies.h"
#include "sampling/dice.h"

/* Sites that Mg may hop between, and which of them are near each other; fractional coordinates. */
typedef struct MoveSites {
    int32_t n;
    double (*s)[3];
    int32_t *first;    /* [n + 1] */
    int32_t *to;       /* sites within reach of each */
    double (*step)[3]; /* fractional, from the site to that copy of the other */
} MoveSites;

/* Sites closer than `reach` [A] in this cell are neighbours, periodic copies included. Free with move_sites_clear. */
void move_sites_init(MoveSites *sites, const Cell *cell, int32_t n, const double (*s)[3],
                     double reach);
void move_sites_clear(MoveSites *sites);

typedef struct MoveWorld {
    const Bodies *bodies;
    const MoveSites *sites;
    double bond; /* A: a BH4 whose B is nearer than this to a Mg is bound to it */
} MoveWorld;

/* What is proposed: new positions of one or two ions. */
typedef struct Trial {
    int n;
    int32_t ion[2];
    double x[2][BODY_ATOMS][3]; /* A, unwrapped */
    double ln_bias;
} Trial;

enum {
    MOVE_ROTATE,
    MOVE_TURN,
    MOVE_SYMMETRY,
    MOVE_TRANSLATE,
    MOVE_DISPLACE,
    MOVE_HOP,
    MOVE_HOP_FOLLOW,
    MOVE_COUNT
};

typedef struct Move {
    const char *name, *help, *unit; /* unit of the step; "": it has none */
    const char *reference;
    double step, most;    /* usual and largest step, in `unit`; most = 0: never tuned */
    bool kind[ION_KINDS]; /* ions it can start from */
    /* Fill *t for this ion; false: nothing can be proposed (the trial is rejected). step in `unit`. */
    bool (*propose)(const MoveWorld *w, int32_t ion, double step, Dice *d, Trial *t);
} Move;

/* By number. */
extern const Move *const move_all[MOVE_COUNT];
extern const Move move_rotate, move_turn, move_symmetry; /* move_rotate.c */
extern const Move move_translate, move_displace;         /* move_translate.c */
extern const Move move_hop, move_hop_follow;             /* move_hop.c */

#endif
