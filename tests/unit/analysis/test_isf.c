/* I(Q,t) and EISF of constructed trajectories against their exact answers; the histogram against a naive one. */
#include "observe.h"

#include "analysis/displacements.h"
#include "analysis/displacements_kernel.h"
#include "analysis/isf.h"
#include "analysis/models.h"
#include "analysis/orient.h"
#include "analysis/trace.h"
#include "base/rng.h"
#include "base/vec.h"

static Comm *world;
static const char *const path = "test_isf.h5";

static const ConstructedOptions c3 = {.ions = 64,
                                      .motion = CONSTRUCTED_C3,
                                      .tau = 3.0,
                                      .c3_fraction = 1.0,
                                      .bond = 1.22,
                                      .spacing = 6.0,
                                      .frequency = 60.0,
                                      .walk_time = 10.0,
                                      .frames = 1200,
                                      .interval = 0.1,
                                      .seed = 7};

/* I(Q,t) at all lags and both EISF within 5 standard errors of truth. */
static void compare_isf(const ConstructedOptions *o, const char *yaml)
{
    observe(world, "isf", yaml, o, path);
    H5 *f;
    assert_ok(h5_open(path, false, &f));
    size_t d[3];
    double *t = observe_read(f, "t", 1, d), *q = observe_read(f, "Q", 1, d);
    double *i = observe_read(f, "I_Q_t", 2, d), *s = observe_read(f, "I_Q_t_error", 2, d);
    size_t nq = d[0], nt = d[1];
    double *plateau = observe_read(f, "eisf_plateau", 1, d),
           *error = observe_read(f, "eisf_plateau_error", 1, d);
    double *corrected = observe_read(f, "eisf_time_average_corrected", 1, d);
    double *average = observe_read(f, "eisf_time_average", 1, d);
    double *average_error = observe_read(f, "eisf_time_average_error", 1, d);
    assert_true(nq == 20 && nt > 30);
    for (size_t a = 0; a < nq; a++) {
        assert_near(i[a * nt], 1.0, 0.0);
        for (size_t k = 1; k < nt; k++)
            assert_near(i[a * nt + k], constructed_exact(o, q[a], t[k]),
                        5.0 * s[a * nt + k] + 1e-6);
        double flat = constructed_eisf(o, q[a]);
        double w = exp(-q[a] * q[a] * o->vibration * o->vibration);
        if (o->vibration == 0.0) {
            assert_near(plateau[a], flat, 5.0 * error[a]);
            assert_near(corrected[a], flat, 5.0 * average_error[a]);
            assert_true(average[a] > corrected[a]);
        } else {
            assert_true(plateau[a] < flat + 5.0 * error[a] && plateau[a] > flat * w * w * 0.9);
        }
    }
    /* errors are neither absurdly small nor large: a few times 1e-2 at most, and not zero */
    assert_true(s[(nq - 1) * nt + 30] > 1e-4 && s[(nq - 1) * nt + 30] < 3e-2);
    free(t), free(q), free(i), free(s), free(plateau), free(error), free(corrected), free(average);
    free(average_error);
    h5_close(f);
    unlink(path);
}

static void c3_jumps(void **state)
{
    (void)state;
    compare_isf(&c3, "tmax: 60 ps\nlinear: 20\nper_octave: 6\nplateau_start: 15 ps\n");
}

static void c2_jumps(void **state)
{
    (void)state;
    ConstructedOptions o = c3;
    o.motion = CONSTRUCTED_C2;
    compare_isf(&o, "tmax: 60 ps\nlinear: 20\nper_octave: 6\nplateau_start: 15 ps\n");
}

static void tetrahedral_jumps_with_vibration(void **state)
{
    (void)state;
    ConstructedOptions o = c3;
    o.motion = CONSTRUCTED_TETRAHEDRAL;
    o.c3_fraction = 0.7;
    o.vibration = 0.08;
    o.frequency = 7.3;
    compare_isf(&o, "tmax: 60 ps\nlinear: 20\nper_octave: 6\nplateau_start: 15 ps\n");
}

typedef struct Gas {
    const Sample *start;
    double speed2, interval; /* kT/m [A^2/ps^2], [ps] */
    bool line;               /* only along x */
} Gas;

