/* The slow clock against closed answers: correlation factors of a vacancy, the exclusion gas, random barriers in one dimension, two
 * wells, gates against the master equation, mean rates against exact ones, replicas that are functions of their number. */
#include "gated_ring.h"

#include "analysis/hop_run.h"
#include "analysis/hop_transport.h"
#include "base/vec.h"
#include "lattice/oracle.h"

#include <complex.h>

static const double KELVIN = 300.0;

typedef struct Answer {
    HopTransport transport; /* A^2 per frame */
    double half;            /* S(0) to D [1/s] */
    Estimate square;        /* sum d^2/(6 t) [A^2/s] */
    Estimate rate;          /* hops/s of all */
    size_t n;
    double *frequency, *mean, *error; /* [n], [2n] A^2/s */
    double worst;
} Answer;

static double *part(const HopRun *w, const double *rows, size_t at, size_t n)
{
    double *v = MEM_NEW(double, (size_t)w->o->replicas *n);
    for (int64_t k = 0; k < w->o->replicas; k++)
        memcpy(v + (size_t)k * n, rows + (size_t)k * w->row.n + at, n * sizeof *v);
    return v;
}

static void answer_clear(Answer *a)
{
    free(a->frequency);
    free(a->mean);
    free(a->error);
}

static HopRunOptions usual(void)
{
    static const double kelvin = 300.0, one = 1.0;
    return (HopRunOptions){.copies = {1, 1, 1},
                           .site = "",
                           .number = 1,
                           .tolerance = 1e-4,
                           .ntemperature = 1,
                           .nspeed = 1,
                           .temperature = &kelvin,
                           .speed = &one,
                           .replicas = 16,
                           .hops = 4000,
                           .frames = 512,
                           .equilibration = 0.25,
                           .per_decade = 2};
}

static Answer run(const Network *n, const HopRunOptions *o)
{
    HopRun w;
    Answer a = {0};
    assert_ok(hop_run_init(&w, o, n, 77));
    double *rows = MEM_NEW(double, (size_t)o->replicas *w.row.n);
    for (int64_t k = 0; k < o->replicas; k++) {
        HopReplica *r;
        assert_ok(hop_run_replica_begin(&w, 0, k, &r));
        for (int i = 0; i < HOP_RUN_SLICES; i++)
            assert_ok(hop_run_replica_advance(r));
        hop_run_replica_finish(r, rows + (size_t)k * w.row.n);
        hop_run_replica_free(r);
    }
    double *charge = part(&w, rows, w.row.charge_at, w.row.points),
           *tracer = part(&w, rows, w.row.tracer_at, w.row.points),
           *square = part(&w, rows, HOP_ROW_SQUARE, 1), *hops = part(&w, rows, HOP_ROW_HOPS, 1);
    size_t replicas = (size_t)o->replicas;
    hop_transport_measure(replicas, w.row.points, charge, tracer, (double)w.ions, &a.transport);
    a.half = 0.5 / w.cases[0].step;
    a.square = blocks_mean(replicas, square);
    a.square.mean /= 6.0 * rows[HOP_ROW_TIME];
    a.square.error /= 6.0 * rows[HOP_ROW_TIME];
    a.rate = blocks_mean(replicas, hops);
    a.rate.mean /= rows[HOP_ROW_TIME];
    a.rate.error /= rows[HOP_ROW_TIME];
    a.n = w.cases[0].n;
    a.frequency = MEM_NEW(double, a.n);
    memcpy(a.frequency, w.cases[0].frequency, a.n * sizeof *a.frequency);
    double *spectrum = part(&w, rows, w.row.spectrum_at, 2 * a.n);
    a.mean = MEM_NEW(double, 2 * a.n);
    a.error = MEM_NEW(double, 2 * a.n);
    hop_transport_mean(replicas, 2 * a.n, spectrum, a.mean, a.error);
    for (size_t k = 0; k < replicas; k++)
        a.worst = fmax(a.worst, rows[k * w.row.n + HOP_ROW_WORST]);
    free(charge), free(tracer), free(square), free(hops), free(spectrum), free(rows);
    hop_run_clear(&w);
    return a;
}

