#include "analysis/lineshape.h"

#include "base/mem.h"
#include "base/units.h"

#include <cerf.h>
#include <complex.h>
#include <math.h>
#include <stdlib.h>

/* Beyond this |z| the asymptotic series gives w' to 1e-14; nearer, 2i/sqrt(pi) - 2zw loses less than three digits. */
static const double FAR = 12.0;

/* |W| over g + s below which the divided difference is taken as an integral */
static const double NEAR_CRITICAL = 0.2;

static const double NODE[5] = {-0.906179845938663993, -0.538469310105683091, 0.0,
                               0.538469310105683091, 0.906179845938663993};
static const double WEIGHT[5] = {0.236926885056189088, 0.478628670499366468, 0.568888888888888889,
                                 0.478628670499366468, 0.236926885056189088};

/* A table that ends above this is closed by the tail of a Gaussian: a jump would ring through the whole spectrum. */
static const double CLOSED = 1e-7;

/* Steps of the table in units of 1/sigma at which its cubics are good to 1e-7 of a peak; finer ones are skipped. */
static const double COARSEST = 0.025;

double _Complex *lineshape_table(const Resolution *r, size_t iq, size_t *n, double *dt)
{
    double sigma = resolution_sigma(r, 0.0), step = r->dt / UNITS_HBAR_MEV_PS;
    size_t stride = (size_t)fmax(floor(COARSEST / (sigma * step)), 1.0), last = 0;
    size_t room = (r->nt + stride - 1) / stride;
    double _Complex *value = MEM_NEW(double _Complex, room);
    for (size_t k = 0; k < room; k++) {
        value[k] = resolution_in_time(r, iq, 0.0, (double)(k * stride) * r->dt);
        if (cabs(value[k]) > 1e-9) /* what is cut is 0 but for rounding */
            last = k;
    }
    *n = last + 1;
    *dt = (double)stride * step;
    double end = cabs(value[last]);
    if (last == 0 || end <= CLOSED || end >= 1.0)
        return value;
    double rate = -log(end) / ((double)last * (double)last); /* |R| = exp(-rate k^2) there */
    *n = (size_t)ceil(sqrt(-log(CLOSED) / rate)) + 1;
    value = mem_resize(value, room, *n > room ? *n : room, sizeof *value);
    for (size_t k = last + 1; k < *n; k++)
        value[k] = value[last] * exp(-rate * ((double)k * (double)k - (double)last * (double)last));
    return value;
}

/* w'(z) in the upper half plane. */
static double complex faddeeva_slope(double complex z, double complex w)
{
    if (cabs(z) < FAR)
        return 2.0 * I / sqrt(PI) - 2.0 * z * w;
    double complex u = 1.0 / (z * z), term = u, sum = 0.0; /* w = i/sqrt(pi) sum c_k z^(-2k-1) */
    for (int k = 0; k < 9; k++) {
        sum += (2.0 * k + 1.0) * term;
        term *= u * (k + 0.5);
    }
    return -I / sqrt(PI) * sum;
}

static double complex gaussian_pole(double sigma, double complex zeta, double complex *slope)
{
    double root = sigma * sqrt(2.0), norm = 1.0 / (sigma * sqrt(2.0 * PI));
    double complex z = zeta / root, w = w_of_z(z);
    if (slope != NULL)
        *slope = norm / root * faddeeva_slope(z, w);
    return norm * w;
}

/* int_0^1 u^n exp(i theta u) du for n = 0..4. */
static void moments(double complex theta, double complex m[5])
{
    double complex x = I * theta;
    if (cabs(theta) < 2.0) { /* sum x^k/(k! (n + k + 1)) */
        double complex term = 1.0;
        for (int n = 0; n < 5; n++)
            m[n] = 0.0;
        for (int k = 0; k < 24; k++) {
            for (int n = 0; n < 5; n++)
                m[n] += term / (n + k + 1.0);
            term *= x / (k + 1.0);
        }
        return;
    }
    double complex e = cexp(x);
    m[0] = (e - 1.0) / x;
    for (int n = 1; n < 5; n++)
        m[n] = (e - n * m[n - 1]) / x;
}

