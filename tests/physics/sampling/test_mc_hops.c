/* Hops between listed sites, with charges: the states can be counted and their energies computed one by one by the force
 * field, so the law is Boltzmann's sum. Neighbours are unequal in number, and so are the BH4 that may follow; the reciprocal
 * energy of a hop is large, so the second test of delayed acceptance decides much. Samples start from the law itself, as in
 * test_mc_laws.c; they must end in it. PW_MC_SAMPLES: how many, 20,000 by default, 10^6 in the slow tests.
 */
#include "mccase.h"

#include "base/units.h"

#include <gsl/gsl_cdf.h>

enum { SITES = 5, STATES_MAX = 200 };

static Comm *world;

static const double EDGE = 14.0, REACH = 4.5, BOND = 3.2; /* A */
static const double SITE[SITES][3] = {
    {3, 3, 3}, {6.5, 3, 3}, {6.5, 6.5, 3}, {10, 6.5, 3}, {6.5, 5, 6.2}};

/* Mg, B of one BH4, B of the other */
typedef struct State {
    int site;
    double x[3][3];
    double energy;
} State;

typedef struct Graph {
    Sample s;
    int n;
    State state[STATES_MAX];
} Graph;

static double distance(const Graph *g, const double a[3], const double b[3])
{
    double d[3];
    vec_sub(a, b, d);
    cell_min_image(&g->s.cell, d);
    return vec_norm(d);
}

static int find(const Graph *g, const double x[3][3])
{
    for (int k = 0; k < g->n; k++)
        if (distance(g, g->state[k].x[0], x[0]) < 1e-3 &&
            distance(g, g->state[k].x[1], x[1]) < 1e-3 &&
            distance(g, g->state[k].x[2], x[2]) < 1e-3)
            return k;
    return -1;
}

static void reach(Graph *g, const State *from, int to, int follower)
{
    State s = *from;
    double by[3];
    s.site = to;
    vec_sub(SITE[to], SITE[from->site], by);
    vec_axpy(1.0, by, s.x[0]);
    if (follower > 0)
        vec_axpy(1.0, by, s.x[follower]);
    if (find(g, (const double(*)[3])s.x) >= 0)
        return;
    assert_true(g->n < STATES_MAX);
    g->state[g->n++] = s;
}

static void place(const Graph *g, const State *state, double (*x)[3])
{
    memcpy(x[0], state->x[0], sizeof x[0]);
    for (int ion = 1; ion < 3; ion++)
        for (int i = 0; i < 5; i++)
            for (int c = 0; c < 3; c++)
                x[5 * ion - 4 + i][c] =
                    state->x[ion][c] + g->s.x[5 * ion - 4 + i][c] - g->s.x[5 * ion - 4][c];
}

/* All states that hops lead to from the first, and their energies */
static void explore(Graph *g, const FfParameters *p, const McOptions *o)
{
    static const double d = 0.7043,
                        corner[4][3] = {{1, 1, 1}, {1, -1, -1}, {-1, 1, -1}, {-1, -1, 1}};
    const State first = {.site = 0, .x = {{3, 3, 3}, {3, 3, 0.6}, {6.5, 8.9, 3}}};
    const char *symbols[11] = {"Mg", "B", "H", "H", "H", "H", "B", "H", "H", "H", "H"};
    double x[11][3];
    Cell cell;
    for (int i = 0; i < 11; i++)
        for (int c = 0; c < 3; c++)
            x[i][c] =
                first.x[(i + 4) / 5][c] + (symbols[i][0] == 'H' ? d * corner[(i - 2) % 5][c] : 0.0);
    assert_ok(cell_init(&cell, (const double[3][3]){{EDGE, 0, 0}, {0, EDGE, 0}, {0, 0, EDGE}}));
    assert_ok(sample_from_atoms(&g->s, &cell, 11, symbols, (const double(*)[3])x));
    assert_ok(sample_recognise(&g->s));
    g->state[0] = first;
    g->n = 1;
    for (int k = 0; k < g->n; k++) {
        FfResult r;
        for (int to = 0; to < SITES; to++) {
            const State from = g->state[k];
            if (to == from.site || distance(g, SITE[to], SITE[from.site]) >= REACH)
                continue;
            if (o->weight[MOVE_HOP] > 0.0)
                reach(g, &from, to, 0);
            for (int f = 1; f < 3; f++)
                if (o->weight[MOVE_HOP_FOLLOW] > 0.0 && distance(g, from.x[f], from.x[0]) < BOND)
                    reach(g, &from, to, f);
        }
        place(g, &g->state[k], x);
        double core = INFINITY;
        for (int i = 0; i < 11; i++)
            for (int j = 0; j < i; j++)
                if ((i + 4) / 5 != (j + 4) / 5)
                    core = fmin(core, distance(g, x[i], x[j]));
        g->state[k].energy = core < 0.8 ? INFINITY
                                        : mccase_reference(world, &g->s, &g->s.cell,
                                                           (const double(*)[3])x, p, o, &r, NULL);
    }
}

