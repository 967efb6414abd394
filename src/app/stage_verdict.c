/* stage_verdict.c -- kind `verdict`: does the turning of BH4 drive Mg? (analysis/verdict.h)
 *
 * Leaves result.h5:
 *   verdict (the line), kind, reason, status (source of the network's energies), margin
 *   dose_response/{lambda [n], sigma, sigma_error S/cm, hops, candidates, charge, charge_long, tracer, tracer_long [n][replica]
 *     A^2/s per Mg}, the same of quenched rotors in quenched/; window s; longer_windows [n], charge_long over charge
 *   endpoints/{names, ratio, low, high, error_ln, p_more, p_equal, p_more_holm, p_equal_holm, needed} R1, R2, R3
 *   static/{mean, locked} [replica] A^2/s; static/classes/{label, mean, locked, edges} by class of edges
 *   ledger/{names, term}, and with `against` share, total, fraction
 *   carriers/{sample, energy, slope, attempt, fraction}, with `measured`; carriers/meyer_neldel for two samples
 * Stopped in time it leaves checkpoint.bin (finished walks) and goes on with --resume, to the same bits on any number of ranks.
 * scalars R1, R2, R3, beta, sigma, hops, exposed, detectable, hops_needed, base_rate, window, indicator, lock.
 */
#include "app/stages.h"

#include "analysis/attempts.h"
#include "analysis/verdict.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/timer.h"
#include "lattice/network_file.h"
#include "store/checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct VerdictStage {
    StageHead head;
    char *network, *barriers, *against, *measured;
    int64_t copies[3], number, replicas, quenches, walks, windows;
    double temperature, fraction, margin, hops, ions, volume, hop, attempt;
    ConfigList lambdas;
    int group, carriers;
} VerdictStage;

static const char *const GROUPS[] = {"vacancy", "hop"};

