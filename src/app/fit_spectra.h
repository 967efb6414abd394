/* fit_spectra.h -- `paddlewheel fit qens RECIPE`: what its files share.
 *
 * fit_spectra.c reads the recipe and the data and fits; fit_spectra_write.c files and prints.
 */
#ifndef APP_FIT_SPECTRA_H
#define APP_FIT_SPECTRA_H

#include "analysis/arrhenius.h"
#include "analysis/experiment_qens.h"
#include "analysis/fit_chi.h"
#include "analysis/fit_qens_data.h"
#include "store/config.h"

/* The recipe; `paddlewheel explain fit-qens` prints its keys. */
extern const ConfigField fit_spectra_fields[];
extern const size_t fit_spectra_nfields;
extern const ConfigField fit_spectra_resolution[]; /* keys of its `resolution` */
extern const size_t fit_spectra_nresolution;

typedef struct SpectraRecipe {
    char *name;
    const ConfigNode *data, *resolution;
    double e_low, e_high, q_low, q_high, lowest_mode;
    int64_t lines, modes;
    ConfigList mode_energies;
    int choose, widths, mode_energy, balance, statistics;
    Config *config;
    char *folder;
} SpectraRecipe;

enum { CHOOSE_BIC, CHOOSE_EVIDENCE, CHOOSE_FIXED };
enum { WIDTHS_SHARED, WIDTHS_FREE };
enum { MODE_HELD, MODE_FREE, MODE_GIVEN };
enum { STATISTICS_AUTO, STATISTICS_POISSON, STATISTICS_LEAST_SQUARES };

/* One file and what came out of it. */
typedef struct SpectraFit {
    char *file; /* as in the recipe */
    double temperature;
    QensData data;
    FitQensData selected;
    Resolution resolution;
    FitQensModel model;
    bool has_chi;
    FitChi chi;
    ExperimentQens experiment;
    int by_bic, by_evidence;
} SpectraFit;

typedef struct FitSpectra {
    SpectraRecipe recipe;
    size_t n;
    SpectraFit *fit; /* [n] */
    /* 1/tau of line k against 1/kT, over the files whose fit has the line: ln_prefactor is -ln tau0 */
    bool has_arrhenius[FIT_QENS_MAX_LINES];
    Arrhenius arrhenius[FIT_QENS_MAX_LINES];
    size_t used[FIT_QENS_MAX_LINES];
} FitSpectra;

/* PATH (HDF5) and PATH with .csv instead of .h5. Local. */
Err fit_spectra_write(const FitSpectra *f, const char *recipe, const char *provenance,
                      const char *path) MUST_USE;

/* Text for the terminal. Local. */
void fit_spectra_print(const FitSpectra *f);

#endif
