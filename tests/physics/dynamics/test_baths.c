/* Thermostats and barostats against laws that are known: an ideal gas of the same ions has a
 * Gamma-distributed kinetic energy and volume; in the crystal the conserved energy stays where it
 * was. */
#include "gamma_cell.h"

static Comm *world;

/* Mean, variance, and the standard error of the mean by blocks */
typedef struct Moments {
    double mean, variance, error;
} Moments;

static Moments moments(int n, const double x[n])
{
    enum { BLOCKS = 20 };
    Moments m = {0};
    for (int i = 0; i < n; i++)
        m.mean += x[i] / n;
    for (int i = 0; i < n; i++)
        m.variance += (x[i] - m.mean) * (x[i] - m.mean) / n;
    for (int b = 0; b < BLOCKS; b++) {
        double sum = 0.0;
        for (int i = b * n / BLOCKS; i < (b + 1) * n / BLOCKS; i++)
            sum += x[i] - m.mean;
        sum /= n / BLOCKS;
        m.error += sum * sum;
    }
    m.error = sqrt(m.error / (BLOCKS * (BLOCKS - 1)));
    return m;
}

/* Cheap forces: there are none */
static FfOptions gas_options(void)
{
    return (FfOptions){.rigid = true,
                       .cutoff = 3.0,
                       .accuracy = 1e-2,
                       .beta = 0.5,
                       .mesh = {8, 8, 8},
                       .order = 5,
                       .skin = 2.0};
}

static DynamicsOptions bath(Thermostat t)
{
    return (DynamicsOptions){.rigid = true,
                             .timestep = 5.0 / UNITS_TIME_FS,
                             .seed = 21,
                             .thermostat = t,
                             .temperature = 400.0,
                             .thermostat_time = 0.05 / UNITS_TIME_PS};
}

static void check_kinetic(Thermostat t)
{
    enum { N = 4000 };
    Sample s;
    Run r;
    gamma_cell(&s);
    FfParameters p = gas_parameters();
    FfOptions f = gas_options();
    DynamicsOptions o = bath(t);
    run_start(&r, world, &s, &p, &f, &o);
    double freedom = dynamics_freedom(r.dyn), *k = MEM_NEW(double, N), *dev = MEM_NEW(double, N);
    assert_near(freedom, 3 * 72 + 3 * 48 - 3, 0.0);
    for (int i = 0; i < N; i++) {
        run_steps(&r, 1);
        k[i] = dynamics_state(r.dyn)->kinetic;
    }
    double mean = 0.5 * freedom * UNITS_KB * o.temperature;
    for (int i = 0; i < N; i++)
        dev[i] = (k[i] - mean) * (k[i] - mean);
    Moments m = moments(N, k), v = moments(N, dev);
    assert_near(m.mean, mean, 4.0 * m.error);
    assert_near(v.mean, mean * mean * 2.0 / freedom, 4.0 * v.error);
    assert_near(dynamics_state(r.dyn)->conserved, 0.5 * freedom * UNITS_KB * o.temperature,
                5.0 * sqrt(v.mean));
    free(k);
    free(dev);
    run_stop(&r);
    sample_clear(&s);
}

static void bussi_is_canonical(void **state)
{
    (void)state;
    check_kinetic(THERMOSTAT_BUSSI);
}

static void langevin_is_canonical(void **state)
{
    (void)state;
    check_kinetic(THERMOSTAT_LANGEVIN);
}

/* p(V) ~ V^(N-1) exp(-PV/kT) for N ions whose centre of mass stands still: mean N kT/P, variance N
 * (kT/P)^2 */
