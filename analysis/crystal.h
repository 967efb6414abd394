/* crystal.h -- a small crystal as refinements see it: sites with occupancies and displacement parameters, what the space group
 * leaves free in cell, positions and U_ij, and how all atoms follow when that changes.
 *
 * Everything that symmetry allows is an invariant subspace: of the metric tensor under the group, of positions and of U* =
 * U_ij a*_i a*_j under the symmetry of a site. The average over the group projects on it; its reduced row echelon form names the
 * free components (the first ones that are independent) and says how the others follow. On 48g (1/8, y, 1/4-y) of Ia-3d y is free
 * and z follows with -1; on 24d U11 and U22 are free, U33 = U22 and the rest is 0. U_ij are those of CIF, in A^2, with respect to
 * unit vectors along a*, b*, c*: K. N. Trueblood et al., Acta Cryst. A52, 770 (1996), doi 10.1107/S0108767396005697.
 * All functions are Local.
 */
#ifndef ANALYSIS_CRYSTAL_H
#define ANALYSIS_CRYSTAL_H

#include "model/cell.h"
#include "model/species.h"
#include "model/symmetry.h"

enum { CRYSTAL_TENSOR = 6 }; /* 11 22 33 12 13 23; of the metric: a b c gamma beta alpha */

typedef struct CrystalSite {
    char label[32];
    const Species *species;
    double s[3]; /* fractional, on its special position */
    double occupancy;
    bool anisotropic;
    double uiso;              /* [A^2] if not anisotropic */
    double u[CRYSTAL_TENSOR]; /* [A^2] U_ij of CIF if anisotropic */
    int first, multiplicity;  /* its atoms; the first stands at s */
} CrystalSite;

typedef struct CrystalAtom {
    int site;
    int rotation[3][3]; /* s = rotation site.s + shift */
    double shift[3];
} CrystalAtom;

typedef struct Crystal {
    double metric[CRYSTAL_TENSOR]; /* [A^2] a.a b.b c.c a.b a.c b.c */
    SymmetryOperations ops;
    char group[32]; /* as it was named, "" if it was not */
    int nsite, natom;
    CrystalSite *site;
    CrystalAtom *atom;
} Crystal;

/* Sites under operations, which are copied: positions are put exactly on the special positions that they are within 0.02 A of.
 * ERR_INPUT if two atoms of different sites coincide (0.05 A), an operation does not keep the cell. Free with crystal_clear,
 * also after an error.
 *   site [nsite] label, species, s, occupancy, u; the rest is filled in */
Err crystal_init(Crystal *c, const Cell *cell, const SymmetryOperations *ops, int nsite,
                 const CrystalSite site[]) MUST_USE;
void crystal_clear(Crystal *c);
void crystal_copy(Crystal *to, const Crystal *from);

/* From a CIF in memory (`name` for messages), with its occupancies and displacement parameters; U 0 where it has none, U_ij put
 * exactly on what symmetry allows. `group`: NULL or a subgroup by its name ("I 41 3 2"): sites that fall apart get letters,
 * B1 -> B1a, B1b. ERR_INPUT, also if `group` is none of the structure or U_ij are far from its symmetry. */
Err crystal_from_cif(const char *name, const char *bytes, size_t n, const char *group,
                     Crystal *c) MUST_USE;

void crystal_cell(const Crystal *c, Cell *cell);

/* What symmetry leaves free. Returns how many; component[k] is the k-th free one, pattern[k] how all components change with it
 * (1 at itself, 0 at the other free ones). */
int crystal_free_cell(const Crystal *c, int component[CRYSTAL_TENSOR],
                      double pattern[CRYSTAL_TENSOR][CRYSTAL_TENSOR]);
int crystal_free_position(const Crystal *c, int site, int component[3], double pattern[3][3]);
int crystal_free_u(const Crystal *c, int site, int component[CRYSTAL_TENSOR],
                   double pattern[CRYSTAL_TENSOR][CRYSTAL_TENSOR]);

/* "a", "b", "c", "gamma", "beta", "alpha" of a component of the metric; its value [A, degrees], and a new value with all that
 * follows it. */
const char *crystal_cell_name(int component);
double crystal_cell_get(const Crystal *c, int component);
void crystal_cell_set(Crystal *c, int component, double value);

/* Is a displacement (fractional) of a site, or its U_ij, what symmetry allows? */
bool crystal_allows_move(const Crystal *c, int site, const double v[3]);
bool crystal_allows_u(const Crystal *c, int site, const double u[CRYSTAL_TENSOR]);

/* Where all atoms are.
 *   h [A] cell rows; x [natom][3] A; u [natom][6] A^2 Cartesian xx yy zz xy xz yz; occupancy [natom]; may be NULL */
typedef struct CrystalAtoms {
    double h[3][3], volume;
    double (*x)[3];
    double (*u)[CRYSTAL_TENSOR];
    double *occupancy;
} CrystalAtoms;
void crystal_atoms_init(CrystalAtoms *a, int natom);
void crystal_atoms_clear(CrystalAtoms *a);
void crystal_place(const Crystal *c, CrystalAtoms *out);

/* Equivalent isotropic U of a site [A^2]. */
double crystal_uequ(const Crystal *c, int site);

/* CIF with operations, sites, occupancies and displacement parameters. Numbers come as text, "0.375" or "0.3750(2)":
 *   cell [6]            a b c alpha beta gamma
 *   value [nsite][10]   x y z occupancy, then Uiso, or U11 U22 U33 U12 U13 U23
 * New string. (crystal_cif.c) */
char *crystal_cif(const Crystal *c, const char *comment, const char *const cell[6],
                  char (*const value)[10][32]);

#endif
