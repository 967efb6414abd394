/* gr.h -- how far apart atoms stand: counts of pairs by distance, for each pair of species.
 *
 * Integer histograms over all periodic images, so rmax may exceed half the box; distances beyond it
 * repeat the box and are no news (half_box says where that starts). Pairs inside one ion are
 * counted apart from the rest. Frames are gathered into blocks, whose scatter gives standard
 * errors. Each rank takes its share of atoms; integer sums make the result the same bytes for any
 * rank count.
 *
 * How pairs are found: gr_count.h. Right for any box shape and any rmax; costs N rho (2 pi/3) rmax^3 per frame.
 */
#ifndef ANALYSIS_GR_H
#define ANALYSIS_GR_H

#include "model/sample.h"
#include "par/comm.h"

/* Blocks of frames: between GR_BLOCKS and 2 GR_BLOCKS once there are as many frames; when all are
 * full, neighbours are merged, so the length of the run need not be known. */
enum { GR_BLOCKS = 8 };

typedef struct Gr {
    int nspecies;
    const Species *species[SAMPLE_MAX_SPECIES];
    int64_t natoms[SAMPLE_MAX_SPECIES];
    int64_t n;    /* atoms */
    size_t npair; /* nspecies (nspecies + 1)/2, pair index by gr_pair */
    size_t nbin;
    double rmax, width; /* [A]; nbin * width = rmax */
    int64_t per_block;  /* frames of a full block */
    size_t nblock;      /* blocks begun */
    int64_t frames[2 * GR_BLOCKS];
    double volume[2 * GR_BLOCKS]; /* [A^3] sum over the frames of the block */
    double half_box; /* [A] half the least distance between opposite faces, over all frames */
    /* [2 GR_BLOCKS][2][npair][nbin] unordered pairs; second index: 0 within an ion, 1 between */
    int64_t *count;
    const Sample *sample;
    int rank_share, ranks;
} Gr;

/* Local. ERR_INPUT if rmax or width are not usable. `sample` must outlive the object. */
Err gr_init(Gr *g, const Comm *c, const Sample *sample, double rmax, double width) MUST_USE;
void gr_clear(Gr *g);

/* Index of the pair (a, b) of species, in any order. Local. */
size_t gr_pair(const Gr *g, int a, int b);

/* Count the pairs of one frame that belong to this rank. Local.
 *   x [n][3] A, unwrapped, ions whole */
void gr_add(Gr *g, const Cell *cell, const double (*x)[3]);

/* Sum over ranks; afterwards every rank has the whole and gr_add must not be called again.
 * Collective. */
void gr_reduce(Gr *g, const Comm *c);

/* Distances of bin centres [nbin] A. Local. */
void gr_centres(const Gr *g, double r[]);

/* Counts of one block and kind as a row [nbin]. kind 0 within ions, 1 between ions. Local. */
const int64_t *gr_row(const Gr *g, size_t block, int kind, size_t pair);

/* Mean number density of atoms [1/A^3], of a block or of all (block = SIZE_MAX). Local. */
double gr_density(const Gr *g, size_t block);
int64_t gr_frames(const Gr *g, size_t block);

/* Partial pair distribution g_ab(r) = V <pairs>/(N_a N_b shell), ordered pairs, and its standard
 * error over blocks (NaN with fewer than two blocks). Local.
 *   kinds         which pairs: 1 within ions, 2 between ions, 3 all
 *   value, error  [nbin]; error may be NULL */
void gr_partial(const Gr *g, int a, int b, int kinds, double value[], double error[]);

/* Mean number of atoms b around an atom a closer than the upper edge of each bin: [nbin]. Local. */
void gr_coordination(const Gr *g, int a, int b, int kinds, double value[], double error[]);

/* Mean of block values weighted by frames, and its standard error. Local.
 *   value [nblock][n] rows; mean, error [n]; error may be NULL */
void gr_block_mean(const Gr *g, size_t n, const double value[], double mean[], double error[]);

#endif
