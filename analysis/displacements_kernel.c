#include "analysis/displacements_kernel.h"

#include "base/clones.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 64, COPIES = DISPLACEMENTS_COPIES };

/* Bin of a displacement; what is beyond gets bin `limit`. */
static inline int32_t bin_of(float dx, float dy, float dz, float scale, float limit)
{
    float r = scale * sqrtf(dx * dx + dy * dy + dz * dz);
    r = limit > r ? r : limit;
    return (int32_t)r;
}

static inline void find_bins(const float *restrict x, int64_t pitch, int64_t lag, int64_t n,
                             float scale, float limit, int32_t *restrict bin)
{
    const float *y = x + pitch, *z = y + pitch;
    for (int64_t t = 0; t < n; t++)
        bin[t] = bin_of(x[t + lag] - x[t], y[t + lag] - y[t], z[t + lag] - z[t], scale, limit);
}

/* Two bins in one load. */
static inline void count_two(const int32_t *bin, uint32_t *restrict h)
{
    uint64_t both;
    memcpy(&both, bin, sizeof both);
    h[COPIES * (both & 0xffffffffU)]++;
    h[COPIES * (both >> 32) + 1]++;
}

static inline void count(const int32_t *bin, int64_t n, uint32_t *restrict h)
{
    for (int64_t k = 0; k < n; k++)
        h[COPIES * (int64_t)bin[k] + k % COPIES]++;
}

CLONES void displacements_kernel_two(const float *restrict x, int64_t pitch, const int64_t lag[2],
                                     int64_t n, float scale, int32_t bins, uint32_t *restrict h0,
                                     uint32_t *restrict h1)
{
    int32_t bin0[BLOCK], bin1[BLOCK];
    const float *y = x + pitch, *z = y + pitch, limit = (float)bins;
    int64_t l0 = lag[0], l1 = lag[1], t = 0;
    for (; t + BLOCK <= n; t += BLOCK) {
        for (int64_t k = t; k < t + BLOCK; k++) {
            float x0 = x[k], y0 = y[k], z0 = z[k];
            bin0[k - t] = bin_of(x[k + l0] - x0, y[k + l0] - y0, z[k + l0] - z0, scale, limit);
            bin1[k - t] = bin_of(x[k + l1] - x0, y[k + l1] - y0, z[k + l1] - z0, scale, limit);
        }
        for (int k = 0; k < BLOCK; k += COPIES) {
            count_two(bin0 + k, h0);
            count_two(bin1 + k, h1);
            count_two(bin0 + k + 2, h0 + 2);
            count_two(bin1 + k + 2, h1 + 2);
        }
    }
    find_bins(x + t, pitch, l0, n - t, scale, limit, bin0);
    find_bins(x + t, pitch, l1, n - t, scale, limit, bin1);
    count(bin0, n - t, h0);
    count(bin1, n - t, h1);
}

CLONES void displacements_kernel_one(const float *restrict x, int64_t pitch, int64_t lag, int64_t n,
                                     float scale, int32_t bins, uint32_t *restrict h)
{
    int32_t bin[BLOCK];
    for (int64_t t = 0; t < n; t += BLOCK) {
        int64_t m = n - t < BLOCK ? n - t : BLOCK;
        find_bins(x + t, pitch, lag, m, scale, (float)bins, bin);
        count(bin, m, h);
    }
}

CLONES void displacements_kernel_strided(const float *restrict x, int64_t pitch, int64_t lag,
                                         int64_t first, int64_t stride, int64_t n, float scale,
                                         int32_t bins, uint32_t *restrict h)
{
    int32_t bin[BLOCK];
    const float *y = x + pitch, *z = y + pitch;
    for (int64_t t = first; t < n; t += BLOCK * stride) {
        int64_t m = (n - t + stride - 1) / stride;
        m = m < BLOCK ? m : BLOCK;
        for (int64_t k = 0; k < m; k++) {
            int64_t a = t + k * stride, b = a + lag;
            bin[k] = bin_of(x[b] - x[a], y[b] - y[a], z[b] - z[a], scale, (float)bins);
        }
        count(bin, m, h);
    }
}
