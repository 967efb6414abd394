#include "dynamics/dynamics.h"

#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"
#include "dynamics/barostat.h"
#include "dynamics/deform.h"
#include "dynamics/inside.h"
#include "dynamics/thermostat.h"

#include <stdlib.h>
#include <string.h>

/* A new lattice costs a new influence function of the mesh, and the cell moves slowly. */
enum { BAROSTAT_EVERY = 10 };

/* The two reasons for which the cell changes in one step, and their strains */
typedef struct CellChange {
    bool barostat, shear;
    double log_scale[3], gamma;
    double barostat_strain[3][3], shear_strain[3][3];
} CellChange;

static Err check_options(const DynamicsOptions *o)
{
    if (!(o->timestep > 0.0))
        return err_set(ERR_INPUT, "timestep: %g is not positive", o->timestep);
    if (!(o->temperature >= 0.0))
        return err_set(ERR_INPUT, "temperature: %g K is negative", o->temperature);
    if (o->thermostat != THERMOSTAT_NONE && !(o->thermostat_time > 0.0))
        return err_set(ERR_INPUT, "thermostat time: %g is not positive", o->thermostat_time);
    if (o->barostat != BAROSTAT_NONE && !(o->barostat_time > 0.0))
        return err_set(ERR_INPUT, "barostat time: %g is not positive", o->barostat_time);
    if (o->barostat != BAROSTAT_NONE && !(o->compressibility > 0.0))
        return err_set(ERR_INPUT, "compressibility: %g is not positive", o->compressibility);
    if (o->shear_amplitude != 0.0 && !(o->shear_period > 0.0))
        return err_set(ERR_INPUT, "shear period: %g is not positive", o->shear_period);
    if (!isfinite(o->shear_rate))
        return err_set(ERR_INPUT, "shear rate: %g is not a number", o->shear_rate);
    if (o->shear_rate != 0.0 && o->shear_amplitude != 0.0)
        return err_set(ERR_INPUT, "shear rate and shear amplitude: either steady or cyclic shear");
    if (o->inner_steps < 0)
        return err_set(ERR_INPUT, "inner steps: %d is less than 1", o->inner_steps);
    if (o->inner_steps > 1 && o->rigid)
        return err_set(
            ERR_INPUT,
            "inner steps: %d, but rigid BH4 have no intramolecular forces; leave it at 1",
            o->inner_steps);
    if (o->shear_plane < 0 || o->shear_plane > 2)
        return err_set(ERR_INPUT, "shear plane: %d is none of xy, xz, yz", o->shear_plane);
    return OK;
}

/* Degrees of freedom: flexible 3 N, rigid 3 per ion and 3 turns per BH4; the centre of mass of all
 * stands still */
static double count_freedom(bool rigid, const Domain *d, const Atoms *a)
{
    int64_t tops = 0;
    for (int32_t i = 0; i < a->nion; i++)
        tops += a->ion_kind[i] == ION_BH4;
    comm_sum_i64(domain_comm(d), 1, &tops);
    int64_t n = rigid ? 3 * (domain_nions(d) + tops) : 3 * domain_natoms(d);
    return (double)(n - 3);
}

Err dynamics_new(const DynamicsOptions *o, Forcefield *ff, Domain *d, Atoms *a, Dynamics **dyn)
{
    *dyn = NULL;
    Err err = check_options(o);
    if (err != OK)
        return err; /* the same options on all ranks */
    Dynamics *n = MEM_NEW(Dynamics, 1);
    n->o = *o;
    n->ff = ff;
    n->domain = d;
    n->atoms = a;
    n->freedom = count_freedom(o->rigid, d, a);
    n->want_energy = true;
    respa_init(&n->respa, o->inner_steps > 1 ? o->inner_steps : 1);
    err = verlet_init(&n->verlet, o->rigid, forcefield_parameters(ff)->rigid_bond, d, a);
    if (err == OK && thermostat_at_rest(d, a))
        thermostat_draw(&n->verlet, d, a, o->seed, o->temperature);
    if (err == OK)
        err = inside_forces(n);
    if (err != OK) {
        dynamics_free(n);
        return err;
    }
    InsideSums sums = {0};
    inside_settle(n, 0.0, &sums);
    inside_account(n);
    *dyn = n;
    return OK;
}

void dynamics_free(Dynamics *dyn)
{
    if (dyn == NULL)
        return;
    respa_clear(&dyn->respa);
    free(dyn);
}

void dynamics_want_energy(Dynamics *dyn, bool want)
{
    dyn->want_energy = want;
}

static void bath(Dynamics *dyn, uint32_t half)
{
    const DynamicsOptions *o = &dyn->o;
    thermostat_langevin(&dyn->verlet, dyn->atoms, o->seed, dyn->state.step, half, o->temperature,
                        0.5 * o->timestep, o->thermostat_time);
}

/* The first half of Langevin's bath: it has a message of its own, as positions must not drift */
static void bath_before(Dynamics *dyn)
{
    VerletSums sums = {0};
    double mass = dyn->verlet.total_mass, drift[3], old = dyn->state.kinetic;
    bath(dyn, 0);
    verlet_sum(&dyn->verlet, dyn->atoms, &sums);
    comm_sum_exact(domain_comm(dyn->domain), sizeof sums / sizeof(Exact), (Exact *)&sums);
    for (int c = 0; c < 3; c++)
        drift[c] = exact_value(sums.momentum[c]) / mass;
    verlet_adjust(&dyn->verlet, dyn->atoms, drift, 1.0);
    dyn->state.heat += exact_value(sums.kinetic) - 0.5 * mass * vec_dot(drift, drift) - old;
}

