/* kmc_rotors_write.h -- what a stage of kind `kmc_rotors` leaves in result.h5 (analysis/LAYOUT.md). */
#ifndef APP_KMC_ROTORS_WRITE_H
#define APP_KMC_ROTORS_WRITE_H

#include "app/kmc_rotors_run.h"

/* After kmc_rotors_run. Local (rank 0). */
Err kmc_rotors_write(const KmcRotorsRun *r) MUST_USE;

#endif
