/* A torn BH4 is an error at once, not an ever larger ion. */
#include "ffcase.h"

static Comm *world;

static void torn_ion_is_an_error(void **state)
{
    (void)state;
    Sample s;
    FfCase k;
    gamma_sample(&s);
    FfOptions o = ffcase_options(COULOMB_P3M, 7.0, 1e-3);
    ffcase_open(&k, world, &s, &o);
    assert_ok(forcefield_compute(k.ff, k.d, &k.a, &k.r));
    int32_t ion = 0;
    while (k.a.ion_kind[ion] != ION_BH4)
        ion++;
    k.a.x[k.a.ion_first[ion] + 2][0] += 4.5;
    assert_int_equal(forcefield_compute(k.ff, k.d, &k.a, &k.r), ERR_NUMERICAL);
    assert_non_null(strstr(err_message(), "is torn: B-H"));
    ffcase_close(&k);
    sample_clear(&s);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(torn_ion_is_an_error)};
    world = comm_start(&argc, &argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
