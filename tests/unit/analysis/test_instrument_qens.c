/* TOFTOF at 5 A: kinematics against published tables, resolution in time, counting noise. */
#include "check.h"

#include "analysis/instrument_qens.h"
#include "base/units.h"

#include <stdlib.h>
#include <string.h>

static InstrumentQens toftof(void)
{
    InstrumentQens i;
    assert_ok(config_read(NULL, instrument_qens_nfields, instrument_qens_fields, &i));
    assert_ok(instrument_qens_check(&i));
    return i;
}

/* E_i and the Q range of the detector bank at several energy gains (facts on the instrument,
 * table 4.1) */
static void kinematics(void **state)
{
    (void)state;
    InstrumentQens i = toftof();
    assert_near(instrument_qens_incident(&i), 3.2722, 1e-4);
    const double table[][3] = {
        {0, 0.17, 2.36}, {-2, 0.39, 2.68}, {-9.4, 1.24, 3.52}, {2, 0.49, 1.92}};
    for (int k = 0; k < 4; k++) {
        double low, high;
        instrument_qens_q_range(&i, table[k][0], &low, &high);
        assert_near(low, table[k][1], 0.006);
        assert_near(high, table[k][2], 0.006);
    }
    assert_near(instrument_qens_kf_over_ki(&i, -2), sqrt(1 + 2 / 3.2722), 1e-4);
}

static void resolution(void **state)
{
    (void)state;
    InstrumentQens i = toftof();
    assert_near(instrument_qens_sigma(&i), 0.0276, 1e-5);
    assert_near(UNITS_HBAR_MEV_PS / instrument_qens_sigma(&i), 23.85, 0.01);
    assert_near(instrument_qens_in_time(&i, 0), 1, 0);
    assert_near(instrument_qens_in_time(&i, 102.4), 1e-4, 0.05e-4);
}

static void counting(void **state)
{
    (void)state;
    enum { N = 300 };
    InstrumentQens i = toftof();
    double shape[N], mean[N], counts[N], again[N], other[N], chi2 = 0, sum = 0;
    for (int k = 0; k < N; k++)
        shape[k] = 1 + k % 7;
    i.counts = 1e5;
    i.background = 0.1;
    i.seed = 42;
    assert_ok(instrument_qens_count(&i, 3, N, shape, mean, counts));
    assert_ok(instrument_qens_count(&i, 3, N, shape, mean, again));
    assert_ok(instrument_qens_count(&i, 4, N, shape, mean, other));
    assert_memory_equal(counts, again, sizeof counts);
    assert_memory_not_equal(counts, other, sizeof counts);
    for (int k = 0; k < N; k++) {
        chi2 += (counts[k] - mean[k]) * (counts[k] - mean[k]) / mean[k];
        sum += mean[k];
    }
    assert_near(sum, 1e5, 1e-6);
    assert_near(mean[0] - mean[7], 0, 1e-9);
    assert_near(mean[1] - mean[0], 9e4 / (1200 - 6), 0.5);
    assert_near(chi2 / N, 1, 5 * sqrt(2.0 / N));
    i.counts = 0;
    assert_ok(instrument_qens_count(&i, 3, N, shape, mean, counts));
    assert_memory_equal(counts, mean, sizeof counts);
    shape[5] = -1;
    assert_int_equal(instrument_qens_count(&i, 3, N, shape, mean, counts), ERR_INPUT);
}

static void grids_and_limits(void **state)
{
    (void)state;
    InstrumentQens i = toftof();
    double *q, *e;
    assert_int_equal(instrument_qens_q(&i, &q), 20);
    assert_near(q[19], 2.2, 1e-12);
    assert_int_equal(instrument_qens_e(&i, &e), 301);
    assert_near(e[150], 0, 1e-12);
    free(q);
    free(e);
    i.q_high = 2.5;
    assert_int_equal(instrument_qens_check(&i), ERR_INPUT);
    assert_non_null(strstr(err_message(), "elastic Q"));
    i = toftof();
    i.e_high = 4;
    assert_int_equal(instrument_qens_check(&i), ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinematics),
        cmocka_unit_test(resolution),
        cmocka_unit_test(counting),
        cmocka_unit_test(grids_and_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
