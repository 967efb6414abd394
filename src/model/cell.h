/* cell.h -- the periodic box: three lattice vectors, orthogonal or triclinic.
 *
 * Lattice vectors are the ROWS of h, so r = s h with fractional s. Local functions, pure.
 */
#ifndef MODEL_CELL_H
#define MODEL_CELL_H

#include "base/err.h"

#include <stdbool.h>

typedef struct Cell {
    double h[3][3];   /* [A] rows a, b, c */
    double inv[3][3]; /* [1/A] s = r inv */
    double volume;    /* [A^3] > 0 */
} Cell;

/* From lattice vectors; ERR_INPUT if flat, left-handed or not finite. */
Err cell_init(Cell *c, const double h[3][3]) MUST_USE;

/* From lengths [A] and angles [degrees]; a along x, b in the xy plane. */
Err cell_init_lengths(Cell *c, const double lengths[3], const double angles[3]) MUST_USE;

void cell_lengths(const Cell *c, double lengths[3], double angles[3]); /* [A], [degrees] */
bool cell_is_orthogonal(const Cell *c);

/* Distance between opposite faces [A]. */
void cell_widths(const Cell *c, double widths[3]);

void cell_to_fractional(const Cell *c, const double r[3], double s[3]);
void cell_to_cartesian(const Cell *c, const double s[3], double r[3]);

/* Put r into the box (0 <= s < 1) and return the lattice steps removed: r_old = r_new + image h. */
void cell_wrap(const Cell *c, double r[3], int image[3]);

/* Shortest periodic copy of the difference d; exact for |d| below half the smallest width, and searched
 * over the 27 neighbours so that skewed cells are right too. */
void cell_min_image(const Cell *c, double d[3]);

#endif
