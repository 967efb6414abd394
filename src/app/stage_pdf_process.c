#include "app/stage_pdf.h"

#include "analysis/pdf_measure.h"
#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Processing {
    double rpoly, qmaxinst, bgscale, scale, rmax;
    bool subtract_compton;
    double counts, background, qstep;
    bool compton;
    char *composition;
} Processing;

#define AT(member) .offset = offsetof(Processing, member)
const ConfigField stage_pdf_process_fields[] = {
    {.key = "rpoly",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "0.9 A",
     .low = 0.05,
     .high = 5,
     AT(rpoly),
     .help = "G(r) means nothing below; the polynomial has the degree rpoly qmaxinst/pi"},
    {.key = "qmaxinst",
     .kind = CONFIG_QUANTITY,
     .unit = "1/A",
     .fallback = "",
     .low = 1,
     .high = 100,
     AT(qmaxinst),
     .help = "end of the data that the polynomial is fitted to; qmax if absent"},
    {.key = "bgscale",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "1",
     .low = 0,
     .high = 10,
     AT(bgscale),
     .help = "the container is subtracted this many times"},
    {.key = "scale",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "",
     .low = 1e-12,
     .high = 1e12,
     AT(scale),
     .help = "of the intensity to electron units per atom; if absent, so that its sum is that of "
             "<f^2>"},
    {.key = "rmax",
     .kind = CONFIG_QUANTITY,
     .unit = "A",
     .fallback = "30 A",
     .low = 1,
     .high = 200,
     AT(rmax),
     .help = "G(r) is given up to here"},
    {.key = "subtract_compton",
     .kind = CONFIG_BOOLEAN,
     .fallback = "false",
     AT(subtract_compton),
     .help = "take Compton scattering off before the polynomial; PDFgetX3 does not"},
    {.key = "counts",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "1e8",
     .low = 0,
     .high = 1e12,
     AT(counts),
     .help = "simulated: mean counts of a point, Poisson noise; 0: no noise"},
    {.key = "background",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "0.3",
     .low = 0,
     .high = 100,
     AT(background),
     .help = "simulated: what the container scatters over what the sample does"},
    {.key = "compton",
     .kind = CONFIG_BOOLEAN,
     .fallback = "true",
     AT(compton),
     .help = "simulated: Compton scattering of the sample"},
    {.key = "qstep",
     .kind = CONFIG_QUANTITY,
     .unit = "1/A",
     .fallback = "0.01 1/A",
     .low = 1e-4,
     .high = 0.2,
     AT(qstep),
     .help = "simulated: points of I(Q)"},
    {.key = "composition",
     .kind = CONFIG_TEXT,
     .fallback = "",
     AT(composition),
     .help = "of `data`, \"Mg(BH4)2\"; that in the header of the file if absent"},
};
enum { FIELDS = sizeof stage_pdf_process_fields / sizeof *stage_pdf_process_fields };
const size_t stage_pdf_process_nfields = FIELDS;

static Err read_processing(const PdfOptions *o, Processing *p)
{
    return config_read(o->processing, FIELDS, stage_pdf_process_fields, p);
}

static PdfProcessOptions window_of(const Processing *p, const InstrumentXray *i)
{
    return (PdfProcessOptions){.bgscale = p->bgscale,
                               .scale = p->scale,
                               .rpoly = p->rpoly,
                               .qmin = i->qmin,
                               .qmax = i->qmax,
                               .qmaxinst = isnan(p->qmaxinst) ? i->qmax : p->qmaxinst,
                               .lorch = i->lorch,
                               .rstep = i->rstep,
                               .rmax = p->rmax};
}

