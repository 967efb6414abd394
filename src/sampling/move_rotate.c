/* move_rotate.c -- turns of a BH4 about its B: small ones about any axis, large ones about its own axes.
 *
 * All three are symmetric, P(new -> old) = P(old -> new): the turn R is applied from the left, R and its inverse are
 * equally likely, and the Haar measure does not change. For turns about the ion's own axes, the axis must be the same
 * seen from the new orientation. It is: a three-fold axis is the direction B->H_i, which a turn about it leaves where it
 * is; a two-fold axis is the sum of the unit vectors to H_i and H_j, and a turn about it turns that sum into itself. This
 * holds for distorted ions too. Rigid tetrahedra: M. P. Allen, D. J. Tildesley, Computer Simulation of Liquids, 2nd ed.
 * (2017), section 4.7, doi 10.1093/oso/9780198803195.001.0001.
 */
#include "sampling/move.h"

#include "base/vec.h"

#include <string.h>

static void turn(const MoveWorld *w, int32_t ion, const double axis[3], double angle, Trial *t)
{
    const Bodies *b = w->bodies;
    const double(*x)[3] = (const double(*)[3])b->x + b->first[ion];
    double phi[3] = {angle * axis[0], angle * axis[1], angle * axis[2]}, q[4];
    quat_from_vector(phi, q);
    t->n = 1;
    t->ion[0] = ion;
    t->ln_bias = 0.0;
    memcpy(t->x[0][0], x[0], sizeof x[0]);
    for (int i = 1; i < bodies_atoms(b, ion); i++) {
        double r[3];
        vec_sub(x[i], x[0], r);
        quat_rotate(q, r, r);
        for (int c = 0; c < 3; c++)
            t->x[0][i][c] = x[0][c] + r[c];
    }
}

static bool rotate(const MoveWorld *w, int32_t ion, double step, Dice *d, Trial *t)
{
    double axis[3];
    dice_axis(d, axis);
    turn(w, ion, axis, step * dice_signed(d), t);
    return true;
}

/* About one of the four three-fold or three two-fold axes, by 120, 180 degrees +- step. The three-fold ones have two
 * senses, so that all eleven operations of the group T are equally likely: 8/11 of them three-fold. */
static bool turn_own(const MoveWorld *w, int32_t ion, double step, Dice *d, Trial *t)
{
    const Bodies *b = w->bodies;
    const double(*x)[3] = (const double(*)[3])b->x + b->first[ion];
    int64_t which = dice_index(d, 11);
    double axis[3], other[3], noise = step * dice_signed(d), angle;
    if (which < 8) {
        vec_sub(x[1 + which / 2], x[0], axis);
        angle = (which % 2 == 0 ? 1.0 : -1.0) * 2.0 * PI / 3.0 + noise;
    } else {
        static const int two[3][2] = {{1, 2}, {1, 3}, {1, 4}};
        vec_sub(x[two[which - 8][0]], x[0], axis);
        vec_sub(x[two[which - 8][1]], x[0], other);
        double a = vec_norm(axis), c = vec_norm(other);
        for (int k = 0; k < 3; k++)
            axis[k] = axis[k] / a + other[k] / c;
        angle = PI + noise;
    }
    double length = vec_norm(axis);
    if (!(length > 1e-6))
        return false; /* two H on opposite sides: no axis */
    for (int k = 0; k < 3; k++)
        axis[k] /= length;
    turn(w, ion, axis, angle, t);
    return true;
}

static bool exact(const MoveWorld *w, int32_t ion, double step, Dice *d, Trial *t)
{
    (void)step;
    return turn_own(w, ion, 0.0, d, t);
}

const Move move_rotate = {
    .name = "rotate",
    .help = "BH4 turned about a random axis by up to the step",
    .unit = "rad",
    .reference = "Allen and Tildesley 2017, 4.7",
    .step = 0.3,
    .most = PI,
    .kind = {[ION_BH4] = true},
    .propose = rotate,
};

const Move move_turn = {
    .name = "turn",
    .help = "BH4 turned about one of its own C2 or C3 axes by 180 or 120 degrees, give or take the "
            "step",
    .unit = "rad",
    .reference = "this file",
    .step = 0.3,
    .kind = {[ION_BH4] = true},
    .propose = turn_own,
};

const Move move_symmetry = {
    .name = "symmetry",
    .help =
        "an operation C2 or C3 of the tetrahedron: a regular one only changes the names of its H",
    .unit = "",
    .reference = "this file",
    .kind = {[ION_BH4] = true},
    .propose = exact,
};
