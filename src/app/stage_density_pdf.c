/* stage_density_pdf.c -- kind `density_pdf`: X-ray S(Q) and G(r) from electron densities on a mesh, of a cell at rest or of
 * frames of a trajectory, beside constant Z, neutral f(Q) and ionic f(Q); how high H peaks are under each, and the occupancy
 * of H that a refinement with constant Z would find, with its spread over density functionals.
 *
 * In result.h5:
 *   functionals, hydrogen_charge            the ensemble
 *   forms                    texts          names of the groups below: neutral, ionic, computed, constant_Z, density_1, ...
 *   FORM/{q, S, S_error} [nq]; {r, G, G_error} [nr]; pair/A-B [nr]; attributes weights, functional, hydrogen_charge
 *   numbers/peaks            texts [4]      Mg-B, Mg-H, B-H, H-H
 *   numbers/{position, height, height_error, area, ratio, ratio_error} [form][peak]   (ratio: to constant Z)
 *   numbers/occupancies      texts [11]     MgH, BH, HH, curve, refined, ... (density_numbers.h)
 *   numbers/{occupancy, occupancy_error} [form][11]                                   (errors: blocks of frames)
 *   answer/{value, spread, shift} [11]      over the ensemble
 * scalars occupancy_X: value and spread; occupancy_X_shift; ratio_PEAK of the first density.
 */
#define _POSIX_C_SOURCE 200809L
#include "app/stages.h"

#include "analysis/density_ions.h"
#include "analysis/density_numbers.h"
#include "analysis/instrument_xray.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"
#include "density/functional.h"
#include "store/h5md.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_BLOCKS = 8 };

typedef struct DensityStage {
    StageHead head;
    char *from;
    ConfigTexts functionals;
    ConfigList hydrogen_charge;
    double watson_radius, mesh, sigma, rmax;
    int64_t frames;
    const ConfigNode *instrument;
} DensityStage;

#define AT(member) .offset = offsetof(DensityStage, member)
static const ConfigField fields[] = {
    STAGE_HEAD_FIELDS,
    {.key = "from",
     .kind = CONFIG_TEXT,
     .unit = "stage",
     AT(from),
     .help = "cell, md or mc stage whose sample or trajectory is seen"},
    {.key = "frames",
     .kind = CONFIG_INTEGER,
     .fallback = "8",
     .low = 0,
     .high = 1e6,
     AT(frames),
     .help = "evenly chosen from the trajectory; 0, or if there is none: the sample that the stage "
             "left"},
    {.key = "functionals",
     .kind = CONFIG_TEXTS,
     .fallback = "[lda_x+lda_c_vwn, gga_x_pbe+gga_c_pbe, gga_x_b88+gga_c_lyp]",
     AT(functionals),
     .help = "density functionals of libxc, parts joined by +"},
    {.key = "hydrogen_charge",
     .kind = CONFIG_QUANTITIES,
     .unit = "1",
     .fallback = "[-0.25, -0.5]",
     .low = -0.5,
     .high = -0.25,
     AT(hydrogen_charge),
     .help = "charges of H in BH4-: -0.25 has neutral B, -0.5 has B+; the first counts, the last "
             "says how much it matters"},
    {.key = "watson_radius",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "2.1167 A",
     .low = 1,
     .high = 6,
     AT(watson_radius),
     .help = "sphere of charge +1 around H-, which is not bound alone (4 bohr)"},
    {.key = "mesh",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "0.1 A",
     .low = 0.02,
     .high = 1,
     AT(mesh),
     .help = "greatest distance of mesh points"},
    {.key = "sigma",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "",
     .low = 0,
     .high = 1,
     AT(sigma),
     .help = "standard deviation of each distance beyond that of the frames; if absent 0.1 A for a "
             "sample, 0 for frames"},
    {.key = "rmax",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "12 A",
     .low = 6,
     .high = 100,
     AT(rmax),
     .help = "G(r) is given up to here"},
    {.key = "instrument",
     .kind = CONFIG_MAPPING,
     .fallback = "",
     AT(instrument),
     .help = "X-ray window as of the observable pdf; P02.1 of Heere 2020 if absent"},
};

