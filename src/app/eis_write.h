/* eis_write.h -- what an eis stage leaves. For stage_eis.c only. */
#ifndef APP_EIS_WRITE_H
#define APP_EIS_WRITE_H

#include "analysis/kramers_kronig.h"
#include "app/eis_options.h"

/* One temperature: truth, a noisy copy, fits. */
typedef struct EisSpectrum {
    EisSource source;
    size_t n;
    double *frequency;                      /* [n] Hz, descending */
    double _Complex *sigma, *truth, *noisy; /* [n] S/cm of the solid; ohm; ohm */
    double _Complex *error;                 /* [n] ohm, of Re and of Im */
    double value,
        error_ln; /* S/cm of the pellet: mean over replicas of ln, and its spread (error of ONE measurement) */
    CircuitFit fit;    /* of the first noisy measurement */
    CircuitArcFit arc; /* of the arc that has the pellet's resistor */
    bool has_arc;
    KramersKronig test; /* of the first noisy measurement */
} EisSpectrum;

/* result.h5 and one CSV, .z and .dta for each temperature. Local (rank 0). */
Err eis_write(const StageRun *run, const EisOptions *o, size_t n,
              const EisSpectrum spectra[]) MUST_USE;

#endif