#define AT(member) .offset = offsetof(VerdictStage, member)
static const ConfigField fields[] = {
    STAGE_HEAD_FIELDS,
    {.key = "network",
     .kind = CONFIG_TEXT,
     .unit = "stage",
     AT(network),
     .help = "stage that left the network"},
    {.key = "copies",
     .kind = CONFIG_INTEGERS,
     .fallback = "[1, 1, 1]",
     .length = 3,
     .low = 1,
     .high = 1000,
     AT(copies),
     .help = "of the network's cell"},
    {.key = "temperature",
     .kind = CONFIG_QUANTITY,
     .unit = "K",
     .low = 1,
     .high = 5000,
     AT(temperature),
     .help = "of the sample"},
    {.key = "carriers",
     .kind = CONFIG_CHOICE,
     .choices = "vacancies|interstitials",
     .fallback = "vacancies",
     AT(carriers),
     .help = "Mg taken from the perfect sample, or added to it"},
    {.key = "number",
     .kind = CONFIG_INTEGER,
     .fallback = "1",
     .low = 1,
     .high = 1e9,
     AT(number),
     .help = "of carriers in all copies together"},
    {.key = "fraction",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "0",
     .low = 0,
     .high = 1,
     AT(fraction),
     .help =
         "ASSUMED carriers for each Mg of the perfect sample: conductivities and the ledger are "
         "scaled to it from `number`; 0: as they are"},
    {.key = "margin",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "1.25",
     .low = 1.01,
     .high = 10,
     AT(margin),
     .help = "factor within which a ratio counts as one; to be fixed before the run"},
    {.key = "lambdas",
     .kind = CONFIG_QUANTITIES,
     .unit = "1",
     .fallback = "[1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1e3, 1e4]",
     AT(lambdas),
     .help = "factors on the rates of all turns, ascending, with 0.01 and 1"},
    {.key = "replicas",
     .kind = CONFIG_INTEGER,
     .fallback = "32",
     .low = 8,
     .high = 1e5,
     AT(replicas),
     .help = "of every lambda"},
    {.key = "quenches",
     .kind = CONFIG_INTEGER,
     .fallback = "32",
     .low = 32,
     .high = 1e5,
     AT(quenches),
     .help = "frozen orientations, drawn from equilibrium"},
    {.key = "walks",
     .kind = CONFIG_INTEGER,
     .fallback = "1",
     .low = 1,
     .high = 1e4,
     AT(walks),
     .help = "in each quench"},
    {.key = "windows",
     .kind = CONFIG_INTEGER,
     .fallback = "128",
     .low = 2,
     .high = 1e7,
     AT(windows),
     .help = "of a replica; even"},
    {.key = "hops",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "10",
     .low = 1,
     .high = 1e6,
     AT(hops),
     .help = "of a carrier in a window, at lambda = 1: the length of all windows"},
    {.key = "barriers",
     .kind = CONFIG_TEXT,
     .unit = "stage",
     .fallback = "",
     AT(barriers),
     .help = "stage of kind barriers: what rotor lock adds to barriers by forces"},
    {.key = "barrier_group",
     .kind = CONFIG_CHOICE,
     .choices = "vacancy|hop",
     .fallback = "vacancy",
     AT(group),
     .help = "which moves of it"},
    {.key = "against",
     .kind = CONFIG_TEXT,
     .unit = "stage",
     .fallback = "",
     AT(against),
     .help = "stage of kind verdict of another sample: the ledger of the ratio of conductivities"},
    {.key = "measured",
     .kind = CONFIG_TEXT,
     .unit = "file",
     .fallback = "",
     AT(measured),
     .help = "table of measured conductivities: what they say if only carriers differ"},
    {.key = "ions",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "24",
     .low = 1,
     .high = 1e9,
     AT(ions),
     .help = "measured samples: Mg in `volume`"},
    {.key = "volume",
     .kind = CONFIG_QUANTITY,
     .unit = "angstrom3",
     .fallback = "3914 angstrom3",
     .low = 1,
     .high = 1e12,
     AT(volume),
     .help = "of the cell of measured samples"},
    {.key = "hop",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "4.82 A",
     .low = 0.1,
     .high = 100,
     AT(hop),
     .help = "length of a hop in measured samples (nearest Mg)"},
    {.key = "attempt",
     .kind = CONFIG_QUANTITY,
     .unit = "1/s",
     .fallback = "1e13 1/s",
     .low = 1,
     .high = 1e16,
     AT(attempt),
     .help = "attempt frequency of a Mg that is mobile, for the implied fraction of carriers"},
};

static DoseOptions dose_of(const StageRun *run, const VerdictStage *o)
{
    return (DoseOptions){.copies = {(int)o->copies[0], (int)o->copies[1], (int)o->copies[2]},
                         .temperature = o->temperature,
                         .vacancies = o->carriers == 0 ? o->number : 0,
                         .added = o->carriers == 1 ? o->number : 0,
                         .nspeed = o->lambdas.n,
                         .speed = o->lambdas.value,
                         .replicas = (int)o->replicas,
                         .quenches = (int)o->quenches,
                         .walks = (int)o->walks,
                         .windows = (int)o->windows,
                         .hops = o->hops,
                         .seed = stages_seed(run, 0)};
}

static bool given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

/* ---- the rival explanation ------------------------------------------------------------------- */

enum { SAMPLES = 8 };

typedef struct Rivals {
    int n;
    AttemptsFit fit[SAMPLES];
} Rivals;

/* Collective. */
static Err read_rivals(const StageRun *run, const VerdictStage *o, Rivals *r)
{
    Table *t;
    *r = (Rivals){0};
    if (!given(o->measured))
        return OK;
    const AttemptsMaterial m = {o->ions, o->volume, 2.0, o->hop, o->attempt};
    char *path = study_path(run->study, o->measured);
    Err e = table_open(run->comm, path, &t);
    free(path);
    if (e != OK)
        return e;
    e = attempts_read(t, &m, SAMPLES, r->fit, &r->n);
    table_close(t);
    return e;
}

