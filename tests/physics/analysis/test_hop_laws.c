/* Laws of hopping in closed form through the engines of the slow clock: exclusion gas in space and on a ring, single file, two wells. */
#include "hops.h"

#include "analysis/transport.h"

#include <stdio.h>

static const double KELVIN = HOPS_KELVIN, A = HOPS_STEP;
static const double one_site[1][3] = {{0, 0, 0}};

/* ---- exclusion ------------------------------------------------------------------------------- */

static double _Complex white(const double p[], double _Complex s)
{
    (void)s;
    return p[0];
}

/* Half full, nothing but exclusion: the current of all is that of hops without memory, k a^2 (1 - (N-1)/(L-1)) for each Mg. */
static void exclusion_gas(void **state)
{
    (void)state;
    static const double h[3][3] = {{4, 0, 0}, {0, 4, 0}, {0, 0, 4}};
    Network n;
    HopRunOptions o = hops_usual();
    network_lattice(&n, h, 1, one_site, A);
    for (int a = 0; a < 3; a++)
        o.copies[a] = 4;
    o.number = 32;
    o.hops = 60000;
    o.frames = 1024;
    Hops got = hops_run(&n, &o);
    double want = hops_rate(200000) * A * A * 32.0 * (1.0 - 31.0 / 63.0);
    hops_judge("exclusion gas 4^3: hops", got.square, want, 3.5, 0.005);
    hops_judge("exclusion gas 4^3: current", hops_charge(&got), want, 3.5, 0.015);
    hops_judge_spectrum(&got, white, &want);
    hops_clear(&got);
    network_clear(&n);
}

/* Three on a ring of six: D_J/D_0 = 1 - (N-1)/(L-1) at every frequency; nobody passes, so in the long run a Mg has 1/N of it. */
static void ring(void **state)
{
    (void)state;
    enum { L = 6, N = 3 };
    Network n = {.cell = network_box(L * A, L * A, L * A)};
    int hop = network_add_edge_class(&n, 200000, 1e12);
    const int class[L] = {hop, hop, hop, hop, hop, hop};
    hops_add_rings(&n, 3, L, (const double[]){0, 1, 2, 3, 4, 5}, L, N, class);
    assert_ok(network_check(&n, KELVIN));
    HopRunOptions o = hops_rings(HOPPER_DIRECT, 300000);
    o.frames = 4096;
    Hops got = hops_run(&n, &o);
    double want = hops_rate(200000) * A * A * N * (1.0 - (N - 1.0) / (L - 1.0));
    hops_judge("exclusion gas on a ring: current", hops_charge(&got), want, 3.5, 0.01);
    hops_judge("exclusion gas on a ring: tracer", hops_tracer(&got), want / (3 * N * N), 3.5, 0.02);
    hops_judge("exclusion gas on a ring: Haven ratio", got.transport.haven.value, 1.0 / N, 3.5,
               0.02);
    hops_judge_spectrum(&got, white, &want);
    hops_clear(&got);
    network_clear(&n);
}

/* Half full ring of 400, seen before anything goes round. What has passed a bond after t has the variance c (1 - c) <|w_t|>, w a free
 * walk (A. De Masi, P. A. Ferrari, J. Stat. Phys. 107, 677 (2002), doi 10.1023/A:1014577928229), exactly, N Mg on L sites having N
 * (L - N)/(L (L - 1)) in the place of c (1 - c); the tracer ((1 - c)/c) <|w_t|> = ((1 - c)/c) sqrt(4 k t/pi) but for a constant
 * (R. Arratia, Ann. Probab. 11, 362 (1983), doi 10.1214/aop/1176993602). */
enum { LONG = 400, QUEUE = 200, FRAMES = 400, RUNS = 12 };

typedef struct Passed {
    double now[LONG];
} Passed;

static void count_passed(void *data, const KmcEvent *e)
{
    ((Passed *)data)->now[e->cell] += e->direction;
}

