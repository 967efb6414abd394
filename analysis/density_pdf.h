/* density_pdf.h -- X-ray S(Q) and G(r) from the electron density itself, and from form factors by the same way.
 *
 * The densities of all ions of one species are put on a periodic mesh, smeared (density/smeared.h), and transformed:
 * rho_a(k). For every wave vector k of the cell up to Qmax, k = 0 left out,
 *
 *   I_ab(k) = Re conj(rho_a) rho_b                                        (the transform of the Patterson function)
 *   S(Q) - 1 = [I(Q)/N - <f^2>]/<f>^2                                     I(Q): mean of sum_ab I_ab over a shell of k
 *   G_ab(r) = (4 pi/V) sum_k W(k) D(k) I_ab(k)/(N <f(k)>^2) sin(kr)/k
 *             - delta_ab (2/pi) int Q W D c_a f_a^2/<f>^2 sin(Qr) dQ,     G = sum_ab G_ab,   Qmin <= k, Q <= Qmax
 *
 * which is the usual (2/pi) int Q [S(Q) - 1] W sin(Qr) dQ with the integral over the diffraction of a periodic cell written
 * as the sum over its wave vectors that it is. The integral takes each atom's scattering with itself out but leaves that
 * with its own images, as counts of pairs do (gr.h). <f>, <f^2> are means over atoms of the transforms of the same
 * densities. D(k) = exp(-sigma^2 k^2/2) is for cells at rest; G is damped by exp(-(r qdamp)^2/2). What a cell cannot say:
 * distances beyond half of it repeat it.
 *
 * Points of unit charge go the same way. Times f(Q) they give the three weights of xray.h, so that all weights are
 * compared with the same frames, mesh and sums.
 *
 * To do the sums over k once for all r, each k is shared out over the four nearest of even nodes with the weights of the
 * cubic through them: an error of (spacing r)^4/40. Sums are exact (base/exact.h), hence the same bits on any rank count.
 * Errors over blocks of frames.
 * P. Juhas et al., J. Appl. Cryst. 46, 560 (2013), doi 10.1107/S0021889813005190 (G(r) of periodic and finite models).
 */
#ifndef ANALYSIS_DENSITY_PDF_H
#define ANALYSIS_DENSITY_PDF_H

#include "analysis/xray.h"
#include "density/smeared.h"
#include "model/sample.h"

typedef struct DensityPdfOptions {
    double qmin, qmax; /* [1/A] */
    bool lorch;
    double qdamp; /* [1/A] */
    double sigma; /* [A] standard deviation of each distance, beyond that of the frames */
    double qstep, rstep, rmax; /* [1/A], [A] of the curves */
    double spacing;            /* [A] of the mesh */
    double smear;              /* [A] by smeared_sigma for this mesh */
    size_t blocks;             /* of frames, 1.. */
} DensityPdfOptions;

/* One density for each species of the sample, smeared by options.smear. */
typedef struct DensitySet {
    const Smeared *of[SAMPLE_MAX_SPECIES];
} DensitySet;

typedef struct DensityPdf DensityPdf;

/* For nset sets of densities; sample and sets must outlive it. ERR_INPUT for windows that cannot be. Local; free with
 * density_pdf_free (Local). */
Err density_pdf_new(const Comm *c, const Sample *sample, const DensityPdfOptions *o, size_t nset,
                    const DensitySet sets[], DensityPdf **out) MUST_USE;
void density_pdf_free(DensityPdf *p);

/* One frame into a block. Collective.
 *   x [n][3] A, the same on all ranks */
void density_pdf_add(DensityPdf *p, size_t block, const Cell *cell, const double (*x)[3]);

/* Bytes that one frame needs, all ranks together. Local. */
double density_pdf_memory(const Cell *cell, double spacing);

/* What came of it. Forms 0..XRAY_WEIGHTS-1 are those of xray.h, then follow the sets. Pairs as gr_pair() of gr.h counts them. */
typedef struct DensityCurves {
    int nspecies;
    const Species *species[SAMPLE_MAX_SPECIES];
    size_t nform, npair, nblock;
    double *weight; /* [nblock] frames */
    double number;  /* [1/A^3] mean number density of atoms */
    size_t nr;
    double *r; /* [nr] A */
    double *g; /* [nblock][nform][npair][nr] 1/A^2, G_ab of each block */
    double *
        level; /* [nform][npair] weight of a pair at Q = 0: G_ab + 4 pi r number level is the contribution to T(r) */
    size_t nq;
    double *q; /* [nq] 1/A: mean |k| of the shells that have any */
    double *s; /* [nblock][nform][nq] S(Q) */
} DensityCurves;

/* Same on all ranks. Local; free with density_pdf_curves_clear. */
void density_pdf_curves(const DensityPdf *p, DensityCurves *out);
void density_pdf_curves_clear(DensityCurves *c);

/* Index of the pair (a, b) of species, in any order. Local, pure. */
size_t density_pdf_pair(int nspecies, int a, int b);

/* G_ab (pair) or their sum (pair = SIZE_MAX) of a form, mean over blocks but `without` (SIZE_MAX: over all): g [nr]. Local. */
void density_pdf_mean(const DensityCurves *c, size_t form, size_t pair, size_t without, double g[]);

#endif
