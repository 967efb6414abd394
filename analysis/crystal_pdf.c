#include "analysis/crystal_pdf.h"

#include "analysis/crystal_window.h"
#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SPECIES_MAX = 8 };

/* a Gaussian is drawn to so many standard deviations; before a window to 7e-10 of its height */
static const double WIDTHS = 7.0, WIDTHS_WINDOW = 6.5;
static const double BEYOND = 40.0; /* A */
static const double LEAST = 0.1;   /* of the correction of the peak width */
static const double NARROW = 1.6;  /* least width of a peak in grid steps */

struct CrystalPdf {
    CrystalPdfOptions o;
    size_t n;
    const double *r; /* [n] where G is wanted; a copy */
    int nspecies, nclasses;
    const Species *species[SPECIES_MAX];
    int *kind; /* [nsite] */
    /* without qmax: at the points themselves; with qmax: a grid from step to end */
    CrystalWindow *window;
    size_t ngrid;
    double *grid;             /* [ngrid] A */
    double step;              /* 0: not even */
    double mass[SPECIES_MAX]; /* occupancies that the kernels are for */
    double *peaks[3];         /* Gaussian, x and x^2 times it */
};

const char *crystal_pdf_weights_name(CrystalWeights w)
{
    return w == CRYSTAL_NEUTRON ? "neutron" : xray_weights_name((XrayWeights)w);
}

static bool constant_weights(const CrystalPdf *p)
{
    return p->o.weights == CRYSTAL_CONSTANT_Z || p->o.weights == CRYSTAL_NEUTRON;
}

static double weight(const CrystalPdf *p, int kind)
{
    const Species *s = p->species[kind];
    return p->o.weights == CRYSTAL_NEUTRON ? s->b_coh : (double)s->z;
}

/* With true form factors every pair of species has rows of its own. */
static int class_of(const CrystalPdf *p, int a, int b)
{
    int low = a < b ? a : b, high = a < b ? b : a;
    return p->nclasses == 1 ? 0 : low * p->nspecies - low * (low - 1) / 2 + high - low;
}

static Err check_options(const CrystalPdf *p)
{
    const CrystalPdfOptions *o = &p->o;
    if (!constant_weights(p) && !(o->qmax > 0.0))
        return err_set(ERR_INPUT, "weights %s need a Qmax: form factors are divided out in Q",
                       crystal_pdf_weights_name(o->weights));
    if (o->qmax > 0.0 && (!(o->qmin >= 0.0) || o->qmin >= o->qmax || o->qmax > 75.0))
        return err_set(ERR_INPUT, "window Q %g to %g 1/A; needs 0 <= Qmin < Qmax <= 75", o->qmin,
                       o->qmax);
    return OK;
}

static Err find_species(CrystalPdf *p, const Crystal *c)
{
    p->kind = MEM_NEW(int, c->nsite);
    for (int k = 0; k < c->nsite; k++) {
        int s = 0;
        while (s < p->nspecies && p->species[s] != c->site[k].species)
            s++;
        if (s == SPECIES_MAX)
            return err_set(ERR_INPUT, "more than %d species", SPECIES_MAX);
        if (s == p->nspecies)
            p->species[p->nspecies++] = c->site[k].species;
        p->kind[k] = s;
    }
    p->nclasses = constant_weights(p) ? 1 : p->nspecies * (p->nspecies + 1) / 2;
    return OK;
}

