/* carriers.h -- what makes a current possible: Mg taken away from the perfect crystal, or put between its sites. Local. */
#ifndef LATTICE_CARRIERS_H
#define LATTICE_CARRIERS_H

#include "lattice/state.h"

typedef enum CarriersKind {
    CARRIERS_VACANCIES,
    CARRIERS_INTERSTITIALS,
    CARRIERS_NONE
} CarriersKind;

/* How many places there are for carriers of a kind: sites that are taken in the perfect crystal, or that are empty in it. With a
 * `label` only those of this class. ERR_INPUT for a label that no site has. */
Err carriers_places(const Network *n, int64_t cells, CarriersKind kind, const char *label,
                    int64_t *places) MUST_USE;

/* The perfect crystal of `s` with `number` carriers at random places, a function of (seed, id). Ions are named anew. ERR_INPUT: no
 * places, more carriers than places, or no carriers at all. */
Err carriers_put(State *s, CarriersKind kind, const char *label, int64_t number, uint64_t seed,
                 uint64_t id) MUST_USE;

/* The same for Mg that hop: ERR_INPUT also if nothing could. */
Err carriers_place(State *s, CarriersKind kind, const char *label, int64_t number, uint64_t seed,
                   uint64_t id) MUST_USE;

/* Rates of hops without their gates' help or with the best of it: the fastest that one hop of the network can be at a temperature
 * [1/s]. */
double carriers_fastest(const Network *n, double temperature);

#endif
