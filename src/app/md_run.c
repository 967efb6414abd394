#include "app/md_run.h"

#include "base/log.h"
#include "base/mem.h"
#include "force/tune.h"
#include "par/fft.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCALARS_MAX = 256 };

Err md_run_tune(const Comm *c, const Sample *sample, const FfParameters *parameters,
                double temperature, bool measure, FfOptions *force, size_t size, char text[])
{
    TuneReport report = {.measured = -1.0};
    Err e = measure ? tune_search(c, parameters, sample, temperature, force, &report)
                    : tune_pick(parameters, sample, temperature, force);
    if (e == OK && measure)
        tune_describe(force, &report, size, text);
    else if (e == OK)
        snprintf(text, size, "force error not measured (tune: false)");
    return e;
}

Err md_run_init(MdRun *m, const Comm *c, const Sample *sample, const FfParameters *parameters,
                const FfOptions *force, const DynamicsOptions *dynamics)
{
    *m = (MdRun){.comm = c, .measured = force->measure && !force->reproducible};
    sample_copy(&m->sample, sample);
    m->orient = mem_new((size_t)sample->nion, sizeof m->orient[0]);
    m->spin = mem_new((size_t)sample->nion, sizeof m->spin[0]);
    Err e = domain_new(c, sample, force->cutoff + force->skin, &m->domain, &m->atoms);
    if (e == OK)
        e = forcefield_new(parameters, force, sample, m->domain, &m->atoms, &m->ff);
    if (e == OK)
        e = dynamics_new(dynamics, m->ff, m->domain, &m->atoms, &m->dynamics);
    return e;
}

void md_run_clear(MdRun *m)
{
    if (m->comm == NULL)
        return; /* never begun */
    if (m->dynamics != NULL)
        dynamics_free(m->dynamics);
    if (m->ff != NULL)
        forcefield_free(m->ff);
    if (m->domain != NULL)
        domain_free(m->domain);
    atoms_clear(&m->atoms);
    sample_clear(&m->sample);
    free(m->orient);
    free(m->spin);
    free(m->wisdom);
    *m = (MdRun){0};
}

void md_run_gather(MdRun *m)
{
    domain_gather(m->domain, &m->atoms, m->sample.x, m->sample.v, m->orient, m->spin);
    m->sample.cell = *domain_cell(m->domain);
}

Err md_run_save(MdRun *m, const char *path, const char *key, size_t nextra, const int64_t extra[])
{
    Err e = dynamics_checkpoint_sync(m->dynamics, m->sample.x, m->sample.v, m->orient, m->spin);
    if (e != OK)
        return e;
    m->sample.cell = *domain_cell(m->domain);
    if (m->measured) {
        free(m->wisdom);
        m->wisdom = fft_wisdom_export(m->comm);
    }
    double scalars[SCALARS_MAX];
    size_t nscalars = dynamics_save(m->dynamics, scalars), n = (size_t)m->sample.n,
           ions = (size_t)m->sample.nion;
    const CheckpointSection sections[] = {
        {"key", key, strlen(key) + 1},
        {"extra", extra, nextra * sizeof extra[0]},
        {"cell", m->sample.cell.h, sizeof m->sample.cell.h},
        {"position", m->sample.x, n * sizeof m->sample.x[0]},
        {"velocity", m->sample.v, n * sizeof m->sample.v[0]},
        {"orient", m->orient, ions * sizeof m->orient[0]},
        {"spin", m->spin, ions * sizeof m->spin[0]},
        {"dynamics", scalars, nscalars * sizeof scalars[0]},
        {"wisdom", m->wisdom, m->wisdom != NULL ? strlen(m->wisdom) + 1 : 0},
    };
    size_t nsections = sizeof sections / sizeof sections[0];
    if (comm_is_root(m->comm))
        e = checkpoint_write(path, m->wisdom != NULL ? nsections : nsections - 1, sections);
    return comm_agree(m->comm, e);
}

/* Everything a checkpoint holds, in the same order as it is given to the other ranks. */
typedef struct Saved {
    double h[3][3];
    size_t nscalars;
    double scalars[SCALARS_MAX];
    bool found;
} Saved;

