/* pdf_files.h -- G(r), F(Q), S(Q), intensities and powder patterns as text, as other programs read and write it.
 *
 * .gr, .fq, .sq and .iq carry a header in the manner of PDFgetX3 ([DEFAULT] block, "#### start data",
 * "#L" line), so PDFgui and diffpy read them. PDFfit2's own reader wants "History" first, so a .gr begins with that.
 * The columns are x, y and, where they are known, standard errors: of x (0) and
 * y in .gr, .fq, .sq, of y alone in .iq and .xy. A .xy has its header in lines that begin with #.
 * Each file is written beside its place and renamed. All functions are Local; call them on one rank. ERR_FILE
 * names the file and the reason.
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

/* A curve with what its header says. NaN: not said. */
typedef struct PdfData {
    PdfCurve curve;
    size_t n;
    double *x, *y; /* [n] */
    double *
        error; /* [n] standard errors of y, 0: not known; NULL if the file has none or zeros only */
    char *composition, *title;                                   /* NULL if not said */
    bool neutron;                                                /* mode = neutron */
    double qmin, qmax, qmaxinst, rpoly, wavelength, temperature; /* 1/A, 1/A, 1/A, A, A, K */
    double qdamp, qbroad;                                        /* 1/A */
} PdfData;

/* What the ending of a name says. ERR_INPUT for other endings. pdf_files_ending is the inverse (".gr"). */
Err pdf_files_curve(const char *name, PdfCurve *curve) MUST_USE;
const char *pdf_files_ending(PdfCurve curve);

/* .gr, .fq, .sq, .iq, .xy of PDFgetX3, PDFgetX2, PDFgui or this program, from memory, or bare columns (separated by blanks
 * or commas; lines that begin with #, ! or % are remarks). `name` is used in messages and its ending says which curve.
 * With 3 columns the third, with more the fourth is the standard error of y. Of settings given twice the first counts;
 * qsig, qalp and temp of PDFgetX2 are qdamp, qbroad and temperature. ERR_INPUT "name:line: ..." for text that is not a
 * number, numbers that are not finite, x that does not increase or is negative (Q and 2 theta), negative errors, columns of
 * unequal length, fewer than two points. Free with pdf_data_clear, which may be called also after an error. */
Err pdf_files_read(const char *name, const char *bytes, size_t size, PdfData *out) MUST_USE;
void pdf_data_clear(PdfData *d);

/* Any curve; what is NaN or NULL is not written. `remarks` are lines for people, or NULL. Reading it gives the same numbers
 * (x to 8, y to 10, errors to 5 digits). */
Err pdf_files_write_data(const char *path, const PdfData *d, const char *remarks) MUST_USE;

/* Composition of the counted sample in the order of its species, "Mg1 B2 H8"; free(). */
char *pdf_files_composition(const Gr *g);

/* Species and their shares (sum 1) of a composition, "Mg1 B2 H8" or "Mg(BH4)2". Returns their number; ERR_INPUT says
 * what is wrong.
 * The arrays hold SAMPLE_MAX_SPECIES. */
Err pdf_files_parse_composition(const char *text, int *n, const Species *species[],
                                double share[]) MUST_USE;

/* One curve (PDF_GR, PDF_FQ, PDF_SQ) of one choice of weights; `title` names the sample ("gamma, 310 K"). */
Err pdf_files_write(const char *path, PdfCurve curve, const XrayPdf *pdf,
                    const InstrumentXray *instrument, const char *composition,
                    const char *title) MUST_USE;

#endif
