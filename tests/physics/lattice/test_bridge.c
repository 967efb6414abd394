/* Thinned hops through gates: against the master equation on a small ring, against brute force, and against the table of a two-state
 * gate. (The table of a ring of gated bonds: physics/analysis/test_hop_gates.c.) */
#include "gated_ring.h"

#include "lattice/bridge.h"
#include "lattice/chain.h"
#include "lattice/master.h"
#include "lattice/oracle.h"

#include <complex.h>

typedef struct Ring {
    Network n;
    State s;
    Wiring w;
} Ring;

static void ring_new(Ring *r, int sites, double open, double lambda)
{
    gated_ring(&r->n, open, lambda);
    assert_ok(state_init(&r->s, &r->n, (const int[3]){sites, 1, 1}));
    state_set(&r->s, 0, true);
    state_name_ions(&r->s);
    assert_ok(wiring_init(&r->w, &r->n));
}

static void ring_clear(Ring *r)
{
    wiring_clear(&r->w);
    state_clear(&r->s);
    network_clear(&r->n);
}

typedef struct Walk {
    double d, error; /* A^2/s, one-dimensional */
    double hops;     /* per s */
} Walk;

/* <x^2>/(2 T) over runs of length T [s], each from equilibrium; thinned, or by following every turn. */
static Walk walk(Ring *r, bool thinned, double t, int runs, uint64_t seed)
{
    double sum = 0.0, square = 0.0, hops = 0.0;
    const KmcOptions o = {.temperature = RING_KELVIN, .rotor_speed = 1.0};
    Bridge *b;
    Kmc *k = NULL;
    assert_ok(bridge_new(&r->s, &r->w, &o, false, &b));
    for (int i = 0; i < runs; i++) {
        KmcClock clock = {.seed = seed, .id = (uint64_t)i};
        double from[3], to[3];
        int64_t made = 0;
        assert_ok(bridge_equilibrate(b, &clock));
        state_position(&r->s, 0, from);
        clock.time = 0.0;
        if (thinned) {
            bridge_free(b);
            assert_ok(bridge_new(&r->s, &r->w, &o, false, &b));
            assert_ok(bridge_run(b, &clock, t, INT64_MAX, &made));
        } else {
            assert_ok(kmc_new(&r->s, &r->w, &o, NULL, &k));
            kmc_run(k, &clock, t, INT64_MAX);
            kmc_free(k);
        }
        state_position(&r->s, 0, to);
        double d = (to[0] - from[0]) * (to[0] - from[0]) / (2.0 * t);
        sum += d;
        square += d * d;
        hops += (double)made;
    }
    bridge_free(b);
    double mean = sum / runs;
    return (Walk){mean, sqrt((square / runs - mean * mean) / (runs - 1)), hops / (runs * t)};
}

/* Four sites and gates, 64 states. */
static void against_master_equation(void **state)
{
    (void)state;
    const double lambda[] = {0.2, 3.0};
    for (int i = 0; i < 2; i++) {
        Ring r;
        Oracle o;
        double _Complex exact;
        ring_new(&r, 4, 0.3, lambda[i]);
        assert_ok(oracle_init(&o, &r.s, RING_KELVIN, 1000));
        assert_int_equal(o.graph.n, 64);
        assert_ok(oracle_charge_diffusion(&o, RING_KELVIN, 1, (const double[]){0.0}, &exact));
        double d = 3.0 * creal(exact), hops = master_hop_rate(&o.graph, o.attempt, RING_KELVIN);
        /* flips of gates are in the rate of leaving a state: four of them, 2 p (1 - p) lambda each */
        hops -= 4.0 * 2.0 * 0.3 * 0.7 * lambda[i] * ring_rate();
        double t = 300.0 / ring_rate();
        Walk slow = walk(&r, false, t, 1500, 5), fast = walk(&r, true, t, 1500, 6);
        assert_near(fast.hops / hops, 1.0, 0.02);
        assert_near(slow.d, d, 4.0 * slow.error + 0.01 * d);
        assert_near(fast.d, d, 4.0 * fast.error + 0.01 * d);
        oracle_clear(&o);
        ring_clear(&r);
    }
}

/* A hop behind one gate: 1 /s while it is closed, 1000 /s while it is open, a tenth of the time; `flips` [1/s] is the gate's relaxation
 * rate. Each trial begins with the gate in equilibrium. Once its memory is lost (10/flips) hops come at one rate, which is that of
 * the slowest decay of [[-1 - f/10, f/10], [9f/10, -1000 - 9f/10]]: the mean of hops over the time that was waited beyond. */
