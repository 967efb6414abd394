/* Hop models with closed answers: random walk, two wells (Debye), random barriers in one dimension, the exclusion gas, the gamma graph. */
#include "check.h"

#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"
#include "lattice/master.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static Cell box(double a, double b, double c)
{
    const double h[3][3] = {{a, 0, 0}, {0, b, 0}, {0, 0, c}};
    Cell cell;
    assert_ok(cell_init(&cell, h));
    return cell;
}

static const int identity_rotation[1][3][3] = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
static const double identity_translation[1][3] = {{0, 0, 0}};
static SymmetryOperations identity(void)
{
    return (SymmetryOperations){.n = 1,
                                .rotation = (int(*)[3][3])identity_rotation,
                                .translation = (double(*)[3])identity_translation};
}

/* simple cubic lattice: sigma = n q^2 Gamma a^2 / (6 kT) at every frequency */
static void random_walk(void **state)
{
    (void)state;
    const double a = 4.0, t = 350.0, nu = 1e12, saddle = 0.3;
    Cell cell = box(a, a, a);
    SymmetryOperations ops = identity();
    const SiteClass site = {.label = "s", .position = {0.1, 0.2, 0.3}, .energy = 0.0};
    const HopClass hop = {
        .from = "s", .to = "s", .distance = a, .tolerance = 0.01, .saddle = saddle};
    Sites s;
    assert_ok(sites_from_crystal(&cell, &ops, 1, &site, 1, &hop, &s));
    assert_int_equal(s.n, 1);
    assert_int_equal(s.nedge, 3);
    double k = nu * exp(-saddle / (UNITS_KB * t)), gamma = 6.0 * k;
    const double omega[2] = {0.0, k};
    double _Complex d[2];
    assert_ok(master_diffusion(&s, nu, t, 2, omega, d));
    for (int i = 0; i < 2; i++) {
        assert_near(creal(d[i]) / (gamma * a * a / 6.0), 1.0, 1e-12);
        assert_near(cimag(d[i]), 0.0, 1e-12 * gamma);
    }
    assert_near(master_hop_rate(&s, nu, t) / gamma, 1.0, 1e-12);
    double n = 1.0 / cell.volume;
    double sigma = creal(master_conductivity(d[0], n, 2.0, t));
    double si = n * 1e30 * 4.0 * UNITS_E_C * UNITS_E_C * gamma * a * a * 1e-20 /
                (6.0 * UNITS_KB_J_K * t) / 100.0;
    assert_near(sigma / si, 1.0, 1e-9);
    sites_clear(&s);
}

/* two wells, nothing else: sigma(omega) = (n q^2 d^2 / 4kT) lambda i omega/(lambda + i omega), lambda = 2 k; one of three axes */
static void two_wells(void **state)
{
    (void)state;
    const double t = 300.0, nu = 1e12, length = 3.0;
    Cell cell = box(20, 20, 20);
    SymmetryOperations ops = identity();
    const SiteClass sites[2] = {{"a", {0.1, 0.1, 0.1}, 0.0}, {"b", {0.25, 0.1, 0.1}, 0.0}};
    const HopClass hop = {
        .from = "a", .to = "b", .distance = length, .tolerance = 1e-6, .saddle = 0.2};
    Sites s;
    assert_ok(sites_from_crystal(&cell, &ops, 2, sites, 1, &hop, &s));
    double k = nu * exp(-0.2 / (UNITS_KB * t)), lambda = 2.0 * k;
    const double omega[4] = {0.1 * k, 2.0 * k, 50.0 * k, 1e6 * k};
    double _Complex d[4];
    assert_ok(master_diffusion(&s, nu, t, 4, omega, d));
    for (int i = 0; i < 3; i++) {
        double _Complex want =
            length * length / 4.0 * lambda * I * omega[i] / (lambda + I * omega[i]) / 3.0;
        assert_near(cabs(d[i] - want) / cabs(want), 0.0, 1e-12);
    }
    /* too fast to come back: the random walk, k d^2/2 along one axis; the rest is (lambda/omega)^2 */
    assert_near(creal(d[3]) / (k * length * length / 6.0), 1.0, 1e-11);
    sites_clear(&s);
}

