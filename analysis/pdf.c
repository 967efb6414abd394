#include "analysis/pdf.h"

#include "analysis/bragg.h"
#include "analysis/instrument_xray.h"
#include "analysis/mean_structure.h"
#include "analysis/pdf_files.h"
#include "analysis/pdf_numbers.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct PdfOptions {
    double rmax, bin, bragg_qmax;
    const ConfigNode *instrument;
} PdfOptions;

static const ConfigField FIELDS[] = {
    {.key = "rmax",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "30 A",
     .low = 2,
     .high = 200,
     .offset = offsetof(PdfOptions, rmax),
     .help = "greatest distance counted; G(r) is given to 0.85 rmax"},
    {.key = "bin",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "0.01 A",
     .low = 1e-4,
     .high = 1,
     .offset = offsetof(PdfOptions, bin),
     .help = "bin width of the histograms"},
    {.key = "bragg_qmax",
     .kind = CONFIG_QUANTITY,
     .unit = "1/A",
     .fallback = "2.5 1/A",
     .low = 0,
     .high = 20,
     .offset = offsetof(PdfOptions, bragg_qmax),
     .help = "wave vectors of the Bragg test reach to this Q; 0 for no test"},
    {.key = "instrument",
     .kind = CONFIG_MAPPING,
     .fallback = "",
     .offset = offsetof(PdfOptions, instrument),
     .help = "X-ray window; P02.1 of Heere 2020 if absent"},
};

typedef struct Pdf {
    const Comm *comm;
    const Sample *sample;
    Gr gr;
    bool has_bragg;
    double bragg_qmax;
    Bragg bragg;
    MeanStructure mean; /* on rank 0, if ions are known */
    InstrumentXray instrument;
} Pdf;

static void pdf_free(void *state)
{
    Pdf *p = state;
    if (!p)
        return;
    gr_clear(&p->gr);
    bragg_clear(&p->bragg);
    mean_structure_clear(&p->mean);
    free(p);
}

static Err pdf_open(const Comm *c, const Sample *sample, const void *options, double interval,
                    int64_t frames, void **state)
{
    (void)interval;
    (void)frames;
    const PdfOptions *o = options;
    Pdf *p = MEM_NEW(Pdf, 1);
    *state = p;
    p->comm = c;
    p->sample = sample;
    p->bragg_qmax = o->bragg_qmax;
    Err err =
        config_read(o->instrument, instrument_xray_nfields, instrument_xray_fields, &p->instrument);
    if (err == OK)
        err = instrument_xray_check(&p->instrument);
    if (err == OK)
        err = gr_init(&p->gr, c, sample, o->rmax, o->bin);
    if (err == OK && o->bragg_qmax > 0) {
        err = err_prefix(bragg_init(&p->bragg, c, sample, &sample->cell, o->bragg_qmax),
                         "bragg_qmax");
        p->has_bragg = err == OK;
    }
    if (err == OK && comm_is_root(c) && sample->nion > 0)
        mean_structure_init(&p->mean, sample);
    err = comm_agree(c, err);
    if (err != OK) {
        pdf_free(p);
        *state = NULL;
    }
    return err;
}

static Err pdf_frame(void *state, const Frame *frame)
{
    Pdf *p = state;
    gr_add(&p->gr, &frame->cell, frame->x);
    if (p->has_bragg)
        bragg_add(&p->bragg, &frame->cell, frame->x);
    if (p->mean.sample)
        mean_structure_add(&p->mean, &frame->cell, frame->x);
    return OK;
}

/* A curve [n] with its error beside it. */
static Err write_curve(H5 *at, const char *name, size_t n, const double y[], const double error[],
                       const char *unit, const char *description)
{
    TRY(h5_write(at, name, 1, &n, y, unit, description));
    if (!error)
        return OK;
    char *error_name = mem_format("%s_error", name);
    Err err = h5_write(at, error_name, 1, &n, error, unit, "standard error over blocks of frames");
    free(error_name);
    return err;
}

static Err write_pair_counts(H5 *at, const Gr *g, size_t pair)
{
    static const char *const name[] = {"count_intra", "count_inter"};
    static const char *const text[] = {
        "unordered pairs within an ion, summed over the frames of each block",
        "unordered pairs between ions, summed over the frames of each block"};
    size_t dims[2] = {g->nblock, g->nbin};
    int64_t *rows = MEM_NEW(int64_t, g->nblock * g->nbin);
    Err err = OK;
    for (int kind = 0; kind < 2 && err == OK; kind++) {
        for (size_t b = 0; b < g->nblock; b++)
            memcpy(rows + b * g->nbin, gr_row(g, b, kind, pair), g->nbin * sizeof *rows);
        err = h5_write_i64(at, name[kind], 2, dims, rows, "1", text[kind]);
    }
    free(rows);
    return err;
}

