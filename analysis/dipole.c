#include "analysis/dipole.h"

#include "analysis/blocks.h"
#include "analysis/models.h"
#include "analysis/spectrum.h"
#include "analysis/trace.h"
#include "analysis/wiener.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 1/(epsilon_0 c) in ohm, from units.h and the exact speed of light. */
static const double vacuum_ohm = 1.0 / (UNITS_EPS0_F_M * 299792458.0);

typedef struct Dipole {
    const Comm *comm;
    const Sample *sample;
    DipoleOptions o;
    double charge[SAMPLE_MAX_SPECIES];
    int64_t first, count; /* this rank's atoms */
    double (*start)[3];   /* [count] A, in the first frame, */
    double (*last)[3];    /* [count] and in the last one */
    Cell cell;            /* of the first frame */
    double volume;        /* sum over frames */
    bool differences;
    size_t capacity;
    int64_t *moment;  /* [capacity][3] this rank's part of M(t) - M(0), fixed point, e A */
    int64_t *current; /* [capacity][3] and of J(t), e A/ps */
    Trace trace;      /* times only */
} Dipole;

#define AT(member) .offset = offsetof(DipoleOptions, member)

static const ConfigField fields[] = {
    {.key = "temperature",
     .kind = CONFIG_QUANTITY,
     .unit = "K",
     .low = 1e-3,
     .high = 1e5,
     AT(temperature),
     .help = "of the run; enters as 1/kT"},
    {.key = "charge_mg",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "2",
     .low = -9,
     .high = 9,
     AT(charge_mg),
     .help = "of Mg, in elementary charges"},
    {.key = "charge_b",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "-0.357701793484",
     .low = -9,
     .high = 9,
     AT(charge_b),
     .help = "of B; default: potential mgbh4-born"},
    {.key = "charge_h",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "-0.160574551629",
     .low = -9,
     .high = 9,
     AT(charge_h),
     .help = "of H; default: potential mgbh4-born"},
    {.key = "epsilon_inf",
     .kind = CONFIG_QUANTITY,
     .unit = "1",
     .fallback = "1",
     .low = 1,
     .high = 100,
     AT(epsilon_inf),
     .help = "electronic permittivity, which point charges lack"},
    SPECTRUM_FIELDS(DipoleOptions),
    {.key = "balance",
     .kind = CONFIG_CHOICE,
     .fallback = "harmonic",
     AT(balance),
     .help = "quantum correction of the absorption",
     .choices = "harmonic|schofield|standard|none"},
    LAGS_CHOICE_FIELDS(offsetof(DipoleOptions, lags),
                       "longest time difference of C_M; 0: half of the run", "100", "24"),
    {.key = "blocks",
     .kind = CONFIG_INTEGER,
     .fallback = "8",
     .low = 2,
     .high = 1000,
     AT(blocks),
     .help = "equal parts of the run for standard errors"},
};

static void dipole_free(void *state)
{
    Dipole *s = state;
    if (s == NULL)
        return;
    trace_clear(&s->trace);
    free(s->start);
    free(s->last);
    free(s->moment);
    free(s->current);
    free(s);
}

/* Charge of each species; the sample must be neutral. */
static Err set_charges(Dipole *s)
{
    double total = 0.0;
    for (int a = 0; a < s->sample->nspecies; a++) {
        const char *element = s->sample->species[a]->element;
        s->charge[a] = strcmp(element, "Mg") == 0  ? s->o.charge_mg
                       : strcmp(element, "B") == 0 ? s->o.charge_b
                                                   : s->o.charge_h;
    }
    for (int64_t i = 0; i < s->sample->n; i++)
        total += s->charge[s->sample->kind[i]];
    if (fabs(total) > 1e-6 * (double)s->sample->n)
        return err_set(ERR_INPUT,
                       "dipole: charge_mg, charge_b, charge_h: the sample has charge %.6g e; it "
                       "must be neutral, or its dipole depends on the origin",
                       total);
    return OK;
}

