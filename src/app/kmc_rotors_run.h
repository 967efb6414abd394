/* kmc_rotors_run.h -- the replicas of a stage of kind `kmc_rotors`, and how they are stopped and gone on with.
 *
 * direct  a replica is one rank's from its beginning to its end (kmc_rotors_direct.h)
 * tiles   a replica is all ranks' (lattice/tiles.h), first with half the cycle, then with the whole one
 * A checkpoint holds what whole replicas have counted, and of those under way how their rotors stand, and the samples that counts
 * (lattice/counts.h) look back at.
 * Counts are integers and a checkpoint knows nothing of ranks: the same bytes on any number, stopped or not.
 */
#ifndef APP_KMC_ROTORS_RUN_H
#define APP_KMC_ROTORS_RUN_H

#include "app/kmc_rotors_options.h"
#include "app/status.h"
#include "base/log.h"
#include "lattice/counts.h"
#include "lattice/kmc.h"
#include "store/checkpoint.h"

enum { KMC_ROTORS_FINE, KMC_ROTORS_COARSE, KMC_ROTORS_PASSES }; /* cycles of dt/2 and dt */

/* All before it is counted (direct: or waits). */
typedef struct KmcRotorsPlace {
    int64_t pass, replica; /* direct: the first that was never begun */
    int64_t cycle, seen;   /* of the replica under way (tiles): cycles and samples */
} KmcRotorsPlace;

typedef struct KmcRotorsRun {
    const StageRun *run;
    const KmcRotorsOptions *o;
    Network net; /* without edges: nothing hops */
    Wiring wiring;
    State state;
    int levels;
    int64_t samples, every; /* of the BH4, every so many is counted */
    double step;            /* [s] between samples */
    uint64_t seed;
    size_t nq;
    double *q;

    KmcRotorsPlace place;
    Counts
        counts[KMC_ROTORS_PASSES]; /* of this rank, at the end of all; direct has the first alone */
    int64_t events;                /* the same for turns */
    int64_t waiting; /* direct: replicas that a checkpoint had under way and nobody has taken up, */
    uint8_t *under_way; /* [waiting][kmc_rotors_direct_bytes] */

    char *path;       /* of the checkpoint */
    Checkpoint *file; /* rank 0: it, while a replica is still to be taken from it */
    double saved;     /* timer_now() of the last */
    Status status;
    Progress progress;
} KmcRotorsRun;

/* Local. ERR_INPUT with file, line and key. Free with kmc_rotors_run_clear, also after an error. */
Err kmc_rotors_run_init(KmcRotorsRun *r, const StageRun *run, const KmcRotorsOptions *o,
                        const Network *full) MUST_USE;
void kmc_rotors_run_clear(KmcRotorsRun *r);

/* BH4 of the lattice, and those of them that are counted. Local. */
size_t kmc_rotors_run_rotors(const KmcRotorsRun *r);
size_t kmc_rotors_run_counted(const KmcRotorsRun *r);

/* Mg and wells of a replica into the state, whatever it was: the same on every rank. Local. */
Err kmc_rotors_run_begin(KmcRotorsRun *r, int64_t replica, KmcClock *clock) MUST_USE;

/* How far it is, to be shown; true if there is something left to do and all ranks are to save now, since they stop or since it is
 * time. Collective. */
bool kmc_rotors_run_due(KmcRotorsRun *r, int64_t step, bool stop);

/* It has been saved: ERR_STOPPED if all are to stop. Local. */
Err kmc_rotors_run_saved(KmcRotorsRun *r, int64_t step, bool stop) MUST_USE;

/* All replicas, those of a checkpoint left out; then every rank has all counts and turns. ERR_STOPPED with a checkpoint. Collective. */
Err kmc_rotors_run_all(KmcRotorsRun *r) MUST_USE;

#endif
