#include "analysis/coherent_results.h"

#include "analysis/blocks.h"
#include "base/log.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Beyond this a bin is no powder average. */
static const double anisotropic = 0.05;

size_t coherent_results_pair(size_t species, size_t a, size_t b)
{
    return a * species - a * (a + 1) / 2 + b;
}

void coherent_results_init(CoherentResults *r, bool self)
{
    size_t plane = r->bins * r->lags;
    r->t = MEM_NEW(double, r->lags);
    r->q = MEM_NEW(double, r->bins);
    r->anisotropy = MEM_NEW(double, r->bins);
    r->f = MEM_NEW(double, r->pairs *plane);
    r->f_error = MEM_NEW(double, r->pairs *plane);
    r->neutron = MEM_NEW(double, plane);
    r->neutron_error = MEM_NEW(double, plane);
    r->part = MEM_NEW(double, r->blocks *plane);
    r->xray = MEM_NEW(double, plane);
    r->xray_error = MEM_NEW(double, plane);
    r->self = self ? MEM_NEW(double, r->species *plane) : NULL;
}

void coherent_results_clear(CoherentResults *r)
{
    double *all[] = {r->t,       r->q,    r->anisotropy, r->f,          r->f_error,
                     r->neutron, r->part, r->xray,       r->xray_error, r->neutron_error,
                     r->self};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        free(all[k]);
    *r = (CoherentResults){0};
}

/* c_a Re(b_a b_b*) summed over a = b: <b^2> [fm^2]. */
static double neutron_weight(const CoherentResults *r, size_t a, size_t b)
{
    const Species *u = r->sample->species[a], *v = r->sample->species[b];
    return u->b_coh * v->b_coh + u->b_coh_im * v->b_coh_im;
}

static double xray_factor(const CoherentResults *r, size_t a, double q)
{
    return species_f0(species_form_factor(r->sample->species[a]->element), q);
}

static double b2_mean(const CoherentResults *r)
{
    double sum = 0.0;
    for (size_t a = 0; a < r->species; a++)
        sum += r->concentration[a] * neutron_weight(r, a, a);
    return sum;
}

static double f2_mean(const CoherentResults *r, double q)
{
    double sum = 0.0;
    for (size_t a = 0; a < r->species; a++)
        sum += r->concentration[a] * xray_factor(r, a, q) * xray_factor(r, a, q);
    return sum;
}

/* Weight of each pair, both orders, for neutrons and X-rays. */
static void weights(const CoherentResults *r, double q, double *neutron, double *xray)
{
    double b2 = b2_mean(r), f2 = f2_mean(r, q);
    for (size_t a = 0; a < r->species; a++)
        for (size_t b = a; b < r->species; b++) {
            size_t p = coherent_results_pair(r->species, a, b);
            double twice = a == b ? 1.0 : 2.0;
            neutron[p] = twice * neutron_weight(r, a, b) / b2;
            xray[p] = twice * xray_factor(r, a, q) * xray_factor(r, b, q) / f2;
        }
}

void coherent_results_bin(CoherentResults *r, size_t bin, const double *whole, const double *pseudo)
{
    size_t nt = r->lags, nb = r->blocks;
    double *neutron = MEM_NEW(double, r->pairs), *xray = MEM_NEW(double, r->pairs);
    double *column = MEM_NEW(double, nb), *beam = MEM_NEW(double, nb);
    weights(r, r->q[bin], neutron, xray);
    for (size_t l = 0; l < nt; l++) {
        size_t at = bin * nt + l;
        for (size_t b = 0; b < nb; b++)
            beam[b] = 0.0;
        for (size_t p = 0; p < r->pairs; p++) {
            size_t out = p * r->bins * nt + at;
            r->f[out] = whole[p * nt + l];
            r->f_error[out] = blocks_column_error(nb, nt, pseudo + p * nb * nt + l, column);
            r->neutron[at] += neutron[p] * r->f[out];
            r->xray[at] += xray[p] * r->f[out];
            for (size_t b = 0; b < nb; b++) {
                r->part[b * r->bins * nt + at] += neutron[p] * column[b];
                beam[b] += xray[p] * column[b];
            }
        }
        r->neutron_error[at] = blocks_column_error(nb, r->bins * nt, r->part + at, column);
        r->xray_error[at] = blocks_column_error(nb, 1, beam, column);
    }
    free(neutron);
    free(xray);
    free(column);
    free(beam);
}

