#include "dynamics/verlet.h"

#include "dynamics/body.h"
#include "dynamics/rigid.h"

#include <string.h>

static bool is_top(const Verlet *v, const Atoms *a, int32_t ion)
{
    return v->rigid && a->ion_kind[ion] == ION_BH4;
}

static double inertia(const Verlet *v, const Atoms *a, int32_t ion)
{
    return rigid_inertia(a->mass[a->ion_first[ion] + 1], v->bond);
}

static Err init_top(const Verlet *v, Atoms *a, int32_t ion)
{
    int32_t first = a->ion_first[ion];
    double(*x)[3] = a->x + first, (*vel)[3] = a->v + first;
    for (int k = 2; k < 5; k++)
        if (a->mass[first + k] != a->mass[first + 1])
            return err_set(
                ERR_INPUT,
                "ion %lld: its H have masses %g and %g u; a rigid BH4 needs four H of one isotope",
                (long long)a->ion_id[ion], a->mass[first + 1], a->mass[first + k]);
    double centre[3], velocity[3];
    body_mean(a, ion, (const double(*)[3])a->x, centre);
    body_mean(a, ion, (const double(*)[3])a->v, velocity);
    rigid_fit((const double(*)[3])x, a->orient[ion]);
    memcpy(x[0], centre, sizeof centre);
    rigid_place(a->orient[ion], v->bond, x);
    rigid_spin((const double(*)[3])x, (const double(*)[3])vel, v->bond, a->spin[ion]);
    memcpy(vel[0], velocity, sizeof velocity);
    return OK;
}

Err verlet_init(Verlet *v, bool rigid, double bond, Domain *d, Atoms *a)
{
    Err err = OK;
    Exact mass = {0};
    *v = (Verlet){.rigid = rigid, .bond = bond};
    for (int32_t k = 0; k < a->nlocal; k++)
        exact_add(&mass, a->mass[k]);
    comm_sum_exact(domain_comm(d), 1, &mass);
    v->total_mass = exact_value(mass);
    for (int32_t i = 0; i < a->nion && err == OK; i++)
        if (is_top(v, a, i))
            err = init_top(v, a, i);
    verlet_derive(v, a);
    return comm_agree(domain_comm(d), err);
}

void verlet_balance(const Verlet *v, const Domain *d, Atoms *a)
{
    Exact net[3] = {{0}};
    for (int32_t k = 0; k < a->nlocal; k++)
        for (int c = 0; c < 3; c++)
            exact_add(&net[c], a->f[k][c]);
    comm_sum_exact(domain_comm(d), 3, net);
    const double fall[3] = {exact_value(net[0]) / v->total_mass,
                            exact_value(net[1]) / v->total_mass,
                            exact_value(net[2]) / v->total_mass};
    for (int32_t k = 0; k < a->nlocal; k++)
        vec_axpy(-a->mass[k], fall, a->f[k]);
}

static void kick_rigid(const Verlet *v, Atoms *a, double dt, const double lost[3])
{
    for (int32_t i = 0; i < a->nion; i++) {
        int32_t first = a->ion_first[i];
        double force[3] = {0.0, 0.0, 0.0}, torque[3];
        for (int32_t k = first; k < a->ion_first[i + 1]; k++)
            vec_axpy(1.0, a->f[k], force);
        double scale = dt / body_mass(a, i);
        for (int c = 0; c < 3; c++)
            a->v[first][c] += scale * force[c] + lost[c];
        if (!is_top(v, a, i))
            continue;
        rigid_torque((const double(*)[3])(a->x + first), (const double(*)[3])(a->f + first),
                     torque);
        vec_axpy(dt / inertia(v, a, i), torque, a->spin[i]);
    }
}

void verlet_kick(const Verlet *v, Atoms *a, double dt)
{
    const double lost[3] = {-dt * v->fall[0], -dt * v->fall[1], -dt * v->fall[2]};
    if (v->rigid) {
        kick_rigid(v, a, dt, lost);
        return;
    }
    for (int32_t k = 0; k < a->nlocal; k++) {
        double scale = dt / a->mass[k];
        for (int c = 0; c < 3; c++)
            a->v[k][c] += scale * a->f[k][c] + lost[c];
    }
}

