#include "analysis/hop_run.h"

#include "analysis/event_spectrum.h"
#include "analysis/spectral.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PILOT_LEAST = 200, PILOT_MOST = 20000, EDGES_LOOKED_AT = 64, PILOT = 4095 };

static const double lowest = 20.0; /* frequency of the spectrum in units of 1/length of a replica */
static const double highest = 10.0; /* in units of the fastest rate */

struct HopReplica {
    const HopRun *work;
    const HopCase *of;
    State state;
    Defects defects;
    Hopper *hopper;
    KmcClock clock;
    EventSpectrum spectrum;
    double (*step)[3]; /* [edge] A, from a to b */
    double travelled[3];
    int64_t *count; /* [edge class] */
    int64_t hops, first_events;
    bool counting;
    int64_t frame, frames;
    double begin;            /* [s] of frame 0 */
    double *charge, *tracer; /* [3][frames], [ions][3][frames] A */
};

static void watch(void *data, const KmcEvent *e)
{
    HopReplica *r = data;
    double d[3];
    if (e->edge < 0)
        return;
    for (int a = 0; a < 3; a++) {
        d[a] = e->direction * r->step[e->edge][a];
        r->travelled[a] += d[a];
    }
    r->count[r->work->net->edge[e->edge].class] += r->counting;
    event_spectrum_add(&r->spectrum, e->time, d);
}

/* Everything but where the frames begin. */
static Err begin(const HopRun *w, size_t which, int64_t replica, size_t nfrequency,
                 HopReplica **out)
{
    const Network *n = w->net;
    HopReplica *r = *out = MEM_NEW(HopReplica, 1);
    const HopRunOptions *o = w->o;
    r->work = w;
    r->of = &w->cases[which];
    r->clock = (KmcClock){.seed = w->seed, .id = (uint64_t)which << 12 | (uint64_t)replica};
    r->step = mem_new((size_t)n->nedge, sizeof *r->step);
    r->count = MEM_NEW(int64_t, n->nedge_class);
    for (int32_t e = 0; e < n->nedge; e++)
        network_displacement(n, &n->edge[e], r->step[e]);
    event_spectrum_init(&r->spectrum, nfrequency, r->of->frequency);
    TRY(state_init(&r->state, n, o->copies));
    TRY(carriers_place(&r->state, o->carriers, o->site, o->number, w->seed, r->clock.id));
    if (o->coulomb != HOP_COULOMB_NONE)
        TRY(defects_init_like(&r->defects, &w->defects, &r->state,
                              o->coulomb == HOP_COULOMB_BACKGROUND));
    const KmcOptions how = {.temperature = r->of->temperature,
                            .rotor_speed = r->of->speed,
                            .defects = o->coulomb != HOP_COULOMB_NONE ? &r->defects : NULL,
                            .watch = watch,
                            .data = r};
    return hopper_new(&r->state, &w->wiring, o->engine, &how, o->tolerance, &r->clock, &r->hopper);
}

Err hop_run_replica_begin(const HopRun *w, size_t which, int64_t replica, HopReplica **out)
{
    TRY(begin(w, which, replica, w->cases[which].n, out));
    HopReplica *r = *out;
    r->frames = w->o->frames + 1;
    r->begin = w->o->equilibration * r->of->step * (double)w->o->frames;
    r->charge = MEM_NEW(double, 3 * r->frames);
    r->tracer = MEM_NEW(double, 3 * r->frames * r->state.nion);
    return OK;
}

static void record(HopReplica *r)
{
    int64_t k = r->frame++;
    if (k == 0) {
        r->counting = true;
        r->first_events = hopper_events(r->hopper);
        r->hops = 0;
        event_spectrum_start(&r->spectrum);
    }
    for (int a = 0; a < 3; a++)
        r->charge[a * r->frames + k] = r->travelled[a];
    for (int64_t i = 0; i < r->state.nion; i++) {
        double x[3];
        state_position(&r->state, i, x);
        for (int a = 0; a < 3; a++)
            r->tracer[(3 * i + a) * r->frames + k] = x[a];
    }
}

Err hop_run_replica_advance(HopReplica *r)
{
    int64_t share = (r->frames + HOP_RUN_SLICES - 1) / HOP_RUN_SLICES, hops;
    for (int64_t k = 0; k < share && r->frame < r->frames; k++) {
        double until = r->begin + (double)r->frame * r->of->step;
        TRY(hopper_run(r->hopper, &r->clock, until, INT64_MAX, &hops));
        r->hops += hops;
        record(r);
    }
    return OK;
}

/* Squares of the sine transforms of paths, mean over axes, summed over paths. */
static void squares(const double *path, int64_t paths, size_t frames, double p[])
{
    Spectral s;
    spectral_init(&s, frames, SPECTRAL_MOST);
    double *y = MEM_NEW(double, s.n);
    for (int64_t i = 0; i < 3 * paths; i++) {
        spectral_of_path(&s, path + (size_t)i * frames, y);
        for (size_t j = 0; j < s.n; j++)
            p[j] += y[j] * y[j] / 3.0;
    }
    free(y);
    spectral_clear(&s);
}

