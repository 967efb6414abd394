/* form_factor.h -- how X-rays see an atom: f(Q) from densities that we compute, tabulated.
 *
 * f(Q) = int 4 pi r^2 rho(r) sin(Qr)/(Qr) dr of a Kohn-Sham density (density/radial_ks.h), f(0) = number of electrons.
 * What is computed here and cannot be had from the usual tables (Waasmaier and Kirfel 1995, model/species.h) is the ion in its
 * surroundings:
 *
 *   H        one electron does not feel itself: exact, f = (1 + (Q a0/2)^2)^-2
 *   H-       hydride in a Watson sphere of charge +1; default radius 0.6651 A: the potential at H in gamma-Mg(BH4)2 of formal
 *            charges Mg 2, B 3, H -1, 21.65 V, mean of two sites. The ionic limit: with B3+ it puts too much charge on H
 *   H_BH4    H as it is bound in BH4-: 1.25 electrons (B neutral, its electron shared by four H) in a sphere of charge +1.
 *            The sphere stands for the pull of the bond, as the contracted bonded H of R. F. Stewart, E. R. Davidson,
 *            W. T. Simpson, J. Chem. Phys. 42, 3175 (1965), doi 10.1063/1.1696397. Default radius 0.741 A (1.4 bohr): B + 4
 *            H_BH4 then reproduces the spherical average of the molecule BH4- in PBE/aug-cc-pVTZ to 0.16 electrons for
 *            Q <= 20 1/A; without a sphere to 0.35, as B3+ and 4 H- to 1.0
 *   BH4-     the whole ion on one centre, its protons smeared out on a shell; default radius 1.4075 A: the potential at B of
 *            Mg 2 and all other BH4 -1, 10.23 V. For the isotropic part only
 *
 * The potentials are Ewald sums (tests/physics/force/test_site_potential.c). Open shells are spherical and not polarised.
 */
#ifndef DENSITY_FORM_FACTOR_H
#define DENSITY_FORM_FACTOR_H

#include "base/err.h"
#include "density/radial_ks.h"

/* What is taken if nothing is said, and an ensemble whose spread says how much the choice matters. */
#define FORM_FACTOR_FUNCTIONAL "gga_x_pbe+gga_c_pbe"
enum { FORM_FACTOR_ENSEMBLE = 4 };
extern const char *const form_factor_ensemble[FORM_FACTOR_ENSEMBLE];

typedef struct FormFactorTable {
    char name[16], functional[128];
    char reference
        [8]; /* Waasmaier and Kirfel's name of the same (species_form_factor), "" if they have none */
    double electrons;     /* f(0) */
    double watson_radius; /* [A], 0: none */
    RadialKs density;
    double *f; /* [FORM_FACTOR_POINTS] at Q = i FORM_FACTOR_STEP */
} FormFactorTable;

#define FORM_FACTOR_STEP 0.05 /* 1/A */
enum { FORM_FACTOR_POINTS = 601 };

/* "Mg, Mg+, ..." and one line on one of them, NULL if unknown. Static. Local. */
const char *form_factor_known(void);
const char *form_factor_help(const char *name);

/* Solve and tabulate.
 *   functional     as for radial_ks_solve; NULL: FORM_FACTOR_FUNCTIONAL
 *   watson_radius  [A]; 0: the default of this ion; INFINITY: no sphere
 * ERR_INPUT for a name that is not known (with the nearest), a bad functional, a sphere around what has none; ERR_NUMERICAL from
 * radial_ks_solve. Local. Free with form_factor_clear. */
Err form_factor_new(const char *name, const char *functional, double watson_radius,
                    FormFactorTable *out) MUST_USE;
void form_factor_clear(FormFactorTable *t);

/* f at Q [1/A] >= 0: cubic interpolation to 2e-6 electrons, beyond the table by the integral. Local. */
double form_factor_at(const FormFactorTable *t, double q);

/* Radius [A] of a sphere of charge +1 whose potential inside is that of the site [V], > 0. Local. */
double form_factor_watson_radius(double volts);

#endif
