/* mobility.h -- long-time diffusion of classes of points, with errors: spectra of many paths over all ranks.
 *
 * A class (set) is a weighted sum over paths. Its spectrum is summed over ranks and fitted (spectral.h). Points of one ion know
 * of each other, and ions may; so the error is the larger of the scatter in time (which sees everything, but only as often as
 * there are independent windows) and the scatter between ions (which sees how rare hops are, however short the run).
 */
#ifndef ANALYSIS_MOBILITY_H
#define ANALYSIS_MOBILITY_H

#include "analysis/spectral.h"
#include "analysis/trace.h"

typedef struct MobilitySet {
    const double *weight; /* [points] of this rank's points, the same for the three axes */
    double
        values; /* independent y^2 in the sum if ions were: (sum w)^2/(sum w^2) over paths of all ranks */
    const SpectralFit *like; /* cutoff and order of this fit; NULL: its own */
    SpectralFit fit;         /* of the sum of w y^2 [A^2 per frame] */
    SpectralTimes times;
    double error; /* relative, of fit.value */
} MobilitySet;

/* Fill fit, times, error of each set.
 *   ion  [points] the ion of each of this rank's points
 * Collective; the same on all ranks and for any rank count. Free with mobility_clear. */
void mobility_measure(const Comm *c, const Sample *sample, const Trace *trace, const int64_t ion[],
                      size_t nset, MobilitySet set[]);
void mobility_clear(size_t nset, MobilitySet set[]);

#endif
