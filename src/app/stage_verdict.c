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
#include "app/kmc_options.h"
#include "app/status.h"
#include "app/verdict_write.h"

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
    double checkpoint_every; /* s */
    ConfigList lambdas;
    int group, carriers;
} VerdictStage;

static const char *const GROUPS[] = {"vacancy", "hop"};

#define AT(member) .offset = offsetof(VerdictStage, member)
static const ConfigField fields[] = {
    STAGE_HEAD_FIELDS,
    KMC_NETWORK_FIELDS(VerdictStage),
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
    KMC_CHECKPOINT_FIELD(VerdictStage, "finished walks"),
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

/* Collective. */
static Err read_rivals(const StageRun *run, const VerdictStage *o, VerdictRivals *r)
{
    Table *t;
    *r = (VerdictRivals){0};
    if (!given(o->measured))
        return OK;
    const AttemptsMaterial m = {o->ions, o->volume, 2.0, o->hop, o->attempt};
    char *path = study_path(run->study, o->measured);
    Err e = table_open(run->comm, path, &t);
    free(path);
    if (e != OK)
        return e;
    e = attempts_read(t, &m, VERDICT_SAMPLES, r->fit, &r->n);
    table_close(t);
    return e;
}

static void log_rivals(const VerdictRivals *r, double attempt)
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
    VerdictRivals rivals;
    TRY(check_kind(run, "network", o->network, "network"));
    if (given(o->barriers))
        TRY(check_kind(run, "barriers", o->barriers, "barriers"));
    if (given(o->against))
        TRY(check_kind(run, "against", o->against, "verdict"));
    TRY(config_place_error(run->stage->node, NULL, dose_response_check(NULL, &dose)));
    snprintf(estimate->note, sizeof estimate->note,
             "%zu rotor speeds x %d replicas, %d quenches; time found by a pilot", dose.nspeed,
             dose.replicas, dose.quenches);
    return read_rivals(run, o, &rivals);
}

/* ---- what earlier stages left ---------------------------------------------------------------- */

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
    if (isnan(v->lock))
        log_warn(
            "stage '%s': no %s of stage '%s' gave a barrier both free and locked: what the lock "
            "adds is not known from forces, R1 is that of the network's own energies",
            stage_name(run->stage), GROUPS[o->group], o->barriers);
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

/* ---- stopping in time ------------------------------------------------------------------------ */

typedef struct Walks {
    const StageRun *run;
    char *path;          /* of the checkpoint */
    double every, saved; /* [s] between two; timer_now() of the last */
    double (*item)[DOSE_RESPONSE_NUMBERS];
    DosePause pause;
    int64_t done;
    Status status;
    Progress progress;
} Walks;

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
    w->done = (int64_t)done;
    log_progress(&w->progress, (double)done);
    status_show(&w->status, w->done, NULL);
    if (done == total)
        return OK;
    bool stop = stop_due(c);
    if (!stages_save_due(c, w->saved, w->every) && !stop)
        return OK;
    w->saved = timer_now();
    w->status.checkpoint = w->done;
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
    const void *bytes;
    size_t n;
    TRY(checkpoint_read_own(w->path, w->run->stage->key, &file));
    if (file == NULL)
        return OK;
    Err e = checkpoint_section(file, "walks", &bytes, &n);
    if (e == OK && (n % sizeof *w->item != 0 || n > most * sizeof *w->item))
        e = err_set(ERR_FILE, "%s: %zu bytes of walks do not fit the stage", w->path, n);
    if (e == OK && n > 0) {
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
    w->done = (int64_t)w->pause.done;
    status_init(&w->status, w->run, w->done, (int64_t)jobs);
    w->status.checkpoint = w->done > 0 ? w->done : -1;
    log_progress_init(&w->progress, stage_name(w->run->stage), "walks", (double)jobs);
    w->progress.first = (double)w->done;
    if (w->pause.done > 0)
        log_info("  resumed after walk %zu of %zu", w->pause.done, jobs);
    return e;
}

/* Collective. */
static Err walk(Walks *w, const Network *n, const DoseOptions *dose, DoseResponse *r)
{
    Err e = resume(w, dose);
    if (e == OK)
        e = dose_response_run(w->run->comm, n, dose, &w->pause, r);
    status_show(&w->status, w->done, e == OK ? "done" : "stopped");
    status_clear(&w->status);
    return e;
}

/* ---- run ------------------------------------------------------------------------------------- */

static double mean_of(size_t n, const double x[])
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

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
                 const DoseResponse *r, const VerdictRivals *rivals)
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
    return verdict_write(run, n, r, &verdict, rivals);
}

static Err run_verdict(const StageRun *run, const void *options)
{
    const VerdictStage *o = options;
    const DoseOptions dose = dose_of(run, o);
    VerdictRivals rivals;
    Network n;
    DoseResponse r = {0};
    Err e = read_rivals(run, o, &rivals);
    if (e != OK)
        return e;
    Walks walks = {.run = run,
                   .path = stage_file(run->stage, "checkpoint.bin"),
                   .every = o->checkpoint_every,
                   .saved = timer_now(),
                   .pause = {.after = after_round}};
    walks.pause.data = &walks;
    e = kmc_options_network(run, o->network, &n);
    if (e == OK)
        e = walk(&walks, &n, &dose, &r);
    if (e == OK)
        e = comm_agree(run->comm, comm_is_root(run->comm) ? judge(run, o, &n, &r, &rivals) : OK);
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