Err crystal_pdf_new(const Crystal *c, const CrystalPdfOptions *o, size_t n, const double r[],
                    CrystalPdf **out)
{
    CrystalPdf *p = MEM_NEW(CrystalPdf, 1);
    double *points = MEM_NEW(double, n);
    memcpy(points, r, n * sizeof *points);
    *p = (CrystalPdf){.o = *o, .n = n, .r = points};
    *out = p;
    Err e = check_options(p);
    if (e == OK)
        e = find_species(p, c);
    if (e != OK) {
        crystal_pdf_free(p);
        *out = NULL;
        return e;
    }
    double beyond = o->beyond > 0.0 ? o->beyond : BEYOND;
    if (o->qmax > 0.0) {
        p->step = fmin(0.02, 0.5 / o->qmax);
        p->ngrid = (size_t)ceil((r[n - 1] + beyond) / p->step);
        p->grid = MEM_NEW(double, p->ngrid);
        for (size_t k = 0; k < p->ngrid; k++)
            p->grid[k] = (double)(k + 1) * p->step;
        p->window = crystal_window_new(p->ngrid, p->step, o->qmin, o->qmax, o->lorch, r[n - 1],
                                       p->nclasses);
    } else {
        p->ngrid = n;
        p->grid = points;
    }
    for (int k = 0; k < 3; k++)
        p->peaks[k] = MEM_NEW(double, p->ngrid);
    return OK;
}

void crystal_pdf_free(CrystalPdf *p)
{
    if (p == NULL)
        return;
    if (p->grid != p->r)
        free(p->grid);
    free((void *)p->r);
    free(p->kind);
    for (int k = 0; k < 3; k++)
        free(p->peaks[k]);
    if (p->window != NULL)
        crystal_window_free(p->window);
    free(p);
}

/* ---- the sum over pairs ---- */

typedef struct Sum {
    CrystalPdf *p;
    const Crystal *c;
    const CrystalAtoms *a;
    const CrystalPdfShape *shape;
    size_t nslopes;
    const CrystalSlope *slope;
    double *rows; /* [1 + nslopes][nclasses][ngrid] */
    bool narrow;
} Sum;

static double *row_of(const Sum *s, size_t which, int class)
{
    return s->rows + (which * (size_t)s->p->nclasses + (size_t) class) * s->p->ngrid;
}

/* n.u.n and u.n */
static double along(const double u[CRYSTAL_TENSOR], const double n[3], double un[3])
{
    un[0] = u[0] * n[0] + u[3] * n[1] + u[4] * n[2];
    un[1] = u[3] * n[0] + u[1] * n[1] + u[5] * n[2];
    un[2] = u[4] * n[0] + u[5] * n[1] + u[2] * n[2];
    return vec_dot(un, n);
}

