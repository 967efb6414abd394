/* network_build.h -- a network from a structure: sites and edges by geometry, every BH4 a rotor, gates by nearness.
 *
 * Sites of a crystal are orbits of given positions under its space group; those of any structure are its Mg ions and the voids
 * between ions (network_voids). Edges join sites of two classes at given distances. Every BH4 is a rotor with wells
 * that are turns of its tetrahedron about the line through the two nearest Mg (the link); the well at 0 is that of gamma, edges
 * facing both Mg. Wells are described in the frame of the link: z along it, x along the edge that faces +z.
 * A rotor gates an edge if its B lies within a distance of the straight way from site to site; it feels a site within a distance of
 * it. All functions are Local.
 */
#ifndef LATTICE_NETWORK_BUILD_H
#define LATTICE_NETWORK_BUILD_H

#include "lattice/network.h"
#include "model/sample.h"
#include "model/symmetry.h"

typedef struct BuildSites {
    char label[NETWORK_LABEL];
    double energy;  /* [eV] of a Mg there */
    bool reference; /* taken in the perfect crystal */
    size_t n;
    double (*s)[3]; /* [n] fractional: representatives if there are symmetry operations, else all */
} BuildSites;

typedef struct BuildEdges {
    char label[NETWORK_LABEL], from[NETWORK_LABEL], to[NETWORK_LABEL];
    double distance, tolerance; /* [A] */
    double barrier;             /* [eV] */
    double attempt;             /* [1/s] */
} BuildEdges;

enum { BUILD_WAYS = 4 };
typedef enum BuildAxis { BUILD_LINK, BUILD_ACROSS, BUILD_BOND } BuildAxis;

typedef struct BuildTurn {
    int from, to; /* wells */
    BuildAxis
        axis;     /* link: one; across: two C2 axes of the ion in well `from`; bond: four C3 axes */
    double angle; /* [degrees] both senses are taken */
    int nway;     /* ways over which each of these turns may go, whose rates add */
    struct BuildWay {
        double barrier; /* [eV] */
        double attempt; /* [1/s] */
    } way[BUILD_WAYS];
} BuildTurn;

typedef struct BuildRotors {
    int nwell;
    double angle[NETWORK_WELLS];  /* [degrees] about the link */
    double energy[NETWORK_WELLS]; /* [eV] */
    int nturn;
    const BuildTurn *turn; /* [kinds][nturn]; kinds of BH4 differ in barriers and attempts only */
    int nkind;             /* 0: all are alike */
    const int32_t *kind;   /* [BH4] of each, if they are not */
    const char (*label)[NETWORK_LABEL]; /* [nkind] */
} BuildRotors;

typedef struct BuildGate { /* which rotors change a barrier, or the energy of a site, by how much */
    char of[NETWORK_LABEL];       /* label of edges, or of sites */
    double within;                /* [A] of B from the way, or from the site */
    double energy[NETWORK_WELLS]; /* [eV] by well */
} BuildGate;

typedef struct BuildPair { /* rotors that feel each other */
    double within;         /* [A] B to B */
    double energy[NETWORK_WELLS]
                 [NETWORK_WELLS]; /* [eV] by wells, the nearer in id first; must be symmetric */
} BuildPair;

typedef struct NetworkBuild {
    const SymmetryOperations *ops; /* NULL: sites are all given */
    size_t nsites, nedges, ngates, nfelt, npairs;
    const BuildSites *sites;
    const BuildEdges *edges;
    BuildRotors rotors;
    const BuildGate *gates; /* of edges */
    const BuildGate *felt;  /* by rotors: of sites */
    const BuildPair *pairs;
    double charge, permittivity;
    const char *source;
} NetworkBuild;

/* ERR_INPUT: labels that do not exist, no two sites at a distance (the nearest is named), a turn that does not lead into its well, a
 * gate that no rotor is near enough for, a cell too small for what reaches across it. Free with network_clear, also after an error. */
Err network_build(const NetworkBuild *b, const Sample *sample, Network *out) MUST_USE;

/* Voids: places at least `clearance` [A] from every atom's centre, the local maxima of the distance on a grid of about `step` [A],
 * no two closer than `apart` [A]; the widest first. s [*n][3] fractional (free()), radius [*n] A (free()). */
void network_voids(const Sample *sample, double clearance, double step, double apart, size_t *n,
                   double (**s)[3], double **radius);

#endif
