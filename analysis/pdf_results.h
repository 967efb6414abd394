/* pdf_results.h -- what the observable "pdf" stored, read back: text files and comparisons.
 *
 * All functions are Local, on the rank that has the file. ERR_FILE if something is missing.
 */
#ifndef ANALYSIS_PDF_RESULTS_H
#define ANALYSIS_PDF_RESULTS_H

#include "analysis/instrument_xray.h"
#include "analysis/pdf_numbers.h"
#include "store/h5.h"

typedef struct PdfResults {
    XrayPdf curves; /* of one choice of weights */
    InstrumentXray window;
    char *composition;
    double *block_frames; /* [curves.nblock] */
} PdfResults;

/* From the group that the observable wrote. Free with pdf_results_clear, also after an error. */
Err pdf_results_read(H5 *pdf, XrayWeights weights, PdfResults *out) MUST_USE;
void pdf_results_clear(PdfResults *r);

/* The counts themselves, from which curves of any weights and window follow; not to be added to. ERR_FILE also for a file
 * without the numbers that this needs. Free with gr_clear. */
Err pdf_results_counts(H5 *pdf, Gr *out) MUST_USE;

/* The window that the observable used. */
Err pdf_results_window(H5 *pdf, InstrumentXray *out) MUST_USE;

/* PREFIX.gr, .fq, .sq, .csv with f(Q) of neutral atoms, and PREFIX_constant_Z.gr. */
Err pdf_results_export(H5 *pdf, const char *prefix, const char *title) MUST_USE;

/* A sample (milled) against a reference (gamma), of the same weights, by the ranges of pdf_numbers.h.
 * ERR_INPUT if the r steps differ or G(r) ends below 12.3 A. */
Err pdf_results_regions(const PdfResults *sample, const PdfResults *reference,
                        PdfRegion regions[PDF_REGIONS]) MUST_USE;

/* The same for all weights, from the groups that the observable wrote. Into `out`, a group for each choice of weights,
 * all [3]:
 *   low, high A; correlation, correlation_error; rms, rms_error, reference_rms 1/A^2;
 *   ratio, ratio_error (rms over that of the reference) */
Err pdf_results_compare(H5 *sample, H5 *reference, H5 *out) MUST_USE;

#endif
