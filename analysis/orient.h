/* orient.h -- which way a BH4 ion points.
 *
 * The body is an ideal tetrahedron whose corners carry the labels of the four H; quaternions turn body vectors
 * into the laboratory (base/vec.h). All functions are Local and pure.
 */
#ifndef ANALYSIS_ORIENT_H
#define ANALYSIS_ORIENT_H

#include "base/err.h"

#include <stdbool.h>

enum { ORIENT_ROTATIONS = 12 };

/* Body vectors of H 0..3. Two labellings of a tetrahedron exist that no rotation joins; `mirrored` is the other. */
void orient_body(bool mirrored, double body[4][3]);

/* Is the labelling of these bonds (H minus B, any length) the mirrored one? */
bool orient_is_mirrored(const double bond[4][3]);

/* The rotation that brings the ideal tetrahedron closest (least squares) to the bonds. Exact eigenvector method of
 * B. K. P. Horn, J. Opt. Soc. Am. A 4, 629 (1987), doi 10.1364/JOSAA.4.000629. */
void orient_horn(const double bond[4][3], bool mirrored, double q[4]);

/* The twelve proper rotations of the tetrahedron as quaternions in the body frame: 0 identity, 1..3 C2, 4..11 C3.
 * Both labellings have the same twelve. */
void orient_group(double g[ORIENT_ROTATIONS][4]);

/* The octupole of four directions, sum_h u_h u_h u_h: the lowest moment that an ideal tetrahedron has. Its ten different
 * components, each times the root of how often it stands in the tensor, so that a scalar product of two is the sum over
 * components; an ideal tetrahedron has ORIENT_OCTUPOLE with itself. No rotation of the tetrahedron's group changes it. */
enum { ORIENT_COMPONENTS = 10 };
#define ORIENT_OCTUPOLE (32.0 / 9.0)
void orient_octupole(const double u[4][3], double out[ORIENT_COMPONENTS]);

/* ERR_INPUT "NAME: ..." if this longest B-H distance [A] of a trajectory is none of an ion: its atoms are at different sides of
 * the box. */
Err orient_check_bond(const char *name, double bond) MUST_USE;

/* Angle [rad] of the rotation between two orientations, 2 acos|p.q|. */
double orient_angle(const double p[4], const double q[4]);

#endif
