/* kmc_inside.h -- what the parts of kmc.c share: the engine's memory, and tables for its inner loop. For kmc*.c only. */
#ifndef LATTICE_KMC_INSIDE_H
#define LATTICE_KMC_INSIDE_H

#include "lattice/classes.h"
#include "lattice/kmc.h"

/* A way out of a well, and the wire from a rotor to another, as the inner loop wants them. */
typedef struct Exit {
    int32_t to, barrier, attempt; /* index of the prefactor */
} Exit;

typedef struct Pull {
    int32_t away, state_away; /* places to go, if no side is passed: in the extent, in the State */
    int32_t rotor, wells;
    const int32_t *
        change; /* [from][to][wells] of what its wells cost, when this one goes from well to well */
    const int32_t *
        felt; /* [its well][wells] what the wells of this one cost more than if it were in well 0 */
} Pull;

struct Kmc {
    State *state;
    const Wiring *wiring;
    const Network *net;
    KmcOptions o;
    bool whole;
    int size[3];    /* of the box, */
    int margin;     /* and cells around it that its edges reach: 0 for the whole lattice */
    int extent[3];  /* size + 2 margin */
    bool closed[3]; /* the extent is all there is along this axis */
    int origin[3];  /* global cell of the corner of the extent */
    int64_t ncell;  /* in the extent */
    /* by place in the extent */
    uint8_t *occ, *well, *label; /* the state's own for the whole lattice */
    int32_t *site;               /* energy of a Mg on the site */
    int32_t *gate;               /* [edge] sum of its gates */
    /* Events: [rotor][stride], then [edge]. Of a rotor's slots the first `energies` hold its energy in each well, the others
     * are those of its events: side by side in memory, since none is wanted without the other. */
    Classes classes;
    int energies, stride;
    Exit *exit;            /* [rotor class][well][groups] */
    int8_t *exits;         /* [rotor class][well] how many there are */
    int32_t *edge_attempt; /* [edge class] index of the prefactor */
    Pull *pull;            /* as the wires from rotors to rotors */
    int32_t *change;       /* of all of them */
    int32_t *still;        /* [rotor][wells] energies with all other rotors in their well 0 */
    int64_t first_edge;    /* event of edge 0 */
};

/* Ways out of all wells, prefactors, what wires change: from the wiring, once. */
void kmc_tables_make(Kmc *k);
void kmc_tables_clear(Kmc *k);

#endif
