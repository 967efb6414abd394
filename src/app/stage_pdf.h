/* stage_pdf.h -- what the files of kind `pdf` share; part of stage_pdf.c.
 *
 * All but stage_pdf_load are Local (rank 0).
 */
#ifndef APP_STAGE_PDF_H
#define APP_STAGE_PDF_H

#include "app/dataset.h"
#include "app/stages.h"

#include "analysis/pdf_files.h"
#include "analysis/pdf_process.h"
#include "analysis/pdf_results.h"
#include "analysis/powder.h"

typedef struct PdfOptions {
    StageHead head;
    char *from, *reference;
    int weights;
    char *sample, *form_factors, *data, *background_file, *structure;
    double peak_least;
    const ConfigNode *instrument, *processing, *powder;
} PdfOptions;

/* Files named in the study, and the stage's own options read. */
typedef struct PdfInputs {
    InstrumentXray window; /* if options.instrument is given */
    XrayForms *forms;      /* NULL: none */
    bool has_data, has_background, has_structure;
    PdfData data, background;
    Sample structure;
} PdfInputs;

/* The counts of a stage and the curves of all weights in one window. */
typedef struct PdfSeen {
    Gr gr;
    InstrumentXray window;
    XrayChain chain;
    size_t nweights;
    XrayWeights weights[XRAY_ALL];
    XrayPdf curves[XRAY_ALL];
    double frames[2 * GR_BLOCKS];
    size_t chosen; /* index of the chosen weights */
} PdfSeen;

/* Read and check all files. Collective; free with stage_pdf_unload. */
Err stage_pdf_load(const StageRun *run, const PdfOptions *o, PdfInputs *in) MUST_USE;
void stage_pdf_unload(PdfInputs *in);

/* Curves from the counts in a result file of another stage. Free with stage_pdf_forget, also after an error. */
Err stage_pdf_see(H5 *source, const PdfOptions *o, const PdfInputs *in, PdfSeen *seen) MUST_USE;
void stage_pdf_forget(PdfSeen *seen);

/* stage_pdf_curves.c: curves of all weights, partials, the peaks of G(r), how much constant Z misjudges. */
Err stage_pdf_curves(H5 *file, const PdfSeen *seen) MUST_USE;
Err stage_pdf_partials(H5 *file, const PdfSeen *seen) MUST_USE;
Err stage_pdf_peaks(H5 *file, const PdfOptions *o, const PdfInputs *in,
                    const PdfSeen *seen) MUST_USE;

/* stage_pdf_process.c: I(Q) as measured and what PDFgetX3 makes of it, of the sample (seen) or of a file (seen NULL). */
Err stage_pdf_process(const StageRun *run, const PdfOptions *o, const PdfInputs *in,
                      const PdfSeen *seen, H5 *file) MUST_USE;
Err stage_pdf_process_check(const PdfOptions *o, const PdfInputs *in) MUST_USE;

/* One measurement of the sample and what is made of it as text files alone: BASE.iq, BASE_background.iq,
 * BASE_processed.gr .fq .sq, with noise of its own or none. */
Err stage_pdf_process_draw(const PdfOptions *o, const PdfInputs *in, const PdfSeen *seen,
                           bool noise, uint64_t seed, const char *base,
                           const char *remarks) MUST_USE;

/* stage_pdf_powder.c: the powder pattern. `source` has the mean structure. */
Err stage_pdf_powder(const StageRun *run, const PdfOptions *o, const PdfInputs *in,
                     const PdfSeen *seen, H5 *source, H5 *file) MUST_USE;
Err stage_pdf_powder_check(const PdfOptions *o) MUST_USE;

/* The mappings with all defaults, as YAML. */
void stage_pdf_process_print(const PdfOptions *o, int indent, char **yaml);
void stage_pdf_powder_print(const PdfOptions *o, int indent, char **yaml);

/* stage_pdf_dataset.c: StageKind.dataset and .describe. */
Err stage_pdf_dataset(const StageRun *run, const void *options, Dataset *dataset) MUST_USE;
Err stage_pdf_describe(const StageRun *run, const void *options, char **yaml) MUST_USE;

/* Tables of the mappings `processing` and `powder`, for explain. */
extern const ConfigField stage_pdf_process_fields[], stage_pdf_powder_fields[];
extern const size_t stage_pdf_process_nfields, stage_pdf_powder_nfields;

#endif
