#include "app/stage_pdf.h"

#include "base/log.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct PowderStage {
    PowderOptions pattern;
    double u_iso;
} PowderStage;

#define AT(member) .offset = offsetof(PowderStage, member)
const ConfigField stage_pdf_powder_fields[] = {
    {.key = "wavelength",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "0.20723 A",
     .low = 0.01,
     .high = 10,
     AT(pattern.wavelength),
     .help = "X-ray wavelength"},
    {.key = "low",
     .kind = CONFIG_QUANTITY,
     .unit = "degree",
     .fallback = "0.5 degree",
     .low = 0.01,
     .high = 170,
     AT(pattern.low),
     .help = "least 2 theta"},
    {.key = "high",
     .kind = CONFIG_QUANTITY,
     .unit = "degree",
     .fallback = "10 degree",
     .low = 0.02,
     .high = 170,
     AT(pattern.high),
     .help = "greatest 2 theta"},
    {.key = "step",
     .kind = CONFIG_QUANTITY,
     .unit = "degree",
     .fallback = "0.005 degree",
     .low = 1e-4,
     .high = 1,
     AT(pattern.step),
     .help = "of 2 theta"},
    {.key = "polarisation",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "0.5",
     .low = 0,
     .high = 1,
     AT(pattern.polarisation),
     .help = "share k of the field across the plane of scattering, P = k + (1 - k) cos^2 2theta: "
             "0.5 for "
             "whole rings, 1 if they were corrected, near 1 above a synchrotron's orbit"},
    {.key = "caglioti_u",
     .kind = CONFIG_QUANTITY,
     .unit = "degree^2",
     .fallback = "0 degree^2",
     AT(pattern.u),
     .help = "FWHM^2 = U tan^2 + V tan + W"},
    {.key = "caglioti_v",
     .kind = CONFIG_QUANTITY,
     .unit = "degree^2",
     .fallback = "0 degree^2",
     AT(pattern.v),
     .help = "FWHM^2 = U tan^2 + V tan + W"},
    {.key = "caglioti_w",
     .kind = CONFIG_QUANTITY,
     .unit = "degree^2",
     .fallback = "0.0016 degree^2",
     AT(pattern.w),
     .help = "FWHM^2 = U tan^2 + V tan + W; FWHM 0.04 degree assumed"},
    {.key = "eta",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "0.3",
     .low = 0,
     .high = 1,
     AT(pattern.eta),
     .help = "share of the Lorentzian"},
    {.key = "qwidth",
     .kind = CONFIG_QUANTITY,
     .unit = "1/A",
     .fallback = "0 1/A",
     .low = 0,
     .high = 1,
     AT(pattern.qwidth),
     .help = "instead: Gaussian of this standard deviation in Q"},
    {.key = "u_iso",
     .kind = CONFIG_QUANTITY,
     .unit = "A^2",
     .fallback = "",
     .low = 0,
     .high = 1,
     AT(u_iso),
     .help = "thermal motion of every atom; of each atom from the frames of `from` if absent (with "
             "`structure`: their mean over each element)"},
};
enum { FIELDS = sizeof stage_pdf_powder_fields / sizeof *stage_pdf_powder_fields };
const size_t stage_pdf_powder_nfields = FIELDS;

Err stage_pdf_powder_check(const PdfOptions *o)
{
    PowderStage p;
    TRY(config_read(o->powder, FIELDS, stage_pdf_powder_fields, &p));
    return powder_check(&p.pattern);
}

void stage_pdf_powder_print(const PdfOptions *o, int indent, char **yaml)
{
    PowderStage p;
    if (config_read(o->powder, FIELDS, stage_pdf_powder_fields, &p) == OK)
        config_print(yaml, indent, false, FIELDS, stage_pdf_powder_fields, &p);
}

/* The crystal of Bragg's sum and what must be freed with it. */
typedef struct Built {
    PowderCrystal c;
    const Species **species;
} Built;

static void built_room(Built *b, int64_t n)
{
    b->species = MEM_NEW(const Species *, n);
    b->c = (PowderCrystal){.n = n,
                           .s = mem_new((size_t)n, sizeof *b->c.s),
                           .species = b->species,
                           .u_iso = MEM_NEW(double, n)};
}

static void built_clear(Built *b)
{
    free(b->c.s);
    free(b->c.u_iso);
    free((void *)b->species);
}

