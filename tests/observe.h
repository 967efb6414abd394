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

/* Feed all frames; the root writes the result to `path`. Collective. */
static inline void observe(const Comm *comm, const char *name, const char *yaml,
                           const ConstructedOptions *o, const char *path)
{
    const ObservableKind *kind = observable_find(name);
    assert_non_null(kind);
    void *options = mem_new(1, kind->options_size), *state = NULL;
    Config *config = observe_options(kind, yaml, options);
    Constructed *c;
    assert_ok(constructed_new(o, &c));
    const Sample *sample = constructed_sample(c);
    assert_ok(kind->open(comm, sample, options, o->interval, o->frames, &state));
    double(*x)[3] = mem_new((size_t)sample->n, sizeof *x);
    for (int64_t k = 0; k < o->frames; k++) {
        constructed_frame(c, k, x);
        Frame f = {.step = k,
                   .time = (double)k * o->interval,
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
    constructed_free(c);
    free(options);
    free(x);
}

static inline double *observe_read(H5 *file, const char *name, int rank, size_t dims[])
{
    double *data;
    assert_ok(h5_read(file, name, rank, dims, &data, NULL));
    return data;
}

#endif
