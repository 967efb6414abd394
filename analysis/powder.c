#include "analysis/powder.h"

#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double RADIAN = PI / 180.0, FWHM_PER_SIGMA = 2.3548200450309493;

/* [1/A] */
static double q_of(const PowderOptions *o, double angle)
{
    return 4.0 * PI / o->wavelength * sin(0.5 * angle * RADIAN);
}

static double angle_of(const PowderOptions *o, double q)
{
    return 2.0 * asin(fmin(1.0, q * o->wavelength / (4.0 * PI))) / RADIAN;
}

static double polarisation(const PowderOptions *o, double angle)
{
    double c = cos(angle * RADIAN);
    return o->polarisation + (1.0 - o->polarisation) * c * c;
}

/* [degrees] */
static double fwhm(const PowderOptions *o, double angle)
{
    double half = 0.5 * angle * RADIAN, t = tan(half);
    if (o->qwidth > 0)
        return FWHM_PER_SIGMA * o->qwidth * o->wavelength / (2.0 * PI * cos(half)) / RADIAN;
    return sqrt(o->u * t * t + o->v * t + o->w);
}

Err powder_check(const PowderOptions *o)
{
    if (!(o->low > 0) || !(o->high > o->low) || o->high >= 180 || !(o->step > 0) ||
        (o->high - o->low) / o->step > 1e6)
        return err_set(
            ERR_INPUT,
            "powder: 2 theta from %g to %g in steps of %g degrees; needs 0 < low < high < "
            "180 and at most 1e6 points",
            o->low, o->high, o->step);
    if (!(o->wavelength > 0))
        return err_set(ERR_INPUT, "powder: wavelength %g A", o->wavelength);
    for (double angle = o->low; o->qwidth <= 0 && angle <= o->high;
         angle += 0.01 * (o->high - o->low))
        if (!(fwhm(o, angle) > 0))
            return err_set(ERR_INPUT, "powder: U tan^2 + V tan + W is not positive at %.2f degrees",
                           angle);
    return OK;
}

size_t powder_points(const PowderOptions *o)
{
    return (size_t)((o->high - o->low) / o->step + 1e-9) + 1;
}

void powder_angles(const PowderOptions *o, double angle[])
{
    for (size_t k = 0; k < powder_points(o); k++)
        angle[k] = o->low + (double)k * o->step;
}

/* exp(2 pi i m s) of each atom for m = 0..most: [n][most + 1][2]; free(). */
static double (*phases(const PowderCrystal *c, int axis, int most))[2]
{
    double(*out)[2] = mem_new((size_t)c->n * (size_t)(most + 1), sizeof *out);
    for (int64_t i = 0; i < c->n; i++)
        for (int m = 0; m <= most; m++) {
            double angle = 2.0 * PI * remainder(m * c->s[i][axis], 1.0);
            out[i * (most + 1) + m][0] = cos(angle);
            out[i * (most + 1) + m][1] = sin(angle);
        }
    return out;
}

typedef struct Lattice {
    const PowderCrystal *c;
    int most[3];
    double (*e[3])[2];
    XrayWeights w;
} Lattice;

/* |F|^2 of one reflection. */
static double structure_factor(const Lattice *l, const int m[3], double q)
{
    const PowderCrystal *c = l->c;
    const Species *last = NULL;
    double re = 0, im = 0, f[2] = {0};
    for (int64_t i = 0; i < c->n; i++) {
        double p[2] = {1.0, 0.0};
        for (int a = 0; a < 3; a++) {
            const double *e = l->e[a][i * (l->most[a] + 1) + abs(m[a])];
            double sine = m[a] < 0 ? -e[1] : e[1], t = p[0] * e[0] - p[1] * sine;
            p[1] = p[0] * sine + p[1] * e[0];
            p[0] = t;
        }
        if (c->species[i] != last)
            xray_amplitude(l->w, NULL, last = c->species[i], q, f);
        double still = exp(-0.5 * q * q * c->u_iso[i]);
        re += still * (f[0] * p[0] - f[1] * p[1]);
        im += still * (f[0] * p[1] + f[1] * p[0]);
    }
    return re * re + im * im;
}

typedef struct Wave {
    double q;
    int index[3];
} Wave;

static int by_q(const void *a, const void *b)
{
    const Wave *u = a, *v = b;
    if (u->q != v->q)
        return u->q < v->q ? -1 : 1;
    for (int k = 0; k < 3; k++)
        if (u->index[k] != v->index[k])
            return u->index[k] > v->index[k] ? -1 : 1;
    return 0;
}

/* One of each pair G, -G below qmax, rising Q. */
static Wave *waves_below(const Lattice *l, double qmax, size_t *count)
{
    double volume = l->c->cell.volume;
    size_t room = (size_t)(volume * qmax * qmax * qmax / (6.0 * PI * PI)) + 1000;
    Wave *out = MEM_NEW(Wave, room);
    *count = 0;
    for (int h = 0; h <= l->most[0]; h++)
        for (int k = h > 0 ? -l->most[1] : 0; k <= l->most[1]; k++)
            for (int m = h > 0 || k > 0 ? -l->most[2] : 1; m <= l->most[2]; m++) {
                double index[3] = {h, k, m}, g[3];
                mat_times_vec(l->c->cell.inv, index, g);
                Wave wave = {.q = 2.0 * PI * vec_norm(g), .index = {h, k, m}};
                if (wave.q > qmax)
                    continue;
                if (*count == room)
                    out = mem_resize(out, room, 2 * room, sizeof *out), room *= 2;
                out[(*count)++] = wave;
            }
    qsort(out, *count, sizeof *out, by_q);
    return out;
}

