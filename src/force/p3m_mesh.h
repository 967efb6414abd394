/* p3m_mesh.h -- charges to mesh and mesh to forces, for one rank's brick. Part of p3m.
 *
 * A charge at u (in mesh steps) touches the points i - j, j = 0..order-1, i = floor(u), per axis,
 * with the weight M(u - i + j): the cardinal B-spline M of that order.
 *
 * Weights are worked out for 16 charges side by side. The points of one z row are one or two vectors
 * of four, with weights of zero where the order is less than eight: rows have P3M_MESH_PAD more
 * places at their end, so that no vector wraps; p3m_mesh_fold adds these to the beginning after
 * spreading, p3m_mesh_unfold copies the beginning there before gathering. One source, compiled for
 * three levels of x86-64, and each loop once for each order.
 *
 * `exact` bricks round what is added to fixed grids (base/exact.h), so that sums do not depend on
 * their order nor on which rank they are made on:
 *
 *   mesh    2^-46 e. Exact while |q| < 32 e and the sum of |q| w at one point stays below 128 e: that
 *           sum is about the charge in one mesh cell, which in condensed matter is below 10 e even
 *           for cells of 5 A.
 *   forces  2^-44 eV per mesh step, of what one charge gets from one plane. Exact while each part is
 *           below 128 eV per step and their sum below 512: parts are about q times the smooth
 *           potential, some 20 eV for an ion of 2 e.
 *
 * The grids are 1.4e-14 e and 5.7e-14 eV, so that forces move by less than 5e-12 eV/A. Atoms on top of
 * each other could reach the limits: that state loses the reproducibility and nothing else.
 */
#ifndef FORCE_P3M_MESH_H
#define FORCE_P3M_MESH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { P3M_MESH_PAD = 7 };

typedef struct P3mCharge {
    double u[3]; /* position in mesh steps, 0 <= u < mesh */
    double q;    /* e */
} P3mCharge;

typedef struct P3mBrick {
    int mesh[3];
    int first[2], count[2]; /* this rank's planes x and rows y; z is whole */
    ptrdiff_t plane, row;   /* steps of x and y in `value`; row >= mesh[2] + P3M_MESH_PAD */
    double *value;
    bool exact;
} P3mBrick;

/* Positions [A] to mesh steps; inv as in Cell. An atom that is nowhere (not finite) becomes a charge
 * of zero at the origin, so that this rank can go on to the point where all ranks learn of it.
 * Returns the number of these. Local. */
int32_t p3m_mesh_place(const int mesh[3], const double inv[3][3], int32_t n, const double (*x)[3],
                       const double q[], P3mCharge charge[]);

/* All zero. Local. */
void p3m_mesh_clear(const P3mBrick *brick);

/* Add n charges; points of other ranks are left out. order 4..7. Local. */
void p3m_mesh_spread(const P3mBrick *brick, int order, size_t n, const P3mCharge charge[]);

void p3m_mesh_fold(const P3mBrick *brick);   /* after spreading. Local. */
void p3m_mesh_unfold(const P3mBrick *brick); /* before gathering. Local. */

/* gradient[i] = scale q sum over the brick's points of the value times the gradient of the weight, per
 * mesh step. Local. */
void p3m_mesh_gather(const P3mBrick *brick, int order, double scale, size_t n,
                     const P3mCharge charge[], double (*gradient)[3]);

#endif
