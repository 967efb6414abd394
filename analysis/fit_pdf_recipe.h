/* fit_pdf_recipe.h -- which crystal is refined against which G(r), and what of it: the file that `paddlewheel fit pdf` reads.
 *
 * YAML with units; inputs/fit-pdf/ has recipes to copy. File names are relative to the recipe's folder.
 */
#ifndef ANALYSIS_FIT_PDF_RECIPE_H
#define ANALYSIS_FIT_PDF_RECIPE_H

#include "analysis/fit_pdf.h"
#include "analysis/pdf_files.h"
#include "store/config.h"

typedef struct FitPdfRecipe {
    char *name, *data, *structure, *symmetry, *note;
    double rmin, rmax, qmin, qmax;
    int weights, normalisation, envelope, errors, noise;
    bool lorch;
    CrystalPdfShape shape;
    const ConfigNode *site_list, *move_list, *refine_list;
    FitPdfModel model;
    PdfData curve;
    size_t first, n; /* points of the curve in the range */
    bool band;       /* noise is white in Q */
    char *folder;
    Config *config;
} FitPdfRecipe;

/* Read the recipe, the structure and the data, and look at everything. ERR_INPUT file:line: key, ERR_FILE. Collective. Free with
 * fit_pdf_recipe_clear, also after an error. */
Err fit_pdf_recipe_read(const Comm *c, const char *path, FitPdfRecipe *r) MUST_USE;
void fit_pdf_recipe_clear(FitPdfRecipe *r);

/* The points in the range, for fit_pdf. Lives as long as r. Local. */
FitPdfData fit_pdf_recipe_data(const FitPdfRecipe *r);

/* What a recipe may say, for people. New string. Local. */
char *fit_pdf_recipe_document(void);

#endif
