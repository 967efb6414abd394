/* qens_model.h -- noise-free spectra for tests: the fit's own model. */
#ifndef TESTS_QENS_MODEL_H
#define TESTS_QENS_MODEL_H

#include "analysis/fit_qens.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* model without oscillators; width [model->lines] HWHM in meV, area [model->lines]; energy [n] meV, y [n] */
static inline void qens_model(const FitQensModel *model, double elastic, const double width[],
                              const double area[], double background, size_t n,
                              const double energy[], double y[])
{
    size_t lines = (size_t)model->lines;
    double own[FIT_QENS_MAX_LINES + 2] = {elastic}, *parts = MEM_NEW(double, (lines + 2) * n);
    for (size_t k = 0; k < lines; k++)
        own[1 + k] = area[k];
    own[1 + lines] = background;
    FitQensSpectrum s = {.n = n, .energy = energy, .y = parts};
    fit_qens_shape(model, &s, 0, width, NULL, NULL, own, parts);
    memset(y, 0, n * sizeof *y);
    for (size_t k = 0; k < (lines + 2) * n; k++)
        y[k % n] += parts[k];
    free(parts);
}

#endif
