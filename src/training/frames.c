#include "training/frames.h"

#include "base/mem.h"
#include "domain/structure.h"
#include "store/xyz.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void frames_init(Frames *f, const Comm *c, size_t room, const FfOptions *options)
{
    *f = (Frames){.comm = c, .room = room, .options = *options};
    f->alone = comm_split(c, comm_rank(c));
    f->frame = MEM_NEW(TrainingFrame, room);
    f->domain = MEM_NEW(Domain *, room);
    f->atoms = MEM_NEW(Atoms, room);
    f->ff = MEM_NEW(Forcefield *, room);
}

static void drop_engine(Frames *f, size_t i)
{
    if (f->ff[i] != NULL)
        forcefield_free(f->ff[i]);
    if (f->domain[i] != NULL) {
        domain_free(f->domain[i]);
        atoms_clear(&f->atoms[i]);
    }
    f->ff[i] = NULL;
    f->domain[i] = NULL;
}

void frames_clear(Frames *f)
{
    for (size_t i = 0; i < f->n; i++) {
        TrainingFrame *t = &f->frame[i];
        drop_engine(f, i);
        if (t->name != NULL)
            sample_clear(&t->sample);
        free(t->name);
        free(t->force);
        free(t->model_force);
    }
    free(f->frame);
    free(f->domain);
    free(f->atoms);
    free(f->ff);
    comm_free(f->alone);
}

/* "training/c2par45.extxyz" -> "c2par45" */
static char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    return mem_format("%.*s", (int)(dot != NULL ? (size_t)(dot - name) : strlen(name)), name);
}

static Err take(TrainingFrame *t, const char *path, const char *bytes, size_t n)
{
    XyzFrame *xyz;
    size_t count;
    TRY(xyz_parse(path, bytes, n, &xyz, &count));
    Err e = OK;
    if (!xyz->has_energy || xyz->force == NULL)
        e = err_set(ERR_INPUT, "%s:%zu: a training frame needs energy=... and a forces column",
                    path, xyz->line);
    if (e == OK)
        e = structure_parse(path, bytes, n, &t->sample);
    if (e == OK) {
        t->name = name_of(path);
        t->energy = xyz->energy;
        t->has_stress = xyz->has_stress;
        memcpy(t->stress, xyz->stress, sizeof t->stress);
        t->force = mem_new((size_t)t->sample.n, sizeof t->force[0]);
        t->model_force = mem_new((size_t)t->sample.n, sizeof t->model_force[0]);
        for (int64_t i = 0; i < t->sample.n; i++)
            memcpy(t->force[i], xyz->force[t->sample.source[i]], sizeof t->force[i]);
    }
    xyz_free(xyz, count);
    return e;
}

Err frames_read(Frames *f, const char *path, bool held_out, double weight)
{
    CHECK(f->n < f->room, "room for %zu frames", f->room);
    char *bytes;
    size_t n;
    Err e = comm_read_file(f->comm, path, &bytes, &n);
    if (e != OK)
        return e;
    TrainingFrame *t = &f->frame[f->n];
    e = take(t, path, bytes, n);
    free(bytes);
    t->held_out = held_out;
    t->weight = weight;
    f->n += e == OK;
    return e;
}

size_t frames_add_probe(Frames *f, const Sample *sample, const char *name)
{
    CHECK(f->n < f->room, "room for %zu frames", f->room);
    TrainingFrame *t = &f->frame[f->n];
    *t = (TrainingFrame){.probe = true, .name = mem_string(name)};
    sample_copy(&t->sample, sample);
    t->model_force = mem_new((size_t)sample->n, sizeof t->model_force[0]);
    return f->n++;
}

void frames_move_probe(Frames *f, size_t i, const double (*x)[3])
{
    TrainingFrame *t = &f->frame[i];
    CHECK(t->probe, "frame %s is no probe", t->name);
    memcpy(t->sample.x, x, (size_t)t->sample.n * sizeof x[0]);
    drop_engine(f, i);
}

bool frames_find(const Frames *f, const char *name, size_t *index)
{
    for (*index = 0; *index < f->n; ++*index)
        if (strcmp(f->frame[*index].name, name) == 0)
            return true;
    return false;
}

/* Frame i belongs to rank i modulo size */
static bool is_mine(const Frames *f, size_t i)
{
    return (int)(i % (size_t)comm_size(f->comm)) == comm_rank(f->comm);
}

static Err compute_one(Frames *f, size_t i, const FfParameters *p)
{
    TrainingFrame *t = &f->frame[i];
    if (f->ff[i] == NULL) {
        double reach = f->options.cutoff + f->options.skin;
        TRY(domain_new(f->alone, &t->sample, reach, &f->domain[i], &f->atoms[i]));
        TRY(forcefield_new(p, &f->options, &t->sample, f->domain[i], &f->atoms[i], &f->ff[i]));
    }
    forcefield_set_parameters(f->ff[i], p);
    FfResult r;
    TRY(forcefield_compute(f->ff[i], f->domain[i], &f->atoms[i], &r));
    const Atoms *a = &f->atoms[i];
    for (int32_t k = 0; k < a->nlocal; k++)
        memcpy(t->model_force[a->id[k]], a->f[k], sizeof a->f[k]);
    t->model_energy = r.energy;
    for (int j = 0; j < 9; j++)
        (&t->model_stress[0][0])[j] = -(&r.virial[0][0])[j] / t->sample.cell.volume;
    return OK;
}

Err frames_compute(Frames *f, const FfParameters *p)
{
    Err e = OK;
    for (size_t i = 0; i < f->n && e == OK; i++)
        if (is_mine(f, i))
            e = err_prefix(compute_one(f, i, p), "%s", f->frame[i].name);
    e = comm_agree(f->comm, e);
    for (size_t i = 0; i < f->n && e == OK; i++) {
        TrainingFrame *t = &f->frame[i];
        int owner = (int)(i % (size_t)comm_size(f->comm));
        comm_bcast(f->comm, owner, sizeof t->model_energy, &t->model_energy);
        comm_bcast(f->comm, owner, sizeof t->model_stress, t->model_stress);
        comm_bcast(f->comm, owner, (size_t)t->sample.n * sizeof t->model_force[0], t->model_force);
    }
    return e;
}

static void add_squares(const TrainingFrame *t, double *error, double *reference, double *n)
{
    for (int64_t k = 0; k < t->sample.n; k++) {
        for (int axis = 0; axis < 3; axis++) {
            double d = t->model_force[k][axis] - t->force[k][axis];
            *error += d * d;
            *reference += t->force[k][axis] * t->force[k][axis];
            *n += 1.0;
        }
    }
}

double frames_rmse_of(const TrainingFrame *t, double *scale)
{
    double sum = 0.0, reference = 0.0, n = 0.0;
    add_squares(t, &sum, &reference, &n);
    *scale = sqrt(reference / n);
    return sqrt(sum / n);
}

double frames_force_rmse(const Frames *f, bool held_out, double *scale)
{
    double sum = 0.0, reference = 0.0, n = 0.0;
    for (size_t i = 0; i < f->n; i++)
        if (!f->frame[i].probe && f->frame[i].held_out == held_out)
            add_squares(&f->frame[i], &sum, &reference, &n);
    *scale = n > 0.0 ? sqrt(reference / n) : NAN;
    return n > 0.0 ? sqrt(sum / n) : NAN;
}
