/* rigid.h -- BH4 as a rigid regular tetrahedron with B at its centre.
 *
 * A regular tetrahedron is a spherical top: one moment of inertia I = (8/3) m_H d^2, so without
 * torque the angular velocity stays as it is and the orientation turns by exp(omega t): the free
 * step is exact. Body frame: H at d/sqrt(3) times (1,1,1), (1,-1,-1), (-1,1,-1), (-1,-1,1). The
 * four H are told apart, and two labellings of a tetrahedron are mirror images that no rotation
 * joins; in a left-handed ion the third and fourth H change places. Handedness is read from the
 * present positions, it is never stored. Positions are x[5][3]: B, then the four H. All functions
 * are Local and pure.
 */
#ifndef DYNAMICS_RIGID_H
#define DYNAMICS_RIGID_H

#include <stdbool.h>

/* (r1 x r2) . r3 < 0 with r_i = H_i - B */
bool rigid_left_handed(const double x[5][3]);

/* H positions relative to B in the body frame [A]; bond = d [A]. */
void rigid_body(bool left_handed, double bond, double body[4][3]);

/* Orientation whose tetrahedron lies nearest to x (least squares).
 * B. K. P. Horn, J. Opt. Soc. Am. A 4, 629 (1987), doi 10.1364/JOSAA.4.000629. */
void rigid_fit(const double x[5][3], double q[4]);

/* Put the H where orientation q says, B stays. Handedness is that of x before. */
void rigid_place(const double q[4], double bond, double x[5][3]);

/* [u A^2] */
double rigid_inertia(double hydrogen_mass, double bond);

/* sum r_i x f_i about B [eV] */
void rigid_torque(const double x[5][3], const double f[5][3], double torque[3]);

/* q <- exp(omega t) q; omega in laboratory axes [1/time] */
void rigid_turn(const double omega[3], double t, double q[4]);

/* Angular velocity of the rigid motion nearest to velocities v: I^-1 sum m r x (v - v_B) with the H
 * all alike. */
void rigid_spin(const double x[5][3], const double v[5][3], double bond, double omega[3]);

/* v_H = v_B + omega x r */
void rigid_velocities(const double omega[3], const double x[5][3], double v[5][3]);

#endif
