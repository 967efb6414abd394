/* coherent_results.h -- what observable coherent has found, on the root, and how it is written. Part of coherent. */
#ifndef ANALYSIS_COHERENT_RESULTS_H
#define ANALYSIS_COHERENT_RESULTS_H

#include "analysis/sqw.h"
#include "analysis/wavevectors.h"
#include "model/sample.h"

typedef struct CoherentResults {
    const Sample *sample;
    const Wavevectors *w;
    size_t species, pairs, bins, lags, blocks;
    double concentration[SAMPLE_MAX_SPECIES];
    double *t, *q, *anisotropy;             /* [lags] ps, [bins] 1/A, [bins] */
    double *f, *f_error;                    /* [pairs][bins][lags] */
    double *neutron, *neutron_error, *part; /* [bins][lags] twice, [blocks][bins][lags] */
    double *xray, *xray_error;              /* [bins][lags] */
    double *self;                           /* [species][bins][lags], NULL if not wanted */
} CoherentResults;

/* Pair a <= b of species. Local, pure. */
size_t coherent_results_pair(size_t species, size_t a, size_t b);

void coherent_results_init(CoherentResults *r, bool self);
void coherent_results_clear(CoherentResults *r);

/* One bin: whole [pairs][lags] and pseudo-values [pairs][blocks][lags] of F_ab. Local. */
void coherent_results_bin(CoherentResults *r, size_t bin, const double *whole,
                          const double *pseudo);

/* All of coherent.h; `spectrum` may be NULL. Local. */
Err coherent_results_write(const CoherentResults *r, const SqwOptions *spectrum,
                           H5 *group) MUST_USE;

#endif
