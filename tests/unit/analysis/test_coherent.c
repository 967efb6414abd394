/* Coherent I(Q,t): against a direct double sum, and samples whose answer is known. */
#include "observe.h"

#include "analysis/bragg.h"
#include "analysis/rhok.h"
#include "analysis/wiener.h"
#include "base/rng.h"
#include "base/units.h"
#include "base/vec.h"
#include "store/h5md.h"

#include <complex.h>

static Comm *world;
static const char *const path = "test_coherent.h5";

/* Atoms at time k; called with ascending k. The cell may breathe. */
typedef void Motion(int64_t k, const Sample *s, double (*x)[3], double *scale);

static double uniform(uint64_t a, uint64_t b, int axis)
{
    double u[2];
    rng_uniform2(7, RNG_TEST, a, b, (uint32_t)axis, u);
    return u[0];
}

static double normal(uint64_t a, uint64_t b, int axis)
{
    double z[3];
    rng_normal3(8, RNG_TEST, a, b, 0, z);
    return z[axis];
}

/* n atoms H, B, Mg, H, B, Mg .. in a triclinic box; symbols NULL: all H. */
static void make_sample(Sample *s, int64_t n, bool mixed, double edge)
{
    static const char *const names[] = {"H", "B", "Mg"};
    const double h[3][3] = {
        {edge, 0, 0}, {0.1 * edge, 1.1 * edge, 0}, {-0.2 * edge, 0.05 * edge, 0.9 * edge}};
    Cell cell;
    assert_ok(cell_init(&cell, h));
    sample_init(s, &cell, n);
    s->nspecies = mixed ? 3 : 1;
    for (int a = 0; a < s->nspecies; a++)
        s->species[a] = species_find(names[a]);
    for (int64_t i = 0; i < n; i++)
        s->kind[i] = mixed ? (int32_t)(i % 3) : 0;
}

static H5 *watch(const Sample *s, Motion *motion, int64_t frames, const char *yaml)
{
    const ObservableKind *kind = observable_find("coherent");
    void *options = mem_new(1, kind->options_size), *state = NULL;
    Config *config = observe_options(kind, yaml, options);
    assert_ok(kind->open(world, s, options, 0.0, 0, &state));
    double(*x)[3] = mem_new((size_t)s->n, sizeof *x);
    for (int64_t k = 0; k < frames; k++) {
        double scale = 1.0, h[3][3];
        motion(k, s, x, &scale);
        for (int i = 0; i < 9; i++)
            h[i / 3][i % 3] = scale * s->cell.h[i / 3][i % 3];
        Frame f = {.step = k, .time = 0.5 * (double)k, .x = (const double(*)[3])x};
        assert_ok(cell_init(&f.cell, (const double(*)[3])h));
        assert_ok(kind->frame(state, &f));
    }
    H5 *file = NULL;
    assert_ok(h5_create(path, &file));
    assert_ok(kind->close(state, file));
    assert_ok(h5_commit(file));
    kind->free(state);
    config_clear(kind->nfields, kind->fields, options);
    config_close(config);
    free(options);
    free(x);
    assert_ok(h5_open(path, false, &file));
    return file;
}

static void done(H5 *file, Sample *s)
{
    h5_close(file);
    unlink(path);
    sample_clear(s);
}

/* A walk in a breathing box. Rounded to float nanometres, as frames are. */
static void walk(int64_t k, const Sample *s, double (*x)[3], double *scale)
{
    *scale = 1.0 + 0.01 * sin(0.9 * (double)k);
    for (int64_t i = 0; i < s->n; i++)
        for (int a = 0; a < 3; a++)
            x[i][a] = h5md_round(20.0 * uniform(0, (uint64_t)i, a) +
                                 0.3 * (double)k * normal(1, (uint64_t)i, a) +
                                 0.2 * normal((uint64_t)k + 2, (uint64_t)i, a));
}

enum { ATOMS = 13, FRAMES = 37, HKL = 4, LAGS = 19, PAIRS = 6 };

static const int hkl[HKL][3] = {{1, 0, 0}, {0, -2, 1}, {3, -1, -2}, {-1, 4, 0}};

