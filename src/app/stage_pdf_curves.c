#include "app/stage_pdf.h"

#include "analysis/pdf_numbers.h"
#include "analysis/pdf_peaks.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_PEAKS = 200 };

static Err write_one(H5 *file, const XrayPdf *c)
{
    H5 *group;
    size_t room = c->nq > c->nr ? c->nq : c->nr;
    double *y = MEM_NEW(double, room);
    Err e = h5_group(file, xray_weights_name(c->weights), &group);
    if (e != OK) {
        free(y);
        return e;
    }
    e = h5_attr_text(group, NULL, "weights", xray_weights_meaning(c->weights));
    if (e == OK)
        e = h5_write(group, "r", 1, &c->nr, c->r, "angstrom", "distance");
    if (e == OK)
        e = h5_write(group, "G", 1, &c->nr, c->g, "1/angstrom^2",
                     "G(r) = D(r) in the beamline's window");
    if (e == OK)
        e = h5_write(group, "G_error", 1, &c->nr, c->g_error, "1/angstrom^2", "standard error");
    for (size_t k = 0; k < c->nr; k++)
        y[k] = xray_t(c, k);
    if (e == OK)
        e = h5_write(group, "T", 1, &c->nr, y, "1/angstrom^2", "T(r) = G(r) + 4 pi r rho0");
    for (size_t k = 0; k < c->nr; k++)
        y[k] = xray_rdf(c, k);
    if (e == OK)
        e = h5_write(group, "RDF", 1, &c->nr, y, "1/angstrom", "r T(r)");
    if (e == OK)
        e = h5_write(group, "q", 1, &c->nq, c->q, "1/angstrom", "momentum transfer");
    if (e == OK)
        e = h5_write(group, "S", 1, &c->nq, c->s, "1", "total structure factor, Faber-Ziman");
    if (e == OK)
        e = h5_write(group, "S_error", 1, &c->nq, c->s_error, "1", "standard error");
    for (size_t k = 0; k < c->nq; k++)
        y[k] = c->q[k] * (c->s[k] - 1.0);
    if (e == OK)
        e = h5_write(group, "F", 1, &c->nq, y, "1/angstrom", "F(Q) = Q [S(Q) - 1]");
    h5_close_group(group);
    free(y);
    return e;
}

Err stage_pdf_curves(H5 *file, const PdfSeen *s)
{
    Err e = OK;
    for (size_t w = 0; w < s->nweights && e == OK; w++)
        e = write_one(file, &s->curves[w]);
    return e;
}

/* "Mg-B" of each pair in the order of gr_pair; free each. */
static void name_pairs(const Gr *g, char *names[])
{
    for (int a = 0; a < g->nspecies; a++)
        for (int b = a; b < g->nspecies; b++)
            names[gr_pair(g, a, b)] =
                mem_format("%s-%s", g->species[a]->symbol, g->species[b]->symbol);
}

static void free_names(size_t n, char *names[])
{
    for (size_t k = 0; k < n; k++)
        free(names[k]);
    free(names);
}

/* S_ab of a pair, mean over blocks, and what the observable does not give of it. */
static Err write_partial(H5 *all, const PdfSeen *s, int a, int b, const char *name)
{
    const Gr *g = &s->gr;
    const XrayPartials *p = &s->chain.grid;
    H5 *at;
    double *rows = MEM_NEW(double, g->nblock * p->nq), *mean = MEM_NEW(double, p->nq),
           *error = MEM_NEW(double, p->nq), *r = MEM_NEW(double, 3 * g->nbin);
    for (size_t block = 0; block < g->nblock; block++)
        for (size_t k = 0; k < p->nq; k++)
            rows[block * p->nq + k] = p->s[(block * g->npair + gr_pair(g, a, b)) * p->nq + k];
    gr_block_mean(g, p->nq, rows, mean, error);
    Err e = h5_group(all, name, &at);
    if (e == OK) {
        e = h5_write(at, "q", 1, &p->nq, p->q, "1/angstrom", "momentum transfer");
        if (e == OK)
            e = h5_write(at, "S", 1, &p->nq, mean, "1",
                         "partial structure factor S_ab, Faber-Ziman");
        if (e == OK)
            e = h5_write(at, "S_error", 1, &p->nq, error, "1", "standard error over blocks");
        gr_centres(g, r);
        gr_partial(g, a, b, 3, r + g->nbin, NULL);
        gr_coordination(g, a, b, 3, r + 2 * g->nbin, NULL);
        if (e == OK)
            e = h5_write(at, "r", 1, &g->nbin, r, "angstrom", "bin centres");
        if (e == OK)
            e = h5_write(at, "g", 1, &g->nbin, r + g->nbin, "1", "partial pair distribution");
        if (e == OK)
            e = h5_write(at, "coordination", 1, &g->nbin, r + 2 * g->nbin, "1",
                         "second species around first, up to the upper edge of the bin");
        h5_close_group(at);
    }
    free(rows);
    free(mean);
    free(error);
    free(r);
    return e;
}

