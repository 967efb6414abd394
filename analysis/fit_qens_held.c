/* fit_qens_held.c -- the share of a Lorentzian whose width is given, not fitted. */
#include "analysis/fit_qens.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

/* Inverse of a symmetric positive 3 x 3 matrix; false if it is not. */
static bool invert(const double a[9], double out[9])
{
    double c0 = a[4] * a[8] - a[5] * a[7], c1 = a[5] * a[6] - a[3] * a[8],
           c2 = a[3] * a[7] - a[4] * a[6];
    double det = a[0] * c0 + a[1] * c1 + a[2] * c2;
    if (!(det > 1e-12 * a[0] * a[4] * a[8]))
        return false;
    const double adjoint[9] = {c0, a[2] * a[7] - a[1] * a[8], a[1] * a[5] - a[2] * a[4],
                               c1, a[0] * a[8] - a[2] * a[6], a[2] * a[3] - a[0] * a[5],
                               c2, a[1] * a[6] - a[0] * a[7], a[0] * a[4] - a[1] * a[3]};
    for (int k = 0; k < 9; k++)
        out[k] = adjoint[k] / det;
    return true;
}

Err fit_qens_held(const FitQensModel *model, const FitQensSpectrum *s, size_t iq,
                  const double mean[], double area[3], double covariance[9])
{
    FitQensModel m = *model;
    m.lines = 1, m.oscillators = 0;
    const double one[3] = {1.0, 1.0, 1.0};
    double *parts = MEM_NEW(double, 3 * s->n);
    fit_qens_shape(&m, s, iq, m.width_start, NULL, NULL, one, parts);
    double normal[9] = {0}, right[3] = {0};
    for (size_t i = 0; i < s->n; i++) {
        const double row[3] = {parts[i], parts[s->n + i], parts[2 * s->n + i]};
        for (int a = 0; a < 3; a++) {
            right[a] += row[a] * s->y[i] / mean[i];
            for (int b = 0; b < 3; b++)
                normal[3 * a + b] += row[a] * row[b] / mean[i];
        }
    }
    free(parts);
    if (!invert(normal, covariance))
        return err_set(ERR_NUMERICAL,
                       "QENS fit: a Lorentzian of %g meV cannot be told from elastic line and "
                       "background at Q = %g 1/A",
                       m.width_start[0], s->q);
    for (int a = 0; a < 3; a++) {
        area[a] = 0.0;
        for (int b = 0; b < 3; b++)
            area[a] += covariance[3 * a + b] * right[b];
    }
    return OK;
}
