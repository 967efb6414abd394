/* barostat.h -- stochastic cell rescaling: how much the lattice lengths change next.
 *
 * Isotropic: M. Bernetti, G. Bussi, J. Chem. Phys. 153, 114107 (2020), doi 10.1063/5.0020514,
 *     d ln V = -(beta/tau) (P0 - P) dt + sqrt(2 kT beta / (V tau)) dW .
 * Anisotropic, after V. Del Tatto, P. Raiteri, M. Bernetti, G. Bussi, Appl. Sci. 12, 1139 (2022),
 * doi 10.3390/app12031139, for the three lattice lengths with the angles kept (so an orthogonal box
 * stays orthogonal): d ln L_k = -(beta/3 tau) (P0 - P_k) dt + sqrt(2 kT beta / (3 V tau)) dW_k .
 * P_k is the pressure that works on lattice length k, P their mean. Both sample exp(-(H + P0 V)/kT)
 * with flat measure in V, or in the three lengths. Positions and momenta of ion centres are scaled
 * (deform.h), ions are not.
 */
#ifndef DYNAMICS_BAROSTAT_H
#define DYNAMICS_BAROSTAT_H

#include "dynamics/dynamics.h"

/* Pressure on each lattice length from the tensor P [eV/A^3]. Local, pure. */
void barostat_pressures(const Cell *cell, const double pressure[3][3], double on_length[3]);

/* log_scale[k] for step `step` over time dt; all zero without a barostat. Local, pure. */
void barostat_log_scale(const DynamicsOptions *o, const Cell *cell, const double pressure[3][3],
                        int64_t step, double dt, double log_scale[3]);

#endif