/* The mean of the frames. */
static Err from_mean(H5 *source, const PdfSeen *s, Built *b)
{
    size_t dims[2], n;
    double *cell = NULL, *place = NULL, *u = NULL;
    int64_t *kind = NULL;
    if (!h5_exists(source, "pdf/mean/place"))
        return err_set(
            ERR_INPUT,
            "powder: the observable pdf left no mean structure; give one: structure: NAME.cif");
    Err e = h5_read(source, "pdf/mean/cell", 2, dims, &cell, NULL);
    if (e == OK)
        e = h5_read(source, "pdf/mean/place", 2, dims, &place, NULL);
    if (e == OK)
        e = h5_read(source, "pdf/mean/u_iso", 1, &n, &u, NULL);
    if (e == OK)
        e = h5_read_i64(source, "pdf/mean/kind", 1, &n, &kind);
    if (e == OK && dims[0] != n)
        e = err_set(ERR_FILE, "pdf/mean of the source does not fit together");
    if (e == OK) {
        built_room(b, (int64_t)n);
        e = cell_init(&b->c.cell, (const double(*)[3])cell);
        memcpy(b->c.s, place, n * sizeof *b->c.s);
    }
    for (size_t i = 0; i < n && e == OK; i++) {
        if (kind[i] < 0 || kind[i] >= s->gr.nspecies)
            e = err_set(ERR_FILE, "pdf/mean/kind of the source: %lld", (long long)kind[i]);
        else
            b->species[i] = s->gr.species[kind[i]];
        b->c.u_iso[i] = isnan(u[i]) ? 0.0 : u[i];
    }
    free(cell);
    free(place);
    free(u);
    free(kind);
    return e;
}

/* Thermal motion of the frames, mean over each element, to the atoms of a structure. */
static void borrow_motion(const Built *mean, Built *b)
{
    for (int64_t i = 0; i < b->c.n; i++) {
        double sum = 0.0, n = 0.0;
        for (int64_t j = 0; j < mean->c.n; j++)
            if (strcmp(mean->species[j]->element, b->species[i]->element) == 0)
                sum += mean->c.u_iso[j], n++;
        b->c.u_iso[i] = n > 0 ? sum / n : 0.0;
    }
}

static Err build(const PdfInputs *in, const PdfSeen *s, H5 *source, double u_iso, Built *b)
{
    Built mean = {0};
    Err e = OK;
    bool wants_mean = !in->has_structure || isnan(u_iso);
    if (wants_mean)
        e = from_mean(source, s, &mean);
    if (e == OK && in->has_structure) {
        const Sample *x = &in->structure;
        built_room(b, x->n);
        b->c.cell = x->cell;
        for (int64_t i = 0; i < x->n; i++) {
            cell_to_fractional(&x->cell, x->x[i], b->c.s[i]);
            b->species[i] = x->species[x->kind[i]];
        }
        if (wants_mean)
            borrow_motion(&mean, b);
        built_clear(&mean);
    } else {
        *b = mean;
    }
    for (int64_t i = 0; i < b->c.n && e == OK && !isnan(u_iso); i++)
        b->c.u_iso[i] = u_iso;
    return e;
}

static Err write_lines(H5 *at, size_t n, const PowderLine lines[])
{
    size_t dims[2] = {n, 3};
    double *y = MEM_NEW(double, n);
    int64_t *index = MEM_NEW(int64_t, 3 * n), *many = MEM_NEW(int64_t, n);
    static const struct {
        const char *name, *unit, *text;
        size_t offset;
    } columns[] = {
        {"q", "1/angstrom", "of the line", offsetof(PowderLine, q)},
        {"two_theta", "degree", "of the line", offsetof(PowderLine, angle)},
        {"F2", "1", "mean |F|^2 of the cell, electrons squared, thermal motion included",
         offsetof(PowderLine, f2)},
        {"intensity", "degree", "integrated, electron units per atom, polarisation included",
         offsetof(PowderLine, intensity)},
    };
    for (size_t k = 0; k < n; k++) {
        for (size_t a = 0; a < 3; a++)
            index[3 * k + a] = lines[k].index[a];
        many[k] = lines[k].multiplicity;
    }
    Err e = h5_write_i64(at, "index", 2, dims, index, "1", "h k l of one reflection of the line");
    if (e == OK)
        e = h5_write_i64(at, "multiplicity", 1, &n, many, "1", "reflections in the line");
    for (size_t c = 0; c < sizeof columns / sizeof *columns && e == OK; c++) {
        for (size_t k = 0; k < n; k++)
            y[k] = *(const double *)(const void *)((const char *)&lines[k] + columns[c].offset);
        e = h5_write(at, columns[c].name, 1, &n, y, columns[c].unit, columns[c].text);
    }
    free(y);
    free(index);
    free(many);
    return e;
}

