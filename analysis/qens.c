#include "analysis/qens.h"

#include "analysis/isf.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Counts of the fit when no noise is asked for: only a scale. */
static const double NOMINAL_COUNTS = 1e6;

void qens_input_clear(QensInput *in)
{
    free(in->q);
    free(in->energy);
    free(in->s);
    free(in->weight);
    free(in->plateau);
    free(in->drift);
    *in = (QensInput){0};
}

/* Keep the Q that the instrument has, in place. */
static Err keep_range(const InstrumentQens *instrument, size_t groups, QensInput *in)
{
    size_t all = in->nq, kept = 0, first = 0;
    while (first < all && in->q[first] < instrument->q_low - 1e-9)
        first++;
    while (first + kept < all && in->q[first + kept] <= instrument->q_high + 1e-9)
        kept++;
    if (kept == 0)
        return err_set(ERR_INPUT,
                       "instrument: no Q of the isf observable lies in %g to %g 1/A; it has %g to "
                       "%g 1/A",
                       instrument->q_low, instrument->q_high, in->q[0], in->q[all - 1]);
    memmove(in->q, in->q + first, kept * sizeof *in->q);
    for (size_t g = 0; g < groups; g++) {
        memmove(in->s + g * kept * in->ne, in->s + (g * all + first) * in->ne,
                kept * in->ne * sizeof *in->s);
        memmove(in->plateau + g * kept, in->plateau + g * all + first, kept * sizeof *in->plateau);
        memmove(in->drift + g * kept, in->drift + g * all + first, kept * sizeof *in->drift);
    }
    in->nq = kept;
    return OK;
}

/* Mean of a curve over the window of the plateau, and how much it falls in it. */
static void plateau_of(size_t nt, const double t[], const double f[], double start, double *mean,
                       double *drift)
{
    double end = t[nt - 1], from = start > 0.0 && start < end ? start : 0.5 * end;
    double middle = 0.5 * (from + end);
    *mean = isf_window_mean(nt, t, f, from, end);
    *drift = isf_window_mean(nt, t, f, from, middle) - isf_window_mean(nt, t, f, middle, end);
}

/* Late means of I(Q,t) of every group and Q over the window that sqw takes. */
static Err read_plateau(H5 *isf, double start, QensInput *in)
{
    size_t dims[3], nt;
    double *blocks, *t;
    TRY(h5_read(isf, "I_blocks", 3, dims, &blocks, NULL));
    Err e = h5_read(isf, "t", 1, &nt, &t, NULL);
    if (e == OK && (dims[0] != in->groups || dims[1] != in->nq || dims[2] != nt))
        e = err_set(ERR_FILE, "isf: I_blocks is %zu x %zu x %zu, not %zu x %zu x %zu", dims[0],
                    dims[1], dims[2], in->groups, in->nq, nt);
    if (e == OK) {
        in->plateau = MEM_NEW(double, in->groups * in->nq);
        in->drift = MEM_NEW(double, in->groups * in->nq);
        for (size_t k = 0; k < in->groups * in->nq; k++)
            plateau_of(nt, t, blocks + k * nt, start, &in->plateau[k], &in->drift[k]);
        free(t);
    }
    free(blocks);
    return e;
}

Err qens_read(H5 *isf, H5 *sqw, const InstrumentQens *instrument, double plateau_start,
              QensInput *in)
{
    size_t dims[3] = {0}, one;
    *in = (QensInput){0};
    Err e = h5_read(sqw, "S_blocks", 3, dims, &in->s, NULL);
    in->groups = dims[0], in->nq = dims[1], in->ne = dims[2];
    if (e == OK)
        e = h5_read(sqw, "Q", 1, &one, &in->q, NULL);
    if (e == OK)
        e = h5_read(sqw, "E", 1, &one, &in->energy, NULL);
    if (e == OK)
        e = h5_read(isf, "block_weight", 1, &one, &in->weight, NULL);
    if (e == OK)
        e = read_plateau(isf, plateau_start, in);
    for (size_t i = 1; e == OK && i < in->nq; i++)
        if (!(in->q[i] > in->q[i - 1]))
            e = err_set(ERR_INPUT, "isf: its Q must increase for the spectrometer: %g after %g 1/A",
                        in->q[i], in->q[i - 1]);
    if (e == OK)
        e = keep_range(instrument, in->groups, in);
    if (e != OK)
        qens_input_clear(in);
    return e;
}

