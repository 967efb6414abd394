/* Walks whose law is known, sampled and seen by the observables: on a simple cubic lattice, and with a memory of direction. */
#include "observe.h"

#include "analysis/models.h"
#include "base/rng.h"

#include <math.h>

static Comm *world;
static const char *const path = "test_walks.h5";

static const ConstructedOptions lattice = {.ions = 800,
                                           .motion = CONSTRUCTED_REST,
                                           .tau = 3.0,
                                           .bond = 1.22,
                                           .spacing = 6.0,
                                           .frequency = 60.0,
                                           .walk_length = 2.505,
                                           .walk_time = 1.5,
                                           .frames = 500,
                                           .interval = 0.2,
                                           .seed = 4};

static double *read_one(const char *name, int rank, size_t d[])
{
    H5 *f;
    assert_ok(h5_open(path, false, &f));
    double *data = observe_read(f, name, rank, d);
    h5_close(f);
    return data;
}

/* I(Q,t) of the six neighbours' jumps, averaged over the orientation of the lattice. */
static void lattice_walk_i_q_t(void **state)
{
    (void)state;
    observe(world, "isf",
            "species: Mg\ntmax: 20 ps\nq_step: 0.475 1/angstrom\nrmax: 60 angstrom\ngroups: 20\n",
            &lattice, path);
    size_t d[2], nt;
    double *t = read_one("t", 1, &nt), *q = read_one("Q", 1, d), *i = read_one("I_Q_t", 2, d);
    double *e = read_one("I_Q_t_error", 2, d);
    for (size_t a = 0; a < d[0]; a++)
        for (size_t k = 0; k < nt; k += 5)
            assert_near(i[a * nt + k],
                        models_cubic_lattice(q[a], t[k], lattice.walk_length, lattice.walk_time),
                        5.0 * e[a * nt + k] + 1e-6);
    assert_true(i[nt - 1] < 0.6 && i[d[0] * nt - 1] < 0.01 && e[nt - 1] < 0.03);
    free(t), free(q), free(i), free(e);
    unlink(path);
}

/* Jumps along each axis are Poisson: <r^2> = a^2 t/tau, alpha2 = 3 tau/(5 t). */
static void lattice_walk_spread(void **state)
{
    (void)state;
    observe(world, "van_hove", "species: Mg\ntmax: 20 ps\nr_max: 80 angstrom\ngroups: 20\n",
            &lattice, path);
    size_t nt;
    double *t = read_one("t", 1, &nt), *m = read_one("msd", 1, &nt),
           *a = read_one("alpha2", 1, &nt);
    double *me = read_one("msd_error", 1, &nt), *ae = read_one("alpha2_error", 1, &nt);
    for (size_t k = 1; k < nt; k++) {
        double truth = models_walk_msd(t[k], 1.0 / lattice.walk_time, lattice.walk_length);
        double alpha2 = 0.6 * lattice.walk_time / t[k];
        assert_near(m[k], truth, 5.0 * me[k] + 2e-3 * truth);
        assert_near(a[k], alpha2, 5.0 * ae[k] + 4e-3);
        assert_true(me[k] < 0.1 * truth);
    }
    free(t), free(m), free(me), free(a), free(ae);
    unlink(path);
}

/* Mg on lines along x that keep their direction with probability (1 + epsilon)/2 at each jump. */
typedef struct Persistent {
    const Sample *start;
    double length, tau, epsilon, interval;
    double *next, *way, *shift;
    uint64_t *jumps;
} Persistent;

static void place_persistent(void *context, int64_t k, double (*x)[3])
{
    Persistent *p = context;
    for (int64_t a = 0; a < p->start->n; a++) {
        double u[2];
        memcpy(x[a], p->start->x[a], sizeof x[a]);
        while (p->next[a] <= (double)k * p->interval) {
            rng_uniform2(9, RNG_TEST, p->jumps[a]++, (uint64_t)a, 0, u);
            p->way[a] *= u[0] < 0.5 * (1.0 + p->epsilon) ? 1.0 : -1.0;
            p->shift[a] += p->length * p->way[a];
            p->next[a] -= p->tau * log(1.0 - u[1]);
        }
        x[a][0] += p->shift[a];
    }
}

static void persistent_walk(void **state)
{
    (void)state;
    Constructed *c;
    assert_ok(constructed_new(&lattice, &c));
    const Sample *s = constructed_sample(c);
    size_t n = (size_t)s->n;
    Persistent p = {.start = s,
                    .length = 2.0,
                    .tau = 1.0,
                    .epsilon = 0.6,
                    .interval = 0.2,
                    .next = mem_new(n, sizeof(double)),
                    .way = mem_new(n, sizeof(double)),
                    .shift = mem_new(n, sizeof(double)),
                    .jumps = mem_new(n, sizeof(uint64_t))};
    for (size_t a = 0; a < n; a++) {
        double u[2];
        rng_uniform2(9, RNG_TEST, 0, a, 1, u);
        p.way[a] = u[0] < 0.5 ? 1.0 : -1.0;
        p.next[a] = -p.tau * log(1.0 - u[1]);
    }
    observe_motion(world, "msd", "tmax: 40 ps\ngroups: 20\n", s, p.interval, 500, place_persistent,
                   &p, path);
    size_t nt, d[2];
    double *t = read_one("t", 1, &nt), *m = read_one("msd", 2, d), *e = read_one("msd_error", 2, d);
    double diffusion = models_persistent_diffusion(p.length, p.tau, p.epsilon);
    for (size_t k = 1; k < nt; k++) { /* first row: Mg; n jumps in a row, n Poisson */
        double left = 1.0 - p.epsilon;
        double truth = 2.0 * diffusion * t[k] - p.length * p.length * 2.0 * p.epsilon *
                                                    -expm1(-left * t[k] / p.tau) / (left * left);
        assert_near(m[k], truth, 5.0 * e[k]);
    }
    double slope = (m[nt - 1] - m[nt / 2]) / (2.0 * (t[nt - 1] - t[nt / 2]));
    double error = hypot(e[nt - 1], e[nt / 2]) / (2.0 * (t[nt - 1] - t[nt / 2]));
    assert_near(slope, diffusion, 5.0 * error);
    assert_true(error < 0.2 * diffusion);
    free(t), free(m), free(e), free(p.next), free(p.way), free(p.shift), free(p.jumps);
    constructed_free(c);
    unlink(path);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lattice_walk_i_q_t),
        cmocka_unit_test(lattice_walk_spread),
        cmocka_unit_test(persistent_walk),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
