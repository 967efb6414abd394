/* stage_qens_dataset.c -- what a qens stage gives to a data set: spectra as files of the instruments, drawn several times, the
 * truth behind them, covariances of what was fitted to the first. */
#include "app/stage_qens.h"
#include "app/stages.h"

#include "analysis/constructed.h"
#include "analysis/qens_ascii.h"
#include "analysis/qens_csv.h"
#include "analysis/qens_nexus.h"
#include "base/mem.h"
#include "base/units.h"
#include "store/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the functions below hand on. */
typedef struct Gift {
    const StageRun *run;
    const QensStage *stage;
    QensInstrument instrument;
    QensOptions options;
    QensInput in; /* what the spectrometer sees */
    H5 *result;   /* of this stage */
    Dataset *dataset;
} Gift;

/* ---- spectra --------------------------------------------------------------------------------- */

typedef enum Format { FORMAT_CSV, FORMAT_NEXUS, FORMAT_GRP, FORMAT_NXSPE, FORMATS } Format;
static const char *const endings[FORMATS] = {".csv", ".nxs", ".grp", ".nxspe"};

static Err write_one(const Gift *g, Format format, const char *path, const QensData *d)
{
    switch (format) {
    case FORMAT_CSV:
        return qens_csv_write(path, d);
    case FORMAT_NEXUS:
        return qens_nexus_write(path, d);
    case FORMAT_GRP:
        return qens_ascii_write_grp(path, d);
    default:
        return qens_nexus_write_nxspe(path, d, g->instrument.tof.sample_to_detector);
    }
}

static Err write_file(const Gift *g, const char *name, Format format, const QensData *d,
                      const char *what)
{
    char *full = mem_format("%s%s", name, endings[format]);
    char *path = dataset_file(g->dataset, g->run, full, DATASET_QENS, what);
    Err e = write_one(g, format, path, d);
    if (e == OK)
        e = dataset_mark(g->dataset, path);
    free(full);
    free(path);
    return e;
}

/* Spectra in all formats that can hold them: those of detectors as NXspe alone. */
static Err write_all(const Gift *g, const char *name, bool detectors, const QensData *d,
                     const char *what)
{
    if (detectors)
        return write_file(g, name, FORMAT_NXSPE, d, what);
    for (int f = FORMAT_CSV; f <= FORMAT_GRP; f++)
        TRY(write_file(g, name, (Format)f, d, what));
    return d->two_theta != NULL ? write_file(g, name, FORMAT_NXSPE, d, what) : OK;
}

/* The truth as y, with the errors that its counts would have. */
static Err write_truth(const Gift *g, bool detectors, const double factor[], const QensData *d)
{
    QensData t = *d;
    size_t n = d->nspectra * d->ne;
    double *error = d->error != NULL ? MEM_NEW(double, n) : NULL;
    for (size_t k = 0; k < n && error != NULL; k++)
        error[k] = sqrt(fmax(d->truth[k] * factor[k], 1.0)) / factor[k];
    t.y = d->truth;
    t.truth = NULL;
    t.error = error;
    Err e = write_all(g, detectors ? "detectors_truth" : "spectra_truth", detectors, &t,
                      "expected, without counting noise");
    free(error);
    return e;
}

/* Draws of one kind of spectra, of the plain instrument if `plain` has its expected counts. */
typedef Err Draw(const Gift *g, const void *source, int64_t draw, QensData *d);

static Err write_draws(const Gift *g, Draw *make, const void *source, bool detectors,
                       const double factor[])
{
    for (int64_t k = 1; k <= dataset_draws(g->dataset); k++) {
        char name[64];
        QensData d;
        snprintf(name, sizeof name, "%s_draw-%03lld", detectors ? "detectors" : "spectra",
                 (long long)k);
        TRY(make(g, source, k, &d));
        Err e = write_all(g, name, detectors, &d,
                          d.two_theta != NULL ? "counted, at constant angle"
                                              : "counted, at constant Q");
        if (e == OK && k == 1)
            e = write_truth(g, detectors, factor, &d);
        qens_data_clear(&d);
        if (e != OK)
            return e;
    }
    return OK;
}

