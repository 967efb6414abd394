/* Ions of Mg(BH4)2 for the mesh: how many electrons, and S(Q) through the mesh against their own form factors. */
#include "check.h"

#include "analysis/density_ions.h"
#include "base/units.h"
#include "base/vec.h"

#include <complex.h>
#include <string.h>

static Comm *world;

static const char lda[] = "lda_x+lda_c_vwn";

/* One BH4 and its Mg in a small cell */
static void small_sample(Sample *s)
{
    static const double edges[3][3] = {{4.6, 0.0, 0.0}, {0.8, 4.4, 0.0}, {-0.7, 0.9, 4.3}};
    static const double x[6][3] = {{0, 0, 0},        {2.3, 0.3, 0.4},   {3.0, 1.0, 1.1},
                                   {1.6, -0.4, 1.1}, {3.0, -0.4, -0.3}, {1.6, 1.0, -0.3}};
    static const int kind[6] = {0, 1, 2, 2, 2, 2};
    Cell cell;
    assert_ok(cell_init(&cell, edges));
    sample_init(s, &cell, 6);
    s->nspecies = 3;
    s->species[0] = species_find("Mg");
    s->species[1] = species_find("11B");
    s->species[2] = species_find("D");
    for (int i = 0; i < 6; i++) {
        memcpy(s->x[i], x[i], sizeof x[i]);
        s->kind[i] = kind[i];
    }
}

static void electrons(void **state)
{
    (void)state;
    Sample s;
    DensityIons d[2];
    const double charge[2] = {-0.25, -0.5};
    small_sample(&s);
    assert_ok(density_ions_new(&s, lda, 4.0 * UNITS_BOHR, 2, charge, 0.2, d));
    for (int c = 0; c < 2; c++) {
        double mg = smeared_form_factor(&d[c].density[0], 0.0),
               b = smeared_form_factor(&d[c].density[1], 0.0),
               h = smeared_form_factor(&d[c].density[2], 0.0);
        assert_near(mg, 10.0, 2e-5);
        assert_near(h, 1.0 - charge[c], 2e-5);
        assert_near(b + 4.0 * h, 10.0, 1e-4);
    }
    /* Hartree-Fock (Waasmaier and Kirfel, 1995) has 6.236 at 5/A and 1.171 at 23.8/A */
    assert_near(smeared_form_factor(&d[0].density[0], 5.0), 6.236, 0.05);
    assert_near(smeared_form_factor(&d[0].density[0], 23.8), 1.171, 0.01);
    density_ions_clear(&d[0]);
    density_ions_clear(&d[1]);
    sample_clear(&s);
}

/* f(Q) from the radial densities of the solver, not from what was put on the mesh */
static double factor(const RadialKs ion[4], int kind, double q)
{
    if (kind == 0)
        return radial_ks_form_factor(&ion[0], q);
    if (kind == 1)
        return radial_ks_form_factor(&ion[1], q);
    return 0.75 * radial_ks_form_factor(&ion[2], q) + 0.25 * radial_ks_form_factor(&ion[3], q);
}

/* S(Q) in the shells of c by sum_i f_i exp(-ikr), the greatest difference */
static double worst_shell(const Sample *s, const DensityCurves *c, const DensityPdfOptions *o,
                          const RadialKs ion[4])
{
    enum { MOST = 20, SHELLS = 100 };
    double sum[SHELLS] = {0}, count[SHELLS] = {0}, worst = 0;
    for (int h = -MOST; h <= MOST; h++)
        for (int l = -MOST; l <= MOST; l++)
            for (int m = 0; m <= MOST; m++) {
                double t[3] = {2 * PI * h, 2 * PI * l, 2 * PI * m}, k[3];
                mat_times_vec(s->cell.inv, t, k);
                double length = vec_norm(k), f[3];
                if (length == 0 || length > o->qmax)
                    continue;
                for (int a = 0; a < 3; a++)
                    f[a] = factor(ion, a, length);
                double complex wave = 0;
                for (int64_t i = 0; i < s->n; i++)
                    wave += f[s->kind[i]] * cexp(-I * vec_dot(k, s->x[i]));
                size_t at = (size_t)(length / o->qstep + 0.5);
                sum[at] += (m > 0 ? 2 : 1) * creal(wave * conj(wave)) / (double)s->n;
                count[at] += m > 0 ? 2 : 1;
            }
    for (size_t i = 0, at = 0; i < SHELLS; i++) {
        if (count[i] == 0)
            continue;
        double mean = 0, square = 0;
        for (int64_t k = 0; k < s->n; k++) {
            double f = factor(ion, s->kind[k], c->q[at]);
            mean += f / (double)s->n;
            square += f * f / (double)s->n;
        }
        double want = 1 + (sum[i] / count[i] - square) / (mean * mean);
        worst = fmax(worst, fabs(c->s[XRAY_WEIGHTS * c->nq + at++] - want) / (1 + fabs(want)));
    }
    return worst;
}

static void mesh_against_form_factors(void **state)
{
    (void)state;
    static const char *const names[4] = {"Mg2+", "B", "H", "H-"};
    const double charge = -0.25;
    Sample s;
    DensityIons d;
    DensityPdf *p;
    DensityCurves c;
    RadialKs ion[4];
    DensityPdfOptions o = {.qmin = 0.5,
                           .qmax = 18.0,
                           .qstep = 0.2,
                           .rstep = 0.5,
                           .rmax = 2.0,
                           .spacing = 0.13,
                           .blocks = 1};
    small_sample(&s);
    assert_ok(smeared_sigma(o.spacing, o.qmax, 1e-7, &o.smear));
    assert_ok(density_ions_new(&s, lda, 4.0 * UNITS_BOHR, 1, &charge, o.smear, &d));
    DensitySet set = density_ions_set(&d);
    assert_ok(density_pdf_new(world, &s, &o, 1, &set, &p));
    density_pdf_add(p, 0, &s.cell, (const double(*)[3])s.x);
    density_pdf_curves(p, &c);
    for (int i = 0; i < 4; i++) {
        RadialIon what;
        assert_ok(radial_ks_ion(names[i], false, &what));
        if (i == 3) {
            what.watson_charge = 1;
            what.watson_radius = 4;
        }
        assert_ok(radial_ks_solve(&what, lda, &ion[i]));
    }
    double worst = worst_shell(&s, &c, &o, ion);
    print_message("S(Q) by mesh and by form factors differ by %g\n", worst);
    assert_near(worst, 0.0, 1e-4);
    for (int i = 0; i < 4; i++)
        radial_ks_clear(&ion[i]);
    density_pdf_curves_clear(&c);
    density_pdf_free(p);
    density_ions_clear(&d);
    sample_clear(&s);
}

static void what_cannot_be(void **state)
{
    (void)state;
    Sample s;
    DensityIons d;
    double charge = -0.6;
    small_sample(&s);
    assert_int_equal(density_ions_new(&s, lda, 2.1, 1, &charge, 0.2, &d), ERR_INPUT);
    assert_non_null(strstr(err_message(), "-0.6 is not from -0.5 to -0.25"));
    charge = -0.25;
    assert_int_equal(density_ions_new(&s, "lda_x+lda_c_vvn", 2.1, 1, &charge, 0.2, &d), ERR_INPUT);
    assert_null(d.functional);
    sample_clear(&s);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {cmocka_unit_test(electrons),
                                       cmocka_unit_test(mesh_against_form_factors),
                                       cmocka_unit_test(what_cannot_be)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
