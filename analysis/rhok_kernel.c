#include "analysis/rhok_kernel.h"

#include "base/clones.h"

#include <math.h>

enum { LANES = 8 };

/* s = k/4 + f with |f| <= 1/8; sine and cosine of x = 2 pi f by their Taylor series (error below 1e-16 for
 * |x| <= pi/4), turned by k quarters. */
CLONES void rhok_kernel_phase(const double s[RHOK_PIECE], RhokRow *out)
{
    for (int i = 0; i < RHOK_PIECE; i++) {
        double quarter = rint(4.0 * s[i]), f = s[i] - 0.25 * quarter;
        double x = 6.283185307179586 * f, y = x * x;
        double sine =
            x + x * y *
                    (-1.0 / 6 +
                     y * (1.0 / 120 +
                          y * (-1.0 / 5040 +
                               y * (1.0 / 362880 +
                                    y * (-1.0 / 39916800 + y * (1.0 / 6227020800.0 +
                                                                y * (-1.0 / 1307674368000.0)))))));
        double cosine =
            1.0 +
            y * (-0.5 +
                 y * (1.0 / 24 + y * (-1.0 / 720 +
                                      y * (1.0 / 40320 + y * (-1.0 / 3628800 +
                                                              y * (1.0 / 479001600.0 +
                                                                   y * (-1.0 / 87178291200.0 +
                                                                        y / 20922789888000.0)))))));
        double turn = quarter - 4.0 * floor(0.25 * quarter); /* 0, 1, 2, 3 */
        double c = turn == 1.0 || turn == 3.0 ? sine : cosine,
               d = turn == 1.0 || turn == 3.0 ? cosine : sine;
        out->re[i] = turn == 1.0 || turn == 2.0 ? -c : c;
        out->im[i] = turn == 2.0 || turn == 3.0 ? -d : d;
    }
}

CLONES void rhok_kernel_times(const RhokRow *restrict a, const RhokRow *restrict b, int conjugate,
                              RhokRow *restrict out)
{
    double sign = conjugate ? -1.0 : 1.0;
    for (int i = 0; i < RHOK_PIECE; i++) {
        double c = b->re[i], d = sign * b->im[i];
        out->re[i] = a->re[i] * c - a->im[i] * d;
        out->im[i] = a->re[i] * d + a->im[i] * c;
    }
}

CLONES void rhok_kernel_dot(const RhokRow *restrict a, const RhokRow *restrict b, int conjugate,
                            double sum[2])
{
    double cc[LANES] = {0}, dd[LANES] = {0}, cd[LANES] = {0}, dc[LANES] = {0};
    for (int i = 0; i < RHOK_PIECE; i += LANES)
        for (int l = 0; l < LANES; l++) {
            cc[l] += a->re[i + l] * b->re[i + l];
            dd[l] += a->im[i + l] * b->im[i + l];
            cd[l] += a->re[i + l] * b->im[i + l];
            dc[l] += a->im[i + l] * b->re[i + l];
        }
    double sign = conjugate ? -1.0 : 1.0;
    sum[0] = sum[1] = 0.0;
    for (int l = 0; l < LANES; l++) {
        sum[0] += cc[l] - sign * dd[l];
        sum[1] += dc[l] + sign * cd[l];
    }
}
