/* Barriers of a catalogue as a network takes them: means over the paths of an ion, and whom those are like that it left out. */
#include "check.h"

#include "app/network_computed.h"

#include <math.h>
#include <stdlib.h>

static ComputedPath paths[] = {
    {BARRIERS_LINK, 2, 180.0, 1.0, 0.30, 1e13},
    {BARRIERS_BOND, 2, 120.0, 1.0, 0.20, 1e12},
    {BARRIERS_BOND, 2, 120.0, 1.0, 0.40, 1e14},
    {BARRIERS_LINK, 5, 180.0, 6.0, 0.50, 1e13},
    {BARRIERS_BOND, 5, 120.0, 6.0, 0.10, NAN},
    {BARRIERS_LINK, 7, 180.0, 1.0, 0.60, 1e13}, /* no bond */
    {BARRIERS_HOP, 1, NAN, 4.0, 1.00, 1e13},
};
static const NetworkComputed all = {sizeof paths / sizeof *paths, paths, 3};

static void ways_and_means(void **state)
{
    (void)state;
    struct BuildWay way[BUILD_WAYS];
    double b, nu;
    assert_int_equal(network_computed_ways(&all, BARRIERS_BOND, 120.0, 2, NAN, way), 2);
    assert_near(way[0].barrier, 0.20, 1e-15);
    assert_near(way[0].attempt, 0.5e12, 1e-2); /* the rates are shared by the axes */
    assert_near(way[1].barrier, 0.40, 1e-15);
    assert_near(way[1].attempt, 0.5e14, 1e-2);
    assert_int_equal(network_computed_ways(&all, BARRIERS_BOND, 120.0, 5, NAN, way), 1);
    assert_true(isnan(way[0].attempt));
    assert_int_equal(network_computed_ways(&all, BARRIERS_BOND, 120.0, 5, 3e12, way), 1);
    assert_near(way[0].attempt, 3e12, 1e-2);
    assert_int_equal(network_computed_ways(&all, BARRIERS_LINK, 180.0, 3, NAN, way), 0);
    assert_true(
        network_computed_mean(&all, BARRIERS_LINK, &b, &nu)); /* each as often as it is there */
    assert_near(b, (0.3 + 6 * 0.5 + 0.6) / 8, 1e-15);
    assert_near(nu, 1e13, 1.0);
    assert_false(network_computed_mean(&all, BARRIERS_ACROSS, &b, &nu));
}

/* BH4 2 and 5 have all that is asked for, 7 lacks a bond: the other 3998 are like 2 or 5, one to three. */
static void kinds(void **state)
{
    (void)state;
    enum { ROTORS = 4000 };
    double wanted[BARRIERS_GROUPS] = {[BARRIERS_LINK] = 180.0,
                                      [BARRIERS_ACROSS] = NAN,
                                      [BARRIERS_BOND] = 120.0,
                                      [BARRIERS_HOP] = NAN,
                                      [BARRIERS_VACANCY] = NAN};
    int n;
    int64_t *source;
    int32_t *like, *again;
    network_computed_kinds(&all, wanted, ROTORS, &n, &source, &like);
    assert_int_equal(n, 2);
    assert_int_equal(source[0], 2);
    assert_int_equal(source[1], 5);
    assert_int_equal(like[1], 0);
    assert_int_equal(like[4], 1);
    double first = 0.0;
    for (int m = 0; m < ROTORS; m++)
        first += like[m] == 0;
    assert_near(first / ROTORS, 0.25, 4.0 * sqrt(0.25 * 0.75 / ROTORS));
    free(source);
    network_computed_kinds(&all, wanted, ROTORS / 2, &n, &source,
                           &again); /* a function of the BH4 */
    assert_memory_equal(like, again, ROTORS / 2 * sizeof *like);
    free(source), free(like), free(again);
    wanted[BARRIERS_ACROSS] = 180.0;
    network_computed_kinds(&all, wanted, ROTORS, &n, &source, &like);
    assert_int_equal(n, 0);
    free(source), free(like);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ways_and_means), cmocka_unit_test(kinds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
