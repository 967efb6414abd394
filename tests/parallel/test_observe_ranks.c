/* The same bytes for any number of ranks: each observable is run by all ranks together and by rank 0 alone. */
#include "observe.h"

static Comm *world, *alone;
static const char *const together = "test_ranks_all.h5", *const single = "test_ranks_one.h5";

static const ConstructedOptions o = {.ions = 22,
                                     .motion = CONSTRUCTED_TETRAHEDRAL,
                                     .tau = 1.0,
                                     .c3_fraction = 0.5,
                                     .bond = 1.22,
                                     .spacing = 6.0,
                                     .vibration = 0.07,
                                     .frequency = 31.0,
                                     .walk_length = 1.0,
                                     .walk_time = 2.0,
                                     .frames = 200,
                                     .interval = 0.05,
                                     .seed = 5};

static void compare_i64(H5 *a, H5 *b, const char *name, int rank)
{
    size_t da[3], db[3], n = 1;
    int64_t *x, *y;
    assert_ok(h5_read_i64(a, name, rank, da, &x));
    assert_ok(h5_read_i64(b, name, rank, db, &y));
    for (int i = 0; i < rank; i++) {
        assert_int_equal(da[i], db[i]);
        n *= da[i];
    }
    assert_true(n > 0);
    assert_memory_equal(x, y, n * sizeof *x);
    free(x), free(y);
}

static void compare(H5 *a, H5 *b, const char *name, int rank)
{
    size_t da[3], db[3], n = 1;
    double *x = observe_read(a, name, rank, da), *y = observe_read(b, name, rank, db);
    for (int i = 0; i < rank; i++) {
        assert_int_equal(da[i], db[i]);
        n *= da[i];
    }
    assert_true(n > 0);
    assert_memory_equal(x, y, n * sizeof *x);
    free(x), free(y);
}

/* Both ways; files open on the root, NULL elsewhere. */
static void run(const char *name, const char *yaml, H5 **a, H5 **b)
{
    *a = *b = NULL;
    observe(world, name, yaml, &o, together);
    if (!comm_is_root(world))
        return;
    observe(alone, name, yaml, &o, single);
    assert_ok(h5_open(together, false, a));
    assert_ok(h5_open(single, false, b));
}

static void finish(H5 *a, H5 *b)
{
    if (a == NULL)
        return;
    h5_close(a);
    h5_close(b);
    unlink(together);
    unlink(single);
}

static void isf_bytes(void **state)
{
    (void)state;
    H5 *a, *b;
    run("isf", "linear: 20\n", &a, &b);
    if (a != NULL) {
        compare_i64(a, b, "histogram", 2);
        compare_i64(a, b, "overflow", 1);
        compare(a, b, "I_Q_t", 2);
        compare(a, b, "I_blocks", 3);
        compare(a, b, "eisf_time_average", 1);
    }
    finish(a, b);
}

static void self_functions_bytes(void **state)
{
    (void)state;
    H5 *a, *b;
    run("van_hove", "", &a, &b);
    if (a != NULL) {
        compare(a, b, "G_s", 2);
        compare(a, b, "G_s_error", 2);
        compare(a, b, "alpha2", 1);
        compare(a, b, "alpha2_error", 1);
    }
    finish(a, b);
    run("separation", "", &a, &b);
    if (a != NULL) {
        compare(a, b, "I_whole", 2);
        compare(a, b, "I_translation", 2);
        compare(a, b, "I_rotation_error", 2);
        compare(a, b, "I_vibration", 2);
        compare(a, b, "coupling_error", 2);
    }
    finish(a, b);
}

static void others_bytes(void **state)
{
    (void)state;
    H5 *a, *b;
    run("msd", "", &a, &b);
    if (a != NULL) {
        compare(a, b, "msd", 2);
        compare(a, b, "msd_error", 2);
        compare(a, b, "diffusion", 1);
        compare(a, b, "diffusion_error", 1);
        compare(a, b, "diffusion_bound", 1);
    }
    finish(a, b);
    run("reorient", "", &a, &b);
    if (a != NULL) {
        compare(a, b, "C1", 1);
        compare(a, b, "C2_error", 1);
        compare(a, b, "octupole", 1);
        compare(a, b, "octupole_error", 1);
        compare(a, b, "octupole_collective", 1);
        compare(a, b, "octupole_collective_error", 1);
    }
    finish(a, b);
    run("current", "temperature: 310 K\n", &a, &b);
    if (a != NULL) {
        compare(a, b, "displacement", 2);
        compare(a, b, "msd_self_error", 2);
        compare(a, b, "msd_charge", 1);
        compare(a, b, "diffusion_bound", 1);
        compare(a, b, "conductivity_bound", 0);
        compare(a, b, "conductivity_nernst_einstein_bound", 0);
        compare(a, b, "correlation_bound", 0);
        compare(a, b, "conductivity_spectrum/sigma", 2);
        compare(a, b, "conductivity_spectrum/sigma_error", 2);
    }
    finish(a, b);
    run("hops", "", &a, &b);
    if (a != NULL) {
        compare_i64(a, b, "events/frame", 1);
        compare_i64(a, b, "events/ion", 1);
        compare(a, b, "events/axis", 2);
        compare(a, b, "rate_error_groups", 1);
    }
    finish(a, b);
}

static void collective_bytes(void **state)
{
    (void)state;
    H5 *a, *b;
    run("coherent", "q_max: 1 1/angstrom\nself: true\nper_bin: 7\n", &a, &b);
    if (a != NULL) {
        compare(a, b, "F", 3);
        compare(a, b, "F_error", 3);
        compare(a, b, "F_self", 3);
        compare(a, b, "I_blocks", 3);
        compare(a, b, "I_xray", 2);
        compare(a, b, "S_ab_error", 2);
    }
    finish(a, b);
    run("van_hove_distinct", "lags: [0 ps, 1 ps]\nrmax: 7 angstrom\nbin: 0.1 angstrom\n", &a, &b);
    if (a != NULL) {
        compare_i64(a, b, "count", 3);
        compare(a, b, "g_error", 3);
    }
    finish(a, b);
    run("vdos", "fwhm: 4 meV\n", &a, &b);
    if (a != NULL) {
        compare(a, b, "dos", 2);
        compare(a, b, "dos_error", 2);
        compare(a, b, "kinetic_temperature", 1);
    }
    finish(a, b);
    run("dipole", "temperature: 310 K\nfwhm: 4 meV\n", &a, &b);
    if (a != NULL) {
        compare(a, b, "C_M", 1);
        compare(a, b, "C_M_error", 1);
        compare(a, b, "sigma_error", 1);
        compare(a, b, "alpha", 1);
        compare(a, b, "displacement", 2);
    }
    finish(a, b);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    alone = comm_split(world, comm_rank(world));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(isf_bytes), cmocka_unit_test(self_functions_bytes),
        cmocka_unit_test(others_bytes), cmocka_unit_test(collective_bytes)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_free(alone);
    comm_stop(world);
    return failed;
}
