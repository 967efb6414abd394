/* Densities on a mesh against what is known in closed form: electrons, waves of Gaussians and of exponentials with cusps. */
#include "check.h"

#include "base/units.h"
#include "base/vec.h"
#include "density/smeared.h"

#include <complex.h>
#include <string.h>

static Comm *world;

/* Z electrons as a Gaussian, standard deviation w on each axis; f = Z exp(-k^2 w^2/2) */
typedef struct Cloud {
    double z, w;
} Cloud;

static double gaussian(const void *context, double r)
{
    const Cloud *c = context;
    return c->z * pow(2.0 * PI * c->w * c->w, -1.5) * exp(-0.5 * r * r / (c->w * c->w));
}

/* Z electrons as exp(-2 r/w): a 1s shell with its cusp; f = Z/(1 + (k w/2)^2)^2 */
static double shell(const void *context, double r)
{
    const Cloud *c = context;
    return c->z / (PI * c->w * c->w * c->w) * exp(-2.0 * r / c->w);
}

static double shell_factor(const Cloud *c, double k)
{
    double x = 0.5 * k * c->w;
    return c->z / ((1.0 + x * x) * (1.0 + x * x));
}

/* Greatest |wave undone - sum_i f_i exp(-i k r_i)| over k <= kmax, relative to the sum of f(0) */
static double worst_wave(DensityGrid *g, const Cell *cell, const int n[3], double kmax,
                         double sigma, int atoms, const double (*x)[3], const int kind[],
                         const Cloud cloud[], double (*factor)(const Cloud *, double))
{
    const FftBlock *b = fft_wave_block(density_grid_fft(g));
    const double *wave = fft_waves(density_grid_fft(g));
    double worst = 0, all = 0, point = cell->volume / ((double)n[0] * n[1] * n[2]);
    for (int i = 0; i < atoms; i++)
        all += cloud[kind[i]].z;
    for (int i = 0; i < b->count[0]; i++)
        for (int j = 0; j < b->count[1]; j++)
            for (int l = 0; l < b->count[2]; l++) {
                int m[3] = {b->first[0] + i, b->first[1] + j, b->first[2] + l};
                double s[3], k[3];
                for (int a = 0; a < 3; a++)
                    s[a] = 2.0 * PI * (2 * m[a] > n[a] ? m[a] - n[a] : m[a]);
                mat_times_vec(cell->inv, s, k);
                double length = vec_norm(k);
                if (length > kmax)
                    continue;
                double complex sum = 0;
                for (int atom = 0; atom < atoms; atom++)
                    sum += factor(&cloud[kind[atom]], length) * cexp(-I * vec_dot(k, x[atom]));
                const double *w =
                    wave + 2 * ((size_t)i * b->step[0] + (size_t)j * b->step[1] + (size_t)l);
                double complex mine =
                    (w[0] + I * w[1]) * point * exp(0.5 * length * length * sigma * sigma);
                worst = fmax(worst, cabs(mine - sum) / all);
            }
    return worst;
}

static const double EDGES[3][3] = {{5.0, 0.0, 0.0}, {1.2, 4.4, 0.0}, {-0.7, 0.9, 4.1}};
static const double PLACES[4][3] = {
    {0.1, 0.2, 0.3}, {2.7, -1.9, 8.0}, {3.3, 3.1, 2.2}, {-0.001, 0.0, 4.0}};
static const int KINDS[4] = {0, 1, 1, 0};

static double gaussian_factor(const Cloud *c, double k)
{
    return c->z * exp(-0.5 * k * k * c->w * c->w);
}

