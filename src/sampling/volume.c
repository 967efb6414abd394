/* volume.c -- a change of the cell: all three lengths together, or one of them; angles are kept.
 *
 * Centres keep their fractional coordinates, ions their shape and orientation. Steps are uniform in ln V (isotropic) or in
 * the logarithm of one length L chosen at random. With the flat measure dV, or dL_a dL_b dL_c, that dynamics/barostat.h
 * samples too, and N ions (their centres are what is scaled),
 *     ln acceptance = -(dE + P dV)/kT + (N + 1) d ln V   (isotropic),   ... + (N + 1) d ln L   (one length).
 * I. R. McDonald, Mol. Phys. 23, 41 (1972), doi 10.1080/00268977200100031; R. Eppenga, D. Frenkel, Mol. Phys. 52, 1303
 * (1984), doi 10.1080/00268978400101951 (steps in ln V).
 */
#include "sampling/inside.h"

#include <string.h>

/* The cell of the trial and the logarithm of its volume ratio; false if the box would be too narrow. */
static bool propose(const Mc *mc, Dice *d, Cell *to, double *ln_volume)
{
    double h[3][3], step = mc->state.step[MC_MOVE_VOLUME] * dice_signed(d),
                    scale[3] = {1.0, 1.0, 1.0};
    if (mc->o.volume == MC_VOLUME_ISOTROPIC)
        scale[0] = scale[1] = scale[2] = exp(step / 3.0);
    else
        scale[dice_index(d, 3)] = exp(step);
    for (int i = 0; i < 3; i++)
        for (int c = 0; c < 3; c++)
            h[i][c] = scale[i] * mc->bodies.cell.h[i][c];
    *ln_volume = step;
    return cell_init(to, (const double(*)[3])h) == OK && mc_box_fits(mc, to);
}

void volume_move(Mc *mc)
{
    Bodies *b = &mc->bodies;
    McState *s = &mc->state, trial = *s;
    Dice d = dice_of(mc->o.seed, RNG_MC_MOVE, s->sweep, UINT64_MAX);
    const Cell from = b->cell;
    Cell to;
    double ln_volume;
    s->count[MC_MOVE_VOLUME].tried++;
    if (!propose(mc, &d, &to, &ln_volume))
        return;
    memcpy(mc->kept, b->x, (size_t)b->n * sizeof *b->x);
    waves_get(mc->model.waves, mc->kept_waves);
    bodies_scale(b, &to, b->x);
    bodies_set(b, &to, (const double(*)[3])b->x);
    waves_set_cell(mc->model.waves, &to);
    mc_compute(mc, &trial);
    double de = trial.pairs + trial.waves - s->pairs - s->waves, dv = to.volume - from.volume;
    double ln_ratio = -(de + mc->o.pressure * dv) / mc->kt + (b->nion + 1) * ln_volume;
    if (mc_accepts(ln_ratio, dice_uniform(&d))) {
        s->pairs = trial.pairs;
        s->waves = trial.waves;
        s->count[MC_MOVE_VOLUME].local++;
        s->count[MC_MOVE_VOLUME].taken++;
        return;
    }
    bodies_set(b, &from, (const double(*)[3])mc->kept);
    waves_set_cell(mc->model.waves, &from);
    waves_put(mc->model.waves, mc->kept_waves);
}
