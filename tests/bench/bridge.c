/* bridge.c -- candidates per CPU second of hops through gates, for rotors as fast as hops and up to 1e14 times faster.
 *   bench_bridge [EDGE 16] [GATES 1] [CANDIDATES 2e6] [REPEATS 3] [RATIO: this one only]
 * Simple cubic lattice, a tenth of the sites taken; GATES rotors at every edge, each of three wells, of which one lets pass
 * (open a fifth of the time). Of REPEATS the fastest counts: other programs only slow it down.
 */
#include "network.h"

#include "lattice/bridge.h"
#include "lattice/carriers.h"

#include <stdio.h>
#include <time.h>

static const double KELVIN = 300.0;

/* Through open gates a hop has the rate Gamma; a rotor's slowest relaxation is `ratio` Gamma. */
static void gated_cubic(Network *n, int gates, double ratio)
{
    const double kt = 1e6 * UNITS_KB * KELVIN, gamma = 1e12 * exp(-200000.0 / kt);
    *n = (Network){.cell = network_box(4, 4, 4)};
    network_add_site(n, network_add_site_class(n, 0, false), 0, 0, 0);
    int edge = network_add_edge_class(n, 200000, 1e12);
    int32_t up = (int32_t)lround(kt * log(2.0));
    int rotor = network_add_rotor_class(n, 3, (const int32_t[]){0, 0, up});
    for (int w = 0; w < 3; w++) /* to a well with the probability of the well */
        for (int v = w + 1; v < 3; v++)
            network_add_turn(n, rotor, w, v, 0, 0, 0.4 * ratio * gamma);
    int gate = network_add_table(n, 1, 3, (const int32_t[]){2000000, 2000000, 0});
    for (int a = 0; a < 3; a++) {
        network_add_edge(n, 0, 0, edge, a == 0, a == 1, a == 2);
        for (int g = 0; g < gates; g++) {
            int m = network_add_rotor(n, rotor, 0.5 * (a == 0), 0.5 * (a == 1), 0.5 * (a == 2));
            network_add_link(&n->gate, &n->ngate, a, m, gate, 0, 0, 0);
        }
    }
}

static int measure(int edge, int gates, double candidates, int repeats, double ratio)
{
    Network n;
    State s;
    Wiring w;
    Bridge *b;
    int64_t hops = 0;
    double best = INFINITY;
    gated_cubic(&n, gates, ratio);
    const KmcOptions o = {.temperature = KELVIN, .rotor_speed = 1.0};
    KmcClock clock_ = {.seed = 1};
    if (state_init(&s, &n, (const int[3]){edge, edge, edge}) != OK ||
        carriers_place(&s, CARRIERS_INTERSTITIALS, "", s.ncell / 10 + 1, 1, 1) != OK ||
        wiring_init(&w, &n) != OK || bridge_new(&s, &w, &o, false, &b) != OK ||
        bridge_equilibrate(b, &clock_) != OK ||
        bridge_run(b, &clock_, INFINITY, (int64_t)(candidates / 4), &hops) != OK) {
        fprintf(stderr, "bench_bridge: %s\n", err_message());
        return 1;
    }
    for (int i = 0; i < repeats; i++) {
        clock_t from = clock();
        if (bridge_run(b, &clock_, INFINITY, (int64_t)candidates, &hops) != OK)
            return 1;
        best = fmin(best, (double)(clock() - from) / CLOCKS_PER_SEC);
    }
    printf("rotors/hops %6.0e: %.3g candidates/s, %5.1f ns each, %.4f of them hop\n", ratio,
           candidates / best, 1e9 * best / candidates, (double)hops / candidates);
    bridge_free(b);
    wiring_clear(&w);
    state_clear(&s);
    network_clear(&n);
    return 0;
}

int main(int argc, char **argv)
{
    int edge = argc > 1 ? atoi(argv[1]) : 16, gates = argc > 2 ? atoi(argv[2]) : 1;
    double candidates = argc > 3 ? atof(argv[3]) : 2e6;
    int repeats = argc > 4 ? atoi(argv[4]) : 3;
    if (argc > 5)
        return measure(edge, gates, candidates, repeats, atof(argv[5]));
    for (double ratio = 1.0; ratio < 2e14; ratio *= 100.0)
        if (measure(edge, gates, candidates, repeats, ratio) != 0)
            return 1;
    return 0;
}
