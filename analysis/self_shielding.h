/* self_shielding.h -- how much of what is scattered once comes out of a sample that absorbs and scatters on the way.
 *
 * A neutron of wavelength l is lost per length Sigma(l) = n (sigma_scattering + sigma_absorption l/1.798 A): n formula
 * units Mg(BH4)2 per volume, bound cross sections of model/species.h (material facts, table 4.2), absorption as 1/v. The
 * factor is the mean over the sample of exp(-Sigma(l_i) path in - Sigma(l_f) path out), 1 for a thin sample.
 *   slab      infinite plate, plane at `angle` to the incoming beam, counted as the scattering angle is (135 degrees: detectors
 *             at 135 degrees look along it and see nothing; the normal is at 45 degrees to the beam); closed form, e.g. V. F.
 *             Sears, Adv. Phys. 24, 1 (1975), doi 10.1080/00018737500101361
 *   cylinder  full, axis upright, beam and detectors level with it; by quadrature
 * Multiple scattering is not modelled: what is scattered twice counts as lost, while in an experiment a part of it
 * reaches the detectors as a broad background that lowers the apparent EISF. All functions are Local.
 */
#ifndef ANALYSIS_SELF_SHIELDING_H
#define ANALYSIS_SELF_SHIELDING_H

#include "store/config.h"

typedef enum SampleShape { SAMPLE_THIN, SAMPLE_SLAB, SAMPLE_CYLINDER } SampleShape;

typedef struct SelfShielding {
    int shape;         /* SampleShape */
    double thickness;  /* [mm] of the slab */
    double angle;      /* [degree] of the slab */
    double radius;     /* [mm] of the cylinder */
    double density;    /* [g/cm3] of Mg(BH4)2 in the space that it fills: powder, not crystal */
    int boron;         /* 0 natural, 1: 11B */
    int hydrogen;      /* 0 natural, 1: D */
    double scattering; /* [barn] per formula unit if given, else NaN: of the isotopes */
    double absorption; /* [barn] at 1.798 A */
} SelfShielding;

/* Table for config_read on a SelfShielding, the mapping `holder` of an instrument. */
extern const ConfigField self_shielding_fields[];
extern const size_t self_shielding_nfields;

/* Cross sections per formula unit [barn], absorption at 1.798 A. */
void self_shielding_barns(const SelfShielding *s, double *scattering, double *absorption);

/* Sigma [1/cm] of neutrons of a wavelength [A]. */
double self_shielding_per_cm(const SelfShielding *s, double wavelength);

/* The factor for scattering by two_theta [degree] from wavelength l_i to l_f [A]. */
double self_shielding_factor(const SelfShielding *s, double two_theta, double l_i, double l_f);

#endif
