/* Distinct van Hove function: at t = 0 what gr.h counts; atoms that fly together, and those that know nothing of each
 * other. */
#include "observe.h"

#include "analysis/gr.h"
#include "base/rng.h"
#include "base/units.h"
#include "base/vec.h"

static Comm *world;
static const char *const path = "test_van_hove.h5";

typedef void Motion(int64_t k, const Sample *s, double (*x)[3]);

static double uniform(uint64_t a, uint64_t b, int axis)
{
    double u[2];
    rng_uniform2(5, RNG_TEST, a, b, (uint32_t)axis, u);
    return u[0];
}

static void make_sample(Sample *s, int64_t n)
{
    const double h[3][3] = {{11, 0, 0}, {2, 10, 0}, {-1, 1, 9}};
    Cell cell;
    assert_ok(cell_init(&cell, h));
    sample_init(s, &cell, n);
    s->nspecies = 2;
    s->species[0] = species_find("Mg");
    s->species[1] = species_find("H");
    for (int64_t i = 0; i < n; i++) {
        double f[3];
        for (int a = 0; a < 3; a++)
            f[a] = uniform(0, (uint64_t)i, a);
        s->kind[i] = (int32_t)(i % 2);
        cell_to_cartesian(&cell, f, s->x[i]);
    }
}

static H5 *watch(const Sample *s, Motion *motion, int64_t frames, const char *yaml, Err want)
{
    const ObservableKind *kind = observable_find("van_hove_distinct");
    void *options = mem_new(1, kind->options_size), *state = NULL;
    Config *config = observe_options(kind, yaml, options);
    assert_ok(kind->open(world, s, options, 0.0, 0, &state));
    double(*x)[3] = mem_new((size_t)s->n, sizeof *x);
    for (int64_t k = 0; k < frames; k++) {
        motion(k, s, x);
        Frame f = {k, 0.5 * (double)k, s->cell, (const double(*)[3])x, NULL};
        assert_ok(kind->frame(state, &f));
    }
    H5 *file = NULL;
    assert_ok(h5_create(path, &file));
    assert_int_equal(kind->close(state, file), want);
    if (want == OK)
        assert_ok(h5_commit(file));
    else
        h5_close(file);
    kind->free(state);
    config_clear(kind->nfields, kind->fields, options);
    config_close(config);
    free(options);
    free(x);
    if (want == OK)
        assert_ok(h5_open(path, false, &file));
    return want == OK ? file : NULL;
}

static void drift(int64_t k, const Sample *s, double (*x)[3])
{
    for (int64_t i = 0; i < s->n; i++)
        for (int a = 0; a < 3; a++)
            x[i][a] = s->x[i][a] + (a == 0 ? 1.5 : -0.3) * (double)k;
}

