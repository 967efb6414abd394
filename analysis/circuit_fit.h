/* circuit_fit.h -- circuits fitted to impedances, so that 1e12 ohm is no harder than 1 ohm.
 *
 * Parameters are fitted as logarithms (exponents n of CPEs between 0 and 1.1, so that noise may carry an ideal capacitor's n
 * a little above 1), by Levenberg-Marquardt with exact derivatives (GSL). Starting values are found: of a circuit that is a
 * series of arcs and single elements all resistances follow from time constants by linear least squares, so time constants
 * are tried on a logarithmic grid; other circuits are started from many places spread evenly (Halton). Weights that are
 * relative to |Z| are taken from the fitted model, not from the data, after a first round: data that scatter down would
 * weigh more. All functions Local.
 */
#ifndef ANALYSIS_CIRCUIT_FIT_H
#define ANALYSIS_CIRCUIT_FIT_H

#include "analysis/circuit.h"

typedef enum CircuitWeights {
    CIRCUIT_MODULUS,      /* Re and Im have the error noise |Z| */
    CIRCUIT_PROPORTIONAL, /* Re has noise |Re Z|, Im has noise |Im Z|, but not below 1e-3 noise |Z| */
    CIRCUIT_UNIT,         /* all have the same error, noise times the median of |Z| */
    CIRCUIT_ERRORS,       /* errors come with the data */
} CircuitWeights;

typedef struct CircuitData {
    size_t n;
    const double *frequency;  /* [n] Hz, in any order */
    const double _Complex *z; /* [n] ohm */
    const double _Complex
        *z_error; /* [n] ohm, standard errors of Re and of Im; NULL unless CIRCUIT_ERRORS */
} CircuitData;

typedef struct CircuitFitOptions {
    CircuitWeights weights;
    double noise; /* relative; not positive or NaN: not known, the scatter about the fit gives it */
    double
        limit; /* ohm: the largest impedance of the analyser, noise becomes 1 there (impedance.h); 0: none */
    const double *start; /* [nparameters]; NULL: found */
} CircuitFitOptions;

typedef struct CircuitFit {
    Circuit circuit;
    double value[CIRCUIT_PARAMETERS];
    double error[CIRCUIT_PARAMETERS]; /* standard errors of ln(value), of exponents of n */
    double covariance[CIRCUIT_PARAMETERS][CIRCUIT_PARAMETERS]; /* of the same */
    double chi2, chi2_reduced;
    double bic;     /* Bayesian information criterion: smaller is better */
    double noise;   /* relative, as given or as found from the scatter */
    int iterations; /* of the best start */
    bool
        determined; /* false: an error above 1 (100 %) or not a number: the data do not fix this circuit */
} CircuitFit;

/* ERR_INPUT: fewer numbers than parameters; ERR_NUMERICAL: no start converges. */
Err circuit_fit(const Circuit *c, const CircuitData *data, const CircuitFitOptions *options,
                CircuitFit *fit) MUST_USE;

/* [R0-]p(R1,Q1)-...[-Qk]: 1 to `most` arcs (at most 6), those with the smallest BIC, arc 1 with the highest peak frequency.
 * bic [most] written, NaN where a fit failed. ERR_NUMERICAL if none converges. */
Err circuit_fit_ladder(const CircuitData *data, const CircuitFitOptions *options, int least,
                       int most, bool resistor, bool electrode, CircuitFit *best,
                       double bic[]) MUST_USE;

/* What an arc says: G. J. Brug et al., J. Electroanal. Chem. 176, 275 (1984), doi 10.1016/S0022-0728(84)80324-1. */
typedef struct CircuitArcFit {
    double r, q, n;
    double error_ln_r;
    double peak;        /* Hz: (R Q)^(-1/n)/(2 pi) */
    double capacitance; /* F: (Q R^(1-n))^(1/n) */
    bool
        peak_in_window; /* false: the peak lies below 3 times the lowest frequency: R is an extrapolation */
} CircuitArcFit;
void circuit_fit_arc(const CircuitFit *fit, const CircuitArc *arc, const CircuitData *data,
                     CircuitArcFit *out);

/* For the two files of this room: starting values. */
typedef struct CircuitStarts {
    int n, most;
    double (*value)[CIRCUIT_PARAMETERS]; /* [most], best first */
    double *chi2;                        /* [most] */
} CircuitStarts;

/* Starts for a circuit: errors [n] of Re and Im as in CircuitData. Up to s->most, whose arrays the caller owns. */
void circuit_start_find(const Circuit *c, const CircuitData *data, const double _Complex error[],
                        CircuitStarts *s);

#endif
