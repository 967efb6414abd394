#include "analysis/current_numbers.h"

#include "analysis/conductivity.h"
#include "analysis/mobility.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static Err write_transport(H5 *group, const char *name, Transport t, const char *unit,
                           const char *what)
{
    char longer[96];
    TRY(h5_write_number(group, name, t.value.mean, unit, what));
    snprintf(longer, sizeof longer, "%s_error", name);
    TRY(h5_write_number(group, longer, t.value.error, unit, "standard error"));
    snprintf(longer, sizeof longer, "%s_bound", name);
    TRY(h5_write_number(group, longer, t.bound, unit, "UPPER BOUND, 97.5 %"));
    snprintf(longer, sizeof longer, "%s_windows", name);
    TRY(h5_write_number(group, longer, t.windows, "1", "independent parts of the run behind it"));
    snprintf(longer, sizeof longer, "%s_status", name);
    transport_tell(name, unit, &t);
    return h5_write_text(group, longer, t.status);
}

static Err write_diffusion(H5 *group, const Transport d[ION_KINDS])
{
    const size_t two = ION_KINDS;
    double value[4][ION_KINDS];
    for (size_t k = 0; k < ION_KINDS; k++) {
        value[0][k] = d[k].value.mean, value[1][k] = d[k].value.error;
        value[2][k] = d[k].bound, value[3][k] = d[k].windows;
    }
    TRY(h5_write(group, "diffusion", 1, &two, value[0], "A^2/ps",
                 "D*, from the spectrum of increments; NaN: see diffusion_status"));
    TRY(h5_write(group, "diffusion_error", 1, &two, value[1], "A^2/ps", "standard error"));
    TRY(h5_write(group, "diffusion_bound", 1, &two, value[2], "A^2/ps", "UPPER BOUND, 97.5 %"));
    TRY(h5_write(group, "diffusion_windows", 1, &two, value[3], "1",
                 "independent parts of the run behind it"));
    return h5_write_texts(group, "diffusion_status", two,
                          (const char *const[]){d[ION_MG].status, d[ION_BH4].status});
}

/* What the four sums over ions are for: D* of each kind; independent ions with their own cutoff, and with that of the charge, for
 * the ratio of the two. */
enum { SET_INDEPENDENT = ION_KINDS, SET_LIKE_CHARGE, SETS };

static Transport judge(const CurrentRun *s, const SpectralFit *f, double error, double unit)
{
    return transport_judge(unit * f->value, error, f->windows, f->plateau, s->accuracy);
}

/* a/b, both seen through the same window of frequencies. */
static Transport ratio(const CurrentRun *s, const SpectralFit *a, const SpectralFit *b,
                       double error)
{
    Transport none = {.value = {NAN, NAN}, .bound = NAN, .status = "no charge current"};
    return b->value > 0.0 && a->value > 1e-12 * b->value
               ? transport_judge(a->value / b->value, error, fmin(a->windows, b->windows),
                                 a->plateau, s->accuracy)
               : none;
}

