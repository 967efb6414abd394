#include "analysis/qens_data.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void qens_data_clear(QensData *d)
{
    double *arrays[] = {d->q, d->two_theta, d->edge, d->y, d->error, d->truth};
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++)
        free(arrays[k]);
    free(d->title);
    free(d->source);
    *d = (QensData){0};
}

static double *copy_of(size_t n, const double *from)
{
    if (from == NULL)
        return NULL;
    double *to = MEM_NEW(double, n);
    memcpy(to, from, n * sizeof *to);
    return to;
}

void qens_data_copy(QensData *to, const QensData *from)
{
    size_t all = from->nspectra * from->ne;
    *to = *from;
    to->q = copy_of(from->nspectra, from->q);
    to->two_theta = copy_of(from->nspectra, from->two_theta);
    to->edge = copy_of(from->ne + 1, from->edge);
    to->y = copy_of(all, from->y);
    to->error = copy_of(all, from->error);
    to->truth = copy_of(all, from->truth);
    to->title = from->title != NULL ? mem_string(from->title) : NULL;
    to->source = from->source != NULL ? mem_string(from->source) : NULL;
}

double qens_data_centre(const QensData *d, size_t channel)
{
    return 0.5 * (d->edge[channel] + d->edge[channel + 1]);
}

static Err check_axes(const QensData *d)
{
    if (d->nspectra == 0 || d->ne == 0)
        return err_set(ERR_INPUT, "%zu spectra of %zu channels: at least one of each is needed",
                       d->nspectra, d->ne);
    for (size_t k = 0; k <= d->ne; k++)
        if (!isfinite(d->edge[k]) || (k > 0 && !(d->edge[k] > d->edge[k - 1])))
            return err_set(ERR_INPUT, "energy bin %zu: edge %g meV does not come after %g meV",
                           k > 0 ? k : 1, d->edge[k], d->edge[k > 0 ? k - 1 : 0]);
    for (size_t s = 0; s < d->nspectra; s++) {
        if (!isfinite(d->q[s]) || !(d->q[s] > 0.0))
            return err_set(ERR_INPUT, "spectrum %zu: Q = %g 1/A is not positive", s + 1, d->q[s]);
        if (s > 0 && !(d->q[s] > d->q[s - 1]))
            return err_set(ERR_INPUT, "spectrum %zu: Q = %g 1/A does not come after %g 1/A", s + 1,
                           d->q[s], d->q[s - 1]);
    }
    if (d->two_theta != NULL && !(d->wavelength > 0.0))
        return err_set(ERR_INPUT, "spectra at constant angle need the incident wavelength");
    return OK;
}

/* One channel that has a number. */
static Err check_channel(const QensData *d, size_t s, size_t k)
{
    double y = d->y[s * d->ne + k];
    Err e = OK;
    if (isinf(y))
        e = err_set(ERR_INPUT, "intensity is not finite");
    else if (d->error == NULL && y < 0.0)
        e = err_set(ERR_INPUT,
                    "%g counts; counts cannot be negative (give errors if these are not "
                    "counts)",
                    y);
    else if (d->error != NULL &&
             (!isfinite(d->error[s * d->ne + k]) || !(d->error[s * d->ne + k] > 0.0)))
        e = err_set(ERR_INPUT, "error %g of intensity %g is not positive", d->error[s * d->ne + k],
                    y);
    return err_prefix(e, "spectrum %zu (Q = %.4g 1/A), channel %zu (%.4g meV)", s + 1, d->q[s],
                      k + 1, qens_data_centre(d, k));
}

Err qens_data_check(const QensData *d)
{
    TRY(check_axes(d));
    for (size_t s = 0; s < d->nspectra; s++) {
        size_t numbers = 0;
        for (size_t k = 0; k < d->ne; k++)
            if (!isnan(d->y[s * d->ne + k])) {
                TRY(check_channel(d, s, k));
                numbers++;
            }
        if (numbers == 0)
            return err_set(ERR_INPUT, "spectrum %zu (Q = %.4g 1/A) has no number", s + 1, d->q[s]);
    }
    return OK;
}
