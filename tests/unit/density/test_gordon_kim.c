/* Frozen ions in pairs: exponential densities with closed forms, rare gases, Mg2+ with BH4- and H-, 80 against 160 points. */
#include "check.h"

#include "base/units.h"
#include "density/gordon_kim.h"

#include <stdlib.h>
#include <string.h>

/* ---- exponential densities: n (2 zeta)^3/(8 pi) exp(-2 zeta r) ---- */

typedef struct Cloud {
    double n, zeta;
} Cloud;

static double cloud_density(const void *context, double r, double *slope)
{
    const Cloud *c = context;
    double a = 2.0 * c->zeta, rho = c->n * a * a * a / (8.0 * PI) * exp(-a * r);
    *slope = -a * rho;
    return rho;
}

static double cloud_hartree(const void *context, double r)
{
    const Cloud *c = context;
    return c->n * (1.0 / r - (1.0 / r + c->zeta) * exp(-2.0 * c->zeta * r));
}

static FrozenIon cloud_ion(const Cloud *c, double z)
{
    return (FrozenIon){.z = z,
                       .electrons = c->n,
                       .reach = 20.0 / c->zeta,
                       .density = cloud_density,
                       .hartree = cloud_hartree,
                       .context = c};
}

static GordonKimSet lda(void)
{
    GordonKimSet s;
    assert_ok(gordon_kim_set_init(&s, "lda_k_tf", "lda_x", "lda_c_vwn"));
    assert_true(s.consistent);
    return s;
}

/* J = [1 - (1 + 11/8 x + 3/4 x^2 + 1/6 x^3) exp(-2x)]/R of two 1s clouds (C. C. J. Roothaan, J. Chem. Phys. 19, 1445 (1951),
 * doi 10.1063/1.1748100); a nucleus in a cloud: the Hartree potential. */
static void two_clouds_have_a_closed_form(void **state)
{
    (void)state;
    GordonKimSet s = lda();
    const Cloud c = {1.0, 1.3};
    FrozenIon a = cloud_ion(&c, 1.0), b = cloud_ion(&c, 1.0);
    for (double r = 1.0; r < 8.0; r *= 2.0) {
        double x = c.zeta * r,
               j = (1.0 - (1.0 + x * (1.375 + x * (0.75 + x / 6.0))) * exp(-2.0 * x)) / r;
        double exact = j + 1.0 / r - 2.0 * cloud_hartree(&c, r);
        GordonKimParts e = gordon_kim_energy(&s, &a, &b, r, GORDON_KIM_POINTS);
        assert_near(e.coulomb, exact, 1e-9);
        assert_near(e.electrons, 2.0, 1e-6);
    }
    gordon_kim_set_clear(&s);
}

/* rho -> lambda^3 rho(lambda r), R -> R/lambda: Thomas-Fermi goes as lambda^2, Dirac and Coulomb as lambda. */
static void parts_scale_as_they_must(void **state)
{
    (void)state;
    GordonKimSet s = lda();
    const double lambda = 1.7;
    const Cloud c[2] = {{2.0, 1.1}, {3.0, 0.8}};
    const Cloud squeezed[2] = {{2.0, 1.1 * lambda}, {3.0, 0.8 * lambda}};
    FrozenIon a = cloud_ion(&c[0], 2.0), b = cloud_ion(&c[1], 4.0),
              sa = cloud_ion(&squeezed[0], 2.0), sb = cloud_ion(&squeezed[1], 4.0);
    GordonKimParts e = gordon_kim_energy(&s, &a, &b, 3.0, GORDON_KIM_POINTS),
                   t = gordon_kim_energy(&s, &sa, &sb, 3.0 / lambda, GORDON_KIM_POINTS);
    assert_true(e.kinetic > 0.01);
    assert_near(t.kinetic, lambda * lambda * e.kinetic, 1e-9);
    assert_near(t.exchange, lambda * e.exchange, 1e-9);
    assert_near(t.coulomb, lambda * e.coulomb, 1e-9);
    gordon_kim_set_clear(&s);
}

/* A with B is B with A, shells of protons included; far apart only qA qB/R is left. */
static void either_may_come_first(void **state)
{
    (void)state;
    GordonKimSet s = lda();
    const Cloud c[2] = {{10.0, 1.0}, {4.0, 1.6}};
    FrozenIon a = cloud_ion(&c[0], 5.0), b = cloud_ion(&c[1], 6.0);
    a.shell_charge = 4.0, a.shell_radius = 2.3;
    b.shell_charge = 1.0, b.shell_radius = 1.5;
    for (double r = 4.0; r < 9.0; r += 1.5) {
        GordonKimParts ab = gordon_kim_energy(&s, &a, &b, r, GORDON_KIM_POINTS),
                       ba = gordon_kim_energy(&s, &b, &a, r, GORDON_KIM_POINTS);
        assert_near(ab.coulomb, ba.coulomb, 2e-8);
        assert_near(ab.total, ba.total, 2e-8);
    }
    assert_near(gordon_kim_energy(&s, &a, &b, 30.0, GORDON_KIM_POINTS).short_range, 0.0, 1e-8);
    gordon_kim_set_clear(&s);
}

static void wrong_sets_are_refused(void **state)
{
    (void)state;
    GordonKimSet s;
    assert_int_equal(gordon_kim_set_init(&s, "lda_x", "lda_x", "lda_c_vwn"), ERR_INPUT);
    assert_non_null(strstr(err_message(), "no kinetic functional"));
    gordon_kim_set_clear(&s);
    assert_int_equal(gordon_kim_set_init(&s, "lda_k_tf", "lda_k_tf", "lda_c_vwn"), ERR_INPUT);
    gordon_kim_set_clear(&s);
    assert_int_equal(gordon_kim_set_init(&s, "lda_k_tf", "lda_x", "lda_c_vwm"), ERR_INPUT);
    assert_non_null(strstr(err_message(), "lda_c_vwn"));
    gordon_kim_set_clear(&s);
    assert_ok(gordon_kim_set_init(&s, "gga_k_llp", "lda_x", "lda_c_vwn"));
    assert_false(s.consistent);
    gordon_kim_set_clear(&s);
    assert_ok(gordon_kim_set_init(&s, "gga_k_apbe", "gga_x_pbe", "gga_c_pbe"));
    assert_true(s.consistent);
    gordon_kim_set_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_clouds_have_a_closed_form),
        cmocka_unit_test(parts_scale_as_they_must),
        cmocka_unit_test(either_may_come_first),
        cmocka_unit_test(wrong_sets_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
