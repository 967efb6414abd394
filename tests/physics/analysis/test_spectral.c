/* Transport coefficients of synthetic paths: the standard error must be the true scatter. */
#include "check.h"

#include "analysis/models.h"
#include "analysis/spectral.h"
#include "analysis/transport.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS = 400, FRAMES = 2001 };

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

/* A Gaussian step that keeps part of the last one: D = (s/(1 - m))^2/2. */
static const double memory = 0.3, scale = 0.7;

static void smooth_walk(int run, size_t frames, double *x)
{
    double step[3] = {0}, z[3];
    for (size_t k = 0; k < frames + 40;
         k++) { /* 40 steps until the steps know nothing of their start */
        normal(run, k, 0, z);
        for (size_t a = 0; a < 3; a++) {
            step[a] = memory * step[a] + scale * z[a];
            if (k >= 40)
                x[a * frames + k - 40] = (k == 40 ? 0.0 : x[a * frames + k - 41]) + step[a];
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

/* The fit of one run and its relative standard error. */
static SpectralFit estimate(Path *path, int run, size_t frames, double *relative)
{
    double *x = MEM_NEW(double, 3 * frames);
    Spectral s;
    SpectralFit fit;
    SpectralTimes t;
    spectral_init(&s, frames, frames);
    double *y = MEM_NEW(double, 3 * s.n), *mean = MEM_NEW(double, s.n);
    path(run, frames, x);
    for (size_t a = 0; a < 3; a++) {
        spectral_of_path(&s, x + a * frames, y + a * s.n);
        for (size_t j = 0; j < s.n; j++)
            mean[j] += y[a * s.n + j] * y[a * s.n + j] / 3.0;
    }
    spectral_fit(s.n, mean, 3.0, &fit);
    spectral_times_init(&t, &fit, s.n);
    for (size_t a = 0; a < 3; a++)
        spectral_times_add(&t, y + a * s.n, 1.0 / 3.0);
    *relative = spectral_error(&t, NULL, fit.gamma);
    spectral_times_clear(&t);
    spectral_clear(&s);
    free(x), free(y), free(mean);
    return fit;
}

/* Pulls of ln S(0) over many runs; naive: their spread in gamma errors. */
static Pulls pulls(Path *path, double diffusion)
{
    Pulls p = {0};
    double sum2 = 0.0, gamma2 = 0.0, gamma = 0.0;
    for (int run = 0; run < RUNS; run++) {
        double error;
        SpectralFit fit = estimate(path, run, FRAMES, &error);
        double deviation = log(fit.value / (2.0 * diffusion));
        p.mean += deviation / error / RUNS;
        sum2 += deviation * deviation / (error * error) / RUNS;
        gamma += deviation / fit.gamma / RUNS;
        gamma2 += deviation * deviation / (fit.gamma * fit.gamma) / RUNS;
        p.relative += error / RUNS;
        spectral_fit_clear(&fit);
    }
    p.sd = sqrt(sum2 - p.mean * p.mean);
    p.naive = sqrt(gamma2 - gamma * gamma);
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
    honest(lattice_walk, 0.5, 0.04);
}

static void pulls_of_a_persistent_walk(void **state)
{
    (void)state;
    honest(persistent_walk, models_persistent_diffusion(1.0, 1.0, persistence), 0.12);
}

static void pulls_of_a_smooth_walk(void **state)
{
    (void)state;
    honest(smooth_walk, 0.5 * pow(scale / (1.0 - memory), 2.0), 0.1);
}

static void pulls_of_a_caged_walk(void **state)
{
    (void)state;
    honest(caged_walk, rate / 6.0, 0.25);
}

static void pulls_of_rare_hops(void **state)
{
    (void)state;
    Pulls p = honest(rare_hops, rare / 6.0, 0.25);
    assert_true(p.naive > 2.0);
}

/* Short runs: hardly any gives a number, and the bound holds in 19 of 20 (claimed 97.5 %) where hops are seen at all. */
static void bounds_of_short_runs(void **state)
{
    (void)state;
    static Path *const path[] = {lattice_walk, smooth_walk, caged_walk, rare_hops};
    const double truth[] = {0.5, 0.5, rate / 6.0, rare / 6.0};
    const size_t frames[] = {60, 60, 300, 300};
    for (int i = 0; i < 4; i++) {
        double above = 0.0, given = 0.0;
        for (int run = 0; run < RUNS; run++) {
            double relative;
            SpectralFit f = estimate(path[i], run, frames[i], &relative);
            Transport t = transport_judge(0.5 * f.value, relative, f.windows, f.plateau, 0.2);
            above += (t.bound < truth[i]) / (double)RUNS;
            given += !isnan(t.value.mean) / (double)RUNS;
            spectral_fit_clear(&f);
        }
        print_message("bound too low in %.3f of runs, a number in %.2f\n", above, given);
        assert_true(above < 0.05);
    }
}

/* Sum of squares is kept; a tone at a frequency of the transform is one point; averaged paths keep S at low frequency. */
static void sine_transform(void **state)
{
    (void)state;
    enum { N = 480 };
    double x[2 * N], v[N], y[N];
    Spectral s;
    spectral_init(&s, N, N);
    assert_int_equal(s.n, N - 1);
    double sum = 0.0, squares = 0.0;
    for (size_t k = 0; k < N; k++) {
        v[k] = k + 1 < N ? sin(PI * 7.0 * (double)(k + 1) / N) + (k == 100 ? 1.0 : 0.0) : 0.0;
        x[k] = k == 0 ? 3.0 : x[k - 1] + v[k - 1];
        sum += v[k] * v[k];
    }
    spectral_of_path(&s, x, y);
    for (size_t j = 0; j < s.n; j++) {
        double want =
            (j == 6 ? sqrt(N / 2.0) : 0.0) + sqrt(2.0 / N) * sin(PI * 101.0 * (double)(j + 1) / N);
        assert_near(y[j], want, 1e-11);
        squares += y[j] * y[j];
    }
    assert_near(squares, sum, 1e-10);
    spectral_of_rate(&s, v, y);
    assert_near(y[6], sqrt(N / 2.0) + sqrt(2.0 / N) * sin(PI * 101.0 * 7.0 / N), 1e-11);
    spectral_clear(&s);
    /* twice as many frames, of twice as fine a path of the same shape, in groups of two: S per frame is half */
    double coarse[N];
    spectral_init(&s, 2 * N, N);
    assert_int_equal(s.group, 2);
    for (size_t k = 0; k < 2 * N; k++)
        x[k] = cos(PI * 2.0 * ((double)k + 0.5) / (2.0 * N));
    spectral_of_path(&s, x, coarse);
    Spectral whole;
    spectral_init(&whole, 2 * N, 2 * N);
    double fine[2 * N];
    spectral_of_path(&whole, x, fine);
    assert_near(coarse[1] / fine[1], 1.0, 1e-2);
    spectral_clear(&whole);
    spectral_clear(&s);
}

/* A cage that is never left has no long-time limit, whatever the number of ions; no points and no motion are no numbers. */
static void no_plateau(void **state)
{
    (void)state;
    double p[64];
    for (size_t j = 0; j < 64; j++)
        p[j] = (double)((j + 1) * (j + 1));
    SpectralFit fit;
    spectral_fit(64, p, 300.0, &fit);
    assert_false(fit.plateau);
    spectral_fit_clear(&fit);
    memset(p, 0, sizeof p);
    spectral_fit(64, p, 3.0, &fit);
    assert_true(fit.value == 0.0 && fit.cutoff == 0);
    spectral_fit_clear(&fit);
    spectral_fit(0, p, 3.0, &fit);
    assert_true(isnan(fit.value));
    spectral_fit_clear(&fit);
}

/* The shortest runs: no crash, no number. */
/* A crystal whose ions sway together in modes of all periods up to 67 frames, seen for a few of the longest: bounded motion. A
 * polynomial that looks at the whole of the spectrum sees a level; the lowest points say that nothing is carried away. */
static void swaying_together(void **state)
{
    (void)state;
    enum { DRAWS = 100, SWAY = 300, IONS = 24, MODES = 8 };
    int plateaus = 0;
    for (int run = 0; run < DRAWS; run++) {
        Spectral s;
        SpectralFit fit;
        double *x = MEM_NEW(double, 3 * SWAY), *y = MEM_NEW(double, SWAY),
               *p = MEM_NEW(double, SWAY);
        double r[3][MODES] = {{0}}, v[3][MODES] = {{0}};
        for (size_t k = 0; k < SWAY + 500; k++)
            for (size_t a = 0; a < 3; a++)
                for (uint32_t m = 0; m < MODES; m++) {
                    double w = 9.0 * pow(1.4, m) * acos(-1.0) / (SWAY + 1.0), z[3];
                    normal(run, k, 30 + (uint32_t)a + 3 * m, z);
                    v[a][m] += -w * w * r[a][m] - 0.5 * w * v[a][m] + 0.02 * w * z[0];
                    r[a][m] += v[a][m];
                    if (k >= 500)
                        x[a * SWAY + k - 500] += r[a][m];
                }
        spectral_init(&s, SWAY, SPECTRAL_MOST);
        for (size_t i = 0; i < IONS; i++) /* each follows, with a small motion of its own */
            for (size_t a = 0; a < 3; a++) {
                double own[SWAY];
                for (size_t k = 0; k < SWAY; k++) {
                    double z[3];
                    normal(run, k, 100 + (uint32_t)(3 * i + a), z);
                    own[k] = x[a * SWAY + k] + 0.01 * z[0];
                }
                spectral_of_path(&s, own, y);
                for (size_t j = 0; j < s.n; j++)
                    p[j] += y[j] * y[j] / (3.0 * IONS);
            }
        spectral_fit(s.n, p, 3.0 * IONS, &fit);
        plateaus += fit.plateau && fit.windows >= 8.0; /* as transport_judge asks */
        spectral_fit_clear(&fit);
        spectral_clear(&s);
        free(x), free(y), free(p);
    }
    print_message("  swaying together: a number in %d of %d runs\n", plateaus, DRAWS);
    assert_true(plateaus <= DRAWS / 50);
}

static void few_frames(void **state)
{
    (void)state;
    double x[8] = {0, 1, 0, 2, 1, 3, 2, 4}, y[8];
    for (size_t frames = 0; frames <= 8; frames++) {
        Spectral s;
        SpectralFit fit;
        SpectralTimes t;
        spectral_init(&s, frames, 6);
        spectral_of_path(&s, x, y);
        for (size_t j = 0; j < s.n; j++)
            y[j] *= y[j];
        spectral_fit(s.n, y, 1.0, &fit);
        spectral_times_init(&t, &fit, s.n);
        spectral_times_add(&t, y, 1.0);
        (void)spectral_error(&t, NULL, fit.gamma);
        assert_true(frames < 3 ? s.n == 0 : fit.windows < 8.0);
        spectral_times_clear(&t);
        spectral_fit_clear(&fit);
        spectral_clear(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sine_transform),
        cmocka_unit_test(no_plateau),
        cmocka_unit_test(swaying_together),
        cmocka_unit_test(few_frames),
        cmocka_unit_test(bounds_of_short_runs),
        cmocka_unit_test(pulls_of_a_random_walk),
        cmocka_unit_test(pulls_of_a_persistent_walk),
        cmocka_unit_test(pulls_of_a_smooth_walk),
        cmocka_unit_test(pulls_of_a_caged_walk),
        cmocka_unit_test(pulls_of_rare_hops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
