/* Correlated hops with known answers, through our estimators: one vacancy on six lattices (its correlation factor is the
 * Haven ratio), and the exclusion gas on a ring, whose tracer subdiffuses. */
#include "check.h"

#include "analysis/conductivity.h"
#include "analysis/spectral.h"
#include "analysis/transport.h"
#include "base/mem.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>

enum { FRAMES = 2401, MOST_NEIGHBOURS = 12 };

typedef struct Step {
    int cell[3], to; /* to which site of the basis in which cell */
    double d[3];
} Step;

/* Sites of the basis, and the steps from each. */
typedef struct Lattice {
    const char *name;
    double
        correlation; /* factor f, of one vacancy: J. R. Manning (1968); K. Compaan, Y. Haven (1956) */
    int size[3], basis, neighbours, dimensions;
    int hops; /* per frame */
    Step step[2][MOST_NEIGHBOURS];
} Lattice;

static uint64_t draws;

static double uniform(void)
{
    static double r[2];
    if (draws % 2 == 0)
        rng_uniform2(19, RNG_TEST, draws / 2, 0, 0, r);
    return r[draws++ % 2];
}

/* The next step from a site of the basis. */
static void add_step(Lattice *l, int from, int to, const int cell[3], double x, double y, double z)
{
    l->step[from][l->neighbours] =
        (Step){.cell = {cell[0], cell[1], cell[2]}, .to = to, .d = {x, y, z}};
}

static Lattice simple(const char *name, double f, int size, int dimensions)
{
    Lattice l = {.name = name, .correlation = f, .basis = 1, .dimensions = dimensions, .hops = 500};
    for (int axis = 0; axis < 3; axis++)
        l.size[axis] = axis < dimensions ? size : 1;
    for (int axis = 0; axis < dimensions; axis++)
        for (int sign = -1; sign < 2; sign += 2, l.neighbours++) {
            int c[3] = {0};
            c[axis] = sign;
            add_step(&l, 0, 0, c, c[0], c[1], c[2]);
        }
    return l;
}

/* bcc and fcc on their primitive cells: steps are integer sums of a1, a2, a3. */
static Lattice primitive(const char *name, double f, int size, const double a[3][3], double length)
{
    Lattice l = {.name = name,
                 .correlation = f,
                 .size = {size, size, size},
                 .basis = 1,
                 .dimensions = 3,
                 .hops = 500};
    for (int i = -1; i < 2; i++)
        for (int j = -1; j < 2; j++)
            for (int k = -1; k < 2; k++) {
                double d[3];
                for (int x = 0; x < 3; x++)
                    d[x] = i * a[0][x] + j * a[1][x] + k * a[2][x];
                double r = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
                if (fabs(r - length) > 1e-9)
                    continue;
                add_step(&l, 0, 0, (const int[3]){i, j, k}, d[0], d[1], d[2]);
                l.neighbours++;
            }
    return l;
}

/* Two sites in a cell, every neighbour of one is of the other: diamond (fcc cell), honeycomb (triangular cell). */
static Lattice bipartite(const char *name, double f, int size, int dimensions, const double a[3][3],
                         const double first[3])
{
    Lattice l = {.name = name, .correlation = f, .basis = 2, .dimensions = dimensions, .hops = 500};
    for (int axis = 0; axis < 3; axis++)
        l.size[axis] = axis < dimensions ? size : 1;
    for (int n = 0; n <= dimensions; n++, l.neighbours++) {
        int c[3] = {0}, back[3] = {0};
        double d[3];
        if (n > 0)
            c[n - 1] = -1, back[n - 1] = 1;
        for (int x = 0; x < 3; x++)
            d[x] = first[x] - (n > 0 ? a[n - 1][x] : 0.0);
        add_step(&l, 0, 1, c, d[0], d[1], d[2]);
        add_step(&l, 1, 0, back, -d[0], -d[1], -d[2]);
    }
    return l;
}

static int neighbour(const Lattice *l, int site, const Step *s)
{
    int rest = site / l->basis, at[3];
    for (int x = 2; x >= 0; x--) {
        at[x] = (rest % l->size[x] + s->cell[x] + l->size[x]) % l->size[x];
        rest /= l->size[x];
    }
    return ((at[0] * l->size[1] + at[1]) * l->size[2] + at[2]) * l->basis + s->to;
}