static void log_rivals(const Rivals *r, double attempt)
{
    for (int i = 0; i < r->n; i++)
        log_info(
            "  rival: %s: with all Mg as carriers attempts would be %.2g 1/s (Ea %.2f eV); at %.2g "
            "1/s a fraction %.1g of Mg carries",
            r->fit[i].sample, r->fit[i].attempt,
            isnan(r->fit[i].energy) ? r->fit[i].slope : r->fit[i].energy, attempt,
            r->fit[i].fraction);
    if (r->n == 2)
        log_info("  rival: Meyer-Neldel slope %.3f eV",
                 attempts_meyer_neldel(&r->fit[0], &r->fit[1]));
}

/* ---- check ----------------------------------------------------------------------------------- */

static Err check_kind(const StageRun *run, const char *key, const char *stage, const char *kind)
{
    const char *is = study_find(run->study, stage)->kind->name;
    if (strcmp(is, kind) == 0)
        return OK;
    return config_error(run->stage->node, key, "'%s' is of kind %s; kind %s is needed", stage, is,
                        kind);
}

static Err check(const StageRun *run, const void *options, StageEstimate *estimate)
{
    const VerdictStage *o = options;
    const DoseOptions dose = dose_of(run, o);
    Rivals rivals;
    TRY(check_kind(run, "network", o->network, "network"));
    if (given(o->barriers))
        TRY(check_kind(run, "barriers", o->barriers, "barriers"));
    if (given(o->against))
        TRY(check_kind(run, "against", o->against, "verdict"));
    if (dose_response_check(NULL, &dose) != OK) {
        char *why = mem_string(err_message());
        Err e = config_error(run->stage->node, NULL, "%s", why);
        free(why);
        return e;
    }
    snprintf(estimate->note, sizeof estimate->note,
             "%zu rotor speeds x %d replicas, %d quenches; time found by a pilot", dose.nspeed,
             dose.replicas, dose.quenches);
    return read_rivals(run, o, &rivals);
}

/* ---- what earlier stages left ---------------------------------------------------------------- */

/* Every rank reads. Collective. */
static Err read_network(const StageRun *run, const VerdictStage *o, Network *n)
{
    H5 *file, *group;
    *n = (Network){0};
    Err e = stages_open_result(run, o->network, &file);
    if (e == OK) {
        e = h5_group(file, "network", &group);
        if (e == OK) {
            e = network_file_read(group, n);
            h5_close_group(group);
        }
        h5_close(file);
    }
    return comm_agree(run->comm, e);
}

static Err read_lock(const StageRun *run, const VerdictStage *o, VerdictOptions *v)
{
    char name[64], unit[32];
    v->lock = v->lock_error = NAN;
    if (!given(o->barriers))
        return OK;
    snprintf(name, sizeof name, "%s_coupling_mean", GROUPS[o->group]);
    TRY(stages_read_scalar(run, o->barriers, name, &v->lock, &v->lock_error, unit));
    if (strcmp(unit, "eV") != 0)
        return err_set(ERR_INPUT, "%s of stage %s is in %s, not eV", name, o->barriers, unit);
    return OK;
}

static Err read_against(const StageRun *run, const VerdictStage *o, double term[LEDGER_TERMS],
                        VerdictOptions *v)
{
    H5 *file;
    size_t n;
    double *data;
    if (!given(o->against))
        return OK;
    TRY(stages_open_result(run, o->against, &file));
    Err e = h5_read(file, "ledger/term", 1, &n, &data, NULL);
    h5_close(file);
    if (e != OK)
        return e;
    if (n != LEDGER_TERMS)
        e = err_set(ERR_INPUT, "stage %s: its ledger has %zu terms, not %d", o->against, n,
                    LEDGER_TERMS);
    else
        memcpy(term, data, sizeof(double[LEDGER_TERMS]));
    v->against = term;
    free(data);
    return e;
}

/* ---- results --------------------------------------------------------------------------------- */

