#include "analysis/density_pdf.h"

#include "base/exact.h"
#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct DensityPdf {
    const Comm *comm;
    const Sample *sample;
    DensityPdfOptions o;
    int64_t natoms[SAMPLE_MAX_SPECIES];
    size_t nset, npair; /* set 0: points */
    DensitySet *sets;
    Smeared point;
    double step; /* [1/A] of the nodes */
    size_t nnode, nshell;
    double *node;            /* [blocks][nset][npair][nnode] sums of I_ab/(N V) */
    double *shell;           /* [blocks][nset][npair][nshell] sums of I_ab/N */
    double *waves, *length;  /* [blocks][nshell] wave vectors and their |k| */
    double *frames, *volume; /* [blocks] */
};

size_t density_pdf_pair(int nspecies, int a, int b)
{
    int low = a < b ? a : b, high = a < b ? b : a;
    return (size_t)(low * nspecies - low * (low - 1) / 2 + high - low);
}

static Err check(const DensityPdfOptions *o)
{
    if (!(o->qmin >= 0) || !(o->qmax > o->qmin) || o->qmax > 75.0 || !(o->qstep > 0) ||
        !(o->rstep > 0) || !(o->rmax > o->rstep))
        return err_set(ERR_INPUT,
                       "density PDF: Q %g to %g 1/A in steps of %g, r to %g A in steps of %g; "
                       "needs 0 <= Qmin < "
                       "Qmax <= 75 and steps > 0",
                       o->qmin, o->qmax, o->qstep, o->rmax, o->rstep);
    return OK;
}

Err density_pdf_new(const Comm *c, const Sample *sample, const DensityPdfOptions *o, size_t nset,
                    const DensitySet sets[], DensityPdf **out)
{
    *out = NULL;
    TRY(check(o));
    DensityPdf *p = MEM_NEW(DensityPdf, 1);
    p->comm = c;
    p->sample = sample;
    p->o = *o;
    for (int64_t i = 0; i < sample->n; i++)
        p->natoms[sample->kind[i]]++;
    p->npair = (size_t)(sample->nspecies * (sample->nspecies + 1) / 2);
    p->nset = nset + 1;
    p->sets = MEM_NEW(DensitySet, p->nset);
    smeared_init_point(&p->point, 1.0, o->smear);
    for (int a = 0; a < sample->nspecies; a++)
        p->sets[0].of[a] = &p->point;
    for (size_t s = 0; s < nset; s++)
        p->sets[s + 1] = sets[s];
    p->step = 0.06 / o->rmax; /* errors of 3e-7 at rmax */
    p->nnode = (size_t)ceil(o->qmax / p->step) + 4;
    p->nshell = (size_t)ceil(o->qmax / o->qstep - 1e-9) + 1;
    p->node = MEM_NEW(double, o->blocks * p->nset * p->npair * p->nnode);
    p->shell = MEM_NEW(double, o->blocks * p->nset * p->npair * p->nshell);
    p->waves = MEM_NEW(double, o->blocks * p->nshell);
    p->length = MEM_NEW(double, o->blocks * p->nshell);
    p->frames = MEM_NEW(double, o->blocks);
    p->volume = MEM_NEW(double, o->blocks);
    *out = p;
    return OK;
}

void density_pdf_free(DensityPdf *p)
{
    if (p == NULL)
        return;
    double *blocks[] = {p->node, p->shell, p->waves, p->length, p->frames, p->volume};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
    smeared_clear(&p->point);
    free(p->sets);
    free(p);
}

double density_pdf_memory(const Cell *cell, double spacing)
{
    int n[3];
    density_grid_points(cell, spacing, n);
    /* mesh, waves, messages of the transform, and what is kept of the waves below Qmax: 80 bytes for at most a seventh */
    return (4.0 * 8.0 + 80.0 / 7.0) * n[0] * n[1] * n[2];
}

/* The wave vectors of this rank up to Qmax, of each pair k, -k the one that the transform has. */
typedef struct Waves {
    size_t n;
    size_t *at;     /* [n] place in the transform */
    double *k;      /* [n] |k| */
    double *images; /* [n] 2, or 1 where the transform has -k too */
    double *undo;   /* [n] makes squares of electrons of squares of smeared waves */
    double *amplitude[SAMPLE_MAX_SPECIES]; /* [n][2] */
} Waves;

