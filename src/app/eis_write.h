/* eis_write.h -- what an eis stage leaves. For stage_eis.c and eis_dataset.c only. */
#ifndef APP_EIS_WRITE_H
#define APP_EIS_WRITE_H

#include "analysis/circuit_fit.h"
#include "analysis/impedance_files.h"
#include "analysis/kramers_kronig.h"
#include "app/dataset.h"
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

/* One spectrum as BASE.csv, BASE.z, BASE.dta, and the line of comment in them (new string). Local. */
Err eis_write_files(const char *base, const EisOptions *o, const ImpedanceSpectrum *data,
                    const char *note) MUST_USE;
char *eis_write_note(const StageRun *run, const EisOptions *o, double temperature,
                     const char *source);

/* Number of the noise of measurement k (0 is what was fitted first) at the temperature of index `set`. */
static inline uint64_t eis_write_noise(size_t set, int64_t k)
{
    return (uint64_t)set * 100000 + (uint64_t)k;
}

/* eis_dataset.c: StageKind.dataset and .describe. */
Err eis_dataset(const StageRun *run, const void *options, Dataset *dataset) MUST_USE;
Err eis_dataset_describe(const StageRun *run, const void *options, char **yaml) MUST_USE;

#endif
