#include "analysis/coherent.h"

#include "analysis/coherent_results.h"
#include "analysis/rhok.h"
#include "analysis/rhok_kernel.h"
#include "analysis/trace.h"
#include "analysis/wiener.h"
#include "base/exact.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/vec.h"
#include "store/h5md.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SELF_BATCH = 8 /* vectors whose self parts are summed at a time */ };

typedef struct Coherent {
    const Comm *comm;
    const Sample *sample;
    CoherentOptions o;
    SqwOptions spectrum;
    Cell
        cell; /* of the sample, rounded as a file rounds it: live and stored frames see the same vectors */
    Wavevectors w;
    size_t first, count; /* this rank's vectors */
    size_t species, pairs;
    Rhok *rhok;
    size_t capacity;      /* frames */
    double complex *now;  /* [count][species] */
    double complex *rho;  /* [count][species][capacity] */
    double *length;       /* [bins] 1/A, sum over vectors and frames */
    Trace trace;          /* times, and with `self` this rank's atoms */
    int64_t first_atom;   /* of them */
    double (*inverse)[9]; /* [capacity] of the cell at each frame, with `self` */
    Lags lags;
    CoherentResults results; /* on the root */
} Coherent;

#define AT(member) .offset = offsetof(CoherentOptions, member)

static const ConfigField fields[] = {
    {.key = "q_min",
     .kind = CONFIG_QUANTITY,
     .unit = "1/A",
     .fallback = "0.3 1/angstrom",
     .low = 1e-6,
     .high = 1e3,
     AT(q_min),
     .help = "lower edge of the first bin of |Q|"},
    {.key = "q_max",
     .kind = CONFIG_QUANTITY,
     .unit = "1/A",
     .fallback = "2.2 1/angstrom",
     .low = 1e-6,
     .high = 1e3,
     AT(q_max),
     .help = "lies in the last bin"},
    {.key = "q_step",
     .kind = CONFIG_QUANTITY,
     .unit = "1/A",
     .fallback = "0.1 1/angstrom",
     .low = 1e-6,
     .high = 1e3,
     AT(q_step),
     .help = "width of a bin"},
    {.key = "per_bin",
     .kind = CONFIG_INTEGER,
     .fallback = "32",
     .low = 0,
     .high = 1e6,
     AT(per_bin),
     .help = "at most so many vectors of the box in a bin, spread evenly; 0: all"},
    {.key = "hkl",
     .kind = CONFIG_TEXTS,
     .fallback = "",
     AT(hkl),
     .help = "list of vectors, [\"2 0 0\", \"1 1 -1\"], each a bin of its own; replaces q_*"},
    LAGS_CHOICE_FIELDS(offsetof(CoherentOptions, lags),
                       "longest time difference; 0: half of the run", "100", "24"),
    {.key = "blocks",
     .kind = CONFIG_INTEGER,
     .fallback = "8",
     .low = 2,
     .high = 1000,
     AT(blocks),
     .help = "equal parts of the run for standard errors"},
    {.key = "self",
     .kind = CONFIG_BOOLEAN,
     .fallback = "false",
     AT(self),
     .help = "also the self part on the same vectors, and the distinct part; slower"},
    {.key = "spectrum",
     .kind = CONFIG_MAPPING,
     .fallback = "",
     AT(spectrum),
     .help = "{temperature, fwhm, e_min, e_max, e_step, balance, tail}: also S(Q,E) and chi''"},
};

static void coherent_free(void *state)
{
    Coherent *s = state;
    if (s == NULL)
        return;
    rhok_free(s->rhok);
    wavevectors_clear(&s->w);
    trace_clear(&s->trace);
    lags_clear(&s->lags);
    coherent_results_clear(&s->results);
    free(s->now);
    free(s->rho);
    free(s->length);
    free(s->inverse);
    free(s);
}

