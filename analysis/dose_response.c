#include "analysis/dose_response.h"

#include "base/mem.h"
#include "base/rng.h"
#include "lattice/bridge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const int64_t PILOT_CANDIDATES = 4000000;
static const double RELAXATIONS = 10.0,
                    LONGER = 1e4; /* in a window; at most so many times `hops` for it */

/* What a job leaves. */
enum { CHARGE, CHARGE_LONG, TRACER, TRACER_LONG, HOPS, CANDIDATES };
enum { MEAN, LOCKED, EXPOSED, ROTORS, TURN_RATE, INDICATOR };

size_t dose_response_find(size_t n, const double speed[], double wanted)
{
    size_t i = 0;
    while (i < n && fabs(speed[i] / wanted - 1.0) > 1e-9)
        i++;
    return i;
}

/* ---- what can be wrong ----------------------------------------------------------------------- */

static Err check_speeds(const DoseOptions *o)
{
    if (o->nspeed > DOSE_RESPONSE_SPEEDS)
        return err_set(ERR_INPUT, "%zu rotor speeds; at most %d", o->nspeed, DOSE_RESPONSE_SPEEDS);
    for (size_t i = 0; i < o->nspeed; i++) {
        if (!(o->speed[i] > 0.0 && isfinite(o->speed[i])))
            return err_set(ERR_INPUT, "rotor speed %g: must be positive", o->speed[i]);
        if (i > 0 && o->speed[i] <= o->speed[i - 1])
            return err_set(ERR_INPUT, "rotor speeds must ascend: %g comes after %g", o->speed[i],
                           o->speed[i - 1]);
    }
    if (dose_response_find(o->nspeed, o->speed, 1.0) == o->nspeed ||
        dose_response_find(o->nspeed, o->speed, 0.01) == o->nspeed)
        return err_set(ERR_INPUT, "rotor speeds must have 0.01 and 1: R3 is the ratio of both");
    int near = 0;
    for (size_t i = 0; i < o->nspeed; i++)
        near += o->speed[i] > 0.0999 && o->speed[i] < 10.001;
    if (near < 2)
        return err_set(ERR_INPUT,
                       "rotor speeds must have another from 0.1 to 10 beside 1, for the slope");
    return OK;
}

/* What needs no network. */
static Err check_options(const DoseOptions *o)
{
    TRY(check_speeds(o));
    if (o->replicas < 2 || o->quenches < 2 || o->walks < 1 || o->windows < 2 || o->windows % 2)
        return err_set(ERR_INPUT, "at least 2 replicas, 2 quenches, 1 walk and an even number of "
                                  "windows are needed");
    if (o->vacancies + o->added == 0)
        return err_set(ERR_INPUT, "no carriers: vacancies and added Mg are both 0");
    return OK;
}

Err dose_response_check(const Network *n, const DoseOptions *o)
{
    TRY(check_options(o));
    if (n == NULL)
        return OK;
    if (n->nrotor_rotor > 0)
        return err_set(
            ERR_INPUT,
            "the network has %d rotor-rotor terms; rotors at any speed need rotors that do "
            "not feel each other",
            n->nrotor_rotor);
    int64_t cells = (int64_t)o->copies[0] * o->copies[1] * o->copies[2], taken = 0, free_ = 0;
    for (int32_t i = 0; i < n->nsite; i++) {
        bool reference = n->site_classes[n->site_class[i]].reference;
        taken += reference;
        free_ += !reference;
    }
    if (o->vacancies > taken * cells || o->added > free_ * cells)
        return err_set(ERR_INPUT,
                       "%lld vacancies and %lld added Mg; the lattice has %lld taken and %lld free "
                       "sites",
                       (long long)o->vacancies, (long long)o->added, (long long)(taken * cells),
                       (long long)(free_ * cells));
    if (taken * cells - o->vacancies + o->added == 0)
        return err_set(ERR_INPUT, "no Mg is left");
    return OK;
}

/* ---- one walk -------------------------------------------------------------------------------- */

typedef struct Work {
    const Network *net;
    const DoseOptions *o;
    const Wiring *wiring;
    double window; /* s */
    int64_t carriers;
} Work;

/* One of `n` by a random number. */
static int64_t pick(uint64_t seed, uint64_t id, uint64_t step, int64_t n)
{
    double u[2];
    rng_uniform2(seed, RNG_KMC, step, id, 1, u);
    return (int64_t)(u[0] * (double)n);
}

