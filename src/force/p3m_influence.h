/* p3m_influence.h -- how much each wave of the charge mesh counts: the optimal influence function.
 *
 * A mesh cannot tell the wave n from its aliases n_m = n + m M. With U the transform of the
 * assignment function (sinc^order per axis), the force error averaged over all positions of two
 * charges is least for
 *
 *   G(n) = N / (D K),  N = sum_m phi(k_m) k_m^2 U_m^2,  D = sum_m U_m^2,  K = sum_m k_m^2 U_m^2,
 *   phi(k) = 4 pi/k^2 exp(-k^2/4 beta^2)
 *
 * when forces are the analytic gradient of the mesh energy. R. W. Hockney, J. W. Eastwood, Computer
 * Simulation Using Particles (Hilger 1988) ch. 8; V. Ballenegger, J. J. Cerda, C. Holm, J. Chem.
 * Theory Comput. 8, 936 (2012), doi 10.1021/ct2001792; H. A. Stern, K. G. Calkins, J. Chem. Phys.
 * 128, 214106 (2008), doi 10.1063/1.2932253.
 *
 * D and K are sums of products of one-dimensional tables that know only the mesh; of N few terms
 * matter. So the function is made anew, exactly, whenever the cell changes.
 */
#ifndef FORCE_P3M_INFLUENCE_H
#define FORCE_P3M_INFLUENCE_H

#include "model/cell.h"
#include "par/fft.h"

#include <stdbool.h>

typedef struct P3mInfluence P3mInfluence;

/* For these waves of the transform of mesh[0] x mesh[1] x mesh[2] points. Values are there after
 * p3m_influence_update. Local. */
P3mInfluence *p3m_influence_new(const int mesh[3], int order, double beta, const FftBlock *block);
void p3m_influence_free(P3mInfluence *p);

/* Work out G for this cell, and its strain derivatives if they are wanted; nothing is done if they are
 * there from the last call. Local. */
void p3m_influence_update(P3mInfluence *p, const Cell *cell, bool strain);

/* G [A^2], in the order of the block. Local. */
const double *p3m_influence_values(const P3mInfluence *p);

/* d ln G / d strain_ab = 4 pi^2 sum_ij inv_ai inv_bj T_ij; T as 00, 11, 22, 01, 02, 12: for each z row of
 * the block its T00, then its T11, and so on. Local. */
const double *p3m_influence_strain(const P3mInfluence *p);

/* Mean squares of mesh errors, of unit charges and without k_e:
 *
 *   pair  [1/A] of the force between two charges at random places, times the volume: Q of Hockney
 *         and Eastwood, so that dF^2 = (sum q^2)^2 Q/(natoms V);
 *         Q = 1/V sum_n [ sum_m phi_m^2 k_m^2 - N^2/(D K) ]
 *   self  [1/A^4] of the force of a charge on itself at a random place, first harmonics of the mesh
 *         only; V. Ballenegger, J. J. Cerda, C. Holm, Comput. Phys. Commun. 182, 1919 (2011),
 *         doi 10.1016/j.cpc.2011.01.026
 *
 * Both depend on the mesh spacing, not on the size of the cell, so they are worked out for a small
 * cell with the directions of `cell` and these spacings [A] along its three vectors. Local. */
void p3m_influence_error(const Cell *cell, const double spacing[3], int order, double beta,
                         double *pair, double *self);

#endif
