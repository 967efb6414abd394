/* dice.h -- the random numbers of one trial: a short sequence that is a function of the trial's name.
 *
 * A trial is named by (seed, stream, step, id); its draws are counted. So the numbers do not depend on which rank
 * makes the trial, nor on what was drawn for any other. All functions are Local.
 */
#ifndef SAMPLING_DICE_H
#define SAMPLING_DICE_H

#include "base/rng.h"
#include "base/units.h"

#include <math.h>

typedef struct Dice {
    uint64_t seed, step, id;
    RngStream stream;
    uint32_t draw; /* below 2^16 */
    int left;
    double pair[2];
} Dice;

static inline Dice dice_of(uint64_t seed, RngStream stream, int64_t step, uint64_t id)
{
    return (Dice){.seed = seed, .stream = stream, .step = (uint64_t)step, .id = id};
}

/* In (0,1) */
static inline double dice_uniform(Dice *d)
{
    if (d->left == 0) {
        rng_uniform2(d->seed, d->stream, d->step, d->id, d->draw++, d->pair);
        d->left = 2;
    }
    return d->pair[--d->left];
}

/* 0 .. n-1 */
static inline int64_t dice_index(Dice *d, int64_t n)
{
    int64_t i = (int64_t)(dice_uniform(d) * (double)n);
    return i < n ? i : n - 1;
}

/* Uniform in (-1,1) */
static inline double dice_signed(Dice *d)
{
    return 2.0 * dice_uniform(d) - 1.0;
}

/* Uniform on the unit sphere */
static inline void dice_axis(Dice *d, double axis[3])
{
    double z = dice_signed(d), phi = 2.0 * PI * dice_uniform(d), rho = sqrt(fmax(0.0, 1.0 - z * z));
    axis[0] = rho * cos(phi);
    axis[1] = rho * sin(phi);
    axis[2] = z;
}

#endif
