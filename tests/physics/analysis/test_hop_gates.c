/* Hops through gates of their own by the engines of the slow clock, against the master equation: a small ring at every frequency, and the
 * ring of gated bonds for rotors from a hundred times slower to a million times faster than hops. */
#include "gated_ring.h"
#include "hops.h"

#include "lattice/oracle.h"

#include <stdio.h>

static const double KELVIN = HOPS_KELVIN;

/* A walker on four sites behind four gates, 64 states: every frequency against the master equation, by both exact engines. */
static void gates(void **state)
{
    (void)state;
    const double omega0[2] = {0.0, 1e-6 * ring_rate()};
    for (int engine = HOPPER_BRIDGE; engine <= HOPPER_DIRECT; engine++) {
        Network n;
        State s;
        Oracle oracle;
        HopRunOptions o = hops_usual();
        gated_ring(&n, 0.3, 1.0);
        n.charge = 1.0;
        assert_ok(state_init(&s, &n, (const int[3]){4, 1, 1}));
        state_set(&s, 0, true);
        state_name_ions(&s);
        assert_ok(oracle_init(&oracle, &s, KELVIN, 1000));
        o.copies[0] = 4;
        o.carriers = CARRIERS_INTERSTITIALS;
        o.engine = (HopperEngine)engine;
        o.hops = 50000;
        o.frames = 1024;
        o.replicas = 32;
        Hops a = hops_run(&n, &o);
        double _Complex low_frequency[2], *want = mem_new(a.n, sizeof *want);
        double *omega = MEM_NEW(double, a.n);
        for (size_t f = 0; f < a.n; f++)
            omega[f] = 2.0 * PI * a.frequency[f];
        assert_ok(oracle_charge_diffusion(&oracle, KELVIN, 2, omega0, low_frequency));
        assert_ok(oracle_charge_diffusion(&oracle, KELVIN, a.n, omega, want));
        /* <x^2> = 2 d t + 2 slope: D + i omega slope at low frequency */
        double d = creal(low_frequency[0]), slope = cimag(low_frequency[1]) / omega0[1];
        hops_judge(engine == HOPPER_BRIDGE ? "gates, bridge: current" : "gates, direct: current",
                   a.frames, d + slope / a.step, 3.5, 0.015);
        hops_judge("  fitted at frequency 0", hops_charge(&a), d, 4.0, 0.04);
        for (size_t f = 0; f < a.n; f++) {
            double small = 0.01 * cabs(want[f]);
            assert_near(a.mean[2 * f], creal(want[f]), 4.0 * a.error[2 * f] + small);
            assert_near(a.mean[2 * f + 1], cimag(want[f]), 4.0 * a.error[2 * f + 1] + small);
        }
        free(want), free(omega);
        hops_clear(&a);
        oracle_clear(&oracle);
        state_clear(&s);
        network_clear(&n);
    }
}

/* D of the ring of gated bonds (gated_ring.h), open a tenth of the time, without noise: a ring of seven is as good as one without end, to
 * 1e-5 (3e-4 at lambda = Gamma/100): a walker hardly ever meets six open gates at once. */
static double ring_without_end(double ratio)
{
    Network n;
    State s;
    Oracle oracle;
    double _Complex d;
    gated_ring(&n, 0.1, ratio);
    assert_ok(state_init(&s, &n, (const int[3]){7, 1, 1}));
    state_set(&s, 0, true);
    state_name_ions(&s);
    assert_ok(oracle_init(&oracle, &s, KELVIN, 1000));
    assert_ok(oracle_charge_diffusion(&oracle, KELVIN, 1, (const double[]){0.0}, &d));
    oracle_clear(&oracle);
    state_clear(&s);
    network_clear(&n);
    return 3.0 * creal(d);
}

/* The same bonds, 64 on a ring along each axis, for the engine. */
static void gated_rings(Network *n, double ratio)
{
    enum { L = 64 };
    double place[L];
    int class[L];
    *n = (Network){.cell = network_box(L * RING_STEP, L * RING_STEP, L * RING_STEP)};
    int hop = network_add_edge_class(n, 200000, 1e12);
    for (int i = 0; i < L; i++) {
        place[i] = i;
        class[i] = hop;
    }
    hops_add_rings(n, 3, L, place, L, 1, class);
    int32_t up = (int32_t)lround(1e6 * UNITS_KB * KELVIN * log(9.0));
    int rotor = network_add_rotor_class(n, 2, (const int32_t[]){0, up});
    network_add_turn(n, rotor, 0, 1, 1, 0, ratio * ring_rate() * 0.9);
    int gate = network_add_table(n, 1, 2, (const int32_t[]){2000000, 0});
    for (int e = 0; e < 3 * L; e++)
        network_add_link(&n->gate, &n->ngate, e, network_add_rotor(n, rotor, 0.5, 0.5, 0.5), gate,
                         0, 0, 0);
    assert_ok(network_check(n, KELVIN));
}

/* D in units of p Gamma a^2: the engine against the master equation, and that against a table from brute force and, fast rotors, another
 * thinned program. */
static void table_of_ratios(void **state)
{
    (void)state;
    static const struct {
        double ratio, d, error;
    } known[] = {{0.01, 0.0072, 0.0002}, {0.1, 0.0630, 0.0007}, {1.0, 0.379, 0.004},
                 {10.0, 0.851, 0.012},   {100.0, 0.98, 0.03},   {1e3, 1.011, 0.007},
                 {1e6, 1.013, 0.007}};
    const double unit = 0.1 * ring_rate() * RING_STEP * RING_STEP;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        Network n;
        char what[64];
        HopRunOptions o = hops_rings(HOPPER_BRIDGE, 20000);
        gated_rings(&n, known[i].ratio);
        Hops got = hops_run(&n, &o);
        double exact = ring_without_end(known[i].ratio);
        snprintf(what, sizeof what, "lambda/Gamma %g, D %.6f p Gamma a^2", known[i].ratio,
                 exact / unit);
        hops_judge(what, hops_charge(&got), exact, 3.0, i == 0 ? 0.05 : 0.02);
        assert_near(exact / unit, known[i].d, 3.0 * known[i].error);
        hops_clear(&got);
        network_clear(&n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(gates), cmocka_unit_test(table_of_ratios)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
