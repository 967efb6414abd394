/* Charge displacement and current of ions that move by known laws: sigma and the Haven ratio have closed answers. */
#include "observe.h"

#include "analysis/models.h"
#include "analysis/transport.h"
#include "base/rng.h"
#include "base/units.h"
#include "base/vec.h"

static Comm *world;
static const char *const path = "test_current.h5";

static const ConstructedOptions base = {.ions = 64,
                                        .motion = CONSTRUCTED_REST,
                                        .tau = 3.0,
                                        .bond = 1.22,
                                        .spacing = 6.0,
                                        .walk_time = 2.0,
                                        .frames = 2000,
                                        .interval = 1.0,
                                        .seed = 3};
enum { MG = 32, IONS = 96 };
static const double kT = 310.0 * UNITS_KB, q2 = MG * 4.0 + 2.0 * MG; /* [eV]; sum of q^2 [e^2] */

/* Where the ions (Mg first) are at frame k, and how fast; called with ascending k and what it left the last time. */
typedef void Motion(int64_t k, double (*shift)[3], double (*v)[3]);

static double normal(int64_t k, int64_t ion, uint32_t draw, int axis)
{
    double z[3];
    rng_normal3(11, RNG_TEST, (uint64_t)k, (uint64_t)ion, draw, z);
    return z[axis];
}

static double volume(void)
{
    return pow(5.0 * base.spacing, 3.0); /* 96 ions on a 5 x 5 x 5 grid */
}

/* The observable over such a motion; `breath` is the relative change of the box from frame to frame. */
static H5 *watch(Motion *motion, bool velocities, double breath, int64_t frames, double interval,
                 const char *yaml)
{
    const ObservableKind *kind = observable_find("current");
    void *options = mem_new(1, kind->options_size), *state = NULL;
    Config *config = observe_options(kind, yaml, options);
    Constructed *c;
    assert_ok(constructed_new(&base, &c));
    const Sample *s = constructed_sample(c);
    double(*x)[3] = mem_new((size_t)s->n, sizeof *x), (*v)[3] = mem_new((size_t)s->n, sizeof *v);
    double shift[IONS][3] = {{0}}, speed[IONS][3] = {{0}};
    assert_int_equal(s->nion, IONS);
    assert_ok(kind->open(world, s, options, interval, 0, &state));
    for (int64_t k = 0; k < frames; k++) {
        motion(k, shift, speed);
        double scale = 1.0 + breath * sin(0.7 * (double)k), h[3][3];
        for (int64_t ion = 0; ion < IONS; ion++)
            for (int64_t a = s->ion_first[ion]; a < s->ion_first[ion + 1]; a++)
                for (int i = 0; i < 3; i++) {
                    x[a][i] = scale * (s->x[a][i] + shift[ion][i]);
                    v[a][i] = speed[ion][i] + 3.0; /* a common drift must not matter */
                }
        for (int i = 0; i < 9; i++)
            h[i / 3][i % 3] = scale * s->cell.h[i / 3][i % 3];
        Frame f = {.step = k,
                   .time = (double)k * interval,
                   .x = (const double(*)[3])x,
                   .v = velocities ? (const double(*)[3])v : NULL};
        assert_ok(cell_init(&f.cell, (const double(*)[3])h));
        assert_ok(kind->frame(state, &f));
    }
    H5 *file;
    assert_ok(h5_create(path, &file));
    assert_ok(kind->close(state, file));
    assert_ok(h5_commit(file));
    kind->free(state);
    config_clear(kind->nfields, kind->fields, options);
    config_close(config);
    constructed_free(c);
    free(options), free(x), free(v);
    assert_ok(h5_open(path, false, &file));
    return file;
}

static void end(H5 *file)
{
    h5_close(file);
    unlink(path);
}

static double number(H5 *file, const char *name)
{
    double value;
    assert_ok(h5_read_number(file, name, &value));
    return value;
}

/* Within 5 standard errors, and the error itself is at most `relative` of the value. */
static void holds(H5 *file, const char *name, double truth, double relative)
{
    char longer[64];
    snprintf(longer, sizeof longer, "%s_error", name);
    double error = number(file, longer);
    assert_true(error > 0.0 && error < relative * fabs(truth));
    assert_near(number(file, name), truth, 5.0 * error);
}

