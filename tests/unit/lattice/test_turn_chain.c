/* I(Q,t) of a rotor by itself: closed forms of BH4 about one C3 axis, all turns, two wells (M. Bee, Quasielastic Neutron Scattering,
 * Adam Hilger 1988, ch. 6). */
#include "network.h"

#include "lattice/turn_chain.h"

static const double KELVIN = 300.0, BOND = 1.22;

static double j0(double x)
{
    return x < 1e-6 ? 1.0 : sin(x) / x;
}

static void make(Network *n, Wiring *w, TurnChain *c)
{
    assert_ok(network_check(n, KELVIN));
    assert_ok(wiring_init(w, n));
    assert_ok(turn_chain_init(c, w, 0, n->rotor_classes[0].energy, KELVIN, 1.0));
}

static void unmake(Network *n, Wiring *w, TurnChain *c)
{
    turn_chain_clear(c);
    wiring_clear(w);
    network_clear(n);
}

static void against(const TurnChain *c, double a0, double rate, double q)
{
    assert_near(turn_chain_isf(c, q, BOND, 0.0), 1.0, 1e-12);
    assert_near(turn_chain_isf(c, q, BOND, INFINITY), a0, 1e-12);
    for (double t = 0.1 / rate; t < 10.0 / rate; t *= 2.0)
        assert_near(turn_chain_isf(c, q, BOND, t), a0 + (1.0 - a0) * exp(-rate * t), 1e-12);
}

/* One H stays, three go round: relaxation 3 k, k of each sense. All eight C3: two lead to each other place, relaxation 8 k. */
static void one_axis_and_all(void **state)
{
    (void)state;
    double k = 1e12 * exp(-0.1 / (UNITS_KB * KELVIN)), q = 1.7, d = BOND * sqrt(8.0 / 3.0);
    for (int all = 0; all < 2; all++) {
        Network n = {.cell = network_box(5, 5, 5)};
        Wiring w;
        TurnChain c;
        int class = network_add_rotor_class(&n, 1, NULL);
        network_add_rotor(&n, class, 0, 0, 0);
        bool taken[TURNS] = {false};
        for (int op = 4; op < TURNS && (all || op == 4); op++)
            if (!taken[op]) {
                taken[op] = taken[turns_inverse(op)] = true;
                network_add_turn(&n, class, 0, 0, op, 100000, 1e12);
            }
        make(&n, &w, &c);
        double spread = j0(q * d),
               a0 = all ? 0.25 * (1.0 + 3.0 * spread) : 0.25 + 0.25 * (1.0 + 2.0 * spread);
        against(&c, a0, all ? 8.0 * k : 3.0 * k, q);
        assert_near(c.turns / (all ? 8.0 * k : 2.0 * k), 1.0, 1e-12);
        unmake(&n, &w, &c);
    }
}

/* Wells of different energies 90 degrees apart: what is elastic, and the one rate k12 + k21. */
static void two_wells(void **state)
{
    (void)state;
    Network n = {.cell = network_box(5, 5, 5)};
    Wiring w;
    TurnChain c;
    int class = network_add_rotor_class(&n, 2, (const int32_t[]){0, 40000});
    network_add_rotor(&n, class, 0, 0, 0);
    n.rotor_classes[0].orient[1][0] = n.rotor_classes[0].orient[1][3] = sqrt(0.5);
    network_add_turn(&n, class, 0, 1, 0, 80000, 1e12);
    make(&n, &w, &c);
    double beta = 1.0 / (UNITS_KB * KELVIN), p = 1.0 / (1.0 + exp(-0.04 * beta)), q = 1.1,
           rate = 1e12 * (exp(-0.1 * beta) + exp(-0.06 * beta)),
           d = BOND * sqrt(2.0 / 3.0) * sqrt(2.0);
    double a0 = 1.0 - 2.0 * p * (1.0 - p) * (1.0 - j0(q * d));
    assert_near(c.equilibrium[0], p, 1e-12);
    against(&c, a0, rate, q);
    unmake(&n, &w, &c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_axis_and_all),
        cmocka_unit_test(two_wells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
