/* state.h -- which sites are occupied and how every rotor stands, for a network repeated k[0] x k[1] x k[2] times.
 *
 * The unit is not copied: global site = cell * nsite + site of the unit, cell = (x k[1] + y) k[2] + z. Two bytes a rotor, one
 * a site; where Mg hop four more a site and 20 an ion. Functions are Local.
 */
#ifndef LATTICE_STATE_H
#define LATTICE_STATE_H

#include "lattice/network.h"

typedef struct State {
    const Network *net;
    int k[3];
    int64_t ncell;
    uint8_t *occ;   /* [ncell * nsite] */
    uint8_t *well;  /* [ncell * nrotor] */
    uint8_t *label; /* [ncell * nrotor] product of all turns so far (turns.h), starts at 0 */
    int64_t nion;
    /* ions by name, for what each has travelled; NULL where the network has no edges */
    int32_t *ion;        /* [ncell * nsite] who is there; -1: nobody */
    int64_t *place;      /* [nion] global site */
    int32_t (*image)[3]; /* [nion] cell in the lattice without end */
} State;

/* Every site as in the perfect crystal, every rotor in its well of least own energy. ERR_INPUT if the copies are too few: a
 * term that couples a rotor to its own image, or more than 2^31 places. `net` must outlive it. Free with state_clear. */
Err state_init(State *s, const Network *net, const int k[3]) MUST_USE;
void state_clear(State *s);

/* Rotors as state_init leaves them. */
void state_rest(State *s);

/* Put a Mg on an empty site, or take one away, before the run. The ions are named anew. */
void state_set(State *s, int64_t site, bool occupied);
void state_name_ions(State *s);

/* Global cell of a neighbouring copy. */
int64_t state_cell(const State *s, int64_t cell, const int8_t step[3]);

/* The same from the cell's coordinates (0 <= c < k), for steps shorter than the lattice. */
static inline int64_t state_neighbour(const State *s, const int c[3], const int8_t step[3])
{
    int64_t cell = 0;
    for (int a = 0; a < 3; a++) {
        int i = c[a] + step[a];
        while (i < 0)
            i += s->k[a];
        while (i >= s->k[a])
            i -= s->k[a];
        cell = cell * s->k[a] + i;
    }
    return cell;
}

/* Let the Mg at one end of an edge (of the unit, in this copy) go to the other end. Returns +1 from a to b, -1 back. */
int state_move(State *s, int64_t cell, int32_t edge);

/* Where an ion is in the lattice without end [A]. */
void state_position(const State *s, int64_t ion, double r[3]);

/* Energy of the whole [micro-eV], by all terms but Coulomb: for tests. */
int64_t state_energy(const State *s);

#endif
