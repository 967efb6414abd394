#include "analysis/xray.h"

#include "analysis/models.h"
#include "analysis/xray_computed.h"
#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double FADE = 0.85; /* share of rmax that is left alone */

const char *xray_weights_name(XrayWeights w)
{
    static const char *const names[XRAY_ALL] = {"neutral",    "ionic",   "computed",
                                                "constant_Z", "neutron", "file"};
    return names[w];
}

const char *xray_weights_meaning(XrayWeights w)
{
    static const char *const meaning[XRAY_ALL] = {
        "f(Q) of neutral atoms",
        "f(Q) of Mg2+, B and H1-",
        "f(Q) of Mg2+, B and H of BH4- from computed densities",
        "atomic numbers at every Q: not what X-rays see, for comparison with PDFgui",
        "coherent scattering lengths of neutrons",
        "f(Q) of a file"};
    return meaning[w];
}

double xray_f(XrayWeights w, const Species *s, double q)
{
    if (w == XRAY_CONSTANT_Z)
        return s->z;
    const char *name = s->element;
    double computed;
    if (w == XRAY_COMPUTED && xray_computed_f(name, q, &computed))
        return computed;
    if (w == XRAY_IONIC && strcmp(name, "Mg") == 0)
        name = "Mg2+";
    else if (w == XRAY_IONIC && strcmp(name, "H") == 0)
        name = "H1-";
    const FormFactor *f = species_form_factor(name);
    CHECK(f, "no form factor for %s", name);
    return species_f0(f, q);
}

void xray_amplitude(XrayWeights w, const XrayForms *forms, const Species *s, double q, double f[2])
{
    f[0] = w == XRAY_NEUTRON ? s->b_coh
           : w == XRAY_FILE  ? xray_forms_at(forms, s, q)
                             : xray_f(w, s, q);
    f[1] = w == XRAY_NEUTRON ? s->b_coh_im : 0.0;
}

double xray_reach(const Gr *g)
{
    return FADE * g->rmax;
}

/* sin(Q r_k)/(Q r_k) at bin centres, with what turns binned into true density and the extra
 * broadening. The sine is turned on by complex rotation and set anew every 64 bins. */
static void kernel(const Gr *g, XrayBroadening extra, double q, double out[])
{
    double step = q * g->width, turn_c = cos(step), turn_s = sin(step), c = 1, s = 0;
    double unbin = 1.0 / (models_j0(0.5 * step) * q);
    double per_fwhm = extra.qbroad / 2.3548200450309493, damp = extra.qdamp * extra.qdamp;
    for (size_t k = 0; k < g->nbin; k++) {
        double r = ((double)k + 0.5) * g->width;
        if (k % 64 == 0) {
            c = cos(q * r);
            s = sin(q * r);
        }
        out[k] = unbin * s / r;
        double t = c * turn_c - s * turn_s;
        s = s * turn_c + c * turn_s;
        c = t;
    }
    if (extra.sigma > 0 || extra.qbroad > 0 || extra.qdamp > 0)
        for (size_t k = 0; k < g->nbin; k++) {
            double r = ((double)k + 0.5) * g->width;
            double s2 = extra.sigma * extra.sigma + per_fwhm * per_fwhm * r * r;
            out[k] *= exp(-0.5 * (s2 * q * q + damp * r * r));
        }
}

