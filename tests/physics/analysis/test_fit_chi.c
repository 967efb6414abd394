/* Modes from chi'': four, two or none are found where they are, from counts alone; the scale chi0; chi'' is odd; <u^2> comes back in
 * both conventions. */
#include "check.h"

#include "analysis/fit_chi.h"
#include "analysis/fit_debye_waller.h"
#include "base/rng.h"
#include "base/units.h"

#include <stdlib.h>

enum { NQ = 6, NE = 300, MODES = 4 };

static const double ENERGY[MODES] = {3.0, 4.2, 5.4, 9.4}, DAMPING[MODES] = {0.25, 0.3, 0.35, 0.9},
                    WIDTH = 0.15, KELVIN = 310, U2 = 0.27;

typedef struct Data {
    double e[NE], bin[NE], y[NQ][NE], q[NQ];
    FitQensSpectrum spectra[NQ];
} Data;

static void make(const FitQensModel *m, const int which[], bool noise, Data *d)
{
    double edge = -13, energy[MODES], damping[MODES];
    for (int i = 0; i < NE; i++) {
        d->bin[i] = edge < -1.5 ? 0.08 : 0.02;
        d->e[i] = edge + 0.5 * d->bin[i], edge += d->bin[i];
    }
    for (int k = 0; k < m->oscillators; k++)
        energy[k] = ENERGY[which[k]], damping[k] = DAMPING[which[k]];
    for (int s = 0; s < NQ; s++) {
        double q = 0.5 + 0.3 * s, dw = exp(-q * q * U2 / 3), parts[(3 + MODES) * NE];
        double own[3 + MODES] = {4e4 * dw * 0.7, 4e4 * dw * 0.3};
        for (int k = 0; k < m->oscillators; k++)
            own[2 + k] = 2e4 * (1 - dw);
        own[2 + m->oscillators] = 30;
        d->q[s] = q;
        d->spectra[s] =
            (FitQensSpectrum){.q = q, .n = NE, .energy = d->e, .y = d->y[s], .bin = d->bin};
        fit_qens_shape(m, &d->spectra[s], (size_t)s, &WIDTH, energy, damping, own, parts);
        for (int i = 0; i < NE; i++) {
            double mean = 0;
            for (int k = 0; k < 3 + m->oscillators; k++)
                mean += parts[k * NE + i];
            d->y[s][i] =
                noise ? (double)rng_poisson(9, RNG_TEST, (uint64_t)s, (uint64_t)i, mean) : mean;
        }
    }
}

static void modes_are_found(void **state)
{
    (void)state;
    static Data d;
    const int which[3][MODES] = {{0, 1, 2, 3}, {1, 3}, {0}}, count[3] = {4, 2, 0};
    for (int c = 0; c < 3; c++) {
        Resolution r;
        static const double at[] = {-10, -4, 0, 2}, fwhm[] = {0.3, 0.15, 0.065, 0.04};
        assert_ok(resolution_table(&r, 4, at, fwhm));
        FitQensModel m = {
            .resolution = &r, .lines = 1, .temperature = KELVIN, .oscillators = count[c]};
        make(&m, which[c], true, &d);
        FitChi x;
        m.oscillators = 0;
        assert_ok(fit_chi(&m, NQ, d.spectra, MODES, 1.5, 0, NULL, KELVIN, &x));
        print_message("%d modes, found %d:", count[c], x.modes);
        assert_int_equal(x.modes, count[c]);
        double kt = UNITS_KB_MEV * KELVIN, strength = 0;
        for (int s = 0; s < NQ; s++)
            strength += 2e4 * (1 - exp(-d.q[s] * d.q[s] * U2 / 3));
        for (int k = 0; k < x.modes; k++) {
            print_message(" %.3f +- %.3f", x.fit.energy[k], x.fit.energy_error[k]);
            assert_near(x.fit.energy[k], ENERGY[which[c][k]], 4 * x.fit.energy_error[k]);
            assert_near(x.fit.damping[k], DAMPING[which[c][k]], 4 * x.fit.damping_error[k]);
            assert_near(x.chi0[k], strength / kt, 4 * x.chi0_error[k]);
        }
        print_message("\n");
        for (size_t i = 0; i < x.n; i++) /* gain: negative, as the paper's minus sign says */
            assert_true(x.chi[i] * x.energy[i] >= 0 && x.chi_error[i] >= 0);
        fit_chi_apply(&x, &m);
        FitQensResult f;
        FitDebyeWaller w;
        assert_ok(fit_qens(&m, NQ, d.spectra, &f));
        assert_ok(fit_debye_waller(&f, d.q, &w));
        assert_near(w.u2, U2, 4 * w.u2_error);
        assert_near(w.u2_x, w.u2 / 3, 1e-15);
        assert_near(w.ln_scale, log(4e4), 4 * w.ln_scale_error);
        fit_qens_clear(&f);
        fit_chi_clear(&x);
        resolution_clear(&r);
    }
}

static void exact_data_and_given_starts(void **state)
{
    (void)state;
    static Data d;
    const int which[] = {0, 1, 2, 3};
    FitQensModel m = {.fwhm = 0.1, .lines = 1, .temperature = KELVIN, .oscillators = 4};
    make(&m, which, false, &d);
    FitChi x;
    const double start[] = {2.9, 4.3, 5.6, 9.0};
    assert_ok(fit_chi(&m, NQ, d.spectra, 0, 1.5, 4, start, KELVIN, &x));
    for (int k = 0; k < 4; k++) {
        assert_near(x.fit.energy[k], ENERGY[k], 1e-5);
        assert_near(x.fit.damping[k], DAMPING[k], 1e-5);
    }
    for (size_t i = 0; i < x.n; i++) {
        double sum = 0;
        for (int k = 0; k < 7; k++)
            sum += x.parts[(size_t)k * x.n + i];
        assert_near(sum, x.chi[i], 1e-5 * fabs(x.chi[i]) + 1e-6);
    }
    fit_chi_clear(&x);
    FitQensSpectrum two[2] = {d.spectra[0], d.spectra[1]};
    two[1].n--; /* does not see all: left out */
    assert_ok(fit_chi(&m, 2, two, 4, 1.5, 4, start, KELVIN, &x));
    assert_int_equal(x.summed, 1);
    fit_chi_clear(&x);
    assert_int_equal(fit_chi(&m, 2, two, 4, 1.5, 0, NULL, 0, &x), ERR_INPUT);
    fit_chi_clear(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modes_are_found),
        cmocka_unit_test(exact_data_and_given_starts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
