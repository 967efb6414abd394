/* I(Q,t) from counts of kinetic Monte Carlo against closed forms: BH4 about one C3 axis, one C2 axis, all turns of the tetrahedron
 * (EISF and widths; M. Bee, Quasielastic Neutron Scattering, Adam Hilger 1988, ch. 6), and two wells 90 degrees apart. */
#include "network.h"

#include "lattice/counts.h"
#include "lattice/kmc.h"

static const double KELVIN = 300.0, BOND = 1.22;

static double j0(double x)
{
    return x < 1e-6 ? 1.0 : sin(x) / x;
}

/* Run 2000 independent rotors of a class with these turns; compare I(Q,t) with a0 + (1 - a0) exp(-rate t). */
static void compare(Network *n, double rate, double a0[2], const double q[2])
{
    State s;
    Wiring w;
    Kmc *k;
    Counts c;
    assert_ok(network_check(n, KELVIN));
    assert_ok(state_init(&s, n, (const int[3]){20, 10, 10}));
    assert_ok(wiring_init(&w, n));
    const KmcOptions o = {.temperature = KELVIN, .rotor_speed = 1.0};
    assert_ok(kmc_new(&s, &w, &o, NULL, &k));
    counts_init(&c, &s, 0, s.ncell * n->nrotor, 1, 4, 10);
    assert_int_equal(c.nlag, 17 + 3 * 8);
    assert_int_equal(c.lag[c.nlag - 1], 128);
    KmcClock clock = {.seed = 21};
    const double step = 0.1 / rate;
    for (int i = 0; i < 600; i++) {
        kmc_run(k, &clock, i * step, INT64_MAX);
        counts_sample(&c);
    }
    for (int i = 0; i < 2; i++) {
        double *value = MEM_NEW(double, 2 * c.nlag), *error = value + c.nlag, chi2 = 0.0;
        counts_isf(&c, 0, q[i], BOND, value, error);
        assert_near(value[0], 1.0, 1e-12);
        for (size_t lag = 1; lag < c.nlag; lag++) {
            double want = a0[i] + (1.0 - a0[i]) * exp(-rate * step * (double)c.lag[lag]);
            assert_near(value[lag], want, 5.0 * error[lag] + 1e-4);
            chi2 += (value[lag] - want) * (value[lag] - want) / (error[lag] * error[lag]);
        }
        assert_true(chi2 / (double)(c.nlag - 1) < 6.0); /* lags are correlated */
        free(value);
    }
    counts_clear(&c);
    kmc_free(k);
    wiring_clear(&w);
    state_clear(&s);
    network_clear(n);
}

static double single(double barrier)
{
    return 1e12 * exp(-barrier / (UNITS_KB * KELVIN));
}

static int one_well(Network *n)
{
    *n = (Network){.cell = network_box(5, 5, 5)};
    int class = network_add_rotor_class(n, 1, NULL);
    network_add_rotor(n, class, 0, 0, 0);
    return class;
}

static void closed_forms(void **state)
{
    (void)state;
    const double s = BOND * sqrt(8.0 / 3.0), q[2] = {1.35, 2.2};
    double axis[2], all[2];
    for (int i = 0; i < 2; i++) {
        axis[i] = 0.5 * (1.0 + j0(q[i] * s));
        all[i] = 0.25 * (1.0 + 3.0 * j0(q[i] * s));
    }
    Network n;
    int class = one_well(&n);
    network_add_turn(&n, class, 0, 0, 4, 80000, 1e12);
    compare(&n, 3.0 * single(0.08), axis, q); /* residence time 1/(2 k): 3/(2 tau) */
    class = one_well(&n);
    network_add_turn(&n, class, 0, 0, 2, 80000, 1e12);
    compare(&n, 2.0 * single(0.08), axis, q);
    class = one_well(&n);
    for (int op = 1; op < 4; op++)
        network_add_turn(&n, class, 0, 0, op, 80000, 1e12);
    for (int op = 4; op < TURNS; op++) /* each C3 once: its inverse comes with it */
        if (op < turns_inverse(op))
            network_add_turn(&n, class, 0, 0, op, 90000, 1e12);
    compare(&n, 8.0 * single(0.09) + 4.0 * single(0.08), all, q);
}

/* A quarter turn about z and back: two wells of equal energy, each H at one of two places a quarter turn apart. */
static void quarter_turn(void **state)
{
    (void)state;
    const double q[2] = {1.35, 2.2}, r = BOND * sqrt(2.0 / 3.0), apart = r * sqrt(2.0);
    double a0[2];
    Network n = {.cell = network_box(5, 5, 5)};
    int class = network_add_rotor_class(&n, 2, NULL);
    network_add_rotor(&n, class, 0, 0, 0);
    n.rotor_classes[class].orient[1][0] = n.rotor_classes[class].orient[1][3] = sqrt(0.5);
    network_add_turn(&n, class, 0, 1, 0, 70000, 1e12);
    for (int i = 0; i < 2; i++)
        a0[i] = 0.5 * (1.0 + j0(q[i] * apart));
    compare(&n, 2.0 * single(0.07), a0, q);
}

/* Every so many rotors, in two parts as two ranks would have them: the same counts as in one, all classes in equal parts. */
static void every_so_many(void **state)
{
    (void)state;
    Network n = {.cell = network_box(5, 5, 5)};
    for (int class = 0; class < 2; class ++) {
        assert_int_equal(network_add_rotor_class(&n, 1, NULL), class);
        network_add_turn(&n, class, 0, 0, 4, 80000, 1e12);
        network_add_rotor(&n, class, 0.5 * class, 0, 0);
    }
    State s;
    Wiring w;
    Kmc *k;
    Counts whole, part[2];
    assert_ok(state_init(&s, &n, (const int[3]){10, 10, 10}));
    assert_ok(wiring_init(&w, &n));
    const KmcOptions o = {.temperature = KELVIN, .rotor_speed = 1.0};
    assert_ok(kmc_new(&s, &w, &o, NULL, &k));
    int64_t every = counts_every(&s, 500);
    assert_int_equal(every, 5); /* 4 would leave one class out */
    assert_int_equal(counts_every(&s, 2000), 1);
    counts_init(&whole, &s, 0, 2000, every, 2, 4);
    counts_init(&part[0], &s, 0, 1203, every, 2, 4);
    counts_init(&part[1], &s, 1203, 797, every, 2, 4);
    assert_int_equal(whole.counted, 400);
    assert_int_equal(part[0].counted, 241);
    KmcClock clock = {.seed = 3};
    for (int i = 0; i < 50; i++) {
        kmc_run(k, &clock, 0.1 * i / single(0.08), INT64_MAX);
        counts_sample(&whole);
        counts_sample(&part[0]);
        counts_sample(&part[1]);
    }
    counts_add(&part[1], &part[0]);
    assert_memory_equal(whole.count, part[0].count, counts_size(&whole) * sizeof *whole.count);
    int64_t seen[2] = {0};
    for (int class = 0; class < 2; class ++)
        for (int group = 0; group < 4; group++)
            for (int turn = 0; turn < TURNS; turn++)
                seen[class] += counts_row(&whole, group, class, 1)[turn];
    assert_int_equal(seen[0], 200 * 49);
    assert_int_equal(seen[1], 200 * 49);
    counts_clear(&whole), counts_clear(&part[0]), counts_clear(&part[1]);
    kmc_free(k);
    wiring_clear(&w);
    state_clear(&s);
    network_clear(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(closed_forms),
                                       cmocka_unit_test(every_so_many),
                                       cmocka_unit_test(quarter_turn)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
