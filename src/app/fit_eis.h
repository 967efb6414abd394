/* fit_eis.h -- what `paddlewheel fit eis` finds and leaves. For fit_eis.c and fit_eis_write.c only. */
#ifndef APP_FIT_EIS_H
#define APP_FIT_EIS_H

#include "analysis/arrhenius.h"
#include "app/eis_recipe.h"

enum { FIT_EIS_ARCS = 6 };

/* One spectrum and what it says. */
typedef struct FitEisSpectrum {
    const EisRecipeFile *from;
    ImpedanceSpectrum data; /* between the recipe's limits of frequency */
    CircuitFit fit;
    double bic[FIT_EIS_ARCS]; /* of ladders; NaN: not tried */
    int narcs;
    CircuitArcFit arc[CIRCUIT_NODES];
    int arc_r[CIRCUIT_NODES]; /* the arc's resistor, a place in the circuit's parameters */
    KramersKronig test;
    double resistance, error_ln; /* ohm; of the named resistor, without geometry */
    double conductivity;         /* S/cm, of the pellet as it is; NaN without pellet */
} FitEisSpectrum;

typedef struct FitEisLines {
    bool made;
    Arrhenius plain, times; /* ln(sigma), ln(sigma T) */
} FitEisLines;

typedef struct FitEis {
    const Comm *comm;
    EisRecipe recipe;
    size_t n, room;
    FitEisSpectrum *spectrum;
    double geometry; /* variance of ln sigma common to all */
    FitEisLines lines;
    size_t nmeasured; /* published conductivities */
    double *measured_t, *measured_sigma;
    FitEisLines measured_lines;
} FitEis;

/* The report as text. New string. Local. */
char *fit_eis_describe(const FitEis *f);

/* HDF5, and a CSV beside it. Local (rank 0). */
Err fit_eis_write(const FitEis *f, const char *recipe, const char *output,
                  const char *text) MUST_USE;

#endif
