/* cluster.h -- which atoms may interact, in the shape in which a vector unit wants them.
 *
 * A group is the four H of one BH4: always whole, always four, all of one type, and compact. A single
 * is the B of a BH4 or an Mg. Every ion has one single, a BH4 also a group. All pairs of the sample
 * then are
 *
 *   row     x group    one atom (an H of a group, or a single) with the four H of another ion: one vector
 *   single  x single   7 % of the pairs
 *
 * so types and charges are constant over a vector, and no H is ever alone in it. Compared with clusters
 * of any four neighbouring atoms (S. Pall, B. Hess, Comput. Phys. Commun. 184, 2641 (2013),
 * doi 10.1016/j.cpc.2013.06.003) three of four lanes lie inside the cut-off instead of about two of five.
 *
 * Which rank computes a pair: group x group and single x single once, with the ion that the two ion ids
 * name (the same on any rank count; an ion and its own periodic copy: the copy that lies forwards); single
 * x group on the rank that owns the single. So the force on a ghost goes home with halo_reverse, and the
 * coordinates that enter a pair are the same bits on any rank count.
 *
 * Two lists. The outer one holds ions by the distance of their centres (B or Mg): the turn of a BH4 does
 * not age it, only the motion of centres does, and that is watched, so no pair is ever missed: the drift
 * that a buffer by probability would cost is zero. The inner one holds the rows x groups that have a pair
 * inside cut-off + inner_skin now; it is made from the outer one whenever an atom has moved inner_skin/2,
 * every few steps, by each rank for itself.
 *
 * Both exist twice: NEAR for partners that this rank owns or copies itself, FAR for ghosts that arrive by
 * message, so that the first can be worked on while these travel.
 */
#ifndef FORCE_CLUSTER_H
#define FORCE_CLUSTER_H

#include "domain/domain.h"

typedef enum ClusterPart { CLUSTER_NEAR = 0, CLUSTER_FAR = 1, CLUSTER_PARTS = 2 } ClusterPart;

/* Row r has the outer partners j[first[r]] .. j[first[r+1] - 1]. The inner list of row r (for groups of
 * their H number h: of sub-row 4 r + h) begins at inner[start] and has ninner entries, filled up with
 * the index of the dummy to a multiple of CLUSTER_PAD. */
typedef struct ClusterList {
    int32_t n, capacity, rows;
    int32_t *first, *j;
    int64_t inner_capacity;
    int32_t *inner, *ninner;
    int64_t *start;
} ClusterList;

enum { CLUSTER_PAD = 4 }; /* groups in the longest vector: 16 floats */

typedef struct Clusters {
    double cutoff, skin, inner_skin; /* A */
    /* own, then copies of own ions, then others'; index [ntotal] is a dummy far away */
    int32_t nsingle, nsingle_near, nsingle_total;
    int32_t ngroup, ngroup_near, ngroup_total;
    int32_t *single_atom, *group_atom; /* [..] index of the atom; of the first H */
    int32_t *group_single;             /* [ngroup_total] the B of the group */
    double *gb;                        /* [ngroup_total + 1][4] A, and its place: x, y, z, 0 */
    double *sx, *sf;                   /* [nsingle_total + 1][4] A: x, y, z, type; eV/A */
    double *gx, *gf;                   /* [ngroup_total + 1][3][4] A, eV/A */
    float *gd;                         /* [ngroup_total + 1][3][4] A, H minus B */
    ClusterList group_group[CLUSTER_PARTS];
    ClusterList single_group[CLUSTER_PARTS];
    ClusterList single_single[CLUSTER_PARTS];
    /* age */
    double (*x0)[3], inv0[3][3]; /* [nsingle] centres at build time; inverse lattice */
    double bond0;                /* A, longest |H - B| then, over all ranks */
    double *sx0[CLUSTER_PARTS], *gx0[CLUSTER_PARTS]; /* at the last pruning of that part */
    int32_t single_capacity, group_capacity;
    int64_t outer_pairs, inner_rows; /* for the report: groups listed, and rows x groups kept */
    int64_t builds, prunes;
} Clusters;

void cluster_init(Clusters *c, double cutoff, double skin, double inner_skin);
void cluster_clear(Clusters *c);

/* Make the outer lists for the present atoms and ghosts (after domain_migrate), load positions. Types
 * are those of forcefield.h. Collective (the longest bond). */
void cluster_build(Clusters *c, const Domain *d, const Atoms *a);

/* Could a pair inside the cut-off be missing from the outer list? Motion of centres is measured against
 * the lattice, a homogeneous strain counts by its largest compression only. Collective, the same answer on
 * all ranks. */
bool cluster_expired(const Clusters *c, const Domain *d, const Atoms *a);

/* Positions of a part from the atoms (NEAR: own and their copies; FAR: others'). Local. */
void cluster_load(Clusters *c, const Atoms *a, ClusterPart part);

/* Forces to zero. Local. */
void cluster_zero(Clusters *c);

/* Has an atom of this part moved so far that its inner lists must be made anew? Local. */
bool cluster_stale(const Clusters *c, ClusterPart part);

/* Remember positions at pruning; the lists themselves are made by the kernel (cluster_kernel.h). Local. */
void cluster_pruned(Clusters *c, ClusterPart part);

/* Forces to a->f, for owned atoms and ghosts: written, not added. Local. */
void cluster_store(const Clusters *c, Atoms *a);

/* Buffer of the outer list [A] for which, at this temperature, the list of a sample of n ions with centres of
 * at least `mass` u is expected to live for `life` (internal time) if nothing held the ions: 2 v life with v
 * the speed that one ion of the n exceeds. Local, pure. */
double cluster_skin(double temperature, double mass, int64_t n, double life);

#endif
