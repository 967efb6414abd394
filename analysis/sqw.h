/* sqw.h -- from I(Q,t) to what the spectrometer measures: S(Q,E) with its resolution, and chi''(Q,E).
 *
 *   S(Q,E) = (1/(pi hbar)) int_0^inf I(Q,t) R(t) cos(Et/hbar) dt,   R(t) = exp(-s^2 t^2/(2 hbar^2)),
 * s = FWHM/2.3548. E > 0: the neutron loses energy. The integral and what is taken for I beyond the longest lag:
 * sqw_row.h. What has not decayed by then counts as elastic. All of it is one matrix
 * on I(Q,t), so standard errors are those of the blocks passed through the same matrix.
 * The classical, even S is then given detailed balance (models.h, Balance), and
 *   chi''(Q,E) = pi S(Q,E)/(n(E) + 1), odd in E when S obeys detailed balance. The elastic line is still in it.
 */
#ifndef ANALYSIS_SQW_H
#define ANALYSIS_SQW_H

#include "analysis/models.h"
#include "analysis/sqw_row.h"
#include "store/config.h"
#include "store/h5.h"

typedef struct SqwOptions {
    double fwhm;                 /* [meV] of the Gaussian resolution */
    double e_min, e_max, e_step; /* [meV] */
    double temperature;          /* [K] for detailed balance and chi'' */
    int balance;                 /* Balance */
    int tail;                    /* SqwTail */
    double plateau_start; /* [ps] begin of the window of the plateau; 0: half of the longest lag */
} SqwOptions;

extern const ConfigField sqw_fields[];
extern const size_t sqw_nfields;

/* Matrix w [ne][nt]: S(E_k) = sum_j w[k][j] I(t_j) [1/meV], classical. ERR_INPUT if t does not start at 0 and increase,
 * or fwhm is not positive. Local, pure. */
Err sqw_matrix(size_t nt, const double t[], double fwhm, SqwTail tail, double plateau_start,
               size_t ne, const double energy[], double *w) MUST_USE;

/* Read the result of observable isf (datasets t, Q, I_blocks, block_weight) and write, for N Q-values, M energies:
 *   E [M] meV; Q [N] 1/A; S, S_error [N][M] 1/meV; chi, chi_error [N][M]; chi_sum, chi_sum_error [M]: chi'' summed over
 *   Q; S_blocks [G][N][M]; temperature, fwhm, resolution_at_tmax; text balance, tail, convention (signs). The group of
 *   observable coherent (coherent.h) has the same datasets: then S is the coherent one. Local. */
Err sqw_write(H5 *isf, const SqwOptions *o, H5 *out) MUST_USE;

#endif
