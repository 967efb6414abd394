/* chain.h -- a rotor by itself: jumps between its wells as a Markov chain, at any time without following it.
 *
 * With the energies of the wells fixed (occupied sites around it do not move) a rotor's wells obey dp/dt = p K. K is similar to a
 * symmetric matrix by detailed balance, S = D^(1/2) K D^(-1/2), D = diag(p_eq), so exp(Kt) follows from one eigenvalue
 * problem (LAPACK) for all t. Chains are kept by the energies of their wells: few surroundings, few chains. Local.
 */
#ifndef LATTICE_CHAIN_H
#define LATTICE_CHAIN_H

#include "lattice/wiring.h"

typedef struct Chain {
    int n;
    int32_t class;                     /* of the rotor */
    int32_t field[NETWORK_WELLS];      /* [micro-eV] that it was made for */
    double equilibrium[NETWORK_WELLS]; /* p_eq */
    double rate[NETWORK_WELLS];        /* [1/s] eigenvalues of -K, ascending; the first is 0 */
    double left[NETWORK_WELLS][NETWORK_WELLS];      /* [mode][to] */
    double right[NETWORK_WELLS][NETWORK_WELLS];     /* [mode][from] */
    double generator[NETWORK_WELLS][NETWORK_WELLS]; /* K [from][to] 1/s */
} Chain;

typedef struct Chains {
    const Wiring *wiring;
    double temperature; /* K */
    double speed;       /* factor on all rates */
    int n, room;
    Chain **chain;
    int slots;
    int32_t *slot; /* hash table: index + 1 */
} Chains;

void chains_init(Chains *c, const Wiring *wiring, double temperature, double speed);
void chains_clear(Chains *c);

/* The chain of a rotor class in a field [micro-eV] (its wells); lives as long as c. ERR_NUMERICAL if LAPACK fails. */
Err chains_find(Chains *c, int32_t rotor_class, const int32_t field[],
                const Chain **chain) MUST_USE;

/* Probabilities of the wells a time t >= 0 [s] after `from`. */
void chain_row(const Chain *c, int from, double t, double p[]);

/* The well a time t after `from`, drawn with the uniform number u; and in equilibrium. */
int chain_draw(const Chain *c, int from, double t, double u);
int chain_draw_equilibrium(const Chain *c, double u);

#endif
