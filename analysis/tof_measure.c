#include "analysis/tof_measure.h"

#include "analysis/models.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GAUSS = 4, NEAREST = 4 };

/* Points per panel of a bin, and the panel in standard deviations of the resolution */
static const double gauss_node[GAUSS] = {-0.8611363115940526, -0.3399810435848563,
                                         0.3399810435848563, 0.8611363115940526};
static const double gauss_weight[GAUSS] = {0.3478548451374538, 0.6521451548625461,
                                           0.6521451548625461, 0.3478548451374538};
static const double PANEL = 0.5;

/* Counts per spectrum that set the scale when no noise is asked for */
static const double NOMINAL_COUNTS = 1e6;

/* Energies at which S is needed. */
typedef struct Points {
    size_t n;
    double *energy, *weight, *balance; /* [n]; weights sum to 1 in each bin */
    size_t *first;                     /* [ne + 1] of each bin */
} Points;

static void points_clear(Points *p)
{
    free(p->energy);
    free(p->weight);
    free(p->balance);
    free(p->first);
}

static size_t panels(const Resolution *r, double low, double high)
{
    double narrow = fmin(resolution_sigma(r, low), resolution_sigma(r, high));
    return (size_t)ceil((high - low) / (PANEL * narrow));
}

static void points_make(const Resolution *r, const TofRun *run, size_t ne, const double edge[],
                        Points *p)
{
    *p = (Points){.first = MEM_NEW(size_t, ne + 1)};
    for (size_t k = 0; k < ne; k++)
        p->first[k + 1] = p->first[k] + GAUSS * panels(r, edge[k], edge[k + 1]);
    p->n = p->first[ne];
    p->energy = MEM_NEW(double, p->n);
    p->weight = MEM_NEW(double, p->n);
    p->balance = MEM_NEW(double, p->n);
    for (size_t k = 0; k < ne; k++) {
        size_t m = (p->first[k + 1] - p->first[k]) / GAUSS;
        double h = (edge[k + 1] - edge[k]) / (double)m;
        for (size_t j = 0; j < m * GAUSS; j++) {
            size_t at = p->first[k] + j;
            p->energy[at] = edge[k] + h * ((double)(j / GAUSS) + 0.5 + 0.5 * gauss_node[j % GAUSS]);
            p->weight[at] = 0.5 * gauss_weight[j % GAUSS] / (double)m;
            p->balance[at] =
                run->balance == BALANCE_NONE
                    ? 1.0
                    : models_balance((Balance)run->balance,
                                     p->energy[at] / (UNITS_KB_MEV * run->temperature));
        }
    }
}

/* ---- I at any Q */

/* Lagrange weights in Q^2 of the nearest of 0, q[0], q[1], ..; node 0 is Q = 0, where I = 1. */
typedef struct Nearest {
    size_t first, n;
    double weight[NEAREST];
} Nearest;

/* False beyond the last Q. */
static bool nearest_make(size_t nq, const double q[], double at, Nearest *near)
{
    size_t nodes = nq + 1, above = 1;
    if (!(at <= q[nq - 1] * (1.0 + 1e-9)))
        return false;
    while (above < nq && q[above - 1] < at)
        above++;
    near->n = nodes < NEAREST ? nodes : NEAREST;
    near->first = above < 2 ? 0 : above - 2;
    if (near->first + near->n > nodes)
        near->first = nodes - near->n;
    for (size_t a = 0; a < near->n; a++) {
        size_t ka = near->first + a;
        double xa = ka == 0 ? 0.0 : q[ka - 1] * q[ka - 1], w = 1.0;
        for (size_t b = 0; b < near->n; b++) {
            size_t kb = near->first + b;
            double xb = kb == 0 ? 0.0 : q[kb - 1] * q[kb - 1];
            if (b != a)
                w *= (at * at - xb) / (xa - xb);
        }
        near->weight[a] = w;
    }
    return true;
}

