#include "density/form_factor.h"

#include "base/cubic.h"
#include "base/mem.h"
#include "base/units.h"
#include "store/config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const form_factor_ensemble[FORM_FACTOR_ENSEMBLE] = {
    FORM_FACTOR_FUNCTIONAL, "lda_x+lda_c_vwn", "gga_x_pbe_sol+gga_c_pbe_sol",
    "gga_x_b88+gga_c_lyp"};

static const struct Entry {
    const char *name, *ion, *reference, *help;
    double electrons;     /* 0: those of the ion */
    double watson_radius; /* [A]; 0: takes no sphere */
} table[] = {
    {"Mg", "Mg", "Mg", "neutral atom", 0, 0},
    {"Mg+", "Mg+", "", "ion", 0, 0},
    {"Mg2+", "Mg2+", "Mg2+", "ion, 1s2 2s2 2p6", 0, 0},
    {"B", "B", "B", "neutral atom, spherical", 0, 0},
    {"B+", "B+", "", "ion", 0, 0},
    {"H", "H", "H", "neutral atom, exact: one electron does not feel itself", 0, 0},
    {"H-", "H-", "H1-", "hydride in a Watson sphere: the ionic limit (the reference is free)", 0,
     0.6651},
    {"H_BH4", "H", "H", "H as bound in BH4-, 1.25 electrons in a Watson sphere", 1.25, 0.741},
    {"BH4-", "BH4-", "", "the whole ion on one centre, protons on a shell, in a Watson sphere", 0,
     1.4075},
};

enum { KNOWN = sizeof table / sizeof table[0] };

static const struct Entry *find(const char *name)
{
    for (size_t i = 0; i < KNOWN; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}

const char *form_factor_known(void)
{
    return "Mg, Mg+, Mg2+, B, B+, H, H-, H_BH4, BH4-";
}

const char *form_factor_help(const char *name)
{
    const struct Entry *e = find(name);
    return e != NULL ? e->help : NULL;
}

static Err unknown_name(const char *name)
{
    const char *names[KNOWN];
    for (size_t i = 0; i < KNOWN; i++)
        names[i] = table[i].name;
    const char *near = config_nearest(name, KNOWN, names);
    return err_set(ERR_INPUT, "form factor '%s' is not known%s%s%s; known: %s", name,
                   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "",
                   form_factor_known());
}

static Err find_ion(const struct Entry *entry, double watson_radius, RadialIon *ion)
{
    if (watson_radius != 0 && !isinf(watson_radius) && entry->watson_radius == 0)
        return err_set(ERR_INPUT, "form factor '%s' takes no Watson sphere", entry->name);
    if (watson_radius < 0 || isnan(watson_radius))
        return err_set(ERR_INPUT, "form factor '%s': the radius of the sphere must be positive",
                       entry->name);
    TRY(radial_ks_ion(entry->ion, false, ion));
    if (entry->electrons > 0)
        ion->orbital[0].f[0] = entry->electrons;
    ion->alone = ion->norbital == 1 && ion->orbital[0].f[0] <= 1;
    if (entry->watson_radius > 0 && !isinf(watson_radius)) {
        ion->watson_charge = 1;
        ion->watson_radius =
            (watson_radius > 0 ? watson_radius : entry->watson_radius) / UNITS_BOHR;
    }
    return OK;
}

Err form_factor_new(const char *name, const char *functional, double watson_radius,
                    FormFactorTable *out)
{
    const struct Entry *entry = find(name);
    RadialIon ion;
    *out = (FormFactorTable){0};
    if (entry == NULL)
        return unknown_name(name);
    TRY(find_ion(entry, watson_radius, &ion));
    if (functional == NULL)
        functional = FORM_FACTOR_FUNCTIONAL;
    TRY(radial_ks_solve(&ion, functional, &out->density));
    snprintf(out->name, sizeof out->name, "%s", name);
    snprintf(out->functional, sizeof out->functional, "%s", functional);
    snprintf(out->reference, sizeof out->reference, "%s", entry->reference);
    out->electrons = out->density.electrons;
    out->watson_radius = ion.watson_charge != 0 ? ion.watson_radius * UNITS_BOHR : 0;
    out->f = MEM_NEW(double, FORM_FACTOR_POINTS);
    for (int i = 0; i < FORM_FACTOR_POINTS; i++)
        out->f[i] = radial_ks_form_factor(&out->density, FORM_FACTOR_STEP * i);
    return OK;
}

void form_factor_clear(FormFactorTable *t)
{
    radial_ks_clear(&t->density);
    free(t->f);
    *t = (FormFactorTable){0};
}

double form_factor_at(const FormFactorTable *t, double q)
{
    double x = q / FORM_FACTOR_STEP;
    if (!(x < FORM_FACTOR_POINTS - 2))
        return radial_ks_form_factor(&t->density, q);
    int i = (int)x;
    const double *f = t->f;
    return cubic_between(f[i > 0 ? i - 1 : 1], f[i], f[i + 1], f[i + 2],
                         x - i); /* f is even in Q */
}

double form_factor_watson_radius(double volts)
{
    return UNITS_COULOMB / volts;
}
