/* observe.h -- run an observable over a constructed trajectory and open its result, for tests. */
#ifndef TESTS_OBSERVE_H
#define TESTS_OBSERVE_H

#include "check.h"

#include "analysis/constructed.h"
#include "analysis/observable.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The options `yaml` ("": all defaults) of an observable, read into `options`; the Config must stay open. */
static inline Config *observe_options(const ObservableKind *kind, const char *yaml, void *options)
{
    Config *config = NULL;
    if (yaml[0] != '\0')
        assert_ok(config_parse("test", yaml, strlen(yaml), &config));
    assert_ok(config_read(config != NULL ? config_root(config) : NULL, kind->nfields, kind->fields,
                          options));
    return config;
}

/* Positions [sample->n][3] A of frame k. */
typedef void ObservePlace(void *context, int64_t k, double (*x)[3]);

/* Feed all frames of any motion of a sample; the root writes the result to `path`. Collective. */
static inline void observe_motion(const Comm *comm, const char *name, const char *yaml,
                                  const Sample *sample, double interval, int64_t frames,
                                  ObservePlace *place, void *context, const char *path)
{
    const ObservableKind *kind = observable_find(name);
    assert_non_null(kind);
    void *options = mem_new(1, kind->options_size), *state = NULL;
    Config *config = observe_options(kind, yaml, options);
    assert_ok(kind->open(comm, sample, options, interval, frames, &state));
    double(*x)[3] = mem_new((size_t)sample->n, sizeof *x);
    for (int64_t k = 0; k < frames; k++) {
        place(context, k, x);
        Frame f = {.step = k,
                   .time = (double)k * interval,
                   .cell = sample->cell,
                   .x = (const double(*)[3])x};
        assert_ok(kind->frame(state, &f));
    }
    H5 *file = NULL;
    if (comm_is_root(comm))
        assert_ok(h5_create(path, &file));
    assert_ok(kind->close(state, file));
    if (file != NULL)
        assert_ok(h5_commit(file));
    kind->free(state);
    config_clear(kind->nfields, kind->fields, options);
    config_close(config);
    free(options);
    free(x);
}

static inline void observe_constructed(void *constructed, int64_t k, double (*x)[3])
{
    constructed_frame(constructed, k, x);
}

/* The same of a constructed trajectory. Collective. */
static inline void observe(const Comm *comm, const char *name, const char *yaml,
                           const ConstructedOptions *o, const char *path)
{
    Constructed *c;
    assert_ok(constructed_new(o, &c));
    observe_motion(comm, name, yaml, constructed_sample(c), o->interval, o->frames,
                   observe_constructed, c, path);
    constructed_free(c);
}

static inline double *observe_read(H5 *file, const char *name, int rank, size_t dims[])
{
    double *data;
    assert_ok(h5_read(file, name, rank, dims, &data, NULL));
    return data;
}

#endif
