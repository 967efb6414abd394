#include "force/coulomb.h"

#include "base/units.h"
#include "base/vec.h"
#include "force/p3m.h"
#include "force/p3m_influence.h"
#include "par/fft.h"

#include <math.h>
#include <stdbool.h>

/* Part of the allowed error that goes to real space: beta depends on it so weakly that the rest
 * matters more */
static const double REAL_SHARE = 0.5;

static const double CHARGE_MAX = 2.0; /* e: Mg */

static const double SPACING_MIN = 0.05; /* A */

enum { MESH_MAX = 4096 };

double coulomb_self_energy(double beta, double sum_q2)
{
    return -UNITS_COULOMB * beta / sqrt(PI) * sum_q2;
}

double coulomb_error_real(double beta, double cutoff, int64_t natoms, double sum_q2,
                          const Cell *cell)
{
    return 2.0 * UNITS_COULOMB * sum_q2 * exp(-beta * beta * cutoff * cutoff) /
           sqrt((double)natoms * cutoff * cell->volume);
}

/* dF^2 = (k_e sum q^2)^2/(natoms V) 1/V sum_{k > kcut} (phi k)^2, the sum as an integral */
double coulomb_error_ewald(double beta, double kcut, int64_t natoms, double sum_q2,
                           const Cell *cell)
{
    double tail = 8.0 * beta * sqrt(PI / 2.0) * erfc(kcut / (sqrt(2.0) * beta));
    return UNITS_COULOMB * sum_q2 * sqrt(tail / ((double)natoms * cell->volume));
}

static double mesh_error(double beta, const double spacing[3], int order, int64_t natoms,
                         double sum_q2, const Cell *cell)
{
    double pair, self;
    p3m_influence_error(cell, spacing, order, beta, &pair, &self);
    return UNITS_COULOMB * sqrt(sum_q2 * sum_q2 * pair / ((double)natoms * cell->volume) +
                                CHARGE_MAX * CHARGE_MAX * sum_q2 * self / (double)natoms);
}

double coulomb_error_p3m(double beta, const int mesh[3], int order, int64_t natoms, double sum_q2,
                         const Cell *cell)
{
    double spacing[3];
    for (int i = 0; i < 3; i++)
        spacing[i] = vec_norm(cell->h[i]) / mesh[i];
    return mesh_error(beta, spacing, order, natoms, sum_q2, cell);
}

/* The coarsest spacing, equal on all axes, that keeps the error, within a hundredth [A]. Errors grow with about its
 * power `order`, so a few steps are enough. */
static double pick_spacing(double beta, double error, int order, int64_t natoms, double sum_q2,
                           const Cell *cell)
{
    double low = SPACING_MIN, high = 4.0, h = 0.35 / beta; /* A */
    for (int step = 0; step < 12; step++) {
        double e = mesh_error(beta, (double[3]){h, h, h}, order, natoms, sum_q2, cell);
        *(e <= error ? &low : &high) = h;
        if (low > 0.99 * high || (e <= error && e > 0.96 * error))
            break;
        h *= pow(0.98 * error / e, 1.0 / order);
        if (!(h > low && h < high))
            h = sqrt(low * high);
    }
    return low;
}

static double pick_kcut(double beta, double error, int64_t natoms, double sum_q2, const Cell *cell)
{
    double low = 0.0, high = 60.0 * beta;
    for (int step = 0; step < 50; step++) {
        double k = 0.5 * (low + high);
        if (coulomb_error_ewald(beta, k, natoms, sum_q2, cell) <= error)
            high = k;
        else
            low = k;
    }
    return high;
}

double coulomb_balance(double cutoff, const int mesh[3], int order, int64_t natoms, double sum_q2,
                       const Cell *cell, double *beta)
{
    const double wanted = log(sqrt(1.0 - REAL_SHARE * REAL_SHARE) / REAL_SHARE);
    double low = 0.0, high = 8.0 / cutoff, real = 0.0, reciprocal = 0.0;
    *beta = 3.0 / cutoff;
    for (int step = 0; step < 20; step++) {
        real = coulomb_error_real(*beta, cutoff, natoms, sum_q2, cell);
        reciprocal = coulomb_error_p3m(*beta, mesh, order, natoms, sum_q2, cell);
        double excess = log(reciprocal / real) - wanted;
        if (fabs(excess) < 0.05)
            break;
        *(excess > 0.0 ? &high : &low) = *beta;
        double slope = 2.0 * *beta * cutoff * cutoff + order / *beta; /* of log(reciprocal/real) */
        *beta -= excess / slope;
        if (!(*beta > low && *beta < high))
            *beta = 0.5 * (low + high);
    }
    return hypot(real, reciprocal);
}

Err coulomb_pick(double accuracy, double cutoff, int64_t natoms, double sum_q2, const Cell *cell,
                 int order, double *beta, int mesh[3], double *kcut)
{
    if (!(accuracy > 0.0 && isfinite(accuracy) && cutoff > 0.0 && isfinite(cutoff)))
        return err_set(ERR_INPUT,
                       "Coulomb accuracy %g eV/angstrom and cut-off %g angstrom must be positive",
                       accuracy, cutoff);
    if (order != 0 && (order < P3M_ORDER_MIN || order > P3M_ORDER_MAX))
        return err_set(ERR_INPUT, "P3M: order %d, allowed are %d to %d", order, P3M_ORDER_MIN,
                       P3M_ORDER_MAX);
    /* exp(-beta^2 rc^2) = wanted / error at beta = 0; a sample with hardly any charge gets a soft
     * split */
    double ratio = coulomb_error_real(0.0, cutoff, natoms, sum_q2, cell) / (REAL_SHARE * accuracy);
    *beta = sqrt(log(fmax(ratio, exp(1.0)))) / cutoff;
    double rest = accuracy * sqrt(1.0 - REAL_SHARE * REAL_SHARE);
    *kcut = pick_kcut(*beta, rest, natoms, sum_q2, cell);
    mesh[0] = mesh[1] = mesh[2] = 0;
    if (order == 0)
        return OK;
    double h = pick_spacing(*beta, rest, order, natoms, sum_q2, cell);
    for (int i = 0; i < 3; i++) {
        double points = vec_norm(cell->h[i]) / h;
        if (h == SPACING_MIN || points > MESH_MAX)
            return err_set(ERR_INPUT,
                           "Coulomb accuracy %g eV/angstrom at cut-off %g angstrom needs a mesh "
                           "finer than %.0f "
                           "points; allow a larger error, a longer cut-off or a higher order",
                           accuracy, cutoff, fmin(points, MESH_MAX));
        mesh[i] = fft_good_size(points);
    }
    return OK;
}
