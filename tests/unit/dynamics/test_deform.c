/* Cell changes: strains of lengths and shear, and stochastic cell rescaling's drift and noise. */
#include "check.h"

#include "base/units.h"
#include "base/vec.h"
#include "dynamics/barostat.h"
#include "dynamics/deform.h"
#include "dynamics/thermostat.h"

#include <string.h>

static Cell skewed(void)
{
    const double h[3][3] = {{10.0, 0.0, 0.0}, {2.0, 11.0, 0.0}, {-1.0, 3.0, 12.0}};
    Cell c;
    assert_ok(cell_init(&c, h));
    return c;
}

/* Angles stay, lengths follow, and the strain is the derivative of the map */
static void lengths_keep_angles(void **state)
{
    (void)state;
    Cell c = skewed(), n;
    const double log_scale[3] = {1e-5, -2e-5, 3e-5};
    double h[3][3], e[3][3], l0[3], a0[3], l1[3], a1[3], map[3][3];
    deform_lengths(&c, log_scale, h, e);
    assert_ok(cell_init(&n, (const double(*)[3])h));
    cell_lengths(&c, l0, a0);
    cell_lengths(&n, l1, a1);
    mat_mul((const double(*)[3])c.inv, (const double(*)[3])h, map);
    for (int k = 0; k < 3; k++) {
        assert_near(log(l1[k] / l0[k]), log_scale[k], 1e-14);
        assert_near(a1[k], a0[k], 1e-11);
        for (int b = 0; b < 3; b++)
            assert_near(map[k][b] - (k == b), e[k][b], 2e-9); /* second order */
    }
    assert_near(log(n.volume / c.volume), e[0][0] + e[1][1] + e[2][2], 1e-14);
}

static void shear_pushes_one_component(void **state)
{
    (void)state;
    Cell c = skewed(), n;
    static const int plane[3][2] = {{1, 0}, {2, 0}, {2, 1}};
    for (int p = 0; p < 3; p++) {
        double h[3][3], e[3][3], map[3][3];
        deform_shear(&c, p, 0.3, h, e);
        assert_ok(cell_init(&n, (const double(*)[3])h));
        assert_near(n.volume, c.volume, 1e-10);
        mat_mul((const double(*)[3])c.inv, (const double(*)[3])h, map);
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++) {
                double want = a == plane[p][0] && b == plane[p][1] ? 0.3 : 0.0;
                assert_near(e[a][b], want, 0.0);
                assert_near(map[a][b], want + (a == b), 1e-15);
            }
    }
    assert_near(deform_cycle(0.2, 4.0, 1.0), 0.2, 1e-15);
    assert_near(deform_cycle(0.2, 4.0, 8.0), 0.0, 1e-15);
}

/* Mean and variance of the volume strain over 40000 draws against the equation, isotropic and
 * anisotropic */
static void barostat_has_drift_and_noise(void **state)
{
    (void)state;
    enum { N = 40000 };
    Cell c = skewed();
    const double pressure[3][3] = {{0.02, 0.0, 0.0}, {0.0, 0.03, 0.0}, {0.0, 0.0, 0.04}}, dt = 0.5;
    DynamicsOptions o = {.seed = 4,
                         .temperature = 300.0,
                         .pressure = 0.01,
                         .barostat_time = 50.0,
                         .compressibility = 2.0};
    double rate = o.compressibility * dt / o.barostat_time, drift = rate * (0.03 - 0.01);
    double variance = 2.0 * UNITS_KB * o.temperature * rate / c.volume;
    for (int b = BAROSTAT_ISOTROPIC; b <= BAROSTAT_ANISOTROPIC; b++) {
        double sum = 0.0, square = 0.0, s[3], difference = 0.0;
        o.barostat = (Barostat)b;
        for (int i = 0; i < N; i++) {
            barostat_log_scale(&o, &c, pressure, i, dt, s);
            double v = s[0] + s[1] + s[2] - drift;
            sum += v;
            square += v * v;
            difference += s[2] - s[0];
        }
        assert_near(sum / N, 0.0, 4.0 * sqrt(variance / N));
        assert_near(square / N, variance, 4.0 * variance * sqrt(2.0 / N));
        double p[3];
        barostat_pressures(&c, pressure, p);
        double want = b == BAROSTAT_ISOTROPIC ? 0.0 : rate / 3.0 * (p[2] - p[0]);
        assert_near(difference / N, want,
                    b == BAROSTAT_ISOTROPIC ? 0.0 : 4.0 * sqrt(2.0 / 3.0 * variance / N));
    }
    o.barostat = BAROSTAT_NONE;
    double s[3];
    barostat_log_scale(&o, &c, pressure, 1, dt, s);
    assert_true(s[0] == 0.0 && s[1] == 0.0 && s[2] == 0.0);
}

/* Bussi's factor alone, as a Markov chain of the kinetic energy: Gamma distribution with the right
 * memory */
static void rescaling_is_canonical(void **state)
{
    (void)state;
    enum { N = 60000 };
    const double freedom = 30.0, t = 300.0, dt = 0.5, tau = 1.0,
                 mean = 0.5 * freedom * UNITS_KB * t;
    double k = mean, last = mean, s1 = 0.0, s2 = 0.0, memory = 0.0;
    for (int i = 0; i < N; i++) {
        double f = thermostat_rescaling(8, i, k, freedom, t, dt, tau);
        k *= f * f;
        s1 += k - mean;
        s2 += (k - mean) * (k - mean);
        memory += (k - mean) * (last - mean);
        last = k;
    }
    double variance = mean * mean * 2.0 / freedom, keep = exp(-dt / tau);
    double samples = N * (1.0 - keep) / (1.0 + keep); /* independent ones */
    assert_near(s1 / N, 0.0, 4.0 * sqrt(variance / samples));
    assert_near(s2 / N, variance, 4.0 * variance * sqrt((2.0 + 12.0 / freedom) / samples));
    assert_near(memory / s2, keep, 4.0 / sqrt(N));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_keep_angles),
        cmocka_unit_test(shear_pushes_one_component),
        cmocka_unit_test(barostat_has_drift_and_noise),
        cmocka_unit_test(rescaling_is_canonical),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