/* A skewed cell smaller than the reach of its ions, so that images overlap themselves */
static void gaussians_are_exact(void **state)
{
    (void)state;
    Cell cell;
    const Cloud cloud[2] = {{10.0, 0.22}, {1.25, 0.55}};
    const SphericalDensity density[2] = {{gaussian, &cloud[0], 1.8}, {gaussian, &cloud[1], 4.4}};
    int n[3];
    assert_ok(cell_init(&cell, EDGES));
    density_grid_points(&cell, 0.1, n);
    DensityGrid *g = density_grid_new(world, &cell, n);
    density_grid_set(g, 4, PLACES, KINDS, density);
    assert_near(density_grid_electrons(g), 22.5, 1e-9);
    fft_forward(density_grid_fft(g));
    double worst = worst_wave(g, &cell, n, 20.0, 0.0, 4, PLACES, KINDS, cloud, gaussian_factor);
    assert_near(worst, 0.0, 1e-10);
    density_grid_free(g);
}

static void left_out_kinds(void **state)
{
    (void)state;
    Cell cell;
    const Cloud cloud[2] = {{10.0, 0.22}, {1.25, 0.55}};
    const SphericalDensity density[2] = {{gaussian, &cloud[0], 1.8}, {gaussian, &cloud[1], 4.4}};
    const int kind[4] = {-1, 1, 1, -1}, n[3] = {50, 48, 44};
    assert_ok(cell_init(&cell, EDGES));
    DensityGrid *g = density_grid_new(world, &cell, n);
    density_grid_set(g, 4, PLACES, KINDS, density);
    density_grid_set(g, 4, PLACES, kind, density);
    assert_near(density_grid_electrons(g), 2.5, 1e-9);
    density_grid_free(g);
}

/* Magnesium's 1s shell has a width of 0.09 A, that of hydrogen 1.06 A: no mesh of 0.1 A sees the cusp of either */
static void cusps_by_smearing(void **state)
{
    (void)state;
    Cell cell;
    const double kmax = 23.8;
    const Cloud cloud[2] = {{2.0, 0.09}, {1.0, 1.06}};
    const SphericalDensity raw[2] = {{shell, &cloud[0], 1.6}, {shell, &cloud[1], 16.0}};
    Smeared s[2];
    double sigma;
    int n[3];
    assert_ok(cell_init(&cell, EDGES));
    assert_ok(smeared_sigma(0.1, kmax, 1e-8, &sigma));
    for (int k = 0; k < 2; k++) {
        smeared_init(&s[k], &raw[k], sigma);
        for (double q = 0.0; q < 50.0; q += 1.7)
            assert_near(smeared_form_factor(&s[k], q), shell_factor(&cloud[k], q), 1e-9);
    }
    const SphericalDensity smooth[2] = {smeared_density(&s[0]), smeared_density(&s[1])};
    density_grid_points(&cell, 0.1, n);
    DensityGrid *g = density_grid_new(world, &cell, n);
    density_grid_set(g, 4, PLACES, KINDS, smooth);
    assert_near(density_grid_electrons(g), 6.0, 1e-8);
    fft_forward(density_grid_fft(g));
    double worst = worst_wave(g, &cell, n, kmax, sigma, 4, PLACES, KINDS, cloud, shell_factor);
    assert_near(worst, 0.0, 1e-7);

    density_grid_set(g, 4, PLACES, KINDS, raw); /* and so bad is it without */
    fft_forward(density_grid_fft(g));
    assert_true(worst_wave(g, &cell, n, kmax, 0.0, 4, PLACES, KINDS, cloud, shell_factor) > 1e-2);
    density_grid_free(g);
    smeared_clear(&s[0]);
    smeared_clear(&s[1]);
}

static void coarse_meshes_are_refused(void **state)
{
    (void)state;
    double sigma;
    assert_int_equal(smeared_sigma(0.14, 23.8, 1e-7, &sigma), ERR_INPUT);
    assert_non_null(strstr(err_message(), "too coarse"));
    assert_ok(smeared_sigma(0.109, 23.8, 1e-7, &sigma));
    assert_int_equal(smeared_sigma(0.12, 23.8, 1e-7, &sigma), ERR_INPUT);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaussians_are_exact), cmocka_unit_test(left_out_kinds),
        cmocka_unit_test(cusps_by_smearing), cmocka_unit_test(coarse_meshes_are_refused)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