static Err draw_spectra(const Gift *g, const void *source, int64_t draw, QensData *d)
{
    const bool *detectors = source;
    return qens_instrument_draw(&g->instrument, *detectors,
                                dataset_seed(g->instrument.run.seed, draw), d);
}

static Err give_tof(const Gift *g)
{
    static const bool no = false, yes = true;
    TRY(write_draws(g, draw_spectra, &no, false, g->instrument.spectra.factor));
    if (g->instrument.detectors.nspectra > 0)
        TRY(write_draws(g, draw_spectra, &yes, true, g->instrument.detectors.factor));
    return dataset_copy(g->dataset, g->run, "incoherent.sqw", DATASET_QENS,
                        "S(q,w) without an instrument for ray tracing (McStas Isotropic_Sqw), "
                        "classical, no noise");
}

/* ---- the plain instrument -------------------------------------------------------------------- */

typedef struct Plain {
    size_t nq, ne;
    double *q, *e, *expected, *counts;
} Plain;

static void plain_clear(Plain *p)
{
    free(p->q);
    free(p->e);
    free(p->expected);
    free(p->counts);
}

static Err plain_read(H5 *result, Plain *p)
{
    size_t dims[2], other[2];
    *p = (Plain){0};
    TRY(h5_read(result, "spectra/Q", 1, &p->nq, &p->q, NULL));
    TRY(h5_read(result, "spectra/E", 1, &p->ne, &p->e, NULL));
    TRY(h5_read(result, "spectra/expected", 2, dims, &p->expected, NULL));
    TRY(h5_read(result, "spectra/counts", 2, other, &p->counts, NULL));
    if (dims[0] != p->nq || dims[1] != p->ne || other[0] != p->nq || other[1] != p->ne || p->ne < 2)
        return err_set(ERR_FILE, "%s: spectra do not fit together", h5_path(result));
    return OK;
}

static double *copy(size_t n, const double from[])
{
    return memcpy(MEM_NEW(double, n), from, n * sizeof *from);
}

/* Draw 1 is what the stage counted. */
static Err draw_plain(const Gift *g, const void *source, int64_t draw, QensData *d)
{
    const Plain *p = source;
    size_t n = p->nq * p->ne;
    InstrumentQens i = g->options.instrument;
    double *mean = MEM_NEW(double, p->ne), step = p->e[1] - p->e[0];
    *d = (QensData){.nspectra = p->nq,
                    .ne = p->ne,
                    .q = copy(p->nq, p->q),
                    .edge = MEM_NEW(double, p->ne + 1),
                    .y = copy(n, p->counts),
                    .truth = copy(n, p->expected),
                    .kf_over_ki = false,
                    .wavelength = i.wavelength,
                    .temperature = g->stage->temperature,
                    .title = mem_string(g->stage->sample != NULL ? g->stage->sample : "")};
    for (size_t k = 0; k <= p->ne; k++)
        d->edge[k] = p->e[0] + ((double)k - 0.5) * step;
    i.seed = (int64_t)dataset_seed((uint64_t)i.seed, draw);
    i.background = 0.0; /* it is in what is expected */
    Err e = OK;
    for (size_t s = 0; s < p->nq && draw > 1 && i.counts > 0.0 && e == OK; s++) {
        i.counts = 0.0;
        for (size_t k = 0; k < p->ne; k++)
            i.counts += p->expected[s * p->ne + k];
        e = instrument_qens_count(&i, s, p->ne, p->expected + s * p->ne, mean, d->y + s * p->ne);
    }
    free(mean);
    if (e != OK)
        qens_data_clear(d);
    return e;
}

static Err give_plain(const Gift *g)
{
    Plain p;
    Err e = plain_read(g->result, &p);
    if (e == OK)
        e = write_draws(g, draw_plain, &p, false, NULL);
    plain_clear(&p);
    return e;
}

