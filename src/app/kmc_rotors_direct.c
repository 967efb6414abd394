#include "app/kmc_rotors_direct.h"

#include "app/kmc_rotors_checkpoint.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SLICES = 16, SLICE_WORK = 4000000 }; /* least number; most rotors times samples in one */

typedef struct Head {
    int64_t number, slice; /* of the replica; slices done */
    int64_t seen, turns;
    uint64_t step; /* of its clock */
    double time;
} Head;

typedef struct Replica {
    Head head;
    bool fresh; /* the engine has just been made */
    Kmc *kmc;
    KmcClock clock;
    Counts counts;
} Replica;

/* ---- slices ---------------------------------------------------------------------------------- */

typedef struct Slices {
    int64_t before, all; /* of the equilibration, which come first; with those of the samples */
} Slices;

static int64_t slices_for(const KmcRotorsRun *r, double samples)
{
    double work = samples * (double)kmc_rotors_run_rotors(r);
    return (int64_t)fmax(1.0, fmin(samples, fmax(SLICES, work / SLICE_WORK)));
}

static Slices slices_of(const KmcRotorsRun *r)
{
    Slices s = {0};
    if (r->o->equilibration > 0.0)
        s.before = slices_for(r, ceil(r->o->equilibration / r->o->sample_every));
    s.all = s.before + slices_for(r, (double)r->samples);
    return s;
}

static void advance(const KmcRotorsRun *r, Replica *d)
{
    const Slices s = slices_of(r);
    const double from = 1e-12 * r->o->equilibration;
    const int64_t k = d->head.slice++ - s.before, n = s.all - s.before;
    if (!d->fresh)
        kmc_enter(d->kmc, NULL);
    d->fresh = false;
    if (k < 0) {
        double until = from * (double)d->head.slice / (double)s.before;
        d->head.turns += kmc_run(d->kmc, &d->clock, until, INT64_MAX);
        return;
    }
    for (int64_t i = r->samples * k / n; i < r->samples * (k + 1) / n; i++) {
        d->head.turns += kmc_run(d->kmc, &d->clock, from + (double)i * r->step, INT64_MAX);
        counts_sample(&d->counts);
    }
}

/* ---- a replica and its bytes: head, counts, wells, labels, kept ------------------------------ */

size_t kmc_rotors_direct_bytes(const KmcRotorsRun *r)
{
    const Counts *c = &r->counts[0];
    return sizeof(Head) + counts_size(c) * sizeof(int64_t) + 2 * kmc_rotors_run_rotors(r) +
           counts_kept_rows(c) * kmc_rotors_run_counted(r);
}

static uint8_t *put(uint8_t *to, const void *from, size_t n)
{
    memcpy(to, from, n);
    return to + n;
}

static const uint8_t *take(void *to, const uint8_t *from, size_t n)
{
    memcpy(to, from, n);
    return from + n;
}

static uint8_t *pack(const KmcRotorsRun *r, const Replica *d)
{
    uint8_t *block = MEM_NEW(uint8_t, kmc_rotors_direct_bytes(r)), *to = block;
    Head head = d->head;
    head.seen = d->counts.seen;
    head.step = d->clock.step;
    head.time = d->clock.time;
    to = put(to, &head, sizeof head);
    to = put(to, d->counts.count, counts_size(&d->counts) * sizeof(int64_t));
    to = put(to, r->state.well, kmc_rotors_run_rotors(r));
    to = put(to, r->state.label, kmc_rotors_run_rotors(r));
    put(to, d->counts.kept, counts_kept_rows(&d->counts) * (size_t)d->counts.counted);
    return block;
}

static Head head_at(const KmcRotorsRun *r, int64_t waiting)
{
    Head head;
    memcpy(&head, r->under_way + (size_t)waiting * kmc_rotors_direct_bytes(r), sizeof head);
    return head;
}

