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
    *v = (Verlet){.rigid = rigid, .bond = bond};
    for (int32_t k = 0; k < a->nlocal; k++)
        v->total_mass += a->mass[k];
    comm_sum(domain_comm(d), 1, &v->total_mass);
    for (int32_t i = 0; i < a->nion && err == OK; i++)
        if (is_top(v, a, i))
            err = init_top(v, a, i);
    verlet_derive(v, a);
    return comm_agree(domain_comm(d), err);
}

void verlet_balance(const Verlet *v, const Domain *d, Atoms *a)
{
    double net[3] = {0.0, 0.0, 0.0};
    for (int32_t k = 0; k < a->nlocal; k++)
        vec_axpy(1.0, a->f[k], net);
    comm_sum(domain_comm(d), 3, net);
    for (int32_t k = 0; k < a->nlocal; k++)
        vec_axpy(-a->mass[k] / v->total_mass, net, a->f[k]);
}

void verlet_kick(const Verlet *v, Atoms *a, double dt)
{
    if (!v->rigid) {
        for (int32_t k = 0; k < a->nlocal; k++)
            vec_axpy(dt / a->mass[k], a->f[k], a->v[k]);
        return;
    }
    for (int32_t i = 0; i < a->nion; i++) {
        int32_t first = a->ion_first[i];
        double force[3] = {0.0, 0.0, 0.0}, torque[3];
        for (int32_t k = first; k < a->ion_first[i + 1]; k++)
            vec_axpy(1.0, a->f[k], force);
        vec_axpy(dt / body_mass(a, i), force, a->v[first]);
        if (!is_top(v, a, i))
            continue;
        rigid_torque((const double(*)[3])(a->x + first), (const double(*)[3])(a->f + first),
                     torque);
        vec_axpy(dt / inertia(v, a, i), torque, a->spin[i]);
        rigid_velocities(a->spin[i], (const double(*)[3])(a->x + first), a->v + first);
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
        double step[3], *velocity = a->v[a->ion_first[i]];
        for (int c = 0; c < 3; c++)
            step[c] = dt * velocity[c];
        for (int32_t k = a->ion_first[i]; k < a->ion_first[i + 1]; k++)
            vec_axpy(1.0, step, a->x[k]);
        if (is_top(v, a, i))
            rigid_turn(a->spin[i], dt, a->orient[i]);
    }
    verlet_derive(v, a);
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

void verlet_kinetic(const Verlet *v, const Atoms *a, Kinetic *k)
{
    *k = (Kinetic){0};
    for (int32_t i = 0; i < a->nion; i++) {
        double velocity[3], mass = body_mass(a, i);
        body_velocity(a, v->rigid, i, velocity);
        for (int r = 0; r < 3; r++)
            for (int c = 0; c < 3; c++)
                k->centre[r][c] += mass * velocity[r] * velocity[c];
        if (v->rigid)
            k->total += 0.5 * mass * vec_dot(velocity, velocity);
        if (is_top(v, a, i))
            k->total += 0.5 * inertia(v, a, i) * vec_dot(a->spin[i], a->spin[i]);
    }
    if (!v->rigid)
        for (int32_t n = 0; n < a->nlocal; n++)
            k->total += 0.5 * a->mass[n] * vec_dot(a->v[n], a->v[n]);
}