/* One kind of site with edges to neighbours, in a box a x a x a; far ones lie in the next cells. */
static void lattice(Network *n, double a, int sites, const double site[][3], double distance,
                    int dimensions)
{
    *n = (Network){.cell = network_box(a, a, dimensions == 2 ? 40.0 : a), .charge = 1.0};
    int class = network_add_site_class(n, 0, true);
    for (int i = 0; i < sites; i++)
        network_add_site(n, class, site[i][0], site[i][1], site[i][2]);
    int edge = network_add_edge_class(n, 200000, 1e12);
    for (int i = 0; i < sites; i++)
        for (int j = 0; j < sites; j++)
            for (int x = -1; x <= 1; x++)
                for (int y = -1; y <= 1; y++)
                    for (int z = -(dimensions == 3); z <= (dimensions == 3); z++) {
                        NetworkEdge e = {i, j, edge, {(int8_t)x, (int8_t)y, (int8_t)z}};
                        double d[3];
                        network_displacement(n, &e, d);
                        bool first = i < j || (i == j &&
                                               (x > 0 || (x == 0 && (y > 0 || (y == 0 && z > 0)))));
                        if (first && fabs(vec_norm(d) - distance) < 1e-6)
                            network_add_edge(n, i, j, edge, x, y, z);
                    }
    assert_ok(network_check(n, KELVIN));
}

/* Tracer correlation factors of a single vacancy; the lattice is finite: 1/N of (1 - f) is added. */
static void vacancies(void **state)
{
    (void)state;
    static const double simple[1][3] = {{0, 0, 0}}, body[2][3] = {{0, 0, 0}, {0.5, 0.5, 0.5}};
    static const struct {
        const char *name;
        int sites, dimensions, copies;
        const double (*site)[3];
        double distance, f;
    } all[] = {
        {"simple cubic", 1, 3, 6, simple, 4.0, 0.65311},
        {"body-centred cubic", 2, 3, 5, body, 3.46410161514, 0.72719},
        {"square", 1, 2, 14, simple, 4.0, 0.46694},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        Network n;
        HopRunOptions o = usual();
        lattice(&n, 4.0, all[i].sites, all[i].site, all[i].distance, all[i].dimensions);
        o.copies[0] = o.copies[1] = all[i].copies;
        o.copies[2] = all[i].dimensions == 3 ? all[i].copies : 1;
        o.per_decade = 1;
        o.hops = 12000;
        o.frames = 128;
        Answer a = run(&n, &o);
        double sites = all[i].sites * o.copies[0] * o.copies[1] * o.copies[2], ions = sites - 1.0;
        double f = a.transport.tracer.value.mean * a.half * ions / a.square.mean,
               error = a.transport.tracer.value.error * a.half * ions / a.square.mean,
               charge = a.transport.charge.value.mean * a.half / a.square.mean;
        print_message(
            "  %s: f = %.4f +- %.4f, known %.5f; charge %.3f +- %.3f, Haven %.4f +- %.4f\n",
            all[i].name, f, error, all[i].f, charge,
            a.transport.charge.value.error * a.half / a.square.mean, a.transport.haven.value.mean,
            a.transport.haven.value.error);
        assert_near(f, all[i].f, 3.0 * error + (1.0 - all[i].f) * 2.0 / sites);
        assert_near(charge, 1.0, 3.0 * a.transport.charge.value.error * a.half / a.square.mean);
        assert_true(error < 0.02);
        answer_clear(&a);
        network_clear(&n);
    }
}

/* Half full, nothing but exclusion: the current of all is that of hops without memory, k a^2 (1 - c) for each Mg. */
static void exclusion_gas(void **state)
{
    (void)state;
    static const double simple[1][3] = {{0, 0, 0}};
    Network n;
    HopRunOptions o = usual();
    lattice(&n, 4.0, 1, simple, 4.0, 3);
    o.copies[0] = o.copies[1] = o.copies[2] = 4;
    o.number = 32;
    Answer a = run(&n, &o);
    double k = 1e12 * exp(-0.2 / (UNITS_KB * KELVIN)), want = k * 16.0 * 32.0 * 32.0 / 63.0;
    print_message("  exclusion gas: D of the current %.4f +- %.4f, of hops %.5f +- %.5f\n",
                  a.transport.charge.value.mean * a.half / want,
                  a.transport.charge.value.error * a.half / want, a.square.mean / want,
                  a.square.error / want);
    assert_near(a.square.mean, want, 3.0 * a.square.error);
    assert_near(a.transport.charge.value.mean * a.half, want,
                3.0 * a.transport.charge.value.error * a.half);
    for (size_t f = 0; f < a.n; f++) /* white at every frequency */
        assert_near(a.mean[2 * f], want, 4.0 * a.error[2 * f] + 1e-3 * want);
    answer_clear(&a);
    network_clear(&n);
}

