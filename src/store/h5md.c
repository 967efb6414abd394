#include "store/h5md_inside.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORDS_PER_CHUNK = 256, ATOMS_PER_CHUNK = H5MD_BLOCK, DEFLATE = 1 };

typedef struct Record { /* a series of the log */
    char *name;
    Column value, step, time;
} Record;

struct H5md {
    H5 *file;
    H5mdForm form;
    int64_t n, nbh4;
    bool for_all; /* several ranks will write it together */
    hid_t how;    /* transfer: by all ranks together or not */
    Column position, velocity, edges, step, time, centre, orient;
    float *buffer;
    size_t room; /* numbers that fit the buffer */
    size_t nrecord;
    Record *record;
};

double h5md_round(double x)
{
    return 10.0 * (double)(float)(0.1 * x);
}

/* ---- columns ---- */

/* Rows of large items are compressed, in pieces of ATOMS_PER_CHUNK; of small ones many make a piece. */
static Err column_new(const H5md *m, const char *name, hid_t type, int rank, const hsize_t dims[],
                      hsize_t rows_per_chunk, const char *unit, Column *c)
{
    hsize_t most[COLUMN_RANK_MAX], chunk[COLUMN_RANK_MAX];
    *c = (Column){.set = -1, .rank = rank};
    for (int i = 0; i < rank; i++) {
        c->dims[i] = i == 0 ? 0 : dims[i];
        most[i] = i == 0 ? H5S_UNLIMITED : dims[i];
        chunk[i] = i == 0 ? rows_per_chunk : dims[i] < ATOMS_PER_CHUNK ? dims[i] : ATOMS_PER_CHUNK;
    }
    hid_t space = H5Screate_simple(rank, c->dims, most), create = H5Pcreate(H5P_DATASET_CREATE);
    hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_chunk(create, rank, chunk);
    if (m->for_all) /* or HDF5 1.10 writes to places that it has not yet given out */
        H5Pset_alloc_time(create, H5D_ALLOC_TIME_EARLY);
    if (rows_per_chunk == 1) {
        H5Pset_shuffle(create);
        H5Pset_deflate(create, DEFLATE);
    }
    H5Pset_create_intermediate_group(links, 1);
    c->set = H5Dcreate2((hid_t)h5_handle(m->file), name, type, space, links, create, H5P_DEFAULT);
    H5Pclose(links);
    H5Pclose(create);
    H5Sclose(space);
    if (c->set < 0)
        return h5_failed(m->file, name, "cannot be made");
    return unit != NULL ? h5_attr_text(m->file, name, "unit", unit) : OK;
}

Err column_open(H5 *at, const char *name, int rank, Column *c)
{
    *c = (Column){.set = -1, .rank = rank};
    if (!h5_exists(at, name))
        return h5_failed(at, name, "not in this file; is it a trajectory?");
    c->set = H5Dopen2((hid_t)h5_handle(at), name, H5P_DEFAULT);
    if (c->set < 0)
        return h5_failed(at, name, "cannot be opened; the file is damaged");
    hid_t space = H5Dget_space(c->set);
    bool ok = H5Sget_simple_extent_ndims(space) == rank;
    if (ok)
        H5Sget_simple_extent_dims(space, c->dims, NULL);
    H5Sclose(space);
    return ok ? OK : h5_failed(at, name, "has not the shape of a trajectory");
}

void column_close(Column *c)
{
    if (c->set > 0)
        H5Dclose(c->set);
    c->set = -1;
}

