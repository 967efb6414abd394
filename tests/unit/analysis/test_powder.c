/* Powder patterns: rock salt by hand, absences of Ia-3d, Bragg's sum against Debye's, the profile. */
#include "check.h"

#include "analysis/powder.h"
#include "base/units.h"
#include "gamma.h"

#include <stdlib.h>

static Comm *world;

static const PowderOptions window = {.wavelength = 0.20723,
                                     .low = 0.5,
                                     .high = 15,
                                     .step = 0.002,
                                     .polarisation = 0.95,
                                     .w = 0.0004,
                                     .eta = 0.4};

/* A sample at rest as a crystal; free(species, s, u_iso). */
static PowderCrystal crystal_of(const Sample *s, double u)
{
    const Species **species = malloc((size_t)s->n * sizeof *species);
    PowderCrystal c = {.cell = s->cell,
                       .n = s->n,
                       .s = malloc((size_t)s->n * sizeof *c.s),
                       .species = species,
                       .u_iso = malloc((size_t)s->n * sizeof *c.u_iso)};
    for (int64_t i = 0; i < s->n; i++) {
        cell_to_fractional(&s->cell, s->x[i], c.s[i]);
        species[i] = s->species[s->kind[i]];
        c.u_iso[i] = u;
    }
    return c;
}

static void crystal_free(PowderCrystal *c)
{
    free(c->s);
    free((void *)c->species);
    free(c->u_iso);
}

static void rock_salt(Sample *s, double a)
{
    Cell cell;
    double h[3][3] = {{a, 0, 0}, {0, a, 0}, {0, 0, a}};
    assert_ok(cell_init(&cell, (const double(*)[3])h));
    sample_init(s, &cell, 8);
    s->nspecies = 2;
    s->species[0] = species_find("Mg");
    s->species[1] = species_find("B");
    for (int i = 0; i < 8; i++) {
        s->kind[i] = ((i & 1) + (i >> 1 & 1) + (i >> 2 & 1)) % 2;
        for (int k = 0; k < 3; k++)
            s->x[i][k] = 0.5 * a * (i >> k & 1);
    }
}

static void rock_salt_by_hand(void **state)
{
    (void)state;
    static const struct {
        int index[3], multiplicity, sign;
    } want[] = {{{1, 1, 1}, 8, -1}, {{2, 0, 0}, 6, 1},  {{2, 2, 0}, 12, 1},  {{3, 1, 1}, 24, -1},
                {{2, 2, 2}, 8, 1},  {{4, 0, 0}, 6, 1},  {{3, 3, 1}, 24, -1}, {{4, 2, 0}, 24, 1},
                {{4, 2, 2}, 24, 1}, {{5, 1, 1}, 32, -1}}; /* 511 and 333 coincide */
    Sample s;
    PowderLine *lines;
    size_t n;
    double a = 5.6402, u = 0.01;
    rock_salt(&s, a);
    PowderCrystal c = crystal_of(&s, u);
    assert_ok(powder_lines(&window, &c, XRAY_NEUTRAL, &n, &lines));
    assert_true(n > 10);
    for (size_t k = 0; k < sizeof want / sizeof *want; k++) {
        const int *h = want[k].index;
        double q = 2 * PI / a * sqrt((double)(h[0] * h[0] + h[1] * h[1] + h[2] * h[2]));
        double f = 4 * (xray_f(XRAY_NEUTRAL, species_find("Mg"), q) +
                        want[k].sign * xray_f(XRAY_NEUTRAL, species_find("B"), q));
        double f2 = f * f * exp(-q * q * u), theta = asin(q * window.wavelength / (4 * PI));
        assert_near(lines[k].q, q, 1e-9);
        assert_int_equal(lines[k].multiplicity, want[k].multiplicity);
        if (k < 9)
            assert_memory_equal(lines[k].index, h, sizeof want[k].index);
        assert_near(lines[k].f2, f2, 1e-9 * f2);
        assert_near(lines[k].angle, 360 / PI * theta, 1e-9);
        /* relative intensities: m |F|^2 P/(sin^2 theta cos theta) */
        double p = 0.95 + 0.05 * pow(cos(2 * theta), 2);
        double lp = want[k].multiplicity * f2 * p / (pow(sin(theta), 2) * cos(theta));
        double first = asin(lines[0].q * window.wavelength / (4 * PI));
        double lp0 = 8 * lines[0].f2 * (0.95 + 0.05 * pow(cos(2 * first), 2)) /
                     (pow(sin(first), 2) * cos(first));
        assert_near(lines[k].intensity / lines[0].intensity, lp / lp0, 1e-9 * lp / lp0);
    }
    free(lines);
    crystal_free(&c);
    sample_clear(&s);
}