/* Move the lines of at least 1e-4 of the strongest to the front; the rest are in the pattern alone (of a box of few frames: speckle). */
static size_t strong_lines(size_t n, PowderLine lines[])
{
    double most = 0.0;
    size_t kept = 0;
    for (size_t k = 0; k < n; k++)
        most = fmax(most, lines[k].intensity);
    for (size_t k = 0; k < n; k++)
        if (lines[k].intensity >= 1e-4 * most)
            lines[kept++] = lines[k];
    return kept;
}

static Err export_pattern(const StageRun *run, const PdfOptions *o, const PdfSeen *s,
                          const PowderOptions *p, size_t n, double angle[], double y[],
                          const char *which, const char *remark)
{
    char *path = mem_format("%s/%s_%s.xy", run->stage->folder, stage_name(run->stage), which);
    char *composition = pdf_files_composition(&s->gr);
    PdfData out = {.curve = PDF_XY,
                   .n = n,
                   .x = angle,
                   .y = y,
                   .composition = composition,
                   .title = o->sample,
                   .qmin = NAN,
                   .qmax = NAN,
                   .qmaxinst = NAN,
                   .rpoly = NAN,
                   .wavelength = p->wavelength,
                   .temperature = NAN,
                   .qdamp = NAN,
                   .qbroad = NAN};
    Err e = pdf_files_write_data(path, &out, remark);
    free(path);
    free(composition);
    return e;
}

static Err bragg(const StageRun *run, const PdfOptions *o, const PdfInputs *in, const PdfSeen *s,
                 const PowderStage *p, H5 *source, H5 *at, size_t n, double angle[], double y[])
{
    Built b = {0};
    PowderLine *lines = NULL;
    size_t nline = 0;
    XrayWeights w = o->weights == XRAY_FILE ? XRAY_NEUTRAL : (XrayWeights)o->weights;
    Err e = build(in, s, source, p->u_iso, &b);
    if (e == OK)
        e = powder_lines(&p->pattern, &b.c, w, &nline, &lines);
    if (e == OK) {
        powder_pattern(&p->pattern, nline, lines, y);
        e = h5_write(at, "bragg", 1, &n, y, "1", "electron units per atom, Bragg's sum");
    }
    H5 *group = NULL;
    if (e == OK)
        e = h5_group(at, "lines", &group);
    if (group) {
        e = write_lines(group, strong_lines(nline, lines), lines);
        h5_close_group(group);
    }
    if (e == OK)
        e = export_pattern(run, o, s, &p->pattern, n, angle, y, "bragg",
                           "simulated, Bragg's sum: no diffuse scattering");
    free(lines);
    built_clear(&b);
    return e;
}

Err stage_pdf_powder(const StageRun *run, const PdfOptions *o, const PdfInputs *in,
                     const PdfSeen *s, H5 *source, H5 *file)
{
    PowderStage p;
    H5 *at;
    double crystal = 1.0;
    TRY(config_read(o->powder, FIELDS, stage_pdf_powder_fields, &p));
    size_t n = powder_points(&p.pattern);
    double *angle = MEM_NEW(double, n), *y = MEM_NEW(double, n);
    Err e = h5_group(file, "powder", &at);
    if (e == OK) {
        powder_angles(&p.pattern, angle);
        powder_debye(&p.pattern, &s->gr, (XrayWeights)o->weights, in->forms, y);
        e = h5_write(at, "two_theta", 1, &n, angle, "degree", "scattering angle");
        if (e == OK)
            e = h5_write(at, "debye", 1, &n, y, "1",
                         "electron units per atom, Debye's sum; lines no narrower than pi/rmax");
        if (e == OK)
            e = export_pattern(run, o, s, &p.pattern, n, angle, y, "debye",
                               "simulated, Debye's sum");
        /* a disordered box has no lines of its own, only those of its repetition */
        if (e == OK && !in->has_structure && h5_exists(source, "pdf/bragg/crystal"))
            e = h5_read_number(source, "pdf/bragg/crystal", &crystal);
        if (e == OK && crystal == 0.0)
            log_info("stage %s: no Bragg peaks in the box: the powder pattern is Debye's sum alone",
                     stage_name(run->stage));
        if (e == OK && crystal != 0.0)
            e = bragg(run, o, in, s, &p, source, at, n, angle, y);
        h5_close_group(at);
    }
    free(angle);
    free(y);
    return e;
}
