/* fit_gordon_kim.h -- `paddlewheel fit gordon-kim RECIPE`: pair terms of the force field from frozen electron densities.
 *
 * Ions are solved (density/radial_ks.h), their curves computed by every set of functionals (density/pair_curve.h), and the
 * terms that the recipe names fitted to the mean of each curve, weighted by the scatter (training/born_mayer.h).
 */
#ifndef APP_FIT_GORDON_KIM_H
#define APP_FIT_GORDON_KIM_H

#include "par/comm.h"

/* Writes the potential file `output` (NULL: NAME.yaml of the recipe) and beside it, with .curves.h5 instead of .yaml, the
 * curves: distance, mean, deviation, fit, every set and its parts, with units, functionals and their references. With
 * `check` the recipe is read and the ions are solved, nothing is written. Every rank computes, rank 0 writes. ERR_INPUT,
 * ERR_NUMERICAL, ERR_FILE. Collective. */
Err fit_gordon_kim(const Comm *c, const char *recipe, const char *output, bool check) MUST_USE;

#endif
