/* stage_eis.c -- kind `eis`: conductivity and impedance of a pellet from an ASSUMED hop model.
 *
 * Barriers, site energies, attempt frequency and carrier fraction are inputs of the study, not predictions; every output
 * says so. What is computed from them: sigma(omega, T) by the master equation on the crystal's site graph, Z(f) of the
 * pellet, the R1/Q1 fit of noisy data, and Arrhenius lines both as ln(sigma) and as ln(sigma T).
 */
#include "app/stages.h"

#include "analysis/impedance.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"
#include "lattice/master.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct EisOptions {
    StageHead head;
    int64_t group;
    double lattice_constant; /* A */
    const ConfigNode *sites, *hops;
    char *carrier_site;
    double attempt; /* 1/s */
    double carrier_fraction;
    double charge;              /* e */
    ConfigList temperatures;    /* K */
    double thickness, diameter; /* cm */
    double eps_r;
    double lowest, highest; /* Hz */
    int64_t per_decade, replicas;
    double noise;
} EisOptions;

#define AT(member) .offset = offsetof(EisOptions, member)
static const ConfigField fields[] = {
    STAGE_HEAD_FIELDS,
    {.key = "space_group",
     .kind = CONFIG_INTEGER,
     .fallback = "230",
     .low = 1,
     .high = 230,
     AT(group),
     .help = "IT number; 230 is Ia-3d of gamma"},
    {.key = "lattice_constant",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .low = 1,
     .high = 1000,
     AT(lattice_constant),
     .help = "of the cubic cell"},
    {.key = "sites",
     .kind = CONFIG_SEQUENCE,
     AT(sites),
     .help = "[{label, position: [x, y, z], energy}], ASSUMED energies"},
    {.key = "hops",
     .kind = CONFIG_SEQUENCE,
     AT(hops),
     .help = "[{from, to, distance, saddle}], ASSUMED saddle energies"},
    {.key = "carrier_site",
     .kind = CONFIG_TEXT,
     AT(carrier_site),
     .help = "label of the Mg sites of the crystal; carriers = carrier_fraction of them"},
    {.key = "attempt_frequency",
     .kind = CONFIG_QUANTITY,
     .unit = "1/s",
     .low = 1,
     .high = 1e16,
     AT(attempt),
     .help = "ASSUMED prefactor of all hops"},
    {.key = "carrier_fraction",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .low = 0,
     .high = 1,
     AT(carrier_fraction),
     .help = "ASSUMED mobile part of the Mg ions"},
    {.key = "charge",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "2",
     .low = -9,
     .high = 9,
     AT(charge),
     .help = "of a carrier, in elementary charges"},
    {.key = "temperatures",
     .kind = CONFIG_QUANTITIES,
     .unit = "K",
     .low = 1,
     .high = 5000,
     AT(temperatures),
     .help = "at which the pellet is measured"},
    {.key = "thickness",
     .kind = CONFIG_QUANTITY,
     .unit = "cm",
     .low = 1e-4,
     .high = 10,
     AT(thickness),
     .help = "of the pellet"},
    {.key = "diameter",
     .kind = CONFIG_QUANTITY,
     .unit = "cm",
     .low = 1e-2,
     .high = 100,
     AT(diameter),
     .help = "of the pellet"},
    {.key = "permittivity",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "5",
     .low = 1,
     .high = 1e4,
     AT(eps_r),
     .help = "relative, frequency independent; ASSUMED"},
    {.key = "lowest",
     .kind = CONFIG_QUANTITY,
     .unit = "Hz",
     .fallback = "0.01 Hz",
     .low = 1e-9,
     .high = 1e12,
     AT(lowest),
     .help = "lowest frequency of the analyser"},
    {.key = "highest",
     .kind = CONFIG_QUANTITY,
     .unit = "Hz",
     .fallback = "1 MHz",
     .low = 1e-9,
     .high = 1e12,
     AT(highest),
     .help = "highest frequency of the analyser"},
    {.key = "per_decade",
     .kind = CONFIG_INTEGER,
     .fallback = "10",
     .low = 1,
     .high = 1000,
     AT(per_decade),
     .help = "frequencies per decade"},
    {.key = "noise",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "0.01",
     .low = 0,
     .high = 1,
     AT(noise),
     .help = "standard deviation of Z' and of Z'' relative to |Z|"},
    {.key = "replicas",
     .kind = CONFIG_INTEGER,
     .fallback = "20",
     .low = 1,
     .high = 10000,
     AT(replicas),
     .help = "noisy measurements that are fitted; the first one is stored"},
};

