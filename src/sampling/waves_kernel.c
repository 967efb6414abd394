#include "sampling/waves_kernel.h"

#include "sampling/waves.h"

#define ROUND(x) (((x) + 0x1.8p52 * WAVES_GRID) - 0x1.8p52 * WAVES_GRID)

enum { LANES = WAVES_LANES, CHUNK = 512 };

#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__OPTIMIZE__) &&                      \
    !defined(__SANITIZE_ADDRESS__)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif

CLONES void waves_kernel_row(int n, const double z[WAVES_AT_ONCE][2],
                             const double *const cosine[WAVES_AT_ONCE],
                             const double *const sine[WAVES_AT_ONCE], double *restrict re,
                             double *restrict im)
{
    const double *restrict c0 = cosine[0], *restrict c1 = cosine[1], *restrict c2 = cosine[2],
                           *restrict c3 = cosine[3];
    const double *restrict s0 = sine[0], *restrict s1 = sine[1], *restrict s2 = sine[2],
                           *restrict s3 = sine[3];
    const double a0 = z[0][0], a1 = z[1][0], a2 = z[2][0], a3 = z[3][0];
    const double b0 = z[0][1], b1 = z[1][1], b2 = z[2][1], b3 = z[3][1];
    const int whole = n & ~(LANES - 1);
    double *restrict re_minus = re + whole, *restrict im_minus = im + whole;
#pragma GCC ivdep
    for (int j = 0; j < whole; j++) {
        double ac = a0 * c0[j] + a1 * c1[j] + a2 * c2[j] + a3 * c3[j];
        double bs = b0 * s0[j] + b1 * s1[j] + b2 * s2[j] + b3 * s3[j];
        double as = a0 * s0[j] + a1 * s1[j] + a2 * s2[j] + a3 * s3[j];
        double bc = b0 * c0[j] + b1 * c1[j] + b2 * c2[j] + b3 * c3[j];
        re[j] += ac - bs;
        im[j] += as + bc;
        re_minus[j] += ac + bs;
        im_minus[j] += bc - as;
    }
}

/* A sum of multiples of the grid: exact in any order. */
static inline __attribute__((always_inline)) double sum(size_t n, const double v[CHUNK])
{
    double s[LANES] = {0.0};
    for (size_t j = 0; j < n; j += LANES)
        for (int k = 0; k < LANES; k++)
            s[k] += v[j + (size_t)k];
    double total = 0.0;
    for (int k = 0; k < LANES; k++)
        total += s[k];
    return total;
}

CLONES double waves_kernel_change(size_t n, const double *restrict g, const double *restrict sr,
                                  const double *restrict si, const double *restrict dr,
                                  const double *restrict di)
{
    double total = 0.0, v[CHUNK];
    for (size_t first = 0; first < n; first += CHUNK) {
        const size_t m = (n - first < CHUNK ? n - first : CHUNK) & ~(size_t)(LANES - 1);
#pragma GCC ivdep
        for (size_t j = 0; j < m; j++) {
            size_t k = first + j;
            double e = g[k] * (dr[k] * (2.0 * sr[k] + dr[k]) + di[k] * (2.0 * si[k] + di[k]));
            v[j] = ROUND(e);
        }
        total += sum(m, v);
    }
    return total;
}

CLONES double waves_kernel_cross(size_t n, const double *restrict g, const double *restrict ar,
                                 const double *restrict ai, const double *restrict br,
                                 const double *restrict bi)
{
    double total = 0.0, v[CHUNK];
    for (size_t first = 0; first < n; first += CHUNK) {
        const size_t m = (n - first < CHUNK ? n - first : CHUNK) & ~(size_t)(LANES - 1);
#pragma GCC ivdep
        for (size_t j = 0; j < m; j++) {
            size_t k = first + j;
            double e = 2.0 * g[k] * (ar[k] * br[k] + ai[k] * bi[k]);
            v[j] = ROUND(e);
        }
        total += sum(m, v);
    }
    return total;
}
