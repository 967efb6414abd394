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

/* Ranks that read at once: unpacking frames is most of the work, and one at a time it would not get faster with ranks. Each reads
 * some frames before it hands them out, so that ranks seldom wait for each other. */
enum { READERS = 4, BATCH_BYTES = 2 << 20, BATCH_MOST = 64 };

/* Frames in a row, each `pitch` doubles: HEAD for what is not per atom, then positions, velocities. */
typedef struct Batch {
    int64_t n; /* atoms */
    int64_t room;
    size_t pitch;
    bool velocities;
    double *data;
} Batch;

typedef struct Head {
    int64_t step;
    double time, h[3][3];
} Head;

enum { HEAD = sizeof(Head) / sizeof(double) };

static Batch batch_new(int64_t n, bool velocities)
{
    Batch b = {.n = n, .velocities = velocities};
    b.pitch = HEAD + (velocities ? 6 : 3) * (size_t)n;
    b.room = (int64_t)(BATCH_BYTES / (b.pitch * sizeof(double)));
    b.room = b.room < 1 ? 1 : b.room > BATCH_MOST ? BATCH_MOST : b.room;
    b.data = MEM_NEW(double, (size_t)b.room *b.pitch);
    return b;
}

static Head *head_of(const Batch *b, int64_t i)
{
    return (Head *)(b->data + (size_t)i * b->pitch);
}

static double (*positions_of(const Batch *b, int64_t i))[3]
{
    return (double(*)[3])(b->data + (size_t)i * b->pitch + HEAD);
}

static double (*velocities_of(const Batch *b, int64_t i))[3]
{
    return b->velocities ? positions_of(b, i) + b->n : NULL;
}

/* How many frames reader r has, of all from `first` on that a round takes. */
static int64_t batch_share(const Batch *b, int r, int64_t first, int64_t frames)
{
    int64_t left = frames - first - r * b->room;
    return left < 0 ? 0 : left < b->room ? left : b->room;
}

static Err read_batch(H5mdReader *reader, const Batch *b, int64_t first, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        Head *head = head_of(b, i);
        TRY(h5md_read(reader, first + i, &head->step, &head->time, head->h, positions_of(b, i),
                      velocities_of(b, i)));
    }
    return OK;
}

static Err show_batch(Observing *o, const Batch *b, int64_t count, Unwrapping *unwrapping)
{
    for (int64_t i = 0; i < count; i++) {
        const Head *head = head_of(b, i);
        double(*x)[3] = positions_of(b, i);
        Frame frame = {.step = head->step, .time = head->time};
        TRY(cell_init(&frame.cell, head->h));
        if (unwrapping != NULL)
            unwrapping_frame(unwrapping, &frame.cell, frame.time, x);
        frame.x = (const double(*)[3])x;
        frame.v = (const double(*)[3])velocities_of(b, i);
        TRY(show(o, &frame));
    }
    return OK;
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
    Batch mine = batch_new(sample->n, look[1]), theirs = batch_new(sample->n, look[1]);
    for (int64_t k = 0; k < look[0] && e == OK; k += readers * mine.room) {
        if (rank < readers)
            e = read_batch(reader, &mine, k + rank * mine.room,
                           batch_share(&mine, rank, k, look[0]));
        e = comm_agree(c, e);
        for (int r = 0; r < readers; r++) {
            const Batch *now = r == rank ? &mine : &theirs;
            int64_t count = batch_share(now, r, k, look[0]);
            comm_bcast(c, r, (size_t)count * now->pitch * sizeof(double), now->data);
            if (e == OK)
                e = show_batch(o, now, count, unwrapping);
        }
        e = comm_agree(c, e);
    }
    if (reader != NULL)
        h5md_close_reader(reader);
    free(mine.data);
    free(theirs.data);
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