static Err choose_vectors(Coherent *s)
{
    const CoherentOptions *o = &s->o;
    double h[3][3];
    for (int i = 0; i < 9; i++)
        h[i / 3][i % 3] = h5md_round(s->sample->cell.h[i / 3][i % 3]);
    TRY(cell_init(&s->cell, (const double(*)[3])h));
    if (o->hkl.n > 0)
        return wavevectors_list(&s->w, &o->hkl);
    return wavevectors_shells(&s->w, &s->cell, o->q_min, o->q_max, o->q_step, (size_t)o->per_bin);
}

static Err coherent_open(const Comm *c, const Sample *sample, const void *options, double interval,
                         int64_t frames, void **state)
{
    (void)interval;
    *state = NULL;
    Coherent *s = MEM_NEW(Coherent, 1);
    s->comm = c;
    s->sample = sample;
    s->o = *(const CoherentOptions *)options;
    s->o.lags.stride = 1;
    s->species = (size_t)sample->nspecies;
    s->pairs = s->species * (s->species + 1) / 2;
    Err e = choose_vectors(s);
    if (e == OK && s->o.spectrum != NULL)
        e = config_read(s->o.spectrum, sqw_nfields, sqw_fields, &s->spectrum);
    if (e != OK) {
        coherent_free(s);
        return err_prefix(e, "coherent");
    }
    int64_t first, count, atoms = 0;
    comm_block(c, (int64_t)s->w.n, &first, &count);
    s->first = (size_t)first, s->count = (size_t)count;
    if (s->o.self)
        comm_block(c, sample->n, &s->first_atom, &atoms);
    trace_init(&s->trace, (size_t)atoms, frames);
    s->capacity = s->trace.capacity;
    s->rhok = rhok_new(sample, &s->w, s->first, s->count);
    s->now = mem_new(s->count * s->species, sizeof *s->now);
    s->rho = mem_new(s->count * s->species * s->capacity, sizeof *s->rho);
    s->length = MEM_NEW(double, s->w.bins);
    if (s->o.self)
        s->inverse = mem_new(s->capacity, sizeof *s->inverse);
    *state = s;
    return OK;
}

static void grow(Coherent *s)
{
    size_t old = s->capacity, capacity = 2 * old, rows = s->count * s->species;
    double complex *rho = mem_new(rows * capacity, sizeof *rho);
    for (size_t r = 0; r < rows; r++)
        memcpy(rho + r * capacity, s->rho + r * old, old * sizeof *rho);
    free(s->rho);
    s->rho = rho;
    if (s->o.self)
        s->inverse = mem_resize(s->inverse, old, capacity, sizeof *s->inverse);
    s->capacity = capacity;
}

static Err coherent_frame(void *state, const Frame *frame)
{
    Coherent *s = state;
    size_t k = s->trace.frames;
    if (k == s->capacity)
        grow(s);
    rhok_frame(s->rhok, &frame->cell, frame->x, s->now);
    for (size_t r = 0; r < s->count * s->species; r++)
        s->rho[r * s->capacity + k] = s->now[r];
    for (size_t v = 0; v < s->w.n; v++) {
        double q[3];
        wavevectors_q(&frame->cell, s->w.index[v], q);
        s->length[s->w.bin[v]] += vec_norm(q);
    }
    if (s->o.self)
        memcpy(s->inverse[k], frame->cell.inv, sizeof s->inverse[k]);
    trace_add(&s->trace, NULL, frame->time, frame->x + s->first_atom);
    return OK;
}

/* sum [pairs][blocks][lags] += sums of products of all species of one vector, divided by `norm`. */
static void add_vector(const Coherent *s, const Wiener *c, size_t vector, double norm,
                       double complex *room, double *product, Exact *sum)
{
    size_t nt = s->lags.n, series = (1 + c->blocks) * c->n;
    for (size_t a = 0; a < s->species; a++)
        wiener_transform(c, s->rho + (vector * s->species + a) * s->capacity, room + a * series);
    for (size_t a = 0; a < s->species; a++)
        for (size_t b = a; b < s->species; b++) {
            Exact *to = sum + coherent_results_pair(s->species, a, b) * c->blocks * nt;
            wiener_pair(c, room + a * series, room + b * series, product);
            for (size_t block = 0; block < c->blocks; block++)
                for (size_t l = 0; l < nt; l++)
                    exact_add(&to[block * nt + l],
                              product[block * c->lags + (size_t)s->lags.lag[l]] / norm);
        }
}