typedef struct SiteOptions {
    char *label;
    ConfigList position;
    double energy;
} SiteOptions;
static const ConfigField site_fields[] = {
    {.key = "label",
     .kind = CONFIG_TEXT,
     .offset = offsetof(SiteOptions, label),
     .help = "name of the site"},
    {.key = "position",
     .kind = CONFIG_QUANTITIES,
     .unit = "1",
     .offset = offsetof(SiteOptions, position),
     .help = "fractional coordinates of one site of the orbit"},
    {.key = "energy",
     .kind = CONFIG_QUANTITY,
     .unit = "eV",
     .low = -10,
     .high = 10,
     .offset = offsetof(SiteOptions, energy),
     .help = "of a carrier there"},
};

typedef struct HopOptions {
    char *from, *to;
    double distance, tolerance, saddle;
} HopOptions;
static const ConfigField hop_fields[] = {
    {.key = "from",
     .kind = CONFIG_TEXT,
     .offset = offsetof(HopOptions, from),
     .help = "label of a site"},
    {.key = "to",
     .kind = CONFIG_TEXT,
     .offset = offsetof(HopOptions, to),
     .help = "label of a site"},
    {.key = "distance",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .low = 0.1,
     .high = 100,
     .offset = offsetof(HopOptions, distance),
     .help = "between the two sites"},
    {.key = "tolerance",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "0.05 A",
     .low = 0,
     .high = 1,
     .offset = offsetof(HopOptions, tolerance),
     .help = "of the distance"},
    {.key = "saddle",
     .kind = CONFIG_QUANTITY,
     .unit = "eV",
     .low = -10,
     .high = 10,
     .offset = offsetof(HopOptions, saddle),
     .help = "energy on top, on the scale of the site energies"},
};
#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static Err read_sites(const EisOptions *o, SiteClass classes[], int max, int *n)
{
    *n = (int)config_length(o->sites);
    if (*n < 1 || *n > max)
        return config_error(o->sites, "sites", "1 to %d sites are allowed", max);
    for (int i = 0; i < *n; i++) {
        const ConfigNode *node = config_item(o->sites, (size_t)i);
        SiteOptions s = {0};
        TRY(config_read(node, COUNT(site_fields), site_fields, &s));
        snprintf(classes[i].label, sizeof classes[i].label, "%s", s.label);
        classes[i].energy = s.energy;
        bool three = s.position.n == 3;
        for (size_t k = 0; k < 3 && three; k++)
            classes[i].position[k] = s.position.value[k];
        config_clear(COUNT(site_fields), site_fields, &s);
        if (!three)
            return config_error(node, "position", "three fractional coordinates are needed");
    }
    return OK;
}

static Err read_hops(const EisOptions *o, HopClass hops[], int max, int *n)
{
    *n = (int)config_length(o->hops);
    if (*n < 1 || *n > max)
        return config_error(o->hops, "hops", "1 to %d hops are allowed", max);
    for (int i = 0; i < *n; i++) {
        HopOptions h = {0};
        TRY(config_read(config_item(o->hops, (size_t)i), COUNT(hop_fields), hop_fields, &h));
        snprintf(hops[i].from, sizeof hops[i].from, "%s", h.from);
        snprintf(hops[i].to, sizeof hops[i].to, "%s", h.to);
        hops[i].distance = h.distance;
        hops[i].tolerance = h.tolerance;
        hops[i].saddle = h.saddle;
        config_clear(COUNT(hop_fields), hop_fields, &h);
    }
    return OK;
}

enum { CLASSES_MAX = 16 };

