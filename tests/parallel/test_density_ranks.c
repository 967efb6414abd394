/* Densities on a mesh, their waves, S(Q) and G(r) have the same bits on any number of ranks. */
#include "check.h"

#include "analysis/density_pdf.h"
#include "base/units.h"

#include <string.h>

static Comm *world;

static double cloud(const void *context, double r)
{
    double w = *(const double *)context;
    return exp(-2.0 * r / w) / (PI * w * w * w);
}

static void set_sample(Sample *s)
{
    static const double edges[3][3] = {{4.1, 0.0, 0.0}, {1.0, 3.7, 0.0}, {-0.7, 0.9, 3.3}};
    Cell cell;
    assert_ok(cell_init(&cell, edges));
    sample_init(s, &cell, 9);
    s->nspecies = 3;
    s->species[0] = species_find("Mg");
    s->species[1] = species_find("B");
    s->species[2] = species_find("H");
    for (int i = 0; i < 9; i++) {
        s->kind[i] = i % 3;
        for (int k = 0; k < 3; k++)
            s->x[i][k] = 7.0 * sin(1.0 + 12.9898 * i + 78.233 * k);
    }
}

static void curves_on(const Comm *c, const Sample *s, DensityCurves *out)
{
    static const double width[3] = {0.1, 0.4, 0.9};
    Smeared of[3];
    DensityPdf *p;
    DensitySet set = {.of = {&of[0], &of[1], &of[2]}};
    DensityPdfOptions o = {.qmin = 0.5,
                           .qmax = 16.0,
                           .qdamp = 0.03,
                           .qstep = 0.1,
                           .rstep = 0.1,
                           .rmax = 5.0,
                           .spacing = 0.13,
                           .blocks = 2};
    assert_ok(smeared_sigma(o.spacing, o.qmax, 1e-7, &o.smear));
    for (int a = 0; a < 3; a++)
        smeared_init(&of[a], &(SphericalDensity){cloud, &width[a], 8.0 * width[a]}, o.smear);
    assert_ok(density_pdf_new(c, s, &o, 1, &set, &p));
    density_pdf_add(p, 0, &s->cell, (const double(*)[3])s->x);
    density_pdf_add(p, 1, &s->cell, (const double(*)[3])(s->x));
    density_pdf_curves(p, out);
    density_pdf_free(p);
    for (int a = 0; a < 3; a++)
        smeared_clear(&of[a]);
}

static void same_curves(void **state)
{
    (void)state;
    Sample s;
    DensityCurves all, alone;
    set_sample(&s);
    Comm *self = comm_split(world, comm_rank(world));
    curves_on(world, &s, &all);
    curves_on(self, &s, &alone);
    assert_int_equal(all.nq, alone.nq);
    assert_memory_equal(all.q, alone.q, all.nq * sizeof(double));
    assert_memory_equal(all.s, alone.s, all.nblock * all.nform * all.nq * sizeof(double));
    assert_memory_equal(all.g, alone.g,
                        all.nblock * all.nform * all.npair * all.nr * sizeof(double));
    density_pdf_curves_clear(&all);
    density_pdf_curves_clear(&alone);
    comm_free(self);
    sample_clear(&s);
}

/* The real mesh of every rank against that of one rank, and its electrons */
static void same_mesh(void **state)
{
    (void)state;
    static const double width = 0.6;
    const SphericalDensity density[3] = {
        {cloud, &width, 3.0}, {cloud, &width, 2.0}, {cloud, &width, 6.0}};
    Sample s;
    set_sample(&s);
    int n[3], kind[9];
    for (int i = 0; i < 9; i++)
        kind[i] = s.kind[i];
    density_grid_points(&s.cell, 0.15, n);
    Comm *self = comm_split(world, comm_rank(world));
    DensityGrid *all = density_grid_new(world, &s.cell, n),
                *alone = density_grid_new(self, &s.cell, n);
    density_grid_set(all, 9, (const double(*)[3])s.x, kind, density);
    density_grid_set(alone, 9, (const double(*)[3])s.x, kind, density);
    const FftBlock *b = fft_block(density_grid_fft(all)), *w = fft_block(density_grid_fft(alone));
    const double *mine = fft_real(density_grid_fft(all)),
                 *whole = fft_real(density_grid_fft(alone));
    double points = 0.0;
    for (int x = 0; x < b->count[0]; x++)
        for (int y = 0; y < b->count[1]; y++, points += b->count[2])
            assert_memory_equal(mine + (size_t)x * b->step[0] + (size_t)y * b->step[1],
                                whole + (size_t)(x + b->first[0]) * w->step[0] +
                                    (size_t)(y + b->first[1]) * w->step[1],
                                (size_t)b->count[2] * sizeof(double));
    comm_sum(world, 1, &points);
    assert_near(points, (double)n[0] * n[1] * n[2], 0.0);
    double electrons = density_grid_electrons(all), same = density_grid_electrons(alone);
    assert_memory_equal(&electrons, &same, sizeof same);
    density_grid_free(all);
    density_grid_free(alone);
    comm_free(self);
    sample_clear(&s);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_mesh), cmocka_unit_test(same_curves)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
