/* Density of states of harmonic motion with known energies: place and area of every line, sum rule, weights. */
#include "observe.h"

#include "analysis/spectrum.h"
#include "base/rng.h"
#include "base/units.h"
#include "base/vec.h"

static Comm *world;
static const char *const path = "test_vdos.h5";

static const ConstructedOptions base = {.ions = 32,
                                        .motion = CONSTRUCTED_REST,
                                        .tau = 3.0,
                                        .bond = 1.22,
                                        .spacing = 6.0,
                                        .walk_time = 2.0,
                                        .frames = 4000,
                                        .interval = 0.01,
                                        .seed = 3};

/* meV: Mg, centre of BH4, libration of BH4; amplitudes [A/ps], [A/ps], [1/ps] */
static const double energy[3] = {12.0, 20.0, 41.0}, speed[3] = {3.0, 4.0, 5.0};

static double phase(int64_t ion, int what, int axis)
{
    double u[2];
    rng_uniform2(9, RNG_TEST, (uint64_t)what, (uint64_t)ion, (uint32_t)axis, u);
    return 2.0 * PI * u[0];
}

/* speed cos(wt + phase), and its integral */
static void oscillate(int what, int64_t ion, double t, double v[3], double x[3])
{
    double w = energy[what] / UNITS_HBAR_MEV_PS;
    for (int a = 0; a < 3; a++) {
        v[a] = speed[what] * cos(w * t + phase(ion, what, a));
        x[a] = speed[what] / w * sin(w * t + phase(ion, what, a));
    }
}

/* Positions and velocities of all atoms at time t. Libration to first order in the angle: x = x0 + angle x r0. */
static void place(const Sample *s, double t, double (*x)[3], double (*v)[3])
{
    for (int64_t ion = 0; ion < s->nion; ion++) {
        bool bh4 = s->ion_kind[ion] == ION_BH4;
        double u[3], shift[3], turn[3], angle[3], r[3], d[3];
        oscillate(bh4 ? 1 : 0, ion, t, u, shift);
        oscillate(2, ion, t, turn, angle);
        for (int64_t i = s->ion_first[ion]; i < s->ion_first[ion + 1]; i++) {
            memcpy(x[i], s->x[i], sizeof x[i]);
            memcpy(v[i], u, sizeof v[i]);
            vec_axpy(1.0, shift, x[i]);
            if (!bh4)
                continue;
            vec_sub(s->x[i], s->x[s->ion_first[ion]], r);
            vec_cross(turn, r, d);
            vec_axpy(1.0, d, v[i]);
            vec_cross(angle, r, d);
            vec_axpy(1.0, d, x[i]);
        }
    }
}

static H5 *watch(const char *yaml, bool velocities, Err want)
{
    const ObservableKind *kind = observable_find("vdos");
    void *options = mem_new(1, kind->options_size), *state = NULL;
    Config *config = observe_options(kind, yaml, options);
    Constructed *c;
    assert_ok(constructed_new(&base, &c));
    const Sample *s = constructed_sample(c);
    double(*x)[3] = mem_new((size_t)s->n, sizeof *x), (*v)[3] = mem_new((size_t)s->n, sizeof *v);
    Err e = kind->open(world, s, options, base.interval, 0, &state);
    for (int64_t k = 0; k < base.frames && e == OK; k++) {
        double t = (double)k * base.interval;
        place(s, t, x, v);
        Frame f = {k, t, s->cell, (const double(*)[3])x, velocities ? (const double(*)[3])v : NULL};
        e = kind->frame(state, &f);
    }
    H5 *file = NULL;
    assert_ok(h5_create(path, &file));
    if (e == OK)
        e = kind->close(state, file);
    assert_int_equal(e, want);
    if (e == OK)
        assert_ok(h5_commit(file));
    else
        h5_close(file);
    kind->free(state);
    config_clear(kind->nfields, kind->fields, options);
    config_close(config);
    constructed_free(c);
    free(options), free(x), free(v);
    if (e == OK)
        assert_ok(h5_open(path, false, &file));
    return e == OK ? file : NULL;
}

/* Integral and mean energy of a row between two energies. */
static double line(size_t n, const double e[], const double dos[], double low, double high,
                   double *centre)
{
    double sum = 0.0, first = 0.0, step = e[1] - e[0];
    for (size_t k = 0; k < n; k++)
        if (e[k] >= low && e[k] <= high) {
            sum += dos[k] * step;
            first += dos[k] * e[k] * step;
        }
    *centre = first / sum;
    return sum;
}

static size_t row_of(H5 *file, const char *name)
{
    size_t n, found = SIZE_MAX;
    char **text;
    assert_ok(h5_read_texts(file, "rows", &n, &text));
    for (size_t k = 0; k < n; k++) {
        found = strcmp(text[k], name) == 0 ? k : found;
        free(text[k]);
    }
    free(text);
    assert_true(found != SIZE_MAX);
    return found;
}