void hop_run_replica_finish(HopReplica *r, double row[])
{
    const HopRow *at = &r->work->row;
    double time = r->of->step * (double)(r->frames - 1);
    memset(row, 0, at->n * sizeof *row);
    row[HOP_ROW_TIME] = time;
    row[HOP_ROW_HOPS] = (double)r->hops;
    row[HOP_ROW_EVENTS] = (double)(hopper_events(r->hopper) - r->first_events);
    row[HOP_ROW_WORST] = hopper_worst(r->hopper);
    row[HOP_ROW_SQUARE] = r->spectrum.square;
    for (int c = 0; c < r->work->net->nedge_class; c++)
        row[at->counts_at + (size_t)c] = (double)r->count[c];
    squares(r->charge, 1, (size_t)r->frames, row + at->charge_at);
    squares(r->tracer, r->state.nion, (size_t)r->frames, row + at->tracer_at);
    double _Complex *value = mem_new(r->of->n, sizeof *value);
    event_spectrum_value(&r->spectrum, time, value);
    for (size_t k = 0; k < r->of->n; k++) {
        row[at->spectrum_at + 2 * k] = creal(value[k]);
        row[at->spectrum_at + 2 * k + 1] = cimag(value[k]);
    }
    free(value);
}

void hop_run_replica_free(HopReplica *r)
{
    if (r == NULL)
        return;
    hopper_free(r->hopper);
    defects_clear(&r->defects);
    state_clear(&r->state);
    event_spectrum_clear(&r->spectrum);
    free(r->step);
    free(r->count);
    free(r->charge);
    free(r->tracer);
    free(r);
}

/* ---- pilots ---------------------------------------------------------------------------------- */

static Err measure_rate(HopRun *w, HopCase *c, HopReplica *r)
{
    int64_t some = w->o->hops / 10, hops;
    some = some < PILOT_LEAST ? PILOT_LEAST : some > PILOT_MOST ? PILOT_MOST : some;
    TRY(hopper_run(r->hopper, &r->clock, INFINITY, some / 2, &hops));
    double from = r->clock.time;
    TRY(hopper_run(r->hopper, &r->clock, INFINITY, some, &hops));
    if (hops == 0 || !isfinite(r->clock.time))
        return err_set(ERR_INPUT, "nothing hops any more at %g K, rotor speed %g", c->temperature,
                       c->speed);
    c->rate = (double)hops / (r->clock.time - from);
    const KmcOptions how = {.temperature = c->temperature, .rotor_speed = c->speed};
    w->ions = r->state.nion;
    return hopper_clocks(&r->state, &w->wiring, &how, EDGES_LOOKED_AT, &c->clocks);
}

static Err pilot(HopRun *w, size_t which)
{
    HopCase *c = &w->cases[which];
    HopReplica *r;
    Err e = begin(w, which, PILOT, 0, &r);
    if (e == OK)
        e = measure_rate(w, c, r);
    hop_run_replica_free(r);
    if (e != OK)
        return e;
    double length = (double)w->o->hops / c->rate, low = lowest / length;
    double high = highest * carriers_fastest(w->net, c->temperature);
    c->step = length / (double)w->o->frames;
    c->frequency = event_spectrum_grid(low, fmax(high, 10.0 * low), w->o->per_decade, &c->n);
    return OK;
}

static void lay_out(HopRun *w)
{
    Spectral s;
    size_t frequencies = 0;
    spectral_init(&s, (size_t)w->o->frames + 1, SPECTRAL_MOST);
    for (size_t i = 0; i < w->ncase; i++)
        frequencies = w->cases[i].n > frequencies ? w->cases[i].n : frequencies;
    HopRow *r = &w->row;
    r->points = s.n;
    r->counts_at = HOP_ROW_FIRST;
    r->charge_at = r->counts_at + (size_t)w->net->nedge_class;
    r->tracer_at = r->charge_at + s.n;
    r->spectrum_at = r->tracer_at + s.n;
    r->n = r->spectrum_at + 2 * frequencies;
    spectral_clear(&s);
}

Err hop_run_init(HopRun *w, const HopRunOptions *o, const Network *net, uint64_t seed)
{
    *w = (HopRun){.o = o, .net = net, .seed = seed};
    int64_t cells = (int64_t)o->copies[0] * o->copies[1] * o->copies[2];
    w->volume = net->cell.volume * (double)cells;
    TRY(carriers_places(net, cells, CARRIERS_VACANCIES, "", &w->reference));
    TRY(wiring_init(&w->wiring, net));
    if (o->coulomb != HOP_COULOMB_NONE) {
        TRY(state_init(&w->lattice, net, o->copies));
        TRY(defects_init(&w->defects, &w->lattice, false));
    }
    size_t speeds = o->nspeed;
    w->ncase = o->ntemperature * speeds;
    w->cases = MEM_NEW(HopCase, w->ncase);
    for (size_t i = 0; i < w->ncase; i++) {
        w->cases[i].temperature = o->temperature[i / speeds];
        w->cases[i].speed = o->speed[i % speeds];
    }
    for (size_t i = 0; i < w->ncase; i++)
        TRY(pilot(w, i));
    lay_out(w);
    return OK;
}

void hop_run_clear(HopRun *w)
{
    for (size_t i = 0; i < w->ncase; i++)
        free(w->cases[i].frequency);
    free(w->cases);
    defects_clear(&w->defects);
    state_clear(&w->lattice);
    wiring_clear(&w->wiring);
    *w = (HopRun){0};
}