/* x [QUEUE][FRAMES] places of Mg [A], q [LONG][FRAMES] what has passed each bond, every 5/k */
static void follow(const Network *n, uint64_t id, double *x, double *q)
{
    State s;
    Wiring w;
    Hopper *h;
    Passed passed = {0};
    KmcClock clock = {.seed = 8, .id = id};
    const KmcOptions o = {
        .temperature = KELVIN, .rotor_speed = 1.0, .watch = count_passed, .data = &passed};
    assert_ok(state_init(&s, n, (const int[3]){LONG, 1, 1}));
    assert_ok(carriers_place(&s, CARRIERS_VACANCIES, "", LONG - QUEUE, 8, id));
    assert_ok(wiring_init(&w, n));
    assert_ok(hopper_new(&s, &w, id % 2 == 0 ? HOPPER_DIRECT : HOPPER_BRIDGE, &o, 0.0, &clock, &h));
    for (int frame = 0; frame < FRAMES; frame++) {
        int64_t hops;
        double r[3];
        assert_ok(hopper_run(h, &clock, frame * 5.0 / hops_rate(200000), INT64_MAX, &hops));
        for (int i = 0; i < QUEUE; i++) {
            state_position(&s, i, r);
            x[i * FRAMES + frame] = r[0];
        }
        for (int i = 0; i < LONG; i++)
            q[i * FRAMES + frame] = passed.now[i];
    }
    hopper_free(h);
    wiring_clear(&w);
    state_clear(&s);
}

/* <|w|> of a walk with rate k each way, x = 2 k t >> 1 */
static double mean_distance(double x)
{
    return x * (2.0 - 1.0 / (4.0 * x) - 6.0 / (128.0 * x * x)) / sqrt(2.0 * PI * x);
}

static void single_file(void **state)
{
    (void)state;
    static const double h[3][3] = {{4, 0, 0}, {0, 20, 0}, {0, 0, 20}};
    const size_t lag[3] = {10, 25, 50};
    double tracer[3][RUNS] = {{0}}, bond[3][RUNS] = {{0}};
    double *x = MEM_NEW(double, QUEUE *FRAMES), *q = MEM_NEW(double, LONG *FRAMES);
    Network n;
    network_lattice(&n, h, 1, one_site, A);
    for (int run = 0; run < RUNS; run++) {
        follow(&n, (uint64_t)run, x, q);
        for (int l = 0; l < 3; l++) {
            for (size_t i = 0; i < QUEUE; i++)
                tracer[l][run] += transport_square(x + i * FRAMES, 0, FRAMES, lag[l], 1) / QUEUE;
            for (size_t i = 0; i < LONG; i++)
                bond[l][run] += transport_square(q + i * FRAMES, 0, FRAMES, lag[l], 1) / LONG;
        }
    }
    for (int l = 0; l < 3; l++) {
        char what[64];
        double far = mean_distance(10.0 * (double)lag[l]);
        Estimate t = blocks_mean(RUNS, tracer[l]);
        snprintf(what, sizeof what, "single file: passed a bond after %zu/k", 5 * lag[l]);
        hops_judge(what, blocks_mean(RUNS, bond[l]), far * QUEUE * QUEUE / (LONG * (LONG - 1.0)),
                   3.5, 0.02);
        print_message("  single file: <x^2> after %zu/k: %.3f +- %.3f a^2, sqrt law %.3f\n",
                      5 * lag[l], t.mean / (A * A), t.error / (A * A), far);
        assert_near(t.mean / (A * A), far - 0.2, 0.2 + 3.5 * t.error / (A * A));
    }
    free(x), free(q);
    network_clear(&n);
}

/* ---- two wells ------------------------------------------------------------------------------- */

/* sigma(omega) ~ (d^2/4) lambda i omega/(lambda + i omega) along one of three axes, lambda = k_ab + k_ba; nothing at DC. */
static double _Complex debye(const double p[], double _Complex s)
{
    return p[0] * p[0] / 4.0 * p[1] * s / (p[1] + s) / 3.0;
}

static void two_wells(void **state)
{
    (void)state;
    Network n = {.cell = network_box(20, 20, 20), .charge = 1.0};
    int class = network_add_site_class(&n, 0, false);
    network_add_site(&n, class, 0.1, 0, 0);
    network_add_site(&n, class, 0.25, 0, 0);
    network_add_edge(&n, 0, 1, network_add_edge_class(&n, 200000, 1e12), 0, 0, 0);
    HopRunOptions o = hops_usual();
    o.carriers = CARRIERS_INTERSTITIALS;
    o.hops = 100000;
    Hops got = hops_run(&n, &o);
    const double p[2] = {3.0, 2.0 * hops_rate(200000)};
    hops_judge_spectrum(&got, debye, p);
    for (size_t f = 0; f < got.n; f++)
        assert_true(got.error[2 * f] < 0.01 * got.square.mean);
    /* far below the rate nothing goes, and it is known to less than the hops themselves */
    assert_true(fabs(got.mean[0]) < 1e-4 * got.square.mean);
    hops_clear(&got);
    network_clear(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exclusion_gas),
        cmocka_unit_test(ring),
        cmocka_unit_test(single_file),
        cmocka_unit_test(two_wells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
