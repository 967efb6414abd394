/* turn_chain.h -- scattering of a rotor by itself without random numbers: its wells and the places of its H as one Markov chain.
 *
 * State (w, g): well, and what turns have done to the H (turns.h). Rates depend on the well alone, so p_eq = p(w)/12 on what can be
 * reached, and exp(Kt) follows from one symmetric eigenvalue problem of at most 12 n_well (LAPACK). The answer that counts.h must
 * give for rotors that do not feel each other. All functions are Local.
 */
#ifndef LATTICE_TURN_CHAIN_H
#define LATTICE_TURN_CHAIN_H

#include "lattice/turns.h"
#include "lattice/wiring.h"

typedef struct TurnChain {
    const Network *net;
    int32_t class; /* of the rotor */
    int n;         /* states: 12 wells */
    double equilibrium[NETWORK_WELLS];
    double *rate;  /* [n] eigenvalues of -K, ascending [1/s] */
    double *start; /* [n][wells] of mode l and first well, label 0 */
    double *end;   /* [n][n] of mode l and state */
    double turns;  /* [1/s] all turns, mean in equilibrium: 1/residence time */
} TurnChain;

/* A rotor class in a field [micro-eV] (its wells). ERR_NUMERICAL. Free with turn_chain_clear, also after an error. */
Err turn_chain_init(TurnChain *c, const Wiring *w, int32_t rotor_class, const int32_t field[],
                    double temperature, double speed) MUST_USE;
void turn_chain_clear(TurnChain *c);

/* I(Q,t) of its H; t [s], INFINITY: the EISF. q [1/A], bond [A]. */
double turn_chain_isf(const TurnChain *c, double q, double bond, double t);

#endif
