/* Dipole and infrared absorption: charges that turn in a circle have exact answers, an oscillator has its line and its static
 * permittivity. */
#include "observe.h"

#include "analysis/models.h"
#include "base/units.h"
#include "base/vec.h"

#include <complex.h>

static Comm *world;
static const char *const path = "test_dipole.h5";

enum { FRAMES = 4000 };
static const double interval = 0.01, kelvin = 310.0, edge = 20.0, radius = 0.05;

/* A whole number of turns in the run, near 30 meV. */
static double omega(void)
{
    return 2.0 * PI * rint(30.0 / UNITS_HBAR_MEV_PS * interval * FRAMES / (2.0 * PI)) /
           (interval * FRAMES);
}

typedef void Motion(double t, double (*x)[3], double (*v)[3]);

/* Mg at the centre, B on a circle. */
static void turn(double t, double (*x)[3], double (*v)[3])
{
    double w = omega(), c = cos(w * t), s = sin(w * t);
    const double r[3] = {radius * c, 0.6 * radius * s, 0.8 * radius * s},
                 u[3] = {-radius * w * s, 0.6 * radius * w * c, 0.8 * radius * w * c};
    for (int a = 0; a < 3; a++) {
        x[0][a] = 5.0, v[0][a] = 0.0;
        x[1][a] = 7.0 + r[a], v[1][a] = u[a];
    }
}

/* The same charges against each other on a line. */
static void swing(double t, double (*x)[3], double (*v)[3])
{
    double w = omega();
    turn(t, x, v);
    for (int a = 0; a < 3; a++) {
        x[1][a] = 7.0 + (a == 2 ? radius * sin(w * t) : 0.0);
        v[1][a] = a == 2 ? radius * w * cos(w * t) : 0.0;
        x[0][a] = 5.0 - (x[1][a] - 7.0), v[0][a] = -v[1][a];
    }
}

