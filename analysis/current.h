/* current.h -- charge displacement and charge current of the ions: conductivity (Einstein, Green-Kubo), what
 * independent ions would conduct (Nernst-Einstein), and the Haven ratio.
 *
 * Ions are points at their centres of mass with net charges: Mg +2, BH4 -1, or what the options say. So molecular
 * dipoles do not enter: they carry no direct current. M(t) = sum_i q_i r_i(t). Convention of the frame: positions are
 * taken relative to the centre of mass of the whole sample (the frame of zero total momentum; for a neutral sample M does
 * not depend on it, the self displacements do by a part 1/N), and in the cell of the first frame, r h(t)^-1 h(0), so that
 * the breathing of a barostat's cell, which is no transport, does not enter. V is the mean volume.
 *
 * <|dM|^2>(t) is the mean over all origins of the run. There is only one M, so standard errors come from `blocks` equal
 * parts of the run times the three axes (the sample is taken as isotropic; if it is not, the error is too large rather
 * than too small), each part with origin and end inside it; the longest lag must fit into a block. The slope is that
 * of the least-squares line over `window`. Ions that only vibrate give a plateau and slope 0: then `conductivity_bound`
 * and `diffusion_bound`, |slope| + 2 standard errors, is what the run can say: an UPPER BOUND, not a measurement.
 * Measured on 400 random walks at the default lags: deviations from truth have a standard deviation of 1.2
 * standard errors (there are only 12 samples), and the bound holds in 94 % of them.
 * Haven ratio = D* / D_sigma = conductivity_nernst_einstein / conductivity, with all ions of both kinds in the
 * Nernst-Einstein sum; NaN while the conductivity is below two of its standard errors. Its inverse, `correlation`, is
 * defined whenever ions move.
 * Green-Kubo only if frames have velocities, and only as good as their spacing: motion faster than half a period per
 * frame is folded into the integral.
 * Sums over ranks are made in fixed-point numbers: the same bytes for any rank count.
 *
 * Layout (T lags, F frames, L = 0 .. longest lag; classes: "Mg", "BH4"):
 *   classes [2] text; ions [2]; charge [2] e; temperature K; volume A^3; blocks; window [2] ps
 *   t [T] ps; msd_self, msd_self_error [2][T] A^2
 *   msd_charge, msd_charge_error [T] e^2 A^2: <|dM|^2>; msd_independent (+_error) [T]: sum_i q_i^2 <|dr_i|^2>
 *   diffusion, diffusion_error, diffusion_bound [2] A^2/ps
 *   conductivity, conductivity_nernst_einstein (+ _error, _bound) S/cm
 *   haven_ratio, correlation (+ _error) 1
 *   frame_time [F] ps; displacement [F][3] e A: M(t) - M(0)
 *   with velocities: temperature_ions K; green_kubo/{t [L] ps; correlation, correlation_error [L] (e A/ps)^2;
 *     running, running_error [L] S/cm: the integral up to t; conductivity, conductivity_error S/cm: mean of the second half of `running`}
 */
#ifndef ANALYSIS_CURRENT_H
#define ANALYSIS_CURRENT_H

#include "analysis/lags.h"
#include "analysis/observable.h"

typedef struct CurrentOptions {
    double temperature;           /* [K] */
    double charge_mg, charge_bh4; /* [e] */
    LagOptions lags;
    int64_t blocks; /* of the run, for standard errors */
    double window_start,
        window_end; /* [ps] for the slope; 0: half of the longest lag, the longest lag */
} CurrentOptions;

extern const ObservableKind current_observable;

#endif
