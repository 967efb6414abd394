/* current_numbers.h -- the numbers of a run's charge transport: D*, conductivities, Haven ratio, sigma(omega); part of current.h.
 */
#ifndef ANALYSIS_CURRENT_NUMBERS_H
#define ANALYSIS_CURRENT_NUMBERS_H

#include "analysis/trace.h"
#include "analysis/transport.h"
#include "store/h5.h"

typedef struct CurrentRun {
    const Comm *comm;
    const Sample *sample;
    const Trace *trace;                   /* centres of this rank's ions, */
    int64_t first;                        /* which are ions first .. first + trace->points - 1 */
    int64_t ions[ION_KINDS];              /* on all ranks */
    double charge[ION_KINDS];             /* e */
    double interval, volume, temperature; /* ps, A^3, K */
    double accuracy; /* largest relative standard error of a number that is given */
} CurrentRun;

typedef struct CurrentNumbers {
    Transport diffusion[ION_KINDS];                       /* A^2/ps */
    Transport sigma, nernst_einstein, haven, correlation; /* S/cm; 1 */
    double dc; /* S(0) of the charge, e^2 A^2 per frame and axis; NaN: not converged */
} CurrentNumbers;

/* From the paths and the charge displacement m [3][frames] e A. Collective; the same on all ranks. */
CurrentNumbers current_numbers_measure(const CurrentRun *run, const double m[]);

/* Write them and sigma(omega) of m; or DC value and spectrum of the current j [3][frames] e A/ps. Tells the log. Local.
 * ERR_FILE. */
Err current_numbers_write(const CurrentRun *run, const CurrentNumbers *n, const double m[],
                          H5 *group) MUST_USE;
Err current_numbers_green_kubo(const CurrentRun *run, const double j[], H5 *group) MUST_USE;

#endif
