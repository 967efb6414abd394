#include "analysis/pdf_results.h"

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

Err pdf_results_regions(const XrayPdf *s, const double frames[], const XrayPdf *reference,
                        PdfRegion regions[PDF_REGIONS])
{
    size_t nr = s->nr < reference->nr ? s->nr : reference->nr;
    if (nr < 2 || fabs(s->r[1] - reference->r[1]) > 1e-9 || s->r[nr - 1] <= 12.4)
        return err_set(ERR_INPUT,
                       "comparing G(r): sample (step %g A, to %g A) and reference (step %g A, "
                       "to %g A) must have the same step and reach beyond 12.4 A",
                       s->r[0], s->r[s->nr - 1], reference->r[0], reference->r[reference->nr - 1]);
    double *rows = MEM_NEW(double, s->nblock *nr);
    for (size_t b = 0; b < s->nblock; b++)
        memcpy(rows + b * nr, s->g_block + b * s->nr, nr * sizeof *rows);
    pdf_numbers_regions(nr, s->r, reference->g, s->nblock, frames, rows, 1.5, regions);
    free(rows);
    return OK;
}