/* One vacancy walks; x [atoms][3][FRAMES]. */
static void walk(const Lattice *l, int sites, double *x)
{
    int vacancy = 0, *atom = MEM_NEW(int, sites);
    double(*r)[3] = mem_new((size_t)sites, sizeof *r);
    for (int i = 0; i < sites; i++)
        atom[i] = i - 1; /* site 0 is empty */
    for (size_t k = 0; k < FRAMES; k++) {
        for (int hop = 0; k > 0 && hop < l->hops; hop++) {
            const Step *s = &l->step[vacancy % l->basis][(int)(uniform() * (double)l->neighbours)];
            int next = neighbour(l, vacancy, s), moved = atom[next];
            for (int a = 0; a < 3; a++)
                r[moved][a] -= s->d[a];
            atom[vacancy] = moved;
            vacancy = next;
        }
        for (int i = 0; i + 1 < sites; i++)
            for (int a = 0; a < 3; a++)
                x[(size_t)(3 * i + a) * FRAMES + k] = r[i][a];
    }
    free(atom), free(r);
}

static void correlation_factor(const Lattice *l)
{
    int sites = l->size[0] * l->size[1] * l->size[2] * l->basis, dims = l->dimensions;
    size_t atoms = (size_t)sites - 1;
    double *x = MEM_NEW(double, 3 * atoms * FRAMES), *m = MEM_NEW(double, 3 * FRAMES);
    walk(l, sites, x);
    Spectral s;
    spectral_init(&s, FRAMES, FRAMES);
    double *y = MEM_NEW(double, s.n), *p = MEM_NEW(double, s.n), *charge = MEM_NEW(double, s.n);
    for (size_t i = 0; i < atoms; i++)
        for (int a = 0; a < dims; a++) {
            const double *row = x + (3 * i + (size_t)a) * FRAMES;
            spectral_of_path(&s, row, y);
            for (size_t j = 0; j < s.n; j++)
                p[j] += y[j] * y[j] / dims;
            for (size_t k = 0; k < FRAMES; k++)
                m[(size_t)a * FRAMES + k] += row[k];
        }
    for (int a = 0; a < dims; a++) {
        spectral_of_path(&s, m + (size_t)a * FRAMES, y);
        for (size_t j = 0; j < s.n; j++)
            charge[j] += y[j] * y[j] / dims;
    }
    SpectralFit self, like, all;
    SpectralTimes ts, tl, ta;
    spectral_fit(s.n, p, dims * (double)atoms, &self);
    spectral_fit(s.n, charge, dims, &all);
    spectral_fit_like(&all, s.n, p, dims * (double)atoms, &like);
    spectral_times_init(&ts, &self, s.n);
    spectral_times_init(&tl, &like, s.n);
    spectral_times_init(&ta, &all, s.n);
    for (size_t i = 0; i <= atoms; i++)
        for (int a = 0; a < dims; a++) {
            const double *row = i < atoms ? x + 3 * i * FRAMES : m;
            spectral_of_path(&s, row + (size_t)a * FRAMES, y);
            if (i < atoms) {
                spectral_times_add(&ts, y, 1.0 / dims);
                spectral_times_add(&tl, y, 1.0 / dims);
            } else
                spectral_times_add(&ta, y, 1.0 / dims);
        }
    const double *d = l->step[0][0].d;
    /* S(0) of the charge: the vacancy is a random walk */
    double free_walk = l->hops * (d[0] * d[0] + d[1] * d[1] + d[2] * d[2]) / dims;
    double f = self.value / free_walk, error = f * spectral_error(&ts, NULL, self.gamma);
    double sigma = all.value / free_walk,
           sigma_error = sigma * spectral_error(&ta, NULL, all.gamma);
    double haven = like.value / all.value,
           haven_error = haven * spectral_error(&tl, &ta, all.gamma);
    print_message(
        "%-10s f %.4f +- %.4f (exact %.4f); sigma %.3f +- %.3f of a free walk; Haven ratio "
        "%.3f +- %.3f\n",
        l->name, f, error, l->correlation, sigma, sigma_error, haven, haven_error);
    assert_near(f, l->correlation, 0.01 * l->correlation);
    assert_near(f, l->correlation, 5.0 * error);
    assert_true(error < 0.006 * f);
    assert_near(sigma, 1.0, 5.0 * sigma_error);
    assert_near(haven, l->correlation, 5.0 * haven_error);
    spectral_times_clear(&ts), spectral_times_clear(&tl), spectral_times_clear(&ta);
    spectral_fit_clear(&self), spectral_fit_clear(&like), spectral_fit_clear(&all);
    spectral_clear(&s);
    free(x), free(m), free(y), free(p), free(charge);
}

