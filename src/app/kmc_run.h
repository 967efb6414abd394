/* kmc_run.h -- the work of a stage of kind `kmc`: replicas, each a function of (seed, case, replica) and of nothing else.
 *
 * A case is a temperature and a rotor speed. A pilot run tells how fast hops are; from it the length of the replicas and their frames.
 * What a replica leaves is a row of numbers; rows are all that checkpoint and results need.
 */
#ifndef APP_KMC_RUN_H
#define APP_KMC_RUN_H

#include "app/kmc_options.h"
#include "lattice/wiring.h"

typedef struct KmcCase {
    double temperature, speed; /* K, 1 */
    double rate;               /* [1/s] hops in the pilot, of all Mg together */
    double step;               /* [s] between frames */
    HopperClocks clocks;       /* where the pilot ended */
    size_t n;                  /* frequencies */
    double *frequency;         /* [n] Hz */
} KmcCase;

/* A row of n numbers; *_at are places in it. */
typedef struct KmcRow {
    size_t points; /* of the sine transforms */
    size_t counts_at, charge_at, tracer_at, spectrum_at, n;
} KmcRow;
enum { KMC_ROW_TIME, KMC_ROW_HOPS, KMC_ROW_EVENTS, KMC_ROW_WORST, KMC_ROW_SQUARE, KMC_ROW_FIRST };

typedef struct KmcWork {
    const KmcStageOptions *o;
    const Network *net;
    Wiring wiring;
    uint64_t seed;
    int64_t ions, reference; /* Mg in a replica; in the perfect sample */
    double volume;           /* [A^3] of all copies */
    size_t ncase;
    KmcCase *cases;
    KmcRow row; /* long enough for every case */
} KmcWork;

/* Pilots of all cases: the same on every rank. ERR_INPUT: nothing hops, an engine that does not do. Local. Free with
 * kmc_work_clear, also after an error. */
Err kmc_work_init(KmcWork *w, const KmcStageOptions *o, const Network *net, uint64_t seed) MUST_USE;
void kmc_work_clear(KmcWork *w);

/* One replica, in KMC_SLICES slices: begin, advance as often, finish. Local. */
enum { KMC_SLICES = 16 };
typedef struct KmcReplica KmcReplica;
Err kmc_replica_begin(const KmcWork *w, size_t which, int64_t replica, KmcReplica **r) MUST_USE;
Err kmc_replica_advance(KmcReplica *r) MUST_USE;
/* row [w->row.n] written */
void kmc_replica_finish(KmcReplica *r, double row[]);
void kmc_replica_free(KmcReplica *r);

#endif