static void gas_has_its_volume(void **state)
{
    (void)state;
    enum { N = 12000 };
    Sample s;
    Run r;
    gamma_cell(&s);
    FfParameters p = gas_parameters();
    FfOptions f = gas_options();
    DynamicsOptions o = bath(THERMOSTAT_LANGEVIN);
    double unit = s.cell.volume / (double)s.nion; /* kT/P */
    o.barostat = BAROSTAT_ISOTROPIC;
    o.pressure = UNITS_KB * o.temperature / unit;
    o.compressibility = 1.0 / o.pressure;
    o.barostat_time = 0.4 / UNITS_TIME_PS;
    run_start(&r, world, &s, &p, &f, &o);
    double *v = MEM_NEW(double, N), *dev = MEM_NEW(double, N), mean = (double)s.nion * unit;
    for (int i = 0; i < N; i++) {
        run_steps(&r, 1);
        v[i] = domain_cell(r.domain)->volume;
        dev[i] = (v[i] - mean) * (v[i] - mean);
    }
    Moments m = moments(N, v), d = moments(N, dev);
    print_message("V: mean %g +- %g, wanted %g; variance %g +- %g, wanted %g\n", m.mean, m.error,
                  mean, d.mean, d.error, mean * unit);
    assert_near(m.mean, mean, 4.0 * m.error);
    assert_near(d.mean, mean * unit, 4.0 * d.error);
    assert_true(m.error < 0.03 * mean);
    free(v);
    free(dev);
    run_stop(&r);
    sample_clear(&s);
}

/* In the crystal: what the baths gave is all that changed the energy */
static void conserved_stays(void **state)
{
    (void)state;
    FfParameters p = gamma_parameters();
    FfOptions f = gamma_force_options(true);
    for (int b = BAROSTAT_NONE; b <= BAROSTAT_ANISOTROPIC; b++) {
        Sample s;
        Run r;
        DynamicsOptions o = bath(b == BAROSTAT_ISOTROPIC ? THERMOSTAT_LANGEVIN : THERMOSTAT_BUSSI);
        o.timestep = 2.0 / UNITS_TIME_FS;
        gamma_warm(&s, world, &p, &f, &o, 0.5);
        o.barostat = (Barostat)b;
        o.barostat_time = 0.2 / UNITS_TIME_PS;
        o.compressibility = 16.0; /* 10 GPa */
        run_start(&r, world, &s, &p, &f, &o);
        double e0 = dynamics_state(r.dyn)->conserved, kt = UNITS_KB * o.temperature;
        run_steps(&r, 500);
        const DynamicsState *now = dynamics_state(r.dyn);
        print_message("barostat %d: conserved energy moved by %g kT per atom in 1 ps, heat %g, "
                      "barostat work %g eV\n",
                      b, (now->conserved - e0) / kt / 264.0, now->heat, now->barostat_work);
        assert_near(now->conserved, e0, 3e-3 * kt * 264.0);
        assert_true(fabs(now->heat) > 0.1);
        assert_true(b == BAROSTAT_NONE || fabs(now->barostat_work) > 0.01);
        double lengths[3], angles[3], first[3];
        cell_lengths(domain_cell(r.domain), lengths, angles);
        cell_lengths(&s.cell, first, angles);
        bool shape = fabs(lengths[0] / first[0] - lengths[1] / first[1]) > 1e-9;
        assert_true(shape == (b == BAROSTAT_ANISOTROPIC));
        run_stop(&r);
        sample_clear(&s);
    }
}

/* Mean pressure of the rigid crystal in a constant cell [eV/A^3], and its standard error */
static Moments mean_pressure(const Sample *s, const FfParameters *p, const FfOptions *f, double ps)
{
    Run r;
    DynamicsOptions o = bath(THERMOSTAT_LANGEVIN);
    o.timestep = 2.0 / UNITS_TIME_FS;
    o.thermostat_time = 0.5 / UNITS_TIME_PS;
    int n = (int)(ps / UNITS_TIME_PS / o.timestep);
    double *x = MEM_NEW(double, n);
    run_start(&r, world, s, p, f, &o);
    run_steps(&r, n / 10);
    for (int i = 0; i < n; i++) {
        run_steps(&r, 1);
        const double(*q)[3] = dynamics_state(r.dyn)->pressure;
        x[i] = (q[0][0] + q[1][1] + q[2][2]) / 3.0;
    }
    Moments m = moments(n, x);
    free(x);
    run_stop(&r);
    return m;
}

