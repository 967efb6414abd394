#include "sampling/waves_kernel.h"

#include "base/clones.h"
#include "sampling/waves.h"

#include <string.h>

#define ROUND(x) (((x) + 0x1.8p52 * WAVES_GRID) - 0x1.8p52 * WAVES_GRID)
#define INLINE   static inline __attribute__((always_inline))

enum { CHARGES = WAVES_AT_ONCE, LANES = WAVES_LANES, GROUPS = CHARGES / LANES };

typedef double V __attribute__((vector_size(LANES * sizeof(double))));

INLINE V load(const double *p)
{
    V v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE void save(double *p, V v)
{
    memcpy(p, &v, sizeof v);
}

INLINE V spread(double x)
{
    return (V){x, x, x, x};
}

CLONES void waves_kernel_powers(int most, const double c1[CHARGES], const double s1[CHARGES],
                                double *c, double *s)
{
    for (int g = 0; g < GROUPS; g++) {
        const V a = load(c1 + LANES * g), b = load(s1 + LANES * g);
        V x = spread(1.0), y = spread(0.0);
        for (int n = 0; n <= most; n++) {
            save(c + CHARGES * n + LANES * g, x);
            save(s + CHARGES * n + LANES * g, y);
            V next = x * a - y * b;
            y = x * b + y * a;
            x = next;
        }
    }
}

typedef struct Arrays {
    double *dr, *di;
    const double *g, *sr, *si;
} Arrays;

/* g [2 (sr dr + si di) + dr^2 + di^2] of LANES wave vectors from place k on */
INLINE V energy_of(const Arrays *a, size_t k, V re, V im)
{
    V e = load(a->g + k) * (re * (2.0 * load(a->sr + k) + re) + im * (2.0 * load(a->si + k) + im));
    return ROUND(e);
}

/* d is stored, its part of the energy returned. */
INLINE V finish(const Arrays *a, size_t k, V re, V im, const bool more, const bool energy)
{
    if (more) {
        re += load(a->dr + k);
        im += load(a->di + k);
    }
    save(a->dr + k, re);
    save(a->di + k, im);
    return energy ? energy_of(a, k, re, im) : spread(0.0);
}

/* 2 x `many` times LANES wave vectors of one row, n2 = j.. and -j..: both halves share all products.
 *   sum_c z_c (cos_c +- i sin_c) */
INLINE V part(const WavesPhases *p, const double *zr, const double *zi, int j, size_t plus,
              size_t minus, const Arrays *a, const int many, const bool more, const bool energy)
{
    V rc[2], rs[2], ic[2], is[2], e = spread(0.0);
    for (int m = 0; m < many; m++)
        rc[m] = rs[m] = ic[m] = is[m] = spread(0.0);
    const double *cosine = p->last[0] + j, *sine = p->last[1] + j;
#pragma GCC unroll 8
    for (int q = 0; q < CHARGES; q++) {
        const V r = spread(zr[q]), i = spread(zi[q]);
        for (int m = 0; m < many; m++) {
            const V c = load(cosine + q * p->stride + LANES * m),
                    s = load(sine + q * p->stride + LANES * m);
            rc[m] += r * c;
            is[m] += i * s;
            rs[m] += r * s;
            ic[m] += i * c;
        }
    }
    for (int m = 0; m < many; m++) {
        const size_t k = (size_t)(j + LANES * m);
        e += finish(a, plus + k, rc[m] - is[m], ic[m] + rs[m], more, energy);
        e += finish(a, minus + k, rc[m] + is[m], ic[m] - rs[m], more, energy);
    }
    return e;
}

INLINE double rows(const WavesPhases *p, size_t nrow, const WavesRow *row, size_t k0,
                   const Arrays *a, const bool more, const bool energy)
{
    V total = spread(0.0);
    for (size_t r = 0; r < nrow; r++) {
        double zr[CHARGES], zi[CHARGES];
        const size_t first = (size_t)(CHARGES * (p->max[0] + row[r].n[0])),
                     second = (size_t)(CHARGES * (p->max[1] + row[r].n[1]));
        for (size_t g = 0; g < CHARGES; g += LANES) {
            const V c0 = load(p->along[0][0] + first + g), s0 = load(p->along[0][1] + first + g);
            const V c1 = load(p->along[1][0] + second + g), s1 = load(p->along[1][1] + second + g);
            save(zr + g, c0 * c1 - s0 * s1);
            save(zi + g, c0 * s1 + s0 * c1);
        }
        const size_t plus = row[r].first - k0, minus = plus + (size_t)row[r].length;
        int j = 0;
        for (; j + 2 * LANES <= row[r].length; j += 2 * LANES)
            total += part(p, zr, zi, j, plus, minus, a, 2, more, energy);
        if (j < row[r].length)
            total += part(p, zr, zi, j, plus, minus, a, 1, more, energy);
    }
    return (total[0] + total[1]) + (total[2] + total[3]); /* exact: multiples of the grid */
}

CLONES void waves_kernel_add(const WavesPhases *p, size_t nrow, const WavesRow *row, size_t k0,
                             bool more, double *dr, double *di)
{
    const Arrays a = {.dr = dr, .di = di};
    if (more)
        rows(p, nrow, row, k0, &a, true, false);
    else
        rows(p, nrow, row, k0, &a, false, false);
}

CLONES double waves_kernel_move(const WavesPhases *p, size_t nrow, const WavesRow *row, size_t k0,
                                bool more, double *dr, double *di, const double *g,
                                const double *sr, const double *si)
{
    const Arrays a = {dr, di, g, sr, si};
    return more ? rows(p, nrow, row, k0, &a, true, true) : rows(p, nrow, row, k0, &a, false, true);
}

CLONES double waves_kernel_change(size_t n, const double *g, const double *sr, const double *si,
                                  const double *dr, const double *di)
{
    const Arrays a = {.g = g, .sr = sr, .si = si};
    V total = spread(0.0);
    for (size_t k = 0; k < n; k += LANES)
        total += energy_of(&a, k, load(dr + k), load(di + k));
    return (total[0] + total[1]) + (total[2] + total[3]);
}

CLONES void waves_kernel_sum(size_t n, double sign, const double *restrict d, double *restrict s)
{
    for (size_t k = 0; k < n; k += LANES)
        save(s + k, load(s + k) + sign * load(d + k));
}
