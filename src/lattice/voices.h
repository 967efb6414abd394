/* voices.h -- which rotors have a say in a hop: by its gates, or by what they add to the energies of its two ends. Local. */
#ifndef LATTICE_VOICES_H
#define LATTICE_VOICES_H

#include "lattice/wiring.h"

/* Tables run over the wells of the rotor; NULL: zero. */
typedef struct Voice {
    int32_t rotor;
    int8_t step[3]; /* copy in which it is, seen from that of the edge */
    const int32_t *gate, *a, *b;
} Voice;

/* Those of edge e of the unit are voice[first[e] .. first[e + 1]). In a small lattice two of them may be the same rotor. */
typedef struct Voices {
    int32_t *first;
    Voice *voice;
} Voices;

/* ERR_INPUT if a rotor has two gates at one edge, or two terms at one site. */
Err voices_init(Voices *v, const Wiring *w) MUST_USE;
void voices_clear(Voices *v);

#endif