typedef struct Column {
    const char *name, *unit, *what;
    size_t at; /* of a double in a record */
} Column;

/* Members of n records of `size` bytes, each as a dataset. */
static Err write_columns(H5 *g, size_t ncolumn, const Column c[], size_t n, size_t size,
                         const void *records)
{
    double *x = MEM_NEW(double, n);
    Err e = OK;
    for (size_t k = 0; k < ncolumn && e == OK; k++) {
        for (size_t i = 0; i < n; i++)
            memcpy(&x[i], (const char *)records + i * size + c[k].at, sizeof *x);
        e = h5_write(g, c[k].name, 1, &n, x, c[k].unit, c[k].what);
    }
    free(x);
    return e;
}

static Err write_endpoints(H5 *file, const Verdict *v)
{
    static const char *const names[] = {"R1", "R2", "R3"};
#define OF(member, text)                                                                           \
    {                                                                                              \
#member, "1", text, offsetof(VerdictEndpoint, member)                                      \
    }
    static const Column columns[] = {
        OF(ratio, "static coupling, free over quenched, sigma(1)/sigma(0.01)"),
        OF(low, "95 %"),
        OF(high, "95 %"),
        OF(error, "of ln ratio"),
        OF(p_more, "bootstrap, H0: ratio <= margin"),
        OF(p_equal, "bootstrap, two one-sided tests"),
        OF(p_more_holm, "adjusted, < 0.025: more"),
        OF(p_equal_holm, "adjusted, < 0.05: equivalent"),
        OF(needed, "replicas or quenches that would decide it; NaN: decided"),
    };
#undef OF
    H5 *g;
    TRY(h5_group(file, "endpoints", &g));
    Err e = h5_write_texts(g, "names", VERDICT_ENDPOINTS, names);
    if (e == OK)
        e = write_columns(g, sizeof columns / sizeof columns[0], columns, VERDICT_ENDPOINTS,
                          sizeof v->r[0], v->r);
    h5_close_group(g);
    return e;
}

static double mean_of(size_t n, const double x[])
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

/* n arms with the same number of units. */
static Err write_arms(H5 *g, const DoseArm arm[], size_t n)
{
    static const char *const names[] = {"charge", "charge_long", "tracer", "tracer_long"},
                             *const help[] = {"<|sum dr|^2>/(6 N t) in windows",
                                              "the same in windows twice as long",
                                              "<sum |dr|^2>/(6 N t) in windows",
                                              "the same in windows twice as long"};
    size_t dims[2] = {n, arm[0].units};
    double *x = MEM_NEW(double, n *arm[0].units);
    int64_t *count = MEM_NEW(int64_t, 2 * n);
    Err e = OK;
    for (int k = 0; k < 4 && e == OK; k++) {
        for (size_t i = 0; i < n; i++) {
            const double *of[] = {arm[i].charge, arm[i].charge_long, arm[i].tracer,
                                  arm[i].tracer_long};
            memcpy(x + i * dims[1], of[k], dims[1] * sizeof *x);
        }
        e = h5_write(g, names[k], 2, dims, x, "angstrom2 s-1", help[k]);
    }
    for (size_t i = 0; i < n; i++) {
        count[i] = arm[i].hops;
        count[n + i] = arm[i].candidates;
        x[i] = mean_of(dims[1], arm[i].charge_long) / mean_of(dims[1], arm[i].charge);
    }
    if (e == OK)
        e = h5_write_i64(g, "hops", 1, &n, count, "1", "of all units");
    if (e == OK)
        e = h5_write_i64(g, "candidates", 1, &n, count + n, "1", "of all units");
    if (e == OK)
        e = h5_write(g, "longer_windows", 1, &n, x, "1", "charge_long over charge; 1: long enough");
    free(x);
    free(count);
    return e;
}

