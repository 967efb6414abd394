#include "analysis/transport.h"

#include "base/log.h"
#include "base/units.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>

/* Below, a fit of a spectrum cannot tell a plateau from a slow fall. */
static const double fewest_windows = 8.0;

double transport_square(const double x[], size_t from, size_t to, size_t lag, size_t stride)
{
    double sum = 0.0;
    size_t n = 0;
    for (size_t k = from; k + lag < to; k += stride, n++)
        sum += (x[k + lag] - x[k]) * (x[k + lag] - x[k]);
    return n > 0 ? sum / (double)n : NAN;
}

double transport_product(const double x[], size_t from, size_t to, size_t lag, size_t stride)
{
    double sum = 0.0;
    size_t n = 0;
    for (size_t k = from; k + lag < to; k += stride, n++)
        sum += x[k + lag] * x[k];
    return n > 0 ? sum / (double)n : NAN;
}

double transport_conductivity(double slope, double volume, double temperature)
{
    return UNITS_S_CM * slope / (6.0 * volume * UNITS_KB * temperature);
}

/* Upper end of the two-sided 95 % interval of a chi-squared variance of 2/relative^2 degrees of freedom. */
static double upper(double value, double relative)
{
    double degrees = 2.0 / (relative * relative);
    if (!(degrees > 0.01))
        return INFINITY;
    if (degrees > 1e6)
        return value * (1.0 + 1.96 * relative);
    return value * degrees / gsl_cdf_chisq_Pinv(0.025, degrees);
}

Transport transport_judge(double value, double relative, double windows, bool plateau, double most)
{
    Transport t = {.value = {NAN, NAN}, .windows = windows};
    if (value == 0.0) {
        t.value = (Estimate){0.0, 0.0};
        snprintf(t.status, sizeof t.status, "nothing moved");
        return t;
    }
    t.bound = upper(value, relative);
    double needed = fmax(fewest_windows, windows * pow(relative / most, 2.0));
    if (isnan(value))
        snprintf(t.status, sizeof t.status, "not converged: too few frames");
    else if (!plateau)
        snprintf(t.status, sizeof t.status,
                 "not converged: no long-time limit within the run: a much longer one is needed");
    else if (relative <= most && windows >= fewest_windows) {
        t.value = (Estimate){value, value * relative};
        snprintf(t.status, sizeof t.status, "converged: %.0f independent windows", windows);
    } else
        snprintf(t.status, sizeof t.status,
                 "not converged: %.1f independent windows, %.0f needed: a run at least %.1f times "
                 "longer",
                 windows, ceil(needed), needed / windows);
    return t;
}

void transport_tell(const char *what, const char *unit, const Transport *t)
{
    if (isnan(t->value.mean))
        log_info("%s: below %.3g %s; %s", what, t->bound, unit, t->status);
    else
        log_info("%s: %.4g +- %.2g %s; %s", what, t->value.mean, t->value.error, unit, t->status);
}