/* Every product of two frames and two atoms, one by one. */
static void double_sum(void **state)
{
    (void)state;
    Sample s;
    make_sample(&s, ATOMS, true, 9.0);
    H5 *file =
        watch(&s, walk, FRAMES, "hkl: [1 0 0, 0 -2 1, 3 -1 -2, -1 4 0]\nself: true\nblocks: 3\n");
    size_t dims[3];
    double *f = observe_read(file, "F", 3, dims);
    assert_int_equal(dims[0], PAIRS);
    assert_int_equal(dims[1], HKL);
    assert_int_equal(dims[2], LAGS);
    double *self = observe_read(file, "F_self", 3, dims), *i = observe_read(file, "I_Q_t", 2, dims);
    double *distinct = observe_read(file, "F_distinct", 3, dims);
    double complex e[FRAMES][HKL][ATOMS];
    double x[ATOMS][3];
    for (int64_t k = 0; k < FRAMES; k++) {
        double scale, h[3][3];
        walk(k, &s, x, &scale);
        Cell cell;
        for (int j = 0; j < 9; j++)
            h[j / 3][j % 3] = scale * s.cell.h[j / 3][j % 3];
        assert_ok(cell_init(&cell, (const double(*)[3])h));
        for (int v = 0; v < HKL; v++)
            for (int a = 0; a < ATOMS; a++) {
                double q[3];
                wavevectors_q(&cell, hkl[v], q);
                e[k][v][a] = cexp(I * vec_dot(q, x[a]));
            }
    }
    double b2 = 0.0, b[3][2];
    for (int a = 0; a < 3; a++)
        b[a][0] = s.species[a]->b_coh, b[a][1] = s.species[a]->b_coh_im;
    for (int a = 0; a < ATOMS; a++)
        b2 += (b[a % 3][0] * b[a % 3][0] + b[a % 3][1] * b[a % 3][1]) / ATOMS;
    for (int v = 0; v < HKL; v++)
        for (int l = 0; l < LAGS; l++) {
            double want[3][3] = {{0}}, own[3] = {0}, total = 0.0;
            for (int k = 0; k + l < FRAMES; k++)
                for (int a = 0; a < ATOMS; a++)
                    for (int c = 0; c < ATOMS; c++) {
                        double term = creal(e[k + l][v][a] * conj(e[k][v][c])) /
                                      (ATOMS * (double)(FRAMES - l));
                        want[a % 3][c % 3] += term;
                        own[a % 3] += a == c ? term : 0.0;
                    }
            size_t p = 0;
            for (int a = 0; a < 3; a++) {
                assert_near(self[((size_t)a * HKL + (size_t)v) * LAGS + (size_t)l], own[a], 1e-12);
                for (int c = a; c < 3; c++, p++) {
                    size_t at = (p * HKL + (size_t)v) * LAGS + (size_t)l;
                    double mean = 0.5 * (want[a][c] + want[c][a]);
                    assert_near(f[at], mean, 1e-12);
                    assert_near(distinct[at], mean - (a == c ? own[a] : 0.0), 2e-12);
                    total +=
                        (a == c ? 1.0 : 2.0) * mean * (b[a][0] * b[c][0] + b[a][1] * b[c][1]) / b2;
                }
            }
            assert_near(i[(size_t)v * LAGS + (size_t)l], total, 1e-12);
        }
    free(f), free(self), free(distinct), free(i);
    done(file, &s);
}

/* Blocks: pseudo-values have the whole as their mean where all blocks have as many origins, and sqw takes the group. */
static void blocks(void **state)
{
    (void)state;
    Sample s;
    make_sample(&s, ATOMS, true, 9.0);
    H5 *file = watch(&s, walk, 40,
                     "q_min: 0.6 1/angstrom\nq_max: 2 1/angstrom\nq_step: 0.5 1/angstrom\nper_bin: "
                     "0\nblocks: 4\ntmax: 9 ps\n"
                     "spectrum: {temperature: 310 K, fwhm: 2 meV, e_min: -5 meV, e_max: 5 meV, "
                     "e_step: 0.5 meV}\n");
    size_t dims[3], plane[3];
    double *i = observe_read(file, "I_Q_t", 2, dims),
           *part = observe_read(file, "I_blocks", 3, plane);
    assert_int_equal(plane[0], 4);
    for (size_t q = 0; q < dims[0]; q++) {
        double mean = 0.0;
        for (size_t b = 0; b < 4; b++)
            mean += 0.25 * part[(b * dims[0] + q) * dims[1]];
        assert_near(mean, i[q * dims[1]], 1e-12);
    }
    double *s_qe = observe_read(file, "sqw/S", 2, plane),
           *chi = observe_read(file, "sqw/chi_sum", 1, plane);
    assert_int_equal(plane[0], 21);
    for (size_t k = 0; k < 21; k++) /* odd: E > 0 loss */
        assert_near(chi[k], -chi[20 - k], 1e-12);
    free(i), free(part), free(s_qe), free(chi);
    done(file, &s);
}

/* A rigid crystal under way: every wave turns its phase only, |rho| stays. One atom: |rho| = 1, F = cos(Q.vt). */
static void glide(int64_t k, const Sample *s, double (*x)[3], double *scale)
{
    *scale = 1.0;
    static const double v[3] = {0.11, -0.07, 0.05};
    for (int64_t i = 0; i < s->n; i++) {
        const double f[3] = {(double)(i % 2) / 2, (double)(i / 2 % 2) / 2, (double)(i / 4) / 2};
        cell_to_cartesian(&s->cell, f, x[i]);
        for (int a = 0; a < 3; a++)
            x[i][a] += v[a] * (double)k;
    }
}

