/* bridge.h -- slow hops through fast gates, exactly, whatever the ratio of their rates.
 *
 * Between hops every rotor is a Markov chain of its own (chain.h): nothing happens to it that must be followed. A hop along edge
 * e has the hazard k_e(w(t)), at most k_e^max. Candidates are drawn at the rate Lambda = sum k_e^max; of the rotors around
 * the candidate, and of these only until the answer is certain, the wells at that moment are drawn from exp(K (t - t_last)); the
 * hop is made with the probability k_e(w)/k_e^max (thinning: P. A. W. Lewis, G. S. Shedler, Nav. Res. Logist. Q. 26, 403 (1979),
 * doi 10.1002/nav.3800260304; M. Voliotis et al., PLoS Comput. Biol. 12, e1004923 (2016),
 * doi 10.1371/journal.pcbi.1004923). When a hop is made, rotors that feel its sites are drawn under the old energies first.
 * This samples the joint process of kmc.h without error. What it cannot have is rotors that feel each other: ERR_INPUT.
 *
 * Cost: that of candidates, k^max/k for each hop, independent of how fast the rotors are. All functions are Local.
 */
#ifndef LATTICE_BRIDGE_H
#define LATTICE_BRIDGE_H

#include "lattice/kmc.h"

typedef struct Bridge Bridge;

/* On the whole lattice. Options as kmc.h; `bin` is not used. With `frozen` rotors never turn (quenched disorder). ERR_INPUT for
 * rotor-rotor terms. */
Err bridge_new(State *s, const Wiring *wiring, const KmcOptions *o, bool frozen,
               Bridge **bridge) MUST_USE;
void bridge_free(Bridge *b);

/* Draw all rotors from equilibrium with the Mg where they are. */
Err bridge_equilibrate(Bridge *b, KmcClock *clock) MUST_USE;

/* Until `until` [s] or `most` candidates. *hops: how many were made. ERR_NUMERICAL. The wells in the State are those at which a rotor
 * was last looked at; bridge_settle draws all at the present time. */
Err bridge_run(Bridge *b, KmcClock *clock, double until, int64_t most, int64_t *hops) MUST_USE;
Err bridge_settle(Bridge *b, KmcClock *clock) MUST_USE;

/* Candidates so far; sum of k^max now [1/s]. */
int64_t bridge_candidates(const Bridge *b);
double bridge_bound(Bridge *b);

#endif
