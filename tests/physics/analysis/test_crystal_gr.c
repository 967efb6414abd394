/* G(r) of rock salt with isotropic thermal motion, through counts, S(Q) and back, against the
 * direct sum of its Gaussians (each at its own distance: the r_ij convention). */
#include "check.h"

#include "analysis/xray.h"
#include "base/units.h"

#include <stdlib.h>

static Comm *world;

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
        int sum = (i & 1) + (i >> 1 & 1) + (i >> 2 & 1);
        s->kind[i] = sum % 2;
        for (int k = 0; k < 3; k++)
            s->x[i][k] = 0.5 * a * (i >> k & 1);
    }
}

static double direct_sum(const Sample *s, double sigma, double r)
{
    double za = 12, zb = 5, mean = 0.5 * (za + zb), a = s->cell.h[0][0], sum = 0;
    int reach = 12;
    for (int i = -reach; i <= reach; i++)
        for (int j = -reach; j <= reach; j++)
            for (int k = -reach; k <= reach; k++) {
                double d = 0.5 * a * sqrt((double)(i * i + j * j + k * k));
                if (d == 0 || fabs(d - r) > 9 * sigma)
                    continue;
                double w = (i + j + k) % 2 ? 2 * za * zb : za * za + zb * zb;
                sum += 0.5 * w / (mean * mean) * xray_debye_g(r, d, sigma);
            }
    return sum - 4 * PI * r * 8 / (a * a * a);
}

static void rock_salt_matches_direct_sum(void **state)
{
    (void)state;
    double sigma = sqrt(2 * 0.01);
    Sample s;
    Gr g;
    rock_salt(&s, 5.6402);
    assert_ok(gr_init(&g, world, &s, 20.0, 5e-4));
    gr_add(&g, &s.cell, (const double(*)[3])s.x);
    gr_reduce(&g, world);
    XrayOptions o = {.qmax = 40, .extra.sigma = sigma, .qstep = 1, .rstep = 0.05};
    XrayPdf p[XRAY_WEIGHTS];
    assert_ok(xray_pdf(&g, &o, p));
    const XrayPdf *z = &p[XRAY_CONSTANT_Z];
    double largest = 0, worst = 0;
    for (size_t k = 0; k < z->nr && z->r[k] < 16; k++) {
        double want = direct_sum(&s, sigma, z->r[k]);
        largest = fmax(largest, fabs(want));
        worst = fmax(worst, fabs(z->g[k] - want));
    }
    print_message("largest %.3f, worst difference %.2e of it\n", largest, worst / largest);
    assert_true(largest > 3);
    assert_true(worst < 2e-3 * largest);
    for (int w = 0; w < XRAY_WEIGHTS; w++)
        xray_pdf_clear(&p[w]);
    gr_clear(&g);
    sample_clear(&s);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {cmocka_unit_test(rock_salt_matches_direct_sum)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
