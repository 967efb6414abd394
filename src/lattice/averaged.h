/* averaged.h -- slow hops with the mean rates of fast gates: the quasi-equilibrium average, only where it is allowed.
 *
 * The state is the occupation alone; an edge hops with k_mean of gate_average.h at the present occupation. k_mean obeys detailed
 * balance for the law of occupations with the rotors summed out. Its error is the indicator k_mean tau CV^2, looked at for every
 * surroundings of an edge that the run meets: above the tolerance the run ends with an error that names edge and indicator.
 * Surroundings are told apart by the chains of the rotors that have a say; each is averaged once. Local.
 */
#ifndef LATTICE_AVERAGED_H
#define LATTICE_AVERAGED_H

#include "lattice/kmc.h"

typedef struct Averaged Averaged;

/* On the whole lattice; options as kmc.h, `bin` is not used. ERR_INPUT for rotor-rotor terms, for surroundings whose indicator is
 * above `tolerance`, too many of them or too many combinations of wells. */
Err averaged_new(State *s, const Wiring *wiring, const KmcOptions *o, double tolerance,
                 Averaged **averaged) MUST_USE;
void averaged_free(Averaged *a);

/* Until `until` [s] or `most` hops. Errors as above. Wells of the State are not touched. */
Err averaged_run(Averaged *a, KmcClock *clock, double until, int64_t most, int64_t *hops) MUST_USE;

/* Worst indicator so far. */
double averaged_worst(const Averaged *a);

#endif
