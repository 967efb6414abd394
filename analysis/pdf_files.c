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

static void write_number(FILE *f, const char *key, double value)
{
    if (!isnan(value))
        fprintf(f, "%s = %.10g\n", key, value);
}

/* The settings; in a .xy all is remark, as the readers of powder patterns want it. */
static void write_settings(FILE *f, const char *before, const PdfData *d)
{
    const struct {
        const char *key;
        double value;
    } numbers[] = {
        {"wavelength", d->wavelength},
        {"rpoly", d->rpoly},
        {"qmaxinst", d->qmaxinst},
        {"qmin", d->qmin},
        {"qmax", d->qmax},
        {"qdamp", d->qdamp},
        {"qbroad", d->qbroad},
        {"temperature", d->temperature},
    };
    fprintf(f, "%smode = %s\n", before, d->neutron ? "neutron" : "xray");
    if (d->composition)
        fprintf(f, "%scomposition = %s\n", before, d->composition);
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        if (!isnan(numbers[k].value))
            fputs(before, f);
        write_number(f, numbers[k].key, numbers[k].value);
    }
    if (d->curve == PDF_GR)
        fprintf(f, "rmin = %.10g\nrmax = %.10g\nrstep = %.10g\n", d->x[0], d->x[d->n - 1],
                (d->x[d->n - 1] - d->x[0]) / (double)(d->n - 1));
}

static void write_remarks(FILE *f, const char *remarks)
{
    while (remarks && *remarks) {
        size_t length = strcspn(remarks, "\n");
        fprintf(f, "# %.*s\n", (int)length, remarks);
        remarks += length + (remarks[length] == '\n');
    }
}

static void write_header(FILE *f, const PdfData *d, const char *remarks)
{
    static const char *const label[] = {
        [PDF_GR] = "r($\\AA$)  G($\\AA^{-2}$)",  [PDF_FQ] = "Q($\\AA^{-1}$)  F($\\AA^{-1}$)",
        [PDF_SQ] = "Q($\\AA^{-1}$)  S",          [PDF_IQ] = "Q($\\AA^{-1}$)  I",
        [PDF_XY] = "2theta(degrees)  intensity",
    };
    bool powder = d->curve == PDF_XY;
    if (!powder)
        fprintf(f, "%s[DEFAULT]\n\nversion = paddlewheel\n\n",
                d->curve == PDF_GR ? "History written: by paddlewheel\n\n" : "");
    if (d->title)
        fprintf(f, "# title = %s\n", d->title);
    write_remarks(f, remarks);
    if (!powder)
        fprintf(f,
                "\n# input and output specifications\ndataformat = QA\noutputtype = %s\n\n# PDF "
                "calculation setup\n",
                pdf_files_ending(d->curve) + 1);
    write_settings(f, powder ? "# " : "", d);
    if (!powder)
        fprintf(f, "\n# End of config ---------------------------------------------------\n"
                   "#### start data\n#S 1\n");
    fprintf(f, "#L %s%s\n", label[d->curve],
            !d->error            ? ""
            : d->curve >= PDF_IQ ? "  dI"
            : d->curve == PDF_GR ? " dr dG"
            : d->curve == PDF_FQ ? " dQ dF"
                                 : " dQ dS");
}

Err pdf_files_write_data(const char *path, const PdfData *d, const char *remarks)
{
    char *part;
    FILE *f;
    TRY(open_part(path, &part, &f));
    write_header(f, d, remarks);
    for (size_t k = 0; k < d->n; k++) {
        fprintf(f, "%.8g %.10g", d->x[k], d->y[k]);
        if (d->error)
            fprintf(f, d->curve >= PDF_IQ ? " %.5g" : " 0 %.5g",
                    isfinite(d->error[k]) ? d->error[k] : 0.0);
        fputc('\n', f);
    }
    return close_whole(path, part, f);
}

Err pdf_files_write(const char *path, PdfCurve curve, const XrayPdf *p, const InstrumentXray *i,
                    const char *composition, const char *title)
{
    char *named = mem_string(composition), *titled = mem_string(title);
    PdfData d = {.curve = curve,
                 .n = curve == PDF_GR ? p->nr : p->nq,
                 .x = curve == PDF_GR ? p->r : p->q,
                 .y = curve == PDF_GR ? p->g : p->s,
                 .error = curve == PDF_GR ? p->g_error : p->s_error,
                 .composition = named,
                 .title = *title ? titled : NULL,
                 .qmin = i->qmin,
                 .qmax = i->qmax,
                 .qmaxinst = i->qmax,
                 .rpoly = 0,
                 .wavelength = i->wavelength,
                 .temperature = NAN,
                 .qdamp = i->qdamp,
                 .qbroad = i->qbroad};
    double *f = MEM_NEW(double, 2 * d.n);
    for (size_t k = 0; k < d.n && curve == PDF_FQ; k++) {
        f[k] = p->q[k] * (p->s[k] - 1.0);
        f[d.n + k] = p->q[k] * p->s_error[k];
    }
    if (curve == PDF_FQ) {
        d.y = f;
        d.error = f + d.n;
    }
    char *remarks = mem_format("simulated\nweights: %s\nLorch window: %s",
                               xray_weights_meaning(p->weights), i->lorch ? "yes" : "no");
    Err err = pdf_files_write_data(path, &d, remarks);
    free(f);
    free(remarks);
    free(named);
    free(titled);
    return err;
}