static Err build_graph(const StageRun *run, const EisOptions *o, Sites *sites, double *density)
{
    SiteClass classes[CLASSES_MAX];
    HopClass hops[CLASSES_MAX];
    int nclass, nhop, carrier = -1;
    TRY(read_sites(o, classes, CLASSES_MAX, &nclass));
    TRY(read_hops(o, hops, CLASSES_MAX, &nhop));
    if (o->lowest >= o->highest)
        return config_error(run->stage->node, "lowest", "must be below 'highest'");
    for (int i = 0; i < nclass; i++)
        if (strcmp(classes[i].label, o->carrier_site) == 0)
            carrier = i;
    if (carrier < 0)
        return config_error(run->stage->node, "carrier_site", "no site is called '%s'",
                            o->carrier_site);
    const double a = o->lattice_constant, h[3][3] = {{a, 0, 0}, {0, a, 0}, {0, 0, a}};
    Cell cell;
    SymmetryOperations ops;
    TRY(cell_init(&cell, h));
    TRY(symmetry_of_group((int)o->group, &ops));
    Err e = sites_from_crystal(&cell, &ops, nclass, classes, nhop, hops, sites);
    symmetry_clear(&ops);
    if (e != OK) {
        char *reason = mem_string(err_message());
        e = config_error(o->hops, "hops", "%s", reason);
        free(reason);
        return e;
    }
    *density = o->carrier_fraction * sites_count(sites, carrier) / cell.volume;
    return OK;
}

static Err check(const StageRun *run, const void *options, StageEstimate *estimate)
{
    Sites sites;
    double density;
    TRY(build_graph(run, options, &sites, &density));
    snprintf(estimate->note, sizeof estimate->note,
             "assumed hop model: %d sites, %lld edges, %.3g carriers/cm3", (int)sites.n,
             (long long)sites.nedge, density * 1e24);
    estimate->seconds = 1.0;
    sites_clear(&sites);
    return OK;
}

/* One temperature: truth, a noisy copy, fits. */
typedef struct Spectrum {
    double sigma_dc; /* S/cm */
    double sigma,
        error_ln; /* fitted: mean over replicas of ln R, and its spread (error of ONE measurement) */
    double error_reported; /* mean of the fit's own error of ln R */
    RCpe circuit;          /* of the first noisy measurement */
    double circuit_error[3];
    bool peak_in_window;
    double _Complex *truth, *noisy;
    double _Complex *conductivity;
} Spectrum;

static Err measure(const StageRun *run, const EisOptions *o, const Sites *sites, double density,
                   double t, uint64_t set, const Analyser *analyser, size_t n, const double f[],
                   Spectrum *s)
{
    const Pellet pellet = {.thickness = o->thickness, .diameter = o->diameter, .eps_r = o->eps_r};
    double *omega = MEM_NEW(double, n + 1);
    for (size_t i = 0; i < n; i++)
        omega[i + 1] = 2.0 * PI * f[i];
    double _Complex *d = mem_new(n + 1, sizeof *d), *z = mem_new(n, sizeof *z);
    s->truth = mem_new(n, sizeof *z);
    s->noisy = mem_new(n, sizeof *z);
    s->conductivity = mem_new(n, sizeof *z);
    Err e = master_diffusion(sites, o->attempt, t, n + 1, omega, d);
    if (e == OK) {
        s->sigma_dc = creal(master_conductivity(d[0], density, o->charge, t));
        for (size_t i = 0; i < n; i++) {
            s->conductivity[i] = master_conductivity(d[i + 1], density, o->charge, t);
            s->truth[i] = impedance_pellet(&pellet, omega[i + 1], s->conductivity[i]);
        }
    }
    double sum = 0.0, sum2 = 0.0, reported = 0.0;
    for (int64_t k = 0; k < o->replicas && e == OK; k++) {
        ImpedanceFit fit;
        memcpy(z, s->truth, n * sizeof *z);
        impedance_add_noise(analyser, (uint64_t)run->study->seed, set * 100000 + (uint64_t)k, n, z);
        e = impedance_fit(n, f, z, o->noise, &pellet, &fit);
        if (e != OK)
            break;
        double y = log(fit.conductivity);
        sum += y;
        sum2 += y * y;
        reported += fit.error_ln_r;
        if (k == 0) {
            memcpy(s->noisy, z, n * sizeof *z);
            s->circuit = fit.value;
            s->circuit_error[0] = fit.error_ln_r;
            s->circuit_error[1] = fit.error_ln_q;
            s->circuit_error[2] = fit.error_n;
            s->peak_in_window = fit.peak_in_window;
        }
    }
    double m = (double)o->replicas;
    s->sigma = exp(sum / m);
    s->error_ln = o->replicas > 1 ? sqrt(fmax(0.0, (sum2 - sum * sum / m) / (m - 1.0))) : reported;
    s->error_reported = reported / m;
    free(omega);
    free(d);
    free(z);
    return e;
}