static Err write_pair(H5 *pairs, const Gr *g, int a, int b)
{
    H5 *at;
    char *name = mem_format("%s-%s", g->species[a]->symbol, g->species[b]->symbol);
    Err err = h5_group(pairs, name, &at);
    free(name);
    TRY(err);
    double *y = MEM_NEW(double, g->nbin), *e = MEM_NEW(double, g->nbin);
    gr_partial(g, a, b, 3, y, e);
    err = write_curve(at, "g", g->nbin, y, e, "1", "partial pair distribution function");
    gr_partial(g, a, b, 1, y, NULL);
    if (err == OK)
        err =
            write_curve(at, "g_intra", g->nbin, y, NULL, "1", "its part from pairs within one ion");
    gr_coordination(g, a, b, 3, y, e);
    if (err == OK)
        err = write_curve(at, "coordination", g->nbin, y, e, "1",
                          "second species around first, up to the upper edge of the bin");
    if (err == OK)
        err = write_pair_counts(at, g, gr_pair(g, a, b));
    free(y);
    free(e);
    h5_close_group(at);
    return err;
}

static int species_of(const Gr *g, const char *element)
{
    for (int a = 0; a < g->nspecies; a++)
        if (strcmp(g->species[a]->element, element) == 0 && g->natoms[a] > 0)
            return a;
    return -1;
}

/* The peaks of g_ab(r) that the paper speaks of. In gamma Mg-Mg_2 and Mg-Mg_3 each are two shells (7.370 (8) and 7.879 (2),
 * 8.809 (8) and 9.239 A (4) at rest); their highest point is meant. */
static const struct {
    const char *name, *first, *second;
    double low, high, half_width; /* [A] */
} peaks[] = {
    {"Mg-Mg", "Mg", "Mg", 3.5, 6.0, 0.25},   {"Mg-Mg_2", "Mg", "Mg", 6.3, 8.1, 0.3},
    {"Mg-Mg_3", "Mg", "Mg", 8.1, 10.0, 0.3}, {"Mg-B", "Mg", "B", 1.8, 3.2, 0.25},
    {"Mg-H", "Mg", "H", 1.6, 2.6, 0.15},     {"B-B", "B", "B", 3.0, 5.5, 0.25},
};

/* A peak that is not there is no error: the group then lacks it. */
static Err write_peak(H5 *group, const Gr *g, size_t k)
{
    int a = species_of(g, peaks[k].first), b = species_of(g, peaks[k].second);
    PdfPeak peak;
    H5 *at;
    if (a < 0 || b < 0 ||
        pdf_numbers_peak(g, a, b, peaks[k].low, peaks[k].high, peaks[k].half_width, &peak) != OK)
        return OK;
    char *name = mem_format("peak/%s", peaks[k].name);
    Err err = h5_group(group, name, &at);
    free(name);
    TRY(err);
    err = h5_write_number(at, "position", peak.position, "A", "maximum of g(r), parabola");
    if (err == OK)
        err = h5_write_number(at, "position_error", peak.position_error, "A",
                              "jackknife over blocks");
    if (err == OK)
        err = h5_write_number(at, "height", peak.height, "1", "g(r) at the maximum");
    if (err == OK)
        err = h5_write_number(at, "height_error", peak.height_error, "1", "jackknife over blocks");
    h5_close_group(at);
    return err;
}

