#include "app/kmc_rotors_write.h"

#include "analysis/turn_isf.h"
#include "app/stages.h"
#include "base/log.h"
#include "base/mem.h"
#include "lattice/carriers.h"
#include "lattice/turn_chain.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* I(Q,t) of rotors that do not feel each other, from their chains: mean over those of one cell; all cells are alike where this
 * is asked for. */
static Err write_truth(const KmcRotorsRun *r, const TurnIsf *s, H5 *file, double *turns)
{
    const Network *n = &r->net;
    int64_t rotors = n->nrotor;
    double *eisf = MEM_NEW(double, s->nq), *curve = MEM_NEW(double, s->nq * s->nt);
    int32_t *met = MEM_NEW(int32_t, rotors);
    size_t wells = (size_t)r->wiring.wells;
    int32_t *field = MEM_NEW(int32_t, (size_t)rotors * wells);
    Err e = OK;
    *turns = 0.0;
    for (int64_t m = 0; m < rotors; m++)
        wiring_field(&r->wiring, &r->state, m, field + (size_t)m * wells);
    for (int64_t m = 0; m < rotors && e == OK; m++) { /* those alike are solved once */
        int64_t alike = 1;
        if (met[m])
            continue;
        for (int64_t k = m + 1; k < rotors; k++)
            if (!met[k] && n->rotor_class[k % n->nrotor] == n->rotor_class[m % n->nrotor] &&
                memcmp(field + (size_t)k * wells, field + (size_t)m * wells,
                       wells * sizeof *field) == 0) {
                met[k] = 1;
                alike++;
            }
        TurnChain chain;
        e = turn_chain_init(&chain, &r->wiring, n->rotor_class[m % n->nrotor],
                            field + (size_t)m * wells, r->o->temperature, r->o->rotor_speed);
        double share = (double)alike / (double)rotors;
        *turns += e == OK ? share * chain.turns : 0.0;
        for (size_t i = 0; i < s->nq && e == OK; i++) {
            eisf[i] += share * turn_chain_isf(&chain, s->q[i], r->o->bond, INFINITY);
            for (size_t k = 0; k < s->nt; k++)
                curve[i * s->nt + k] +=
                    share * turn_chain_isf(&chain, s->q[i], r->o->bond, 1e-12 * s->t[k]);
        }
        turn_chain_clear(&chain);
    }
    if (e == OK)
        e = h5_write(file, "truth/Q", 1, &s->nq, s->q, "1/A", "momentum transfer");
    if (e == OK)
        e = h5_write(file, "truth/t", 1, &s->nt, s->t, "ps", "time difference");
    if (e == OK)
        e = h5_write(file, "truth/eisf", 1, &s->nq, eisf, "1", "EISF of the turns, exact");
    if (e == OK)
        e = h5_write(file, "truth/I_Q_t", 2, (size_t[]){s->nq, s->nt}, curve, "1",
                     "I(Q,t) [Q][t] of the turns, exact");
    free(eisf), free(curve), free(met), free(field);
    return e;
}

static Err write_class_times(const KmcRotorsRun *r, const Counts *c, size_t at, H5 *file)
{
    Err e = OK;
    for (int k = -1; k < r->net.nrotor_class && e == OK; k++) {
        TurnIsf s;
        double value, error;
        char name[64], text[96];
        if (k >= 0 && r->net.nrotor_class == 1)
            continue;
        turn_isf_init(&s, c, k, r->step, r->nq, r->q, r->o->bond);
        turn_isf_relaxation(&s, at, &value, &error);
        snprintf(name, sizeof name, k < 0 ? "tau_relaxation" : "tau_relaxation_%d", k + 1);
        snprintf(text, sizeof text, "integral of the decaying part of I(Q,t) at Q = %g 1/A, %s",
                 r->q[at], k < 0 ? "all BH4" : r->net.rotor_classes[k].label);
        e = stages_scalar(file, name, value, error, "ps", text);
        if (k < 0)
            log_info("  relaxation time %.4g +- %.2g ps at Q = %g 1/A; EISF %.4f", value, error,
                     r->q[at], s.mean[at * s.nt + s.nt - 1]);
        turn_isf_clear(&s);
    }
    return e;
}

