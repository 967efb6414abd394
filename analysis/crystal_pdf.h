/* crystal_pdf.h -- G(r) of a small crystal, with derivatives by everything that can be refined.
 *
 *   G(r) = scale { N/B^2 sum_i sum_j o_i o_j b_i b_j N(r; r_ij, s_ij)/r_ij - 4 pi r N/V },   N = sum o, B = sum o b
 *   s_ij^2 = n.(U_i + U_j).n (1 - delta1/r_ij - delta2/r_ij^2 + Qbroad^2 r_ij^2), times sratio^2 where r_ij < rcut;
 *            the bracket is held at 0.1 where it would be less
 *
 * i runs over one cell, j over all atoms of the infinite crystal but i itself; N(r; d, s) is the normalised Gaussian, n the direction
 * of the bond. N/r_ij is exact for isotropic Gaussian displacements; PDFfit2 and PDFgui divide by r (`by_r`): C. L. Farrow et al.,
 * J. Phys.: Condens. Matter 19, 335219 (2007), doi 10.1088/0953-8984/19/33/335219. For anisotropic U both neglect how the motion
 * across the bond shifts its mean length. delta1, delta2: I.-K. Jeong et al., Phys. Rev. B 67, 104301 (2003),
 * doi 10.1103/PhysRevB.67.104301.
 *
 * The window. Constant weights b (atomic numbers, neutron lengths) need none. With qmax the sum above, odd in r, is multiplied by
 * exp(-(r Qdamp)^2/2) and then convolved with K(x) = (1/pi) int_qmin^qmax W(Q) cos(Qx) dQ: damping first and cut last, as the
 * instrument does it (`envelope_last`: as libdiffpy). With true form factors each pair of species has its own
 * K_ab with N f_a f_b/<sum o f>^2 in the integral, which is exactly what the division by <f>^2 in S(Q) makes of its peaks; that
 * needs qmax. The convolution is a linear one by sine transforms on a grid of at most 0.02 A and 0.5/qmax, from 0 to `beyond` A
 * behind the last point, where the sum fades out smoothly: what is missing behind it shows as 4e-5 of the largest peak
 * with Qdamp 0.035; without damping a strong Bragg line nearer to qmax than about 6/`beyond` needs more (fit_pdf_choose_beyond;
 * tests/unit/analysis/test_crystal_pdf.c holds the window against Bragg sums). All functions are Local.
 */
#ifndef ANALYSIS_CRYSTAL_PDF_H
#define ANALYSIS_CRYSTAL_PDF_H

#include "analysis/crystal.h"
#include "analysis/xray.h"

#include <stddef.h>

typedef enum CrystalWeights {
    CRYSTAL_NEUTRAL = XRAY_NEUTRAL,
    CRYSTAL_IONIC = XRAY_IONIC,
    CRYSTAL_COMPUTED = XRAY_COMPUTED,
    CRYSTAL_CONSTANT_Z = XRAY_CONSTANT_Z,
    CRYSTAL_NEUTRON, /* coherent scattering lengths */
    CRYSTAL_WEIGHTS
} CrystalWeights;
#define CRYSTAL_WEIGHTS_NAMES "neutral|ionic|computed|constant_Z|neutron"
const char *crystal_pdf_weights_name(CrystalWeights w);

typedef struct CrystalPdfOptions {
    CrystalWeights weights;
    bool by_r;          /* peaks divided by r, not r_ij */
    double qmin, qmax;  /* [1/A]; qmax 0: no cut */
    bool lorch;         /* W = sin(pi Q/qmax)/(pi Q/qmax) */
    bool envelope_last; /* Qdamp after the cut */
    double beyond;      /* [A] 0: 40 */
} CrystalPdfOptions;

/* Parameters of the curve that are none of the crystal. */
typedef struct CrystalPdfShape {
    double scale;
    double delta1, delta2; /* [A], [A^2] */
    double qdamp, qbroad;  /* [1/A] */
    double sratio, rcut;   /* 1; [A] */
} CrystalPdfShape;

/* A direction in which everything changes, dX/dp. */
typedef struct CrystalSlope {
    CrystalPdfShape shape; /* rcut: not used */
    bool moves;            /* false: `atoms` is not read */
    CrystalAtoms atoms;    /* derivatives; volume is not read */
} CrystalSlope;

typedef struct CrystalPdf CrystalPdf;

/* For the sites of this crystal (their species; not their place) and n increasing r > 0 [A]. ERR_INPUT: form factors without
 * qmax, qmax beyond 75 1/A, an empty window. Free with crystal_pdf_free. */
Err crystal_pdf_new(const Crystal *c, const CrystalPdfOptions *o, size_t n, const double r[],
                    CrystalPdf **pdf) MUST_USE;
void crystal_pdf_free(CrystalPdf *pdf);

/* G [n] at the points and dg [nslopes][n]. `a` are the atoms of the crystal as crystal_place puts them, in its symmetry: only the
 * first atom of each site is taken as a centre. ERR_NUMERICAL: a peak narrower than the grid can carry (U below about
 * 5e-4 A^2 with qmax), no atoms. */
Err crystal_pdf_compute(CrystalPdf *pdf, const Crystal *c, const CrystalAtoms *a,
                        const CrystalPdfShape *shape, size_t nslopes, const CrystalSlope slope[],
                        double g[], double dg[]) MUST_USE;

#endif