/* The first grid point that is not below r. */
static size_t place(const CrystalPdf *p, double r)
{
    if (p->step > 0.0) {
        double k = ceil(r / p->step - 1.0);
        return k < 0.0 ? 0 : k > (double)p->ngrid ? p->ngrid : (size_t)k;
    }
    size_t low = 0, high = p->ngrid;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (p->grid[middle] < r)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* g = N(r; d, s) / (d or r), x g, x^2 g with x = r - d on points [k0, k1). On an even grid the Gaussian is stepped along:
 * exp(-(x+h)^2/2s^2) is the last one times a factor that itself shrinks by a constant factor. */
static void draw(CrystalPdf *p, double d, double s2, size_t k0, size_t k1)
{
    double *g = p->peaks[0], *xg = p->peaks[1], *xxg = p->peaks[2];
    double norm = 1.0 / sqrt(2.0 * PI * s2), half = 0.5 / s2;
    if (p->step > 0.0) {
        double h = p->step, x0 = p->grid[k0] - d;
        double value = norm * exp(-half * x0 * x0), ratio = exp(-half * h * (2.0 * x0 + h)),
               shrink = exp(-2.0 * half * h * h);
        for (size_t k = k0; k < k1; k++) {
            g[k] = value;
            value *= ratio;
            ratio *= shrink;
        }
    } else {
        for (size_t k = k0; k < k1; k++) {
            double x = p->grid[k] - d;
            g[k] = norm * exp(-half * x * x);
        }
    }
    for (size_t k = k0; k < k1; k++) {
        double x = p->grid[k] - d;
        g[k] *= p->o.by_r ? 1.0 / p->grid[k] : 1.0 / d;
        xg[k] = x * g[k];
        xxg[k] = x * xg[k];
    }
}

/* What one pair is: distance, direction, mean square along it. */
typedef struct Pair {
    double d, n[3], amplitude, v, factor; /* s^2 = v factor */
    double un[3];
} Pair;

static double narrowing(const CrystalPdfShape *q, double d)
{
    double f = 1.0 - q->delta1 / d - q->delta2 / (d * d) + q->qbroad * q->qbroad * d * d;
    f = f < LEAST ? LEAST : f;
    return d < q->rcut ? f * q->sratio * q->sratio : f;
}

/* d(factor)/dp for a change of the shape and of the distance. */
static double narrowing_slope(const CrystalPdfShape *q, const CrystalPdfShape *dq, double d,
                              double dd)
{
    double f = 1.0 - q->delta1 / d - q->delta2 / (d * d) + q->qbroad * q->qbroad * d * d;
    double slope = -dq->delta1 / d - dq->delta2 / (d * d) + 2.0 * q->qbroad * dq->qbroad * d * d;
    slope += dd * (q->delta1 / (d * d) + 2.0 * q->delta2 / (d * d * d) +
                   2.0 * q->qbroad * q->qbroad * d);
    if (f < LEAST) {
        f = LEAST;
        slope = 0.0;
    }
    return d < q->rcut ? slope * q->sratio * q->sratio + 2.0 * f * q->sratio * dq->sratio : slope;
}

/* Adds the pair of atoms i and j, which stands `cells` away, to the rows: the peak and its derivative along each slope,
 *   dP = P [A'/A - d'/d + x d'/s^2 + (x^2/s^2 - 1) (s^2)'/(2 s^2)]     (by_r: without d'/d) */
static void add_pair(Sum *s, int i, int j, const int cells[3], const Pair *pair)
{
    CrystalPdf *p = s->p;
    double s2 = pair->v * pair->factor, reach = (p->step > 0.0 ? WIDTHS_WINDOW : WIDTHS) * sqrt(s2);
    size_t k0 = place(p, pair->d - reach), k1 = place(p, pair->d + reach);
    if (k0 >= k1)
        return;
    if (p->step > 0.0 && s2 < NARROW * NARROW * p->step * p->step)
        s->narrow = true;
    draw(p, pair->d, s2, k0, k1);
    const double *g = p->peaks[0], *xg = p->peaks[1], *xxg = p->peaks[2];
    int class = class_of(p, p->kind[s->c->atom[i].site], p->kind[s->c->atom[j].site]);
    double *row = row_of(s, 0, class), o = s->a->occupancy[i] * s->a->occupancy[j];
    for (size_t k = k0; k < k1; k++)
        row[k] += pair->amplitude * o * g[k];
    for (size_t m = 0; m < s->nslopes; m++) {
        const CrystalSlope *t = &s->slope[m];
        double dd = 0.0, dv = 0.0, da = 0.0;
        if (t->moves) {
            double dx[3], un[3];
            vec_sub(t->atoms.x[j], t->atoms.x[i], dx);
            for (int k = 0; k < 3; k++)
                vec_axpy(cells[k], t->atoms.h[k], dx);
            dd = vec_dot(pair->n, dx);
            dv = along(t->atoms.u[i], pair->n, un) + along(t->atoms.u[j], pair->n, un) +
                 2.0 * (vec_dot(pair->un, dx) - pair->v * dd) / pair->d;
            da = t->atoms.occupancy[i] * s->a->occupancy[j] +
                 s->a->occupancy[i] * t->atoms.occupancy[j];
        }
        double ds2 =
            dv * pair->factor + pair->v * narrowing_slope(s->shape, &t->shape, pair->d, dd);
        if (dd == 0.0 && ds2 == 0.0 && da == 0.0)
            continue;
        double c1 = pair->amplitude * o * dd / s2, c2 = 0.5 * pair->amplitude * o * ds2 / (s2 * s2);
        double c0 =
            pair->amplitude * da - c2 * s2 - (p->o.by_r ? 0.0 : pair->amplitude * o * dd / pair->d);
        double *slope = row_of(s, 1 + m, class);
        for (size_t k = k0; k < k1; k++)
            slope[k] += c0 * g[k] + c1 * xg[k] + c2 * xxg[k];
    }
}

/* All images of atom j around the first atom i of a site, `times` over. */
static void add_images(Sum *s, int i, int j, double times, double reach, const int most[3])
{
    CrystalPdf *p = s->p;
    const Crystal *c = s->c;
    double start[3], u[CRYSTAL_TENSOR];
    vec_sub(s->a->x[j], s->a->x[i], start);
    for (int k = 0; k < CRYSTAL_TENSOR; k++)
        u[k] = s->a->u[i][k] + s->a->u[j][k];
    Pair pair = {.amplitude = times * c->site[c->atom[i].site].multiplicity};
    if (p->nclasses == 1)
        pair.amplitude *= weight(p, p->kind[c->atom[i].site]) * weight(p, p->kind[c->atom[j].site]);
    int cells[3];
    for (cells[0] = -most[0]; cells[0] <= most[0]; cells[0]++)
        for (cells[1] = -most[1]; cells[1] <= most[1]; cells[1]++)
            for (cells[2] = -most[2]; cells[2] <= most[2]; cells[2]++) {
                double d[3] = {start[0], start[1], start[2]};
                for (int k = 0; k < 3; k++)
                    vec_axpy(cells[k], s->a->h[k], d);
                double r2 = vec_dot(d, d);
                if (r2 > reach * reach || r2 < 1e-12)
                    continue;
                pair.d = sqrt(r2);
                for (int k = 0; k < 3; k++)
                    pair.n[k] = d[k] / pair.d;
                pair.v = along(u, pair.n, pair.un);
                pair.factor = narrowing(s->shape, pair.d);
                if (pair.v > 0.0)
                    add_pair(s, i, j, cells, &pair);
                else
                    s->narrow = true;
            }
}

static void add_peaks(Sum *s)
{
    const Crystal *c = s->c;
    double most = 0.0, widths[3];
    int images[3];
    Cell cell;
    for (int i = 0; i < c->natom; i++)
        most = fmax(most, fmax(s->a->u[i][0], fmax(s->a->u[i][1], s->a->u[i][2])));
    double end = s->p->grid[s->p->ngrid - 1];
    double reach = end + WIDTHS * sqrt(6.0 * most * narrowing(s->shape, end + 2.0));
    Err e = cell_init(&cell, (const double(*)[3])s->a->h);
    CHECK(e == OK, "%s", err_message());
    cell_widths(&cell, widths);
    for (int k = 0; k < 3; k++) /* atoms of one cell are up to a cell and a bit apart */
        images[k] = (int)ceil(reach / widths[k]) + 2;
    for (int a = 0; a < c->nsite; a++)
        for (int b = a; b < c->nsite; b++) {
            /* pairs between two sites are the same seen from either: from where there are fewer of the others */
            int from = c->site[a].multiplicity < c->site[b].multiplicity ? b : a, to = a + b - from;
            const CrystalSite *other = &c->site[to];
            for (int j = other->first; j < other->first + other->multiplicity; j++)
                add_images(s, c->site[from].first, j, a == b ? 1.0 : 2.0, reach, images);
        }
}

/* ---- what is not peaks ---- */

/* Occupied atoms of each species and all, and how they change. */
static void count(const CrystalPdf *p, const Crystal *c, const double occupancy[],
                  double mass[SPECIES_MAX])
{
    memset(mass, 0, SPECIES_MAX * sizeof *mass);
    for (int i = 0; i < c->natom; i++)
        mass[p->kind[c->atom[i].site]] += occupancy[i];
}

static double trace_ratio(const CrystalAtoms *a, const CrystalAtoms *da)
{
    double inverse[3][3], product[3][3];
    mat_inverse((const double(*)[3])a->h, inverse);
    mat_mul((const double(*)[3])inverse, (const double(*)[3])da->h, product);
    return product[0][0] + product[1][1] + product[2][2];
}

/* -4 pi r M_a M_b/V of each class of pairs, and its derivatives. */
static void add_baseline(Sum *s, const double mass[])
{
    const CrystalPdf *p = s->p;
    double dmass[SPECIES_MAX];
    for (size_t which = 0; which <= s->nslopes; which++) {
        const CrystalSlope *t = which > 0 ? &s->slope[which - 1] : NULL;
        double shrink = 0.0;
        if (t != NULL && !t->moves)
            continue;
        if (t != NULL) {
            shrink = trace_ratio(s->a, &t->atoms);
            count(p, s->c, t->atoms.occupancy, dmass);
        }
        for (int a = 0; a < p->nspecies; a++)
            for (int b = 0; b < p->nspecies; b++) {
                double w = p->nclasses == 1 ? weight(p, a) * weight(p, b) : 1.0;
                double m = t == NULL ? mass[a] * mass[b]
                                     : dmass[a] * mass[b] + mass[a] * dmass[b] -
                                           mass[a] * mass[b] * shrink;
                double *row = row_of(s, which, class_of(p, a, b));
                for (size_t k = 0; k < p->ngrid; k++)
                    row[k] -= 4.0 * PI * p->grid[k] * w * m / s->a->volume;
            }
    }
}

/* Rows of all slopes (and the first one) times exp(-(r Qdamp)^2/2), with what changes it. */
static void damp(const CrystalPdfShape *q, size_t nslopes, const CrystalSlope slope[], size_t n,
                 const double r[], size_t stride, double rows[])
{
    for (size_t k = 0; k < n; k++) {
        double e = exp(-0.5 * pow(r[k] * q->qdamp, 2.0));
        rows[k] *= e;
        for (size_t m = 0; m < nslopes; m++) {
            double *d = &rows[(m + 1) * stride + k];
            *d = *d * e - r[k] * r[k] * q->qdamp * slope[m].shape.qdamp * rows[k];
        }
    }
}

/* Weight of a pair of species as a function of Q and, for a change dmass of the composition, of its derivative. */
typedef struct PairWeight {
    const CrystalPdf *p;
    const double *mass, *dmass;
} PairWeight;

static void pair_weights(const void *data, double q, double out[])
{
    const PairWeight *w = data;
    const CrystalPdf *p = w->p;
    double f[SPECIES_MAX], n = 0.0, dn = 0.0, sum = 0.0, dsum = 0.0;
    for (int a = 0; a < p->nspecies; a++) {
        f[a] = xray_f((XrayWeights)p->o.weights, p->species[a], q);
        n += w->mass[a];
        sum += w->mass[a] * f[a];
        if (w->dmass != NULL) {
            dn += w->dmass[a];
            dsum += w->dmass[a] * f[a];
        }
    }
    double factor = n / (sum * sum);
    if (w->dmass != NULL)
        factor *= dn / n - 2.0 * dsum / sum;
    for (int a = 0; a < p->nspecies; a++)
        for (int b = a; b < p->nspecies; b++)
            out[class_of(p, a, b)] = factor * f[a] * f[b];
}

/* N/B^2 of constant weights, or what a change of the composition makes of it. */
static double constant_factor(const CrystalPdf *p, const double mass[], const double dmass[])
{
    double n = 0.0, dn = 0.0, sum = 0.0, dsum = 0.0;
    for (int a = 0; a < p->nspecies; a++) {
        n += mass[a];
        sum += mass[a] * weight(p, a);
        if (dmass != NULL) {
            dn += dmass[a];
            dsum += dmass[a] * weight(p, a);
        }
    }
    return n / (sum * sum) * (dmass != NULL ? dn / n - 2.0 * dsum / sum : 1.0);
}

static bool composition_changes(const CrystalPdf *p, const double dmass[])
{
    for (int a = 0; a < p->nspecies; a++)
        if (dmass[a] != 0.0)
            return true;
    return false;
}

/* Kernels for the composition as it is; kept while it stays. */
static void renew_kernels(CrystalPdf *p, const double mass[])
{
    PairWeight w = {.p = p, .mass = mass};
    if (memcmp(p->mass, mass, sizeof p->mass) == 0)
        return;
    memcpy(p->mass, mass, sizeof p->mass);
    crystal_window_kernel(p->window, p->nclasses > 1 ? pair_weights : NULL, &w);
}

/* Rows of pairs -> curves [1 + nslopes][n] at the points. */
static void finish(Sum *s, const double mass[], double curves[])
{
    CrystalPdf *p = s->p;
    double dmass[SPECIES_MAX];
    size_t stride = (size_t)p->nclasses * p->ngrid;
    if (p->window != NULL)
        renew_kernels(p, mass);
    for (size_t which = 0; which <= s->nslopes; which++) {
        double factor = p->nclasses == 1 ? constant_factor(p, mass, NULL) : 1.0;
        double *rows = s->rows + which * stride, *out = curves + which * p->n;
        if (p->window != NULL)
            crystal_window_apply(p->window, rows, p->n, p->r, out);
        else
            memcpy(out, rows, p->n * sizeof *out);
        for (size_t k = 0; k < p->n; k++)
            out[k] *= factor;
    }
    for (size_t m = 0; m < s->nslopes; m++) { /* N/B^2 changes too */
        double *out = curves + (m + 1) * p->n, factor = 1.0;
        if (!s->slope[m].moves)
            continue;
        count(p, s->c, s->slope[m].atoms.occupancy, dmass);
        if (!composition_changes(p, dmass))
            continue;
        double *more = MEM_NEW(double, p->n);
        if (p->nclasses > 1) {
            PairWeight w = {.p = p, .mass = mass, .dmass = dmass};
            crystal_window_kernel(p->window, pair_weights, &w);
            crystal_window_apply(p->window, s->rows, p->n, p->r, more);
            memset(p->mass, 0, sizeof p->mass);
        } else {
            memcpy(more, curves, p->n * sizeof *more);
            factor = constant_factor(p, mass, dmass) / constant_factor(p, mass, NULL);
        }
        for (size_t k = 0; k < p->n; k++)
            out[k] += factor * more[k];
        free(more);
    }
}

Err crystal_pdf_compute(CrystalPdf *p, const Crystal *c, const CrystalAtoms *a,
                        const CrystalPdfShape *shape, size_t nslopes, const CrystalSlope slope[],
                        double g[], double dg[])
{
    size_t stride = (size_t)p->nclasses * p->ngrid;
    double mass[SPECIES_MAX], total = 0.0;
    count(p, c, a->occupancy, mass);
    for (int k = 0; k < p->nspecies; k++)
        total += p->nclasses == 1 ? mass[k] * weight(p, k) : mass[k];
    if (total == 0.0 || !isfinite(total))
        return err_set(ERR_NUMERICAL, "G(r): nothing scatters");
    Sum s = {.p = p,
             .c = c,
             .a = a,
             .shape = shape,
             .nslopes = nslopes,
             .slope = slope,
             .rows = MEM_NEW(double, (1 + nslopes) * stride)};
    add_peaks(&s);
    add_baseline(&s, mass);
    if (!p->o.envelope_last || p->window == NULL)
        for (int class = 0; class < p->nclasses; class ++)
            damp(shape, nslopes, slope, p->ngrid, p->grid, stride,
                 s.rows + (size_t) class * p->ngrid);
    double *curves = MEM_NEW(double, (1 + nslopes) * p->n);
    finish(&s, mass, curves);
    if (p->o.envelope_last && p->window != NULL)
        damp(shape, nslopes, slope, p->n, p->r, p->n, curves);
    for (size_t k = 0; k < p->n; k++) {
        g[k] = shape->scale * curves[k];
        for (size_t m = 0; m < nslopes; m++)
            dg[m * p->n + k] =
                shape->scale * curves[(m + 1) * p->n + k] + slope[m].shape.scale * curves[k];
    }
    bool narrow = s.narrow;
    free(s.rows);
    free(curves);
    return narrow ? err_set(ERR_NUMERICAL,
                            "G(r): a peak is narrower than the grid (%g A) can "
                            "carry; a displacement parameter is too small",
                            p->step)
                  : OK;
}
