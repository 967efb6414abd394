/* Turns by null events against lists: rates after every event, which event is the next and when, stationary law, decay, and which of
 * the two is taken. */
#include "network.h"

#include "lattice/kmc.h"
#include "lattice/turns.h"

static const double KELVIN = 300.0;

/* Rotors of two classes, with one and three wells, that feel each other and Mg that stay. */
static void rotors_and_sites(Network *n)
{
    *n = (Network){.cell = network_box(6, 7, 8)};
    int site = network_add_site_class(n, 0, true);
    network_add_site(n, site, 0.1, 0.1, 0.1);
    network_add_site(n, site, 0.6, 0.1, 0.1);
    network_add_two_kinds(
        n, 45000, (const int32_t[]){0, 24000, -10000, 6000, 0, 40000, 14000, -22000, 18000});
    int sr = network_add_table(n, 1, 3, (const int32_t[]){0, 60000, -50000});
    network_add_link(&n->site_rotor, &n->nsite_rotor, 0, 0, sr, 0, 0, 0);
    network_add_link(&n->site_rotor, &n->nsite_rotor, 1, 1, sr, 0, -1, 0);
}

typedef struct Sample {
    Network n;
    State s;
    Wiring w;
} Sample;

static void sample_new(Sample *m, int x, int y, int z)
{
    assert_ok(state_init(&m->s, &m->n, (const int[3]){x, y, z}));
    for (int64_t i = 0; i < m->s.ncell * m->n.nsite; i += 3)
        state_set(&m->s, i, false);
    state_name_ions(&m->s);
    assert_ok(wiring_init(&m->w, &m->n));
}

static void sample_clear(Sample *m)
{
    wiring_clear(&m->w);
    state_clear(&m->s);
    network_clear(&m->n);
}

static Kmc *engine(Sample *m, KmcSolver solver, KmcWatch *watch, void *data)
{
    Kmc *k;
    const KmcOptions o = {
        .temperature = KELVIN, .rotor_speed = 1.0, .solver = solver, .watch = watch, .data = data};
    assert_ok(kmc_new(&m->s, &m->w, &o, NULL, &k));
    return k;
}

static void see(void *data, const KmcEvent *e)
{
    *(KmcEvent *)data = *e;
}

/* After every event, by differences: all rates are those of lists made anew. */
static void rates(void **state)
{
    (void)state;
    Sample m;
    rotors_and_sites(&m.n);
    sample_new(&m, 3, 2, 4);
    Kmc *k = engine(&m, KMC_NULL_EVENTS, NULL, NULL);
    KmcClock clock = {.seed = 7};
    for (int event = 0; event < 300; event++) {
        assert_int_equal(kmc_run(k, &clock, INFINITY, 1), 1);
        Kmc *lists = engine(&m, KMC_LISTS, NULL, NULL);
        assert_int_equal(kmc_classes(k), 0);
        assert_true(kmc_classes(lists) > 5);
        for (int64_t cell = 0; cell < m.s.ncell; cell++)
            for (int32_t r = 0; r < 3; r++)
                assert_near(kmc_rotor_rate(k, cell, r) / kmc_rotor_rate(lists, cell, r), 1.0,
                            1e-12);
        assert_near(kmc_total(k) / kmc_total(lists), 1.0, 1e-12);
        kmc_free(lists);
    }
    kmc_free(k);
    sample_clear(&m);
}

/* The first event out of one state, many times: of either solver each rotor, well and turn as often as its rate says, after a
 * time whose mean and variance are those of an exponential. */
