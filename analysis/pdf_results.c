#include "analysis/pdf_results.h"

#include "analysis/pdf_files.h"
#include "analysis/pdf_numbers.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Err read_window(H5 *xray, InstrumentXray *i)
{
    double lorch;
    TRY(h5_read_number(xray, "wavelength", &i->wavelength));
    TRY(h5_read_number(xray, "qmin", &i->qmin));
    TRY(h5_read_number(xray, "qmax", &i->qmax));
    TRY(h5_read_number(xray, "qdamp", &i->qdamp));
    TRY(h5_read_number(xray, "qbroad", &i->qbroad));
    TRY(h5_read_number(xray, "lorch", &lorch));
    i->lorch = lorch != 0;
    return OK;
}

static Err read_curves(H5 *at, XrayPdf *p)
{
    size_t dims[2];
    TRY(h5_read(at, "q", 1, &p->nq, &p->q, NULL));
    TRY(h5_read(at, "S", 1, &p->nq, &p->s, NULL));
    TRY(h5_read(at, "S_error", 1, &p->nq, &p->s_error, NULL));
    TRY(h5_read(at, "r", 1, &p->nr, &p->r, NULL));
    TRY(h5_read(at, "G", 1, &p->nr, &p->g, NULL));
    TRY(h5_read(at, "G_error", 1, &p->nr, &p->g_error, NULL));
    TRY(h5_read(at, "G_block", 2, dims, &p->g_block, NULL));
    p->nblock = dims[0];
    return OK;
}

Err pdf_results_read(H5 *pdf, XrayWeights weights, PdfResults *out)
{
    memset(out, 0, sizeof *out);
    out->curves.weights = weights;
    size_t nblock;
    TRY(h5_read_text(pdf, "composition", &out->composition));
    TRY(h5_read_number(pdf, "density", &out->curves.density));
    TRY(h5_read(pdf, "block_frames", 1, &nblock, &out->block_frames, NULL));
    H5 *xray, *at;
    TRY(h5_group(pdf, "xray", &xray));
    Err err = read_window(xray, &out->window);
    if (err == OK)
        err = h5_group(xray, xray_weights_name(weights), &at);
    if (err == OK) {
        err = read_curves(at, &out->curves);
        h5_close_group(at);
    }
    h5_close_group(xray);
    if (err == OK && out->curves.nr > 1)
        out->window.rstep = out->curves.r[1] - out->curves.r[0];
    out->curves.options = instrument_xray_options(&out->window);
    return err;
}

Err pdf_results_window(H5 *pdf, InstrumentXray *out)
{
    H5 *xray;
    double *r;
    size_t nr;
    TRY(h5_group(pdf, "xray", &xray));
    Err err = read_window(xray, out);
    if (err == OK)
        err = h5_read(xray, "neutral/r", 1, &nr, &r, NULL);
    if (err == OK) {
        out->rstep = r[0];
        free(r);
        err = h5_read(xray, "neutral/q", 1, &nr, &r, NULL);
    }
    if (err == OK) {
        out->qstep = r[0];
        free(r);
    }
    h5_close_group(xray);
    return err;
}

