/* exact.h -- sums that do not depend on their order, so not on the rank count.
 *
 * Two tools, one idea: a number is first rounded to a multiple of a fixed grid; multiples are added
 * without any rounding, so in whatever order.
 *
 *   Exact        two integers, 2^-20 and 2^-60 of the unit: any sum of numbers below 1e12 that are
 *                wanted to 1e-18. For energies, virials, momenta: a few operations a term, no choice of scale.
 *   exact_round  a double rounded to a multiple of a power of two; sums of such numbers in ordinary
 *                doubles are exact while they stay below 2^53 grids. For kernels: two operations a term.
 *
 * Idea: K. J. Bowers et al. (Desmond), SC06 (2006), doi 10.1145/1188455.1188544 (fixed-point sums).
 */
#ifndef BASE_EXACT_H
#define BASE_EXACT_H

#include <math.h>
#include <stdint.h>

typedef struct Exact {
    int64_t high, low; /* 2^-20 and 2^-60 units */
} Exact;

/* Add x; |x| < 4e12, not NaN (then the sum is meaningless, not undefined). Local. */
static inline void exact_add(Exact *sum, double x)
{
    double big = x * 0x1p20;
    if (!(fabs(big) < 0x1p62)) {
        sum->high = INT64_MAX / 2; /* exact_value gives something absurd, which callers look for */
        return;
    }
    double whole = rint(big);
    sum->high += (int64_t)whole;
    sum->low += (int64_t)rint((big - whole) * 0x1p40);
    if (sum->low > (INT64_C(1) << 50) || sum->low < -(INT64_C(1) << 50)) {
        int64_t carry = sum->low / (INT64_C(1) << 40);
        sum->high += carry;
        sum->low -= carry * (INT64_C(1) << 40);
    }
}

/* The sum as a double, correctly carried. Local, pure. */
static inline double exact_value(Exact sum)
{
    int64_t carry = sum.low / (INT64_C(1) << 40);
    sum.high += carry;
    sum.low -= carry * (INT64_C(1) << 40);
    if (sum.low < 0) { /* one form for one value */
        sum.high -= 1;
        sum.low += INT64_C(1) << 40;
    }
    return (double)sum.high * 0x1p-20 + (double)sum.low * 0x1p-60;
}

/* x rounded to a multiple of `grid`, a power of two; |x| < 2^51 grids. Local, pure. */
static inline double exact_round(double x, double grid)
{
    double magic = 0x1.8p52 * grid;
    return (x + magic) - magic;
}

#endif
