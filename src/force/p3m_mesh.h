/* p3m_mesh.h -- charges to mesh and mesh to forces, for one rank's slab. Part of p3m.
 *
 * A charge at u (in mesh steps) touches the points i - j, j = 0..order-1, i = floor(u), per axis,
 * with the weight M(u - i + j): the cardinal B-spline M of that order.
 */
#ifndef FORCE_P3M_MESH_H
#define FORCE_P3M_MESH_H

typedef struct P3mCharge {
    double u[3]; /* position in mesh steps, 0 <= u < mesh */
    double q;    /* e */
} P3mCharge;

typedef struct P3mSlab {
    int mesh[3];
    int first, count; /* planes of this rank */
    int stride;       /* of z rows */
    double *value;    /* [count][mesh[1]][stride] */
} P3mSlab;

/* Add n charges to the slab's mesh; planes of other ranks are left out. order 4..7. Local. */
void p3m_mesh_spread(const P3mSlab *slab, int order, int n, const P3mCharge charge[]);

/* gradient[i] = q sum over the slab's points of the value times the gradient of the weight, per
 * mesh step. Local. */
void p3m_mesh_gather(const P3mSlab *slab, int order, int n, const P3mCharge charge[],
                     double (*gradient)[3]);

#endif
