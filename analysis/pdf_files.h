/* pdf_files.h -- G(r), F(Q) and S(Q) as text that other programs read.
 *
 * .gr, .fq and .sq carry a header in the manner of PDFgetX3 ([DEFAULT] block, "#### start data",
 * "#L" line), so PDFgui and diffpy read them; the columns are x, y, standard errors of x (0) and
 * y. A .csv has one header line with units. Each file is written beside its place and renamed. All
 * functions are Local; call them on one rank. ERR_FILE names the file and the reason.
 */
#ifndef ANALYSIS_PDF_FILES_H
#define ANALYSIS_PDF_FILES_H

#include "analysis/instrument_xray.h"

typedef enum PdfCurve {
    PDF_GR, /* r [A], G [1/A^2] */
    PDF_FQ, /* Q [1/A], F [1/A] */
    PDF_SQ, /* Q [1/A], S */
    PDF_IQ, /* Q [1/A], intensity */
    PDF_XY, /* 2 theta [degrees], intensity */
} PdfCurve;

/* A curve as read from a file of this or another program: what the header says and the columns. NaN: not said. */
typedef struct PdfData {
    PdfCurve curve;
    size_t n;
    double *x, *y;             /* [n] */
    double *error;             /* [n] standard errors of y; NULL if the file has none */
    char *composition, *title; /* NULL if not said */
    bool neutron;              /* mode = neutron */
    double qmin, qmax, qmaxinst, rpoly, wavelength, temperature; /* 1/A, 1/A, 1/A, A, A, K */
    double qdamp, qbroad;                                        /* 1/A */
} PdfData;

/* .gr, .fq, .sq, .iq, .xy of PDFgetX3, PDFgetX2, PDFgui or this program, from memory. `name` is used in messages and its
 * ending says which curve. ERR_INPUT "name:line: ..." for text that is not a number, x that does not increase, columns
 * of unequal length, fewer than two points. Free with pdf_data_clear. */
Err pdf_files_read(const char *name, const char *bytes, size_t size, PdfData *out) MUST_USE;
void pdf_data_clear(PdfData *d);

/* Composition of the counted sample in the order of its species, "Mg1 B2 H8"; free(). */
char *pdf_files_composition(const Gr *g);

/* One curve of one choice of weights; `title` is a comment line ("gamma, 310 K"). */
Err pdf_files_write(const char *path, PdfCurve curve, const XrayPdf *pdf,
                    const InstrumentXray *instrument, const char *composition,
                    const char *title) MUST_USE;

/* r, G (= D), its standard error, T and RDF of one choice of weights. */
Err pdf_files_write_csv(const char *path, const XrayPdf *pdf) MUST_USE;

#endif
