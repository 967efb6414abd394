/* p3m_route.h -- charges to the ranks that hold their mesh points, gradients back. Part of p3m.
 *
 * A charge goes to every rank that owns one of its order x order rows, so no mesh points are exchanged
 * beside the transforms. 32 bytes go out and 24 come back for each charge and rank.
 */
#ifndef FORCE_P3M_ROUTE_H
#define FORCE_P3M_ROUTE_H

#include "force/p3m_mesh.h"
#include "par/comm.h"

typedef struct P3mRoute P3mRoute;

/* How the mesh is cut: member k = r columns + c, which is rank member[k] of comm, has the planes x[r] .. x[r+1] - 1
 * and of them the rows y[c] .. y[c+1] - 1. comm is kept until p3m_route_free. Local. */
P3mRoute *p3m_route_new(const Comm *comm, const int mesh[3], int order, int rows, int columns,
                        const int x[], const int y[], const int member[]);
void p3m_route_free(P3mRoute *r); /* Local */

/* Send n charges to whom they concern; returns how many come in. Collective. */
size_t p3m_route_send(P3mRoute *r, int32_t n, const P3mCharge charge[]);

/* The charges that came in: *own of them, from *first_own on, are from this rank and there at once, the
 * others after p3m_route_wait. Local; Collective. */
const P3mCharge *p3m_route_inbox(const P3mRoute *r, size_t *first_own, size_t *own);
void p3m_route_wait(P3mRoute *r);

/* Room for the gradients of the charges that came in (Local), their return (Collective; they travel meanwhile), and their
 * arrival: `gradient` [n] of p3m_route_send gets the sum over ranks, in rank order (Collective). */
double (*p3m_route_room(P3mRoute *r))[3];
void p3m_route_return(P3mRoute *r);
void p3m_route_sum(P3mRoute *r, int32_t n, double (*gradient)[3]);

/* Messages and bytes sent to other ranks so far. Local. */
void p3m_route_traffic(const P3mRoute *r, int64_t *messages, int64_t *bytes);

#endif
