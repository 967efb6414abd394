/* impedance.h -- what an impedance analyser sees of a pellet: Z(f) from sigma(omega), contacts, noise.
 *
 * Sign: Z = Z' + i Z'' with Z'' < 0 for a capacitor; plots show -Z''. CPE: Z = 1/(Q (i omega)^n). All functions Local.
 */
#ifndef ANALYSIS_IMPEDANCE_H
#define ANALYSIS_IMPEDANCE_H

#include <complex.h>
#include <stddef.h>
#include <stdint.h>

/* How pores (empty, insulating) lower the conductivity of a pellet. With k = sigma + i w eps0 eps_r of the solid, of the
 * pores i w eps0, and p the porosity, the pellet has
 *   Maxwell-Garnett: k (2 k + k_p + 2 p (k_p - k))/(2 k + k_p - p (k_p - k)), separate round pores in the solid; at low
 *     frequency sigma 2(1-p)/(2+p) (J. C. Maxwell Garnett, Phil. Trans. R. Soc. A 203, 385 (1904), doi 10.1098/rsta.1904.0024)
 *   Bruggeman: (1-p) (k - x)/(k + 2 x) + p (k_p - x)/(k_p + 2 x) = 0, grains and pores alike; at low frequency
 *     sigma (1 - 3p/2), nothing for p > 2/3 (D. A. G. Bruggeman, Ann. Phys. 416, 636 (1935), doi 10.1002/andp.19354160705) */
typedef enum PelletMixing { PELLET_DENSE, PELLET_MAXWELL_GARNETT, PELLET_BRUGGEMAN } PelletMixing;

typedef struct Pellet {
    double thickness; /* cm */
    double diameter;  /* cm */
    double eps_r;     /* relative permittivity of the solid */
    double porosity;  /* volume of pores over that of the pellet */
    PelletMixing mixing;
} Pellet;

/* Area [cm2]; cell constant L/A [1/cm]; geometric capacitance of the dense pellet [F]. */
double impedance_area(const Pellet *p);
double impedance_cell_constant(const Pellet *p);
double impedance_capacitance(const Pellet *p);

/* Conductivity of the pellet over that of its solid, at low frequency. 1: dense; 0: no path through it. */
double impedance_porous_factor(const Pellet *p);

/* Z [ohm] of the pellet whose solid has conductivity sigma [S/cm] at angular frequency omega [1/s]; ideal contacts. */
double _Complex impedance_pellet(const Pellet *p, double omega, double _Complex sigma);

/* What stands between pellet and analyser: Z = R_lead + i w L_lead + 1/(1/(Z_pellet + Z_electrode) + i w C_stray). */
typedef struct Contacts {
    double electrode_q, electrode_n;         /* S s^n, 1: CPE of both electrodes; 0: none */
    double lead_resistance, lead_inductance; /* ohm, H */
    double stray_capacitance;                /* F */
} Contacts;
double _Complex impedance_cell(const Contacts *c, double omega, double _Complex z_pellet);

/* Analyser: logarithmic frequencies between two limits; Gaussian noise of Re and of Im, keyed. */
typedef struct Analyser {
    double lowest, highest; /* Hz */
    int per_decade;
    double noise; /* standard deviation of Re and of Im, relative to |Z| */
    double
        limit; /* ohm: the smallest current it resolves is that of this impedance: noise grows to sqrt(noise^2 +
                     (|Z|/limit)^2); 0: none */
} Analyser;

/* Frequencies [Hz], descending; new array of *n (free()). */
double *impedance_frequencies(const Analyser *a, size_t *n);

/* Relative noise of Re and of Im at |Z| = modulus [ohm]. */
double impedance_noise(const Analyser *a, double modulus);

/* Z with noise: z [n] changed in place; numbers are functions of (seed, stream RNG_NOISE, set, index). */
void impedance_add_noise(const Analyser *a, uint64_t seed, uint64_t set, size_t n,
                         double _Complex z[]);

#endif
