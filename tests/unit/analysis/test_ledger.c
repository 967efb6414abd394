/* Shares that sum exactly, and the paper's conductivities read as a matter of carriers. */
#include "check.h"

#include "analysis/attempts.h"
#include "analysis/ledger.h"

#include "base/rng.h"

#include <stdlib.h>
#include <string.h>

/* Any game: shares sum to the whole; a player that changes nothing gets nothing; twins get the same; and one by hand. */
static void shapley(void **state)
{
    (void)state;
    /* gloves: players 0 and 1 have a left one, 2 a right one; a pair is worth 1: shares 1/6, 1/6, 4/6 */
    const double gloves[8] = {0, 0, 0, 0, 0, 1, 1, 1};
    double s[6];
    ledger_shapley(3, gloves, s);
    assert_near(s[0], 1.0 / 6.0, 1e-15);
    assert_near(s[1], 1.0 / 6.0, 1e-15);
    assert_near(s[2], 4.0 / 6.0, 1e-15);
    double v[64];
    for (unsigned set = 0; set < 64; set++) {
        /* player 5 is a dummy; 0 and 1 are twins */
        unsigned seen = set & 31u;
        if ((seen & 3u) == 2u)
            seen = (seen & ~3u) | 1u;
        double u[2];
        rng_uniform2(1, RNG_TEST, 0, seen, 0, u);
        v[set] = u[0];
    }
    ledger_shapley(6, v, s);
    double sum = 0.0;
    for (int i = 0; i < 6; i++)
        sum += s[i];
    assert_near(sum, v[63] - v[0], 1e-14);
    assert_near(s[5], 0.0, 1e-15);
    assert_near(s[0], s[1], 1e-15);
}

static void split(void **state)
{
    (void)state;
    const double a[] = {1e-3, 2e4, 0.5, 3.0, 0.9}, b[] = {2e-2, 1e4, 0.25, 9.0, 0.99};
    double share[LEDGER_TERMS], total, sum = 0.0;
    assert_ok(ledger_split(a, b, share, &total));
    for (int i = 0; i < LEDGER_TERMS; i++) {
        sum += share[i];
        assert_near(share[i], log(b[i] / a[i]), 1e-13);
    }
    assert_near(sum, total, 1e-13);
    const double none[] = {1, 1, 0, 1, 1};
    assert_int_equal(ledger_split(a, none, share, &total), ERR_INPUT);
    assert_non_null(strstr(err_message(), "network"));
}

static const AttemptsMaterial GAMMA = {24, 3914, 2, 4.82, 1e13};

/* The design's table of the paper: D, rate, implied attempt frequency, carriers, slope. */
static void paper(void **state)
{
    (void)state;
    static const char text[] = "id,quantity,sample,T_K,value,unit\n"
                               "a,ionic conductivity,gamma,313,5.3e-14,S/cm\n"
                               "b,ionic conductivity,gamma,353,6.9e-13,S/cm\n"
                               "c,ionic conductivity,gamma,393,1.2e-11,S/cm\n"
                               "d,activation energy of conductivity,gamma,313-393,0.68,eV\n"
                               "e,ionic conductivity,amorphous,313,2.5e-13,S/cm\n"
                               "f,ionic conductivity,amorphous,353,1.8e-11,S/cm\n"
                               "g,activation energy of conductivity,amorphous,313-353,0.95,eV\n";
    Table *t;
    AttemptsFit f[4];
    int n;
    assert_ok(table_parse("paper", text, sizeof text - 1, &t));
    assert_ok(attempts_read(t, &GAMMA, 4, f, &n));
    assert_int_equal(n, 2);
    static const double d[] = {3.6e-23, 5.3e-22, 1.0e-20, 1.7e-22, 1.4e-20},
                        rate[] = {9.4e-4, 1.4e-2, 0.27, 4.4e-3, 0.36};
    for (int i = 0; i < 5; i++) {
        const AttemptsFit *s = &f[i / 3];
        assert_near(s->d[i % 3] * 1e-20 / d[i], 1.0, 0.05);
        assert_near(s->rate[i % 3] / rate[i], 1.0, 0.05);
    }
    for (int i = 0; i < 3; i++)
        assert_true(f[0].implied[i] > 0.65e8 && f[0].implied[i] < 1.45e8);
    for (int i = 0; i < 2; i++)
        assert_true(f[1].implied[i] > 0.85e13 && f[1].implied[i] < 1.35e13);
    assert_near(log10(f[0].fraction), -5.0, 0.1);
    assert_near(log10(f[1].fraction), 0.0, 0.1);
    assert_near(attempts_meyer_neldel(&f[0], &f[1]), 0.0235, 5e-4);
    assert_near(f[0].slope, 0.744, 2e-3);
    assert_near(f[1].slope, 1.047, 2e-3);
    table_close(t);
}

/* A sample made of a known number of carriers gives it back. */
static void returns_what_was_put_in(void **state)
{
    (void)state;
    AttemptsFit f = {.n = 3, .energy = 0.7, .sample = "made"};
    for (int i = 0; i < 3; i++) {
        double t = 300.0 + 40.0 * i, k = 3e-4 * 1e13 * exp(-0.7 / (8.617333262e-5 * t));
        f.temperature[i] = t;
        /* n q^2 D/(V kT), SI */
        f.sigma[i] = 24.0 / 3914e-30 * pow(2 * 1.602176634e-19, 2) * k * 4.82e-10 * 4.82e-10 / 6.0 /
                     (1.380649e-23 * t) * 0.01;
    }
    assert_ok(attempts_fit(&GAMMA, &f));
    assert_near(f.fraction / 3e-4, 1.0, 1e-8);
    assert_near(f.slope, 0.7, 1e-9);
}

static void bad_tables(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"quantity,sample,T_K,value,unit\nionic conductivity,x,300,-1,S/cm\n", "must be positive"},
        {"quantity,sample,T_K,value,unit\nionic conductivity,x,300,1,S/cm\n",
         "no activation energy"},
        {"quantity,sample,T_K,value,unit\nionic conductivity,x,warm,1,S/cm\n", "T_K"},
        {"quantity,sample,value,unit\nionic conductivity,x,1,S/cm\n", "T_K"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        Table *t;
        AttemptsFit f[4];
        int n;
        assert_ok(table_parse("bad", bad[i][0], strlen(bad[i][0]), &t));
        assert_int_equal(attempts_read(t, &GAMMA, 4, f, &n), ERR_INPUT);
        if (strstr(err_message(), bad[i][1]) == NULL)
            fail_msg("%s", err_message());
        table_close(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapley),    cmocka_unit_test(split),
        cmocka_unit_test(paper),      cmocka_unit_test(returns_what_was_put_in),
        cmocka_unit_test(bad_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
