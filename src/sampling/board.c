#include "sampling/board.h"

#include "base/mem.h"
#include "sampling/dice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void draw(Board *g, uint64_t seed, int64_t sweep)
{
    Dice d = dice_of(seed, RNG_MC_GRID, sweep, 0);
    for (int i = 0; i < 3; i++)
        g->shift[i] = dice_uniform(&d);
    g->ncolour = 1;
    for (int i = 0; i < 3; i++)
        g->ncolour *= g->n[i] > 1 ? 2 : 1;
    for (int k = 0; k < g->ncolour; k++) { /* a random permutation */
        int j = (int)dice_index(&d, k + 1);
        g->colour[k] = g->colour[j];
        g->colour[j] = k;
    }
}

void board_lay(Board *g, const Bodies *b, double reach, uint64_t seed, int64_t sweep)
{
    double widths[3];
    cell_widths(&b->cell, widths);
    g->ncell = 1;
    for (int i = 0; i < 3; i++) {
        int n = 2 * (int)fmin(floor(widths[i] / (2.0 * reach)), 500.0);
        g->n[i] = n < 2 ? 1 : n;
        g->ncell *= g->n[i];
    }
    draw(g, seed, sweep);
    if (g->ion == NULL)
        g->ion = MEM_NEW(int32_t, b->nion);
    if (g->room < (size_t)g->ncell + 1) {
        g->room = (size_t)g->ncell + 1;
        free(g->first);
        g->first = MEM_NEW(int32_t, g->room);
    }
    memset(g->first, 0, g->room * sizeof *g->first);
    for (int32_t k = 0; k < b->nion; k++)
        g->first[board_cell(g, &b->cell, b->centre[k]) + 1]++;
    for (int32_t c = 0; c < g->ncell; c++)
        g->first[c + 1] += g->first[c];
    for (int32_t k = b->nion - 1; k >= 0; k--) { /* from the end of each cell's part */
        int32_t c = board_cell(g, &b->cell, b->centre[k]);
        g->ion[--g->first[c + 1]] = k;
    }
    /* first[c + 1] is now where c begins */
    memmove(g->first, g->first + 1, (size_t)g->ncell * sizeof *g->first);
    g->first[g->ncell] = b->nion;
}

void board_clear(Board *g)
{
    free(g->first);
    free(g->ion);
    *g = (Board){0};
}

int32_t board_cell(const Board *g, const Cell *cell, const double x[3])
{
    double s[3];
    int k[3];
    cell_to_fractional(cell, x, s);
    for (int i = 0; i < 3; i++) {
        double t = s[i] - g->shift[i];
        k[i] = (int)((t - floor(t)) * g->n[i]);
        k[i] = k[i] < g->n[i] ? k[i] : 0; /* t rounded up to 1 */
    }
    return (k[0] * g->n[1] + k[1]) * g->n[2] + k[2];
}

int32_t board_active(const Board *g, int colour, int32_t cells[])
{
    int32_t n = 0;
    for (int32_t c = 0; c < g->ncell; c++) {
        int k[3] = {c / (g->n[1] * g->n[2]), c / g->n[2] % g->n[1], c % g->n[2]}, mine = 0, bit = 1;
        for (int i = 0; i < 3; i++) {
            if (g->n[i] == 1)
                continue;
            mine += bit * (k[i] % 2);
            bit *= 2;
        }
        if (mine == colour)
            cells[n++] = c;
    }
    return n;
}