static void place_gas(void *context, int64_t k, double (*x)[3])
{
    const Gas *gas = context;
    for (int64_t a = 0; a < gas->start->n; a++) {
        double v[3];
        rng_normal3(5, RNG_TEST, 0, (uint64_t)a, 0, v);
        for (int i = 0; i < 3; i++)
            x[a][i] =
                gas->start->x[a][i] +
                (gas->line && i > 0 ? 0.0 : sqrt(gas->speed2) * v[i] * gas->interval * (double)k);
    }
}

/* H that fly freely with Maxwell's velocities: exp(-Q^2 (kT/m) t^2/2). */
static void ideal_gas(void **state)
{
    (void)state;
    ConstructedOptions o = c3;
    o.ions = 256;
    o.motion = CONSTRUCTED_REST;
    Constructed *c;
    assert_ok(constructed_new(&o, &c));
    Gas gas = {constructed_sample(c), 4.0, 0.05, false};
    observe_motion(world, "isf", "tmax: 1.5 ps\ngroups: 16\n", gas.start, gas.interval, 40,
                   place_gas, &gas, path);
    constructed_free(c);
    H5 *f;
    assert_ok(h5_open(path, false, &f));
    size_t d[2], nt;
    double *t = observe_read(f, "t", 1, &nt), *q = observe_read(f, "Q", 1, d);
    double *i = observe_read(f, "I_Q_t", 2, d), *e = observe_read(f, "I_Q_t_error", 2, d);
    for (size_t a = 0; a < d[0]; a++)
        for (size_t k = 0; k < nt; k++)
            assert_near(i[a * nt + k], models_ideal_gas(q[a], t[k], gas.speed2),
                        5.0 * e[a * nt + k] + 1e-6);
    assert_true(i[d[0] * nt - 1] < 0.1 && e[nt - 1] < 0.02);
    free(t), free(q), free(i), free(e);
    h5_close(f);
    unlink(path);
}

/* Gaussian motion along one line: the powder average is an error function, and not what the Gaussian approximation makes
 * of the same mean squared displacement. */
static void motion_along_a_line_is_not_gaussian(void **state)
{
    (void)state;
    ConstructedOptions o = c3;
    o.ions = 256;
    o.motion = CONSTRUCTED_REST;
    Constructed *c;
    assert_ok(constructed_new(&o, &c));
    Gas gas = {constructed_sample(c), 4.0, 0.05, true};
    observe_motion(world, "isf", "tmax: 1.5 ps\ngroups: 16\n", gas.start, gas.interval, 40,
                   place_gas, &gas, path);
    constructed_free(c);
    H5 *f;
    assert_ok(h5_open(path, false, &f));
    size_t d[2], nt;
    double most = 0.0;
    double *t = observe_read(f, "t", 1, &nt), *q = observe_read(f, "Q", 1, d);
    double *i = observe_read(f, "I_Q_t", 2, d), *e = observe_read(f, "I_Q_t_error", 2, d);
    for (size_t a = 0; a < d[0]; a++)
        for (size_t k = 1; k < nt; k++) {
            double y = q[a] * sqrt(gas.speed2) * t[k];
            assert_near(i[a * nt + k], sqrt(0.5 * acos(-1.0)) / y * erf(y / sqrt(2.0)),
                        5.0 * e[a * nt + k] + 1e-6);
            most = fmax(most, fabs(i[a * nt + k] - exp(-y * y / 6.0)) / e[a * nt + k]);
        }
    assert_true(most > 20.0);
    free(t), free(q), free(i), free(e);
    h5_close(f);
    unlink(path);
}

/* Any grain gives the same: the powder average is exact, not one over a set of directions. */
static void place_turned(void *context, int64_t k, double (*x)[3])
{
    static const double turn[4] = {0.5, -0.1, 0.7, 0.5};
    Constructed *c = context;
    double q[4];
    memcpy(q, turn, sizeof q);
    quat_normalise(q);
    constructed_frame(c, k, x);
    for (int64_t a = 0; a < constructed_sample(c)->n; a++) {
        double y[3];
        quat_rotate(q, x[a], y);
        memcpy(x[a], y, sizeof y);
    }
}

static double *curve(const ConstructedOptions *o, ObservePlace *place, size_t d[2])
{
    Constructed *c;
    assert_ok(constructed_new(o, &c));
    observe_motion(world, "isf", "tmax: 20 ps\n", constructed_sample(c), o->interval, o->frames,
                   place, c, path);
    constructed_free(c);
    H5 *f;
    assert_ok(h5_open(path, false, &f));
    double *i = observe_read(f, "I_Q_t", 2, d);
    h5_close(f);
    unlink(path);
    return i;
}

