/* stage_eis.c -- kind `eis`: what an impedance analyser sees of a pellet, and what its owner concludes.
 *
 * sigma(omega, T) comes from other stages (`from`), from files (`conductivity`) or from an ASSUMED hop model whose barriers,
 * site energies, attempt frequency and carrier fraction are inputs of the study, not predictions; every output says which.
 * From it Z(f) of the pellet with its pores and contacts, noisy copies, fits of a circuit, the Kramers-Kronig test and
 * Arrhenius lines both as ln(sigma) and as ln(sigma T).
 */
#include "app/eis_write.h"
#include "app/stages.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool assumed(const EisOptions *o)
{
    return o->from.n == 0 && o->conductivity.n == 0;
}

static size_t count(const EisOptions *o)
{
    return o->from.n > 0 ? o->from.n : o->temperatures.n;
}

static Err check(const StageRun *run, const void *options, StageEstimate *estimate)
{
    const EisOptions *o = options;
    Sites sites;
    double density;
    TRY(eis_options_check(run->stage->node, o));
    estimate->seconds = 1.0;
    if (!assumed(o)) {
        snprintf(estimate->note, sizeof estimate->note, "sigma(omega) from %zu %s", count(o),
                 o->from.n > 0 ? "stages" : "files");
        return OK;
    }
    TRY(eis_hops_build(run->stage->node, &o->hop, &sites, &density));
    snprintf(estimate->note, sizeof estimate->note,
             "assumed hop model: %d sites, %lld edges, %.3g carriers/cm3", (int)sites.n,
             (long long)sites.nedge, density * 1e24);
    sites_clear(&sites);
    return OK;
}

/* ---- sources ---- */

static Err source_of_stage(const StageRun *run, const char *stage, EisSource *s)
{
    H5 *file;
    TRY(stages_open_result(run, stage, &file));
    Err e = eis_source_read(file, s);
    h5_close(file);
    if (e == OK && !(s->temperature > 0.0))
        e = err_set(ERR_INPUT, "stage '%s': the temperature of its conductivity_spectrum is %g K",
                    stage, s->temperature);
    return e;
}

static Err sources_of_hops(const StageRun *run, const EisOptions *o, EisSpectrum spectra[])
{
    Sites sites;
    double density;
    TRY(eis_hops_build(run->stage->node, &o->hop, &sites, &density));
    Err e = OK;
    for (size_t i = 0; i < count(o) && e == OK; i++)
        e = eis_hops_spectrum(&sites, &o->hop, density, o->temperatures.value[i], spectra[i].n,
                              spectra[i].frequency, &spectra[i].source);
    sites_clear(&sites);
    return e;
}

/* Rank 0 has them all; files are opened by all. Collective. */
static Err read_sources(const StageRun *run, const EisOptions *o, EisSpectrum spectra[])
{
    Err e = OK;
    if (assumed(o))
        return sources_of_hops(run, o, spectra);
    for (size_t i = 0; i < count(o) && e == OK; i++) {
        EisSource *s = &spectra[i].source;
        if (o->from.n > 0) {
            e = comm_is_root(run->comm) ? source_of_stage(run, o->from.text[i], s) : OK;
            e = comm_agree(run->comm, e);
        } else {
            char *path = study_path(run->study, o->conductivity.text[i]);
            e = eis_source_open(run->comm, path, o->temperatures.value[i], s);
            free(path);
        }
    }
    return e;
}

/* ---- the measurement ---- */

static Err see(const StageRun *run, const EisOptions *o, EisSpectrum *s)
{
    const Pellet pellet = eis_options_pellet(o);
    bool below;
    Err e = eis_source_covers(&s->source, o->lowest, o->highest, &below);
    if (e != OK) {
        char *reason = mem_string(err_message());
        e = config_error(run->stage->node, "highest", "%s (%g K)", reason, s->source.temperature);
        free(reason);
        return e;
    }
    if (below)
        log_warn("stage '%s': the conductivity at %g K has no DC value and begins at %g Hz; it is "
                 "taken as constant below",
                 stage_name(run->stage), s->source.temperature, s->source.frequency[0]);
    for (size_t i = 0; i < s->n; i++) {
        double omega = 2.0 * PI * s->frequency[i];
        s->sigma[i] = eis_source_at(&s->source, s->frequency[i]);
        s->truth[i] =
            impedance_cell(&o->contacts, omega, impedance_pellet(&pellet, omega, s->sigma[i]));
        if (!(creal(s->truth[i]) >= 0.0) || !isfinite(cabs(s->truth[i])))
            return err_set(
                ERR_NUMERICAL,
                "stage '%s': Re Z is %g ohm at %g Hz and %g K: this conductivity is negative",
                stage_name(run->stage), creal(s->truth[i]), s->frequency[i], s->source.temperature);
    }
    return OK;
}

/* Errors as an experimenter has them, from |Z| as measured. */
static void errors_of(const Analyser *a, EisSpectrum *s)
{
    for (size_t i = 0; i < s->n; i++) {
        double m = cabs(s->noisy[i]);
        s->error[i] = impedance_noise(a, m) * m * (1.0 + I);
    }
}

