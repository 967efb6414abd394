/* current.h -- charge displacement and charge current of the ions: conductivity (Einstein, Green-Kubo), what
 * independent ions would conduct (Nernst-Einstein), and the Haven ratio.
 *
 * Ions are points at their centres of mass with net charges: Mg +2, BH4 -1, or what the options say. So molecular
 * dipoles do not enter: they carry no direct current. M(t) = sum_i q_i r_i(t). Convention of the frame: positions are
 * taken relative to the centre of mass of the whole sample (the frame of zero total momentum; for a neutral sample M does
 * not depend on it, the self displacements do by a part 1/N), and in the cell of the first frame, r h(t)^-1 h(0), so that
 * the breathing of a barostat's cell, which is no transport, does not enter. V is the mean volume.
 *
 * Diffusion coefficients, conductivities and the Haven ratio come from spectra of increments at low frequency (spectral.h,
 * mobility.h, conductivity.h), not from slopes. There is only one M: n independent windows of the run give a relative
 * error sqrt(2/(3n)), and `NAME_windows` is that n. Where the error is above `accuracy` or the windows are fewer than 8, the number is NaN and
 * `NAME_status` says how much longer the run should be; ions that only vibrate have no long-time limit at all. In any case `NAME_bound` is an UPPER
 * BOUND, not a measurement.
 * Haven ratio = D* / D_sigma = conductivity_nernst_einstein / conductivity, with all ions of both kinds in the
 * Nernst-Einstein sum, both fitted up to the same cutoff, so that what they have in common cancels in the error;
 * `correlation` is its inverse.
 * The curves <|dM|^2>(t) are means over all origins of the run, their errors from `blocks` equal parts of the run times
 * the three axes (the sample is taken as isotropic), each part with origin and end inside it; the longest lag must fit
 * into a block.
 * Green-Kubo only if frames have velocities, and only as good as their spacing: motion faster than half a period per
 * frame is folded into the integral. Displacements lose nothing between frames: prefer them.
 * Sums over ranks are made in fixed-point numbers: the same bytes for any rank count.
 *
 * Layout (T lags, F frames, L = 0 .. longest lag; classes: "Mg", "BH4"; (*): NAME, NAME_error, NAME_bound, NAME_windows,
 * NAME_status):
 *   classes [2] text; ions [2]; charge [2] e; temperature K; volume A^3; blocks
 *   t [T] ps; msd_self, msd_self_error [2][T] A^2
 *   msd_charge, msd_charge_error [T] e^2 A^2: <|dM|^2>; msd_independent (+_error) [T]: sum_i q_i^2 <|dr_i|^2>
 *   diffusion (*) [2] A^2/ps; conductivity, conductivity_nernst_einstein (*) S/cm; haven_ratio, correlation (*) 1
 *   conductivity_spectrum/{frequency, sigma, sigma_error, instantaneous, source}: conductivity.h
 *   frame_time [F] ps; displacement [F][3] e A: M(t) - M(0)
 *   with velocities: temperature_ions K; green_kubo/{t [L] ps; correlation, correlation_error [L] (e A/ps)^2;
 *     running, running_error [L] S/cm: the integral up to t; conductivity (*) S/cm; conductivity_spectrum/}
 */
#ifndef ANALYSIS_CURRENT_H
#define ANALYSIS_CURRENT_H

#include "analysis/lags.h"
#include "analysis/observable.h"

typedef struct CurrentOptions {
    double temperature;           /* [K] */
    double charge_mg, charge_bh4; /* [e] */
    LagOptions lags;
    int64_t blocks;  /* of the run, for standard errors of curves */
    double accuracy; /* largest relative standard error of a number that is given */
} CurrentOptions;

extern const ObservableKind current_observable;

#endif