static Err write_dose(H5 *file, const DoseResponse *r, const Verdict *v)
{
    H5 *g, *quenched;
    size_t n = r->nspeed;
    TRY(h5_group(file, "dose_response", &g));
    const Column lambda = {"lambda", "1", "factor on all turns", offsetof(DoseArm, speed)};
    Err e = write_columns(g, 1, &lambda, n, sizeof(DoseArm), r->arm);
    if (e == OK)
        e = h5_write(g, "sigma", 1, &n, v->sigma, "S cm-1", "by charge diffusion");
    if (e == OK)
        e = h5_write(g, "sigma_error", 1, &n, v->sigma_error, "S cm-1", "standard error");
    if (e == OK)
        e = h5_write_number(g, "window", r->window, "s", "length of all windows");
    if (e == OK)
        e = write_arms(g, r->arm, n);
    if (e == OK)
        e = h5_group(g, "quenched", &quenched);
    if (e == OK) {
        e = write_arms(quenched, &r->arm[n], 1);
        if (e == OK)
            e = h5_write_number(quenched, "sigma", v->sigma[n], "S cm-1", "rotors stand still");
        if (e == OK)
            e = h5_write_number(quenched, "sigma_error", v->sigma_error[n], "S cm-1", "");
        h5_close_group(quenched);
    }
    h5_close_group(g);
    if (e != OK)
        return e;
    TRY(h5_group(file, "static", &g));
    e = h5_write(g, "mean", 1, &r->nstatic, r->mean, "angstrom2 s-1",
                 "sum of k l^2/6 over possible hops, rotors at equilibrium");
    if (e == OK)
        e = h5_write(g, "locked", 1, &r->nstatic, r->locked, "angstrom2 s-1",
                     "the same, rotors in their most probable wells");
    h5_close_group(g);
    return e;
}

/* By class of edges. */
static Err write_classes(H5 *file, const Network *n, const DoseResponse *r)
{
    static const Column columns[] = {
        {"mean", "angstrom2 s-1", "sum of k l^2/6, rotors at equilibrium",
         offsetof(StaticClass, mean)},
        {"locked", "angstrom2 s-1", "the same, rotors locked", offsetof(StaticClass, locked)},
        {"edges", "1", "possible hops that were looked at", offsetof(StaticClass, edges)},
    };
    const char **label = MEM_NEW(const char *, r->nclass);
    H5 *g;
    for (int i = 0; i < r->nclass; i++)
        label[i] = n->edge_classes[i].label;
    Err e = h5_group(file, "static/classes", &g);
    if (e == OK) {
        e = h5_write_texts(g, "label", (size_t)r->nclass, label);
        if (e == OK)
            e = write_columns(g, sizeof columns / sizeof columns[0], columns, (size_t)r->nclass,
                              sizeof r->class[0], r -> class);
        h5_close_group(g);
    }
    free(label);
    return e;
}

static Err write_ledger(H5 *file, const Verdict *v)
{
    size_t n = LEDGER_TERMS;
    double fraction[LEDGER_TERMS];
    H5 *g;
    for (int i = 0; i < LEDGER_TERMS; i++)
        fraction[i] = v->share[i] / v->total;
    TRY(h5_group(file, "ledger", &g));
    Err e = h5_write_texts(g, "names", n, ledger_name);
    if (e == OK)
        e = h5_write(g, "term", 1, &n, v->term, "1",
                     "product: sigma in S/cm (carriers in S/cm per A^2/s, barrier in A^2/s)");
    if (e == OK && v->has_ledger) {
        e = h5_write(g, "share", 1, &n, v->share, "1", "of ln(sigma/sigma of `against`)");
        if (e == OK)
            e = h5_write(g, "fraction", 1, &n, fraction, "1", "share over their sum");
        if (e == OK)
            e = h5_write_number(g, "total", v->total, "1", "ln(sigma/sigma of `against`)");
    }
    h5_close_group(g);
    return e;
}

