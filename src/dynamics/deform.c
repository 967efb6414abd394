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

void deform_velocities(Atoms *a, bool rigid, const double map[3][3], Exact *gain)
{
    double inverse[3][3];
    mat_inverse(map, inverse);
    for (int32_t i = 0; i < a->nion; i++) {
        double old[3], new[3], change[3];
        body_velocity(a, rigid, i, old);
        mat_times_vec((const double(*)[3])inverse, old, new);
        vec_sub(new, old, change);
        exact_add(gain, 0.5 * body_mass(a, i) * (vec_dot(new, new) - vec_dot(old, old)));
        for (int32_t k = a->ion_first[i]; k < a->ion_first[i + 1]; k++)
            vec_axpy(1.0, change, a->v[k]);
    }
}

/* h_i <- h_i - n h_j for the first pair that asks for it; 0 if none does. The margin keeps a lattice
 * at the very edge, as a face-centred one is, from going to and fro. */
static int shorter(const double h[3][3], int *i, int *j)
{
    for (*i = 0; *i < 3; ++*i)
        for (*j = 0; *j < 3; ++*j) {
            double share = vec_dot(h[*i], h[*j]) / vec_dot(h[*j], h[*j]);
            if (*i != *j && fabs(share) > 0.5 + 1e-9)
                return (int)rint(share);
        }
    return 0;
}

bool deform_reduce(Domain *d, Atoms *a)
{
    double h[3][3];
    int n, i, j;
    bool changed = false;
    memcpy(h, domain_cell(d)->h, sizeof h);
    while ((n = shorter((const double(*)[3])h, &i, &j)) != 0) {
        vec_axpy(-n, h[j], h[i]); /* m_i h_i + m_j h_j = m_i h_i' + (m_j + n m_i) h_j */
        for (int32_t m = 0; m < a->nion; m++)
            a->image[m][j] += n * a->image[m][i];
        changed = true;
    }
    if (changed)
        CHECK(domain_set_cell(d, (const double(*)[3])h) == OK, "%s", err_message());
    return changed;
}

double deform_contract(const double w[3][3], const double e[3][3])
{
    double sum = 0.0;
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++)
            sum += w[a][b] * e[a][b];
    return sum;
}
