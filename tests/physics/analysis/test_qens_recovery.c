/* The full model of the paper on synthetic counts, draw after draw: two Lorentzians and four oscillators in a resolution that depends
 * on the energy, eight Q. Every parameter must scatter about the truth by what its error says. Weights from the counts themselves fail
 * that for the background. PW_DRAWS: number of draws. */
#include "check.h"

#include "analysis/fit_eisf.h"
#include "analysis/fit_qens.h"
#include "base/rng.h"
#include "base/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NQ = 8,
    NE = 240,
    LINES = 2,
    MODES = 4,
    OWN = LINES + MODES + 2,
    SHARED = LINES + 2 * MODES
};
enum { NP = SHARED + NQ * OWN };

static const double WIDTH[LINES] = {0.11, 0.9}, ENERGY[MODES] = {3.0, 4.2, 5.4, 9.4},
                    DAMPING[MODES] = {0.30, 0.35, 0.4, 1.0};
static const double IMMOBILE = 0.35, BOND = 1.22, U2 = 0.3, KELVIN = 310;

typedef struct Case {
    Resolution resolution;
    FitQensModel model;
    double q[NQ], energy[NE], bin[NE], own[NQ][OWN], mean[NQ][NE];
    FitQensSpectrum spectra[NQ];
} Case;

/* Fine bins about the elastic line, wide ones on the side of energy gain. */
static void make_bins(Case *c)
{
    double edge = -13.0;
    for (int i = 0; i < NE; i++) {
        c->bin[i] = edge < -2.2 ? 0.14 : edge < -0.5 ? 0.05 : 0.0165;
        c->energy[i] = edge + 0.5 * c->bin[i];
        edge += c->bin[i];
    }
}

static void make_case(double scale, Case *c)
{
    static const double at[] = {-15, -9.4, -4.2, -2, 0, 2},
                        fwhm[] = {0.492, 0.297, 0.15, 0.101, 0.065, 0.04};
    memset(c, 0, sizeof *c);
    assert_ok(resolution_table(&c->resolution, 6, at, fwhm));
    c->model = (FitQensModel){.resolution = &c->resolution,
                              .lines = LINES,
                              .temperature = KELVIN,
                              .oscillators = MODES,
                              .free_energy = true,
                              .width_start = {0.2, 1.5}};
    for (int k = 0; k < MODES; k++)
        c->model.energy[k] = ENERGY[k] * (k % 2 ? 1.02 : 0.98), c->model.damping[k] = 0.5;
    make_bins(c);
    for (int s = 0; s < NQ; s++) {
        c->q[s] = 0.5 + 0.22 * s;
        double d = exp(-c->q[s] * c->q[s] * U2 / 3), a0 = fit_eisf_model(c->q[s], IMMOBILE, BOND);
        double *own = c->own[s], parts[(2 + LINES + MODES) * NE];
        own[0] = scale * d * a0, own[1] = scale * d * (1 - a0);
        own[2] = 0.12 * scale * (1 - d);
        for (int k = 0; k < MODES; k++)
            own[1 + LINES + k] = scale * (1 - d) * (0.3 + 0.05 * k);
        own[OWN - 1] = 0.004 * scale;
        c->spectra[s] = (FitQensSpectrum){
            .q = c->q[s], .n = NE, .energy = c->energy, .y = c->mean[s], .bin = c->bin};
        fit_qens_shape(&c->model, &c->spectra[s], (size_t)s, WIDTH, ENERGY, DAMPING, own, parts);
        for (int i = 0; i < NE; i++)
            for (int k = 0; k < 2 + LINES + MODES; k++)
                c->mean[s][i] += parts[k * NE + i];
    }
}

/* What the pulls are of: shared parameters, own ones over all Q, numbers made of them. */
enum { KINDS = SHARED + OWN + 2, P = SHARED + OWN, D };

static const char *const names[KINDS] = {"Gamma1", "Gamma2", "g1", "g2",         "g3", "g4", "E1",
                                         "E2",     "E3",     "E4", "elastic",    "A1", "A2", "B1",
                                         "B2",     "B3",     "B4", "background", "p",  "d"};

typedef struct Pulls {
    double n[KINDS], sum[KINDS], square[KINDS];
} Pulls;

static void add(Pulls *p, size_t kind, double pull)
{
    p->n[kind]++, p->sum[kind] += pull, p->square[kind] += pull * pull;
}

