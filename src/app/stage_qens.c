/* stage_qens.c -- kind `qens`: I(Q,t) of a trajectory as TOFTOF would see it, put through the experimenter's analysis.
 *
 * Reads the group `isf` that an md, analyse or constructed stage left; writes result.h5 (analysis/LAYOUT.md),
 * spectrum_Q*.csv and eisf.csv.
 */
#include "app/stage_qens.h"

#include "analysis/eisf_table.h"
#include "analysis/modes.h"
#include "analysis/sqw.h"
#include "app/stages.h"
#include "base/log.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Below this the quasi-elastic line is in the way [meV]; resolution of the density of states [meV] */
static const double LOWEST_MODE = 2.0, FINE_FWHM = 4.0;

#define AT(member) .offset = offsetof(QensStage, member)
static const ConfigField fields[] = {
    STAGE_HEAD_FIELDS,
    {.key = "from",
     .kind = CONFIG_TEXT,
     .unit = "stage",
     AT(from),
     .help = "md, analyse or constructed stage that measured `isf`"},
    {.key = "fine",
     .kind = CONFIG_TEXT,
     .unit = "stage",
     .fallback = "",
     AT(fine),
     .help =
         "a stage that measured `isf` at steps of 5 fs or so over a few ps, for the librations"},
    {.key = "sample",
     .kind = CONFIG_TEXT,
     .fallback = "",
     AT(sample),
     .help = "name of the sample in figures"},
    {.key = "temperature",
     .kind = CONFIG_QUANTITY,
     .unit = "K",
     .low = 0.1,
     .high = 1e5,
     AT(temperature),
     .help = "of detailed balance and chi''"},
    {.key = "counts",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "1e5",
     .low = 0,
     .high = 1e12,
     AT(counts),
     .help = "expected counts per spectrum; 0: no counting noise"},
    {.key = "lines",
     .kind = CONFIG_INTEGER,
     .fallback = "2",
     .low = 0,
     .high = FIT_QENS_MAX_LINES,
     AT(lines),
     .help = "largest number of Lorentzians; how many there are is decided by BIC"},
    {.key = "modes",
     .kind = CONFIG_INTEGER,
     .fallback = "4",
     .low = 0,
     .high = FIT_QENS_MAX_OSCILLATORS,
     AT(modes),
     .help = "largest number of damped oscillators in the fit, where chi'' has them and the "
             "instrument's window reaches beyond 2 meV"},
    {.key = "eisf_at",
     .kind = CONFIG_QUANTITY,
     .unit = "1/A",
     .fallback = "1.35 1/angstrom",
     .low = 1e-3,
     .high = 100,
     AT(at),
     .help = "Q of the scalars eisf_fit and eisf_plateau, between two Q interpolated; 1.35 1/A is "
             "that of the paper's spectra"},
    {.key = "balance",
     .kind = CONFIG_CHOICE,
     .choices = "harmonic|schofield|standard|none",
     .fallback = "harmonic",
     AT(balance),
     .help = "how the classical S(Q,E) gets detailed balance; the fit assumes harmonic (or none)"},
    {.key = "tail",
     .kind = CONFIG_CHOICE,
     .choices = "plateau|zero",
     .fallback = "plateau",
     AT(tail),
     .help = "I(Q,t) beyond the longest lag: what has not decayed by then counts as elastic, or is "
             "cut off"},
    {.key = "plateau_start",
     .kind = CONFIG_QUANTITY,
     .unit = "ps",
     .fallback = "0 ps",
     .low = 0,
     .high = 1e9,
     AT(plateau_start),
     .help = "begin of the window of that plateau; 0: half of the longest lag"},
    {.key = "chi_max",
     .kind = CONFIG_QUANTITY,
     .unit = "meV",
     .fallback = "15 meV",
     .low = 0.1,
     .high = 1000,
     AT(chi_max),
     .help = "chi''(Q,E) is given from -chi_max to chi_max"},
    {.key = "chi_step",
     .kind = CONFIG_QUANTITY,
     .unit = "meV",
     .fallback = "0.05 meV",
     .low = 1e-4,
     .high = 100,
     AT(chi_step),
     .help = "its step"},
    {.key = "chi_fwhm",
     .kind = CONFIG_QUANTITY,
     .unit = "meV",
     .fallback = "0.2 meV",
     .low = 1e-3,
     .high = 100,
     AT(chi_fwhm),
     .help = "its resolution: TOFTOF at 5 A has 0.12 to 0.3 meV at 3 to 9 meV energy gain"},
    {.key = "instrument",
     .kind = CONFIG_NAMED,
     .unit = "file",
     .choices = "toftof-5A",
     .fallback = "",
     AT(instrument),
     .help = "a spectrometer by name, or its description (explain toftof-5A) with the key `name`; "
             "or the plain "
             "one, {wavelength, fwhm, q_low, q_high, e_low, e_high, e_step, background, seed} "
             "(explain instrument): one width at all energies. Plain, TOFTOF at 5 A, if absent"},
    {.key = "resolution",
     .kind = CONFIG_TEXT,
     .unit = "file",
     .fallback = "",
     AT(resolution),
     .help = "spectra of vanadium or the frozen sample (.csv, .nxspe, .grp), for a time-of-flight "
             "spectrometer: its elastic lines, at the nearest Q, instead of Gaussians"},
};

