/* The slow clock: rotors that feel the Mg by both exact engines, mean rates against exact ones and where they are refused, carriers that
 * cannot be. Laws in closed form: test_hop_laws.c, test_hop_memory.c, test_hop_vacancy.c, test_hop_gates.c. */
#include "gated_ring.h"
#include "hops.h"

#include "lattice/oracle.h"

static const double KELVIN = HOPS_KELVIN;

/* Everything that a hop can depend on: sites of two energies, gates that are never quite closed, rotors that feel the Mg at either side and
 * are felt by it. */
static void felt_ring(Network *n)
{
    *n = (Network){.cell = network_box(2.0 * RING_STEP, 20, 20), .charge = 1.0};
    int low = network_add_site_class(n, 0, false), high = network_add_site_class(n, 30000, false);
    network_add_site(n, low, 0, 0, 0);
    network_add_site(n, high, 0.4, 0, 0);
    int edge = network_add_edge_class(n, 150000, 1e12);
    network_add_edge(n, 0, 1, edge, 0, 0, 0);
    network_add_edge(n, 1, 0, edge, 1, 0, 0);
    int rotor = network_add_rotor_class(n, 3, (const int32_t[]){0, 20000, 35000});
    network_add_turn(n, rotor, 0, 1, 1, 140000, 1e12);
    network_add_turn(n, rotor, 1, 2, 2, 160000, 1e12);
    int gate = network_add_table(n, 1, 3, (const int32_t[]){80000, 0, 40000}),
        near = network_add_table(n, 1, 3, (const int32_t[]){0, -30000, 25000}),
        far = network_add_table(n, 1, 3, (const int32_t[]){15000, 0, -20000});
    for (int i = 0; i < 2; i++) {
        network_add_rotor(n, rotor, 0.25 + 0.5 * i, 0, 0);
        network_add_link(&n->gate, &n->ngate, i, i, gate, 0, 0, 0);
        network_add_link(&n->site_rotor, &n->nsite_rotor, i, i, near, 0, 0, 0);
        network_add_link(&n->site_rotor, &n->nsite_rotor, i, 1 - i, far, i - 1, 0, 0);
    }
    assert_ok(network_check(n, KELVIN));
}

static void rotors_that_feel(void **state)
{
    (void)state;
    const double rate = 1e12 * exp(-0.15 / (UNITS_KB * KELVIN)),
                 omega[3] = {0.0, 1e-6 * rate, 1e6 * rate};
    Network n;
    State s;
    Oracle oracle;
    double _Complex exact[3];
    felt_ring(&n);
    assert_ok(state_init(&s, &n, (const int[3]){2, 1, 1}));
    state_set(&s, 0, true);
    state_name_ions(&s);
    assert_ok(oracle_init(&oracle, &s, KELVIN, 1000));
    assert_int_equal(oracle.graph.n, 4 * 81);
    assert_ok(oracle_charge_diffusion(&oracle, KELVIN, 3, omega, exact));
    for (int engine = HOPPER_BRIDGE; engine <= HOPPER_DIRECT; engine++) {
        HopRunOptions o = hops_usual();
        o.copies[0] = 2;
        o.carriers = CARRIERS_INTERSTITIALS;
        o.engine = (HopperEngine)engine;
        o.replicas = 32;
        o.hops = 12000;
        o.frames = 512;
        o.per_decade = 1;
        Hops got = hops_run(&n, &o);
        hops_judge(engine == HOPPER_BRIDGE ? "felt rotors, bridge: hops"
                                           : "felt rotors, direct: hops",
                   got.square, creal(exact[2]), 3.5, 0.004);
        hops_judge("  current", got.frames, creal(exact[0]) + cimag(exact[1]) / omega[1] / got.step,
                   3.5, 0.025);
        hops_clear(&got);
    }
    oracle_clear(&oracle);
    state_clear(&s);
    network_clear(&n);
}

/* Mean rates of gates a million times faster than hops are right; beside slow gates they are refused. */
static void averages(void **state)
{
    (void)state;
    Network n;
    HopRun w;
    HopRunOptions o = hops_usual();
    o.copies[0] = 4;
    o.carriers = CARRIERS_INTERSTITIALS;
    o.engine = HOPPER_AVERAGE;
    gated_ring(&n, 0.3, 1e6);
    Hops a = hops_run(&n, &o);
    double want = 0.3 * ring_rate() * RING_STEP * RING_STEP / 3.0;
    assert_near(a.square.mean / want, 1.0, 3.0 * a.square.error / want);
    assert_near(hops_charge(&a).mean, want, 3.5 * hops_charge(&a).error);
    assert_true(a.worst > 1e-8 && a.worst < 1e-5);
    hops_clear(&a);
    network_clear(&n);
    gated_ring(&n, 0.3, 10.0);
    assert_int_equal(hop_run_init(&w, &o, &n, 1), ERR_INPUT);
    assert_non_null(strstr(err_message(), "take engine bridge"));
    hop_run_clear(&w);
    o.engine = HOPPER_DIRECT; /* and a million turns for a hop are not followed */
    network_clear(&n);
    gated_ring(&n, 0.3, 1e6);
    assert_int_equal(hop_run_init(&w, &o, &n, 1), ERR_INPUT);
    assert_non_null(strstr(err_message(), "take engine bridge"));
    hop_run_clear(&w);
    network_clear(&n);
}

/* What is not a lattice with carriers. */
static void refusals(void **state)
{
    (void)state;
    Network n;
    State s;
    static const double simple[1][3] = {{0, 0, 0}}, h[3][3] = {{4, 0, 0}, {0, 4, 0}, {0, 0, 4}};
    network_lattice(&n, h, 1, simple, 4.0);
    assert_ok(state_init(&s, &n, (const int[3]){2, 2, 2}));
    static const struct {
        CarriersKind kind;
        int64_t number;
        const char *label, *says;
    } bad[] = {
        {CARRIERS_VACANCIES, 0, "", "a lattice without carriers carries nothing"},
        {CARRIERS_VACANCIES, 9, "", "9 vacancies for 8 sites"},
        {CARRIERS_INTERSTITIALS, 1, "", "1 interstitials for 0 sites"},
        {CARRIERS_VACANCIES, 1, "24d", "no sites are called '24d'"},
        {CARRIERS_NONE, 0, "", "nothing can hop"},
        {CARRIERS_VACANCIES, 8, "", "nothing can hop"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(carriers_place(&s, bad[i].kind, bad[i].label, bad[i].number, 1, 1),
                         ERR_INPUT);
        assert_non_null(strstr(err_message(), bad[i].says));
    }
    assert_ok(carriers_place(&s, CARRIERS_VACANCIES, "site", 3, 1, 1));
    assert_int_equal(s.nion, 5);
    state_clear(&s);
    network_clear(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rotors_that_feel),
        cmocka_unit_test(averages),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
