/* Hops that remember, in closed form, through the engines of the slow clock: random barriers, a walk that remembers its direction, gates
 * that are all drawn anew at once. */
#include "hops.h"

#include "lattice/oracle.h"

#include <stdio.h>

static const double KELVIN = HOPS_KELVIN, A = HOPS_STEP;

/* D(s) = d + slope s for small s = i omega along a ring, by the master equation of all its states: then <x^2> = 2 d t + 2 slope once
 * t is long beside its memory. `one`: one ring; emptied. */
static void master(Network *one, double *d, double *slope)
{
    State s;
    Oracle oracle;
    const double omega[2] = {0.0, 1e-6 * hops_rate(200000)};
    double _Complex value[2];
    assert_ok(state_init(&s, one, (const int[3]){1, 1, 1}));
    assert_ok(oracle_init(&oracle, &s, KELVIN, 1000));
    assert_ok(oracle_charge_diffusion(&oracle, KELVIN, 2, omega, value));
    *d = 3.0 * creal(value[0]); /* of one of three axes */
    *slope = 3.0 * cimag(value[1]) / omega[1];
    oracle_clear(&oracle);
    state_clear(&s);
    network_clear(one);
}

/* The current against D = d: by its increments from frame to frame, and fitted at frequency 0. */
static void judge_current(const char *what, const Hops *got, double d, double slope)
{
    hops_judge(what, got->frames, d + slope / got->step, 3.5, 0.012);
    hops_judge("  fitted at frequency 0", hops_charge(got), d, 4.0, 0.04);
}

/* ---- barriers -------------------------------------------------------------------------------- */

enum { BARRIERS = 12 };

static void barriers(Network *n, int axes, double *mean, double *inverse)
{
    double place[BARRIERS];
    int class[BARRIERS];
    *n = (Network){.cell = network_box(BARRIERS * A, BARRIERS * A, BARRIERS * A)};
    *mean = *inverse = 0.0;
    for (int i = 0; i < BARRIERS; i++) {
        int32_t barrier = 200000 + 10000 * (i * 7 % 11);
        *mean += hops_rate(barrier) / BARRIERS;
        *inverse += 1.0 / hops_rate(barrier) / BARRIERS;
        class[i] = network_add_edge_class(n, barrier, 1e12);
        place[i] = i;
    }
    hops_add_rings(n, axes, BARRIERS, place, BARRIERS, 1, class);
    assert_ok(network_check(n, KELVIN));
}

/* One ion on a ring of barriers: D(0) = a^2/<1/k>, D(inf) = a^2 <k>. */
static void random_barriers(void **state)
{
    (void)state;
    double mean, inverse, d, slope;
    Network n;
    barriers(&n, 1, &mean, &inverse);
    master(&n, &d, &slope);
    assert_near(d * inverse / (A * A), 1.0, 1e-9);
    barriers(&n, 3, &mean, &inverse);
    HopRunOptions o = hops_rings(HOPPER_DIRECT, 200000);
    Hops got = hops_run(&n, &o);
    hops_judge("random barriers: hops", got.square, A * A * mean, 3.5, 0.005);
    judge_current("random barriers: current", &got, A * A / inverse, slope);
    hops_clear(&got);
    network_clear(&n);
}

/* ---- a walk that remembers its direction ----------------------------------------------------- */

/* A site with a pocket at either side: Mg that came in by one side leaves by it again with rate alpha, or goes over to the other
 * pocket with rate beta. Whatever was before, after a hop the next one goes on with the probability beta/(alpha + 2 beta) =
 * (1 + epsilon)/2, and hops come at the rate alpha = 1/tau: the persistent walk. epsilon = -alpha/(alpha + 2 beta) is negative: in
 * equilibrium nothing keeps its direction (the memory of a current is never positive), it can only come back. */
static void pockets(Network *n, int axes, double beta_over_alpha)
{
    *n = (Network){.cell = network_box(5 * A, 5 * A, 5 * A)};
    int over = network_add_edge_class(n, 200000, 1e12 * beta_over_alpha),
        on = network_add_edge_class(n, 200000, 1e12);
    const int class[10] = {over, on, over, on, over, on, over, on, over, on};
    hops_add_rings(n, axes, 10, (const double[]){0, 0, 1, 1, 2, 2, 3, 3, 4, 4}, 5, 1, class);
    assert_ok(network_check(n, KELVIN));
}