/* Masses of a Mg ion and of the rest, as parts of the whole: what a moving Mg makes of the centre of mass. */
static double mg_part(void)
{
    const double mg = species_find("Mg")->mass,
                 bh4 = species_find("B")->mass + 4.0 * species_find("H")->mass;
    return mg / (MG * (mg + 2.0 * bh4));
}

static void units(void **state)
{
    (void)state;
    /* 1e22 /cm^3 of charge e with D = 1e-5 cm^2/s at 300 K: n e^2 D/kT in SI, then S/cm */
    double si = 1e28 * UNITS_E_C * UNITS_E_C * 1e-9 / (UNITS_KB_J_K * 300.0);
    double d = 0.1, v = 1e4; /* 1e-5 cm^2/s in A^2/ps; the box of 100 such ions in A^3 */
    assert_near(transport_conductivity(100.0 * 6.0 * d, v, 300.0), 0.01 * si, 1e-12 * si);
    /* 3 axes x 8 windows: a quarter of the time the error of a collective quantity is 0.29 */
    Transport few = transport_judge(2.0, sqrt(2.0 / 24.0), 8.0, true, 0.2);
    assert_true(isnan(few.value.mean) && isnan(few.value.error));
    assert_string_equal(few.status, "not converged: 8.0 independent windows, 17 needed: a run at "
                                    "least 2.1 times longer");
    assert_near(few.bound, 2.0 * 24.0 / 12.401150, 1e-6); /* chi-squared of 24: 2.5 % point */
    Transport enough = transport_judge(2.0, 0.1, 70.4, true, 0.2);
    assert_near(enough.value.mean, 2.0, 0.0);
    assert_near(enough.value.error, 0.2, 1e-15);
    assert_string_equal(enough.status, "converged: 70 independent windows");
    Transport cage = transport_judge(2.0, 0.1, 70.0, false, 0.2);
    assert_true(isnan(cage.value.mean) && cage.bound > 2.0);
    assert_non_null(strstr(cage.status, "no long-time limit"));
    Transport still = transport_judge(0.0, NAN, 0.0, false, 0.2);
    assert_near(still.value.mean + still.bound, 0.0, 0.0);
}

/* Independent Mg: MSD = Gamma a^2 t, sigma = n q^2 Gamma a^2/(6 kT); H_R = 1 but for the centre of mass. */
static void independent_walk(void **state)
{
    (void)state;
    ConstructedOptions o = base;
    o.walk_length = 2.5;
    o.frames = 4000;
    observe(world, "current", "temperature: 310 K\ntmax: 8 ps\nblocks: 8\nlinear: 10\n", &o, path);
    H5 *f;
    assert_ok(h5_open(path, false, &f));
    double rate = 6.25 / 2.0, mu = mg_part();
    double truth = UNITS_S_CM * MG * 4.0 * rate / (6.0 * volume() * kT);
    holds(f, "conductivity", truth, 0.05);
    /* <|dr - dR|^2>: Mg (1 - 2 mu + N mu^2), BH4 N mu^2 of Gamma a^2 t */
    double mg = 1.0 - 2.0 * mu + MG * mu * mu, bh4 = MG * mu * mu;
    double haven = mg + 0.5 * bh4;
    assert_near(haven, 1.0, 0.02);
    holds(f, "conductivity_nernst_einstein", haven * truth, 0.02);
    holds(f, "haven_ratio", haven, 0.05);
    holds(f, "correlation", 1.0 / haven, 0.05);
    assert_near(number(f, "haven_ratio"), 1.0, 3.0 * number(f, "haven_ratio_error"));
    double bound = number(f, "conductivity_bound") - number(f, "conductivity");
    assert_near(bound / number(f, "conductivity_error"), 2.0, 0.2);
    assert_near(number(f, "conductivity_windows"), 0.7 * 4000 / 2.25, 600.0);
    size_t d[2];
    double *t = observe_read(f, "t", 1, d), *msd = observe_read(f, "msd_self", 2, d),
           *error = observe_read(f, "msd_self_error", 2, d),
           *charge = observe_read(f, "msd_charge", 1, d),
           *charge_error = observe_read(f, "msd_charge_error", 1, d);
    for (size_t k = 0; k < d[0]; k++) {
        double walk = models_walk_msd(t[k], 0.5, 2.5);
        assert_near(msd[k], mg * walk, 5.0 * error[k]);
        assert_near(msd[d[0] + k], bh4 * walk, 5.0 * error[d[0] + k]);
        assert_near(charge[k], 4.0 * MG * walk, 5.0 * charge_error[k]);
    }
    assert_false(h5_exists(f, "green_kubo"));
    free(t), free(msd), free(error), free(charge), free(charge_error);
    end(f);
}

