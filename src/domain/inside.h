/* inside.h -- what the three rooms of domain/ share: the insides of Domain and the memory of Atoms.
 */
#ifndef DOMAIN_INSIDE_H
#define DOMAIN_INSIDE_H

#include "domain/domain.h"

/* What two ranks exchange every step: own atoms `send` go to `rank`; of its atoms that come in (ghosts often are
 * several copies of one) the ghosts first..first+nghost-1 here are made, ghost g from atom from[g] of the message, moved
 * by step[g] (an index into Domain.step). `rank` may be this rank: then there is no message, from[g] is an own atom. */
typedef struct Leg {
    int rank;
    int32_t nsend, *send;
    int32_t first, nghost, *from;
    int16_t *step;
    int32_t nrecv;
    double (*out)[3], (*in)[3];             /* [nsend], [nrecv] positions */
    double (*out_force)[3], (*in_force)[3]; /* [nrecv], [nsend] */
} Leg;

struct Domain {
    const Comm *comm;
    Cell cell;
    double reach;
    int grid[3], place[3]; /* bricks per direction; this rank's brick */
    int64_t natoms, nions;
    int nleg, leg_capacity;
    Leg *leg;
    int nstep, step_capacity;
    int8_t (*step)[3]; /* lattice steps that occur among the ghosts, */
    double (*move)[3]; /* and how far they are [A] */
    CommBatch *forward, *reverse;
};

/* Room for n atoms or ions; what is there stays. Local. */
void atoms_reserve(Atoms *a, int32_t n);
void atoms_reserve_ions(Atoms *a, int32_t n);

/* Rank of a brick; steps beyond the grid go round. Local. */
int domain_rank_of(const Domain *d, const int place[3]);

/* Rank whose brick holds a point with fractional coordinates in [0,1). Local. */
int domain_owner(const Domain *d, const double s[3]);

/* Ghosts and messages for the present owned atoms. Collective. */
void halo_build(Domain *d, Atoms *a);
void halo_clear(Domain *d);

#endif
