/* forcefield.h -- the potential energy of Mg(BH4)2 and its derivatives.
 *
 *   E = sum_{i<j, different ions} [ A exp(-r/rho) - C6/r^6 ]_{type pair} (r < cut-off, plain truncation;
 *       `shift: true` subtracts the value at the cut-off so that E is continuous)
 *     + Coulomb of point charges (Ewald or P3M), pairs inside one ion excluded
 *     + sum over BH4 [ sum_{4 B-H} k2 (r-r0)^2 + k3 (r-r0)^3 + k4 (r-r0)^4 + sum_{6 H-B-H} K (theta-theta0)^2
 *                      + sum_{6 H-H} kUB (r-rUB)^2 ]
 * The rigid model has the same pair and Coulomb terms and no intramolecular ones.
 * Parameters and their sources are in potentials/NAME.yaml.
 */
#ifndef FORCE_FORCEFIELD_H
#define FORCE_FORCEFIELD_H

#include "domain/domain.h"
#include "force/p3m.h"
#include "par/comm.h"

enum { FF_TYPES = 3 }; /* Mg, B, H */
typedef enum FfType { FF_MG = 0, FF_B = 1, FF_H = 2 } FfType;

typedef struct FfPair {
    double a, rho, c6; /* eV, A, eV A^6 */
} FfPair;

/* All parameters; what potentials/NAME.yaml holds and what `fit potential` varies. */
typedef struct FfParameters {
    char name[64];
    double charge[FF_TYPES];                   /* e */
    FfPair pair[FF_TYPES][FF_TYPES];           /* symmetric */
    double bond_r0, bond_k2, bond_k3, bond_k4; /* A, eV/A^2, eV/A^3, eV/A^4 */
    double angle_theta0, angle_k;              /* rad, eV/rad^2 */
    double ub_r0, ub_k;                        /* A, eV/A^2 (H-H inside an ion; k = 0: none) */
    double rigid_bond;                         /* A, B-H of the rigid tetrahedron */
} FfParameters;

typedef enum CoulombMethod { COULOMB_P3M = 0, COULOMB_EWALD = 1 } CoulombMethod;

typedef struct FfOptions {
    bool rigid;    /* leave out the intramolecular terms */
    double cutoff; /* A: pairs and Ewald real space */
    bool shift;    /* pair energies shifted to zero at the cut-off */
    CoulombMethod coulomb;
    double accuracy; /* target rms error of Coulomb forces [eV/A]; sets beta, mesh or k cut-off */
    double beta;     /* [1/A] 0: from accuracy */
    int mesh[3];     /* 0: from accuracy */
    int order;       /* P3M assignment order, 5 by default */
    double skin;     /* A: list buffer */
    /* pair kernel: NULL or "auto" (the best of this CPU), "avx512", "avx2", "portable"; "reference": plain
     * Verlet list, one loop, the oracle that the others are tested against */
    const char *kernel;
    bool mixed;        /* pairs in single precision, sums in double */
    bool reproducible; /* forces, energies, virials the same bits on any rank count (P3M only) */
    bool measure;      /* FFTW may time its plans: see par/fft.h about wisdom */
} FfOptions;

/* What a step's time goes to */
typedef enum FfPhase {
    FF_LIST = 0, /* migration, ghosts, outer lists */
    FF_PRUNE,    /* inner lists */
    FF_PAIR,     /* pairs with own atoms and copies, while messages travel */
    FF_BORDER,   /* pairs with ghosts that arrived */
    FF_BONDED,   /* inside ions */
    FF_SPREAD,   /* charges to mesh, with their messages; half their transform */
    FF_MESH,     /* other transforms, solving, forces from mesh (or Ewald) */
    FF_HALO,     /* packing and waiting for positions and forces of ghosts */
    FF_SUM,      /* virials, energies, reductions */
    FF_PHASES
} FfPhase;

