/* sites.h -- the graph on which Mg hops: sites of a crystal and the edges between them.
 *
 * Sites are the orbits of a few positions under a space group; edges join sites of two classes at a given distance,
 * periodic copies included. Each undirected edge is stored once.
 */
#ifndef LATTICE_SITES_H
#define LATTICE_SITES_H

#include "model/cell.h"
#include "model/symmetry.h"

#include <stdint.h>

typedef struct SiteClass {
    char label[16];
    double position[3]; /* fractional */
    double energy;      /* eV, of a carrier there */
} SiteClass;

typedef struct HopClass {
    char from[16], to[16]; /* labels */
    double distance;       /* A */
    double tolerance;      /* A */
    double saddle;         /* eV, energy of the saddle on the scale of the site energies */
} HopClass;

typedef struct SiteEdge {
    int32_t a, b;  /* sites */
    int32_t class; /* index of the HopClass */
    double d[3];   /* A, from a to b (the right periodic copy) */
} SiteEdge;

typedef struct Sites {
    Cell cell;
    int32_t n;
    int32_t *class; /* [n] */
    double (*s)[3]; /* [n][3] fractional */
    double *energy; /* [n] eV */
    int64_t nedge;
    SiteEdge *edge; /* [nedge] */
    double *saddle; /* [nedge] eV */
} Sites;

/* Build. ERR_INPUT if a hop names an unknown label, a saddle lies below one of its sites, or no pair of sites has the
 * given distance (the nearest distance between the two classes is named). Local. Free the insides with sites_clear. */
Err sites_from_crystal(const Cell *cell, const SymmetryOperations *ops, int nclass,
                       const SiteClass classes[], int nhop, const HopClass hops[],
                       Sites *sites) MUST_USE;
void sites_clear(Sites *s);

/* Number of sites of a class; number of edges of a hop class that meet a site of class `from`. Local. */
int sites_count(const Sites *s, int class);
int sites_degree(const Sites *s, int site, int hop);

#endif