/* D(omega) = (a^2 alpha/2) (1 - 2 alpha/(2 (alpha + beta) + i omega)); at 0 (a^2/2 tau) (1 + epsilon)/(1 - epsilon). */
static double _Complex persistent(const double p[], double _Complex s)
{
    return A * A * p[0] / 2.0 * (1.0 - 2.0 * p[0] / (2.0 * (p[0] + p[1]) + s));
}

enum { MEMORY = 3 };
typedef struct Directions {
    int way[MEMORY + 1]; /* the last hops, newest first */
    int64_t n;
    double sum[MEMORY + 1];
} Directions;

static void note_direction(void *data, const KmcEvent *e)
{
    Directions *d = data;
    if (e->edge >= 10 || e->edge % 2 == 0) /* of other rings; between pockets */
        return;
    memmove(d->way + 1, d->way, MEMORY * sizeof *d->way);
    d->way[0] = e->direction;
    if (++d->n > MEMORY)
        for (int k = 1; k <= MEMORY; k++)
            d->sum[k] += d->way[0] * d->way[k];
}

/* <u_i u_(i+k)> = epsilon^k */
static void directions(const Network *n, HopperEngine engine, double epsilon)
{
    State s;
    Wiring w;
    Hopper *h;
    int64_t hops;
    Directions d = {0};
    KmcClock clock = {.seed = 31};
    const KmcOptions o = {
        .temperature = KELVIN, .rotor_speed = 1.0, .watch = note_direction, .data = &d};
    assert_ok(state_init(&s, n, (const int[3]){1, 1, 1}));
    assert_ok(wiring_init(&w, n));
    assert_ok(hopper_new(&s, &w, engine, &o, 0.0, &clock, &h));
    assert_ok(hopper_run(h, &clock, INFINITY, 200000, &hops));
    for (int k = 1; k <= MEMORY; k++)
        assert_near(d.sum[k] / (double)(d.n - MEMORY), pow(epsilon, k), 4.0 / sqrt((double)d.n));
    hopper_free(h);
    wiring_clear(&w);
    state_clear(&s);
}

static void persistent_walk(void **state)
{
    (void)state;
    const double beta[2] = {1.0 / 3.0, 2.0}, epsilon[2] = {-0.6, -0.2};
    for (int i = 0; i < 2; i++) {
        Network n;
        HopRunOptions o = hops_rings(i == 0 ? HOPPER_BRIDGE : HOPPER_DIRECT, 100000);
        const double p[2] = {hops_rate(200000), hops_rate(200000) * beta[i]};
        double d = A * A * p[0] / 2.0 * (1.0 + epsilon[i]) / (1.0 - epsilon[i]), exact, slope;
        pockets(&n, 1, beta[i]);
        master(&n, &exact, &slope);
        assert_near(exact / d, 1.0, 1e-9);
        assert_near(creal(persistent(p, 0.0)) / d, 1.0, 1e-12);
        pockets(&n, 3, beta[i]);
        directions(&n, HOPPER_BRIDGE, epsilon[i]);
        directions(&n, HOPPER_DIRECT, epsilon[i]);
        Hops got = hops_run(&n, &o);
        hops_judge("persistent walk: hops", got.square, A * A * p[0] / 2.0, 3.5, 0.003);
        judge_current("persistent walk: current", &got, d, slope);
        hops_judge_spectrum(&got, persistent, p);
        hops_clear(&got);
        network_clear(&n);
    }
}

/* ---- gates drawn anew, all at once ----------------------------------------------------------- */

/* Six bonds on a ring, opened and closed by one rotor: each of its wells is a set of open bonds, and with the rate lambda it goes to any
 * well, its own among them. Then D = (lambda/2) int lambda exp(-lambda t) <x^2(t)>_static dt (S. D. Druger, M. A. Ratner, A. Nitzan,
 * Phys. Rev. B 31, 3939 (1985), doi 10.1103/PhysRevB.31.3939). */
enum { BONDS = 6, WELLS = 12 };
static const unsigned open_bonds[WELLS] = {0x0b, 0x16, 0x2c, 0x19, 0x32, 0x25,
                                           0x1b, 0x36, 0x2d, 0x15, 0x2a, 0x3f};