/* I(Q,t) of one block [nq][nt]. */
static void mix(const Nearest *near, size_t nt, const double *isf, double out[])
{
    memset(out, 0, nt * sizeof *out);
    for (size_t a = 0; a < near->n; a++) {
        const double *row = near->first + a == 0 ? NULL : isf + (near->first + a - 1) * nt;
        for (size_t j = 0; j < nt; j++)
            out[j] += near->weight[a] * (row != NULL ? row[j] : 1.0);
    }
}

bool tof_measure_isf(const TofSignal *in, size_t block, double q, double curve[])
{
    Nearest near;
    bool within = nearest_make(in->nq, in->q, q, &near);
    if (within)
        mix(&near, in->nt, in->isf + block * in->nq * in->nt, curve);
    return within;
}

/* ---- one spectrum */

/* What the spectrometer does at each point of a spectrum. */
typedef struct Seen {
    double *q;      /* [n] */
    double *factor; /* [n] kf/ki F; NaN: nothing is seen */
} Seen;

static void look(const InstrumentTof *i, const Points *p, const TofSignal *in, double at,
                 Seen *seen)
{
    double limit = instrument_tof_loss_limit(i);
    Nearest near;
    for (size_t k = 0; k < p->n; k++) {
        double e = p->energy[k], angle = at;
        seen->q[k] = at;
        if (i->output == TOF_CONSTANT_Q)
            angle = instrument_tof_angle(i, at, e);
        else
            seen->q[k] = instrument_tof_q(i, at, e);
        double factor = 0.0;
        if (e < limit && instrument_tof_has_detector(i, angle) &&
            nearest_make(in->nq, in->q, seen->q[k], &near))
            factor = instrument_tof_kf_over_ki(i, e) *
                     self_shielding_factor(&i->shielding, angle, i->wavelength,
                                           instrument_tof_final(i, e));
        seen->factor[k] = factor > 0.0 ? factor : NAN;
    }
}

/* Averages over bins; a bin that is seen in part is not seen. rows [n][nt]. */
static void fill(const Points *p, const Seen *seen, const double *rows, const TofSignal *in,
                 const double *isf, size_t ne, double *rate)
{
    double *curve = MEM_NEW(double, in->nt), last = NAN;
    for (size_t bin = 0; bin < ne; bin++) {
        rate[bin] = 0.0;
        for (size_t k = p->first[bin]; k < p->first[bin + 1]; k++) {
            if (isnan(seen->factor[k])) {
                rate[bin] = NAN;
                break;
            }
            if (seen->q[k] != last) {
                Nearest near;
                bool within = nearest_make(in->nq, in->q, seen->q[k], &near);
                CHECK(within, "Q = %g 1/A", seen->q[k]);
                mix(&near, in->nt, isf, curve);
                last = seen->q[k];
            }
            const double *row = rows + k * in->nt;
            double s = 0.0;
            for (size_t j = 0; j < in->nt; j++)
                s += row[j] * curve[j];
            rate[bin] += p->weight[k] * p->balance[k] * seen->factor[k] * s;
        }
    }
    free(curve);
}

static void mean_factor(const Points *p, const Seen *seen, size_t ne, double *factor)
{
    for (size_t bin = 0; bin < ne; bin++) {
        factor[bin] = 0.0;
        for (size_t k = p->first[bin]; k < p->first[bin + 1]; k++)
            factor[bin] += p->weight[k] * seen->factor[k];
    }
}

/* ---- all spectra */

static Err check_signal(const InstrumentTof *i, const Resolution *r, const TofSignal *in,
                        size_t nspectra)
{
    if (in->nq == 0 || !(in->q[0] > 0.0))
        return err_set(ERR_INPUT, "I(Q,t): Q must be positive");
    for (size_t k = 1; k < in->nq; k++)
        if (!(in->q[k] > in->q[k - 1]))
            return err_set(ERR_INPUT, "I(Q,t): Q = %g 1/A after %g 1/A does not increase", in->q[k],
                           in->q[k - 1]);
    if (r->nlines > 1 && r->nlines != nspectra)
        return err_set(ERR_INPUT, "resolution: %zu measured lines for %zu spectra of %s", r->nlines,
                       nspectra, i->name);
    return OK;
}

