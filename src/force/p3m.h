/* p3m.h -- the reciprocal sum of point charges on a mesh (P3M), forces by analytic gradient.
 *
 * Charges are spread on a mesh by B-splines, one forward transform gives their waves, the optimal
 * influence function weighs them (p3m_influence.h), one backward transform gives the potential on
 * the mesh, and the gradient of the same splines gives the forces:
 *
 *   E = k_e/(2V) sum_{n != 0} G(n) |rho(n)|^2,   f_i = -dE/dr_i,   virial = -dE/d strain, all exact
 *
 * Exact means: of this energy, so that it is conserved. Advantage over differentiation in k space:
 * two transforms instead of four. Price: a finer mesh or higher order, and momentum is kept only to
 * the mesh error: the caller removes the net force if it wants to.
 *
 * R. W. Hockney, J. W. Eastwood, Computer Simulation Using Particles (Hilger 1988); U. Essmann et
 * al., J. Chem. Phys. 103, 8577 (1995), doi 10.1063/1.470117 (splines); V. Ballenegger, J. J.
 * Cerda, C. Holm, J. Chem. Theory Comput. 8, 936 (2012), doi 10.1021/ct2001792 (influence function
 * and errors).
 *
 * The mesh is cut in slabs (par/fft.h). A charge goes to every rank that owns one of its `order`
 * planes, so no mesh points are exchanged beside the transforms. Any rank count, also more ranks
 * than planes.
 */
#ifndef FORCE_P3M_H
#define FORCE_P3M_H

#include "model/cell.h"
#include "par/comm.h"

#include <stdint.h>

typedef struct P3m P3m;

enum { P3M_ORDER_MIN = 4, P3M_ORDER_MAX = 7 };

/* Make a mesh.
 *   comm   kept until p3m_free
 *   beta   [1/A] width of the screening charges, > 0
 *   mesh   points along each lattice vector, 2..4096
 *   order  mesh points per axis that a charge is spread on, 4..7
 * ERR_INPUT (on all ranks) if one of them is out of range. Collective. */
Err p3m_new(const Comm *comm, const Cell *cell, double beta, const int mesh[3], int order,
            P3m **out) MUST_USE;
void p3m_free(P3m *p); /* Collective */

/* Reciprocal energy, forces, virial.
 *   cell    may differ from that of p3m_new: the influence function follows it exactly
 *   x, q    [nlocal] A (need not lie in the box), e: this rank's atoms
 *   f       [nlocal] eV/A: the forces are ADDED
 *   energy  eV, sum over all ranks, without the self energy
 *   virial  eV, sum r_a f_b = -dE/d strain_ab, over all ranks
 * ERR_NUMERICAL (on all ranks) if an atom has no finite position or charge. Collective. */
Err p3m_compute(P3m *p, const Cell *cell, int32_t nlocal, const double (*x)[3], const double q[],
                double (*f)[3], double *energy, double virial[3][3]) MUST_USE;

#endif
