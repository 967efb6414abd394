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

/* The two reasons for which the cell changes in one step: their strains, and what they gave to the
 * owned ions. */
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

Err inside_forces(Forcefield *ff, Domain *d, Atoms *a, const Verlet *v, FfResult *r)
{
    Err err = forcefield_compute(ff, d, a, r);
    if (err == OK)
        verlet_balance(v, d, a);
    return err;
}

void inside_measure(Dynamics *dyn, InsideGain *gain)
{
    enum { NKINETIC = 10 };
    DynamicsState *s = &dyn->state;
    Kinetic k;
    verlet_kinetic(&dyn->verlet, dyn->atoms, &k);
    double sum[NKINETIC + 3] = {k.total};
    memcpy(sum + 1, k.centre, sizeof k.centre);
    if (gain)
        memcpy(sum + NKINETIC, gain, sizeof *gain);
    comm_sum(domain_comm(dyn->domain), NKINETIC + 3, sum);
    if (gain)
        memcpy(gain, sum + NKINETIC, sizeof *gain);
    double volume = domain_cell(dyn->domain)->volume;
    s->kinetic = sum[0];
    s->temperature = 2.0 * s->kinetic / (UNITS_KB * dyn->freedom);
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++)
            s->pressure[a][b] = (sum[1 + 3 * a + b] + s->force.virial_ion[a][b]) / volume;
}

void inside_account(Dynamics *dyn)
{
    DynamicsState *s = &dyn->state;
    s->time = dyn->start_time + (double)(s->step - dyn->start_step) * dyn->o.timestep;
    s->conserved = s->force.energy + s->kinetic - s->heat - s->barostat_work - s->shear_work;
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
    err = verlet_init(&n->verlet, o->rigid, forcefield_parameters(ff)->rigid_bond, d, a);
    if (err == OK && thermostat_at_rest(d, a))
        thermostat_draw(&n->verlet, d, a, o->seed, o->temperature);
    if (err == OK)
        err = inside_forces(ff, d, a, &n->verlet, &n->state.force);
    if (err != OK) {
        dynamics_free(n);
        return err;
    }
    inside_measure(n, NULL);
    inside_account(n);
    *dyn = n;
    return OK;
}

void dynamics_free(Dynamics *dyn)
{
    free(dyn);
}

/* Half of the Langevin bath; returns the heat that went into the owned ions */
static double langevin_half(Dynamics *dyn, uint32_t half)
{
    const DynamicsOptions *o = &dyn->o;
    if (o->thermostat != THERMOSTAT_LANGEVIN)
        return 0.0;
    Kinetic before, after;
    verlet_kinetic(&dyn->verlet, dyn->atoms, &before);
    thermostat_langevin(&dyn->verlet, dyn->domain, dyn->atoms, o->seed, dyn->state.step, half,
                        o->temperature, 0.5 * o->timestep, o->thermostat_time);
    verlet_kinetic(&dyn->verlet, dyn->atoms, &after);
    return after.total - before.total;
}

/* What barostat and shear want in the coming step */
static void plan_change(const Dynamics *dyn, CellChange *c)
{
    const DynamicsOptions *o = &dyn->o;
    const DynamicsState *s = &dyn->state;
    *c = (CellChange){0};
    c->barostat = o->barostat != BAROSTAT_NONE && s->step % BAROSTAT_EVERY == 0;
    c->shear = o->shear_amplitude != 0.0;
    if (c->barostat)
        barostat_log_scale(o, domain_cell(dyn->domain), (const double(*)[3])s->pressure, s->step,
                           BAROSTAT_EVERY * o->timestep, c->log_scale);
    if (c->shear) {
        double next = dyn->start_time + (double)(s->step + 1 - dyn->start_step) * o->timestep;
        c->gamma = deform_cycle(o->shear_amplitude, o->shear_period, next) -
                   deform_cycle(o->shear_amplitude, o->shear_period, s->time);
    }
}

static Err change_cell(Dynamics *dyn, CellChange *c, InsideGain *gain)
{
    Domain *d = dyn->domain;
    double h[3][3], map[3][3];
    if (c->barostat) {
        deform_lengths(domain_cell(d), c->log_scale, h, c->barostat_strain);
        TRY(deform_cell(d, dyn->atoms, dyn->o.rigid, (const double(*)[3])h, map));
        gain->barostat += deform_velocities(dyn->atoms, dyn->o.rigid, (const double(*)[3])map);
    }
    if (c->shear) {
        deform_shear(domain_cell(d), dyn->o.shear_plane, c->gamma, h, c->shear_strain);
        TRY(deform_cell(d, dyn->atoms, dyn->o.rigid, (const double(*)[3])h, map));
        gain->shear += deform_velocities(dyn->atoms, dyn->o.rigid, (const double(*)[3])map);
    }
    return OK;
}

/* Positions over one step; a cell change stands in the middle, so the step reads the same backwards
 */
static Err drift(Dynamics *dyn, CellChange *c, InsideGain *gain)
{
    double dt = dyn->o.timestep;
    if (!c->barostat && !c->shear) {
        verlet_drift(&dyn->verlet, dyn->atoms, dt);
        return OK;
    }
    verlet_drift(&dyn->verlet, dyn->atoms, 0.5 * dt);
    TRY(change_cell(dyn, c, gain));
    verlet_drift(&dyn->verlet, dyn->atoms, 0.5 * dt);
    return OK;
}

/* Bussi's factor on all velocities, with its heat; the measured state follows */
static void rescale(Dynamics *dyn, int64_t step)
{
    const DynamicsOptions *o = &dyn->o;
    DynamicsState *s = &dyn->state;
    double factor = thermostat_rescaling(o->seed, step, s->kinetic, dyn->freedom, o->temperature,
                                         o->timestep, o->thermostat_time);
    thermostat_scale(&dyn->verlet, dyn->atoms, factor);
    double old = s->kinetic;
    inside_measure(dyn, NULL);
    s->heat += s->kinetic - old;
}

Err dynamics_step(Dynamics *dyn)
{
    DynamicsState *s = &dyn->state;
    const double half = 0.5 * dyn->o.timestep;
    CellChange c;
    InsideGain gain = {0};
    double w[3][3];
    memcpy(w, s->force.virial_ion, sizeof w);
    plan_change(dyn, &c);
    gain.heat += langevin_half(dyn, 0);
    verlet_kick(&dyn->verlet, dyn->atoms, half);
    Err err = drift(dyn, &c, &gain); /* the same on all ranks */
    if (err == OK)
        err = inside_forces(dyn->ff, dyn->domain, dyn->atoms, &dyn->verlet, &s->force);
    if (err != OK)
        return err_prefix(err, "step %lld", (long long)s->step + 1);
    verlet_kick(&dyn->verlet, dyn->atoms, half);
    gain.heat += langevin_half(dyn, 1);
    inside_measure(dyn, &gain);
    for (int k = 0; k < 3; k++)
        vec_axpy(1.0, s->force.virial_ion[k], w[k]);
    s->heat += gain.heat;
    s->barostat_work +=
        gain.barostat -
        0.5 * deform_contract((const double(*)[3])w, (const double(*)[3])c.barostat_strain);
    s->shear_work += gain.shear - 0.5 * deform_contract((const double(*)[3])w,
                                                        (const double(*)[3])c.shear_strain);
    if (dyn->o.thermostat == THERMOSTAT_BUSSI)
        rescale(dyn, s->step);
    s->step++;
    inside_account(dyn);
    if (!isfinite(s->conserved))
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
