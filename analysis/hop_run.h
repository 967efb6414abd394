/* hop_run.h -- the slow clock of a network: replicas, each a function of (seed, case, replica) and of nothing else.
 *
 * A case is a temperature and a rotor speed. A pilot run tells how fast hops are; from it the length of the replicas and their frames.
 * What a replica leaves is a row of numbers; rows are all that checkpoint and results need.
 */
#ifndef ANALYSIS_HOP_RUN_H
#define ANALYSIS_HOP_RUN_H

#include "lattice/carriers.h"
#include "lattice/hopper.h"

typedef enum HopCoulomb {
    HOP_COULOMB_NONE,
    HOP_COULOMB_NEUTRAL,
    HOP_COULOMB_BACKGROUND
} HopCoulomb;

typedef struct HopRunOptions {
    int copies[3];
    CarriersKind carriers;
    const char *site; /* label; "": any */
    int64_t number;
    HopperEngine engine;
    double tolerance;   /* of average */
    HopCoulomb coulomb; /* between defects; background: a net charge is allowed (defects.h) */
    size_t ntemperature, nspeed;
    const double *temperature, *speed; /* K, 1 */
    int64_t replicas, hops, frames;
    double equilibration; /* in units of a replica's length */
    int per_decade;       /* frequencies */
    double
        fraction; /* carriers for each Mg of the perfect sample that results are meant for; 0: as many as there are */
} HopRunOptions;

typedef struct HopCase {
    double temperature, speed; /* K, 1 */
    double rate;               /* [1/s] hops in the pilot, of all Mg together */
    double step;               /* [s] between frames */
    HopperClocks clocks;       /* where the pilot ended */
    size_t n;                  /* frequencies */
    double *frequency;         /* [n] Hz */
} HopCase;

/* A row of n numbers; *_at are places in it. */
typedef struct HopRow {
    size_t points; /* of the sine transforms */
    size_t counts_at, charge_at, tracer_at, spectrum_at, n;
} HopRow;
enum { HOP_ROW_TIME, HOP_ROW_HOPS, HOP_ROW_EVENTS, HOP_ROW_WORST, HOP_ROW_SQUARE, HOP_ROW_FIRST };

typedef struct HopRun {
    const HopRunOptions *o;
    const Network *net;
    Wiring wiring;
    uint64_t seed;
    int64_t ions, reference; /* Mg in a replica; in the perfect sample */
    double volume;           /* [A^3] of all copies */
    State lattice;           /* perfect, and the Coulomb table of its copies */
    Defects defects;
    size_t ncase;
    HopCase *cases;
    HopRow row; /* long enough for every case */
} HopRun;

/* Pilots of all cases: the same on every rank. ERR_INPUT: nothing hops, an engine that does not do. Local. Free with
 * hop_run_clear, also after an error. */
Err hop_run_init(HopRun *w, const HopRunOptions *o, const Network *net, uint64_t seed) MUST_USE;
void hop_run_clear(HopRun *w);

/* One replica, in HOP_RUN_SLICES slices: begin, advance as often, finish. Local. */
enum { HOP_RUN_SLICES = 16 };
typedef struct HopReplica HopReplica;
Err hop_run_replica_begin(const HopRun *w, size_t which, int64_t replica, HopReplica **r) MUST_USE;
Err hop_run_replica_advance(HopReplica *r) MUST_USE;
/* row [w->row.n] written */
void hop_run_replica_finish(HopReplica *r, double row[]);
void hop_run_replica_free(HopReplica *r);

#endif