Err stage_pdf_process_check(const PdfOptions *o, const PdfInputs *in)
{
    Processing p;
    const Species *species[SAMPLE_MAX_SPECIES];
    double share[SAMPLE_MAX_SPECIES];
    int n;
    TRY(read_processing(o, &p));
    Err e = OK;
    if (o->weights == XRAY_NEUTRON || o->weights == XRAY_CONSTANT_Z)
        e = config_error(o->processing, NULL,
                         "processing is for X-rays: weights neutral, ionic, computed or file");
    if (e == OK && !isnan(p.qmaxinst) && p.qmaxinst < in->window.qmax)
        e = config_error(o->processing, "qmaxinst", "%g 1/A is below qmax = %g 1/A", p.qmaxinst,
                         in->window.qmax);
    if (e == OK && in->has_data) {
        const char *text = p.composition && *p.composition ? p.composition : in->data.composition;
        e = text == NULL ? config_error(o->processing, "composition",
                                        "the data have none in their header: give it here")
                         : pdf_files_parse_composition(text, &n, species, share);
        for (int a = 0; e == OK && o->weights == XRAY_FILE && a < n; a++)
            e = xray_forms_check(in->forms, species[a], in->window.qmax);
    }
    config_clear(FIELDS, stage_pdf_process_fields, &p);
    return e;
}

/* What goes into the processing, of either origin. */
typedef struct Intensity {
    size_t n;
    double *q, *intensity, *background, *error, *squared_mean, *mean_square, *inelastic;
    char *composition;
    double wavelength;
} Intensity;

static void intensity_clear(Intensity *d)
{
    double *rows[] = {d->q,           d->intensity, d->background, d->error, d->squared_mean,
                      d->mean_square, d->inelastic};
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        free(rows[k]);
    free(d->composition);
}

static double q_of(const PdfData *d, double x, double wavelength)
{
    return d->curve == PDF_XY ? 4.0 * PI / wavelength * sin(0.5 * x * PI / 180.0) : x;
}

static double wavelength_of(const PdfData *d, const InstrumentXray *i)
{
    return isnan(d->wavelength) ? i->wavelength : d->wavelength;
}

/* Linear between the points of a file. */
static double file_at(const PdfData *d, double wavelength, double q)
{
    for (size_t k = 1; k < d->n; k++) {
        double a = q_of(d, d->x[k - 1], wavelength), b = q_of(d, d->x[k], wavelength);
        if (q <= b || k + 1 == d->n)
            return d->y[k - 1] + (d->y[k] - d->y[k - 1]) * fmin(1.0, fmax(0.0, (q - a) / (b - a)));
    }
    return d->y[0];
}

/* <f>^2, <f^2> and Compton scattering of a composition. */
static Err fill_atoms(const PdfOptions *o, const PdfInputs *in, int n,
                      const Species *const species[], const double share[], bool compton,
                      Intensity *d)
{
    for (size_t k = 0; k < d->n; k++) {
        double mean = 0.0, f[2];
        for (int a = 0; a < n; a++) {
            xray_amplitude((XrayWeights)o->weights, in->forms, species[a], d->q[k], f);
            mean += share[a] * f[0];
            d->mean_square[k] += share[a] * f[0] * f[0];
        }
        d->squared_mean[k] = mean * mean;
        if (compton)
            TRY(pdf_measure_inelastic(n, species, share, d->q[k], d->wavelength, &d->inelastic[k]));
    }
    return OK;
}

static void intensity_room(Intensity *d, size_t n)
{
    double **rows[] = {&d->q,           &d->intensity, &d->background, &d->error, &d->squared_mean,
                       &d->mean_square, &d->inelastic};
    d->n = n;
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        *rows[k] = MEM_NEW(double, n);
}

/* A measured file. */
static Err from_file(const PdfOptions *o, const PdfInputs *in, const Processing *p, Intensity *d)
{
    const PdfData *data = &in->data;
    const char *text = p->composition && *p->composition ? p->composition : data->composition;
    const Species *species[SAMPLE_MAX_SPECIES];
    double share[SAMPLE_MAX_SPECIES];
    int n;
    intensity_room(d, data->n);
    d->wavelength = wavelength_of(data, &in->window);
    d->composition = mem_string(text);
    for (size_t k = 0; k < d->n; k++) {
        d->q[k] = q_of(data, data->x[k], d->wavelength);
        d->intensity[k] = data->y[k];
        d->error[k] = data->error && data->error[k] > 0 ? data->error[k] : NAN;
        d->background[k] =
            in->has_background
                ? file_at(&in->background, wavelength_of(&in->background, &in->window), d->q[k])
                : 0.0;
    }
    TRY(pdf_files_parse_composition(text, &n, species, share));
    return fill_atoms(o, in, n, species, share, p->subtract_compton, d);
}