static void every_grain_is_alike_and_seeds_count(void **state)
{
    (void)state;
    size_t d[2];
    ConstructedOptions o = c3;
    o.frames = 400;
    o.vibration = 0.05;
    double *once = curve(&o, observe_constructed, d), *turned = curve(&o, place_turned, d);
    double *again = curve(&o, observe_constructed, d);
    o.seed++;
    double *other = curve(&o, observe_constructed, d);
    for (size_t k = 0; k < d[0] * d[1]; k++)
        assert_near(turned[k], once[k], 2e-6);
    assert_memory_equal(once, again, d[0] * d[1] * sizeof *once);
    assert_memory_not_equal(once, other, d[0] * d[1] * sizeof *once);
    free(once), free(turned), free(again), free(other);
}

/* |<exp iQr>_T|^2 is too high by (1 - A0) times what G4.3 of n samples says, not by nothing. */
static void time_average_is_biased_as_stated(void **state)
{
    (void)state;
    ConstructedOptions o = c3;
    o.motion = CONSTRUCTED_C2;
    o.ions = 500;
    o.frames = 500;
    observe(world, "isf", "tmax: 10 ps\ngroups: 50\n", &o, path);
    H5 *f;
    assert_ok(h5_open(path, false, &f));
    size_t nq;
    double *q = observe_read(f, "Q", 1, &nq), *a = observe_read(f, "eisf_time_average", 1, &nq);
    double *e = observe_read(f, "eisf_time_average_error", 1, &nq);
    int64_t skip = 1;
    while ((o.frames - 1) / skip + 1 > 128)
        skip *= 2;
    size_t n = (size_t)((o.frames - 1) / skip + 1);
    double bias =
        models_sample_average_bias(n, exp(-constructed_rate(&o) * (double)skip * o.interval));
    assert_near(bias, models_time_average_bias(constructed_rate(&o), 50.0), 0.1 * bias);
    for (size_t k = 0; k < nq; k++) {
        double a0 = constructed_eisf(&o, q[k]);
        assert_near(a[k], a0 + (1.0 - a0) * bias, 5.0 * e[k]);
        assert_true(a[k] > a0 + 5.0 * e[k]);
    }
    free(q), free(a), free(e);
    h5_close(f);
    unlink(path);
}

enum { ROOM = 2500, BINS = 300 };

static void random_rows(float x[3 * ROOM])
{
    for (int i = 0; i < 3 * ROOM; i++) {
        double u[2];
        rng_uniform2(1, RNG_TEST, 0, (uint64_t)i, 0, u);
        x[i] = (float)(0.2 * u[0]);
    }
}

