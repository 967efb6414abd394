/* vdos.h -- vibrational density of states: at which energies the atoms move.
 *
 *   g_a(E) = (2/(pi hbar)) int_0^inf <v_i(0).v_i(t)>/<v_i^2> R(t) cos(Et/hbar) dt,  i in species a,
 * so int g_a dE = 1 over E > 0, for the 3 N_a modes of that species: 3 N_a g_a dE modes lie in dE (classical: each mode holds
 * kT; J. M. Dickey, A. Paskin, Phys. Rev. 188, 1407 (1969), doi 10.1103/PhysRev.188.1407). R(t) is a Gaussian window:
 * lines have the given FWHM (spectrum.h). Diffusion shows as g(0) > 0. Rows:
 *   each species; `total`: weighted with mass, which is the spectrum of kinetic energy; `neutron`: sum of
 *   N_a (sigma_a/m_a) g_a, sigma = coherent + incoherent, what an inelastic spectrometer sees of one phonon in the incoherent
 *   approximation, Debye-Waller factors left out (H. Schober, J. Neutron Res. 17, 109 (2014), doi 10.3233/JNR-140016);
 *   `BH4 translation`: centres of mass; `BH4 libration`: angular velocity I^-1 L of the ion about its centre, laboratory
 *   axes. All have area 1.
 * Velocities are those of the frames, or differences of positions (good to `band_limit`, spectrum.h). Motion above the
 * Nyquist energy is folded back: B-H stretches (300 meV) want frames every 6 fs or less.
 * Standard errors from groups of ions; low modes are collective, so there they are lower bounds. Power spectra are
 * summed exactly: the same bytes for any rank count. Memory: 12 bytes x atoms x frames, and 12 x BH4 x frames.
 *
 * Layout (R rows, M energies, S species): rows [R] text; E [M] meV; dos, dos_error [R][M] 1/meV; area [R]: integral of what
 *   is written; kinetic_temperature [S] K: m <v^2>/3k; nyquist, band_limit, fwhm meV; resolution_at_tmax; velocities text
 *   ("frames" or "differences")
 */
#ifndef ANALYSIS_VDOS_H
#define ANALYSIS_VDOS_H

#include "analysis/observable.h"

typedef struct VdosOptions {
    double fwhm, e_step, e_max; /* [meV] */
    int velocities;             /* spectrum.h */
    int64_t groups;
} VdosOptions;

extern const ObservableKind vdos_observable;

#endif
