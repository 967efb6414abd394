#define _POSIX_C_SOURCE 200809L
#include "store/trajectory.h"

#include "base/hash.h"
#include "base/mem.h"
#include "store/h5md_inside.h"
#include "store/replace.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SHARES = 128 }; /* a segment has at least 1/SHARES of all frames */

/* A column of all segments together. */
typedef struct Series {
    char *path;
    int rank;
    hsize_t dims[COLUMN_RANK_MAX]; /* of one row, from dims[1] on */
    hid_t type;
    char *unit;
    hsize_t *rows; /* [segments] */
} Series;

struct Trajectory {
    TrajectoryPlan plan;
    char *folder;
    int64_t nsegment;         /* closed */
    int64_t frames, last;     /* in all closed ones, in the last of them */
    char (*digest)[HASH_HEX]; /* [nsegment] rank 0 */
    size_t nseries;
    Series *series; /* rank 0 */
    H5md *open;     /* NULL between intervals, and on ranks that do not write */
    bool is_open;
    int64_t number; /* of the open one */
};

static bool leads(const Trajectory *t)
{
    return comm_is_root(t->plan.comm);
}

static Err agree(const Trajectory *t, Err e)
{
    return comm_agree(t->plan.comm, e);
}

bool trajectory_writes(const Trajectory *t)
{
    return t->plan.form.together != NULL || leads(t);
}

static char *segment_path(const Trajectory *t, int64_t number)
{
    return mem_format("%s/trajectory/%06lld.h5", t->folder, (long long)number);
}

/* ---- what lies in the folder ---- */

static Err make_folder(const Trajectory *t)
{
    char *path = mem_format("%s/trajectory", t->folder);
    Err e = replace_make_folder(path);
    free(path);
    return e;
}

/* Number of a segment's file, closed or open; 0 if it is something else. */
static long long number_of(const char *name)
{
    char *end;
    long long number = strtoll(name, &end, 10);
    bool segment = end != name && (strcmp(end, ".h5") == 0 || strcmp(end, ".h5.part") == 0);
    return segment ? number : 0;
}

/* Remove all segments after `kept`, and open ones. */
static void remove_after(const Trajectory *t, int64_t kept)
{
    char *path = mem_format("%s/trajectory", t->folder);
    DIR *folder = opendir(path);
    for (struct dirent *d; folder != NULL && (d = readdir(folder)) != NULL;) {
        long long number = number_of(d->d_name);
        if (number == 0 || (number <= kept && strstr(d->d_name, ".part") == NULL))
            continue;
        char *file = mem_format("%s/%s", path, d->d_name);
        unlink(file);
        free(file);
    }
    if (folder != NULL)
        closedir(folder);
    free(path);
}

/* ---- what the closed segments hold; rank 0 ---- */

static Series *find_series(Trajectory *t, const char *path)
{
    for (size_t i = 0; i < t->nseries; i++)
        if (strcmp(t->series[i].path, path) == 0)
            return &t->series[i];
    t->series = mem_resize(t->series, t->nseries, t->nseries + 1, sizeof *t->series);
    Series *s = &t->series[t->nseries++];
    s->path = mem_string(path);
    s->type = -1;
    s->rows = MEM_NEW(hsize_t, t->nsegment);
    return s;
}

/* Rows of one column of segment `number`, if it has it. */
static Err note_column(Trajectory *t, H5 *file, int64_t number, const char *path)
{
    Column c;
    if (!h5_exists(file, path))
        return OK;
    TRY(column_open(file, path, h5_rank(file, path), &c));
    Series *s = find_series(t, path);
    Err e = OK;
    if (s->type < 0) {
        s->type = H5Dget_type(c.set);
        s->rank = c.rank;
        memcpy(s->dims, c.dims, sizeof s->dims);
        e = h5_read_attr_text(file, path, "unit", &s->unit);
    }
    s->rows[number - 1] = c.dims[0];
    column_close(&c);
    return e;
}

static Err note_log(Trajectory *t, H5 *file, int64_t number)
{
    static const char *const parts[] = {"value", "step", "time"};
    H5 *group;
    char **names;
    if (!h5_exists(file, "parameters/log"))
        return OK;
    TRY(h5_group(file, "parameters/log", &group));
    size_t n = h5_members(group, &names);
    h5_close_group(group);
    Err e = OK;
    for (size_t i = 0; i < n; i++) {
        for (int k = 0; k < 3 && e == OK; k++) {
            char path[160];
            snprintf(path, sizeof path, "parameters/log/%s/%s", names[i], parts[k]);
            e = note_column(t, file, number, path);
        }
        free(names[i]);
    }
    free(names);
    return e;
}

