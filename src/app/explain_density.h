/* explain_density.h -- what `paddlewheel explain` says of form factors ("f:Mg2+") and functionals ("gga_x_pbe"). */
#ifndef APP_EXPLAIN_DENSITY_H
#define APP_EXPLAIN_DENSITY_H

#include "base/err.h"

#include <stdbool.h>

/* Is it such a name, known or not: "f:...", or one that begins like a keyword of libxc? Local. */
bool explain_density_is_form_factor(const char *name);
bool explain_density_is_functional(const char *name);

/* Print a form factor: the table beside that of Waasmaier and Kirfel, the spread over functionals, and a plot. "f:" alone
 * lists what is known; "f:Mg2+,B,H_BH4" prints the bare table that kind pdf takes as `form_factors`.
 *   functional  NULL: the default
 *   watson      radius "0.74 angstrom", potential of the site "21 V", or "none"; NULL: the default
 * Every rank computes, only one prints. ERR_INPUT, ERR_NUMERICAL as form_factor_new. Local. */
Err explain_density_form_factor(const char *name, const char *functional, const char *watson,
                                bool print) MUST_USE;

/* Print what a functional, or a sum of them, is and where it was published. Local. */
Err explain_density_functional(const char *names, bool print) MUST_USE;

#endif