/* |k| of a point of the transform, 0 if it is none of ours. */
static double wave_length(const DensityPdf *p, const Cell *cell, const int n[3], const int m[3])
{
    double s[3], k[3];
    for (int a = 0; a < 3; a++)
        s[a] = 2.0 * PI * (2 * m[a] > n[a] ? m[a] - n[a] : m[a]);
    mat_times_vec(cell->inv, s, k);
    double length = vec_norm(k);
    return length <= p->o.qmax ? length : 0.0;
}

/* Count them (w->at NULL) or fill what there is room for. */
static void waves_walk(const DensityPdf *p, const FftBlock *b, const Cell *cell, const int n[3],
                       Waves *w)
{
    double point = cell->volume / ((double)n[0] * n[1] * n[2]);
    w->n = 0;
    for (int i = 0; i < b->count[0]; i++)
        for (int j = 0; j < b->count[1]; j++)
            for (int l = 0; l < b->count[2]; l++) {
                int m[3] = {b->first[0] + i, b->first[1] + j, b->first[2] + l};
                double length = wave_length(p, cell, n, m);
                if (length == 0.0)
                    continue;
                if (w->at != NULL) {
                    w->at[w->n] = 2 * ((size_t)i * b->step[0] + (size_t)j * b->step[1] + (size_t)l);
                    w->k[w->n] = length;
                    w->images[w->n] = m[2] > 0 ? 2.0 : 1.0;
                    w->undo[w->n] = pow(point * smeared_undo(&p->point, length), 2.0);
                }
                w->n++;
            }
}

static void waves_find(const DensityPdf *p, DensityGrid *g, const Cell *cell, const int n[3],
                       Waves *w)
{
    const FftBlock *b = fft_wave_block(density_grid_fft(g));
    *w = (Waves){0};
    waves_walk(p, b, cell, n, w);
    size_t room = w->n + 1; /* some ranks may have none */
    w->at = MEM_NEW(size_t, room);
    w->k = MEM_NEW(double, room);
    w->images = MEM_NEW(double, room);
    w->undo = MEM_NEW(double, room);
    waves_walk(p, b, cell, n, w);
    for (int a = 0; a < p->sample->nspecies; a++)
        w->amplitude[a] = MEM_NEW(double, 2 * room);
}

static void waves_clear(Waves *w)
{
    free(w->at);
    free(w->k);
    free(w->images);
    free(w->undo);
    for (int a = 0; a < SAMPLE_MAX_SPECIES; a++)
        free(w->amplitude[a]);
}

/* The waves of one set of densities, species by species. Collective. */
static void waves_of_set(const DensityPdf *p, const DensitySet *set, DensityGrid *g,
                         const double (*x)[3], Waves *w)
{
    const Sample *sample = p->sample;
    int *kind = MEM_NEW(int, sample->n);
    for (int a = 0; a < sample->nspecies; a++) {
        if (p->natoms[a] == 0)
            continue; /* its amplitudes stay 0 */
        SphericalDensity density = smeared_density(set->of[a]);
        for (int64_t i = 0; i < sample->n; i++)
            kind[i] = sample->kind[i] == a ? 0 : -1;
        density_grid_set(g, sample->n, x, kind, &density);
        fft_forward(density_grid_fft(g));
        const double *wave = fft_waves(density_grid_fft(g));
        for (size_t m = 0; m < w->n; m++) {
            w->amplitude[a][2 * m] = wave[w->at[m]];
            w->amplitude[a][2 * m + 1] = wave[w->at[m] + 1];
        }
    }
    free(kind);
}

/* Share of k of the four nodes from the one returned on: the weights of the cubic through them. */
static size_t share_out(double k, double step, double weight[4])
{
    double place = k / step, from = floor(place) - 1.0;
    from = from < 0.0 ? 0.0 : from;
    double u = place - from, u1 = u - 1.0, u2 = u - 2.0, u3 = u - 3.0;
    weight[0] = -u1 * u2 * u3 / 6.0;
    weight[1] = 0.5 * u * u2 * u3;
    weight[2] = -0.5 * u * u1 * u3;
    weight[3] = u * u1 * u2 / 6.0;
    return (size_t)from;
}

/* Sum over ranks and add to what stands there. Collective. */
static void add_sums(const Comm *c, size_t n, Exact sums[], double scale, double to[])
{
    comm_sum_exact(c, n, sums);
    for (size_t i = 0; i < n; i++)
        to[i] += scale * exact_value(sums[i]);
}

