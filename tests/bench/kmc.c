/* kmc.c -- events per CPU second of the rotor lattice: two states, six neighbours, 14 rates; or of a lattice gas. The share of
 * attempts that happen: 1 with lists.
 *   bench_kmc [EDGE 64] [EVENTS 1e7] [BIN 0] [CARRIERS 0] [SOLVER auto|lists|null]
 * With CARRIERS > 0 there are no rotors, but Mg on that fraction of the sites of the simple cubic lattice, which hop to free
 * neighbours.
 */
#include "network.h"

#include "lattice/kmc.h"

#include <stdio.h>
#include <time.h>

static void network_cubic_sites(Network *n)
{
    *n = (Network){.cell = network_box(5, 5, 5)};
    network_add_site(n, network_add_site_class(n, 0, false), 0, 0, 0);
    int class = network_add_edge_class(n, 50000, 1e12);
    for (int a = 0; a < 3; a++)
        network_add_edge(n, 0, 0, class, a == 0, a == 1, a == 2);
}

/* Wells by chance, or Mg on a fraction of the sites. */
static void fill(State *s, double carriers)
{
    for (int64_t m = 0; m < s->ncell; m++) {
        double u[2];
        rng_uniform2(1, RNG_TEST, 0, (uint64_t)m, 0, u);
        if (carriers > 0.0)
            state_set(s, m, u[0] < carriers);
        else
            s->well[m] = u[0] < 0.5;
    }
    state_name_ions(s);
}

int main(int argc, char **argv)
{
    int edge = argc > 1 ? atoi(argv[1]) : 64;
    double events = argc > 2 ? atof(argv[2]) : 1e7, bin = argc > 3 ? atof(argv[3]) : 0.0;
    double carriers = argc > 4 ? atof(argv[4]) : 0.0;
    KmcSolver solver = argc < 6 || argv[5][0] == 'a' ? KMC_AUTO
                       : argv[5][0] == 'l'           ? KMC_LISTS
                                                     : KMC_NULL_EVENTS;
    Network n;
    State s;
    Wiring w;
    Kmc *k;
    if (carriers > 0.0)
        network_cubic_sites(&n);
    else {
        network_cubic_rotors(&n, 10000, 50000);
        n.rotor_classes[0].energy[1] =
            5000; /* seven surroundings of each of two wells, all different */
    }
    if (state_init(&s, &n, (const int[3]){edge, edge, edge}) != OK || wiring_init(&w, &n) != OK)
        return 1;
    fill(&s, carriers);
    const KmcOptions o = {.temperature = 300.0, .rotor_speed = 1.0, .bin = bin, .solver = solver};
    if (kmc_new(&s, &w, &o, NULL, &k) != OK)
        return 1;
    KmcClock clock_ = {.seed = 1};
    kmc_run(k, &clock_, 1.0, (int64_t)(events / 10));
    clock_t from = clock();
    uint64_t tried = clock_.step;
    int64_t happened = kmc_run(k, &clock_, 1.0, (int64_t)events);
    double cpu = (double)(clock() - from) / CLOCKS_PER_SEC;
    tried = clock_.step - tried;
    printf("%d^3 %s, %d lists: %.3g events in %.2f s CPU: %.3g events/s, %.4g s per event of "
           "the whole, %.3g of attempts\n",
           edge, carriers > 0.0 ? "sites" : "rotors", kmc_classes(k), (double)happened, cpu,
           (double)happened / cpu, clock_.time / (1.1 * (double)happened),
           (double)happened / (double)tried);
    kmc_free(k);
    wiring_clear(&w);
    state_clear(&s);
    network_clear(&n);
    return 0;
}
