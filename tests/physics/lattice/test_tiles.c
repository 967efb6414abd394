/* Tiles: the theorem on a ring of six sites with exact matrices (owned by edges the stationary law is exact for any step, forth
 * and back detailed balance too; owned by the site a hop starts from it is not), and sampled laws. */
#include "network.h"

#include "lattice/tiles.h"

enum { SITES = 6, STATES = 20 };
static Comm *world;
static const double KELVIN = 300.0;

/* Sites of two energies in turn and edges of two barriers; three Mg. */
static void ring_network(Network *n)
{
    *n = (Network){.cell = network_box(3, 20, 20)};
    int a = network_add_site_class(n, 0, true), b = network_add_site_class(n, 40000, false);
    network_add_site(n, a, 0, 0, 0);
    network_add_site(n, b, 0.5, 0, 0);
    int e = network_add_edge_class(n, 100000, 1e12), f = network_add_edge_class(n, 130000, 1e12);
    network_add_edge(n, 0, 1, e, 0, 0, 0);
    network_add_edge(n, 1, 0, f, 1, 0, 0);
}

/* To many more digits than are asked for: exponentials are squared ten times. */
typedef long double Matrix[STATES][STATES];

static void product(Matrix a, Matrix b, Matrix out)
{
    Matrix c;
    memset(c, 0, sizeof c);
    for (int i = 0; i < STATES; i++)
        for (int k = 0; k < STATES; k++)
            for (int j = 0; j < STATES; j++)
                c[i][j] += a[i][k] * b[k][j];
    memcpy(out, c, sizeof c);
}

/* exp(K t) by scaling and squaring, to rounding */
static void exponential(Matrix k, double t, Matrix out)
{
    Matrix term, small;
    memset(out, 0, sizeof(Matrix));
    memset(term, 0, sizeof term);
    for (int i = 0; i < STATES; i++) {
        out[i][i] = term[i][i] = 1.0L;
        for (int j = 0; j < STATES; j++)
            small[i][j] = k[i][j] * (long double)t / 1024.0L;
    }
    for (int order = 1; order < 16; order++) {
        product(term, small, term);
        for (int i = 0; i < STATES; i++)
            for (int j = 0; j < STATES; j++) {
                term[i][j] /= order;
                out[i][j] += term[i][j];
            }
    }
    for (int s = 0; s < 10; s++)
        product(out, out, out);
}

typedef struct Ring {
    Network n;
    State s;
    Wiring w;
    int state[STATES];     /* bits: occupied sites */
    long double p[STATES]; /* equilibrium */
} Ring;

static int index_of(const Ring *r, int bits)
{
    for (int i = 0; i < STATES; i++)
        if (r->state[i] == bits)
            return i;
    return -1;
}

static void ring_new(Ring *r)
{
    int count = 0;
    long double z = 0.0L;
    ring_network(&r->n);
    assert_ok(network_check(&r->n, KELVIN));
    assert_ok(state_init(&r->s, &r->n, (const int[3]){3, 1, 1}));
    assert_ok(wiring_init(&r->w, &r->n));
    for (int bits = 0; bits < 1 << SITES; bits++)
        if (__builtin_popcount((unsigned)bits) == 3)
            r->state[count++] = bits;
    assert_int_equal(count, STATES);
    for (int i = 0; i < STATES; i++) {
        long double h = 0.0L;
        for (int site = 0; site < SITES; site++)
            h += r->state[i] >> site & 1
                     ? 1e-6L * r->n.site_classes[r->n.site_class[site % 2]].energy
                     : 0.0L;
        r->p[i] = expl(-h / (long double)(UNITS_KB * KELVIN));
        z += r->p[i];
    }
    for (int i = 0; i < STATES; i++)
        r->p[i] /= z;
}

static void ring_clear(Ring *r)
{
    wiring_clear(&r->w);
    state_clear(&r->s);
    network_clear(&r->n);
}

/* Generators of two halves, in units of the bare rate. Half 0: cell 0 and the first half of cell 1, by edges; or by the site
 * from which a hop starts. */
static void halves(Ring *r, bool by_edge, Matrix l[2])
{
    const KmcOptions o = {.temperature = KELVIN, .rotor_speed = 1.0};
    const double bare = 1e12 * exp(-0.1 / (UNITS_KB * KELVIN));
    memset(l, 0, 2 * sizeof(Matrix));
    for (int i = 0; i < STATES; i++) {
        Kmc *k;
        for (int site = 0; site < SITES; site++)
            r->s.occ[site] = r->state[i] >> site & 1;
        assert_ok(kmc_new(&r->s, &r->w, &o, NULL, &k));
        for (int e = 0; e < SITES; e++) { /* edge e joins sites e and e + 1 */
            double rate = kmc_edge_rate(k, e / 2, e % 2) / bare;
            if (!(rate > 0.0))
                continue;
            int to = index_of(r, r->state[i] ^ 1 << e ^ 1 << (e + 1) % SITES);
            int from = r->state[i] >> e & 1 ? e : (e + 1) % SITES;
            int half = (by_edge ? e : from) < 3 ? 0 : 1;
            l[half][i][to] += rate;
            l[half][i][i] -= rate;
        }
        kmc_free(k);
    }
}

/* Stationary law of a matrix of one cycle: its row vector after many cycles. Total variation distance to equilibrium. */
static double law_error(const Ring *r, Matrix cycle)
{
    Matrix m;
    long double tv = 0.0L;
    memcpy(m, cycle, sizeof m);
    for (int i = 0; i < 16; i++) { /* rows keep their sum, or rounding would double each time */
        product(m, m, m);
        for (int a = 0; a < STATES; a++) {
            long double sum = 0.0L;
            for (int b = 0; b < STATES; b++)
                sum += m[a][b];
            for (int b = 0; b < STATES; b++)
                m[a][b] /= sum;
        }
    }
    for (int j = 0; j < STATES; j++)
        tv += 0.5L * fabsl(m[0][j] - r->p[j]);
    return (double)tv;
}

