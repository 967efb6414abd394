/* Coulomb forces between defects: Madelung constants, energies by differences against energies from scratch, detailed balance of both
 * engines against Boltzmann's law. */
#include "network.h"

#include "lattice/bridge.h"
#include "lattice/defects.h"
#include "lattice/kmc.h"

static const double KELVIN = 600.0;

/* Rock salt: places that are taken and places that are free in the perfect crystal, 3 A apart, all changed. */
static void rock_salt(Network *n)
{
    *n = (Network){.cell = network_box(6, 6, 6), .charge = 2.0, .permittivity = 20.0};
    int taken = network_add_site_class(n, 0, true),
        free_ = network_add_site_class(n, 400000, false);
    for (int i = 0; i < 8; i++)
        network_add_site(n, ((i >> 2) + (i >> 1) + i) % 2 == 0 ? taken : free_, 0.5 * (i >> 2),
                         0.5 * (i >> 1 & 1), 0.5 * (i & 1));
    int edge = network_add_edge_class(n, 200000, 1e12);
    for (int i = 0; i < 8; i++)
        for (int d = 0; d < 3; d++) {
            int bit = 4 >> d, j = i ^ bit, step = i & bit ? 1 : 0;
            network_add_edge(n, i, j, edge, step * (d == 0), step * (d == 1), step * (d == 2));
        }
}

static void madelung(void **state)
{
    (void)state;
    for (int copies = 1; copies <= 2; copies++) {
        Network n;
        State s;
        Defects d;
        rock_salt(&n);
        assert_ok(state_init(&s, &n, (const int[3]){copies, copies, 1}));
        for (int64_t i = 0; i < s.ncell * 8; i++)
            state_set(&s, i, !n.site_classes[n.site_class[i % 8]].reference);
        state_name_ions(&s);
        assert_ok(defects_init(&d, &s, false));
        double pairs = 4.0 * (double)s.ncell,
               energy = -1.74756459463318 * 4.0 * UNITS_COULOMB / 20.0 / 3.0 * pairs;
        assert_near(0.5e-6 * (double)defects_energy_twice(&d) / energy, 1.0, 3e-6);
        defects_clear(&d);
        state_clear(&s);
        network_clear(&n);
    }
    /* a charge in a uniform background, simple cubic: -2.837297/L; triclinic: the lattice does not know how its cell is drawn */
    const double straight[3][3] = {{4, 0, 0}, {0, 4, 0}, {0, 0, 4}},
                 skew[3][3] = {{4, 0, 0}, {4, 4, 0}, {-4, 0, 4}}, none[3] = {0},
                 r[3] = {1, 0.5, 1.7};
    Cell a, b;
    assert_ok(cell_init(&a, straight));
    assert_ok(cell_init(&b, skew));
    assert_near(defects_green(&a, none) * 4.0, -2.837297479, 1e-8);
    assert_near(defects_green(&b, none) * 4.0, -2.837297479, 1e-8);
    assert_near(defects_green(&a, r), defects_green(&b, r), 1e-11);
}

/* A walk of both engines: energies by differences, potentials kept, to the last bit. */
static void differences(void **state)
{
    (void)state;
    for (int engine = 0; engine < 2; engine++) {
        Network n;
        State s;
        Wiring w;
        Defects d;
        Kmc *k = NULL;
        Bridge *b = NULL;
        KmcClock clock = {.seed = 4};
        rock_salt(&n);
        assert_ok(state_init(&s, &n, (const int[3]){2, 2, 2}));
        assert_ok(wiring_init(&w, &n));
        assert_ok(defects_init(&d, &s, false));
        const KmcOptions o = {.temperature = KELVIN, .rotor_speed = 1.0, .defects = &d};
        if (engine == 0)
            assert_ok(kmc_new(&s, &w, &o, NULL, &k));
        else
            assert_ok(bridge_new(&s, &w, &o, false, &b));
        for (int i = 0; i < 200; i++) {
            int64_t made;
            if (engine == 0)
                kmc_run(k, &clock, INFINITY, 1);
            else
                assert_ok(bridge_run(b, &clock, INFINITY, 3, &made));
            int64_t before = defects_energy_twice(&d), from = -1, to = -1;
            for (int64_t j = 0; j < s.ncell * 8; j++) { /* any hop will do, also a long one */
                from = s.occ[j] && (from < 0 || j % 7 == i % 7) ? j : from;
                to = !s.occ[j] && (to < 0 || j % 5 == i % 5) ? j : to;
            }
            int64_t dh = defects_hop_energy(&d, from, to);
            state_set(&s, from, false);
            state_set(&s, to, true);
            assert_int_equal(defects_energy_twice(&d) - before, 2 * dh);
            state_set(&s, from, true);
            state_set(&s, to, false);
            int64_t sites = s.ncell * 8, *kept = MEM_NEW(int64_t, sites);
            memcpy(kept, d.potential, (size_t)sites * sizeof *kept);
            defects_load(&d);
            assert_memory_equal(kept, d.potential, (size_t)sites * sizeof *kept);
            free(kept);
        }
        kmc_free(k);
        bridge_free(b);
        defects_clear(&d);
        wiring_clear(&w);
        state_clear(&s);
        network_clear(&n);
    }
}