static Err dipole_open(const Comm *c, const Sample *sample, const void *options, double interval,
                       int64_t frames, void **state)
{
    (void)interval;
    *state = NULL;
    Dipole *s = MEM_NEW(Dipole, 1);
    s->comm = c;
    s->sample = sample;
    s->o = *(const DipoleOptions *)options;
    s->o.lags.stride = 1;
    Err e = set_charges(s);
    if (e == OK && s->o.e_step > 0.5 * s->o.fwhm)
        e = err_set(ERR_INPUT, "dipole: e_step: %g meV is more than half of fwhm = %g meV",
                    s->o.e_step, s->o.fwhm);
    if (e != OK) {
        free(s);
        return e;
    }
    comm_block(c, sample->n, &s->first, &s->count);
    s->start = mem_new((size_t)s->count, sizeof *s->start);
    s->last = mem_new((size_t)s->count, sizeof *s->last);
    trace_init(&s->trace, 0, frames);
    s->capacity = s->trace.capacity;
    s->moment = MEM_NEW(int64_t, 3 * s->capacity);
    s->current = MEM_NEW(int64_t, 3 * s->capacity);
    *state = s;
    return OK;
}

/* Position of one of this rank's atoms in the cell of the first frame; notes steps beyond half the box. */
static void add_moment(Dipole *s, const Frame *frame, size_t k)
{
    double widths[3];
    cell_widths(&s->cell, widths);
    double half = 0.5 * fmin(widths[0], fmin(widths[1], widths[2]));
    bool moved = memcmp(frame->cell.h, s->cell.h, sizeof s->cell.h) != 0;
    for (int64_t i = 0; i < s->count; i++) {
        double r[3], step[3], q = s->charge[s->sample->kind[s->first + i]];
        memcpy(r, frame->x[s->first + i], sizeof r);
        if (moved) {
            double fractional[3];
            cell_to_fractional(&frame->cell, r, fractional);
            cell_to_cartesian(&s->cell, fractional, r);
        }
        if (k == 0)
            memcpy(s->start[i], r, sizeof r);
        vec_sub(r, s->last[i], step);
        if (k > 0 && vec_norm(step) > fmax(half, s->trace.watch.torn)) {
            s->trace.watch.torn = vec_norm(step);
            s->trace.watch.torn_time = frame->time;
        }
        memcpy(s->last[i], r, sizeof r);
        for (size_t a = 0; a < 3; a++)
            s->moment[3 * k + a] += blocks_to_fixed(q * (r[a] - s->start[i][a]));
    }
}

static Err dipole_frame(void *state, const Frame *frame)
{
    Dipole *s = state;
    size_t k = s->trace.frames;
    if (k == 0) {
        s->cell = frame->cell;
        s->differences = s->o.velocities == VELOCITIES_DIFFERENCES ||
                         (s->o.velocities == VELOCITIES_AS_THEY_COME && frame->v == NULL);
        if (!s->differences && frame->v == NULL)
            return err_set(ERR_INPUT, "dipole: velocities: the frames have none; 'differences' "
                                      "makes them from positions");
    }
    if (k == s->capacity) {
        s->moment = mem_resize(s->moment, 3 * k, 6 * k, sizeof *s->moment);
        s->current = mem_resize(s->current, 3 * k, 6 * k, sizeof *s->current);
        s->capacity = 2 * k;
    }
    s->volume += frame->cell.volume;
    add_moment(s, frame, k);
    for (int64_t i = 0; i < s->count && !s->differences && frame->v != NULL; i++)
        for (size_t a = 0; a < 3; a++)
            s->current[3 * k + a] += blocks_to_fixed(s->charge[s->sample->kind[s->first + i]] *
                                                     frame->v[s->first + i][a]);
    trace_add(&s->trace, NULL, frame->time, NULL);
    return OK;
}

/* Everything that is written, made on the root. */
typedef struct DipoleTable {
    const Dipole *s;
    double interval, volume; /* ps, mean A^3 */
    size_t frames, blocks, lags;
    const int64_t *lag;
    double *c_m, *c_m_error; /* [lags] */
    Spectrum spectrum;
    double *sigma, *error, *sine; /* [spectrum.n] S/cm: real part, its error, imaginary part */
} DipoleTable;

/* Sums over origins of v(s + l).v(s) of a vector series [frames][3]: [blocks][lags of c]. */
static double *vector_sums(const Wiener *c, const double *v)
{
    double complex *series = mem_new(c->frames, sizeof *series);
    double complex *room = mem_new((1 + c->blocks) * c->n, sizeof *room);
    double *sum = MEM_NEW(double, c->blocks * c->lags),
           *part = MEM_NEW(double, c->blocks * c->lags);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t k = 0; k < c->frames; k++)
            series[k] = pass == 0 ? v[3 * k] + I * v[3 * k + 1] : v[3 * k + 2];
        wiener_transform(c, series, room);
        wiener_pair(c, room, room, part);
        for (size_t i = 0; i < c->blocks * c->lags; i++)
            sum[i] += part[i];
    }
    free(series);
    free(room);
    free(part);
    return sum;
}