static Err write_complex(H5 *group, const char *name, size_t n, const double _Complex z[],
                         const char *unit, const char *what)
{
    const size_t dims[2] = {n, 2};
    return h5_write(group, name, 2, dims, (const double *)z, unit, what);
}

static Err write_spectrum(const StageRun *run, const EisOptions *o, H5 *file, double t, size_t n,
                          const double f[], const Spectrum *s)
{
    char name[64], note[200];
    H5 *group;
    snprintf(name, sizeof name, "spectra/%gK", t);
    TRY(h5_group(file, name, &group));
    const double circuit[3] = {s->circuit.r, s->circuit.q, s->circuit.n};
    const size_t three = 3;
    Err e = h5_write(group, "frequency", 1, &n, f, "Hz", "frequency");
    if (e == OK)
        e = write_complex(group, "conductivity", n, s->conductivity, "S/cm",
                          "sigma(omega) of the hop model [re, im]");
    if (e == OK)
        e = write_complex(group, "impedance_truth", n, s->truth, "ohm",
                          "Z of the pellet without noise [re, im]");
    if (e == OK)
        e = write_complex(group, "impedance", n, s->noisy, "ohm",
                          "Z with the analyser's noise [re, im]");
    if (e == OK)
        e = h5_write(group, "circuit", 1, &three, circuit, "ohm, S s^n, 1", "fitted R1, Q1, n");
    if (e == OK)
        e = h5_write(group, "circuit_error", 1, &three, s->circuit_error, "1",
                     "standard errors of ln R1, ln Q1, n");
    if (e == OK)
        e = h5_write_number(
            group, "peak_in_window", s->peak_in_window, "1",
            "0: the arc's peak is below 3 times the lowest frequency, R1 is an extrapolation");
    h5_close_group(group);
    char scalar[64];
    snprintf(scalar, sizeof scalar, "sigma_%gK", t);
    if (e == OK)
        e = stages_scalar(file, scalar, s->sigma, s->sigma * s->error_ln, "S/cm",
                          "conductivity by the R1/Q1 fit; error: spread of noisy measurements. "
                          "Barriers are input");
    snprintf(scalar, sizeof scalar, "sigma_true_%gK", t);
    if (e == OK)
        e = stages_scalar(file, scalar, s->sigma_dc, NAN, "S/cm",
                          "DC conductivity of the hop model, exact");
    char *path = mem_format("%s/impedance_%gK.csv", run->stage->folder, t);
    snprintf(note, sizeof note,
             "T = %g K, assumed hop model (input, not prediction), noise %g of |Z|, seed %lld", t,
             o->noise, (long long)run->study->seed);
    if (e == OK)
        e = impedance_write_csv(path, n, f, s->noisy, note);
    free(path);
    return e;
}

