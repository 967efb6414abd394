#include "dynamics/deform.h"

#include "base/units.h"
#include "dynamics/body.h"

#include <string.h>

void deform_lengths(const Cell *cell, const double log_scale[3], double h[3][3], double e[3][3])
{
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) {
            h[a][b] = cell->h[a][b] * exp(log_scale[a]);
            e[a][b] = 0.0;
            for (int k = 0; k < 3; k++)
                e[a][b] += cell->inv[a][k] * log_scale[k] * cell->h[k][b];
        }
}

void deform_shear(const Cell *cell, int plane, double gamma, double h[3][3], double e[3][3])
{
    static const int pushed[3] = {0, 0, 1}, along[3] = {1, 2, 2};
    memset(e, 0, 9 * sizeof(double));
    e[along[plane]][pushed[plane]] = gamma;
    memcpy(h, cell->h, sizeof cell->h);
    for (int a = 0; a < 3; a++)
        h[a][pushed[plane]] += gamma * cell->h[a][along[plane]];
}

double deform_cycle(double amplitude, double period, double t)
{
    return amplitude == 0.0 ? 0.0 : amplitude * sin(2.0 * PI * t / period);
}

Err deform_cell(Domain *d, Atoms *a, bool rigid, const double h[3][3], double map[3][3])
{
    double inv[3][3];
    memcpy(inv, domain_cell(d)->inv, sizeof inv);
    mat_mul((const double(*)[3])inv, h, map);
    if (domain_set_cell(d, h) != OK)
        return err_prefix(ERR_NUMERICAL, "the deforming box");
    for (int32_t i = 0; i < a->nion; i++) {
        double centre[3], moved[3];
        body_centre(a, rigid, i, centre);
        vec_times_mat(centre, (const double(*)[3])map, moved);
        vec_sub(moved, centre, moved);
        for (int32_t k = a->ion_first[i]; k < a->ion_first[i + 1]; k++)
            vec_axpy(1.0, moved, a->x[k]);
    }
    return OK;
}

double deform_velocities(Atoms *a, bool rigid, const double map[3][3])
{
    double inverse[3][3], gain = 0.0;
    mat_inverse(map, inverse);
    for (int32_t i = 0; i < a->nion; i++) {
        double old[3], new[3], change[3];
        body_velocity(a, rigid, i, old);
        mat_times_vec((const double(*)[3])inverse, old, new);
        vec_sub(new, old, change);
        gain += 0.5 * body_mass(a, i) * (vec_dot(new, new) - vec_dot(old, old));
        for (int32_t k = a->ion_first[i]; k < a->ion_first[i + 1]; k++)
            vec_axpy(1.0, change, a->v[k]);
    }
    return gain;
}

double deform_contract(const double w[3][3], const double e[3][3])
{
    double sum = 0.0;
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++)
            sum += w[a][b] * e[a][b];
    return sum;
}
