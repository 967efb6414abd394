#include "analysis/transport.h"

#include "base/units.h"

#include <math.h>

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

double transport_slope(size_t n, const double t[], const double y[], const double window[2])
{
    size_t a = 0, b = n - 1;
    while (a + 2 < n && t[a] < window[0] * (1.0 - 1e-9))
        a++;
    while (b > a + 1 && t[b] > window[1] * (1.0 + 1e-9))
        b--;
    double points = (double)(b - a + 1), mt = 0.0, my = 0.0, tt = 0.0, ty = 0.0;
    for (size_t k = a; k <= b; k++)
        mt += t[k] / points, my += y[k] / points;
    for (size_t k = a; k <= b; k++)
        tt += (t[k] - mt) * (t[k] - mt), ty += (t[k] - mt) * (y[k] - my);
    return ty / tt;
}

double transport_conductivity(double slope, double volume, double temperature)
{
    return UNITS_S_CM * slope / (6.0 * volume * UNITS_KB * temperature);
}

Estimate transport_ratio(size_t n, const double a[], const double b[], double mean_a, double mean_b)
{
    double ratio = mean_a / mean_b, sum = 0.0, own_a = blocks_mean(n, a).mean,
           own_b = blocks_mean(n, b).mean;
    for (size_t i = 0; i < n; i++) {
        double d = (a[i] - own_a - ratio * (b[i] - own_b)) / mean_b;
        sum += d * d;
    }
    double count = (double)n;
    return (Estimate){ratio, n > 1 ? sqrt(sum / (count * (count - 1.0))) : NAN};
}

double transport_bound(Estimate e)
{
    return fabs(e.mean) + 2.0 * e.error;
}
