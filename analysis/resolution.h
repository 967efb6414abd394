/* resolution.h -- how a spectrometer smears S(Q,E): a Gaussian whose width depends on E, or a measured line.
 *
 * The paper used its 3.5 K run as resolution (M. Heere et al., Sci. Rep. 10, 9080 (2020), doi 10.1038/s41598-020-65857-6);
 * where there is none, a Gaussian of the width that the choppers give at each energy transfer. A measured line (vanadium,
 * or the sample frozen) belongs to the elastic position; it is used at all E of the quasi-elastic window, scaled in width
 * as the Gaussian's FWHM(E)/FWHM(0) only for lines that lie elsewhere (phonons). E > 0: the neutron loses energy.
 * All functions are Local.
 */
#ifndef ANALYSIS_RESOLUTION_H
#define ANALYSIS_RESOLUTION_H

#include "base/err.h"

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct Resolution {
    size_t n; /* points of the table of widths, at least 1 */
    double *energy,
        *fwhm; /* [n] meV, increasing; between them linear, beyond them the last value */
    /* measured lines; nlines 0: Gaussian */
    size_t nlines;  /* 1: the same at all Q; else one for each Q of the data, in its order */
    double *line_q; /* [nlines] 1/A */
    size_t nt;      /* of the transforms, t = k dt */
    double dt;      /* ps */
    double _Complex *
        line; /* [nlines][nt] int R(E) exp(-iEt/hbar) dE, 1 at t = 0; 0 beyond where it falls below its noise floor */
} Resolution;

/* A Gaussian of one width [meV], or of a table. ERR_INPUT if a width is not positive or energies do not increase. */
Err resolution_gaussian(Resolution *r, double fwhm) MUST_USE;
Err resolution_table(Resolution *r, size_t n, const double energy[], const double fwhm[]) MUST_USE;
void resolution_copy(Resolution *to, const Resolution *from);
void resolution_clear(Resolution *r);

/* Measured lines as averages over n equal bins for each Q: their mean and background (that of the tenth of the range at
 * both ends) are taken off, each is divided by its area, transformed, the width of the bins divided out, and cut where
 * |R(t)| falls below `floor` (1e-3) or twice its noise. r is all 0, or has a table: it keeps its shape and is scaled so
 * that FWHM(0) is that of the mean of the lines.
 *   energy [n] bin centres meV, evenly spaced (1e-6); y [nlines][n]
 * ERR_INPUT for uneven energies, NaN, no area, a line not inside the range, bins too coarse for the line; r is then
 * cleared. */
Err resolution_measured(Resolution *r, size_t nlines, const double q[], size_t n,
                        const double energy[], const double y[], double floor) MUST_USE;

/* FWHM and standard deviation at energy transfer e [meV]. */
double resolution_fwhm(const Resolution *r, double e);
double resolution_sigma(const Resolution *r, double e);

/* R(t) = int R(E) exp(-iEt/hbar) dE at t [ps], for lines near energy e at Q number `iq` of the data (0 if nlines is 1).
 * An even I(Q,t) with it is S(E) = (1/(pi hbar)) Re int_0^inf I(Q,t) R(t) exp(+iEt/hbar) dt. */
double _Complex resolution_in_time(const Resolution *r, size_t iq, double e, double t);

#endif
