/* A network with everything (ions, gates, coupled rotors) in tiles, and the same with Mg that stay (so that turns are found by null
 * events): the same bytes on any number of ranks, also when a run is cut in two. */
#include "network.h"

#include "base/hash.h"
#include "lattice/tiles.h"

#include <stdio.h>

static Comm *world;

static void everything(Network *n)
{
    *n = (Network){.cell = network_box(6, 7, 8)};
    int low = network_add_site_class(n, 0, true), high = network_add_site_class(n, 60000, false);
    network_add_site(n, low, 0.1, 0.1, 0.1);
    network_add_site(n, high, 0.6, 0.1, 0.1);
    int e = network_add_edge_class(n, 60000, 1e12);
    network_add_edge(n, 0, 1, e, 0, 0, 0);
    network_add_edge(n, 1, 0, e, 1, 0, 0);
    network_add_edge(n, 1, 1, e, 0, 1, 0);
    network_add_edge(n, 0, 1, e, 0, 0, 1);
    int a = network_add_rotor_class(n, 2, (const int32_t[]){0, 15000});
    network_add_turn(n, a, 0, 1, 4, 30000, 1e12);
    network_add_turn(n, a, 0, 0, 1, 20000, 1e12);
    network_add_rotor(n, a, 0.2, 0.8, 0.5);
    network_add_rotor(n, a, 0.7, 0.8, 0.5);
    int rr = network_add_table(n, 2, 2, (const int32_t[]){0, 12000, -5000, 3000});
    int sr = network_add_table(n, 1, 2, (const int32_t[]){0, 30000});
    int gate = network_add_table(n, 1, 2, (const int32_t[]){0, 25000});
    network_add_link(&n->rotor_rotor, &n->nrotor_rotor, 0, 1, rr, 0, 0, 0);
    network_add_link(&n->rotor_rotor, &n->nrotor_rotor, 1, 0, rr, 1, 0, 0);
    network_add_link(&n->site_rotor, &n->nsite_rotor, 0, 0, sr, 0, 0, -1);
    network_add_link(&n->gate, &n->ngate, 1, 1, gate, 1, 0, 0);
}

/* Digest of the state after so many cycles, in one run or in two. */
static void run(const Comm *c, bool hops, int cycles, bool cut, char hex[HASH_HEX])
{
    Network n;
    State s;
    Wiring w;
    Tiles *t;
    everything(&n);
    assert_ok(network_check(&n, 300.0));
    if (!hops)
        n.nedge = n.ngate = 0;
    assert_ok(state_init(&s, &n, (const int[3]){42, 6, 6}));
    for (int64_t i = 0; i < s.ncell * n.nsite; i += 7)
        state_set(&s, i, !s.occ[i]);
    state_name_ions(&s);
    assert_ok(wiring_init(&w, &n));
    const TilesOptions o = {.kmc = {.temperature = 300.0, .rotor_speed = 1.0},
                            .size = {3, 3, 3},
                            .step = 4e-12,
                            .seed = 12};
    assert_ok(tiles_new(c, &s, &w, &o, &t));
    for (int i = 0; i < cycles; i++) {
        if (cut && i == cycles / 2) {
            tiles_gather(t);
            tiles_free(t);
            assert_ok(tiles_new(c, &s, &w, &o, &t));
            tiles_resume(t, i);
        }
        tiles_cycle(t);
    }
    tiles_gather(t);
    Hash *h = hash_new();
    int64_t ions = 0, moved = 0;
    for (int64_t i = 0; i < s.ncell * n.nsite; i++)
        ions += s.occ[i];
    for (int64_t i = 0; hops && i < s.nion; i++) { /* where nothing hops ions have no names */
        assert_int_equal(s.ion[s.place[i]], i);
        moved += s.image[i][0] != s.place[i] / n.nsite / 36;
    }
    assert_true(ions == s.nion || !hops);
    assert_true(moved > 0 || !hops);
    hash_add(h, s.occ, (size_t)(s.ncell * n.nsite));
    hash_add(h, s.well, (size_t)(s.ncell * n.nrotor));
    hash_add(h, s.label, (size_t)(s.ncell * n.nrotor));
    if (hops)
        hash_add(h, s.image, (size_t)s.nion * sizeof *s.image);
    hash_finish(h, hex);
    tiles_free(t);
    wiring_clear(&w);
    state_clear(&s);
    network_clear(&n);
}

static void same_bytes(void **state)
{
    (void)state;
    for (int hops = 0; hops < 2; hops++) {
        char alone[HASH_HEX], whole[HASH_HEX], cut[HASH_HEX];
        Comm *one = comm_split(world, comm_rank(world));
        run(one, hops, 12, false, alone);
        comm_free(one);
        run(world, hops, 12, false, whole);
        run(world, hops, 12, true, cut);
        assert_string_equal(whole, alone);
        assert_string_equal(cut, alone);
    }
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_bytes)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
