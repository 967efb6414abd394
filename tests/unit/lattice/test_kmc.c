/* Kinetic Monte Carlo: energies kept by differences against energies made anew, detailed balance of every event,
 * stationary laws and a decay with closed forms. */
#include "network.h"

#include "lattice/kmc.h"
#include "lattice/turns.h"

static const double KELVIN = 300.0;

/* Everything at once: sites of two classes, rotors of two classes, all terms, steps into neighbouring copies. */
static void random_network(Network *n)
{
    *n = (Network){.cell = network_box(6, 7, 8)};
    int low = network_add_site_class(n, 0, true), high = network_add_site_class(n, 60000, false);
    network_add_site(n, low, 0.1, 0.1, 0.1);
    network_add_site(n, low, 0.6, 0.1, 0.1);
    network_add_site(n, high, 0.3, 0.5, 0.1);
    int e1 = network_add_edge_class(n, 120000, 1e12), e2 = network_add_edge_class(n, 40000, 3e12);
    network_add_edge(n, 0, 1, e1, 0, 0, 0);
    network_add_edge(n, 1, 0, e1, 1, 0, 0);
    network_add_edge(n, 0, 2, e2, 0, 0, 0);
    network_add_edge(n, 2, 1, e2, 0, 1, 0);
    network_add_edge(n, 2, 2, e1, 0, 0, 1);
    network_add_two_kinds(n, 90000,
                          (const int32_t[]){0, 12000, -5000, 3000, 0, 20000, 7000, -11000, 9000});
    int sr = network_add_table(n, 1, 3, (const int32_t[]){0, 30000, -25000});
    int gate = network_add_table(n, 1, 3, (const int32_t[]){0, 45000, -30000});
    network_add_link(&n->site_rotor, &n->nsite_rotor, 0, 0, sr, 0, 0, 0);
    network_add_link(&n->site_rotor, &n->nsite_rotor, 2, 1, sr, 0, -1, 0);
    network_add_link(&n->gate, &n->ngate, 0, 1, gate, 0, 0, 0);
    network_add_link(&n->gate, &n->ngate, 3, 0, gate, 0, 1, -1);
    assert_ok(network_check(n, KELVIN));
}

typedef struct Seen {
    int64_t count;
    KmcEvent last;
} Seen;

static void see(void *data, const KmcEvent *e)
{
    Seen *s = data;
    s->count++;
    s->last = *e;
}

static double rate_of(const Kmc *k, const KmcEvent *e)
{
    return e->edge >= 0 ? kmc_edge_rate(k, e->cell, e->edge) : kmc_rotor_rate(k, e->cell, e->rotor);
}

/* After every event: energies by differences = energies made anew; forth and back differ by the energy of the state. */
static void differences_and_balance(void **state)
{
    (void)state;
    Network n;
    State s;
    Wiring w;
    Kmc *k;
    Seen seen = {0};
    random_network(&n);
    assert_ok(state_init(&s, &n, (const int[3]){3, 2, 2}));
    state_set(&s, 0, false);
    state_set(&s, 5, true);
    state_name_ions(&s);
    assert_ok(wiring_init(&w, &n));
    const KmcOptions o = {.temperature = KELVIN, .rotor_speed = 1.0, .watch = see, .data = &seen};
    assert_ok(kmc_new(&s, &w, &o, NULL, &k));
    KmcClock clock = {.seed = 5};
    int hops = 0, turns = 0;
    for (int step = 0; step < 400; step++) {
        int64_t before = state_energy(&s), ions = 0;
        Kmc *old;
        State was = s;
        was.occ = mem_new((size_t)(s.ncell * n.nsite), 1);
        was.well = mem_new((size_t)(s.ncell * n.nrotor), 1);
        memcpy(was.occ, s.occ, (size_t)(s.ncell * n.nsite));
        memcpy(was.well, s.well, (size_t)(s.ncell * n.nrotor));
        assert_ok(kmc_new(&was, &w, &o, NULL, &old));
        assert_near(kmc_total(k) / kmc_total(old), 1.0, 1e-12);
        assert_int_equal(kmc_run(k, &clock, 1.0, 1), 1);
        const KmcEvent *e = &seen.last;
        int64_t change = state_energy(&s) - before;
        if (e->edge >= 0) {
            hops++;
            double ratio = rate_of(old, e) / rate_of(k, e);
            assert_near(log(ratio) + 1e-6 * (double)change / (UNITS_KB * KELVIN), 0.0, 1e-9);
        } else {
            turns++;
            assert_true(e->from != e->to || change == 0);
        }
        for (int64_t i = 0; i < s.ncell * n.nsite; i++)
            ions += s.occ[i];
        assert_int_equal(ions, s.nion);
        kmc_free(old);
        free(was.occ);
        free(was.well);
    }
    assert_true(hops > 50 && turns > 50);
    kmc_free(k);
    wiring_clear(&w);
    state_clear(&s);
    network_clear(&n);
}

