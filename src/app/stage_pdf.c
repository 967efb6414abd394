/* stage_pdf.c -- kind `pdf`: G(r) as the beamline shows it, its peaks, and how it compares with a reference sample region by
 * region (r < 5.1, 5.1..12.3, > 12.3 A). Reads the group `pdf` that an md or analyse stage left.
 */
#include "app/stages.h"

#include "analysis/pdf_files.h"
#include "analysis/pdf_results.h"
#include "base/log.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct PdfOptions {
    StageHead head;
    char *from, *reference;
    int weights;
    char *sample;
} PdfOptions;

#define AT(member) .offset = offsetof(PdfOptions, member)
static const ConfigField fields[] = {
    STAGE_HEAD_FIELDS,
    {.key = "from",
     .kind = CONFIG_TEXT,
     .unit = "stage",
     AT(from),
     .help = "md or analyse stage that measured `pdf`"},
    {.key = "reference",
     .kind = CONFIG_TEXT,
     .unit = "stage",
     .fallback = "",
     AT(reference),
     .help = "stage whose G(r) is the yardstick of the regions (gamma)"},
    {.key = "weights",
     .kind = CONFIG_CHOICE,
     .choices = "neutral|ionic|computed|constant_Z",
     .fallback = "neutral",
     AT(weights),
     .help = "true f(Q) of neutral atoms, of Mg2+ and H-, or of computed densities; or constant Z "
             "as PDFgui has it"},
    {.key = "sample",
     .kind = CONFIG_TEXT,
     .fallback = "",
     AT(sample),
     .help = "name of the sample in exported files"},
};

/* The results of one stage for one choice of weights; cleared by pdf_results_clear, also after an error. */
static Err read_results(H5 *file, int weights, PdfResults *results)
{
    H5 *group;
    *results = (PdfResults){0};
    TRY(h5_group(file, "pdf", &group));
    Err e = pdf_results_read(group, (XrayWeights)weights, results);
    h5_close_group(group);
    return e;
}

static Err copy_scalar(H5 *from, H5 *to, const char *value, const char *as, const char *what)
{
    double v;
    if (!h5_exists(from, value))
        return OK; /* the run had too few k for it */
    TRY(h5_read_number(from, value, &v));
    return stages_scalar(to, as, v, NAN, "1", what);
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

static Err write_regions(H5 *file, const PdfResults *sample, const PdfResults *reference)
{
    static const char *const names[PDF_REGIONS] = {"A", "B", "C"};
    PdfRegion regions[PDF_REGIONS];
    TRY(pdf_results_regions(sample, reference, regions));
    for (int i = 0; i < PDF_REGIONS; i++) {
        char name[64], what[160];
        const PdfRegion *p = &regions[i];
        snprintf(name, sizeof name, "correlation_%s", names[i]);
        snprintf(what, sizeof what, "correlation of G(r) with the reference, r %.1f to %.1f A",
                 p->low, p->high);
        TRY(stages_scalar(file, name, p->correlation, p->correlation_error, "1", what));
        snprintf(name, sizeof name, "rms_ratio_%s", names[i]);
        snprintf(what, sizeof what,
                 "oscillation of G(r) relative to the reference, r %.1f to %.1f A", p->low,
                 p->high);
        TRY(stages_scalar(file, name, p->ratio, p->ratio_error, "1", what));
        snprintf(name, sizeof name, "rms_%s", names[i]);
        snprintf(what, sizeof what, "oscillation of G(r) about its mean, r %.1f to %.1f A", p->low,
                 p->high);
        TRY(stages_scalar(file, name, p->rms, p->rms_error, "1/angstrom^2", what));
    }
    return OK;
}

/* The .gr file, with the window and the composition that the observable used. */
static Err export_gr(const StageRun *run, const PdfOptions *o, const PdfResults *results)
{
    char *path = mem_format("%s/%s.gr", run->stage->folder, stage_name(run->stage));
    Err e = pdf_files_write(path, PDF_GR, &results->curves, &results->window, results->composition,
                            o->sample ? o->sample : "");
    free(path);
    return e;
}

static Err write_curve(H5 *file, const XrayPdf *c)
{
    H5 *group;
    TRY(h5_group(file, xray_weights_name(c->weights), &group));
    Err e = h5_write(group, "r", 1, &c->nr, c->r, "angstrom", "distance");
    if (e == OK)
        e = h5_write(group, "G", 1, &c->nr, c->g, "1/angstrom^2", "G(r) in the beamline's window");
    if (e == OK)
        e = h5_write(group, "G_error", 1, &c->nr, c->g_error, "1/angstrom^2", "standard error");
    h5_close_group(group);
    return e;
}

/* Everything that comes from the curves: copies, the .gr file, regions against the reference (NULL: none). */
static Err write_curves(const StageRun *run, const PdfOptions *o, H5 *source, H5 *reference,
                        H5 *file)
{
    Err e = OK;
    for (int w = 0; w < XRAY_WEIGHTS && e == OK; w++) {
        PdfResults mine, theirs = {0};
        e = read_results(source, w, &mine);
        if (e == OK)
            e = write_curve(file, &mine.curves);
        if (e == OK && w == o->weights)
            e = export_gr(run, o, &mine);
        if (e == OK && w == o->weights)
            e = write_strongest(source, file, &mine.curves);
        if (e == OK && w == o->weights && reference != NULL)
            e = read_results(reference, w, &theirs);
        if (e == OK && w == o->weights && reference != NULL)
            e = write_regions(file, &mine, &theirs);
        pdf_results_clear(&mine);
        pdf_results_clear(&theirs);
    }
    return e;
}

static Err work(const StageRun *run, const PdfOptions *o)
{
    H5 *source, *reference = NULL, *file = NULL;
    TRY(stages_open_result(run, o->from, &source));
    Err e = OK;
    if (o->reference != NULL && o->reference[0] != '\0')
        e = stages_open_result(run, o->reference, &reference);
    if (e == OK)
        e = stages_create_result(run, &file);
    if (e == OK)
        e = write_curves(run, o, source, reference, file);
    for (size_t k = 0; k < sizeof peaks / sizeof peaks[0] && e == OK; k++)
        e = write_peak(source, reference, file, peaks[k].name, peaks[k].as);
    if (e == OK)
        e = copy_scalar(source, file, "pdf/bragg/ratio", "bragg_ratio",
                        "strongest S(Q) at a Q of the box over the diffuse level around it");
    if (e == OK)
        e = copy_scalar(source, file, "pdf/bragg/crystal", "bragg_crystal",
                        "1: Bragg peaks, 0: none above speckle");
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
    (void)run;
    estimate->seconds = 1.0;
    snprintf(estimate->note, sizeof estimate->note, "reads pdf of %s", o->from);
    return OK;
}

static Err run_pdf(const StageRun *run, const void *options)
{
    return comm_agree(run->comm, comm_is_root(run->comm) ? work(run, options) : OK);
}

const StageKind stage_pdf = {
    .name = "pdf",
    .help = "X-ray G(r) in the beamline's window, peaks, regions against a reference",
    .nfields = sizeof fields / sizeof fields[0],
    .fields = fields,
    .options_size = sizeof(PdfOptions),
    .check = check,
    .run = run_pdf,
};
