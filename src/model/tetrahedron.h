/* tetrahedron.h -- which way the tetrahedron of a BH4 ion points.
 *
 * Body frame: the four H at (1,1,1), (1,-1,-1), (-1,1,-1), (-1,-1,1) over sqrt(3). The H are told apart, and two labellings
 * of a tetrahedron are mirror images that no rotation joins: in a left-handed ion the third and fourth H change places.
 * All functions are Local and pure.
 */
#ifndef MODEL_TETRAHEDRON_H
#define MODEL_TETRAHEDRON_H

#include <stdbool.h>

/* (r1 x r2) . r3 < 0 with r_i = H_i - B */
bool tetrahedron_left_handed(const double x[5][3]);

/* H positions relative to B in the body frame [A]; bond = |H - B| [A]. */
void tetrahedron_body(bool left_handed, double bond, double body[4][3]);

/* The rotation q (w, x, y, z; w >= 0) that brings the body vectors closest to the bonds by least squares: eigenvector of the
 * largest eigenvalue of the 4 x 4 matrix of B. K. P. Horn, J. Opt. Soc. Am. A 4, 629 (1987), doi 10.1364/JOSAA.4.000629;
 * the eigenvalue by Newton's method on the characteristic polynomial, D. L. Theobald, Acta Cryst. A 61, 478 (2005),
 * doi 10.1107/S0108767305015266. For a tetrahedron it is three times as large as the other three, which are equal, so this
 * is well conditioned; bonds that are not near a tetrahedron (all zero, all alike) are the caller's mistake. */
void tetrahedron_fit(const double bond[4][3], const double body[4][3], double q[4]);

/* Centre of mass [A] and orientation of one BH4: x [A] and masses [u] of B and its four H. */
void tetrahedron_pose(const double x[5][3], const double mass[5], double centre[3], double q[4]);

/* Deal four H out to four sites: site[k] of H k such that the sum of cost[k][site[k]] is least; all 24 are tried. */
void tetrahedron_deal(const double cost[4][4], int site[4]);

#endif
