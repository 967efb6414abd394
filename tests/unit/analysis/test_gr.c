/* Pair counts: shells of lattices, brute force in a skewed box beyond half its width, ions, ideal
 * gas, blocks. */
#include "check.h"

#include "analysis/gr.h"
#include "base/rng.h"
#include "base/units.h"
#include "base/vec.h"
#include "gamma.h"

#include <stdlib.h>

static Comm *world;

/* n atoms of two species in turn ("Mg", "B"), or of one, at fractional places f */
static void make_sample(Sample *s, const double h[3][3], int nspecies, int64_t n, double (*f)[3])
{
    Cell cell;
    assert_ok(cell_init(&cell, h));
    sample_init(s, &cell, n);
    s->nspecies = nspecies;
    s->species[0] = species_find("Mg");
    s->species[1] = species_find("B");
    for (int64_t i = 0; i < n; i++) {
        s->kind[i] = (int32_t)(i % nspecies);
        cell_to_cartesian(&cell, f[i], s->x[i]);
    }
}

static double shell_count(const double coordination[], double width, double low, double high)
{
    return coordination[(size_t)(high / width)] - coordination[(size_t)(low / width)];
}

/* Cubic lattice: distances (in units of a) and numbers of the first four shells */
static void check_lattice(int basis, const double place[][3], const double d[4],
                          const double count[4])
{
    enum { K = 2 };
    double a = 4.0, f[4 * K * K * K][3], box = K * a,
           h[3][3] = {{box, 0, 0}, {0, box, 0}, {0, 0, box}};
    int64_t n = 0;
    for (int i = 0; i < K * K * K; i++)
        for (int b = 0; b < basis; b++, n++)
            for (int k = 0; k < 3; k++)
                f[n][k] = ((i >> k & 1) + place[b][k]) / K;
    Sample s;
    Gr g;
    make_sample(&s, (const double(*)[3])h, 1, n, f);
    assert_ok(gr_init(&g, world, &s, 9.0, 0.01));
    gr_add(&g, &s.cell, (const double(*)[3])s.x);
    gr_reduce(&g, world);
    double *z = malloc(g.nbin * sizeof *z);
    gr_coordination(&g, 0, 0, 3, z, NULL);
    for (int k = 0; k < 4; k++)
        assert_near(shell_count(z, g.width, d[k] * a - 0.05, d[k] * a + 0.05), count[k], 0);
    assert_near(g.half_box, 4.0, 1e-12);
    free(z);
    gr_clear(&g);
    sample_clear(&s);
}

static void shells_of_lattices(void **state)
{
    (void)state;
    const double fcc[4][3] = {{0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}},
                 bcc[2][3] = {{0}, {.5, .5, .5}};
    check_lattice(4, fcc, (double[]){sqrt(0.5), 1, sqrt(1.5), sqrt(2)}, (double[]){12, 6, 24, 12});
    check_lattice(2, bcc, (double[]){sqrt(0.75), 1, sqrt(2), sqrt(2.75)}, (double[]){8, 6, 12, 24});
}

static void random_fractions(uint64_t step, int64_t n, double (*f)[3])
{
    for (int64_t i = 0; i < n; i++) {
        double u[2], w[2];
        rng_uniform2(7, RNG_TEST, step, (uint64_t)i, 0, u);
        rng_uniform2(7, RNG_TEST, step, (uint64_t)i, 1, w);
        f[i][0] = 3 * u[0] - 1, f[i][1] = u[1], f[i][2] = w[0]; /* not all inside the box */
    }
}

/* Every image out to five cells, in a skewed box, far beyond half its width */
static void brute_force_agrees(void **state)
{
    (void)state;
    enum { N = 30, R = 5 };
    double f[N][3], h[3][3] = {{7.013, 0, 0}, {2.517, 6.011, 0}, {-2.031, 1.523, 8.007}};
    Sample s;
    Gr g;
    random_fractions(0, N, f);
    make_sample(&s, (const double(*)[3])h, 2, N, f);
    assert_ok(gr_init(&g, world, &s, 14.0, 0.1));
    gr_add(&g, &s.cell, (const double(*)[3])s.x);
    gr_reduce(&g, world);
    int64_t *want = calloc(3 * g.nbin, sizeof *want);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            for (int a = -2 * R; a <= 2 * R; a++)
                for (int b = -R; b <= R; b++)
                    for (int c = -R; c <= R; c++) {
                        double k[3] = {a, b, c}, d[3], e[3];
                        cell_to_cartesian(&s.cell, k, d);
                        vec_sub(s.x[j], s.x[i], e);
                        vec_axpy(1.0, e, d);
                        double r = vec_norm(d);
                        if (r < g.rmax && !(i == j && a == 0 && b == 0 && c == 0))
                            want[gr_pair(&g, i % 2, j % 2) * g.nbin + (size_t)(r / g.width)]++;
                    }
    int64_t total = 0;
    for (size_t p = 0; p < 3; p++)
        for (size_t k = 0; k < g.nbin; k++) {
            assert_int_equal(2 * gr_row(&g, 0, 1, p)[k], want[p * g.nbin + k]);
            total += want[p * g.nbin + k];
        }
    assert_true(total > 20000);
    free(want);
    gr_clear(&g);
    sample_clear(&s);
}

