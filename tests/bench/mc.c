/* Cost of a Monte Carlo trial: bench_mc FOLDER-OF-THE-REPOSITORY [cells per axis] [cut-off A] [force error eV/A] [block]
 *
 * gamma-Mg(BH4)2, 3 x 3 x 3 cells = 7,128 atoms by default, rigid, warmed up by sweeps of turns and displacements; then CPU
 * time of a BH4 rotation trial, judged by the exact energy, and what part of it is local. */
#include "base/log.h"
#include "base/mem.h"
#include "base/timer.h"
#include "base/vec.h"
#include "domain/structure.h"
#include "sampling/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(Err e)
{
    if (e == OK)
        return;
    fprintf(stderr, "%s\n", err_message());
    exit(err_exit_code(e));
}

static double sweeps(Mc *mc, int n)
{
    double start = timer_cpu();
    for (int k = 0; k < n; k++)
        must(mc_sweep(mc));
    return timer_cpu() - start;
}

/* Local energy of one turned BH4, old and new, as a trial computes it: us */
static double local_part(Mc *mc)
{
    Bodies *b = &mc->bodies;
    EnergyModel *m = &mc->model;
    double start = timer_cpu(), sum = 0.0;
    int n = 0;
    for (int32_t k = 0; k < b->nion; k++) {
        if (b->kind[k] != ION_BH4)
            continue;
        double r[BODY_ATOMS][3];
        for (int i = 0; i < BODY_ATOMS; i++)
            vec_sub(b->x[b->first[k] + i], b->x[b->first[k]], r[i]);
        local_gather(&m->local, b, b->centre[k], b->radius, k, -1, LOCAL_ALL, &m->env);
        for (int twice = 0; twice < 2; twice++)
            sum += local_energy(&m->local, &m->env, 4, b->type + b->first[k] + 1,
                                (const double(*)[3])r + 1);
        n++;
    }
    double t = 1e6 * (timer_cpu() - start) / n;
    return isfinite(sum) ? t : NAN;
}

/* One change of S(k) by four charges, there and back, and its energy: us */
static double wave_part(Mc *mc)
{
    Bodies *b = &mc->bodies;
    Waves *w = mc->model.waves;
    enum { TIMES = 500 };
    double *d = MEM_NEW(double, 2 * waves_own(w)), start = timer_cpu(), sum = 0.0;
    for (int k = 0; k < TIMES; k++) {
        int32_t i = b->first[b->nion - 1 - k % 100] + 1;
        int32_t j = b->first[b->nion - 2 - k % 100] + 1;
        sum += waves_move(w, &b->cell, 4, b->q + i, (const double(*)[3])b->x + i,
                          (const double(*)[3])b->x + j, d);
    }
    free(d);
    return isfinite(sum) ? 1e6 * (timer_cpu() - start) / TIMES : NAN;
}

/* Rigid BH4 of the mean shape: regular tetrahedra about B are near enough for timing, so the ions stay as they are. */
static void measure(const Comm *c, const Sample *s, const FfParameters *p, McOptions o)
{
    Mc *mc;
    char text[256];
    must(mc_new(c, s, p, &o, &mc));
    mc_describe(mc, sizeof text, text);
    printf("%lld atoms; %s\n", (long long)s->n, text);
    for (int k = 0; k < 10; k++) {
        sweeps(mc, 1);
        mc_tune(mc);
    }
    McState a = *mc_state(mc);
    const int n = 10;
    double t = sweeps(mc, n);
    McState b = *mc_state(mc);
    int64_t tried = 0, passed = 0, taken = 0;
    for (int m = 0; m < MOVE_COUNT; m++) {
        tried += b.count[m].tried - a.count[m].tried;
        passed += b.count[m].local - a.count[m].local;
        taken += b.count[m].taken - a.count[m].taken;
    }
    printf(
        "  %.2f us per trial; passed locally %.3f, of those kept %.3f; a kept move costs %.2f us\n",
        1e6 * t / (double)tried, (double)passed / (double)tried, (double)taken / (double)passed,
        1e6 * t / (double)taken);
    printf("  alone: local part %.2f us, reciprocal part of one turned BH4 %.2f us\n",
           local_part(mc), wave_part(mc));
    mc_free(mc);
}

int main(int argc, char **argv)
{
    Comm *c = comm_start(&argc, &argv);
    const char *folder = argc > 1 ? argv[1] : ".";
    int cells = argc > 2 ? atoi(argv[2]) : 3;
    char *cif = mem_format("%s/inputs/structures/gamma_MgBH42_dft.cif", folder);
    char *file = mem_format("%s/potentials/mgbh4-born.yaml", folder);
    Sample unit, s;
    FfParameters p;
    log_init(LOG_INFO, comm_is_root(c));
    must(structure_read(c, cif, &unit));
    must(forcefield_read(c, file, &p));
    sample_supercell(&unit, (int[3]){cells, cells, cells}, &s);
    McOptions o = {.rigid = true,
                   .shift = true,
                   .cutoff = argc > 3 ? atof(argv[3]) : 8.0,
                   .accuracy = argc > 4 ? atof(argv[4]) : 1e-3,
                   .seed = 1,
                   .temperature = 310.0,
                   .block = argc > 5 ? atoi(argv[5]) : 1,
                   .refresh = 100000};
    o.weight[MOVE_ROTATE] = 1.0;
    printf("BH4 rotation\n");
    measure(c, &s, &p, o);
    o.weight[MOVE_TRANSLATE] = 1.0;
    printf("BH4 rotation, translation of all ions\n");
    measure(c, &s, &p, o);
    free(cif);
    free(file);
    sample_clear(&unit);
    sample_clear(&s);
    comm_stop(c);
    return 0;
}
