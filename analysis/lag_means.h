/* lag_means.h -- mean products and mean squared differences of a series at many lags, over all origins.
 *
 * Directly, or by FFT when that is less work: O(F log F) instead of O(F lags). Squared differences follow from
 * <(x(s+t) - x(s))^2> = <x(s+t)^2> + <x(s)^2> - 2 <x(s) x(s+t)>, with running sums of squares for the first two
 * (V. Calandrini et al., Ecole thematique de la Societe Francaise de la Neutronique 12, 201 (2011), doi
 * 10.1051/sfn/201112010). The choice depends on sizes only, so results do not depend on who computes them. All functions are
 * Local.
 */
#ifndef ANALYSIS_LAG_MEANS_H
#define ANALYSIS_LAG_MEANS_H

#include "analysis/lags.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct LagMeans {
    size_t frames, stride;
    const Lags *lags;
    bool fast;
    size_t padded;
    double *series, *square; /* [padded] the series about its mean; running sum of its squares */
    void *spectrum, *forward, *backward;
} LagMeans;

/* For series of `frames` numbers; every lag is shorter. `lags` must outlive it. stride > 1 takes the direct way. */
void lag_means_init(LagMeans *c, size_t frames, const Lags *lags, size_t stride);
void lag_means_clear(LagMeans *c);

/* out [lags] = means over origins of (x[k+lag] - x[k])^2, or of x[k+lag] x[k]. */
void lag_means_square(LagMeans *c, const double x[], double out[]);
void lag_means_product(LagMeans *c, const double x[], double out[]);

#endif
