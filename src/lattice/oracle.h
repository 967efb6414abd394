/* oracle.h -- a small network solved without random numbers: the master equation over all its states.
 *
 * All states that hops and turns reach from a given one are listed; with their energies and the saddles between them they are a
 * graph on which the whole sample is one walker, its "displacement" the sum over all Mg. master.h then gives the charge
 * diffusion at every frequency. For tests of the engines, and for networks of some thousand states. Local.
 */
#ifndef LATTICE_ORACLE_H
#define LATTICE_ORACLE_H

#include "lattice/sites.h"
#include "lattice/state.h"

typedef struct Oracle {
    Sites graph;    /* energies in eV, saddles with ln of the attempt frequencies in them */
    double attempt; /* [1/s] to give to master_diffusion */
    int32_t nion;   /* Mg in every state */
    int32_t bytes;  /* of a state: occupations, then wells */
    uint8_t *state; /* [graph.n][bytes] */
    double *weight; /* [graph.n] p_eq */
} Oracle;

/* ERR_INPUT if there are more than `most` states. Free with oracle_clear, also after an error. */
Err oracle_init(Oracle *o, const State *from, double temperature, int32_t most) MUST_USE;
void oracle_clear(Oracle *o);

/* < |sum of all displacements|^2 >/(6 t) over the number of Mg [A^2/s], at angular frequencies [1/s]. ERR_NUMERICAL. */
Err oracle_charge_diffusion(const Oracle *o, double temperature, size_t n, const double omega[],
                            double _Complex d[]) MUST_USE;

#endif