/* ring of N sites with random barriers: D(0) = a^2 / <1/k>, D(inf) = a^2 <k> */
static void random_barriers(void **state)
{
    (void)state;
    enum { N = 12 };
    const double a = 2.0, t = 400.0, nu = 1e12;
    Sites s = {.cell = box(N * a, 30, 30), .n = N, .nedge = N};
    s.energy = MEM_NEW(double, N);
    s.saddle = MEM_NEW(double, N);
    s.edge = MEM_NEW(SiteEdge, N);
    double mean = 0.0, inverse = 0.0;
    for (int i = 0; i < N; i++) {
        s.edge[i] = (SiteEdge){.a = i, .b = (i + 1) % N, .d = {a, 0, 0}};
        s.saddle[i] = 0.2 + 0.02 * (i * 7 % 11);
        double k = nu * exp(-s.saddle[i] / (UNITS_KB * t));
        mean += k / N;
        inverse += 1.0 / k / N;
    }
    const double omega[2] = {0.0, 1e18};
    double _Complex d[2];
    assert_ok(master_diffusion(&s, nu, t, 2, omega, d));
    assert_near(3.0 * creal(d[0]) * inverse / (a * a), 1.0, 1e-10);
    assert_near(3.0 * creal(d[1]) / (a * a * mean), 1.0, 1e-5);
    free(s.energy);
    free(s.saddle);
    free(s.edge);
}

/* Hard particles on a ring, as one carrier on the graph of all their configurations (bit masks of occupied sites); the
 * tracer is the particle that began at the lowest site. A state is a mask and, among its particles, which one is the tracer. */
enum { RING = 9, GAS = 4, MASKS = 1 << RING };

typedef struct Gas {
    Sites sites;
    int32_t index[MASKS]; /* of a mask, -1 */
    int32_t mask[MASKS];
    int32_t masks;
} Gas;

static int order_of(int mask, int site)
{
    return __builtin_popcount((unsigned)mask & ((1U << site) - 1U));
}

/* Each edge is one hop of one particle to the right. `tracer`: only its hops count. */
static void gas_new(Gas *g, bool tracer)
{
    const double a = 2.0;
    int copies = tracer ? GAS : 1;
    g->masks = 0;
    for (int m = 0; m < MASKS; m++) {
        g->index[m] = __builtin_popcount((unsigned)m) == GAS ? g->masks : -1;
        if (g->index[m] >= 0)
            g->mask[g->masks++] = m;
    }
    g->sites = (Sites){.cell = box(RING * a, 30, 30), .n = g->masks * copies};
    g->sites.energy = MEM_NEW(double, g->sites.n);
    g->sites.saddle = MEM_NEW(double, g->sites.n *GAS);
    g->sites.edge = MEM_NEW(SiteEdge, g->sites.n * GAS);
    for (int32_t s = 0; s < g->masks; s++)
        for (int site = 0; site < RING; site++) {
            int mask = g->mask[s], next = (site + 1) % RING;
            if ((mask >> site & 1) == 0 || (mask >> next & 1) != 0)
                continue;
            int after = (mask & ~(1 << site)) | 1 << next;
            /* a particle that passes the end of the ring comes first: all others move up one */
            int shift = next == 0 ? 1 : 0;
            for (int which = 0; which < copies; which++) {
                bool moves = !tracer || which == order_of(mask, site);
                int32_t b = g->index[after] * copies + (which + shift) % copies;
                g->sites.edge[g->sites.nedge] =
                    (SiteEdge){.a = s * copies + which, .b = b, .d = {moves ? a : 0.0, 0, 0}};
                g->sites.saddle[g->sites.nedge++] = 0.25;
            }
        }
}

