/* The cluster kernels for any CPU: vectors of 256 bits, made of whatever the compiler may use. */

#define SIMD(name) portable_##name
#define LANES      4
#define MIXED      0
#define SINGLES    1
#include "force/cluster_simd.h"

#define SIMD(name) portable_mixed_##name
#define LANES      8
#define MIXED      1
#define SINGLES    0
#include "force/cluster_simd.h"

static void forces(const PairTable *t, Clusters *c, ClusterPart part, ClusterWant want,
                   ClusterEnergy *e)
{
    portable_all_rows(t, c, part, want, e);
    portable_all_singles(t, c, part, want, e);
}

static void forces_mixed(const PairTable *t, Clusters *c, ClusterPart part, ClusterWant want,
                         ClusterEnergy *e)
{
    portable_mixed_all_rows(t, c, part, want, e);
    portable_all_singles(t, c, part, want, e);
}

const ClusterKernel cluster_portable = {"portable", false, forces, portable_excluded,
                                        portable_prune};
const ClusterKernel cluster_portable_mixed = {"portable", true, forces_mixed, portable_excluded,
                                              portable_prune};