/* Options of the sums; `still`: of a sample, not of frames. */
static Err read_options(const StageRun *run, const DensityStage *s, bool still,
                        DensityPdfOptions *o)
{
    InstrumentXray i;
    TRY(config_read(s->instrument, instrument_xray_nfields, instrument_xray_fields, &i));
    TRY(instrument_xray_check(&i));
    if (i.qbroad != 0.0)
        return config_error(s->instrument, "qbroad",
                            "sums over k have no Q broadening; use sigma, or the observable pdf");
    *o = (DensityPdfOptions){.qmin = i.qmin,
                             .qmax = i.qmax,
                             .lorch = i.lorch,
                             .qdamp = i.qdamp,
                             .sigma = isnan(s->sigma) ? (still ? 0.1 : 0.0) : s->sigma,
                             .qstep = i.qstep,
                             .rstep = i.rstep,
                             .rmax = s->rmax,
                             .spacing = s->mesh,
                             .blocks = 1};
    if (smeared_sigma(s->mesh, i.qmax, 1e-7, &o->smear) != OK)
        return config_error(run->stage->node, "mesh", "%s", err_message());
    return OK;
}

/* Everything that can be wrong with the options, said with its place in the study. */
static Err validate(const StageRun *run, const DensityStage *s, bool still, DensityPdfOptions *o)
{
    TRY(read_options(run, s, still, o));
    if (s->functionals.n == 0 || s->hydrogen_charge.n == 0)
        return config_error(run->stage->node,
                            s->functionals.n == 0 ? "functionals" : "hydrogen_charge",
                            "at least one is needed");
    for (size_t i = 0; i < s->functionals.n; i++) {
        Functional *f;
        if (functional_new(s->functionals.text[i], 1, &f) != OK)
            return config_error(run->stage->node, "functionals", "%s", err_message());
        functional_free(f);
    }
    return OK;
}

static Err check(const StageRun *run, const void *options, StageEstimate *estimate)
{
    const DensityStage *s = options;
    DensityPdfOptions o;
    TRY(validate(run, s, true, &o));
    const Stage *from = study_find(run->study, s->from);
    double sets = 1.0 + (double)(s->functionals.n * s->hydrogen_charge.n),
           frames = fmax(1.0, (double)s->frames);
    if (from->has_sample) { /* some 1300 A^3 around each ion, 7 ns a point */
        estimate->seconds = sets * frames * (double)from->sample.n * 1300.0 / pow(s->mesh, 3.0) *
                            7e-9 / comm_size(run->comm);
        estimate->bytes = density_pdf_memory(&from->sample.cell, s->mesh);
    }
    snprintf(estimate->note, sizeof estimate->note,
             "%zu ion densities, mesh of %g A smeared by %.3f A", (size_t)sets - 1, s->mesh,
             o.smear);
    return OK;
}

/* Densities of the whole ensemble: [functionals][charges]; free with clear_members. */
static Err make_members(const DensityStage *s, const Sample *sample, double smear,
                        DensityIons **out)
{
    size_t nc = s->hydrogen_charge.n;
    *out = MEM_NEW(DensityIons, s->functionals.n * nc);
    for (size_t f = 0; f < s->functionals.n; f++)
        TRY(density_ions_new(sample, s->functionals.text[f], s->watson_radius, nc,
                             s->hydrogen_charge.value, smear, *out + f * nc));
    return OK;
}

static void clear_members(size_t n, DensityIons *members)
{
    for (size_t m = 0; m < n; m++)
        density_ions_clear(&members[m]);
    free(members);
}

/* Frame k of `frames` evenly chosen ones, from rank 0 to all. Collective. */
static Err read_frame(const Comm *c, H5mdReader *reader, int64_t k, Cell *cell, int64_t n,
                      double (*x)[3])
{
    double h[3][3], time;
    int64_t step;
    Err e = reader != NULL ? h5md_read(reader, k, &step, &time, h, x, NULL) : OK;
    e = comm_agree(c, e);
    if (e != OK)
        return e;
    comm_bcast(c, 0, sizeof h, h);
    comm_bcast(c, 0, (size_t)n * sizeof *x, x);
    return comm_agree(c, cell_init(cell, (const double(*)[3])h));
}

/* Where frames come from: none, if reader is NULL on rank 0. */
typedef struct Source {
    Sample sample;
    H5mdReader *reader; /* rank 0 */
    int64_t stored, frames;
} Source;