void verlet_drift(const Verlet *v, Atoms *a, double dt)
{
    if (!v->rigid) {
        for (int32_t k = 0; k < a->nlocal; k++)
            vec_axpy(dt, a->v[k], a->x[k]);
        return;
    }
    for (int32_t i = 0; i < a->nion; i++) {
        int32_t first = a->ion_first[i];
        double step[3] = {0.0, 0.0, 0.0};
        vec_axpy(dt, a->v[first], step);
        for (int32_t k = first; k < a->ion_first[i + 1]; k++)
            vec_axpy(1.0, step, a->x[k]);
        if (!is_top(v, a, i))
            continue;
        rigid_turn(a->spin[i], dt, a->orient[i]);
        rigid_place(a->orient[i], v->bond, a->x + first);
    }
}

void verlet_adjust(const Verlet *v, Atoms *a, const double shift[3], double factor)
{
    for (int32_t i = 0; i < a->nion; i++) {
        int32_t first = a->ion_first[i];
        bool top = is_top(v, a, i);
        int32_t last = top ? first + 1 : a->ion_first[i + 1];
        for (int32_t k = first; k < last; k++)
            for (int c = 0; c < 3; c++)
                a->v[k][c] = factor * (a->v[k][c] - shift[c]);
        if (!top)
            continue;
        for (int c = 0; c < 3; c++)
            a->spin[i][c] *= factor;
        rigid_velocities(a->spin[i], (const double(*)[3])(a->x + first), a->v + first);
    }
}

void verlet_derive(const Verlet *v, Atoms *a)
{
    for (int32_t i = 0; i < a->nion; i++) {
        if (!is_top(v, a, i))
            continue;
        int32_t first = a->ion_first[i];
        rigid_place(a->orient[i], v->bond, a->x + first);
        rigid_velocities(a->spin[i], (const double(*)[3])(a->x + first), a->v + first);
    }
}

/* One ion: its mass, momentum, force and kinetic energy */
typedef struct Ion {
    double mass, momentum[3], force[3], kinetic;
} Ion;

static Ion ion_numbers(const Verlet *v, const Atoms *a, int32_t i)
{
    Ion n = {0};
    for (int32_t k = a->ion_first[i]; k < a->ion_first[i + 1]; k++) {
        n.mass += a->mass[k];
        vec_axpy(1.0, a->f[k], n.force);
        if (v->rigid)
            continue;
        vec_axpy(a->mass[k], a->v[k], n.momentum);
        n.kinetic += 0.5 * a->mass[k] * vec_dot(a->v[k], a->v[k]);
    }
    if (v->rigid) {
        const double *velocity = a->v[a->ion_first[i]];
        vec_axpy(n.mass, velocity, n.momentum);
        n.kinetic = 0.5 * n.mass * vec_dot(velocity, velocity);
        if (is_top(v, a, i))
            n.kinetic += 0.5 * inertia(v, a, i) * vec_dot(a->spin[i], a->spin[i]);
    }
    return n;
}

void verlet_sum(const Verlet *v, const Atoms *a, VerletSums *sums)
{
    static const int row[6] = {0, 1, 2, 0, 0, 1}, column[6] = {0, 1, 2, 1, 2, 2};
    for (int32_t i = 0; i < a->nion; i++) {
        Ion n = ion_numbers(v, a, i);
        if (!isfinite(n.kinetic + n.force[0] + n.force[1] + n.force[2])) {
            exact_add(&sums->bad, 1.0);
            continue;
        }
        exact_add(&sums->kinetic, n.kinetic);
        for (int k = 0; k < 6; k++)
            exact_add(&sums->centre[k], n.momentum[row[k]] * n.momentum[column[k]] / n.mass);
        for (int c = 0; c < 3; c++) {
            exact_add(&sums->momentum[c], n.momentum[c]);
            exact_add(&sums->force[c], n.force[c]);
        }
    }
}