/* Rates of the single turns of one rotor, forth and back, in a frozen lattice: k(0 -> 1)/k(1 -> 0) = exp(-dH/kT). */
static void turns_balance(void **state)
{
    (void)state;
    Network n;
    State s;
    Wiring w;
    network_cubic_rotors(&n, 20000, 50000);
    assert_ok(state_init(&s, &n, (const int[3]){3, 3, 3}));
    assert_ok(wiring_init(&w, &n));
    for (int64_t m = 0; m < 27; m++)
        s.well[m] = (uint8_t)(m % 5 == 0 || m % 7 == 1);
    const KmcOptions o = {.temperature = KELVIN, .rotor_speed = 1.0, .solver = KMC_LISTS};
    for (int64_t m = 0; m < 27; m++) {
        double rate[2];
        int64_t h[2];
        for (int v = 0; v < 2; v++) {
            Kmc *k;
            s.well[m] = (uint8_t)v;
            h[v] = state_energy(&s);
            assert_ok(kmc_new(&s, &w, &o, NULL, &k));
            rate[v] = kmc_rotor_rate(k, m, 0);
            kmc_free(k);
        }
        s.well[m] = (uint8_t)(m % 5 == 0 || m % 7 == 1);
        assert_near(log(rate[0] / rate[1]) + 1e-6 * (double)(h[1] - h[0]) / (UNITS_KB * KELVIN),
                    0.0, 1e-10);
    }
    wiring_clear(&w);
    state_clear(&s);
    network_clear(&n);
}

/* A ring of five two-state rotors: time spent in each of 32 states against Boltzmann; with exact classes, with bins, by null events. */
static void stationary_law(void **state)
{
    (void)state;
    for (int way = 0; way < 3; way++) {
        Network n = {.cell = network_box(5, 5, 5)};
        int class = network_add_rotor_class(&n, 2, (const int32_t[]){0, 13000});
        network_add_turn(&n, class, 0, 1, 0, 10000, 1e12);
        network_add_rotor(&n, class, 0, 0, 0);
        int table = network_add_table(&n, 2, 2, (const int32_t[]){0, 25000, 25000, -6000});
        network_add_link(&n.rotor_rotor, &n.nrotor_rotor, 0, 0, table, 1, 0, 0);
        State s;
        Wiring w;
        Kmc *k;
        assert_ok(state_init(&s, &n, (const int[3]){5, 1, 1}));
        assert_ok(wiring_init(&w, &n));
        const KmcOptions o = {.temperature = KELVIN,
                              .rotor_speed = 1.0,
                              .bin = way == 1 ? 18000.0 : 0.0,
                              .solver = way == 2 ? KMC_NULL_EVENTS : KMC_LISTS};
        assert_ok(kmc_new(&s, &w, &o, NULL, &k));
        KmcClock clock = {.seed = 11 + (uint64_t)way};
        double spent[32] = {0}, weight[32], z = 0.0, sum = 0.0;
        enum { EVENTS = 200000 };
        for (int i = 0; i < EVENTS; i++) {
            int index = 0;
            double before = clock.time;
            for (int m = 0; m < 5; m++)
                index |= s.well[m] << m;
            kmc_run(k, &clock, 1.0, 1);
            spent[index] += clock.time - before;
        }
        for (int index = 0; index < 32; index++) {
            for (int m = 0; m < 5; m++)
                s.well[m] = (uint8_t)(index >> m & 1);
            weight[index] = exp(-1e-6 * (double)state_energy(&s) / (UNITS_KB * KELVIN));
            z += weight[index];
            sum += spent[index];
        }
        for (int index = 0; index < 32; index++) {
            double p = weight[index] / z;
            /* visits are correlated over a few events: 6 standard errors of independent ones */
            assert_near(spent[index] / sum, p, 6.0 * sqrt(p / (EVENTS / 5.0)) * 2.0);
        }
        kmc_free(k);
        wiring_clear(&w);
        state_clear(&s);
        network_clear(&n);
    }
}

