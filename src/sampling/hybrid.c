/* hybrid.c -- hybrid Monte Carlo: fresh momenta, a short trajectory of all ions, and a decision on the total energy.
 *
 * S. Duane, A. D. Kennedy, B. J. Pendleton, D. Roweth, Phys. Lett. B 195, 216 (1987), doi 10.1016/0370-2693(87)91197-X.
 * The trajectory is velocity Verlet: reversible, and it keeps phase-space volume, so min(1, exp(-d(K + E)/kT)) is exact
 * whatever the time step. Flexible: all atoms. Rigid: Mg as points; BH4 as spherical tops with one moment of inertia, whose
 * free turn is exact (angular momentum stays, orientation turns by exp(omega t)), kicked by the torque about B, which is
 * the centre of mass of a regular tetrahedron. No momentum is taken out: the centre of mass moves too.
 * The trajectory is void if it ends with a BH4 that is longer than the radius of bodies.
 */
#include "sampling/inside.h"

#include "base/mem.h"
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

typedef struct Motion {
    double (*v)[3];    /* flexible: [n] atoms; rigid: [nion] centres */
    double (*spin)[3]; /* rigid: [nion] angular velocity, laboratory axes */
    double (*f)[3];    /* [n] */
} Motion;

/* Mass, and moment of inertia about B: sum m r^2 2/3 of a spherical top */
static void inertia(const Bodies *b, int32_t ion, double *mass, double *moment)
{
    *mass = *moment = 0.0;
    for (int32_t i = b->first[ion]; i < b->first[ion + 1]; i++) {
        double r[3];
        vec_sub(b->x[i], b->x[b->first[ion]], r);
        *mass += b->mass[i];
        *moment += 2.0 / 3.0 * b->mass[i] * vec_dot(r, r);
    }
}

static void normal(const Mc *mc, uint64_t id, double width, double v[3])
{
    double z[3];
    rng_normal3(mc->o.seed, RNG_MC_MOVE, (uint64_t)mc->state.sweep, (UINT64_C(1) << 63) + id, 0, z);
    for (int c = 0; c < 3; c++)
        v[c] = width * z[c];
}

static void draw(const Mc *mc, Motion *m)
{
    const Bodies *b = &mc->bodies;
    if (!mc->o.rigid) {
        for (int64_t i = 0; i < b->n; i++)
            normal(mc, (uint64_t)i, sqrt(mc->kt / b->mass[i]), m->v[i]);
        return;
    }
    for (int32_t k = 0; k < b->nion; k++) {
        double mass, moment;
        inertia(b, k, &mass, &moment);
        normal(mc, 2 * (uint64_t)k, sqrt(mc->kt / mass), m->v[k]);
        normal(mc, 2 * (uint64_t)k + 1, moment > 0.0 ? sqrt(mc->kt / moment) : 0.0, m->spin[k]);
    }
}

static double kinetic(const Mc *mc, const Motion *m)
{
    const Bodies *b = &mc->bodies;
    double sum = 0.0, mass, moment;
    if (!mc->o.rigid) {
        for (int64_t i = 0; i < b->n; i++)
            sum += 0.5 * b->mass[i] * vec_dot(m->v[i], m->v[i]);
        return sum;
    }
    for (int32_t k = 0; k < b->nion; k++) {
        inertia(b, k, &mass, &moment);
        sum +=
            0.5 * mass * vec_dot(m->v[k], m->v[k]) + 0.5 * moment * vec_dot(m->spin[k], m->spin[k]);
    }
    return sum;
}

static void kick(const Mc *mc, Motion *m, double dt)
{
    const Bodies *b = &mc->bodies;
    if (!mc->o.rigid) {
        for (int64_t i = 0; i < b->n; i++)
            vec_axpy(dt / b->mass[i], m->f[i], m->v[i]);
        return;
    }
    for (int32_t k = 0; k < b->nion; k++) {
        double mass, moment, r[3], t[3];
        inertia(b, k, &mass, &moment);
        for (int32_t i = b->first[k]; i < b->first[k + 1]; i++) {
            vec_axpy(dt / mass, m->f[i], m->v[k]);
            vec_sub(b->x[i], b->x[b->first[k]], r);
            vec_cross(r, m->f[i], t);
            if (moment > 0.0)
                vec_axpy(dt / moment, t, m->spin[k]);
        }
    }
}

