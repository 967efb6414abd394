/* Atoms and ions against NIST's tables, exact theorems, and the spheres that bind anions.
 *
 * NIST: S. Kotochigova, Z. H. Levine, E. L. Shirley, M. D. Stiles, C. W. Clark, Phys. Rev. A 55, 191 (1997), SRD 141, doi
 * 10.18434/T4ZP4F. Its local functional is that of Vosko, Wilk and Nusair fitted to Ceperley and Alder: lda_c_vwn.
 */
#include "check.h"

#include "base/units.h"
#include "density/radial_ks.h"

#include <stdlib.h>
#include <string.h>

static const char lda[] = "lda_x+lda_c_vwn", pbe[] = "gga_x_pbe+gga_c_pbe";

static RadialKs solve(const char *name, bool polarised, const char *functional, double watson)
{
    RadialIon ion;
    RadialKs k;
    assert_ok(radial_ks_ion(name, polarised, &ion));
    if (watson > 0) {
        ion.watson_charge = 1;
        ion.watson_radius = watson;
    }
    assert_ok(radial_ks_solve(&ion, functional, &k));
    return k;
}

static double total(const char *name, bool polarised, const char *functional)
{
    RadialKs k = solve(name, polarised, functional, 0);
    double e = k.total;
    assert_near(k.electrons, round(k.electrons), 1e-10);
    assert_near(radial_ks_form_factor(&k, 0), k.electrons, 1e-10);
    radial_ks_clear(&k);
    return e;
}

/* Tolerance of totals: NIST prints six places. */
static void nist_totals(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double lda;
    } nist[] = {{"H", -0.445671},    {"He", -2.834836},    {"Li+", -7.142818},  {"Be", -14.447209},
                {"B", -24.344198},   {"B+", -24.038275},   {"C", -37.425749},   {"N", -54.025016},
                {"O", -74.473077},   {"F", -99.099648},    {"Ne", -128.233481}, {"Na", -161.440060},
                {"Mg", -199.139406}, {"Mg+", -198.843406}, {"Al", -241.315573}, {"Ar", -525.946195},
                {"Kr", -2750.147940}};
    for (size_t i = 0; i < sizeof nist / sizeof nist[0]; i++)
        assert_near(total(nist[i].name, false, lda), nist[i].lda, 1e-6);
    assert_near(total("B", true, lda), -24.353614, 1e-6);
    assert_near(total("Mg+", true, lda), -198.855669, 1e-6);
    assert_near(total("Mg2+", false, lda), -198.2915135, 1e-6);
}

static void eigenvalues(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int n;
        double e[4];
    } nist[] = {{"H", 1, {-0.233471}},
                {"He", 1, {-0.570425}},
                {"Li+", 1, {-2.190276}},
                {"B", 3, {-6.564347, -0.344701, -0.136603}},
                {"B+", 2, {-7.044297, -0.713196}},
                {"Ne", 3, {-30.305855, -1.322809, -0.498034}},
                {"Mg", 4, {-45.973167, -2.903746, -1.718970, -0.175427}},
                {"Mg+", 4, {-46.312649, -3.238150, -2.052878, -0.422702}},
                {"Mg2+", 3, {-46.727318, -3.643575, -2.457064}}};
    for (size_t i = 0; i < sizeof nist / sizeof nist[0]; i++) {
        RadialKs k = solve(nist[i].name, false, lda, 0);
        for (int o = 0; o < nist[i].n; o++)
            assert_near(k.eigenvalue[o][0], nist[i].e[o], 1e-6);
        radial_ks_clear(&k);
    }
    RadialKs k = solve("Ar", false, lda, 0);
    assert_near(k.eigenvalue[3][0], -0.883384, 1e-6);
    assert_near(k.eigenvalue[4][0], -0.382330, 1e-6);
    radial_ks_clear(&k);
}

static void components(void **state)
{
    (void)state;
    RadialKs k = solve("Mg", false, lda, 0);
    assert_near(k.kinetic, 198.541505, 1e-6);
    assert_near(k.coulomb, 95.673290, 1e-6);
    assert_near(k.nuclear, -477.899149, 1e-6);
    assert_near(k.xc, -15.455051, 1e-6);
    assert_near(k.watson, 0, 0);
    radial_ks_clear(&k);
}

/* A wrong correlation cannot hide behind the tolerance. */
static void wrong_functional_is_loud(void **state)
{
    (void)state;
    assert_near(total("Mg", false, "lda_x+lda_c_vwn_rpa"), -199.378338, 1e-6);
    assert_near(total("Mg", false, "lda_x+lda_c_pz"), -199.132708, 2e-6);
    assert_near(total("Mg", false, "lda_x+lda_c_pw"), -199.135288, 2e-6);
}

/* Exchange scales as 1/length, so at self-consistency the virial theorem reads E = -T: M. Levy, J. P. Perdew, Phys. Rev. A 32,
 * 2010 (1985), doi 10.1103/PhysRevA.32.2010. It fails unless the potential is the derivative of the energy. */
static void virial_of_exchange(void **state)
{
    (void)state;
    static const char *const functional[] = {"lda_x", "gga_x_pbe", "gga_x_b88"};
    for (int i = 0; i < 3; i++)
        for (int polarised = 0; polarised < 2; polarised++) {
            RadialKs k = solve(polarised ? "B" : "Mg", polarised, functional[i], 0);
            assert_near((k.total + k.kinetic) / k.total, 0, 1e-9);
            radial_ks_clear(&k);
        }
}

/* PBE of H is -0.49999 (J. P. Perdew, K. Burke, M. Ernzerhof, Phys. Rev. Lett. 77, 3865 (1996), doi
 * 10.1103/PhysRevLett.77.3865: 13.60 eV). Correlation of Lee, Yang and Parr vanishes for one electron. */