/* From its beginning, or (`from` not NULL) from where it was. */
static Err begin(KmcRotorsRun *r, int64_t number, const uint8_t *from, Replica *d)
{
    const KmcOptions how = {.temperature = r->o->temperature, .rotor_speed = r->o->rotor_speed};
    d->head.number = number;
    if (from != NULL)
        from = take(&d->head, from, sizeof d->head);
    if (d->head.number < 0 || d->head.number >= r->o->replicas || d->head.slice < 0 ||
        d->head.slice > slices_of(r).all || d->head.seen < 0 || d->head.seen > r->samples)
        return err_set(ERR_FILE, "%s: does not fit the stage", r->path);
    TRY(kmc_rotors_run_begin(r, d->head.number, &d->clock));
    counts_init(&d->counts, &r->state, 0, (int64_t)kmc_rotors_run_rotors(r), r->every, r->levels,
                (int)r->o->groups);
    d->fresh = true;
    if (from != NULL) {
        from = take(d->counts.count, from, counts_size(&d->counts) * sizeof(int64_t));
        from = take(r->state.well, from, kmc_rotors_run_rotors(r));
        from = take(r->state.label, from, kmc_rotors_run_rotors(r));
        take(d->counts.kept, from, counts_kept_rows(&d->counts) * (size_t)d->counts.counted);
        d->counts.seen = d->head.seen;
        d->clock.step = d->head.step;
        d->clock.time = d->head.time;
    }
    return kmc_new(&r->state, &r->wiring, &how, NULL, &d->kmc);
}

static void clear(Replica *d)
{
    counts_clear(&d->counts);
    kmc_free(d->kmc);
}

/* ---- rounds ---------------------------------------------------------------------------------- */

int64_t kmc_rotors_direct_left(const KmcRotorsRun *r)
{
    return r->waiting + r->o->replicas - r->place.replica;
}

int64_t kmc_rotors_direct_done(const KmcRotorsRun *r)
{
    int64_t samples = (r->place.replica - r->waiting) * r->samples;
    for (int64_t i = 0; i < r->waiting; i++)
        samples += head_at(r, i).seen;
    return samples;
}

/* Everybody takes up a replica: first those that wait, then new ones. *mine: this rank has one. Collective. */
static Err take_up(KmcRotorsRun *r, int64_t *active, bool *mine, Replica *d)
{
    const Comm *c = r->run->comm;
    const int64_t left = kmc_rotors_direct_left(r), rank = comm_rank(c);
    const size_t bytes = kmc_rotors_direct_bytes(r);
    Err e = OK;
    *active = left < comm_size(c) ? left : comm_size(c);
    *mine = rank < *active;
    if (*mine)
        e = rank < r->waiting ? begin(r, 0, r->under_way + (size_t)rank * bytes, d)
                              : begin(r, r->place.replica + rank - r->waiting, NULL, d);
    int64_t taken = *active < r->waiting ? *active : r->waiting;
    r->waiting -= taken;
    r->place.replica += *active - taken;
    if (r->waiting > 0)
        memmove(r->under_way, r->under_way + (size_t)taken * bytes, (size_t)r->waiting * bytes);
    return comm_agree(c, e);
}

/* Between two slices: show how far it is, save if it is time or if all have been asked to stop. Collective. */
static Err look(KmcRotorsRun *r, int64_t active, const Replica *mine, bool stop)
{
    int64_t seen = mine != NULL ? mine->counts.seen : 0;
    comm_sum_i64(r->run->comm, 1, &seen);
    const int64_t done = kmc_rotors_direct_done(r) - active * r->samples + seen;
    if (!kmc_rotors_run_due(r, done, stop))
        return OK;
    uint8_t *block = mine != NULL ? pack(r, mine) : NULL;
    Err e =
        kmc_rotors_checkpoint_save(r, NULL, mine != NULL ? kmc_rotors_direct_bytes(r) : 0, block);
    free(block);
    return e == OK ? kmc_rotors_run_saved(r, done, stop) : e;
}

Err kmc_rotors_direct_round(KmcRotorsRun *r)
{
    const Comm *c = r->run->comm;
    Replica d = {0};
    int64_t active;
    bool mine, stop = false;
    Err e = take_up(r, &active, &mine, &d);
    double slices = mine ? (double)(slices_of(r).all - d.head.slice) : 0.0;
    comm_max(c, 1, &slices);
    for (int64_t k = 0; k < (int64_t)slices && e == OK && !stop; k++) {
        if (mine && d.head.slice < slices_of(r).all)
            advance(r, &d);
        stop = stop_due(c);
        if (k + 1 < (int64_t)slices)
            e = look(r, active, mine ? &d : NULL, stop);
    }
    if (e == OK && mine) {
        counts_add(&d.counts, &r->counts[KMC_ROTORS_FINE]);
        r->events += d.head.turns;
    }
    clear(&d);
    return e == OK ? look(r, 0, NULL, stop) : e;
}