static void rigid(void **state)
{
    (void)state;
    Sample s;
    make_sample(&s, 8, false, 8.0);
    H5 *file = watch(&s, glide, 50, "hkl: [2 0 0, 2 -4 2, 1 0 0, 4 2 6]\n");
    size_t dims[3];
    double *f = observe_read(file, "F", 3, dims), *error = observe_read(file, "F_error", 3, dims);
    static const int m[4][3] = {{2, 0, 0}, {2, -4, 2}, {1, 0, 0}, {4, 2, 6}};
    for (size_t v = 0; v < 4; v++)
        for (size_t l = 0; l < dims[2]; l++) {
            double q[3], step[3] = {0.11, -0.07, 0.05};
            wavevectors_q(&s.cell, m[v], q);
            double want = v == 2 ? 0.0 : 8.0 * cos(vec_dot(q, step) * (double)l); /* 8^2/8 */
            assert_near(f[v * dims[2] + l], want, 1e-10);
            assert_near(error[v * dims[2] + l], 0.0, 1e-10);
        }
    free(f), free(error);
    done(file, &s);
    make_sample(&s, 1, false, 8.0);
    file = watch(&s, glide, 50, "hkl: [1 -3 2]\nself: true\n");
    f = observe_read(file, "F", 3, dims);
    double *self = observe_read(file, "F_self", 3, dims), q[3], step[3] = {0.11, -0.07, 0.05};
    wavevectors_q(&s.cell, (int[3]){1, -3, 2}, q);
    for (size_t l = 0; l < dims[2]; l++) {
        assert_near(f[l], cos(vec_dot(q, step) * (double)l), 1e-12);
        assert_near(self[l], f[l], 1e-6); /* its path is kept in float nanometres */
    }
    free(f), free(self);
    done(file, &s);
}

/* Ideal gas: straight flight with Maxwell speeds. S_ab = 1 and F_aa/F_aa(0) = exp(-Q^2 u^2 t^2/2), both within errors of
 * the waves (exponential distribution of |rho|^2: one relative s.e. is 1/sqrt(vectors x independent times)). */
static void flight(int64_t k, const Sample *s, double (*x)[3], double *scale)
{
    *scale = 1.0;
    for (int64_t i = 0; i < s->n; i++) {
        double f[3], r[3];
        for (int a = 0; a < 3; a++)
            f[a] = uniform(0, (uint64_t)i, a);
        cell_to_cartesian(&s->cell, f, r);
        for (int a = 0; a < 3; a++)
            x[i][a] = r[a] + 0.5 * normal(1, (uint64_t)i, a) * (double)k;
    }
}

static void gas(void **state)
{
    (void)state;
    Sample s;
    make_sample(&s, 600, true, 25.0);
    H5 *file =
        watch(&s, flight, 100,
              "q_min: 0.8 1/angstrom\nq_max: 1.3 1/angstrom\nq_step: 0.2 1/angstrom\nper_bin: "
              "60\ntmax: 5 ps\n");
    size_t dims[3];
    double *f = observe_read(file, "F", 3, dims), *q = observe_read(file, "Q", 1, dims + 2);
    double *sab = observe_read(file, "S_ab", 2, dims),
           *total = observe_read(file, "S_neutron", 1, dims + 2);
    double *count = observe_read(file, "vectors", 1, dims + 2);
    double *t = observe_read(file, "t", 1, dims + 2);
    size_t nq = dims[1], nt = dims[2];
    for (size_t i = 0; i < nq; i++) {
        /* a wave forgets itself in about 2/(Q u) = 4 frames: 100 frames are some 20 independent ones */
        double se = 1.0 / sqrt(count[i] * 20.0);
        assert_near(total[i], 1.0, 5.0 * se);
        for (size_t p = 0; p < PAIRS; p++)
            assert_near(sab[p * nq + i], 1.0, 5.0 * 3.0 * se);
        for (size_t l = 0; l < nt; l++) {
            double u = q[i] * t[l] / 0.5 * 0.5; /* Q x speed [A/frame] x frames */
            assert_near(f[i * nt + l], exp(-0.5 * u * u) / 3.0, 5.0 / 3.0 * se);
        }
    }
    free(f), free(q), free(sab), free(total), free(count), free(t);
    done(file, &s);
}