Err stage_pdf_partials(H5 *file, const PdfSeen *s)
{
    H5 *all;
    char **names = MEM_NEW(char *, s->gr.npair);
    name_pairs(&s->gr, names);
    Err e = h5_group(file, "partials", &all);
    if (e == OK) {
        for (int a = 0; a < s->gr.nspecies && e == OK; a++)
            for (int b = a; b < s->gr.nspecies && e == OK; b++)
                e = write_partial(all, s, a, b, names[gr_pair(&s->gr, a, b)]);
        h5_close_group(all);
    }
    free_names(s->gr.npair, names);
    return e;
}

static Err write_table(H5 *at, const PdfSeen *s, size_t n, const PdfMaximum peak[],
                       const double share[], char *names[])
{
    static const struct {
        const char *name, *unit, *text;
        size_t offset;
    } columns[] = {
        {"position", "angstrom", "of the maximum of G(r)", offsetof(PdfMaximum, position)},
        {"position_error", "angstrom", "jackknife over blocks",
         offsetof(PdfMaximum, position_error)},
        {"height", "1/angstrom^2", "G(r) there", offsetof(PdfMaximum, height)},
        {"height_error", "1/angstrom^2", "jackknife over blocks",
         offsetof(PdfMaximum, height_error)},
        {"fwhm", "angstrom", "full width at half the prominence", offsetof(PdfMaximum, fwhm)},
        {"fwhm_error", "angstrom", "jackknife over blocks", offsetof(PdfMaximum, fwhm_error)},
        {"prominence", "1/angstrom^2", "by how much it stands out",
         offsetof(PdfMaximum, prominence)},
    };
    size_t npair = s->gr.npair, dims[2] = {n, npair};
    double *y = MEM_NEW(double, n);
    char **texts = MEM_NEW(char *, n);
    Err e = OK;
    for (size_t c = 0; c < sizeof columns / sizeof *columns && e == OK; c++) {
        for (size_t k = 0; k < n; k++)
            y[k] = *(const double *)(const void *)((const char *)&peak[k] + columns[c].offset);
        e = h5_write(at, columns[c].name, 1, &n, y, columns[c].unit, columns[c].text);
    }
    for (size_t k = 0; k < n; k++)
        texts[k] = pdf_peaks_text(npair, (const char *const *)names, share + k * npair);
    if (e == OK)
        e = h5_write(at, "share", 2, dims, share, "1", "of the pairs in T(r) over the width");
    if (e == OK)
        e = h5_write_texts(at, "pairs", npair, (const char *const *)names);
    if (e == OK)
        e = h5_write_texts(at, "assignment", n, (const char *const *)texts);
    for (size_t k = 0; k < n; k++)
        free(texts[k]);
    free(texts);
    free(y);
    return e;
}

