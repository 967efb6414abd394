/* energy.h -- energy and forces of all ions at once, the same bits on any number of ranks.
 *
 * Ions are spread over the ranks in blocks; each is computed whole by one rank, against all its neighbours (every pair
 * twice: no third law, so no order of summation that depends on ranks). Energies are added exactly.
 */
#ifndef SAMPLING_ENERGY_H
#define SAMPLING_ENERGY_H

#include "sampling/local.h"
#include "sampling/waves.h"

typedef struct EnergyModel {
    const Comm *comm;
    const FfParameters *p;
    bool rigid; /* no intramolecular terms */
    Local local;
    Waves *waves;
    Env env; /* work */
} EnergyModel;

/* Pairs of atoms of different ions inside the cut-off, real-space Coulomb included [eV]. Collective. */
double energy_pairs(EnergyModel *m, const Bodies *b);

/* Inside ions: bonded terms, and Coulomb that the reciprocal sum holds but should not [eV]. Collective. */
double energy_inner(const EnergyModel *m, const Bodies *b);

/* Forces on all atoms [n][3] eV/A, on all ranks; S must be that of these positions (waves_compute). Bodies must be as
 * bodies_set left them, so that sums have one order. Collective. */
void energy_forces(EnergyModel *m, const Bodies *b, double (*f)[3]);

#endif
