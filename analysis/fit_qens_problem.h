/* fit_qens_problem.h -- one fit under way: what the files fit_qens*.c share.
 *
 * Profiles (unit area) and their derivatives are kept for a grid of energies as long as the widths stay. Spectra on the same energies
 * with the same resolution share them: twenty Q cost no more than one.
 */
#ifndef ANALYSIS_FIT_QENS_PROBLEM_H
#define ANALYSIS_FIT_QENS_PROBLEM_H

#include "analysis/arrow.h"
#include "analysis/fit_qens.h"
#include "analysis/lineshape.h"

enum {
    FIT_QENS_KEYS = 2 * FIT_QENS_MAX_OSCILLATORS, /* widths of a group of profiles */
    FIT_QENS_COLUMNS =
        1 + FIT_QENS_MAX_OSCILLATORS + FIT_QENS_KEYS /* values and slopes of one point */
};

/* Lorentzians (with the elastic line) or oscillators on one grid. Row of a point: values, then slopes by ln of the widths, then by
 * the energies if they are free. */
typedef struct FitQensProfiles {
    bool oscillators;
    size_t spectrum; /* whose grid and resolution it is */
    size_t values, slopes;
    bool ready;
    double key[FIT_QENS_KEYS]; /* what the slopes are by */
    double *row;               /* [n][values + slopes] */
} FitQensProfiles;

typedef struct FitQensProblem {
    const FitQensModel *model;
    size_t nspectra, npoints, nshared, nown, lines, oscillators;
    const FitQensSpectrum *spectra;
    bool poisson;
    double scale; /* a small count below which a Poisson mean is bent to stay positive */
    size_t nprofiles;
    FitQensProfiles *profiles;
    size_t *quasi, *vibration; /* [nspectra] which profiles are whose */
    size_t ntables;            /* measured lines: 1 or nspectra, else 0 */
    Lineshape *table;          /* [ntables] */
} FitQensProblem;

void fit_qens_problem_init(FitQensProblem *p, const FitQensModel *model, size_t nspectra,
                           const FitQensSpectrum spectra[]);
void fit_qens_problem_clear(FitQensProblem *p);

/* Where the logarithms of the Lorentzians' widths of a spectrum stand among the parameters; own parameters of a spectrum. */
size_t fit_qens_problem_widths(const FitQensProblem *p, size_t s);
size_t fit_qens_problem_own(const FitQensProblem *p, size_t s);

/* Bring the profiles of all spectra to the widths in x. */
void fit_qens_problem_update(FitQensProblem *p, const double x[]);

/* Model at point i of spectrum s, and its derivatives unless NULL: shared [nshared], own [nown]. After an update to x. */
double fit_qens_problem_point(const FitQensProblem *p, const double x[], size_t s, size_t i,
                              double shared[], double own[]);

/* Where to begin (fit_qens_start.c): widths given or scanned, areas by linear least squares. Returns their
 * weighted square sum. */
double fit_qens_start(FitQensProblem *p, double x[]);

#endif
