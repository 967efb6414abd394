/* neb.h -- the way over a barrier: climbing-image nudged elastic band, and minima by the same steps.
 *
 * A band of images leads from one minimum to another. Each image feels the true force across the path and a spring along it;
 * the highest one, once the band is smooth enough, climbs along the path instead and ends on the saddle.
 * Where the band bends sharply, and only there, part of the springs' pull across it is kept, so that a band that begins on a ridge
 * does not fold up: H. Jonsson, G. Mills, K. W. Jacobsen in B. J. Berne et al. (eds.), Classical and Quantum Dynamics in Condensed
 * Phase Simulations, World Scientific 1998, p. 385. The climbing image feels no spring, so the saddle is exact.
 * Improved tangent: G. Henkelman, H. Jonsson, J. Chem. Phys. 113, 9978 (2000), doi 10.1063/1.1323224. Climbing image:
 * G. Henkelman, B. P. Uberuaga, H. Jonsson, J. Chem. Phys. 113, 9901 (2000), doi 10.1063/1.1329672. Steps: FIRE as in relax.c,
 * one set of velocities for the whole band, damped all along; all coordinates have unit mass.
 *
 * Knows nothing of atoms: coordinates, a function for energy and force, a function that takes out what must not move.
 * Inner images are dealt out over ranks, each is computed by one rank alone; every rank then takes the same step with
 * the same numbers, so a band has the same bytes on any number of ranks.
 */
#ifndef DYNAMICS_NEB_H
#define DYNAMICS_NEB_H

#include "par/comm.h"

typedef struct NebProblem {
    size_t n;    /* coordinates of an image [A] */
    size_t dims; /* 3 for atoms: forces and moves are measured in groups of so many */
    void *data;
    /* Energy [eV] and force [n] [eV/A] at x. `image` may pick the caller's engine. Local. */
    Err (*energy)(void *data, size_t image, const double x[], double *energy, double force[]);
    /* Take out of a force or displacement [n] what must not move: an orthogonal projection that does not depend on x. NULL:
     * everything moves. Local, pure. */
    void (*project)(const void *data, double vector[]);
} NebProblem;

typedef struct NebOptions {
    double spring; /* [eV/A^2], usually 5 */
    double fmax;   /* [eV/A] largest force of the band when done */
    double
        climb_below; /* [eV/A] the highest image climbs once the band's largest force was below; 0: never. If the force
                        then grows to three times what it was, it stops and waits for half of that */
    int max_steps;
    double dt_start, dt_most;                              /* [sqrt(A^2/eV)] 0: 0.05 and 0.15 */
    double longest_move;                                   /* [A] 0: 0.1 */
    void (*say)(int step, double largest, double highest); /* now and then on every rank, or NULL */
} NebOptions;

typedef struct NebBand {
    size_t images, n; /* both ends count */
    double *x;        /* [images][n] A */
    double *energy;   /* [images] eV */
    double *force;    /* [images][n] eV/A, projected; true forces, not those of the band */
} NebBand;

typedef struct NebResult {
    int steps;
    bool converged;
    double largest; /* [eV/A] */
    size_t top;     /* image of the highest energy */
    bool climbed;
} NebResult;

/* Room for a band, all zero; end points and images in between are the caller's to fill. Free with neb_band_clear. Local. */
void neb_band_init(NebBand *b, size_t images, size_t n);
void neb_band_clear(NebBand *b);

/* Straight lines between the ends. Local. */
void neb_band_straight(NebBand *b);

/* Length along the path up to each image [A]; s[images]. Local. */
void neb_band_lengths(const NebBand *b, double s[]);

/* Images of `to` at equal lengths along the path of `from`, by straight lines between its images. Local. */
void neb_band_spread(const NebBand *from, NebBand *to);

/* Largest distance [A] of a group of `dims` coordinates between two images. Local, pure. */
double neb_farthest(const NebProblem *p, const double a[], const double b[]);

/* Down to the nearest minimum: options fmax, max_steps and the steps' are used. Not getting there is no error: then *steps ==
 * max_steps. ERR_NUMERICAL if an energy or force is not finite, or as `energy`. Local. */
Err neb_minimise(const NebProblem *p, const NebOptions *o, size_t image, double x[], double *energy,
                 double force[], int *steps) MUST_USE;

/* The same on the rank that computes `image`; all get x and steps. *there: fmax was reached. Collective. */
Err neb_settle(const Comm *c, const NebProblem *p, const NebOptions *o, size_t image, double x[],
               int *steps, bool *there) MUST_USE;

/* Relax the inner images. Energies and forces of all images are filled in, also of the ends, which stay. Not converging is no
 * error. ERR_NUMERICAL as above (agreed). Collective. */
Err neb_run(const Comm *c, const NebProblem *p, const NebOptions *o, NebBand *b,
            NebResult *r) MUST_USE;

/* Unit tangent of inner image i by the improved rule, [n]. Local. */
void neb_tangent(const NebBand *b, size_t i, double tangent[]);

#endif
