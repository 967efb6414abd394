/* kmc_rotors_direct.h -- replicas of `kmc_rotors` with engine `direct`: each is one rank's, slice by slice. For kmc_rotors_*.c only.
 *
 * What is looked at between two slices depends on the options alone, and each slice begins with the engine made anew, so a replica goes on from
 * a checkpoint with the bytes that it would have had.
 */
#ifndef APP_KMC_ROTORS_DIRECT_H
#define APP_KMC_ROTORS_DIRECT_H

#include "app/kmc_rotors_run.h"

/* Bytes of a replica under way, as in a checkpoint. Local. */
size_t kmc_rotors_direct_bytes(const KmcRotorsRun *r);

/* Replicas not yet begun, or waiting to be taken up; samples that are done, between rounds. Local. */
int64_t kmc_rotors_direct_left(const KmcRotorsRun *r);
int64_t kmc_rotors_direct_done(const KmcRotorsRun *r);

/* One replica on every rank, or none where there are no more. ERR_STOPPED with a checkpoint. Collective. */
Err kmc_rotors_direct_round(KmcRotorsRun *r) MUST_USE;

#endif