static void first_event(void **state)
{
    (void)state;
    enum { ROTORS = 36, WELLS = 3, DRAWS = 60000 };
    for (KmcSolver solver = KMC_LISTS; solver <= KMC_NULL_EVENTS; solver++) {
        Sample m;
        KmcEvent e;
        rotors_and_sites(&m.n);
        sample_new(&m, 3, 2, 2);
        Kmc *k = engine(&m, KMC_LISTS, see, &e);
        KmcClock clock = {.seed = 3};
        kmc_run(k, &clock, INFINITY, 100);
        double total = kmc_total(k), want[ROTORS], sum = 0.0, square = 0.0, chi2 = 0.0,
               least = 1e99, most = 0.0;
        for (int i = 0; i < ROTORS; i++) {
            want[i] = kmc_rotor_rate(k, i / 3, i % 3) / total;
            least = fmin(least, want[i]);
            most = fmax(most, want[i]);
        }
        kmc_free(k);
        print_message("  rates a factor %.0f apart\n", most / least);
        assert_true(most / least > 30.0);
        uint8_t well[ROTORS], label[ROTORS];
        memcpy(well, m.s.well, ROTORS);
        memcpy(label, m.s.label, ROTORS);
        k = engine(&m, solver, see, &e);
        int count[ROTORS] = {0}, op[TURNS] = {0}, alike = 0;
        for (int i = 0; i < DRAWS; i++) {
            clock = (KmcClock){.seed = 100, .id = (uint64_t)i};
            kmc_run(k, &clock, INFINITY, 1);
            int64_t place = e.cell * 3 + e.rotor;
            count[place]++;
            assert_int_equal(e.from, well[place]);
            assert_int_equal(m.s.well[place], e.to);
            assert_int_equal(m.s.label[place], turns_product(e.op, label[place]));
            if (e.rotor == 2) { /* three C2 turns that cost the same */
                op[e.op]++;
                alike++;
            }
            assert_near(e.time, clock.time, 0.0);
            sum += total * e.time;
            square += total * total * e.time * e.time;
            memcpy(m.s.well, well, ROTORS);
            memcpy(m.s.label, label, ROTORS);
            kmc_enter(k, NULL);
        }
        for (int i = 0; i < ROTORS; i++)
            chi2 += pow(count[i] - DRAWS * want[i], 2.0) / (DRAWS * want[i]);
        double mean = sum / DRAWS, tail = square / DRAWS;
        print_message("  chi^2 of %d rotors %.1f; mean wait %.4f, mean square %.4f\n", ROTORS, chi2,
                      mean, tail);
        assert_true(chi2 < ROTORS + 4.0 * sqrt(2.0 * ROTORS));
        assert_near(mean, 1.0, 4.0 / sqrt(DRAWS));
        assert_near(tail, 2.0, 4.0 * sqrt(20.0 / DRAWS));
        for (int i = 1; i < 4; i++)
            assert_near((double)op[i] / alike, 1.0 / 3.0, 4.0 * sqrt(2.0 / 9.0 / alike));
        kmc_free(k);
        sample_clear(&m);
    }
}

/* A ring in a state where every turn is as fast as any can be: all attempts come true, at the rate of all turns. */
static void fastest(void **state)
{
    (void)state;
    enum { DRAWS = 10000 };
    Sample m = {.n = {.cell = network_box(5, 5, 5)}};
    network_add_site(&m.n, network_add_site_class(&m.n, 0, true), 0, 0, 0);
    int class = network_add_rotor_class(&m.n, 2, (const int32_t[]){0, 5000});
    network_add_turn(&m.n, class, 0, 1, 0, 60000, 1e12);
    network_add_rotor(&m.n, class, 0.5, 0.5, 0.5);
    int rr = network_add_table(&m.n, 2, 2, (const int32_t[]){0, -20000, -20000, 0});
    int sr = network_add_table(&m.n, 1, 2, (const int32_t[]){0, -15000});
    network_add_link(&m.n.rotor_rotor, &m.n.nrotor_rotor, 0, 0, rr, 1, 0, 0);
    network_add_link(&m.n.site_rotor, &m.n.nsite_rotor, 0, 0, sr, 0, 0, 0);
    sample_new(&m, 10, 1, 1);
    for (int64_t i = 0; i < 10; i++)
        state_set(&m.s, i, true);
    Kmc *lists = engine(&m, KMC_LISTS, NULL, NULL);
    double total = kmc_total(lists), sum = 0.0;
    kmc_free(lists);
    Kmc *k = engine(&m, KMC_NULL_EVENTS, NULL, NULL);
    for (int i = 0; i < DRAWS; i++) {
        KmcClock clock = {.seed = 1, .id = (uint64_t)i};
        kmc_run(k, &clock, INFINITY, 1);
        assert_int_equal(clock.step, 1);
        sum += total * clock.time;
        memset(m.s.well, 0, 10);
        kmc_enter(k, NULL);
    }
    assert_near(sum / DRAWS, 1.0, 4.0 / sqrt(DRAWS));
    kmc_free(k);
    sample_clear(&m);
}

/* Not before `until`, and as often as the rate says; what is forgotten at the end of one run does not bias the next. */
static void until(void **state)
{
    (void)state;
    Sample m = {.n = {.cell = network_box(5, 5, 5)}};
    int class = network_add_rotor_class(&m.n, 2, NULL);
    network_add_turn(&m.n, class, 0, 1, 0, 100000, 1e12);
    network_add_rotor(&m.n, class, 0, 0, 0);
    sample_new(&m, 20, 10, 5);
    Kmc *k = engine(&m, KMC_NULL_EVENTS, NULL, NULL);
    const double rate = 1e12 * exp(-0.1 / (UNITS_KB * KELVIN)) * 1000.0;
    KmcClock clock = {.seed = 1};
    int64_t happened = 0;
    for (int i = 1; i <= 20000; i++) {
        happened += kmc_run(k, &clock, 0.4 * i / rate, INT64_MAX);
        assert_near(clock.time, 0.4 * i / rate, 0.0);
    }
    assert_near((double)happened, 8000.0, 4.0 * sqrt(8000.0));
    kmc_free(k);
    sample_clear(&m);
}

