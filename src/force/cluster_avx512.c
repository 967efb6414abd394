/* The cluster kernels for x86-64-v4: AVX-512 (F, DQ, VL, BW). */
#ifdef __AVX512F__
#define SIMD(name) avx512_four_##name
#define LANES      4
#define MIXED      0
#define SINGLES    1
#include "force/cluster_simd.h"

#define SIMD(name) avx512_##name
#define LANES      8
#define MIXED      0
#define SINGLES    0
#include "force/cluster_simd.h"

#define SIMD(name) avx512_mixed_##name
#define LANES      16
#define MIXED      1
#define SINGLES    0
#include "force/cluster_simd.h"

static void forces(const PairTable *t, Clusters *c, ClusterPart part, ClusterWant want,
                   ClusterEnergy *e)
{
    avx512_all_rows(t, c, part, want, e);
    avx512_four_all_singles(t, c, part, want, e);
}

static void forces_mixed(const PairTable *t, Clusters *c, ClusterPart part, ClusterWant want,
                         ClusterEnergy *e)
{
    avx512_mixed_all_rows(t, c, part, want, e);
    avx512_four_all_singles(t, c, part, want, e);
}

const ClusterKernel cluster_avx512 = {"avx512", false, forces, avx512_four_excluded,
                                      avx512_four_prune};
const ClusterKernel cluster_avx512_mixed = {"avx512", true, forces_mixed, avx512_four_excluded,
                                            avx512_four_prune};
#endif
