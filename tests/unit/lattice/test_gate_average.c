/* Mean rates through gates: the table of a two-state gate (k = 1 and 1000, open a tenth of the time), two rotors at once, and the
 * error of the mean. */
#include "network.h"

#include "lattice/gate_average.h"

static const double KELVIN = 300.0;

/* One edge with one gate: k = 1 /s behind the closed gate, 1000 /s through the open one, flip rate lambda [1/s]. */
static void one_gate(Network *n, int gates, double lambda)
{
    const double kt = 1e6 * UNITS_KB * KELVIN; /* micro-eV */
    *n = (Network){.cell = network_box(10, 10, 10)};
    int site = network_add_site_class(n, 0, false);
    network_add_site(n, site, 0, 0, 0);
    network_add_site(n, site, 0.5, 0, 0);
    int32_t high = (int32_t)lround(kt * log(1000.0)), up = (int32_t)lround(kt * log(9.0));
    int edge = network_add_edge_class(n, 200000, 1000.0 * exp(200000.0 / kt));
    network_add_edge(n, 0, 1, edge, 0, 0, 0);
    int rotor = network_add_rotor_class(n, 2, (const int32_t[]){0, up});
    network_add_turn(n, rotor, 0, 1, 1, 0, 0.9 * lambda);
    int gate = network_add_table(n, 1, 2, (const int32_t[]){high, 0});
    for (int g = 0; g < gates; g++) {
        network_add_rotor(n, rotor, 0.25, 0.1 * g, 0);
        network_add_link(&n->gate, &n->ngate, 0, g, gate, 0, 0, 0);
    }
}

static void average(int gates, double lambda, GateAverage *out)
{
    Network n;
    State s;
    Wiring w;
    Voices v;
    Chains c;
    one_gate(&n, gates, lambda);
    assert_ok(state_init(&s, &n, (const int[3]){1, 1, 1}));
    state_set(&s, 0, true);
    state_name_ions(&s);
    assert_ok(wiring_init(&w, &n));
    assert_ok(voices_init(&v, &w));
    chains_init(&c, &w, KELVIN, 1.0);
    assert_ok(gate_average(&c, &v, &s, 0, 0, out));
    chains_clear(&c);
    voices_clear(&v);
    wiring_clear(&w);
    state_clear(&s);
    network_clear(&n);
}

static void two_state_gate(void **state)
{
    (void)state;
    static const struct {
        double flips, exact, exact_tolerance, error, predicted;
    } known[] = {{1e3, 52.29, 0.005, 0.93, 0.89},
                 {1e4, 92.589, 0.001, 0.0898, 0.0890},
                 {1e6, 100.8103, 0.0005, 8.9e-4, 8.9e-4},
                 {1e8, 100.89910, 0.0005, 8.9e-6, 8.9e-6}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        GateAverage a;
        average(1, known[i].flips, &a);
        /* energies are whole micro-eV: 4e-5 */
        assert_near(a.mean, 100.9, 0.006);
        assert_near(a.exact, known[i].exact, known[i].exact_tolerance + 6e-5 * known[i].exact);
        assert_near(a.mean / a.exact - 1.0, known[i].error, 0.02 * known[i].error + 1e-10);
        assert_near(a.indicator, known[i].predicted, 0.01 * known[i].predicted);
        assert_near(a.tau * known[i].flips, 1.0, 1e-4);
        assert_near(a.cv2, 0.09 * 999.0 * 999.0 / (100.9 * 100.9), 1e-2);
        assert_near(a.locked, 1.0, 1e-4);
        assert_near(a.most, 1000.0, 1e-6);
    }
}

/* Two gates: the mean is that of the product, the indicator is checked against the exact rate. */
static void two_gates(void **state)
{
    (void)state;
    GateAverage a;
    average(2, 1e6, &a);
    assert_int_equal(a.states, 4);
    double z = 0.9 * 0.001 + 0.1;
    assert_near(a.mean / (1000.0 * z * z), 1.0, 1e-4);
    assert_near((a.mean - a.exact) / a.mean / a.indicator, 1.0, 1e-3);
    average(2, 0.0, &a);
    assert_true(isinf(a.indicator));
}

/* A Mg on a place 0.3 eV up goes back far faster than it came; it is looked at as if it stood there, and stays where it is. */
static void the_way_back(void **state)
{
    (void)state;
    Network n;
    State s;
    Wiring w;
    Voices v;
    Chains c;
    GateAverage there, back, moved;
    one_gate(&n, 2, 1e4);
    n.site_class[1] = network_add_site_class(&n, 300000, false);
    n.edge_classes[0].barrier = 250000;
    assert_ok(state_init(&s, &n, (const int[3]){1, 1, 1}));
    state_set(&s, 0, true);
    state_name_ions(&s);
    assert_ok(wiring_init(&w, &n));
    assert_ok(voices_init(&v, &w));
    chains_init(&c, &w, KELVIN, 1.0);
    assert_ok(gate_average(&c, &v, &s, 0, 0, &there));
    assert_ok(gate_average_back(&c, &v, &s, 0, 0, &back));
    assert_true(s.occ[0] == 1 && s.occ[1] == 0);
    assert_near(back.mean / there.mean, exp(0.3 / (UNITS_KB * KELVIN)),
                1e-9 * back.mean / there.mean);
    assert_true(back.indicator > 1e4 * there.indicator);
    assert_int_equal(state_move(&s, 0, 0), 1);
    assert_ok(gate_average(&c, &v, &s, 0, 0, &moved));
    assert_memory_equal(&moved, &back, sizeof back);
    chains_clear(&c);
    voices_clear(&v);
    wiring_clear(&w);
    state_clear(&s);
    network_clear(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(two_state_gate),
                                       cmocka_unit_test(two_gates), cmocka_unit_test(the_way_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
