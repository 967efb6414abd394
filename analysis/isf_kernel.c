#include "analysis/isf_kernel.h"

#include <math.h>

enum { STRETCH = 1024 }; /* origins whose bin numbers stay in the first-level cache */

/* Bin number of each of n origins. Vectorises; no contraction of a*b+c is allowed in this file, so that every
 * build and every position in the vector gives the same bin. */
static void find_bins(const float *restrict x, int64_t pitch, int64_t lag, int64_t n, float scale,
                      float limit, int32_t *restrict bin)
{
    const float *y = x + pitch, *z = y + pitch;
    for (int64_t t = 0; t < n; t++) {
        float dx = x[t + lag] - x[t];
        float dy = y[t + lag] - y[t];
        float dz = z[t + lag] - z[t];
        float r = scale * sqrtf(dx * dx + dy * dy + dz * dz);
        bin[t] = (int32_t)(r < limit ? r : limit);
    }
}

void isf_kernel_add(const float *x, int64_t pitch, int64_t frames, int64_t lag, int64_t stride,
                    float scale, int32_t bins, int64_t h[])
{
    int32_t bin[STRETCH];
    int64_t pairs = frames - lag;
    for (int64_t t = 0; t < pairs; t += STRETCH) {
        int64_t n = pairs - t < STRETCH ? pairs - t : STRETCH;
        find_bins(x + t, pitch, lag, n, scale, (float)bins, bin);
        int64_t skip = (stride - t % stride) % stride;
        for (int64_t k = skip; k < n; k += stride)
            h[bin[k]]++;
    }
}
