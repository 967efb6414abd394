/* kmc_write.h -- results of a stage of kind `kmc` from the rows of its replicas. Local (rank 0). */
#ifndef APP_KMC_WRITE_H
#define APP_KMC_WRITE_H

#include "analysis/hop_run.h"
#include "app/stages.h"

/* rows [cases][replicas][w->row.n]. Writes result.h5, tells the log. */
Err kmc_write(const StageRun *run, const HopRun *w, const double rows[]) MUST_USE;

#endif
