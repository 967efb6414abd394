/* The tracer correlation factor of one vacancy on six lattices: by the master equation of the pair tracer and vacancy, without
 * noise, against the known values of the infinite lattice; and by the exact engines of the slow clock against the master equation of
 * the same finite lattice. */
#include "hops.h"

#include "lattice/master.h"

#include <complex.h>

/* Rows are edges of the primitive cell; known: J. R. Manning, Diffusion Kinetics for Atoms in Crystals (1968); K. Compaan, Y. Haven,
 * Trans. Faraday Soc. 52, 786 (1956), doi 10.1039/TF9565200786. */
typedef struct Lattice {
    const char *name;
    double h[3][3];
    int sites;
    double second[3]; /* the other site of the cell, fractional */
    double distance, known;
    int dimensions;
    int sampled;  /* copies along each axis, of the engines */
    int large[2]; /* of the master equation */
} Lattice;

static const Lattice lattices[] = {
    {.name = "simple cubic",
     .h = {{4, 0, 0}, {0, 4, 0}, {0, 0, 4}},
     .sites = 1,
     .distance = 4,
     .known = 0.65311,
     .dimensions = 3,
     .sampled = 6,
     .large = {10, 14}},
    {.name = "body-centred cubic",
     .h = {{-2, 2, 2}, {2, -2, 2}, {2, 2, -2}},
     .sites = 1,
     .distance = 3.46410161514,
     .known = 0.72719,
     .dimensions = 3,
     .sampled = 6,
     .large = {10, 14}},
    {.name = "face-centred cubic",
     .h = {{0, 2, 2}, {2, 0, 2}, {2, 2, 0}},
     .sites = 1,
     .distance = 2.82842712475,
     .known = 0.78145,
     .dimensions = 3,
     .sampled = 6,
     .large = {10, 14}},
    {.name = "diamond",
     .h = {{0, 2, 2}, {2, 0, 2}, {2, 2, 0}},
     .sites = 2,
     .second = {0.25, 0.25, 0.25},
     .distance = 1.73205080757,
     .known = 0.5,
     .dimensions = 3,
     .sampled = 5,
     .large = {8, 10}},
    {.name = "honeycomb",
     .h = {{6, -3.46410161514, 0}, {6, 3.46410161514, 0}, {0, 0, 40}},
     .sites = 2,
     .second = {1.0 / 3.0, 1.0 / 3.0, 0},
     .distance = 4,
     .known = 1.0 / 3.0,
     .dimensions = 2,
     .sampled = 10,
     .large = {24, 36}},
    {.name = "square",
     .h = {{4, 0, 0}, {0, 4, 0}, {0, 0, 40}},
     .sites = 1,
     .distance = 4,
     .known = 0.46694,
     .dimensions = 2,
     .sampled = 14,
     .large = {24, 36}},
};

static void build(const Lattice *l, Network *n)
{
    const double site[2][3] = {{0, 0, 0}, {l->second[0], l->second[1], l->second[2]}};
    network_lattice(n, l->h, l->sites, site, l->distance);
}

static void copies_of(const Lattice *l, int size, int k[3])
{
    k[0] = k[1] = size;
    k[2] = l->dimensions == 3 ? size : 1;
}

/* All that the lattice can be, seen from the tracer: which site of the cell it is on, and where the vacancy is, the tracer's cell
 * being cell 0. As a graph on which one walker (all of it) carries the tracer's displacement; every hop has the rate 1. */
static int32_t pair_state(const State *s, int tracer, int64_t vacancy)
{
    return (int32_t)(tracer * s->ncell * s->net->nsite + vacancy);
}

