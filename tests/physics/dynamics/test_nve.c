/* Constant energy: drift, momentum, time reversal, for flexible atoms at 0.5 fs (1 fs with inner steps)
 * and rigid ions at 2 fs. */
#include "gamma_cell.h"

#include "base/vec.h"

static Comm *world;

static DynamicsOptions options(bool rigid)
{
    return (DynamicsOptions){.rigid = rigid,
                             .timestep = (rigid ? 2.0 : 0.5) / UNITS_TIME_FS,
                             .seed = 12,
                             .temperature = 300.0};
}

/* |sum m v| over sum m |v| */
static double relative_momentum(const Run *r)
{
    double p[3] = {0.0, 0.0, 0.0}, size = 0.0;
    for (int32_t k = 0; k < r->atoms.nlocal; k++) {
        vec_axpy(r->atoms.mass[k], r->atoms.v[k], p);
        size += r->atoms.mass[k] * vec_norm(r->atoms.v[k]);
    }
    return vec_norm(p) / size;
}

/* Slope of the conserved energy over `ps` by a straight line [kT per atom per ps] */
static double drift(Run *r, double ps)
{
    double n = 0.0, st = 0.0, se = 0.0, stt = 0.0, ste = 0.0,
           e0 = dynamics_state(r->dyn)->conserved;
    double t0 = dynamics_state(r->dyn)->time, t = 0.0, kt = 0.0;
    while (t < ps) {
        run_steps(r, 1);
        const DynamicsState *s = dynamics_state(r->dyn);
        double e = s->conserved - e0;
        t = (s->time - t0) * UNITS_TIME_PS;
        n += 1.0, st += t, se += e, stt += t * t, ste += t * e, kt += UNITS_KB * s->temperature;
    }
    double slope = (n * ste - st * se) / (n * stt - st * st);
    return slope / (kt / n) / 264.0;
}

static void check_drift(bool rigid, int inner_steps, double ps)
{
    Sample s;
    Run r;
    FfParameters p = gamma_parameters();
    FfOptions f = gamma_force_options(rigid);
    DynamicsOptions o = options(rigid);
    gamma_warm(&s, world, &p, &f, &o, 1.0);
    if (inner_steps > 1)
        o.timestep = 1.0 / UNITS_TIME_FS, o.inner_steps = inner_steps;
    run_start(&r, world, &s, &p, &f, &o);
    double slope = drift(&r, ps);
    print_message("%s: %g kT/atom/ps over %g ps at %.0f K\n",
                  rigid             ? "rigid, 2 fs"
                  : inner_steps > 1 ? "flexible, 1 fs with inner steps"
                                    : "flexible, 0.5 fs",
                  slope, ps, dynamics_state(r.dyn)->temperature);
    assert_near(slope, 0.0, 1e-4);
    assert_near(relative_momentum(&r), 0.0, 1e-12);
    run_stop(&r);
    sample_clear(&s);
}

/* 3 ps, or what the test labelled slow asks for */
static double length(void)
{
    const char *ps = getenv("PW_NVE_PS");
    return ps ? atof(ps) : 3.0;
}

static void flexible_drift(void **state)
{
    (void)state;
    check_drift(false, 1, length());
}

static void inner_drift(void **state)
{
    (void)state;
    check_drift(false, 3, length());
}

static void rigid_drift(void **state)
{
    (void)state;
    check_drift(true, 1, length());
}

/* There and back again */
static void check_reversal(bool rigid)
{
    enum { STEPS = 100 };
    Sample s, end;
    Run r;
    gamma_cell(&s);
    sample_copy(&end, &s);
    FfParameters p = gamma_parameters();
    FfOptions f = gamma_force_options(rigid);
    DynamicsOptions o = options(rigid);
    run_start(&r, world, &s, &p, &f, &o);
    run_gather(&r, &s);
    run_steps(&r, STEPS);
    for (int32_t k = 0; k < r.atoms.nlocal; k++)
        for (int c = 0; c < 3; c++)
            r.atoms.v[k][c] *= -1.0;
    for (int32_t i = 0; i < r.atoms.nion; i++)
        for (int c = 0; c < 3; c++)
            r.atoms.spin[i][c] *= -1.0;
    run_gather(&r, &end);
    double moved = 0.0;
    for (int64_t k = 0; k < s.n; k++)
        moved = fmax(moved, fabs(end.x[k][0] - s.x[k][0]));
    assert_true(moved > 0.1);
    run_steps(&r, STEPS);
    run_gather(&r, &end);
    for (int64_t k = 0; k < s.n; k++)
        for (int c = 0; c < 3; c++) {
            assert_near(end.x[k][c], s.x[k][c], 1e-9);
            assert_near(end.v[k][c], -s.v[k][c], 1e-9);
        }
    run_stop(&r);
    sample_clear(&s);
    sample_clear(&end);
}

static void flexible_reversal(void **state)
{
    (void)state;
    check_reversal(false);
}

static void rigid_reversal(void **state)
{
    (void)state;
    check_reversal(true);
}

/* A step half as long has a quarter of the energy error: second order */
static void rigid_is_second_order(void **state)
{
    (void)state;
    double rms[2];
    FfParameters p = gamma_parameters();
    FfOptions f = gamma_force_options(true);
    for (int k = 0; k < 2; k++) {
        Sample s;
        Run r;
        gamma_cell(&s);
        DynamicsOptions o = options(true);
        o.timestep = (k ? 1.0 : 2.0) / UNITS_TIME_FS;
        run_start(&r, world, &s, &p, &f, &o);
        double e0 = dynamics_state(r.dyn)->conserved, sum = 0.0;
        int n = k ? 100 : 50;
        for (int i = 0; i < n; i++) {
            run_steps(&r, 1);
            double e = dynamics_state(r.dyn)->conserved - e0;
            sum += e * e;
        }
        rms[k] = sqrt(sum / n);
        run_stop(&r);
        sample_clear(&s);
    }
    assert_true(rms[0] / rms[1] > 3.0 && rms[0] / rms[1] < 5.0);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flexible_reversal), cmocka_unit_test(rigid_reversal),
        cmocka_unit_test(flexible_drift),    cmocka_unit_test(rigid_is_second_order),
        cmocka_unit_test(inner_drift),       cmocka_unit_test(rigid_drift),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