/* How high the first strong peak of each pair is with true f(Q), over constant Z. */
static Err write_factors(H5 *file, const PdfInputs *in, const PdfSeen *s, char *names[])
{
    static const XrayWeights judged[] = {XRAY_NEUTRAL, XRAY_IONIC, XRAY_COMPUTED};
    enum { JUDGED = sizeof judged / sizeof *judged };
    const XrayPdf *c = &s->curves[s->chosen];
    size_t npair = s->gr.npair, nr = c->nr;
    double *part[1 + JUDGED], *level = MEM_NEW(double, npair *(1 + JUDGED)),
                              *r = MEM_NEW(double, npair), *ratio = MEM_NEW(double, npair);
    for (size_t w = 0; w <= JUDGED; w++) {
        part[w] = MEM_NEW(double, npair *nr);
        xray_chain_parts(&s->chain, w == 0 ? XRAY_CONSTANT_Z : judged[w - 1], in->forms, nr,
                         part[w], level + w * npair);
    }
    H5 *at;
    Err e = h5_group(file, "constant_Z_factor", &at);
    for (size_t w = 1; w <= JUDGED && e == OK; w++) {
        const char *name = xray_weights_name(judged[w - 1]);
        for (size_t k = 0; k < npair && e == OK; k++) {
            PdfFactor f = pdf_peaks_factor(nr, c->r, part[w] + k * nr, level[w * npair + k],
                                           part[0] + k * nr, level[k], c->density, 6.0);
            r[k] = f.r, ratio[k] = f.ratio;
            if (w > 1 || isnan(f.ratio))
                continue;
            char scalar[64], what[160];
            snprintf(scalar, sizeof scalar, "factor_%s", names[k]);
            for (char *dash = scalar; *dash; dash++)
                if (*dash == '-') /* as in peak_MgB */
                    for (char *next = dash; *next; next++)
                        *next = next[1];
            snprintf(what, sizeof what,
                     "height of the %s peak at %.2f A with f(Q) of neutral atoms over constant Z",
                     names[k], f.r);
            e = stages_scalar(file, scalar, f.ratio, NAN, "1", what);
        }
        if (e == OK && w == 1)
            e = h5_write(at, "r", 1, &npair, r, "angstrom", "first strong peak of the pair");
        if (e == OK)
            e = h5_write(at, name, 1, &npair, ratio, "1",
                         "height of the peak over that with constant Z");
    }
    if (e == OK)
        e = h5_write_texts(at, "pairs", npair, (const char *const *)names);
    if (e == OK)
        h5_close_group(at);
    for (size_t w = 0; w <= JUDGED; w++)
        free(part[w]);
    free(level);
    free(r);
    free(ratio);
    return e;
}

Err stage_pdf_peaks(H5 *file, const PdfOptions *o, const PdfInputs *in, const PdfSeen *s)
{
    const XrayPdf *c = &s->curves[s->chosen];
    size_t npair = s->gr.npair, dims[2] = {npair, c->nr};
    double *part = MEM_NEW(double, npair * c->nr), *level = MEM_NEW(double, npair), most = 0.0;
    double *share = MEM_NEW(double, MOST_PEAKS *npair);
    PdfMaximum *peak = MEM_NEW(PdfMaximum, MOST_PEAKS);
    char **names = MEM_NEW(char *, npair);
    H5 *parts = NULL, *table = NULL;
    name_pairs(&s->gr, names);
    xray_chain_parts(&s->chain, c->weights, in->forms, c->nr, part, level);
    for (size_t k = 0; k < c->nr; k++)
        most = fmax(most, c->r[k] > 1.0 ? c->g[k] : 0.0);
    size_t n = pdf_peaks_find(c->nr, c->r, c->nblock, s->frames, c->g_block, 1.0, c->r[c->nr - 1],
                              o->peak_least * most, MOST_PEAKS, peak);
    for (size_t k = 0; k < n; k++)
        pdf_peaks_shares(c->nr, c->r, npair, part, level, c->density, &peak[k], share + k * npair);
    Err e = h5_group(file, "parts", &parts);
    if (e == OK)
        e = h5_write_texts(parts, "pairs", npair, (const char *const *)names);
    if (e == OK)
        e = h5_write(parts, "r", 1, &c->nr, c->r, "angstrom", "distance");
    if (e == OK)
        e = h5_write(parts, "G", 2, dims, part, "1/angstrom^2",
                     "what each pair adds to G(r) of the chosen weights");
    if (e == OK)
        e = h5_write(parts, "level", 1, &npair, level, "1",
                     "weight at Q = 0: G + 4 pi r rho0 level is what the pair adds to T(r)");
    if (parts)
        h5_close_group(parts);
    if (e == OK)
        e = h5_group(file, "peaks", &table);
    if (e == OK)
        e = write_table(table, s, n, peak, share, names);
    if (table)
        h5_close_group(table);
    if (e == OK)
        e = write_factors(file, in, s, names);
    free_names(npair, names);
    free(part);
    free(level);
    free(share);
    free(peak);
    return e;
}