/* Change `count` sites, of those that are of the reference or of those that are not. */
static void change_sites(State *s, bool reference, int64_t count, uint64_t seed, uint64_t id)
{
    const Network *n = s->net;
    int64_t *list = MEM_NEW(int64_t, s->ncell * n->nsite), left = 0;
    for (int64_t i = 0; i < s->ncell * n->nsite; i++)
        if (n->site_classes[n->site_class[i % n->nsite]].reference == reference)
            list[left++] = i;
    for (int64_t k = 0; k < count; k++) {
        int64_t at = pick(seed, id, (uint64_t)k << 1 | reference, left);
        state_set(s, list[at], !reference);
        list[at] = list[--left];
    }
    free(list);
}

static Err place_carriers(State *s, const Work *w, uint64_t id)
{
    TRY(state_init(s, w->net, w->o->copies));
    change_sites(s, true, w->o->vacancies, w->o->seed, id);
    change_sites(s, false, w->o->added, w->o->seed, id);
    state_name_ions(s);
    return OK;
}

static Err new_bridge(State *s, const Work *w, double speed, bool frozen, Bridge **b)
{
    const KmcOptions k = {.temperature = w->o->temperature, .rotor_speed = speed};
    return bridge_new(s, w->wiring, &k, frozen, b);
}

/* To equilibrium with the fastest rotors, for a time [s]. */
static Err equilibrate(State *s, const Work *w, uint64_t id, double time)
{
    Bridge *b;
    KmcClock clock = {.seed = w->o->seed, .id = id};
    int64_t hops;
    TRY(new_bridge(s, w, w->o->speed[w->o->nspeed - 1], false, &b));
    Err e = bridge_equilibrate(b, &clock);
    if (e == OK)
        e = bridge_run(b, &clock, time, INT64_MAX, &hops);
    if (e == OK)
        e = bridge_settle(b, &clock);
    bridge_free(b);
    return e;
}

static void positions(const State *s, double (*r)[3])
{
    for (int64_t i = 0; i < s->nion; i++)
        state_position(s, i, r[i]);
}

/* |sum of dr|^2 and sum of |dr|^2. */
static void squares(int64_t n, double (*from)[3], double (*to)[3], double *charge, double *tracer)
{
    double sum[3] = {0};
    for (int64_t i = 0; i < n; i++)
        for (int a = 0; a < 3; a++) {
            double d = to[i][a] - from[i][a];
            sum[a] += d;
            *tracer += d * d;
        }
    *charge += sum[0] * sum[0] + sum[1] * sum[1] + sum[2] * sum[2];
}

static Err walk(State *s, const Work *w, double speed, uint64_t id,
                double out[DOSE_RESPONSE_NUMBERS])
{
    Bridge *b;
    KmcClock clock = {.seed = w->o->seed, .id = id};
    double(*r[3])[3]; /* at the beginning of the long window, of this one, now */
    TRY(new_bridge(s, w, speed, speed == 0.0, &b));
    for (int i = 0; i < 3; i++)
        r[i] = mem_new((size_t)s->nion, sizeof *r[i]);
    Err e = OK;
    positions(s, r[0]);
    memcpy(r[1], r[0], (size_t)s->nion * sizeof *r[0]);
    for (int i = 1; i <= w->o->windows && e == OK; i++) {
        int64_t hops;
        e = bridge_run(b, &clock, i * w->window, INT64_MAX, &hops);
        out[HOPS] += (double)hops;
        positions(s, r[2]);
        squares(s->nion, r[1], r[2], &out[CHARGE], &out[TRACER]);
        memcpy(r[1], r[2], (size_t)s->nion * sizeof *r[1]);
        if (i % 2 == 0) {
            squares(s->nion, r[0], r[2], &out[CHARGE_LONG], &out[TRACER_LONG]);
            memcpy(r[0], r[2], (size_t)s->nion * sizeof *r[0]);
        }
    }
    /* windows * t = time of all windows, of one length or twice that */
    double norm = 6.0 * (double)s->nion * w->window * w->o->windows;
    for (int k = CHARGE; k <= TRACER_LONG; k++)
        out[k] /= norm;
    out[CANDIDATES] = (double)bridge_candidates(b);
    for (int i = 0; i < 3; i++)
        free(r[i]);
    bridge_free(b);
    return e;
}

/* ---- pilot ----------------------------------------------------------------------------------- */

/* Long enough for rotors to turn as well. */
static Err choose_window(Work *w, const State *s, double rate, double *slowest)
{
    Chains chains;
    Voices voices = {0};
    StaticCoupling c;
    chains_init(&chains, w->wiring, w->o->temperature, 1.0);
    Err e = voices_init(&voices, w->wiring);
    if (e == OK)
        e = static_coupling(&chains, &voices, s, &c, NULL);
    voices_clear(&voices);
    chains_clear(&chains);
    if (e != OK)
        return e;
    double hops = w->o->hops / rate, turns = RELAXATIONS / c.slowest;
    *slowest = c.slowest;
    w->window = fmax(hops, turns);
    if (turns > LONGER * hops)
        return err_set(
            ERR_INPUT,
            "rotors relax at %.2g 1/s, carriers hop at %.2g 1/s: windows in which they turn "
            "would have %.2g hops; raise `hops` to %.2g if you can wait",
            c.slowest, rate, turns * rate, turns * rate / LONGER);
    return OK;
}