/* A time-of-flight spectrometer, with counts, random numbers and transform of the stage. */
static Err read_tof(const StageRun *run, const QensStage *s, QensInstrument *q, QensOptions *o)
{
    const ConfigField *field = fields;
    while (strcmp(field->key, "instrument") != 0)
        field++;
    TRY(qens_instrument_read(run, field, s->instrument, q));
    bool lines = s->resolution != NULL && s->resolution[0] != '\0';
    if (!q->is_tof)
        return lines ? config_error(run->stage->node, "resolution",
                                    "belongs to a time-of-flight spectrometer; write instrument: "
                                    "toftof-5A")
                     : OK;
    if (lines) {
        Err e = qens_instrument_lines(run, s->resolution, q);
        if (e != OK)
            return e;
    }
    const InstrumentTof *t = &q->tof;
    q->run = (TofRun){.counts = isnan(t->time) ? s->counts : t->time * t->rate,
                      .temperature = s->temperature,
                      .balance = s->balance,
                      .tail = (SqwTail)s->tail,
                      .plateau_start = s->plateau_start,
                      .seed = stages_seed(run, (uint64_t)t->seed)};
    qens_instrument_options(q, o);
    return OK;
}

/* The plain instrument of the mapping, with counts and random numbers of the stage. */
static Err read_plain(const StageRun *run, const QensStage *s, QensOptions *o)
{
    TRY(config_read(s->instrument, instrument_qens_nfields, instrument_qens_fields,
                    &o->instrument));
    if (config_get(s->instrument, "counts") != NULL)
        return config_error(s->instrument, "counts", "belongs to the stage, not to its instrument");
    o->instrument.counts = s->counts;
    o->instrument.seed = (int64_t)stages_seed(run, (uint64_t)o->instrument.seed);
    Err e = instrument_qens_check(&o->instrument);
    if (e != OK) {
        char *why = mem_string(err_message());
        e = config_error(run->stage->node, "instrument", "%s", why);
        free(why);
    }
    return e;
}

Err stage_qens_options(const StageRun *run, const QensStage *s, QensInstrument *q, QensOptions *o)
{
    *o = (QensOptions){.temperature = s->balance == BALANCE_NONE ? 0.0 : s->temperature,
                       .lines = (int)s->lines,
                       .modes = (int)s->modes,
                       .lowest_mode = LOWEST_MODE,
                       .at = s->at};
    Err e = read_tof(run, s, q, o);
    if (e == OK && !q->is_tof)
        e = read_plain(run, s, o);
    if (e == OK && s->at > o->instrument.q_high + 1e-9)
        e = config_error(run->stage->node, "eisf_at", "%g 1/A is beyond q_high = %g 1/A", s->at,
                         o->instrument.q_high);
    return e;
}