/* Bin by bin: this rank's vectors, the sum over ranks, means and errors on the root. Collective. */
static void correlate_bins(Coherent *s, const Wiener *c)
{
    size_t nt = s->lags.n, n = s->pairs * c->blocks * nt;
    Exact *sum = MEM_NEW(Exact, n);
    double complex *room = mem_new(s->species * (1 + c->blocks) * c->n, sizeof *room);
    double *product = MEM_NEW(double, c->blocks * c->lags), *value = MEM_NEW(double, n);
    double *whole = MEM_NEW(double, s->pairs *nt), *pseudo = MEM_NEW(double, n);
    for (size_t bin = 0; bin < s->w.bins; bin++) {
        memset(sum, 0, n * sizeof *sum);
        double norm = (double)s->sample->n * (double)s->w.count[bin];
        for (size_t v = 0; v < s->count; v++)
            if (s->w.bin[s->first + v] == bin)
                add_vector(s, c, v, norm, room, product, sum);
        comm_sum_exact(s->comm, n, sum);
        if (!comm_is_root(s->comm))
            continue;
        for (size_t i = 0; i < n; i++)
            value[i] = exact_value(sum[i]);
        for (size_t p = 0; p < s->pairs; p++)
            wiener_means(c, nt, s->lags.lag, value + p * c->blocks * nt, 1.0, whole + p * nt,
                         pseudo + p * c->blocks * nt, nt);
        coherent_results_bin(&s->results, bin, whole, pseudo);
    }
    free(sum);
    free(room);
    free(product);
    free(value);
    free(whole);
    free(pseudo);
}

/* exp(iQ.r) of one of this rank's atoms at all frames; s [3][frames] are its fractional coordinates. */
static void atom_series(const int m[3], size_t frames, const double *s, double complex *series)
{
    double phase[RHOK_PIECE];
    RhokRow row;
    for (size_t from = 0; from < frames; from += RHOK_PIECE) {
        size_t n = frames - from < RHOK_PIECE ? frames - from : RHOK_PIECE;
        memset(phase, 0, sizeof phase);
        for (size_t k = 0; k < n; k++)
            phase[k] =
                m[0] * s[from + k] + m[1] * s[frames + from + k] + m[2] * s[2 * frames + from + k];
        rhok_kernel_phase(phase, &row);
        for (size_t k = 0; k < n; k++)
            series[from + k] = row.re[k] + I * row.im[k];
    }
}

/* Fractional coordinates [3][frames] of one of this rank's atoms. */
static void atom_fractional(const Coherent *s, size_t atom, double *out)
{
    size_t frames = s->trace.frames;
    const float *x = trace_row(&s->trace, atom, 0);
    for (size_t k = 0; k < frames; k++) {
        const double *inverse = s->inverse[k];
        for (size_t a = 0; a < 3; a++)
            out[a * frames + k] = 10.0 * ((double)x[k] * inverse[a] +
                                          (double)x[s->trace.capacity + k] * inverse[3 + a] +
                                          (double)x[2 * s->trace.capacity + k] * inverse[6 + a]);
    }
}

/* Power spectra of this rank's atoms, summed by species, for vectors from .. from + n - 1: power [n][species][c->n]. */
static void add_powers(const Coherent *s, const Wiener *c, size_t from, size_t n, double *power)
{
    size_t frames = s->trace.frames;
    double *fractional = MEM_NEW(double, 3 * frames);
    double complex *series = mem_new(frames, sizeof *series);
    double grid = wiener_grid(c, 1.0, (double)s->sample->n);
    for (size_t i = 0; i < s->trace.points; i++) {
        size_t kind = (size_t)s->sample->kind[(size_t)s->first_atom + i];
        atom_fractional(s, i, fractional);
        for (size_t v = 0; v < n; v++) {
            atom_series(s->w.index[from + v], frames, fractional, series);
            wiener_add_power(c, grid, series, power + (v * s->species + kind) * c->n);
        }
    }
    free(fractional);
    free(series);
}

