#include "app/eis_hops.h"

#include "base/mem.h"
#include "base/units.h"
#include "lattice/master.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

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
static Err read_sites(const HopModel *o, SiteClass classes[], int max, int *n)
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

static Err read_hops(const HopModel *o, HopClass hops[], int max, int *n)
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

Err eis_hops_check(const ConfigNode *stage, const HopModel *o)
{
    const struct {
        const char *key;
        bool given;
    } needed[] = {{"sites", o->sites != NULL},
                  {"hops", o->hops != NULL},
                  {"lattice_constant", !isnan(o->lattice_constant)},
                  {"carrier_site", o->carrier_site != NULL},
                  {"attempt_frequency", !isnan(o->attempt)},
                  {"carrier_fraction", !isnan(o->carrier_fraction)}};
    for (size_t i = 0; i < COUNT(needed); i++)
        if (!needed[i].given)
            return config_error(stage, needed[i].key,
                                "is needed for an assumed hop model; or name a source: 'from' "
                                "(stages) or 'conductivity' (files)");
    return OK;
}

Err eis_hops_build(const ConfigNode *stage, const HopModel *o, Sites *sites, double *density)
{
    SiteClass classes[CLASSES_MAX];
    HopClass hops[CLASSES_MAX];
    int nclass, nhop, carrier = -1;
    TRY(eis_hops_check(stage, o));
    TRY(read_sites(o, classes, CLASSES_MAX, &nclass));
    TRY(read_hops(o, hops, CLASSES_MAX, &nhop));
    for (int i = 0; i < nclass; i++)
        if (strcmp(classes[i].label, o->carrier_site) == 0)
            carrier = i;
    if (carrier < 0)
        return config_error(stage, "carrier_site", "no site is called '%s'", o->carrier_site);
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

Err eis_hops_spectrum(const Sites *sites, const HopModel *o, double density, double temperature,
                      size_t n, const double frequency[], EisSource *out)
{
    double *omega = MEM_NEW(double, n + 1);
    double _Complex *d = mem_new(n + 1, sizeof *d);
    *out = (EisSource){.n = n + 1,
                       .temperature = temperature,
                       .dc_error = NAN,
                       .carriers = density * 1e24,
                       .hop_rate = master_hop_rate(sites, o->attempt, temperature)};
    out->frequency = MEM_NEW(double, n + 1);
    out->sigma = mem_new(n + 1, sizeof *out->sigma);
    for (size_t i = 0; i < n; i++) /* descending as the analyser's; the spectrum rises */
        out->frequency[i + 1] = frequency[n - 1 - i];
    for (size_t i = 0; i <= n; i++)
        omega[i] = 2.0 * PI * out->frequency[i];
    Err e = master_diffusion(sites, o->attempt, temperature, n + 1, omega, d);
    for (size_t i = 0; i <= n && e == OK; i++)
        out->sigma[i] = master_conductivity(d[i], density, o->charge, temperature);
    out->text = mem_string("ASSUMED hop model: site energies, saddles, attempt frequency, carrier "
                           "fraction are input, not prediction");
    free(omega);
    free(d);
    if (e != OK)
        eis_source_clear(out);
    return e;
}
