/* xray_computed.h -- form factors from computed electron densities, for X-ray weights beside those of Waasmaier and Kirfel.
 *
 * Mg2+, neutral B, and H as it is bound in BH4- (1.25 electrons; density/form_factor.h says how and how well): Kohn-Sham
 * densities with gga_x_pbe+gga_c_pbe, together 10 electrons for each BH4-. Tables, so that weights need no calculation;
 * tests/unit/analysis/test_xray_computed.c computes them again. `paddlewheel explain f:H_BH4` prints them with their spread
 * over functionals.
 */
#ifndef ANALYSIS_XRAY_COMPUTED_H
#define ANALYSIS_XRAY_COMPUTED_H

#include <stdbool.h>

/* f(Q) [electrons] of element Mg, B or H at Q >= 0 [1/A]; beyond 30 1/A it falls as Q^-4. False for other elements. Local,
 * pure. */
bool xray_computed_f(const char *element, double q, double *f);

#endif
