/* nblist.h -- who may interact with whom: a Verlet list, each pair of the whole system once.
 *
 * A half list: for every owned atom i its partners j, owned or ghost. Which atom of a pair lists it
 * is decided by the two atom ids (and, for an atom and its own periodic copy, by the direction of
 * the step). So a pair across a brick face, known to both ranks, is computed by exactly one of them,
 * without a message or a comparison of coordinates, and by the owner of the same atom on any rank
 * count. The force on a ghost goes home with halo_reverse. Two owned atoms of one ion are left out;
 * see pair_excluded for their Coulomb term.
 */
#ifndef FORCE_NBLIST_H
#define FORCE_NBLIST_H

#include "domain/domain.h"

typedef struct Nblist {
    double cutoff, skin; /* A: the list holds pairs closer than cutoff + skin at build time */
    int32_t nlocal;
    int32_t *first;     /* [nlocal + 1] */
    int32_t *neighbour; /* [first[nlocal]] */
    int32_t longest;    /* most neighbours of one atom */
    int32_t capacity, rows;
    double (*x0)[3];   /* [nlocal] A positions of owned atoms at build time */
    double inv0[3][3]; /* [1/A] inverse lattice at build time */
} Nblist;

void nblist_init(Nblist *l, double cutoff, double skin);
void nblist_clear(Nblist *l);

/* Make the list for the present atoms and ghosts (after domain_migrate). Local. */
void nblist_build(Nblist *l, const Cell *cell, const Atoms *a);

/* Does some pair inside the cut-off possibly miss from the list? Motion is measured against the
 * lattice: a homogeneous strain counts by its largest compression only. Collective, the same answer
 * on all ranks. */
bool nblist_expired(const Nblist *l, const Comm *c, const Cell *cell, const Atoms *a);

#endif