static H5 *watch(Motion *motion, bool velocities, const char *yaml, Err want)
{
    const ObservableKind *kind = observable_find("dipole");
    const double h[3][3] = {{edge, 0, 0}, {0, edge, 0}, {0, 0, edge}};
    void *options = mem_new(1, kind->options_size), *state = NULL;
    Config *config = observe_options(kind, yaml, options);
    Sample s;
    Cell cell;
    assert_ok(cell_init(&cell, h));
    sample_init(&s, &cell, 2);
    s.nspecies = 2;
    s.species[0] = species_find("Mg");
    s.species[1] = species_find("B");
    s.kind[1] = 1;
    Err e = kind->open(world, &s, options, interval, 0, &state);
    for (int64_t k = 0; k < FRAMES && e == OK; k++) {
        double x[2][3], v[2][3];
        motion((double)k * interval, x, v);
        Frame f = {k, (double)k * interval, cell, (const double(*)[3])x,
                   velocities ? (const double(*)[3])v : NULL};
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
    sample_clear(&s);
    free(options);
    if (e == OK)
        assert_ok(h5_open(path, false, &file));
    return e == OK ? file : NULL;
}

#define IONS "temperature: 310 K\ncharge_mg: 1.5\ncharge_b: -1.5\nfwhm: 2 meV\ne_step: 0.5 meV\n"

static double number(H5 *file, const char *name)
{
    double x;
    assert_ok(h5_read_number(file, name, &x));
    return x;
}

/* C_M = (q r)^2 cos wt, C_J = (q r w)^2 cos wt over any origins. */
static void check_turn(H5 *file, double tolerance)
{
    size_t n, nt;
    double *t = observe_read(file, "t", 1, &nt), *c = observe_read(file, "C_M", 1, &nt);
    double *e = observe_read(file, "E", 1, &n), *sigma = observe_read(file, "sigma", 1, &n);
    double *n_alpha = observe_read(file, "n_alpha", 1, &n),
           *error = observe_read(file, "sigma_error", 1, &n);
    double w = omega(), m2 = 1.5 * 1.5 * radius * radius, v = edge * edge * edge;
    for (size_t l = 0; l < nt; l++)
        assert_near(c[l], m2 * cos(w * t[l]), 1e-9);
    double s = 2.0 / (2.0 * sqrt(2.0 * log(2.0))), line = UNITS_HBAR_MEV_PS * w;
    /* area of the line: int sigma dE = (pi hbar/2) (q r w)^2/(3 V kT) */
    double area =
        0.5 * PI * UNITS_HBAR_MEV_PS * m2 * w * w * UNITS_S_CM / (3.0 * v * UNITS_KB * kelvin);
    double top = area / (s * sqrt(2.0 * PI));
    for (size_t k = 0; k < n && e[k] < 80.0; k++) {
        double x = (e[k] - line) / s;
        assert_near(sigma[k], top * exp(-0.5 * x * x), tolerance * top);
        assert_near(n_alpha[k], sigma[k] * 376.730313668, 1e-8 * top * 377.0);
        assert_near(error[k], 0.0, 1e-6 * top);
    }
    /* and in SI: n alpha integrates over 1/cm ... kept as epsilon: static permittivity from the fluctuation, 1 + m2/(3 eps0 V kT) */
    double fluctuation = m2 * UNITS_E_C * UNITS_E_C * 1e-20 /
                         (3.0 * UNITS_EPS0_F_M * v * 1e-30 * UNITS_KB_J_K * kelvin);
    assert_near(number(file, "epsilon_static"), 1.0 + fluctuation, 1e-6 * fluctuation + 1e-9);
    double *epsilon = observe_read(file, "epsilon", 2, (size_t[2]){0});
    /* far below the line, epsilon' = 1 + fluctuation/(1 - (E/E0)^2) */
    double y = e[3] / line;
    assert_near(epsilon[2 * 3] - 1.0, fluctuation / (1.0 - y * y), 0.005 * fluctuation);
    free(t), free(c), free(e), free(sigma), free(n_alpha), free(error), free(epsilon);
}

static void circle(void **state)
{
    (void)state;
    H5 *file = watch(turn, true, IONS, OK);
    check_turn(file, 1e-6);
    h5_close(file);
    file = watch(turn, false, IONS, OK);
    check_turn(
        file,
        1e-2); /* (sin y/y)^2 is undone at each energy: exact at the line, off by its slope beside it */
    char *text;
    assert_ok(h5_read_text(file, "velocities", &text));
    assert_string_equal(text, "differences");
    free(text);
    h5_close(file);
    unlink(path);
}

/* A linear oscillator: the place and area of its line; quantum corrections beside the harmonic one. */
static void oscillator(void **state)
{
    (void)state;
    static const char *const yaml[] = {IONS, IONS "balance: schofield\n",
                                       IONS "balance: standard\n", IONS "balance: none\n"};
    static const Balance balance[] = {BALANCE_HARMONIC, BALANCE_SCHOFIELD, BALANCE_STANDARD,
                                      BALANCE_NONE};
    for (size_t b = 0; b < 4; b++) {
        H5 *file = watch(swing, true, yaml[b], OK);
        size_t n;
        double *e = observe_read(file, "E", 1, &n), *sigma = observe_read(file, "sigma", 1, &n);
        double *n_alpha = observe_read(file, "n_alpha", 1, &n), area = 0.0, first = 0.0;
        double w = omega(), m2 = 0.5 * 9.0 * radius * radius; /* <M^2>, M = 3 r sin wt */
        for (size_t k = 0; k < n; k++) {
            area += sigma[k] * 0.5;
            first += sigma[k] * e[k] * 0.5;
            double x = e[k] / (UNITS_KB_MEV * kelvin);
            assert_near(n_alpha[k],
                        sigma[k] * 376.730313668 * (1.0 - exp(-x)) / x *
                            models_balance(balance[b], x),
                        1e-8 * fabs(n_alpha[k]) + 1e-12);
        }
        assert_near(first / area, UNITS_HBAR_MEV_PS * w, 0.1);
        double want = 0.5 * PI * UNITS_HBAR_MEV_PS * m2 * w * w * UNITS_S_CM /
                      (3.0 * edge * edge * edge * UNITS_KB * kelvin);
        assert_near(area, want, 5e-3 * want);
        free(e), free(sigma), free(n_alpha);
        h5_close(file);
    }
    unlink(path);
}

static void nonsense(void **state)
{
    (void)state;
    assert_null(watch(turn, true, "temperature: 310 K\n", ERR_INPUT));
    assert_non_null(strstr(err_message(), "must be neutral"));
    assert_null(watch(turn, false, IONS "velocities: frames\n", ERR_INPUT));
    assert_non_null(strstr(err_message(), "the frames have none"));
    assert_null(watch(
        turn, true, "temperature: 310 K\ncharge_mg: 1\ncharge_b: -1\nfwhm: 1 meV\ne_step: 1 meV\n",
        ERR_INPUT));
    assert_non_null(strstr(err_message(), "more than half of fwhm"));
    unlink(path);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {cmocka_unit_test(circle), cmocka_unit_test(oscillator),
                                       cmocka_unit_test(nonsense)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
