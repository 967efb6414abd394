/* The spectrometer and its analysis on spectra whose answer is known: exact recovery, both kinds of error, no line. */
#include "check.h"
#include "qens_model.h"

#include "analysis/constructed.h"
#include "analysis/models.h"
#include "analysis/qens.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/units.h"

#include <stdlib.h>
#include <string.h>

enum { NQ = 6, NE = 101, GROUPS = 12 };

static const double BOND = 1.22, WIDTH = 0.3, U2 = 0.06;

static QensOptions options(double counts)
{
    QensOptions o = {.temperature = 310, .lines = 2, .at = 1.35};
    assert_ok(config_read(NULL, instrument_qens_nfields, instrument_qens_fields, &o.instrument));
    o.instrument.counts = counts;
    return o;
}

/* S(Q,E) of jumps with EISF a0 and the half widths of the groups, D(Q) = exp(-Q^2 U2/3) */
static QensInput spectra(double mobile, const double width[GROUPS])
{
    QensInput in = {.groups = GROUPS, .nq = NQ, .ne = NE};
    in.q = MEM_NEW(double, NQ);
    in.energy = MEM_NEW(double, NE);
    in.s = MEM_NEW(double, GROUPS *NQ *NE);
    in.weight = MEM_NEW(double, GROUPS);
    in.plateau = MEM_NEW(double, GROUPS *NQ);
    in.drift = MEM_NEW(double, GROUPS *NQ);
    FitQensModel model = {.fwhm = 0.065, .lines = 1, .temperature = 310};
    for (size_t k = 0; k < NE; k++)
        in.energy[k] = -1.5 + 0.03 * (double)k;
    for (size_t i = 0; i < NQ; i++)
        in.q[i] = 0.5 + 0.3 * (double)i;
    for (size_t g = 0; g < GROUPS; g++) {
        in.weight[g] = 8;
        for (size_t i = 0; i < NQ; i++) {
            double d = exp(-in.q[i] * in.q[i] * U2 / 3.0);
            double a0 = fit_eisf_model(in.q[i], 1.0 - mobile, BOND), a1 = d * (1.0 - a0);
            in.plateau[g * NQ + i] = d * a0;
            qens_model(&model, d * a0, &width[g], &a1, 0.0, NE, in.energy,
                       in.s + (g * NQ + i) * NE);
        }
    }
    return in;
}

static void answer_comes_back_exactly(void **state)
{
    (void)state;
    QensOptions o = options(0);
    double width[GROUPS];
    for (size_t g = 0; g < GROUPS; g++)
        width[g] = WIDTH;
    QensInput in = spectra(0.7, width);
    Qens q;
    assert_ok(qens_analyse(&o, &in, &q));
    assert_int_equal(q.experiment.best, 1);
    double a0 = fit_eisf_model(1.35, 0.3, BOND); /* by the cubic through 0.8, 1.1, 1.4, 1.7 1/A */
    assert_near(q.value[QENS_EISF], a0, 1e-4);
    assert_near(q.value[QENS_HWHM1], WIDTH, 1e-6);
    assert_near(q.value[QENS_RESIDENCE1_C3], 1.5 * UNITS_HBAR_MEV_PS / WIDTH, 1e-5);
    assert_near(q.value[QENS_P], 0.3, 1e-5);
    assert_near(q.value[QENS_D], BOND, 1e-5);
    assert_near(q.value[QENS_U2], U2, 1e-5);
    assert_near(q.value[QENS_EISF_PLATEAU], a0,
                1e-3); /* D is interpolated linearly with the plateau */
    assert_true(isnan(q.value[QENS_HWHM2]) && isnan(q.error[QENS_HWHM2]));
    for (size_t k = 0; k < QENS_NUMBERS; k++)
        if (!isnan(q.value[k]))
            assert_near(q.error[k], 0, 1e-6); /* no noise, and all groups are alike */
    assert_int_equal(q.replicates, GROUPS);
    qens_clear(&q);
}

