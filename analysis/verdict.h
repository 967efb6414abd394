/* verdict.h -- does the turning of BH4 drive Mg, or does it only look so?
 *
 * Estimands are ratios, judged on a log scale against a margin m that the study fixed before the run (equivalence.h), with Holm's
 * correction over the three of them:
 *   R1  static coupling: hops with rotors at equilibrium over hops with rotors locked in their most probable wells
 *   R2  frozen-rotor counterfactual: D(free)/D(quenched). Has entropy and percolation in it: by itself never called dynamic
 *   R3  dose-response: sigma(lambda = 1)/sigma(lambda = 0.01), with the slope beta = d ln sigma/d ln lambda at 1
 * Before them the gate B0: would the hops that were seen show an effect of the size of the margin at all, in a fraction
 * f of exposed time? Logic, in this order:
 *   UNDERPOWERED     B0 says no
 *   DYNAMIC          R3 more than m and the lower end of beta (95 %) above 0.05
 *   STATIC_CRADLE    R3 equivalent to 1, and R1 (or exp(dE_lock/kT) of barriers from forces) more than m
 *   NONE             R1, R2, R3 equivalent to 1
 *   CARRIER_NETWORK  one of the last two, and carriers + network are more than half of ln of a ratio of conductivities beyond m
 *   INCONCLUSIVE     all else, with the number of replicas needed
 * All functions Local.
 */
#ifndef ANALYSIS_VERDICT_H
#define ANALYSIS_VERDICT_H

#include "analysis/dose_response.h"
#include "analysis/equivalence.h"
#include "analysis/ledger.h"

typedef enum VerdictKind {
    VERDICT_UNDERPOWERED,
    VERDICT_DYNAMIC,
    VERDICT_STATIC_CRADLE,
    VERDICT_NONE,
    VERDICT_CARRIER_NETWORK,
    VERDICT_INCONCLUSIVE
} VerdictKind;

enum { VERDICT_R1, VERDICT_R2, VERDICT_R3, VERDICT_ENDPOINTS };

typedef struct VerdictEndpoint {
    double ratio, low, high; /* 95 % */
    double error;            /* of ln ratio */
    double p_more, p_equal, p_more_holm, p_equal_holm;
    bool more, equal; /* p_more_holm < 0.025, p_equal_holm < 0.05 */
    double needed;    /* units that would decide it; NaN if it is decided */
} VerdictEndpoint;

typedef struct VerdictOptions {
    double margin; /* m > 1 */
    double temperature, charge;
    double
        fraction; /* carriers for each Mg of the perfect lattice that sigma is meant for; 0: as many as there are */
    double lock,
        lock_error; /* dE_lock = barrier locked - barrier free [eV] and standard error; NaN: not known */
    const double *against; /* [LEDGER_TERMS] of another sample; NULL: none */
    uint64_t seed;
} VerdictOptions;

typedef struct Verdict {
    VerdictKind kind;
    char reason[160];
    double margin;
    /* B0 */
    double hops;       /* at lambda = 1 */
    double exposed;    /* f */
    double detectable; /* smallest ratio of rates; NaN: no rotor has a say */
    double hops_needed;
    double base_rate; /* of a turn within +-1 ps of a hop if nothing were coupled */
    bool identifiable;
    VerdictEndpoint r[VERDICT_ENDPOINTS];
    double beta, beta_low, beta_high;
    double lock, lock_low, lock_high; /* exp(dE_lock/kT); NaN */
    size_t nspeed;
    double sigma[DOSE_RESPONSE_SPEEDS + 1]; /* S/cm, the last: quenched rotors */
    double sigma_error[DOSE_RESPONSE_SPEEDS + 1];
    double term[LEDGER_TERMS]; /* of this sample: product = sigma at lambda = 1 */
    bool has_ledger;
    double share[LEDGER_TERMS], total; /* ln(sigma/sigma of the other) */
} Verdict;

extern const char *const verdict_name[VERDICT_INCONCLUSIVE + 1];

/* ERR_INPUT for a ledger with a term that is not positive. */
Err verdict_judge(const DoseResponse *r, const VerdictOptions *o, Verdict *v) MUST_USE;

/* "verdict STATIC_CRADLE  R3=1.01 [0.97,1.05] equiv  R1=3.4 [2.8,4.2] more  ..." New string. */
char *verdict_line(const Verdict *v);

#endif
