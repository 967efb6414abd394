/* The logic of the verdict on made-up arms: every outcome, at the line where it turns. */
#include "check.h"

#include "analysis/verdict.h"
#include "base/mem.h"
#include "base/rng.h"

#include <stdlib.h>
#include <string.h>

enum { UNITS = 32 };

static const double SPEED[] = {0.01, 0.1, 1.0, 10.0};
enum { SPEEDS = 4 };

typedef struct Case {
    double sigma[SPEEDS]; /* at the speeds, by charge and tracer */
    double quenched, r1, noise;
    int64_t hops;
} Case;

static double *units(uint64_t arm, double mean, double noise)
{
    double *x = MEM_NEW(double, UNITS);
    for (int i = 0; i < UNITS; i++) {
        double normal[3];
        rng_normal3(5, RNG_TEST, arm, (uint64_t)i, 0, normal);
        x[i] = mean * fmax(1.0 + noise * normal[0], 0.0);
    }
    return x;
}

static DoseResponse response(const Case *c)
{
    DoseResponse r = {.ions = 10,
                      .carriers = 1,
                      .reference = 11,
                      .volume = 1000.0,
                      .window = 1e-6,
                      .nspeed = SPEEDS,
                      .nstatic = UNITS,
                      .exposed = 0.2,
                      .rotors = 4.0,
                      .turn_rate = 1e11};
    for (uint64_t i = 0; i <= SPEEDS; i++) {
        double mean = i < SPEEDS ? c->sigma[i] : c->quenched;
        r.arm[i] = (DoseArm){.speed = i < SPEEDS ? SPEED[i] : 0.0,
                             .units = UNITS,
                             .hops = c->hops,
                             .charge = units(4 * i, mean, c->noise),
                             .charge_long = units(4 * i + 1, mean, c->noise),
                             .tracer = units(4 * i + 2, mean, c->noise),
                             .tracer_long = units(4 * i + 3, mean, c->noise)};
    }
    r.locked = units(100, 10.0, 0.1);
    r.mean = units(100, 10.0 * c->r1, 0.1); /* the same units */
    return r;
}

static Verdict judge(const Case *c, double lock, double lock_error, const double *against)
{
    DoseResponse r = response(c);
    Verdict v;
    assert_ok(verdict_judge(&r,
                            &(VerdictOptions){.margin = 1.25,
                                              .temperature = 300.0,
                                              .charge = 2.0,
                                              .lock = lock,
                                              .lock_error = lock_error,
                                              .against = against,
                                              .seed = 9},
                            &v));
    dose_response_clear(&r);
    char *line = verdict_line(&v);
    print_message("  %s\n", line);
    assert_non_null(strstr(line, verdict_name[v.kind]));
    free(line);
    return v;
}

static void outcomes(void **state)
{
    (void)state;
    static const struct {
        Case c;
        double lock, lock_error;
        VerdictKind kind;
    } cases[] = {
        {{{1, 1, 1, 1}, 1, 1, 0.1, 10000}, NAN, NAN, VERDICT_NONE},
        {{{1, 1, 1, 1}, 1, 1, 0.1, 500}, NAN, NAN, VERDICT_UNDERPOWERED}, /* 985 needed */
        {{{1, 1, 1, 1}, 0.2, 3, 0.1, 10000}, NAN, NAN, VERDICT_STATIC_CRADLE},
        {{{0.1, 0.4, 1, 2}, 0.05, 3, 0.1, 10000}, NAN, NAN, VERDICT_DYNAMIC},
        {{{0.5, 1, 1, 1}, 0.5, 1, 0.1, 10000}, NAN, NAN, VERDICT_INCONCLUSIVE}, /* flat at 1 */
        {{{1, 1, 1, 1}, 0.5, 1, 0.1, 10000}, NAN, NAN, VERDICT_INCONCLUSIVE},   /* R2 alone */
        {{{1, 1, 1, 1}, 1, 1, 1.0, 10000}, NAN, NAN, VERDICT_INCONCLUSIVE},     /* noise */
        {{{1, 1, 1, 1}, 0, 1, 0.1, 10000},
         NAN,
         NAN,
         VERDICT_INCONCLUSIVE}, /* quenched: nothing moves */
        {{{1, 1, 1, 1}, 1, 1, 0.1, 10000},
         0.05,
         0.005,
         VERDICT_STATIC_CRADLE}, /* barriers by forces */
        {{{1, 1, 1, 1}, 1, 1, 0.1, 10000},
         0.01,
         0.005,
         VERDICT_NONE}, /* e^(0.01/kT) = 1.47, not sure */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Verdict v = judge(&cases[i].c, cases[i].lock, cases[i].lock_error, NULL);
        if (v.kind != cases[i].kind)
            fail_msg("case %zu: %s, wanted %s", i, verdict_name[v.kind],
                     verdict_name[cases[i].kind]);
        assert_near(v.base_rate, 0.55, 0.01); /* 8 rotors' worth: 1 - exp(-0.8) */
    }
    Verdict v = judge(&cases[1].c, NAN, NAN, NULL);
    assert_near(v.hops_needed, 986, 1.0);
    assert_non_null(strstr(v.reason, "need 986 hops, 500 seen"));
    v = judge(&cases[6].c, NAN, NAN, NULL);
    assert_non_null(strstr(v.reason, "replicas"));
}