/* One ion on a ring of two kinds of barriers, one after the other: D = a^2/<1/k>, along one of three axes. */
static void random_barriers(void **state)
{
    (void)state;
    Network n = {.cell = network_box(8, 20, 20), .charge = 1.0};
    int class = network_add_site_class(&n, 0, false);
    network_add_site(&n, class, 0, 0, 0);
    network_add_site(&n, class, 0.5, 0, 0);
    network_add_edge(&n, 0, 1, network_add_edge_class(&n, 200000, 1e12), 0, 0, 0);
    network_add_edge(&n, 1, 0, network_add_edge_class(&n, 260000, 1e12), 1, 0, 0);
    HopRunOptions o = usual();
    o.carriers = CARRIERS_INTERSTITIALS;
    o.hops = 40000;
    Answer a = run(&n, &o);
    double beta = 1.0 / (UNITS_KB * KELVIN), fast = 1e12 * exp(-0.2 * beta),
           slow = 1e12 * exp(-0.26 * beta), want = 16.0 / (0.5 / fast + 0.5 / slow) / 3.0,
           high = 16.0 * 0.5 * (fast + slow) / 3.0;
    print_message("  random barriers: D %.4f +- %.4f, instantaneous %.4f\n",
                  a.transport.charge.value.mean * a.half / want,
                  a.transport.charge.value.error * a.half / want, a.square.mean / high);
    assert_near(a.square.mean, high, 3.0 * a.square.error);
    assert_near(a.transport.charge.value.mean * a.half, want,
                3.0 * a.transport.charge.value.error * a.half);
    assert_true(a.transport.charge.value.error < 0.05 * a.transport.charge.value.mean);
    answer_clear(&a);
    network_clear(&n);
}

/* Two wells: sigma(omega) ~ (d^2/4) lambda i omega/(lambda + i omega)/3, lambda = k_ab + k_ba = 2 k; nothing at DC. */
static void two_wells(void **state)
{
    (void)state;
    Network n = {.cell = network_box(20, 20, 20), .charge = 1.0};
    int class = network_add_site_class(&n, 0, false);
    network_add_site(&n, class, 0.1, 0, 0);
    network_add_site(&n, class, 0.25, 0, 0);
    network_add_edge(&n, 0, 1, network_add_edge_class(&n, 200000, 1e12), 0, 0, 0);
    HopRunOptions o = usual();
    o.carriers = CARRIERS_INTERSTITIALS;
    o.hops = 10000;
    Answer a = run(&n, &o);
    double lambda = 2.0 * 1e12 * exp(-0.2 / (UNITS_KB * KELVIN));
    for (size_t f = 0; f < a.n; f++) {
        double omega = 2.0 * PI * a.frequency[f];
        double _Complex want = 9.0 / 4.0 * lambda * I * omega / (lambda + I * omega) / 3.0;
        assert_near(a.mean[2 * f], creal(want), 4.0 * a.error[2 * f] + 0.02 * cabs(want));
        assert_near(a.mean[2 * f + 1], cimag(want), 4.0 * a.error[2 * f + 1] + 0.02 * cabs(want));
        assert_true(a.error[2 * f] < 0.1 * lambda);
    }
    /* far below the rate nothing goes, and it is known to less than the hops themselves */
    assert_true(fabs(a.mean[0]) < 1e-3 * a.square.mean);
    answer_clear(&a);
    network_clear(&n);
}

