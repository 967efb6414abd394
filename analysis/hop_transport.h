/* hop_transport.h -- diffusion and conductivity of hopping ions from many replicas of equal length, with honest errors.
 *
 * Every replica gives the squares of the sine transforms of its paths (spectral.h): of the sum of all displacements, and of all ions
 * one by one, mean of the three axes. Their means over replicas are fitted at frequency 0. Errors are those of leaving one replica out
 * in turn (jackknife: B. Efron, The Jackknife, the Bootstrap and Other Resampling Plans (SIAM 1982), doi 10.1137/1.9781611970319)
 * with cutoff and order of the whole; with fewer than 8 replicas not less than the error of the gamma law.
 * All functions are Local and pure.
 */
#ifndef ANALYSIS_HOP_TRANSPORT_H
#define ANALYSIS_HOP_TRANSPORT_H

#include "analysis/transport.h"

typedef struct HopTransport {
    Transport charge, tracer; /* S(0) of the sum, and of one ion [A^2 per frame and axis] */
    Transport haven;          /* tracer/(charge/ions) */
} HopTransport;

/* charge, tracer [replicas][n]: of the sum of all displacements; summed over `ions`. Frames are n + 1 or so. */
void hop_transport_measure(size_t replicas, size_t n, const double charge[], const double tracer[],
                           double ions, HopTransport *out);

/* Mean and standard error over replicas of value [replicas][n]: mean [n], error [n] (NaN for one). */
void hop_transport_mean(size_t replicas, size_t n, const double value[], double mean[],
                        double error[]);

#endif