static void gradients(void **state)
{
    (void)state;
    assert_near(total("H", true, pbe), -0.49999, 5e-6);
    assert_near(total("H", true, "gga_x_b88+gga_c_lyp"), total("H", true, "gga_x_b88"), 1e-8);
    RadialKs a = solve("Ne", false, pbe, 0), b = solve("Ne", true, pbe, 0);
    assert_near(a.total, b.total, 1e-8); /* closed shell: spins change nothing */
    radial_ks_clear(&a);
    radial_ks_clear(&b);
}

/* The hydride needs a Watson sphere; energies with the sphere's. */
static void hydride(void **state)
{
    (void)state;
    RadialKs k = solve("H-", false, lda, 4);
    assert_near(k.total, -0.9943257, 1e-6);
    assert_near(k.eigenvalue[0][0], -0.147058, 1e-6);
    assert_true(k.watson < 0 && k.watson > -2.0 / 4);
    radial_ks_clear(&k);
    RadialIon ion;
    assert_ok(radial_ks_ion("H-", false, &ion));
    assert_int_equal(radial_ks_solve(&ion, lda, &k), ERR_NUMERICAL);
    assert_non_null(strstr(err_message(), "H-: "));
    assert_non_null(strstr(err_message(), "needs a Watson sphere"));
    assert_null(k.r);
}

static void borohydride(void **state)
{
    (void)state;
    RadialKs k = solve("BH4-", false, lda, 0);
    assert_near(k.total, -36.47846, 1e-5);
    assert_near(k.eigenvalue[0][0], -6.0888, 1e-4);
    assert_near(k.eigenvalue[1][0], -0.1975, 1e-4);
    assert_near(k.eigenvalue[2][0], 0.0047, 1e-4);
    assert_near(k.electrons, 10, 1e-10);
    radial_ks_clear(&k);
    k = solve("BH4-", false, lda, 4);
    assert_true(k.eigenvalue[2][0] < 0);
    radial_ks_clear(&k);
}

/* Two spheres at once, at radii that do not divide each other; F = dE/dR = int_0^R rho 4 pi r^2 dr q/R^2 (Hellmann and
 * Feynman) tests grid and kinks. */
static void spheres_pull(void **state)
{
    (void)state;
    const double radius = 3.7, d = 0.01;
    double e[2], inside = 0;
    for (int i = 0; i < 2; i++) {
        RadialKs k = solve("BH4-", false, lda, radius + (i ? d : -d));
        e[i] = k.total;
        radial_ks_clear(&k);
    }
    RadialKs k = solve("BH4-", false, lda, radius);
    for (size_t i = 0; i < k.n && k.r[i] <= radius * (1 + 1e-12); i++)
        inside +=
            4 * PI * k.h * pow(k.r[i], 3) * k.rho[0][i] * (fabs(k.r[i] - radius) < 1e-9 ? 0.5 : 1);
    assert_near((e[1] - e[0]) / (2 * d), inside / (radius * radius), 2e-5);
    radial_ks_clear(&k);
}

/* Interpolation: on and between points, slope by differences; f(Q) of a 1s of exponent a, 16/(4 + (Q/a)^2)^2. */
static void use(void **state)
{
    (void)state;
    RadialKs k = solve("Mg", false, lda, 0);
    double slope, up, down, s;
    assert_near(radial_ks_density(&k, k.r[1200], &slope), k.rho[0][1200], 1e-12 * k.rho[0][1200]);
    for (double r = 1e-3; r < 20; r *= 1.7) {
        double d = 1e-4 * r, rho = radial_ks_density(&k, r, &slope);
        up = radial_ks_density(&k, r + d, &s);
        down = radial_ks_density(&k, r - d, &s);
        assert_near((up - down) / (2 * d) / slope, 1, 1e-4);
        assert_true(rho > 0 && slope < 0);
    }
    assert_near(radial_ks_density(&k, 100, &slope), 0, 0);
    radial_ks_clear(&k);
    RadialIon bare = {.name = "bare H", .z = 1, .norbital = 1, .orbital = {{1, 0, {1e-15, 0}}}};
    assert_ok(radial_ks_solve(&bare, "lda_x", &k)); /* so few electrons do not feel each other */
    for (double q = 0; q < 30; q += 1.5)
        assert_near(1e15 * radial_ks_form_factor(&k, q), 16 / pow(4 + pow(q * UNITS_BOHR, 2), 2),
                    1e-4);
    radial_ks_clear(&k);
}

static void wrong_input(void **state)
{
    (void)state;
    RadialIon ion;
    RadialKs k;
    assert_int_equal(radial_ks_ion("Mg3+", false, &ion), ERR_INPUT);
    assert_non_null(strstr(err_message(), "ion 'Mg3+' is not known; did you mean 'Mg+'"));
    assert_non_null(strstr(err_message(), "Kr, BH4-"));
    assert_ok(radial_ks_ion("Mg", false, &ion));
    assert_int_equal(radial_ks_solve(&ion, "lda_xx", &k), ERR_INPUT);
    assert_int_equal(radial_ks_solve(&ion, "lda_k_tf", &k), ERR_INPUT);
    ion.watson_charge = 1;
    assert_int_equal(radial_ks_solve(&ion, lda, &k), ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nist_totals),
        cmocka_unit_test(eigenvalues),
        cmocka_unit_test(components),
        cmocka_unit_test(wrong_functional_is_loud),
        cmocka_unit_test(virial_of_exchange),
        cmocka_unit_test(gradients),
        cmocka_unit_test(hydride),
        cmocka_unit_test(borohydride),
        cmocka_unit_test(spheres_pull),
        cmocka_unit_test(use),
        cmocka_unit_test(wrong_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