Err qens_input_tof(const TofSignal *signal, const double weight[], const TofSpectra *spectra,
                   double plateau_start, QensInput *in)
{
    size_t groups = spectra->nblocks, nq = spectra->nspectra, ne = spectra->ne, nt = signal->nt;
    *in = (QensInput){.groups = groups,
                      .nq = nq,
                      .ne = ne,
                      .q = MEM_NEW(double, nq),
                      .energy = MEM_NEW(double, ne),
                      .s = MEM_NEW(double, groups *nq *ne),
                      .weight = MEM_NEW(double, groups),
                      .plateau = MEM_NEW(double, groups *nq),
                      .drift = MEM_NEW(double, groups *nq)};
    memcpy(in->q, spectra->q, nq * sizeof *in->q);
    memcpy(in->s, spectra->rate, groups * nq * ne * sizeof *in->s);
    memcpy(in->weight, weight, groups * sizeof *weight);
    for (size_t k = 0; k < ne; k++)
        in->energy[k] = 0.5 * (spectra->edge[k] + spectra->edge[k + 1]);
    double *curve = MEM_NEW(double, nt);
    Err e = OK;
    for (size_t k = 0; k < groups * nq && e == OK; k++) {
        if (tof_measure_isf(signal, k / nq, in->q[k % nq], curve))
            plateau_of(nt, signal->t, curve, plateau_start, &in->plateau[k], &in->drift[k]);
        else
            e = err_set(ERR_INPUT, "isf: it has no Q near the elastic %g 1/A of a detector",
                        in->q[k % nq]);
    }
    free(curve);
    if (e != OK)
        qens_input_clear(in);
    return e;
}

/* Mean over all groups but `without` (SIZE_MAX: none) of [groups][n]. */
static void mean_without(const QensInput *in, size_t without, size_t n, const double *blocks,
                         double *mean)
{
    double total = 0.0;
    memset(mean, 0, n * sizeof *mean);
    for (size_t g = 0; g < in->groups; g++) {
        if (g == without)
            continue;
        total += in->weight[g];
        for (size_t k = 0; k < n; k++)
            mean[k] += in->weight[g] * blocks[g * n + k];
    }
    for (size_t k = 0; k < n; k++)
        mean[k] /= total;
}

/* One counting experiment on S: what the groups without one of them give. */
typedef struct Run {
    double *s;        /* [nq][ne] 1/meV, negative values set to 0 */
    double *expected; /* [nq][ne] */
    double *counts;   /* [nq][ne] */
    double *scale;    /* [nq] counts per S and meV */
    double *clipped;  /* [nq] */
    double *plateau;  /* [nq] */
    double *drift;    /* [nq] */
    FitQensSpectrum *spectra;
    double *
        packed; /* [nq][4][ne] energy, y, factor, error of the channels that see something; NULL: all do */
    size_t *channel; /* [nq][ne] which these are */
} Run;

static void run_clear(Run *r)
{
    free(r->s);
    free(r->expected);
    free(r->counts);
    free(r->scale);
    free(r->clipped);
    free(r->plateau);
    free(r->drift);
    free(r->spectra);
    free(r->packed);
    free(r->channel);
}

/* A finite run leaves ripples in S that can be negative where there is little intensity. */
static double clip(size_t n, double s[])
{
    double negative = 0.0, all = 0.0;
    for (size_t k = 0; k < n; k++) {
        all += fabs(s[k]);
        negative += fmax(-s[k], 0.0);
        s[k] = fmax(s[k], 0.0);
    }
    return negative / all;
}