/* The stage that `key` names must have `isf` among its observables. */
static Err check_isf(const StageRun *run, const char *key, const char *stage)
{
    if (stage == NULL || stage[0] == '\0')
        return OK;
    const ConfigNode *observables = config_get(study_find(run->study, stage)->node, "observables");
    if (observables != NULL && config_is_mapping(observables))
        for (size_t i = 0; i < config_pairs(observables); i++)
            if (strcmp(config_pair_key(observables, i), "isf") == 0)
                return OK;
    return config_error(run->stage->node, key,
                        "stage '%s' does not measure isf; add `isf:` to its observables", stage);
}

static Err check(const StageRun *run, const void *options, StageEstimate *estimate)
{
    const QensStage *s = options;
    QensOptions o;
    QensInstrument q;
    Err e = stage_qens_options(run, s, &q, &o);
    qens_instrument_clear(&q);
    TRY(e);
    TRY(check_isf(run, "from", s->from));
    TRY(check_isf(run, "fine", s->fine));
    estimate->seconds = 5.0;
    estimate->bytes = 1e8;
    snprintf(estimate->note, sizeof estimate->note, "reads isf of %s, %g counts per spectrum",
             s->from, s->counts);
    return OK;
}

Err stage_qens_isf(const StageRun *run, const char *stage, H5 **source, H5 **isf)
{
    TRY(stages_open_result(run, stage, source));
    Err e = h5_group(*source, "isf", isf);
    if (e != OK)
        h5_close(*source);
    return e;
}

/* S(Q,E) on an energy grid into the group `name` of the result. */
static Err transform(const QensStage *s, H5 *isf, H5 *file, const char *name, double fwhm,
                     double low, double high, double step)
{
    const SqwOptions o = {.fwhm = fwhm,
                          .e_min = low,
                          .e_max = high,
                          .e_step = step,
                          .temperature = s->temperature,
                          .balance = s->balance,
                          .tail = s->tail,
                          .plateau_start = s->plateau_start};
    H5 *group;
    TRY(h5_group(file, name, &group));
    Err e = sqw_write(isf, &o, group);
    h5_close_group(group);
    return e;
}

/* I(Q,t) beside the spectra that were made of it. */
static Err copy_isf(H5 *isf, H5 *file)
{
    static const char *const names[] = {"t", "Q", "I_Q_t", "I_Q_t_error"};
    static const int ranks[] = {1, 1, 2, 2};
    static const char *const texts[] = {"time difference", "momentum transfer",
                                        "intermediate scattering function [Q][t], I(Q,0) = 1",
                                        "standard error, from groups of ions"};
    for (int k = 0; k < 4; k++) {
        size_t dims[2];
        double *data;
        char unit[32], name[64];
        TRY(h5_read(isf, names[k], ranks[k], dims, &data, unit));
        snprintf(name, sizeof name, "isf/%s", names[k]);
        Err e = h5_write(file, name, ranks[k], dims, data, unit, texts[k]);
        free(data);
        if (e != OK)
            return e;
    }
    return OK;
}

/* chi''/Q^2 of the wide window, averaged over Q, and its most prominent maxima. */
static Err write_modes(const QensStage *s, H5 *isf, H5 *file)
{
    enum { PEAKS = 4 };
    double peak[PEAKS], error[PEAKS];
    H5 *chi;
    Modes m;
    TRY(h5_group(file, "chi", &chi));
    Err e = modes_read(isf, chi, MODES_SUSCEPTIBILITY, &m);
    if (e == OK)
        e = h5_write(chi, "mode_energy", 1, &m.n, m.energy, "meV", "energy");
    if (e == OK)
        e = h5_write(chi, "mode_chi", 1, &m.n, m.mean, "angstrom^2/meV",
                     "chi''/Q^2, mean over Q, elastic and quasi-elastic lines in it");
    if (e == OK)
        e = h5_write(chi, "mode_chi_error", 1, &m.n, m.error, "angstrom^2/meV",
                     "standard error, from groups of ions; a lower bound for collective modes");
    if (e == OK)
        modes_peaks(&m, LOWEST_MODE, s->chi_max, PEAKS, peak, error);
    for (int k = 0; k < PEAKS && e == OK; k++) {
        char name[32], text[200];
        snprintf(name, sizeof name, "mode_%d", k + 1);
        snprintf(
            text, sizeof text,
            "energy of a maximum of chi''/Q^2 above %g meV: number %d of the %d most prominent, "
            "in order of energy; error is a lower bound%s",
            LOWEST_MODE, k + 1, PEAKS, isnan(peak[k]) ? "; there are fewer" : "");
        e = stages_scalar(file, name, peak[k], error[k], "meV", text);
    }
    modes_clear(&m);
    h5_close_group(chi);
    return e;
}

