/* functional.h -- density functionals by the names of libxc, one or several added up: "lda_x+lda_c_vwn".
 *
 * A functional is exchange-correlation or kinetic, LDA or GGA. Atomic units (bohr, hartree) as in all of density/;
 * S. Lehtola, C. Steigemann, M. J. T. Oliveira, M. A. L. Marques, SoftwareX 7, 1 (2018), doi 10.1016/j.softx.2017.11.002.
 */
#ifndef DENSITY_FUNCTIONAL_H
#define DENSITY_FUNCTIONAL_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct Functional Functional;

/* names: libxc keywords joined by '+'; nspin: 1 or 2. ERR_INPUT for a name that libxc does not know (the message lists the
 * nearest), and for kinds other than LDA and GGA. Local. Free with functional_free. */
Err functional_new(const char *names, int nspin, Functional **out) MUST_USE;
void functional_free(Functional *f);

bool functional_is_gga(const Functional *f);     /* any part needs gradients */
bool functional_is_kinetic(const Functional *f); /* all parts are kinetic energy functionals */

/* Energy per volume e [n] (hartree/bohr^3) and its derivatives, summed over the parts.
 *   rho     [n] or, with two spins, [n][2]  electrons/bohr^3
 *   sigma   [n] or [n][3]  |grad rho|^2 (up.up, up.down, down.down); may be NULL for an LDA
 *   vrho    as rho, vsigma as sigma; either may be NULL
 * Local. */
void functional_evaluate(const Functional *f, size_t n, const double rho[], const double sigma[],
                         double e[], double vrho[], double vsigma[]);

/* "libxc 5.2.3", and what to cite, one line a part; new string, free(). Local. */
const char *functional_library(void);
char *functional_references(const Functional *f);

/* Append both to a list of what a file stands on (store/provenance.h, ProvenanceRun.inputs), once each: for every output that
 * used the functional. Local. */
void functional_cite(const Functional *f, char **list);

#endif
