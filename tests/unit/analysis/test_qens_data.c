/* Spectra as data: copies, and what is refused. */
#include "check.h"

#include "analysis/qens_data.h"
#include "base/mem.h"

#include <string.h>

static void make(QensData *d)
{
    *d = (QensData){.nspectra = 2, .ne = 3, .wavelength = 5.0, .temperature = 310.0};
    d->q = MEM_NEW(double, 2);
    d->edge = MEM_NEW(double, 4);
    d->y = MEM_NEW(double, 6);
    d->title = mem_string("two spectra");
    for (int k = 0; k < 2; k++)
        d->q[k] = 0.5 * (k + 1);
    for (int k = 0; k < 4; k++)
        d->edge[k] = -1.5 + k;
    for (int k = 0; k < 6; k++)
        d->y[k] = k;
    d->y[5] = NAN;
}

static void good(void **state)
{
    (void)state;
    QensData d, copy;
    make(&d);
    assert_ok(qens_data_check(&d));
    assert_near(qens_data_centre(&d, 1), 0, 0);
    qens_data_copy(&copy, &d);
    qens_data_clear(&d);
    assert_ok(qens_data_check(&copy));
    assert_near(copy.y[4], 4, 0);
    assert_string_equal(copy.title, "two spectra");
    assert_null(copy.error);
    qens_data_clear(&copy);
}

static void refused(QensData *d, const char *why)
{
    assert_int_equal(qens_data_check(d), ERR_INPUT);
    if (strstr(err_message(), why) == NULL)
        fail_msg("'%s' does not say '%s'", err_message(), why);
    qens_data_clear(d);
}

static void bad(void **state)
{
    (void)state;
    QensData d;
    make(&d);
    d.edge[2] = d.edge[1];
    refused(&d, "energy bin 2: edge -0.5 meV does not come after -0.5 meV");
    make(&d);
    d.q[1] = 0.5;
    refused(&d, "spectrum 2: Q = 0.5 1/A does not come after 0.5 1/A");
    make(&d);
    d.q[0] = -1;
    refused(&d, "not positive");
    make(&d);
    d.y[4] = -2;
    refused(&d, "spectrum 2 (Q = 1 1/A), channel 2 (0 meV): -2 counts");
    make(&d);
    d.y[4] = INFINITY;
    refused(&d, "channel 2 (0 meV): intensity is not finite");
    make(&d);
    d.error = MEM_NEW(double, 6);
    refused(&d, "error 0 of intensity 0 is not positive");
    make(&d);
    d.y[3] = d.y[4] = NAN;
    refused(&d, "spectrum 2 (Q = 1 1/A) has no number");
    make(&d);
    d.ne = 0;
    refused(&d, "at least one of each");
    make(&d);
    d.two_theta = MEM_NEW(double, 2);
    d.wavelength = NAN;
    refused(&d, "wavelength");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good),
        cmocka_unit_test(bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