static Err write_rivals(H5 *file, const Rivals *r)
{
    if (r->n == 0)
        return OK;
    static const Column columns[] = {
        {"energy", "eV", "as published; NaN: not", offsetof(AttemptsFit, energy)},
        {"slope", "eV", "of ln(sigma T) through the points", offsetof(AttemptsFit, slope)},
        {"attempt", "s-1", "implied with all ions as carriers", offsetof(AttemptsFit, attempt)},
        {"fraction", "1", "of ions that carry, at the given attempt frequency",
         offsetof(AttemptsFit, fraction)},
    };
    const char *names[SAMPLES];
    H5 *g;
    for (int i = 0; i < r->n; i++)
        names[i] = r->fit[i].sample;
    TRY(h5_group(file, "carriers", &g));
    Err e = h5_write_texts(g, "sample", (size_t)r->n, names);
    if (e == OK)
        e = write_columns(g, sizeof columns / sizeof columns[0], columns, (size_t)r->n,
                          sizeof r->fit[0], r->fit);
    if (e == OK && r->n == 2)
        e = h5_write_number(g, "meyer_neldel", attempts_meyer_neldel(&r->fit[0], &r->fit[1]), "eV",
                            "dEa/d ln(attempt) between the two");
    h5_close_group(g);
    return e;
}

static Err write_scalars(H5 *file, const DoseResponse *r, const Verdict *v)
{
    size_t one = 0;
    while (fabs(r->arm[one].speed - 1.0) > 1e-9)
        one++;
    const double beta = (v->beta_high - v->beta_low) / 3.92;
    const struct {
        const char *name, *unit, *what;
        double value, error;
    } s[] = {
        {"R1", "1", "static coupling", v->r[0].ratio, v->r[0].ratio * v->r[0].error},
        {"R2", "1", "D(free)/D(quenched)", v->r[1].ratio, v->r[1].ratio * v->r[1].error},
        {"R3", "1", "sigma(lambda = 1)/sigma(0.01)", v->r[2].ratio, v->r[2].ratio * v->r[2].error},
        {"beta", "1", "d ln sigma/d ln lambda at 1", v->beta, beta},
        {"sigma", "S cm-1", "at lambda = 1", v->sigma[one], v->sigma_error[one]},
        {"hops", "1", "at lambda = 1", v->hops, NAN},
        {"exposed", "1", "fraction of time a rotor of a hop is not in its likeliest well",
         v->exposed, NAN},
        {"detectable", "1", "smallest ratio of rates that so many hops show", v->detectable, NAN},
        {"hops_needed", "1", "to show the margin", v->hops_needed, NAN},
        {"base_rate", "1", "chance of a turn within 1 ps of a hop if nothing is coupled",
         v->base_rate, NAN},
        {"window", "s", "length of windows", r->window, NAN},
        {"hop_rate", "s-1", "of a carrier at lambda = 1", r->hop_rate, NAN},
        {"relaxation_rate", "s-1", "of the slowest rotor that has a say in a hop", r->slowest, NAN},
        {"turn_rate", "s-1", "of a rotor that has a say in a hop", r->turn_rate, NAN},
        {"indicator", "1", "largest k tau CV^2: error of the mean rate over fast rotors",
         r->indicator, NAN},
        {"lock", "1", "exp(dE_lock/kT) of barriers by forces", v->lock,
         (v->lock_high - v->lock_low) / 3.92},
    };
    for (size_t i = 0; i < sizeof s / sizeof s[0]; i++)
        TRY(stages_scalar(file, s[i].name, s[i].value, s[i].error, s[i].unit, s[i].what));
    return OK;
}

static Err write(const StageRun *run, const Network *n, const DoseResponse *r, const Verdict *v,
                 const Rivals *rivals)
{
    H5 *file;
    char *line = verdict_line(v);
    TRY(stages_create_result(run, &file));
    const struct {
        const char *name, *text;
    } texts[] = {{"verdict", line},
                 {"kind", verdict_name[v->kind]},
                 {"reason", v->reason},
                 {"status", n->source != NULL ? n->source : ""}};
    Err e = OK;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && e == OK; i++)
        e = h5_write_text(file, texts[i].name, texts[i].text);
    free(line);
    if (e == OK)
        e = h5_write_number(file, "margin", v->margin, "1", "fixed in the study");
    if (e == OK)
        e = write_endpoints(file, v);
    if (e == OK)
        e = write_dose(file, r, v);
    if (e == OK)
        e = write_classes(file, n, r);
    if (e == OK)
        e = write_ledger(file, v);
    if (e == OK)
        e = write_rivals(file, rivals);
    if (e == OK)
        e = write_scalars(file, r, v);
    if (e == OK)
        return h5_commit(file);
    h5_close(file);
    return e;
}

