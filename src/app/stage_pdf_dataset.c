/* stage_pdf_dataset.c -- what a pdf stage gives to a data set: curves without noise, measured and processed ones drawn several
 * times, powder patterns, and what is true of the sample. */
#include "app/stage_pdf.h"

#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- curves ---------------------------------------------------------------------------------- */

/* A curve of the stage's folder with the comments of the data set in its header; nothing if it is not there. */
static Err give_curve(const StageRun *run, Dataset *dataset, const char *ending,
                      const char *new_ending, DatasetTechnique technique, const char *what)
{
    char *name = mem_format("%s%s", stage_name(run->stage), ending);
    char *from = stage_file(run->stage, name), *bytes = NULL, *remarks = NULL;
    size_t n;
    PdfData data;
    Err e = OK;
    if (access(from, R_OK) == 0) {
        e = comm_read_file(run->comm, from, &bytes, &n);
        if (e == OK && (e = pdf_files_read(from, bytes, n, &data)) == OK) {
            char *new_name = mem_format("%s%s", stage_name(run->stage), new_ending);
            char *to = dataset_file(dataset, run, new_name, technique, what);
            remarks = mem_format("%s\n%s", what, dataset_comment(dataset));
            e = pdf_files_write_data(to, &data, remarks);
            pdf_data_clear(&data);
            free(new_name);
            free(to);
        }
    }
    free(name);
    free(from);
    free(bytes);
    free(remarks);
    return e;
}

static Err give_curves(const StageRun *run, Dataset *d)
{
    static const char *const what =
        "without noise of an instrument: the window alone; errors are those of the simulation";
    TRY(give_curve(run, d, ".gr", "_truth.gr", DATASET_TOTAL_SCATTERING, what));
    TRY(give_curve(run, d, ".fq", "_truth.fq", DATASET_TOTAL_SCATTERING, what));
    TRY(give_curve(run, d, ".sq", "_truth.sq", DATASET_TOTAL_SCATTERING, what));
    TRY(give_curve(run, d, "_debye.xy", "_debye.xy", DATASET_POWDER_DIFFRACTION,
                   "powder pattern, Debye's sum, without noise"));
    return give_curve(run, d, "_bragg.xy", "_bragg.xy", DATASET_POWDER_DIFFRACTION,
                      "powder pattern, Bragg's sum, without noise");
}

/* ---- draws ----------------------------------------------------------------------------------- */

/* One measurement; draw 0 is that without noise. */
static Err give_draw(const StageRun *run, Dataset *d, const PdfOptions *o, const PdfInputs *in,
                     const PdfSeen *seen, int64_t draw)
{
    static const struct {
        const char *ending, *what;
    } files[] = {
        {".iq", "I(Q) of the sample in its container"},
        {"_background.iq", "I(Q) of the empty container"},
        {"_processed.gr", "G(r) from the two as PDFgetX3 does it"},
        {"_processed.fq", "F(Q), likewise"},
        {"_processed.sq", "S(Q), likewise"},
    };
    char *name = draw > 0 ? mem_format("%s_draw-%03lld", stage_name(run->stage), (long long)draw)
                          : mem_format("%s_truth", stage_name(run->stage));
    char *base = NULL;
    for (size_t k = 0; k < sizeof files / sizeof *files; k++) {
        char *full = mem_format("%s%s", name, files[k].ending);
        char *what =
            mem_format("%s, %s", files[k].what, draw > 0 ? "as counted" : "measured without noise");
        char *path = dataset_file(d, run, full, DATASET_TOTAL_SCATTERING, what);
        if (k == 0)
            base = mem_format("%.*s", (int)(strlen(path) - strlen(files[k].ending)), path);
        free(full);
        free(what);
        free(path);
    }
    Err e = stage_pdf_process_draw(o, in, seen, draw > 0,
                                   dataset_seed(stages_seed(run, 0), draw > 0 ? draw : 1), base,
                                   dataset_comment(d));
    free(name);
    free(base);
    return e;
}

/* ---- answer key ------------------------------------------------------------------------------ */