/* The sample with its lattice and the centres of its ions scaled */
static void scaled(Sample *to, const Sample *s, double factor)
{
    double h[3][3];
    sample_copy(to, s);
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++)
            h[a][b] = factor * s->cell.h[a][b];
    assert_ok(cell_init(&to->cell, (const double(*)[3])h));
    for (int64_t i = 0; i < s->nion; i++)
        for (int64_t k = s->ion_first[i]; k < s->ion_first[i + 1]; k++)
            for (int c = 0; c < 3; c++)
                to->x[k][c] += (factor - 1.0) * s->x[s->ion_first[i]][c];
}

/* Volume fluctuations at constant pressure against the slope of the pressure at constant volume:
 * <dV^2> = kT V kappa, kappa = -dV/(V dP) */
static void volume_fluctuations(void **state)
{
    (void)state;
    const char *length = getenv("PW_NPT_PS");
    if (length == NULL)
        skip(); /* minutes: the test labelled slow */
    Sample s, small, large;
    Run r;
    FfParameters p = gamma_parameters();
    FfOptions f = gamma_force_options(true);
    DynamicsOptions o = bath(THERMOSTAT_LANGEVIN);
    o.timestep = 2.0 / UNITS_TIME_FS;
    o.thermostat_time = 0.5 / UNITS_TIME_PS;
    o.barostat = BAROSTAT_ISOTROPIC;
    o.pressure = 1.0 / UNITS_GPA;
    o.barostat_time = 0.3 / UNITS_TIME_PS;
    o.compressibility = 8.0; /* 20 GPa */
    double ps = atof(length);
    int n = (int)(ps / UNITS_TIME_PS / o.timestep);
    double *v = MEM_NEW(double, n), *dev = MEM_NEW(double, n);
    gamma_warm(&s, world, &p, &f, &o, 1.0);
    run_start(&r, world, &s, &p, &f, &o);
    run_steps(&r, n / 5);
    for (int i = 0; i < n; i++) {
        run_steps(&r, 1);
        v[i] = domain_cell(r.domain)->volume;
    }
    run_gather(&r, &s);
    run_stop(&r);
    Moments m = moments(n, v);
    for (int i = 0; i < n; i++)
        dev[i] = (v[i] - m.mean) * (v[i] - m.mean);
    Moments d = moments(n, dev);
    double width = sqrt(d.mean) / m.mean, middle = cbrt(m.mean / s.cell.volume);
    scaled(&small, &s, middle * cbrt(1.0 - width));
    scaled(&large, &s, middle * cbrt(1.0 + width));
    Moments p1 = mean_pressure(&small, &p, &f, 0.5 * ps),
            p2 = mean_pressure(&large, &p, &f, 0.5 * ps);
    double slope = (p1.mean - p2.mean) / (2.0 * width * m.mean), kt = UNITS_KB * o.temperature;
    double want = kt / slope, error = want * hypot(p1.error, p2.error) / (p1.mean - p2.mean);
    print_message("V %g +- %g A^3; variance %g +- %g, from dP/dV %g +- %g; bulk modulus %g GPa\n",
                  m.mean, m.error, d.mean, d.error, want, error, m.mean * slope * UNITS_GPA);
    assert_near(d.mean, want, 4.0 * hypot(d.error, error));
    assert_true(hypot(d.error, error) < 0.5 * want);
    assert_near(0.5 * (p1.mean + p2.mean), o.pressure,
                4.0 * hypot(p1.error, p2.error) + 0.1 * slope * sqrt(d.mean));
    free(v);
    free(dev);
    sample_clear(&s);
    sample_clear(&small);
    sample_clear(&large);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bussi_is_canonical),  cmocka_unit_test(langevin_is_canonical),
        cmocka_unit_test(gas_has_its_volume),  cmocka_unit_test(conserved_stays),
        cmocka_unit_test(volume_fluctuations),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