static Err read_sections(MdRun *m, const Checkpoint *file, Saved *s, size_t nextra, int64_t extra[])
{
    size_t n = (size_t)m->sample.n, ions = (size_t)m->sample.nion, bytes;
    const void *scalars;
    TRY(checkpoint_copy(file, "extra", nextra * sizeof extra[0], extra));
    TRY(checkpoint_copy(file, "cell", sizeof s->h, s->h));
    TRY(checkpoint_copy(file, "position", n * sizeof m->sample.x[0], m->sample.x));
    TRY(checkpoint_copy(file, "velocity", n * sizeof m->sample.v[0], m->sample.v));
    TRY(checkpoint_copy(file, "orient", ions * sizeof m->orient[0], m->orient));
    TRY(checkpoint_copy(file, "spin", ions * sizeof m->spin[0], m->spin));
    TRY(checkpoint_section(file, "dynamics", &scalars, &bytes));
    if (bytes > sizeof s->scalars)
        return err_set(ERR_FILE, "checkpoint: section 'dynamics' has %zu bytes", bytes);
    s->nscalars = bytes / sizeof s->scalars[0];
    memcpy(s->scalars, scalars, bytes);
    m->wisdom = checkpoint_text(file, "wisdom");
    return OK;
}

/* Rank 0 */
static Err read_latest(MdRun *m, const char *path, const char *key, Saved *s, size_t nextra,
                       int64_t extra[])
{
    Checkpoint *file;
    TRY(checkpoint_read_own(path, key, &file));
    if (file == NULL)
        return OK;
    Err e = read_sections(m, file, s, nextra, extra);
    s->found = e == OK;
    checkpoint_free(file);
    return e;
}

Err md_run_load(MdRun *m, const Comm *c, const Sample *topology, const FfParameters *parameters,
                const FfOptions *force, const DynamicsOptions *dynamics, const char *path,
                const char *key, size_t nextra, int64_t extra[], bool *found)
{
    MdRun start = {.comm = c};
    Saved saved = {.found = false};
    sample_copy(&start.sample, topology);
    start.orient = mem_new((size_t)topology->nion, sizeof start.orient[0]);
    start.spin = mem_new((size_t)topology->nion, sizeof start.spin[0]);
    Err e =
        comm_agree(c, comm_is_root(c) ? read_latest(&start, path, key, &saved, nextra, extra) : OK);
    comm_bcast(c, 0, sizeof saved, &saved);
    *found = e == OK && saved.found;
    if (*found) {
        size_t n = (size_t)topology->n, ions = (size_t)topology->nion;
        comm_bcast(c, 0, nextra * sizeof extra[0], extra);
        comm_bcast(c, 0, n * sizeof start.sample.x[0], start.sample.x);
        comm_bcast(c, 0, n * sizeof start.sample.v[0], start.sample.v);
        comm_bcast(c, 0, ions * sizeof start.orient[0], start.orient);
        comm_bcast(c, 0, ions * sizeof start.spin[0], start.spin);
        comm_bcast_text(c, &start.wisdom);
        if (force->measure && start.wisdom != NULL) /* the plans of the run that is gone on with */
            e = fft_wisdom_import(c, start.wisdom);
        /* from the first sample: rank grid and mesh depend on its cell, and bits on them */
        *m = (MdRun){.comm = c};
        if (e == OK)
            e = md_run_init(m, c, topology, parameters, force, dynamics);
        m->wisdom = start.wisdom;
        if (e == OK)
            e = domain_set_cell(m->domain, (const double(*)[3])saved.h);
        if (e == OK)
            e = dynamics_restore(m->dynamics, (const double(*)[3])start.sample.x,
                                 (const double(*)[3])start.sample.v,
                                 (const double(*)[4])start.orient, (const double(*)[3])start.spin);
        if (e == OK)
            dynamics_load(m->dynamics, saved.nscalars, saved.scalars);
    }
    sample_clear(&start.sample);
    free(start.orient);
    free(start.spin);
    return e;
}
