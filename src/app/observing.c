#include "app/observing.h"

#include "app/unwrapping.h"
#include "base/mem.h"
#include "store/h5md.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Watch {
    const ObservableKind *kind;
    void *options;
    void *state;
} Watch;

struct Observing {
    const Comm *comm;
    size_t n;
    Watch *watch;
    double (*x)[3]; /* rounded positions of the frame at hand, */
    double (*v)[3]; /* and velocities */
};

static Err find_kind(const ConfigNode *node, size_t i, const ObservableKind **kind)
{
    const char *name = config_pair_key(node, i);
    *kind = observable_find(name);
    if (*kind != NULL)
        return OK;
    const char *names[64];
    char list[512] = "";
    size_t n = 0;
    for (const ObservableKind *const *k = observable_list(); *k != NULL && n < 64; k++) {
        names[n++] = (*k)->name;
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", n > 1 ? ", " : "",
                 (*k)->name);
    }
    const char *near = config_nearest(name, n, names);
    return config_error(config_pair_value(node, i), "observables",
                        "unknown observable '%s'%s%s%s; allowed: %s", name,
                        near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "", list);
}

/* A mapping of options, or nothing after the colon. */
static Err read_options(const ConfigNode *value, const ObservableKind *kind, void **options)
{
    const char *text = value ? config_text(value) : NULL;
    bool empty = text != NULL && text[0] == '\0';
    *options = mem_new(1, kind->options_size > 0 ? kind->options_size : 1);
    Err e = config_read(empty ? NULL : value, kind->nfields, kind->fields, *options);
    if (e != OK) {
        free(*options);
        *options = NULL;
    }
    return e;
}

Err observing_check(const Comm *c, const ConfigNode *node)
{
    (void)c;
    for (size_t i = 0; node != NULL && i < config_pairs(node); i++) {
        const ObservableKind *kind;
        void *options;
        TRY(find_kind(node, i, &kind));
        TRY(read_options(config_pair_value(node, i), kind, &options));
        config_clear(kind->nfields, kind->fields, options);
        free(options);
    }
    return OK;
}

Err observing_open(const Comm *c, const Sample *sample, const ConfigNode *node, double interval,
                   int64_t frames, Observing **out)
{
    Observing *o = MEM_NEW(Observing, 1);
    *out = o;
    o->comm = c;
    size_t n = node != NULL ? config_pairs(node) : 0;
    o->watch = MEM_NEW(Watch, n);
    o->x = mem_new((size_t)sample->n, sizeof o->x[0]);
    o->v = mem_new((size_t)sample->n, sizeof o->v[0]);
    Err e = OK;
    for (size_t i = 0; i < n && e == OK; i++) {
        Watch *w = &o->watch[i];
        e = find_kind(node, i, &w->kind);
        if (e == OK)
            e = read_options(config_pair_value(node, i), w->kind, &w->options);
        if (e == OK)
            e = w->kind->open(c, sample, w->options, interval, frames, &w->state);
        o->n = i + 1;
    }
    return comm_agree(c, e);
}

void observing_free(Observing *o)
{
    if (o == NULL)
        return;
    for (size_t i = 0; i < o->n; i++) {
        Watch *w = &o->watch[i];
        if (w->state != NULL)
            w->kind->free(w->state);
        if (w->options != NULL)
            config_clear(w->kind->nfields, w->kind->fields, w->options);
        free(w->options);
    }
    free(o->watch);
    free(o->x);
    free(o->v);
    free(o);
}

bool observing_any(const Observing *o)
{
    return o->n > 0;
}

static Err show(Observing *o, const Frame *frame)
{
    for (size_t i = 0; i < o->n; i++)
        TRY(err_prefix(o->watch[i].kind->frame(o->watch[i].state, frame), "observable %s",
                       o->watch[i].kind->name));
    return OK;
}

Err observing_frame(Observing *o, int64_t step, double time, const Sample *now,
                    const double (*v)[3])
{
    for (int64_t i = 0; i < now->n; i++)
        for (int k = 0; k < 3; k++) {
            o->x[i][k] = h5md_round(now->x[i][k]);
            if (v != NULL)
                o->v[i][k] = h5md_round(v[i][k]);
        }
    Frame frame = {.step = step,
                   .time = time,
                   .cell = now->cell,
                   .x = (const double(*)[3])o->x,
                   .v = v != NULL ? (const double(*)[3])o->v : NULL};
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            frame.cell.h[i][k] = h5md_round(now->cell.h[i][k]);
    TRY(cell_init(&frame.cell, frame.cell.h));
    return show(o, &frame);
}

Err observing_look(const Comm *c, const char *path, double *interval, int64_t *frames)
{
    double look[2] = {0.0, 0.0}; /* frames, interval */
    Err e = OK;
    if (comm_is_root(c)) {
        H5mdReader *reader = NULL;
        e = h5md_open(path, &reader);
        if (e == OK) {
            look[0] = (double)h5md_frames(reader);
            double h[3][3], time[2];
            double(*x)[3] = mem_new((size_t)h5md_atoms(reader), sizeof x[0]);
            int64_t step;
            for (int64_t k = 0; k < 2 && e == OK && look[0] > 1.0; k++)
                e = h5md_read(reader, k, &step, &time[k], h, x, NULL);
            if (e == OK && look[0] > 1.0)
                look[1] = time[1] - time[0];
            free(x);
            h5md_close_reader(reader);
        }
    }
    e = comm_agree(c, e);
    comm_bcast(c, 0, sizeof look, look);
    *frames = (int64_t)look[0];
    *interval = look[1] > 0.0 ? look[1] : 0.0;
    return e;
}

