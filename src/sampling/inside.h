/* inside.h -- what the files of the sampler share. For mc.c, block.c, volume.c, hybrid.c only. */
#ifndef SAMPLING_INSIDE_H
#define SAMPLING_INSIDE_H

#include "sampling/board.h"
#include "sampling/energy.h"
#include "sampling/mc.h"

struct Mc {
    const Comm *comm;
    FfParameters p;
    McOptions o;
    double kt;    /* eV */
    double reach; /* A: cut-off + 2 radii */
    double beta, kcut;
    EnergyModel model;
    Bodies bodies;
    MoveSites sites;
    Board board;
    McState state;
    int32_t *mark;      /* [nion] place in a list of moved ions + 1, or 0 */
    double (*kept)[3];  /* [n] positions before a collective move */
    double *kept_waves; /* [2 own] */
    int charges;        /* of a block whose moves are judged, at most */
    double *charge;     /* [charges] */
    double (*place[2])[3];
};

/* All trials of one colour. Collective. */
void block_colour(Mc *mc, int colour);

/* One volume move. Collective. */
void volume_move(Mc *mc);

/* One trajectory. Collective. */
void hybrid_move(Mc *mc);

/* Is the box wide enough? Local. */
bool mc_box_fits(const Mc *mc, const Cell *cell);

/* Energies and S(k) of the present positions into *s (only energies are written). Collective. */
void mc_compute(Mc *mc, McState *s);

/* Metropolis: ln of the acceptance ratio, one uniform. Local. */
static inline bool mc_accepts(double ln_ratio, double u)
{
    return ln_ratio >= 0.0 || u < exp(ln_ratio);
}

#endif
