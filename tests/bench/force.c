/* What a force call costs: force REPEATS [cut-off] [force error] [kernel] [mixed|double] [repro]
 *
 * n x n x n cells of gamma (n = 3: 7,128 atoms), atoms displaced at random by what 300 K gives, then moved by
 * thermal velocities in steps of 0.5 fs, so that lists age as in a run. Prints milliseconds a step by phase.
 * Mesh, splitting, order and list buffer are those of tune.h; cut-off 0: that too.
 */
#include "ffcase.h"

#include "base/timer.h"
#include "base/units.h"
#include "force/tune.h"

#include <stdio.h>
#include <stdlib.h>

static void move(Atoms *a, int64_t step)
{
    for (int32_t i = 0; i < a->nlocal; i++) {
        double z[3], s = sqrt(UNITS_KB * 300.0 / a->mass[i]), dt = 0.0005 / UNITS_TIME_PS;
        rng_normal3(5, RNG_TEST, 7, (uint64_t)a->id[i], 0, z);
        vec_axpy(s * dt * cos(0.15 * (double)step), z, a->x[i]); /* to and fro, as in a crystal */
    }
}

int main(int argc, char **argv)
{
    Comm *world = comm_start(&argc, &argv);
    int repeats = argc > 1 ? atoi(argv[1]) : 50;
    FfOptions o = ffcase_options(COULOMB_P3M, argc > 2 ? atof(argv[2]) : 10.0,
                                 argc > 3 ? atof(argv[3]) : 1.5e-4);
    o.kernel = argc > 4 ? argv[4] : "auto";
    o.mixed = argc > 5 && strcmp(argv[5], "mixed") == 0;
    o.reproducible = argc > 6;
    const char *cells = getenv("CELLS");
    int n = cells != NULL ? atoi(cells) : 3;
    Sample unit, s;
    gamma_sample(&unit);
    sample_supercell(&unit, (int[3]){n, n, n}, &s);
    ffcase_shake(&s, 3, 0.03);
    TuneReport tuned;
    char choice[512];
    FfParameters p = ffcase_parameters();
    o.order = 0;
    o.skin = 0.0;
    assert_ok(tune_search(world, &p, &s, 300.0, &o, &tuned));
    tune_describe(&o, &tuned, sizeof choice, choice);
    o.measure = getenv("MEASURE") != NULL;
    FfCase k;
    ffcase_open(&k, world, &s, &o);
    FfTimes before, after;
    forcefield_times(k.ff, &before);
    forcefield_want_energy(k.ff, false);
    forcefield_want_virial(k.ff, false);
    double start = timer_now(), cpu = timer_cpu();
    for (int step = 0; step < repeats; step++) {
        move(&k.a, step);
        assert_ok(forcefield_compute(k.ff, k.d, &k.a, &k.r));
    }
    double wall = timer_now() - start;
    cpu = timer_cpu() - cpu;
    forcefield_times(k.ff, &after);
    if (comm_is_root(world)) {
        printf("%s\ntuned in %.2f s, %d rounds, %.2f ms by the table\n", choice, tuned.seconds,
               tuned.rounds, 1e3 * tuned.cost);
        printf("%lld atoms, %.3f ms a step wall, %.3f CPU: %.3g atom-steps/s of CPU; %lld "
               "builds, %lld prunes, "
               "%lld outer, %lld inner\n",
               (long long)s.n, 1e3 * wall / repeats, 1e3 * cpu / repeats,
               (double)s.n * repeats / cpu, (long long)(after.builds - before.builds),
               (long long)(after.prunes - before.prunes), (long long)after.outer,
               (long long)after.inner);
        for (int f = 0; f < FF_PHASES; f++)
            printf("  %-22s %8.3f ms\n", forcefield_phase((FfPhase)f),
                   1e3 * (after.seconds[f] - before.seconds[f]) / repeats);
    }
    ffcase_close(&k);
    sample_clear(&s);
    sample_clear(&unit);
    comm_stop(world);
    return 0;
}
