/* p3m.c -- milliseconds of each phase of a P3M step, beside one pair of FFTW's transforms alone.
 *
 *   [mpirun -n N] bench_p3m MESH ORDER ATOMS [STEPS] [key=value ...]
 *     keys: measure (1), reproducible (0), ranks (0), columns (0), sorted (1), moving (0: the cell is fixed)
 *
 * Atoms lie at random, at the density of the crystal (0.0675 per cubic angstrom), on each rank its share; sorted
 * as a domain would hand them over, in small cells. All are CPU times, the
 * least of ten tenths of the run, for that is what the machine can do when others leave it alone.
 */
#include "force/p3m.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/timer.h"
#include "force/p3m_cost.h"
#include "par/fft.h"

#include <fftw3.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Setup {
    int mesh, order, steps;
    int64_t atoms;
    int measure, reproducible, ranks, columns, sorted, moving;
} Setup;

static Setup setup_of(int argc, char **argv)
{
    Setup s = {.mesh = 40, .order = 5, .steps = 200, .atoms = 7128, .measure = 1, .sorted = 1};
    static const char *name[] = {"measure", "reproducible", "ranks", "columns", "sorted", "moving"};
    int *value[] = {&s.measure, &s.reproducible, &s.ranks, &s.columns, &s.sorted, &s.moving};
    int plain = 0;
    for (int i = 1; i < argc; i++) {
        char *equal = strchr(argv[i], '=');
        if (equal == NULL) {
            long number = strtol(argv[i], NULL, 10);
            int *to[] = {&s.mesh, &s.order, NULL, &s.steps};
            if (plain == 2)
                s.atoms = number;
            else if (plain < 4)
                *to[plain] = (int)number;
            plain++;
            continue;
        }
        for (int k = 0; k < 6; k++)
            if (strncmp(argv[i], name[k], (size_t)(equal - argv[i])) == 0)
                *value[k] = atoi(equal + 1);
    }
    return s;
}

typedef struct Atoms {
    int32_t n;
    double (*x)[3], (*f)[3], *q;
} Atoms;

static int by_cell(const void *a, const void *b)
{
    const double *p = a, *q = b;
    for (int k = 0; k < 3; k++) {
        int i = (int)(p[k] / 4.0), j = (int)(q[k] / 4.0);
        if (i != j)
            return i - j;
    }
    return 0;
}

/* A slab of the box for each rank */
static void fill(const Comm *c, const Setup *s, double length, Atoms *a)
{
    int64_t first, count;
    comm_block(c, s->atoms, &first, &count);
    a->n = (int32_t)count;
    a->x = mem_new((size_t)count, sizeof *a->x);
    a->f = mem_new((size_t)count, sizeof *a->f);
    a->q = MEM_NEW(double, count);
    srand((unsigned)comm_rank(c) + 1);
    for (int32_t i = 0; i < a->n; i++) {
        a->q[i] = i % 2 == 0 ? 0.5 : -0.5;
        for (int k = 0; k < 3; k++)
            a->x[i][k] = length * rand() / (RAND_MAX + 1.0);
        a->x[i][0] = (a->x[i][0] + comm_rank(c) * length) / comm_size(c);
    }
    if (s->sorted)
        qsort(a->x, (size_t)count, sizeof *a->x, by_cell);
}

static double fftw_alone(int n, unsigned effort)
{
    const int size[3] = {n, n, n};
    double best = HUGE_VAL;
    double *mesh = fftw_alloc_real((size_t)n * (size_t)n * (size_t)(n + 2));
    fftw_plan f = fftw_plan_dft_r2c(3, size, mesh, (fftw_complex *)mesh, effort);
    fftw_plan b = fftw_plan_dft_c2r(3, size, (fftw_complex *)mesh, mesh, effort);
    memset(mesh, 0, (size_t)n * (size_t)n * (size_t)(n + 2) * sizeof *mesh);
    for (int k = 0; k < 30; k++) {
        double start = timer_cpu();
        fftw_execute(f);
        fftw_execute(b);
        best = fmin(best, timer_cpu() - start);
    }
    fftw_destroy_plan(f);
    fftw_destroy_plan(b);
    fftw_free(mesh);
    return best;
}

