/* tiles.h -- kinetic Monte Carlo of a large lattice: tile by tile, in colours, on any number of ranks with the same bytes.
 *
 * The generator of the process is split over fixed tiles, L = sum_s L_s. In each cycle every tile is let alone with its surroundings
 * frozen for a fixed time (kmc.h on a box; the last event that would go beyond is forgotten, which is exact). Tiles of one colour
 * (two along each axis) do not feel each other and may run at once. Turns and undirected edges belong to one tile, so every L_s is
 * reversible for the stationary law of the whole, and so is any product of exp(dt L_s): the stationary law is exact
 * for any dt. Colours run forth and back (G. Strang, SIAM J. Numer. Anal. 5, 506 (1968), doi 10.1137/0705041), so the cycle obeys
 * detailed balance and the error of what changes in time is O(dt^2): run with dt and dt/2 and state the difference
 * (G. Arampatzis, M. A. Katsoulakis, P. Plechac, M. Taufer, L. Xu, J. Comput. Phys. 231, 7795 (2012),
 * doi 10.1016/j.jcp.2012.07.017). dt must be constant: if it followed the state, the law would be lost.
 *
 * Random numbers are functions of (seed, replica, tile, cycle, draw). Ranks own columns of tiles along the first axis; every
 * rank holds the arrays of the whole State but knows only its own cells and a layer around them, until tiles_gather.
 * Memory of the large arrays: 2 bytes a rotor; engines are as large as a tile.
 */
#ifndef LATTICE_TILES_H
#define LATTICE_TILES_H

#include "lattice/kmc.h"
#include "par/comm.h"

typedef struct TilesOptions {
    KmcOptions kmc; /* `watch` sees the events of this rank's tiles, in their order */
    int size
        [3]; /* cells of a tile; an axis has an even number of tiles, or (where no edge reaches across) one */
    double step; /* [s] of a cycle */
    uint64_t seed;
    uint32_t replica; /* below 2^12 */
} TilesOptions;

typedef struct Tiles Tiles;

/* ERR_INPUT if tiles do not divide the lattice, are thinner than what their events reach, or are fewer along the first axis than
 * ranks. Collective. Free with tiles_free. */
Err tiles_new(const Comm *c, State *s, const Wiring *wiring, const TilesOptions *o,
              Tiles **tiles) MUST_USE;
void tiles_free(Tiles *t);

/* One cycle. Returns how many events this rank's tiles had. Collective. */
int64_t tiles_cycle(Tiles *t);

/* To go on, after so many cycles, with a State that was saved. Local. */
void tiles_resume(Tiles *t, int64_t cycles);

/* Cells [first, first + count) along the first axis are this rank's. Local. */
void tiles_own(const Tiles *t, int *first, int *count);

/* Every rank learns the whole State. Collective. */
void tiles_gather(Tiles *t);

#endif
