#include "density/smeared.h"

#include "base/cubic.h"
#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

Err smeared_sigma(double spacing, double kmax, double tolerance, double *sigma)
{
    double folded = 2.0 * PI / spacing, worst = 2.0 * log(1e7); /* of k^2 sigma^2 */
    double room = folded * (folded - 2.0 * kmax), wanted = 2.0 * log(1.0 / tolerance);
    *sigma = sqrt(wanted / room);
    if (room > 0.0 && kmax * kmax * *sigma * *sigma <= worst)
        return OK;
    /* folded^2 - 2 kmax folded = kmax^2 wanted/worst */
    double least = kmax * (1.0 + sqrt(1.0 + wanted / worst));
    return err_set(ERR_INPUT, "a mesh of %g A is too coarse for Q up to %g 1/A; at most %.3f A",
                   spacing, kmax, floor(2e3 * PI / least) / 1e3);
}

/* Edges of panels: growing from the nucleus outward, then of even width. */
static size_t panels(double reach, double sigma, double **edges)
{
    double widest = fmin(0.5 * sigma, 0.05), x = 1e-3;
    size_t n = 1, room = (size_t)(reach / widest) + 64;
    double *e = MEM_NEW(double, room);
    while (x < reach) {
        e[n++] = x;
        x += fmin(0.4 * x, widest);
        CHECK(n + 1 < room, "%zu panels to %g A", n, reach);
    }
    e[n] = reach;
    *edges = e;
    return n;
}

static void take_apart(Smeared *s, const SphericalDensity *raw)
{
    static const double node[4] = {0.183434642495649805, 0.525532409916328986, 0.796666477413626740,
                                   0.960289856497536232};
    static const double share[4] = {0.362683783378361983, 0.313706645877887287,
                                    0.222381034453374471, 0.101228536290376259};
    double *edge;
    size_t n = panels(raw->reach, s->sigma, &edge);
    s->n = 8 * n;
    s->r = MEM_NEW(double, s->n);
    s->charge = MEM_NEW(double, s->n);
    for (size_t p = 0; p < n; p++)
        for (size_t k = 0; k < 8; k++) {
            double half = 0.5 * (edge[p + 1] - edge[p]), x = k < 4 ? -node[3 - k] : node[k - 4];
            double r = edge[p] + half * (1.0 + x);
            s->r[8 * p + k] = r;
            s->charge[8 * p + k] = half * (k < 4 ? share[3 - k] : share[k - 4]) * 4.0 * PI * r * r *
                                   raw->value(raw->context, r);
        }
    free(edge);
}

/* A unit charge on a shell of radius `at`, folded with the Gaussian, at r. */
static double smeared_shell(double sigma, double r, double at)
{
    double norm = 1.0 / (sigma * sqrt(2.0 * PI)), a2 = 0.5 / (sigma * sigma);
    if (r * at < 1e-4 * sigma * sigma) /* sinh(x)/x is 1 to 1e-9 there */
        return norm * exp(-a2 * (r * r + at * at)) * a2 / PI;
    double near = (r - at) * (r - at) * a2, far = (r + at) * (r + at) * a2;
    return norm * exp(-near) * -expm1(near - far) / (4.0 * PI * r * at);
}

/* Beyond 7.5 sigma a Gaussian is 6e-13 of its height. */
static const double WINGS = 7.5;

static void tabulate(Smeared *s, double reach)
{
    s->reach = reach + WINGS * s->sigma;
    s->last = (int)fmax(3.0, ceil(s->reach / 0.001));
    s->value = MEM_NEW(double, s->last + 1);
    size_t from = 0;
    for (int i = 0; i <= s->last; i++) {
        double r = s->reach * i / s->last;
        while (from < s->n && s->r[from] < r - WINGS * s->sigma)
            from++;
        for (size_t j = from; j < s->n && s->r[j] <= r + WINGS * s->sigma; j++)
            s->value[i] += s->charge[j] * smeared_shell(s->sigma, r, s->r[j]);
    }
}

void smeared_init(Smeared *s, const SphericalDensity *raw, double sigma)
{
    *s = (Smeared){.sigma = sigma};
    take_apart(s, raw);
    tabulate(s, raw->reach);
}

void smeared_init_point(Smeared *s, double charge, double sigma)
{
    *s = (Smeared){.sigma = sigma, .n = 1, .r = MEM_NEW(double, 1), .charge = MEM_NEW(double, 1)};
    s->charge[0] = charge;
    tabulate(s, 0.0);
}

void smeared_clear(Smeared *s)
{
    free(s->r);
    free(s->charge);
    free(s->value);
    memset(s, 0, sizeof *s);
}

/* The cubic through the four nearest points of the table. */
static double value_at(const void *context, double r)
{
    const Smeared *s = context;
    double place = r * s->last / s->reach;
    int from = (int)place - 1;
    from = from < 0 ? 0 : from > s->last - 3 ? s->last - 3 : from;
    const double *v = s->value + from;
    return cubic_between(v[0], v[1], v[2], v[3], place - from - 1.0);
}

SphericalDensity smeared_density(const Smeared *s)
{
    return (SphericalDensity){.value = value_at, .context = s, .reach = s->reach};
}

double smeared_form_factor(const Smeared *s, double k)
{
    double f = 0.0;
    for (size_t j = 0; j < s->n; j++) {
        double x = k * s->r[j];
        f += s->charge[j] * (x < 1e-4 ? 1.0 - x * x / 6.0 : sin(x) / x);
    }
    return f;
}

double smeared_undo(const Smeared *s, double k)
{
    return exp(0.5 * k * k * s->sigma * s->sigma);
}
