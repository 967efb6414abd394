/* xray_compton.h -- inelastic (Compton) scattering of atoms, and what a container of fused silica scatters.
 *
 * Incoherent scattering functions S(x), x = sin(theta)/lambda = Q/4 pi, of H, B, Mg, O, Si:
 * J. H. Hubbell et al., J. Phys. Chem. Ref. Data 4, 471 (1975), doi 10.1063/1.555523 (three digits, 0 to 7 1/A). For H, with
 * one electron, S = 1 - f^2; the table obeys that. Between points a cubic with monotone slopes (F. N. Fritsch, R. E.
 * Carlson, SIAM
 * J. Numer. Anal. 17, 238 (1980), doi 10.1137/0717021). Free atoms: binding in BH4- is left out.
 * All functions are Local and pure.
 */
#ifndef ANALYSIS_XRAY_COMPTON_H
#define ANALYSIS_XRAY_COMPTON_H

#include <stdbool.h>

/* S(Q) [electron units] of an element; false if it has none here. */
bool xray_compton_s(const char *element, double q, double *s);

/* What is left of the Compton line at Q: the Breit-Dirac factor (E'/E)^2 of a detector that counts photons, E'/E = 1/(1
 * + (E/mc^2)
 * (1 - cos 2 theta)) (B. E. Warren, X-ray Diffraction, 1969, ch. 1). wavelength [A] */
double xray_compton_recoil(double q, double wavelength);

/* Fused silica per SiO2, electron units: independent atoms and their Compton scattering, with the first sharp peak of the
 * glass at 1.52 1/A (FWHM 0.45 1/A, twice the level around it), and no small-angle scattering:
 *   B(Q) = (f_Si^2 + 2 f_O^2) (1 - exp(-(Q/0.9)^2)) [1 + 2 exp(-(Q - 1.52)^2/(2 0.19^2))] + (S_Si + 2 S_O) recoil
 * Position and width of the peak: R. L. Mozzi, B. E. Warren, J. Appl. Cryst. 2, 164 (1969), doi
 * 10.1107/S0021889869006868; the
 * rest is an assumption of shape that an own file may replace. */
double xray_compton_silica(double q, double wavelength);

#endif
