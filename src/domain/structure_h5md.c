#include "domain/structure_h5md.h"

#include "base/mem.h"
#include "base/units.h"
#include "domain/snapshot.h"
#include "domain/structure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SYMBOL_SIZE = 8 };

/* A frame as it lies in the file; velocities A/ps, zero if the file has none. */
typedef struct Frame {
    int64_t n;
    double h[3][3];
    char (*symbol)[SYMBOL_SIZE];
    double (*x)[3], (*v)[3];
} Frame;

static void frame_init(Frame *f, int64_t n)
{
    f->n = n;
    f->symbol = mem_new((size_t)n, sizeof *f->symbol);
    f->x = mem_new((size_t)n, sizeof *f->x);
    f->v = mem_new((size_t)n, sizeof *f->v);
}

static void frame_clear(Frame *f)
{
    free(f->symbol);
    free(f->x);
    free(f->v);
}

/* Local: rank 0. */
static Err read_last(const char *path, H5mdReader *reader, Frame *f)
{
    int64_t frames = h5md_frames(reader), step;
    double time;
    if (frames < 1)
        return err_set(ERR_INPUT, "%s: has no frames, at least one needed", path);
    frame_init(f, h5md_atoms(reader));
    for (int64_t i = 0; i < f->n; i++) {
        const char *symbol = h5md_symbol(reader, i);
        if (species_find(symbol) == NULL)
            return err_set(ERR_INPUT, "%s: atom %lld: unknown element '%s', known are %s", path,
                           (long long)i + 1, symbol, species_known());
        snprintf(f->symbol[i], sizeof f->symbol[i], "%s", symbol);
    }
    return h5md_read(reader, frames - 1, &step, &time, f->h, f->x,
                     h5md_has_velocities(reader) ? f->v : NULL);
}

static Err read_file(const char *path, Frame *f)
{
    H5mdReader *reader;
    TRY(h5md_open(path, &reader));
    Err e = read_last(path, reader, f);
    h5md_close_reader(reader);
    return e;
}

static void share(const Comm *c, Frame *f)
{
    comm_bcast(c, 0, sizeof f->n, &f->n);
    comm_bcast(c, 0, sizeof f->h, f->h);
    if (!comm_is_root(c))
        frame_init(f, f->n);
    comm_bcast(c, 0, (size_t)f->n * sizeof *f->symbol, f->symbol);
    comm_bcast(c, 0, (size_t)f->n * sizeof *f->x, f->x);
    comm_bcast(c, 0, (size_t)f->n * sizeof *f->v, f->v);
}

Err structure_h5md_read(const Comm *c, const char *path, Sample *sample)
{
    Frame f = {0};
    Err e = comm_agree(c, comm_is_root(c) ? read_file(path, &f) : OK);
    if (e == OK) {
        share(c, &f);
        const char **symbols = MEM_NEW(const char *, f.n);
        for (int64_t i = 0; i < f.n; i++)
            symbols[i] = f.symbol[i];
        e = structure_from_atoms(path, (const double(*)[3])f.h, f.n, symbols,
                                 (const double(*)[3])f.x, (const double(*)[3])f.v, UNITS_TIME_PS,
                                 sample);
        free(symbols);
    }
    frame_clear(&f);
    return e;
}

static bool moves(const Sample *s)
{
    for (int64_t i = 0; i < s->n; i++)
        if (s->v[i][0] != 0.0 || s->v[i][1] != 0.0 || s->v[i][2] != 0.0)
            return true;
    return false;
}

Err structure_h5md_write(const char *path, const Sample *s, const double charges[],
                         const char *comment)
{
    H5mdTopology t;
    H5mdForm form = {.velocities = moves(s)};
    Snapshot now;
    H5md *file;
    snapshot_topology(s, charges, &t);
    snapshot_of_sample(s, form.velocities, form.orientations, &now);
    Err e = h5md_create(path, &t, &form, comment != NULL ? comment : "", &file);
    if (e == OK) {
        e = h5md_append(file, &now.frame);
        if (e == OK)
            e = h5md_commit(file);
        else
            h5md_discard(file);
    }
    snapshot_clear(&now);
    snapshot_topology_clear(&t);
    return e;
}