static void rows_make(const SqwLags *lags, const Resolution *r, size_t iq, const Points *p,
                      double *rows)
{
    for (size_t k = 0; k < p->n; k++)
        sqw_row(lags, r, iq, p->energy[k], rows + k * lags->n);
}

/* Nothing at all, or not the elastic line though it is among the bins. */
static bool is_useless(size_t ne, const double edge[], const double factor[])
{
    bool any = false;
    for (size_t k = 0; k < ne; k++) {
        if (isnan(factor[k]) && edge[k] <= 0.0 && edge[k + 1] >= 0.0)
            return true;
        any = any || !isnan(factor[k]);
    }
    return !any;
}

/* Fills `out`, whose arrays are there, leaving out what sees nothing. at [all]: Q or angles. */
static void make_all(const InstrumentTof *i, const Resolution *r, const TofSignal *in,
                     const SqwLags *lags, const Points *p, size_t all, const double at[],
                     TofSpectra *out)
{
    Seen seen = {MEM_NEW(double, p->n), MEM_NEW(double, p->n)};
    double *rows = MEM_NEW(double, p->n * lags->n);
    size_t ne = out->ne, n = 0, plane = in->nq * in->nt;
    for (size_t s = 0; s < all; s++) {
        look(i, p, in, at[s], &seen);
        mean_factor(p, &seen, ne, out->factor + n * ne);
        if (s == 0 || r->nlines > 1)
            rows_make(lags, r, s, p, rows);
        if (is_useless(ne, out->edge, out->factor + n * ne))
            continue;
        for (size_t b = 0; b < in->nblocks; b++)
            fill(p, &seen, rows, in, in->isf + b * plane, ne, out->rate + (b * all + n) * ne);
        if (i->output == TOF_CONSTANT_ANGLE)
            out->two_theta[n] = at[s];
        out->q[n++] = i->output == TOF_CONSTANT_Q ? at[s] : instrument_tof_q(i, at[s], 0.0);
    }
    for (size_t b = 1; b < in->nblocks; b++)
        memmove(out->rate + b * n * ne, out->rate + b * all * ne, n * ne * sizeof *out->rate);
    out->nspectra = n;
    if (n < all && n > 0)
        log_warn(
            "%s: %zu of %zu spectra, %g to %g %s, see nothing of the bins or of I(Q,t) and are "
            "left out",
            i->name, all - n, all, at[0], at[all - 1],
            i->output == TOF_CONSTANT_Q ? "1/A" : "degree");
    free(seen.q);
    free(seen.factor);
    free(rows);
}

Err tof_measure_spectra(const InstrumentTof *i, const Resolution *r, const TofRun *run,
                        const TofSignal *in, TofSpectra *out)
{
    double *at;
    SqwLags lags;
    Points p;
    size_t all = instrument_tof_spectra(i, &at);
    *out = (TofSpectra){.nblocks = in->nblocks};
    Err e = check_signal(i, r, in, all);
    if (e == OK)
        e = sqw_row_init(&lags, in->nt, in->t, run->tail, run->plateau_start);
    if (e == OK) {
        out->ne = instrument_tof_edges(i, &out->edge);
        out->q = MEM_NEW(double, all);
        out->two_theta = i->output == TOF_CONSTANT_ANGLE ? MEM_NEW(double, all) : NULL;
        out->factor = MEM_NEW(double, all * out->ne);
        out->rate = MEM_NEW(double, in->nblocks *all * out->ne);
        points_make(r, run, out->ne, out->edge, &p);
        make_all(i, r, in, &lags, &p, all, at, out);
        points_clear(&p);
        sqw_row_clear(&lags);
        if (out->nspectra == 0)
            e = err_set(ERR_INPUT,
                        "%s: no spectrum sees anything; I(Q,t) reaches from %g to %g 1/A", i->name,
                        in->q[0], in->q[in->nq - 1]);
    }
    free(at);
    if (e != OK)
        tof_measure_clear(out);
    return e;
}

void tof_measure_clear(TofSpectra *s)
{
    free(s->q);
    free(s->two_theta);
    free(s->edge);
    free(s->factor);
    free(s->rate);
    *s = (TofSpectra){0};
}

