#include "app/qens_instrument.h"

#include "analysis/qens_ascii.h"
#include "analysis/qens_csv.h"
#include "analysis/qens_files.h"
#include "analysis/qens_nexus.h"
#include "analysis/resolution_lines.h"
#include "analysis/sqw.h"
#include "base/log.h"
#include "base/mem.h"
#include "model/species.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Where a measured line's transform is cut */
static const double NOISE_FLOOR = 1e-3;

/* ---- reading */

/* From a file beside the study. */
static Err read_file(const StageRun *run, const ConfigField *field, const ConfigNode *node,
                     const char *file, QensInstrument *q)
{
    Config *config;
    char *path = study_path(run->study, file);
    Err e = config_open(run->comm, path, &config);
    if (e == OK) {
        e = instrument_tof_read(config_root(config), &q->tof);
        config_close(config);
    } else {
        e = config_error(run->stage->node, field->key,
                         "no instrument is called '%s'; built in: %s; else a file %ss/NAME.yaml or "
                         "a path (looked for %s)",
                         config_text(node), field->choices, field->key, path);
    }
    free(path);
    return e;
}

Err qens_instrument_read(const StageRun *run, const ConfigField *field, const ConfigNode *node,
                         QensInstrument *q)
{
    *q = (QensInstrument){0};
    const char *name = node != NULL ? config_text(node) : NULL;
    char *file = study_named_file(field, node);
    q->is_tof = name != NULL || (node != NULL && config_get(node, "name") != NULL);
    Err e = OK;
    if (file != NULL)
        e = read_file(run, field, node, file, q);
    else if (q->is_tof)
        e = instrument_tof_read(name != NULL ? NULL : node, &q->tof);
    free(file);
    if (e == OK && q->is_tof) {
        e = instrument_tof_resolution(&q->tof, &q->known);
        if (e != OK)
            instrument_tof_clear(&q->tof);
    }
    if (e != OK)
        *q = (QensInstrument){0};
    return e;
}

Err qens_instrument_lines(const StageRun *run, const char *file, QensInstrument *q)
{
    QensData d;
    char *path = study_path(run->study, file);
    Err e = qens_files_read(run->comm, path, q->tof.wavelength, &d);
    if (e == OK) {
        e = err_prefix(resolution_lines_read(&q->known, &d, NOISE_FLOOR), "%s", path);
        qens_data_clear(&d);
    }
    free(path);
    return e;
}

void qens_instrument_clear(QensInstrument *q)
{
    if (!q->is_tof)
        return;
    instrument_tof_clear(&q->tof);
    resolution_clear(&q->known);
    resolution_clear(&q->resolution);
    tof_measure_clear(&q->spectra);
    tof_measure_clear(&q->detectors);
    free(q->weight);
    *q = (QensInstrument){0};
}

void qens_instrument_options(const QensInstrument *q, QensOptions *o)
{
    const InstrumentTof *t = &q->tof;
    o->instrument = (InstrumentQens){.wavelength = t->wavelength,
                                     .fwhm = resolution_fwhm(&q->known, 0.0),
                                     .q_low = t->q_low,
                                     .q_high = t->q_high,
                                     .q_step = t->q_step,
                                     .e_low = t->e_low + 0.5 * t->e_step,
                                     .e_high = t->e_high - 0.5 * t->e_step,
                                     .e_step = t->e_step,
                                     .counts = q->run.counts,
                                     .background = t->background,
                                     .seed = (int64_t)q->run.seed};
    if (t->output == TOF_CONSTANT_ANGLE)
        instrument_tof_q_range(t, 0.0, &o->instrument.q_low, &o->instrument.q_high);
    o->resolution = &q->resolution;
    o->bin = t->e_step;
    o->tof = &q->tof;
    o->tof_run = &q->run;
    o->tof_spectra = &q->spectra;
}

/* ---- measuring */

/* I(Q,t) of the groups of ions, as it stands in a result. */
typedef struct Blocks {
    TofSignal signal;
    double *q, *t, *isf;
} Blocks;

static void blocks_clear(Blocks *b)
{
    free(b->q);
    free(b->t);
    free(b->isf);
}

static Err read_blocks(H5 *isf, Blocks *b, double **weight)
{
    size_t dims[3], nt, nq, ng;
    *b = (Blocks){0};
    TRY(h5_read(isf, "I_blocks", 3, dims, &b->isf, NULL));
    TRY(h5_read(isf, "t", 1, &nt, &b->t, NULL));
    TRY(h5_read(isf, "Q", 1, &nq, &b->q, NULL));
    TRY(h5_read(isf, "block_weight", 1, &ng, weight, NULL));
    if (dims[0] != ng || dims[1] != nq || dims[2] != nt)
        return err_set(ERR_FILE, "isf: I_blocks is %zu x %zu x %zu, not %zu x %zu x %zu", dims[0],
                       dims[1], dims[2], ng, nq, nt);
    b->signal = (TofSignal){ng, nq, nt, b->q, b->t, b->isf};
    return OK;
}

