/* stage_pdf.c -- kind `pdf`: G(r) as the beamline shows it, its peaks, and how it compares with a reference sample region by
 * region (r < 5.1, 5.1..12.3, > 12.3 A). Reads the pair counts that the observable `pdf` of an md or analyse stage
 * left, so any weights
 * and window follow without counting again; or a measured I(Q), for PDFgetX3's steps alone.
 */
#include "app/stage_pdf.h"

#include "base/log.h"
#include "base/mem.h"
#include "domain/structure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) .offset = offsetof(PdfOptions, member)
static const ConfigField fields[] = {
    STAGE_HEAD_FIELDS,
    {.key = "from",
     .kind = CONFIG_TEXT,
     .unit = "stage",
     .fallback = "",
     AT(from),
     .help = "md or analyse stage that measured `pdf`; may be absent if `data` is given"},
    {.key = "reference",
     .kind = CONFIG_TEXT,
     .unit = "stage",
     .fallback = "",
     AT(reference),
     .help = "stage whose G(r) is the yardstick of the regions (gamma)"},
    {.key = "weights",
     .kind = CONFIG_CHOICE,
     .choices = "neutral|ionic|computed|constant_Z|neutron|file",
     .fallback = "neutral",
     AT(weights),
     .help = "true f(Q) of neutral atoms, of Mg2+ and H-, of computed densities; constant Z "
             "as PDFgui has it; neutrons; or `form_factors`"},
    {.key = "sample",
     .kind = CONFIG_TEXT,
     .fallback = "",
     AT(sample),
     .help = "name of the sample in exported files"},
    {.key = "form_factors",
     .kind = CONFIG_TEXT,
     .unit = "file",
     .fallback = "",
     AT(form_factors),
     .help = "table with columns \"Q [1/angstrom]\", Mg, B, H: f(Q) in electrons, as `paddlewheel "
             "explain "
             "f:Mg2+,B,H_BH4` prints it"},
    {.key = "instrument",
     .kind = CONFIG_MAPPING,
     .fallback = "",
     AT(instrument),
     .help = "window, as in the observable pdf; that of `from` if absent"},
    {.key = "peak_least",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "0.05",
     .low = 0,
     .high = 1,
     AT(peak_least),
     .help =
         "maxima of G(r) that stand out by this share of the highest are in the table of peaks"},
    {.key = "processing",
     .kind = CONFIG_MAPPING,
     .fallback = "",
     AT(processing),
     .help = "measure I(Q) and process it as PDFgetX3 does; {} takes all defaults"},
    {.key = "data",
     .kind = CONFIG_TEXT,
     .unit = "file",
     .fallback = "",
     AT(data),
     .help = "measured I(Q) (.iq) or pattern (.xy) to process instead of a simulated one"},
    {.key = "background_file",
     .kind = CONFIG_TEXT,
     .unit = "file",
     .fallback = "",
     AT(background_file),
     .help = "empty container (.iq, .xy): of `data`, or the shape of the simulated one"},
    {.key = "powder",
     .kind = CONFIG_MAPPING,
     .fallback = "",
     AT(powder),
     .help = "powder pattern by Debye's and Bragg's sums; {} takes all defaults"},
    {.key = "structure",
     .kind = CONFIG_TEXT,
     .unit = "file",
     .fallback = "",
     AT(structure),
     .help = "crystal of Bragg's sum; the mean of the frames of `from` if absent"},
};

static bool given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

/* A file of the study, as text. Collective. */
static Err read_file(const StageRun *run, const char *file, char **path, char **bytes, size_t *size)
{
    *path = study_path(run->study, file);
    *bytes = NULL;
    Err e = comm_read_file(run->comm, *path, bytes, size);
    if (e != OK)
        free(*path);
    return e;
}

static Err read_curve(const StageRun *run, const char *file, bool *has, PdfData *data)
{
    char *path, *bytes;
    size_t size;
    if (!given(file))
        return OK;
    Err e = read_file(run, file, &path, &bytes, &size);
    if (e != OK)
        return e;
    e = pdf_files_read(path, bytes, size, data);
    *has = e == OK;
    if (e == OK && data->curve != PDF_IQ && data->curve != PDF_XY)
        e = err_set(ERR_INPUT, "%s: an intensity is wanted, .iq or .xy", path);
    free(path);
    free(bytes);
    return e;
}

