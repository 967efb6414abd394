/* neb_prefactor.h -- harmonic attempt frequency of a path: Vineyard's ratio of the modes of minimum and saddle.
 *
 *   nu = prod_i nu_i(minimum) / prod'_j nu_j(saddle)      ' without the imaginary one
 * G. H. Vineyard, J. Phys. Chem. Solids 3, 121 (1957), doi 10.1016/0022-3697(57)90059-8. Modes at the Gamma point of the cell,
 * classical; second derivatives by central differences of forces. Translations of the whole are taken out, with a rotor lock
 * also the turns of locked BH4, from both.
 */
#ifndef APP_NEB_PREFACTOR_H
#define APP_NEB_PREFACTOR_H

#include "app/neb_engine.h"

typedef struct NebModes {
    size_t n;           /* modes, without those taken out */
    double log_product; /* sum over positive modes of ln (omega / [1/time]) */
    int negative;       /* imaginary ones */
    double lowest;      /* [meV] negative if imaginary */
    double softest;     /* [meV] the least real one */
} NebModes;

/* Modes at x [natoms][3] of the atoms that `moves` [natoms] (NULL: all; whole ions), the others at rest. `image` picks the engine's
 * slot, one that no band uses. The same for any rank count. ERR_NUMERICAL (agreed). Collective. */
Err neb_modes(const Comm *c, NebEngine *e, size_t image, const double x[], const bool moves[],
              const RotorLock *lock, double step, NebModes *out) MUST_USE;

/* Attempt frequency [1/s]; NaN if the minimum has an imaginary mode or the saddle not exactly one. Local, pure. */
double neb_prefactor(const NebModes *minimum, const NebModes *saddle);

#endif
