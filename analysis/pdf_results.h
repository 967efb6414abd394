/* pdf_results.h -- what the observable "pdf" stored, read back, and two samples compared.
 *
 * All functions are Local, those that read on the rank that has the file. ERR_FILE if something is missing.
 */
#ifndef ANALYSIS_PDF_RESULTS_H
#define ANALYSIS_PDF_RESULTS_H

#include "analysis/instrument_xray.h"
#include "analysis/pdf_numbers.h"
#include "store/h5.h"

/* The counts in the group that the observable wrote, from which curves of any weights and window follow; not to be added
 * to. ERR_FILE also for a file without the numbers that this needs. Free with gr_clear. */
Err pdf_results_counts(H5 *pdf, Gr *out) MUST_USE;

/* The window that the observable used. */
Err pdf_results_window(H5 *pdf, InstrumentXray *out) MUST_USE;

/* A sample (milled) against a reference (gamma), of the same weights, by the ranges of pdf_numbers.h.
 * frames [sample->nblock] of each block. ERR_INPUT if the r steps differ or G(r) ends below 12.3 A. */
Err pdf_results_regions(const XrayPdf *sample, const double frames[], const XrayPdf *reference,
                        PdfRegion regions[PDF_REGIONS]) MUST_USE;

#endif
