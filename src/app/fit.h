/* fit.h -- what `paddlewheel fit KIND RECIPE` can fit: a name, a line of help, a function.
 *
 * Adding one means adding one file that defines a FitKind and one line in command_fit.c.
 */
#ifndef APP_FIT_H
#define APP_FIT_H

#include "par/comm.h"

#include <stdbool.h>

typedef struct FitKind {
    const char *name;
    const char *help; /* what is fitted, and what FILE is when --output does not say */
    /* `recipe` is the path as given; files that it names are relative to its folder. `output` NULL: named after the
     * recipe. `check`: read everything, fit and write nothing. Collective; rank 0 writes. */
    Err (*run)(const Comm *c, const char *recipe, const char *output, bool check);
} FitKind;

extern const FitKind fit_potential;  /* fit_potential.c */
extern const FitKind fit_gordon_kim; /* fit_gordon_kim.c */
extern const FitKind fit_eis;        /* fit_eis.c */
extern const FitKind fit_spectra;    /* fit_spectra.c */
extern const FitKind fit_pdf_kind;   /* fit_pdf.c */

#endif
