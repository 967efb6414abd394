/* eis_source.h -- a conductivity spectrum for the eis stage, wherever it comes from.
 *
 * Group conductivity_spectrum of a stage's result.h5, at its root or in the observable `current`: frequency [n] Hz rising (0, DC, first if it is known), sigma [n][2] S/cm,
 * sigma_error [n][2] S/cm (NaN: not known), attribute temperature [K], text source. A CSV file has the columns
 * frequency [Hz], Re [S/cm], Im [S/cm]. Sign: Im > 0 for a capacitor, as in sigma + i omega eps.
 */
#ifndef APP_EIS_SOURCE_H
#define APP_EIS_SOURCE_H

#include "par/comm.h"
#include "store/h5.h"

#include <complex.h>

typedef struct EisSource {
    double temperature; /* K; NaN: not said */
    size_t n;
    double *frequency;      /* [n] Hz, rising, 0 may be the first */
    double _Complex *sigma; /* [n] S/cm */
    double dc_error; /* S/cm, standard error of Re sigma at the lowest frequency; NaN: not known */
    double carriers; /* 1/cm^3; 0: not known */
    double hop_rate; /* 1/s: at which a carrier hops; 0: not known */
    char *text;      /* where it comes from */
    char *status;    /* what its stage says of the DC value, or NULL */
} EisSource;

/* The group of an open result. ERR_INPUT "PATH: what is missing or wrong". Local. */
Err eis_source_read(H5 *file, EisSource *s) MUST_USE;

/* A table. Collective. */
Err eis_source_open(const Comm *c, const char *path, double temperature, EisSource *s) MUST_USE;
void eis_source_clear(EisSource *s);

/* sigma at a frequency [Hz]: parts linear in the logarithm of frequency; between DC and the first frequency Im goes as f and
 * Re - Re(0) as f^2 (as every spectrum does below all its rates); below a lowest frequency that is not DC, Re stays and Im goes
 * as f; above the highest the value there, and a spectrum of one frequency is constant. Local. */
double _Complex eis_source_at(const EisSource *s, double frequency);

/* Does it reach these frequencies? ERR_INPUT if it ends below `highest`, or has no DC and begins above `highest` (a run that is too
 * short says nothing of what an analyser sees); *below: it has no DC and begins above `lowest`. Local. */
Err eis_source_covers(const EisSource *s, double lowest, double highest, bool *below) MUST_USE;

#endif