/* ---- counting */

/* Expected counts into out->truth: one scale for all [counts/rate/meV], and a background that is flat in S. */
static Err expect(const InstrumentTof *i, double counts, const TofSpectra *s, const double rate[],
                  QensData *out, double *scale)
{
    double all = 0.0, lost = 0.0, seen = 0.0;
    for (size_t k = 0; k < s->nspectra * s->ne; k++) {
        if (isnan(rate[k]))
            continue;
        double width = s->edge[k % s->ne + 1] - s->edge[k % s->ne];
        all += fmax(rate[k], 0.0) * width;
        lost += fmax(-rate[k], 0.0) * width;
        seen += s->factor[k] * width;
    }
    if (!(all > 0.0))
        return err_set(ERR_INPUT, "%s: nothing is scattered into the detectors", i->name);
    if (lost > 1e-3 * all)
        log_warn("%s: %.2g of the intensity was negative, ripples of a finite run, and is set to 0",
                 i->name, lost / all);
    double total = counts * (double)s->nspectra, flat = total * i->background / seen;
    *scale = total * (1.0 - i->background) / all;
    for (size_t k = 0; k < s->nspectra * s->ne; k++) {
        double width = s->edge[k % s->ne + 1] - s->edge[k % s->ne];
        out->truth[k] =
            isnan(rate[k]) ? NAN : (*scale * fmax(rate[k], 0.0) + flat * s->factor[k]) * width;
    }
    return OK;
}

/* Counts or expectation, reduced or not. */
static void draw(const InstrumentTof *i, const TofRun *run, bool noise, const TofSpectra *s,
                 QensData *out)
{
    bool errors = !noise || i->reduced;
    out->error = errors ? MEM_NEW(double, s->nspectra * s->ne) : NULL;
    for (size_t k = 0; k < s->nspectra * s->ne; k++) {
        double y = out->truth[k], factor = i->reduced ? s->factor[k] : 1.0;
        if (noise && !isnan(y))
            y = (double)rng_poisson(run->seed, RNG_NOISE, k / s->ne, k % s->ne, y);
        out->y[k] = y / factor;
        out->truth[k] /= factor;
        if (errors)
            out->error[k] = isnan(y) ? NAN : sqrt(fmax(y, 1.0)) / factor;
    }
}

static double *copy_of(size_t n, const double *from)
{
    double *to = MEM_NEW(double, n);
    memcpy(to, from, n * sizeof *to);
    return to;
}

Err tof_measure_count(const InstrumentTof *i, const TofRun *run, const TofSpectra *s,
                      const double rate[], QensData *out, double *scale)
{
    size_t all = s->nspectra * s->ne;
    double wanted = isnan(i->time) ? run->counts : i->time * i->rate;
    bool noise = wanted > 0.0;
    *out = (QensData){.nspectra = s->nspectra,
                      .ne = s->ne,
                      .q = copy_of(s->nspectra, s->q),
                      .edge = copy_of(s->ne + 1, s->edge),
                      .y = MEM_NEW(double, all),
                      .truth = MEM_NEW(double, all),
                      .kf_over_ki = !i->reduced,
                      .wavelength = i->wavelength,
                      .temperature = run->temperature,
                      .title = mem_format("%s, simulated", i->name)};
    if (s->two_theta != NULL)
        out->two_theta = copy_of(s->nspectra, s->two_theta);
    Err e = expect(i, noise ? wanted : NOMINAL_COUNTS, s, rate, out, scale);
    if (e == OK)
        draw(i, run, noise, s, out);
    else
        qens_data_clear(out);
    return e;
}

Err tof_measure(const InstrumentTof *i, const Resolution *r, const TofRun *run, const TofSignal *in,
                QensData *out)
{
    TofSpectra s;
    CHECK(in->nblocks == 1, "%zu blocks", in->nblocks);
    double scale;
    TRY(tof_measure_spectra(i, r, run, in, &s));
    Err e = tof_measure_count(i, run, &s, s.rate, out, &scale);
    tof_measure_clear(&s);
    return e;
}
