/* pdf_process.h -- from a measured intensity to G(r) as PDFgetX3 does it, for simulated and for real data.
 *
 *   I_s(Q) = I(Q) - bgscale B(Q)
 *   S_m(Q) = [a I_s(Q) - <f^2>]/<f>^2 + 1,        F_m(Q) = Q [S_m(Q) - 1]
 *   F(Q)   = F_m(Q) - P_n(Q),                     P_n = sum_k=1^n c_k Q^k, least squares over Qmin..Qmaxinst
 *   G(r)   = (2/pi) int_Qmin^Qmax F(Q) W(Q) sin(Qr) dQ
 *
 * P_n has no constant term, so F -> 0 at Q -> 0. Its degree n = rpoly Qmaxinst/pi is a real number: the polynomials of
 * the whole degrees
 * below and above are weighted with ceil(n) - n and n - floor(n). There is no model of absorption or multiple
 * scattering; what is smooth in Q,
 * Compton scattering above all, is left to the polynomial, which costs what G(r) shows below r = rpoly: so it is meant.
 * The scale a is not that of an absolute measurement: unless it is given, it makes the sum of a I_s that of <f^2>, plus
 * Compton where that is
 * subtracted. (PDFgetX3 leaves G(r) on a scale of its own as well: compare shapes, or refine a scale.)
 * P. Juhas, T. Davis, C. L. Farrow, S. J. L. Billinge, J. Appl. Cryst. 46, 560 (2013), doi 10.1107/S0021889813005190.
 * All functions are Local.
 */
#ifndef ANALYSIS_PDF_PROCESS_H
#define ANALYSIS_PDF_PROCESS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct PdfProcessOptions {
    double bgscale;
    double scale;      /* a; NaN: from the sums */
    double rpoly;      /* [A] */
    double qmin, qmax; /* [1/A] of the transform */
    double qmaxinst;   /* [1/A] end of the fit of the polynomial, not below qmax */
    bool lorch;
    double rstep, rmax; /* [A] */
} PdfProcessOptions;

typedef struct PdfProcessed {
    size_t n;                                                 /* points from Qmin to Qmaxinst */
    double *q, *intensity, *f_raw, *polynomial, *f, *f_error; /* [n] */
    double scale, degree;                                     /* a, n */
    size_t nr;
    double *r, *g, *g_error; /* [nr] */
} PdfProcessed;

/* Process n points.
 *   q [n] rising, 1/A; intensity, background [n] (NULL: none), error [n] of I - bgscale B (NULL: not known, then errors
 *   are NaN)
 *   squared_mean [n] <f>^2, mean_square [n] <f^2>, inelastic [n] per atom or NULL: subtracted, too
 * g_error is that of counting alone. ERR_INPUT for windows that the data do not cover, a degree below 1 or above 30, or
 * too few points.
 * Free with pdf_processed_clear. */
Err pdf_process(const PdfProcessOptions *o, size_t n, const double q[], const double intensity[],
                const double background[], const double error[], const double squared_mean[],
                const double mean_square[], const double inelastic[], PdfProcessed *out) MUST_USE;
void pdf_processed_clear(PdfProcessed *p);

/* The last step alone: G of F [n] at the points q, by trapezoids from Qmin to Qmax; r [nr] is written. f_error and
 * g_error may be NULL. */
void pdf_process_transform(const PdfProcessOptions *o, size_t n, const double q[], const double f[],
                           const double f_error[], size_t nr, double r[], double g[],
                           double g_error[]);

/* Least-squares polynomial sum_k=1^m c_k q^k of whole degree m >= 1 through y [n], its values into out [n]. ERR_NUMERICAL if
 * n < m. */
Err pdf_process_polynomial(size_t n, const double q[], const double y[], int m,
                           double out[]) MUST_USE;

#endif