static double gate_rate(const Ring *r, bool thinned, double flips, int trials, double *error)
{
    const KmcOptions o = {.temperature = RING_KELVIN, .rotor_speed = 1.0};
    double waited = 0.0, begin = 10.0 / flips;
    int64_t made = 0, hops;
    State s = r->s;
    Bridge *b;
    KmcClock clock = {.seed = 17};
    assert_ok(bridge_new(&s, &r->w, &o, false, &b));
    for (int i = 0; i < trials; i++) {
        Kmc *k = NULL;
        assert_ok(bridge_equilibrate(b, &clock));
        double from = clock.time;
        int64_t site = s.place[0];
        if (!thinned)
            assert_ok(kmc_new(&s, &r->w, &o, NULL, &k));
        while (s.place[0] == site)
            if (thinned)
                assert_ok(bridge_run(b, &clock, INFINITY, 1, &hops));
            else
                kmc_run(k, &clock, INFINITY, 1);
        if (!thinned) { /* it went behind the bridge's back */
            kmc_free(k);
            bridge_free(b);
            assert_ok(bridge_new(&s, &r->w, &o, false, &b));
        }
        if (clock.time - from > begin) {
            waited += clock.time - from - begin;
            made++;
        }
    }
    bridge_free(b);
    *error = (double)made / waited / sqrt((double)made);
    return (double)made / waited;
}

static void one_gate(Ring *r, double flips)
{
    network_gate(&r->n, 1, flips);
    assert_ok(state_init(&r->s, &r->n, (const int[3]){1, 1, 1}));
    state_set(&r->s, 0, true);
    state_name_ions(&r->s);
    assert_ok(wiring_init(&r->w, &r->n));
}

/* The table of mean rates (unit.lattice.gate_average has it without noise), where hops really happen. */
static void two_state_gate(void **state)
{
    (void)state;
    static const struct {
        double flips, exact;
        bool followed; /* turn by turn as well */
    } known[] = {
        {1e3, 52.29, true}, {1e4, 92.589, true}, {1e6, 100.8103, false}, {1e8, 100.8991, false}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        for (int thinned = !known[i].followed; thinned < 2; thinned++) {
            Ring r;
            double error;
            one_gate(&r, known[i].flips);
            double rate = gate_rate(&r, thinned, known[i].flips, 40000, &error);
            print_message("  flips %6g /s, %s: %.2f +- %.2f hops/s, exact %.4f: %+.1f s.e.\n",
                          known[i].flips, thinned ? "bridge" : "direct", rate, error,
                          known[i].exact, (rate - known[i].exact) / error);
            assert_near(rate, known[i].exact, 3.0 * error);
            assert_true(error < 0.01 * known[i].exact);
            ring_clear(&r);
        }
}

/* exp(Kt) of a rotor with three wells: rows sum to 1, composition, equilibrium, and the two-state decay. */
static void chains(void **state)
{
    (void)state;
    Network n = {.cell = network_box(5, 5, 5)};
    int c = network_add_rotor_class(&n, 3, (const int32_t[]){0, 30000, -20000});
    network_add_turn(&n, c, 0, 1, 4, 80000, 1e12);
    network_add_turn(&n, c, 1, 2, 1, 60000, 2e12);
    network_add_turn(&n, c, 2, 0, 2, 90000, 5e11);
    network_add_rotor(&n, c, 0, 0, 0);
    Wiring w;
    Chains all;
    const Chain *chain;
    assert_ok(wiring_init(&w, &n));
    chains_init(&all, &w, 300.0, 1.0);
    assert_ok(chains_find(&all, c, n.rotor_classes[c].energy, &chain));
    const double t = 3e-12;
    double one[3][3], two[3];
    for (int from = 0; from < 3; from++) {
        double sum = 0.0;
        chain_row(chain, from, t, one[from]);
        for (int v = 0; v < 3; v++)
            sum += one[from][v];
        assert_near(sum, 1.0, 1e-13);
    }
    for (int from = 0; from < 3; from++) {
        chain_row(chain, from, 2.0 * t, two);
        for (int v = 0; v < 3; v++) {
            double square = 0.0;
            for (int k = 0; k < 3; k++)
                square += one[from][k] * one[k][v];
            assert_near(two[v], square, 1e-12);
            assert_near(chain->equilibrium[from] * one[from][v],
                        chain->equilibrium[v] * one[v][from], 1e-14);
        }
        chain_row(chain, from, 1.0, two);
        for (int v = 0; v < 3; v++)
            assert_near(two[v], chain->equilibrium[v], 1e-12);
        chain_row(chain, from, 1e-18, two); /* p(t) = 1 + K t */
        for (int v = 0; v < 3; v++)
            assert_near(two[v], (v == from) + 1e-18 * chain->generator[from][v], 1e-9);
    }
    const int32_t shifted[] = {1000, 31000, -19000};
    const Chain *same;
    assert_ok(chains_find(&all, c, shifted, &same));
    assert_ptr_equal(same, chain);
    chains_clear(&all);
    wiring_clear(&w);
    network_clear(&n);
}

static void refuses_coupled_rotors(void **state)
{
    (void)state;
    Network n;
    State s;
    Wiring w;
    Bridge *b;
    network_cubic_rotors(&n, 10000, 50000);
    assert_ok(state_init(&s, &n, (const int[3]){3, 3, 3}));
    assert_ok(wiring_init(&w, &n));
    assert_int_equal(
        bridge_new(&s, &w, &(KmcOptions){.temperature = 300, .rotor_speed = 1}, false, &b),
        ERR_INPUT);
    assert_non_null(strstr(err_message(), "use direct kinetic Monte Carlo"));
    wiring_clear(&w);
    state_clear(&s);
    network_clear(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains),
        cmocka_unit_test(against_master_equation),
        cmocka_unit_test(two_state_gate),
        cmocka_unit_test(refuses_coupled_rotors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
