#include "store/h5md.h"

#include "base/mem.h"

#include <hdf5.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORDS_PER_CHUNK = 1024, WIDTH_MAX = 3 };

/* A dataset that grows along its first dimension. */
typedef struct Column {
    hid_t set;
    int rank;
    hsize_t dims[WIDTH_MAX]; /* present extent */
} Column;

typedef struct Record { /* an observable */
    char *name;
    Column value, step, time;
} Record;

struct H5md {
    H5 *file;
    int64_t n;
    bool velocities;
    Column position, velocity, edges, step, time;
    float *buffer; /* [n][3] */
    size_t nrecord;
    Record *record;
};

struct H5mdReader {
    H5 *file;
    int64_t n, frames;
    bool velocities;
    Column position, velocity, edges, step, time;
    float *buffer;  /* [n][3] */
    char **symbols; /* [n] */
    int64_t *ion;   /* [n], NULL if the file does not say */
};

double h5md_round(double x)
{
    return 10.0 * (double)(float)(0.1 * x);
}

/* ---- columns ---- */

static Err column_new(H5 *at, const char *name, hid_t type, int rank, const hsize_t dims[],
                      hsize_t rows_per_chunk, const char *unit, Column *c)
{
    hsize_t most[WIDTH_MAX], chunk[WIDTH_MAX];
    *c = (Column){.set = -1, .rank = rank};
    for (int i = 0; i < rank; i++) {
        c->dims[i] = i == 0 ? 0 : dims[i];
        most[i] = i == 0 ? H5S_UNLIMITED : dims[i];
        chunk[i] = i == 0 ? rows_per_chunk : dims[i];
    }
    hid_t space = H5Screate_simple(rank, c->dims, most), create = H5Pcreate(H5P_DATASET_CREATE);
    hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_chunk(create, rank, chunk);
    H5Pset_create_intermediate_group(links, 1);
    c->set = H5Dcreate2((hid_t)h5_handle(at), name, type, space, links, create, H5P_DEFAULT);
    H5Pclose(links);
    H5Pclose(create);
    H5Sclose(space);
    if (c->set < 0)
        return h5_failed(at, name, "cannot be made");
    return unit != NULL ? h5_attr_text(at, name, "unit", unit) : OK;
}

static Err column_open(H5 *at, const char *name, int rank, Column *c)
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

static void column_close(Column *c)
{
    if (c->set > 0)
        H5Dclose(c->set);
    c->set = -1;
}

/* Row `row` between file and memory. */
static bool column_row(const Column *c, hsize_t row, hid_t type, bool write, void *data)
{
    hsize_t start[WIDTH_MAX] = {row}, count[WIDTH_MAX];
    memcpy(count, c->dims, sizeof count);
    count[0] = 1;
    hid_t file = H5Dget_space(c->set), memory = H5Screate_simple(c->rank, count, NULL);
    herr_t status = H5Sselect_hyperslab(file, H5S_SELECT_SET, start, NULL, count, NULL);
    if (status >= 0)
        status = write ? H5Dwrite(c->set, type, memory, file, H5P_DEFAULT, data)
                       : H5Dread(c->set, type, memory, file, H5P_DEFAULT, data);
    bool ok = status >= 0;
    H5Sclose(memory);
    H5Sclose(file);
    return ok;
}

static bool column_resize(Column *c, hsize_t rows)
{
    c->dims[0] = rows;
    return H5Dset_extent(c->set, c->dims) >= 0;
}

static bool column_append(Column *c, hid_t type, const void *data)
{
    hsize_t row = c->dims[0];
    return column_resize(c, row + 1) && column_row(c, row, type, true, (void *)data);
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
    Column *const all[] = {&m->position, &m->velocity, &m->edges, &m->step, &m->time};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        column_close(all[i]);
    close_records(m);
    h5_close(m->file);
    free(m->buffer);
    free(m);
}

static Err write_head(H5 *file, const char *provenance)
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

/* step and time of positions serve box and velocities too, as hard links (H5MD 1.1, "storage of
 * time-dependent data"). */
static Err share_times(H5 *file, const char *group)
{
    static const char *const names[] = {"step", "time"};
    hid_t id = (hid_t)h5_handle(file);
    for (int i = 0; i < 2; i++) {
        char from[64], to[64];
        snprintf(from, sizeof from, "particles/all/position/%s", names[i]);
        snprintf(to, sizeof to, "particles/all/%s/%s", group, names[i]);
        if (H5Lcreate_hard(id, from, id, to, H5P_DEFAULT, H5P_DEFAULT) < 0)
            return h5_failed(file, to, "cannot be linked");
    }
    return OK;
}