/* Largest difference between cycles of dt and dt/2, in I(Q,t) and in standard errors; a third of it is left at dt/2. */
static Err write_splitting(const TurnIsf *half, const TurnIsf *whole, H5 *file)
{
    double worst = 0.0, sigmas = 0.0;
    for (size_t k = 0; k < half->nq * half->nt; k++) {
        double d = fabs(half->mean[k] - whole->mean[k]), s = hypot(half->error[k], whole->error[k]);
        worst = fmax(worst, d);
        if (s > 1e-9)
            sigmas = fmax(sigmas, d / s);
    }
    log_info("  cycles of dt and dt/2: I(Q,t) differs by at most %.2g (%.1f standard errors)",
             worst, sigmas);
    TRY(stages_scalar(file, "splitting_error", worst / 3.0, NAN, "1",
                      "of I(Q,t) by the time step of tiles: a third of the largest difference "
                      "between dt and dt/2, statistical scatter included"));
    return stages_scalar(file, "splitting_sigmas", sigmas, NAN, "1",
                         "that difference in standard errors");
}

static Err write_counts(const Counts *c, H5 *file)
{
    size_t dims[6] = {(size_t)c->groups, (size_t)c->state->net->nrotor_class,
                      c->nlag,           (size_t)c->wells,
                      (size_t)c->wells,  TURNS};
    TRY(h5_write_i64(file, "counts/count", 6, dims, c->count, "1",
                     "[group][class][lag][well before][well after][turn]: lattice/counts.h"));
    return h5_write_i64(file, "counts/lag", 1, &c->nlag, c->lag, "1", "samples");
}

static Err write_all(const KmcRotorsRun *r, const Counts *c, const Counts *coarse, H5 *file)
{
    TurnIsf s, other;
    size_t at = 0;
    double turns = NAN;
    H5 *group;
    for (size_t i = 1; i < r->nq; i++)
        at = fabs(r->q[i] - r->o->at) < fabs(r->q[at] - r->o->at) ? i : at;
    turn_isf_init(&s, c, -1, r->step, r->nq, r->q, r->o->bond);
    Err e = h5_write_text(file, "status", r->net.source);
    if (e == OK)
        e = h5_group(file, "isf", &group);
    if (e == OK) {
        e = turn_isf_write(&s, group);
        h5_close_group(group);
    }
    if (e == OK)
        e = write_counts(c, file);
    bool alone =
        r->net.nrotor_rotor == 0 && (r->o->carriers == CARRIERS_NONE || r->net.nsite_rotor == 0);
    if (e == OK && alone)
        e = write_truth(r, &s, file, &turns);
    if (e == OK && coarse != NULL) {
        turn_isf_init(&other, coarse, -1, r->step, r->nq, r->q, r->o->bond);
        e = write_splitting(&s, &other, file);
        turn_isf_clear(&other);
    }
    if (e == OK)
        e = write_class_times(r, c, at, file);
    double runs = (double)r->o->replicas * (r->o->engine == KMC_ROTORS_TILES ? 2.0 : 1.0),
           seconds = 1e-12 * (r->o->equilibration + r->o->duration),
           rate = (double)r->events / (runs * seconds * (double)(r->state.ncell * r->net.nrotor));
    if (e == OK)
        e = stages_scalar(file, "tau_residence", 1e12 / rate, NAN, "ps",
                          "mean time between two turns of a BH4, all kinds of turns");
    if (e == OK && !isnan(turns))
        e = stages_scalar(file, "tau_residence_exact", 1e12 / turns, 0.0, "ps",
                          "the same from the rates in equilibrium");
    if (e == OK)
        log_info("  clock: %.4g turns/s of a BH4, residence time %.4g ps; %s", rate, 1e12 / rate,
                 r->net.source);
    turn_isf_clear(&s);
    return e;
}

Err kmc_rotors_write(const KmcRotorsRun *r)
{
    const Counts *c = &r->counts[KMC_ROTORS_FINE],
                 *coarse = r->o->engine == KMC_ROTORS_TILES ? &r->counts[KMC_ROTORS_COARSE] : NULL;
    H5 *file;
    TRY(stages_create_result(r->run, &file));
    Err e = write_all(r, c, coarse, file);
    if (e == OK)
        return h5_commit(file);
    h5_close(file);
    return e;
}