CurrentNumbers current_numbers_measure(const CurrentRun *s, const double m[])
{
    size_t count = s->trace->points;
    double *weight = MEM_NEW(double, SETS *count), w1 = 0.0, w2 = 0.0;
    int64_t *ion = MEM_NEW(int64_t, count);
    ConductivityFit charge;
    conductivity_measure(s->trace->frames, m, CONDUCTIVITY_DISPLACEMENT, &charge);
    MobilitySet set[SETS] = {[SET_LIKE_CHARGE].like = &charge.fit};
    for (size_t k = 0; k < ION_KINDS; k++) {
        double q2 = s->charge[k] * s->charge[k];
        set[k].values = 3.0 * (double)s->ions[k];
        w1 += 3.0 * (double)s->ions[k] * q2, w2 += 3.0 * (double)s->ions[k] * q2 * q2;
    }
    set[SET_INDEPENDENT].values = set[SET_LIKE_CHARGE].values = w2 > 0.0 ? w1 * w1 / w2 : 1.0;
    for (size_t k = 0; k < SETS; k++)
        set[k].weight = weight + k * count;
    for (size_t i = 0; i < count; i++) {
        ion[i] = s->first + (int64_t)i;
        size_t kind = s->sample->ion_kind[ion[i]];
        weight[kind * count + i] = 1.0 / set[kind].values;
        weight[SET_INDEPENDENT * count + i] = weight[SET_LIKE_CHARGE * count + i] =
            s->charge[kind] * s->charge[kind] / 3.0;
    }
    mobility_measure(s->comm, s->sample, s->trace, ion, SETS, set);
    /* sigma = S(0)/(2 dt V kT) */
    double unit = transport_conductivity(3.0 / s->interval, s->volume, s->temperature);
    const SpectralFit *like = &set[SET_LIKE_CHARGE].fit;
    double error = spectral_error(&set[SET_LIKE_CHARGE].times, &charge.times,
                                  hypot(like->gamma, charge.fit.gamma));
    CurrentNumbers n = {
        .sigma = judge(s, &charge.fit, charge.error, unit),
        .nernst_einstein = judge(s, &set[SET_INDEPENDENT].fit, set[SET_INDEPENDENT].error, unit),
        .correlation = ratio(s, &charge.fit, like, error),
        .haven = ratio(s, like, &charge.fit, error),
    };
    n.dc = isnan(n.sigma.value.mean) ? NAN : charge.fit.value;
    if (isnan(n.correlation.bound))
        n.haven = n.correlation;
    for (size_t k = 0; k < ION_KINDS; k++)
        n.diffusion[k] = judge(s, &set[k].fit, set[k].error, 0.5 / s->interval);
    mobility_clear(SETS, set);
    conductivity_clear(&charge);
    free(weight), free(ion);
    return n;
}

static Err write_spectrum(const CurrentRun *s, H5 *group, const double *m, ConductivitySeries kind,
                          double dc, Estimate sigma)
{
    ConductivitySpectrum spectrum;
    conductivity_spectrum(s->trace->frames, m, kind, dc, &spectrum);
    double unit = transport_conductivity(3.0 / s->interval, s->volume, s->temperature);
    Err e = conductivity_write(group, &spectrum, s->interval, unit, s->temperature, sigma,
                               kind == CONDUCTIVITY_CURRENT
                                   ? "charge current of the ions of a trajectory"
                                   : "charge displacement of the ions of a trajectory");
    conductivity_spectrum_clear(&spectrum);
    return e;
}

Err current_numbers_write(const CurrentRun *s, const CurrentNumbers *n, const double m[], H5 *group)
{
    TRY(write_diffusion(group, n->diffusion));
    TRY(write_transport(group, "conductivity", n->sigma, "S/cm",
                        "from the spectrum of increments of M; NaN: see conductivity_status"));
    TRY(write_transport(group, "conductivity_nernst_einstein", n->nernst_einstein, "S/cm",
                        "sum of q^2 D over all ions, /(V kT)"));
    TRY(write_transport(group, "correlation", n->correlation, "1",
                        "conductivity/conductivity_nernst_einstein, same cutoff"));
    TRY(write_transport(group, "haven_ratio", n->haven, "1", "D*/D_sigma, same cutoff"));
    return write_spectrum(s, group, m, CONDUCTIVITY_DISPLACEMENT, n->dc, n->sigma.value);
}

Err current_numbers_green_kubo(const CurrentRun *s, const double j[], H5 *group)
{
    size_t frames = s->trace->frames;
    double *m = MEM_NEW(double, 3 * frames);
    for (size_t k = 0; k < 3 * frames; k++)
        m[k] = j[k] * s->interval;
    ConductivityFit c;
    conductivity_measure(frames, m, CONDUCTIVITY_CURRENT, &c);
    Transport sigma = judge(s, &c.fit, c.error,
                            transport_conductivity(3.0 / s->interval, s->volume, s->temperature));
    Err e = write_transport(group, "conductivity", sigma, "S/cm",
                            "spectrum of J at zero frequency; NaN: see conductivity_status");
    if (e == OK)
        e = write_spectrum(s, group, m, CONDUCTIVITY_CURRENT,
                           isnan(sigma.value.mean) ? NAN : c.fit.value, sigma.value);
    conductivity_clear(&c);
    free(m);
    return e;
}
