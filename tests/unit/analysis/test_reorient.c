/* How BH4 ions turn and whether they know of each other: jumps of their own group, a steady turn, ions that stand alike. */
#include "observe.h"

#include "analysis/orient.h"
#include "base/units.h"
#include "base/vec.h"

static Comm *world;
static const char *const path = "test_reorient.h5";

static const ConstructedOptions base = {.ions = 30,
                                        .motion = CONSTRUCTED_TETRAHEDRAL,
                                        .tau = 1.0,
                                        .c3_fraction = 0.6,
                                        .bond = 1.22,
                                        .spacing = 6.0,
                                        .walk_time = 2.0,
                                        .frames = 120,
                                        .interval = 0.1,
                                        .seed = 4};

/* Jumps of the tetrahedron's group: the octupole of an ion never changes, nor does the sum. */
static void jumps(void **state)
{
    (void)state;
    observe(world, "reorient", "", &base, path);
    H5 *file;
    assert_ok(h5_open(path, false, &file));
    size_t n;
    double *c1 = observe_read(file, "C1", 1, &n), *one = observe_read(file, "octupole", 1, &n);
    double *all = observe_read(file, "octupole_collective", 1, &n);
    double *error = observe_read(file, "octupole_collective_error", 1, &n), kirkwood;
    assert_ok(h5_read_number(file, "kirkwood", &kirkwood));
    Constructed *c;
    assert_ok(constructed_new(&base, &c));
    const Sample *s = constructed_sample(c);
    double sum[ORIENT_COMPONENTS] = {0}, want = 0.0;
    for (int64_t ion = 0; ion < s->nion; ion++) {
        double u[4][3], t[ORIENT_COMPONENTS], self = 0.0;
        if (s->ion_kind[ion] != ION_BH4)
            continue;
        for (int h = 0; h < 4; h++) {
            vec_sub(s->x[s->ion_first[ion] + 1 + h], s->x[s->ion_first[ion]], u[h]);
            for (int a = 0; a < 3; a++)
                u[h][a] /= base.bond;
        }
        orient_octupole((const double(*)[3])u, t);
        for (int m = 0; m < ORIENT_COMPONENTS; m++) {
            sum[m] += t[m];
            self += t[m] * t[m];
        }
        assert_near(self, ORIENT_OCTUPOLE, 1e-4);
    }
    for (int m = 0; m < ORIENT_COMPONENTS; m++)
        want += sum[m] * sum[m] / (ORIENT_OCTUPOLE * 30.0);
    assert_near(kirkwood, want, 1e-4);
    assert_true(c1[n - 1] < 0.2); /* the bonds do turn */
    for (size_t l = 0; l < n; l++) {
        assert_near(one[l], 1.0, 1e-5);
        assert_near(all[l], kirkwood, 1e-5 * 30);
        assert_near(error[l], 0.0, 1e-5 * 30);
    }
    free(c1), free(one), free(all), free(error);
    constructed_free(c);
    h5_close(file);
    unlink(path);
}

/* All ions stand alike and turn about z together: C_1 = 1/3 + 2/3 cos p, and T, which has only xyz, goes as cos 2p; Kirkwood
 * factor N. Bonds along the corners of a cube. */
static void steady(void **state)
{
    (void)state;
    const ObservableKind *kind = observable_find("reorient");
    void *options = mem_new(1, kind->options_size), *observing = NULL;
    Config *config = observe_options(kind, "", options);
    Constructed *c;
    assert_ok(constructed_new(&base, &c));
    const Sample *s = constructed_sample(c);
    assert_ok(kind->open(world, s, options, 0.0, 0, &observing));
    double(*x)[3] = mem_new((size_t)s->n, sizeof *x), step = 0.13;
    for (int64_t k = 0; k < 80; k++) {
        double q[4], turn[3] = {0, 0, step * (double)k}, body[4][3];
        quat_from_vector(turn, q);
        orient_body(false, body);
        memcpy(x, s->x, (size_t)s->n * sizeof *x);
        for (int64_t ion = 0; ion < s->nion; ion++)
            for (int h = 0; h < 4 && s->ion_kind[ion] == ION_BH4; h++) {
                double u[3];
                quat_rotate(q, body[h], u);
                double *to = x[s->ion_first[ion] + 1 + h];
                memcpy(to, x[s->ion_first[ion]], sizeof u);
                vec_axpy(1.22, u, to);
            }
        Frame f = {k, 0.1 * (double)k, s->cell, (const double(*)[3])x, NULL};
        assert_ok(kind->frame(observing, &f));
    }
    H5 *file;
    assert_ok(h5_create(path, &file));
    assert_ok(kind->close(observing, file));
    assert_ok(h5_commit(file));
    assert_ok(h5_open(path, false, &file));
    size_t n;
    double *t = observe_read(file, "t", 1, &n), *c1 = observe_read(file, "C1", 1, &n);
    double *one = observe_read(file, "octupole", 1, &n);
    double *all = observe_read(file, "octupole_collective", 1, &n), kirkwood;
    for (size_t l = 0; l < n; l++) {
        double p = step * t[l] / 0.1;
        assert_near(c1[l], (1.0 + 2.0 * cos(p)) / 3.0, 1e-5);
        assert_near(one[l], cos(2.0 * p), 1e-5);
        assert_near(all[l], 30.0 * cos(2.0 * p), 3e-4);
    }
    assert_ok(h5_read_number(file, "kirkwood", &kirkwood));
    assert_near(kirkwood, 30.0, 3e-4);
    free(t), free(c1), free(one), free(all), free(x);
    h5_close(file);
    unlink(path);
    kind->free(observing);
    config_clear(kind->nfields, kind->fields, options);
    config_close(config);
    free(options);
    constructed_free(c);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {cmocka_unit_test(jumps), cmocka_unit_test(steady)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
