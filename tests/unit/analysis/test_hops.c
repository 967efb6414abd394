/* Jumps, displacements and orientation memory of constructed trajectories against their exact answers. */
#include "observe.h"

#include "analysis/models.h"

static Comm *world;
static const char *const path = "test_hops.h5";

static const ConstructedOptions base = {.ions = 64,
                                        .motion = CONSTRUCTED_C3,
                                        .tau = 3.0,
                                        .c3_fraction = 1.0,
                                        .bond = 1.22,
                                        .spacing = 6.0,
                                        .frequency = 7.0,
                                        .walk_time = 2.0,
                                        .frames = 1500,
                                        .interval = 0.05,
                                        .seed = 3};

static double *read_counts(const ConstructedOptions *o, double residence[2], double c2[2])
{
    H5 *f;
    size_t d[1];
    observe(world, "hops", "", o, path);
    assert_ok(h5_open(path, false, &f));
    double *count = observe_read(f, "count", 1, d);
    assert_ok(h5_read_number(f, "residence_time", &residence[0]));
    assert_ok(h5_read_number(f, "residence_time_error", &residence[1]));
    assert_ok(h5_read_number(f, "c2_parallel", &c2[0]));
    assert_ok(h5_read_number(f, "c2_perpendicular", &c2[1]));
    h5_close(f);
    unlink(path);
    return count;
}

/* Between two frames dt apart a C3 rotor is seen to have moved with probability (2/3)(1 - exp(-1.5 dt/tau)). */
static void c3_count_and_residence(void **state)
{
    (void)state;
    for (int vibrates = 0; vibrates < 2; vibrates++) {
        ConstructedOptions o = base;
        o.vibration = vibrates ? 0.09 : 0.0;
        double residence[2], c2[2], *count = read_counts(&o, residence, c2);
        double seen = 2.0 / 3.0 * (1.0 - exp(-1.5 * o.interval / o.tau)), n = 64.0 * 1499.0 * seen;
        assert_near(count[2], n, 3.0 * sqrt(n));
        assert_near(count[0], 0.0, 0.0);
        assert_near(count[1], 0.0, 0.0);
        assert_near(residence[0], o.tau, 3.0 * residence[1] + 0.03 * o.tau);
        free(count);
    }
}

static void c2_count(void **state)
{
    (void)state;
    ConstructedOptions o = base;
    o.motion = CONSTRUCTED_C2;
    double residence[2], c2[2], *count = read_counts(&o, residence, c2);
    double n = 64.0 * 1499.0 * 0.5 * (1.0 - exp(-2.0 * o.interval / o.tau));
    assert_near(count[1], n, 3.0 * sqrt(n));
    assert_near(count[2], 0.0, 0.0);
    assert_near(c2[0] + c2[1], count[1], 0.0);
    /* axes point anywhere: |cos| > 1/sqrt 2 with probability 0.29; 64 axes only */
    assert_near(c2[0] / count[1], 0.293, 4.0 * sqrt(0.293 * 0.707 / 64.0));
    free(count);
}

static void both_kinds(void **state)
{
    (void)state;
    ConstructedOptions o = base;
    o.motion = CONSTRUCTED_TETRAHEDRAL;
    o.c3_fraction = 0.6;
    o.interval = 0.02;
    double residence[2], c2[2], *count = read_counts(&o, residence, c2);
    double jumps = 64.0 * 1499.0 * o.interval / o.tau;
    assert_near(count[1] + count[2], jumps, 3.0 * sqrt(jumps) + 0.01 * jumps);
    assert_near(count[2] / (count[1] + count[2]), 0.6, 3.0 * sqrt(0.24 / jumps) + 0.01);
    free(count);
}

static void rest_gives_an_upper_limit(void **state)
{
    (void)state;
    ConstructedOptions o = base;
    o.motion = CONSTRUCTED_REST;
    o.vibration = 0.09;
    o.frames = 200;
    H5 *f;
    size_t d[1];
    observe(world, "hops", "", &o, path);
    assert_ok(h5_open(path, false, &f));
    double *count = observe_read(f, "count", 1, d), *limit = observe_read(f, "rate_limit_95", 1, d);
    assert_near(count[0] + count[1] + count[2], 0.0, 0.0);
    assert_near(limit[2], 2.9957 / (64.0 * 199.0 * 0.05), 1e-6);
    free(count), free(limit);
    h5_close(f);
    unlink(path);
}