/* ---- the resolution -------------------------------------------------------------------------- */

static Err give_resolution(const Gift *g)
{
    const InstrumentQens *i = &g->options.instrument;
    const Resolution *r = g->instrument.is_tof ? &g->instrument.known : NULL;
    double fwhm = r != NULL ? resolution_fwhm(r, 0.0) : i->fwhm;
    dataset_truth(g->dataset, g->run, "resolution_fwhm", fwhm, 0.0, "meV",
                  r == NULL       ? "Gaussian, the same at all E"
                  : r->nlines > 0 ? "at E = 0, of the measured lines that were used"
                                  : "at E = 0; at other E see resolution.csv");
    size_t n = r != NULL ? r->n : 2;
    const double ends[2] = {i->e_low, i->e_high}, same[2] = {fwhm, fwhm};
    const TableColumn columns[] = {
        {.name = "E", .unit = "meV", .values = r != NULL ? r->energy : ends},
        {.name = "fwhm", .unit = "meV", .values = r != NULL ? r->fwhm : same},
    };
    char *path = dataset_file(g->dataset, g->run, "resolution.csv", DATASET_QENS,
                              "full width at half maximum of the Gaussian resolution against E");
    Err e = table_write(path, 2, columns, n);
    if (e == OK)
        e = dataset_mark(g->dataset, path);
    free(path);
    return e;
}

/* ---- answer key ------------------------------------------------------------------------------ */

static Err first_stage(void *context, const char *key, const char *name)
{
    (void)key;
    const char **first = context;
    if (*first == NULL)
        *first = name;
    return OK;
}

/* The constructed stage that I(Q,t) comes from, perhaps through analyses of its trajectory; NULL: none. */
static const Stage *origin(const Gift *g)
{
    const Stage *s = study_find(g->run->study, g->stage->from);
    while (strcmp(s->kind->name, "constructed") != 0) {
        const char *name = NULL;
        if (strcmp(s->kind->name, "analyse") != 0 ||
            study_marked(s, "stage", first_stage, &name) != OK || name == NULL)
            return NULL;
        s = study_find(g->run->study, name);
    }
    return s;
}

static Err answer_exactly(const Gift *g, const Stage *s, size_t nq, const double q[])
{
    ConstructedOptions c;
    char name[64];
    TRY(config_read(config_get(s->node, "motion"), constructed_nfields, constructed_fields, &c));
    double rate = constructed_rate(&c);
    if (rate > 0.0) {
        dataset_truth(g->dataset, g->run, "hwhm1", UNITS_HBAR_MEV_PS * rate, 0.0, "meV",
                      "half width at half maximum of the quasi-elastic line");
        dataset_truth(g->dataset, g->run, "tau1", 1.0 / rate, 0.0, "ps", "hbar over that");
        dataset_truth(g->dataset, g->run, "residence", c.tau, 0.0, "ps",
                      "mean time between jumps of an ion");
    }
    dataset_truth(g->dataset, g->run, "d", c.bond, 0.0, "angstrom", "bond length B-H, of Eq. 4");
    if (c.motion != CONSTRUCTED_TETRAHEDRAL)
        dataset_truth(g->dataset, g->run, "p", c.motion == CONSTRUCTED_REST ? 1.0 : 0.0, 0.0, "1",
                      "share of ions that do not turn, of Eq. 4");
    dataset_truth(g->dataset, g->run, "u2", 3.0 * c.vibration * c.vibration, 0.0, "angstrom^2",
                  "mean square displacement of H, three directions");
    for (size_t k = 0; k < nq; k++) {
        snprintf(name, sizeof name, "EISF(Q=%.4g/angstrom)", q[k]);
        dataset_truth(g->dataset, g->run, name, constructed_eisf(&c, q[k]), 0.0, "1",
                      "elastic incoherent structure factor without vibration");
    }
    return OK;
}