/* What barostat and shear want in the coming step */
static void plan_change(const Dynamics *dyn, CellChange *c)
{
    const DynamicsOptions *o = &dyn->o;
    const DynamicsState *s = &dyn->state;
    *c = (CellChange){0};
    c->barostat = o->barostat != BAROSTAT_NONE && s->step % BAROSTAT_EVERY == 0;
    c->shear = o->shear_amplitude != 0.0 || o->shear_rate != 0.0;
    if (c->barostat)
        barostat_log_scale(o, domain_cell(dyn->domain), (const double(*)[3])s->pressure, s->step,
                           BAROSTAT_EVERY * o->timestep, c->log_scale);
    if (o->shear_rate != 0.0) {
        c->gamma = o->shear_rate * o->timestep;
    } else if (c->shear) {
        double next = dyn->start_time + (double)(s->step + 1 - dyn->start_step) * o->timestep;
        c->gamma = deform_cycle(o->shear_amplitude, o->shear_period, next) -
                   deform_cycle(o->shear_amplitude, o->shear_period, s->time);
    }
}

static Err change_cell(Dynamics *dyn, CellChange *c, InsideSums *sums)
{
    Domain *d = dyn->domain;
    double h[3][3], map[3][3];
    if (c->barostat) {
        deform_lengths(domain_cell(d), c->log_scale, h, c->barostat_strain);
        TRY(deform_cell(d, dyn->atoms, dyn->o.rigid, (const double(*)[3])h, map));
        deform_velocities(dyn->atoms, dyn->o.rigid, (const double(*)[3])map, &sums->barostat);
    }
    if (c->shear) {
        deform_shear(domain_cell(d), dyn->o.shear_plane, c->gamma, h, c->shear_strain);
        TRY(deform_cell(d, dyn->atoms, dyn->o.rigid, (const double(*)[3])h, map));
        deform_velocities(dyn->atoms, dyn->o.rigid, (const double(*)[3])map, &sums->shear);
    }
    if (dyn->o.shear_rate != 0.0 && deform_reduce(d, dyn->atoms))
        forcefield_invalidate(dyn->ff);
    return OK;
}

/* Positions over dt; a cell change stands in the middle, so the step reads the same backwards */
static Err drift(Dynamics *dyn, double dt, CellChange *c, InsideSums *sums)
{
    if (c == NULL) {
        verlet_drift(&dyn->verlet, dyn->atoms, dt);
        return OK;
    }
    verlet_drift(&dyn->verlet, dyn->atoms, 0.5 * dt);
    TRY(change_cell(dyn, c, sums));
    verlet_drift(&dyn->verlet, dyn->atoms, 0.5 * dt);
    return OK;
}

/* Positions over one step in n inner steps, between them kicks of the intramolecular forces. With an
 * even n the cell changes between two of them: it does not see the shape of ions, nor they it. */
static Err inner_steps(Dynamics *dyn, CellChange *c, InsideSums *sums)
{
    Respa *r = &dyn->respa;
    int n = r->steps;
    double h = dyn->o.timestep / n;
    if (n == 1)
        return drift(dyn, h, c, sums);
    respa_kick(r, dyn->atoms, 0.5 * h);
    for (int i = 0; i < n; i++) {
        if (c != NULL && 2 * i == n)
            TRY(change_cell(dyn, c, sums));
        TRY(drift(dyn, h, 2 * i + 1 == n ? c : NULL, sums));
        respa_forces(r, dyn->ff, dyn->atoms);
        respa_kick(r, dyn->atoms, i + 1 < n ? h : 0.5 * h);
    }
    return OK;
}

/* The stress part of the work of a cell change, by the virials before and after it */
static void book_work(DynamicsState *s, const double before[3][3], const CellChange *c)
{
    double w[3][3];
    memcpy(w, before, sizeof w);
    for (int k = 0; k < 3; k++)
        vec_axpy(1.0, s->force.virial_ion[k], w[k]);
    s->barostat_work -=
        0.5 * deform_contract((const double(*)[3])w, (const double(*)[3])c->barostat_strain);
    s->shear_work -=
        0.5 * deform_contract((const double(*)[3])w, (const double(*)[3])c->shear_strain);
}

Err dynamics_step(Dynamics *dyn)
{
    DynamicsState *s = &dyn->state;
    const double half = 0.5 * dyn->o.timestep;
    const bool langevin = dyn->o.thermostat == THERMOSTAT_LANGEVIN;
    CellChange c;
    InsideSums sums = {0};
    double w[3][3];
    memcpy(w, s->force.virial_ion, sizeof w);
    plan_change(dyn, &c);
    if (langevin)
        bath_before(dyn);
    verlet_kick(&dyn->verlet, dyn->atoms, half);
    Err err =
        inner_steps(dyn, c.barostat || c.shear ? &c : NULL, &sums); /* the same on all ranks */
    if (err == OK)
        err = inside_forces(dyn);
    if (err != OK)
        return err_prefix(err, "step %lld", (long long)s->step + 1);
    verlet_kick(&dyn->verlet, dyn->atoms, half);
    if (langevin) {
        verlet_sum(&dyn->verlet, dyn->atoms, &sums.before);
        bath(dyn, 1);
    }
    book_work(s, (const double(*)[3])w, &c);
    inside_settle(dyn, half, &sums);
    s->step++;
    inside_account(dyn);
    if (!isfinite(s->kinetic) || !isfinite(s->conserved))
        return err_set(ERR_NUMERICAL, "step %lld: the energy is not finite", (long long)s->step);
    return OK;
}

const DynamicsState *dynamics_state(const Dynamics *dyn)
{
    return &dyn->state;
}

double dynamics_freedom(const Dynamics *dyn)
{
    return dyn->freedom;
}
