/* kmc_rotors_checkpoint.h -- the state of a KmcRotorsRun in checkpoint.bin, and back. For kmc_rotors_run.c only.
 *
 * Sections: key; place (KmcRotorsPlace); turns; counts [pass][counts_size]; and inside a replica replica [counts_size], wells and
 * labels [rotors], kept [counts_kept_rows][rotors], rotors in the order of the State.
 */
#ifndef APP_KMC_ROTORS_CHECKPOINT_H
#define APP_KMC_ROTORS_CHECKPOINT_H

#include "app/kmc_rotors_run.h"

/* Write it; `replica`: this rank's counts of the replica under way, NULL between two. Collective. */
Err kmc_rotors_checkpoint_save(KmcRotorsRun *r, const Counts *replica) MUST_USE;

/* Place, counts and turns of the newest whole checkpoint, if the stage is to resume and there is one. Collective. */
Err kmc_rotors_checkpoint_load(KmcRotorsRun *r) MUST_USE;

/* If it was written inside a replica: rotors of the state and what `replica` (this rank's, new) had counted and kept. Collective. */
Err kmc_rotors_checkpoint_enter(KmcRotorsRun *r, Counts *replica) MUST_USE;

#endif
