/* defects.h -- Coulomb forces between what a Mg leaves behind and where it comes to lie: charges on sites, periodic, without cut-off.
 *
 * Charge of a site: q_i = charge (occ_i - reference_i). With the Green function of the periodic lattice, a uniform background
 * making up for any net charge (Ewald, Ann. Phys. 369, 253 (1921), doi 10.1002/andp.19213690304),
 *   G(r) = sum_n erfc(a|r + n|)/|r + n| + (4 pi/V) sum_k exp(-k^2/4a^2) cos(k.r)/k^2 - pi/(a^2 V),   G0 = lim G(r) - 1/r,
 *   H = 1/2 sum_ij q_i q_j G_ij/(4 pi eps0 eps),      dH of a hop = c (phi_b - phi_a) + c^2 (G0 - G_ab).
 * The table is in integer micro-eV, so energies by differences are exact. A hop changes the potential of every site: O(sites).
 * The lattice must be neutral or the caller says that a background is meant. Functions are Local.
 */
#ifndef LATTICE_DEFECTS_H
#define LATTICE_DEFECTS_H

#include "lattice/state.h"

enum { DEFECTS_TABLE = 1 << 24 }; /* most entries */

typedef struct Defects {
    const State *state;
    int32_t
        *table; /* [nsite a][nsite b][cell of b less that of a] c^2 G/(4 pi eps0 eps) [micro-eV] */
    bool borrowed;      /* the table is another's */
    int64_t *potential; /* [sites] sum_j (occ_j - reference_j) table(i, j) */
} Defects;

/* Green function [1/A] of a periodic cell at r [A]; r = 0: without the charge itself. */
double defects_green(const Cell *cell, const double r[3]);

/* ERR_INPUT: no charge or permittivity in the network, a table beyond DEFECTS_TABLE, a net charge without `background`. Free with
 * defects_clear, also after an error. */
Err defects_init(Defects *d, const State *s, bool background) MUST_USE;
void defects_clear(Defects *d);

/* The same for another state of the same network and copies, with the table of `other`, which must outlive it. */
Err defects_init_like(Defects *d, const Defects *other, const State *s, bool background) MUST_USE;

/* Potentials anew, after the occupation was changed by hand. */
void defects_load(Defects *d);

/* c^2 G between two sites (global). */
int32_t defects_between(const Defects *d, int64_t a, int64_t b);

/* Energy that a hop from a to b (global sites) takes [micro-eV]; and what it does to all potentials. */
int64_t defects_hop_energy(const Defects *d, int64_t from, int64_t to);
void defects_hop(Defects *d, int64_t from, int64_t to);

/* H of the charges as the state has them [micro-eV, doubled: an integer], from scratch. */
int64_t defects_energy_twice(const Defects *d);

#endif