/* Counts by the plainest loop: origins first, first + stride, .. below n. */
static void plain_counts(const float *x, int64_t lag, int64_t first, int64_t stride, int64_t n,
                         int64_t h[BINS + 1])
{
    memset(h, 0, (BINS + 1) * sizeof *h);
    for (int64_t t = first; t < n; t += stride) {
        float d[3];
        for (int i = 0; i < 3; i++)
            d[i] = x[i * ROOM + t + lag] - x[i * ROOM + t];
        float r = 1000.0F * sqrtf(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
        h[r < BINS ? (int)r : BINS]++;
    }
}

static void assert_counts(const uint32_t *h, const int64_t *plain)
{
    for (int b = 0; b <= BINS; b++) {
        int64_t sum = 0;
        for (int k = 0; k < DISPLACEMENTS_COPIES; k++)
            sum += h[b * DISPLACEMENTS_COPIES + k];
        assert_int_equal(sum, plain[b]);
    }
}

static void kernels_count_like_a_plain_loop(void **state)
{
    (void)state;
    static float x[3 * ROOM];
    static uint32_t h[2][(BINS + 1) * DISPLACEMENTS_COPIES];
    int64_t plain[BINS + 1];
    random_rows(x);
    static const int64_t lags[][2] = {{0, 1}, {1, 2}, {17, 499}, {1400, 1499}};
    for (size_t k = 0; k < sizeof lags / sizeof *lags; k++)
        for (int64_t n = 1; n <= ROOM - lags[k][1]; n += 333) {
            memset(h, 0, sizeof h);
            displacements_kernel_two(x, ROOM, lags[k], n, 1000.0F, BINS, h[0], h[1]);
            for (int i = 0; i < 2; i++) {
                plain_counts(x, lags[k][i], 0, 1, n, plain);
                assert_counts(h[i], plain);
            }
            memset(h, 0, sizeof h);
            displacements_kernel_one(x, ROOM, lags[k][1], n, 1000.0F, BINS, h[0]);
            assert_counts(h[0], plain);
            displacements_kernel_strided(x, ROOM, lags[k][1], 3, 7, n, 1000.0F, BINS, h[1]);
            plain_counts(x, lags[k][1], 3, 7, n, plain);
            assert_counts(h[1], plain);
        }
}

/* A long run through a short buffer, with every kind of lag: each pair is counted once, in the right bin. */
static void pairs_are_counted_once_as_frames_go_by(void **state)
{
    (void)state;
    enum { FRAMES = 1500, POINTS = 5 };
    static float walk[POINTS][3][FRAMES];
    static const size_t group[POINTS] = {0, 0, 0, 1, 1};
    static const double q[2] = {0.7, 2.0};
    for (int64_t stride = 1; stride <= 3; stride += 2)
        for (int known = 0; known < 2; known++) {
            DisplacementPlan plan = {
                .points = POINTS,
                .groups = 2,
                .group = group,
                .bin = 0.01,
                .rmax = 15.0,
                .nq = 2,
                .q = q,
                .split = true,
                .lags = {.tmax = 80.0, .linear = 12, .per_octave = 3, .stride = stride}};
            Displacements d;
            displacements_init(&d, &plan, known ? 0.5 : 0.0, known ? FRAMES : 0);
            double x[POINTS][3] = {{0}};
            for (int k = 0; k < FRAMES; k++) {
                for (int p = 0; p < POINTS; p++) {
                    double step[3];
                    rng_normal3(3, RNG_TEST, (uint64_t)k, (uint64_t)p, 0, step);
                    for (int i = 0; i < 3; i++) {
                        x[p][i] += 0.2 * step[i];
                        walk[p][i][k] = (float)(0.1 * x[p][i]);
                    }
                }
                displacements_frame(&d, NULL, 0.5 * k, (const double(*)[3])x);
            }
            assert_true(d.capacity < 600); /* 160 + 256 frames at a time */
            assert_ok(displacements_finish(&d, world, "test"));
            assert_int_equal(d.lags.lag[d.lags.n - 1], 160);
            double *mean = mem_new(2 * 2 * d.lags.n, sizeof *mean);
            displacements_means(&d, mean);
            for (size_t k = 0; k < d.lags.n; k++) {
                int64_t *plain = mem_new(2 * (size_t)(d.width + 1), sizeof *plain);
                double sum[2][2] = {{0}}, pairs[2] = {0};
                for (int p = 0; p < POINTS; p++)
                    for (int64_t t = 0; t + d.lags.lag[k] < FRAMES; t += stride) {
                        float v[3];
                        for (int i = 0; i < 3; i++)
                            v[i] = walk[p][i][t + d.lags.lag[k]] - walk[p][i][t];
                        float r = 1000.0F * sqrtf(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
                        int b = r < 1500.0F ? (int)r : d.width;
                        plain[group[p] * (size_t)(d.width + 1) + (size_t)b]++;
                        pairs[group[p]] += 1.0;
                        for (int i = 0; i < 2 && b < d.width; i++)
                            sum[group[p]][i] += models_j0(q[i] * (b + 0.5) * 0.01);
                    }
                for (size_t g = 0; g < 2; g++) {
                    assert_memory_equal(displacements_row(&d, g, k),
                                        plain + g * (size_t)(d.width + 1),
                                        (size_t)(d.width + 1) * sizeof *plain);
                    for (size_t i = 0; i < 2 && k > 0; i++)
                        assert_near(mean[(g * 2 + i) * d.lags.n + k], sum[g][i] / pairs[g], 1e-8);
                }
                free(plain);
            }
            free(mean);
            displacements_clear(&d);
        }
}

static void histogram_bias_is_as_stated(void **state)
{
    (void)state;
    /* distances spread evenly over one bin */
    double q = 2.2, width = 0.05, r = 1.7, mean = 0.0;
    int64_t h[100] = {0};
    for (int i = 0; i < 1000; i++) {
        double x = r + width * (i + 0.5) / 1000.0;
        mean += sin(q * x) / (q * x) / 1000.0;
    }
    h[34] = 1000;
    double bias = isf_transform(q, width, 100, h, 1000) - mean;
    assert_true(fabs(bias) < q * width * q * width / 24.0);
    assert_true(fabs(bias) > 0.0);
}

static void window_mean(void **state)
{
    (void)state;
    double t[4] = {0, 1, 2, 4}, f[4] = {0, 1, 2, 4};
    assert_near(isf_window_mean(4, t, f, 1.5, 3.5), 2.5, 1e-14);
    assert_near(isf_window_mean(4, t, f, 9.0, 10.0), 4.0, 1e-14);
}

static void horn_finds_the_rotation(void **state)
{
    (void)state;
    double g[ORIENT_ROTATIONS][4], body[4][3];
    orient_group(g);
    for (int mirrored = 0; mirrored < 2; mirrored++)
        for (int k = 0; k < 40; k++) {
            double q[4], z[3], bond[4][3], found[4];
            rng_normal3(2, RNG_TEST, 0, (uint64_t)k, 0, q);
            rng_normal3(2, RNG_TEST, 0, (uint64_t)k, 1, z);
            q[3] = z[0];
            quat_normalise(q);
            orient_body(mirrored, body);
            for (int h = 0; h < 4; h++) {
                quat_rotate(q, body[h], bond[h]);
                for (int i = 0; i < 3; i++)
                    bond[h][i] *= 1.22;
            }
            assert_int_equal(orient_is_mirrored((const double(*)[3])bond), mirrored);
            orient_horn((const double(*)[3])bond, mirrored, found);
            assert_near(fabs(quat_dot(q, found)), 1.0, 1e-13);
        }
    /* twelve different rotations that map the corners on themselves */
    orient_body(false, body);
    for (int k = 0; k < ORIENT_ROTATIONS; k++) {
        for (int h = 0; h < 4; h++) {
            double u[3], best = -1.0;
            quat_rotate(g[k], body[h], u);
            for (int m = 0; m < 4; m++)
                best = fmax(best, vec_dot(u, body[m]));
            assert_near(best, 1.0, 1e-14);
        }
        for (int m = 0; m < k; m++)
            assert_true(orient_angle(g[k], g[m]) > 2.0);
    }
}

static void wrapped_positions_are_refused(void **state)
{
    (void)state;
    Cell cell;
    assert_ok(cell_init(&cell, (const double[3][3]){{10, 0, 0}, {0, 12, 0}, {0, 0, 14}}));
    Trace t;
    trace_init(&t, 1, 0);
    double interval;
    trace_add(&t, &cell, 0.0, (const double[1][3]){{9.9, 0, 0}});
    trace_add(&t, &cell, 1.0, (const double[1][3]){{10.1, 0, 0}});
    assert_ok(trace_check(&t, &interval));
    trace_add(&t, &cell, 2.0, (const double[1][3]){{0.2, 0, 0}});
    assert_int_equal(trace_check(&t, &interval), ERR_INPUT);
    assert_non_null(strstr(err_message(), "wrapped"));
    trace_clear(&t);
    trace_init(&t, 1, 0);
    for (int k = 0; k < 200; k++)
        trace_add(&t, &cell, k < 150 ? k : k + 1, (const double[1][3]){{0.01 * k, 0, 0}});
    assert_int_equal(trace_check(&t, &interval), ERR_INPUT);
    assert_non_null(strstr(err_message(), "not equally spaced"));
    assert_near(trace_row(&t, 0, 0)[120], 0.12, 1e-7);
    trace_clear(&t);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_count_like_a_plain_loop),
        cmocka_unit_test(pairs_are_counted_once_as_frames_go_by),
        cmocka_unit_test(histogram_bias_is_as_stated),
        cmocka_unit_test(window_mean),
        cmocka_unit_test(horn_finds_the_rotation),
        cmocka_unit_test(wrapped_positions_are_refused),
        cmocka_unit_test(ideal_gas),
        cmocka_unit_test(motion_along_a_line_is_not_gaussian),
        cmocka_unit_test(every_grain_is_alike_and_seeds_count),
        cmocka_unit_test(time_average_is_biased_as_stated),
        cmocka_unit_test(c3_jumps),
        cmocka_unit_test(c2_jumps),
        cmocka_unit_test(tetrahedral_jumps_with_vibration),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