/* Ranks that read at once: unpacking frames is most of the work, and one at a time it would not get faster with ranks. */
enum { READERS = 4 };

typedef struct Stored {
    int64_t step;
    double time, h[3][3];
    double (*x)[3], (*v)[3]; /* v NULL without velocities */
} Stored;

static Stored stored_new(int64_t n, bool velocities)
{
    return (Stored){.x = mem_new((size_t)n, sizeof(double[3])),
                    .v = velocities ? mem_new((size_t)n, sizeof(double[3])) : NULL};
}

static void stored_clear(Stored *s)
{
    free(s->x);
    free(s->v);
}

/* What rank `owner` has read, to all. Collective. */
static void hand_out(const Comm *c, int owner, int64_t n, const Stored *mine, Stored *now)
{
    size_t bytes = (size_t)n * sizeof(double[3]);
    if (comm_rank(c) == owner) {
        now->step = mine->step;
        now->time = mine->time;
        memcpy(now->h, mine->h, sizeof now->h);
        memcpy(now->x, mine->x, bytes);
        if (now->v != NULL)
            memcpy(now->v, mine->v, bytes);
    }
    comm_bcast(c, owner, sizeof now->step, &now->step);
    comm_bcast(c, owner, sizeof now->time, &now->time);
    comm_bcast(c, owner, sizeof now->h, now->h);
    comm_bcast(c, owner, bytes, now->x);
    if (now->v != NULL)
        comm_bcast(c, owner, bytes, now->v);
}

static Err show_stored(Observing *o, Stored *now, Unwrapping *unwrapping)
{
    Frame frame = {.step = now->step, .time = now->time};
    TRY(cell_init(&frame.cell, (const double(*)[3])now->h));
    if (unwrapping != NULL)
        unwrapping_frame(unwrapping, &frame.cell, frame.time, now->x);
    frame.x = (const double(*)[3])now->x;
    frame.v = (const double(*)[3])now->v;
    return show(o, &frame);
}

static Err replay(Observing *o, const Comm *c, const char *path, const Sample *sample,
                  Unwrapping *unwrapping)
{
    int rank = comm_rank(c), readers = comm_size(c) < READERS ? comm_size(c) : READERS;
    H5mdReader *reader = NULL;
    int64_t look[2] = {0, 0}; /* frames, velocities */
    Err e = rank < readers ? h5md_open(path, &reader) : OK;
    if (reader != NULL) {
        look[0] = h5md_frames(reader);
        look[1] = h5md_has_velocities(reader);
        if (h5md_atoms(reader) != sample->n)
            e = err_set(ERR_INPUT, "%s: has %lld atoms, the sample %lld", path,
                        (long long)h5md_atoms(reader), (long long)sample->n);
    }
    e = comm_agree(c, e);
    comm_bcast(c, 0, sizeof look, look);
    Stored mine = stored_new(sample->n, look[1]), now = stored_new(sample->n, look[1]);
    for (int64_t k = 0; k < look[0] && e == OK; k += readers) {
        if (rank < readers && k + rank < look[0])
            e = h5md_read(reader, k + rank, &mine.step, &mine.time, mine.h, mine.x, mine.v);
        e = comm_agree(c, e);
        for (int r = 0; r < readers && k + r < look[0]; r++) {
            hand_out(c, r, sample->n, &mine, &now);
            if (e == OK)
                e = show_stored(o, &now, unwrapping);
        }
        e = comm_agree(c, e);
    }
    if (reader != NULL)
        h5md_close_reader(reader);
    stored_clear(&mine);
    stored_clear(&now);
    return e;
}

Err observing_replay(Observing *o, const Comm *c, const char *path, const Sample *sample)
{
    return replay(o, c, path, sample, NULL);
}

Err observing_replay_unwrapped(Observing *o, const Comm *c, const char *path, const Sample *sample)
{
    Unwrapping *u = unwrapping_new(sample);
    Err e = replay(o, c, path, sample, u);
    if (e == OK)
        e = unwrapping_check(u);
    unwrapping_free(u);
    return e;
}

Err observing_close(Observing *o, H5 *file)
{
    Err e = OK;
    for (size_t i = 0; i < o->n && e == OK; i++) {
        const Watch *w = &o->watch[i];
        H5 *group = NULL;
        if (file != NULL) {
            e = h5_group(file, w->kind->name, &group);
            if (e == OK)
                e = h5_attr_text(group, NULL, "reference", w->kind->reference);
            if (e == OK)
                e = h5_attr_text(group, NULL, "what", w->kind->help);
        }
        e = comm_agree(o->comm, e);
        if (e == OK)
            e = comm_agree(o->comm, err_prefix(w->kind->close(w->state, group), "observable %s",
                                               w->kind->name));
        if (group != NULL)
            h5_close_group(group);
    }
    return e;
}

double observing_memory(const ConfigNode *node, double atoms, double interval, double frames)
{
    double bytes = 0.0;
    for (size_t i = 0; node != NULL && i < config_pairs(node); i++) {
        const ObservableKind *kind;
        void *options = NULL;
        Err e = find_kind(node, i, &kind);
        if (e == OK)
            e = read_options(config_pair_value(node, i), kind, &options);
        if (e != OK)
            continue;
        bytes +=
            kind->memory ? kind->memory(options, atoms, interval, frames) : 12.0 * atoms * frames;
        config_clear(kind->nfields, kind->fields, options);
        free(options);
    }
    return bytes;
}
