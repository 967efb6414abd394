/* Self-shielding: cross sections of the formula unit, thin and absorbing limits, plate and cylinder. */
#include "check.h"

#include "analysis/self_shielding.h"
#include "base/units.h"

static SelfShielding plain(int shape)
{
    SelfShielding s;
    assert_ok(config_read(NULL, self_shielding_nfields, self_shielding_fields, &s));
    s.shape = shape;
    return s;
}

/* Material facts 4.2: incoherent 645.6 b, coherent 24.8 b; absorption at 5 A 4273 b (natural B), 7.6 b (11B) */
static void formula_unit(void **state)
{
    (void)state;
    SelfShielding s = plain(SAMPLE_SLAB);
    double scattering, absorption;
    self_shielding_barns(&s, &scattering, &absorption);
    assert_near(scattering, 645.6 + 24.8, 0.1);
    assert_near(absorption * 5 / 1.798, 4273, 1);
    s.boron = 1;
    self_shielding_barns(&s, &scattering, &absorption);
    assert_near(absorption * 5 / 1.798, 7.6, 0.05);
    s.hydrogen = 1;
    self_shielding_barns(&s, &scattering, &absorption);
    assert_near(scattering, 8 * (5.592 + 2.05) + 2 * (5.56 + 0.21) + 3.631 + 0.08, 1e-9);
    s.scattering = 3, s.absorption = 4;
    self_shielding_barns(&s, &scattering, &absorption);
    assert_near(scattering + absorption, 7, 0);
}

/* 100 mg over 12 cm2 of beam: natural boron transmits 52 % (material facts, F9), turned by 45 degrees; what is scattered
 * straight on is weakened as the beam itself */
static void hundred_milligrams(void **state)
{
    (void)state;
    SelfShielding s = plain(SAMPLE_SLAB);
    s.angle = 90;
    s.density = 0.5;
    s.thickness = 10 * 0.1 / (12 * s.density);
    assert_near(self_shielding_factor(&s, 0, 5, 5), 0.63, 0.01);
    s.angle = 135;
    assert_near(self_shielding_factor(&s, 0, 5, 5), 0.52, 0.005);
}

static void thin_is_one(void **state)
{
    (void)state;
    for (int shape = SAMPLE_THIN; shape <= SAMPLE_CYLINDER; shape++) {
        SelfShielding s = plain(shape);
        s.thickness = s.radius = 1e-7;
        for (double angle = -140; angle < 140; angle += 7.3)
            assert_near(self_shielding_factor(&s, angle, 5, 3), 1, 1e-4);
    }
}

/* Plate against the integral over its depth, in transmission and in reflection, elastic and not. */
static void slab_formula(void **state)
{
    (void)state;
    SelfShielding s = plain(SAMPLE_SLAB);
    s.thickness = 2;
    s.scattering = 0;
    const double angles[] = {7.6, 45, 90, 120, 150, 170, -30, -44.9};
    for (int k = 0; k < 8; k++)
        for (double l_f = 2; l_f < 7; l_f += 1.5) {
            enum { N = 40000 };
            double in = self_shielding_per_cm(&s, 5), out = self_shielding_per_cm(&s, l_f);
            double normal = cos((135 - 90) * PI / 180), cos_out = cos((angles[k] - 45) * PI / 180),
                   sum = 0;
            for (int i = 0; i < N; i++) {
                double x = 0.2 * (i + 0.5) / N, rest = cos_out > 0 ? 0.2 - x : x;
                sum += exp(-in * x / normal - out * rest / fabs(cos_out)) / N;
            }
            assert_near(self_shielding_factor(&s, angles[k], 5, l_f), sum, 1e-6 + 1e-6 * sum);
        }
    assert_near(self_shielding_factor(&s, 135, 5, 5), 0, 0);
    /* equal ways in and out, straight on: the transmission of the plate, turned by 45 degrees */
    double through = exp(-0.2 * sqrt(2.0) * self_shielding_per_cm(&s, 5));
    assert_near(self_shielding_factor(&s, 0, 5, 5), through, 1e-12);
}

/* Cylinder against a plain sum over its section; and for little absorption
 * twice the mean way to its edge, 8R/(3 pi). */
static void cylinder_integral(void **state)
{
    (void)state;
    SelfShielding s = plain(SAMPLE_CYLINDER);
    for (double radius = 0.2; radius < 3; radius *= 3)
        for (double angle = 0; angle < 181; angle += 60) {
            enum { N = 600 };
            double in = self_shielding_per_cm(&s, 5), out = self_shielding_per_cm(&s, 3), sum = 0,
                   r = 0.1 * radius, c = cos(angle * PI / 180), d = sin(angle * PI / 180);
            int points = 0;
            s.radius = radius;
            for (int i = 0; i < N; i++)
                for (int j = 0; j < N; j++) {
                    double x = 2 * (i + 0.5) / N - 1, y = 2 * (j + 0.5) / N - 1;
                    if (x * x + y * y > 1)
                        continue;
                    double across = x * d - y * c;
                    sum += exp(-r * (in * (x + sqrt(1 - y * y)) +
                                     out * (sqrt(1 - across * across) - x * c - y * d)));
                    points++;
                }
            assert_near(self_shielding_factor(&s, angle, 5, 3), sum / points, 5e-4);
        }
    s.radius = 1e-3;
    double x = self_shielding_per_cm(&s, 5) * 1e-4;
    assert_near(-log(self_shielding_factor(&s, 90, 5, 5)) / x, 16 / (3 * PI), 2e-3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formula_unit),      cmocka_unit_test(hundred_milligrams),
        cmocka_unit_test(thin_is_one),       cmocka_unit_test(slab_formula),
        cmocka_unit_test(cylinder_integral),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