/* All Mg make the same steps: sigma is N times that of independent ones. The ratio does not depend on the steps. */
static void all_cations(int64_t k, double (*shift)[3], double (*v)[3])
{
    (void)v;
    for (int ion = 0; ion < MG; ion++)
        for (int i = 0; i < 3; i++)
            shift[ion][i] += k > 0 ? 0.4 * normal(k, 0, 0, i) : 0.0;
}

static void cations_together(void **state)
{
    (void)state;
    H5 *f =
        watch(all_cations, false, 0.0, 2000, 1.0, "temperature: 310 K\ntmax: 10 ps\nblocks: 8\n");
    double whole = MG * mg_part();
    double haven = ((1.0 - whole) * (1.0 - whole) + 0.5 * whole * whole) / MG;
    /* positions relative to the centre of mass are kept as float nm */
    assert_near(number(f, "haven_ratio"), haven, 1e-5 * haven);
    holds(f, "conductivity", UNITS_S_CM * 4.0 * MG * MG * 3.0 * 0.16 / (6.0 * volume() * kT), 0.1);
    end(f);
}

/* A Mg and its two BH4 hop together: neutral, so much diffusion and no current. */
static void neutral_triples(int64_t k, double (*shift)[3], double (*v)[3])
{
    (void)v;
    for (int ion = 0; ion < IONS; ion++)
        for (int i = 0; i < 3; i++)
            shift[ion][i] += k > 0 ? 0.4 * normal(k, ion < MG ? ion : (ion - MG) / 2, 0, i) : 0.0;
}

static void pairs_carry_nothing(void **state)
{
    (void)state;
    H5 *f = watch(neutral_triples, false, 0.0, 1000, 1.0,
                  "temperature: 310 K\ntmax: 10 ps\nblocks: 8\n");
    double independent = UNITS_S_CM * q2 * 3.0 * 0.16 / (6.0 * volume() * kT);
    holds(f, "conductivity_nernst_einstein", independent * (1.0 - 1.0 / MG), 0.1);
    assert_near(number(f, "conductivity_bound"), 0.0, 1e-12 * independent);
    assert_true(isnan(number(f, "haven_ratio")));
    end(f);
}

/* Ions bound by springs, overdamped: <|dM|^2> = 6 sum(q^2) u^2 (1 - exp(-g t)), no conductivity. */
static const double u = 0.2, g = 2.0, dt = 0.25;

static void bound_ions(int64_t k, double (*shift)[3], double (*v)[3])
{
    (void)v;
    double keep = k == 0 ? 0.0 : exp(-g * dt), kick = u * sqrt(1.0 - keep * keep);
    for (int ion = 0; ion < IONS; ion++)
        for (int i = 0; i < 3; i++)
            shift[ion][i] = keep * shift[ion][i] + kick * normal(k, ion, 0, i);
}