/* More than half by carriers and network changes NONE and STATIC_CRADLE, and never DYNAMIC. */
static void ledgers(void **state)
{
    (void)state;
    const Case none = {{1, 1, 1, 1}, 1, 1, 0.1, 10000},
               dynamic = {{0.1, 0.4, 1, 2}, 0.05, 3, 0.1, 10000};
    Verdict v = judge(&none, NAN, NAN, NULL);
    double other[LEDGER_TERMS], few[LEDGER_TERMS];
    double none_term[LEDGER_TERMS];
    memcpy(none_term, v.term, sizeof none_term);
    memcpy(other, v.term, sizeof other);
    memcpy(few, v.term, sizeof few);
    few[LEDGER_CARRIERS] *= 0.01;
    few[LEDGER_BARRIER] *= 0.5;
    other[LEDGER_CARRIERS] *= 0.5;
    other[LEDGER_BARRIER] *= 0.1;
    v = judge(&none, NAN, NAN, few);
    assert_int_equal(v.kind, VERDICT_CARRIER_NETWORK);
    assert_near(v.share[LEDGER_CARRIERS], log(100.0), 1e-12);
    assert_near(v.total, log(200.0), 1e-12);
    assert_int_equal(judge(&none, NAN, NAN, other).kind, VERDICT_NONE);
    /* a ratio within the margin is nothing to explain */
    memcpy(few, none_term, sizeof few);
    few[LEDGER_CARRIERS] *= 0.9;
    assert_int_equal(judge(&none, NAN, NAN, few).kind, VERDICT_NONE);
    few[LEDGER_CARRIERS] *= 0.01;
    assert_int_equal(judge(&dynamic, NAN, NAN, few).kind, VERDICT_DYNAMIC);
}

/* Slope through lambda 0.1, 1, 10 by hand. */
static void slope(void **state)
{
    (void)state;
    Case c = {{0.1, 0.5, 1, 1.5}, 0.05, 3, 0.0, 10000};
    Verdict v = judge(&c, NAN, NAN, NULL);
    assert_near(v.beta, log(3.0) / (2.0 * log(10.0)), 1e-12);
    assert_near(v.r[VERDICT_R3].ratio, 10.0, 1e-10);
    assert_near(v.r[VERDICT_R2].ratio, 20.0, 1e-10);
    assert_near(v.r[VERDICT_R1].ratio, 3.0, 1e-10);
    /* 10 Mg of 2 e in 1000 A^3 with D = 1 A^2/s, in SI */
    double sigma =
        10.0 / 1e-27 * pow(2 * 1.602176634e-19, 2) * 1e-20 / (1.380649e-23 * 300.0) * 0.01;
    assert_near(v.sigma[2] / sigma, 1.0, 1e-9);
    /* one carrier among 11 Mg; meant for 1 in 1100 */
    DoseResponse r = response(&c);
    assert_ok(verdict_judge(&r,
                            &(VerdictOptions){.margin = 1.25,
                                              .temperature = 300.0,
                                              .charge = 2.0,
                                              .fraction = 1.0 / 1100.0,
                                              .lock = NAN,
                                              .seed = 9},
                            &v));
    assert_near(v.sigma[2] / sigma, 0.01, 1e-11);
    double product = 1.0;
    for (int k = 0; k < LEDGER_TERMS; k++)
        product *= v.term[k];
    assert_near(product / v.sigma[2], 1.0, 1e-12);
    dose_response_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes),
        cmocka_unit_test(ledgers),
        cmocka_unit_test(slope),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