/* sum_k>=2 value q^(k-2) and its derivative by q, as far as |q|^k counts. Real arithmetic: C's complex product looks for NaN. */
static void horner(const Lineshape *l, double complex theta, double complex q, double complex *sum,
                   double complex *derivative)
{
    double reach = 45.0 / fmax(cimag(theta), 1e-9), a = creal(q), b = cimag(q);
    double sr = 0.0, si = 0.0, dr = 0.0, di = 0.0;
    size_t n = reach < (double)l->n ? (size_t)reach + 3 : l->n;
    for (size_t k = n < l->n ? n : l->n; k-- > 2;) {
        double r = dr * a - di * b + sr;
        di = dr * b + di * a + si, dr = r;
        r = sr * a - si * b + creal(l->value[k]);
        si = sr * b + si * a + cimag(l->value[k]), sr = r;
    }
    *sum = CMPLX(sr, si);
    *derivative = CMPLX(dr, di);
}

/* Each step is a cubic through the two values at its ends and their neighbours, times exp(i theta u):
 * sum_j b_j(theta) sum_k q^k R_(k+j), j = -1..2, with b_j from the moments. */
static double complex table_pole(const Lineshape *l, double complex zeta, double complex *slope)
{
    static const double basis[4][4] = {{0.0, -1.0 / 3.0, 0.5, -1.0 / 6.0},
                                       {1.0, -0.5, -1.0, 0.5},
                                       {0.0, 1.0, 0.5, -0.5},
                                       {0.0, -1.0 / 6.0, 0.0, 1.0 / 6.0}}; /* powers of u */
    double complex theta = zeta * l->dt, q = cexp(I * theta), s[4] = {0.0}, d[4] = {0.0}, m[5];
    horner(l, theta, q, &s[3], &d[3]);
    const double complex *v = l->value;
    const double complex first[3] = {l->n > 1 ? conj(v[1]) : 0.0, v[0], l->n > 1 ? v[1] : 0.0};
    for (int j = 2; j >= 0; j--) {
        d[j] = d[j + 1] * q + s[j + 1];
        s[j] = s[j + 1] * q + first[j];
    }
    moments(theta, m);
    double complex sum = 0.0, by_theta = 0.0;
    for (int j = 0; j < 4; j++) {
        double complex b = 0.0, db = 0.0;
        for (int n = 0; n < 4; n++)
            b += basis[j][n] * m[n], db += basis[j][n] * I * m[n + 1];
        sum += b * s[j];
        by_theta += db * s[j] + b * d[j] * I * q;
    }
    if (slope != NULL)
        *slope = l->dt * l->dt / PI * by_theta;
    return l->dt / PI * sum;
}

double _Complex lineshape_pole(const Lineshape *l, double _Complex zeta, double _Complex *slope)
{
    if (l->n == 0)
        return gaussian_pole(l->sigma, zeta, slope);
    double f = l->stretch;
    double complex k = table_pole(l, zeta / f, slope);
    if (slope != NULL)
        *slope /= f * f;
    return k / f;
}

double lineshape_resolution(const Lineshape *l, double e)
{
    if (l->n > 0)
        return creal(lineshape_pole(l, e, NULL));
    double x = e / l->sigma;
    return exp(-0.5 * x * x) / (l->sigma * sqrt(2.0 * PI));
}

double lineshape_lorentz(const Lineshape *l, double e, double gamma, double *dgamma)
{
    double complex slope, k = lineshape_pole(l, CMPLX(e, gamma), dgamma ? &slope : NULL);
    if (dgamma != NULL)
        *dgamma = -cimag(slope); /* Re(i K') */
    return creal(k);
}

/* The oscillator near critical damping; nothing is divided by W. */
static double near_critical(const Lineshape *l, double e, double e0, double g)
{
    double complex a = CMPLX(e, g), w = csqrt(CMPLX(e0 * e0 - g * g, 0.0)), mean = 0.0, slope;
    for (int k = 0; k < 5; k++) {
        (void)lineshape_pole(l, a + w * NODE[k], &slope);
        mean += 0.5 * WEIGHT[k] * slope;
    }
    double complex both = lineshape_pole(l, a + w, NULL) + lineshape_pole(l, a - w, NULL);
    return creal(0.5 * both - I * g * mean);
}