static Err read_forms(const StageRun *run, const PdfOptions *o, PdfInputs *in)
{
    char *path, *bytes;
    size_t size;
    if (!given(o->form_factors))
        return o->weights == XRAY_FILE
                   ? config_error(run->stage->node, "weights",
                                  "'file' wants a table: form_factors: NAME.csv")
                   : OK;
    Err e = read_file(run, o->form_factors, &path, &bytes, &size);
    if (e != OK)
        return e;
    e = xray_forms_read(path, bytes, size, &in->forms);
    free(path);
    free(bytes);
    return e;
}

static Err check_options(const StageRun *run, const PdfOptions *o, PdfInputs *in)
{
    const ConfigNode *node = run->stage->node;
    if (!given(o->from) && !given(o->data))
        return config_error(node, NULL,
                            "kind pdf wants `from` (a stage) or `data` (a measured I(Q))");
    if (!given(o->from) && o->powder != NULL)
        return config_error(node, "powder", "wants `from`, a stage");
    TRY(config_read(o->instrument, instrument_xray_nfields, instrument_xray_fields, &in->window));
    TRY(instrument_xray_check(&in->window));
    if (o->powder != NULL)
        TRY(stage_pdf_powder_check(o));
    if (o->processing != NULL || given(o->data))
        TRY(stage_pdf_process_check(o, in));
    return OK;
}

Err stage_pdf_load(const StageRun *run, const PdfOptions *o, PdfInputs *in)
{
    *in = (PdfInputs){0};
    Err e = read_forms(run, o, in);
    if (e == OK)
        e = read_curve(run, o->data, &in->has_data, &in->data);
    if (e == OK)
        e = read_curve(run, o->background_file, &in->has_background, &in->background);
    if (e == OK && given(o->structure)) {
        char *path = study_path(run->study, o->structure);
        e = structure_read(run->comm, path, &in->structure);
        in->has_structure = e == OK;
        free(path);
    }
    if (e == OK)
        e = check_options(run, o, in);
    return e;
}

void stage_pdf_unload(PdfInputs *in)
{
    xray_forms_free(in->forms);
    if (in->has_data)
        pdf_data_clear(&in->data);
    if (in->has_background)
        pdf_data_clear(&in->background);
    if (in->has_structure)
        sample_clear(&in->structure);
    *in = (PdfInputs){0};
}

Err stage_pdf_see(H5 *source, const PdfOptions *o, const PdfInputs *in, PdfSeen *s)
{
    H5 *group;
    *s = (PdfSeen){0};
    TRY(h5_group(source, "pdf", &group));
    Err e = pdf_results_counts(group, &s->gr);
    if (e == OK)
        e = pdf_results_window(group, &s->window);
    h5_close_group(group);
    TRY(e);
    if (o->instrument != NULL)
        s->window = in->window;
    for (int w = 0; w < (in->forms ? XRAY_ALL : XRAY_FILE); w++) {
        s->chosen = w == o->weights ? s->nweights : s->chosen;
        s->weights[s->nweights++] = (XrayWeights)w;
    }
    for (int a = 0; a < s->gr.nspecies && in->forms; a++)
        TRY(xray_forms_check(in->forms, s->gr.species[a], s->window.qmax));
    for (size_t b = 0; b < s->gr.nblock; b++)
        s->frames[b] = (double)s->gr.frames[b];
    XrayOptions options = instrument_xray_options(&s->window);
    TRY(xray_chain_init(&s->chain, &s->gr, &options));
    xray_chain_curves(&s->chain, s->nweights, s->weights, in->forms, s->curves);
    return OK;
}

void stage_pdf_forget(PdfSeen *s)
{
    for (size_t w = 0; w < s->nweights; w++)
        xray_pdf_clear(&s->curves[w]);
    xray_chain_clear(&s->chain);
    gr_clear(&s->gr);
    *s = (PdfSeen){0};
}

static Err copy_scalar(H5 *from, H5 *to, const char *value, const char *as, const char *unit,
                       const char *what)
{
    double v;
    if (!h5_exists(from, value))
        return OK; /* the run had too few k for it */
    TRY(h5_read_number(from, value, &v));
    return stages_scalar(to, as, v, NAN, unit, what);
}

/* Peaks of g_ab(r) as the observable names them, and how the scalars of this stage end. */
static const struct {
    const char *name, *as;
} peaks[] = {{"Mg-Mg", "MgMg"}, {"Mg-Mg_2", "MgMg2"}, {"Mg-Mg_3", "MgMg3"},
             {"Mg-B", "MgB"},   {"Mg-H", "MgH"},      {"B-B", "BB"}};

