/* lags.h -- at which time differences a correlation function is taken: linear first, then
 * geometric.
 *
 * Fast motion needs every frame, slow motion does not: lags 0, 1, .. linear, then a fixed number
 * per factor 2. Every `stride`-th frame is an origin. All functions are Local.
 */
#ifndef ANALYSIS_LAGS_H
#define ANALYSIS_LAGS_H

#include "store/config.h"

#include <stddef.h>
#include <stdint.h>

typedef struct Lags {
    size_t n;
    int64_t *lag; /* [n] in frames, ascending, lag[0] = 0 */
} Lags;

/* What a study file may say of them, for an observable whose options hold a LagOptions. */
typedef struct LagOptions {
    double tmax;                /* [ps] longest lag; 0: half of the run */
    int64_t linear, per_octave; /* lags */
    int64_t stride;             /* every stride-th frame is an origin */
} LagOptions;

/* Lines of a table of ConfigField. `start` is the offset of the LagOptions, `longest` the text on tmax, `dense` and `octave` the
 * defaults of linear and per_octave. Without stride: for observables that take every frame as an origin. */
#define LAGS_CHOICE_FIELDS(start, longest, dense, octave)                                          \
    {.key = "tmax",                                                                                \
     .kind = CONFIG_QUANTITY,                                                                      \
     .unit = "ps",                                                                                 \
     .fallback = "0 ps",                                                                           \
     .high = 1e9,                                                                                  \
     .offset = (start) + offsetof(LagOptions, tmax),                                               \
     .help = (longest)},                                                                           \
        {.key = "linear",                                                                          \
         .kind = CONFIG_INTEGER,                                                                   \
         .fallback = (dense),                                                                      \
         .low = 1,                                                                                 \
         .high = 1e9,                                                                              \
         .offset = (start) + offsetof(LagOptions, linear),                                         \
         .help = "frames up to which every lag is taken"},                                         \
    {                                                                                              \
        .key = "per_octave", .kind = CONFIG_INTEGER, .fallback = (octave), .low = 1,               \
        .high = 10000, .offset = (start) + offsetof(LagOptions, per_octave),                       \
        .help = "lags per factor 2 beyond"                                                         \
    }

#define LAGS_FIELDS(start, longest, dense)                                                         \
    LAGS_CHOICE_FIELDS(start, longest, dense, "8"),                                                \
    {                                                                                              \
        .key = "stride", .kind = CONFIG_INTEGER, .fallback = "1", .low = 1, .high = 1e9,           \
        .offset = (start) + offsetof(LagOptions, stride),                                          \
        .help = "every stride-th frame is an origin"                                               \
    }

/* Lags 0..linear, then `per_octave` per doubling (rounded, without repeats), up to `longest`, which
 * is included. */
void lags_init(Lags *l, int64_t longest, int64_t linear, int per_octave);
void lags_clear(Lags *l);

/* How many origins a run of `frames` gives at this lag. */
int64_t lags_origins(int64_t frames, int64_t lag, int64_t stride);

#endif