/* Look into closed segment `number`, the last or a new one after it. Its first provenance if wanted. */
static Err note_segment(Trajectory *t, int64_t number, char **provenance)
{
    static const char *const columns[] = {
        "particles/all/position/value",   "particles/all/position/step",
        "particles/all/position/time",    "particles/all/box/edges/value",
        "particles/all/velocity/value",   "particles/bh4/position/value",
        "particles/bh4/orientation/value"};
    enum { POSITION_STEP = 1 };
    if (number > t->nsegment) {
        size_t old = (size_t)t->nsegment, new = (size_t)number;
        for (size_t i = 0; i < t->nseries; i++)
            t->series[i].rows = mem_resize(t->series[i].rows, old, new, sizeof(hsize_t));
        t->digest = mem_resize(t->digest, old, new, sizeof t->digest[0]);
        t->nsegment = number;
        t->last = 0;
    }
    char *path = segment_path(t, number);
    H5 *file;
    Err e = h5_open(path, false, &file);
    if (e == OK) {
        for (size_t i = 0; i < sizeof columns / sizeof columns[0] && e == OK; i++)
            e = note_column(t, file, number, columns[i]);
        if (e == OK)
            e = note_log(t, file, number);
        if (e == OK && provenance != NULL)
            e = h5_read_text(file, "parameters/provenance", provenance);
        h5_close(file);
        if (e == OK)
            e = hash_file(path, t->digest[number - 1]);
    }
    free(path);
    if (e == OK) {
        int64_t now = (int64_t)find_series(t, columns[POSITION_STEP])->rows[number - 1];
        t->frames += now - t->last;
        t->last = now;
    }
    return e;
}

/* ---- segments ---- */

static Trajectory *new_trajectory(const char *folder, const TrajectoryPlan *plan)
{
    Trajectory *t = MEM_NEW(Trajectory, 1);
    t->plan = *plan;
    t->folder = mem_string(folder);
    return t;
}

Err trajectory_begin(const char *folder, const TrajectoryPlan *plan, Trajectory **out)
{
    Trajectory *t = new_trajectory(folder, plan);
    Err e = OK;
    if (leads(t)) {
        char *master = mem_format("%s/trajectory.h5", folder);
        unlink(master);
        free(master);
        e = make_folder(t);
        if (e == OK)
            remove_after(t, 0);
    }
    e = agree(t, e);
    *out = t;
    return e;
}

/* An interval begins: a new segment, or a copy of the last if that is small. */
static Err open_segment(Trajectory *t)
{
    int64_t share = t->frames / SHARES, least = t->plan.least > share ? t->plan.least : share;
    bool longer = t->nsegment > 0 && t->last < least;
    comm_bcast(t->plan.comm, 0, sizeof longer, &longer);
    comm_bcast(t->plan.comm, 0, sizeof t->nsegment, &t->nsegment);
    t->number = longer ? t->nsegment : t->nsegment + 1;
    t->is_open = true;
    Err e = OK;
    if (trajectory_writes(t)) {
        char *path = segment_path(t, t->number);
        e = longer
                ? h5md_extend(path, INT64_MAX, t->plan.form.together, &t->open)
                : h5md_create(path, t->plan.topology, &t->plan.form, t->plan.provenance, &t->open);
        free(path);
    }
    return agree(t, e);
}

Err trajectory_close(Trajectory *t, int64_t *segments)
{
    bool none = t->nsegment == 0;
    comm_bcast(t->plan.comm, 0, sizeof none, &none);
    Err e = none && !t->is_open ? open_segment(t) : OK; /* at least one, if without frames */
    if (e == OK && t->is_open) {
        if (t->open != NULL)
            e = h5md_commit(t->open);
        t->open = NULL;
        t->is_open = false;
        if (e == OK && leads(t))
            e = note_segment(t, t->number, NULL);
        e = agree(t, e);
    }
    comm_bcast(t->plan.comm, 0, sizeof t->nsegment, &t->nsegment);
    *segments = t->nsegment;
    return e;
}

/* The last segment may have gone on after the checkpoint. */
static Err cut_last(Trajectory *t, int64_t last_step)
{
    H5md *m;
    char *path = segment_path(t, t->nsegment);
    Err e = h5md_extend(path, last_step, NULL, &m);
    free(path);
    TRY(e);
    TRY(h5md_commit(m));
    return note_segment(t, t->nsegment, NULL);
}

Err trajectory_resume(const char *folder, const TrajectoryPlan *plan, int64_t segments,
                      int64_t last_step, char **begun, Trajectory **out)
{
    Trajectory *t = new_trajectory(folder, plan);
    Err e = OK;
    *begun = NULL;
    if (leads(t)) {
        for (int64_t k = 1; k <= segments && e == OK; k++)
            e = note_segment(t, k, k == 1 ? begun : NULL);
        if (e == OK)
            e = make_folder(t);
        if (e == OK)
            remove_after(t, segments);
        if (e == OK && segments > 0)
            e = cut_last(t, last_step);
    }
    *out = t;
    return agree(t, e);
}

Err trajectory_append(Trajectory *t, const H5mdFrame *frame)
{
    Err e = t->is_open ? OK : open_segment(t);
    if (e != OK)
        return e;
    return agree(t, t->open != NULL ? h5md_append(t->open, frame) : OK);
}

