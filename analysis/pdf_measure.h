/* pdf_measure.h -- what the detector of a total-scattering beamline counts: sample, Compton, container, noise.
 *
 *   I(Q) = <f^2> + <f>^2 [S(Q) - 1] + sum_a c_a S_a(Q) recoil(Q)          electron units per atom
 *   sample run:  Poisson( t [I(Q) + B(Q)] ),  empty run:  Poisson( t B(Q) )
 *
 * B is the container: fused silica (xray_compton.h) or an own curve, scaled so that over the range its sum is
 * `background` times that of
 * the sample; t makes the mean of the sample run `counts`. Per point the solid angle is taken as equal (azimuthal means
 * of an area
 * detector). S(Q) fades with the resolution in Q; beyond the reach of the histogram there is nothing, so peaks of a
 * crystal are no narrower
 * than pi/rmax. No absorption, no multiple scattering, no fluorescence. Noise: base/rng.h, stream RNG_NOISE; the truth
 * is kept beside it.
 * All functions are Local.
 */
#ifndef ANALYSIS_PDF_MEASURE_H
#define ANALYSIS_PDF_MEASURE_H

#include "analysis/xray.h"

#include <stdint.h>

typedef struct PdfMeasureOptions {
    double wavelength;        /* [A] */
    double qmin, qmax, qstep; /* [1/A] of the points */
    double qdamp;             /* [1/A] resolution */
    double qbroad;            /* [1/A] */
    double counts;            /* mean of the sample run; 0: no noise */
    double background;        /* sum of the container's over that of the sample */
    bool compton;
    uint64_t seed;
} PdfMeasureOptions;

typedef struct PdfMeasured {
    size_t n;
    double *q;
    double *s;                               /* [n] true S(Q) in this resolution */
    double *squared_mean, *mean_square;      /* [n] <f>^2, <f^2> */
    double *elastic, *inelastic, *container; /* [n] truth, electron units per atom */
    double *sample_run, *empty_run;          /* [n] the same units, with noise */
    double *error;                           /* [n] of sample_run - empty_run; 0 without noise */
    double per_count;                        /* electron units of one count; NaN without noise */
} PdfMeasured;

/* Measure the sample that g counted. `silica`: NULL, or an own container curve [n_own] over q_own that is interpolated
 * linearly.
 * ERR_INPUT for windows beyond 4 pi/wavelength and species without Compton data. Free with pdf_measured_clear. */
Err pdf_measure(const PdfMeasureOptions *o, const Gr *g, XrayWeights w, const XrayForms *forms,
                size_t n_own, const double q_own[], const double own[], PdfMeasured *out) MUST_USE;
void pdf_measured_clear(PdfMeasured *m);

/* sum_a c_a S_a recoil [electron units per atom] of a composition: n elements. ERR_INPUT for an element without data. */
Err pdf_measure_inelastic(int n, const Species *const species[], const double share[], double q,
                          double wavelength, double *value) MUST_USE;

#endif
