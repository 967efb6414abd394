/* pair_exp.h -- the exponential of the pair kernels: no branch, no call, so a loop around it becomes vectors. Local. */
#ifndef FORCE_PAIR_EXP_H
#define FORCE_PAIR_EXP_H

#include <stdint.h>

/* exp(x) for -700 < x <= 0, relative error below 3e-16: x = n ln 2 + r, |r| <= ln 2 / 2, Taylor to
 * r^12. The addition of 1.5 2^52 rounds to an integer and leaves it in the low bits. */
static inline __attribute__((always_inline)) double pair_exp(double x)
{
    union {
        double d;
        uint64_t u;
    } magic, power;
    const double round = 0x1.8p52;
    magic.d = x * 0x1.71547652b82fep0 + round;
    double n = magic.d - round;
    double r = x - n * 0x1.62e42fefa39efp-1;
    r -= n * 0x1.abc9e3b39803fp-56;
    double s = 1.0 / 479001600.0;
    s = s * r + 1.0 / 39916800.0;
    s = s * r + 1.0 / 3628800.0;
    s = s * r + 1.0 / 362880.0;
    s = s * r + 1.0 / 40320.0;
    s = s * r + 1.0 / 5040.0;
    s = s * r + 1.0 / 720.0;
    s = s * r + 1.0 / 120.0;
    s = s * r + 1.0 / 24.0;
    s = s * r + 1.0 / 6.0;
    s = s * r + 0.5;
    s = s * r + 1.0;
    s = s * r + 1.0;
    power.u = (magic.u + 1023u) << 52;
    return s * power.d;
}

#endif