/* The density of states of the fine run, E chi''/Q^2, and its most prominent maximum among the librations. */
static Err write_librations(const StageRun *run, const QensStage *s, H5 *file)
{
    if (s->fine == NULL || s->fine[0] == '\0')
        return OK;
    H5 *source, *isf;
    TRY(stage_qens_isf(run, s->fine, &source, &isf));
    Err e = transform(s, isf, file, "fine", FINE_FWHM, 0.5, 250.0, 0.5);
    H5 *group = NULL;
    Modes m = {0};
    double peak, error;
    if (e == OK)
        e = h5_group(file, "fine", &group);
    if (e == OK)
        e = modes_read(isf, group, MODES_DENSITY, &m);
    if (e == OK)
        e = h5_write(group, "density", 1, &m.n, m.mean, "angstrom^2",
                     "E chi''/Q^2, mean over Q: density of states of H, one phonon, any scale");
    if (e == OK)
        e = h5_write(group, "density_error", 1, &m.n, m.error, "angstrom^2",
                     "standard error, from groups of ions");
    if (e == OK) {
        modes_peaks(&m, 20.0, 100.0, 1, &peak, &error); /* bends begin above */
        e = stages_scalar(file, "libration", peak, error, "meV",
                          "most prominent maximum of E chi''/Q^2 between 20 and 100 meV, classical "
                          "motion of H");
    }
    modes_clear(&m);
    if (group != NULL)
        h5_close_group(group);
    h5_close_group(isf);
    h5_close(source);
    return e;
}

static Err write_scalars(const QensStage *s, const Qens *q, H5 *file)
{
    char text[320], *status = qens_status(q);
    Err e = OK;
    for (size_t k = 0; k < QENS_NUMBERS && e == OK; k++) {
        int n = snprintf(text, sizeof text, "%s%s", qens_numbers[k].text,
                         isnan(q->value[k]) ? "; " : "; error: counting and simulation");
        if (isnan(q->value[k]))
            snprintf(text + n, sizeof text - (size_t)n, "%s", status);
        else if (k == QENS_EISF || k == QENS_EISF_PLATEAU || k == QENS_PLATEAU || k == QENS_DRIFT)
            snprintf(text + n, sizeof text - (size_t)n, "; Q = %g 1/A", s->at);
        e = stages_scalar(file, qens_numbers[k].name, q->value[k], q->error[k],
                          qens_numbers[k].unit, text);
    }
    free(status);
    if (e == OK)
        e = stages_scalar(file, "lines", (double)q->experiment.best, NAN, "1",
                          "number of Lorentzians that BIC supports, the error of the simulation "
                          "taken into account");
    if (e == OK)
        e = stages_scalar(
            file, "misfit", qens_misfit(q), NAN, "1",
            "deviance per degree of freedom of the fit, about 1 if the model describes "
            "the spectra");
    return e;
}