static Err write_rows(H5 *at, const char *dimension, size_t n, const double q[], const char *unit,
                      size_t rows, const char *const names[], const double *const values[],
                      const char *const texts[], const char *value_unit)
{
    TRY(h5_write(at, dimension, 1, &n, q, unit, "abscissa"));
    for (size_t k = 0; k < rows; k++)
        TRY(h5_write(at, names[k], 1, &n, values[k], value_unit, texts[k]));
    return OK;
}

/* Where the results go. */
typedef struct Output {
    char *base;          /* of the names of text files */
    const char *remarks; /* in these; NULL: none but what they are */
    H5 *file, *at;       /* result and its group; NULL: text files alone */
    uint64_t seed;       /* of the noise */
} Output;

static Err export(const Output *to, const char *ending, const PdfData *data, const char *what)
{
    char *path = mem_format("%s%s", to->base, ending);
    char *remarks = mem_format("%s\n%s", what, to->remarks != NULL ? to->remarks : "");
    Err e = pdf_files_write_data(path, data, remarks);
    free(path);
    free(remarks);
    return e;
}

static Err export_intensity(const Output *to, const PdfOptions *o, const Intensity *d,
                            const double y[], const double error[], const char *ending)
{
    PdfData out = {.curve = PDF_IQ,
                   .n = d->n,
                   .x = d->q,
                   .y = (double *)y,
                   .error = (double *)error,
                   .composition = d->composition,
                   .title = o->sample,
                   .qmin = NAN,
                   .qmax = NAN,
                   .qmaxinst = d->q[d->n - 1],
                   .rpoly = NAN,
                   .wavelength = d->wavelength,
                   .temperature = NAN,
                   .qdamp = NAN,
                   .qbroad = NAN};
    return export(to, ending, &out, "simulated; electron units per atom");
}

/* Measure the simulated sample; the truth goes beside. */
static Err measure(const Output *to, const PdfOptions *o, const PdfInputs *in, const PdfSeen *s,
                   const Processing *p, const PdfProcessOptions *w, Intensity *d, PdfMeasured *m)
{
    const InstrumentXray *i = &s->window;
    PdfMeasureOptions options = {.wavelength = i->wavelength,
                                 .qmin = p->qstep * fmax(1.0, floor(0.5 * i->qmin / p->qstep)),
                                 .qmax = w->qmaxinst + 2.0 * p->qstep,
                                 .qstep = p->qstep,
                                 .qdamp = i->qdamp,
                                 .qbroad = i->qbroad,
                                 .counts = p->counts,
                                 .background = p->background,
                                 .compton = p->compton,
                                 .seed = to->seed};
    double *own = NULL;
    size_t n_own = in->has_background ? in->background.n : 0;
    if (n_own > 0) {
        own = MEM_NEW(double, n_own);
        for (size_t k = 0; k < n_own; k++)
            own[k] = q_of(&in->background, in->background.x[k], i->wavelength);
    }
    Err e = pdf_measure(&options, &s->gr, (XrayWeights)o->weights, in->forms, n_own, own,
                        n_own > 0 ? in->background.y : NULL, m);
    free(own);
    TRY(e);
    intensity_room(d, m->n);
    d->wavelength = i->wavelength;
    d->composition = pdf_files_composition(&s->gr);
    const double *const from[] = {m->q,     m->sample_run,   m->empty_run,
                                  m->error, m->squared_mean, m->mean_square};
    double *const into[] = {d->q,     d->intensity,    d->background,
                            d->error, d->squared_mean, d->mean_square};
    for (size_t k = 0; k < sizeof from / sizeof *from; k++)
        memcpy(into[k], from[k], m->n * sizeof *from[k]);
    memcpy(d->inelastic, m->inelastic, m->n * sizeof *d->inelastic);
    static const char *const names[] = {
        "I",      "background", "I_error", "elastic_truth", "compton_truth", "background_truth",
        "S_truth"};
    static const char *const texts[] = {"sample in its container, as counted",
                                        "empty container, as counted",
                                        "of their difference, from counting",
                                        "sample, elastic",
                                        "sample, Compton",
                                        "container",
                                        "S(Q) in the beamline's resolution"};
    const double *const rows[] = {m->sample_run, m->empty_run, m->error, m->elastic,
                                  m->inelastic,  m->container, m->s};
    if (to->at != NULL)
        TRY(write_rows(to->at, "q_measured", m->n, m->q, "1/angstrom", 7, names, rows, texts, "1"));
    TRY(export_intensity(to, o, d, m->sample_run, p->counts > 0 ? m->error : NULL, ".iq"));
    return export_intensity(to, o, d, m->empty_run, NULL, "_background.iq");
}

