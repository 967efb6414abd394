#include "analysis/pdf_files.h"

#include "base/mem.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t divisor(int64_t a, int64_t b)
{
    return b == 0 ? a : divisor(b, a % b);
}

char *pdf_files_composition(const Gr *g)
{
    int64_t common = 0;
    char *text = mem_string("");
    for (int a = 0; a < g->nspecies; a++)
        common = divisor(g->natoms[a], common);
    for (int a = 0; a < g->nspecies; a++) {
        char *longer = mem_format("%s%s%s%lld", text, a ? " " : "", g->species[a]->element,
                                  (long long)(g->natoms[a] / common));
        free(text);
        text = longer;
    }
    return text;
}

/* Open PATH.part; close_whole renames it, so that a file under its own name is complete. */
static Err open_part(const char *path, char **part, FILE **file)
{
    *part = mem_format("%s.part", path);
    *file = fopen(*part, "w");
    if (*file)
        return OK;
    Err err = err_set(ERR_FILE, "%s: cannot write: %s", path, strerror(errno));
    free(*part);
    return err;
}

static Err close_whole(const char *path, char *part, FILE *file)
{
    Err err = OK;
    bool bad = ferror(file) != 0;
    if (fclose(file) != 0 || bad || rename(part, path) != 0) {
        err = err_set(ERR_FILE, "%s: cannot write: %s", path, strerror(errno));
        remove(part);
    }
    free(part);
    return err;
}

static const char *const TYPE[] = {"gr", "fq", "sq"};
static const char *const LABEL[] = {"#L r($\\AA$)  G($\\AA^{-2}$) dr dG",
                                    "#L Q($\\AA^{-1}$)  F($\\AA^{-1}$) dQ dF",
                                    "#L Q($\\AA^{-1}$)  S dQ dS"};

static void write_header(FILE *f, PdfCurve curve, const XrayPdf *p, const InstrumentXray *i,
                         const char *composition, const char *title)
{
    fprintf(f, "[DEFAULT]\n\nversion = paddlewheel\n\n# %s; simulated\n", title);
    fprintf(f, "# weights: %s\n",
            p->weights == XRAY_CONSTANT_Z ? "constant Z (not what X-rays see)"
            : p->weights == XRAY_IONIC    ? "f(Q) of Mg2+, B, H1-"
            : p->weights == XRAY_COMPUTED ? "f(Q) of Mg2+, B, H of BH4- from computed densities"
                                          : "f(Q) of neutral atoms");
    fprintf(f, "outputtype = %s\n\n# PDF calculation setup\nmode = xray\nwavelength = %g\n",
            TYPE[curve], i->wavelength);
    fprintf(f, "composition = %s\nrpoly = 0\nqmaxinst = %g\nqmin = %g\nqmax = %g\nqdamp = %g\n",
            composition, i->qmax, i->qmin, i->qmax, i->qdamp);
    fprintf(f, "qbroad = %g\nlorch = %s\nrmin = %g\nrmax = %g\nrstep = %g\n", i->qbroad,
            i->lorch ? "yes" : "no", p->r[0], p->r[p->nr - 1], i->rstep);
    fprintf(f,
            "\n# End of config ---------------------------------------------------\n"
            "#### start data\n\n#S 1\n%s\n",
            LABEL[curve]);
}

Err pdf_files_write(const char *path, PdfCurve curve, const XrayPdf *p,
                    const InstrumentXray *instrument, const char *composition, const char *title)
{
    char *part;
    FILE *f;
    TRY(open_part(path, &part, &f));
    write_header(f, curve, p, instrument, composition, title);
    size_t n = curve == PDF_GR ? p->nr : p->nq;
    for (size_t k = 0; k < n; k++) {
        double x = curve == PDF_GR ? p->r[k] : p->q[k], scale = curve == PDF_FQ ? x : 1.0;
        double y = curve == PDF_GR ? p->g[k] : curve == PDF_FQ ? x * (p->s[k] - 1.0) : p->s[k];
        double error = curve == PDF_GR ? p->g_error[k] : scale * p->s_error[k];
        fprintf(f, "%.6g %.8g 0 %.4g\n", x, y, isfinite(error) ? error : 0.0);
    }
    return close_whole(path, part, f);
}

Err pdf_files_write_csv(const char *path, const XrayPdf *p)
{
    char *part;
    FILE *f;
    TRY(open_part(path, &part, &f));
    fprintf(f, "r/A,G/A^-2,G_error/A^-2,T/A^-2,RDF/A^-1\n");
    for (size_t k = 0; k < p->nr; k++)
        fprintf(f, "%.6g,%.8g,%.4g,%.8g,%.8g\n", p->r[k], p->g[k], p->g_error[k], xray_t(p, k),
                xray_rdf(p, k));
    return close_whole(path, part, f);
}
