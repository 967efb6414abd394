/* pdf_peaks.h -- the maxima of G(r): where, how high, how wide, and which pairs of species make them.
 *
 * A maximum counts if it stands out: from its top to the higher of the lowest points on either side, before the curve
 * climbs above it
 * (its prominence), it must fall by a given amount. Position and height: vertex of the least-squares parabola through
 * the five points at the top.
 * Width: full width at half the prominence, which is the usual FWHM for a peak on its own. Errors: jackknife over
 * blocks of frames.
 * Shares: the parts T_ab(r) = G_ab + 4 pi r rho0 w_ab(Q = 0) of the pairs, integrated over the width; parts below zero
 * (ripples of other peaks)
 * count as none. All functions are Local and pure.
 */
#ifndef ANALYSIS_PDF_PEAKS_H
#define ANALYSIS_PDF_PEAKS_H

#include <stddef.h>

typedef struct PdfMaximum {
    double position, position_error; /* [A] */
    double height, height_error;     /* [1/A^2] of G */
    double fwhm, fwhm_error;         /* [A] */
    double prominence;               /* [1/A^2] */
} PdfMaximum;

/* Maxima of the mean G from low to high [A] with at least this prominence, rising r; at most `most`. Returns their number.
 *   r [nr] even; g_block [nblock][nr]; weight [nblock] frames */
size_t pdf_peaks_find(size_t nr, const double r[], size_t nblock, const double weight[],
                      const double g_block[], double low, double high, double prominence,
                      size_t most, PdfMaximum out[]);

/* Shares [npair] of the pairs in one maximum, sum 1 (NaN if no pair has any). part [npair][nr] of G on the same r;
 * level [npair]. */
void pdf_peaks_shares(size_t nr, const double r[], size_t npair, const double part[],
                      const double level[], double density, const PdfMaximum *peak, double share[]);

/* "Mg-B 96 %, B-H 3 %": shares of half a per cent and more, the largest first; free(). */
char *pdf_peaks_text(size_t npair, const char *const names[], const double share[]);

/* How much the first strong peak of a part is misjudged: place [A] of the first maximum of T_ab of `reference` (below r_most)
 * that has half the height of its highest, and the ratio of the highest points of T_ab of `part` and of `reference`
 * within 0.3 A of it. NaN if
 * there is none. part, reference [nr] of one pair. */
typedef struct PdfFactor {
    double r, ratio;
} PdfFactor;
PdfFactor pdf_peaks_factor(size_t nr, const double r[], const double part[], double level,
                           const double reference[], double reference_level, double density,
                           double r_most);

#endif
