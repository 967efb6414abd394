/* tiles.c -- events per CPU second of the rotor lattice in tiles, and memory.
 *   mpirun -n RANKS bench_tiles [EDGE 64] [TILE 16] [CYCLES 20] [STEP 0.5]     STEP in units of 1/rate of a free rotor
 */
#include "network.h"

#include "base/timer.h"
#include "lattice/tiles.h"

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

int main(int argc, char **argv)
{
    Comm *c = comm_start(&argc, &argv);
    int edge = argc > 1 ? atoi(argv[1]) : 64, tile = argc > 2 ? atoi(argv[2]) : 16;
    int cycles = argc > 3 ? atoi(argv[3]) : 20;
    double step = argc > 4 ? atof(argv[4]) : 0.5, rate = 1e12 * exp(-0.05 / (UNITS_KB * 300.0));
    Network n;
    State s;
    Wiring w;
    Tiles *t;
    network_cubic_rotors(&n, 10000, 50000);
    n.rotor_classes[0].energy[1] =
        5000; /* seven surroundings of each of two wells, all different */
    if (state_init(&s, &n, (const int[3]){edge, edge, edge}) != OK || wiring_init(&w, &n) != OK)
        return 1;
    for (int64_t m = 0; m < s.ncell; m++) {
        double u[2];
        rng_uniform2(1, RNG_TEST, 0, (uint64_t)m, 0, u);
        s.well[m] = u[0] < 0.5;
    }
    const TilesOptions o = {.kmc = {.temperature = 300.0, .rotor_speed = 1.0},
                            .size = {tile, tile, tile},
                            .step = step / rate,
                            .seed = 1};
    if (tiles_new(c, &s, &w, &o, &t) != OK) {
        fprintf(stderr, "%s\n", err_message());
        return 1;
    }
    tiles_cycle(t);
    comm_barrier(c);
    clock_t from = clock();
    double began = timer_now();
    int64_t happened = 0;
    for (int i = 0; i < cycles; i++)
        happened += tiles_cycle(t);
    comm_barrier(c);
    double wall = timer_now() - began, cpu = (double)(clock() - from) / CLOCKS_PER_SEC;
    comm_sum_i64(c, 1, &happened);
    comm_sum(c, 1, &cpu);
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    if (comm_is_root(c))
        printf("%d^3 rotors in tiles of %d^3 on %d ranks: %.3g events, %.3g events/s of CPU, %.3g "
               "of wall, %.0f MB\n",
               edge, tile, comm_size(c), (double)happened, (double)happened / cpu,
               (double)happened / wall, (double)used.ru_maxrss / 1024.0);
    tiles_free(t);
    wiring_clear(&w);
    state_clear(&s);
    network_clear(&n);
    comm_stop(c);
    return 0;
}
