#include "store/h5md_inside.h"

#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct H5mdReader {
    H5 *file;
    int64_t n, frames;
    bool velocities;
    Column position, velocity, edges, step, time;
    float *buffer;  /* [n][3] */
    char **symbols; /* [n] */
    int64_t *ion;   /* [n], NULL if the file does not say */
};

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

static bool read_row(const Column *c, hsize_t row, hid_t type, void *data)
{
    return column_row(c, row, 0, c->rank > 1 ? c->dims[1] : 1, type, H5P_DEFAULT, false, data);
}

/* What a virtual dataset does not find reads as NaN. */
static Err lost_segment(const H5mdReader *r, int64_t k)
{
    return err_set(ERR_FILE,
                   "%s: frame %lld: its segment is missing or damaged; keep the folder trajectory "
                   "beside this file",
                   h5_path(r->file), (long long)k);
}

Err h5md_read(H5mdReader *r, int64_t k, int64_t *step, double *time, double h[3][3], double (*x)[3],
              double (*v)[3])
{
    CHECK(k >= 0 && k < r->frames, "frame %lld of %lld", (long long)k, (long long)r->frames);
    float edges[9];
    hsize_t row = (hsize_t)k;
    bool ok = read_row(&r->step, row, H5T_NATIVE_INT64, step) &&
              read_row(&r->time, row, H5T_NATIVE_DOUBLE, time) &&
              read_row(&r->edges, row, H5T_NATIVE_FLOAT, edges) &&
              read_row(&r->position, row, H5T_NATIVE_FLOAT, r->buffer);
    if (ok && (isnan(*time) || isnan(edges[0]) || isnan(r->buffer[0])))
        return lost_segment(r, k);
    if (ok) {
        from_file(3, edges, h);
        from_file(r->n, r->buffer, x);
    }
    if (ok && v != NULL) {
        CHECK(r->velocities, "%s has no velocities", h5_path(r->file));
        ok = read_row(&r->velocity, row, H5T_NATIVE_FLOAT, r->buffer);
        from_file(r->n, r->buffer, v);
    }
    return ok ? OK : h5_failed(r->file, "frame", "cannot be read; the file is damaged");
}