static Err write_names(const CoherentResults *r, H5 *group)
{
    const char *species[SAMPLE_MAX_SPECIES];
    char text[SAMPLE_MAX_SPECIES * SAMPLE_MAX_SPECIES][32];
    const char *pair[SAMPLE_MAX_SPECIES * SAMPLE_MAX_SPECIES];
    double b[SAMPLE_MAX_SPECIES][2];
    for (size_t i = 0; i < r->species; i++) {
        const Species *u = r->sample->species[i];
        species[i] = u->symbol;
        b[i][0] = u->b_coh, b[i][1] = u->b_coh_im;
        for (size_t j = i; j < r->species; j++) {
            size_t p = coherent_results_pair(r->species, i, j);
            snprintf(text[p], sizeof text[p], "%s-%s", u->symbol, r->sample->species[j]->symbol);
            pair[p] = text[p];
        }
    }
    TRY(h5_write_texts(group, "species", r->species, species));
    TRY(h5_write_texts(group, "pairs", r->pairs, pair));
    TRY(h5_write(group, "concentration", 1, &r->species, r->concentration, "1",
                 "share of the atoms"));
    TRY(h5_write(group, "b_coh", 2, (size_t[]){r->species, 2}, b[0], "fm",
                 "coherent scattering length (real, imaginary part)"));
    return h5_write_number(group, "b2_mean", 0.01 * b2_mean(r), "barn",
                           "sum of c |b|^2: times I_Q_t it is barn per steradian and atom");
}

static Err write_vectors(const CoherentResults *r, H5 *group)
{
    const Wavevectors *w = r->w;
    int64_t *hkl = MEM_NEW(int64_t, 3 * w->n), *bin = MEM_NEW(int64_t, w->n);
    int64_t *count = MEM_NEW(int64_t, w->bins);
    for (size_t k = 0; k < w->n; k++) {
        bin[k] = (int64_t)w->bin[k];
        for (size_t i = 0; i < 3; i++)
            hkl[3 * k + i] = w->index[k][i];
    }
    for (size_t b = 0; b < w->bins; b++)
        count[b] = (int64_t)w->count[b];
    Err e = h5_write_i64(group, "hkl", 2, (size_t[]){w->n, 3}, hkl, "1",
                         "vectors Q = 2 pi h^-1 (h,k,l) of the box; -Q goes with Q");
    if (e == OK)
        e = h5_write_i64(group, "bin", 1, &w->n, bin, "1", "bin each vector is in");
    if (e == OK)
        e = h5_write_i64(group, "vectors", 1, &w->bins, count, "1", "vectors in each bin");
    if (e == OK)
        e = h5_write(group, "anisotropy", 1, &w->bins, r->anisotropy, "1",
                     "largest |<u_i u_j> - delta_ij/3| over the vectors of a bin: 0 is isotropic, "
                     "2/3 a single direction");
    free(hkl);
    free(bin);
    free(count);
    return e;
}

static Err write_functions(const CoherentResults *r, H5 *group)
{
    size_t cube[3] = {r->pairs, r->bins, r->lags}, plane[2] = {r->bins, r->lags};
    TRY(h5_write(group, "t", 1, &r->lags, r->t, "ps", "time difference"));
    TRY(h5_write(group, "Q", 1, &r->bins, r->q, "1/A",
                 "momentum transfer, mean over vectors and frames"));
    TRY(h5_write(group, "F", 3, cube, r->f, "1",
                 "Re <rho_a(Q,t) rho_b*(Q,0)>/N [pair][Q][t]; both orders of a pair alike"));
    TRY(h5_write(group, "F_error", 3, cube, r->f_error, "1",
                 "standard error, from blocks of the run"));
    TRY(h5_write(group, "I_Q_t", 2, plane, r->neutron, "1",
                 "coherent intermediate scattering function of neutrons [Q][t], sum of "
                 "Re(b_a b_b*) F_ab over <b^2>"));
    TRY(h5_write(group, "I_Q_t_error", 2, plane, r->neutron_error, "1",
                 "standard error, from blocks of the run"));
    TRY(h5_write(group, "I_blocks", 3, (size_t[]){r->blocks, r->bins, r->lags}, r->part, "1",
                 "I(Q,t) of each block of the run (jackknife pseudo-values)"));
    TRY(h5_write(group, "I_xray", 2, plane, r->xray, "1",
                 "the same for X-rays, neutral form factors, over <f^2>"));
    return h5_write(group, "I_xray_error", 2, plane, r->xray_error, "1",
                    "standard error, from blocks of the run");
}

