/* species.h -- the elements and isotopes of the sample and what neutrons and X-rays see of them.
 *
 * Neutron data and masses: periodictable 1.6.0 tables (material facts, table 4.2); X-ray form factors:
 * Waasmaier and Kirfel, Acta Cryst. A51, 416 (1995), doi 10.1107/S0108767394013292.
 * Known symbols: H (natural), D, B (natural), 10B, 11B, Mg.
 */
#ifndef MODEL_SPECIES_H
#define MODEL_SPECIES_H

#include "base/err.h"

typedef struct FormFactor {
    const char *name; /* "H", "H1-", "B", "Mg", "Mg2+" */
    double a[5], b[5], c;
} FormFactor;

typedef struct Species {
    const char *symbol;  /* "D" */
    const char *element; /* "H": what the force field and the X-rays see */
    int z;
    double mass;                            /* [u] */
    double b_coh;                           /* [fm] real part */
    double b_coh_im;                        /* [fm] */
    double sigma_coh, sigma_inc, sigma_abs; /* [barn], absorption at 1.798 A */
} Species;

/* NULL if unknown. Local. */
const Species *species_find(const char *symbol);

/* Isotope by mass number or "natural" of an element: species_isotope("B", "11") -> 11B; NULL if unknown. */
const Species *species_isotope(const char *element, const char *isotope);

/* Comma-separated list of the known symbols, for messages. Local. */
const char *species_known(void);

/* NULL if unknown. Local. */
const FormFactor *species_form_factor(const char *name);

/* f0 at Q [1/A]: c + sum a exp(-b (Q/4pi)^2). Local. */
double species_f0(const FormFactor *f, double q);

#endif