static Err write_counts(H5 *group, const Gr *g)
{
    double *r = MEM_NEW(double, g->nbin);
    gr_centres(g, r);
    Err err = write_curve(group, "r", g->nbin, r, NULL, "A", "bin centres");
    free(r);
    TRY(err);
    TRY(h5_write_i64(group, "block_frames", 1, &g->nblock, g->frames, "1", "frames of each block"));
    TRY(h5_write(group, "block_volume", 1, &g->nblock, g->volume, "A^3",
                 "volume of the box, summed over the frames of each block"));
    char *composition = pdf_files_composition(g);
    err = h5_write_text(group, "composition", composition);
    free(composition);
    TRY(err);
    const char *symbols[SAMPLE_MAX_SPECIES];
    for (int a = 0; a < g->nspecies; a++)
        symbols[a] = g->species[a]->symbol;
    size_t ns = (size_t)g->nspecies;
    TRY(h5_write_texts(group, "species", ns, symbols));
    TRY(h5_write_i64(group, "atoms", 1, &ns, g->natoms, "1", "atoms of each species in the box"));
    TRY(h5_write_number(group, "density", gr_density(g, SIZE_MAX), "1/A^3", "mean number density"));
    TRY(h5_write_number(group, "half_box", g->half_box, "A", "beyond it distances repeat the box"));
    H5 *pairs;
    TRY(h5_group(group, "pair", &pairs));
    for (int a = 0; a < g->nspecies && err == OK; a++)
        for (int b = a; b < g->nspecies && err == OK; b++)
            err = write_pair(pairs, g, a, b);
    h5_close_group(pairs);
    TRY(err);
    for (size_t k = 0; k < sizeof peaks / sizeof peaks[0] && err == OK; k++)
        err = write_peak(group, g, k);
    return err;
}

/* F, T and RDF follow from S and G. */
static Err write_derived(H5 *at, const XrayPdf *p)
{
    size_t room = p->nq > p->nr ? p->nq : p->nr;
    double *y = MEM_NEW(double, room);
    for (size_t k = 0; k < p->nq; k++)
        y[k] = p->q[k] * (p->s[k] - 1.0);
    Err err = write_curve(at, "F", p->nq, y, NULL, "1/A", "Q [S(Q) - 1]");
    for (size_t k = 0; k < p->nr; k++)
        y[k] = xray_t(p, k);
    if (err == OK)
        err = write_curve(at, "T", p->nr, y, NULL, "1/A^2", "G(r) + 4 pi r rho0");
    for (size_t k = 0; k < p->nr; k++)
        y[k] = xray_rdf(p, k);
    if (err == OK)
        err = write_curve(at, "RDF", p->nr, y, NULL, "1/A", "r T(r)");
    free(y);
    return err;
}

static Err write_weights(H5 *xray, const XrayPdf *p)
{
    H5 *at;
    TRY(h5_group(xray, xray_weights_name(p->weights), &at));
    size_t dims[2] = {p->nblock, p->nr};
    double ripple = pdf_numbers_ripple(p->nr, p->r, p->g, p->density, 0.2, 0.8);
    Err err = h5_attr_text(at, NULL, "weights", xray_weights_meaning(p->weights));
    if (err == OK)
        err = write_curve(at, "q", p->nq, p->q, NULL, "1/A", "momentum transfer");
    if (err == OK)
        err = write_curve(at, "S", p->nq, p->s, p->s_error, "1",
                          "total structure factor, Faber-Ziman");
    if (err == OK)
        err = write_curve(at, "r", p->nr, p->r, NULL, "A", "distance");
    if (err == OK)
        err = write_curve(at, "G", p->nr, p->g, p->g_error, "1/A^2",
                          "reduced pair distribution function");
    if (err == OK)
        err = h5_write(at, "G_block", 2, dims, p->g_block, "1/A^2", "G(r) of each block of frames");
    if (err == OK)
        err = h5_write_number(at, "ripple", ripple, "1/A^2",
                              "rms of T(r) from 0.2 to 0.8 A, where no pairs are: termination "
                              "ripples and, with f(Q), electron clouds");
    if (err == OK)
        err = write_derived(at, p);
    h5_close_group(at);
    return err;
}

static Err write_window(H5 *xray, const InstrumentXray *i)
{
    const struct {
        const char *name, *unit, *text;
        double value;
    } numbers[] = {
        {"wavelength", "A", "of the X-rays", i->wavelength},
        {"qmin", "1/A", "least Q of the transform", i->qmin},
        {"qmax", "1/A", "greatest Q of the transform", i->qmax},
        {"qdamp", "1/A", "envelope exp(-(r qdamp)^2/2) of G(r)", i->qdamp},
        {"qbroad", "1/A", "peak broadening", i->qbroad},
        {"lorch", "1", "1 if the Lorch window was used", i->lorch},
    };
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
        TRY(h5_write_number(xray, numbers[k].name, numbers[k].value, numbers[k].unit,
                            numbers[k].text));
    return OK;
}

static Err write_xray(H5 *group, const Pdf *p)
{
    XrayPdf curves[XRAY_WEIGHTS];
    XrayOptions o = instrument_xray_options(&p->instrument);
    TRY(xray_pdf(&p->gr, &o, curves));
    H5 *xray;
    Err err = h5_group(group, "xray", &xray);
    if (err == OK) {
        err = write_window(xray, &p->instrument);
        for (int w = 0; w < XRAY_WEIGHTS && err == OK; w++)
            err = write_weights(xray, &curves[w]);
        h5_close_group(xray);
    }
    for (int w = 0; w < XRAY_WEIGHTS; w++)
        xray_pdf_clear(&curves[w]);
    return err;
}