static Err first_measurement(const EisOptions *o, const Analyser *a, const double _Complex z[],
                             const CircuitFit *fit, EisSpectrum *s)
{
    const CircuitData data = {.n = s->n, .frequency = s->frequency, .z = z};
    CircuitArc arcs[CIRCUIT_NODES];
    int n = circuit_arcs(&fit->circuit, arcs);
    memcpy(s->noisy, z, s->n * sizeof *z);
    errors_of(a, s);
    s->fit = *fit;
    for (int k = 0; k < n; k++) {
        if (strcmp(fit->circuit.parameter[arcs[k].r].name, o->resistance) != 0)
            continue;
        s->has_arc = true;
        circuit_fit_arc(fit, &arcs[k], &data, &s->arc);
    }
    const KramersKronigOptions how = {
        .mu = 0.85, .noise = o->noise, .limit = a->limit, .allowed = o->noise > 0.0 ? 0.003 : 0.01};
    return kramers_kronig_test(s->n, s->frequency, z, &how, &s->test);
}

static Err measure(const StageRun *run, const EisOptions *o, uint64_t set, EisSpectrum *s)
{
    const Pellet pellet = eis_options_pellet(o);
    const Analyser analyser = eis_options_analyser(o);
    const CircuitFitOptions how = {
        .weights = CIRCUIT_MODULUS, .noise = o->noise, .limit = analyser.limit};
    double _Complex *z = mem_new(s->n, sizeof *z);
    double sum = 0.0, sum2 = 0.0, reported = 0.0, m = (double)o->replicas;
    Circuit circuit;
    Err e = circuit_parse(o->circuit, &circuit);
    if (e == OK)
        e = see(run, o, s);
    int r = e == OK ? circuit_find(&circuit, o->resistance) : 0;
    for (int64_t k = 0; k < o->replicas && e == OK; k++) {
        const CircuitData data = {.n = s->n, .frequency = s->frequency, .z = z};
        CircuitFit fit;
        memcpy(z, s->truth, s->n * sizeof *z);
        impedance_add_noise(&analyser, (uint64_t)run->study->seed, eis_write_noise(set, k), s->n,
                            z);
        e = err_prefix(circuit_fit(&circuit, &data, &how, &fit), "stage '%s', %g K",
                       stage_name(run->stage), s->source.temperature);
        if (e == OK && k == 0)
            e = first_measurement(o, &analyser, z, &fit, s);
        if (e != OK)
            break;
        double y = log(impedance_cell_constant(&pellet) / fit.value[r]);
        sum += y;
        sum2 += y * y;
        reported += fit.error[r];
    }
    s->value = exp(sum / m);
    s->error_ln = o->replicas > 1 ? sqrt(fmax(0.0, (sum2 - sum * sum / m) / (m - 1.0))) : reported;
    free(z);
    return e;
}

static void tell(const StageRun *run, const EisOptions *o, const EisSpectrum *s)
{
    log_info(
        "  %g K: sigma = %.3g S/cm (truth %.3g), ln error %.3f; Kramers-Kronig %s, rms %.2f %%",
        s->source.temperature, s->value, creal(s->source.sigma[0]), s->error_ln,
        s->test.consistent ? "obeyed" : "VIOLATED", s->test.rms);
    if (s->has_arc && !s->arc.peak_in_window)
        log_warn(
            "stage '%s', %g K: the arc of %s peaks at %.3g Hz, within a factor 3 of the lowest "
            "frequency %.3g Hz: its resistance is an extrapolation",
            stage_name(run->stage), s->source.temperature, o->resistance, s->arc.peak, o->lowest);
    if (!s->fit.determined)
        log_warn("stage '%s', %g K: the spectrum does not determine all of %s",
                 stage_name(run->stage), s->source.temperature, o->circuit);
}

static void prepare(const EisOptions *o, EisSpectrum *s)
{
    const Analyser a = eis_options_analyser(o);
    s->frequency = impedance_frequencies(&a, &s->n);
    s->sigma = mem_new(s->n, sizeof *s->sigma);
    s->truth = mem_new(s->n, sizeof *s->truth);
    s->noisy = mem_new(s->n, sizeof *s->noisy);
    s->error = mem_new(s->n, sizeof *s->error);
}

static void clear(EisSpectrum *s)
{
    eis_source_clear(&s->source);
    kramers_kronig_clear(&s->test);
    free(s->frequency);
    free(s->sigma);
    free(s->truth);
    free(s->noisy);
    free(s->error);
}

static Err run_eis(const StageRun *run, const void *options)
{
    const EisOptions *o = options;
    size_t n = count(o);
    EisSpectrum *spectra = MEM_NEW(EisSpectrum, n);
    Err e = eis_options_check(run->stage->node, o);
    for (size_t i = 0; i < n; i++)
        prepare(o, &spectra[i]);
    if (e == OK)
        e = read_sources(run, o, spectra);
    /* small work: rank 0 alone does it and writes */
    for (size_t i = 0; i < n && e == OK && comm_is_root(run->comm); i++) {
        e = measure(run, o, i, &spectra[i]);
        if (e == OK)
            tell(run, o, &spectra[i]);
    }
    if (e == OK && comm_is_root(run->comm))
        e = eis_write(run, o, n, spectra);
    for (size_t i = 0; i < n; i++)
        clear(&spectra[i]);
    free(spectra);
    return comm_agree(run->comm, e);
}

const StageKind stage_eis = {
    .name = "eis",
    .help = "impedance and conductivity of a pellet: from sigma(omega) of stages, of files, or of "
            "an assumed "
            "hop model (input, not prediction)",
    .nfields = EIS_OPTIONS_NFIELDS,
    .fields = eis_options_fields,
    .options_size = sizeof(EisOptions),
    .check = check,
    .run = run_eis,
    .dataset = eis_dataset,
    .describe = eis_dataset_describe,
};