typedef struct FfTimes { /* of this rank, since forcefield_new */
    double seconds[FF_PHASES];
    int64_t calls, builds, prunes;
    int64_t outer, inner; /* rows x groups in the outer and inner lists now */
} FfTimes;

typedef struct FfResult { /* sums over all ranks, the same on all */
    double energy;        /* eV */
    double pair, coulomb_real, coulomb_recip, coulomb_self, bonded;
    double virial[3][3]; /* sum r_a f_b over all forces [eV]; atomic */
    double virial_ion
        [3]
        [3]; /* the same with every ion taken as a point at its centre of mass (rigid motion, barostat) */
} FfResult;

typedef struct Forcefield Forcefield;

/* Parameters from YAML. ERR_INPUT with file:line. Collective. */
Err forcefield_read(const Comm *c, const char *path, FfParameters *p) MUST_USE;

/* Write them with units; `comments` (may be NULL) is put on top, `extra` (YAML text, may be NULL) at the end. Local. */
Err forcefield_write(const char *path, const FfParameters *p, const char *comments,
                     const char *extra) MUST_USE;

/* Make ready for a domain; sets a->type, a->q, a->mass of owned atoms. Collective. */
Err forcefield_new(const FfParameters *p, const FfOptions *o, const Sample *sample, Domain *d,
                   Atoms *a, Forcefield **ff) MUST_USE;
void forcefield_free(Forcefield *ff);

/* Other parameters, same options and topology (for fitting). Local. */
void forcefield_set_parameters(Forcefield *ff, const FfParameters *p);
const FfParameters *forcefield_parameters(const Forcefield *ff);

/* Energies and virials cost a third of a step: false if the next calls of forcefield_compute need not know
 * them; they then stay what they were. Both true at first. Local, the same on all ranks. */
void forcefield_want_energy(Forcefield *ff, bool wanted);
void forcefield_want_virial(Forcefield *ff, bool wanted);

/* Energy, forces (a->f, owned), virials. Rebuilds lists (with migration) when an atom has moved more than skin/2
 * or the cell has changed enough since the last build; always bit-reproducible on the same rank count.
 * ERR_NUMERICAL (agreed) if the energy or a force is not finite. Collective. */
Err forcefield_compute(Forcefield *ff, Domain *d, Atoms *a, FfResult *r) MUST_USE;

/* The next forcefield_compute rebuilds lists (and migrates), whatever has moved: at a checkpoint, so
 * that a resumed run and the one that went on have lists of the same age. Local, on all ranks. */
void forcefield_invalidate(Forcefield *ff);

/* True if the last forcefield_compute rebuilt (owned atoms may have been reordered). Local. */
bool forcefield_rebuilt(const Forcefield *ff);

/* Where the time went. Local. */
void forcefield_times(const Forcefield *ff, FfTimes *t);
const char *forcefield_phase(FfPhase phase);

/* What the mesh did (all zero with Ewald), and how many ranks share it in how many columns. Local. */
void forcefield_mesh_times(const Forcefield *ff, P3mTimes *times, int *members, int *columns);

/* Name of the pair kernel at work: "avx2 double", "portable mixed", "reference double". Local. */
void forcefield_kernel(const Forcefield *ff, size_t size, char text[]);

/* Estimated rms Coulomb force error [eV/A], beta, mesh, order: one line of text. Local. */
void forcefield_describe(const Forcefield *ff, size_t size, char text[]);

/* The parameters as text with formulas, for `paddlewheel explain`. Local; new string, free(). */
char *forcefield_explain(const FfParameters *p);

/* For integrators with steps of their own for the intramolecular terms. `without`: forcefield_compute
 * leaves them out, of energy, forces and virial. Local, on all ranks. */
void forcefield_without_bonded(Forcefield *ff, bool without);

/* These terms alone.
 *   f       [nlocal] eV/A, written; energy  [eV] of the owned ions, added to
 * Local. */
void forcefield_bonded(const Forcefield *ff, const Atoms *a, double (*f)[3], Exact *energy);

#endif
