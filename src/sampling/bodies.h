/* bodies.h -- the ions of a Monte Carlo sample: where their atoms are, and which ions are near a place.
 *
 * Every rank holds all of them. Positions are unwrapped (canonical order of Sample); beside them stands the centre
 * (Mg, or B of BH4) wrapped into the box, and bins of ions by fractional coordinates, kept up to date move by move.
 * An ion is a body of given radius: atoms never stand further from its centre. All functions are Local.
 */
#ifndef SAMPLING_BODIES_H
#define SAMPLING_BODIES_H

#include "force/forcefield.h"
#include "model/sample.h"

enum { BODY_ATOMS = 5 }; /* at most, of one ion */

typedef struct Bodies {
    Cell cell;
    int64_t n;
    int32_t nion;
    int32_t *first;      /* [nion + 1] */
    IonKind *kind;       /* [nion] */
    int32_t *type;       /* [n] FfType */
    double *q, *mass;    /* [n] e, u */
    double (*x)[3];      /* [n] A, unwrapped */
    double (*centre)[3]; /* [nion] A, in the box */
    double radius;       /* A, of a BH4 */
    double bin_width;    /* A, wanted */
    int bins[3];
    int32_t capacity; /* of one bin */
    int32_t *count;   /* [bins] */
    int32_t *member;  /* [bins][capacity] ions */
    int32_t *bin;     /* [nion] */
} Bodies;

/* From a recognised sample.
 *   radius  [A] of BH4; the sample's ions must be smaller
 *   reach   [A] a usual distance of searches: sets the width of bins */
void bodies_init(Bodies *b, const Sample *s, const FfParameters *p, double radius, double reach);
void bodies_clear(Bodies *b);

/* Atoms of an ion */
static inline int bodies_atoms(const Bodies *b, int32_t ion)
{
    return b->first[ion + 1] - b->first[ion];
}

/* Put an ion where x says; its bin is kept right. x [atoms of the ion] A */
void bodies_place(Bodies *b, int32_t ion, const double (*x)[3]);

/* All positions and the cell at once (x may be b->x itself); ions in each bin stand in ascending order afterwards. */
void bodies_set(Bodies *b, const Cell *cell, const double (*x)[3]);

/* x of every ion moved as a body when the cell becomes `to`: fractional coordinates of centres are kept. x [n] */
void bodies_scale(const Bodies *b, const Cell *to, double (*x)[3]);

/* Longest distance of an atom from its centre [A]. */
double bodies_longest(const Bodies *b, const double (*x)[3]);

/* Ions of `kind` whose centre lies within `radius` of `at` (in the box), but for `skip`; in ascending order. At most
 * `max` are listed, all are counted. */
int bodies_near(const Bodies *b, const double at[3], double radius, IonKind kind, int32_t skip,
                int max, int32_t ion[]);

/* Bins to visit: for every bin of the range one step at a time. */
typedef struct BodiesWalk {
    const Bodies *b;
    int low[3], high[3], at[3];
    double shift[3]; /* A: add to centres in the bin */
} BodiesWalk;

/* All bins that may hold a centre within `radius` of `at`, periodic copies included. Use:
 * for (bodies_walk(&w, b, at, r); (bin = bodies_next(&w)) >= 0;) */
void bodies_walk(BodiesWalk *w, const Bodies *b, const double at[3], double radius);
int32_t bodies_next(BodiesWalk *w);

#endif
