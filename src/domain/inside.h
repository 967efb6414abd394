/* inside.h -- what the three rooms of domain/ share: the insides of Domain and the memory of Atoms.
 */
#ifndef DOMAIN_INSIDE_H
#define DOMAIN_INSIDE_H

#include "domain/domain.h"

/* One message of the halo: atoms `send` go to rank dst, moved by `shift` lattice vectors along
 * `dim`; ghosts first..first+nrecv-1 come from rank src. A later leg may forward ghosts that an
 * earlier one brought. */
typedef struct Leg {
    int dim, dst, src, shift;
    int32_t nsend, *send;
    int32_t first, nrecv;
} Leg;

struct Domain {
    const Comm *comm;
    Cell cell;
    double reach;
    int grid[3], place[3]; /* bricks per direction; this rank's brick */
    int64_t natoms, nions;
    int nleg, leg_capacity;
    Leg *leg;
    double (*buffer)[3]; /* [2][buffer_rows][3] positions or forces on their way */
    int32_t buffer_rows;
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
