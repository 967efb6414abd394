/* units.h -- the only file with conversion numbers.
 *
 * Inside: A, eV, u, e, K. Time is derived, A*sqrt(u/eV) = 10.1805 fs, so a = F/m needs no factor.
 * Values: CODATA 2018 (E. Tiesinga et al., Rev. Mod. Phys. 93, 025010 (2021), doi 10.1103/RevModPhys.93.025010).
 * At the border every number carries its unit as text; units_parse() turns text into these units.
 */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include "base/err.h"

#include <stdbool.h>

#define PI 3.14159265358979323846

/* SI values of the inside units and constants (exact where marked) */
#define UNITS_EV_J      1.602176634e-19 /* exact */
#define UNITS_U_KG      1.66053906660e-27
#define UNITS_E_C       1.602176634e-19 /* exact */
#define UNITS_KB_J_K    1.380649e-23    /* exact */
#define UNITS_NA        6.02214076e23   /* exact */
#define UNITS_H_J_S     6.62607015e-34  /* exact */
#define UNITS_EPS0_F_M  8.8541878128e-12
#define UNITS_NEUTRON_U 1.00866491595

#define UNITS_TIME_S  1.0180505710759415e-14 /* A*sqrt(u/eV): 1e-10 * sqrt(UNITS_U_KG/UNITS_EV_J) */
#define UNITS_TIME_PS (UNITS_TIME_S * 1e12)
#define UNITS_TIME_FS (UNITS_TIME_S * 1e15)

#define UNITS_KB             (UNITS_KB_J_K / UNITS_EV_J) /* eV/K = 8.617333262e-5 */
#define UNITS_COULOMB        14.39964547842567           /* e^2/(4 pi eps0) in eV A */
#define UNITS_HBAR_MEV_PS    0.6582119569                /* hbar in meV ps */
#define UNITS_KB_MEV         (1e3 * UNITS_KB)            /* meV/K */
#define UNITS_GPA            160.2176634                 /* 1 eV/A^3 in GPa, exact */
#define UNITS_BAR            1602176.634                 /* 1 eV/A^3 in bar */
#define UNITS_KJ_MOL         96.48533212331002           /* 1 eV in kJ/mol */
#define UNITS_NEUTRON_MEV_A2 81.80421036                 /* E = 81.8042 meV A^2 / lambda^2 */
#define UNITS_NEUTRON_MEV_K2 2.072124855                 /* E = hbar^2 k^2/2m: meV A^2 */
#define UNITS_S_CM           16.02176634                 /* 1 e^2/(eV A ps) in S/cm, exact */
#define UNITS_G_CM3          1.66053906660               /* 1 u/A^3 in g/cm^3 */
#define UNITS_BOHR           0.529177210903              /* 1 bohr in A */
#define UNITS_HARTREE        27.211386245988             /* 1 hartree in eV */

/* A quantity as text, "0.5 fs" or "15.7575 angstrom", in the given unit ("ps", "angstrom", ...).
 * A bare number is an error unless `unit` is "1". Collective: no; Local. Uses UDUNITS-2, which also knows
 * A as ampere: length is written "angstrom" or "nm" (or "A" where `unit` is a length).
 * Returns ERR_INPUT with a message that says what is wrong and gives an example. */
Err units_parse(const char *text, const char *unit, double *value) MUST_USE;

/* Is this a unit at all? For units that stand in files. Local. */
bool units_known(const char *unit);

/* Factor by which a value in `from` is multiplied to be in `to`. ERR_INPUT if dimensions differ; `to` must be a
 * unit. Local. */
Err units_factor(const char *from, const char *to, double *factor) MUST_USE;

#endif