bool column_row(const Column *c, hsize_t row, hsize_t first, hsize_t count, hid_t type, hid_t how,
                bool write, void *data)
{
    hsize_t start[COLUMN_RANK_MAX] = {row, first}, part[COLUMN_RANK_MAX];
    memcpy(part, c->dims, sizeof part);
    part[0] = count > 0 ? 1 : 0;
    if (c->rank > 1)
        part[1] = count;
    hid_t file = H5Dget_space(c->set), memory = H5Screate_simple(c->rank, part, NULL);
    herr_t status = count > 0 ? H5Sselect_hyperslab(file, H5S_SELECT_SET, start, NULL, part, NULL)
                              : H5Sselect_none(file);
    if (count == 0)
        H5Sselect_none(memory);
    if (status >= 0)
        status = write ? H5Dwrite(c->set, type, memory, file, how, data)
                       : H5Dread(c->set, type, memory, file, how, data);
    bool ok = status >= 0;
    hid_t reason = ok ? -1 : H5Eget_current_stack(); /* closing would forget it */
    H5Sclose(memory);
    H5Sclose(file);
    if (!ok)
        H5Eset_current_stack(reason);
    return ok;
}

static bool column_resize(Column *c, hsize_t rows)
{
    c->dims[0] = rows;
    return H5Dset_extent(c->set, c->dims) >= 0;
}

/* A new row with this rank's items of it; by all ranks if they write together. */
static bool column_append(const H5md *m, Column *c, hsize_t first, hsize_t count, hid_t type,
                          const void *data)
{
    hsize_t row = c->dims[0];
    return column_resize(c, row + 1) &&
           column_row(c, row, first, count, type, m->how, true, (void *)data);
}

/* The same for what one rank knows as well as any. */
static bool column_append_whole(const H5md *m, Column *c, hid_t type, const void *data)
{
    bool mine = m->form.together == NULL || comm_is_root(m->form.together);
    return column_append(m, c, 0, mine ? (c->rank > 1 ? c->dims[1] : 1) : 0, type, data);
}

/* ---- writing ---- */

static void close_records(H5md *m)
{
    for (size_t i = 0; i < m->nrecord; i++) {
        Record *r = &m->record[i];
        column_close(&r->value);
        column_close(&r->step);
        column_close(&r->time);
        free(r->name);
    }
    free(m->record);
}

static void release(H5md *m)
{
    Column *const all[] = {&m->position, &m->velocity, &m->edges, &m->step,
                           &m->time,     &m->centre,   &m->orient};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        column_close(all[i]);
    close_records(m);
    if (m->how != H5P_DEFAULT)
        H5Pclose(m->how);
    free(m->buffer);
    free(m);
}

