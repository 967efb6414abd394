/* The self part of the van Hove function of motions whose every step is known. */
#include "observe.h"

#include "analysis/van_hove.h"
#include "base/rng.h"

#include <math.h>

static Comm *world;
static const char *const path = "test_van_hove.h5";

static const ConstructedOptions c3 = {.ions = 96,
                                      .motion = CONSTRUCTED_C3,
                                      .tau = 3.0,
                                      .c3_fraction = 1.0,
                                      .bond = 1.22,
                                      .spacing = 6.0,
                                      .frequency = 60.0,
                                      .walk_time = 10.0,
                                      .frames = 1000,
                                      .interval = 0.1,
                                      .seed = 3};

typedef struct Result {
    size_t nt, nr;
    double *t, *r, *g, *g_error, *beyond, *msd, *msd_error, *alpha2, *alpha2_error;
} Result;

static Result read_result(void)
{
    Result v = {0};
    size_t d[2];
    H5 *f;
    assert_ok(h5_open(path, false, &f));
    v.t = observe_read(f, "t", 1, &v.nt);
    v.r = observe_read(f, "r", 1, &v.nr);
    v.g = observe_read(f, "G_s", 2, d);
    v.g_error = observe_read(f, "G_s_error", 2, d);
    v.beyond = observe_read(f, "beyond", 1, d);
    v.msd = observe_read(f, "msd", 1, d);
    v.msd_error = observe_read(f, "msd_error", 1, d);
    v.alpha2 = observe_read(f, "alpha2", 1, d);
    v.alpha2_error = observe_read(f, "alpha2_error", 1, d);
    h5_close(f);
    unlink(path);
    return v;
}

static void free_result(Result *v)
{
    free(v->t), free(v->r), free(v->g), free(v->g_error), free(v->beyond), free(v->msd);
    free(v->msd_error), free(v->alpha2), free(v->alpha2_error);
}

static void assert_normalised(const Result *v)
{
    double step = v->r[1] - v->r[0];
    for (size_t k = 0; k < v->nt; k++) {
        double sum = v->beyond[k];
        for (size_t b = 0; b < v->nr; b++)
            sum += step * v->g[k * v->nr + b];
        assert_near(sum, 1.0, 1e-12);
    }
}

/* One H of four stays; the others are elsewhere with 2/3 (1 - exp(-1.5 t/tau)), at the H-H distance. So r takes two values
 * and alpha2 = 3/(5 p) - 1 with p the share that is elsewhere. */
static void c3_jumps(void **state)
{
    (void)state;
    observe(world, "van_hove", "tmax: 20 ps\ngroups: 16\n", &c3, path);
    Result v = read_result();
    assert_normalised(&v);
    double edge = c3.bond * sqrt(8.0 / 3.0), step = v.r[1] - v.r[0];
    assert_true(v.nt > 20);
    assert_near(v.g[0] * step, 1.0, 1e-12);
    for (size_t k = 1; k < v.nt; k++) {
        double moved = 0.5 * (1.0 - exp(-1.5 * v.t[k] / c3.tau));
        for (size_t b = 0; b < v.nr; b++) {
            double truth = b == 0 ? 1.0 - moved : fabs(v.r[b] - edge) < 0.5 * step ? moved : 0.0;
            assert_near(v.g[k * v.nr + b] * step, truth,
                        5.0 * v.g_error[k * v.nr + b] * step + 1e-12);
        }
        assert_near(v.msd[k], moved * edge * edge, 5.0 * v.msd_error[k] + 1e-3);
        assert_near(v.alpha2[k], 0.6 / moved - 1.0, 5.0 * v.alpha2_error[k] + 1e-2 * 0.6 / moved);
    }
    assert_true(v.g_error[(v.nt - 1) * v.nr] * step < 0.02 && v.msd_error[v.nt - 1] > 1e-3);
    assert_true(isnan(v.alpha2[0]) && v.msd[0] == 0.0);
    free_result(&v);
}

typedef struct Gas {
    const Sample *start;
    double speed, interval; /* sqrt(kT/m) [A/ps], [ps] */
} Gas;

static void place_gas(void *context, int64_t k, double (*x)[3])
{
    const Gas *gas = context;
    for (int64_t a = 0; a < gas->start->n; a++) {
        double v[3];
        rng_normal3(5, RNG_TEST, 0, (uint64_t)a, 0, v);
        for (int i = 0; i < 3; i++)
            x[a][i] = gas->start->x[a][i] + gas->speed * v[i] * gas->interval * (double)k;
    }
}

/* Share of Maxwell's distances below r, width s along each axis. */
static double maxwell_below(double r, double s)
{
    double y = r / s;
    return erf(y / sqrt(2.0)) - sqrt(2.0 / acos(-1.0)) * y * exp(-0.5 * y * y);
}

static void free_flight_is_gaussian(void **state)
{
    (void)state;
    ConstructedOptions o = c3;
    o.ions = 500;
    o.motion = CONSTRUCTED_REST;
    Constructed *c;
    assert_ok(constructed_new(&o, &c));
    Gas gas = {constructed_sample(c), 2.0, 0.05};
    observe_motion(world, "van_hove",
                   "tmax: 1 ps\ngroups: 20\nr_step: 0.1 angstrom\nr_max: 15 angstrom\n", gas.start,
                   gas.interval, 30, place_gas, &gas, path);
    constructed_free(c);
    Result v = read_result();
    assert_normalised(&v);
    for (size_t k = 1; k < v.nt; k++) {
        double s = gas.speed * v.t[k], step = v.r[1] - v.r[0];
        assert_near(v.msd[k], 3.0 * s * s, 5.0 * v.msd_error[k]);
        assert_near(v.alpha2[k], 0.0, 5.0 * v.alpha2_error[k]);
        assert_true(v.alpha2_error[k] < 0.1);
        double chi2 = 0.0, n = 0.0;
        for (size_t b = 0; b < v.nr; b++) {
            double truth =
                maxwell_below(v.r[b] + 0.5 * step, s) - maxwell_below(v.r[b] - 0.5 * step, s);
            double pull = (v.g[k * v.nr + b] * step - truth) / (v.g_error[k * v.nr + b] * step);
            if (truth < 5e-3)
                continue;
            chi2 += pull * pull;
            n += 1.0;
        }
        assert_true(chi2 < 2.0 * n + 10.0);
    }
    free_result(&v);
}

static void beyond_the_last_bin(void **state)
{
    (void)state;
    observe(world, "van_hove", "tmax: 20 ps\nr_max: 1 angstrom\n", &c3, path);
    Result v = read_result();
    assert_normalised(&v);
    assert_near(v.beyond[v.nt - 1], 0.5, 0.05);
    free_result(&v);
}

static void moments(void **state)
{
    (void)state;
    int64_t h[3] = {4, 0, 4};
    double m[2];
    van_hove_moments(3, h, 2.0, m); /* at 1 and 5 */
    assert_near(m[0], 13.0, 1e-14);
    assert_near(m[1], 313.0, 1e-12);
    assert_near(van_hove_alpha2(m), 0.6 * 313.0 / 169.0 - 1.0, 1e-14);
    assert_true(isnan(van_hove_alpha2((double[2]){0, 0})));
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments),
        cmocka_unit_test(c3_jumps),
        cmocka_unit_test(free_flight_is_gaussian),
        cmocka_unit_test(beyond_the_last_bin),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
