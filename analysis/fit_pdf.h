/* fit_pdf.h -- "real-space Rietveld": a small crystal refined against G(r), by least squares with what symmetry leaves free.
 *
 * Parameters by name (X: a site's label, or an element for all its sites):
 *   scale, delta1 [A], delta2 [A^2], qdamp, qbroad [1/A], sratio
 *   a, b, c [A], alpha, beta, gamma [degrees]   those that the space group leaves free; the others follow
 *   x.X, y.X, z.X                               free fractional coordinates of one site; those tied to them follow
 *   U.X [A^2]                                   isotropic, one number for all sites of X
 *   U11.X, U22.X, ... U23.X [A^2]               free components of one anisotropic site (CIF); the others follow
 *   occ.X                                       occupancy
 *   the name of a FitPdfMove [A]                a displacement along a direction that the site's symmetry allows
 *
 * Minimised is sum w (G_obs - G_calc)^2 over the points in the range, by Levenberg-Marquardt inside the bounds (C. Kanzow,
 * N. Yamashita, M. Fukushima, J. Comput. Appl. Math. 172, 375 (2004), doi 10.1016/j.cam.2004.02.013), with analytic derivatives of G.
 *
 * Errors. Points of a G(r) that is a sine transform up to Qmax are not independent: noise that is white in F(Q) has the
 * correlation rho(r, r') = K(r - r') - K(r + r') (normalised), K as in crystal_pdf.h, so points denser than pi/Qmax (the
 * Nyquist spacing) bring nothing new, and e.s.d.s that count them (PDFgui's) are too small by about sqrt(pi/(Qmax dr)): 3.6 for
 * 0.01 A and 23.8 1/A. Here the covariance is the full one, A^-1 B A^-1 with A = J'WJ, B = J'W C W J and C = s rho s
 * (`noise` band), or C diagonal (`noise` white). With w = 1 the variance is estimated from the residuals, sum res^2/(n - tr A^-1 B),
 * which has no bias for either. Local.
 */
#ifndef ANALYSIS_FIT_PDF_H
#define ANALYSIS_FIT_PDF_H

#include "analysis/crystal_pdf.h"

typedef struct FitPdfMove {
    char name[32];
    int site;
    double direction[3]; /* fractional, length 1 A */
} FitPdfMove;

typedef enum FitPdfKind {
    FIT_PDF_SCALE,
    FIT_PDF_DELTA1,
    FIT_PDF_DELTA2,
    FIT_PDF_QDAMP,
    FIT_PDF_QBROAD,
    FIT_PDF_SRATIO,
    FIT_PDF_CELL,
    FIT_PDF_POSITION,
    FIT_PDF_MOVE,
    FIT_PDF_UISO,
    FIT_PDF_UIJ,
    FIT_PDF_OCCUPANCY
} FitPdfKind;

typedef struct FitPdfParameter {
    char name[48];
    FitPdfKind kind;
    int component;                  /* cell, position, U_ij */
    double pattern[CRYSTAL_TENSOR]; /* position, move, U_ij: what follows */
    bool *site;              /* [nsite] which sites; NULL for those of the curve and the cell */
    double low, high, start; /* start: of the model */
    double value, error;     /* error NaN: not refined as it stands at a bound */
    bool at_bound;
} FitPdfParameter;

typedef struct FitPdfModel {
    Crystal crystal; /* with start values */
    CrystalPdfShape shape;
    CrystalPdfOptions options;
    size_t nmoves;
    FitPdfMove *move;
    size_t nparameters;
    FitPdfParameter *parameter;
} FitPdfModel;

void fit_pdf_clear(FitPdfModel *m); /* crystal, moves and parameters too */

/* A move along direction [A] in fractional axes. ERR_INPUT if the symmetry of the site forbids it (says what is free). */
Err fit_pdf_add_move(FitPdfModel *m, const char *name, int site,
                     const double direction[3]) MUST_USE;

/* Refine a parameter by name from its value in the model, with usual bounds. ERR_INPUT: unknown (with the nearest), given twice or
 * bound twice (U.H and U.H1), tied or forbidden by symmetry. */
Err fit_pdf_refine(FitPdfModel *m, const char *name) MUST_USE;

/* "A", "A^2", "1/A", "degree", "1" of a parameter. */
const char *fit_pdf_unit(const FitPdfParameter *p);

/* Crystal and shape with parameters at `values` [nparameters]. *c is a copy to be cleared. */
void fit_pdf_apply(const FitPdfModel *m, const double values[], Crystal *c, CrystalPdfShape *shape);

/* G [n] and its derivatives dg [nparameters][n] (NULL: not wanted) at the values. */
Err fit_pdf_model(const FitPdfModel *m, CrystalPdf *pdf, const double values[], size_t n,
                  double g[], double dg[]) MUST_USE;

/* How far behind `last` [A] the sum must go (options.beyond): doubled from 20 A until G changes by less than 1e-4 of its largest
 * value, at most 160 A. *change: the last change, relative. */
Err fit_pdf_choose_beyond(FitPdfModel *m, size_t n, const double r[], double *change) MUST_USE;

typedef struct FitPdfData {
    size_t n;
    const double *r, *g; /* [n] */
    const double *error; /* [n] or NULL: all the same, estimated */
    bool
        band; /* noise is white in Q between qmin and qmax of the model; false: points are independent */
} FitPdfData;

typedef struct FitPdfResult {
    size_t n, nparameters;
    double *g;          /* [n] calculated */
    double *covariance; /* [nparameters][nparameters] */
    double rw, chi2;    /* chi2 reduced; 1 if errors were estimated */
    double sigma; /* [1/A^2] estimated standard deviation of a point; NaN if errors were given */
    double independent; /* points that are */
    int iterations;
    bool converged;
} FitPdfResult;

/* Starts at the parameters' values and leaves the result in them. ERR_INPUT: fewer independent points than parameters; ERR_NUMERICAL:
 * the model cannot be computed, a parameter that the data do not depend on or that another one does the same as. */
Err fit_pdf(FitPdfModel *m, const FitPdfData *data, FitPdfResult *out) MUST_USE;
void fit_pdf_result_clear(FitPdfResult *r);

#endif
