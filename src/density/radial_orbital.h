/* radial_orbital.h -- one bound state of a spherical potential on a logarithmic grid, and sums over that grid.
 *
 * With r_i = r0 exp(i h) and u = r R = sqrt(r) y the radial equation becomes y'' = g y, g = (l + 1/2)^2 + 2 r^2 (V - E), with a
 * uniform step h. Numerov's three-point formula outward and inward to the classical turning point; nodes are counted to
 * bracket E, the mismatch gives Cooley's correction: J. W. Cooley, Math. Comp. 15, 363 (1961), doi 10.2307/2003025.
 * Integrals over r are h sum_i r_i f_i: the trapezoid in ln r, exact to rounding for what vanishes at both ends.
 */
#ifndef DENSITY_RADIAL_ORBITAL_H
#define DENSITY_RADIAL_ORBITAL_H

#include <stdbool.h>
#include <stddef.h>

typedef struct RadialGrid {
    size_t n;
    double h;
    const double *r; /* [n] bohr */
} RadialGrid;

/* The state with quantum numbers n, l in v [g->n] (hartree; -z/r at the origin). *energy is a guess and becomes the eigenvalue,
 * u [g->n] is normalised to 1 and 0 where it is below 1e-19 of its maximum. A state that is not bound is that of the box that
 * ends with the grid. False if the eigenvalue was not found. Local. */
bool radial_orbital_solve(const RadialGrid *g, const double v[], double z, int n, int l,
                          double *energy, double u[]);

/* Is E below the potential at the end of the grid, so that the state stands on its own? Local. */
bool radial_orbital_bound(const RadialGrid *g, const double v[], int l, double energy);

/* Running integral sum_i = int_0^r_i f dr, six points, error O(h^7) a step. Local. */
void radial_orbital_running(const RadialGrid *g, const double f[], double sum[]);

/* df/dr, central differences of seven points. Local. */
void radial_orbital_derivative(const RadialGrid *g, const double f[], double df[]);

#endif