static void source_close(Source *s)
{
    if (s->reader != NULL)
        h5md_close_reader(s->reader);
    sample_clear(&s->sample);
}

/* Collective. Close it also after an error. */
static Err source_open(const StageRun *run, const DensityStage *o, Source *s)
{
    *s = (Source){0};
    Err e = stages_read_sample(run, o->from, &s->sample);
    if (e != OK)
        return e;
    if (comm_is_root(run->comm) && o->frames > 0) {
        char *path = stage_file(study_find(run->study, o->from), "trajectory.h5");
        if (access(path, R_OK) == 0)
            e = h5md_open(path, &s->reader);
        if (e == OK && s->reader != NULL) {
            s->stored = h5md_frames(s->reader);
            if (h5md_atoms(s->reader) != s->sample.n)
                e = err_set(ERR_INPUT, "%s: has %lld atoms, the sample %lld", path,
                            (long long)h5md_atoms(s->reader), (long long)s->sample.n);
        }
        free(path);
    }
    comm_bcast(run->comm, 0, sizeof s->stored, &s->stored);
    s->frames = s->stored < o->frames ? s->stored : o->frames;
    return comm_agree(run->comm, e);
}

/* All frames through all meshes. Collective. */
static Err add_frames(const StageRun *run, Source *s, size_t blocks, DensityPdf *pdf)
{
    if (s->frames == 0) {
        density_pdf_add(pdf, 0, &s->sample.cell, (const double(*)[3])s->sample.x);
        return OK;
    }
    Progress progress;
    log_progress_init(&progress, stage_name(run->stage), "frames", (double)s->frames);
    double(*x)[3] = mem_new((size_t)s->sample.n, sizeof *x);
    Err e = OK;
    for (int64_t k = 0; k < s->frames && e == OK; k++) {
        Cell cell;
        int64_t at = (2 * k + 1) * s->stored / (2 * s->frames);
        e = read_frame(run->comm, s->reader, at, &cell, s->sample.n, x);
        if (e == OK)
            density_pdf_add(pdf, (size_t)(k * (int64_t)blocks / s->frames), &cell,
                            (const double(*)[3])x);
        log_progress(&progress, (double)(k + 1));
    }
    free(x);
    return e;
}

/* ------------------------------------------------------------------ results (rank 0) */

static void form_name(size_t form, size_t size, char name[])
{
    if (form < XRAY_WEIGHTS)
        snprintf(name, size, "%s", xray_weights_name((XrayWeights)form));
    else
        snprintf(name, size, "density_%zu", form - XRAY_WEIGHTS + 1);
}

/* Mean over blocks and its standard error: rows [nblock], `stride` apart. */
static void block_mean(const DensityCurves *c, size_t n, const double rows[], size_t stride,
                       double mean[], double error[])
{
    double all = 0.0, nb = (double)c->nblock;
    for (size_t b = 0; b < c->nblock; b++)
        all += c->weight[b];
    for (size_t k = 0; k < n; k++) {
        double v = 0.0;
        mean[k] = 0.0;
        for (size_t b = 0; b < c->nblock; b++)
            mean[k] += c->weight[b] / all * rows[b * stride + k];
        for (size_t b = 0; b < c->nblock; b++)
            v += pow(c->weight[b] / all * (rows[b * stride + k] - mean[k]), 2.0);
        error[k] = c->nblock < 2 ? NAN : sqrt(v * nb / (nb - 1.0));
    }
}

static Err write_s(H5 *at, const DensityCurves *c, size_t form)
{
    double *mean = MEM_NEW(double, c->nq), *error = MEM_NEW(double, c->nq);
    block_mean(c, c->nq, c->s + form * c->nq, c->nform * c->nq, mean, error);
    Err e =
        h5_write(at, "q", 1, &c->nq, c->q, "1/angstrom", "mean |k| of the wave vectors of a shell");
    if (e == OK)
        e = h5_write(at, "S", 1, &c->nq, mean, "1",
                     "total structure factor, Faber-Ziman, mean over the shell");
    if (e == OK)
        e = h5_write(at, "S_error", 1, &c->nq, error, "1", "standard error over blocks of frames");
    free(mean);
    free(error);
    return e;
}

