/* The cluster kernels for x86-64-v3: AVX2 and fused multiply-add. */
#ifdef __AVX2__
#define SIMD(name) avx2_##name
#define LANES      4
#define MIXED      0
#define SINGLES    1
#include "force/cluster_simd.h"

#define SIMD(name) avx2_mixed_##name
#define LANES      8
#define MIXED      1
#define SINGLES    0
#include "force/cluster_simd.h"

static void forces(const PairTable *t, Clusters *c, ClusterPart part, ClusterWant want,
                   ClusterEnergy *e)
{
    avx2_all_rows(t, c, part, want, e);
    avx2_all_singles(t, c, part, want, e);
}

static void forces_mixed(const PairTable *t, Clusters *c, ClusterPart part, ClusterWant want,
                         ClusterEnergy *e)
{
    avx2_mixed_all_rows(t, c, part, want, e);
    avx2_all_singles(t, c, part, want, e);
}

const ClusterKernel cluster_avx2 = {"avx2", false, forces, avx2_excluded, avx2_prune};
const ClusterKernel cluster_avx2_mixed = {"avx2", true, forces_mixed, avx2_excluded, avx2_prune};
#endif
