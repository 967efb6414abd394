/* rates.h -- the rule by which barriers and energies become rates (network.h), in one place. All functions are Local, pure. */
#ifndef LATTICE_RATES_H
#define LATTICE_RATES_H

#include <stdint.h>

/* Activation 2 max(B, |dH|/2) + dH in half micro-eV from barrier and energy difference in micro-eV: never negative, rising with
 * both, and forth and back differ by 2 dH. A barrier below zero counts as none. */
static inline int64_t rates_activation(int64_t barrier, int64_t dh)
{
    int64_t size = dh < 0 ? -dh : dh, twice = barrier > 0 ? 2 * barrier : 0;
    return (twice > size ? twice : size) + dh;
}

/* Uniform in (0,1) with 53 bits from two random words. */
static inline double rates_uniform(uint32_t high, uint32_t low)
{
    return ((double)(((uint64_t)high << 32 | low) >> 11) + 0.5) * 0x1p-53;
}

#endif
