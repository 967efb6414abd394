/* S(Q,E): a known I(t) on unequal lags gives elastic line plus Voigt; detailed balance; the whole chain on C3 jumps. */
#include "observe.h"

#include "analysis/lags.h"
#include "analysis/models.h"
#include "analysis/sqw.h"
#include "base/units.h"

static Comm *world;

static double known(double t)
{
    return 0.4 + 0.6 * exp(-0.25 * t);
}

static void exponential_gives_voigt(void **state)
{
    (void)state;
    enum { NE = 41 };
    double fwhm = 0.065, s = fwhm / 2.354820045, energy[NE];
    Lags l;
    lags_init(&l, 25000, 2000, 200); /* 0.005 ps .. 125 ps */
    double *t = MEM_NEW(double, l.n), *i = MEM_NEW(double, l.n), *w = MEM_NEW(double, NE *l.n);
    for (size_t j = 0; j < l.n; j++) {
        t[j] = 0.005 * (double)l.lag[j];
        i[j] = known(t[j]);
    }
    for (int k = 0; k < NE; k++)
        energy[k] = -1.0 + 0.05 * k;
    for (int tail = 0; tail < 2; tail++) {
        assert_ok(sqw_matrix(l.n, t, fwhm, (SqwTail)tail, 60.0, NE, energy, w));
        for (int k = 0; k < NE; k++) {
            double sum = 0;
            for (size_t j = 0; j < l.n; j++)
                sum += w[(size_t)k * l.n + j] * i[j];
            double exact = 0.4 * models_gauss(energy[k], s) +
                           0.6 * models_voigt(energy[k], s, 0.25 * UNITS_HBAR_MEV_PS);
            assert_near(sum, exact,
                        2e-4 * (1.0 + exact)); /* mesh 0.02 hbar/s: relative 0.02^2/12 and lags */
        }
    }
    /* half the lags: the plateau fills in what a cut at zero would lose */
    size_t half = 0;
    while (t[half] < 40.0)
        half++;
    double zero = 0, plateau = 0,
           exact = 0.4 * models_gauss(0, s) + 0.6 * models_voigt(0, s, 0.25 * UNITS_HBAR_MEV_PS);
    assert_ok(sqw_matrix(half, t, fwhm, SQW_TAIL_PLATEAU, 30.0, 1, (double[]){0.0}, w));
    for (size_t j = 0; j < half; j++)
        plateau += w[j] * i[j];
    assert_ok(sqw_matrix(half, t, fwhm, SQW_TAIL_ZERO, 30.0, 1, (double[]){0.0}, w));
    for (size_t j = 0; j < half; j++)
        zero += w[j] * i[j];
    assert_near(plateau, exact, 1e-3 * exact);
    assert_true(fabs(zero - exact) > 0.02 * exact);
    assert_int_equal(sqw_matrix(half, t, 0.0, SQW_TAIL_ZERO, 0, 1, (double[]){0.0}, w), ERR_INPUT);
    lags_clear(&l);
    free(t), free(i), free(w);
}

static void c3_through_the_whole_chain(void **state)
{
    (void)state;
    ConstructedOptions o = {.ions = 64,
                            .motion = CONSTRUCTED_C3,
                            .tau = 3.0,
                            .c3_fraction = 1.0,
                            .bond = 1.22,
                            .spacing = 6.0,
                            .frequency = 60.0,
                            .walk_time = 10.0,
                            .frames = 2000,
                            .interval = 0.1,
                            .seed = 21};
    observe(world, "isf", "{q: [1.0 1/angstrom, 2.0 1/angstrom], tmax: 125 ps, linear: 100}", &o,
            "test_sqw_isf.h5");
    H5 *isf, *out;
    assert_ok(h5_open("test_sqw_isf.h5", false, &isf));
    assert_ok(h5_create("test_sqw.h5", &out));
    SqwOptions s = {.fwhm = 0.2,
                    .e_min = -2,
                    .e_max = 2,
                    .e_step = 0.1,
                    .temperature = 310,
                    .balance = BALANCE_HARMONIC,
                    .tail = SQW_TAIL_PLATEAU,
                    .plateau_start = 20.0};
    assert_ok(sqw_write(isf, &s, out));
    assert_ok(h5_commit(out));
    h5_close(isf);
    assert_ok(h5_open("test_sqw.h5", false, &out));
    size_t d[2];
    double *energy = observe_read(out, "E", 1, d), *q = observe_read(out, "Q", 1, d);
    double *v = observe_read(out, "S", 2, d), *error = observe_read(out, "S_error", 2, d);
    double *chi = observe_read(out, "chi", 2, d), kt = UNITS_KB_MEV * 310.0;
    assert_int_equal(d[0], 2);
    assert_int_equal(d[1], 41);
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < 41; k++) {
            double a0 = constructed_eisf(&o, q[i]), x = energy[k] / kt, sigma = 0.2 / 2.354820045;
            double classical =
                a0 * models_gauss(energy[k], sigma) +
                (1 - a0) * models_voigt(energy[k], sigma, 1.5 / o.tau * UNITS_HBAR_MEV_PS);
            double exact = classical * models_balance(BALANCE_HARMONIC, x);
            assert_near(v[i * 41 + k], exact, 5.0 * error[i * 41 + k] + 2e-3 * exact);
            assert_near(v[i * 41 + 40 - k], v[i * 41 + k] * exp(-x), 1e-9);
            assert_near(chi[i * 41 + k], PI * v[i * 41 + k] * (1 - exp(-x)), 1e-12);
        }
    assert_near(energy[20], 0.0, 0.0);
    assert_true(chi[10] < 0.0 && chi[30] > 0.0);
    double *sum = observe_read(out, "chi_sum", 1, d);
    for (size_t k = 0; k < 41; k++)
        assert_near(sum[k], chi[k] + chi[41 + k], 1e-12);
    free(sum);
    free(energy), free(q), free(v), free(error), free(chi);
    h5_close(out);
    unlink("test_sqw.h5");
    unlink("test_sqw_isf.h5");
}

