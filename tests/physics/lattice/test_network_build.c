/* The network of gamma: sites, edges, rotors and gates as its geometry has them (distances: material facts 1.4); wells and turns
 * of BH4 about the link; voids of gamma where they are known. */
#include "gamma.h"
#include "network.h"

#include "base/vec.h"
#include "lattice/counts.h"
#include "lattice/network_build.h"
#include "lattice/state.h"
#include "lattice/turns.h"

#include <stdio.h>

static double on_24d[1][3] = {{0.375, 0, 0.25}}, on_48g[1][3] = {{0.125, 0.437, -0.187}},
              on_24c[1][3] = {{0.125, 0, 0.25}};

static const BuildSites sites[] = {
    {"24d", 0.0, true, 1, on_24d}, {"48g", 0.3, false, 1, on_48g}, {"24c", 0.4, false, 1, on_24c}};
static const BuildEdges edges[] = {{"short", "24d", "48g", 3.67, 0.05, 0.5, 1e13},
                                   {"long", "24d", "48g", 4.19, 0.05, 0.55, 1e13},
                                   {"middle", "24d", "24c", 3.94, 0.02, 0.7, 1e13}};
static const BuildTurn turns[] = {{0, 1, BUILD_LINK, 90.0, 1, {{0.3, 1e13}}},
                                  {0, 0, BUILD_ACROSS, 180.0, 1, {{0.5, 1e13}}},
                                  {0, 0, BUILD_BOND, 120.0, 1, {{0.4, 1e13}}}};
static const BuildGate gates[] = {{"short", 2.8, {0.0, -0.1}}};
static const BuildGate felt[] = {{"24d", 2.6, {0.0, 0.05}}};

static NetworkBuild gamma_build(const SymmetryOperations *ops)
{
    return (NetworkBuild){.ops = ops,
                          .nsites = 3,
                          .sites = sites,
                          .nedges = 3,
                          .edges = edges,
                          .rotors = {.nwell = 2,
                                     .angle = {0.0, 90.0},
                                     .energy = {0.0, 0.2},
                                     .nturn = 3,
                                     .turn = turns},
                          .ngates = 1,
                          .gates = gates,
                          .nfelt = 1,
                          .felt = felt,
                          .charge = 2.0,
                          .permittivity = 5.0,
                          .source = "ASSUMED"};
}

static void gamma_network(void **state)
{
    (void)state;
    Sample s;
    SymmetryOperations ops;
    Network n;
    gamma_sample(&s);
    assert_ok(symmetry_of_group(230, &ops));
    NetworkBuild b = gamma_build(&ops);
    assert_ok(network_build(&b, &s, &n));
    assert_ok(network_check(&n, 300.0));
    assert_int_equal(n.nsite, 24 + 48 + 24);
    assert_int_equal(n.nrotor, 48);
    int degree[3][3] = {{0}}, gated[96 * 8] = {0};
    for (int32_t e = 0; e < n.nedge; e++) {
        double d[3];
        network_displacement(&n, &n.edge[e], d);
        const BuildEdges *want = &edges[n.edge[e].class];
        assert_near(vec_norm(d), want->distance, want->tolerance);
        degree[n.edge[e].class][0]++;
    }
    /* every 24d has as many ways of a kind as every other */
    for (int k = 0; k < 3; k++)
        assert_int_equal(degree[k][0] % 24, 0);
    assert_int_equal(degree[2][0], 24 * 2);
    /* every short edge has equally many gates, every 24d feels its four BH4 */
    for (int32_t i = 0; i < n.ngate; i++)
        gated[n.gate[i].a]++;
    int first = -1;
    for (int32_t e = 0; e < n.nedge; e++)
        if (n.edge[e].class == 0) {
            first = first < 0 ? gated[e] : first;
            assert_int_equal(gated[e], first);
        }
    assert_true(first >= 2);
    assert_int_equal(n.nsite_rotor, 24 * 4);
    State st;
    assert_ok(state_init(&st, &n, (const int[3]){1, 1, 1}));
    assert_int_equal(st.nion, 24);
    state_clear(&st);
    network_clear(&n);
    symmetry_clear(&ops);
    sample_clear(&s);
}

