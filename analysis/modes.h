/* modes.h -- where a spectrum of vibrations has its maxima, with errors.
 *
 * From S(Q,E) of groups of ions (sqw.h), averaged over Q,
 *   chi''(Q,E)/Q^2    shows the low modes as the paper plots them (Heere 2020, Fig. 3), alike at all Q for one phonon;
 *   E chi''(Q,E)/Q^2  is proportional to the density of states of the atoms seen, weighted with 1/mass, as far as one
 *                     phonon goes (V. F. Turchin, Slow Neutrons (1965), ch. 3); Debye-Waller factor left in.
 * A maximum counts by its prominence: its height above the higher of the two valleys that part it from higher ground,
 * or from the ends of the range. Errors are from the jackknife over groups; low modes are collective, so groups are
 * not independent there and the errors are lower bounds. All functions are Local.
 */
#ifndef ANALYSIS_MODES_H
#define ANALYSIS_MODES_H

#include "store/h5.h"

typedef enum ModesKind { MODES_SUSCEPTIBILITY, MODES_DENSITY } ModesKind;

typedef struct Modes {
    size_t groups, n;
    double *energy;       /* [n] meV > 0 */
    double *block;        /* [groups][n] */
    double *weight;       /* [groups] */
    double *mean, *error; /* [n] */
} Modes;

/* From a group that sqw_write made, energies above 0 only. ERR_FILE, ERR_INPUT if there are none. Free with
 * modes_clear, also after an error. */
Err modes_read(H5 *isf, H5 *sqw, ModesKind kind, Modes *out) MUST_USE;
void modes_clear(Modes *m);

/* The `count` most prominent maxima between low and high [meV], in order of energy; NaN where there are fewer, or where
 * a maximum is less prominent than three times its error or than 15 % of its height (ripples of a finite run).
 *   peak, error [count] meV, from the parabola through three points */
void modes_peaks(const Modes *m, double low, double high, size_t count, double peak[],
                 double error[]);

#endif
