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
 * A step has four parts, so that messages travel while the caller works on something else: p3m_begin spreads the
 * charges and sends off their half-made transform, p3m_transform solves and sends off half of the transform back,
 * p3m_gather sends off the forces, p3m_finish adds them. In between nothing of the P3m may be used. On one rank there are no messages and no
 * copies.
 *
 * Messages of one step, R x C ranks with the mesh (m = R C members, N points, N' = n0 n1 (n2/2 + 1)), this
 * rank being one of them and holding a charges:
 *
 *   lengths   one all-to-all of 4 bytes
 *   charges   to each rank whose rows they touch: at least 32 bytes x a, times the mean number of ranks a
 *             charge touches, 1 + (order - 1) R/n0 for slabs of more than `order` planes and
 *             (1 + (order - 1) R/n0)(1 + (order - 1) C/n1) for pencils; those to itself not sent
 *   forces    the same messages back, 24 bytes a charge
 *   slabs     2 (m - 1) messages, 2 x 16 N'/m (1 - 1/m) bytes
 *   pencils   2 (R - 1 + C - 1) messages, 2 x 16 N'/m [(1 - 1/R) + (1 - 1/C)] bytes
 *
 * p3m_times counts them. Who works on the mesh is chosen by p3m_cost_ranks (p3m_cost.h).
 *
 * `reproducible`: forces, energy and virial have the same bits on every rank count (with one build on CPUs of
 * one kind). What is added in an order that ranks decide is rounded to fixed grids before (p3m_mesh.h), the
 * transforms are done by plans that know the mesh only (par/fft.h), and energy and virial are Exact sums over
 * columns of the transform, each of which is whole on one rank.
 */
#ifndef FORCE_P3M_H
#define FORCE_P3M_H

#include "base/exact.h"
#include "model/cell.h"
#include "par/comm.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct P3m P3m;

enum { P3M_ORDER_MIN = 4, P3M_ORDER_MAX = 7 };

typedef struct P3mOptions {
    int order;         /* mesh points per axis that a charge is spread on, 4..7 */
    bool reproducible; /* the same bits on every rank count; plans are then never measured */
    bool measure;      /* FFTW may time its plans: faster, and other bits without its wisdom */
    int mesh_ranks;    /* that share the mesh; 0: chosen. More than there are ranks: all */
    int columns;       /* of their grid, must divide them; 1: slabs; 0: chosen */
} P3mOptions;

/* This rank's part of sums over all ranks, eV and a number */
typedef struct P3mSums {
    Exact energy;       /* without the self energy */
    Exact virial[3][3]; /* sum r_a f_b = -dE/d strain_ab */
    Exact lost;         /* atoms with no finite position or charge; they count as no charge */
} P3mSums;

/* CPU seconds of each phase since p3m_new, summed over steps; what was sent to other ranks. */
typedef struct P3mTimes {
    int64_t steps;
    double place;  /* positions to mesh, choice of destination */
    double comm;   /* waiting for charges and forces of others */
    double spread; /* with clearing and folding of the mesh */
    double fft;    /* both transforms and their messages */
    double influence, solve;
    double gather;
    int64_t messages, bytes;
} P3mTimes;

/* Make a mesh.
 *   comm   kept until p3m_free
 *   beta   [1/A] width of the screening charges, > 0
 *   mesh   points along each lattice vector, 2..4096
 * ERR_INPUT (on all ranks) if one of them, or of the options, is out of range. Collective. */
Err p3m_new(const Comm *comm, const Cell *cell, double beta, const int mesh[3], const P3mOptions *o,
            P3m **out) MUST_USE;
void p3m_free(P3m *p); /* Collective */

/* Charges to mesh, first half of their transform.
 *   cell    may differ from that of p3m_new: the influence function follows it exactly
 *   x, q    [nlocal] A (need not lie in the box), e: this rank's atoms; not kept
 * Collective. */
void p3m_begin(P3m *p, const Cell *cell, int32_t nlocal, const double (*x)[3], const double q[]);

/* Solve; first half of the transform back.
 *   wanted  energy and virial; else they are 0, which saves most of solving
 *   sums    to be summed by the caller, with comm_sum_exact
 * Collective. */
void p3m_transform(P3m *p, bool wanted, P3mSums *sums);

/* The rest of the transform back; forces on charges. Collective. */
void p3m_gather(P3m *p);

/* Forces on the atoms of the last p3m_begin are ADDED to f [nlocal, eV/A]. Collective. */
void p3m_finish(P3m *p, double (*f)[3]);

/* All four, and the sums over all ranks.
 * ERR_NUMERICAL (on all ranks) if an atom has no finite position or charge. Collective. */
Err p3m_compute(P3m *p, const Cell *cell, int32_t nlocal, const double (*x)[3], const double q[],
                double (*f)[3], double *energy, double virial[3][3]) MUST_USE;

/* How many ranks share the mesh, in how many columns. Local. */
void p3m_layout(const P3m *p, int *members, int *columns);

void p3m_times(const P3m *p, P3mTimes *times); /* Local */

#endif
