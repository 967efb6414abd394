/* hopper.h -- the slow clock: Mg hop through gates that turn, by whichever engine, behind one face.
 *
 *   bridge   exact at any ratio of rates (bridge.h)
 *   direct   exact, every turn followed (kmc.h): only where turns are not much faster than hops
 *   average  mean rates of the gates, refused above a tolerance (averaged.h)
 * Local.
 */
#ifndef LATTICE_HOPPER_H
#define LATTICE_HOPPER_H

#include "lattice/kmc.h"

typedef enum HopperEngine { HOPPER_BRIDGE, HOPPER_DIRECT, HOPPER_AVERAGE } HopperEngine;

typedef struct Hopper Hopper;

/* Options as kmc.h; `watch` is called after every hop (of direct also after every turn). Rotors begin in equilibrium with the Mg
 * where they are, if they do not feel each other. tolerance: of average. Errors of the engine. */
Err hopper_new(State *s, const Wiring *wiring, HopperEngine engine, const KmcOptions *o,
               double tolerance, KmcClock *clock, Hopper **hopper) MUST_USE;
void hopper_free(Hopper *h);

/* Rotors into equilibrium with the Mg as they are; where rotors feel each other nothing is done: they turn for a while first, which
 * is the caller's. */
Err hopper_draw_rotors(State *s, const Wiring *wiring, const KmcOptions *o,
                       KmcClock *clock) MUST_USE;

/* Until `until` [s], or (roughly) `most` hops have been made. *hops: how many were. ERR_INPUT if `direct` has more than
 * HOPPER_TURNS turns, or `bridge` more than HOPPER_TRIES candidates, for each of `most` hops. */
Err hopper_run(Hopper *h, KmcClock *clock, double until, int64_t most, int64_t *hops) MUST_USE;
enum { HOPPER_TURNS = 10000, HOPPER_TRIES = 100000 };

/* Draws of the engine so far: candidates of bridge, hops and turns of the others. */
int64_t hopper_events(const Hopper *h);

/* Worst k tau CV^2 that average met; 0 for exact engines. */
double hopper_worst(const Hopper *h);

/* The two clocks and what stands between them, in the state as it is: k tau CV^2 of hops that could happen (at most `most`
 * of them) and of the hops back from there, mean rate of all turns of a rotor in equilibrium. NaN where rotors feel each other or have too many combinations of
 * wells. */
typedef struct HopperClocks {
    double turns;     /* [1/s] of a rotor; 0: nothing turns */
    double indicator; /* worst k tau CV^2 */
    double locked;    /* mean over edges of ln(k_mean/k in the most probable wells) */
    int64_t edges;    /* that were looked at */
} HopperClocks;
Err hopper_clocks(const State *s, const Wiring *wiring, const KmcOptions *o, int64_t most,
                  HopperClocks *out) MUST_USE;

#endif