/* What the same analysis makes of spectra without counting noise, with the error of the simulation; `suffix` behind the names. */
static Err answer_by_simulation(Gift *g, const char *suffix)
{
    static const char *const how = "of this finite trajectory, by the same analysis of the spectra "
                                   "without counting noise; error: of the simulation";
    Qens q = {0};
    QensOptions o = g->options;
    TofRun silent = g->instrument.run;
    o.instrument.counts = silent.counts = 0.0;
    o.tof_run = g->instrument.is_tof ? &silent : NULL;
    Err e = qens_analyse(&o, &g->in, &q);
    g->in = (QensInput){0};
    for (size_t k = 0; k < QENS_NUMBERS && e == OK; k++) {
        char *name = mem_format("%s%s", qens_numbers[k].name, suffix);
        char *what = mem_format("%s; %s", qens_numbers[k].text, how);
        if (!isnan(q.value[k]))
            dataset_truth(g->dataset, g->run, name, q.value[k], q.error[k], qens_numbers[k].unit,
                          what);
        free(name);
        free(what);
    }
    for (size_t k = 0; e == OK && k < q.in.nq; k++) {
        char name[64];
        snprintf(name, sizeof name, "EISF(Q=%.4g/angstrom)%s", q.in.q[k], suffix);
        dataset_truth(g->dataset, g->run, name, q.value[QENS_NUMBERS + k],
                      q.error[QENS_NUMBERS + k], "1", how);
    }
    qens_clear(&q);
    return e;
}

/* A known motion has an exact answer; the spectra come from a finite trajectory of it, whose own numbers scatter about that, often
 * by more than the counts do: both are given. */
static Err answer(Gift *g)
{
    const Stage *s = origin(g);
    double *q;
    size_t nq;
    if (s == NULL)
        return answer_by_simulation(g, "");
    TRY(h5_read(g->result, "eisf/Q", 1, &nq, &q, NULL));
    Err e = answer_exactly(g, s, nq, q);
    free(q);
    return e == OK ? answer_by_simulation(g, "_realised") : e;
}

/* ---- covariances ----------------------------------------------------------------------------- */

static Err give_matrix(const Gift *g, const char *dataset, const char *name, const char *prefix,
                       const double of[], size_t n, const char *what)
{
    size_t dims[2];
    double *c;
    if (!h5_exists(g->result, dataset))
        return OK;
    TRY(h5_read(g->result, dataset, 2, dims, &c, NULL));
    char **names = MEM_NEW(char *, dims[0]);
    for (size_t k = 0; k < dims[0]; k++)
        names[k] = of != NULL && k < n ? mem_format("%s(Q=%.4g/angstrom)", prefix, of[k])
                                       : mem_format("%s_%zu", prefix, k + 1);
    Err e = dims[0] == dims[1]
                ? dataset_covariance(g->dataset, g->run, name, dims[0], (const char *const *)names,
                                     c, what)
                : err_set(ERR_FILE, "%s: %s is not square", h5_path(g->result), dataset);
    for (size_t k = 0; k < dims[0]; k++)
        free(names[k]);
    free(names);
    free(c);
    return e;
}

/* p and d of Eq. 4. */
static Err give_eq4(const Gift *g)
{
    static const char *const names[] = {"p", "d [angstrom]"};
    double p, d, pd;
    if (!h5_exists(g->result, "fit/eq4/covariance_pd"))
        return OK;
    TRY(h5_read_number(g->result, "fit/eq4/p_error", &p));
    TRY(h5_read_number(g->result, "fit/eq4/d_error", &d));
    TRY(h5_read_number(g->result, "fit/eq4/covariance_pd", &pd));
    const double c[] = {p * p, pd, pd, d * d};
    return dataset_covariance(g->dataset, g->run, "eq4", 2, names, c,
                              "of Eq. 4 fitted to the EISF of draw 1, counting alone");
}

