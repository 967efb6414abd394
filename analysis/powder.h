/* powder.h -- the powder diffraction pattern that a beamline shows: Bragg sums of a crystal, Debye's sum of anything.
 *
 * Scattering per atom in electron units, averaged over orientations:
 *   crystal:  I(Q) = (2 pi^2/(n V)) sum_G |F_G|^2/G^2 delta(Q - G),     F_G = sum_i f_i(G) exp(iG.r_i) exp(-G^2 U_i/2)
 *   any:      I(Q) = <f^2> + <f>^2 [S(Q) - 1],                          S from pair counts (xray.h)
 * with n atoms in the cell of volume V. On the axis 2 theta, Q = (4 pi/lambda) sin theta, both become y = I P with the
 * polarisation
 *   P = k + (1 - k) cos^2 2 theta,
 * k the share of the electric field across the plane of scattering: 1/2 for whole rings of an area detector (and unpolarised
 * X-rays), near 1 for a detector above a synchrotron's orbit. dQ = (2 pi/lambda) cos theta d(2 theta) makes of the delta
 * function the Lorentz factor 1/(sin^2 theta cos theta). Peaks are pseudo-Voigts of unit area with share eta of the
 * Lorentzian and
 *   FWHM^2 = U tan^2 theta + V tan theta + W                            (G. Caglioti, A. Paoletti, F. P. Ricci, Nucl.
 *   Instrum. 3, 223 (1958),
 * doi 10.1016/0369-643X(58)90029-X), or a Gaussian of given width in Q.
 * B. E. Warren, X-ray Diffraction (1969), ch. 4 (powder), 10 (Debye). No absorption, no extinction, no preferred orientation.
 * All functions are Local.
 */
#ifndef ANALYSIS_POWDER_H
#define ANALYSIS_POWDER_H

#include "analysis/xray.h"

typedef struct PowderOptions {
    double wavelength;      /* [A] */
    double low, high, step; /* [degrees] 2 theta */
    double polarisation;    /* k */
    double u, v, w;         /* [degrees^2] */
    double eta;             /* 0 Gaussian .. 1 Lorentzian */
    double qwidth;          /* [1/A] standard deviation in Q instead, if > 0 */
} PowderOptions;

/* What scatters: n atoms at rest at their mean places, each with its own thermal motion. */
typedef struct PowderCrystal {
    Cell cell;
    int64_t n;
    double (*s)[3];                /* [n] fractional */
    const Species *const *species; /* [n] */
    double *u_iso;                 /* [n] A^2 */
} PowderCrystal;

/* Reflections of equal G (to 1e-6 of it) together. */
typedef struct PowderLine {
    double q;         /* [1/A] */
    double angle;     /* [degrees] 2 theta */
    int index[3];     /* of one of them; h >= k >= l >= 0 in a cubic cell */
    int multiplicity; /* reflections that contribute, Friedel's included */
    double f2;        /* [electrons^2] mean |F|^2 over the multiplicity, thermal motion included */
    double area;      /* [electron units per atom x 1/A] of the line in I(Q) */
    double
        intensity; /* [electron units per atom x degrees] of the line on the axis 2 theta, P included */
} PowderLine;

/* Lines below `high` whose |F|^2 is not nothing (1e-12 of the square of all electrons), rising Q; free(*lines).
 * ERR_INPUT for more than 5e9
 * atoms times reflections. `w`: any weights but those of a file. */
Err powder_lines(const PowderOptions *o, const PowderCrystal *c, XrayWeights w, size_t *n,
                 PowderLine **lines) MUST_USE;

size_t powder_points(const PowderOptions *o);

/* y [points] of the lines, and of a continuous I(Q) [nq] (even q from 0 on) with its polarisation. angle [points] degrees. */
void powder_angles(const PowderOptions *o, double angle[]);
void powder_pattern(const PowderOptions *o, size_t n, const PowderLine lines[], double y[]);
void powder_debye(const PowderOptions *o, const Gr *g, XrayWeights w, const XrayForms *forms,
                  double y[]);

/* ERR_INPUT for ranges and widths that cannot be. */
Err powder_check(const PowderOptions *o) MUST_USE;

#endif