/* The channels of spectrum i that see something, as the fit wants them. */
static void pack(const QensOptions *o, const QensInput *in, const QensData *d, bool noise, size_t i,
                 Run *r)
{
    size_t ne = in->ne, n = 0, *channel = r->channel + i * ne;
    double *energy = r->packed + 4 * i * ne, *y = energy + ne, *factor = y + ne,
           *error = factor + ne;
    for (size_t k = i * ne; k < (i + 1) * ne; k++) {
        if (isnan(d->y[k]))
            continue;
        energy[n] = in->energy[k - i * ne];
        y[n] = noise ? d->y[k] : d->truth[k];
        factor[n] = o->tof_spectra->factor[k];
        error[n] = d->error != NULL ? d->error[k] : NAN;
        channel[n++] = k - i * ne;
    }
    bool reduced = o->tof->reduced;
    r->spectra[i] = (FitQensSpectrum){.q = in->q[i],
                                      .n = n,
                                      .energy = energy,
                                      .y = y,
                                      .sigma = reduced ? error : NULL,
                                      .factor = reduced ? NULL : factor};
}

/* Share of a spectrum that is negative. */
static double negative_share(size_t n, const double rate[])
{
    double negative = 0.0, all = 0.0;
    for (size_t k = 0; k < n; k++) {
        all += isnan(rate[k]) ? 0.0 : fabs(rate[k]);
        negative += isnan(rate[k]) ? 0.0 : fmax(-rate[k], 0.0);
    }
    return negative / all;
}

/* What the time-of-flight spectrometer counts of the rates in r->s, which become S. */
static Err run_tof(const QensOptions *o, const QensInput *in, bool noise, Run *r)
{
    size_t ne = in->ne;
    QensData d;
    TofRun run = *o->tof_run;
    double scale, bin = o->tof_spectra->edge[1] - o->tof_spectra->edge[0];
    if (!(run.counts > 0.0))
        run.counts = NOMINAL_COUNTS;
    TRY(tof_measure_count(o->tof, &run, o->tof_spectra, r->s, &d, &scale));
    r->packed = MEM_NEW(double, 4 * in->nq * ne);
    r->channel = MEM_NEW(size_t, in->nq * ne);
    for (size_t i = 0; i < in->nq; i++) {
        r->clipped[i] = negative_share(ne, r->s + i * ne);
        r->scale[i] = scale * bin;
        pack(o, in, &d, noise, i, r);
    }
    for (size_t k = 0; k < in->nq * ne; k++) {
        r->s[k] = fmax(r->s[k], 0.0) / o->tof_spectra->factor[k];
        r->s[k] = isnan(d.y[k]) ? NAN : r->s[k];
    }
    memcpy(r->expected, d.truth, in->nq * ne * sizeof *r->expected);
    memcpy(r->counts, d.y, in->nq * ne * sizeof *r->counts);
    qens_data_clear(&d);
    return OK;
}

static Err run_make(const QensOptions *o, const QensInput *in, size_t without, bool noise, Run *r)
{
    size_t nq = in->nq, ne = in->ne;
    *r = (Run){.s = MEM_NEW(double, nq *ne),
               .expected = MEM_NEW(double, nq *ne),
               .counts = MEM_NEW(double, nq *ne),
               .scale = MEM_NEW(double, nq),
               .clipped = MEM_NEW(double, nq),
               .plateau = MEM_NEW(double, nq),
               .drift = MEM_NEW(double, nq),
               .spectra = MEM_NEW(FitQensSpectrum, nq)};
    InstrumentQens instrument = o->instrument;
    noise = noise && instrument.counts > 0.0;
    instrument.counts = instrument.counts > 0.0 ? instrument.counts : NOMINAL_COUNTS;
    mean_without(in, without, nq * ne, in->s, r->s);
    mean_without(in, without, nq, in->plateau, r->plateau);
    mean_without(in, without, nq, in->drift, r->drift);
    if (o->tof != NULL)
        return run_tof(o, in, noise, r);
    for (size_t i = 0; i < nq; i++) {
        double *s = r->s + i * ne, sum = 0.0;
        r->clipped[i] = clip(ne, s);
        for (size_t k = 0; k < ne; k++)
            sum += s[k];
        TRY(instrument_qens_count(&instrument, i, ne, s, r->expected + i * ne, r->counts + i * ne));
        r->scale[i] = instrument.counts * (1.0 - instrument.background) / sum;
        r->spectra[i] = (FitQensSpectrum){.q = in->q[i],
                                          .n = ne,
                                          .energy = in->energy,
                                          .y = (noise ? r->counts : r->expected) + i * ne};
    }
    return OK;
}

