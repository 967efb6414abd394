/* lags.h -- at which time differences a correlation function is taken: linear first, then
 * geometric.
 *
 * Fast motion needs every frame, slow motion does not: lags 0, 1, .. linear, then a fixed number
 * per factor 2. Every `stride`-th frame is an origin. All functions are Local.
 */
#ifndef ANALYSIS_LAGS_H
#define ANALYSIS_LAGS_H

#include <stddef.h>
#include <stdint.h>

typedef struct Lags {
    size_t n;
    int64_t *lag; /* [n] in frames, ascending, lag[0] = 0 */
} Lags;

/* Lags 0..linear, then `per_octave` per doubling (rounded, without repeats), up to `longest`, which
 * is included. */
void lags_init(Lags *l, int64_t longest, int64_t linear, int per_octave);
void lags_clear(Lags *l);

/* How many origins a run of `frames` gives at this lag. */
int64_t lags_origins(int64_t frames, int64_t lag, int64_t stride);

#endif