/* Nothing can turn. */
static void at_rest(void **state)
{
    (void)state;
    for (KmcSolver solver = KMC_AUTO; solver <= KMC_NULL_EVENTS; solver++) {
        Sample m;
        rotors_and_sites(&m.n);
        sample_new(&m, 2, 2, 2);
        const KmcOptions o = {.temperature = KELVIN, .rotor_speed = 0.0, .solver = solver};
        Kmc *k;
        assert_ok(kmc_new(&m.s, &m.w, &o, NULL, &k));
        KmcClock clock = {.seed = 1};
        assert_int_equal(kmc_run(k, &clock, 1.0, INT64_MAX), 0);
        assert_near(clock.time, 1.0, 0.0);
        kmc_free(k);
        sample_clear(&m);
    }
}

/* KMC_AUTO: lists where few attempts would come true, null events where many do; from one to the other as the lattice warms up from an
 * ordered State or falls into order. */
static void choice(void **state)
{
    (void)state;
    for (int ordered = 0; ordered < 2; ordered++) {
        Sample m;
        network_cubic_rotors(&m.n, ordered ? 12000 : 60000, 20000);
        if (!ordered)
            m.n.rotor_classes[0].energy[1] = 30000;
        sample_new(&m, 8, 8, 8);
        for (int64_t i = 0; i < 512;
             i++) /* unlike neighbours everywhere: what turns, turns at once */
            m.s.well[i] = (uint8_t)(ordered ? 0 : (i / 64 + i / 8 % 8 + i) % 2);
        Kmc *k = engine(&m, KMC_AUTO, NULL, NULL);
        KmcClock clock = {.seed = 2};
        bool lists_first = kmc_classes(k) > 0;
        for (int i = 0; i < 200; i++)
            kmc_run(k, &clock, INFINITY, 100);
        bool lists_last = kmc_classes(k) > 0;
        print_message("  %s: lists %d, then %d\n", ordered ? "ordered" : "unlike", lists_first,
                      lists_last);
        assert_true(ordered ? lists_first && !lists_last : !lists_first && lists_last);
        kmc_free(k);
        sample_clear(&m);
    }
}

/* A State of unlike neighbours falls into order within one run, where next to no attempt comes true any more: it does not take as
 * long as the attempts would. On the whole lattice and in a box, whose rates are right afterwards. */
static void falls_into_order(void **state)
{
    (void)state;
    for (int boxed = 0; boxed < 2; boxed++) {
        Sample m;
        Kmc *k, *lists;
        network_cubic_rotors(&m.n, 100000, 20000);
        sample_new(&m, 8, 8, 8);
        for (int64_t i = 0; i < 512; i++)
            m.s.well[i] = (uint8_t)((i / 64 + i / 8 % 8 + i) % 2);
        const int box[3] = {4, 8, 8}, origin[3] = {4, 0, 0};
        KmcOptions o = {.temperature = KELVIN, .rotor_speed = 1.0};
        assert_ok(kmc_new(&m.s, &m.w, &o, boxed ? box : NULL, &k));
        kmc_enter(k, origin);
        assert_int_equal(kmc_classes(k), 0);
        KmcClock clock = {.seed = 2};
        kmc_run(k, &clock, 1e-3, INT64_MAX); /* some 1e12 attempts */
        assert_near(clock.time, 1e-3, 0.0);
        assert_true(clock.step < 10000000);
        assert_true(kmc_classes(k) > 0);
        o.solver = KMC_LISTS;
        assert_ok(kmc_new(&m.s, &m.w, &o, boxed ? box : NULL, &lists));
        kmc_enter(lists, origin);
        assert_near(kmc_total(k) / kmc_total(lists), 1.0, 1e-12);
        kmc_free(k);
        kmc_free(lists);
        sample_clear(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates),
        cmocka_unit_test(first_event),
        cmocka_unit_test(fastest),
        cmocka_unit_test(until),
        cmocka_unit_test(at_rest),
        cmocka_unit_test(choice),
        cmocka_unit_test(falls_into_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