static void correlate_moment(DipoleTable *d, const double *moment)
{
    size_t nt = d->lags, frames = d->frames;
    Wiener *c = wiener_new(frames, (size_t)d->lag[nt - 1], d->blocks);
    double *m = MEM_NEW(double, 3 * frames), *pseudo = MEM_NEW(double, d->blocks *nt);
    double *chosen = MEM_NEW(double, d->blocks *nt), *column = MEM_NEW(double, d->blocks);
    for (size_t a = 0; a < 3; a++) {
        double mean = 0.0;
        for (size_t k = 0; k < frames; k++)
            mean += moment[3 * k + a] / (double)frames;
        for (size_t k = 0; k < frames; k++)
            m[3 * k + a] = moment[3 * k + a] - mean;
    }
    double *sum = vector_sums(c, m);
    for (size_t b = 0; b < d->blocks; b++)
        for (size_t l = 0; l < nt; l++)
            chosen[b * nt + l] = sum[b * c->lags + (size_t)d->lag[l]];
    wiener_means(c, nt, d->lag, chosen, 1.0, d->c_m, pseudo, nt);
    for (size_t l = 0; l < nt; l++)
        d->c_m_error[l] = blocks_column_error(d->blocks, nt, pseudo + l, column);
    free(m), free(pseudo), free(chosen), free(column), free(sum);
    wiener_free(c);
}

/* Real and imaginary part of sigma, from J or from differences of M: [frames][3]. */
static void correlate_current(DipoleTable *d, size_t frames, const double *current)
{
    Spectrum *p = &d->spectrum;
    Wiener *c = wiener_new(frames, p->lags - 1, d->blocks < frames ? d->blocks : frames);
    double *sum = vector_sums(c, current), *whole = MEM_NEW(double, p->lags);
    double *pseudo = MEM_NEW(double, c->blocks * p->lags),
           *part = MEM_NEW(double, c->blocks * p->n);
    double *column = MEM_NEW(double, c->blocks);
    int64_t *lag = MEM_NEW(int64_t, p->lags);
    /* S -> int C cos dt is pi hbar/2, and 1/(3 V kT) */
    double scale = 0.5 * PI * UNITS_HBAR_MEV_PS * UNITS_S_CM /
                   (3.0 * d->volume * UNITS_KB * d->s->o.temperature);
    for (size_t l = 0; l < p->lags; l++)
        lag[l] = (int64_t)l;
    wiener_means(c, p->lags, lag, sum, 1.0, whole, pseudo, p->lags);
    spectrum_cosine(p, whole, d->sigma);
    if (d->s->differences)
        spectrum_difference(p, d->sigma);
    spectrum_conjugate(p, d->sigma, d->sine);
    for (size_t b = 0; b < c->blocks; b++) {
        spectrum_cosine(p, pseudo + b * p->lags, part + b * p->n);
        if (d->s->differences)
            spectrum_difference(p, part + b * p->n);
    }
    for (size_t k = 0; k < p->n; k++) {
        d->sigma[k] *= scale;
        d->sine[k] *= scale;
        d->error[k] = scale * blocks_column_error(c->blocks, p->n, part + k, column);
    }
    free(sum), free(whole), free(pseudo), free(part), free(column), free(lag);
    wiener_free(c);
}

/* Absorption and the rest at energy number k. */
typedef struct Optics {
    double n_alpha, n_alpha_error, alpha, n;
    double complex epsilon;
} Optics;

static Optics optics(const DipoleTable *d, size_t k)
{
    const DipoleOptions *o = &d->s->o;
    double e = d->spectrum.energy[k], omega = e / UNITS_HBAR_MEV_PS * 1e12; /* 1/s */
    double x = e / (UNITS_KB_MEV * o->temperature);
    double quantum = -expm1(-x) * models_balance((Balance)o->balance, x) / x;
    double complex sigma = 100.0 * (d->sigma[k] + I * d->sine[k]); /* S/m */
    double complex epsilon = o->epsilon_inf + I * sigma / (UNITS_EPS0_F_M * omega);
    double complex index = csqrt(epsilon);
    return (Optics){.n_alpha = quantum * d->sigma[k] * vacuum_ohm,
                    .n_alpha_error = quantum * d->error[k] * vacuum_ohm,
                    .alpha = quantum * 2.0 * omega * cimag(index) / 299792458.0 * 0.01,
                    .n = creal(index),
                    .epsilon = epsilon};
}