static void pairs_within_ions_stand_apart(void **state)
{
    (void)state;
    Sample s;
    Gr g;
    gamma_sample(&s);
    assert_ok(gr_init(&g, world, &s, 9.0, 0.01));
    gr_add(&g, &s.cell, (const double(*)[3])s.x);
    gr_reduce(&g, world);
    int at[3] = {0};
    for (int k = 0; k < s.nspecies; k++)
        at[s.species[k]->z == 12 ? 0 : s.species[k]->z == 5 ? 1 : 2] = k;
    int64_t bh = 0, hh = 0, mg = 0;
    for (size_t k = 0; k < g.nbin; k++) {
        bh += gr_row(&g, 0, 0, gr_pair(&g, at[1], at[2]))[k];
        hh += gr_row(&g, 0, 0, gr_pair(&g, at[2], at[2]))[k];
        mg += gr_row(&g, 0, 0, gr_pair(&g, at[0], at[2]))[k];
    }
    assert_int_equal(bh, 192);
    assert_int_equal(hh, 48 * 6);
    assert_int_equal(mg, 0);
    double *z = malloc(g.nbin * sizeof *z);
    gr_coordination(&g, at[0], at[2], 3, z, NULL);
    assert_near(shell_count(z, g.width, 1.5, 2.6), 8, 1e-12);
    gr_coordination(&g, at[0], at[0], 3, z, NULL);
    assert_near(shell_count(z, g.width, 4.5, 5.1), 4, 1e-12);
    assert_near(shell_count(z, g.width, 5.1, 7.5), 8, 1e-12);
    gr_coordination(&g, at[0], at[1], 3, z, NULL);
    assert_near(shell_count(z, g.width, 2.0, 3.2), 4, 1e-12);
    gr_coordination(&g, at[1], at[2], 2, z, NULL);
    assert_near(z[(size_t)(2.0 / g.width)], 0, 0); /* all near H belong to the ion */
    free(z);
    gr_clear(&g);
    sample_clear(&s);
}

static void ideal_gas_is_flat(void **state)
{
    (void)state;
    enum { N = 400, FRAMES = 60 };
    double f[N][3], h[3][3] = {{20, 0, 0}, {0, 20, 0}, {0, 0, 20}};
    Sample s;
    Gr g;
    random_fractions(1, N, f);
    make_sample(&s, (const double(*)[3])h, 2, N, f);
    assert_ok(gr_init(&g, world, &s, 9.0, 0.5));
    for (uint64_t frame = 0; frame < FRAMES; frame++) {
        random_fractions(2 + frame, N, f);
        for (int i = 0; i < N; i++)
            cell_to_cartesian(&s.cell, f[i], s.x[i]);
        gr_add(&g, &s.cell, (const double(*)[3])s.x);
    }
    gr_reduce(&g, world);
    assert_int_equal(gr_frames(&g, SIZE_MAX), FRAMES);
    assert_true(g.nblock > GR_BLOCKS && g.nblock <= 2 * GR_BLOCKS);
    double v[18], e[18], chi2 = 0;
    gr_partial(&g, 0, 1, 3, v, e);
    for (size_t k = 0; k < g.nbin; k++) {
        double r = ((double)k + 0.5) * 0.5;
        double pairs = FRAMES * 200.0 * 200.0 * 4 * PI * r * r * 0.5 / 8000;
        assert_near(v[k], 1.0, 5.0 / sqrt(pairs));
        chi2 += e[k] * e[k] * pairs; /* block errors are Poisson errors here: each term near 1 */
    }
    assert_near(chi2 / 18, 1.0, 0.4);
    gr_partial(&g, 0, 0, 3, v, e);
    assert_near(v[17], 1.0 - 1.0 / 200, 5 * e[17]);
    gr_clear(&g);
    sample_clear(&s);
}

/* However many frames, the blocks together hold every frame once */
static void merging_loses_nothing(void **state)
{
    (void)state;
    enum { N = 20, FRAMES = 77 };
    double f[N][3], h[3][3] = {{9, 0, 0}, {0, 9, 0}, {0, 0, 9}};
    Sample s;
    Gr one, many;
    random_fractions(3, N, f);
    make_sample(&s, (const double(*)[3])h, 1, N, f);
    assert_ok(gr_init(&one, world, &s, 6.0, 0.2));
    assert_ok(gr_init(&many, world, &s, 6.0, 0.2));
    gr_add(&one, &s.cell, (const double(*)[3])s.x);
    for (int k = 0; k < FRAMES; k++)
        gr_add(&many, &s.cell, (const double(*)[3])s.x);
    for (size_t k = 0; k < one.nbin; k++) {
        int64_t sum = 0;
        for (size_t b = 0; b < many.nblock; b++)
            sum += gr_row(&many, b, 1, 0)[k];
        assert_int_equal(sum, FRAMES * gr_row(&one, 0, 1, 0)[k]);
    }
    assert_near(gr_density(&many, SIZE_MAX), N / 729.0, 1e-15);
    gr_clear(&one);
    gr_clear(&many);
    assert_int_equal(gr_init(&one, world, &s, -1.0, 0.1), ERR_INPUT);
    assert_int_equal(gr_init(&one, world, &s, 1.0, 0.0), ERR_INPUT);
    sample_clear(&s);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shells_of_lattices),
        cmocka_unit_test(brute_force_agrees),
        cmocka_unit_test(pairs_within_ions_stand_apart),
        cmocka_unit_test(ideal_gas_is_flat),
        cmocka_unit_test(merging_loses_nothing),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
