#include "density/frozen_ion.h"

#include "base/units.h"

#include <gsl/gsl_integration.h>
#include <math.h>
#include <string.h>

enum { SHELL_POINTS = 32 };

static double radial_density(const void *context, double r, double *slope)
{
    return radial_ks_density(context, r, slope);
}

/* Four-point interpolation in log r; beyond the grid the electrons are a point, before it the potential is flat. */
static double radial_hartree(const void *context, double r)
{
    const RadialKs *k = context;
    if (r >= k->r[k->n - 1])
        return k->electrons / r;
    if (r <= k->r[1])
        return k->hartree[0];
    double at = log(r / k->r[0]) / k->h;
    size_t i = (size_t)fmin(fmax(floor(at), 1.0), (double)(k->n - 3));
    double t = at - (double)i;
    const double *v = &k->hartree[i];
    return -v[-1] * t * (t - 1.0) * (t - 2.0) / 6.0 +
           v[0] * (t + 1.0) * (t - 1.0) * (t - 2.0) / 2.0 - v[1] * (t + 1.0) * t * (t - 2.0) / 2.0 +
           v[2] * (t + 1.0) * t * (t - 1.0) / 6.0;
}

/* Where 4 pi int rho r^2 dr, summed from outside, passes 1e-9. */
static double reach_of(const RadialKs *k)
{
    double outside = 0.0;
    size_t i = k->n - 1;
    while (i > 0 && outside < 1e-9) {
        double r = k->r[i], rho = k->rho[0][i] + (k->rho[1] != NULL ? k->rho[1][i] : 0.0);
        outside += 4.0 * PI * rho * r * r * r * k->h;
        i--;
    }
    return k->r[i];
}

FrozenIon frozen_ion_new(const RadialIon *ion, const RadialKs *solution)
{
    FrozenIon f = {.z = ion->z,
                   .shell_charge = ion->shell_charge,
                   .shell_radius = ion->shell_radius,
                   .electrons = solution->electrons,
                   .reach = reach_of(solution),
                   .density = radial_density,
                   .hartree = radial_hartree,
                   .context = solution};
    memcpy(f.name, ion->name, sizeof f.name);
    return f;
}

double frozen_ion_charge(const FrozenIon *ion)
{
    return ion->z + ion->shell_charge - ion->electrons;
}

double frozen_ion_shell_less_potential(const FrozenIon *ion, double r)
{
    return ion->z / r - ion->hartree(ion->context, r);
}

double frozen_ion_potential(const FrozenIon *ion, double r)
{
    double shell = ion->shell_charge > 0.0 ? ion->shell_charge / fmax(r, ion->shell_radius) : 0.0;
    return shell + frozen_ion_shell_less_potential(ion, r);
}

static double hartree(const FrozenIon *ion, double r)
{
    return ion->hartree(ion->context, r);
}

static double mean(const FrozenIon *ion, double (*of)(const FrozenIon *, double), double r,
                   double radius)
{
    gsl_integration_glfixed_table *rule = gsl_integration_glfixed_table_alloc(SHELL_POINTS);
    double sum = 0.0;
    for (size_t i = 0; i < SHELL_POINTS; i++) {
        double cosine, weight;
        gsl_integration_glfixed_point(-1.0, 1.0, i, &cosine, &weight, rule);
        sum += 0.5 * weight * of(ion, sqrt(r * r + radius * radius - 2.0 * r * radius * cosine));
    }
    gsl_integration_glfixed_table_free(rule);
    return sum;
}

double frozen_ion_mean_potential(const FrozenIon *ion, double r, double radius)
{
    return mean(ion, frozen_ion_potential, r, radius);
}

double frozen_ion_mean_hartree(const FrozenIon *ion, double r, double radius)
{
    return mean(ion, hartree, r, radius);
}