static Err write_spectra(const DipoleTable *d, H5 *group)
{
    const Spectrum *p = &d->spectrum;
    double high = d->s->o.e_max > 0.0 ? d->s->o.e_max : p->nyquist;
    size_t n = p->n - 1;
    while (n > 1 && p->energy[n] > high * (1.0 + 1e-12))
        n--;
    double *out = MEM_NEW(double, 6 * n), *n_alpha = out, *error = out + n, *alpha = out + 2 * n,
           *index = out + 3 * n, *epsilon = out + 4 * n;
    for (size_t k = 0; k < n; k++) {
        Optics q = optics(d, k + 1);
        n_alpha[k] = q.n_alpha, error[k] = q.n_alpha_error, alpha[k] = q.alpha, index[k] = q.n;
        epsilon[2 * k] = creal(q.epsilon), epsilon[2 * k + 1] = cimag(q.epsilon);
    }
    Err e = h5_write(group, "E", 1, &n, p->energy + 1, "meV", "energy of the light");
    if (e == OK)
        e = h5_write(group, "sigma", 1, &n, d->sigma + 1, "S/cm",
                     "real part of the conductivity, classical");
    if (e == OK)
        e = h5_write(group, "sigma_error", 1, &n, d->error + 1, "S/cm",
                     "standard error, from blocks of the run");
    if (e == OK)
        e = h5_write(group, "n_alpha", 1, &n, n_alpha, "1/cm",
                     "refractive index times absorption coefficient, quantum correction `balance`");
    if (e == OK)
        e = h5_write(group, "n_alpha_error", 1, &n, error, "1/cm",
                     "standard error, from blocks of the run");
    if (e == OK)
        e = h5_write(group, "alpha", 1, &n, alpha, "1/cm",
                     "absorption coefficient, with n of this epsilon");
    if (e == OK)
        e = h5_write(group, "n", 1, &n, index, "1", "refractive index");
    if (e == OK)
        e = h5_write(group, "epsilon", 2, (size_t[]){n, 2}, epsilon, "1",
                     "permittivity (real, imaginary part), classical");
    free(out);
    return e;
}

static Err write_moment(const DipoleTable *d, const double *moment, H5 *group)
{
    const DipoleOptions *o = &d->s->o;
    double *t = MEM_NEW(double, d->lags);
    for (size_t l = 0; l < d->lags; l++)
        t[l] = (double)d->lag[l] * d->interval;
    Err e = h5_write(group, "t", 1, &d->lags, t, "ps", "time difference");
    free(t);
    TRY(e);
    TRY(h5_write(group, "C_M", 1, &d->lags, d->c_m, "e^2 angstrom^2",
                 "<dM(0).dM(t)>, dM = deviation from the mean over the run"));
    TRY(h5_write(group, "C_M_error", 1, &d->lags, d->c_m_error, "e^2 angstrom^2",
                 "standard error, from blocks of the run"));
    double to_epsilon = 4.0 * PI * UNITS_COULOMB / (3.0 * d->volume * UNITS_KB * o->temperature);
    TRY(h5_write_number(group, "epsilon_static", o->epsilon_inf + to_epsilon * d->c_m[0], "1",
                        "from the fluctuation of M; means nothing when ions hop"));
    TRY(h5_write_number(group, "epsilon_static_error", to_epsilon * d->c_m_error[0], "1",
                        "standard error, from blocks of the run"));
    TRY(h5_write(group, "frame_time", 1, &d->frames, d->s->trace.time, "ps", "time of the frames"));
    return h5_write(group, "displacement", 2, (size_t[]){d->frames, 3}, moment, "e angstrom",
                    "M(t) - M(0)");
}