static void oscillators_give_a_bound(void **state)
{
    (void)state;
    double bound[2];
    const int64_t frames[2] = {1000, 8000};
    for (int run = 0; run < 2; run++) {
        H5 *f = watch(bound_ions, false, 0.0, frames[run], dt, "temperature: 310 K\ntmax: 40 ps\n");
        size_t n;
        double *t = observe_read(f, "t", 1, &n), *m = observe_read(f, "msd_charge", 1, &n),
               *error = observe_read(f, "msd_charge_error", 1, &n);
        for (size_t k = 0; k < n; k++)
            assert_near(m[k], 6.0 * q2 * u * u * (1.0 - exp(-g * t[k])), 5.0 * error[k]);
        assert_true(error[n - 1] < 0.25 * m[n - 1]);
        bound[run] = number(f, "conductivity_bound");
        assert_true(isnan(number(f, "conductivity")));
        assert_true(isnan(number(f, "haven_ratio")));
        char *text;
        assert_ok(h5_read_text(f, "conductivity_status", &text));
        assert_memory_equal(text, "not converged", 13);
        free(text);
        /* a line through the origin and the plateau would be 10 times as steep */
        assert_true(bound[run] > 0.0);
        assert_true(bound[run] <
                    UNITS_S_CM * 6.0 * q2 * u * u / 40.0 / (6.0 * volume() * kT) * 0.5);
        free(t), free(m), free(error);
        end(f);
    }
    assert_true(bound[1] < 0.6 * bound[0]);
}

/* Free ions in a viscous medium: <v(0)v(t)> = 3 kT/m exp(-gamma t); sigma = sum q^2 kT/(m gamma)/(V kT) both ways. */
static const double friction = 1.0, step = 0.1;

static void brownian(int64_t k, double (*shift)[3], double (*v)[3])
{
    double keep = k == 0 ? 0.0 : exp(-friction * step);
    for (int ion = 0; ion < IONS; ion++) {
        double mass = ion < MG ? species_find("Mg")->mass
                               : species_find("B")->mass + 4.0 * species_find("H")->mass;
        double kick = sqrt(kT / mass * (1.0 - keep * keep)) / UNITS_TIME_PS;
        for (int i = 0; i < 3; i++) {
            double old = v[ion][i];
            v[ion][i] = keep * old + kick * normal(k, ion, 0, i);
            if (k > 0)
                shift[ion][i] += 0.5 * step * (old + v[ion][i]);
        }
    }
}

static void green_kubo_equals_einstein(void **state)
{
    (void)state;
    H5 *f = watch(brownian, true, 0.0, 6000, step, "temperature: 310 K\ntmax: 10 ps\nblocks: 8\n");
    double mg = species_find("Mg")->mass,
           bh4 = species_find("B")->mass + 4.0 * species_find("H")->mass;
    double start = 3.0 * kT * MG * (4.0 / mg + 2.0 / bh4) / (UNITS_TIME_PS * UNITS_TIME_PS);
    double truth = UNITS_S_CM * start / friction / (3.0 * volume() * kT);
    holds(f, "conductivity", truth, 0.25);
    holds(f, "green_kubo/conductivity", truth, 0.25);
    assert_near(number(f, "temperature_ions"), 310.0, 5.0);
    static const char *const spectra[2] = {"conductivity_spectrum",
                                           "green_kubo/conductivity_spectrum"};
    for (int i = 0; i < 2; i++) { /* the layout that sources of sigma(omega) share */
        char name[96];
        size_t dims[2], nf;
        snprintf(name, sizeof name, "%s/frequency", spectra[i]);
        double *frequency = observe_read(f, name, 1, &nf);
        snprintf(name, sizeof name, "%s/sigma", spectra[i]);
        double *sigma = observe_read(f, name, 2, dims);
        snprintf(name, sizeof name, "%s/sigma_error", spectra[i]);
        double *error = observe_read(f, name, 2, dims);
        assert_true(nf > 20 && dims[0] == nf && dims[1] == 2);
        assert_near(frequency[0], 0.0, 0.0);
        assert_near(sigma[0], number(f, i == 0 ? "conductivity" : "green_kubo/conductivity"), 0.0);
        for (size_t k = 1; k < nf; k++) {
            assert_true(frequency[k] > frequency[k - 1] && error[2 * k] > 0.0 &&
                        error[2 * k + 1] > 0.0);
            double wt =
                2.0 * PI * frequency[k] * 1e-12 / friction; /* Drude: truth/(1 + i w/friction) */
            if (wt * step > 0.3)
                break;
            assert_near(sigma[2 * k], truth / (1.0 + wt * wt), 5.0 * error[2 * k] + 0.01 * truth);
            assert_near(sigma[2 * k + 1], -truth * wt / (1.0 + wt * wt),
                        5.0 * error[2 * k + 1] + 0.01 * truth);
        }
        free(frequency), free(sigma), free(error);
    }
    size_t n;
    double *t = observe_read(f, "green_kubo/t", 1, &n),
           *c = observe_read(f, "green_kubo/correlation", 1, &n),
           *e = observe_read(f, "green_kubo/correlation_error", 1, &n);
    assert_int_equal(n, 101);
    for (size_t k = 0; k < n; k++)
        assert_near(c[k], start * exp(-friction * t[k]), 5.0 * e[k]);
    assert_true(e[0] < 0.1 * start);
    free(t), free(c), free(e);
    end(f);
}