/* Two numbers NAME and NAME_error of a peak; false if it is not there. */
static bool read_pair(H5 *file, const char *peak, const char *name, double *value, double *error)
{
    char path[96], path_error[104];
    snprintf(path, sizeof path, "pdf/peak/%s/%s", peak, name);
    snprintf(path_error, sizeof path_error, "%s_error", path);
    return h5_exists(file, path) && h5_read_number(file, path, value) == OK &&
           h5_read_number(file, path_error, error) == OK;
}

/* peak_X, and height_ratio_X against the reference if both have the peak. */
static Err write_peak(H5 *source, H5 *reference, H5 *file, const char *peak, const char *as)
{
    char name[64], what[128];
    double value, error, other, other_error;
    if (!read_pair(source, peak, "position", &value, &error))
        return OK;
    snprintf(name, sizeof name, "peak_%s", as);
    snprintf(what, sizeof what, "maximum of the %s peak of g(r)", peak);
    TRY(stages_scalar(file, name, value, error, "angstrom", what));
    if (reference == NULL || !read_pair(source, peak, "height", &value, &error) ||
        !read_pair(reference, peak, "height", &other, &other_error))
        return OK;
    snprintf(name, sizeof name, "height_ratio_%s", as);
    snprintf(what, sizeof what, "height of the %s peak of g(r) over that of the reference", peak);
    double ratio = value / other;
    return stages_scalar(file, name, ratio, ratio * hypot(error / value, other_error / other), "1",
                         what);
}

/* Is the highest maximum of G(r) beyond the ripples the Mg-B distance, as the paper says? */
static Err write_strongest(H5 *source, H5 *file, const XrayPdf *c)
{
    double mg_b, error, at = NAN, most = -INFINITY;
    if (!read_pair(source, "Mg-B", "position", &mg_b, &error))
        return OK;
    for (size_t k = 0; k < c->nr; k++)
        if (c->r[k] > 1.5 && c->g[k] > most) {
            most = c->g[k];
            at = c->r[k];
        }
    TRY(stages_scalar(file, "strongest_maximum", at, NAN, "angstrom",
                      "where G(r) is highest, r > 1.5 A"));
    return stages_scalar(file, "strongest_is_MgB", fabs(at - mg_b) < 0.15 ? 1.0 : 0.0, 0.0, "1",
                         "1: the highest maximum of G(r) is within 0.15 A of the Mg-B peak");
}

static Err write_regions(H5 *file, const PdfSeen *sample, const PdfSeen *reference)
{
    static const char *const names[PDF_REGIONS] = {"A", "B", "C"};
    PdfRegion regions[PDF_REGIONS];
    const XrayPdf *c = &sample->curves[sample->chosen];
    TRY(pdf_results_regions(c, sample->frames, &reference->curves[reference->chosen], regions));
    double ripple = pdf_numbers_ripple(c->nr, c->r, c->g, c->density, 0.2, 0.8);
    for (int i = 0; i < PDF_REGIONS; i++) {
        const PdfRegion *p = &regions[i];
        const struct {
            const char *name, *what, *unit;
            double value, error;
        } numbers[] = {
            {"correlation", "correlation of G(r) with the reference", "1", p->correlation,
             p->correlation_error},
            {"rms_ratio", "oscillation of G(r) relative to the reference", "1", p->ratio,
             p->ratio_error},
            {"rms", "oscillation of G(r) about its mean", "1/angstrom^2", p->rms, p->rms_error},
            {"rms_over_ripple",
             "oscillation of G(r) over the ripple of the cut at Qmax (rms of T(r), 0.2 to 0.8 A)",
             "1", p->rms / ripple, p->rms_error / ripple},
        };
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
            char name[64], what[200];
            snprintf(name, sizeof name, "%s_%s", numbers[k].name, names[i]);
            snprintf(what, sizeof what, "%s, r %.1f to %.1f A", numbers[k].what, p->low, p->high);
            TRY(stages_scalar(file, name, numbers[k].value, numbers[k].error, numbers[k].unit,
                              what));
        }
    }
    return OK;
}

/* NAME.gr, .fq, .sq of the chosen weights, with the window and the composition that were used. */
static Err export_files(const StageRun *run, const PdfOptions *o, const PdfSeen *s)
{
    char *composition = pdf_files_composition(&s->gr);
    Err e = OK;
    for (int curve = PDF_GR; curve <= PDF_SQ && e == OK; curve++) {
        char *path = mem_format("%s/%s%s", run->stage->folder, stage_name(run->stage),
                                pdf_files_ending((PdfCurve)curve));
        e = pdf_files_write(path, (PdfCurve)curve, &s->curves[s->chosen], &s->window, composition,
                            o->sample ? o->sample : "");
        free(path);
    }
    free(composition);
    return e;
}