/* Species and the numbers of atoms, frames, volumes, bins. */
static Err read_frame_of_counts(H5 *pdf, Gr *g)
{
    size_t n, bins;
    char **symbols;
    int64_t *atoms = NULL;
    double *r = NULL, *frames = NULL, *volume = NULL;
    if (!h5_exists(pdf, "block_volume"))
        return err_set(ERR_FILE, "the group of the observable pdf lacks block_volume: it is of an "
                                 "older version, analyse again");
    TRY(h5_read_texts(pdf, "species", &n, &symbols));
    for (size_t a = 0; a < n && a < SAMPLE_MAX_SPECIES; a++)
        g->species[a] = species_find(symbols[a]);
    for (size_t a = 0; a < n; a++)
        free(symbols[a]);
    free(symbols);
    g->nspecies = (int)n;
    size_t natoms = n, nframes, nvolume;
    TRY(h5_read_i64(pdf, "atoms", 1, &natoms, &atoms));
    Err err = h5_read(pdf, "r", 1, &bins, &r, NULL);
    if (err == OK)
        err = h5_read(pdf, "block_frames", 1, &nframes, &frames, NULL);
    if (err == OK)
        err = h5_read(pdf, "block_volume", 1, &nvolume, &volume, NULL);
    if (err == OK)
        err = h5_read_number(pdf, "half_box", &g->half_box);
    if (err == OK && (n == 0 || n > SAMPLE_MAX_SPECIES || natoms != n || bins < 2 ||
                      nframes != nvolume || nframes == 0 || nframes > (size_t)2 * GR_BLOCKS))
        err = err_set(ERR_FILE, "the counts of the observable pdf do not fit together");
    for (size_t a = 0; a < n && err == OK; a++) {
        g->natoms[a] = atoms[a];
        g->n += atoms[a];
        if (g->species[a] == NULL || atoms[a] <= 0)
            err = err_set(ERR_FILE, "the counts of the observable pdf are of unknown species");
    }
    for (size_t b = 0; b < nframes && err == OK; b++) {
        g->frames[b] = llround(frames[b]);
        g->volume[b] = volume[b];
    }
    if (err == OK) {
        g->nblock = nframes;
        g->nbin = bins;
        g->width = r[1] - r[0];
        g->rmax = (double)bins * g->width;
        g->npair = n * (n + 1) / 2;
        g->ranks = 1;
    }
    free(atoms);
    free(r);
    free(frames);
    free(volume);
    return err;
}

static Err read_pair_counts(H5 *pdf, Gr *g, int a, int b)
{
    static const char *const name[] = {"count_intra", "count_inter"};
    Err err = OK;
    for (size_t kind = 0; kind < 2 && err == OK; kind++) {
        char path[96];
        size_t dims[2];
        int64_t *rows = NULL;
        snprintf(path, sizeof path, "pair/%s-%s/%s", g->species[a]->symbol, g->species[b]->symbol,
                 name[kind]);
        err = h5_read_i64(pdf, path, 2, dims, &rows);
        if (err == OK && (dims[0] != g->nblock || dims[1] != g->nbin))
            err = err_set(ERR_FILE, "%s has the wrong size", path);
        for (size_t block = 0; block < g->nblock && err == OK; block++)
            memcpy(g->count + ((block * 2 + kind) * g->npair + gr_pair(g, a, b)) * g->nbin,
                   rows + block * g->nbin, g->nbin * sizeof *rows);
        free(rows);
    }
    return err;
}

Err pdf_results_counts(H5 *pdf, Gr *g)
{
    memset(g, 0, sizeof *g);
    Err err = read_frame_of_counts(pdf, g);
    if (err == OK)
        g->count = MEM_NEW(int64_t, g->npair * g->nbin * 4 * GR_BLOCKS);
    for (int a = 0; a < g->nspecies && err == OK; a++)
        for (int b = a; b < g->nspecies && err == OK; b++)
            err = read_pair_counts(pdf, g, a, b);
    if (err != OK)
        gr_clear(g);
    return err;
}

void pdf_results_clear(PdfResults *r)
{
    xray_pdf_clear(&r->curves);
    free(r->composition);
    free(r->block_frames);
    memset(r, 0, sizeof *r);
}

static Err export_curve(const PdfResults *r, PdfCurve curve, const char *prefix, const char *ending,
                        const char *title)
{
    char *path = mem_format("%s%s", prefix, ending);
    Err err = pdf_files_write(path, curve, &r->curves, &r->window, r->composition, title);
    free(path);
    return err;
}

