/* sigma(omega) of motions with a closed answer, and pulls of conductivity and Haven ratio of ions that move together. */
#include "observe.h"

#include "analysis/conductivity.h"
#include "analysis/transport.h"
#include "base/log.h"
#include "base/rng.h"
#include "base/units.h"
#include "base/vec.h"

#include <complex.h>

static Comm *world;
static const char *const path = "test_conductivity.h5";

static double normal(int run, int64_t k, int64_t ion, uint32_t draw, int axis)
{
    double z[3];
    rng_normal3((uint64_t)run, RNG_TEST, (uint64_t)k, (uint64_t)ion, draw, z);
    return z[axis];
}

/* Every band below `highest` [1/frame] within 5 standard errors of the exact answer, `discrete` (omega dt)^2 allowed for. */
static void within(const ConductivitySpectrum *s, double highest, double discrete,
                   double _Complex (*exact)(double omega))
{
    size_t checked = 0;
    double worst = 0.0;
    for (size_t k = 0; k < s->n && s->frequency[k] < highest; k++, checked++) {
        double omega = 2.0 * PI * s->frequency[k];
        double _Complex want = exact(omega);
        double slack = discrete * omega * omega * cabs(want);
        const double part[2] = {creal(want), cimag(want)};
        for (int i = 0; i < 2; i++) {
            double off = fmax(fabs(s->sigma[k][i] - part[i]) - slack, 0.0) / s->error[k][i];
            worst = fmax(worst, off);
        }
        assert_true(s->error[k][0] < 0.3 * fabs(s->sigma[k][0]));
    }
    print_message("%zu frequencies, largest deviation %.1f standard errors\n", checked, worst);
    assert_true(checked > 20);
    assert_true(worst < 5.0);
}

/* Debye: particles between two wells 2 A apart, rate nu each way: (q^2 d^2/4) l i w/(l + i w), l = 2 nu, twice and in frames. */
enum { WELLS = 64 };
static const double lambda = 0.04, well = 2.0;

static double _Complex debye(double omega)
{
    return 2.0 * WELLS * well * well / 4.0 * lambda * I * omega / (lambda + I * omega);
}

static void debye_wells(void **state)
{
    (void)state;
    const size_t frames = 40000;
    double *m = MEM_NEW(double, 3 * frames), flip = 0.5 * (1.0 - exp(-lambda));
    for (size_t axis = 0; axis < 3; axis++)
        for (size_t p = 0; p < WELLS; p++) {
            double x = p % 2 == 0 ? 0.5 * well : -0.5 * well, r[2] = {0};
            for (size_t k = 0; k < frames; k++) {
                if (k % 2 == 0)
                    rng_uniform2(5, RNG_TEST, k, p, (uint32_t)axis, r);
                x = r[k % 2] < flip ? -x : x;
                m[axis * frames + k] += x;
            }
        }
    ConductivitySpectrum s;
    conductivity_spectrum(frames, m, CONDUCTIVITY_DISPLACEMENT, NAN, &s);
    within(&s, 0.1, 1.0 / 12.0, debye);
    /* hops that come back: the instantaneous part is the random walk of rate nu */
    assert_near(s.instantaneous, WELLS * well * well * flip, 0.02 * s.instantaneous);
    ConductivityFit fit;
    conductivity_measure(frames, m, CONDUCTIVITY_DISPLACEMENT, &fit);
    Transport dc = transport_judge(fit.fit.value, fit.error, fit.fit.windows, fit.fit.plateau, 0.2);
    assert_true(isnan(dc.value.mean));
    assert_true(dc.bound < 0.05 * s.instantaneous);
    conductivity_clear(&fit);
    conductivity_spectrum_clear(&s);
    free(m);
}

/* Drude: a particle with friction g (per frame) and mean square velocity 1: 1/(g + i w), twice. */
static const double g = 0.05;

static double _Complex drude(double omega)
{
    return 2.0 / (g + I * omega);
}

static void drude_particle(void **state)
{
    (void)state;
    const size_t frames = 30000;
    double *x = MEM_NEW(double, 6 * frames), *v = x + 3 * frames, keep = exp(-g);
    /* exact joint step of velocity and position: D. T. Gillespie, Phys. Rev. E 54, 2084 (1996) */
    double sv = sqrt(1.0 - keep * keep), cxv = (1.0 - keep) * (1.0 - keep) / g / sv;
    double sx = sqrt((2.0 * g - 3.0 + 4.0 * keep - keep * keep) / (g * g) - cxv * cxv);
    for (size_t a = 0; a < 3; a++) {
        v[a * frames] = normal(8, 0, 0, 0, (int)a);
        for (size_t k = 1; k < frames; k++) {
            size_t at = a * frames + k;
            double za = normal(8, (int64_t)k, 0, 0, (int)a),
                   zb = normal(8, (int64_t)k, 1, 0, (int)a);
            v[at] = keep * v[at - 1] + sv * za;
            x[at] = x[at - 1] + v[at - 1] * (1.0 - keep) / g + cxv * za + sx * zb;
        }
    }
    for (int kind = 0; kind < 2; kind++) {
        const double *m = kind == 0 ? x : v;
        ConductivitySeries series = kind == 0 ? CONDUCTIVITY_DISPLACEMENT : CONDUCTIVITY_CURRENT;
        ConductivityFit fit;
        conductivity_measure(frames, m, series, &fit);
        assert_true(fit.fit.plateau && fit.error < 0.12);
        assert_near(fit.fit.value, 2.0 / g, 5.0 * fit.error * fit.fit.value);
        ConductivitySpectrum s;
        conductivity_spectrum(frames, m, series, fit.fit.value, &s);
        within(&s, 0.05, 1.0 / 12.0, drude);
        conductivity_spectrum_clear(&s);
        conductivity_clear(&fit);
    }
    free(x);
}