static void check(H5 *file, double tolerance)
{
    size_t dims[2], n;
    double *e = observe_read(file, "E", 1, &n), *dos = observe_read(file, "dos", 2, dims);
    double *area = observe_read(file, "area", 1, dims), centre;
    for (size_t k = 0; k < dims[0]; k++)
        assert_near(area[k], 1.0, tolerance);
    static const struct {
        const char *row;
        int what;
    } pure[] = {{"Mg", 0}, {"B", 1}, {"BH4 translation", 1}, {"BH4 libration", 2}};
    for (size_t k = 0; k < 4; k++) {
        double at = energy[pure[k].what];
        double got = line(n, e, dos + row_of(file, pure[k].row) * n, at - 6.0, at + 6.0, &centre);
        assert_near(got, 1.0, tolerance);
        assert_near(centre, at, 0.05); /* a fifth of a step */
    }
    /* H: mean squares of v are 3 v1^2/2 and (2/3) d^2 3 v2^2/2 */
    const double *h = dos + row_of(file, "H") * n;
    double shift = speed[1] * speed[1], turn = 2.0 / 3.0 * 1.22 * 1.22 * speed[2] * speed[2];
    double slow = line(n, e, h, 14.0, 26.0, &centre), fast = line(n, e, h, 35.0, 47.0, &centre);
    assert_near(slow, shift / (shift + turn), 2 * tolerance);
    assert_near(fast, turn / (shift + turn), 2 * tolerance);
    /* total: kinetic energy; neutron: N sigma/m of normalised rows (16 Mg, 32 B, 128 H) */
    const Species *mg = species_find("Mg"), *b = species_find("B"), *hs = species_find("H");
    double k_mg = 16 * mg->mass * speed[0] * speed[0],
           k_move = 32 * (b->mass + 4 * hs->mass) * shift, k_turn = 128 * hs->mass * turn;
    const double *total = dos + row_of(file, "total") * n,
                 *neutron = dos + row_of(file, "neutron") * n;
    assert_near(line(n, e, total, 6.0, 16.0, &centre), k_mg / (k_mg + k_move + k_turn),
                2 * tolerance);
    double w_mg = 16 * (mg->sigma_coh + mg->sigma_inc) / mg->mass,
           w_b = 32 * (b->sigma_coh + b->sigma_inc) / b->mass,
           w_h = 128 * (hs->sigma_coh + hs->sigma_inc) / hs->mass;
    assert_near(line(n, e, neutron, 6.0, 16.0, &centre), w_mg / (w_mg + w_b + w_h), tolerance);
    assert_near(line(n, e, neutron, 35.0, 47.0, &centre), w_h * fast / (w_mg + w_b + w_h),
                2 * tolerance);
    free(e), free(dos), free(area);
}

static void oscillators(void **state)
{
    (void)state;
    H5 *file = watch("fwhm: 2 meV\n", true, OK);
    check(file, 5e-3);
    size_t n;
    double *kelvin = observe_read(file, "kinetic_temperature", 1, &n);
    double v2 = 1.5 * speed[0] * speed[0], m = species_find("Mg")->mass;
    size_t mg = row_of(file, "Mg");
    assert_near(kelvin[mg], m * UNITS_U_KG * v2 * 1e4 / (3.0 * UNITS_KB_J_K), 0.01 * kelvin[mg]);
    free(kelvin);
    h5_close(file);
    file = watch("fwhm: 2 meV\nvelocities: differences\n", true, OK);
    check(file, 5e-3);
    double limit;
    assert_ok(h5_read_number(file, "band_limit", &limit));
    assert_near(limit, 0.5 * PI * UNITS_HBAR_MEV_PS / 0.01, 1e-9);
    h5_close(file);
    unlink(path);
}

/* The sum rule is exact, and a line is the Gaussian it should be. */
static void transforms(void **state)
{
    (void)state;
    enum { N = 3000 };
    static double c[N], out[2000];
    Spectrum s;
    spectrum_init(&s, 0.01, N, 2.0, 0.2);
    assert_true(s.lags <= N / 2 + 1 && s.n <= 2000);
    double w = 30.0 / UNITS_HBAR_MEV_PS, sigma = 2.0 / (2.0 * sqrt(2.0 * log(2.0)));
    for (size_t k = 0; k < s.lags; k++)
        c[k] = 3.0 * cos(w * 0.01 * (double)k);
    spectrum_cosine(&s, c, out);
    assert_near(spectrum_integral(&s, out, s.nyquist), 3.0, 1e-9);
    for (size_t k = 0; k < s.n; k++) {
        double x = (s.energy[k] - 30.0) / sigma;
        assert_near(out[k], 3.0 * exp(-0.5 * x * x) / (sigma * sqrt(2.0 * PI)), 1e-8);
    }
    /* its conjugate is Dawson's integral: far away (2/pi) 3 E/(E^2 - E0^2) */
    static double in[2000];
    memcpy(in, out, sizeof in);
    spectrum_conjugate(&s, in, out);
    assert_near(out[0], 0.0, 1e-12);
    assert_near(out[500], 3.0 / PI * (2.0 * 100.0 / (100.0 * 100.0 - 900.0)), 1e-4);
    assert_near(out[25], 3.0 / PI * (2.0 * 5.0 / (25.0 - 900.0)), 1e-4);
    for (size_t k = 0; k < s.lags; k++)
        c[k] = exp(-5.0 * 0.01 * (double)k);
    spectrum_cosine(&s, c, out);
    double direct = 0.5;
    for (size_t k = 1; k < s.lags; k++)
        direct += c[k] * s.window[k] * cos(s.energy[100] * 0.01 * (double)k / UNITS_HBAR_MEV_PS);
    assert_near(out[100], direct * 2.0 * 0.01 / (PI * UNITS_HBAR_MEV_PS), 1e-13);
    spectrum_clear(&s);
}

static void nonsense(void **state)
{
    (void)state;
    assert_null(watch("fwhm: 1 meV\ne_step: 0.7 meV\n", true, ERR_INPUT));
    assert_non_null(strstr(err_message(), "more than half of fwhm"));
    assert_null(watch("velocities: frames\n", false, ERR_INPUT));
    assert_non_null(strstr(err_message(), "the frames have none"));
    unlink(path);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {cmocka_unit_test(transforms), cmocka_unit_test(oscillators),
                                       cmocka_unit_test(nonsense)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