/* One Mg left its place on a ring: how long it is where, against exp(-H/kT). */
typedef struct Stay {
    const State *state;
    double since, time[8];
    int where;
} Stay;

static void watch(void *data, const KmcEvent *e)
{
    Stay *stay = data;
    stay->time[stay->where] += e->time - stay->since;
    stay->since = e->time;
    for (int i = 0; i < 8; i++)
        if (stay->state->occ[i])
            stay->where = i;
}

static void boltzmann(void **state)
{
    (void)state;
    for (int engine = 0; engine < 2; engine++) {
        Network n = {.cell = network_box(16, 30, 30), .charge = 1.0, .permittivity = 30.0};
        State s;
        Wiring w;
        Defects d;
        int home = network_add_site_class(&n, 0, true), away = network_add_site_class(&n, 0, false);
        for (int i = 0; i < 8; i++)
            network_add_site(&n, i == 0 ? home : away, 0.125 * i, 0, 0);
        int edge = network_add_edge_class(&n, 100000, 1e12);
        for (int i = 0; i < 8; i++)
            network_add_edge(&n, i, (i + 1) % 8, edge, i == 7, 0, 0);
        assert_ok(state_init(&s, &n, (const int[3]){1, 1, 1}));
        assert_ok(wiring_init(&w, &n));
        assert_ok(defects_init(&d, &s, false));
        double weight[8], z = 0.0;
        for (int i = 0; i < 8; i++) {
            state_set(&s, 0, i == 0);
            if (i > 0)
                state_set(&s, i, true);
            z += weight[i] = exp(-0.5e-6 * (double)defects_energy_twice(&d) / (UNITS_KB * KELVIN));
            state_set(&s, i, false);
        }
        state_set(&s, 0, true);
        defects_load(&d);
        Stay stay = {.state = &s};
        KmcClock clock = {.seed = 9};
        const KmcOptions o = {.temperature = KELVIN,
                              .rotor_speed = 1.0,
                              .defects = &d,
                              .watch = watch,
                              .data = &stay};
        Kmc *k = NULL;
        Bridge *b = NULL;
        int64_t made;
        if (engine == 0) {
            assert_ok(kmc_new(&s, &w, &o, NULL, &k));
            kmc_run(k, &clock, INFINITY, 400000);
        } else {
            assert_ok(bridge_new(&s, &w, &o, false, &b));
            assert_ok(bridge_run(b, &clock, INFINITY, 400000, &made));
        }
        for (int i = 0; i < 8; i++)
            assert_near(stay.time[i] / stay.since / (weight[i] / z), 1.0, 0.05);
        assert_true(weight[1] > 2.0 * weight[4]); /* they attract */
        kmc_free(k);
        bridge_free(b);
        defects_clear(&d);
        wiring_clear(&w);
        state_clear(&s);
        network_clear(&n);
    }
}

static void refusals(void **state)
{
    (void)state;
    Network n;
    State s;
    Wiring w;
    Defects d;
    Kmc *k;
    rock_salt(&n);
    assert_ok(state_init(&s, &n, (const int[3]){4, 2, 2}));
    assert_ok(wiring_init(&w, &n));
    state_set(&s, 0, false);
    state_name_ions(&s);
    assert_int_equal(defects_init(&d, &s, false), ERR_INPUT);
    assert_non_null(strstr(err_message(), "net charge of -2 e"));
    defects_clear(&d);
    assert_ok(defects_init(&d, &s, true));
    const KmcOptions o = {.temperature = KELVIN, .rotor_speed = 1.0, .defects = &d};
    assert_int_equal(kmc_new(&s, &w, &o, (const int[3]){2, 2, 2}, &k), ERR_INPUT);
    defects_clear(&d);
    n.charge = 0.0;
    assert_int_equal(defects_init(&d, &s, true), ERR_INPUT);
    defects_clear(&d);
    wiring_clear(&w);
    state_clear(&s);
    network_clear(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(madelung), cmocka_unit_test(differences),
                                       cmocka_unit_test(boltzmann), cmocka_unit_test(refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
