#include "analysis/ledger.h"

#include <math.h>

const char *const ledger_name[LEDGER_TERMS] = {"carriers", "barrier", "network", "orientation",
                                               "dynamics"};

void ledger_shapley(int n, const double value[], double share[])
{
    CHECK(n >= 1 && n <= LEDGER_MOST, "%d players", n);
    double weight[LEDGER_MOST]; /* of a coalition of s others: s! (n - 1 - s)!/n! */
    weight[0] = 1.0 / n;
    for (int s = 1; s < n; s++)
        weight[s] = weight[s - 1] * s / (n - s);
    for (int i = 0; i < n; i++) {
        share[i] = 0.0;
        for (unsigned set = 0; set < 1u << n; set++)
            if (!(set >> i & 1u))
                share[i] += weight[__builtin_popcount(set)] * (value[set | 1u << i] - value[set]);
    }
}

Err ledger_split(const double from[LEDGER_TERMS], const double to[LEDGER_TERMS],
                 double share[LEDGER_TERMS], double *total)
{
    double value[1 << LEDGER_TERMS];
    for (int i = 0; i < LEDGER_TERMS; i++)
        if (!(from[i] > 0.0 && to[i] > 0.0 && isfinite(from[i]) && isfinite(to[i])))
            return err_set(ERR_INPUT, "the term %s is %g and %g: nothing moves, no ledger",
                           ledger_name[i], from[i], to[i]);
    for (unsigned set = 0; set < 1u << LEDGER_TERMS; set++) {
        value[set] = 0.0;
        for (int i = 0; i < LEDGER_TERMS; i++)
            value[set] += log(set >> i & 1u ? to[i] : from[i]);
    }
    *total = value[(1 << LEDGER_TERMS) - 1] - value[0];
    ledger_shapley(LEDGER_TERMS, value, share);
    return OK;
}
