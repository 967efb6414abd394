/* qens_data.h -- spectra as an instrument leaves them, simulated or measured: what is fitted and what is filed.
 *
 * One kind of object for a simulated run, a file of the experiment, and what goes into a data set, so that the same fit
 * reads all. E > 0: the neutron loses energy. Spectra are at constant Q, or at constant scattering angle (then Q
 * depends on E, Q^2 = ki^2 + kf^2 - 2 ki kf cos(2 theta)). All functions are Local.
 */
#ifndef ANALYSIS_QENS_DATA_H
#define ANALYSIS_QENS_DATA_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct QensData {
    size_t nspectra, ne;
    double *q;         /* [nspectra] 1/A: of the spectrum; at constant angle the elastic Q */
    double *two_theta; /* [nspectra] degrees; NULL at constant Q */
    double *edge;      /* [ne + 1] meV, bin edges, increasing */
    double *y;         /* [nspectra][ne]; NaN where the detector sees nothing */
    double *error;     /* [nspectra][ne] standard errors; NULL: y are Poisson counts */
    double *
        truth; /* [nspectra][ne] without noise, in the same unit; NULL if not known (measured data) */
    bool kf_over_ki;    /* the factor kf/ki of the cross section is still in y */
    double wavelength;  /* A, of the incident neutrons; NaN if not known */
    double temperature; /* K; NaN if not known */
    char *title;        /* one line, or NULL */
    char *source;       /* file it was read from, or NULL */
} QensData;

void qens_data_clear(QensData *d);
void qens_data_copy(QensData *to, const QensData *from);

double qens_data_centre(const QensData *d, size_t channel); /* [meV] */

/* ERR_INPUT if edges do not increase, counts are negative, errors are not positive where y is a number, q is not
 * positive and increasing, or a spectrum has no number. The message names the spectrum and the channel. */
Err qens_data_check(const QensData *d) MUST_USE;

#endif