/* Mg ions that share half of each step, and keep some of the last: the Haven ratio is not 1. */
enum { RUNS = 300, FRAMES = 1200, MG = 4, IONS = 12, NUMBERS = 4 };
static const ConstructedOptions small = {.ions = 8,
                                         .motion = CONSTRUCTED_REST,
                                         .tau = 3.0,
                                         .bond = 1.22,
                                         .spacing = 6.0,
                                         .walk_time = 2.0,
                                         .frames = FRAMES,
                                         .interval = 1.0,
                                         .seed = 3};
static const double shared = 0.5, memory = 0.3, stride = 0.2;

static H5 *one_run(int run)
{
    const ObservableKind *kind = observable_find("current");
    void *options = mem_new(1, kind->options_size), *state = NULL;
    Config *config = observe_options(kind, "temperature: 310 K\ntmax: 20 ps\n", options);
    Constructed *c;
    assert_ok(constructed_new(&small, &c));
    const Sample *s = constructed_sample(c);
    assert_int_equal(s->nion, IONS);
    double(*x)[3] = mem_new((size_t)s->n, sizeof *x), step[MG][3] = {{0}};
    memcpy(x, s->x, (size_t)s->n * sizeof *x);
    assert_ok(kind->open(world, s, options, 1.0, FRAMES, &state));
    for (int64_t k = -50; k < FRAMES; k++) { /* 50 steps until steps know nothing of their start */
        for (int ion = 0; ion < MG; ion++)
            for (int i = 0; i < 3; i++) {
                double z = sqrt(1.0 - shared) * normal(run, k + 50, ion, 0, i) +
                           sqrt(shared) * normal(run, k + 50, MG, 0, i);
                step[ion][i] = memory * step[ion][i] + stride * z;
                x[s->ion_first[ion]][i] += k > 0 ? step[ion][i] : 0.0;
            }
        Frame f = {.time = (double)k, .cell = s->cell, .x = (const double(*)[3])x};
        if (k >= 0)
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
    free(options), free(x);
    assert_ok(h5_open(path, false, &file));
    return file;
}

/* S/cm, S/cm, 1, A^2/ps; in the frame of the centre of mass. */
static void truths(double truth[NUMBERS])
{
    const double m = species_find("Mg")->mass,
                 bh4 = species_find("B")->mass + 4.0 * species_find("H")->mass;
    double mu = m / (MG * (m + 2.0 * bh4)), rate = pow(stride / (1.0 - memory), 2.0);
    double own = mu * (1.0 - shared + MG * shared), whole = MG * mu * own;
    double mg = 1.0 - 2.0 * own + whole, volume = pow(3.0 * small.spacing, 3.0);
    double unit = transport_conductivity(3.0 * rate, volume, 310.0);
    truth[0] = unit * 4.0 * MG * (1.0 - shared + MG * shared);
    truth[1] = unit * (4.0 * MG * mg + 2.0 * MG * whole);
    truth[2] = truth[1] / truth[0];
    truth[3] = 0.5 * rate * mg;
}

static void pulls_of_ions_together(void **state)
{
    (void)state;
    static const char *const name[NUMBERS] = {"conductivity", "conductivity_nernst_einstein",
                                              "haven_ratio", "diffusion"};
    double truth[NUMBERS], mean[NUMBERS] = {0}, square[NUMBERS] = {0}, relative[NUMBERS] = {0};
    truths(truth);
    for (int run = 0; run < RUNS; run++) {
        H5 *f = one_run(run);
        for (int i = 0; i < NUMBERS; i++) {
            double value[2], error[2], *d;
            size_t n;
            char longer[64];
            snprintf(longer, sizeof longer, "%s_error", name[i]);
            if (i < 3) {
                assert_ok(h5_read_number(f, name[i], value));
                assert_ok(h5_read_number(f, longer, error));
            } else {
                d = observe_read(f, name[i], 1, &n), value[0] = d[0], free(d);
                d = observe_read(f, longer, 1, &n), error[0] = d[0], free(d);
            }
            double pull = (value[0] - truth[i]) / error[0];
            mean[i] += pull / RUNS;
            square[i] += pull * pull / RUNS;
            relative[i] += error[0] / truth[i] / RUNS;
        }
        h5_close(f);
        unlink(path);
    }
    for (int i = 0; i < NUMBERS; i++) {
        double sd = sqrt(square[i] - mean[i] * mean[i]);
        print_message("%s: truth %.4g, pull mean %+.2f sd %.2f, relative error %.3f\n", name[i],
                      truth[i], mean[i], sd, relative[i]);
        assert_true(fabs(mean[i]) < 0.2);
        assert_true(sd > 0.9 && sd < 1.1);
    }
    assert_true(fabs(truth[2] - 1.0) > 0.3);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    log_init(LOG_WARNING, true);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(debye_wells),
        cmocka_unit_test(drude_particle),
        cmocka_unit_test(pulls_of_ions_together),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
