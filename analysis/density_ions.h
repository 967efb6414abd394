/* density_ions.h -- electron densities of the ions of Mg(BH4)2 from density functional theory, ready for a mesh.
 *
 * Kohn-Sham densities (density/radial_ks.h) of Mg2+, B, B+, H and H-, the last in a Watson sphere. How the ten electrons of
 * a BH4- are shared between boron and hydrogen no sum of spheres can know: it is a parameter, the charge q of hydrogen,
 *
 *   H:  (1 + q) rho(H) - q rho(H-),     B:  (2 + 4q) rho(B) - (1 + 4q) rho(B+),     -1/2 <= q <= -1/4
 *
 * so that the ion has charge -1: from neutral boron (q = -1/4) to B+ (q = -1/2). Every crystal is neutral then, unlike
 * with the tabulated f of Mg2+, B and H1-, which has two electrons a H atom. All functions are Local.
 */
#ifndef ANALYSIS_DENSITY_IONS_H
#define ANALYSIS_DENSITY_IONS_H

#include "analysis/density_pdf.h"
#include "density/radial_ks.h"

typedef struct DensityIons {
    char *functional;
    double hydrogen_charge;
    int nspecies;
    Smeared density[SAMPLE_MAX_SPECIES];
} DensityIons;

/* One functional, ncharge ways to share the electrons: out [ncharge].
 *   watson_radius  [A] of the sphere around H-
 *   smear          [A] by smeared_sigma
 * ERR_INPUT for a functional that libxc does not have, charges out of range and species other than Mg, B, H; ERR_NUMERICAL
 * if an ion is not bound. Free each with density_ions_clear. */
Err density_ions_new(const Sample *sample, const char *functional, double watson_radius,
                     size_t ncharge, const double hydrogen_charge[], double smear,
                     DensityIons out[]) MUST_USE;
void density_ions_clear(DensityIons *d);

DensitySet density_ions_set(const DensityIons *d);

#endif
