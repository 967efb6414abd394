/* arrow.h -- least squares for many data sets that share a few parameters and have a few of their own each.
 *
 * The matrix of the normal equations is an arrow: one small block for each set, one for the shared parameters, and
 * what lies between them. Eliminating the sets one by one makes a step cost sets x own^3 instead of
 * (shared + sets x own)^3. Parameters are ordered shared, then own of each set. All functions are Local.
 */
#ifndef ANALYSIS_ARROW_H
#define ANALYSIS_ARROW_H

#include <stdbool.h>
#include <stddef.h>

enum { ARROW_SHARED = 12, ARROW_OWN = 12 }; /* most parameters of each kind */

typedef struct Arrow {
    size_t sets, nshared, nown;
    double shared[ARROW_SHARED][ARROW_SHARED]; /* lower triangle */
    double (*own)[ARROW_OWN][ARROW_OWN];       /* [sets], lower triangles */
    double (*mixed)[ARROW_SHARED][ARROW_OWN];  /* [sets] */
    double *gradient;                          /* [nshared + sets * nown] J^T f */
} Arrow;

void arrow_init(Arrow *a, size_t sets, size_t nshared, size_t nown);
void arrow_clear(Arrow *a);
void arrow_zero(Arrow *a);

/* Add one residual of a set: `pull` = residual times its slope by the model, `weight` = slope squared, and the
 * derivatives of the model by the shared and by the set's own parameters. */
void arrow_add(Arrow *a, size_t set, double pull, double weight, const double shared[],
               const double own[]);

/* Solve (J^T J + lambda diag(J^T J)) step = -J^T f. false if the equations are singular. */
bool arrow_step(const Arrow *a, double lambda, double step[]);

/* The whole inverse of J^T J, [np][np] with np = nshared + sets * nown, and the logarithm of the determinant of J^T J. false
 * if it is singular: a parameter that the data do not know to one part in 1e12 of what they would if it were alone. */
bool arrow_invert(const Arrow *a, double inverse[], double *log_determinant);

#endif