static Err write_g(H5 *at, const DensityCurves *c, size_t form)
{
    double *rows = MEM_NEW(double, c->nblock * c->nr), *mean = MEM_NEW(double, c->nr),
           *error = MEM_NEW(double, c->nr);
    for (size_t b = 0; b < c->nblock; b++)
        for (size_t p = 0; p < c->npair; p++)
            for (size_t k = 0; k < c->nr; k++)
                rows[b * c->nr + k] += c->g[((b * c->nform + form) * c->npair + p) * c->nr + k];
    block_mean(c, c->nr, rows, c->nr, mean, error);
    Err e = h5_write(at, "r", 1, &c->nr, c->r, "angstrom", "distance");
    if (e == OK)
        e = h5_write(at, "G", 1, &c->nr, mean, "1/angstrom^2",
                     "reduced pair distribution function");
    if (e == OK)
        e = h5_write(at, "G_error", 1, &c->nr, error, "1/angstrom^2",
                     "standard error over blocks of frames");
    free(rows);
    free(mean);
    free(error);
    return e;
}

static Err write_pairs(H5 *at, const DensityCurves *c, size_t form)
{
    H5 *pairs;
    TRY(h5_group(at, "pair", &pairs));
    double *t = MEM_NEW(double, c->nr);
    Err e = OK;
    for (int a = 0; a < c->nspecies && e == OK; a++)
        for (int b = a; b < c->nspecies && e == OK; b++) {
            size_t pair = density_pdf_pair(c->nspecies, a, b);
            char *name = mem_format("%s-%s", c->species[a]->symbol, c->species[b]->symbol);
            density_pdf_mean(c, form, pair, SIZE_MAX, t);
            for (size_t k = 0; k < c->nr; k++)
                t[k] += 4.0 * PI * c->r[k] * c->number * c->level[form * c->npair + pair];
            e = h5_write(pairs, name, 1, &c->nr, t, "1/angstrom^2",
                         "contribution of the pair to T(r) = G(r) + 4 pi r rho0");
            free(name);
        }
    free(t);
    h5_close_group(pairs);
    return e;
}

static Err write_form(H5 *file, const DensityCurves *c, size_t form, const DensityIons *member)
{
    static const char *const meaning[XRAY_WEIGHTS] = {
        "f(Q) of neutral atoms", "f(Q) of Mg2+, B and H1-",
        "f(Q) of Mg2+, B and H of BH4-, tables from computed densities",
        "atomic numbers at every Q"};
    char name[32];
    H5 *at;
    form_name(form, sizeof name, name);
    TRY(h5_group(file, name, &at));
    Err e = h5_attr_text(at, NULL, "weights",
                         member != NULL ? "electron densities on a mesh" : meaning[form]);
    if (e == OK && member != NULL)
        e = h5_attr_text(at, NULL, "functional", member->functional);
    if (e == OK && member != NULL)
        e = h5_attr_number(at, NULL, "hydrogen_charge", member->hydrogen_charge);
    if (e == OK)
        e = write_s(at, c, form);
    if (e == OK)
        e = write_g(at, c, form);
    if (e == OK)
        e = write_pairs(at, c, form);
    h5_close_group(at);
    return e;
}

/* One column of DensityNumbers as a table [nform][n]. */
static Err write_column(H5 *at, const char *name, size_t nform, size_t n,
                        const DensityNumbers rows[], size_t offset, const char *unit,
                        const char *what)
{
    double *table = MEM_NEW(double, nform *n);
    for (size_t f = 0; f < nform; f++)
        memcpy(table + f * n, (const char *)&rows[f] + offset, n * sizeof *table);
    Err e = h5_write(at, name, 2, (size_t[]){nform, n}, table, unit, what);
    free(table);
    return e;
}

