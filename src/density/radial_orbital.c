#include "density/radial_orbital.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

enum { STEPS = 200 };

/* ---- the equation ---- */

typedef struct Numerov {
    const RadialGrid *grid;
    const double *v;
    double z;
    int l;
    double *g, *y;     /* [n] */
    size_t match, end; /* turning point; y is 0 from `end` on */
    int nodes;         /* of the outward and the inward part */
    double correction; /* Cooley's, hartree */
} Numerov;

/* g(E), the outer turning point, and where the tail has fallen by exp(-44). */
static void prepare(Numerov *s, double e)
{
    const RadialGrid *grid = s->grid;
    double ll = (s->l + 0.5) * (s->l + 0.5), decay = 0;
    size_t last = 0;
    for (size_t i = 0; i < grid->n; i++) {
        s->g[i] = ll + 2 * grid->r[i] * grid->r[i] * (s->v[i] - e);
        if (s->g[i] < 0)
            last = i;
    }
    s->match = last < 8 ? 8 : last + 9 > grid->n ? grid->n - 9 : last;
    s->end = s->match + 4;
    while (s->end < grid->n && decay < 44) {
        decay += grid->h * sqrt(fmax(s->g[s->end], 0));
        s->end++;
    }
}

/* From i towards `stop` in direction `step`; y at i - step and i is given. Nodes on the way. */
static int march(const Numerov *s, size_t i, size_t stop, int step)
{
    const double *g = s->g, t = s->grid->h * s->grid->h / 12;
    double *y = s->y, w0 = 0, w1;
    size_t d = (size_t)step; /* wraps for -1 */
    int nodes = 0;
    w0 = (1 - t * g[i - d]) * y[i - d];
    w1 = (1 - t * g[i]) * y[i];
    for (; i != stop; i += d) {
        double w2 = 2 * w1 - w0 + 12 * t * g[i] * y[i];
        y[i + d] = w2 / (1 - t * g[i + d]);
        nodes += (y[i + d] < 0) != (y[i] < 0);
        w0 = w1;
        w1 = w2;
    }
    return nodes;
}

static void scale(double y[], size_t from, size_t to, double factor)
{
    for (size_t i = from; i < to; i++)
        y[i] *= factor;
}

/* y of both sides, continuous at the match, and what its kink says of E: the Rayleigh quotient
 * dE = <y| -D + g |y> / <y| 2 r^2 |y> with Numerov's D differs from 0 only at the match. */
static void shoot(Numerov *s, double e)
{
    const RadialGrid *grid = s->grid;
    const double *r = grid->r, h2 = grid->h * grid->h;
    double *y = s->y, norm = 0;
    prepare(s, e);
    size_t m = s->match;
    for (size_t i = 0; i < 2; i++)
        y[i] = pow(r[i] / r[0], s->l + 0.5) * (1 - s->z * r[i] / (s->l + 1)) * 1e-20;
    s->nodes = march(s, 1, m, 1);
    double left = y[m];
    y[s->end - 1] = 1e-20;
    y[s->end - 2] = 1e-20 * (1 + grid->h * sqrt(fmax(s->g[s->end - 1], 1)));
    s->nodes += march(s, s->end - 2, m, -1);
    scale(y, m, s->end, left / y[m]);
    for (size_t i = s->end; i < grid->n; i++)
        y[i] = 0;
    for (size_t i = 0; i < s->end; i++)
        norm += 2 * r[i] * r[i] * y[i] * y[i];
    double w[3];
    for (size_t k = 0; k < 3; k++)
        w[k] = (1 - h2 / 12 * s->g[m + k - 1]) * y[m + k - 1];
    s->correction = y[m] * (-(w[0] - 2 * w[1] + w[2]) / h2 + s->g[m] * y[m]) / norm;
}

/* ---- the eigenvalue ---- */

static bool find(Numerov *s, int wanted, double *energy)
{
    const RadialGrid *grid = s->grid;
    double low = INFINITY, high, e = *energy, ll = (s->l + 0.5) * (s->l + 0.5);
    for (size_t i = 0; i < grid->n; i++)
        low = fmin(low, s->v[i] + ll / (2 * grid->r[i] * grid->r[i]));
    high = fmax(low + 1, s->v[grid->n - 1] + 2); /* also what only the box holds */
    for (int k = 0; k < STEPS; k++) {
        if (!(e > low && e < high))
            e = 0.5 * (low + high);
        shoot(s, e);
        if (s->nodes > wanted) {
            high = e;
            e = 0.5 * (low + high);
        } else if (s->nodes < wanted) {
            low = e;
            e = 0.5 * (low + high);
        } else {
            if (s->correction > 0)
                low = e;
            else
                high = e;
            e += s->correction;
            if (fabs(s->correction) <= 2e-13 * fmax(1, fabs(e))) {
                *energy = e;
                return true;
            }
        }
        if (high - low < 4e-16 * fabs(e))
            break;
    }
    *energy = e;
    return s->nodes == wanted && fabs(s->correction) < 1e-9 * fmax(1, fabs(e));
}

bool radial_orbital_solve(const RadialGrid *grid, const double v[], double z, int n, int l,
                          double *energy, double u[])
{
    Numerov s = {.grid = grid, .v = v, .z = z, .l = l, .y = u};
    s.g = MEM_NEW(double, grid->n);
    bool found = find(&s, n - l - 1, energy);
    double norm = 0;
    for (size_t i = 0; i < grid->n; i++) {
        u[i] *= sqrt(grid->r[i]);
        norm += grid->r[i] * u[i] * u[i];
    }
    scale(u, 0, grid->n, 1 / sqrt(grid->h * norm));
    free(s.g);
    return found && isfinite(norm);
}

bool radial_orbital_bound(const RadialGrid *g, const double v[], int l, double energy)
{
    double r = g->r[g->n - 1];
    return energy < v[g->n - 1] + (l + 0.5) * (l + 0.5) / (2 * r * r);
}

/* ---- sums ---- */

void radial_orbital_running(const RadialGrid *g, const double f[], double sum[])
{
    static const double w[6] = {11, -93, 802, 802, -93, 11}; /* over 1440 */
    size_t n = g->n;
    sum[0] = g->r[0] * f[0] / 3; /* f ~ r^2 inside */
    for (size_t i = 0; i + 1 < n; i++) {
        double part = 0;
        for (size_t k = 0; k < 6; k++) {
            size_t j = i + k < 2 ? 0 : i + k - 2 > n - 1 ? n - 1 : i + k - 2;
            part += w[k] * g->r[j] * f[j];
        }
        sum[i + 1] = sum[i] + g->h / 1440 * part;
    }
}

void radial_orbital_derivative(const RadialGrid *g, const double f[], double df[])
{
    size_t n = g->n;
    for (size_t i = 0; i < n; i++) {
        double d;
        if (i >= 3 && i + 3 < n)
            d = (45 * (f[i + 1] - f[i - 1]) - 9 * (f[i + 2] - f[i - 2]) + f[i + 3] - f[i - 3]) / 60;
        else if (i < 3)
            d = (-3 * f[i] + 4 * f[i + 1] - f[i + 2]) / 2;
        else
            d = (3 * f[i] - 4 * f[i - 1] + f[i - 2]) / 2;
        df[i] = d / (g->h * g->r[i]);
    }
}
