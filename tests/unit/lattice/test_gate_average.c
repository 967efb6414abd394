/* Mean rates through gates: the table of a two-state gate (k = 1 and 1000, open a tenth of the time), two rotors at once, and the
 * error of the mean. */
#include "network.h"

#include "lattice/gate_average.h"

static const double KELVIN = 300.0;

/* A Mg on the first site of a network of two. */
typedef struct Gated {
    Network n;
    State s;
    Wiring w;
    Voices v;
    Chains c;
} Gated;

static void gated_start(Gated *g)
{
    assert_ok(state_init(&g->s, &g->n, (const int[3]){1, 1, 1}));
    state_set(&g->s, 0, true);
    state_name_ions(&g->s);
    assert_ok(wiring_init(&g->w, &g->n));
    assert_ok(voices_init(&g->v, &g->w));
    chains_init(&g->c, &g->w, KELVIN, 1.0);
}

static void gated_clear(Gated *g)
{
    chains_clear(&g->c);
    voices_clear(&g->v);
    wiring_clear(&g->w);
    state_clear(&g->s);
    network_clear(&g->n);
}

static void average(int gates, double lambda, GateAverage *out)
{
    Gated g;
    network_gate(&g.n, gates, lambda);
    gated_start(&g);
    assert_ok(gate_average(&g.c, &g.v, &g.s, 0, 0, out));
    gated_clear(&g);
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
    Gated g;
    GateAverage there, back, moved;
    network_gate(&g.n, 2, 1e4);
    g.n.site_class[1] = network_add_site_class(&g.n, 300000, false);
    g.n.edge_classes[0].barrier = 250000;
    gated_start(&g);
    assert_ok(gate_average(&g.c, &g.v, &g.s, 0, 0, &there));
    assert_ok(gate_average_back(&g.c, &g.v, &g.s, 0, 0, &back));
    assert_true(g.s.occ[0] == 1 && g.s.occ[1] == 0);
    assert_near(back.mean / there.mean, exp(0.3 / (UNITS_KB * KELVIN)),
                1e-9 * back.mean / there.mean);
    assert_true(back.indicator > 1e4 * there.indicator);
    assert_int_equal(state_move(&g.s, 0, 0), 1);
    assert_ok(gate_average(&g.c, &g.v, &g.s, 0, 0, &moved));
    assert_memory_equal(&moved, &back, sizeof back);
    gated_clear(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(two_state_gate),
                                       cmocka_unit_test(two_gates), cmocka_unit_test(the_way_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