static Err write_processed(const PdfProcessed *r, H5 *at)
{
    static const char *const of_q[] = {"I_subtracted", "F_raw", "polynomial", "F"};
    static const char *const q_texts[] = {"intensity without background", "Q [S_m(Q) - 1]",
                                          "what is subtracted of it", "Q [S(Q) - 1] after that"};
    static const char *const of_r[] = {"G", "G_error"};
    static const char *const r_texts[] = {"from F, Qmin to Qmax", "of counting; NaN: not known"};
    const double *const q_rows[] = {r->intensity, r->f_raw, r->polynomial, r->f};
    const double *const r_rows[] = {r->g, r->g_error};
    TRY(write_rows(at, "q", r->n, r->q, "1/angstrom", 4, of_q, q_rows, q_texts, "1"));
    TRY(write_rows(at, "r", r->nr, r->r, "angstrom", 2, of_r, r_rows, r_texts, "1/angstrom^2"));
    TRY(h5_write_number(at, "scale", r->scale, "1", "of the intensity to electron units per atom"));
    return h5_write_number(at, "degree", r->degree, "1", "rpoly qmaxinst/pi of the polynomial");
}

/* NAME_processed.gr, .fq, .sq. */
static Err export_processed(const Output *to, const PdfOptions *o, const Processing *p,
                            const PdfProcessOptions *w, const Intensity *d, const PdfProcessed *r)
{
    double *s = MEM_NEW(double, 2 * r->n);
    bool known = r->n > 0 && isfinite(r->f_error[r->n / 2]) && r->f_error[r->n / 2] > 0;
    for (size_t k = 0; k < r->n; k++) {
        s[k] = 1.0 + r->f[k] / r->q[k];
        s[r->n + k] = r->f_error[k] / r->q[k];
    }
    Err e = OK;
    for (int curve = PDF_GR; curve <= PDF_SQ && e == OK; curve++) {
        char *ending = mem_format("_processed%s", pdf_files_ending((PdfCurve)curve));
        PdfData out = {.curve = (PdfCurve)curve,
                       .n = curve == PDF_GR ? r->nr : r->n,
                       .x = curve == PDF_GR ? r->r : r->q,
                       .y = curve == PDF_GR   ? r->g
                            : curve == PDF_FQ ? r->f
                                              : s,
                       .error = !known            ? NULL
                                : curve == PDF_GR ? r->g_error
                                : curve == PDF_FQ ? r->f_error
                                                  : s + r->n,
                       .composition = d->composition,
                       .title = o->sample,
                       .qmin = w->qmin,
                       .qmax = w->qmax,
                       .qmaxinst = w->qmaxinst,
                       .rpoly = p->rpoly,
                       .wavelength = d->wavelength,
                       .temperature = NAN,
                       .qdamp = NAN,
                       .qbroad = NAN};
        e = export(to, ending, &out, "processed as PDFgetX3 does");
        free(ending);
    }
    free(s);
    return e;
}

