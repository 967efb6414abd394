/* symmetry.h -- space groups, by spglib: orbits of an asymmetric unit, and the group of a structure.
 *
 * A. Togo, K. Shinohara, I. Tanaka, arXiv:1808.01590.
 */
#ifndef MODEL_SYMMETRY_H
#define MODEL_SYMMETRY_H

#include "model/cell.h"

#include <stdint.h>

typedef struct SymmetryOperations {
    int n;
    int (*rotation)[3][3];
    double (*translation)[3];
} SymmetryOperations;

/* Operations of a space group in its standard setting (IT number 1..230, first Hall setting; 230 = Ia-3d).
 * ERR_INPUT for another number. Free with symmetry_clear. Local. */
Err symmetry_of_group(int number, SymmetryOperations *ops) MUST_USE;

/* The same by Hermann-Mauguin name, full or short, blanks and '_' ignored: "I a -3 d", "P 1 2_1/n 1". A full name
 * picks its setting, a short one the first. ERR_INPUT for a name spglib does not know. Local. */
Err symmetry_of_name(const char *name, SymmetryOperations *ops) MUST_USE;
void symmetry_clear(SymmetryOperations *ops);

/* All images of fractional position s, duplicates (within `tolerance` A) removed, wrapped to [0,1).
 * Returns the new array [*n][3] (free()). Local. */
double (*symmetry_orbit(const SymmetryOperations *ops, const Cell *cell, const double s[3],
                        double tolerance, int *n))[3];

/* Space group of a structure (fractional positions, integer kinds). number 0 if spglib finds none. Local. */
typedef struct SymmetryGroup {
    int number;
    char symbol[16];
    char hall[20];
} SymmetryGroup;
SymmetryGroup symmetry_find(const Cell *cell, int64_t n, const double (*s)[3], const int kinds[],
                            double symprec);

#endif