/* The self part on every vector, into results.self on the root. Collective. */
static void correlate_self(Coherent *s, const Wiener *c)
{
    size_t nt = s->lags.n, row = s->species * c->n;
    double *power = MEM_NEW(double, SELF_BATCH *row), *sum = MEM_NEW(double, c->lags);
    for (size_t from = 0; from < s->w.n; from += SELF_BATCH) {
        size_t n = s->w.n - from < SELF_BATCH ? s->w.n - from : SELF_BATCH;
        memset(power, 0, n * row * sizeof *power);
        add_powers(s, c, from, n, power);
        comm_sum(s->comm, n * row, power);
        for (size_t v = 0; v < n && comm_is_root(s->comm); v++)
            for (size_t a = 0; a < s->species; a++) {
                size_t bin = s->w.bin[from + v];
                wiener_from_power(c, power + v * row + a * c->n, sum);
                double *out = s->results.self + (a * s->w.bins + bin) * nt;
                for (size_t l = 0; l < nt; l++) {
                    size_t lag = (size_t)s->lags.lag[l];
                    out[l] += sum[lag] / ((double)(c->frames - lag) * (double)s->sample->n *
                                          (double)s->w.count[bin]);
                }
            }
    }
    free(power);
    free(sum);
}

/* What the root keeps. */
static void prepare(Coherent *s, double interval, size_t blocks)
{
    CoherentResults *r = &s->results;
    *r = (CoherentResults){.sample = s->sample,
                           .w = &s->w,
                           .species = s->species,
                           .pairs = s->pairs,
                           .bins = s->w.bins,
                           .lags = s->lags.n,
                           .blocks = blocks};
    coherent_results_init(r, s->o.self);
    for (int64_t i = 0; i < s->sample->n; i++)
        r->concentration[s->sample->kind[i]] += 1.0 / (double)s->sample->n;
    for (size_t l = 0; l < s->lags.n; l++)
        r->t[l] = (double)s->lags.lag[l] * interval;
    for (size_t b = 0; b < s->w.bins; b++)
        r->q[b] = s->length[b] / ((double)s->w.count[b] * (double)s->trace.frames);
    wavevectors_anisotropy(&s->w, &s->cell, r->anisotropy);
}

static Err coherent_close(void *state, H5 *group)
{
    Coherent *s = state;
    double interval;
    Err e = trace_lags(s->comm, &s->trace, "coherent", &s->o.lags, &interval, &s->lags);
    if (e != OK)
        return e;
    size_t frames = s->trace.frames, blocks = (size_t)s->o.blocks;
    Wiener *c =
        wiener_new(frames, (size_t)s->lags.lag[s->lags.n - 1], blocks < frames ? blocks : frames);
    if (comm_is_root(s->comm))
        prepare(s, interval, c->blocks);
    correlate_bins(s, c);
    if (s->o.self)
        correlate_self(s, c);
    wiener_free(c);
    if (group != NULL)
        e = coherent_results_write(&s->results, s->o.spectrum != NULL ? &s->spectrum : NULL, group);
    return comm_agree(s->comm, e);
}

const ObservableKind coherent_observable = {
    .name = "coherent",
    .help = "coherent I(Q,t) of neutrons and X-rays with partials F_ab(Q,t) and S_ab(Q), "
            "dimensionless, on Q of the box",
    .reference = "L. van Hove, Phys. Rev. 95, 249 (1954), doi 10.1103/PhysRev.95.249; partials as "
                 "T. E. Faber, J. M. Ziman, Philos. Mag. 11, 153 (1965), doi "
                 "10.1080/14786436508211931",
    .nfields = sizeof fields / sizeof *fields,
    .fields = fields,
    .options_size = sizeof(CoherentOptions),
    .open = coherent_open,
    .frame = coherent_frame,
    .close = coherent_close,
    .free = coherent_free,
};
