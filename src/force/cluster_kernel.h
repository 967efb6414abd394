/* cluster_kernel.h -- the pair forces on clusters: one source, compiled for several instruction sets.
 *
 * cluster_simd.h is the source; cluster_portable.c, cluster_avx2.c and cluster_avx512.c compile it for
 * vectors of 4, 4 and 8 doubles, and of 4, 8 and 16 floats for the mixed mode. All do the same operations
 * in the same order on each pair; results differ in the last bits only where one set fuses multiply and
 * add, and the sums over a row run over more or fewer lanes.
 *
 * Formulas: pair.h. Mixed mode: distances from the B of each group are held in float, so that a
 * difference of positions is good to 1e-7 A; a pair is computed in float and its force added in double.
 * Reproducible: every pair force is rounded to a multiple of 2^-40 eV/A and every energy of a vector lane to
 * 2^-36 eV. Multiples add without rounding while sums stay below 2^13 eV/A, so the order, and with it
 * the rank count, do not matter.
 */
#ifndef FORCE_CLUSTER_KERNEL_H
#define FORCE_CLUSTER_KERNEL_H

#include "base/exact.h"
#include "force/cluster.h"
#include "force/pair.h"

typedef struct ClusterWant {
    bool energy, reproducible;
} ClusterWant;

typedef struct ClusterEnergy { /* eV */
    Exact pair, coulomb;
} ClusterEnergy;

typedef struct ClusterKernel {
    const char *name;
    bool mixed;
    /* Forces (and energies, if wanted) of one part of the inner lists are added to sf, gf. Local. */
    void (*forces)(const PairTable *t, Clusters *c, ClusterPart part, ClusterWant want,
                   ClusterEnergy *e);
    /* Coulomb inside each own ion that the reciprocal sum holds too much: -q q erf(beta r)/r. Local. */
    void (*excluded)(const PairTable *t, Clusters *c, ClusterWant want, ClusterEnergy *e);
    /* Inner lists of one part from the outer ones at the present positions. Local. */
    void (*prune)(Clusters *c, ClusterPart part);
} ClusterKernel;

/* The kernel of that name ("portable", "avx2", "avx512"; "auto": the best that this CPU has), in double or
 * mixed precision. NULL if the CPU has not got it or there is none of that name. Local. */
const ClusterKernel *cluster_kernel_find(const char *name, bool mixed);

/* All that were compiled, NULL-terminated, also those that this CPU cannot run. Local. */
const ClusterKernel *const *cluster_kernel_all(void);

/* Can this CPU run it? Local. */
bool cluster_kernel_runs(const ClusterKernel *k);

#endif
