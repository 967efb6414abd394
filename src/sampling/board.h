/* board.h -- a checkerboard over the box: cells of one colour do not see each other, so they can be worked on at once.
 *
 * The box is cut in fractional coordinates into an even number of slices along each axis, each wider than `reach`, from
 * an origin drawn anew for every sweep; an axis too short for two slices is not cut. An ion is in the cell that holds its
 * centre. Cells of one colour are a slice apart, so if reach >= cut-off + 2 radii their ions do not interact locally.
 * An active cell keeps its ions: moves that leave it are rejected, so that the number in it is fixed and the order of
 * colours and the origin, which do not depend on positions, are all that changes: each cell's chain is reversible.
 * R. Ren, G. Orkoulas, J. Chem. Phys. 126, 211102 (2007), doi 10.1063/1.2743003; J. A. Anderson, E. Jankowski,
 * T. L. Grubb, M. Engel, S. C. Glotzer, J. Comput. Phys. 254, 27 (2013), doi 10.1016/j.jcp.2013.07.023.
 * All functions are Local, the same on all ranks.
 */
#ifndef SAMPLING_BOARD_H
#define SAMPLING_BOARD_H

#include "sampling/bodies.h"

typedef struct Board {
    int n[3];
    double shift[3];        /* fractional */
    int ncolour, colour[8]; /* in the order of this sweep */
    int32_t ncell;
    int32_t *first, *ion; /* [ncell + 1], [nion]: ions of each cell in ascending order */
    size_t room;
} Board;

/* For this sweep. Free with board_clear. */
void board_lay(Board *g, const Bodies *b, double reach, uint64_t seed, int64_t sweep);
void board_clear(Board *g);

/* Cell that holds x (unwrapped). */
int32_t board_cell(const Board *g, const Cell *cell, const double x[3]);

/* Cells of a colour in ascending order into cells [ncell]; their number. */
int32_t board_active(const Board *g, int colour, int32_t cells[]);

#endif