/* Spectra of the instrument with its resolution, chosen by the Q of each. */
static Err measure(const QensInstrument *q, const InstrumentTof *tof, const TofSignal *signal,
                   TofSpectra *out)
{
    Resolution r;
    double *at;
    size_t n = instrument_tof_spectra(tof, &at);
    for (size_t s = 0; s < n && tof->output == TOF_CONSTANT_ANGLE; s++)
        at[s] = instrument_tof_q(tof, at[s], 0.0);
    resolution_lines_choose(&q->known, n, at, &r);
    Err e = tof_measure_spectra(tof, &r, &q->run, signal, out);
    resolution_clear(&r);
    free(at);
    return e;
}

/* What the detectors see, when the spectra are not theirs already; none if I(Q,t) does not reach them. */
static void measure_detectors(QensInstrument *q, const TofSignal *signal)
{
    InstrumentTof t = q->tof;
    t.output = TOF_CONSTANT_ANGLE;
    if (measure(q, &t, signal, &q->detectors) != OK)
        log_warn("no NXspe file: %s", err_message());
}

Err qens_instrument_measure(QensInstrument *q, H5 *isf, QensInput *in)
{
    Blocks b;
    Err e = read_blocks(isf, &b, &q->weight);
    if (e == OK)
        e = measure(q, &q->tof, &b.signal, &q->spectra);
    if (e == OK)
        resolution_lines_choose(&q->known, q->spectra.nspectra, q->spectra.q, &q->resolution);
    if (e == OK)
        e = qens_input_tof(&b.signal, q->weight, &q->spectra, q->run.plateau_start, in);
    if (e == OK && q->tof.output == TOF_CONSTANT_Q)
        measure_detectors(q, &b.signal);
    blocks_clear(&b);
    return e;
}

/* ---- writing */

/* Counts of the mean over the groups of ions: the same numbers that qens_analyse sees. */
static Err count(const QensInstrument *q, const InstrumentTof *tof, const TofSpectra *s,
                 QensData *d)
{
    size_t n = s->nspectra * s->ne;
    double *mean = MEM_NEW(double, n), total = 0.0, scale;
    for (size_t g = 0; g < s->nblocks; g++) {
        total += q->weight[g];
        for (size_t k = 0; k < n; k++)
            mean[k] += q->weight[g] * s->rate[g * n + k];
    }
    for (size_t k = 0; k < n; k++)
        mean[k] /= total;
    Err e = tof_measure_count(tof, &q->run, s, mean, d, &scale);
    free(mean);
    return e;
}

Err qens_instrument_draw(const QensInstrument *q, bool detectors, uint64_t seed, QensData *d)
{
    QensInstrument with = *q;
    with.run.seed = seed;
    if (!detectors)
        return count(&with, &q->tof, &q->spectra, d);
    with.tof.output = TOF_CONSTANT_ANGLE;
    return count(&with, &with.tof, &q->detectors, d);
}

static Err write_group(const QensInstrument *q, const QensData *d, H5 *file)
{
    size_t edges = d->ne + 1;
    const size_t dims[2] = {d->nspectra, d->ne};
    const char *unit = "1";
    H5 *at;
    TRY(h5_group(file, "data", &at));
    Err e = h5_write(at, d->two_theta != NULL ? "Q_elastic" : "Q", 1, &d->nspectra, d->q, "1/A",
                     "momentum transfer of the spectra");
    if (e == OK && d->two_theta != NULL)
        e = h5_write(at, "two_theta", 1, &d->nspectra, d->two_theta, "degree", "scattering angle");
    if (e == OK)
        e = h5_write(at, "E", 1, &edges, d->edge, "meV",
                     "edges of the bins; positive: the neutron loses energy");
    if (e == OK)
        e = h5_write(at, "y", 2, dims, d->y, unit,
                     d->kf_over_ki ? "counts; NaN: nothing is seen"
                                   : "counts over factor; NaN: nothing is seen");
    if (e == OK && d->error != NULL)
        e = h5_write(at, "error", 2, dims, d->error, unit, "standard error of y");
    if (e == OK)
        e = h5_write(at, "truth", 2, dims, d->truth, unit, "y without noise");
    if (e == OK)
        e = h5_write(at, "factor", 2, dims, q->spectra.factor, "1",
                     "kf/ki times self-shielding, mean over the bin");
    if (e == OK)
        e = h5_write_number(at, "wavelength", d->wavelength, "A", "of the incident neutrons");
    if (e == OK)
        e = h5_write_number(at, "kf_over_ki", d->kf_over_ki, "1", "1: kf/ki is in y");
    h5_close_group(at);
    return e;
}

