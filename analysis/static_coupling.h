/* static_coupling.h -- what BH4 do to hops by where they stand: rates with rotors at equilibrium against rotors locked.
 *
 * Over all hops that are possible in a state (one end taken), each weighed with its squared length: a hop's part in diffusion
 *   R1 = sum k_mean l^2/sum k_locked l^2,   k_mean over wells at equilibrium, k_locked in the most probable ones
 * (lattice/gate_average.h). A hop is "exposed" while a rotor that has a say in it is not in its most probable well.
 * All functions Local.
 */
#ifndef ANALYSIS_STATIC_COUPLING_H
#define ANALYSIS_STATIC_COUPLING_H

#include "lattice/gate_average.h"

enum { STATIC_COUPLING_EDGES = 64 }; /* looked at in a state, evenly spread, if there are more */

typedef struct StaticCoupling {
    double mean, locked; /* [A^2/s] sums of k l^2/6 of all possible hops */
    double exposed;      /* mean fraction of time */
    double rotors;       /* mean number of rotors that have a say in a hop and can turn */
    double turn_rate;    /* [1/s] mean rate of their turns; 0 without rotors */
    double slowest;      /* [1/s] least relaxation rate of such a rotor; infinite without rotors */
    double indicator;    /* largest k_mean tau CV^2 */
    int64_t edges;       /* possible hops */
} StaticCoupling;

/* Sums of hops of one class of edges. */
typedef struct StaticClass {
    double mean, locked; /* [A^2/s] */
    double edges;        /* that were looked at */
} StaticClass;

/* Of the state as it is. class [nedge_class] may be NULL. ERR_INPUT (too many wells), ERR_NUMERICAL. */
Err static_coupling(Chains *chains, const Voices *voices, const State *s, StaticCoupling *out,
                    StaticClass class[]) MUST_USE;

#endif