static void correlation_factors(void **state)
{
    (void)state;
    static const double bcc[3][3] = {{-1, 1, 1}, {1, -1, 1}, {1, 1, -1}},
                        fcc[3][3] = {{0, 1, 1}, {1, 0, 1}, {1, 1, 0}},
                        flat[3][3] = {{1, 0, 0}, {0.5, 0.8660254037844386, 0}, {0, 0, 1}};
    const Lattice lattices[] = {
        simple("sc", 0.6531, 10, 3),
        primitive("bcc", 0.7272, 10, bcc, sqrt(3.0)),
        primitive("fcc", 0.7815, 10, fcc, sqrt(2.0)),
        bipartite("diamond", 0.5, 8, 3, fcc, (const double[3]){0.5, 0.5, 0.5}),
        bipartite("honeycomb", 1.0 / 3.0, 22, 2, flat,
                  (const double[3]){0.5, 0.28867513459481287, 0}),
        simple("square", 0.4669, 32, 2),
    };
    for (size_t i = 0; i < sizeof lattices / sizeof *lattices; i++)
        correlation_factor(&lattices[i]);
}

/* Half filled ring of hard particles: <x^2> = ((1 - c)/c) sqrt(4 D t/pi) a for long times (R. Arratia, Ann. Probab. 11, 362
 * (1983), doi 10.1214/aop/1176993602), while the charge diffuses as if nothing but blocking were there. */
enum { RING = 400, GAS = 200, SWEEPS = 6000, RUNS = 8 };

static void gas(double *x)
{
    int site[RING] = {0}, at[GAS];
    double r[GAS];
    for (int i = 0; i < GAS; i++) { /* a random set of sites, in order */
        r[i] = 0.0;
        int k;
        do
            k = (int)(uniform() * RING);
        while (site[k]);
        site[k] = 1;
    }
    for (int k = 0, i = 0; k < RING; k++)
        if (site[k])
            at[i++] = k;
    for (size_t k = 0; k < SWEEPS; k++) {
        for (int i = 0; i < GAS; i++)
            x[(size_t)i * SWEEPS + k] = r[i];
        for (int attempt = 0; attempt < GAS; attempt++) {
            int i = (int)(uniform() * GAS), d = uniform() < 0.5 ? -1 : 1;
            int next = (at[i] + d + RING) % RING;
            if (site[next])
                continue;
            site[at[i]] = 0;
            site[at[i] = next] = 1;
            r[i] += d;
        }
    }
}

static void tracers_in_single_file(void **state)
{
    (void)state;
    const size_t lag[3] = {250, 500, 1000};
    double msd[3][RUNS] = {{0}}, charge[RUNS];
    double *x = MEM_NEW(double, GAS *SWEEPS), *m = MEM_NEW(double, SWEEPS);
    for (int run = 0; run < RUNS; run++) {
        gas(x);
        for (size_t k = 0; k < SWEEPS; k++) {
            m[k] = 0.0;
            for (size_t i = 0; i < GAS; i++)
                m[k] += x[i * SWEEPS + k];
        }
        for (int l = 0; l < 3; l++)
            for (size_t i = 0; i < GAS; i++)
                msd[l][run] += transport_square(x + i * SWEEPS, 0, SWEEPS, lag[l], 1) / GAS;
        charge[run] = transport_square(m, 0, SWEEPS, 1, 1);
    }
    for (int l = 0; l < 3; l++) {
        Estimate e = blocks_mean(RUNS, msd[l]);
        double want = sqrt(4.0 * 0.5 * (double)lag[l] / 3.14159265358979);
        print_message("t %zu: <x^2> %.2f +- %.2f, exact %.2f\n", lag[l], e.mean, e.error, want);
        assert_near(e.mean, want, 5.0 * e.error);
        assert_true(e.error < 0.05 * want);
    }
    Estimate e = blocks_mean(RUNS, charge);
    assert_near(e.mean, GAS * (1.0 - (GAS - 1.0) / (RING - 1.0)), 5.0 * e.error);
    free(x), free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(correlation_factors),
        cmocka_unit_test(tracers_in_single_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
