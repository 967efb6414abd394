/* exact.h -- sums that do not depend on their order, so not on the rank count.
 *
 * Two tools, one idea: a number is first rounded to a multiple of a fixed grid; multiples are added
 * without any rounding, so in whatever order.
 *
 *   Exact        two integers, 2^-20 and 2^-60 of the unit: any sum of numbers below 4e12 that are
 *                wanted to 1e-18. For energies, virials, momenta: a few operations a term, no choice of scale.
 *                A sum that meets a NaN or leaves +-8.7e12 is lost, and so is every sum that it joins.
 *   exact_round  a double rounded to a multiple of a power of two; sums of such numbers in ordinary
 *                doubles are exact while they stay below 2^53 grids. For kernels: two operations a term.
 *
 * Idea: K. J. Bowers et al. (Desmond), SC06 (2006), doi 10.1145/1188455.1188544 (fixed-point sums).
 */
#ifndef BASE_EXACT_H
#define BASE_EXACT_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Exact {
    int64_t high, low; /* 2^-20 and 2^-60 units */
} Exact;

/* `low` of a lost sum; that of any other stays below 2^51. */
#define EXACT_LOST (INT64_MIN / 2)

/* Did the sum meet something that does not fit it? Local, pure. */
static inline bool exact_is_lost(Exact sum)
{
    return sum.low < EXACT_LOST / 2;
}

/* Low to high, or the mark of a lost sum made anew. Local. */
static inline void exact_carry(Exact *sum, bool lost)
{
    int64_t carry = sum->low / (INT64_C(1) << 40);
    if (lost || exact_is_lost(*sum) || __builtin_add_overflow(sum->high, carry, &sum->high))
        *sum = (Exact){.low = EXACT_LOST};
    else
        sum->low -= carry * (INT64_C(1) << 40);
}

/* Add x; lost if it is NaN or |x| > 4e12. Local. */
static inline void exact_add(Exact *sum, double x)
{
    double big = x * 0x1p20, whole = rint(big);
    if (!(fabs(big) < 0x1p62)) {
        exact_carry(sum, true);
        return;
    }
    bool lost = __builtin_add_overflow(sum->high, (int64_t)whole, &sum->high);
    sum->low += (int64_t)rint((big - whole) * 0x1p40);
    if (lost || sum->low > (INT64_C(1) << 50) || sum->low < -(INT64_C(1) << 50))
        exact_carry(sum, lost);
}

/* Add another sum. Local. */
static inline void exact_join(Exact *sum, Exact part)
{
    bool lost = exact_is_lost(*sum) || exact_is_lost(part) ||
                __builtin_add_overflow(sum->high, part.high, &sum->high);
    sum->low = lost ? 0 : sum->low + part.low;
    exact_carry(sum, lost);
}

/* The sum as a double, correctly carried; NaN if it is lost. Local, pure. */
static inline double exact_value(Exact sum)
{
    exact_carry(&sum, false);
    if (exact_is_lost(sum))
        return (double)NAN;
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