/* Free rotors: what is left in the first well after t is (1 + exp(-2 k t))/2; labels of C3 jumps decay with 3/2 of the
 * rate of leaving. */
static void decay_by(KmcSolver solver)
{
    Network n = {.cell = network_box(5, 5, 5)};
    int class = network_add_rotor_class(&n, 1, NULL);
    const double nu = 1e12, barrier = 0.1, rate = nu * exp(-barrier / (UNITS_KB * KELVIN));
    network_add_turn(&n, class, 0, 0, 4, 100000, nu); /* one C3 axis: op 4 and its inverse */
    network_add_rotor(&n, class, 0, 0, 0);
    State s;
    Wiring w;
    Kmc *k;
    assert_ok(state_init(&s, &n, (const int[3]){30, 30, 30}));
    assert_ok(wiring_init(&w, &n));
    const KmcOptions o = {.temperature = KELVIN, .rotor_speed = 1.0, .solver = solver};
    assert_ok(kmc_new(&s, &w, &o, NULL, &k));
    assert_near(kmc_rotor_rate(k, 7, 0) / (2.0 * rate), 1.0, 1e-12);
    KmcClock clock = {.seed = 3};
    const double t = 0.4 / rate;
    kmc_run(k, &clock, t, INT64_MAX);
    double same = 0.0, want = 1.0 / 3.0 + 2.0 / 3.0 * exp(-1.5 * (2.0 * rate) * t);
    for (int64_t m = 0; m < s.ncell; m++)
        same += s.label[m] == 0;
    same /= (double)s.ncell;
    assert_near(same, want, 5.0 * sqrt(want * (1.0 - want) / (double)s.ncell));
    assert_near(clock.time, t, 0.0);
    kmc_free(k);
    wiring_clear(&w);
    state_clear(&s);
    network_clear(&n);
}

static void decay(void **state)
{
    (void)state;
    decay_by(KMC_LISTS);
    decay_by(KMC_NULL_EVENTS);
}

static void refusals(void **state)
{
    (void)state;
    Network n;
    random_network(&n);
    n.edge[1].b = 7;
    assert_int_equal(network_check(&n, KELVIN), ERR_INPUT);
    assert_non_null(strstr(err_message(), "edge 2 leads from site 2 to site 8; there are 3"));
    n.edge[1].b = 0;
    n.edge_classes[1].barrier = -5000;
    assert_int_equal(network_check(&n, KELVIN), ERR_INPUT);
    assert_non_null(strstr(err_message(), "barrier -0.005 eV is negative"));
    n.edge_classes[1].barrier = 40000;
    assert_int_equal(network_check(&n, 1.0), ERR_INPUT);
    assert_non_null(strstr(err_message(), "at 1 K the barrier 0.12 eV"));
    int32_t edges = n.nedge;
    n.nedge = 1;
    assert_int_equal(network_check(&n, KELVIN), ERR_INPUT);
    assert_non_null(strstr(err_message(), "reached by no edge"));
    n.nedge = edges;
    State s;
    assert_int_equal(state_init(&s, &n, (const int[3]){1, 1, 1}), ERR_INPUT);
    assert_non_null(strstr(err_message(), "couples rotor 1 to its own image"));
    state_clear(&s);
    network_clear(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differences_and_balance),
        cmocka_unit_test(turns_balance),
        cmocka_unit_test(stationary_law),
        cmocka_unit_test(decay),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