Err trajectory_observe(Trajectory *t, const char *name, int64_t step, double time, size_t width,
                       const double value[], const char *unit)
{
    Err e = t->is_open ? OK : open_segment(t);
    if (e != OK)
        return e;
    return agree(t, t->open != NULL ? h5md_observe(t->open, name, step, time, width, value, unit)
                                    : OK);
}

void trajectory_free(Trajectory *t)
{
    if (t == NULL)
        return;
    h5md_discard(t->open);
    for (size_t i = 0; i < t->nseries; i++) {
        Series *s = &t->series[i];
        if (s->type >= 0)
            H5Tclose(s->type);
        free(s->path);
        free(s->unit);
        free(s->rows);
    }
    free(t->series);
    free(t->digest);
    free(t->folder);
    free(t);
}

/* ---- all as one; rank 0 ---- */

/* One segment's rows into the whole. */
static bool map_rows(hid_t create, hid_t whole, const Series *s, hsize_t at, int64_t segment)
{
    char file[64];
    hsize_t start[COLUMN_RANK_MAX] = {at}, count[COLUMN_RANK_MAX];
    memcpy(count, s->dims, sizeof count);
    count[0] = s->rows[segment];
    snprintf(file, sizeof file, "trajectory/%06lld.h5", (long long)segment + 1);
    hid_t part = H5Screate_simple(s->rank, count, NULL);
    bool ok = H5Sselect_hyperslab(whole, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
              H5Pset_virtual(create, whole, file, s->path, part) >= 0;
    H5Sclose(part);
    return ok;
}

static Err show_series(const Trajectory *t, H5 *file, const Series *s)
{
    static const float none = NAN;
    hsize_t dims[COLUMN_RANK_MAX], at = 0;
    memcpy(dims, s->dims, sizeof dims);
    dims[0] = 0;
    for (int64_t k = 0; k < t->nsegment; k++)
        dims[0] += s->rows[k];
    hid_t whole = H5Screate_simple(s->rank, dims, NULL), create = H5Pcreate(H5P_DATASET_CREATE);
    hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    bool ok = true;
    if (H5Tget_class(s->type) == H5T_FLOAT)
        ok = H5Pset_fill_value(create, H5T_NATIVE_FLOAT, &none) >= 0;
    for (int64_t k = 0; k < t->nsegment && ok; k++) {
        if (s->rows[k] > 0)
            ok = map_rows(create, whole, s, at, k);
        at += s->rows[k];
    }
    H5Sselect_all(whole);
    hid_t set =
        ok ? H5Dcreate2((hid_t)h5_handle(file), s->path, s->type, whole, links, create, H5P_DEFAULT)
           : -1;
    H5Pclose(links);
    H5Pclose(create);
    H5Sclose(whole);
    if (set < 0)
        return h5_failed(file, s->path, "cannot be made of the segments");
    H5Dclose(set);
    return h5_attr_text(file, s->path, "unit", s->unit);
}

static Err show_segments(const Trajectory *t, H5 *file)
{
    char **lines = MEM_NEW(char *, t->nsegment);
    for (int64_t k = 0; k < t->nsegment; k++)
        lines[k] = mem_format("trajectory/%06lld.h5 %s", (long long)k + 1, t->digest[k]);
    Err e = h5_write_texts(file, "parameters/segments", (size_t)t->nsegment,
                           (const char *const *)lines);
    for (int64_t k = 0; k < t->nsegment; k++)
        free(lines[k]);
    free(lines);
    return e;
}

static Err show_all(const Trajectory *t, H5 *file, const char *begun, const char *finished)
{
    TRY(h5md_write_head(file, t->plan.topology, begun, t->plan.form.orientations));
    for (size_t i = 0; i < t->nseries; i++)
        TRY(show_series(t, file, &t->series[i]));
    TRY(h5md_write_links(file, t->plan.form.velocities, t->plan.form.orientations));
    TRY(show_segments(t, file));
    return finished != NULL ? h5_write_text(file, "parameters/provenance_finished", finished) : OK;
}

static Err read_begun(const Trajectory *t, char **begun)
{
    char *path = segment_path(t, 1);
    H5 *file;
    Err e = h5_open(path, false, &file);
    if (e == OK) {
        e = h5_read_text(file, "parameters/provenance", begun);
        h5_close(file);
    }
    free(path);
    return e;
}

static Err show(const Trajectory *t, const char *finished)
{
    char *begun = NULL, *path = mem_format("%s/trajectory.h5", t->folder);
    H5 *file = NULL;
    Err e = read_begun(t, &begun);
    if (e == OK)
        e = h5_create(path, &file);
    if (e == OK)
        e = show_all(t, file, begun, finished);
    if (e == OK)
        e = h5_commit(file);
    else if (file != NULL)
        h5_close(file);
    free(begun);
    free(path);
    return e;
}

Err trajectory_show(Trajectory *t, const char *finished)
{
    return agree(t, leads(t) && t->nsegment > 0 ? show(t, finished) : OK);
}