static Err make_columns(H5md *m)
{
    H5 *f = m->file;
    hsize_t atoms[3] = {0, (hsize_t)m->n, 3}, box[3] = {0, 3, 3}, one[1] = {0};
    TRY(column_new(f, "particles/all/position/value", H5T_NATIVE_FLOAT, 3, atoms, 1, "nm",
                   &m->position));
    TRY(column_new(f, "particles/all/position/step", H5T_NATIVE_INT64, 1, one, RECORDS_PER_CHUNK,
                   "1", &m->step));
    TRY(column_new(f, "particles/all/position/time", H5T_NATIVE_DOUBLE, 1, one, RECORDS_PER_CHUNK,
                   "ps", &m->time));
    TRY(column_new(f, "particles/all/box/edges/value", H5T_NATIVE_FLOAT, 3, box, 64, "nm",
                   &m->edges));
    TRY(share_times(f, "box/edges"));
    if (!m->velocities)
        return OK;
    TRY(column_new(f, "particles/all/velocity/value", H5T_NATIVE_FLOAT, 3, atoms, 1, "nm ps-1",
                   &m->velocity));
    return share_times(f, "velocity");
}

Err h5md_create(const char *path, const H5mdTopology *t, bool velocities, const char *provenance,
                H5md **file)
{
    H5 *h5;
    *file = NULL;
    TRY(h5_create_growing(path, &h5));
    H5md *m = MEM_NEW(H5md, 1);
    m->file = h5;
    m->n = t->n;
    m->velocities = velocities;
    m->buffer = MEM_NEW(float, 3 * t->n);
    Err e = write_head(h5, provenance);
    if (e == OK)
        e = write_box(h5);
    if (e == OK)
        e = make_columns(m);
    if (e == OK)
        e = write_topology(h5, t);
    if (e != OK)
        release(m);
    else
        *file = m;
    return e;
}

/* 0.1: angstrom to nm */
static void to_file(int64_t n, const double (*x)[3], float *out)
{
    for (int64_t i = 0; i < n; i++)
        for (int k = 0; k < 3; k++)
            out[3 * i + k] = (float)(0.1 * x[i][k]);
}

Err h5md_append(H5md *m, int64_t step, double time, const double h[3][3], const double (*x)[3],
                const double (*v)[3])
{
    float edges[9];
    CHECK((v != NULL) == m->velocities, "%s: velocities given: %d, promised: %d", h5_path(m->file),
          v != NULL, m->velocities);
    to_file(3, h, edges);
    to_file(m->n, x, m->buffer);
    bool ok = column_append(&m->position, H5T_NATIVE_FLOAT, m->buffer) &&
              column_append(&m->edges, H5T_NATIVE_FLOAT, edges);
    if (ok && v != NULL) {
        to_file(m->n, v, m->buffer);
        ok = column_append(&m->velocity, H5T_NATIVE_FLOAT, m->buffer);
    }
    ok = ok && column_append(&m->step, H5T_NATIVE_INT64, &step) &&
         column_append(&m->time, H5T_NATIVE_DOUBLE, &time);
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
    TRY(column_new(m->file, value, H5T_NATIVE_DOUBLE, width > 1 ? 2 : 1, dims, RECORDS_PER_CHUNK,
                   unit, &r->value));
    TRY(column_new(m->file, step, H5T_NATIVE_INT64, 1, dims, RECORDS_PER_CHUNK, "1", &r->step));
    return column_new(m->file, time, H5T_NATIVE_DOUBLE, 1, dims, RECORDS_PER_CHUNK, "ps", &r->time);
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
    bool ok = column_append(&r->value, H5T_NATIVE_DOUBLE, value) &&
              column_append(&r->step, H5T_NATIVE_INT64, &step) &&
              column_append(&r->time, H5T_NATIVE_DOUBLE, &time);
    return ok ? OK : h5_failed(m->file, name, "cannot be written; free space on this disk");
}

Err h5md_flush(H5md *m)
{
    return h5_flush(m->file);
}

Err h5md_parameter(H5md *m, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "parameters/%s", name);
    if (h5_exists(m->file, path) && H5Ldelete((hid_t)h5_handle(m->file), path, H5P_DEFAULT) < 0)
        return h5_failed(m->file, path, "cannot be replaced");
    return h5_write_text(m->file, path, text);
}

Err h5md_read_parameter(const H5md *m, const char *name, char **text)
{
    char path[128];
    snprintf(path, sizeof path, "parameters/%s", name);
    return h5_read_text(m->file, path, text);
}

