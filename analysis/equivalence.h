/* equivalence.h -- is a ratio one, or more than one, and would the data have shown it?
 *
 * A ratio R of means over independent units (replicas, quenches) is judged on the scale of its logarithm against a margin m > 1
 * that was fixed beforehand:
 *   more        H0: ln R <= ln m is rejected
 *   equivalent  both H0: ln R >= ln m and H0: ln R <= -ln m are rejected (two one-sided tests, TOST: D. J. Schuirmann,
 *               J. Pharmacokinet. Biopharm. 15, 657 (1987), doi 10.1007/BF01068419)
 * Probabilities are fractions of bootstrap draws. Units are drawn with replacement; what lies inside a unit (walks in a quench,
 * windows in a walk) goes with it, since it is not independent (A. C. Davison, D. V. Hinkley, Bootstrap Methods and their
 * Application, Cambridge (1997), section 3.8). Few units make percentiles too narrow: deviations are stretched by
 * t_(n-1)/z sqrt(n/(n-1)) at 95 % (T. C. Hesterberg, Am. Stat. 69, 371 (2015), doi 10.1080/00031305.2015.1089789).
 * All functions Local, pure.
 */
#ifndef ANALYSIS_EQUIVALENCE_H
#define ANALYSIS_EQUIVALENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EQUIVALENCE_DRAWS = 4000, EQUIVALENCE_ARMS = 32 };

/* What was measured on n units under one condition. Arms of the same `group` were measured on the same units (then of the
 * same number) and are drawn together. */
typedef struct EquivalenceArm {
    size_t n;
    const double *value; /* [n] not negative */
    int group;
} EquivalenceArm;

/* sum_arms weight ln(mean of arm): a ratio's logarithm, or a slope. */
typedef struct EquivalenceContrast {
    double value;     /* NaN if nothing moved in two arms that are compared; infinite if in one */
    double error;     /* standard error, half the 68.3 % interval; infinite if that is */
    double low, high; /* 95 % */
    double p_more, p_equal; /* against ln m; at least 1/(draws + 1) */
} EquivalenceContrast;

/* ln of the means of bootstrap draws, [EQUIVALENCE_DRAWS][narm]. At most EQUIVALENCE_ARMS arms. Free with free(). */
double *equivalence_draw(uint64_t seed, size_t narm, const EquivalenceArm arm[]);

EquivalenceContrast equivalence_judge(size_t narm, const EquivalenceArm arm[],
                                      const double weight[], const double *draws, double margin);

/* Probabilities adjusted for n questions asked together: S. Holm, Scand. J. Stat. 6, 65 (1979). May be in place. */
void equivalence_holm(size_t n, const double p[], double adjusted[]);

/* Events (hops) needed to see that their rate is `rho` times larger during a fraction f of the time, two-sided `alpha`, with the
 * probability `power`: (z_(1-alpha/2) + z_power)^2 / (f (1-f) ln^2 rho); = 7.85/(...) at 0.05 and 0.8. Infinite for f = 0 or 1. */
double equivalence_events(double f, double rho, double alpha, double power);

/* The smallest rho > 1 that `events` events show. */
double equivalence_detectable(double f, double events, double alpha, double power);

/* Probability that one of n rotors that turn at `rate` does so within +- window of a hop when nothing is coupled:
 * 1 - exp(-2 window n rate). */
double equivalence_base_rate(double window, double n, double rate);

/* Units needed, of `units` now, to place |ln R| = |value| inside the margin, or outside if it is there, with 90 % certainty. */
double equivalence_units(double value, double error, double units, double margin);

#endif
