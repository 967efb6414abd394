/* isf.h -- incoherent intermediate scattering function I(Q,t) of one species, usually H.
 *
 * I(Q,t) = < j0(Q |r_i(s+t) - r_i(s)|) > over atoms i and origins s: the powder average over grains is exact, no
 * Q-vectors are drawn and no Gaussian approximation is made. From histograms of distances, one per lag, made while frames
 * go by (displacements.h: bias, memory, why results are the same bytes for any number of ranks).
 * All atoms of the species count alike, normalised to I(Q,0) = 1. For Mg(BH4)2 with natural H 99 % of the incoherent
 * scattering is from H (per formula unit 8 x 80.26 barn, all else below 4 barn).
 *
 * Standard errors come from groups of ions, each with its own I(Q,t) over the whole run. They hold the scatter in
 * time and that between environments, and assume that ions of different groups move independently.
 *
 * Layout of the result (T lags, N Q-values, G groups, B bins):
 *   t [T] ps; Q [N] 1/A; I_Q_t, I_Q_t_error [N][T]; I_blocks [G][N][T]; block_weight [G] (atoms)
 *   histogram [T][B]; bin_width A; origins [T]; pairs [T]; overflow [T] (pairs beyond rmax, counted as j0 = 0)
 *   eisf_plateau, eisf_plateau_error [N]; eisf_blocks [G][N]; plateau_window [2] ps
 *   eisf_time_average, eisf_time_average_error, eisf_time_average_bias, eisf_time_average_corrected [N]
 */
#ifndef ANALYSIS_ISF_H
#define ANALYSIS_ISF_H

#include "analysis/observable.h"

typedef struct IsfOptions {
    char *species;
    ConfigList q; /* [1/A] if given, else q_min .. q_max in steps */
    double q_min, q_max, q_step;
    double tmax;          /* [ps] longest lag, cut at the length of the run */
    int64_t linear;       /* lags 0..linear frames one by one, */
    int64_t per_octave;   /* then so many per doubling */
    int64_t stride;       /* every stride-th frame is an origin */
    double bin;           /* [A] */
    double rmax;          /* [A] */
    int64_t groups;       /* of ions, for standard errors */
    double plateau_start; /* [ps] window of the EISF; 0: half of the longest lag */
    double plateau_end;   /* [ps] 0: the longest lag */
} IsfOptions;

extern const ObservableKind isf_observable;

/* I(Q,t) from a histogram: sum_b h[b] j0(q (b + 1/2) width) / pairs. Local, pure. */
double isf_transform(double q, double width, size_t bins, const int64_t h[], int64_t pairs);

/* Mean of a function on increasing times over [from, to], by its piecewise linear interpolation. Local, pure. */
double isf_window_mean(size_t n, const double t[], const double f[], double from, double to);

/* Q values of the options; free(). Local. */
double *isf_q_values(const ConfigList *list, double low, double high, double step, size_t *n);

#endif
