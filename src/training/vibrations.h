/* vibrations.h -- harmonic vibrations of a structure at the Gamma point of its cell, and librations of single ions.
 *
 * Second derivatives by central differences of the engine's forces, each atom moved by +-step. A potential whose forces
 * fit well may still let a crystal fall apart along a soft direction that no reference frame shows; the lowest modes find
 * it. M. Born, K. Huang, Dynamical Theory of Crystal Lattices, Oxford 1954.
 */
#ifndef TRAINING_VIBRATIONS_H
#define TRAINING_VIBRATIONS_H

#include "training/frames.h"

typedef struct Vibrations {
    size_t n; /* 3 x atoms */
    double *
        omega; /* [n] meV, ascending; an imaginary frequency as a negative number. Three of them are ~0 (translations) */
    double
        *vector; /* [n][n] row k: mass-weighted unit eigenvector of omega[k], atom by atom x y z */
    double *hessian; /* [n][n] eV/A^2 */
} Vibrations;

/* Of one frame or probe with these parameters; `step` A. The same result for any rank count. ERR_NUMERICAL as
 * forcefield_compute. Collective. Free with vibrations_clear, also after an error. */
Err vibrations_compute(const Frames *f, size_t frame, const FfParameters *p, double step,
                       Vibrations *out) MUST_USE;
void vibrations_clear(Vibrations *m);

/* Is eigenvector k mostly a translation of the whole? Local. */
bool vibrations_is_translation(const Vibrations *m, const Sample *s, size_t k);

/* hbar sqrt(k) [meV] for a mass-weighted curvature k [eV/(u A^2)], with its sign; and back. Local, pure. */
double vibrations_energy(double curvature);
double vibrations_curvature(double energy);

/* Small oscillations of one BH4 as a rigid body about its B, everything else at rest: three energies [meV], ascending,
 * and their axes. `first` is the index of B, canonical order. Local. */
void vibrations_libration(const Vibrations *m, const Sample *s, int64_t first, double energy[3],
                          double axis[3][3]);

/* The mass-weighted unit vector e [3 atoms] of a turn of that ion about an axis through its B. Local. */
void vibrations_turn(const Sample *s, int64_t first, const double axis[3], double e[]);

#endif