static size_t shell_of(const DensityPdf *p, double k)
{
    size_t shell = (size_t)(k / p->o.qstep + 0.5);
    return shell < p->nshell ? shell : p->nshell - 1;
}

/* I_ab of all k of one pair: onto the nodes, and into shells. Collective. */
static void add_pair(DensityPdf *p, size_t block, size_t set, int a, int b, const Waves *w,
                     double volume)
{
    const double *u = w->amplitude[a], *v = w->amplitude[b];
    double per_atom = 1.0 / (double)p->sample->n;
    size_t row = (block * p->nset + set) * p->npair + density_pdf_pair(p->sample->nspecies, a, b);
    Exact *node = MEM_NEW(Exact, p->nnode), *shell = MEM_NEW(Exact, p->nshell);
    for (size_t m = 0; m < w->n; m++) {
        double share[4], i = w->images[m] * w->undo[m] * per_atom *
                             (u[2 * m] * v[2 * m] + u[2 * m + 1] * v[2 * m + 1]);
        exact_add(&shell[shell_of(p, w->k[m])], i);
        if (w->k[m] < p->o.qmin)
            continue;
        size_t from = share_out(w->k[m], p->step, share);
        for (size_t t = 0; t < 4; t++)
            exact_add(&node[from + t], share[t] * i);
    }
    add_sums(p->comm, p->nnode, node, 1.0 / volume, p->node + row * p->nnode);
    add_sums(p->comm, p->nshell, shell, 1.0, p->shell + row * p->nshell);
    free(node);
    free(shell);
}

/* How many wave vectors each shell has, and the sum of their lengths. Collective. */
static void add_shells(DensityPdf *p, size_t block, const Waves *w)
{
    Exact *count = MEM_NEW(Exact, p->nshell), *length = MEM_NEW(Exact, p->nshell);
    for (size_t m = 0; m < w->n; m++) {
        exact_add(&count[shell_of(p, w->k[m])], w->images[m]);
        exact_add(&length[shell_of(p, w->k[m])], w->images[m] * w->k[m]);
    }
    add_sums(p->comm, p->nshell, count, 1.0, p->waves + block * p->nshell);
    add_sums(p->comm, p->nshell, length, 1.0, p->length + block * p->nshell);
    free(count);
    free(length);
}

void density_pdf_add(DensityPdf *p, size_t block, const Cell *cell, const double (*x)[3])
{
    int n[3];
    Waves w;
    density_grid_points(cell, p->o.spacing, n);
    DensityGrid *g = density_grid_new(p->comm, cell, n);
    waves_find(p, g, cell, n, &w);
    for (size_t s = 0; s < p->nset; s++) {
        waves_of_set(p, &p->sets[s], g, x, &w);
        for (int a = 0; a < p->sample->nspecies; a++)
            for (int b = a; b < p->sample->nspecies; b++)
                add_pair(p, block, s, a, b, &w, cell->volume);
    }
    add_shells(p, block, &w);
    p->frames[block] += 1.0;
    p->volume[block] += cell->volume;
    waves_clear(&w);
    density_grid_free(g);
}

/* ------------------------------------------------------------------ from sums to curves */

/* f_a of a form at Q. */
static double factor(const DensityPdf *p, size_t form, int a, double q)
{
    if (form < XRAY_WEIGHTS)
        return xray_f((XrayWeights)form, p->sample->species[a], q);
    return smeared_form_factor(p->sets[1 + form - XRAY_WEIGHTS].of[a], q);
}

/* What I_ab of a form's mesh is to be multiplied by: 1 if the mesh holds its densities. */
static double on_mesh(size_t form, double fa, double fb)
{
    return form < XRAY_WEIGHTS ? fa * fb : 1.0;
}

static size_t set_of(size_t form)
{
    return form < XRAY_WEIGHTS ? 0 : 1 + form - XRAY_WEIGHTS;
}

typedef struct Means {
    double f, f2; /* <f>, <f^2> */
} Means;

static Means means(const DensityPdf *p, const double f[])
{
    Means m = {0};
    for (int a = 0; a < p->sample->nspecies; a++) {
        double c = (double)p->natoms[a] / (double)p->sample->n;
        m.f += c * f[a];
        m.f2 += c * f[a] * f[a];
    }
    return m;
}