static void walk_displacement(void **state)
{
    (void)state;
    ConstructedOptions o = base;
    o.ions = 256;
    o.motion = CONSTRUCTED_REST;
    o.walk_length = 2.5;
    o.frames = 300;
    o.interval = 0.5;
    observe(world, "msd", "tmax: 20 ps\ngroups: 16\n", &o, path);
    H5 *f;
    size_t d[2];
    assert_ok(h5_open(path, false, &f));
    double *t = observe_read(f, "t", 1, d), *msd = observe_read(f, "msd", 2, d),
           *e = observe_read(f, "msd_error", 2, d);
    size_t nt = d[1];
    int mg = -1;
    double *points = observe_read(f, "points", 1, d);
    for (size_t c = 0; c < d[0]; c++)
        if (points[c] == 128.0)
            mg = (int)c;
    assert_true(mg >= 0);
    for (size_t k = 1; k < nt; k++)
        assert_near(msd[(size_t)mg * nt + k], models_walk_msd(t[k], 1.0 / o.walk_time, 2.5),
                    5.0 * e[(size_t)mg * nt + k]);
    for (size_t k = 0; k < nt; k++)
        assert_near(msd[3 * nt + k], 0.0, 1e-9); /* centres of BH4 */
    double *diffusion = observe_read(f, "diffusion", 1, d),
           *de = observe_read(f, "diffusion_error", 1, d);
    assert_near(diffusion[mg], 6.25 / 12.0, 5.0 * de[mg]);
    assert_true(de[mg] > 0.003 && de[mg] < 0.05);
    free(t), free(msd), free(e), free(points), free(diffusion), free(de);
    h5_close(f);
    unlink(path);
}

/* Two frames give a curve of one lag and no diffusion coefficient, and say so. */
static void two_frames(void **state)
{
    (void)state;
    ConstructedOptions o = base;
    o.walk_length = 2.5;
    o.frames = 2;
    observe(world, "msd", "", &o, path);
    H5 *f;
    size_t d[2], n;
    char **status;
    assert_ok(h5_open(path, false, &f));
    double *diffusion = observe_read(f, "diffusion", 1, d);
    assert_ok(h5_read_texts(f, "diffusion_status", &n, &status));
    assert_int_equal(n, d[0]);
    for (size_t c = 0; c < n; c++) {
        assert_true(isnan(diffusion[c]));
        assert_string_equal(status[c], "not converged: too few frames");
        free(status[c]);
    }
    free(status), free(diffusion);
    h5_close(f);
    unlink(path);
}

/* Tetrahedral jumps: all of u relaxes with rate 1/tau * 4/3 for C3 only (8 nu3 + 4 nu2, nu3 = 1/(8 tau)): C1 = exp;
 * P1 over four equal sites: 1 on the same, -1/3 on another; P2: 1 and -1/3. */
static void orientation_memory(void **state)
{
    (void)state;
    ConstructedOptions o = base;
    o.motion = CONSTRUCTED_TETRAHEDRAL;
    o.interval = 0.1;
    observe(world, "reorient", "tmax: 15 ps\n", &o, path);
    H5 *f;
    size_t d[1];
    assert_ok(h5_open(path, false, &f));
    double *t = observe_read(f, "t", 1, d), *c1 = observe_read(f, "C1", 1, d),
           *e1 = observe_read(f, "C1_error", 1, d);
    double *c2 = observe_read(f, "C2", 1, d), *e2 = observe_read(f, "C2_error", 1, d);
    for (size_t k = 0; k < d[0]; k++) {
        double p = 0.25 + 0.75 * exp(-t[k] / o.tau); /* still on the same site */
        assert_near(c1[k], p - (1.0 - p) / 3.0, 5.0 * e1[k] + 1e-6);
        assert_near(c2[k], p - (1.0 - p) / 3.0, 5.0 * e2[k] + 1e-6);
    }
    free(t), free(c1), free(e1), free(c2), free(e2);
    h5_close(f);
    unlink(path);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c3_count_and_residence),
        cmocka_unit_test(c2_count),
        cmocka_unit_test(both_kinds),
        cmocka_unit_test(rest_gives_an_upper_limit),
        cmocka_unit_test(walk_displacement),
        cmocka_unit_test(two_frames),
        cmocka_unit_test(orientation_memory),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