static void drift(Mc *mc, const Motion *m, double dt)
{
    Bodies *b = &mc->bodies;
    if (!mc->o.rigid) {
        for (int64_t i = 0; i < b->n; i++)
            vec_axpy(dt, m->v[i], b->x[i]);
    } else {
        for (int32_t k = 0; k < b->nion; k++) {
            double phi[3] = {dt * m->spin[k][0], dt * m->spin[k][1], dt * m->spin[k][2]}, q[4];
            double *centre = b->x[b->first[k]], old[3] = {centre[0], centre[1], centre[2]};
            quat_from_vector(phi, q);
            vec_axpy(dt, m->v[k], centre);
            for (int32_t i = b->first[k] + 1; i < b->first[k + 1]; i++) {
                double r[3];
                vec_sub(b->x[i], old, r);
                quat_rotate(q, r, r);
                for (int c = 0; c < 3; c++)
                    b->x[i][c] = centre[c] + r[c];
            }
        }
    }
}

/* Can the trajectory go on from here? Not if an ion is torn or a number is none: it could not come back either. */
static bool sane(const Bodies *b)
{
    for (int64_t i = 0; i < b->n; i++)
        for (int c = 0; c < 3; c++)
            if (!(fabs(b->x[i][c]) < 1e7))
                return false;
    return bodies_longest(b, (const double(*)[3])b->x) <= 2.0 * b->radius;
}

static void forces(Mc *mc, Motion *m)
{
    memset(m->f, 0, (size_t)mc->bodies.n * sizeof *m->f);
    energy_forces(&mc->model, &mc->bodies, m->f);
}

/* The kinetic energy before is in *before. False: it went where the model ends. */
static bool trajectory(Mc *mc, Motion *m, double *before, double *after)
{
    double dt = mc->state.step[MC_MOVE_HYBRID];
    Bodies *b = &mc->bodies;
    bodies_set(b, &b->cell,
               (const double(*)[3])b->x); /* neighbours in one order, whatever came before */
    draw(mc, m);
    *before = kinetic(mc, m);
    forces(mc, m);
    for (int step = 0; step < mc->o.hybrid_steps; step++) {
        kick(mc, m, 0.5 * dt);
        drift(mc, m, dt);
        if (!sane(b))
            return false;
        bodies_set(b, &b->cell, (const double(*)[3])b->x);
        waves_compute(mc->model.waves, b);
        forces(mc, m);
        kick(mc, m, 0.5 * dt);
    }
    *after = kinetic(mc, m);
    return bodies_longest(b, (const double(*)[3])b->x) <= b->radius;
}

void hybrid_move(Mc *mc)
{
    Bodies *b = &mc->bodies;
    McState *s = &mc->state, trial = *s;
    Motion m = {.f = mem_new((size_t)b->n, sizeof *m.f),
                .v = mem_new((size_t)b->n, sizeof *m.v),
                .spin = mem_new((size_t)b->nion, sizeof *m.spin)};
    Dice d = dice_of(mc->o.seed, RNG_MC_ACCEPT, s->sweep, UINT64_MAX);
    double before = 0.0, after = 0.0;
    memcpy(mc->kept, b->x, (size_t)b->n * sizeof *b->x);
    waves_get(mc->model.waves, mc->kept_waves);
    s->count[MC_MOVE_HYBRID].tried++;
    bool taken = trajectory(mc, &m, &before, &after);
    if (taken) {
        mc_compute(mc, &trial);
        double de = trial.pairs + trial.waves + trial.inner - s->pairs - s->waves - s->inner;
        taken = mc_accepts(-(de + after - before) / mc->kt, dice_uniform(&d));
    }
    if (taken) {
        s->pairs = trial.pairs;
        s->waves = trial.waves;
        s->inner = trial.inner;
        s->count[MC_MOVE_HYBRID].local++;
        s->count[MC_MOVE_HYBRID].taken++;
    } else {
        bodies_set(b, &b->cell, (const double(*)[3])mc->kept);
        waves_put(mc->model.waves, mc->kept_waves);
    }
    free(m.f);
    free(m.v);
    free(m.spin);
}
