/* verdict_write.h -- result.h5 of a stage of kind verdict (layout: stage_verdict.c). */
#ifndef APP_VERDICT_WRITE_H
#define APP_VERDICT_WRITE_H

#include "analysis/attempts.h"
#include "analysis/verdict.h"
#include "app/stages.h"

enum { VERDICT_SAMPLES = 8 };

/* Measured samples; none: n = 0. */
typedef struct VerdictRivals {
    int n;
    AttemptsFit fit[VERDICT_SAMPLES];
} VerdictRivals;

/* ERR_FILE. Local (rank 0). */
Err verdict_write(const StageRun *run, const Network *n, const DoseResponse *r, const Verdict *v,
                  const VerdictRivals *rivals) MUST_USE;

#endif