/* How far the processed G(r) is from that of the true S(Q) in the same window. */
static Err write_truth(H5 *file, H5 *at, const Processing *p, const PdfProcessOptions *w,
                       const PdfMeasured *m, const PdfProcessed *r)
{
    double *f = MEM_NEW(double, m->n), *g = MEM_NEW(double, r->nr), *same = MEM_NEW(double, r->nr);
    double below = 0, n_below = 0, both = 0, truth = 0, ours = 0, most = 0, beyond = 0,
           n_beyond = 0;
    for (size_t k = 0; k < m->n; k++)
        f[k] = m->q[k] * (m->s[k] - 1.0);
    pdf_process_transform(w, m->n, m->q, f, NULL, r->nr, same, g, NULL);
    for (size_t k = 0; k < r->nr; k++)
        if (r->r[k] >= 1.5) {
            both += r->g[k] * g[k];
            truth += g[k] * g[k];
            ours += r->g[k] * r->g[k];
            most = fmax(most, fabs(g[k]));
        }
    double scale = both / truth;
    for (size_t k = 0; k < r->nr; k++) {
        double d = r->g[k] - scale * g[k];
        if (r->r[k] < p->rpoly)
            below += d * d, n_below++;
        else if (r->r[k] >= 1.5)
            beyond += d * d, n_beyond++;
    }
    Err e =
        h5_write(at, "G_truth", 1, &r->nr, g, "1/angstrom^2", "G(r) of the true S(Q), same window");
    free(f);
    free(g);
    free(same);
    TRY(e);
    TRY(stages_scalar(file, "processed_scale", scale, NAN, "1",
                      "processed G(r) over the true one, r > 1.5 A"));
    TRY(stages_scalar(file, "processed_correlation", both / sqrt(truth * ours), NAN, "1",
                      "of processed and true G(r), r > 1.5 A"));
    TRY(stages_scalar(file, "processed_artefact", sqrt(below / fmax(1, n_below)) / (scale * most),
                      NAN, "1",
                      "rms of processed less true G(r) below rpoly, over the highest true peak"));
    return stages_scalar(file, "processed_difference",
                         sqrt(beyond / fmax(1, n_beyond)) / (scale * most), NAN, "1",
                         "the same beyond 1.5 A");
}

static Err process(const Output *to, const PdfOptions *o, const PdfInputs *in, const PdfSeen *s,
                   const Processing *p)
{
    PdfProcessOptions w = window_of(p, s ? &s->window : &in->window);
    Intensity d = {0};
    PdfMeasured m = {0};
    PdfProcessed r = {0};
    Err e = s ? measure(to, o, in, s, p, &w, &d, &m) : from_file(o, in, p, &d);
    bool any = s != NULL || in->has_background;
    if (e == OK)
        e = pdf_process(&w, d.n, d.q, d.intensity, any ? d.background : NULL,
                        s && !(p->counts > 0) ? NULL : d.error, d.squared_mean, d.mean_square,
                        p->subtract_compton ? d.inelastic : NULL, &r);
    if (e == OK && to->at != NULL)
        e = write_processed(&r, to->at);
    if (e == OK)
        e = export_processed(to, o, p, &w, &d, &r);
    if (e == OK && s && to->at != NULL)
        e = write_truth(to->file, to->at, p, &w, &m, &r);
    pdf_processed_clear(&r);
    pdf_measured_clear(&m);
    intensity_clear(&d);
    return e;
}

Err stage_pdf_process(const StageRun *run, const PdfOptions *o, const PdfInputs *in,
                      const PdfSeen *s, H5 *file)
{
    Processing p;
    Output to = {.file = file, .seed = stages_seed(run, 0)};
    TRY(read_processing(o, &p));
    Err e = h5_group(file, "processing", &to.at);
    if (e == OK) {
        to.base = mem_format("%s/%s", run->stage->folder, stage_name(run->stage));
        e = process(&to, o, in, s, &p);
        free(to.base);
        h5_close_group(to.at);
    }
    config_clear(FIELDS, stage_pdf_process_fields, &p);
    return e;
}

Err stage_pdf_process_draw(const PdfOptions *o, const PdfInputs *in, const PdfSeen *s, bool noise,
                           uint64_t seed, const char *base, const char *remarks)
{
    Processing p;
    Output to = {.base = mem_string(base), .remarks = remarks, .seed = seed};
    Err e = read_processing(o, &p);
    if (e == OK) {
        p.counts = noise ? p.counts : 0.0;
        e = process(&to, o, in, s, &p);
        config_clear(FIELDS, stage_pdf_process_fields, &p);
    }
    free(to.base);
    return e;
}

void stage_pdf_process_print(const PdfOptions *o, int indent, char **yaml)
{
    Processing p;
    if (read_processing(o, &p) != OK)
        return; /* was checked when the study was opened */
    config_print(yaml, indent, false, FIELDS, stage_pdf_process_fields, &p);
    config_clear(FIELDS, stage_pdf_process_fields, &p);
}
