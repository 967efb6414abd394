/* fit_report.h -- what a fit came to: for the screen and for the potential file. */
#ifndef APP_FIT_REPORT_H
#define APP_FIT_REPORT_H

#include "app/fit_structure.h"
#include "training/recipe.h"
#include "training/vibrations.h"

typedef struct FitBarrier {
    double energy; /* [eV] of the relaxed saddle above the relaxed reference */
    int steps;
    bool converged;
} FitBarrier;

/* Everything that is said about the final parameters. */
typedef struct FitOutcome {
    int rounds;
    MatchingResult matching;       /* of the last round */
    size_t soft;                   /* directions that were held up */
    double lattice_fixed, lattice; /* [A] reference cell; relaxed */
    double relaxed_energy;  /* [eV] of the relaxed reference frame below itself, cell fixed */
    FitDistances distances; /* of the reference relaxed in its cell */
    double reference_force, reference_stress; /* rms [eV/A]; mean normal stress [eV/A^3] */
    double lowest[6]; /* [meV] modes of the relaxed reference, no translations */
    double libration[3], bend[2], stretch[2]; /* [meV] mean over ions; range; range */
    FitBarrier *barrier;                      /* [recipe->nbarriers] */
} FitOutcome;

/* Fill all but rounds, matching, soft. Collective. */
Err fit_report_judge(const Recipe *r, Frames *f, const FfParameters *p, FitOutcome *out) MUST_USE;

/* YAML sections errors, source, residuals, validity. New string. Local. */
char *fit_report_text(const Recipe *r, const Frames *f, const FfParameters *p, const FitOutcome *o,
                      const char *source);

#endif
