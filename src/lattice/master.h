/* master.h -- conductivity of independent carriers that hop on a site graph: the master equation, solved exactly.
 *
 * Rate from site i over edge e:  k = nu exp(-(S_e - E_i)/kT); occupation p_i ~ exp(-E_i/kT): detailed balance holds by
 * construction. With L the generator (L f)_i = sum_j k_ij (f_j - f_i) and v_i = sum_j k_ij d_ij the mean drift at i,
 *
 *   D_ab(omega) = 1/2 sum_ij p_i k_ij d_a d_b - sum_i p_i v_i,a f_i,b,     (i omega - L) f_b = v_b
 *   sigma(omega) = n q^2 D(omega) / kT
 *
 * The first term is the instantaneous part (random walk at infinite frequency), the second the memory of the way back.
 * J. W. Haus, K. W. Kehr, Phys. Rep. 150, 263 (1987), doi 10.1016/0370-1573(87)90005-6. The sparse systems are solved by
 * UMFPACK.
 */
#ifndef LATTICE_MASTER_H
#define LATTICE_MASTER_H

#include "lattice/sites.h"

#include <complex.h>

/* Diffusion tensor averaged over directions (a third of the trace) [A^2/s] at angular frequencies omega [1/s].
 *   attempt      nu [1/s]
 *   temperature  [K]
 *   d            [n] written
 * omega = 0 gives the DC value. ERR_NUMERICAL if UMFPACK fails. Local. */
Err master_diffusion(const Sites *s, double attempt, double temperature, size_t n,
                     const double omega[], double _Complex d[]) MUST_USE;

/* Conductivity [S/cm] of a diffusivity [A^2/s]: density [1/A^3] carriers of charge [e] at temperature [K]. Local. */
double _Complex master_conductivity(double _Complex d, double density, double charge,
                                    double temperature);

/* Mean rate at which a carrier leaves its site [1/s]. Local. */
double master_hop_rate(const Sites *s, double attempt, double temperature);

#endif
