/* Transport coefficients of synthetic paths: the standard error must be the true scatter. */
#include "check.h"

#include "analysis/models.h"
#include "analysis/spectral.h"
#include "base/mem.h"
#include "base/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS = 240, FRAMES = 6001 };

/* x [3][frames] of run `run`. */
typedef void Path(int run, size_t frames, double *x);

static void uniform(int run, size_t k, uint32_t draw, double r[2])
{
    rng_uniform2(77, RNG_TEST, (uint64_t)run, (uint64_t)k, draw, r);
}

static void normal(int run, size_t k, uint32_t draw, double z[3])
{
    rng_normal3(78, RNG_TEST, (uint64_t)run, (uint64_t)k, draw, z);
}

/* Steps +-1 along each axis in each frame: D = 1/2. */
static void lattice_walk(int run, size_t frames, double *x)
{
    for (size_t a = 0; a < 3; a++)
        for (size_t k = 0; k < frames; k++) {
            double r[2];
            uniform(run, k, (uint32_t)a, r);
            x[a * frames + k] = k == 0 ? 0.0 : x[a * frames + k - 1] + (r[0] < 0.5 ? 1.0 : -1.0);
        }
}

/* The same with a direction kept with probability (1 + e)/2: D = (1/2)(1 + e)/(1 - e). */
static const double persistence = 0.5;

static void persistent_walk(int run, size_t frames, double *x)
{
    for (size_t a = 0; a < 3; a++) {
        double step = 1.0;
        for (size_t k = 0; k < frames; k++) {
            double r[2];
            uniform(run, k, (uint32_t)a, r);
            step = r[0] < (k == 0 ? 0.5 : 0.5 * (1.0 + persistence)) ? step : -step;
            x[a * frames + k] = k == 0 ? 0.0 : x[a * frames + k - 1] + step;
        }
    }
}

/* A particle on a spring (overdamped, u, decay per frame) whose anchor hops rarely: with probability `rate` in a frame,
 * along one axis at random by +-1: D = rate/6. */
static const double rate = 0.06, u = 0.3, decay = 0.5;

static void caged_walk(int run, size_t frames, double *x)
{
    double anchor[3] = {0}, off[3] = {0}, keep = exp(-decay), kick = u * sqrt(1.0 - keep * keep);
    for (size_t k = 0; k < frames; k++) {
        double z[3], r[2];
        normal(run, k, 0, z);
        uniform(run, k, 0, r);
        if (r[0] < rate)
            anchor[(int)(3.0 * r[0] / rate)] += r[1] < 0.5 ? 1.0 : -1.0;
        for (size_t a = 0; a < 3; a++) {
            off[a] = k == 0 ? u * z[a] : keep * off[a] + kick * z[a];
            x[a * frames + k] = anchor[a] + off[a];
        }
    }
}

/* Rare hops and nothing else: the number of hops in the run is the error, at all frequencies the same. */
static const double rare = 0.02;

static void rare_hops(int run, size_t frames, double *x)
{
    double at[3] = {0};
    for (size_t k = 0; k < frames; k++) {
        double r[2];
        uniform(run, k, 0, r);
        if (r[0] < rare)
            at[(int)(3.0 * r[0] / rare)] += r[1] < 0.5 ? 1.0 : -1.0;
        for (size_t a = 0; a < 3; a++)
            x[a * frames + k] = at[a];
    }
}

typedef struct Pulls {
    double mean, sd, relative, naive;
} Pulls;

/* Pulls of ln S(0) over many runs; naive: their spread in gamma errors. */
static Pulls pulls(Path *path, double diffusion)
{
    Pulls p = {0};
    double *x = MEM_NEW(double, 3 * FRAMES), sum2 = 0.0, gamma2 = 0.0, gamma = 0.0;
    Spectral s;
    spectral_init(&s, FRAMES, FRAMES);
    double *y = MEM_NEW(double, 3 * s.n), *mean = MEM_NEW(double, s.n);
    for (int run = 0; run < RUNS; run++) {
        path(run, FRAMES, x);
        memset(mean, 0, s.n * sizeof *mean);
        for (size_t a = 0; a < 3; a++) {
            spectral_of_path(&s, x + a * FRAMES, y + a * s.n);
            for (size_t j = 0; j < s.n; j++)
                mean[j] += y[a * s.n + j] * y[a * s.n + j] / 3.0;
        }
        SpectralFit fit;
        SpectralTimes t;
        spectral_fit(s.n, mean, 3.0, &fit);
        spectral_times_init(&t, &fit, s.n);
        for (size_t a = 0; a < 3; a++)
            spectral_times_add(&t, y + a * s.n, 1.0 / 3.0);
        double error = spectral_error(&t, NULL, fit.gamma),
               deviation = log(fit.value / (2.0 * diffusion));
        p.mean += deviation / error / RUNS;
        sum2 += deviation * deviation / (error * error) / RUNS;
        gamma += deviation / fit.gamma / RUNS;
        gamma2 += deviation * deviation / (fit.gamma * fit.gamma) / RUNS;
        p.relative += error / RUNS;
        spectral_times_clear(&t);
        spectral_fit_clear(&fit);
    }
    p.sd = sqrt(sum2 - p.mean * p.mean);
    p.naive = sqrt(gamma2 - gamma * gamma);
    free(x), free(y), free(mean);
    spectral_clear(&s);
    print_message("pull mean %+.2f sd %.2f, relative error %.3f; by the gamma law sd %.2f\n",
                  p.mean, p.sd, p.relative, p.naive);
    return p;
}

static Pulls honest(Path *path, double diffusion, double relative)
{
    Pulls p = pulls(path, diffusion);
    assert_true(fabs(p.mean) < 0.2);
    assert_true(p.sd > 0.9 && p.sd < 1.1);
    assert_true(p.relative < relative);
    return p;
}

static void pulls_of_a_random_walk(void **state)
{
    (void)state;
    honest(lattice_walk, 0.5, 0.03);
}

static void pulls_of_a_persistent_walk(void **state)
{
    (void)state;
    honest(persistent_walk, models_persistent_diffusion(1.0, 1.0, persistence), 0.08);
}

static void pulls_of_a_caged_walk(void **state)
{
    (void)state;
    honest(caged_walk, rate / 6.0, 0.15);
}

static void pulls_of_rare_hops(void **state)
{
    (void)state;
    Pulls p = honest(rare_hops, rare / 6.0, 0.15);
    assert_true(p.naive > 2.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pulls_of_a_random_walk),
        cmocka_unit_test(pulls_of_a_persistent_walk),
        cmocka_unit_test(pulls_of_a_caged_walk),
        cmocka_unit_test(pulls_of_rare_hops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