/* Weights of the two poles are (1 -+ i g/W)/2. Overdamped, W = i v: (1 -+ g/v)/2 and poles g +- v, written without differences. */
static double far_from_critical(const Lineshape *l, double e, double e0, double g, double *de0,
                                double *dg)
{
    double square = e0 * e0 - g * g;
    double complex w, near, far, plus, minus; /* near: a - W */
    if (square > 0.0) {
        w = sqrt(square);
        near = CMPLX(e - sqrt(square), g), far = CMPLX(e + sqrt(square), g);
        plus = CMPLX(0.5, -0.5 * g / sqrt(square)), minus = conj(plus);
    } else {
        double v = sqrt(-square);
        w = I * v;
        near = CMPLX(e, e0 * e0 / (g + v)), far = CMPLX(e, g + v);
        plus = -0.5 * e0 * e0 / (v * (v + g)), minus = 0.5 * (1.0 + g / v);
    }
    double complex sf, sn, kf = lineshape_pole(l, far, &sf), kn = lineshape_pole(l, near, &sn);
    if (de0 != NULL) {
        double complex d0 = (kf - kn) / (2.0 * w), d1 = (sf - sn) / (2.0 * w);
        double complex by_g = 0.5 * I * (sf + sn) - I * d0 + g * d1; /* at fixed W */
        double complex by_square = 0.5 * d1 - I * g * (0.5 * (sf + sn) - d0) / (2.0 * w * w);
        *dg = creal(by_g - 2.0 * g * by_square);
        *de0 = creal(2.0 * e0 * by_square);
    }
    return creal(plus * kf + minus * kn);
}

double lineshape_oscillator(const Lineshape *l, double e, double e0, double g, double *de0,
                            double *dg)
{
    if (sqrt(fabs(e0 * e0 - g * g)) > NEAR_CRITICAL * (g + l->sigma))
        return far_from_critical(l, e, e0, g, de0, dg);
    if (de0 != NULL) {
        double h = 1e-4 * e0, k = 1e-4 * g;
        *de0 = (near_critical(l, e, e0 + h, g) - near_critical(l, e, e0 - h, g)) / (2.0 * h);
        *dg = (near_critical(l, e, e0, g + k) - near_critical(l, e, e0, g - k)) / (2.0 * k);
    }
    return near_critical(l, e, e0, g);
}

double lineshape_balance(double e, double kelvin)
{
    if (kelvin <= 0)
        return 1.0;
    double x = e / (UNITS_KB_MEV * kelvin);
    return fabs(x) < 1e-8 ? 1.0 + 0.5 * x : x / -expm1(-x);
}

size_t lineshape_bin(double bin, double scale, double offset[LINESHAPE_NODES],
                     double weight[LINESHAPE_NODES])
{
    static const double node2[2] = {-0.577350269189625765, 0.577350269189625765};
    static const double weight2[2] = {1.0, 1.0};
    static const double node3[3] = {-0.774596669241483377, 0.0, 0.774596669241483377};
    static const double weight3[3] = {0.555555555555555556, 0.888888888888888889,
                                      0.555555555555555556};
    double a = bin / scale;
    if (!(a > 1e-3)) {
        offset[0] = 0.0, weight[0] = 1.0;
        return 1;
    }
    /* errors of n points in a piece of a standard deviations: 7e-4 a^4 for 2, 7e-6 a^6 for 3, 4e-10 a^10 for 5 */
    size_t points = a < 0.15 ? 2 : a < 0.6 ? 3 : 5;
    size_t pieces = (size_t)fmin(fmax(ceil(a / 1.5), 1.0), LINESHAPE_NODES / 5), at = 0;
    const double *x = points == 2 ? node2 : points == 3 ? node3 : NODE;
    const double *w = points == 2 ? weight2 : points == 3 ? weight3 : WEIGHT;
    for (size_t p = 0; p < pieces; p++)
        for (size_t k = 0; k < points; k++, at++) {
            double width = bin / (double)pieces;
            offset[at] = -0.5 * bin + width * ((double)p + 0.5 * (1.0 + x[k]));
            weight[at] = 0.5 * w[k] / (double)pieces;
        }
    return at;
}