/* What holds at t = 0, and the numbers of the blocks. */
static Err write_static(const CoherentResults *r, H5 *group)
{
    size_t nt = r->lags, nq = r->bins, plane[2] = {r->pairs, nq};
    double *s = MEM_NEW(double, 2 * r->pairs * nq), *s_error = s + r->pairs * nq;
    double *total = MEM_NEW(double, 3 * nq), *weight = MEM_NEW(double, r->blocks);
    for (size_t a = 0; a < r->species; a++)
        for (size_t b = a; b < r->species; b++) {
            size_t p = coherent_results_pair(r->species, a, b);
            double ca = r->concentration[a], cb = r->concentration[b];
            for (size_t i = 0; i < nq; i++) {
                double f = r->f[(p * nq + i) * nt] - (a == b ? ca : 0.0);
                s[p * nq + i] = 1.0 + f / (ca * cb);
                s_error[p * nq + i] = r->f_error[(p * nq + i) * nt] / (ca * cb);
            }
        }
    for (size_t i = 0; i < nq; i++) {
        total[i] = r->neutron[i * nt], total[nq + i] = r->neutron_error[i * nt];
        total[2 * nq + i] = f2_mean(r, r->q[i]);
    }
    for (size_t b = 0; b < r->blocks; b++)
        weight[b] = 1.0;
    static const char *const error = "standard error, from blocks of the run";
    Err e = h5_write(group, "S_ab", 2, plane, s, "1", "Faber-Ziman partial structure factors");
    if (e == OK)
        e = h5_write(group, "S_ab_error", 2, plane, s_error, "1", error);
    if (e == OK)
        e = h5_write(group, "S_neutron", 1, &nq, total, "1",
                     "I(Q,0): structure factor of neutrons, over <b^2>");
    if (e == OK)
        e = h5_write(group, "S_neutron_error", 1, &nq, total + nq, "1", error);
    if (e == OK)
        e = h5_write(group, "f2_mean", 1, &nq, total + 2 * nq, "1",
                     "<f^2> of X-rays [electron^2]: times I_xray it is electron units");
    if (e == OK)
        e = h5_write(group, "block_weight", 1, &r->blocks, weight, "1", "blocks count alike");
    if (e == OK)
        e = h5_write_number(group, "blocks", (double)r->blocks, "1", "equal parts of the run");
    free(s);
    free(total);
    free(weight);
    return e;
}

static Err write_self(const CoherentResults *r, H5 *group)
{
    size_t plane = r->bins * r->lags, dims[2] = {r->bins, r->lags};
    if (r->self == NULL)
        return OK;
    double *distinct = MEM_NEW(double, r->pairs *plane), *incoherent = MEM_NEW(double, plane);
    double norm = 0.0;
    for (size_t k = 0; k < r->pairs * plane; k++)
        distinct[k] = r->f[k];
    for (size_t a = 0; a < r->species; a++) {
        double *own = distinct + coherent_results_pair(r->species, a, a) * plane;
        double sigma = r->sample->species[a]->sigma_inc;
        norm += r->concentration[a] * sigma;
        for (size_t k = 0; k < plane; k++) {
            own[k] -= r->self[a * plane + k];
            incoherent[k] += sigma * r->self[a * plane + k];
        }
    }
    for (size_t k = 0; k < plane; k++)
        incoherent[k] /= norm;
    Err e = h5_write(group, "F_self", 3, (size_t[]){r->species, r->bins, r->lags}, r->self, "1",
                     "sum over atoms of <exp iQ.(r(t) - r(0))>/N [species][Q][t], on the same Q");
    if (e == OK)
        e = h5_write(group, "F_distinct", 3, (size_t[]){r->pairs, r->bins, r->lags}, distinct, "1",
                     "F less the self part; its error is that of F");
    if (e == OK)
        e = h5_write(group, "I_incoherent", 2, dims, incoherent, "1",
                     "sum of sigma_inc F_self over <sigma_inc>: 1 at t = 0");
    free(distinct);
    free(incoherent);
    return e;
}

static Err warn_anisotropy(const CoherentResults *r, H5 *group)
{
    size_t bad = 0, worst = 0;
    for (size_t b = 0; b < r->bins; b++) {
        bad += r->anisotropy[b] > anisotropic;
        worst = r->anisotropy[b] > r->anisotropy[worst] ? b : worst;
    }
    if (bad == 0)
        return OK;
    char *text = mem_format(
        "%zu of %zu bins of Q do not see all directions alike (worst at %.3g 1/A: %zu vectors, "
        "|<u_i u_j> - delta_ij/3| = %.3f > %.2f): no powder average there",
        bad, r->bins, r->q[worst], r->w->count[worst], r->anisotropy[worst], anisotropic);
    log_warn("coherent: %s", text);
    Err e = h5_write_text(group, "warning", text);
    free(text);
    return e;
}

Err coherent_results_write(const CoherentResults *r, const SqwOptions *spectrum, H5 *group)
{
    TRY(write_names(r, group));
    TRY(write_vectors(r, group));
    TRY(write_functions(r, group));
    TRY(write_static(r, group));
    TRY(write_self(r, group));
    if (!r->w->list)
        TRY(warn_anisotropy(r, group));
    if (spectrum == NULL)
        return OK;
    H5 *sqw;
    TRY(h5_group(group, "sqw", &sqw));
    Err e = sqw_write(group, spectrum, sqw);
    h5_close_group(sqw);
    return e;
}