static Err write_nxspe(const QensInstrument *q, const QensData *d, const char *folder)
{
    char *path = mem_format("%s/spectra.nxspe", folder);
    Err e = qens_nexus_write_nxspe(path, d, q->tof.sample_to_detector);
    free(path);
    return e;
}

/* NXspe of detectors beside spectra at constant Q: noise of its own. */
static Err write_detectors(const QensInstrument *q, const char *folder)
{
    QensData d;
    InstrumentTof t = q->tof;
    if (q->detectors.nspectra == 0)
        return OK;
    t.output = TOF_CONSTANT_ANGLE;
    TRY(count(q, &t, &q->detectors, &d));
    Err e = write_nxspe(q, &d, folder);
    qens_data_clear(&d);
    return e;
}

Err qens_instrument_write(const QensInstrument *q, H5 *file, const char *folder)
{
    QensData d;
    TRY(count(q, &q->tof, &q->spectra, &d));
    char *csv = mem_format("%s/spectra.csv", folder), *nexus = mem_format("%s/spectra.nxs", folder);
    Err e = write_group(q, &d, file);
    if (e == OK)
        e = qens_csv_write(csv, &d);
    if (e == OK)
        e = qens_nexus_write(nexus, &d);
    if (e == OK)
        e = d.two_theta != NULL ? write_nxspe(q, &d, folder) : write_detectors(q, folder);
    free(csv);
    free(nexus);
    qens_data_clear(&d);
    return e;
}

/* ---- for ray tracing */

/* Mass [u] and cross sections [barn] of a formula unit Mg(BH4)2; those that the user gives for the holder's sample count, its scattering
 * coherent and incoherent in the ratio of the table. */
static void formula_unit(const SelfShielding *h, Sqw2d *s)
{
    const struct {
        const char *symbol;
        double n;
    } parts[] = {
        {"Mg", 1.0}, {h->boron == 0 ? "B" : "11B", 2.0}, {h->hydrogen == 0 ? "H" : "D", 8.0}};
    double scattering;
    s->weight = s->sigma_coh = s->sigma_inc = 0.0;
    for (int k = 0; k < 3; k++) {
        const Species *x = species_find(parts[k].symbol);
        s->weight += parts[k].n * x->mass;
        s->sigma_coh += parts[k].n * x->sigma_coh;
        s->sigma_inc += parts[k].n * x->sigma_inc;
    }
    self_shielding_barns(h, &scattering, &s->sigma_abs);
    double given = scattering / (s->sigma_coh + s->sigma_inc);
    s->sigma_coh *= given;
    s->sigma_inc *= given;
}

/* S at the energies in s->w; ripples below 0 become 0. */
static Err transform(const QensInstrument *q, H5 *isf, double fwhm, Sqw2d *s)
{
    size_t dims[2], nt;
    double *curve = NULL, *t = NULL;
    Err e = h5_read(isf, "Q", 1, &s->nq, &s->q, NULL);
    if (e == OK)
        e = h5_read(isf, "t", 1, &nt, &t, NULL);
    if (e == OK)
        e = h5_read(isf, "I_Q_t", 2, dims, &curve, NULL);
    if (e == OK && (dims[0] != s->nq || dims[1] != nt))
        e = err_set(ERR_FILE, "isf: I_Q_t is %zu x %zu, not %zu x %zu", dims[0], dims[1], s->nq,
                    nt);
    if (e == OK) {
        double *matrix = MEM_NEW(double, s->nw *nt);
        e = sqw_matrix(nt, t, fwhm, q->run.tail, q->run.plateau_start, s->nw, s->w, matrix);
        s->s = MEM_NEW(double, s->nq * s->nw);
        for (size_t k = 0; k < s->nq * s->nw && e == OK; k++) {
            for (size_t j = 0; j < nt; j++)
                s->s[k] += matrix[k % s->nw * nt + j] * curve[k / s->nw * nt + j];
            s->s[k] = fmax(s->s[k], 0.0);
        }
        free(matrix);
    }
    free(curve);
    free(t);
    return e;
}

Err qens_instrument_write_sqw(const QensInstrument *q, H5 *isf, double e_max, double step,
                              double fwhm, const char *folder)
{
    size_t half = (size_t)floor(e_max / step + 1e-9);
    Sqw2d s = {.nw = 2 * half + 1,
               .w = MEM_NEW(double, 2 * half + 1),
               .classical = true,
               .temperature = q->run.temperature,
               .density = q->tof.shielding.density};
    for (size_t k = 0; k < s.nw; k++)
        s.w[k] = ((double)k - (double)half) * step;
    formula_unit(&q->tof.shielding, &s);
    Err e = transform(q, isf, fwhm, &s);
    char *path = mem_format("%s/incoherent.sqw", folder);
    if (e == OK)
        e = qens_ascii_write_sqw(path, &s);
    free(path);
    qens_ascii_clear_sqw(&s);
    return e;
}