/* The sum over Q of chi'' from a classical S whose answer is known, with each balance: harmonic gives pi x S_cl, odd; the others
 * that times B(x)(1 - exp(-x))/x; without balance it is not odd. And the error of a sum of blocks. */
static void summed_susceptibility(void **state)
{
    (void)state;
    enum { T = 400, Q = 2, M = 41, BLOCKS = 2 };
    static double i[BLOCKS][Q][T], t[T], q[Q] = {1.0, 2.0}, weight[BLOCKS] = {1.0, 1.0};
    for (size_t k = 0; k < T; k++) {
        t[k] = 0.02 * (double)k;
        for (size_t b = 0; b < BLOCKS; b++)
            for (size_t n = 0; n < Q; n++)
                i[b][n][k] = (b == 0 ? 1.1 : 0.9) * (double)(n + 1) * exp(-2.0 * t[k]);
    }
    static const char *const names[] = {"harmonic", "schofield", "standard", "none"};
    static const Balance kinds[] = {BALANCE_HARMONIC, BALANCE_SCHOFIELD, BALANCE_STANDARD,
                                    BALANCE_NONE};
    for (size_t kind = 0; kind < 4; kind++) {
        H5 *file;
        size_t d[2];
        assert_ok(h5_create("test_sqw.h5", &file));
        assert_ok(h5_write(file, "I_blocks", 3, (size_t[]){BLOCKS, Q, T}, i[0][0], "1", "I"));
        assert_ok(h5_write(file, "t", 1, (size_t[]){T}, t, "ps", "t"));
        assert_ok(h5_write(file, "Q", 1, (size_t[]){Q}, q, "1/A", "Q"));
        assert_ok(h5_write(file, "block_weight", 1, (size_t[]){BLOCKS}, weight, "1", "w"));
        H5 *out;
        assert_ok(h5_group(file, "sqw", &out));
        SqwOptions s = {.fwhm = 1.0,
                        .e_min = -10,
                        .e_max = 10,
                        .e_step = 0.5,
                        .temperature = 310,
                        .balance = (int)kinds[kind],
                        .tail = SQW_TAIL_ZERO};
        assert_ok(sqw_write(file, &s, out));
        double *e = observe_read(out, "E", 1, d), *sum = observe_read(out, "chi_sum", 1, d);
        double *error = observe_read(out, "chi_sum_error", 1, d), odd = 0.0, most = 0.0;
        assert_int_equal(d[0], M);
        for (size_t k = 0; k < M; k++) {
            double x = e[k] / (UNITS_KB_MEV * 310.0),
                   classical = 3.0 * models_voigt(e[k], 1.0 / (2.0 * sqrt(2.0 * log(2.0))),
                                                  2.0 * UNITS_HBAR_MEV_PS);
            double want = PI * (1.0 - exp(-x)) * models_balance(kinds[kind], x) * classical;
            assert_near(sum[k], want, 2e-3 * fabs(want) + 1e-6);
            assert_near(error[k], 0.1 * fabs(sum[k]), 1e-9);
            if (kinds[kind] == BALANCE_HARMONIC)
                assert_near(want, PI * x * classical, 1e-12);
            odd = fmax(odd, fabs(sum[k] + sum[M - 1 - k]));
            most = fmax(most, fabs(sum[k]));
        }
        if (kinds[kind] == BALANCE_NONE)
            assert_true(odd > 0.01 * most);
        else
            assert_near(odd, 0.0, 1e-12);
        assert_true(sum[0] <
                    0.0); /* the neutron gains energy: what the paper plots is minus this */
        char *text;
        assert_ok(h5_read_text(out, "balance", &text));
        assert_string_equal(text, names[kind]);
        free(text);
        assert_ok(h5_read_text(out, "convention", &text));
        assert_non_null(strstr(text, "E > 0: the neutron loses energy"));
        free(text);
        free(e), free(sum), free(error);
        h5_close_group(out);
        h5_close(file);
    }
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(summed_susceptibility),
        cmocka_unit_test(exponential_gives_voigt),
        cmocka_unit_test(c3_through_the_whole_chain),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
