/* The experimenter's analysis on synthetic TOFTOF counts with a known answer: 70 % of the BH4 jump about one C3 axis,
 * width, immobile fraction and bond length must come back within their errors, draw after draw. */
#define _POSIX_C_SOURCE 200809L /* mkdtemp */
#include "check.h"
#include "qens_model.h"

#include "analysis/experiment_qens.h"
#include "analysis/instrument_qens.h"
#include "base/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const double IMMOBILE = 0.3, BOND = 1.22, RESIDENCE = 3.0; /* ps */

enum { MAX_Q = 32, MAX_E = 400 };

typedef struct Data {
    size_t nq, ne;
    double *q, *e, counts[MAX_Q][MAX_E];
    FitQensSpectrum spectra[MAX_Q];
} Data;

/* A draw of counts: C3 jumps leave a site at 1/RESIDENCE, so Gamma = 1.5 hbar/RESIDENCE at every Q */
static void draw(const InstrumentQens *i, int64_t seed, Data *d)
{
    InstrumentQens mine = *i;
    FitQensModel truth = {.fwhm = i->fwhm, .lines = 1, .temperature = 310};
    double width = 1.5 * UNITS_HBAR_MEV_PS / RESIDENCE;
    mine.seed = seed;
    d->nq = instrument_qens_q(&mine, &d->q);
    d->ne = instrument_qens_e(&mine, &d->e);
    assert_true(d->nq <= MAX_Q && d->ne <= MAX_E);
    for (size_t k = 0; k < d->nq; k++) {
        double shape[MAX_E], mean[MAX_E], a0 = fit_eisf_model(d->q[k], IMMOBILE, BOND), a1 = 1 - a0;
        qens_model(&truth, a0, &width, &a1, 0, d->ne, d->e, shape);
        assert_ok(instrument_qens_count(&mine, k, d->ne, shape, mean, d->counts[k]));
        d->spectra[k] =
            (FitQensSpectrum){.q = d->q[k], .n = d->ne, .energy = d->e, .y = d->counts[k]};
    }
}

static InstrumentQens toftof(void)
{
    InstrumentQens i;
    assert_ok(config_read(NULL, instrument_qens_nfields, instrument_qens_fields, &i));
    i.q_step = 0.2;
    i.e_step = 0.02;
    i.counts = 2e4;
    i.background = 0.05;
    return i;
}

static void answers_come_back(void **state)
{
    (void)state;
    enum { DRAWS = 40, NUMBERS = 3 };
    InstrumentQens i = toftof();
    double sum[NUMBERS] = {0}, square[NUMBERS] = {0}, flat = 0, points = 0;
    for (int64_t k = 0; k < DRAWS; k++) {
        Data d;
        ExperimentQens x;
        FitQensModel model = {.fwhm = i.fwhm, .lines = 1, .temperature = 310};
        draw(&i, k, &d);
        assert_ok(experiment_qens(&model, d.nq, d.spectra, &x));
        assert_int_equal(x.best, 1);
        assert_true(x.has_eisf);
        double width = 1.5 * UNITS_HBAR_MEV_PS / RESIDENCE;
        const double pull[NUMBERS] = {
            (x.times.residence_c3 - RESIDENCE) / (1.5 * x.times.tau_error),
            (x.eisf.p - IMMOBILE) / x.eisf.p_error, (x.eisf.d - BOND) / x.eisf.d_error};
        for (int n = 0; n < NUMBERS; n++)
            sum[n] += pull[n], square[n] += pull[n] * pull[n];
        for (size_t s = 0; s < d.nq; s++) /* at small Q there is no line to fit alone */
            if (d.q[s] > 0.8 && isfinite(x.free_width_error[s])) {
                flat += pow((x.free_width[s] - width) / x.free_width_error[s], 2);
                points++;
            }
        experiment_qens_clear(&x);
        free(d.q);
        free(d.e);
    }
    for (int n = 0; n < NUMBERS; n++) {
        double mean = sum[n] / DRAWS, sd = sqrt(square[n] / DRAWS - mean * mean);
        print_message("pull %d: mean %.2f sd %.2f\n", n, mean, sd);
        assert_near(mean, 0, 4 / sqrt(DRAWS));
        assert_near(sd, 1, 4 / sqrt(2.0 * DRAWS));
    }
    assert_near(flat / points, 1, 0.25);
}

static void results_are_stored(void **state)
{
    (void)state;
    InstrumentQens i = toftof();
    Data d;
    ExperimentQens x;
    FitQensModel model = {.fwhm = i.fwhm, .lines = 2, .temperature = 310};
    draw(&i, 77, &d);
    assert_ok(experiment_qens(&model, d.nq, d.spectra, &x));
    assert_int_equal(x.best, 1); /* two were tried, one is there */
    char folder[] = "/tmp/qens_XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/out.h5", folder);
    H5 *file;
    assert_ok(h5_create(path, &file));
    assert_ok(experiment_qens_write(&x, file));
    double p, tau, *bic;
    size_t n;
    assert_ok(h5_read_number(file, "eq4/p", &p));
    assert_ok(h5_read_number(file, "tau", &tau));
    assert_ok(h5_read(file, "bic", 1, &n, &bic, NULL));
    assert_near(p, x.eisf.p, 0);
    assert_near(tau, UNITS_HBAR_MEV_PS / x.fit[1].width[0], 1e-12);
    assert_int_equal(n, 3);
    assert_true(bic[1] < bic[0] && bic[1] < bic[2]);
    free(bic);
    h5_close(file);
    rmdir(folder);
    experiment_qens_clear(&x);
    free(d.q);
    free(d.e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_come_back),
        cmocka_unit_test(results_are_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
