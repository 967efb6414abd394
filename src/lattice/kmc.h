/* kmc.h -- hops and turns one by one, each with the probability of its rate: rejection-free kinetic Monte Carlo.
 *
 * A. B. Bortz, M. H. Kalos, J. L. Lebowitz, J. Comput. Phys. 17, 10 (1975), doi 10.1016/0021-9991(75)90060-1. Energies are
 * integers and are kept up to date by differences, so nothing drifts and equal surroundings have equal rates. An event is
 * a hop along an edge or a turn of a rotor into another well (all turns that cost the same and end in the same well are
 * one event; which of them it was is drawn when it happens).
 *
 * The engine works on the whole lattice or on a box of cells with all around it frozen (tiles.h). Rotors of the box turn;
 * edges whose site a is in the box are its own, also where site b is not: both directions of a hop belong to
 * one owner. All functions are Local.
 *
 * Cost of an event: its neighbours' energies and classes. Where no Mg can hop turns may be found by trying instead (KmcSolver): then
 * it is the attempts and its neighbours' energies. Besides the State about 4 N_W + 2 bytes a rotor, with lists 12 more an event of
 * one (a way out of a well), 16 an edge; in tiles for one tile only.
 */
#ifndef LATTICE_KMC_H
#define LATTICE_KMC_H

#include "base/rng.h"
#include "lattice/defects.h"
#include "lattice/rates.h"
#include "lattice/wiring.h"

typedef struct KmcEvent {
    double time;   /* [s] on the clock of kmc_run */
    int64_t cell;  /* global; of the rotor, or of the edge's site a */
    int32_t edge;  /* of the unit, -1: a turn */
    int direction; /* of a hop: +1 from a to b, -1 back */
    int32_t rotor; /* of the unit, -1: a hop */
    int from, to;  /* wells */
    int op;        /* turns.h */
} KmcEvent;
typedef void KmcWatch(void *data, const KmcEvent *event);

/* Where the random numbers are: (seed, id, step); step goes up by one with every number drawn. */
typedef struct KmcClock {
    uint64_t seed, id, step;
    double time; /* [s] */
} KmcClock;

/* Uniform in (0,1). */
static inline double kmc_draw(KmcClock *clock)
{
    uint32_t r[4];
    rng_words(clock->seed, RNG_KMC, clock->step++, clock->id, r);
    return rates_uniform(r[0], r[1]);
}

/* How the next turn is found; both ways are exact. KMC_AUTO looks at the State when a box is entered, and now and then at what
 * has happened since: it tries where enough attempts succeed. What it takes decides which of two equally good histories follows. */
typedef enum KmcSolver {
    KMC_AUTO,
    KMC_LISTS,      /* a list of turns for each rate */
    KMC_NULL_EVENTS /* any turn is tried at a rate that none exceeds (kmc_null.c); lists all the same where Mg can hop */
} KmcSolver;

typedef struct KmcOptions {
    double temperature; /* [K] */
    double bin;         /* [micro-eV] width of a class; 0: every activation energy is a class */
    double rotor_speed; /* factor on all turns (lambda of the dose-response test); 1 */
    Defects *
        defects; /* Coulomb forces, of the same State, kept up to date; NULL: none. Only of the whole lattice; a `bin` of 0
                         * is then KMC_COULOMB_BIN, since no two energies are equal */
    KmcSolver solver;
    KmcWatch *watch; /* called after every event; NULL */
    void *data;
} KmcOptions;

enum { KMC_COULOMB_BIN = 5000 }; /* micro-eV */

typedef struct Kmc Kmc;

/* An engine for boxes of `size` cells (NULL: the whole lattice). Wiring must be of the state's network; both must outlive
 * it. ERR_INPUT for a temperature that is not positive, or a box that does not fit. Free with kmc_free. */
Err kmc_new(State *s, const Wiring *wiring, const KmcOptions *o, const int size[3],
            Kmc **kmc) MUST_USE;
void kmc_free(Kmc *kmc);

/* Look at the box that begins at cell `origin` (ignored for the whole lattice): energies and classes anew. */
void kmc_enter(Kmc *kmc, const int origin[3]);

/* Let events happen until clock->time would pass `until` [s], or `most` of them have; time is then `until`, or that of the last.
 * Returns how many happened. The State is up to date afterwards. */
int64_t kmc_run(Kmc *kmc, KmcClock *clock, double until, int64_t most);

/* Sum of all rates [1/s]; number of classes. */
double kmc_total(Kmc *kmc);
int kmc_classes(const Kmc *kmc);

/* Rate [1/s] of an edge now, 0 if both or none of its ends are taken; of all turns of a rotor. For tests and the whole
 * lattice only. */
double kmc_edge_rate(const Kmc *kmc, int64_t cell, int32_t edge);
double kmc_rotor_rate(const Kmc *kmc, int64_t cell, int32_t rotor);

#endif
