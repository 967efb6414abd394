/* The search for the cheapest options keeps its promise, and what it measures is right. */
#include "ffcase.h"

#include "force/tune.h"

#include <stdio.h>

static Comm *world;

static FfOptions asked(double accuracy, double cutoff)
{
    return (FfOptions){.cutoff = cutoff, .shift = true, .accuracy = accuracy};
}

static void promise_kept(void **state)
{
    (void)state;
    Sample s;
    gamma_sample(&s);
    FfParameters p = ffcase_parameters();
    for (int k = 0; k < 4; k++) {
        double accuracy = (double[]){1e-2, 1e-3, 1.5e-4, 1e-5}[k];
        FfOptions o = asked(accuracy, 7.5), again = o;
        TuneReport r;
        char text[512];
        assert_ok(tune_search(world, &p, &s, 310.0, &o, &r));
        tune_describe(&o, &r, sizeof text, text);
        print_message("%s; %d rounds\n", text, r.rounds);
        assert_true(r.measured <= accuracy && r.measured > 0.2 * accuracy);
        assert_true(o.cutoff == 7.5 && o.skin > 0.3 && o.skin < 2.0);
        double measured;
        bool by_ewald;
        assert_ok(tune_measure(world, &p, &s, &o, &measured, &by_ewald));
        assert_near(measured, r.measured, 1e-3 * measured);
        assert_true(by_ewald);
        assert_ok(tune_search(world, &p, &s, 310.0, &again, &r)); /* the same choice again */
        assert_memory_equal(again.mesh, o.mesh, sizeof o.mesh);
        assert_true(again.beta == o.beta && again.order == o.order && again.skin == o.skin);
    }
    sample_clear(&s);
}

static void what_is_given_stays(void **state)
{
    (void)state;
    Sample s;
    gamma_sample(&s);
    FfParameters p = ffcase_parameters();
    FfOptions o = asked(1e-3, 7.0);
    o.order = 6;
    o.skin = 0.77;
    assert_ok(tune_pick(&p, &s, 310.0, &o));
    assert_true(o.order == 6 && o.cutoff == 7.0 && o.skin == 0.77 && o.beta > 0.0 && o.mesh[0] > 0);
    o = asked(1e-9, 3.0);
    o.order = 4;
    assert_int_equal(tune_pick(&p, &s, 310.0, &o), ERR_INPUT);
    o = asked(1e-4, 0.0); /* dispersion reaches farther than half the cell */
    assert_int_equal(tune_pick(&p, &s, 310.0, &o), ERR_INPUT);
    assert_non_null(strstr(err_message(), "larger supercell"));
    sample_clear(&s);
}

/* A chosen cut-off leaves out what the error allows; a cheaper force error has a cheaper step. */
static void cutoff_is_chosen(void **state)
{
    (void)state;
    Sample unit, s;
    gamma_sample(&unit);
    sample_supercell(&unit, (int[3]){2, 2, 2}, &s);
    FfParameters p = ffcase_parameters();
    for (int i = 0; i < FF_TYPES; i++)
        for (int j = 0; j < FF_TYPES; j++)
            p.pair[i][j].c6 = 0.0;
    double last = 0.0;
    for (int k = 0; k < 3; k++) {
        FfOptions o = asked((double[]){1e-2, 1e-3, 1e-4}[k], 0.0);
        assert_ok(tune_pick(&p, &s, 310.0, &o));
        assert_true(o.cutoff >= 5.0 && o.cutoff <= 14.0 && o.cutoff >= last);
        last = o.cutoff;
    }
    sample_clear(&s);
    sample_clear(&unit);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(promise_kept),
        cmocka_unit_test(what_is_given_stays),
        cmocka_unit_test(cutoff_is_chosen),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