static double truth_of(const Case *c, size_t k)
{
    if (k >= SHARED)
        return c->own[(k - SHARED) / OWN][(k - SHARED) % OWN];
    return k < LINES           ? WIDTH[k]
           : k < LINES + MODES ? DAMPING[k - LINES]
                               : ENERGY[k - LINES - MODES];
}

static void draw_counts(const Case *c, uint64_t draw, double y[NQ][NE])
{
    for (uint64_t s = 0; s < NQ; s++)
        for (uint64_t i = 0; i < NE; i++)
            y[s][i] = (double)rng_poisson(31, RNG_TEST, draw, s * NE + i, c->mean[s][i]);
}

static int draws(int fallback)
{
    const char *text = getenv("PW_DRAWS");
    return text != NULL ? atoi(text) : fallback;
}

static void every_parameter_comes_back(void **state)
{
    (void)state;
    static Case c;
    static double y[NQ][NE];
    Pulls pulls = {0};
    int n = draws(100), iterations = 0;
    make_case(2e4, &c);
    for (int draw = 0; draw < n; draw++) {
        FitQensResult r;
        FitEisf f;
        draw_counts(&c, (uint64_t)draw, y);
        for (int s = 0; s < NQ; s++)
            c.spectra[s].y = y[s];
        assert_ok(fit_qens(&c.model, NQ, c.spectra, &r));
        assert_true(r.identified);
        assert_int_equal(r.nparameters, NP);
        iterations += r.iterations;
        for (size_t k = 0; k < NP; k++)
            add(&pulls, k < SHARED ? k : SHARED + (k - SHARED) % OWN,
                (r.parameter[k] - truth_of(&c, k)) / sqrt(r.covariance[k * NP + k]));
        assert_ok(fit_eisf_unbounded(NQ, c.q, r.eisf, r.eisf_error, r.eisf_covariance, &f));
        add(&pulls, P, (f.p - IMMOBILE) / f.p_error);
        add(&pulls, D, (f.d - BOND) / f.d_error);
        fit_qens_clear(&r);
    }
    print_message("%d draws, %.1f steps each\n", n, (double)iterations / n);
    for (int k = 0; k < KINDS; k++) {
        double mean = pulls.sum[k] / pulls.n[k];
        double sd = sqrt(pulls.square[k] / pulls.n[k] - mean * mean);
        print_message("%-10s pull mean %6.3f sd %.3f (%g)\n", names[k], mean, sd, pulls.n[k]);
        double chance = 4 / sqrt(n); /* of this many draws; the Q of one draw are not independent */
        assert_near(mean, 0, fmax(0.2, chance));
        assert_near(sd, 1, fmax(0.1, chance / sqrt(2)));
    }
    resolution_clear(&c.resolution);
}

/* The same counts, few of them, weighted with what was counted: the background is low by more than its error. */
static void weights_from_counts_fail(void **state)
{
    (void)state;
    static Case c;
    static double y[NQ][NE], sigma[NQ][NE];
    double sum[2] = {0}, n = 0;
    make_case(4e3, &c);
    for (int draw = 0; draw < 25; draw++) {
        draw_counts(&c, (uint64_t)draw, y);
        for (int kind = 0; kind < 2; kind++) {
            FitQensResult r;
            for (int s = 0; s < NQ; s++) {
                for (int i = 0; i < NE; i++)
                    sigma[s][i] = sqrt(fmax(y[s][i], 1.0));
                c.spectra[s].y = y[s];
                c.spectra[s].sigma = kind == 0 ? NULL : sigma[s];
            }
            c.model.free_energy = false;
            memcpy(c.model.energy, ENERGY, sizeof ENERGY);
            memcpy(c.model.width_start, WIDTH, sizeof WIDTH);
            memcpy(c.model.damping, DAMPING, sizeof DAMPING);
            assert_ok(fit_qens(&c.model, NQ, c.spectra, &r));
            for (int s = 0; s < NQ; s++)
                sum[kind] += (r.background[s] - c.own[s][OWN - 1]) / r.background_error[s];
            fit_qens_clear(&r);
        }
        n += NQ;
    }
    print_message("pull of the background: deviance %.3f, weights 1/counts %.3f\n", sum[0] / n,
                  sum[1] / n);
    assert_near(sum[0] / n, 0, 0.2);
    assert_true(sum[1] / n < -0.8);
    resolution_clear(&c.resolution);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_parameter_comes_back),
        cmocka_unit_test(weights_from_counts_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