static void factors(const DensityPdf *p, size_t form, double q, double f[])
{
    for (int a = 0; a < p->sample->nspecies; a++)
        f[a] = p->natoms[a] > 0 ? factor(p, form, a, q) : 0.0;
}

static double at_rest(const DensityPdf *p, double q)
{
    return exp(-0.5 * pow(q * p->o.sigma, 2.0));
}

/* The sums over k: rows [blocks][npair] of one form, as xray_transform wants them. */
static void sum_rows(const DensityPdf *p, size_t form, const double q[], double rows[])
{
    int ns = p->sample->nspecies;
    double f[SAMPLE_MAX_SPECIES];
    for (size_t j = 1; j < p->nnode; j++) {
        factors(p, form, q[j], f);
        Means m = means(p, f);
        double scale = 2.0 * PI * PI * at_rest(p, q[j]) / (m.f * m.f * q[j]);
        for (size_t block = 0; block < p->o.blocks; block++)
            for (int a = 0; a < ns; a++)
                for (int b = a; b < ns; b++) {
                    size_t pair = density_pdf_pair(ns, a, b);
                    size_t from = (block * p->nset + set_of(form)) * p->npair + pair;
                    rows[(block * p->npair + pair) * p->nnode + j] =
                        (a == b ? 1.0 : 2.0) * on_mesh(form, f[a], f[b]) * scale *
                        p->node[from * p->nnode + j] / p->frames[block];
                }
    }
}

/* Each atom's scattering with itself: rows [nspecies]. */
static void self_rows(const DensityPdf *p, size_t form, size_t nq, const double q[], double rows[])
{
    double f[SAMPLE_MAX_SPECIES];
    for (size_t i = 0; i < nq; i++) {
        factors(p, form, q[i], f);
        Means m = means(p, f);
        for (int a = 0; a < p->sample->nspecies; a++)
            rows[(size_t)a * nq + i] = (double)p->natoms[a] / (double)p->sample->n * q[i] *
                                       at_rest(p, q[i]) * f[a] * f[a] / (m.f * m.f);
    }
}

static void fill_g(const DensityPdf *p, size_t form, DensityCurves *c)
{
    const DensityPdfOptions *o = &p->o;
    size_t rows = o->blocks * p->npair, ns = (size_t)p->sample->nspecies;
    double *q = MEM_NEW(double, p->nnode), *one = MEM_NEW(double, p->nnode), *nodes, *weight;
    for (size_t j = 0; j < p->nnode; j++) {
        q[j] = (double)j * p->step;
        one[j] = 1.0;
    }
    size_t nq = xray_quadrature(o->qmin, o->qmax, 2.0 * o->rmax, &nodes, &weight);
    double *f = MEM_NEW(double, rows * p->nnode), *g = MEM_NEW(double, rows * c->nr);
    double *fs = MEM_NEW(double, ns *nq), *gs = MEM_NEW(double, ns * c->nr),
           lorch = o->lorch ? o->qmax : 0.0;
    sum_rows(p, form, q, f);
    xray_transform(p->nnode, q, one, lorch, rows, f, c->nr, c->r, g);
    self_rows(p, form, nq, nodes, fs);
    xray_transform(nq, nodes, weight, lorch, ns, fs, c->nr, c->r, gs);
    for (size_t block = 0; block < o->blocks; block++)
        for (int a = 0; a < c->nspecies; a++)
            for (int b = a; b < c->nspecies; b++) {
                size_t pair = density_pdf_pair(c->nspecies, a, b);
                double *to = c->g + ((block * c->nform + form) * c->npair + pair) * c->nr;
                for (size_t k = 0; k < c->nr; k++)
                    to[k] = exp(-0.5 * pow(c->r[k] * o->qdamp, 2.0)) *
                            (g[(block * c->npair + pair) * c->nr + k] -
                             (a == b ? gs[(size_t)a * c->nr + k] : 0.0));
            }
    double *const work[] = {q, one, nodes, weight, f, g, fs, gs};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++)
        free(work[i]);
}

static void fill_level(const DensityPdf *p, size_t form, DensityCurves *c)
{
    double f[SAMPLE_MAX_SPECIES], n = (double)p->sample->n;
    factors(p, form, 0.0, f);
    Means m = means(p, f);
    for (int a = 0; a < c->nspecies; a++)
        for (int b = a; b < c->nspecies; b++)
            c->level[form * c->npair + density_pdf_pair(c->nspecies, a, b)] =
                (a == b ? 1.0 : 2.0) * (double)p->natoms[a] / n * (double)p->natoms[b] / n * f[a] *
                f[b] / (m.f * m.f);
}