static Err write_numbers(H5 *file, size_t nform, const DensityNumbers value[],
                         const DensityNumbers error[])
{
    const char *peak[DENSITY_PEAKS], *x[DENSITY_XS];
    for (int p = 0; p < DENSITY_PEAKS; p++)
        peak[p] = density_numbers_peak((DensityPeak)p);
    for (int i = 0; i < DENSITY_XS; i++)
        x[i] = density_numbers_occupancy((DensityOccupancy)i);
    H5 *at;
    TRY(h5_group(file, "numbers", &at));
    const struct {
        const char *name, *unit, *what;
        size_t n, offset;
        const DensityNumbers *rows;
    } columns[] = {
        {"position", "angstrom", "of the peak", DENSITY_PEAKS, offsetof(DensityNumbers, position),
         value},
        {"height", "1/angstrom^2", "of the pair's contribution to T(r)", DENSITY_PEAKS,
         offsetof(DensityNumbers, height), value},
        {"height_error", "1/angstrom^2", "jackknife over blocks of frames", DENSITY_PEAKS,
         offsetof(DensityNumbers, height), error},
        {"area", "1", "int r T dr over the peak +- 0.3 A", DENSITY_PEAKS,
         offsetof(DensityNumbers, area), value},
        {"ratio", "1", "height over that with constant Z", DENSITY_PEAKS,
         offsetof(DensityNumbers, ratio), value},
        {"ratio_error", "1", "jackknife over blocks of frames", DENSITY_PEAKS,
         offsetof(DensityNumbers, ratio), error},
        {"occupancy", "1", "of H, with which constant Z gives the same", DENSITY_XS,
         offsetof(DensityNumbers, x), value},
        {"occupancy_error", "1", "jackknife over blocks of frames", DENSITY_XS,
         offsetof(DensityNumbers, x), error},
    };
    Err e = h5_write_texts(at, "peaks", DENSITY_PEAKS, peak);
    if (e == OK)
        e = h5_write_texts(at, "occupancies", DENSITY_XS, x);
    for (size_t i = 0; i < sizeof columns / sizeof *columns && e == OK; i++)
        e = write_column(at, columns[i].name, nform, columns[i].n, columns[i].rows,
                         columns[i].offset, columns[i].unit, columns[i].what);
    h5_close_group(at);
    return e;
}

static Err write_answer(H5 *file, const DensityStage *o, const DensityNumbers members[])
{
    DensityAnswer a = density_numbers_answer(o->functionals.n, o->hydrogen_charge.n, members);
    size_t n = DENSITY_XS;
    TRY(h5_write(file, "answer/value", 1, &n, a.value, "1",
                 "mean over functionals, first charge of H"));
    TRY(h5_write(file, "answer/spread", 1, &n, a.spread, "1",
                 "standard deviation over functionals"));
    TRY(h5_write(file, "answer/shift", 1, &n, a.shift, "1", "what the last charge of H changes"));
    for (int i = 0; i < DENSITY_XS; i++) {
        char name[64];
        const char *x = density_numbers_occupancy((DensityOccupancy)i);
        snprintf(name, sizeof name, "occupancy_%s", x);
        TRY(stages_scalar(file, name, a.value[i], a.spread[i], "1",
                          "occupancy of H with which constant Z gives what the densities give; "
                          "error: over functionals"));
        snprintf(name, sizeof name, "occupancy_%s_shift", x);
        TRY(stages_scalar(file, name, a.shift[i], NAN, "1", "what the last charge of H changes"));
    }
    for (int p = 0; p < DENSITY_PEAKS; p++) {
        char *name = mem_format("ratio_%s", density_numbers_peak((DensityPeak)p));
        Err e =
            stages_scalar(file, name, members[0].ratio[p], NAN, "1",
                          "height of the peak with the first density over that with constant Z");
        free(name);
        TRY(e);
    }
    return OK;
}

static Err write_ensemble(H5 *file, const DensityStage *o, const Source *s,
                          const DensityPdfOptions *p, size_t nform)
{
    char(*name)[32] = mem_new(nform, sizeof *name);
    const char **names = MEM_NEW(const char *, nform);
    for (size_t f = 0; f < nform; f++) {
        form_name(f, sizeof name[f], name[f]);
        names[f] = name[f];
    }
    Err e = h5_write_texts(file, "forms", nform, names);
    free(names);
    free(name);
    TRY(e);
    TRY(h5_write_texts(file, "functionals", o->functionals.n,
                       (const char *const *)o->functionals.text));
    TRY(h5_write(file, "hydrogen_charge", 1, &o->hydrogen_charge.n, o->hydrogen_charge.value, "1",
                 "of H in BH4-, in elementary charges"));
    TRY(h5_write_number(file, "frames", (double)s->frames, "1",
                        "of the trajectory; 0: the sample"));
    TRY(h5_write_number(file, "sigma", p->sigma, "angstrom",
                        "added to the spread of each distance"));
    TRY(h5_write_number(file, "mesh", p->spacing, "angstrom", "greatest distance of mesh points"));
    return h5_write_number(file, "smear", p->smear, "angstrom",
                           "of the densities on the mesh, undone after");
}

