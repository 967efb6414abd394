/* wiring.h -- a network seen from each of its places: who must be told when a rotor turns or a site changes hands. Local. */
#ifndef LATTICE_WIRING_H
#define LATTICE_WIRING_H

#include "lattice/state.h"

/* The other end of a term. `step` leads from the place's cell to that of the other (for edges: to the cell of the edge, which
 * is that of its site a). */
typedef struct Wire {
    int32_t other;        /* rotor, site or edge of the unit */
    const int32_t *table; /* energy = table[mine * stride_mine + theirs * stride_theirs] */
    int16_t stride_mine, stride_theirs;
    int8_t step[3];
    int8_t end;   /* of an edge: 0 this is its a, 1 its b */
    int8_t wells; /* of the rotor at the other end, if it is one */
} Wire;

/* All wires of place p are wire[first[p] .. first[p + 1]). */
typedef struct Wires {
    int32_t *first;
    Wire *wire;
} Wires;

/* All ways out of a well that cost the same and lead to the same well: one event. */
typedef struct TurnGroup {
    int16_t to;
    int16_t nop;
    int8_t op[12];
    int32_t barrier;
    double attempt; /* of all together [1/s] */
} TurnGroup;

enum { WIRING_GROUPS = 12 };

typedef struct Ways {
    int n;
    TurnGroup group[WIRING_GROUPS];
} Ways;

typedef struct Wiring {
    const Network *net;
    Wires rotor_rotors, rotor_sites, rotor_gates; /* by rotor */
    Wires site_edges, site_rotors;                /* by site */
    Ways *ways;                                   /* [nrotor_class][wells] */
    int wells, groups;                            /* most of any class */
    int reach;                                    /* longest step of an edge, */
    int links;                                    /* and of a term or gate */
} Wiring;

/* ERR_INPUT if a well has more different ways out than WIRING_GROUPS. */
Err wiring_init(Wiring *w, const Network *net) MUST_USE;
void wiring_clear(Wiring *w);

/* Energies of the wells [NETWORK_WELLS at most] of rotor `place` with the Mg as they are, without other rotors. */
void wiring_field(const Wiring *w, const State *s, int64_t place, int32_t field[]);

/* Ways out of a well of a rotor. */
static inline const Ways *wiring_ways(const Wiring *w, int32_t rotor_class, int well)
{
    return &w->ways[rotor_class * w->wells + well];
}

#endif