static Err write_modules(H5 *file, const char *provenance)
{
    static const struct {
        const char *group, *key, *value;
    } texts[] = {
        {"h5md/author", "name", "paddlewheel"},
        {"h5md/creator", "name", "paddlewheel"},
        {"h5md/creator", "version", "see /parameters/provenance"},
        {"h5md/modules/units", "system", "SI"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        H5 *group;
        TRY(h5_group(file, texts[i].group, &group));
        h5_close_group(group);
        TRY(h5_attr_text(file, texts[i].group, texts[i].key, texts[i].value));
    }
    static const struct {
        const char *group;
        int version[2];
    } versions[] = {{"h5md", {1, 1}}, {"h5md/modules/units", {1, 0}}};
    for (size_t i = 0; i < 2; i++)
        TRY(h5_attr_integers(file, versions[i].group, "version", 2, versions[i].version));
    return h5_write_text(file, "parameters/provenance", provenance);
}

/* Species as an enum whose names are the symbols, and the plain list of symbols. */
static Err write_species(H5 *file, const H5mdTopology *t)
{
    hid_t type = H5Tenum_create(H5T_NATIVE_INT);
    int *species = MEM_NEW(int, t->n), known = 0;
    for (int64_t i = 0; i < t->n; i++) {
        if (H5Tenum_valueof(type, t->symbols[i], &species[i]) >= 0)
            continue;
        species[i] = known++;
        H5Tenum_insert(type, t->symbols[i], &species[i]);
    }
    hsize_t n = (hsize_t)t->n;
    hid_t space = H5Screate_simple(1, &n, NULL);
    hid_t set = H5Dcreate2((hid_t)h5_handle(file), "particles/all/species", type, space,
                           H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    bool ok = set >= 0 && H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, species) >= 0;
    if (set >= 0)
        H5Dclose(set);
    H5Sclose(space);
    H5Tclose(type);
    free(species);
    return ok ? h5_write_texts(file, "parameters/atom_symbols", (size_t)t->n, t->symbols)
              : h5_failed(file, "species", "cannot be written");
}

static Err write_topology(H5 *file, const H5mdTopology *t)
{
    size_t n = (size_t)t->n, bonds[2] = {(size_t)t->nbond, 2};
    TRY(write_species(file, t));
    TRY(h5_write(file, "particles/all/mass", 1, &n, t->mass, "u", "atomic masses"));
    if (t->charge != NULL)
        TRY(h5_write(file, "particles/all/charge", 1, &n, t->charge, "e", "atomic charges"));
    if (t->ion != NULL)
        TRY(h5_write_i64(file, "particles/all/ion", 1, &n, t->ion, "1", "ion of each atom"));
    if (t->nbond > 0)
        TRY(h5_write_i64(file, "connectivity/bonds", 2, bonds, &t->bonds[0][0], "1",
                         "bonded pairs, indices into particles/all"));
    return OK;
}

static Err write_box(H5 *file)
{
    static const char *const periodic[3] = {"periodic", "periodic", "periodic"};
    static const int dimension = 3;
    H5 *group;
    TRY(h5_group(file, "particles/all/box", &group));
    h5_close_group(group);
    TRY(h5_attr_integers(file, "particles/all/box", "dimension", 0, &dimension));
    return h5_attr_texts(file, "particles/all/box", "boundary", 3, periodic);
}

static Err share_times(H5 *file, const char *group, const char *of)
{
    static const char *const names[] = {"step", "time"};
    hid_t id = (hid_t)h5_handle(file);
    for (int i = 0; i < 2; i++) {
        char from[64], to[64];
        snprintf(from, sizeof from, "particles/all/position/%s", names[i]);
        snprintf(to, sizeof to, "particles/%s/%s/%s", of, group, names[i]);
        if (H5Lcreate_hard(id, from, id, to, H5P_DEFAULT, H5P_DEFAULT) < 0)
            return h5_failed(file, to, "cannot be linked");
    }
    return OK;
}

Err h5md_write_links(H5 *file, bool velocities, bool orientations)
{
    hid_t id = (hid_t)h5_handle(file);
    TRY(share_times(file, "box/edges", "all"));
    if (velocities)
        TRY(share_times(file, "velocity", "all"));
    if (!orientations)
        return OK;
    TRY(share_times(file, "position", "bh4"));
    TRY(share_times(file, "orientation", "bh4"));
    return H5Lcreate_hard(id, "particles/all/box", id, "particles/bh4/box", H5P_DEFAULT,
                          H5P_DEFAULT) >= 0
               ? OK
               : h5_failed(file, "particles/bh4/box", "cannot be linked");
}

Err h5md_write_head(H5 *file, const H5mdTopology *t, const char *provenance, bool orientations)
{
    TRY(write_modules(file, provenance));
    TRY(write_box(file));
    TRY(write_topology(file, t));
    size_t n = (size_t)t->nbh4;
    return orientations
               ? h5_write_i64(file, "particles/bh4/ion", 1, &n, t->bh4, "1", "ion of each BH4")
               : OK;
}

static Err make_columns(H5md *m)
{
    hsize_t atoms[3] = {0, (hsize_t)m->n, 3}, box[3] = {0, 3, 3}, one[1] = {0};
    hsize_t centres[3] = {0, (hsize_t)m->nbh4, 3}, turns[3] = {0, (hsize_t)m->nbh4, 4};
    TRY(column_new(m, "particles/all/position/value", H5T_NATIVE_FLOAT, 3, atoms, 1, "nm",
                   &m->position));
    TRY(column_new(m, "particles/all/position/step", H5T_NATIVE_INT64, 1, one, RECORDS_PER_CHUNK,
                   "1", &m->step));
    TRY(column_new(m, "particles/all/position/time", H5T_NATIVE_DOUBLE, 1, one, RECORDS_PER_CHUNK,
                   "ps", &m->time));
    TRY(column_new(m, "particles/all/box/edges/value", H5T_NATIVE_FLOAT, 3, box, 64, "nm",
                   &m->edges));
    if (m->form.velocities)
        TRY(column_new(m, "particles/all/velocity/value", H5T_NATIVE_FLOAT, 3, atoms, 1, "nm ps-1",
                       &m->velocity));
    if (m->form.orientations) {
        TRY(column_new(m, "particles/bh4/position/value", H5T_NATIVE_FLOAT, 3, centres, 1, "nm",
                       &m->centre));
        TRY(column_new(m, "particles/bh4/orientation/value", H5T_NATIVE_FLOAT, 3, turns, 1, "1",
                       &m->orient));
    }
    return h5md_write_links(m->file, m->form.velocities, m->form.orientations);
}

static H5md *wrap(H5 *file, const H5mdForm *form)
{
    H5md *m = MEM_NEW(H5md, 1);
    m->file = file;
    m->form = *form;
    m->how = H5P_DEFAULT;
#ifdef H5_HAVE_PARALLEL
    if (form->together != NULL) {
        m->how = H5Pcreate(H5P_DATASET_XFER);
        H5Pset_dxpl_mpio(m->how, H5FD_MPIO_COLLECTIVE);
    }
#endif
    return m;
}

/* An empty trajectory of one process. */
static Err create_alone(const char *path, const H5mdTopology *t, const H5mdForm *form,
                        const char *provenance, H5md **file)
{
    H5 *h5;
    *file = NULL;
    TRY(h5_create_growing(path, &h5));
    H5md *m = wrap(h5, &(H5mdForm){form->velocities, form->orientations, NULL});
    m->n = t->n;
    m->nbh4 = t->nbh4;
    m->for_all = form->together != NULL;
    Err e = h5md_write_head(h5, t, provenance, form->orientations);
    if (e == OK)
        e = make_columns(m);
    if (e != OK)
        h5md_discard(m);
    else
        *file = m;
    return e;
}

Err h5md_create(const char *path, const H5mdTopology *t, const H5mdForm *form,
                const char *provenance, H5md **file)
{
    const Comm *c = form->together;
    if (c == NULL)
        return create_alone(path, t, form, provenance, file);
    /* parallel HDF5 cannot write texts, so one rank makes the file and all go on with it */
    Err e = OK;
    if (comm_is_root(c)) {
        e = create_alone(path, t, form, provenance, file);
        if (e == OK)
            e = h5md_commit(*file);
    }
    *file = NULL;
    e = comm_agree(c, e);
    return e == OK ? h5md_extend(path, INT64_MAX, c, file) : e;
}

static float *room_for(H5md *m, size_t n)
{
    if (n > m->room) {
        free(m->buffer);
        m->buffer = MEM_NEW(float, n);
        m->room = n;
    }
    return m->buffer;
}

/* 0.1: angstrom to nm */
static bool append_lengths(H5md *m, Column *c, int64_t first, int64_t count, const double (*x)[3])
{
    float *out = room_for(m, 3 * (size_t)count);
    for (int64_t i = 0; i < count; i++)
        for (int k = 0; k < 3; k++)
            out[3 * i + k] = (float)(0.1 * x[i][k]);
    return column_append(m, c, (hsize_t)first, (hsize_t)count, H5T_NATIVE_FLOAT, out);
}

static bool append_turns(H5md *m, const H5mdFrame *f)
{
    float *out = room_for(m, 4 * (size_t)f->nbh4);
    for (int64_t i = 0; i < f->nbh4; i++)
        for (int k = 0; k < 4; k++)
            out[4 * i + k] = (float)f->orient[i][k];
    return column_append(m, &m->orient, (hsize_t)f->first_bh4, (hsize_t)f->nbh4, H5T_NATIVE_FLOAT,
                         out);
}

/* After an error the other ranks still meet in every call that they make together; one process stops, so that HDF5 still
 * knows the reason. */
static bool goes_on(const H5md *m, bool ok)
{
    return ok || m->form.together != NULL;
}

Err h5md_append(H5md *m, const H5mdFrame *f)
{
    float edges[9];
    CHECK((f->v != NULL || f->n == 0) >= m->form.velocities, "%s: velocities were promised",
          h5_path(m->file));
    for (int i = 0; i < 9; i++)
        edges[i] = (float)(0.1 * f->h[i / 3][i % 3]);
    bool ok = append_lengths(m, &m->position, f->first, f->n, f->x);
    if (goes_on(m, ok))
        ok = column_append_whole(m, &m->edges, H5T_NATIVE_FLOAT, edges) && ok;
    if (m->form.velocities && goes_on(m, ok))
        ok = append_lengths(m, &m->velocity, f->first, f->n, f->v) && ok;
    if (m->form.orientations && goes_on(m, ok))
        ok = append_lengths(m, &m->centre, f->first_bh4, f->nbh4, f->centre) && ok;
    if (m->form.orientations && goes_on(m, ok))
        ok = append_turns(m, f) && ok;
    if (goes_on(m, ok))
        ok = column_append_whole(m, &m->step, H5T_NATIVE_INT64, &f->step) && ok;
    if (goes_on(m, ok))
        ok = column_append_whole(m, &m->time, H5T_NATIVE_DOUBLE, &f->time) && ok;
    return ok ? OK : h5_failed(m->file, "frame", "cannot be written; free space on this disk");
}

static Record *add_record(H5md *m, const char *name)
{
    m->record = mem_resize(m->record, m->nrecord, m->nrecord + 1, sizeof *m->record);
    Record *r = &m->record[m->nrecord++];
    r->name = mem_string(name);
    return r;
}

static Err new_record(H5md *m, const char *name, size_t width, const char *unit, Record **out)
{
    char value[128], step[128], time[128];
    hsize_t dims[2] = {0, width};
    snprintf(value, sizeof value, "parameters/log/%s/value", name);
    snprintf(step, sizeof step, "parameters/log/%s/step", name);
    snprintf(time, sizeof time, "parameters/log/%s/time", name);
    Record *r = *out = add_record(m, name);
    TRY(column_new(m, value, H5T_NATIVE_DOUBLE, width > 1 ? 2 : 1, dims, RECORDS_PER_CHUNK, unit,
                   &r->value));
    TRY(column_new(m, step, H5T_NATIVE_INT64, 1, dims, RECORDS_PER_CHUNK, "1", &r->step));
    return column_new(m, time, H5T_NATIVE_DOUBLE, 1, dims, RECORDS_PER_CHUNK, "ps", &r->time);
}

Err h5md_observe(H5md *m, const char *name, int64_t step, double time, size_t width,
                 const double value[], const char *unit)
{
    Record *r = NULL;
    for (size_t i = 0; i < m->nrecord && r == NULL; i++)
        if (strcmp(m->record[i].name, name) == 0)
            r = &m->record[i];
    if (r == NULL)
        TRY(new_record(m, name, width, unit, &r));
    bool ok = column_append_whole(m, &r->value, H5T_NATIVE_DOUBLE, value);
    if (goes_on(m, ok))
        ok = column_append_whole(m, &r->step, H5T_NATIVE_INT64, &step) && ok;
    if (goes_on(m, ok))
        ok = column_append_whole(m, &r->time, H5T_NATIVE_DOUBLE, &time) && ok;
    return ok ? OK : h5_failed(m->file, name, "cannot be written; free space on this disk");
}

Err h5md_commit(H5md *m)
{
    H5 *file = m->file;
    Err e = h5_settle(file);
    release(m);
    if (e == OK)
        return h5_commit(file);
    h5_close(file);
    return e;
}

void h5md_discard(H5md *m)
{
    if (m == NULL)
        return;
    H5 *file = m->file;
    Err lost = h5_settle(file);
    (void)lost; /* it is not kept anyway */
    release(m);
    h5_close(file);
}

/* ---- going on ---- */

/* Records of a column of steps that are not after `last`. */
static Err kept_rows(H5md *m, const Column *step, int64_t last, hsize_t *rows)
{
    size_t n = (size_t)step->dims[0];
    int64_t *steps = MEM_NEW(int64_t, n);
    herr_t status =
        n == 0 ? 0 : H5Dread(step->set, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, steps);
    *rows = 0;
    while (*rows < n && steps[*rows] <= last)
        (*rows)++;
    free(steps);
    return status >= 0 ? OK : h5_failed(m->file, "step", "cannot be read; the file is damaged");
}

static Err cut_frames(H5md *m, int64_t last)
{
    hsize_t rows;
    TRY(kept_rows(m, &m->step, last, &rows));
    bool ok = column_resize(&m->position, rows) && column_resize(&m->edges, rows) &&
              column_resize(&m->step, rows) && column_resize(&m->time, rows) &&
              (!m->form.velocities || column_resize(&m->velocity, rows)) &&
              (!m->form.orientations ||
               (column_resize(&m->centre, rows) && column_resize(&m->orient, rows)));
    return ok ? OK : h5_failed(m->file, "frames", "cannot be cut");
}

static Err open_record(H5md *m, const char *name, int64_t last)
{
    char value[128], step[128], time[128];
    snprintf(value, sizeof value, "parameters/log/%s/value", name);
    snprintf(step, sizeof step, "parameters/log/%s/step", name);
    snprintf(time, sizeof time, "parameters/log/%s/time", name);
    Record *r = add_record(m, name);
    TRY(column_open(m->file, value, h5_rank(m->file, value), &r->value));
    TRY(column_open(m->file, step, 1, &r->step));
    TRY(column_open(m->file, time, 1, &r->time));
    hsize_t rows;
    TRY(kept_rows(m, &r->step, last, &rows));
    bool ok = column_resize(&r->value, rows) && column_resize(&r->step, rows) &&
              column_resize(&r->time, rows);
    return ok ? OK : h5_failed(m->file, name, "cannot be cut");
}

static Err open_records(H5md *m, int64_t last)
{
    H5 *group;
    char **names;
    if (!h5_exists(m->file, "parameters/log"))
        return OK;
    TRY(h5_group(m->file, "parameters/log", &group));
    size_t n = h5_members(group, &names);
    h5_close_group(group);
    Err e = OK;
    for (size_t i = 0; i < n; i++) {
        if (e == OK)
            e = open_record(m, names[i], last);
        free(names[i]);
    }
    free(names);
    return e;
}

static Err open_columns(H5md *m)
{
    H5 *f = m->file;
    m->form.velocities = h5_exists(f, "particles/all/velocity/value");
    m->form.orientations = h5_exists(f, "particles/bh4/orientation/value");
    TRY(column_open(f, "particles/all/position/value", 3, &m->position));
    TRY(column_open(f, "particles/all/position/step", 1, &m->step));
    TRY(column_open(f, "particles/all/position/time", 1, &m->time));
    TRY(column_open(f, "particles/all/box/edges/value", 3, &m->edges));
    if (m->form.velocities)
        TRY(column_open(f, "particles/all/velocity/value", 3, &m->velocity));
    if (m->form.orientations) {
        TRY(column_open(f, "particles/bh4/position/value", 3, &m->centre));
        TRY(column_open(f, "particles/bh4/orientation/value", 3, &m->orient));
    }
    return OK;
}

Err h5md_extend(const char *path, int64_t last_step, const Comm *together, H5md **file)
{
    H5 *h5;
    *file = NULL;
    Err e = h5_extend(path, together, &h5);
    if (e != OK)
        return e;
    H5md *m = wrap(h5, &(H5mdForm){.together = together});
    m->for_all = together != NULL;
    e = open_columns(m);
    m->n = (int64_t)m->position.dims[1];
    m->nbh4 = (int64_t)m->centre.dims[1];
    if (e == OK)
        e = cut_frames(m, last_step);
    if (e == OK)
        e = open_records(m, last_step);
    if (e != OK)
        h5md_discard(m);
    else
        *file = m;
    return e;
}
