/* The spectrum of events against a sum over all pairs, and against a row of jumps with a known answer. */
#include "check.h"

#include "analysis/event_spectrum.h"
#include "base/rng.h"
#include "base/units.h"

#include <stdlib.h>

enum { EVENTS = 300 };

/* The damped sum over pairs, extrapolated as in the header. */
static void all_pairs(void **state)
{
    (void)state;
    const double frequency[3] = {0.003, 0.1, 4.0};
    double t[EVENTS], d[EVENTS][3], square = 0.0, now = 0.0;
    EventSpectrum s;
    double _Complex got[3];
    event_spectrum_init(&s, 3, frequency);
    for (int n = 0; n < EVENTS; n++) {
        rng_normal3(3, RNG_TEST, (uint64_t)n, 0, 0, d[n]);
        double u[2];
        rng_uniform2(3, RNG_TEST, (uint64_t)n, 1, 0, u);
        t[n] = now -= log(u[0]);
        if (n == 100)
            event_spectrum_start(&s);
        event_spectrum_add(&s, t[n], d[n]);
        for (int a = 0; a < 3 && n >= 100; a++)
            square += d[n][a] * d[n][a];
    }
    event_spectrum_value(&s, 50.0, got);
    for (int k = 0; k < 3; k++) {
        double omega = 2.0 * PI * frequency[k];
        double _Complex sum = 0.5 * square;
        for (int m = 100; m < EVENTS; m++)
            for (int n = 0; n < m; n++) {
                double dot = d[n][0] * d[m][0] + d[n][1] * d[m][1] + d[n][2] * d[m][2],
                       wait = omega * (t[m] - t[n]), decay = exp(-0.1 * wait);
                sum += dot * (2.0 * decay - decay * decay) * CMPLX(cos(wait), -sin(wait));
            }
        assert_near(creal(got[k]), creal(sum) / 150.0, 1e-9);
        assert_near(cimag(got[k]), cimag(sum) / 150.0, 1e-9);
    }
    event_spectrum_clear(&s);
}

/* There and back a fixed time later: nothing is left far below, the jumps alone far above. */
static void there_and_back(void **state)
{
    (void)state;
    const double frequency[2] = {1e-6, 1e6}, there[3] = {1, 2, 2}, back[3] = {-1, -2, -2};
    EventSpectrum s;
    double _Complex got[2];
    event_spectrum_init(&s, 2, frequency);
    for (int n = 0; n < 50; n++) {
        event_spectrum_add(&s, 100.0 * n, there);
        event_spectrum_add(&s, 100.0 * n + 1.0, back);
    }
    event_spectrum_value(&s, 5000.0, got);
    assert_near(s.square, 900.0, 1e-12);
    assert_near(cabs(got[0]), 0.0, 1e-4 * 900.0 / 2.0 / 15000.0);
    assert_near(cabs(got[1] - 450.0 / 15000.0), 0.0, 1e-9);
    event_spectrum_clear(&s);
}

static void grid(void **state)
{
    (void)state;
    size_t n;
    double *f = event_spectrum_grid(2.0, 2000.0, 4, &n);
    assert_int_equal(n, 13);
    assert_near(f[4], 20.0, 1e-9);
    free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_pairs),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(grid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
