/* The verdict on samples whose answer is known.
 *   positive    a ring of bonds that rotors open: DYNAMIC when they turn as slowly as Mg hops, not when a million times faster
 *   negative    the same rotors with gates that do nothing: NONE, and hardly ever DYNAMIC over many seeds (PW_VERDICT_SEEDS)
 *   confounded  a hidden free volume makes rotors fast where barriers are low: everything correlates, nothing is dynamic */
#include "gated_ring.h"

#include "analysis/verdict.h"
#include "base/rng.h"
#include "lattice/kmc.h"

#include <stdlib.h>

static Comm *world;

static const double SPEED[] = {0.01, 0.1, 1.0, 10.0, 1e4};

static Verdict judge(const Network *n, int copies, int windows, uint64_t seed, bool print)
{
    const DoseOptions o = {.copies = {copies, 1, 1},
                           .temperature = RING_KELVIN,
                           .added = 1,
                           .nspeed = sizeof SPEED / sizeof SPEED[0],
                           .speed = SPEED,
                           .replicas = 24,
                           .quenches = 32,
                           .walks = 1,
                           .windows = windows,
                           .hops = 5.0,
                           .seed = seed};
    DoseResponse r;
    Verdict v;
    assert_ok(dose_response_run(world, n, &o, NULL, &r));
    assert_ok(verdict_judge(
        &r,
        &(VerdictOptions){
            .margin = 1.25, .temperature = RING_KELVIN, .charge = 2.0, .lock = NAN, .seed = seed},
        &v));
    if (print) {
        char *line = verdict_line(&v);
        print_message("  %s\n  window %.3g s, %.0f hops, f %.3g, base rate %.2g; sigma:", line,
                      r.window, v.hops, v.exposed, v.base_rate);
        for (size_t i = 0; i <= r.nspeed; i++)
            print_message(" %.3g(%.1g)", v.sigma[i], v.sigma_error[i]);
        print_message("\n");
        free(line);
    }
    dose_response_clear(&r);
    return v;
}

static void refuses_to_wait(const Network *n)
{
    DoseResponse r;
    const DoseOptions o = {.copies = {64, 1, 1},
                           .temperature = RING_KELVIN,
                           .added = 1,
                           .nspeed = sizeof SPEED / sizeof SPEED[0],
                           .speed = SPEED,
                           .replicas = 8,
                           .quenches = 8,
                           .walks = 1,
                           .windows = 8,
                           .hops = 5.0};
    assert_int_equal(dose_response_run(world, n, &o, NULL, &r), ERR_INPUT);
    if (strstr(err_message(), "rotors relax at") == NULL &&
        strstr(err_message(), "hops in") == NULL)
        fail_msg("%s", err_message());
    print_message("  %s\n", err_message());
    dose_response_clear(&r);
}

static void positive(void **state)
{
    (void)state;
    Network n;
    gated_ring(&n, 0.1, 1.0);
    Verdict v = judge(&n, 64, 128, 1, true);
    assert_int_equal(v.kind, VERDICT_DYNAMIC);
    /* lambda = Gamma/1 against Gamma/100: 54 in windows without end, less in ours */
    assert_true(v.r[VERDICT_R3].ratio > 5.0 && v.beta > 0.3 && v.beta < 0.8);
    network_clear(&n);
    /* much slower than hops: windows grow until rotors turn in them */
    gated_ring(&n, 0.1, 0.01);
    v = judge(&n, 64, 16, 3, true);
    assert_int_equal(v.kind, VERDICT_DYNAMIC);
    network_clear(&n);
    gated_ring(&n, 0.1, 1e-7);
    refuses_to_wait(&n);
    network_clear(&n);
    gated_ring(&n, 0.1, 1e6);
    v = judge(&n, 64, 128, 2, true);
    assert_int_equal(v.kind, VERDICT_STATIC_CRADLE);
    assert_near(v.r[VERDICT_R3].ratio, 1.0, 0.2);
    network_clear(&n);
}

/* One walker on a ring: 2 Gamma a^2/6 per Mg, so the conductivity, and nothing is correlated; terms give it exactly. */
static void exact_numbers(const Verdict *v)
{
    double d = ring_rate() * RING_STEP * RING_STEP / 3.0; /* A^2/s */
    double sigma =
        4.0 * d / (64.0 * RING_STEP * 400.0 * UNITS_KB * RING_KELVIN) * UNITS_S_CM * 1e-12;
    for (size_t i = 0; i <= v->nspeed; i++)
        assert_near(v->sigma[i], sigma, 4.0 * v->sigma_error[i]);
    double product = 1.0;
    for (int k = 0; k < LEDGER_TERMS; k++)
        product *= v->term[k];
    assert_near(product / v->sigma[2], 1.0, 1e-12);
    assert_near(v->term[LEDGER_BARRIER] / d, 1.0, 1e-12);
    assert_near(v->term[LEDGER_ORIENTATION], 1.0, 1e-12);
    assert_near(v->term[LEDGER_NETWORK], 1.0, 4.0 * v->sigma_error[4] / v->sigma[4]);
}