/* Hop rate of a carrier at lambda = 1, so the window. The same on all ranks. */
static Err pilot(Work *w, double *rate, double *slowest)
{
    State s = {0};
    Bridge *b = NULL;
    KmcClock clock = {.seed = w->o->seed, .id = UINT64_C(1) << 62};
    int64_t hops = 0, all = 0;
    Err e = place_carriers(&s, w, clock.id);
    if (e == OK)
        e = new_bridge(&s, w, 1.0, false, &b);
    if (e == OK)
        e = bridge_equilibrate(b, &clock);
    double start = 0.0;
    for (int half = 0; half < 2 && e == OK; half++) { /* the first half is forgotten */
        start = clock.time;
        all = 0;
        while (e == OK && all < 100 * w->carriers && bridge_bound(b) > 0.0 &&
               bridge_candidates(b) < (half + 1) * (PILOT_CANDIDATES / 2)) {
            e = bridge_run(b, &clock, INFINITY, 10 * w->carriers, &hops);
            all += hops;
        }
    }
    if (e == OK && all < 20)
        e = err_set(ERR_INPUT,
                    "%lld hops in %lld candidates of the pilot: gates are all but closed, or no Mg "
                    "can hop",
                    (long long)all, (long long)bridge_candidates(b));
    if (e == OK) {
        *rate = (double)all / ((clock.time - start) * (double)w->carriers);
        e = choose_window(w, &s, *rate, slowest);
    }
    bridge_free(b);
    state_clear(&s);
    return e;
}

/* ---- jobs ------------------------------------------------------------------------------------ */

static int64_t count_walks(const DoseOptions *o)
{
    return (int64_t)o->nspeed * o->replicas + (int64_t)o->quenches * o->walks;
}

size_t dose_response_jobs(const DoseOptions *o)
{
    return (size_t)(count_walks(o) + o->replicas);
}

/* Equilibrium states of quenches are their own; walks of a quench share wells and places of Mg. */
static Err do_walk(const Work *w, int64_t job, double out[DOSE_RESPONSE_NUMBERS])
{
    const DoseOptions *o = w->o;
    int64_t replicas = (int64_t)o->nspeed * o->replicas;
    bool frozen = job >= replicas;
    uint64_t start = (uint64_t)(frozen ? replicas + (job - replicas) / o->walks : job);
    State s = {0};
    Err e = place_carriers(&s, w, start);
    if (e == OK)
        e = equilibrate(&s, w, start | UINT64_C(1) << 61, w->window * (8 + o->windows / 8));
    if (e == OK)
        e = walk(&s, w, frozen ? 0.0 : o->speed[job / o->replicas],
                 (uint64_t)job | UINT64_C(1) << 60, out);
    state_clear(&s);
    return e;
}

/* Static coupling of equilibrium states, those from which the replicas of the first speed start. */
static Err do_static(const Work *w, Chains *chains, const Voices *voices, int64_t replica,
                     double out[DOSE_RESPONSE_NUMBERS], StaticClass class[])
{
    State s = {0};
    StaticCoupling c = {0};
    Err e = place_carriers(&s, w, (uint64_t)replica);
    if (e == OK)
        e = equilibrate(&s, w, (uint64_t)replica | UINT64_C(1) << 61,
                        w->window * (8 + w->o->windows / 8));
    if (e == OK)
        e = static_coupling(chains, voices, &s, &c, class);
    const double all[DOSE_RESPONSE_NUMBERS] = {c.mean,   c.locked,    c.exposed,
                                               c.rotors, c.turn_rate, c.indicator};
    memcpy(out, all, sizeof all);
    state_clear(&s);
    return e;
}

