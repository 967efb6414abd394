/* thermostat.h -- velocities at a temperature: first draw, Bussi rescaling, Langevin friction and
 * noise.
 *
 * Every random number is a function of (seed, step, ion or atom), so the same numbers reach the
 * same ions on any number of ranks and after any restart. Total momentum is zero before and after:
 * the noise is projected onto zero momentum (thermostat_stop_drift, or verlet_adjust after the
 * message of the step), which is exact as all parts of the sample have the same friction.
 */
#ifndef DYNAMICS_THERMOSTAT_H
#define DYNAMICS_THERMOSTAT_H

#include "dynamics/verlet.h"

/* True if no owned atom on any rank moves. Collective. */
bool thermostat_at_rest(const Domain *d, const Atoms *a);

/* Maxwell-Boltzmann velocities (and spins of rigid ions) at temperature [K], zero net momentum.
 * Collective. */
void thermostat_draw(const Verlet *v, const Domain *d, Atoms *a, uint64_t seed, double temperature);

/* Take the net momentum off, mass weighted. Collective. */
void thermostat_stop_drift(const Verlet *v, const Domain *d, Atoms *a);

/* Factor on all velocities that Bussi's thermostat asks for over time dt, the exact solution for
 * the kinetic energy: G. Bussi, D. Donadio, M. Parrinello, J. Chem. Phys. 126, 014101 (2007),
 * doi 10.1063/1.2408420, eqs. A7, A8. kinetic [eV] now, freedom: degrees of freedom, tau:
 * relaxation time of the thermostat. Local, pure. */
double thermostat_rescaling(uint64_t seed, int64_t step, double kinetic, double freedom,
                            double temperature, double dt, double tau);

/* Ornstein-Uhlenbeck over time dt with friction 1/tau on every velocity (and spin).
 * G. Bussi, M. Parrinello, Phys. Rev. E 75, 056707 (2007), doi 10.1103/PhysRevE.75.056707: twice a
 * step with dt/2. Net momentum is left to the caller, who has a message to send anyway; so are the
 * velocities of H of rigid ions.
 *   half   0 or 1: which of the two of this step
 * Local. */
void thermostat_langevin(const Verlet *v, Atoms *a, uint64_t seed, int64_t step, uint32_t half,
                         double temperature, double dt, double tau);

#endif