/* What a simulated sample gives, measured against the reference if there is one. */
static Err simulated(const StageRun *run, const PdfOptions *o, const PdfInputs *in, H5 *source,
                     H5 *reference, H5 *file)
{
    PdfSeen mine = {0}, theirs = {0};
    Err e = stage_pdf_see(source, o, in, &mine);
    if (e == OK)
        e = stage_pdf_curves(file, &mine);
    if (e == OK)
        e = stage_pdf_partials(file, &mine);
    if (e == OK)
        e = stage_pdf_peaks(file, o, in, &mine);
    if (e == OK)
        e = export_files(run, o, &mine);
    if (e == OK)
        e = write_strongest(source, file, &mine.curves[mine.chosen]);
    if (e == OK && reference != NULL)
        e = stage_pdf_see(reference, o, in, &theirs);
    if (e == OK && reference != NULL)
        e = write_regions(file, &mine, &theirs);
    if (e == OK && (o->processing != NULL || in->has_data))
        e = stage_pdf_process(run, o, in, in->has_data ? NULL : &mine, file);
    if (e == OK && o->powder != NULL)
        e = stage_pdf_powder(run, o, in, &mine, source, file);
    for (size_t k = 0; k < sizeof peaks / sizeof peaks[0] && e == OK; k++)
        e = write_peak(source, reference, file, peaks[k].name, peaks[k].as);
    if (e == OK)
        e = copy_scalar(source, file, "pdf/bragg/ratio", "bragg_ratio", "1",
                        "strongest S(Q) at a Q of the box over the diffuse level around it");
    if (e == OK)
        e = copy_scalar(source, file, "pdf/bragg/crystal", "bragg_crystal", "1",
                        "1: Bragg peaks, 0: none above speckle");
    if (e == OK)
        e = copy_scalar(source, file, "pdf/half_box", "half_box", "angstrom",
                        "half the box: beyond it distances repeat the box");
    stage_pdf_forget(&mine);
    stage_pdf_forget(&theirs);
    return e;
}

static Err work(const StageRun *run, const PdfOptions *o, const PdfInputs *in)
{
    H5 *source = NULL, *reference = NULL, *file = NULL;
    Err e = OK;
    if (given(o->from))
        e = stages_open_result(run, o->from, &source);
    if (e == OK && given(o->reference))
        e = stages_open_result(run, o->reference, &reference);
    if (e == OK)
        e = stages_create_result(run, &file);
    if (e == OK)
        e = h5_write_text(file, "sample", given(o->sample) ? o->sample : "");
    if (e == OK)
        e = source != NULL ? simulated(run, o, in, source, reference, file)
                           : stage_pdf_process(run, o, in, NULL, file);
    if (source != NULL)
        h5_close(source);
    if (reference != NULL)
        h5_close(reference);
    if (e == OK)
        return h5_commit(file);
    if (file != NULL)
        h5_close(file);
    return e;
}

static Err check(const StageRun *run, const void *options, StageEstimate *estimate)
{
    const PdfOptions *o = options;
    PdfInputs in;
    Err e = stage_pdf_load(run, o, &in);
    stage_pdf_unload(&in);
    estimate->seconds = 2.0;
    if (given(o->from))
        snprintf(estimate->note, sizeof estimate->note, "reads pdf of %s", o->from);
    else
        snprintf(estimate->note, sizeof estimate->note, "processes %s", o->data);
    return e;
}

static Err run_pdf(const StageRun *run, const void *options)
{
    PdfInputs in;
    Err e = stage_pdf_load(run, options, &in);
    if (e == OK)
        e = comm_agree(run->comm, comm_is_root(run->comm) ? work(run, options, &in) : OK);
    stage_pdf_unload(&in);
    return e;
}

const StageKind stage_pdf = {
    .name = "pdf",
    .help = "X-ray and neutron G(r) in the beamline's window, peaks, regions against a reference, "
            "PDFgetX3's steps, powder pattern",
    .nfields = sizeof fields / sizeof fields[0],
    .fields = fields,
    .options_size = sizeof(PdfOptions),
    .check = check,
    .run = run_pdf,
    .dataset = stage_pdf_dataset,
    .describe = stage_pdf_describe,
};
