/* What G(r) costs: CPU time of counting pairs, of S(Q) and of G(r), one frame. Run by hand, best with a real-time priority:
 *   chrt -f 50 build/release/tests/bench/bench_pdf [CELLS [RMAX [BIN]]] (in A), or --structure-factor, or --xyz
 * The sample is CELLS^3 (default 6: 57,024 atoms) cells of gamma Mg(BH4)2, shaken as heat does; RMAX 60 A. Then S(Q) of the 2 x 2 x 2
 * cells at 1176 Q, as debyer does it (debyer.sh). */
#include "analysis/xray.h"
#include "base/rng.h"
#include "base/timer.h"
#include "gamma.h"

#include <stdio.h>

static void shaken(int cells, Sample *s)
{
    Sample unit;
    gamma_sample(&unit);
    sample_supercell(&unit, (const int[3]){cells, cells, cells}, s);
    sample_clear(&unit);
    for (int64_t i = 0; i < s->n; i++) {
        double u[3];
        rng_normal3(1, RNG_TEST, 0, (uint64_t)i, 0, u);
        for (int k = 0; k < 3; k++)
            s->x[i][k] += 0.08 * u[k];
    }
}

static void curves(const Comm *c, int cells, double rmax, double bin)
{
    Sample s;
    Gr g;
    XrayPdf p[XRAY_WEIGHTS];
    XrayOptions o = {.qmin = 0.5, .qmax = 23.8, .qdamp = 0.035, .qstep = 0.02, .rstep = 0.02};
    shaken(cells, &s);
    assert_ok(gr_init(&g, c, &s, rmax, bin));
    double start = timer_cpu();
    gr_add(&g, &s.cell, (const double(*)[3])s.x);
    double counted = timer_cpu();
    gr_reduce(&g, c);
    int64_t pairs = 0;
    for (size_t pair = 0; pair < g.npair; pair++)
        for (size_t k = 0; k < g.nbin; k++)
            pairs += gr_row(&g, 0, 0, pair)[k] + gr_row(&g, 0, 1, pair)[k];
    double before = timer_cpu();
    assert_ok(xray_pdf(&g, &o, p));
    double end = timer_cpu();
    printf("%lld atoms, rmax %g A, bin %g A, %.3g pairs: counting %.2f s CPU (%.2f ns a pair), "
           "S(Q) at %zu Q and "
           "G(r) at %zu r with %d weights %.2f s, together %.2f s\n",
           (long long)s.n, rmax, bin, (double)pairs, counted - start,
           1e9 * (counted - start) / (double)pairs, p[0].nq, p[0].nr, XRAY_WEIGHTS, end - before,
           counted - start + end - before);
    for (int w = 0; w < XRAY_WEIGHTS; w++)
        xray_pdf_clear(&p[w]);
    gr_clear(&g);
    sample_clear(&s);
}

static void structure_factor(const Comm *c)
{
    enum { NQ = 1176 };
    Sample s;
    Gr g;
    XrayPartials partials;
    double q[NQ], total[NQ], start = timer_cpu();
    shaken(2, &s);
    for (int k = 0; k < NQ; k++)
        q[k] = 0.5 + 0.02 * k;
    double made = timer_cpu();
    assert_ok(gr_init(&g, c, &s, 30.0, 0.001));
    gr_add(&g, &s.cell, (const double(*)[3])s.x);
    gr_reduce(&g, c);
    xray_partials(&g, (XrayBroadening){0}, NQ, q, &partials);
    xray_total(&partials, XRAY_NEUTRAL, total);
    printf("%lld atoms, rmax 30 A, bin 0.001 A: S(Q) at %d Q %.3f s CPU (making the sample %.3f s "
           "not counted), S(%g) = "
           "%.4f\n",
           (long long)s.n, NQ, timer_cpu() - made, made - start, q[100], total[100]);
    xray_partials_clear(&partials);
    gr_clear(&g);
    sample_clear(&s);
}

/* The 2 x 2 x 2 cells as XYZ, for debyer.sh. */
static void print_xyz(void)
{
    Sample s;
    shaken(2, &s);
    printf("%lld\ngamma\n", (long long)s.n);
    for (int64_t i = 0; i < s.n; i++)
        printf("%s %.8f %.8f %.8f\n", s.species[s.kind[i]]->symbol, s.x[i][0], s.x[i][1],
               s.x[i][2]);
    sample_clear(&s);
}

int main(int argc, char **argv)
{
    Comm *world = comm_start(&argc, &argv);
    if (argc > 1 && strcmp(argv[1], "--xyz") == 0)
        print_xyz();
    else if (argc > 1 && strcmp(argv[1], "--structure-factor") == 0)
        structure_factor(world);
    else {
        curves(world, argc > 1 ? atoi(argv[1]) : 6, argc > 2 ? atof(argv[2]) : 60.0,
               argc > 3 ? atof(argv[3]) : 0.01);
        structure_factor(world);
    }
    comm_stop(world);
    return 0;
}