/* All fly together: pairs at lag t are those of a lattice shifted by v t, counted one by one; at t = 0 those of gr. */
static void counts(void **state)
{
    (void)state;
    enum { N = 24, BINS = 100 };
    Sample s;
    make_sample(&s, N);
    H5 *file = watch(
        &s, drift, 40,
        "lags: [0 ps, 1 ps, 7.5 ps, 100 ps]\nrmax: 13 angstrom\nbin: 0.13 angstrom\nstride: 3\n",
        OK);
    size_t dims[3];
    double *g = observe_read(file, "g", 3, dims), *error = observe_read(file, "g_error", 3, dims);
    int64_t *count;
    assert_ok(h5_read_i64(file, "count", 3, dims, &count));
    assert_int_equal(dims[0], 3); /* 100 ps is longer than the run */
    assert_int_equal(dims[2], BINS);
    Gr gr;
    assert_ok(gr_init(&gr, world, &s, 13.0, 0.13));
    gr_add(&gr, &s.cell, (const double(*)[3])s.x);
    gr_reduce(&gr, world);
    double want[BINS];
    for (int a = 0; a < 2; a++)
        for (int b = a; b < 2; b++) {
            size_t p = gr_pair(&gr, a, b);
            gr_partial(&gr, a, b, 3, want, NULL);
            for (size_t i = 0; i < BINS; i++) {
                int64_t pairs = gr_row(&gr, 0, 1, p)[i] + gr_row(&gr, 0, 0, p)[i];
                assert_int_equal(count[p * BINS + i], 2 * 14 * pairs); /* origins 0, 3 .. 39 */
                assert_near(g[p * BINS + i], want[i], 1e-12 * (1.0 + want[i]));
                assert_near(error[p * BINS + i], 0.0, 1e-12 * (1.0 + want[i]));
            }
        }
    gr_clear(&gr);
    static const double shift[2] = {
        3.0, 22.5}; /* along x at 2 and 15 frames, -0.6 and -4.5 along y and z */
    static const int64_t origins[2] = {13, 9};
    for (size_t lag = 1; lag < 3; lag++) {
        int64_t brute[3][BINS] = {{0}};
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++)
                for (int c = 0; c < 21 * 21 * 21; c++) {
                    int n[3] = {c % 21 - 10, c / 21 % 21 - 10, c / 441 - 10};
                    if (i == j && n[0] == 0 && n[1] == 0 && n[2] == 0)
                        continue;
                    double d[3];
                    vec_sub(s.x[j], s.x[i], d);
                    for (int a = 0; a < 3; a++)
                        vec_axpy(n[a], s.cell.h[a], d);
                    d[0] += shift[lag - 1];
                    d[1] -= 0.2 * shift[lag - 1];
                    d[2] -= 0.2 * shift[lag - 1];
                    double r = vec_norm(d);
                    if (r < 13.0)
                        brute[i % 2 + j % 2 == 0   ? 0
                              : i % 2 + j % 2 == 1 ? 1
                                                   : 2][(int)(r / 0.13)]++;
                }
        for (size_t p = 0; p < 3; p++)
            for (size_t i = 0; i < BINS; i++)
                assert_int_equal(count[(lag * 3 + p) * BINS + i], origins[lag - 1] * brute[p][i]);
    }
    free(g), free(error), free(count);
    h5_close(file);
    unlink(path);
    sample_clear(&s);
}

static void scatter(int64_t k, const Sample *s, double (*x)[3])
{
    for (int64_t i = 0; i < s->n; i++) {
        double f[3];
        for (int a = 0; a < 3; a++)
            f[a] = 0.2 * uniform((uint64_t)k + 1, (uint64_t)i, a); /* no step beyond half the box */
        cell_to_cartesian(&s->cell, f, x[i]);
        vec_axpy(1.0, s->x[i], x[i]);
    }
}

/* Atoms that know nothing of each other: g = 1 within errors at every distance and time, own places left out. */
static void gas(void **state)
{
    (void)state;
    Sample s;
    make_sample(&s, 200);
    H5 *file = watch(&s, scatter, 60,
                     "lags: [0 ps, 2 ps]\nrmax: 6 angstrom\nbin: 1 angstrom\nstride: 1\n", OK);
    size_t dims[3];
    double *g = observe_read(file, "g", 3, dims), *origins = observe_read(file, "origins", 1, dims);
    assert_near(origins[0], 60.0, 0.0);
    assert_near(origins[1], 56.0, 0.0);
    observe_read(file, "g", 3, dims);
    for (size_t k = 0; k < dims[0]; k++)
        for (size_t p = 0; p < 3; p++)
            for (size_t i = 1; i < 6; i++) {
                /* places are frozen but for a fifth of the box: one draw of 100 x 100 pairs */
                double shell = 4.0 / 3.0 * PI * (pow((double)i + 1, 3) - pow((double)i, 3));
                double pairs = 5000.0 * shell / s.cell.volume;
                assert_near(g[(k * 3 + p) * 6 + i], 1.0, 5.0 / sqrt(pairs));
            }
    free(g), free(origins);
    h5_close(file);
    unlink(path);
    sample_clear(&s);
}

static void wrapped(int64_t k, const Sample *s, double (*x)[3])
{
    int image[3];
    drift(k, s, x);
    for (int64_t i = 0; i < s->n; i++)
        cell_wrap(&s->cell, x[i], image);
}

static void refuses(void **state)
{
    (void)state;
    Sample s;
    make_sample(&s, 24);
    watch(&s, wrapped, 20, "", ERR_INPUT);
    assert_non_null(strstr(err_message(), "wrapped into the box"));
    watch(&s, drift, 3, "lags: [50 ps]", ERR_INPUT);
    assert_non_null(strstr(err_message(), "longer than the run"));
    sample_clear(&s);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {cmocka_unit_test(counts), cmocka_unit_test(gas),
                                       cmocka_unit_test(refuses)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