/* A walker on four sites behind four gates, 64 states: every frequency against the master equation, by both exact engines. */
static void gates(void **state)
{
    (void)state;
    const double omega0 = 0.0;
    for (int engine = HOPPER_BRIDGE; engine <= HOPPER_DIRECT; engine++) {
        Network n;
        State s;
        Oracle oracle;
        HopRunOptions o = usual();
        gated_ring(&n, 0.3, 1.0);
        n.charge = 1.0;
        assert_ok(state_init(&s, &n, (const int[3]){4, 1, 1}));
        state_set(&s, 0, true);
        state_name_ions(&s);
        assert_ok(oracle_init(&oracle, &s, KELVIN, 1000));
        o.copies[0] = 4;
        o.carriers = CARRIERS_INTERSTITIALS;
        o.engine = (HopperEngine)engine;
        o.hops = 20000;
        Answer a = run(&n, &o);
        double _Complex dc, *want = mem_new(a.n, sizeof *want);
        double *omega = MEM_NEW(double, a.n);
        for (size_t f = 0; f < a.n; f++)
            omega[f] = 2.0 * PI * a.frequency[f];
        assert_ok(oracle_charge_diffusion(&oracle, KELVIN, 1, &omega0, &dc));
        assert_ok(oracle_charge_diffusion(&oracle, KELVIN, a.n, omega, want));
        print_message("  gates, engine %d: D %.4f +- %.4f of the master equation's\n", engine,
                      a.transport.charge.value.mean * a.half / creal(dc),
                      a.transport.charge.value.error * a.half / creal(dc));
        assert_near(a.transport.charge.value.mean * a.half, creal(dc),
                    3.0 * a.transport.charge.value.error * a.half);
        for (size_t f = 0; f < a.n; f++) {
            double small = 0.01 * cabs(want[f]);
            assert_near(a.mean[2 * f], creal(want[f]), 4.0 * a.error[2 * f] + small);
            assert_near(a.mean[2 * f + 1], cimag(want[f]), 4.0 * a.error[2 * f + 1] + small);
        }
        free(want), free(omega);
        answer_clear(&a);
        oracle_clear(&oracle);
        state_clear(&s);
        network_clear(&n);
    }
}

/* Mean rates of gates a million times faster than hops are right; beside slow gates they are refused. */
static void averages(void **state)
{
    (void)state;
    Network n;
    HopRun w;
    HopRunOptions o = usual();
    o.copies[0] = 4;
    o.carriers = CARRIERS_INTERSTITIALS;
    o.engine = HOPPER_AVERAGE;
    gated_ring(&n, 0.3, 1e6);
    Answer a = run(&n, &o);
    double want = 0.3 * ring_rate() * RING_STEP * RING_STEP / 3.0;
    assert_near(a.square.mean / want, 1.0, 3.0 * a.square.error / want);
    assert_near(a.transport.charge.value.mean * a.half, want,
                3.0 * a.transport.charge.value.error * a.half);
    assert_true(a.worst > 1e-8 && a.worst < 1e-5);
    answer_clear(&a);
    network_clear(&n);
    gated_ring(&n, 0.3, 10.0);
    assert_int_equal(hop_run_init(&w, &o, &n, 1), ERR_INPUT);
    assert_non_null(strstr(err_message(), "take engine bridge"));
    hop_run_clear(&w);
    o.engine = HOPPER_DIRECT; /* and a million turns for a hop are not followed */
    network_clear(&n);
    gated_ring(&n, 0.3, 1e6);
    assert_int_equal(hop_run_init(&w, &o, &n, 1), ERR_INPUT);
    assert_non_null(strstr(err_message(), "take engine bridge"));
    hop_run_clear(&w);
    network_clear(&n);
}

/* What is not a lattice with carriers. */
static void refusals(void **state)
{
    (void)state;
    Network n;
    State s;
    static const double simple[1][3] = {{0, 0, 0}};
    lattice(&n, 4.0, 1, simple, 4.0, 3);
    assert_ok(state_init(&s, &n, (const int[3]){2, 2, 2}));
    static const struct {
        CarriersKind kind;
        int64_t number;
        const char *label, *says;
    } bad[] = {
        {CARRIERS_VACANCIES, 0, "", "a lattice without carriers carries nothing"},
        {CARRIERS_VACANCIES, 9, "", "9 vacancies for 8 sites"},
        {CARRIERS_INTERSTITIALS, 1, "", "1 interstitials for 0 sites"},
        {CARRIERS_VACANCIES, 1, "24d", "no sites are called '24d'"},
        {CARRIERS_NONE, 0, "", "nothing can hop"},
        {CARRIERS_VACANCIES, 8, "", "nothing can hop"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(carriers_place(&s, bad[i].kind, bad[i].label, bad[i].number, 1, 1),
                         ERR_INPUT);
        assert_non_null(strstr(err_message(), bad[i].says));
    }
    assert_ok(carriers_place(&s, CARRIERS_VACANCIES, "site", 3, 1, 1));
    assert_int_equal(s.nion, 5);
    state_clear(&s);
    network_clear(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vacancies),       cmocka_unit_test(exclusion_gas),
        cmocka_unit_test(random_barriers), cmocka_unit_test(two_wells),
        cmocka_unit_test(gates),           cmocka_unit_test(averages),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