/* ---- stopping in time ------------------------------------------------------------------------ */

typedef struct Walks {
    const StageRun *run;
    char *path;   /* of the checkpoint */
    double saved; /* timer_now() of the last */
    double (*item)[DOSE_RESPONSE_NUMBERS];
    DosePause pause;
} Walks;

static const double SAVE_EVERY = 60.0; /* s */

static Err save(const Walks *w, size_t done, const double item[][DOSE_RESPONSE_NUMBERS])
{
    const char *key = w->run->stage->key;
    const CheckpointSection sections[] = {{"key", key, strlen(key) + 1},
                                          {"walks", item, done * sizeof *item}};
    return checkpoint_write(w->path, sizeof sections / sizeof sections[0], sections);
}

/* Collective. */
static Err after_round(void *data, size_t done, size_t total,
                       const double item[][DOSE_RESPONSE_NUMBERS])
{
    Walks *w = data;
    const Comm *c = w->run->comm;
    if (done == total)
        return OK;
    bool stop = stop_due(c);
    double due = timer_now() - w->saved > SAVE_EVERY ? 1.0 : 0.0;
    comm_max(c, 1, &due);
    if (!stop && due == 0.0)
        return OK;
    w->saved = timer_now();
    Err e = comm_agree(c, comm_is_root(c) ? save(w, done, item) : OK);
    if (stop && e == OK)
        e = err_set(ERR_STOPPED,
                    "stopped by %s after walk %zu of %zu, checkpoint written; go on with --resume",
                    stop_reason(), done, total);
    return e;
}

/* Rank 0. */
static Err read_checkpoint(Walks *w, size_t most)
{
    Checkpoint *file;
    const char *key = w->run->stage->key;
    const void *bytes;
    size_t n;
    if (!checkpoint_exists(w->path))
        return OK;
    TRY(checkpoint_read_latest(w->path, &file));
    Err e = checkpoint_section(file, "key", &bytes, &n);
    bool ours = e == OK && n == strlen(key) + 1 && memcmp(bytes, key, n) == 0;
    if (e == OK && !ours)
        log_warn("%s belongs to other options or another version of the program; the stage starts "
                 "anew",
                 w->path);
    if (ours)
        e = checkpoint_section(file, "walks", &bytes, &n);
    if (ours && e == OK && (n % sizeof *w->item != 0 || n > most * sizeof *w->item))
        e = err_set(ERR_FILE, "%s: %zu bytes of walks do not fit the stage", w->path, n);
    if (ours && e == OK && n > 0) {
        memcpy(w->item, bytes, n);
        w->pause.done = n / sizeof *w->item;
    }
    checkpoint_free(file);
    return e;
}

/* Collective. */
static Err resume(Walks *w, const DoseOptions *dose)
{
    const Comm *c = w->run->comm;
    size_t jobs = dose_response_jobs(dose);
    w->item = mem_new(jobs, sizeof *w->item);
    Err e = comm_agree(c, w->run->resume && comm_is_root(c) ? read_checkpoint(w, jobs) : OK);
    comm_bcast(c, 0, sizeof w->pause.done, &w->pause.done);
    comm_bcast(c, 0, jobs * sizeof *w->item, w->item);
    w->pause.saved = (const double(*)[DOSE_RESPONSE_NUMBERS])w->item;
    if (w->pause.done > 0)
        log_info("  resumed after walk %zu of %zu", w->pause.done, jobs);
    return e;
}