/* Box and, for each element, thermal motion of the mean of the frames. */
static Err answer_of_mean(const StageRun *run, Dataset *d, const PdfSeen *seen, H5 *source)
{
    static const char *const names[] = {"box_a", "box_b", "box_c"};
    size_t dims[2], n = 0, m = 0;
    double *cell = NULL, *u = NULL;
    int64_t *kind = NULL;
    if (!h5_exists(source, "pdf/mean/u_iso"))
        return OK;
    Err e = h5_read(source, "pdf/mean/cell", 2, dims, &cell, NULL);
    if (e == OK)
        e = h5_read(source, "pdf/mean/u_iso", 1, &n, &u, NULL);
    if (e == OK)
        e = h5_read_i64(source, "pdf/mean/kind", 1, &m, &kind);
    for (int k = 0; k < 3 && e == OK; k++) {
        const double *a = cell + 3 * k;
        dataset_truth(d, run, names[k], sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]), NAN,
                      "angstrom", "edge of the box, mean of the frames");
    }
    for (int a = 0; a < seen->gr.nspecies && e == OK && n == m; a++) {
        double sum = 0.0, sum2 = 0.0, count = 0.0;
        for (size_t i = 0; i < n; i++)
            if (kind[i] == a && !isnan(u[i]))
                sum += u[i], sum2 += u[i] * u[i], count++;
        char name[32];
        snprintf(name, sizeof name, "U_iso_%s", seen->gr.species[a]->symbol);
        if (count > 1.0)
            dataset_truth(d, run, name, sum / count,
                          sqrt(fmax(0.0, sum2 / count - pow(sum / count, 2)) / (count - 1.0)),
                          "angstrom^2",
                          "mean square displacement along an axis, mean over atoms; error: from "
                          "their scatter");
    }
    free(cell);
    free(u);
    free(kind);
    return e;
}

/* ---- together -------------------------------------------------------------------------------- */

static Err give_simulated(const StageRun *run, Dataset *d, const PdfOptions *o, const PdfInputs *in)
{
    H5 *source;
    PdfSeen seen = {0};
    TRY(stages_open_result(run, o->from, &source));
    Err e = stage_pdf_see(source, o, in, &seen);
    if (e == OK)
        e = answer_of_mean(run, d, &seen, source);
    for (int64_t k = 0; k <= dataset_draws(d) && e == OK && o->processing != NULL && !in->has_data;
         k++)
        e = give_draw(run, d, o, in, &seen, k);
    stage_pdf_forget(&seen);
    h5_close(source);
    return e;
}

Err stage_pdf_dataset(const StageRun *run, const void *options, Dataset *dataset)
{
    const PdfOptions *o = options;
    PdfInputs in;
    H5 *result;
    TRY(stage_pdf_load(run, o, &in));
    Err e = give_curves(run, dataset);
    if (e == OK && o->from != NULL && o->from[0] != '\0')
        e = give_simulated(run, dataset, o, &in);
    if (e == OK)
        e = dataset_copy(dataset, run, "result.h5", DATASET_TOTAL_SCATTERING,
                         "curves of all weights, partials, peaks; group processing is draw 1");
    if (e == OK && (e = stages_open_result(run, stage_name(run->stage), &result)) == OK) {
        e = dataset_truth_scalars(dataset, run, result, "processed");
        h5_close(result);
    }
    stage_pdf_unload(&in);
    return e;
}

Err stage_pdf_describe(const StageRun *run, const void *options, char **yaml)
{
    const PdfOptions *o = options;
    PdfInputs in;
    PdfSeen seen = {0};
    H5 *source;
    Err e = stage_pdf_load(run, o, &in);
    if (e == OK && o->from != NULL && o->from[0] != '\0' &&
        (e = stages_open_result(run, o->from, &source)) == OK) {
        e = stage_pdf_see(source, o, &in, &seen); /* window of `from` */
        h5_close(source);
    }
    if (e == OK) {
        config_append(yaml, "instrument:\n");
        config_print(yaml, 2, false, instrument_xray_nfields, instrument_xray_fields,
                     seen.nweights > 0 ? &seen.window : &in.window);
        config_append(yaml, "weights_meaning: \"%s\"\n",
                      xray_weights_meaning((XrayWeights)o->weights));
    }
    if (e == OK && o->processing != NULL) {
        config_append(yaml, "processing:\n");
        stage_pdf_process_print(o, 2, yaml);
        config_append(yaml,
                      "noise: \"Poisson counts of sample and container runs at every Q; draw 1 is "
                      "what the stage analysed\"\n");
    }
    if (e == OK && o->powder != NULL) {
        config_append(yaml, "powder:\n");
        stage_pdf_powder_print(o, 2, yaml);
    }
    stage_pdf_forget(&seen);
    stage_pdf_unload(&in);
    return e;
}