static Err write_results(const StageRun *run, const DensityStage *o, const Source *s,
                         const DensityPdfOptions *p, const DensityIons members[],
                         const DensityPdf *pdf)
{
    H5 *file;
    TRY(stages_create_result(run, &file));
    DensityCurves c;
    density_pdf_curves(pdf, &c);
    DensityNumbers *value = MEM_NEW(DensityNumbers, c.nform),
                   *error = MEM_NEW(DensityNumbers, c.nform);
    Err e = write_ensemble(file, o, s, p, c.nform);
    for (size_t f = 0; f < c.nform && e == OK; f++) {
        density_numbers_jackknife(&c, f, &value[f], &error[f]);
        e = write_form(file, &c, f, f < XRAY_WEIGHTS ? NULL : &members[f - XRAY_WEIGHTS]);
    }
    if (e == OK)
        e = write_numbers(file, c.nform, value, error);
    if (e == OK)
        e = write_answer(file, o, value + XRAY_WEIGHTS);
    if (e == OK)
        log_info("  occupancy of H that constant Z would need: Mg-H %.3f, B-H %.3f, curve %.3f, "
                 "refined %.3f",
                 value[XRAY_WEIGHTS].x[DENSITY_X_MG_H], value[XRAY_WEIGHTS].x[DENSITY_X_B_H],
                 value[XRAY_WEIGHTS].x[DENSITY_X_CURVE], value[XRAY_WEIGHTS].x[DENSITY_X_REFINED]);
    free(value);
    free(error);
    density_pdf_curves_clear(&c);
    if (e == OK)
        return h5_commit(file);
    h5_close(file);
    return e;
}

/* With the source open. Collective. */
static Err see(const StageRun *run, const DensityStage *o, Source *s)
{
    DensityPdfOptions p;
    DensityPdf *pdf = NULL;
    DensityIons *members = NULL;
    size_t n = o->functionals.n * o->hydrogen_charge.n;
    DensitySet *sets = MEM_NEW(DensitySet, n);
    Err e = validate(run, o, s->frames == 0, &p);
    p.blocks = s->frames < 1 ? 1 : s->frames < MOST_BLOCKS ? (size_t)s->frames : MOST_BLOCKS;
    if (e == OK)
        e = make_members(o, &s->sample, p.smear, &members);
    for (size_t m = 0; m < n && e == OK; m++)
        sets[m] = density_ions_set(&members[m]);
    if (e == OK)
        e = density_pdf_new(run->comm, &s->sample, &p, n, sets, &pdf);
    e = comm_agree(run->comm, e);
    if (e == OK)
        e = add_frames(run, s, p.blocks, pdf);
    if (e == OK)
        e = comm_agree(run->comm,
                       comm_is_root(run->comm) ? write_results(run, o, s, &p, members, pdf) : OK);
    density_pdf_free(pdf);
    if (members != NULL)
        clear_members(n, members);
    free(sets);
    return e;
}

/* Whose functionals they are goes into every file of the stage. Rank 0 */
static void cite(const StageRun *run, const DensityStage *s)
{
    for (size_t i = 0; i < s->functionals.n; i++) {
        Functional *f;
        if (functional_new(s->functionals.text[i], 1, &f) != OK)
            continue; /* reported by validate */
        functional_cite(f, &run->stage->inputs);
        functional_free(f);
    }
}

static Err run_density(const StageRun *run, const void *options)
{
    Source s;
    if (comm_is_root(run->comm))
        cite(run, options);
    Err e = source_open(run, options, &s);
    if (e == OK)
        e = see(run, options, &s);
    source_close(&s);
    return e;
}

const StageKind stage_density_pdf = {
    .name = "density_pdf",
    .help = "X-ray S(Q) and G(r) from electron densities, beside constant Z and f(Q); effective "
            "occupancy of H",
    .nfields = sizeof fields / sizeof fields[0],
    .fields = fields,
    .options_size = sizeof(DensityStage),
    .check = check,
    .run = run_density,
};
