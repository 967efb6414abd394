/* isf_kernel.h -- the hot loop of the incoherent I(Q,t): histogram of distances between pairs of frames. */
#ifndef ANALYSIS_ISF_KERNEL_H
#define ANALYSIS_ISF_KERNEL_H

#include <stdint.h>

/* h[b] += number of origins t = 0, stride, .. with b <= scale |x(t+lag) - x(t)| < b + 1; h[bins] counts the rest.
 * Local.
 *   x       three rows of `frames` floats, `pitch` apart
 *   scale   bins per unit of x */
void isf_kernel_add(const float *x, int64_t pitch, int64_t frames, int64_t lag, int64_t stride,
                    float scale, int32_t bins, int64_t h[]);

#endif