static void gas_clear(Gas *g)
{
    free(g->sites.energy);
    free(g->sites.saddle);
    free(g->sites.edge);
}

/* D_J/D_0 = 1 - (N - 1)/(L - 1) at every frequency; the tracer has it at infinite frequency, and 1/N of it at zero: no
 * particle passes another, so in the long run all go the same way. */
static void exclusion_gas(void **state)
{
    (void)state;
    const double t = 350.0, nu = 1e12, k = nu * exp(-0.25 / (UNITS_KB * t)), d0 = k * 4.0;
    const double omega[4] = {0.0, 0.03 * k, k, 1e14 * k},
                 blocking = 1.0 - (GAS - 1.0) / (RING - 1.0);
    double _Complex d[4];
    Gas g;
    gas_new(&g, false);
    assert_int_equal(g.masks, 126);
    assert_ok(master_diffusion(&g.sites, nu, t, 4, omega, d));
    for (int i = 0; i < 4; i++) {
        assert_near(3.0 * creal(d[i]) / (GAS * d0), blocking, 1e-10);
        assert_near(cimag(d[i]) / d0, 0.0, 1e-10);
    }
    gas_clear(&g);
    gas_new(&g, true);
    assert_ok(master_diffusion(&g.sites, nu, t, 4, omega, d));
    assert_near(3.0 * creal(d[0]) / d0, blocking / GAS, 1e-10);
    assert_near(3.0 * creal(d[3]) / d0, blocking, 1e-10);
    for (int i = 0; i < 3; i++)
        assert_true(creal(d[i]) < creal(d[i + 1]));
    gas_clear(&g);
}

/* 24d - 48g - 24c: counts, distances and neighbours of the void analysis of gamma */
static void gamma_graph(void **state)
{
    (void)state;
    Cell cell = box(15.7575, 15.7575, 15.7575);
    SymmetryOperations ops;
    assert_ok(symmetry_of_group(230, &ops));
    const SiteClass classes[3] = {{"24d", {0.375, 0, 0.25}, 0.0},
                                  {"48g", {0.125, 0.437, -0.187}, 0.3},
                                  {"24c", {0.125, 0, 0.25}, 0.4}};
    const HopClass hops[3] = {{"24d", "48g", 3.67, 0.05, 0.7},
                              {"24d", "48g", 4.19, 0.05, 0.8},
                              {"24d", "24c", 3.94, 0.05, 0.9}};
    Sites s;
    assert_ok(sites_from_crystal(&cell, &ops, 3, classes, 3, hops, &s));
    assert_int_equal(sites_count(&s, 0), 24);
    assert_int_equal(sites_count(&s, 1), 48);
    assert_int_equal(sites_count(&s, 2), 24);
    int g = 24; /* first 48g site: two Mg at 3.67 and two at 4.19 A */
    assert_int_equal(sites_degree(&s, g, 0), 2);
    assert_int_equal(sites_degree(&s, g, 1), 2);
    assert_int_equal(sites_degree(&s, 72, 2), 2);
    /* cubic, connected: D is finite and below its high-frequency limit */
    const double omega[2] = {0.0, 1e20};
    double _Complex d[2];
    assert_ok(master_diffusion(&s, 1e13, 353.0, 2, omega, d));
    assert_true(creal(d[0]) > 0.0 && creal(d[0]) < creal(d[1]));
    const HopClass far = {"24d", "24c", 2.0, 0.05, 0.9};
    Sites bad;
    assert_int_equal(sites_from_crystal(&cell, &ops, 3, classes, 1, &far, &bad), ERR_INPUT);
    assert_non_null(strstr(err_message(), "the nearest are 3.939 A apart"));
    sites_clear(&s);
    symmetry_clear(&ops);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_walk),     cmocka_unit_test(two_wells),
        cmocka_unit_test(random_barriers), cmocka_unit_test(exclusion_gas),
        cmocka_unit_test(gamma_graph),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
