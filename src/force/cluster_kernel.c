#include "force/cluster_kernel.h"

#include <string.h>

extern const ClusterKernel cluster_portable, cluster_portable_mixed;
#ifdef CLUSTER_AVX2
extern const ClusterKernel cluster_avx2, cluster_avx2_mixed;
#endif
#ifdef CLUSTER_AVX512
extern const ClusterKernel cluster_avx512, cluster_avx512_mixed;
#endif

/* Best first */
static const ClusterKernel *const all[] = {
#ifdef CLUSTER_AVX512
    &cluster_avx512,   &cluster_avx512_mixed,
#endif
#ifdef CLUSTER_AVX2
    &cluster_avx2,     &cluster_avx2_mixed,
#endif
    &cluster_portable, &cluster_portable_mixed, NULL};

const ClusterKernel *const *cluster_kernel_all(void)
{
    return all;
}

bool cluster_kernel_runs(const ClusterKernel *k)
{
#if defined(__x86_64__) && defined(__GNUC__)
    if (strcmp(k->name, "avx512") == 0)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
    if (strcmp(k->name, "avx2") == 0)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return true;
}

const ClusterKernel *cluster_kernel_find(const char *name, bool mixed)
{
    for (int i = 0; all[i] != NULL; i++)
        if (all[i]->mixed == mixed && cluster_kernel_runs(all[i]) &&
            (strcmp(name, "auto") == 0 || strcmp(name, all[i]->name) == 0))
            return all[i];
    return NULL;
}
