/* kmc_rotors_checkpoint.h -- the state of a KmcRotorsRun in checkpoint.bin, and back. For kmc_rotors_run.c only.
 *
 * Sections: key; place (KmcRotorsPlace); turns; counts [pass][counts_size]; of direct: under way [replicas][kmc_rotors_direct_bytes]; of
 * tiles, inside a replica: replica [counts_size], wells and labels [rotors], kept [counts_kept_rows][rotors], rotors in the order
 * of the State.
 */
#ifndef APP_KMC_ROTORS_CHECKPOINT_H
#define APP_KMC_ROTORS_CHECKPOINT_H

#include "app/kmc_rotors_run.h"

/* Write it. tiles: `replica` is this rank's counts of the replica under way, NULL between two. direct: `mine` is this rank's replica
 * under way, `bytes` 0: none. Collective. */
Err kmc_rotors_checkpoint_save(KmcRotorsRun *r, const Counts *replica, size_t bytes,
                               const void *mine) MUST_USE;

/* Place, counts, turns and waiting replicas of the newest whole checkpoint, if the stage is to resume and there is one. Collective. */
Err kmc_rotors_checkpoint_load(KmcRotorsRun *r) MUST_USE;

/* If it was written inside a replica: rotors of the state and what `replica` (this rank's, new) had counted and kept. Collective. */
Err kmc_rotors_checkpoint_enter(KmcRotorsRun *r, Counts *replica) MUST_USE;

#endif