/* At t = 0 X-rays see what bragg.h sees, made by other code: |sum f exp(ik.r)|^2 over N <f>^2. */
static void statics(void **state)
{
    (void)state;
    Sample s;
    make_sample(&s, 600, true, 25.0);
    Bragg b;
    assert_ok(bragg_init(&b, world, &s, &s.cell, 1.3));
    double(*x)[3] = mem_new(600, sizeof *x), scale, mean[3];
    for (int64_t k = 0; k < 3; k++) {
        flight(k, &s, x, &scale);
        bragg_add(&b, &s.cell, (const double(*)[3])x);
    }
    bragg_reduce(&b, world);
    H5 *file = watch(&s, flight, 3, "hkl: [1 2 0, 0 1 -3, 2 -1 1]\n");
    static const int m[3][3] = {{1, 2, 0}, {0, 1, -3}, {2, -1, 1}};
    size_t dims[2], n;
    double *i = observe_read(file, "I_xray", 2, dims), *f2 = observe_read(file, "f2_mean", 1, &n);
    double *q = observe_read(file, "Q", 1, &n);
    for (size_t v = 0; v < 3; v++) {
        mean[v] = 0.0;
        for (int a = 0; a < 3; a++)
            mean[v] += species_f0(species_form_factor(s.species[a]->element), q[v]) / 3.0;
        size_t found = 0;
        for (size_t k = 0; k < b.nk; k++)
            if (memcmp(b.index[k], m[v], sizeof m[v]) == 0) {
                found++;
                assert_near(i[v * dims[1]] * f2[v] / (mean[v] * mean[v]), b.sum[k] / 3.0, 1e-10);
            }
        assert_int_equal(found, 1);
    }
    free(i), free(f2), free(q), free(x);
    bragg_clear(&b);
    done(file, &s);
}

/* Long cells: the output says that bins are no powder average. */
static void warns(void **state)
{
    (void)state;
    Sample s;
    make_sample(&s, 8, false, 8.0);
    H5 *file = watch(&s, glide, 6, "q_min: 0.7 1/angstrom\nq_max: 0.9 1/angstrom\n");
    char *text;
    assert_ok(h5_read_text(file, "warning", &text));
    assert_non_null(strstr(text, "do not see all directions alike"));
    free(text);
    done(file, &s);
}

/* Lags by transform and one by one; jackknife of blocks without origins. */
static void correlations(void **state)
{
    (void)state;
    enum { N = 50, LONG = 40, B = 5 };
    double complex x[N], y[N];
    for (size_t k = 0; k < N; k++) {
        x[k] = normal(k, 50, 0) + I * normal(k, 50, 1);
        y[k] = normal(k, 51, 0) + I * normal(k, 51, 1);
    }
    Wiener *c = wiener_new(N, LONG, B);
    double complex *a = mem_new(6 * c->n, sizeof *a), *b = mem_new(6 * c->n, sizeof *b);
    double *out = MEM_NEW(double, B * c->lags), *power = MEM_NEW(double, c->n);
    wiener_transform(c, x, a);
    wiener_transform(c, y, b);
    wiener_pair(c, a, b, out);
    for (size_t block = 0; block < B; block++)
        for (size_t l = 0; l <= LONG; l++) {
            double sum = 0.0, origins = 0.0;
            for (size_t k = 10 * block; k < 10 * (block + 1) && k + l < N; k++, origins += 1.0)
                sum += 0.5 * creal(x[k + l] * conj(y[k]) + y[k + l] * conj(x[k]));
            assert_near(out[block * c->lags + l], sum, 1e-12);
            assert_near(wiener_origins(c, block, l), origins, 0.0);
        }
    int64_t lag[LONG + 1];
    double whole[LONG + 1], pseudo[B][LONG + 1];
    for (int64_t l = 0; l <= LONG; l++)
        lag[l] = l;
    wiener_means(c, LONG + 1, lag, out, 1.0, whole, pseudo[0], LONG + 1);
    assert_near(pseudo[2][0], out[2 * c->lags] / 10.0, 1e-12); /* equal blocks: their means */
    assert_near(pseudo[4][30], whole[30], 1e-15);              /* no origin left */
    double grid = wiener_grid(c, 6.0, 2.0), sum[LONG + 1];
    wiener_add_power(c, grid, x, power);
    wiener_add_power(c, grid, y, power);
    wiener_from_power(c, power, sum);
    for (size_t l = 0; l <= LONG; l++) {
        double want = 0.0;
        for (size_t k = 0; k + l < N; k++)
            want += creal(x[k + l] * conj(x[k]) + y[k + l] * conj(y[k]));
        assert_near(sum[l], want, 1e-9);
    }
    free(a), free(b), free(out), free(power);
    wiener_free(c);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {cmocka_unit_test(correlations), cmocka_unit_test(double_sum),
                                       cmocka_unit_test(blocks),       cmocka_unit_test(rigid),
                                       cmocka_unit_test(gas),          cmocka_unit_test(statics),
                                       cmocka_unit_test(warns)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