static Err write_arrhenius(H5 *file, const EisOptions *o, const Spectrum spectra[])
{
    size_t n = o->temperatures.n;
    if (n < 2)
        return OK;
    double *sigma = MEM_NEW(double, 2 * n), *error = sigma + n;
    for (size_t i = 0; i < n; i++) {
        sigma[i] = spectra[i].sigma;
        error[i] = fmax(spectra[i].error_ln, 1e-6);
    }
    Arrhenius plain, times;
    Err e = impedance_arrhenius(n, o->temperatures.value, sigma, error, false, &plain);
    if (e == OK)
        e = impedance_arrhenius(n, o->temperatures.value, sigma, error, true, &times);
    if (e == OK)
        e = stages_scalar(file, "Ea_sigma", plain.energy, plain.energy_error, "eV",
                          "from ln(sigma) against 1/kT");
    if (e == OK)
        e = stages_scalar(file, "Ea_sigmaT", times.energy, times.energy_error, "eV",
                          "from ln(sigma T) against 1/kT");
    if (e == OK)
        e = stages_scalar(file, "ln_prefactor_sigmaT", times.ln_prefactor, times.ln_prefactor_error,
                          "1", "ln of the prefactor of sigma T in S K/cm");
    size_t dims = n;
    if (e == OK)
        e = h5_write(file, "arrhenius/temperature", 1, &dims, o->temperatures.value, "K",
                     "temperature");
    if (e == OK)
        e = h5_write(file, "arrhenius/sigma", 1, &dims, sigma, "S/cm", "fitted conductivity");
    if (e == OK)
        e = h5_write(file, "arrhenius/error_ln", 1, &dims, error, "1",
                     "standard error of ln(sigma)");
    free(sigma);
    return e;
}

static Err write_all(const StageRun *run, const EisOptions *o, const Sites *sites, double density,
                     size_t n, const double f[], const Spectrum spectra[])
{
    H5 *file;
    TRY(stages_create_result(run, &file));
    Err e = h5_write_text(
        file, "status",
        "ASSUMED hop model: site energies, saddles, attempt frequency, carrier fraction are input, "
        "not prediction");
    if (e == OK)
        e = stages_scalar(file, "carrier_density", density * 1e24, NAN, "1/cm^3",
                          "carriers; input");
    if (e == OK)
        e = stages_scalar(file, "hop_rate",
                          master_hop_rate(sites, o->attempt, o->temperatures.value[0]), NAN, "1/s",
                          "mean rate at which a carrier hops at the first temperature");
    for (size_t i = 0; i < o->temperatures.n && e == OK; i++)
        e = write_spectrum(run, o, file, o->temperatures.value[i], n, f, &spectra[i]);
    if (e == OK)
        e = write_arrhenius(file, o, spectra);
    if (e != OK) {
        h5_close(file);
        return e;
    }
    return h5_commit(file);
}

static Err run_eis(const StageRun *run, const void *options)
{
    const EisOptions *o = options;
    Sites sites;
    double density;
    TRY(build_graph(run, o, &sites,
                    &density)); /* every rank does the same small work; rank 0 writes */
    const Analyser analyser = {.lowest = o->lowest,
                               .highest = o->highest,
                               .per_decade = (int)o->per_decade,
                               .noise = o->noise};
    size_t n;
    double *f = impedance_frequencies(&analyser, &n);
    Spectrum *spectra = MEM_NEW(Spectrum, o->temperatures.n);
    Err e = OK;
    for (size_t i = 0; i < o->temperatures.n && e == OK; i++) {
        double t = o->temperatures.value[i];
        e = measure(run, o, &sites, density, t, i, &analyser, n, f, &spectra[i]);
        if (e == OK)
            log_info("  %g K: sigma = %.3g S/cm (model %.3g), ln error %.3f%s", t, spectra[i].sigma,
                     spectra[i].sigma_dc, spectra[i].error_ln,
                     spectra[i].peak_in_window ? "" : ", arc peak not in window");
    }
    if (e == OK && comm_is_root(run->comm))
        e = write_all(run, o, &sites, density, n, f, spectra);
    for (size_t i = 0; i < o->temperatures.n; i++) {
        free(spectra[i].truth);
        free(spectra[i].noisy);
        free(spectra[i].conductivity);
    }
    free(spectra);
    free(f);
    sites_clear(&sites);
    return comm_agree(run->comm, e);
}

const StageKind stage_eis = {
    .name = "eis",
    .help =
        "impedance and conductivity of a pellet from an assumed hop model (input, not prediction)",
    .nfields = COUNT(fields),
    .fields = fields,
    .options_size = sizeof(EisOptions),
    .check = check,
    .run = run_eis,
};