/* One turn about the link has two senses, of which one comes back as the inverse of the way there; a half turn across has two axes; C3
 * four axes, their inverses are the same ways. What a turn does to the H is checked by where they go. */
static void ways(void **state)
{
    (void)state;
    Sample s;
    SymmetryOperations ops;
    Network n;
    gamma_sample(&s);
    assert_ok(symmetry_of_group(230, &ops));
    NetworkBuild b = gamma_build(&ops);
    assert_ok(network_build(&b, &s, &n));
    const NetworkRotorClass *c = &n.rotor_classes[0];
    int link = 0, across = 0, bond = 0;
    for (int t = 0; t < c->nturn; t++) {
        const NetworkTurn *x = &c->turn[t];
        if (x->from != x->to) {
            link++;
            /* a quarter turn: each H moves by d sqrt(2/3) sqrt(2) */
            double far = 2.0 / sqrt(3.0), q = 1e-3 / 1.22;
            double form = counts_form(&n, 0, x->from, x->to, x->op, q, 1.22);
            assert_near((1.0 - form) * 6.0 / (q * q * 1.22 * 1.22), far * far, 1e-3);
        } else if (turns_kind(x->op) == 2) {
            across++;
            assert_int_not_equal(x->op, 3); /* op 3: z of the body, the link itself */
        } else {
            bond++;
        }
    }
    assert_int_equal(link, 2);
    assert_int_equal(across, 2);
    assert_int_equal(bond, 4);
    network_clear(&n);
    symmetry_clear(&ops);
    sample_clear(&s);
}

/* 3.57 A from any H at 16b (1/8,1/8,1/8): the widest voids of gamma. */
static void voids(void **state)
{
    (void)state;
    Sample s;
    size_t n;
    double(*at)[3], *radius;
    gamma_sample(&s);
    network_voids(&s, 3.3, 0.3, 2.0, &n, &at, &radius);
    assert_int_equal(n, 16);
    for (size_t i = 0; i < n; i++) {
        assert_near(radius[i], 3.57, 0.1);
        for (int a = 0; a < 3; a++)
            assert_near(remainder(at[i][a] - 0.125, 0.25), 0.0, 0.02);
    }
    free(at);
    free(radius);
    sample_clear(&s);
}

static void refusals(void **state)
{
    (void)state;
    Sample s;
    SymmetryOperations ops;
    Network n;
    gamma_sample(&s);
    assert_ok(symmetry_of_group(230, &ops));
    BuildEdges wrong = edges[0];
    NetworkBuild b = gamma_build(&ops);
    b.edges = &wrong;
    b.nedges = 1;
    wrong.distance = 3.5;
    assert_int_equal(network_build(&b, &s, &n), ERR_INPUT);
    assert_non_null(strstr(err_message(), "the nearest are 3.6"));
    network_clear(&n);
    snprintf(wrong.to, sizeof wrong.to, "16b");
    assert_int_equal(network_build(&b, &s, &n), ERR_INPUT);
    assert_non_null(strstr(err_message(), "no sites are called '16b'"));
    network_clear(&n);
    b = gamma_build(&ops);
    BuildTurn odd = {0, 1, BUILD_LINK, 60.0, 1, {{0.3, 1e13}}};
    b.rotors.turn = &odd;
    b.rotors.nturn = 1;
    assert_int_equal(network_build(&b, &s, &n), ERR_INPUT);
    assert_non_null(strstr(err_message(), "misses well 2 by 30.000 degrees"));
    network_clear(&n);
    symmetry_clear(&ops);
    sample_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(gamma_network), cmocka_unit_test(ways),
                                       cmocka_unit_test(voids), cmocka_unit_test(refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
