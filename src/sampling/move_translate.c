/* move_translate.c -- an ion displaced as a body: symmetric, the displacement is uniform in a cube.
 *
 * N. Metropolis et al., J. Chem. Phys. 21, 1087 (1953), doi 10.1063/1.1699114.
 */
#include "sampling/move.h"

static bool translate(const MoveWorld *w, int32_t ion, double step, Dice *d, Trial *t)
{
    const Bodies *b = w->bodies;
    double by[3];
    for (int c = 0; c < 3; c++)
        by[c] = step * dice_signed(d);
    t->n = 1;
    t->ion[0] = ion;
    t->ln_bias = 0.0;
    for (int i = 0; i < bodies_atoms(b, ion); i++)
        for (int c = 0; c < 3; c++)
            t->x[0][i][c] = b->x[b->first[ion] + i][c] + by[c];
    return true;
}

const Move move_translate = {
    .name = "translate",
    .help = "any ion displaced, by up to the step along each axis",
    .unit = "A",
    .reference = "Metropolis et al. 1953",
    .step = 0.1,
    .most = 1000.0,
    .kind = {[ION_MG] = true, [ION_BH4] = true},
    .propose = translate,
};

const Move move_displace = {
    .name = "displace",
    .help = "a Mg displaced, by up to the step along each axis",
    .unit = "A",
    .reference = "Metropolis et al. 1953",
    .step = 0.1,
    .most = 1000.0,
    .kind = {[ION_MG] = true},
    .propose = translate,
};