static FitQensModel model_of(const QensOptions *o)
{
    return (FitQensModel){.fwhm = o->instrument.fwhm,
                          .resolution = o->resolution,
                          .lines = o->lines,
                          .temperature = o->temperature,
                          .bin = o->bin};
}

/* What the groups without one of them give, noise-free, with as many lines as `start`: the values (unless NULL) and the
 * deviance (unless NULL). */
static Err replicate(const Qens *q, const FitQensResult *start, size_t without, double value[],
                     double *deviance)
{
    Run run;
    const QensOptions *o = &q->o;
    const QensInput *in = &q->in;
    FitQensResult fit = {0};
    FitQensModel model = q->model;
    model.lines = start->lines;
    memcpy(model.width_start, start->width, sizeof model.width_start);
    memcpy(model.damping, start->damping, sizeof model.damping);
    Err e = run_make(o, in, without, false, &run);
    if (e == OK)
        e = fit_qens(&model, in->nq, run.spectra, &fit);
    if (e == OK && value != NULL)
        e = qens_values(o, &model, &fit, run.spectra, run.scale, run.plateau, run.drift, value,
                        NULL, NULL);
    if (e == OK && deviance != NULL)
        *deviance = fit.chi2;
    fit_qens_clear(&fit);
    run_clear(&run);
    return e;
}

/* (g - 1)/g sum (x - mean x)(y - mean y) over the replicates that have both, g of them; NaN if more than a third lack one.
 *   x, y  first entries of columns of [replicates][pitch] */
static double jackknife_covariance(size_t replicates, size_t pitch, const double *x,
                                   const double *y)
{
    double mx = 0.0, my = 0.0, sum = 0.0, g = 0.0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t k = 0; k < replicates; k++) {
            double a = x[k * pitch], b = y[k * pitch];
            if (isnan(a) || isnan(b))
                continue;
            if (pass == 0)
                g += 1.0, mx += a, my += b;
            else
                sum += (a - mx / g) * (b - my / g);
        }
    return g > 1.0 && 3.0 * g >= 2.0 * (double)replicates ? (g - 1.0) / g * sum : NAN;
}

/* All replicates of the analysis with the lines of one fit. Groups whose fit fails are left out. */
typedef struct Jackknife {
    size_t n;      /* replicates */
    double *value; /* [n][nvalues] */
    double
        deviance; /* what the sampling error adds to the deviance of the fit, on average; NaN if fits fail */
} Jackknife;

static void jackknife_make(const Qens *q, const FitQensResult *fit, Jackknife *j)
{
    double whole, one, sum = 0.0, g = (double)q->in.groups;
    *j = (Jackknife){.value = MEM_NEW(double, q->in.groups * q->nvalues)};
    bool good = replicate(q, fit, SIZE_MAX, NULL, &whole) == OK;
    for (size_t k = 0; k < q->in.groups; k++)
        if (replicate(q, fit, k, j->value + j->n * q->nvalues, &one) == OK) {
            sum += one;
            j->n++;
        }
    j->deviance = good && j->n == q->in.groups ? (g - 1.0) * (sum / g - whole) : NAN;
}

/* Every line has an area, and a width that the window shows. */
static bool is_physical(const Qens *q, const FitQensResult *fit)
{
    size_t lines = (size_t)fit->lines;
    double reach = fmax(fabs(q->in.energy[0]), fabs(q->in.energy[q->in.ne - 1]));
    for (size_t k = 0; k < lines; k++) {
        double area = 0.0;
        for (size_t i = 0; i < fit->nspectra; i++)
            area += fit->area[i * lines + k];
        if (!(area > 0.0) || fit->width[k] > reach)
            return false;
    }
    return fit->converged && fit->identified;
}