Err h5md_close(H5md *m)
{
    if (m == NULL)
        return OK;
    Err e = h5_flush(m->file);
    release(m);
    return e;
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
              (!m->velocities || column_resize(&m->velocity, rows));
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

/* The columns of a stored trajectory; position->dims are then [frames][n][3]. */
static Err open_columns(H5 *f, bool *velocities, Column *position, Column *velocity, Column *edges,
                        Column *step, Column *time)
{
    *velocities = h5_exists(f, "particles/all/velocity/value");
    TRY(column_open(f, "particles/all/position/value", 3, position));
    TRY(column_open(f, "particles/all/position/step", 1, step));
    TRY(column_open(f, "particles/all/position/time", 1, time));
    TRY(column_open(f, "particles/all/box/edges/value", 3, edges));
    if (*velocities)
        TRY(column_open(f, "particles/all/velocity/value", 3, velocity));
    return OK;
}

Err h5md_resume(const char *path, int64_t last_step, H5md **file)
{
    H5 *h5;
    *file = NULL;
    TRY(h5_open(path, true, &h5));
    H5md *m = MEM_NEW(H5md, 1);
    m->file = h5;
    Err e =
        open_columns(h5, &m->velocities, &m->position, &m->velocity, &m->edges, &m->step, &m->time);
    m->n = (int64_t)m->position.dims[1];
    m->buffer = MEM_NEW(float, 3 * m->n);
    if (e == OK)
        e = cut_frames(m, last_step);
    if (e == OK)
        e = open_records(m, last_step);
    if (e != OK)
        release(m);
    else
        *file = m;
    return e;
}

/* ---- reading ---- */

static Err read_topology(H5mdReader *r)
{
    size_t n, nion = 0;
    TRY(h5_read_texts(r->file, "parameters/atom_symbols", &n, &r->symbols));
    if (n != (size_t)r->n)
        return err_set(ERR_FILE, "%s: %zu symbols for %lld atoms", h5_path(r->file), n,
                       (long long)r->n);
    if (!h5_exists(r->file, "particles/all/ion"))
        return OK;
    TRY(h5_read_i64(r->file, "particles/all/ion", 1, &nion, &r->ion));
    if (nion != n)
        return err_set(ERR_FILE, "%s: %zu ion numbers for %zu atoms", h5_path(r->file), nion, n);
    return OK;
}

/* Frames of which every column is there. */
static int64_t least_rows(const H5mdReader *r)
{
    hsize_t least = r->position.dims[0];
    const Column *const others[] = {&r->edges, &r->step, &r->time};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        least = others[i]->dims[0] < least ? others[i]->dims[0] : least;
    return (int64_t)(r->velocities && r->velocity.dims[0] < least ? r->velocity.dims[0] : least);
}

Err h5md_open(const char *path, H5mdReader **reader)
{
    H5 *h5;
    *reader = NULL;
    TRY(h5_open(path, false, &h5));
    H5mdReader *r = MEM_NEW(H5mdReader, 1);
    r->file = h5;
    Err e =
        open_columns(h5, &r->velocities, &r->position, &r->velocity, &r->edges, &r->step, &r->time);
    r->n = (int64_t)r->position.dims[1];
    r->frames = least_rows(r);
    r->buffer = MEM_NEW(float, 3 * r->n);
    if (e == OK)
        e = read_topology(r);
    if (e != OK)
        h5md_close_reader(r);
    else
        *reader = r;
    return e;
}

void h5md_close_reader(H5mdReader *r)
{
    if (r == NULL)
        return;
    Column *const all[] = {&r->position, &r->velocity, &r->edges, &r->step, &r->time};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        column_close(all[i]);
    h5_close(r->file);
    for (int64_t i = 0; r->symbols != NULL && i < r->n; i++)
        free(r->symbols[i]);
    free(r->symbols);
    free(r->ion);
    free(r->buffer);
    free(r);
}

int64_t h5md_atoms(const H5mdReader *r)
{
    return r->n;
}

int64_t h5md_frames(const H5mdReader *r)
{
    return r->frames;
}

const char *h5md_symbol(const H5mdReader *r, int64_t atom)
{
    CHECK(atom >= 0 && atom < r->n, "atom %lld of %lld", (long long)atom, (long long)r->n);
    return r->symbols[atom];
}

int64_t h5md_ion(const H5mdReader *r, int64_t atom)
{
    CHECK(atom >= 0 && atom < r->n, "atom %lld of %lld", (long long)atom, (long long)r->n);
    return r->ion != NULL ? r->ion[atom] : -1;
}

bool h5md_has_velocities(const H5mdReader *r)
{
    return r->velocities;
}

static void from_file(int64_t n, const float *in, double (*x)[3])
{
    for (int64_t i = 0; i < n; i++)
        for (int k = 0; k < 3; k++)
            x[i][k] = 10.0 * (double)in[3 * i + k];
}

Err h5md_read(H5mdReader *r, int64_t k, int64_t *step, double *time, double h[3][3], double (*x)[3],
              double (*v)[3])
{
    CHECK(k >= 0 && k < r->frames, "frame %lld of %lld", (long long)k, (long long)r->frames);
    float edges[9];
    hsize_t row = (hsize_t)k;
    bool ok = column_row(&r->step, row, H5T_NATIVE_INT64, false, step) &&
              column_row(&r->time, row, H5T_NATIVE_DOUBLE, false, time) &&
              column_row(&r->edges, row, H5T_NATIVE_FLOAT, false, edges) &&
              column_row(&r->position, row, H5T_NATIVE_FLOAT, false, r->buffer);
    if (ok) {
        from_file(3, edges, h);
        from_file(r->n, r->buffer, x);
    }
    if (ok && v != NULL) {
        CHECK(r->velocities, "%s has no velocities", h5_path(r->file));
        ok = column_row(&r->velocity, row, H5T_NATIVE_FLOAT, false, r->buffer);
        from_file(r->n, r->buffer, v);
    }
    return ok ? OK : h5_failed(r->file, "frame", "cannot be read; the file is damaged");
}