/* Ia-3d: h + k + l even; 0kl: k, l even; hhl: 2h + l = 4n; h00: h = 4n. The paper's cell. */
static void absences_of_gamma(void **state)
{
    (void)state;
    static const int first[][3] = {{2, 1, 1}, {2, 2, 0}, {3, 2, 1}, {4, 0, 0},
                                   {4, 2, 0}, {3, 3, 2}, {4, 2, 2}};
    Sample s;
    PowderLine *lines;
    size_t n;
    PowderOptions o = window;
    gamma_sample(&s);
    o.high = 8;
    PowderCrystal c = crystal_of(&s, 0.02);
    assert_ok(powder_lines(&o, &c, XRAY_NEUTRAL, &n, &lines));
    for (size_t k = 0; k < sizeof first / sizeof *first; k++)
        assert_memory_equal(lines[k].index, first[k], sizeof first[k]);
    double most = 0;
    for (size_t k = 0; k < n; k++)
        most = fmax(most, lines[k].f2);
    int absent = 0;
    for (size_t k = 0; k < n; k++) {
        double q = lines[k].q * 15.7575 / (2 * PI);
        int sum = (int)lround(q * q);
        assert_int_equal(sum % 2, 0);
        absent += sum == 4 || sum == 2 || sum == 10 || sum == 12; /* 200, 110, 310, 222 */
        assert_true(lines[k].f2 > 1e-9 * most);
    }
    assert_int_equal(absent, 0);
    /* all of the crystal: the mean |F|^2 of many lines is the sum of f^2 at rest */
    free(lines);
    crystal_free(&c);
    sample_clear(&s);
}

/* The same scattering by both sums: area of Q I(Q) of a line, diffuse part taken off. Bins are fine because all distances of a
 * lattice at rest lie at the same place in theirs. */
static void bragg_and_debye_agree(void **state)
{
    (void)state;
    enum { N = 401 };
    double u = 0.01, a = 5.6402, q[N], *total = NULL;
    Sample s;
    Gr g;
    PowderLine *lines;
    XrayPartials partials;
    size_t n;
    rock_salt(&s, a);
    PowderCrystal c = crystal_of(&s, u);
    assert_ok(powder_lines(&window, &c, XRAY_CONSTANT_Z, &n, &lines));
    assert_ok(gr_init(&g, world, &s, 120.0, 0.001));
    gr_add(&g, &s.cell, (const double(*)[3])s.x);
    gr_reduce(&g, world);
    total = malloc(N * sizeof *total);
    const size_t alone[] = {0, 1, 2}; /* 111, 200, 220 */
    for (size_t k = 0; k < 3; k++) {
        const PowderLine *line = &lines[alone[k]];
        double half = 0.14, step = 2 * half / (N - 1), area = 0;
        for (int i = 0; i < N; i++)
            q[i] = line->q - half + i * step;
        xray_partials(&g, (XrayBroadening){.sigma = sqrt(2 * u), .qdamp = 0.03}, N, q, &partials);
        xray_total(&partials, XRAY_CONSTANT_Z, total);
        for (int i = 0; i < N; i++) {
            double squared, square, still = exp(-q[i] * q[i] * u);
            xray_means(&g, XRAY_CONSTANT_Z, NULL, q[i], &squared, &square);
            area += step * q[i] * (square * still + squared * (total[i] - 1.0));
        }
        print_message("line %zu: Debye %.5f, Bragg %.5f\n", k, area, line->q * line->area);
        assert_near(area, line->q * line->area, 1.5e-3 * area);
        xray_partials_clear(&partials);
    }
    free(total);
    free(lines);
    crystal_free(&c);
    gr_clear(&g);
    sample_clear(&s);
}

/* The pattern holds the lines' areas, whatever the profile; widths are those of Caglioti. */
static void profile_keeps_the_area(void **state)
{
    (void)state;
    PowderOptions o = window;
    PowderLine line = {.q = 3, .intensity = 7};
    o.high = 30;
    line.angle = 9.5;
    size_t n = powder_points(&o);
    double *y = malloc(n * sizeof *y), *angle = malloc(n * sizeof *angle);
    for (int form = 0; form < 3; form++) {
        o.eta = form == 1 ? 1 : 0;
        o.qwidth = form == 2 ? 0.01 : 0;
        powder_angles(&o, angle);
        powder_pattern(&o, 1, &line, y);
        double area = 0, most = 0, above = 0;
        for (size_t k = 0; k < n; k++)
            area += y[k] * o.step, most = fmax(most, y[k]);
        for (size_t k = 0; k < n; k++)
            above += y[k] > 0.5 * most ? o.step : 0;
        assert_near(area, 7, form == 1 ? 0.02 : 1e-6); /* tails of a Lorentzian leave the range */
        double theta = 0.5 * 9.5 * PI / 180;
        double width =
            form < 2 ? 0.02 : 2.35482 * 0.01 * o.wavelength / (2 * PI * cos(theta)) * 180 / PI;
        assert_near(above, width, 0.003);
    }
    free(y);
    free(angle);
    o.w = -1, o.qwidth = 0;
    assert_int_equal(powder_check(&o), ERR_INPUT);
    assert_non_null(strstr(err_message(), "not positive"));
    o = window;
    o.high = 0.1;
    assert_int_equal(powder_check(&o), ERR_INPUT);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rock_salt_by_hand),
        cmocka_unit_test(absences_of_gamma),
        cmocka_unit_test(bragg_and_debye_agree),
        cmocka_unit_test(profile_keeps_the_area),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
