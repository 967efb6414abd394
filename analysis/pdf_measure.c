#include "analysis/pdf_measure.h"

#include "analysis/xray_compton.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

Err pdf_measure_inelastic(int n, const Species *const species[], const double share[], double q,
                          double wavelength, double *value)
{
    double s;
    *value = 0.0;
    for (int a = 0; a < n; a++) {
        if (!xray_compton_s(species[a]->element, q, &s))
            return err_set(ERR_INPUT, "no Compton scattering is tabulated for %s",
                           species[a]->element);
        *value += share[a] * s;
    }
    *value *= xray_compton_recoil(q, wavelength);
    return OK;
}

static double own_at(size_t n, const double q[], const double y[], double at)
{
    if (at <= q[0])
        return y[0];
    for (size_t k = 1; k < n; k++)
        if (at < q[k])
            return y[k - 1] + (y[k] - y[k - 1]) * (at - q[k - 1]) / (q[k] - q[k - 1]);
    return y[n - 1];
}

/* Elastic and inelastic scattering of the sample. */
static Err fill_sample(const PdfMeasureOptions *o, const Gr *g, XrayWeights w,
                       const XrayForms *forms, PdfMeasured *m)
{
    XrayPartials partials;
    XrayBroadening extra = {.qbroad = o->qbroad, .qdamp = o->qdamp};
    xray_partials(g, extra, m->n, m->q, &partials);
    double *rows = MEM_NEW(double, g->nblock * m->n), share[SAMPLE_MAX_SPECIES];
    xray_total_of(&partials, w, forms, rows);
    gr_block_mean(g, m->n, rows, m->s, NULL);
    for (int a = 0; a < g->nspecies; a++)
        share[a] = (double)g->natoms[a] / (double)g->n;
    Err err = OK;
    for (size_t k = 0; k < m->n && err == OK; k++) {
        xray_means(g, w, forms, m->q[k], &m->squared_mean[k], &m->mean_square[k]);
        m->elastic[k] = m->mean_square[k] + m->squared_mean[k] * (m->s[k] - 1.0);
        if (o->compton)
            err = pdf_measure_inelastic(g->nspecies, g->species, share, m->q[k], o->wavelength,
                                        &m->inelastic[k]);
    }
    free(rows);
    xray_partials_clear(&partials);
    return err;
}

static void fill_container(const PdfMeasureOptions *o, size_t n_own, const double q_own[],
                           const double own[], PdfMeasured *m)
{
    double sample = 0.0, container = 0.0;
    for (size_t k = 0; k < m->n; k++) {
        m->container[k] = n_own > 0 ? own_at(n_own, q_own, own, m->q[k])
                                    : xray_compton_silica(m->q[k], o->wavelength);
        sample += m->elastic[k] + m->inelastic[k];
        container += m->container[k];
    }
    for (size_t k = 0; k < m->n; k++)
        m->container[k] *= container > 0.0 ? o->background * sample / container : 0.0;
}

static void count(const PdfMeasureOptions *o, PdfMeasured *m)
{
    double sum = 0.0;
    for (size_t k = 0; k < m->n; k++) {
        /* ripples of the histogram's end may take S below what any sample scatters */
        m->sample_run[k] = fmax(0.0, m->elastic[k] + m->inelastic[k] + m->container[k]);
        m->empty_run[k] = m->container[k];
        sum += m->sample_run[k];
    }
    m->per_count = NAN;
    if (!(o->counts > 0.0))
        return;
    m->per_count = sum / (double)m->n / o->counts;
    for (size_t k = 0; k < m->n; k++) {
        double sample =
            (double)rng_poisson(o->seed, RNG_NOISE, 0, k, m->sample_run[k] / m->per_count);
        double empty =
            (double)rng_poisson(o->seed, RNG_NOISE, 1, k, m->empty_run[k] / m->per_count);
        m->sample_run[k] = sample * m->per_count;
        m->empty_run[k] = empty * m->per_count;
        m->error[k] = sqrt(fmax(1.0, sample) + empty) * m->per_count;
    }
}

Err pdf_measure(const PdfMeasureOptions *o, const Gr *g, XrayWeights w, const XrayForms *forms,
                size_t n_own, const double q_own[], const double own[], PdfMeasured *m)
{
    *m = (PdfMeasured){0};
    double reach = 4.0 * PI / o->wavelength;
    if (w == XRAY_NEUTRON || w == XRAY_CONSTANT_Z)
        return err_set(ERR_INPUT,
                       "a measured intensity wants X-ray weights that depend on Q, not %s",
                       xray_weights_name(w));
    if (!(o->qmin > 0) || !(o->qmax > o->qmin) || o->qmax > reach || !(o->qstep > 0) ||
        (o->qmax - o->qmin) / o->qstep > 1e6)
        return err_set(ERR_INPUT,
                       "measured points: Q from %g to %g in steps of %g 1/A; needs 0 < Qmin < Qmax "
                       "<= 4 pi/wavelength = %g",
                       o->qmin, o->qmax, o->qstep, reach);
    m->n = (size_t)((o->qmax - o->qmin) / o->qstep + 1e-9) + 1;
    double **rows[] = {&m->q,         &m->s,         &m->squared_mean, &m->mean_square, &m->elastic,
                       &m->inelastic, &m->container, &m->sample_run,   &m->empty_run,   &m->error};
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        *rows[k] = MEM_NEW(double, m->n);
    for (size_t k = 0; k < m->n; k++)
        m->q[k] = o->qmin + (double)k * o->qstep;
    Err err = fill_sample(o, g, w, forms, m);
    if (err == OK) {
        fill_container(o, n_own, q_own, own, m);
        count(o, m);
    } else
        pdf_measured_clear(m);
    return err;
}

void pdf_measured_clear(PdfMeasured *m)
{
    double *rows[] = {m->q,         m->s,         m->squared_mean, m->mean_square, m->elastic,
                      m->inelastic, m->container, m->sample_run,   m->empty_run,   m->error};
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        free(rows[k]);
    memset(m, 0, sizeof *m);
}
