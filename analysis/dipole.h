/* dipole.h -- the dipole of all point charges, its memory, and what infrared light it absorbs.
 *
 *   M(t) = sum_i q_i r_i,  J = dM/dt = sum_i q_i v_i  (all atoms: unlike current.h, the inside of the ions too)
 *   sigma(E)   = (1/(3 V kT)) int_0^inf <J(0).J(t)> R(t) e^{iEt/hbar} dt           S/cm, R: Gaussian window (spectrum.h)
 *   epsilon(E) = epsilon_inf + i sigma/(epsilon_0 omega);  n + i kappa = sqrt(epsilon);  alpha = 2 omega kappa/c   1/cm
 *   n alpha    = Re sigma/(epsilon_0 c)                                            1/cm
 * (D. A. McQuarrie, Statistical Mechanics (1976), ch. 21). The classical product n alpha is the one with the harmonic quantum
 * correction (R. Ramirez et al., J. Chem. Phys. 121, 3973 (2004), doi 10.1063/1.1774986); with x = E/kT the other choices
 * multiply n_alpha and alpha by (1 - e^-x) B(x)/x, B of models.h: schofield, standard, none. sigma, epsilon and n stay classical.
 * Rigid point charges know no electronic polarisation: epsilon_inf is what the user says (1: none), and intensities are those
 * of the charges.
 *
 * The sample must be neutral, or M would hang on the origin. M itself is known up to whole charges times box lengths, so
 * only M(t) - M(0) is used: `C_M` is the autocorrelation of its deviation from the mean over the run, and `epsilon_static` =
 * epsilon_inf + <dM^2>/(3 epsilon_0 V kT) means something while no ion hops and the run is long beside the slowest motion.
 * Positions must be unwrapped (checked); in a moving box they are taken in the cell of the first frame, r h(t)^-1 h(0), and V is
 * the mean volume. J is from velocities if frames have them, else from differences of M (good to half of the Nyquist energy).
 * Standard errors from blocks of the run (jackknife). Sums over ranks in fixed-point numbers: the same bytes for any
 * rank count.
 *
 * Layout (T lags, M energies, F frames): charge [3] e: Mg, B, H; temperature K; volume A^3; blocks
 *   t [T] ps; C_M, C_M_error [T] e^2 A^2; epsilon_static (+_error)
 *   E [M] meV (from e_step on); sigma, sigma_error [M] S/cm: real part; n_alpha, n_alpha_error, alpha [M] 1/cm; epsilon [M][2]; n [M]
 *   frame_time [F] ps; displacement [F][3] e A; nyquist, band_limit, fwhm meV; resolution_at_tmax; text balance, velocities
 */
#ifndef ANALYSIS_DIPOLE_H
#define ANALYSIS_DIPOLE_H

#include "analysis/lags.h"
#include "analysis/observable.h"

typedef struct DipoleOptions {
    double temperature;                   /* [K] */
    double charge_mg, charge_b, charge_h; /* [e] */
    double epsilon_inf;
    double fwhm, e_step, e_max; /* [meV] */
    int balance;                /* Balance */
    int velocities;             /* spectrum.h */
    LagOptions lags;            /* of C_M; stride is not used */
    int64_t blocks;
} DipoleOptions;

extern const ObservableKind dipole_observable;

#endif