/* S of one block and form in the shells `at` that have waves. */
static void fill_s(const DensityPdf *p, size_t form, const size_t at[], DensityCurves *c)
{
    double f[SAMPLE_MAX_SPECIES];
    for (size_t i = 0; i < c->nq; i++) {
        factors(p, form, c->q[i], f);
        Means m = means(p, f);
        for (size_t block = 0; block < c->nblock; block++) {
            double sum = 0.0, waves = p->waves[block * p->nshell + at[i]];
            for (int a = 0; a < c->nspecies; a++)
                for (int b = a; b < c->nspecies; b++) {
                    size_t pair = density_pdf_pair(c->nspecies, a, b);
                    size_t row = (block * p->nset + set_of(form)) * p->npair + pair;
                    sum += (a == b ? 1.0 : 2.0) * on_mesh(form, f[a], f[b]) *
                           p->shell[row * p->nshell + at[i]];
                }
            c->s[(block * c->nform + form) * c->nq + i] =
                waves > 0.0 ? 1.0 + (sum / waves - m.f2) / (m.f * m.f) : NAN;
        }
    }
}

static size_t *find_shells(const DensityPdf *p, DensityCurves *c)
{
    size_t *at = MEM_NEW(size_t, p->nshell);
    c->q = MEM_NEW(double, p->nshell);
    for (size_t i = 0; i < p->nshell; i++) {
        double waves = 0.0, length = 0.0;
        for (size_t block = 0; block < p->o.blocks; block++) {
            waves += p->waves[block * p->nshell + i];
            length += p->length[block * p->nshell + i];
        }
        if (waves > 0.0) {
            at[c->nq] = i;
            c->q[c->nq++] = length / waves;
        }
    }
    return at;
}

void density_pdf_curves(const DensityPdf *p, DensityCurves *c)
{
    const DensityPdfOptions *o = &p->o;
    *c = (DensityCurves){.nspecies = p->sample->nspecies,
                         .nform = XRAY_WEIGHTS + p->nset - 1,
                         .npair = p->npair,
                         .nblock = o->blocks,
                         .nr = (size_t)(o->rmax / o->rstep + 1e-9)};
    memcpy(c->species, p->sample->species, sizeof c->species);
    c->weight = MEM_NEW(double, c->nblock);
    double volume = 0.0, frames = 0.0;
    for (size_t b = 0; b < c->nblock; b++) {
        CHECK(p->frames[b] > 0.0, "block %zu of %zu has no frame", b, c->nblock);
        c->weight[b] = p->frames[b];
        volume += p->volume[b];
        frames += p->frames[b];
    }
    c->number = (double)p->sample->n * frames / volume;
    c->r = MEM_NEW(double, c->nr);
    for (size_t k = 0; k < c->nr; k++)
        c->r[k] = (double)(k + 1) * o->rstep;
    size_t *at = find_shells(p, c);
    c->g = MEM_NEW(double, c->nblock * c->nform * c->npair * c->nr);
    c->level = MEM_NEW(double, c->nform * c->npair);
    c->s = MEM_NEW(double, c->nblock * c->nform * c->nq);
    for (size_t form = 0; form < c->nform; form++) {
        fill_g(p, form, c);
        fill_level(p, form, c);
        fill_s(p, form, at, c);
    }
    free(at);
}

void density_pdf_curves_clear(DensityCurves *c)
{
    double *blocks[] = {c->weight, c->r, c->g, c->level, c->q, c->s};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
    memset(c, 0, sizeof *c);
}

void density_pdf_mean(const DensityCurves *c, size_t form, size_t pair, size_t without, double g[])
{
    double all = 0.0;
    for (size_t b = 0; b < c->nblock; b++)
        all += b == without ? 0.0 : c->weight[b];
    memset(g, 0, c->nr * sizeof *g);
    for (size_t b = 0; b < c->nblock; b++)
        for (size_t i = 0; i < c->npair; i++) {
            if (b == without || (pair != SIZE_MAX && pair != i))
                continue;
            const double *row = c->g + ((b * c->nform + form) * c->npair + i) * c->nr;
            for (size_t k = 0; k < c->nr; k++)
                g[k] += c->weight[b] / all * row[k];
        }
}