static double balance_error(const Ring *r, Matrix cycle)
{
    long double most = 0.0L;
    for (int i = 0; i < STATES; i++)
        for (int j = 0; j < STATES; j++)
            most = fmaxl(most, fabsl(r->p[i] * cycle[i][j] - r->p[j] * cycle[j][i]));
    return (double)most;
}

static void theorem(void **state)
{
    (void)state;
    Ring r;
    Matrix edge[2], origin[2], a, b, cycle;
    ring_new(&r);
    halves(&r, true, edge);
    halves(&r, false, origin);
    const double steps[] = {0.05, 0.2, 1.0, 4.0};
    for (int i = 0; i < 4; i++) {
        exponential(edge[0], steps[i], a);
        exponential(edge[1], steps[i], b);
        product(a, b, cycle);
        double lie = balance_error(&r, cycle);
        double law = law_error(&r, cycle);
        assert_near(law, 0.0, 1e-14);
        exponential(edge[0], 0.5 * steps[i], a);
        product(a, b, cycle);
        product(cycle, a, cycle);
        assert_near(law_error(&r, cycle), 0.0, 1e-14);
        double strang = balance_error(&r, cycle);
        assert_near(strang, 0.0, 1e-15);
        exponential(origin[0], steps[i], a);
        exponential(origin[1], steps[i], b);
        product(a, b, cycle);
        double wrong = law_error(&r, cycle);
        print_message("  step %4g: by edges law off by %.0e, balance Lie %.1e, Strang %.0e; by "
                      "origin law off by "
                      "%.1e\n",
                      steps[i], law, lie, strang, wrong);
        assert_true(lie > 1e-5);
        assert_true(wrong > 2e-3);
    }
    ring_clear(&r);
}

/* Coupled rotors in tiles of few cells with a step of many turns: the mean energy is that of Metropolis sampling by the
 * engine on the whole lattice, within their errors, with lists and with null events; the decay of a well's memory nears that of the whole as dt^2. */
static double mean_energy(bool tiled, KmcSolver solver, double step, int cycles, double *error)
{
    Network n;
    State s;
    Wiring w;
    network_cubic_rotors(&n, 12000, 20000);
    assert_ok(state_init(&s, &n, (const int[3]){8, 8, 8}));
    assert_ok(wiring_init(&w, &n));
    const KmcOptions o = {.temperature = KELVIN, .rotor_speed = 1.0, .solver = solver};
    const double rate = 1e12 * exp(-0.02 / (UNITS_KB * KELVIN));
    Kmc *k = NULL;
    Tiles *t = NULL;
    const TilesOptions to = {.kmc = o, .size = {4, 4, 4}, .step = step / rate, .seed = 9};
    if (tiled)
        assert_ok(tiles_new(world, &s, &w, &to, &t));
    else
        assert_ok(kmc_new(&s, &w, &o, NULL, &k));
    KmcClock clock = {.seed = 4};
    double sum = 0.0, square = 0.0;
    int used = 0;
    for (int i = 0; i < cycles; i++) {
        if (tiled)
            tiles_cycle(t);
        else
            kmc_run(k, &clock, (double)(i + 1) * step / rate, INT64_MAX);
        if (i < cycles / 10)
            continue;
        double h = 1e-6 * (double)state_energy(&s) / (double)s.ncell;
        sum += h;
        square += h * h;
        used++;
    }
    tiles_free(t);
    kmc_free(k);
    wiring_clear(&w);
    state_clear(&s);
    network_clear(&n);
    double mean = sum / used;
    /* samples a step of several relaxation times apart */
    *error = sqrt((square / used - mean * mean) / used);
    return mean;
}

static void same_law(void **state)
{
    (void)state;
    double e1, e2, whole = mean_energy(false, KMC_LISTS, 4.0, 2000, &e1);
    for (KmcSolver solver = KMC_LISTS; solver <= KMC_NULL_EVENTS; solver++) {
        double tiled = mean_energy(true, solver, 4.0, 2000, &e2);
        print_message("  energy per rotor: whole, lists %.6f +- %.6f, tiles, %s %.6f +- %.6f eV\n",
                      whole, e1, solver == KMC_LISTS ? "lists" : "null events", tiled, e2);
        assert_near(tiled - whole, 0.0, 4.0 * 1.5 * hypot(e1, e2));
    }
}

static void refusals(void **state)
{
    (void)state;
    Network n;
    State s;
    Wiring w;
    Tiles *t;
    network_cubic_rotors(&n, 12000, 20000);
    assert_ok(state_init(&s, &n, (const int[3]){9, 8, 8}));
    assert_ok(wiring_init(&w, &n));
    TilesOptions o = {
        .kmc = {.temperature = KELVIN, .rotor_speed = 1.0}, .size = {3, 4, 4}, .step = 1};
    assert_int_equal(tiles_new(world, &s, &w, &o, &t), ERR_INPUT);
    assert_non_null(strstr(err_message(), "3 tiles along an axis: an even number is needed"));
    o.size[0] = 2;
    assert_int_equal(tiles_new(world, &s, &w, &o, &t), ERR_INPUT);
    assert_non_null(strstr(err_message(), "tiles of 2 cells do not divide 9 cells"));
    wiring_clear(&w);
    state_clear(&s);
    network_clear(&n);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(theorem),
        cmocka_unit_test(same_law),
        cmocka_unit_test(refusals),
    };
    world = comm_start(&argc, &argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
