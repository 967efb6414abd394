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

/* Shells of the rock-salt lattice in units of a/2: how many points at each squared distance, weights of unlike and like pairs */
enum { SHELLS = 700 };
static void lattice_shells(double count[SHELLS], double weight[SHELLS])
{
    double za = 12, zb = 5, mean = 0.5 * (za + zb);
    int reach = 26;
    for (int n = 0; n < SHELLS; n++) {
        count[n] = 0;
        weight[n] = 0.5 * (n % 2 ? 2 * za * zb : za * za + zb * zb) / (mean * mean);
    }
    for (int i = -reach; i <= reach; i++)
        for (int j = -reach; j <= reach; j++)
            for (int k = -reach; k <= reach; k++)
                if (i * i + j * j + k * k < SHELLS)
                    count[i * i + j * j + k * k]++;
}

/* The direct sum on an even grid to 70 A, faded out over the last 15 A; convolved with sin(Qmax x)/(pi x), odd */
static void cut_direct_sum(double a, double sigma, double qmax, double step, size_t n, double cut[])
{
    enum { FINE = 7000 };
    double count[SHELLS], weight[SHELLS], *g = calloc(FINE, sizeof *g), fine = 0.01;
    lattice_shells(count, weight);
    for (int k = 1; k < FINE; k++) {
        double r = k * fine, fade = r < 55 ? 1 : pow(cos(0.5 * PI * (r - 55) / 15), 2);
        for (int m = 1; m < SHELLS; m++) {
            double d = 0.5 * a * sqrt((double)m);
            if (count[m] > 0 && fabs(d - r) < 9 * sigma)
                g[k] += fade * weight[m] * count[m] * xray_debye_g(r, d, sigma);
        }
        g[k] -= fade * 4 * PI * r * 8 / (a * a * a);
    }
    for (size_t i = 0; i < n; i++) {
        double r = (double)(i + 1) * step;
        cut[i] = 0;
        for (int k = 1; k < FINE; k++) {
            double x = r - k * fine, y = r + k * fine;
            double near = fabs(x) < 1e-9 ? qmax / PI : sin(qmax * x) / (PI * x);
            cut[i] += fine * g[k] * (near - sin(qmax * y) / (PI * y));
        }
    }
    free(g);
}

/* The window that Heere 2020 used, 1.5 to 25 A, uncut (Qmax 45) and cut at 23.8 1/A */
static void rock_salt_in_the_window(void **state)
{
    (void)state;
    double sigma = sqrt(2 * 0.01), a = 5.6402;
    Sample s;
    Gr g;
    rock_salt(&s, a);
    assert_ok(gr_init(&g, world, &s, 30.0, 5e-4));
    gr_add(&g, &s.cell, (const double(*)[3])s.x);
    gr_reduce(&g, world);
    for (int k = 0; k < 2; k++) {
        double qmax = k == 0 ? 45 : 23.8, largest = 0, worst = 0, *want;
        XrayOptions o = {.qmax = qmax, .extra.sigma = sigma, .qstep = 1, .rstep = 0.05};
        XrayPdf p[XRAY_WEIGHTS];
        assert_ok(xray_pdf(&g, &o, p));
        const XrayPdf *z = &p[XRAY_CONSTANT_Z];
        want = malloc(z->nr * sizeof *want);
        cut_direct_sum(a, sigma, qmax, o.rstep, z->nr, want);
        for (size_t i = 0; i < z->nr; i++)
            if (z->r[i] >= 1.5 && z->r[i] <= 25) {
                largest = fmax(largest, fabs(want[i]));
                worst = fmax(worst, fabs(z->g[i] - want[i]));
            }
        print_message("Qmax %g: largest %.3f, worst difference %.2e of it\n", qmax, largest,
                      worst / largest);
        assert_true(worst < 2e-3 * largest);
        free(want);
        for (int w = 0; w < XRAY_WEIGHTS; w++)
            xray_pdf_clear(&p[w]);
    }
    gr_clear(&g);
    sample_clear(&s);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {cmocka_unit_test(rock_salt_in_the_window)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