Err pdf_results_export(H5 *pdf, const char *prefix, const char *title)
{
    PdfResults r;
    Err err = pdf_results_read(pdf, XRAY_NEUTRAL, &r);
    if (err == OK)
        err = export_curve(&r, PDF_GR, prefix, ".gr", title);
    if (err == OK)
        err = export_curve(&r, PDF_FQ, prefix, ".fq", title);
    if (err == OK)
        err = export_curve(&r, PDF_SQ, prefix, ".sq", title);
    if (err == OK) {
        char *path = mem_format("%s.csv", prefix);
        err = pdf_files_write_csv(path, &r.curves);
        free(path);
    }
    pdf_results_clear(&r);
    TRY(err);
    err = pdf_results_read(pdf, XRAY_CONSTANT_Z, &r);
    if (err == OK)
        err = export_curve(&r, PDF_GR, prefix, "_constant_Z.gr", title);
    pdf_results_clear(&r);
    return err;
}

static Err write_regions(H5 *at, const PdfRegion regions[PDF_REGIONS])
{
    const struct {
        const char *name, *unit, *text;
        size_t offset;
    } columns[] = {
        {"low", "A", "from", offsetof(PdfRegion, low)},
        {"high", "A", "to", offsetof(PdfRegion, high)},
        {"correlation", "1", "Pearson correlation of G(r) with the reference",
         offsetof(PdfRegion, correlation)},
        {"correlation_error", "1", "jackknife over blocks", offsetof(PdfRegion, correlation_error)},
        {"rms", "1/A^2", "oscillation of G(r) about its mean", offsetof(PdfRegion, rms)},
        {"rms_error", "1/A^2", "jackknife over blocks", offsetof(PdfRegion, rms_error)},
        {"reference_rms", "1/A^2", "the same of the reference", offsetof(PdfRegion, reference_rms)},
        {"ratio", "1", "rms over that of the reference", offsetof(PdfRegion, ratio)},
        {"ratio_error", "1", "jackknife over blocks of the sample",
         offsetof(PdfRegion, ratio_error)},
    };
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
        double values[PDF_REGIONS];
        size_t n = PDF_REGIONS;
        for (size_t k = 0; k < n; k++)
            memcpy(&values[k], (const char *)&regions[k] + columns[c].offset, sizeof values[k]);
        TRY(h5_write(at, columns[c].name, 1, &n, values, columns[c].unit, columns[c].text));
    }
    return OK;
}

Err pdf_results_regions(const PdfResults *sample, const PdfResults *reference,
                        PdfRegion regions[PDF_REGIONS])
{
    const XrayPdf *s = &sample->curves, *g = &reference->curves;
    size_t nr = s->nr < g->nr ? s->nr : g->nr;
    if (nr < 2 || fabs(s->r[1] - g->r[1]) > 1e-9 || s->r[nr - 1] <= 12.4)
        return err_set(ERR_INPUT,
                       "comparing G(r): sample (step %g A, to %g A) and reference (step %g A, "
                       "to %g A) must have the same step and reach beyond 12.4 A",
                       sample->window.rstep, s->r[s->nr - 1], reference->window.rstep,
                       g->r[g->nr - 1]);
    double *rows = MEM_NEW(double, s->nblock *nr);
    for (size_t b = 0; b < s->nblock; b++)
        memcpy(rows + b * nr, s->g_block + b * s->nr, nr * sizeof *rows);
    pdf_numbers_regions(nr, s->r, g->g, s->nblock, sample->block_frames, rows, 1.5, regions);
    free(rows);
    return OK;
}

static Err compare_one(const PdfResults *sample, const PdfResults *reference, H5 *out)
{
    PdfRegion regions[PDF_REGIONS];
    H5 *at;
    TRY(pdf_results_regions(sample, reference, regions));
    TRY(h5_group(out, xray_weights_name(sample->curves.weights), &at));
    Err err = write_regions(at, regions);
    h5_close_group(at);
    return err;
}

Err pdf_results_compare(H5 *sample, H5 *reference, H5 *out)
{
    Err err = OK;
    for (int w = 0; w < XRAY_WEIGHTS && err == OK; w++) {
        PdfResults s, g = {0};
        err = pdf_results_read(sample, (XrayWeights)w, &s);
        if (err == OK)
            err = pdf_results_read(reference, (XrayWeights)w, &g);
        if (err == OK)
            err = compare_one(&s, &g, out);
        pdf_results_clear(&s);
        pdf_results_clear(&g);
    }
    return err;
}
