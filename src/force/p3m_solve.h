/* p3m_solve.h -- charges to potentials, wave by wave. Part of p3m. */
#ifndef FORCE_P3M_SOLVE_H
#define FORCE_P3M_SOLVE_H

/* For `rows` rows of nz waves each, one after another: multiply by g. If sum is not NULL, with e = weight[z]
 * g |wave|^2, write sum e, then sum e strain_t for t = 0..5.
 *   weight  [nz] 2 where the wave of the other sign is not stored, else 1
 *   g       [rows][nz]
 *   strain  [rows][6][nz], only for sums
 *   wave    [rows][nz] (re, im)
 * The order of additions depends on rows and nz only. Local. */
void p3m_solve(int rows, int nz, const double weight[], const double *g, const double *strain,
               double *wave, double sum[7]);

#endif