static void check_law(const char *what, const Graph *g, const int64_t counts[], const double law[],
                      double taken)
{
    double total = 0.0, chi2 = 0.0, wanted = 0.0, found = 0.0;
    int bins = 0;
    for (int k = 0; k < g->n; k++)
        total += (double)counts[k];
    for (int k = 0; k < g->n; k++) {
        wanted += total * law[k];
        found += (double)counts[k];
        if (wanted < 30.0)
            continue;
        chi2 += (found - wanted) * (found - wanted) / wanted;
        bins++;
        wanted = found = 0.0;
    }
    double p = gsl_cdf_chisq_Q(chi2, bins - 1);
    print_message("  %s: %d states, %.0f samples, chi2 %.1f of %d, p = %.3g, blocks kept %.2f\n",
                  what, g->n, total, chi2, bins - 1, p, taken);
    assert_true(bins >= 4);
    assert_true(p > 1e-3);
}

static void hop_law(const char *what, double hop, double follow, double cutoff, int64_t block,
                    double temperature)
{
    const char *text = getenv("PW_MC_SAMPLES");
    const int64_t samples = text != NULL ? atoll(text) : 20000;
    FfParameters p = mccase_parameters();
    McOptions o = mccase_options();
    Graph g = {.n = 0};
    double site[SITES][3], law[STATES_MAX], sum = 0.0, least = INFINITY, x[11][3];
    int64_t counts[STATES_MAX] = {0};
    memset(o.weight, 0, sizeof o.weight);
    o.weight[MOVE_HOP] = hop;
    o.weight[MOVE_HOP_FOLLOW] = follow;
    o.rigid = true;
    o.cutoff = cutoff;
    o.accuracy = 0.02;
    o.temperature = temperature;
    o.block = block;
    o.refresh = INT64_MAX;
    o.nsite = SITES;
    o.site = (const double(*)[3])site;
    for (int k = 0; k < SITES; k++)
        for (int c = 0; c < 3; c++)
            site[k][c] = SITE[k][c] / EDGE;
    explore(&g, &p, &o);
    Mc *mc;
    assert_ok(mc_new(world, &g.s, &p, &o, &mc));
    McState *state = MEM_NEW(McState, g.n);
    double *waves = MEM_NEW(double, (size_t)g.n *mc_waves(mc));
    for (int k = 0; k < g.n; k++)
        least = fmin(least, g.state[k].energy);
    for (int k = 0; k < g.n; k++) {
        law[k] = exp((least - g.state[k].energy) / (UNITS_KB * o.temperature));
        sum += law[k];
        place(&g, &g.state[k], x);
        assert_ok(mc_set(mc, &g.s.cell, (const double(*)[3])x));
        state[k] = *mc_state(mc);
        mc_save_waves(mc, waves + (size_t)k * mc_waves(mc));
        if (isfinite(g.state[k].energy))
            assert_near(mc_energy(mc), g.state[k].energy, 1e-7);
    }
    for (int k = 0; k < g.n; k++)
        law[k] /= sum;
    int64_t blocks = 0, kept = 0;
    for (int64_t n = 0; n < samples; n++) {
        double u[2];
        int k = 0;
        rng_uniform2(9, RNG_TEST, (uint64_t)n, 2, 0, u);
        while (k < g.n - 1 && (u[0] -= law[k]) > 0.0)
            k++;
        place(&g, &g.state[k], x);
        state[k].sweep = 2 * n;
        mc_restore(mc, &state[k], &g.s.cell, (const double(*)[3])x,
                   waves + (size_t)k * mc_waves(mc));
        for (int sweep = 0; sweep < 2; sweep++)
            assert_ok(mc_sweep(mc));
        blocks += mc_state(mc)->blocks;
        kept += mc_state(mc)->blocks_taken;
        const double(*now)[3] = mc_positions(mc);
        int end = find(&g, (const double[3][3]){{now[0][0], now[0][1], now[0][2]},
                                                {now[1][0], now[1][1], now[1][2]},
                                                {now[6][0], now[6][1], now[6][2]}});
        assert_true(end >= 0);
        counts[end]++;
    }
    check_law(what, &g, counts, law, (double)kept / (double)blocks);
    free(state);
    free(waves);
    mc_free(mc);
    sample_clear(&g.s);
}

static void hops(void **state)
{
    (void)state;
    hop_law("hop, one cell, block 1", 1.0, 0.0, 4.6, 1, 40000.0);
    hop_law("hop, one cell, block 3", 1.0, 0.0, 4.6, 3, 40000.0);
    hop_law("hop, checkerboard", 1.0, 0.0, 4.5, 2, 40000.0);
}

static void followed_hops(void **state)
{
    (void)state;
    hop_law("followed hop, one cell, block 1", 0.0, 1.0, 4.6, 1, 12000.0);
    hop_law("followed hop, one cell, block 3", 0.0, 1.0, 4.6, 3, 12000.0);
    hop_law("followed hop, checkerboard", 0.0, 1.0, 4.5, 2, 12000.0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(hops), cmocka_unit_test(followed_hops)};
    world = comm_start(&argc, &argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