static void negative(void **state)
{
    (void)state;
    const char *wish = getenv("PW_VERDICT_SEEDS");
    int seeds = wish != NULL ? atoi(wish) : 20, kinds[VERDICT_INCONCLUSIVE + 1] = {0};
    Network n;
    gated_ring(&n, 0.1, 1.0);
    n.couplings[0].table[0] = 0;
    for (int i = 0; i < seeds; i++) {
        Verdict v = judge(&n, 64, 128, 100 + (uint64_t)i, i == 0);
        kinds[v.kind]++;
        if (i == 0)
            exact_numbers(&v);
    }
    for (int k = 0; k <= VERDICT_INCONCLUSIVE; k++)
        print_message("  %s: %d of %d\n", verdict_name[k], kinds[k], seeds);
    assert_true(kinds[VERDICT_DYNAMIC] <= seeds / 20);
    assert_true(kinds[VERDICT_NONE] >= seeds * 8 / 10);
    /* few windows: undecided is right then, dynamic is not */
    int dynamic = 0;
    for (int i = 0; i < seeds; i++)
        dynamic += judge(&n, 64, 16, 9000 + (uint64_t)i, i == 0).kind == VERDICT_DYNAMIC;
    print_message("  with an eighth of the windows: DYNAMIC %d of %d\n", dynamic, seeds);
    assert_true(dynamic <= seeds / 20);
    network_clear(&n);
}

/* Sixteen bonds and rotors in the unit; free volume h of bond i lowers its barrier and that of its rotor. */
enum { BONDS = 16 };

static void confounded_ring(Network *n, int32_t gate)
{
    *n = (Network){.cell = network_box(RING_STEP * BONDS, 20, 20)};
    int site = network_add_site_class(n, 0, false);
    int table = network_add_table(n, 1, 2, (const int32_t[]){gate, 0});
    for (int i = 0; i < BONDS; i++) {
        double u[2];
        network_add_site(n, site, i / (double)BONDS, 0, 0);
        rng_uniform2(3, RNG_TEST, 0, (uint64_t)i, 0, u);
        double h = 0.12 * (u[0] - 0.5); /* eV */
        int edge = network_add_edge_class(n, (int32_t)lround(1e6 * (0.2 - h)), 1e12);
        int rotor = network_add_rotor_class(n, 2, (const int32_t[]){0, 30000});
        /* turns a hundred times faster than hops, with some scatter of their own */
        network_add_turn(n, rotor, 0, 1, 1, (int32_t)lround(1e6 * (0.1 - h + 0.02 * (u[1] - 0.5))),
                         1e13);
        network_add_rotor(n, rotor, (i + 0.5) / BONDS, 0, 0);
        network_add_edge(n, i, (i + 1) % BONDS, edge, i == BONDS - 1, 0, 0);
        network_add_link(&n->gate, &n->ngate, i, i, table, 0, 0, 0);
    }
    assert_ok(network_check(n, RING_KELVIN));
}

/* Pearson's r of ln(rate of turns) and ln(rate of hops), bond by bond. */
static double correlation(const Network *n)
{
    State s;
    Wiring w;
    Kmc *k;
    double x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    const KmcOptions o = {.temperature = RING_KELVIN, .rotor_speed = 1.0};
    assert_ok(wiring_init(&w, n));
    for (int i = 0; i < BONDS; i++) {
        assert_ok(state_init(&s, n, (const int[3]){1, 1, 1}));
        state_set(&s, i, true);
        state_name_ions(&s);
        s.well[i] = 1;
        assert_ok(kmc_new(&s, &w, &o, NULL, &k));
        double a = log(kmc_rotor_rate(k, 0, i)), b = log(kmc_edge_rate(k, 0, i));
        x += a / BONDS;
        y += b / BONDS;
        xx += a * a / BONDS;
        yy += b * b / BONDS;
        xy += a * b / BONDS;
        kmc_free(k);
        state_clear(&s);
    }
    wiring_clear(&w);
    return (xy - x * y) / sqrt((xx - x * x) * (yy - y * y));
}

static void confounded(void **state)
{
    (void)state;
    static const int32_t gate[] = {0, 60000}; /* rotors that do nothing; that do, but are fast */
    static const VerdictKind answer[] = {VERDICT_NONE, VERDICT_STATIC_CRADLE};
    for (int i = 0; i < 2; i++) {
        Network n;
        confounded_ring(&n, gate[i]);
        double r = correlation(&n);
        Verdict v = judge(&n, 4, 1024, 7, true);
        print_message("  correlation of turns and hops: %.3f\n", r);
        assert_true(r > 0.9);
        assert_int_equal(v.kind, answer[i]);
        network_clear(&n);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(positive),
        cmocka_unit_test(negative),
        cmocka_unit_test(confounded),
    };
    world = comm_start(&argc, &argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