/* ---- run ------------------------------------------------------------------------------------- */

static void log_result(const Network *n, const DoseResponse *r, const Verdict *v)
{
    log_info(
        "  %lld Mg, %lld carriers: %.3g hops/s each, turns of their rotors %.3g /s; windows of "
        "%.3g s for all lambda",
        (long long)r->ions, (long long)r->carriers, r->hop_rate, r->turn_rate, r->window);
    log_info("  B0: %.0f hops, exposed %.3g of the time: smallest ratio seen %.3g (margin %.3g); a "
             "turn within 1 ps of a hop by chance: %.2g",
             v->hops, v->exposed, v->detectable, v->margin, v->base_rate);
    for (size_t i = 0; i <= r->nspeed; i++)
        log_info("  %s %-8.3g sigma %.4g +- %.2g S/cm; windows twice as long: x %.3f",
                 i < r->nspeed ? "lambda " : "quenched", r->arm[i].speed, v->sigma[i],
                 v->sigma_error[i],
                 mean_of(r->arm[i].units, r->arm[i].charge_long) /
                     mean_of(r->arm[i].units, r->arm[i].charge));
    for (int i = 0; i < r->nclass; i++)
        if (r->class[i].edges > 0.0)
            log_info("  edges %-12s k_mean/k_locked %.4g", n->edge_classes[i].label,
                     r->class[i].mean / r->class[i].locked);
    if (r->carriers > 1)
        log_info("  Coulomb forces between carriers are not in these hops");
    if (r->nstatic > 0 && v->sigma[0] == 0.0 && v->sigma[r->nspeed - 1] == 0.0)
        log_info("  the network has no charge: sigma is 0, ratios are of diffusion");
}

/* On rank 0. */
static Err judge(const StageRun *run, const VerdictStage *o, const Network *n,
                 const DoseResponse *r, const Rivals *rivals)
{
    VerdictOptions v = {.margin = o->margin,
                        .temperature = o->temperature,
                        .charge = n->charge,
                        .fraction = o->fraction,
                        .seed = stages_seed(run, 1)};
    double other[LEDGER_TERMS];
    Verdict verdict;
    TRY(read_lock(run, o, &v));
    TRY(read_against(run, o, other, &v));
    TRY(verdict_judge(r, &v, &verdict));
    log_result(n, r, &verdict);
    log_rivals(rivals, o->attempt);
    char *line = verdict_line(&verdict);
    log_info("  %s", line);
    free(line);
    return write(run, n, r, &verdict, rivals);
}

static Err run_verdict(const StageRun *run, const void *options)
{
    const VerdictStage *o = options;
    const DoseOptions dose = dose_of(run, o);
    Rivals rivals;
    Network n;
    DoseResponse r = {0};
    Err e = read_rivals(run, o, &rivals);
    if (e != OK)
        return e;
    Walks walks = {.run = run,
                   .path = stage_file(run->stage, "checkpoint.bin"),
                   .saved = timer_now(),
                   .pause = {.after = after_round}};
    walks.pause.data = &walks;
    e = read_network(run, o, &n);
    if (e == OK)
        e = resume(&walks, &dose);
    if (e == OK)
        e = dose_response_run(run->comm, &n, &dose, &walks.pause, &r);
    if (e == OK)
        e = comm_agree(run->comm, comm_is_root(run->comm) ? judge(run, o, &n, &r, &rivals) : OK);
    if (e == OK && comm_is_root(run->comm))
        checkpoint_remove(walks.path);
    free(walks.path);
    free(walks.item);
    dose_response_clear(&r);
    network_clear(&n);
    return e;
}

const StageKind stage_verdict = {
    .name = "verdict",
    .help = "does the turning of BH4 drive Mg: frozen and faster rotors, equivalence tests, ledger",
    .nfields = sizeof fields / sizeof fields[0],
    .fields = fields,
    .options_size = sizeof(VerdictStage),
    .check = check,
    .run = run_verdict,
};