/* Every width is more than three of its errors, counting and sampling. */
static bool is_significant(const Qens *q, const FitQensResult *fit, const Jackknife *j)
{
    static const size_t width[FIT_QENS_MAX_LINES] = {QENS_HWHM1, QENS_HWHM2};
    for (int k = 0; k < fit->lines; k++) {
        const double *x = j->value + width[k];
        double variance = jackknife_covariance(j->n, q->nvalues, x, x) +
                          fit->width_error[k] * fit->width_error[k];
        if (!(fit->width[k] * fit->width[k] > 9.0 * variance))
            return false;
    }
    return true;
}

/* Number of Lorentzians: one more must lower the deviance, divided by the overdispersion, by more than BIC's penalty. */
static int choose_lines(Qens *q)
{
    const FitQensResult *fit = q->experiment.fit;
    int best = 0;
    for (int l = 0; l <= FIT_QENS_MAX_LINES; l++)
        q->overdispersion[l] = NAN;
    for (int l = 1; l <= q->o.lines; l++) {
        double more = (double)(fit[l].nparameters - fit[best].nparameters);
        double fall = fit[best].chi2 - fit[l].chi2, penalty = more * log((double)fit[l].npoints);
        if (!is_physical(q, &fit[l]) || fall <= penalty)
            continue;
        Jackknife fewer, these;
        jackknife_make(q, &fit[best], &fewer);
        jackknife_make(q, &fit[l], &these);
        q->overdispersion[l] = 1.0 + fmax(0.0, fewer.deviance - these.deviance) / more;
        if (fall / q->overdispersion[l] > penalty && is_significant(q, &fit[l], &these))
            best = l;
        free(fewer.value);
        free(these.value);
    }
    return best;
}

/* Sampling errors of all values and of pairs of EISFs. */
static void sampling_errors(Qens *q, const FitQensResult *fit, double *eisf_covariance)
{
    size_t n = q->nvalues, nq = q->in.nq;
    Jackknife j;
    jackknife_make(q, fit, &j);
    q->replicates = j.n;
    q->sampling_deviance = j.deviance;
    for (size_t v = 0; v < n; v++)
        q->sampling[v] = sqrt(jackknife_covariance(j.n, n, j.value + v, j.value + v));
    const double *eisf = j.value + QENS_NUMBERS;
    for (size_t i = 0; i < nq; i++)
        for (size_t k = 0; k < nq; k++)
            eisf_covariance[i * nq + k] += jackknife_covariance(j.n, n, eisf + i, eisf + k);
    free(j.value);
}

/* Take what is to be kept from the counting experiment. */
static void keep_run(Qens *q, Run *run)
{
    q->truth = run->s, q->expected = run->expected, q->clipped = run->clipped;
    q->counts = run->counts;
    if (q->o.instrument.counts <= 0.0)
        memcpy(q->counts, q->expected, q->in.nq * q->in.ne * sizeof *q->counts);
    run->s = run->expected = run->clipped = run->counts = NULL;
}

/* The fit and its parts at all channels; NaN where nothing is seen. */
static void evaluate_fit(Qens *q, const Run *run, const FitQensResult *r)
{
    size_t ne = q->in.ne, all = q->in.nq * ne, rows = 2 + (size_t)(r->lines + r->oscillators);
    double *own = MEM_NEW(double, rows *ne);
    q->parts = MEM_NEW(double, rows *all);
    q->fit = MEM_NEW(double, all);
    for (size_t k = 0; k < rows * all; k++)
        q->parts[k] = NAN;
    for (size_t i = 0; i < q->in.nq; i++) {
        size_t n = run->spectra[i].n;
        fit_qens_parts(&q->model, run->spectra, r, i, own);
        for (size_t row = 0; row < rows; row++)
            for (size_t k = 0; k < n; k++) {
                size_t at = i * ne + (run->channel != NULL ? run->channel[i * ne + k] : k);
                q->parts[row * all + at] = own[row * n + k];
            }
    }
    for (size_t row = 0; row < rows; row++)
        for (size_t k = 0; k < all; k++)
            q->fit[k] += q->parts[row * all + k];
    free(own);
}