/* A ring and a rotor for each axis. */
static void renewed_rings(Network *n, int axes, double lambda)
{
    *n = (Network){.cell = network_box(BONDS * A, BONDS * A, BONDS * A)};
    int hop = network_add_edge_class(n, 200000, 1e12);
    const int class[BONDS] = {hop, hop, hop, hop, hop, hop};
    hops_add_rings(n, axes, BONDS, (const double[]){0, 1, 2, 3, 4, 5}, BONDS, 1, class);
    int rotor = network_add_rotor_class(n, WELLS, NULL);
    for (int w = 0; w < WELLS; w++)
        for (int v = w + 1; v < WELLS; v++)
            network_add_turn(n, rotor, w, v, 0, 0, lambda / WELLS);
    for (int i = 0; i < BONDS; i++) {
        int32_t gate[WELLS];
        for (int w = 0; w < WELLS; w++)
            gate[w] = open_bonds[w] >> i & 1 ? 0 : 2000000;
        int table = network_add_table(n, 1, WELLS, gate);
        for (int axis = 0; axis < axes; axis++)
            network_add_link(&n->gate, &n->ngate, axis * BONDS + i, axis, table, 0, 0, 0);
    }
    for (int axis = 0; axis < axes; axis++)
        network_add_rotor(n, rotor, 0.5, 0.5, 0.5);
    assert_ok(network_check(n, KELVIN));
}

/* Sum over sites i of a line of n sites of int lambda exp(-lambda t) <(x_t - i)^2> dt in units of a^2, hops at rate k: the resolvent
 * lambda (lambda - L)^(-1), column by column, by elimination of a tridiagonal system. */
static double spread(int n, double lambda, double k)
{
    double sum = 0.0;
    for (int from = 0; from < n; from++) {
        double diagonal[BONDS], right[BONDS] = {0};
        right[from] = lambda;
        for (int i = 0; i < n; i++) {
            diagonal[i] = lambda + k * ((i > 0) + (i < n - 1));
            if (i > 0) {
                right[i] += k / diagonal[i - 1] * right[i - 1];
                diagonal[i] -= k * k / diagonal[i - 1];
            }
        }
        for (int i = n - 1; i >= 0; i--) {
            right[i] = (right[i] + (i < n - 1 ? k * right[i + 1] : 0.0)) / diagonal[i];
            sum += right[i] * (i - from) * (i - from);
        }
    }
    return sum;
}

/* Of one set of bonds, mean over where the walker begins. */
static double static_spread(unsigned open, double lambda, double k)
{
    double sum = 0.0;
    int first = 0, n = 1;
    if (open == (1U << BONDS) - 1)
        return 2.0 * k / lambda; /* free: <x^2> = 2 k t */
    while (open >> first & 1)
        first++;
    for (int i = 1; i <= BONDS; i++)
        if (open >> (first + i) % BONDS & 1) {
            n++;
        } else {
            sum += spread(n, lambda, k);
            n = 1;
        }
    return sum / BONDS;
}

static void renewal(void **state)
{
    (void)state;
    const double ratio[3] = {0.3, 1.0, 10.0}, k = hops_rate(200000);
    for (int i = 0; i < 3; i++) {
        Network n;
        double lambda = ratio[i] * k, want = 0.0, d, slope;
        for (int w = 0; w < WELLS; w++)
            want += 0.5 * lambda * A * A * static_spread(open_bonds[w], lambda, k) / WELLS;
        renewed_rings(&n, 1, lambda);
        master(&n, &d, &slope);
        assert_near(d / want, 1.0, 1e-9);
        renewed_rings(&n, 3, lambda);
        for (int engine = HOPPER_BRIDGE; engine <= (i == 1 ? HOPPER_DIRECT : HOPPER_BRIDGE);
             engine++) {
            char what[64];
            HopRunOptions o = hops_rings((HopperEngine)engine, 40000);
            o.replicas = 32;
            o.frames = 512;
            Hops got = hops_run(&n, &o);
            snprintf(what, sizeof what, "renewal, lambda/Gamma %g, %s", ratio[i],
                     engine == HOPPER_BRIDGE ? "bridge" : "direct");
            judge_current(what, &got, want, slope);
            hops_clear(&got);
        }
        network_clear(&n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_barriers),
        cmocka_unit_test(persistent_walk),
        cmocka_unit_test(renewal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
