/* ledger.h -- who pays for the ratio of two conductivities: shares of its logarithm that sum exactly.
 *
 * Shares are L. S. Shapley's (Contributions to the Theory of Games II, 307 (1953), doi 10.1515/9781400881970-018): the mean, over
 * all orders in which the terms are changed from one sample's to the other's, of what each change does. All functions Local, pure.
 *
 * sigma is written as a product over hops (edges with one end taken, length l, rates k), n carriers in the volume V:
 *   carriers     n q^2/(V kT)
 *   barrier      sum k_locked l^2/(6 n)                           rotors in their most probable wells
 *   orientation  sum k_mean l^2/sum k_locked l^2                  rotors fast, at equilibrium
 *   network      D_charge(fast rotors)/(sum k_mean l^2/6)         correlation: how far rates are from leading anywhere
 *   dynamics     D_charge(rotors as they are)/D_charge(fast rotors)
 */
#ifndef ANALYSIS_LEDGER_H
#define ANALYSIS_LEDGER_H

#include "base/err.h"

enum {
    LEDGER_CARRIERS,
    LEDGER_BARRIER,
    LEDGER_NETWORK,
    LEDGER_ORIENTATION,
    LEDGER_DYNAMICS,
    LEDGER_TERMS
};
enum { LEDGER_MOST = 16 };

/* Names of the terms. */
extern const char *const ledger_name[LEDGER_TERMS];

/* Shares of value[2^n - 1] - value[0] in a game of n <= LEDGER_MOST players, value[S] with bit i set: player i is in. */
void ledger_shapley(int n, const double value[], double share[]);

/* Shares of ln(sigma of `to`/sigma of `from`), both products of their terms. ERR_INPUT for a term that is not positive. */
Err ledger_split(const double from[LEDGER_TERMS], const double to[LEDGER_TERMS],
                 double share[LEDGER_TERMS], double *total) MUST_USE;

#endif
