/* What is summed over ranks in a step, and what follows from it: net force, heat, work, thermostat,
 * pressure. Declared in inside.h. */
#include "dynamics/inside.h"

#include "base/units.h"
#include "base/vec.h"
#include "dynamics/thermostat.h"

#include <string.h>

static const int row[6] = {0, 1, 2, 0, 0, 1}, column[6] = {0, 1, 2, 1, 2, 2};

/* Energies nobody wanted keep their last values */
static void keep_energies(FfResult *r, const FfResult *old)
{
    r->energy = old->energy;
    r->pair = old->pair;
    r->coulomb_real = old->coulomb_real;
    r->coulomb_recip = old->coulomb_recip;
    r->coulomb_self = old->coulomb_self;
    r->bonded = old->bonded;
}

Err inside_forces(Dynamics *dyn)
{
    FfResult old = dyn->state.force;
    bool inner = dyn->respa.steps > 1;
    memset(dyn->verlet.fall, 0, sizeof dyn->verlet.fall);
    forcefield_without_bonded(dyn->ff, inner);
    forcefield_want_energy(dyn->ff, dyn->want_energy);
    Err err = forcefield_compute(dyn->ff, dyn->domain, dyn->atoms, &dyn->state.force);
    forcefield_without_bonded(dyn->ff, false);
    forcefield_want_energy(dyn->ff, true);
    if (err != OK)
        return err;
    if (!dyn->want_energy)
        keep_energies(&dyn->state.force, &old);
    if (inner && (forcefield_rebuilt(dyn->ff) || dyn->respa.f == NULL)) /* atoms changed places */
        respa_forces(&dyn->respa, dyn->ff, dyn->atoms);
    return OK;
}

static void values(const Exact sum[3], double out[3])
{
    for (int c = 0; c < 3; c++)
        out[c] = exact_value(sum[c]);
}

/* Kinetic energy after `shift` is taken off all velocities */
static double shifted(const VerletSums *s, double mass, const double shift[3])
{
    double momentum[3];
    values(s->momentum, momentum);
    return exact_value(s->kinetic) - vec_dot(shift, momentum) + 0.5 * mass * vec_dot(shift, shift);
}

/* sum M v v of ion centres after the shift, times factor^2, and the virial make the pressure */
static void set_pressure(Dynamics *dyn, const VerletSums *s, const double shift[3], double factor)
{
    DynamicsState *state = &dyn->state;
    double volume = domain_cell(dyn->domain)->volume, p[3];
    values(s->momentum, p);
    for (int n = 0; n < 6; n++) {
        int a = row[n], b = column[n];
        double flow = exact_value(s->centre[n]) - shift[a] * p[b] - p[a] * shift[b] +
                      dyn->verlet.total_mass * shift[a] * shift[b];
        flow *= factor * factor;
        state->pressure[a][b] = (flow + state->force.virial_ion[a][b]) / volume;
        state->pressure[b][a] = (flow + state->force.virial_ion[b][a]) / volume;
    }
}

/* Bonds and angles of inner steps join the forces of forcefield_compute; they do not move ion
 * centres, so the ionic virial has nothing of them */
static void add_bonded(Dynamics *dyn, const InsideSums *s)
{
    FfResult *f = &dyn->state.force;
    if (dyn->want_energy) {
        f->bonded = exact_value(s->bonded);
        f->energy += f->bonded;
    }
    for (int n = 0; n < 6; n++) {
        double w = exact_value(s->virial[n]);
        f->virial[row[n]][column[n]] += w;
        if (n >= 3)
            f->virial[column[n]][row[n]] += w;
    }
}

void inside_settle(Dynamics *dyn, double kick, InsideSums *sums)
{
    const DynamicsOptions *o = &dyn->o;
    DynamicsState *s = &dyn->state;
    double mass = dyn->verlet.total_mass, net[3], shift[3], before[3], factor = 1.0;
    bool langevin = o->thermostat == THERMOSTAT_LANGEVIN && kick > 0.0;
    verlet_sum(&dyn->verlet, dyn->atoms, &sums->now);
    if (dyn->respa.steps > 1) {
        respa_virial(&dyn->respa, dyn->atoms);
        sums->bonded = dyn->respa.energy;
        memcpy(sums->virial, dyn->respa.virial, sizeof sums->virial);
    }
    comm_sum_exact(domain_comm(dyn->domain), sizeof *sums / sizeof(Exact), (Exact *)sums);
    values(sums->now.force, net);
    values(sums->now.momentum, shift);
    for (int c = 0; c < 3; c++) {
        dyn->verlet.fall[c] = net[c] / mass;
        before[c] = kick * dyn->verlet.fall[c];
        shift[c] = langevin ? shift[c] / mass : before[c]; /* a bath leaves no net momentum */
    }
    s->kinetic = shifted(&sums->now, mass, shift);
    if (langevin)
        s->heat += s->kinetic - shifted(&sums->before, mass, before);
    if (o->thermostat == THERMOSTAT_BUSSI && kick > 0.0) {
        factor = thermostat_rescaling(o->seed, s->step, s->kinetic, dyn->freedom, o->temperature,
                                      o->timestep, o->thermostat_time);
        s->heat += s->kinetic * (factor * factor - 1.0);
        s->kinetic *= factor * factor;
    }
    verlet_adjust(&dyn->verlet, dyn->atoms, shift, factor);
    s->barostat_work += exact_value(sums->barostat);
    s->shear_work += exact_value(sums->shear);
    s->temperature = 2.0 * s->kinetic / (UNITS_KB * dyn->freedom);
    set_pressure(dyn, &sums->now, shift, factor);
    if (dyn->respa.steps > 1)
        add_bonded(dyn, sums);
    if (exact_value(sums->now.bad) > 0.0)
        s->kinetic = (double)NAN;
}

void inside_account(Dynamics *dyn)
{
    DynamicsState *s = &dyn->state;
    s->time = dyn->start_time + (double)(s->step - dyn->start_step) * dyn->o.timestep;
    s->energy_stale = !dyn->want_energy;
    if (dyn->want_energy)
        s->conserved = s->force.energy + s->kinetic - s->heat - s->barostat_work - s->shear_work;
}
