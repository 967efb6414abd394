/* stage_pdf.c -- kind `pdf`: G(r) as the beamline shows it, its peaks, and how it compares with a reference sample region by
 * region (r < 5.1, 5.1..12.3, > 12.3 A). Reads the group `pdf` that an md or analyse stage left.
 */
#include "app/stages.h"

#include "analysis/pdf_files.h"
#include "analysis/pdf_numbers.h"
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
     .choices = "neutral|ionic|constant_Z",
     .fallback = "neutral",
     AT(weights),
     .help = "true f(Q) of neutral atoms or of Mg2+ and H-, or constant Z as PDFgui has it"},
    {.key = "sample",
     .kind = CONFIG_TEXT,
     .fallback = "",
     AT(sample),
     .help = "name of the sample in exported files"},
};

/* One choice of weights as it stands in the file. */
typedef struct Curve {
    size_t nr, nblock;
    double *r, *g, *error, *block, *frames;
} Curve;

static void curve_clear(Curve *c)
{
    free(c->r);
    free(c->g);
    free(c->error);
    free(c->block);
    free(c->frames);
}

static Err read_curve(H5 *file, const char *weights, Curve *c)
{
    char name[128];
    size_t dims[2];
    *c = (Curve){0};
    snprintf(name, sizeof name, "pdf/xray/%s/r", weights);
    Err e = h5_read(file, name, 1, &c->nr, &c->r, NULL);
    snprintf(name, sizeof name, "pdf/xray/%s/G", weights);
    if (e == OK)
        e = h5_read(file, name, 1, dims, &c->g, NULL);
    snprintf(name, sizeof name, "pdf/xray/%s/G_error", weights);
    if (e == OK)
        e = h5_read(file, name, 1, dims, &c->error, NULL);
    snprintf(name, sizeof name, "pdf/xray/%s/G_block", weights);
    if (e == OK)
        e = h5_read(file, name, 2, dims, &c->block, NULL);
    c->nblock = dims[0];
    if (e == OK)
        e = h5_read(file, "pdf/block_frames", 1, dims, &c->frames, NULL);
    return e;
}

static Err copy_scalar(H5 *from, H5 *to, const char *value, const char *error, const char *as,
                       const char *unit, const char *what)
{
    double v, s = NAN;
    if (!h5_exists(from, value))
        return OK; /* the sample has no such peak */
    TRY(h5_read_number(from, value, &v));
    if (error != NULL)
        TRY(h5_read_number(from, error, &s));
    return stages_scalar(to, as, v, s, unit, what);
}

static Err write_regions(H5 *file, const Curve *c, const Curve *reference)
{
    static const char *const names[PDF_REGIONS] = {"A", "B", "C"};
    PdfRegion regions[PDF_REGIONS];
    if (c->nr != reference->nr)
        return err_set(
            ERR_INPUT,
            "reference: its G(r) has %zu points, this one %zu; use the same window and rmax",
            reference->nr, c->nr);
    pdf_numbers_regions(c->nr, c->r, reference->g, c->nblock, c->frames, c->block, 1.5, regions);
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
static Err export_gr(const StageRun *run, const PdfOptions *o, H5 *source)
{
    H5 *group;
    PdfResults results = {0};
    TRY(h5_group(source, "pdf", &group));
    Err e = pdf_results_read(group, (XrayWeights)o->weights, &results);
    char *path = mem_format("%s/%s.gr", run->stage->folder, stage_name(run->stage));
    if (e == OK)
        e = pdf_files_write(path, PDF_GR, &results.curves, &results.window, results.composition,
                            o->sample ? o->sample : "");
    free(path);
    pdf_results_clear(&results);
    h5_close_group(group);
    return e;
}

static Err write_curves(H5 *source, H5 *file)
{
    static const char *const all[XRAY_WEIGHTS] = {"neutral", "ionic", "constant_Z"};
    for (int w = 0; w < XRAY_WEIGHTS; w++) {
        Curve c;
        char name[64];
        Err e = read_curve(source, all[w], &c);
        snprintf(name, sizeof name, "%s/r", all[w]);
        if (e == OK)
            e = h5_write(file, name, 1, &c.nr, c.r, "angstrom", "distance");
        snprintf(name, sizeof name, "%s/G", all[w]);
        if (e == OK)
            e = h5_write(file, name, 1, &c.nr, c.g, "1/angstrom^2",
                         "G(r) in the beamline's window");
        snprintf(name, sizeof name, "%s/G_error", all[w]);
        if (e == OK)
            e = h5_write(file, name, 1, &c.nr, c.error, "1/angstrom^2", "standard error");
        curve_clear(&c);
        if (e != OK)
            return e;
    }
    return OK;
}

static Err compare_reference(const StageRun *run, const PdfOptions *o, H5 *source, H5 *file)
{
    static const char *const names[XRAY_WEIGHTS] = {"neutral", "ionic", "constant_Z"};
    if (o->reference == NULL || o->reference[0] == '\0')
        return OK;
    H5 *other;
    Curve mine, theirs = {0};
    TRY(stages_open_result(run, o->reference, &other));
    Err e = read_curve(source, names[o->weights], &mine);
    if (e == OK)
        e = read_curve(other, names[o->weights], &theirs);
    if (e == OK)
        e = write_regions(file, &mine, &theirs);
    curve_clear(&mine);
    curve_clear(&theirs);
    h5_close(other);
    return e;
}

static Err work(const StageRun *run, const PdfOptions *o)
{
    H5 *source, *file;
    TRY(stages_open_result(run, o->from, &source));
    Err e = stages_create_result(run, &file);
    if (e != OK) {
        h5_close(source);
        return e;
    }
    e = write_curves(source, file);
    if (e == OK)
        e = export_gr(run, o, source);
    if (e == OK)
        e = copy_scalar(source, file, "pdf/peak/Mg-Mg/position", "pdf/peak/Mg-Mg/position_error",
                        "peak_MgMg", "angstrom", "first Mg-Mg peak of g(r)");
    if (e == OK)
        e = copy_scalar(source, file, "pdf/peak/Mg-B/position", "pdf/peak/Mg-B/position_error",
                        "peak_MgB", "angstrom", "first Mg-B peak of g(r)");
    if (e == OK)
        e = copy_scalar(source, file, "pdf/bragg/ratio", NULL, "bragg_ratio", "1",
                        "strongest S(Q) at a Q of the box over the diffuse level around it");
    if (e == OK)
        e = copy_scalar(source, file, "pdf/bragg/crystal", NULL, "bragg_crystal", "1",
                        "1: Bragg peaks, 0: none above speckle");
    if (e == OK)
        e = compare_reference(run, o, source, file);
    h5_close(source);
    if (e != OK) {
        h5_close(file);
        return e;
    }
    return h5_commit(file);
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