/* Steps along x that keep their direction with probability (1 + e)/2: D_x = (a^2/2 tau)(1 + e)/(1 - e). */
static const double persistence = 0.5, length = 0.6;

static void persistent(int64_t k, double (*shift)[3], double (*v)[3])
{
    for (int64_t ion = 0; ion < MG; ion++) {
        double r[2];
        rng_uniform2(23, RNG_TEST, (uint64_t)k, (uint64_t)ion, 0, r);
        bool forward =
            k == 0 ? r[0] < 0.5 : (v[ion][0] > 0.0) == (r[0] < 0.5 * (1.0 + persistence));
        v[ion][0] = forward ? length : -length;
        shift[ion][0] += v[ion][0];
    }
}

static void persistent_walk(void **state)
{
    (void)state;
    H5 *f = watch(persistent, false, 0.0, 2500, 1.0, "temperature: 310 K\ntmax: 30 ps\n");
    size_t n;
    double *d = observe_read(f, "diffusion", 1, &n), *e = observe_read(f, "diffusion_error", 1, &n);
    double mu = mg_part(), mg = 1.0 - 2.0 * mu + MG * mu * mu;
    double truth = mg * models_persistent_diffusion(length, 1.0, persistence) / 3.0;
    assert_near(d[0], truth, 5.0 * e[0]);
    assert_true(e[0] > 0.0 && e[0] < 0.5 * truth);
    free(d), free(e);
    end(f);
}

static void at_rest(int64_t k, double (*shift)[3], double (*v)[3])
{
    (void)k;
    (void)shift;
    (void)v;
}

static void a_breathing_box_is_no_current(void **state)
{
    (void)state;
    H5 *f = watch(at_rest, false, 0.01, 40, 1.0, "temperature: 310 K\n");
    size_t n[2];
    double *m = observe_read(f, "displacement", 2, n);
    assert_int_equal(n[0], 40);
    for (size_t i = 0; i < 120; i++)
        assert_near(m[i], 0.0, 1e-8);
    assert_near(number(f, "conductivity_bound"), 0.0, 1e-15);
    free(m);
    end(f);
}

static void lags_must_fit_into_a_block(void **state)
{
    (void)state;
    const ObservableKind *kind = observable_find("current");
    void *options = mem_new(1, kind->options_size), *running = NULL;
    Config *config = observe_options(kind, "temperature: 310 K\ntmax: 11 ps\n", options);
    Constructed *c;
    assert_ok(constructed_new(&base, &c));
    const Sample *s = constructed_sample(c);
    assert_ok(kind->open(world, s, options, 1.0, 40, &running));
    for (int k = 0; k < 40; k++)
        assert_ok(kind->frame(running,
                              &(Frame){.time = k, .cell = s->cell, .x = (const double(*)[3])s->x}));
    assert_int_equal(kind->close(running, NULL), ERR_INPUT);
    assert_non_null(strstr(err_message(), "current: tmax: 11 ps is longer than a block"));
    kind->free(running);
    config_clear(kind->nfields, kind->fields, options);
    config_close(config);
    constructed_free(c);
    free(options);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units),
        cmocka_unit_test(independent_walk),
        cmocka_unit_test(cations_together),
        cmocka_unit_test(pairs_carry_nothing),
        cmocka_unit_test(oscillators_give_a_bound),
        cmocka_unit_test(green_kubo_equals_einstein),
        cmocka_unit_test(persistent_walk),
        cmocka_unit_test(a_breathing_box_is_no_current),
        cmocka_unit_test(lags_must_fit_into_a_block),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