static void pair_graph(const State *s, Sites *g)
{
    const Network *n = s->net;
    int64_t places = s->ncell * n->nsite;
    *g = (Sites){.cell = n->cell, .n = (int32_t)(n->nsite * places)};
    g->energy = MEM_NEW(double, g->n);
    g->edge = MEM_NEW(SiteEdge, n->nsite * s->ncell * n->nedge);
    g->saddle = MEM_NEW(double, n->nsite * s->ncell * n->nedge);
    for (int tracer = 0; tracer < n->nsite; tracer++)
        for (int64_t cell = 0; cell < s->ncell; cell++)
            for (int32_t e = 0; e < n->nedge; e++) {
                const NetworkEdge *edge = &n->edge[e];
                int64_t a = cell * n->nsite + edge->a,
                        b = state_cell(s, cell, edge->step) * n->nsite + edge->b;
                SiteEdge *out = &g->edge[g->nedge];
                if (a == tracer) /* the same exchange seen from the other end */
                    continue;
                *out = (SiteEdge){.a = pair_state(s, tracer, a), .b = pair_state(s, tracer, b)};
                if (b == tracer) { /* it goes to a, so that the vacancy is a step away from it */
                    out->b =
                        pair_state(s, edge->a, state_cell(s, 0, edge->step) * n->nsite + edge->b);
                    network_displacement(n, edge, out->d);
                }
                g->nedge++;
            }
}

/* States in which the tracer and the vacancy are at one site cannot be reached: they are left out. */
static void without_impossible(const State *s, Sites *g)
{
    int32_t *now = MEM_NEW(int32_t, g->n), kept = 0;
    int64_t places = s->ncell * s->net->nsite;
    for (int32_t i = 0; i < g->n; i++)
        now[i] = i % places == i / places ? -1 : kept++;
    for (int64_t e = 0; e < g->nedge; e++) {
        g->edge[e].a = now[g->edge[e].a];
        g->edge[e].b = now[g->edge[e].b];
        assert_true(g->edge[e].a >= 0 && g->edge[e].b >= 0);
    }
    g->n = kept;
    free(now);
}

/* f of the finite lattice: D at frequency 0 over D of hops without memory. */
static double exact(const Network *n, const int copies[3])
{
    const double omega[2] = {0.0, 1e12};
    double _Complex d[2];
    State s;
    Sites g;
    assert_ok(state_init(&s, n, copies));
    pair_graph(&s, &g);
    without_impossible(&s, &g);
    assert_ok(master_diffusion(&g, 1.0, 300.0, 2, omega, d));
    free(g.energy), free(g.edge), free(g.saddle);
    state_clear(&s);
    return creal(d[0]) / creal(d[1]);
}

/* What a finite lattice adds to f goes as 1/N: two sizes give the infinite one. */
static void known_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lattices / sizeof lattices[0]; i++) {
        const Lattice *l = &lattices[i];
        Network n;
        double f[2], cells[2];
        build(l, &n);
        for (int k = 0; k < 2; k++) {
            int copies[3];
            copies_of(l, l->large[k], copies);
            cells[k] = (double)copies[0] * copies[1] * copies[2];
            f[k] = exact(&n, copies);
        }
        double infinite = (f[1] * cells[1] - f[0] * cells[0]) / (cells[1] - cells[0]);
        print_message(
            "  %-20s f %.6f of %g cells, %.6f of %g, %.6f of infinitely many; known %.5f\n",
            l->name, f[0], cells[0], f[1], cells[1], infinite, l->known);
        assert_near(infinite, l->known, 2e-5);
        network_clear(&n);
    }
}

/* By both engines in turn: without rotors they go the same way, hop by hop. */
static void engines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lattices / sizeof lattices[0]; i++) {
        const Lattice *l = &lattices[i];
        Network n;
        HopRunOptions o = hops_usual();
        build(l, &n);
        copies_of(l, l->sampled, o.copies);
        o.engine = i % 2 == 0 ? HOPPER_BRIDGE : HOPPER_DIRECT;
        o.per_decade = 1;
        o.hops = 30000;
        o.frames = 1024;
        double f = exact(&n, o.copies);
        Hops h = hops_run(&n, &o);
        Estimate tracer = hops_tracer(&h);
        double free_walk = h.square.mean / h.ions;
        tracer.mean /= free_walk;
        tracer.error /= free_walk;
        print_message("  %s, exact f of %d^%d cells %.5f\n", l->name, l->sampled, l->dimensions, f);
        hops_judge("f", tracer, f, 3.5, 0.01);
        hops_judge("current of a free walk", hops_charge(&h), h.square.mean, 3.5, 0.015);
        hops_judge("Haven ratio", h.transport.haven.value, f, 3.5, 0.015);
        hops_clear(&h);
        network_clear(&n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(known_values), cmocka_unit_test(engines)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