/* Modes of chi'' into the model, if the window reaches them. */
static Err find_modes(Qens *q, const FitQensSpectrum spectra[])
{
    double reach = fmax(-q->in.energy[0], q->in.energy[q->in.ne - 1]);
    q->model = model_of(&q->o);
    if (q->o.modes == 0 || reach <= q->o.lowest_mode || q->o.temperature <= 0.0)
        return OK;
    TRY(fit_chi(&q->model, q->in.nq, spectra, q->o.modes, q->o.lowest_mode, 0, NULL,
                q->o.temperature, &q->chi));
    fit_chi_apply(&q->chi, &q->model);
    return OK;
}

static Err check_options(const QensOptions *o, const QensInput *in)
{
    if (in->groups < 2)
        return err_set(ERR_INPUT, "isf: one group of ions; at least 2 are needed for errors");
    if (o->at < in->q[0] - 1e-9 || o->at > in->q[in->nq - 1] + 1e-9)
        return err_set(ERR_INPUT, "eisf_at: %g 1/A lies outside the Q of the spectra, %g to %g 1/A",
                       o->at, in->q[0], in->q[in->nq - 1]);
    return OK;
}

/* Values of the counts with their counting variance, then the jackknife, then both together. */
static Err values_and_errors(Qens *q, const Run *run)
{
    size_t nq = q->in.nq, n = q->nvalues;
    const FitQensResult *r = &q->experiment.fit[q->experiment.best];
    FitQensModel model = q->model;
    model.lines = r->lines;
    q->value = MEM_NEW(double, n);
    q->counting = MEM_NEW(double, n);
    q->sampling = MEM_NEW(double, n);
    q->error = MEM_NEW(double, n);
    q->eisf_covariance = MEM_NEW(double, nq *nq);
    TRY(qens_values(&q->o, &model, r, run->spectra, run->scale, run->plateau, run->drift, q->value,
                    q->counting, q->eisf_covariance));
    bool noise = q->o.instrument.counts > 0.0;
    for (size_t k = 0; k < nq * nq && !noise; k++)
        q->eisf_covariance[k] = 0.0;
    sampling_errors(q, r, q->eisf_covariance);
    for (size_t k = 0; k < n; k++) {
        q->counting[k] = noise ? sqrt(fmax(q->counting[k], 0.0)) : 0.0;
        q->error[k] = isnan(q->value[k]) ? NAN : hypot(q->counting[k], q->sampling[k]);
    }
    return OK;
}

Err qens_analyse(const QensOptions *o, QensInput *in, Qens *out)
{
    *out = (Qens){.o = *o, .in = *in};
    *in = (QensInput){0};
    if (o->tof == NULL)
        TRY(instrument_qens_check(&o->instrument));
    TRY(check_options(o, &out->in));
    out->nvalues = QENS_NUMBERS + 2 * out->in.nq;
    Run run;
    Err e = run_make(o, &out->in, SIZE_MAX, true, &run);
    if (e == OK)
        e = find_modes(out, run.spectra);
    if (e == OK)
        e = experiment_qens(&out->model, out->in.nq, run.spectra, &out->experiment);
    if (e == OK) {
        experiment_qens_settle(&out->model, run.spectra, choose_lines(out), &out->experiment);
        e = values_and_errors(out, &run);
    }
    if (e == OK) {
        evaluate_fit(out, &run, &out->experiment.fit[out->experiment.best]);
        keep_run(out, &run);
    }
    run_clear(&run);
    return e;
}

void qens_clear(Qens *q)
{
    double *all[] = {q->truth, q->expected, q->counts,   q->fit,   q->parts,          q->clipped,
                     q->value, q->counting, q->sampling, q->error, q->eisf_covariance};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        free(all[k]);
    experiment_qens_clear(&q->experiment);
    fit_chi_clear(&q->chi);
    qens_input_clear(&q->in);
    *q = (Qens){0};
}
