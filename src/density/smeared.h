/* smeared.h -- a spherical density made smooth enough for a mesh, so that the smearing can be undone in k space.
 *
 * The density is taken apart into thin shells of charge (Gauss-Legendre panels that follow it into the nucleus), and each
 * shell is folded with a Gaussian of standard deviation sigma in closed form:
 *
 *   rho_s(r) = sum_j c_j [N(r - r_j) - N(r + r_j)]/(4 pi r r_j),   N(x) = exp(-x^2/2 sigma^2)/(sigma sqrt(2 pi))
 *
 * The transform of a mesh of smeared densities times exp(k^2 sigma^2/2) is that of the true ones, cusps and 1s shells
 * included, up to the k for which the mesh was chosen. Two errors remain: what the mesh folds back from k beyond it,
 * exp(-(K - k)^2 sigma^2/2)/exp(-k^2 sigma^2/2) with K = 2 pi/spacing, and rounding times exp(k^2 sigma^2/2).
 * All functions are Local.
 */
#ifndef DENSITY_SMEARED_H
#define DENSITY_SMEARED_H

#include "base/err.h"
#include "density/density_grid.h"

typedef struct Smeared {
    double sigma;       /* [A] */
    size_t n;           /* shells of the true density */
    double *r, *charge; /* [n] A, electrons */
    double reach;       /* [A] of the smeared density */
    int last;
    double *value; /* [last + 1] electrons/A^3 at even steps from 0 to reach */
} Smeared;

/* sigma with which wave vectors up to kmax [1/A] are good to `tolerance` of the smeared charge on a mesh of this spacing [A].
 * ERR_INPUT if the mesh is too coarse: undoing would multiply rounding by more than 1e7; the message says what is needed. */
Err smeared_sigma(double spacing, double kmax, double tolerance, double *sigma) MUST_USE;

/* The density `raw`, cut off at its reach. Free with smeared_clear. */
void smeared_init(Smeared *s, const SphericalDensity *raw, double sigma);

/* A point charge. */
void smeared_init_point(Smeared *s, double charge, double sigma);
void smeared_clear(Smeared *s);

/* What to put on the mesh; lives as long as s. */
SphericalDensity smeared_density(const Smeared *s);

/* f(k) of the true density, electrons; k in 1/A. */
double smeared_form_factor(const Smeared *s, double k);

/* exp(k^2 sigma^2/2) */
double smeared_undo(const Smeared *s, double k);

#endif
