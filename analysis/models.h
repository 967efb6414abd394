/* models.h -- closed formulas for what a neutron sees of simple motions: the answers the pipeline
 * is tested on.
 *
 * Units: Q [1/A], t [ps], rates [1/ps], energies [meV], lengths [A]. Every tau is a mean RESIDENCE
 * time (time between jumps, whatever their direction); programs differ here by a factor 2. Widths
 * are returned as decay rates [1/ps]; the half width at half maximum of the Lorentzian is hbar *
 * rate (UNITS_HBAR_MEV_PS). E > 0 means that the neutron loses energy. All functions are Local and
 * pure. Sources: M. Bee, Quasielastic Neutron Scattering (1988); R. Hempelmann, Quasielastic
 * Neutron Scattering and Solid State Diffusion (2000),
 * doi 10.1093/acprof:oso/9780198517436.001.0001; others at their function.
 */
#ifndef ANALYSIS_MODELS_H
#define ANALYSIS_MODELS_H

#include <complex.h>
#include <stddef.h>

/* sin(x)/x */
double models_j0(double x);

/* ---- powder I(Q,t) of one atom on sites, equal populations
 * ------------------------------------------------ */

/* Two sites at distance L: (1 + j0(QL))/2 + (1 - j0(QL))/2 exp(-2t/tau). */
double models_two_sites(double q, double t, double length, double tau);

/* n equal sites on a circle of radius r, jumps to either neighbour (half each way):
 * sum_l A_l exp(-(2/tau) sin^2(pi l/n) t). J. D. Barnes, J. Chem. Phys. 58, 5193 (1973),
 * doi 10.1063/1.1679130. */
double models_circle(double q, double t, int n, double radius, double tau);

/* BH4 with bond length d turning about one fixed C2 or C3 axis; average over its four H.
 * Both have the EISF (1 + j0(Qs))/2, s = d sqrt(8/3): only the width tells them apart. */
double models_c2(double q, double t, double bond, double tau);
double models_c3(double q, double t, double bond, double tau);

/* BH4 on all twelve rotations of the tetrahedron: rate nu3 for each of the eight C3 operations, nu2
 * for each of the three C2: A0 = (1 + 3 j0(Qs))/4, one rate 8 nu3 + 4 nu2. */
double models_tetrahedral(double q, double t, double bond, double nu3, double nu2);

/* H on the eight corners of a cube around B: rates per operation of C4 (6), C3 (8), C2 (3) and C2'
 * (6). */
double models_cubic(double q, double t, double bond, double nu4, double nu3, double nu2,
                    double nu2p);

/* ---- continuous motions in a bounded space
 * ---------------------------------------------------------------- */

/* EISF of free rotation on a circle of radius r: (1/2) int J0^2(Qr sqrt(1-mu^2)) dmu. */
double models_uniaxial_eisf(double q, double radius);

/* Isotropic rotational diffusion: sum (2l+1) j_l^2(QR) exp(-l(l+1) D_r t).
 * V. F. Sears, Can. J. Phys. 45, 237 (1967), doi 10.1139/p67-025. */
double models_sears(double q, double t, double radius, double diffusion);

/* EISF of diffusion inside a sphere of radius a: (3 j1(Qa)/(Qa))^2.
 * F. Volino, A. J. Dianoux, Mol. Phys. 41, 271 (1980), doi 10.1080/00268978000102761. */
double models_sphere_eisf(double q, double radius);

/* ---- translation: decay rate [1/ps] of I(Q,t)
 * ------------------------------------------------------------- */

double models_fick_rate(double q, double diffusion);                     /* D Q^2, D [A^2/ps] */
double models_chudley_elliott_rate(double q, double length, double tau); /* (1 - j0(Ql))/tau */
double models_hall_ross_rate(double q, double length, double tau); /* (1 - exp(-Q^2 l0^2/2))/tau */
double models_singwi_sjolander_rate(double q, double diffusion,
                                    double tau); /* DQ^2/(1 + DQ^2 tau) */

/* Powder average of exp(-rate(Q-vector) t) for jumps to the six neighbours of a simple cubic
 * lattice; it is NOT the exponential of the averaged rate (Chudley-Elliott). By quadrature, better
 * than 1e-10 for Q a < 10. */
double models_cubic_lattice(double q, double t, double a, double tau);

/* Mean squared displacement [A^2] of a random walk with jump rate gamma and length a: gamma a^2 t.
 */
double models_walk_msd(double t, double gamma, double a);

/* Diffusion coefficient [A^2/ps] of a persistent walk on a line, <cos> between successive jumps =
 * epsilon: (a^2/2 tau)(1 + epsilon)/(1 - epsilon). */
