/* impedance.h -- what an impedance analyser sees of a pellet: Z(f) from sigma(omega), and circuits.
 *
 * Sign: Z = Z' + i Z'' with Z'' < 0 for a capacitor; plots show -Z''. CPE: Z = 1/(Q (i omega)^n), so R-CPE is
 * Z = R/(1 + R Q (i omega)^n); its arc peaks at omega = (R Q)^(-1/n) with height (R/2) tan(n pi/4); Brug's capacitance
 * (Q R^(1-n))^(1/n) (G. J. Brug et al., J. Electroanal. Chem. 176, 275 (1984), doi 10.1016/S0022-0728(84)80324-1).
 * All functions Local.
 */
#ifndef ANALYSIS_IMPEDANCE_H
#define ANALYSIS_IMPEDANCE_H

#include "base/err.h"

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Pellet {
    double thickness; /* cm */
    double diameter;  /* cm */
    double eps_r;     /* relative permittivity */
} Pellet;

/* Area [cm2]; cell constant L/A [1/cm]; geometric capacitance [F]. */
double impedance_area(const Pellet *p);
double impedance_cell_constant(const Pellet *p);
double impedance_capacitance(const Pellet *p);

/* Z [ohm] of a dense pellet of conductivity sigma [S/cm] at angular frequency omega [1/s], ideal contacts. */
double _Complex impedance_pellet(const Pellet *p, double omega, double _Complex sigma);

/* R in parallel with a CPE. */
typedef struct RCpe {
    double r; /* ohm */
    double q; /* S s^n */
    double n; /* 0..1 */
} RCpe;
double _Complex impedance_rcpe(const RCpe *c, double omega);
double impedance_peak(const RCpe *c); /* angular frequency of the top of the arc [1/s] */
double impedance_brug(const RCpe *c); /* F */

/* Analyser: logarithmic frequencies between two limits; relative noise of modulus per quadrature, keyed. */
typedef struct Analyser {
    double lowest, highest; /* Hz */
    int per_decade;
    double noise; /* standard deviation of Re and of Im, relative to |Z| */
} Analyser;

/* Frequencies [Hz], descending; new array of *n (free()). */
double *impedance_frequencies(const Analyser *a, size_t *n);

/* Z with noise: z [n] changed in place; numbers are functions of (seed, stream RNG_NOISE, set, index). */
void impedance_add_noise(const Analyser *a, uint64_t seed, uint64_t set, size_t n,
                         double _Complex z[]);

/* Fit of R, Q, n in log parameters (ln R, ln Q, ln(n/(1-n))), least squares of (Z - model)/(noise |Z|) with GSL, so
 * that 1e12 ohm is no harder than 1 ohm. */
typedef struct ImpedanceFit {
    RCpe value;
    double error_ln_r, error_ln_q, error_n; /* standard errors */
    double covariance[3][3];                /* of ln R, ln Q, logit n */
    double chi2_reduced;
    int iterations;
    bool
        peak_in_window; /* false: the arc's peak lies below 3 times the lowest frequency: R is an extrapolation */
    double conductivity, conductivity_error; /* S/cm, if a pellet was given */
} ImpedanceFit;

/* pellet may be NULL. ERR_NUMERICAL if the fit does not converge. */
Err impedance_fit(size_t n, const double frequency[], const double _Complex z[], double noise,
                  const Pellet *pellet, ImpedanceFit *fit) MUST_USE;

/* Straight line of ln(sigma) or ln(sigma T) against 1/kT, weighted by the given errors of ln(sigma) (all equal if NULL:
 * the scatter then gives the errors). */
typedef struct Arrhenius {
    double energy, energy_error; /* eV */
    double ln_prefactor, ln_prefactor_error;
    double covariance; /* of energy and ln_prefactor */
    double chi2;
    bool times_t; /* ln(sigma T) */
} Arrhenius;
Err impedance_arrhenius(size_t n, const double temperature[], const double sigma[],
                        const double error_ln[], bool times_t, Arrhenius *a) MUST_USE;

/* Data as CSV: f/Hz, Z'/ohm, Z''/ohm. Atomic (PATH.part, renamed). */
Err impedance_write_csv(const char *path, size_t n, const double frequency[],
                        const double _Complex z[], const char *comment) MUST_USE;

#endif
