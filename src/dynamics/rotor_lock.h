/* rotor_lock.h -- BH4 that may move and breathe but not turn, and how far BH4 turned along a path.
 *
 * The orientation of a BH4 is that of the regular tetrahedron that fits its four B-H bonds best (model/tetrahedron.h). It is R
 * when sum_H d_H x (r_H - r_B) = 0 with d = R body. This is linear in the positions for fixed d, so a displacement without the part
 *
 *   u_H = omega x d_H,  u_B = 0,  omega = I^-1 sum_H d_H x f_H,  I = sum_H (d^2 1 - d d) = 8/3 d^2
 *
 * keeps the orientation exactly, for steps of any length: to first order it is the rigid rotation about the centre of mass (the
 * four H have one mass, the tetrahedron's centre is B). Translations have no such part, nor has what changes bonds and angles
 * without turning.
 */
#ifndef DYNAMICS_ROTOR_LOCK_H
#define DYNAMICS_ROTOR_LOCK_H

#include "model/sample.h"

typedef struct RotorLock {
    size_t n;        /* locked BH4 */
    int64_t *first;  /* [n] index of B */
    double (*q)[4];  /* [n] orientation */
    double (*d)[12]; /* [n] directions of the four H in that orientation, unit length */
} RotorLock;

/* Lock the BH4 of a sample as they stand, but for those ions that are `free_ion` [nfree]. Free with rotor_lock_clear. Local. */
void rotor_lock_init(RotorLock *lock, const Sample *s, size_t nfree, const int64_t free_ion[]);
void rotor_lock_clear(RotorLock *lock);

/* Take rotations of locked BH4 out of a force or displacement [natoms][3]. An orthogonal projection. Local. */
void rotor_lock_project(const RotorLock *lock, double vector[]);

/* Turn the locked BH4 of positions [natoms][3] about their B into their orientations (H stay who they are). Local. */
void rotor_lock_turn(const RotorLock *lock, double x[]);

/* The rotation direction of locked BH4 k about axis c (0..2) as a unit vector: entries of its four H, H k' at 3 k' + axis. Local. */
void rotor_lock_direction(const RotorLock *lock, size_t k, int c, double u[12]);

/* Orientation of the BH4 whose B is atom `first` of positions [natoms][3]. Local. */
void rotor_lock_orientation(const double x[], int64_t first, double q[4]);

/* Angle [rad] of the turn from orientation a to b, 0..pi. Exact for small angles too. Local. */
double rotor_lock_angle(const double a[4], const double b[4]);

#endif
