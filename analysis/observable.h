/* observable.h -- something measured on frames, in a run or from a stored trajectory, by the same code.
 *
 * Every rank is shown every frame (whole sample, global order, unwrapped, rounded as stored) and takes its own share
 * of the work, usually atoms [first, first+count) of comm_block. Histograms are integers and are summed exactly,
 * so results are the same bytes for any rank count. An observable writes its results into an HDF5 group.
 */
#ifndef ANALYSIS_OBSERVABLE_H
#define ANALYSIS_OBSERVABLE_H

#include "model/sample.h"
#include "par/comm.h"
#include "store/config.h"
#include "store/h5.h"

typedef struct Frame {
    int64_t step;
    double time; /* ps */
    Cell cell;
    const double (*x)[3]; /* [sample->n][3] A */
    const double (*v)[3]; /* [sample->n][3] A/ps, or NULL */
} Frame;

typedef struct ObservableKind {
    const char *name;      /* "isf" */
    const char *help;      /* one line: what it is, in which units */
    const char *reference; /* author, journal, page, DOI; or the formula's home */
    size_t nfields;
    const ConfigField *fields; /* its options in the study file */
    size_t options_size;
    /* Rough bytes on all ranks together for so many atoms and frames, interval [ps] (0: not known); NULL: 12 per atom and
     * frame. */
    double (*memory)(const void *options, double atoms, double interval, double frames);
    /* Sample topology and expected frame interval [ps] and count are known (0 if not). Collective. */
    Err (*open)(const Comm *c, const Sample *sample, const void *options, double interval,
                int64_t frames, void **state);
    Err (*frame)(void *state, const Frame *frame); /* Local */
    Err (*close)(void *state,
                 H5 *group); /* Collective; `group` is NULL on all ranks but 0. Does not free. */
    void (*free)(void *state);
} ObservableKind;

/* All observables of the program, NULL-terminated. Local. */
const ObservableKind *const *observable_list(void);
const ObservableKind *observable_find(const char *name);

#endif