static Err write_results(const DipoleTable *d, const double *moment, H5 *group)
{
    static const char *const balances[] = {"harmonic", "schofield", "standard", "none"};
    const DipoleOptions *o = &d->s->o;
    const Spectrum *p = &d->spectrum;
    if (p->left > 1e-3)
        log_warn("dipole: the run is too short for lines of %g meV: the window is still %.2g at "
                 "its half",
                 p->fwhm, p->left);
    const double charge[3] = {o->charge_mg, o->charge_b, o->charge_h};
    TRY(write_moment(d, moment, group));
    TRY(write_spectra(d, group));
    TRY(h5_write(group, "charge", 1, (size_t[]){3}, charge, "e", "of Mg, B, H"));
    TRY(h5_write_number(group, "temperature", o->temperature, "K", "in 1/kT"));
    TRY(h5_write_number(group, "volume", d->volume, "angstrom^3", "mean volume"));
    TRY(h5_write_number(group, "blocks", (double)d->blocks, "1", "equal parts of the run"));
    TRY(h5_write_number(group, "nyquist", p->nyquist, "meV",
                        "pi hbar/(time between frames): faster motion is folded back below it"));
    TRY(h5_write_number(group, "band_limit", p->nyquist * (d->s->differences ? 0.5 : 1.0), "meV",
                        "energies up to which the spectrum is good"));
    TRY(h5_write_number(group, "fwhm", p->fwhm, "meV", "full width of a sharp line"));
    TRY(h5_write_number(group, "resolution_at_tmax", p->left, "1",
                        "window at the longest time difference used"));
    TRY(h5_write_text(group, "balance", balances[o->balance]));
    return h5_write_text(group, "velocities", d->s->differences ? "differences" : "frames");
}

/* Fixed-point sums as numbers. */
static double *unfold(size_t n, const int64_t *sum)
{
    double *out = MEM_NEW(double, n);
    for (size_t k = 0; k < n; k++)
        out[k] = blocks_from_fixed(sum[k]);
    return out;
}

static Err finish(const Dipole *s, double interval, const Lags *lags, H5 *group)
{
    size_t frames = s->trace.frames, steps = s->differences ? frames - 1 : frames;
    size_t blocks = (size_t)s->o.blocks < steps ? (size_t)s->o.blocks : steps;
    DipoleTable d = {.s = s,
                     .interval = interval,
                     .volume = s->volume / (double)frames,
                     .frames = frames,
                     .blocks = blocks,
                     .lags = lags->n,
                     .lag = lags->lag};
    double *moment = unfold(3 * frames, s->moment), *current = unfold(3 * frames, s->current);
    for (size_t k = 0; k < 3 * steps && s->differences; k++)
        current[k] = (moment[k + 3] - moment[k]) / interval;
    spectrum_init(&d.spectrum, interval, steps, s->o.fwhm, s->o.e_step);
    d.c_m = MEM_NEW(double, 2 * d.lags), d.c_m_error = d.c_m + d.lags;
    d.sigma = MEM_NEW(double, 3 * d.spectrum.n);
    d.error = d.sigma + d.spectrum.n, d.sine = d.error + d.spectrum.n;
    Err e = d.spectrum.n < 2 ? err_set(ERR_INPUT,
                                       "dipole: e_step: %g meV is beyond the Nyquist "
                                       "energy of the frames, %g meV",
                                       s->o.e_step, d.spectrum.nyquist)
                             : OK;
    if (e == OK) {
        correlate_moment(&d, moment);
        correlate_current(&d, steps, current);
        e = write_results(&d, moment, group);
    }
    spectrum_clear(&d.spectrum);
    free(moment), free(current), free(d.c_m), free(d.sigma);
    return e;
}

static Err dipole_close(void *state, H5 *group)
{
    Dipole *s = state;
    double interval;
    Lags lags;
    Err e = s->trace.frames < 4 ? err_set(ERR_INPUT, "dipole: %zu frames; at least four are needed",
                                          s->trace.frames)
                                : OK;
    e = comm_agree(s->comm, e);
    if (e == OK)
        e = trace_lags(s->comm, &s->trace, "dipole", &s->o.lags, &interval, &lags);
    if (e != OK)
        return e;
    comm_sum_i64(s->comm, 3 * s->trace.frames, s->moment);
    comm_sum_i64(s->comm, 3 * s->trace.frames, s->current);
    if (group != NULL)
        e = finish(s, interval, &lags, group);
    lags_clear(&lags);
    return comm_agree(s->comm, e);
}

const ObservableKind dipole_observable = {
    .name = "dipole",
    .help = "dipole of all point charges: autocorrelation [e^2 A^2], conductivity [S/cm], infrared "
            "absorption [1/cm], permittivity",
    .reference = "D. A. McQuarrie, Statistical Mechanics (1976), ch. 21; R. Ramirez et al., J. "
                 "Chem. Phys. 121, 3973 (2004), doi 10.1063/1.1774986",
    .nfields = sizeof fields / sizeof *fields,
    .fields = fields,
    .options_size = sizeof(DipoleOptions),
    .open = dipole_open,
    .frame = dipole_frame,
    .close = dipole_close,
    .free = dipole_free,
};
