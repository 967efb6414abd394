/* density_numbers.h -- the peaks of Mg-B, Mg-H, B-H and H-H under each choice of weights, and the occupancy of H that a
 * refinement with constant Z would find.
 *
 * The contribution of a pair to T(r) = G(r) + 4 pi r rho0 is G_ab + 4 pi r rho0 w_ab(Q = 0): pairs only, no ripples of the
 * mean density. The position of a peak is the vertex of the parabola through its highest point and that point's neighbours
 * (NaN if the highest point is at the end of the range, where other distances begin); height, and area int r T_ab dr over
 * +-0.3 A, are taken at the position with constant Z. The H-H peak of BH4 is not apart from H-H between ions once the
 * electrons of H are spread out: its numbers hold both.
 *
 * Heights of H peaks fall with true f(Q) because the electrons of H are spread out, while those of Mg and B rise with
 * <Z>^2/<f>^2. A refinement has a free scale, so what it can see is the ratio to Mg-B:
 *
 *   x(Mg-H) = [T(Mg-H)/T(Mg-B)] / [T(Mg-H)/T(Mg-B)]_constant Z,   x(B-H) likewise,   x(H-H) the root of its ratio
 *
 * since with occupancy x of H a constant-Z pair of n H atoms has the weight x^n. As PDFgui would do it, all positions
 * known, G(r) from 1 to 5 A is fitted by least squares with constant Z, sum over pairs with n H atoms,
 *
 *   s sum_ab x^n [G_ab * Gaussian of variance n u](r)
 *
 *   x(curve)    scale s and x free, u = 0
 *   x(refined)  u free too: the displacement of H, which takes up what the spread of its electrons does to the width
 *
 * All functions are Local and pure.
 */
#ifndef ANALYSIS_DENSITY_NUMBERS_H
#define ANALYSIS_DENSITY_NUMBERS_H

#include "analysis/density_pdf.h"

typedef enum DensityPeak {
    DENSITY_MG_B,
    DENSITY_MG_H,
    DENSITY_B_H,
    DENSITY_H_H,
    DENSITY_PEAKS
} DensityPeak;

/* By heights, by the curve, by areas; scales of the two fits, and u [A^2] */
typedef enum DensityOccupancy {
    DENSITY_X_MG_H,
    DENSITY_X_B_H,
    DENSITY_X_H_H,
    DENSITY_X_CURVE,
    DENSITY_X_REFINED,
    DENSITY_X_AREA_MG_H,
    DENSITY_X_AREA_B_H,
    DENSITY_X_AREA_H_H,
    DENSITY_SCALE_CURVE,
    DENSITY_SCALE_REFINED,
    DENSITY_U_REFINED,
    DENSITY_XS
} DensityOccupancy;

typedef struct DensityNumbers {
    double position[DENSITY_PEAKS]; /* [A] */
    double height[DENSITY_PEAKS];   /* [1/A^2] */
    double area[DENSITY_PEAKS];     /* [1] */
    double ratio[DENSITY_PEAKS];    /* height over that with constant Z */
    double x[DENSITY_XS];
} DensityNumbers;

const char *density_numbers_peak(DensityPeak p); /* "Mg-H" */
const char *density_numbers_occupancy(
    DensityOccupancy x); /* "MgH", "BH", "HH", "curve", "refined", "area_MgH", ... */

/* Of one form, mean over all blocks but `without` (SIZE_MAX: all). NaN where a species is missing. */
DensityNumbers density_numbers(const DensityCurves *c, size_t form, size_t without);

/* The same with jackknife errors over blocks, NaN with fewer than two. */
void density_numbers_jackknife(const DensityCurves *c, size_t form, DensityNumbers *value,
                               DensityNumbers *error);

/* The answer of an ensemble of densities: forms XRAY_WEIGHTS + m, m = functional * ncharge + charge. For each x
 *   value   mean over functionals with the first charge
 *   spread  standard deviation over functionals with the first charge; NaN for one functional
 *   shift   mean over functionals of (last charge - first charge) */
typedef struct DensityAnswer {
    double value[DENSITY_XS], spread[DENSITY_XS], shift[DENSITY_XS];
} DensityAnswer;

DensityAnswer density_numbers_answer(size_t nfunctional, size_t ncharge,
                                     const DensityNumbers members[]);

#endif