/* Walks, then static couplings. Every rank does one job of a round; then all ranks have them. */
static Err do_jobs(const Comm *c, const Work *w, const DosePause *pause,
                   double (*job)[DOSE_RESPONSE_NUMBERS], StaticClass class[])
{
    size_t done = pause != NULL ? pause->done : 0, total = dose_response_jobs(w->o),
           ranks = (size_t)comm_size(c);
    int64_t walks = count_walks(w->o);
    Chains chains;
    Voices voices = {0};
    chains_init(&chains, w->wiring, w->o->temperature, 1.0);
    Err e = voices_init(&voices, w->wiring);
    if (done > 0)
        memcpy(job, pause->saved, done * sizeof *job);
    while (done < total && e == OK) {
        size_t round = total - done < ranks ? total - done : ranks, rank = (size_t)comm_rank(c);
        int64_t mine = (int64_t)(done + rank);
        if (rank < round)
            e = mine < walks ? do_walk(w, mine, job[mine])
                             : do_static(w, &chains, &voices, mine - walks, job[mine], NULL);
        comm_sum(c, round * DOSE_RESPONSE_NUMBERS, job[done]);
        e = comm_agree(c, e);
        done += round;
        if (e == OK && pause != NULL && pause->after != NULL)
            e = pause->after(pause->data, done, total, (const double(*)[DOSE_RESPONSE_NUMBERS])job);
    }
    double again[DOSE_RESPONSE_NUMBERS];
    if (e == OK)
        e = comm_agree(c, do_static(w, &chains, &voices, 0, again, class));
    voices_clear(&voices);
    chains_clear(&chains);
    return e;
}

static void fill_arm(DoseArm *a, double speed, int units, int walks,
                     double (*job)[DOSE_RESPONSE_NUMBERS])
{
    *a = (DoseArm){.speed = speed, .units = (size_t)units};
    double **to[] = {&a->charge, &a->charge_long, &a->tracer, &a->tracer_long};
    for (int k = 0; k < 4; k++)
        *to[k] = MEM_NEW(double, units);
    for (int i = 0; i < units * walks; i++) {
        for (int k = 0; k < 4; k++)
            (*to[k])[i / walks] += job[i][k] / walks;
        a->hops += (int64_t)job[i][HOPS];
        a->candidates += (int64_t)job[i][CANDIDATES];
    }
}

static void collect(const DoseOptions *o, double (*job)[DOSE_RESPONSE_NUMBERS], DoseResponse *r)
{
    double(*fixed)[DOSE_RESPONSE_NUMBERS] = job + count_walks(o);
    for (size_t i = 0; i < o->nspeed; i++)
        fill_arm(&r->arm[i], o->speed[i], o->replicas, 1, job + i * (size_t)o->replicas);
    fill_arm(&r->arm[o->nspeed], 0.0, o->quenches, o->walks, job + o->nspeed * (size_t)o->replicas);
    r->nstatic = (size_t)o->replicas;
    r->mean = MEM_NEW(double, o->replicas);
    r->locked = MEM_NEW(double, o->replicas);
    for (int i = 0; i < o->replicas; i++) {
        r->mean[i] = fixed[i][MEAN];
        r->locked[i] = fixed[i][LOCKED];
        r->exposed += fixed[i][EXPOSED] / o->replicas;
        r->rotors += fixed[i][ROTORS] / o->replicas;
        r->turn_rate += fixed[i][TURN_RATE] / o->replicas;
        r->indicator = fmax(r->indicator, fixed[i][INDICATOR]);
    }
}

Err dose_response_run(const Comm *c, const Network *n, const DoseOptions *o, const DosePause *pause,
                      DoseResponse *out)
{
    *out = (DoseResponse){.nspeed = o->nspeed};
    Wiring wiring = {0};
    TRY(dose_response_check(n, o));
    TRY(network_check(n, o->temperature));
    TRY(wiring_init(&wiring, n));
    Work w = {n, o, &wiring, 0.0, o->vacancies + o->added};
    Err e = pilot(&w, &out->hop_rate, &out->slowest);
    if (e == OK) {
        double(*job)[DOSE_RESPONSE_NUMBERS] = mem_new(dose_response_jobs(o), sizeof *job);
        out->nclass = n->nedge_class;
        out->class = MEM_NEW(StaticClass, n->nedge_class);
        e = do_jobs(c, &w, pause, job, out->class);
        if (e == OK)
            collect(o, job, out);
        free(job);
    }
    int64_t reference = 0;
    for (int32_t i = 0; i < n->nsite; i++)
        reference += n->site_classes[n->site_class[i]].reference;
    out->reference = reference * o->copies[0] * o->copies[1] * o->copies[2];
    out->ions = out->reference - o->vacancies + o->added;
    out->carriers = w.carriers;
    out->volume = n->cell.volume * o->copies[0] * o->copies[1] * o->copies[2];
    out->window = w.window;
    wiring_clear(&wiring);
    return e;
}

void dose_response_clear(DoseResponse *r)
{
    for (size_t i = 0; i <= DOSE_RESPONSE_SPEEDS; i++) {
        free(r->arm[i].charge);
        free(r->arm[i].charge_long);
        free(r->arm[i].tracer);
        free(r->arm[i].tracer_long);
    }
    free(r->mean);
    free(r->locked);
    free(r->class);
    *r = (DoseResponse){0};
}
