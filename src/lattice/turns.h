/* turns.h -- the twelve turns of a tetrahedron, as what they do to the places of its four H.
 *
 * Places are those of tetrahedron_body of a right-handed ion. Order: 0 nothing; 1..3 C2; 4..11 C3. All functions are Local
 * and pure.
 */
#ifndef LATTICE_TURNS_H
#define LATTICE_TURNS_H

enum { TURNS = 12 };

/* Where the H at place s goes. */
int turns_site(int op, int s);

/* First `first`, then `then`; what undoes op. */
int turns_product(int then, int first);
int turns_inverse(int op);

/* 0 nothing, 2, 3 */
int turns_kind(int op);

/* Rotation of the body frame that does it (w, x, y, z; w >= 0). */
void turns_quaternion(int op, double q[4]);

/* The turn that a rotation of the body frame does to the nearest place, and by how much it misses [rad]. */
int turns_nearest(const double q[4], double *off);

#endif