/* sum of a[k] b[k], four sums side by side */
static double product(size_t n, const double a[], const double b[])
{
    double sum[4] = {0};
    size_t k = 0;
    for (; k + 4 <= n; k += 4)
        for (size_t u = 0; u < 4; u++)
            sum[u] += a[k + u] * b[k + u];
    for (; k < n; k++)
        sum[0] += a[k] * b[k];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* N/(N_a N_b) [ordered pairs - those of uniform density] per bin, faded: [nblock][npair][nbin] */
static double *deviations(const Gr *g)
{
    double *out = MEM_NEW(double, g->nblock * g->npair * g->nbin);
    double reach = xray_reach(g), n = (double)g->n;
    for (size_t block = 0; block < g->nblock; block++)
        for (int a = 0; a < g->nspecies; a++)
            for (int b = a; b < g->nspecies; b++) {
                size_t pair = gr_pair(g, a, b);
                const int64_t *intra = gr_row(g, block, 0, pair),
                              *inter = gr_row(g, block, 1, pair);
                double *row = out + (block * g->npair + pair) * g->nbin;
                double frames = (double)g->frames[block], rho = n * frames / g->volume[block];
                double scale = (a == b ? 2.0 : 1.0) * n /
                               (frames * (double)g->natoms[a] * (double)g->natoms[b]);
                for (size_t k = 0; k < g->nbin; k++) {
                    double low = (double)k * g->width, high = low + g->width,
                           r = 0.5 * (low + high);
                    double shell = 4.0 / 3.0 * PI * (high * high * high - low * low * low);
                    double fade = r < reach ? 1.0 : cos(0.5 * PI * (r - reach) / (g->rmax - reach));
                    row[k] = fade * fade * (scale * (double)(intra[k] + inter[k]) - rho * shell);
                }
            }
    return out;
}

void xray_partials(const Gr *g, XrayBroadening extra, size_t nq, const double q[],
                   XrayPartials *out)
{
    size_t rows = g->nblock * g->npair;
    *out = (XrayPartials){.gr = g, .nq = nq, .q = q, .s = MEM_NEW(double, rows *nq)};
    double *deviation = deviations(g), *k = MEM_NEW(double, g->nbin);
    for (size_t i = 0; i < nq; i++) {
        kernel(g, extra, q[i], k);
        for (size_t row = 0; row < rows; row++) {
            out->s[row * nq + i] = 1.0 + product(g->nbin, deviation + row * g->nbin, k);
        }
    }
    free(deviation);
    free(k);
}

void xray_partials_clear(XrayPartials *p)
{
    free(p->s);
    p->s = NULL;
}

void xray_means(const Gr *g, XrayWeights w, const XrayForms *forms, double q, double *mean_squared,
                double *squared_mean)
{
    double re = 0, im = 0, sum = 0;
    for (int a = 0; a < g->nspecies; a++) {
        double c = (double)g->natoms[a] / (double)g->n, f[2];
        xray_amplitude(w, forms, g->species[a], q, f);
        re += c * f[0];
        im += c * f[1];
        sum += c * (f[0] * f[0] + f[1] * f[1]);
    }
    *mean_squared = re * re + im * im;
    *squared_mean = sum;
}

double xray_weight_of(const Gr *g, XrayWeights w, const XrayForms *forms, int a, int b, double q)
{
    double mean, squares, n = (double)g->n, fa[2], fb[2];
    double ca = (double)g->natoms[a] / n, cb = (double)g->natoms[b] / n;
    xray_means(g, w, forms, q, &mean, &squares);
    xray_amplitude(w, forms, g->species[a], q, fa);
    xray_amplitude(w, forms, g->species[b], q, fb);
    return (a == b ? 1.0 : 2.0) * ca * cb * (fa[0] * fb[0] + fa[1] * fb[1]) / mean;
}

double xray_pair_weight(const Gr *g, XrayWeights w, int a, int b, double q)
{
    return xray_weight_of(g, w, NULL, a, b, q);
}

void xray_total_of(const XrayPartials *p, XrayWeights w, const XrayForms *forms, double s[])
{
    const Gr *g = p->gr;
    for (size_t k = 0; k < g->nblock * p->nq; k++)
        s[k] = 1.0;
    for (int a = 0; a < g->nspecies; a++)
        for (int b = a; b < g->nspecies; b++)
            for (size_t i = 0; i < p->nq; i++) {
                double weight = xray_weight_of(g, w, forms, a, b, p->q[i]);
                for (size_t block = 0; block < g->nblock; block++)
                    s[block * p->nq + i] +=
                        weight * (p->s[(block * g->npair + gr_pair(g, a, b)) * p->nq + i] - 1.0);
            }
}

void xray_total(const XrayPartials *p, XrayWeights w, double s[])
{
    xray_total_of(p, w, NULL, s);
}

size_t xray_quadrature(double qmin, double qmax, double reach, double **q, double **weight)
{
    static const double node[4] = {0.183434642495649805, 0.525532409916328986, 0.796666477413626740,
                                   0.960289856497536232};
    static const double share[4] = {0.362683783378361983, 0.313706645877887287,
                                    0.222381034453374471, 0.101228536290376259};
    /* half a panel turns sin(QR) by at most 2.5 rad, where 8 points are good to 1e-12 */
    size_t panels = (size_t)ceil((qmax - qmin) * reach / 5.0) + 1;
    double half = 0.5 * (qmax - qmin) / (double)panels;
    *q = MEM_NEW(double, 8 * panels);
    *weight = MEM_NEW(double, 8 * panels);
    for (size_t p = 0; p < panels; p++)
        for (int k = 0; k < 8; k++) {
            double x = k < 4 ? -node[3 - k] : node[k - 4];
            (*q)[8 * p + (size_t)k] = qmin + half * (2.0 * (double)p + 1.0 + x);
            (*weight)[8 * p + (size_t)k] = half * (k < 4 ? share[3 - k] : share[k - 4]);
        }
    return 8 * panels;
}

void xray_transform(size_t nq, const double q[], const double weight[], double lorch_qmax,
                    size_t rows, const double f[], size_t nr, const double r[], double g[])
{
    double *w = MEM_NEW(double, nq), *sine = MEM_NEW(double, nq);
    for (size_t i = 0; i < nq; i++)
        w[i] = 2.0 / PI * weight[i] * (lorch_qmax > 0 ? models_j0(PI * q[i] / lorch_qmax) : 1.0);
    for (size_t k = 0; k < nr; k++) {
        for (size_t i = 0; i < nq; i++)
            sine[i] = w[i] * sin(q[i] * r[k]);
        for (size_t row = 0; row < rows; row++)
            g[row * nr + k] = product(nq, sine, f + row * nq);
    }
    free(w);
    free(sine);
}

/* S(Q) on the even grid that is given out. */
static void fill_s(const XrayPartials *even, const XrayForms *forms, XrayPdf *p)
{
    const Gr *g = even->gr;
    p->nq = even->nq;
    p->q = MEM_NEW(double, p->nq);
    p->s = MEM_NEW(double, p->nq);
    p->s_error = MEM_NEW(double, p->nq);
    memcpy(p->q, even->q, p->nq * sizeof *p->q);
    double *rows = MEM_NEW(double, g->nblock * p->nq);
    xray_total_of(even, p->weights, forms, rows);
    gr_block_mean(g, p->nq, rows, p->s, p->s_error);
    free(rows);
}

/* Q [S(Q) - 1] at the nodes, of each block. */
static void fill_f(const XrayPartials *nodes, XrayWeights w, const XrayForms *forms, double f[])
{
    xray_total_of(nodes, w, forms, f);
    for (size_t block = 0; block < nodes->gr->nblock; block++)
        for (size_t i = 0; i < nodes->nq; i++)
            f[block * nodes->nq + i] = nodes->q[i] * (f[block * nodes->nq + i] - 1.0);
}

static double envelope(const XrayOptions *o, double r)
{
    return exp(-0.5 * r * r * o->qdamp * o->qdamp);
}

/* G(r) from its rows before the envelope. */
static void fill_g(const XrayChain *c, const double rows[], XrayPdf *p)
{
    const Gr *g = c->gr;
    p->nr = xray_chain_points(c);
    p->r = MEM_NEW(double, p->nr);
    p->g = MEM_NEW(double, p->nr);
    p->g_error = MEM_NEW(double, p->nr);
    p->g_block = MEM_NEW(double, g->nblock * p->nr);
    for (size_t k = 0; k < p->nr; k++)
        p->r[k] = (double)(k + 1) * c->options.rstep;
    for (size_t block = 0; block < g->nblock; block++)
        for (size_t k = 0; k < p->nr; k++)
            p->g_block[block * p->nr + k] =
                rows[block * p->nr + k] * envelope(&c->options, p->r[k]);
    gr_block_mean(g, p->nr, p->g_block, p->g, p->g_error);
}

Err xray_chain_init(XrayChain *c, const Gr *g, const XrayOptions *o)
{
    *c = (XrayChain){.gr = g, .options = *o};
    if (!(o->qmin >= 0) || !(o->qmax > o->qmin) || o->qmax > 75.0 || !(o->qstep > 0) ||
        !(o->rstep > 0))
        return err_set(ERR_INPUT,
                       "PDF window: Q %g to %g 1/A in steps of %g, r in steps of %g A; needs "
                       "0 <= Qmin < Qmax <= 75 and steps > 0",
                       o->qmin, o->qmax, o->qstep, o->rstep);
    if (gr_frames(g, SIZE_MAX) == 0)
        return err_set(ERR_INPUT, "PDF: no frames");
    size_t nq = xray_quadrature(o->qmin, o->qmax, 2.0 * g->rmax, &c->q, &c->weight);
    size_t neven = (size_t)(o->qmax / o->qstep + 1e-9);
    c->even = MEM_NEW(double, neven);
    for (size_t i = 0; i < neven; i++)
        c->even[i] = (double)(i + 1) * o->qstep;
    xray_partials(g, o->extra, nq, c->q, &c->nodes);
    xray_partials(g, o->extra, neven, c->even, &c->grid);
    return OK;
}

void xray_chain_clear(XrayChain *c)
{
    xray_partials_clear(&c->nodes);
    xray_partials_clear(&c->grid);
    free(c->q);
    free(c->weight);
    free(c->even);
    memset(c, 0, sizeof *c);
}

size_t xray_chain_points(const XrayChain *c)
{
    return (size_t)(xray_reach(c->gr) / c->options.rstep);
}

void xray_chain_curves(const XrayChain *c, size_t n, const XrayWeights weights[],
                       const XrayForms *forms, XrayPdf out[])
{
    const Gr *g = c->gr;
    size_t nq = c->nodes.nq, nr = xray_chain_points(c);
    double *f = MEM_NEW(double, n * g->nblock * nq), *rows = MEM_NEW(double, n * g->nblock * nr),
           *r = MEM_NEW(double, nr);
    for (size_t k = 0; k < nr; k++)
        r[k] = (double)(k + 1) * c->options.rstep;
    for (size_t w = 0; w < n; w++)
        fill_f(&c->nodes, weights[w], forms, f + w * g->nblock * nq);
    xray_transform(nq, c->q, c->weight, c->options.lorch ? c->options.qmax : 0.0, n * g->nblock, f,
                   nr, r, rows);
    for (size_t w = 0; w < n; w++) {
        out[w] = (XrayPdf){.weights = weights[w],
                           .options = c->options,
                           .density = gr_density(g, SIZE_MAX),
                           .nblock = g->nblock};
        fill_s(&c->grid, forms, &out[w]);
        fill_g(c, rows + w * g->nblock * nr, &out[w]);
    }
    free(f);
    free(rows);
    free(r);
}

void xray_chain_parts(const XrayChain *c, XrayWeights w, const XrayForms *forms, size_t nr,
                      double out[], double level[])
{
    const Gr *g = c->gr;
    size_t nq = c->nodes.nq;
    double *f = MEM_NEW(double, g->npair *nq), *r = MEM_NEW(double, nr),
           all = (double)gr_frames(g, SIZE_MAX);
    for (size_t k = 0; k < nr; k++)
        r[k] = (double)(k + 1) * c->options.rstep;
    for (int a = 0; a < g->nspecies; a++)
        for (int b = a; b < g->nspecies; b++) {
            size_t pair = gr_pair(g, a, b);
            level[pair] = xray_weight_of(g, w, forms, a, b, 0.0);
            for (size_t i = 0; i < nq; i++) {
                double mean = 0, q = c->q[i];
                for (size_t block = 0; block < g->nblock; block++)
                    mean += (double)g->frames[block] / all *
                            (c->nodes.s[(block * g->npair + pair) * nq + i] - 1.0);
                f[pair * nq + i] = q * mean * xray_weight_of(g, w, forms, a, b, q);
            }
        }
    xray_transform(nq, c->q, c->weight, c->options.lorch ? c->options.qmax : 0.0, g->npair, f, nr,
                   r, out);
    for (size_t pair = 0; pair < g->npair; pair++)
        for (size_t k = 0; k < nr; k++)
            out[pair * nr + k] *= envelope(&c->options, r[k]);
    free(f);
    free(r);
}

Err xray_pdf(const Gr *g, const XrayOptions *o, XrayPdf out[XRAY_WEIGHTS])
{
    static const XrayWeights weights[XRAY_WEIGHTS] = {XRAY_NEUTRAL, XRAY_IONIC, XRAY_COMPUTED,
                                                      XRAY_CONSTANT_Z};
    XrayChain c;
    memset(out, 0, XRAY_WEIGHTS * sizeof *out);
    Err err = xray_chain_init(&c, g, o);
    if (err == OK)
        xray_chain_curves(&c, XRAY_WEIGHTS, weights, NULL, out);
    xray_chain_clear(&c);
    return err;
}

void xray_pdf_clear(XrayPdf *p)
{
    double *blocks[] = {p->q, p->s, p->s_error, p->r, p->g, p->g_error, p->g_block};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
    memset(p, 0, sizeof *p);
}

double xray_t(const XrayPdf *p, size_t k)
{
    return p->g[k] + 4.0 * PI * p->r[k] * p->density;
}

double xray_rdf(const XrayPdf *p, size_t k)
{
    return p->r[k] * xray_t(p, k);
}

double xray_debye_term(double q, double d, double s)
{
    return models_j0(q * d) * exp(-0.5 * s * s * q * q);
}

double xray_debye_g(double r, double d, double s)
{
    double near = (r - d) / s, far = (r + d) / s;
    return (exp(-0.5 * near * near) - exp(-0.5 * far * far)) / (s * sqrt(2.0 * PI) * d);
}