double models_persistent_diffusion(double a, double tau, double epsilon);

/* ---- free particle and oscillators
 * ------------------------------------------------------------------------ */

/* Classical ideal gas: exp(-Q^2 (kT/m) t^2/2), kT/m in [A^2/ps^2]. */
double models_ideal_gas(double q, double t, double kt_over_m);

/* Quantum ideal gas of mass m [u] at T [K]: exp(-(Q^2/2m)(kT t^2 - i hbar t)), and its S(Q,E)
 * [1/meV]. */
double complex models_ideal_gas_quantum(double q, double t, double kelvin, double mass);
double models_ideal_gas_s(double q, double energy, double kelvin, double mass);

/* Classical harmonic oscillator, <u_x^2> = u2 [A^2], angular frequency w0 [1/ps]: exp(-Q^2 u2 (1 -
 * cos w0 t)); its line n has strength exp(-z) I_n(z), z = Q^2 u2. */
double models_oscillator(double q, double t, double u2, double w0);
double models_oscillator_line(int n, double z);

/* Quantum oscillator: strength of line n (E = n hbar w0), e = recoil energy / hbar w0, b = hbar
 * w0/kT: exp(-e coth(b/2) + n b/2) I_n(e/sinh(b/2)). */
double models_quantum_line(int n, double e, double b);

/* Overdamped oscillator, relaxation rate g [1/ps]: exp(-Q^2 u2 (1 - exp(-g t))); EISF exp(-Q^2 u2).
 */
double models_overdamped(double q, double t, double u2, double g);

/* ---- energy domain
 * ---------------------------------------------------------------------------------------- */

/* Lorentzian of half width gamma, Gaussian of standard deviation s, their convolution (Voigt)
 * [1/meV]. Voigt by libcerf (S. G. Johnson, J. Wuttke). gamma = 0 gives the Gaussian, s = 0 the
 * Lorentzian. */
double models_lorentz(double energy, double gamma);
double models_gauss(double energy, double s);
double models_voigt(double energy, double s, double gamma);

/* exp(-g|t|) sampled at dt, as its discrete transform (1/2 pi) dt sum exp(-g|t|) cos(wt) gives it:
 * (dt/2 pi) sinh(g dt)/(cosh(g dt) - cos(w dt)) [ps]. */
double models_sampled_exponential(double w, double g, double dt);

/* Damped harmonic oscillator: chi''(E) = chi0 E 2 g E0^2/((E^2-E0^2)^2 + 4 g^2 E^2), (1/pi) int
 * chi''/E dE = chi0; S(E) = (n(E)+1) chi''/pi. Overdamped for g > E0. */
double models_dho_chi(double energy, double e0, double g, double chi0);
double models_dho(double energy, double kelvin, double e0, double g, double chi0);

/* n(E) + 1 = 1/(1 - exp(-E/kT)); infinite at E = 0. For E < 0 it is -n(|E|). */
double models_bose_plus_one(double energy, double kelvin);

/* From a classical, even S(E) to one that obeys S(-E) = exp(-E/kT) S(E); x = E/kT.
 *   harmonic   x/(1 - exp(-x))      keeps chi'' = classical; our default
 *   schofield  exp(x/2)             P. Schofield, Phys. Rev. Lett. 4, 239 (1960),
 *                                   doi 10.1103/PhysRevLett.4.239
 *   standard   2/(1 + exp(-x))
 *   none       1
 */
typedef enum Balance {
    BALANCE_HARMONIC,
    BALANCE_SCHOFIELD,
    BALANCE_STANDARD,
    BALANCE_NONE
} Balance;
double models_balance(Balance kind, double x);

/* ---- liquids
 * ------------------------------------------------------------------------------------------- */

/* Structure factor of hard spheres of diameter sigma [A] and packing fraction eta < 1 in the Percus-Yevick approximation:
 * S = 1/(1 - rho c(Q)), S(0) = (1-eta)^4/(1+2 eta)^2. M. S. Wertheim, Phys. Rev. Lett. 10, 321 (1963),
 * doi 10.1103/PhysRevLett.10.321. The closed form loses digits as (Q sigma)^-6: below Q sigma = 2 a series. */
double models_percus_yevick(double q, double eta, double sigma);

/* ---- estimators
 * ------------------------------------------------------------------------------------------- */

/* |<exp iQr>_T|^2 exceeds the EISF A0 by (1 - A0) times this, for one decay rate l over a run of
 * length T: (2/lT)(1 - (1 - exp(-lT))/(lT)). */
double models_time_average_bias(double rate, double length);

/* The same for a mean over n equally spaced samples with correlation rho between neighbours. */
double models_sample_average_bias(size_t n, double rho);

#endif