static void report(const Qens *q, double at)
{
    char *status = qens_status(q);
    log_info("  %s", status);
    log_info("  EISF at %g 1/A: %.4f +- %.4f", at, q->value[QENS_EISF], q->error[QENS_EISF]);
    if (q->experiment.best > 0)
        log_info("  half width %.4g +- %.2g meV, tau %.4g +- %.2g ps, p %.3f +- %.3f, d %.3f +- "
                 "%.3f A",
                 q->value[QENS_HWHM1], q->error[QENS_HWHM1], q->value[QENS_TAU1],
                 q->error[QENS_TAU1], q->value[QENS_P], q->error[QENS_P], q->value[QENS_D],
                 q->error[QENS_D]);
    free(status);
}

Err stage_qens_measure(const QensStage *s, QensInstrument *instrument, const QensOptions *o,
                       H5 *isf, H5 *file, QensInput *in)
{
    H5 *sqw;
    if (instrument->is_tof)
        return qens_instrument_measure(instrument, isf, in);
    TRY(h5_group(file, "sqw", &sqw));
    Err e = qens_read(isf, sqw, &o->instrument, s->plateau_start, in);
    h5_close_group(sqw);
    return e;
}

static Err analyse(const StageRun *run, const QensStage *s, QensInstrument *instrument,
                   const QensOptions *o, H5 *isf, H5 *file)
{
    const InstrumentQens *i = &o->instrument;
    TRY(transform(s, isf, file, "sqw", i->fwhm, i->e_low, i->e_high, i->e_step));
    TRY(transform(s, isf, file, "chi", s->chi_fwhm, -s->chi_max, s->chi_max, s->chi_step));
    TRY(copy_isf(isf, file));
    QensInput in;
    Qens q = {0};
    Err e = stage_qens_measure(s, instrument, o, isf, file, &in);
    if (e == OK && instrument->is_tof)
        e = qens_instrument_write(instrument, file, run->stage->folder);
    if (e == OK && instrument->is_tof)
        e = qens_instrument_write_sqw(instrument, isf, s->chi_max, s->chi_step, s->chi_fwhm,
                                      run->stage->folder);
    if (e == OK)
        e = qens_analyse(o, &in, &q);
    if (e == OK)
        e = qens_write(&q, file);
    if (e == OK)
        e = write_scalars(s, &q, file);
    if (e == OK)
        e = write_modes(s, isf, file);
    if (e == OK)
        e = write_librations(run, s, file);
    if (e == OK)
        e = h5_write_text(file, "sample", s->sample != NULL ? s->sample : "");
    if (e == OK)
        e = qens_export(&q, run->stage->folder);
    if (e == OK)
        report(&q, s->at);
    qens_clear(&q);
    return e;
}

static Err work(const StageRun *run, const QensStage *s, QensInstrument *instrument,
                const QensOptions *o)
{
    H5 *source, *isf, *file;
    TRY(stage_qens_isf(run, s->from, &source, &isf));
    Err e = stages_create_result(run, &file);
    if (e == OK) {
        e = analyse(run, s, instrument, o, isf, file);
        if (e == OK)
            e = eisf_table_write(source, file, file);
        if (e == OK)
            e = h5_commit(file);
        else
            h5_close(file);
    }
    h5_close_group(isf);
    h5_close(source);
    return e;
}

static Err run_qens(const StageRun *run, const void *options)
{
    const QensStage *s = options;
    QensOptions o;
    QensInstrument q;
    Err e = stage_qens_options(run, s, &q, &o);
    if (e == OK)
        e = check_isf(run, "from", s->from);
    if (e == OK)
        e = check_isf(run, "fine", s->fine);
    if (e == OK)
        e = comm_agree(run->comm, comm_is_root(run->comm) ? work(run, s, &q, &o) : OK);
    qens_instrument_clear(&q);
    return e;
}

const StageKind stage_qens = {
    .name = "qens",
    .help = "S(Q,E) as the spectrometer counts it; Lorentzians, EISF and Eq. 4 by the "
            "experimenter's fit",
    .nfields = sizeof fields / sizeof fields[0],
    .fields = fields,
    .options_size = sizeof(QensStage),
    .check = check,
    .run = run_qens,
    .dataset = stage_qens_dataset,
    .describe = stage_qens_describe,
};
