/* FIRE relaxation; dynamics_relax is declared in dynamics.h.
 *
 * E. Bitzek et al., Phys. Rev. Lett. 97, 170201 (2006), doi 10.1103/PhysRevLett.97.170201, in the
 * semi-implicit Euler form of J. Guenole et al., Comput. Mater. Sci. 175, 109584 (2020),
 * doi 10.1016/j.commatsci.2020.109584. All atoms have unit mass. The three lattice lengths (angles
 * kept) are three more coordinates u_k = s ln L_k with s = sqrt(N) A, which gives them a stiffness
 * between that of the softest and the stiffest atoms. Its sums are exact, so its path is the same on
 * any number of ranks.
 */
#include "base/vec.h"
#include "dynamics/barostat.h"
#include "dynamics/deform.h"
#include "dynamics/inside.h"

#include <string.h>

static const double dt_start = 0.05, dt_most = 0.15, dt_least = 1e-3; /* [sqrt(A^2/eV)] */
static const double alpha_start = 0.1, alpha_fade = 0.99, dt_grow = 1.1, dt_shrink = 0.5;
static const double longest_move = 0.1; /* [A] */
enum { UPHILL_DELAY = 5 };

typedef struct Relax {
    Forcefield *ff;
    Domain *d;
    Atoms *a;
    Verlet verlet;
    bool cell;
    double scale;              /* s [A] */
    double force[3], speed[3]; /* of the cell coordinates */
    double dt, alpha;
    int downhill;
} Relax;

static Err relax_forces(Relax *x, FfResult *r)
{
    Err err = forcefield_compute(x->ff, x->d, x->a, r);
    if (err == OK)
        verlet_balance(&x->verlet, x->d, x->a);
    if (err != OK || !x->cell)
        return err;
    barostat_pressures(domain_cell(x->d), (const double(*)[3])r->virial_ion, x->force);
    for (int k = 0; k < 3; k++)
        x->force[k] /= x->scale;
    return OK;
}

/* Largest force on an atom or a cell coordinate [eV/A]. Collective. */
static double largest_force(const Relax *x)
{
    double most = 0.0;
    for (int32_t k = 0; k < x->a->nlocal; k++)
        most = fmax(most, vec_norm(x->a->f[k]));
    for (int k = 0; k < 3; k++)
        most = fmax(most, fabs(x->force[k]));
    comm_max(domain_comm(x->d), 1, &most);
    return most;
}

/* f.v, f.f, v.v over atoms and cell. Collective. */
static void products(const Relax *x, double product[3])
{
    Exact sum[3] = {{0}};
    for (int32_t k = 0; k < x->a->nlocal; k++) {
        exact_add(&sum[0], vec_dot(x->a->f[k], x->a->v[k]));
        exact_add(&sum[1], vec_dot(x->a->f[k], x->a->f[k]));
        exact_add(&sum[2], vec_dot(x->a->v[k], x->a->v[k]));
    }
    comm_sum_exact(domain_comm(x->d), 3, sum);
    product[0] = exact_value(sum[0]) + vec_dot(x->force, x->speed);
    product[1] = exact_value(sum[1]) + vec_dot(x->force, x->force);
    product[2] = exact_value(sum[2]) + vec_dot(x->speed, x->speed);
}

static void stop(Relax *x)
{
    memset(x->a->v, 0, (size_t)x->a->nlocal * sizeof x->a->v[0]);
    memset(x->speed, 0, sizeof x->speed);
}

/* Faster downhill, halt uphill */
static void steer(Relax *x)
{
    double p[3];
    products(x, p);
    if (p[0] > 0.0) {
        if (++x->downhill > UPHILL_DELAY) {
            x->dt = fmin(x->dt * dt_grow, dt_most);
            x->alpha *= alpha_fade;
        }
        return;
    }
    x->downhill = 0;
    x->dt = fmax(x->dt * dt_shrink, dt_least);
    x->alpha = alpha_start;
    stop(x);
}

/* v += f dt, then v turned towards f. Returns the longest move that v dt would be [A]. Collective.
 */
static double accelerate(Relax *x)
{
    double p[3], longest = 0.0;
    for (int32_t k = 0; k < x->a->nlocal; k++)
        vec_axpy(x->dt, x->a->f[k], x->a->v[k]);
    vec_axpy(x->dt, x->force, x->speed);
    products(x, p);
    double turn = p[1] > 0.0 ? x->alpha * sqrt(p[2] / p[1]) : 0.0;
    for (int32_t k = 0; k < x->a->nlocal; k++) {
        for (int c = 0; c < 3; c++)
            x->a->v[k][c] = (1.0 - x->alpha) * x->a->v[k][c] + turn * x->a->f[k][c];
        longest = fmax(longest, x->dt * vec_norm(x->a->v[k]));
    }
    for (int k = 0; k < 3; k++) {
        x->speed[k] = (1.0 - x->alpha) * x->speed[k] + turn * x->force[k];
        longest = fmax(longest, x->dt * fabs(x->speed[k]));
    }
    comm_max(domain_comm(x->d), 1, &longest);
    return longest;
}

static Err move(Relax *x)
{
    double longest = accelerate(x),
           dt = longest > longest_move ? x->dt * longest_move / longest : x->dt;
    verlet_drift(&x->verlet, x->a, dt);
    if (!x->cell)
        return OK;
    double log_scale[3], h[3][3], e[3][3], map[3][3];
    for (int k = 0; k < 3; k++)
        log_scale[k] = dt * x->speed[k] / x->scale;
    deform_lengths(domain_cell(x->d), log_scale, h, e);
    return deform_cell(x->d, x->a, false, (const double(*)[3])h, map);
}

Err dynamics_relax(Forcefield *ff, Domain *d, Atoms *a, bool cell, double fmax_wanted,
                   int max_steps, FfResult *r, int *steps)
{
    Relax x = {.ff = ff, .d = d, .a = a, .cell = cell, .dt = dt_start, .alpha = alpha_start};
    x.scale = sqrt((double)domain_natoms(d));
    Err err = verlet_init(&x.verlet, false, 0.0, d, a);
    stop(&x);
    if (err == OK)
        err = relax_forces(&x, r);
    for (*steps = 0; err == OK && *steps < max_steps; ++*steps) {
        if (largest_force(&x) < fmax_wanted)
            break;
        steer(&x);
        err = move(&x);
        if (err == OK)
            err = relax_forces(&x, r);
    }
    stop(&x);
    return err;
}