/* Groups whose widths scatter: the jackknife must give the error of their mean; it is no second Lorentzian. */
static void groups_scatter(void **state)
{
    (void)state;
    QensOptions o = options(0);
    double width[GROUPS], sum = 0, square = 0;
    for (size_t g = 0; g < GROUPS; g++) {
        width[g] = WIDTH * (1.0 + 0.01 * (g % 2 ? 1.0 : -1.0) * (1.0 + (double)(g / 2)));
        sum += width[g] / GROUPS;
    }
    for (size_t g = 0; g < GROUPS; g++)
        square += (width[g] - sum) * (width[g] - sum);
    QensInput in = spectra(1.0, width);
    Qens q;
    assert_ok(qens_analyse(&o, &in, &q));
    assert_int_equal(q.experiment.best, 1);
    double error = sqrt(square / (GROUPS * (GROUPS - 1.0)));
    assert_near(q.sampling[QENS_HWHM1], error, 0.05 * error);
    assert_near(q.error[QENS_HWHM1], q.sampling[QENS_HWHM1], 0);
    qens_clear(&q);
    /* with noise: the same sampling error, and that of counting beside it */
    o = options(1e5);
    in = spectra(1.0, width);
    assert_ok(qens_analyse(&o, &in, &q));
    assert_near(q.sampling[QENS_HWHM1], error, 0.1 * error);
    assert_true(q.counting[QENS_HWHM1] > 1e-4);
    assert_near(q.error[QENS_HWHM1], hypot(q.counting[QENS_HWHM1], q.sampling[QENS_HWHM1]), 1e-15);
    qens_clear(&q);
}

/* A window that reaches a mode: it is found in chi'' and fitted with the rest; width, EISF and Eq. 4 are what they are without it. */
static void a_mode_in_the_window(void **state)
{
    (void)state;
    enum { WIDE = 220 };
    QensOptions o = options(0);
    o.modes = 4, o.lowest_mode = 2.0;
    QensInput in = {.groups = GROUPS, .nq = NQ, .ne = WIDE};
    in.q = MEM_NEW(double, NQ);
    in.energy = MEM_NEW(double, WIDE);
    in.s = MEM_NEW(double, GROUPS *NQ *WIDE);
    in.weight = MEM_NEW(double, GROUPS);
    in.plateau = MEM_NEW(double, GROUPS *NQ);
    in.drift = MEM_NEW(double, GROUPS *NQ);
    const FitQensModel model = {.fwhm = 0.065, .lines = 1, .temperature = 310, .oscillators = 1};
    const double width = WIDTH, energy = 3.2, damping = 0.4;
    for (size_t k = 0; k < WIDE; k++)
        in.energy[k] = -5.0 + 0.03 * (double)k;
    for (size_t g = 0; g < GROUPS; g++)
        in.weight[g] = 8;
    for (size_t i = 0; i < GROUPS * NQ; i++) {
        double q = in.q[i % NQ] = 0.5 + 0.3 * (double)(i % NQ), d = exp(-q * q * U2 / 3.0);
        double a0 = fit_eisf_model(q, 0.3, BOND), parts[4 * WIDE];
        const double own[4] = {d * a0, d * (1.0 - a0), 1.0 - d, 0.0};
        const FitQensSpectrum s = {.q = q, .n = WIDE, .energy = in.energy, .y = parts};
        fit_qens_shape(&model, &s, 0, &width, &energy, &damping, own, parts);
        for (size_t k = 0; k < 4 * WIDE; k++)
            in.s[i * WIDE + k % WIDE] += parts[k];
        in.plateau[i] = d * a0;
    }
    Qens q;
    assert_ok(qens_analyse(&o, &in, &q));
    assert_int_equal(q.chi.modes, 1);
    assert_near(q.chi.fit.energy[0], energy, 1e-5);
    assert_near(q.model.energy[0], energy, 1e-5);
    assert_int_equal(q.experiment.best, 1);
    assert_near(q.value[QENS_HWHM1], WIDTH, 1e-5);
    assert_near(q.value[QENS_P], 0.3, 1e-4);
    assert_near(q.value[QENS_D], BOND, 1e-4);
    assert_near(q.value[QENS_U2], U2, 1e-4);
    assert_near(qens_misfit(&q), 0.0, 1e-6);
    qens_clear(&q);
}

/* What does not turn has no width; its EISF is 1 within a small error, draw after draw. */
static void nothing_turns(void **state)
{
    (void)state;
    enum { DRAWS = 10 };
    double width[GROUPS], square = 0;
    for (size_t g = 0; g < GROUPS; g++)
        width[g] = WIDTH;
    for (int64_t k = 0; k < DRAWS; k++) {
        QensOptions o = options(1e5);
        o.instrument.seed = k;
        o.lines = 1;
        QensInput in = spectra(0.0, width);
        Qens q;
        assert_ok(qens_analyse(&o, &in, &q));
        assert_int_equal(q.experiment.best, 0);
        assert_true(isnan(q.value[QENS_HWHM1]) && isnan(q.value[QENS_P]));
        assert_true(q.error[QENS_EISF] > 0 && q.error[QENS_EISF] < 0.01);
        square += pow((q.value[QENS_EISF] - 1.0) / q.error[QENS_EISF], 2);
        char *status = qens_status(&q);
        assert_non_null(strstr(status, "no Lorentzian"));
        free(status);
        qens_clear(&q);
    }
    assert_near(square / DRAWS, 1.0, 4.0 * sqrt(2.0 / DRAWS));
}

