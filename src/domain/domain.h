/* domain.h -- which rank owns which ion, where copies of its neighbours' atoms come from, how ions
 * move over.
 *
 * The box is cut into grid[0] x grid[1] x grid[2] equal bricks in fractional coordinates. An ion
 * belongs to the rank whose brick holds its centre (Mg, or B of BH4), with all its atoms: bonded
 * terms, rigid motion and orientation need no messages. Around its brick a rank keeps ghosts:
 * copies of all atoms closer than `reach` to the brick, periodic copies included, so there is no
 * minimum-image search in any kernel and cells may be as narrow as `reach` (not only twice that).
 * Ghosts come as whole ions.
 *
 * Per step a rank gets the atoms of its ghosts straight from the owners: one message to and one from every
 * rank that it shares ghosts with (at most 26 while bricks are wider than `reach`), all under way at
 * once, so that work on owned atoms goes on meanwhile. Ghosts that are periodic copies of own atoms
 * need no message, and several copies of another rank's atom need it once. Per step and rank, with N neighbours and G
 * atoms of other ranks that have ghosts here:
 *
 *   forward N messages, 24 G bytes in; reverse the same the other way
 *
 * Which ghosts there are is found at each migration by six staged exchanges (x faces, then y with
 * the corners x brought, then z), which need no search of neighbours.
 */
#ifndef DOMAIN_DOMAIN_H
#define DOMAIN_DOMAIN_H

#include "model/sample.h"
#include "par/comm.h"

/* What a rank holds. Owned atoms 0..nlocal-1 (ions whole, B then 4 H), ghosts nlocal..ntotal-1:
 * first the periodic copies of own atoms up to nnear-1, then the copies of others' atoms. */
typedef struct Atoms {
    int32_t nlocal, nnear, ntotal, capacity;
    int64_t *id;  /* [ntotal] global atom id */
    int64_t *ion; /* [ntotal] global ion id. Two owned atoms with equal ids are in one ion; a ghost
                     with the ion id of an owned atom is a periodic copy, never the same ion, since
                     ions are whole */
    int8_t (*shift)[3]; /* [ntotal] ghosts: lattice steps from the owner's coordinates to this copy;
                           owned: 0 */
    int32_t *type;      /* [ntotal] force-field type, set from Sample.kind by forcefield_types */
    double *q;          /* [ntotal] e */
    double *mass;       /* [nlocal] u */
    double (*x)[3];     /* [ntotal] A */
    double (*v)[3];     /* [nlocal] A/time */
    double (*f)[3]; /* [ntotal] eV/A; ghost forces are summed into their owners by halo_reverse */

    int32_t nion, ion_capacity;
    int64_t *ion_id;     /* [nion] */
    int32_t *ion_first;  /* [nion + 1] first owned atom of each owned ion */
    IonKind *ion_kind;   /* [nion] */
    int32_t (*image)[3]; /* [nion] lattice steps taken by wrapping: unwrapped x = x + image h */
    double (*orient)[4]; /* [nion] rigid BH4: quaternion body -> laboratory; (1,0,0,0) otherwise */
    double (*spin)[3];   /* [nion] rigid BH4: angular velocity, laboratory axes [1/time] */
} Atoms;

typedef struct Domain Domain;

/* Cut `sample` over the ranks; every rank passes the same sample (recognised). Fills atoms (no
 * ghosts yet). reach   ghost width [A]: cut-off plus list buffer. ERR_INPUT if the box is narrower
 * than `reach`. Collective. Free with domain_free and atoms_clear. */
Err domain_new(const Comm *c, const Sample *sample, double reach, Domain **domain,
               Atoms *atoms) MUST_USE;
void domain_free(Domain *d);
void atoms_clear(Atoms *a);

const Comm *domain_comm(const Domain *d);
const Cell *domain_cell(const Domain *d);
void domain_grid(const Domain *d, int grid[3]);
int64_t domain_natoms(const Domain *d); /* global */
int64_t domain_nions(const Domain *d);
double domain_reach(const Domain *d);

/* New lattice (barostat, shear). Fractional positions of ions are the caller's to keep; call before
 * domain_migrate. ERR_INPUT if the box became narrower than reach. Local, but all ranks must pass
 * the same h. */
Err domain_set_cell(Domain *d, const double h[3][3]) MUST_USE;

/* Ions that left the brick go to their new owner (wrapped into the box, image counted); then ghosts
 * are made anew. Order of owned ions: ascending ion id, so it does not depend on history.
 * Collective. ERR_NUMERICAL (agreed) if an ion is lost or a position is not finite. */
Err domain_migrate(Domain *d, Atoms *a) MUST_USE;

/* Positions of border atoms to the ghosts made by the last domain_migrate. Between begin and finish
 * atoms up to nnear-1 are already right, and owned ones must not move.
 * Collective. */
void halo_forward_begin(Domain *d, Atoms *a);
void halo_forward_finish(Domain *d, Atoms *a);
void halo_forward(Domain *d, Atoms *a); /* both */

/* Forces on ghosts are added to their owners, in fixed order; those on ghosts stay as they are. Between
 * begin and finish forces must not be touched. Collective. */
void halo_reverse_begin(Domain *d, Atoms *a);
void halo_reverse_finish(Domain *d, Atoms *a);
void halo_reverse(Domain *d, Atoms *a); /* both */

/* Neighbours N and atoms of other ranks G of this rank (see above), and messages and bytes sent
 * by halo_forward and halo_reverse since domain_new. Local. */
void halo_count(const Domain *d, int *neighbours, int64_t *atoms, int64_t *messages,
                int64_t *bytes);

/* The whole sample in global order on all ranks: unwrapped x and v (arrays [natoms][3], either may
 * be NULL), orient [nions][4] and spin [nions][3] (may be NULL). Collective. */
void domain_gather(const Domain *d, const Atoms *a, double (*x)[3], double (*v)[3],
                   double (*orient)[4], double (*spin)[3]);

#endif