static Err give_covariances(const Gift *g)
{
    double *q;
    size_t nq;
    TRY(h5_read(g->result, "eisf/Q", 1, &nq, &q, NULL));
    Err e = give_matrix(g, "eisf/covariance", "eisf", "EISF", q, nq,
                        "of the EISFs fitted to draw 1, counting and simulation");
    free(q);
    if (e == OK)
        e = give_matrix(g, "fit/covariance", "spectra", "parameter", NULL, 0,
                        "of all parameters fitted to draw 1: half widths of the Lorentzians [meV], "
                        "those of the oscillators, then for each Q elastic, areas, strengths, "
                        "background; counting alone");
    return e == OK ? give_eq4(g) : e;
}

/* ---- together -------------------------------------------------------------------------------- */

static Err give(Gift *g, H5 *isf)
{
    TRY(stage_qens_measure(g->stage, &g->instrument, &g->options, isf, g->result, &g->in));
    Err e = g->instrument.is_tof ? give_tof(g) : give_plain(g);
    if (e == OK)
        e = give_resolution(g);
    if (e == OK)
        e = answer(g);
    if (e == OK)
        e = give_covariances(g);
    if (e == OK)
        e = dataset_copy(g->dataset, g->run, "eisf.csv", DATASET_QENS,
                         "EISF against Q, fitted to draw 1");
    if (e == OK)
        e = dataset_copy(g->dataset, g->run, "result.h5", DATASET_QENS,
                         "the experimenter's analysis of draw 1, I(Q,t), S(Q,E), chi''");
    return e;
}

Err stage_qens_dataset(const StageRun *run, const void *options, Dataset *dataset)
{
    Gift g = {.run = run, .stage = options, .dataset = dataset};
    H5 *source = NULL, *isf = NULL;
    Err e = stage_qens_options(run, g.stage, &g.instrument, &g.options);
    if (e == OK)
        e = stages_open_result(run, stage_name(run->stage), &g.result);
    if (e == OK && (e = stage_qens_isf(run, g.stage->from, &source, &isf)) == OK) {
        e = give(&g, isf);
        h5_close_group(isf);
        h5_close(source);
    }
    if (g.result != NULL)
        h5_close(g.result);
    qens_input_clear(&g.in);
    qens_instrument_clear(&g.instrument);
    return e;
}

Err stage_qens_describe(const StageRun *run, const void *options, char **yaml)
{
    const QensStage *s = options;
    QensInstrument q;
    QensOptions o;
    Err e = stage_qens_options(run, s, &q, &o);
    if (e == OK && q.is_tof) {
        InstrumentTof t = q.tof;
        t.holder = NULL; /* it is in shielding */
        config_append(yaml, "instrument:\n");
        config_print(yaml, 2, false, instrument_tof_nfields, instrument_tof_fields, &t);
        config_append(yaml, "  holder:\n");
        config_print(yaml, 4, false, self_shielding_nfields, self_shielding_fields, &t.shielding);
        config_append(yaml, "  incident_energy: %.6g meV\n  resolution_fwhm: %.6g meV\n",
                      instrument_tof_incident(&t), resolution_fwhm(&q.known, 0.0));
        config_append(yaml, "  resolution_source: \"%s\"\n",
                      q.known.nlines > 0  ? "measured lines, file of the key `resolution`"
                      : isnan(q.tof.fwhm) ? "choppers and flight paths"
                                          : "choppers and flight paths, scaled to the measured "
                                            "elastic width");
    } else if (e == OK) {
        config_append(yaml, "instrument:\n");
        config_print(yaml, 2, false, instrument_qens_nfields, instrument_qens_fields,
                     &o.instrument);
        config_append(yaml,
                      "  incident_energy: %.6g meV\n  resolution_source: \"Gaussian of `fwhm` "
                      "at all E\"\n",
                      instrument_qens_incident(&o.instrument));
    }
    if (e == OK)
        config_append(yaml, "noise: \"%s\"\n",
                      o.instrument.counts > 0.0
                          ? "Poisson counts in every channel, independent; draw 1 is what the "
                            "stage analysed"
                          : "none");
    qens_instrument_clear(&q);
    return e;
}