/* A run that is too short, spectra that are no Lorentzians, a line broader than the window: all said, none hidden. */
static void trouble_is_said(void **state)
{
    (void)state;
    QensOptions o = options(1e5);
    double width[GROUPS];
    for (size_t g = 0; g < GROUPS; g++)
        width[g] = WIDTH;
    QensInput in = spectra(1.0, width);
    for (size_t k = 0; k < GROUPS * NQ; k++) {
        in.drift[k] = 0.05;
        for (size_t i = 0; i < NE; i++) /* what a cut of I(Q,t) at 7 ps does */
            in.s[k * NE + i] += 0.05 * (1.0 + cos(in.energy[i] * 7.0 / UNITS_HBAR_MEV_PS));
    }
    Qens q;
    assert_ok(qens_analyse(&o, &in, &q));
    char *status = qens_status(&q);
    assert_near(q.value[QENS_DRIFT], 0.05, 1e-12);
    assert_true(qens_misfit(&q) > 1.5);
    assert_non_null(strstr(status, "too short"));
    assert_non_null(strstr(status, "does not describe"));
    free(status);
    qens_clear(&q);
    for (size_t g = 0; g < GROUPS; g++)
        width[g] = 2.5; /* the window ends at 1.5 meV */
    in = spectra(1.0, width);
    assert_ok(qens_analyse(&o, &in, &q));
    assert_int_equal(q.experiment.best, 0);
    qens_clear(&q);
}

static void held_line_is_linear(void **state)
{
    (void)state;
    double energy[NE], y[NE], area[3], covariance[9], width = 0.2, line = 30.0;
    FitQensModel m = {.fwhm = 0.065, .lines = 1, .temperature = 310, .width_start = {width}};
    for (size_t k = 0; k < NE; k++)
        energy[k] = -1.5 + 0.03 * (double)k;
    qens_model(&m, 100.0, &width, &line, 2.0, NE, energy, y);
    FitQensSpectrum s = {.q = 1, .n = NE, .energy = energy, .y = y};
    assert_ok(fit_qens_held(&m, &s, 0, y, area, covariance));
    assert_near(area[0], 100.0, 1e-9);
    assert_near(area[1], 30.0, 1e-9);
    assert_near(area[2], 2.0, 1e-9);
    assert_true(covariance[0] > 0 && covariance[4] > 0 && covariance[1] < 0);
    m.width_start[0] = 1e-9; /* without detailed balance this is a second elastic line */
    m.temperature = 0;
    assert_int_equal(fit_qens_held(&m, &s, 0, y, area, covariance), ERR_NUMERICAL);
}

static void wrong_input_is_refused(void **state)
{
    (void)state;
    QensOptions o = options(0);
    double width[GROUPS];
    for (size_t g = 0; g < GROUPS; g++)
        width[g] = WIDTH;
    QensInput in = spectra(0.5, width);
    Qens q;
    o.at = 2.1;
    assert_int_equal(qens_analyse(&o, &in, &q), ERR_INPUT);
    qens_clear(&q);
    o = options(0);
    in = spectra(0.5, width);
    in.groups = 1;
    assert_int_equal(qens_analyse(&o, &in, &q), ERR_INPUT);
    qens_clear(&q);
}

static void rates_of_the_answer_key(void **state)
{
    (void)state;
    ConstructedOptions o = {.motion = CONSTRUCTED_C2, .tau = 3, .bond = BOND, .vibration = 0.1};
    assert_near(constructed_rate(&o), 2.0 / 3.0, 1e-9);
    o.motion = CONSTRUCTED_C3;
    assert_near(constructed_rate(&o), 1.5 / 3.0, 1e-9);
    o.motion = CONSTRUCTED_TETRAHEDRAL;
    o.c3_fraction = 0.25; /* 8 nu3 + 4 nu2 */
    assert_near(constructed_rate(&o), (0.25 + 4.0 / 3.0 * 0.75) / 3.0, 1e-9);
    o.motion = CONSTRUCTED_REST;
    assert_near(constructed_rate(&o), 0.0, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answer_comes_back_exactly), cmocka_unit_test(groups_scatter),
        cmocka_unit_test(a_mode_in_the_window),      cmocka_unit_test(nothing_turns),
        cmocka_unit_test(trouble_is_said),           cmocka_unit_test(held_line_is_linear),
        cmocka_unit_test(wrong_input_is_refused),    cmocka_unit_test(rates_of_the_answer_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
