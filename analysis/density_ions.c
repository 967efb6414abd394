#include "analysis/density_ions.h"

#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The densities are cut off where less than this many electrons lie outside. */
static const double TAIL = 1e-5;

enum { MG2, B0, B1, H0, H1, IONS };
static const char *const names[IONS] = {"Mg2+", "B", "B+", "H", "H-"};

/* One or two densities in parts. */
typedef struct Mixture {
    const RadialKs *ion[2];
    double part[2];
} Mixture;

static double mixed(const void *context, double r)
{
    const Mixture *m = context;
    double sum = 0.0, slope, per_a3 = pow(UNITS_BOHR, -3.0);
    for (int i = 0; i < 2; i++)
        if (m->part[i] != 0.0)
            sum += m->part[i] * per_a3 * radial_ks_density(m->ion[i], r / UNITS_BOHR, &slope);
    return sum;
}

/* Radius [A] outside which there are TAIL electrons. */
static double reach_of(const RadialKs *k)
{
    double outside = 0.0;
    size_t i = k->n - 1;
    for (; i > 0 && outside < TAIL; i--)
        outside += 4.0 * PI * k->h * k->rho[0][i] * k->r[i] * k->r[i] * k->r[i];
    return k->r[i] * UNITS_BOHR;
}

/* What a species is made of; ERR_INPUT if not known. */
static Err mixture_of(const Species *s, const RadialKs ion[IONS], double q, Mixture *m)
{
    if (strcmp(s->element, "Mg") == 0)
        *m = (Mixture){.ion = {&ion[MG2]}, .part = {1.0, 0.0}};
    else if (strcmp(s->element, "B") == 0)
        *m = (Mixture){.ion = {&ion[B0], &ion[B1]}, .part = {2.0 + 4.0 * q, -1.0 - 4.0 * q}};
    else if (strcmp(s->element, "H") == 0)
        *m = (Mixture){.ion = {&ion[H0], &ion[H1]}, .part = {1.0 + q, -q}};
    else
        return err_set(ERR_INPUT, "no ion density for %s; known: Mg, B, H", s->element);
    return OK;
}

static Err smear_all(const Sample *sample, const RadialKs ion[IONS], double smear, DensityIons *d)
{
    for (int a = 0; a < sample->nspecies; a++) {
        Mixture m;
        TRY(mixture_of(sample->species[a], ion, d->hydrogen_charge, &m));
        double reach = 0.0;
        for (int i = 0; i < 2; i++)
            if (m.part[i] != 0.0)
                reach = fmax(reach, reach_of(m.ion[i]));
        smeared_init(&d->density[a], &(SphericalDensity){mixed, &m, reach}, smear);
        d->nspecies = a + 1;
    }
    return OK;
}

static Err solve_all(const char *functional, double watson_radius, RadialKs ion[IONS])
{
    for (int i = 0; i < IONS; i++) {
        RadialIon what;
        TRY(radial_ks_ion(names[i], false, &what));
        if (i == H1) {
            what.watson_charge = 1.0;
            what.watson_radius = watson_radius / UNITS_BOHR;
        }
        TRY(radial_ks_solve(&what, functional, &ion[i]));
    }
    return OK;
}

Err density_ions_new(const Sample *sample, const char *functional, double watson_radius,
                     size_t ncharge, const double hydrogen_charge[], double smear,
                     DensityIons out[])
{
    RadialKs ion[IONS] = {0};
    memset(out, 0, ncharge * sizeof *out);
    Err e = OK;
    for (size_t c = 0; c < ncharge && e == OK; c++)
        if (!(hydrogen_charge[c] >= -0.5 && hydrogen_charge[c] <= -0.25))
            e = err_set(ERR_INPUT, "hydrogen_charge: %g is not from -0.5 to -0.25",
                        hydrogen_charge[c]);
    if (e == OK)
        e = solve_all(functional, watson_radius, ion);
    for (size_t c = 0; c < ncharge && e == OK; c++) {
        out[c].functional = mem_string(functional);
        out[c].hydrogen_charge = hydrogen_charge[c];
        e = smear_all(sample, ion, smear, &out[c]);
    }
    for (int i = 0; i < IONS; i++)
        radial_ks_clear(&ion[i]);
    for (size_t c = 0; c < ncharge && e != OK; c++)
        density_ions_clear(&out[c]);
    return e;
}

void density_ions_clear(DensityIons *d)
{
    for (int a = 0; a < d->nspecies; a++)
        smeared_clear(&d->density[a]);
    free(d->functional);
    memset(d, 0, sizeof *d);
}

DensitySet density_ions_set(const DensityIons *d)
{
    DensitySet set = {0};
    for (int a = 0; a < d->nspecies; a++)
        set.of[a] = &d->density[a];
    return set;
}
