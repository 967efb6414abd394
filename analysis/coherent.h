/* coherent.h -- coherent intermediate scattering function I(Q,t): how density waves of the sample live and die.
 *
 *   rho_a(Q,t) = sum_{i of species a} exp(i Q.r_i(t))
 *   F_ab(Q,t)  = (1/N) Re < rho_a(Q,s+t) rho_b*(Q,s) >,  symmetrised in a, b (equilibrium looks alike backwards),
 *   I(Q,t)     = sum_ab Re(b_a b_b*) F_ab(Q,t) / <b^2>,  <b^2> = sum_a c_a |b_a|^2,
 * over all origins s by Fourier transform (wiener.h). At t = 0, F_ab = c_a delta_ab + c_a c_b (S_ab - 1), with S_ab
 * the partial structure factors of T. E. Faber, J. M. Ziman, Philos. Mag. 11, 153 (1965), doi
 * 10.1080/14786436508211931; I(Q,0) goes to 1 at large Q, and <b^2> I is in barn per steradian and atom. b are those of
 * the isotopes (species.h). X-rays: neutral form factors in place of b, <f^2> in place of <b^2>, at the Q of the bin.
 *
 * Q are those that the box allows (wavevectors.h). In a moving box Q keeps its whole numbers, Q = 2 pi h(t)^-1 m, so
 * waves breathe with the box; `Q` is the mean length over the run. Bins whose vectors do not see all directions alike
 * (long cells, few vectors) are no powder average: `anisotropy` tells, and there is a warning beyond 0.05.
 * Mean density is not subtracted: the Bragg part of a crystal stays in F_ab as its plateau.
 *
 * Standard errors are from blocks of the run (jackknife, wiener.h): the scatter in time of this sample, not that
 * between samples; a frozen structure has none. `self: true` adds the self part on the same Q, made atom by atom (two
 * transforms an atom and vector), and with it the distinct part.
 * Cost, 2112 atoms x 2000 frames: 1.5 CPU s for 100 vectors, 8.5 s for 600; tests/bench/coherent.c, coherent_dynasor.py.
 * Memory: 16 bytes x vectors x species x frames over all ranks together; with `self` 12 x atoms x frames more. Work is
 * shared by vector; sums over vectors are exact: the same bytes for any rank count.
 *
 * Layout (N bins, T lags, G blocks, S species, P pairs a <= b, K vectors):
 *   species [S] text; pairs [P] text "B-H"; concentration [S]; b_coh [S][2] fm (Re, Im); b2_mean barn
 *   t [T] ps; Q [N] 1/A; vectors [N] number; anisotropy [N]; hkl [K][3]; bin [K]; blocks
 *   F, F_error [P][N][T]; S_ab, S_ab_error [P][N]
 *   I_Q_t, I_Q_t_error [N][T]; I_blocks [G][N][T] (pseudo-values); block_weight [G]; S_neutron, S_neutron_error [N]
 *   I_xray, I_xray_error [N][T]; f2_mean [N] electron^2
 *   with `self`: F_self [S][N][T]; F_distinct [P][N][T]; I_incoherent [N][T] (sigma_inc as weights, 1 at t = 0)
 *   with `spectrum`: sqw/ as sqw.h, of I_Q_t; `warning` text where there is something to say
 * I_Q_t, t, Q, I_blocks and block_weight are named and shaped as those of isf.h, so sqw_write takes either group.
 */
#ifndef ANALYSIS_COHERENT_H
#define ANALYSIS_COHERENT_H

#include "analysis/lags.h"
#include "analysis/observable.h"

typedef struct CoherentOptions {
    double q_min, q_max, q_step; /* [1/A] */
    int64_t per_bin;             /* vectors; 0: all */
    ConfigTexts hkl;             /* replaces the bins if given */
    LagOptions lags;             /* stride is not used */
    int64_t blocks;
    bool self;
    const ConfigNode *spectrum; /* SqwOptions */
} CoherentOptions;

extern const ObservableKind coherent_observable;

#endif
