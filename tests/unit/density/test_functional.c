/* Functionals by name: closed forms of exchange and of Thomas and Fermi, derivatives by differences, sums, wrong names. */
#include "check.h"

#include "base/units.h"
#include "density/functional.h"
#include "store/config.h"

#include <stdlib.h>
#include <string.h>

static Functional *make(const char *names, int nspin)
{
    Functional *f;
    assert_ok(functional_new(names, nspin, &f));
    return f;
}

/* Dirac: e = -3/4 (3/pi)^(1/3) rho^(4/3); Thomas and Fermi: 3/10 (3 pi^2)^(2/3) rho^(5/3); P. A. M. Dirac, Proc. Camb. Phil.
 * Soc. 26, 376 (1930). A kinetic functional too gives energy per volume here. */
static void closed_forms(void **state)
{
    (void)state;
    Functional *x = make("lda_x", 1), *t = make("lda_k_tf", 1), *both = make("lda_x + lda_k_tf", 1);
    const double rho[3] = {1e-3, 0.2, 30};
    double ex[3], vx[3], et[3], vt[3], e[3], v[3];
    functional_evaluate(x, 3, rho, NULL, ex, vx, NULL);
    functional_evaluate(t, 3, rho, NULL, et, vt, NULL);
    functional_evaluate(both, 3, rho, NULL, e, v, NULL);
    for (int i = 0; i < 3; i++) {
        double dirac = -0.75 * cbrt(3 / PI) * pow(rho[i], 4.0 / 3);
        double fermi = 0.3 * pow(3 * PI * PI, 2.0 / 3) * pow(rho[i], 5.0 / 3);
        assert_near(ex[i] / dirac, 1, 1e-12);
        assert_near(vx[i] / (4 * dirac / (3 * rho[i])), 1, 1e-12);
        assert_near(et[i] / fermi, 1, 1e-8); /* libxc's constant is rounded */
        assert_near(vt[i] / (5 * fermi / (3 * rho[i])), 1, 1e-8);
        assert_near(e[i], ex[i] + et[i], 1e-12 * fabs(et[i]));
        assert_near(v[i], vx[i] + vt[i], 1e-12 * fabs(vt[i]));
    }
    assert_true(functional_is_kinetic(t));
    assert_false(functional_is_kinetic(x) || functional_is_kinetic(both));
    functional_free(x);
    functional_free(t);
    functional_free(both);
}

/* Equal spins give what no spins give: e(n/2, n/2) = e(n), and the same energy without derivatives. */
static void spins_agree(void **state)
{
    (void)state;
    enum { N = 300 }; /* more than one chunk */
    Functional *f1 = make("gga_x_pbe+gga_c_pbe+lda_c_vwn", 1);
    Functional *f2 = make("gga_x_pbe+gga_c_pbe+lda_c_vwn", 2);
    double rho[N], sigma[N], rho2[2 * N], sigma2[3 * N], e[N], e2[N], v[N], v2[2 * N], s[N],
        s2[3 * N];
    for (int i = 0; i < N; i++) {
        rho[i] = exp(-0.02 * i);
        sigma[i] = 0.5 * rho[i] * rho[i];
        rho2[2 * i] = rho2[2 * i + 1] = 0.5 * rho[i];
        sigma2[3 * i] = sigma2[3 * i + 1] = sigma2[3 * i + 2] = 0.25 * sigma[i];
    }
    functional_evaluate(f1, N, rho, sigma, e, v, s);
    functional_evaluate(f2, N, rho2, sigma2, e2, v2, s2);
    for (int i = 0; i < N; i++) {
        assert_near(e2[i] / e[i], 1, 1e-10);
        assert_near(v2[2 * i] / v[i], 1, 1e-8);
    }
    functional_evaluate(f1, N, rho, sigma, e2, NULL, NULL);
    for (int i = 0; i < N; i++)
        assert_near(e2[i], e[i], 1e-13);
    functional_free(f1);
    functional_free(f2);
}

/* vrho and vsigma are derivatives of e. */
static void derivatives(void **state)
{
    (void)state;
    Functional *f = make("gga_x_pbe+gga_c_pbe", 2);
    const double d = 1e-5;
    double rho[2] = {0.31, 0.2}, sigma[3] = {0.11, 0.05, 0.07}, e, v[2], s[3], up, down;
    functional_evaluate(f, 1, rho, sigma, &e, v, s);
    for (int k = 0; k < 5; k++) {
        double *x = k < 2 ? &rho[k] : &sigma[k - 2], x0 = *x;
        *x = x0 + d;
        functional_evaluate(f, 1, rho, sigma, &up, NULL, NULL);
        *x = x0 - d;
        functional_evaluate(f, 1, rho, sigma, &down, NULL, NULL);
        *x = x0;
        assert_near((up - down) / (2 * d), k < 2 ? v[k] : s[k - 2], 1e-8);
    }
    assert_true(functional_is_gga(f));
    functional_free(f);
}

static void wrong(const char *names, const char *said)
{
    Functional *f;
    assert_int_equal(functional_new(names, 1, &f), ERR_INPUT);
    assert_null(f);
    if (strstr(err_message(), said) == NULL)
        fail_msg("'%s' is not in: %s", said, err_message());
}

static void wrong_names(void **state)
{
    (void)state;
    wrong("gga_x_pbee", "'gga_x_pbee' is not known to libxc");
    wrong("gga_x_pbee", "did you mean 'gga_x_pbe', ");
    wrong("lda_x+lda_c_vwm", "'lda_c_vwn'");
    wrong("pbe", "'gga_x_pbe'");
    wrong("schmidt", "examples");
    wrong("lda_x+", "''");
    wrong("lda_x lda_c_vwn", "joined by '+'");
    wrong("mgga_x_tpss", "is a meta-GGA");
    wrong("hyb_gga_xc_b3lyp", "exact exchange");
    wrong("gga_x_lb", "without an energy");
    wrong("lda_c_2d_amgb", "three dimensions");
}

static void references(void **state)
{
    (void)state;
    Functional *f = make("gga_x_pbe+gga_c_pbe", 1);
    char *text = functional_references(f);
    assert_non_null(strstr(text, "gga_x_pbe: Perdew, Burke & Ernzerhof; "));
    assert_non_null(strstr(text, "10.1103/PhysRevLett.77.3865"));
    assert_non_null(strstr(text, "\ngga_c_pbe: "));
    assert_int_equal(strncmp(functional_library(), "libxc ", 6), 0);
    free(text);
    functional_free(f);
}

/* What a file's provenance says of the functional: YAML, library and parts once each. */
static void provenance(void **state)
{
    (void)state;
    char *list = NULL;
    Functional *f = make("gga_x_pbe+gga_c_pbe", 1);
    functional_cite(f, &list);
    functional_cite(f, &list);
    Config *c;
    assert_ok(config_parse("inputs", list, strlen(list), &c));
    assert_int_equal(config_length(config_root(c)), 3);
    assert_string_equal(config_text(config_get(config_item(config_root(c), 0), "source")),
                        functional_library());
    const ConfigNode *item = config_item(config_root(c), 2);
    assert_string_equal(config_text(config_get(item, "role")), "functional");
    assert_non_null(strstr(config_text(config_get(item, "source")), "gga_c_pbe: Perdew"));
    config_close(c);
    free(list);
    functional_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_forms), cmocka_unit_test(spins_agree),
        cmocka_unit_test(derivatives),  cmocka_unit_test(wrong_names),
        cmocka_unit_test(references),   cmocka_unit_test(provenance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