enum { PHASES = 8 };
static const char *const phase[PHASES] = {"place",     "comm",  "spread", "fft",
                                          "influence", "solve", "gather", "all"};

static void phases(const P3mTimes *t, double out[PHASES])
{
    const double v[PHASES - 1] = {t->place,     t->comm,  t->spread, t->fft,
                                  t->influence, t->solve, t->gather};
    out[PHASES - 1] = 0.0;
    for (int k = 0; k < PHASES - 1; k++) {
        out[k] = v[k];
        out[PHASES - 1] += v[k];
    }
}

static void run(P3m *p, const Setup *s, double length, Atoms *a, bool wanted, double best[PHASES])
{
    double before[PHASES], after[PHASES];
    P3mTimes t;
    P3mSums sums;
    for (int k = 0; k < PHASES; k++)
        best[k] = HUGE_VAL;
    for (int tenth = 0; tenth < 10; tenth++) {
        p3m_times(p, &t);
        phases(&t, before);
        for (int k = 0; k < s->steps / 10; k++) {
            double l = length * (s->moving ? 1.0 + 1e-6 * k : 1.0);
            Cell cell;
            if (cell_init(&cell, (const double[3][3]){{l, 0, 0}, {0, l, 0}, {0, 0, l}}) != OK)
                exit(2);
            p3m_begin(p, &cell, a->n, (const double(*)[3])a->x, a->q);
            p3m_transform(p, wanted, &sums);
            p3m_gather(p);
            p3m_finish(p, a->f);
        }
        p3m_times(p, &t);
        phases(&t, after);
        for (int k = 0; k < PHASES; k++)
            best[k] = fmin(best[k], (after[k] - before[k]) / (s->steps / 10));
    }
}

int main(int argc, char **argv)
{
    Comm *c = comm_start(&argc, &argv);
    Setup s = setup_of(argc, argv);
    double length = cbrt((double)s.atoms / 0.0675);
    Cell cell;
    Atoms a;
    P3m *p;
    P3mOptions o = {.order = s.order,
                    .measure = s.measure != 0,
                    .reproducible = s.reproducible != 0,
                    .mesh_ranks = s.ranks,
                    .columns = s.columns};
    const int mesh[3] = {s.mesh, s.mesh, s.mesh};
    fill(c, &s, length, &a);
    if (cell_init(&cell, (const double[3][3]){{length, 0, 0}, {0, length, 0}, {0, 0, length}}) !=
            OK ||
        p3m_new(c, &cell, 0.31, mesh, &o, &p) != OK) {
        fprintf(stderr, "%s\n", err_message());
        return 2;
    }
    double with[PHASES], without[PHASES];
    int members, columns;
    run(p, &s, length, &a, false, without);
    run(p, &s, length, &a, true, with);
    p3m_layout(p, &members, &columns);
    P3mTimes t;
    p3m_times(p, &t);
    if (comm_is_root(c)) {
        printf("mesh %d^3, order %d, %lld atoms, %d ranks, mesh on %d in %d columns%s%s\n", s.mesh,
               s.order, (long long)s.atoms, comm_size(c), members, columns,
               s.reproducible ? ", reproducible" : "", s.measure ? ", measured plans" : "");
        printf("ms per step     forces  + energy, virial\n");
        for (int k = 0; k < PHASES; k++)
            printf("  %-10s %8.3f %8.3f\n", phase[k], 1e3 * without[k], 1e3 * with[k]);
        printf("  sent by rank 0 a step: %.1f messages, %.0f bytes\n",
               (double)t.messages / (double)t.steps, (double)t.bytes / (double)t.steps);
        printf("  p3m_cost %.3f, of it fft_cost %.3f\n",
               1e3 * p3m_cost(mesh, s.order, s.atoms, s.measure && !s.reproducible),
               1e3 * fft_cost(mesh, s.measure && !s.reproducible));
        printf("  FFTW alone, a pair: %.3f measured, %.3f estimated\n",
               1e3 * fftw_alone(s.mesh, FFTW_MEASURE), 1e3 * fftw_alone(s.mesh, FFTW_ESTIMATE));
    }
    p3m_free(p);
    comm_stop(c);
    return 0;
}