/* The name of a line: in a cubic cell sorted by size without signs. */
static void name_line(const Cell *cell, const int index[3], int out[3])
{
    double length[3], angle[3];
    cell_lengths(cell, length, angle);
    memcpy(out, index, 3 * sizeof *out);
    for (int a = 0; a < 3; a++)
        if (fabs(length[a] - length[0]) > 1e-6 * length[0] || fabs(angle[a] - 90.0) > 1e-6)
            return;
    for (int a = 0; a < 3; a++)
        out[a] = abs(index[a]);
    for (int a = 0; a < 2; a++)
        for (int b = a + 1; b < 3; b++)
            if (out[b] > out[a]) {
                int swap = out[a];
                out[a] = out[b];
                out[b] = swap;
            }
}

static void close_line(const PowderOptions *o, const PowderCrystal *c, PowderLine *line)
{
    double half, sum = line->f2;
    line->f2 = line->multiplicity > 0 ? sum / line->multiplicity : 0.0;
    line->angle = angle_of(o, line->q);
    half = 0.5 * line->angle * RADIAN;
    line->area = 2.0 * PI * PI / ((double)c->n * c->cell.volume) * sum / (line->q * line->q);
    line->intensity =
        line->area * polarisation(o, line->angle) * o->wavelength / (2.0 * PI * cos(half)) / RADIAN;
}

Err powder_lines(const PowderOptions *o, const PowderCrystal *c, XrayWeights w, size_t *n,
                 PowderLine **lines)
{
    Lattice l = {.c = c, .w = w};
    size_t nwave;
    double qmax = q_of(o, o->high), electrons = 0.0, expected = 1000.0;
    TRY(powder_check(o));
    expected = c->cell.volume * qmax * qmax * qmax / (12.0 * PI * PI) * (double)c->n;
    if (expected > 5e9)
        return err_set(
            ERR_INPUT,
            "powder: %.1e reflections times atoms (5e9 are the limit): give the unit cell "
            "as a structure, or a smaller range",
            expected);
    for (int a = 0; a < 3; a++) {
        l.most[a] = (int)floor(qmax * vec_norm(c->cell.h[a]) / (2.0 * PI));
        l.e[a] = phases(c, a, l.most[a]);
    }
    for (int64_t i = 0; i < c->n; i++)
        electrons += c->species[i]->z;
    Wave *wave = waves_below(&l, qmax, &nwave);
    PowderLine *out = MEM_NEW(PowderLine, nwave + 1);
    *n = 0;
    for (size_t k = 0; k < nwave;) {
        PowderLine line = {.q = wave[k].q};
        for (; k < nwave && wave[k].q < line.q * (1.0 + 1e-6); k++) {
            double f2 = structure_factor(&l, wave[k].index, wave[k].q);
            if (f2 < 1e-12 * electrons * electrons)
                continue;
            if (line.multiplicity == 0)
                name_line(&c->cell, wave[k].index, line.index);
            line.multiplicity += 2;
            line.f2 += 2.0 * f2;
        }
        if (line.multiplicity == 0)
            continue;
        close_line(o, c, &line);
        out[(*n)++] = line;
    }
    for (int a = 0; a < 3; a++)
        free(l.e[a]);
    free(wave);
    *lines = out;
    return OK;
}

void powder_pattern(const PowderOptions *o, size_t n, const PowderLine lines[], double y[])
{
    size_t points = powder_points(o);
    memset(y, 0, points * sizeof *y);
    for (size_t i = 0; i < n; i++) {
        double width = fwhm(o, lines[i].angle), eta = o->qwidth > 0 ? 0.0 : o->eta;
        double gauss = 2.0 * sqrt(log(2.0) / PI) / width, lorentz = 2.0 / (PI * width);
        double reach = eta > 0 ? o->high : 6.0 * width;
        for (size_t k = 0; k < points; k++) {
            double x = 2.0 * (o->low + (double)k * o->step - lines[i].angle) / width;
            if (fabs(x * width) > 2.0 * reach)
                continue;
            y[k] += lines[i].intensity *
                    ((1.0 - eta) * gauss * exp(-log(2.0) * x * x) + eta * lorentz / (1.0 + x * x));
        }
    }
}

void powder_debye(const PowderOptions *o, const Gr *g, XrayWeights w, const XrayForms *forms,
                  double y[])
{
    size_t points = powder_points(o);
    double *q = MEM_NEW(double, points), *angle = MEM_NEW(double, points);
    double *rows = MEM_NEW(double, g->nblock *points), *s = MEM_NEW(double, points);
    double middle = 0.5 * (o->low + o->high);
    /* the width of the profile in Q, at the middle of the range */
    double per_degree = 2.0 * PI / o->wavelength * cos(0.5 * middle * RADIAN) * RADIAN;
    XrayBroadening extra = {.qdamp = o->qwidth > 0 ? o->qwidth
                                                   : fwhm(o, middle) * per_degree / FWHM_PER_SIGMA};
    XrayPartials partials;
    powder_angles(o, angle);
    for (size_t k = 0; k < points; k++)
        q[k] = q_of(o, angle[k]);
    xray_partials(g, extra, points, q, &partials);
    xray_total_of(&partials, w, forms, rows);
    gr_block_mean(g, points, rows, s, NULL);
    for (size_t k = 0; k < points; k++) {
        double squared_mean, mean_square;
        xray_means(g, w, forms, q[k], &squared_mean, &mean_square);
        y[k] = polarisation(o, angle[k]) * (mean_square + squared_mean * (s[k] - 1.0));
    }
    xray_partials_clear(&partials);
    free(q);
    free(angle);
    free(rows);
    free(s);
}
