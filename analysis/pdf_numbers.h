/* pdf_numbers.h -- pair distribution curves boiled down to numbers that can be compared.
 *
 * All functions are Local and pure. Errors are jackknife errors over blocks of frames (B. Efron,
 * Ann. Statist. 7, 1 (1979), doi 10.1214/aos/1176344552); NaN with fewer than two blocks.
 */
#ifndef ANALYSIS_PDF_NUMBERS_H
#define ANALYSIS_PDF_NUMBERS_H

#include "analysis/gr.h"

/* The ranges in which Heere et al. 2020 compare milled with gamma: r < 5.1, 5.1..12.3, > 12.3 A. */
enum { PDF_REGIONS = 3 };

typedef struct PdfRegion {
    double low, high;                      /* [A] */
    double correlation, correlation_error; /* Pearson, of G with the reference */
    double rms, rms_error;                 /* [1/A^2] oscillation of G about its mean */
    double reference_rms;                  /* [1/A^2] */
    double ratio, ratio_error;             /* rms / reference_rms */
} PdfRegion;

/* Compare G(r) with a reference on the same r grid, from `start` (1.5 A: below it the ripples of
 * the cut rule) on.
 *   r, reference [nr]; g_block [nblock][nr]; weight [nblock] frames in each block */
void pdf_numbers_regions(size_t nr, const double r[], const double reference[], size_t nblock,
                         const double weight[], const double g_block[], double start,
                         PdfRegion out[PDF_REGIONS]);

/* Level of the termination ripples [1/A^2]: rms of G(r) + 4 pi r rho0 where there are no pairs,
 * low..high [A]. With true f(Q) the electron clouds of H reach there too and add to it. */
double pdf_numbers_ripple(size_t nr, const double r[], const double g[], double density, double low,
                          double high);

typedef struct PdfPeak {
    double position, position_error; /* [A] */
    double height, height_error;     /* of g_ab */
} PdfPeak;

/* Highest maximum of g_ab(r) in low..high [A], by a least-squares parabola over +-half_width [A]
 * around it. ERR_NUMERICAL if there are no pairs or no maximum inside. */
Err pdf_numbers_peak(const Gr *g, int a, int b, double low, double high, double half_width,
                     PdfPeak *out) MUST_USE;

#endif