static Err write_bragg(H5 *group, const Pdf *p)
{
    enum { SHELLS = 100 };
    double q[SHELLS], i[SHELLS];
    size_t n = 0;
    BraggVerdict v = bragg_verdict(&p->bragg);
    bragg_shells(&p->bragg, p->bragg_qmax / SHELLS, SHELLS, q, i);
    for (size_t k = 0; k < SHELLS; k++)
        if (q[k] > 0) {
            q[n] = q[k];
            i[n++] = i[k];
        }
    H5 *at;
    TRY(h5_group(group, "bragg", &at));
    Err err = write_curve(at, "q", n, q, NULL, "1/A", "mean |k| of shells of box wave vectors");
    if (err == OK)
        err = write_curve(at, "intensity", n, i, NULL, "1",
                          "mean |sum f exp(ikr)|^2/(N <f>^2) of the shell");
    if (err == OK)
        err = h5_write_number(at, "ratio", v.ratio, "1",
                              "strongest single peak over the diffuse level");
    if (err == OK)
        err = h5_write_number(at, "limit", v.limit, "1",
                              "disorder exceeds this ratio once in a hundred boxes");
    if (err == OK)
        err = h5_write_number(at, "peak_q", v.q, "1/A", "where the strongest peak is");
    if (err == OK)
        err = h5_write_number(at, "crystal", v.crystal, "1", "1 if there are Bragg peaks");
    h5_close_group(at);
    return err;
}

/* Mean places and thermal motion, for powder patterns. */
static Err write_mean(H5 *group, const MeanStructure *m)
{
    size_t n = (size_t)m->sample->n, places[2] = {n, 3}, vectors[2] = {3, 3};
    double(*s)[3] = mem_new(n, sizeof *s), *u = MEM_NEW(double, n);
    int64_t *kind = MEM_NEW(int64_t, n);
    Cell cell;
    H5 *at = NULL;
    Err err = mean_structure_get(m, &cell, s);
    if (err == OK)
        err = h5_group(group, "mean", &at);
    for (size_t i = 0; i < n; i++) {
        u[i] = mean_structure_u(m, (int64_t)i);
        kind[i] = m->sample->kind[i];
    }
    if (err == OK)
        err = h5_write(at, "cell", 2, vectors, &cell.h[0][0], "A", "mean lattice vectors, rows");
    if (err == OK)
        err = h5_write(at, "place", 2, places, &s[0][0], "1",
                       "mean fractional coordinates; equal H of an ion have no names");
    if (err == OK)
        err = h5_write(at, "u_iso", 1, &n, u, "A^2", "mean squared deviation along one axis");
    if (err == OK)
        err = h5_write_i64(at, "kind", 1, &n, kind, "1", "index into species");
    if (at)
        h5_close_group(at);
    free(s);
    free(u);
    free(kind);
    return err;
}

static Err pdf_close(void *state, H5 *group)
{
    Pdf *p = state;
    gr_reduce(&p->gr, p->comm);
    if (p->has_bragg)
        bragg_reduce(&p->bragg, p->comm);
    Err err = OK;
    if (gr_frames(&p->gr, SIZE_MAX) == 0)
        err = err_set(ERR_INPUT, "pdf: no frames");
    if (err == OK && comm_is_root(p->comm)) {
        err = write_counts(group, &p->gr);
        if (err == OK)
            err = write_xray(group, p);
        if (err == OK && p->has_bragg)
            err = write_bragg(group, p);
        if (err == OK && p->mean.sample)
            err = write_mean(group, &p->mean);
    }
    return comm_agree(p->comm, err);
}

const ObservableKind pdf_observable = {
    .name = "pdf",
    .help = "pair distributions [A], X-ray S(Q), F(Q), G(r) [A, 1/A], Bragg test",
    .reference =
        "T. E. Faber, J. M. Ziman, Phil. Mag. 11, 153 (1965), doi 10.1080/14786436508211931",
    .nfields = sizeof FIELDS / sizeof *FIELDS,
    .fields = FIELDS,
    .options_size = sizeof(PdfOptions),
    .open = pdf_open,
    .frame = pdf_frame,
    .close = pdf_close,
    .free = pdf_free,
};
