/* Time-of-flight spectrometer: published widths and Q ranges of TOFTOF, detectors, descriptions that are wrong. */
#include "check.h"

#include "analysis/instrument_tof.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static InstrumentTof toftof(void)
{
    InstrumentTof i;
    assert_ok(instrument_tof_read(NULL, &i));
    return i;
}

/* The instrument control's own test (6 A, 14000/min, dL = 0: 48 ueV) and the figures of material facts 4.1 */
static void widths(void **state)
{
    (void)state;
    InstrumentTof i = toftof();
    assert_near(instrument_tof_computed_fwhm(&i, 0), 0.1018, 5e-5);
    i.speed = 14000;
    assert_near(instrument_tof_computed_fwhm(&i, 0), 0.0889, 5e-5);
    i.path_spread = 0;
    assert_near(instrument_tof_computed_fwhm(&i, 0), 0.0826, 5e-5);
    i.wavelength = 6;
    assert_near(instrument_tof_computed_fwhm(&i, 0), 0.048, 0.0005);
    instrument_tof_clear(&i);
}

/* Material facts 4.1: energy gain, FWHM scaled to 65 ueV at the elastic line, Q min and max */
static const double table[][4] = {
    {-2, 40, 0.49, 1.92},   {-1, 51, 0.26, 2.16},  {0, 65, 0.17, 2.36},    {1, 82, 0.25, 2.52},
    {2, 101, 0.39, 2.68},   {3, 123, 0.52, 2.81},  {4.2, 150, 0.67, 2.97}, {5.4, 181, 0.82, 3.11},
    {9.4, 297, 1.24, 3.52}, {15, 492, 1.73, 4.01}, {30, 1161, 2.77, 5.03},
};

static void published_table(void **state)
{
    (void)state;
    InstrumentTof i = toftof();
    Resolution r;
    i.e_low = -31;
    i.e_high = 2;
    i.e_step = 0.1;
    assert_near(instrument_tof_incident(&i), 3.2722, 1e-4);
    assert_ok(instrument_tof_resolution(&i, &r));
    for (size_t k = 0; k < sizeof table / sizeof *table; k++) {
        double low, high;
        instrument_tof_q_range(&i, -table[k][0], &low, &high);
        assert_near(low, table[k][2], 0.0055);
        assert_near(high, table[k][3], 0.0055);
        assert_near(1e3 * resolution_fwhm(&r, -table[k][0]), table[k][1], 0.75);
        assert_near(instrument_tof_angle(&i, low, -table[k][0]), i.angle_low, 1e-9);
        assert_near(instrument_tof_angle(&i, high, -table[k][0]), i.angle_high, 1e-9);
    }
    assert_near(resolution_fwhm(&r, 0), 0.065, 1e-9);
    resolution_clear(&r);
    i.fwhm = 0;
    assert_ok(instrument_tof_resolution(&i, &r));
    assert_near(resolution_fwhm(&r, 0), 0.1018, 5e-5);
    resolution_clear(&r);
    instrument_tof_clear(&i);
}

/* 14000/min, ratio 4: slower than 8.48 A is not seen, 2.13 meV loss */
static void frame(void **state)
{
    (void)state;
    InstrumentTof i = toftof();
    i.speed = 14000;
    assert_near(instrument_tof_loss_limit(&i), 2.13, 0.006);
    assert_true(isnan(instrument_tof_q(&i, 90, 3.3)));
    assert_true(isnan(instrument_tof_angle(&i, 1, 3.3)));
    assert_near(instrument_tof_kf_over_ki(&i, -2), sqrt(1 + 2 / 3.2722), 1e-4);
    instrument_tof_clear(&i);
}

static Err read(const char *text, InstrumentTof *i)
{
    Config *c;
    assert_ok(config_parse("tof.yaml", text, strlen(text), &c));
    Err e = instrument_tof_read(config_root(c), i);
    config_close(c);
    return e;
}

static void detectors(void **state)
{
    (void)state;
    InstrumentTof i;
    double *at;
    assert_ok(read("output: constant_angle\nangles: [10 degree, 30 degree, 50 degree, 70 degree]\n"
                   "gaps: [29 degree, 31 degree, 60 degree, 61 degree]\n",
                   &i));
    assert_int_equal(instrument_tof_spectra(&i, &at), 3);
    assert_near(at[1], 50, 1e-12);
    free(at);
    assert_true(instrument_tof_has_detector(&i, 10) && instrument_tof_has_detector(&i, 62));
    assert_false(instrument_tof_has_detector(&i, 9) || instrument_tof_has_detector(&i, 60.5) ||
                 instrument_tof_has_detector(&i, NAN));
    instrument_tof_clear(&i);
    i = toftof();
    assert_int_equal(instrument_tof_spectra(&i, &at), 20);
    assert_near(at[19], 2.2, 1e-12);
    free(at);
    assert_int_equal(instrument_tof_edges(&i, &at), 301);
    assert_near(at[150] + at[151], 0, 1e-12); /* a bin around the elastic line */
    free(at);
    instrument_tof_clear(&i);
}

/* inputs/instruments/toftof-5A.yaml says what is built in. */
static void file_is_built_in(void **state)
{
    (void)state;
    static char text[8000];
    FILE *file = fopen(PW_SOURCE_DIR "/inputs/instruments/toftof-5A.yaml", "r");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    fclose(file);
    InstrumentTof a, b = toftof();
    assert_ok(read(text, &a));
    char *printed[2] = {NULL, NULL};
    config_print(&printed[0], 0, false, instrument_tof_nfields, instrument_tof_fields, &a);
    config_print(&printed[1], 0, false, instrument_tof_nfields, instrument_tof_fields, &b);
    assert_string_equal(printed[0], printed[1]);
    free(printed[0]), free(printed[1]);
    instrument_tof_clear(&a), instrument_tof_clear(&b);
    assert_true(instrument_tof_is_known("toftof-5A") && !instrument_tof_is_known("in5"));
}

static void refused(const char *text, const char *why)
{
    InstrumentTof i;
    if (read(text, &i) != ERR_INPUT)
        fail_msg("'%s' is accepted", text);
    if (strstr(err_message(), why) == NULL)
        fail_msg("'%s' does not say '%s'", err_message(), why);
}

static void wrong_descriptions(void **state)
{
    (void)state;
    refused("wavelength: 5\n", "tof.yaml:1: wavelength");
    refused("wavelenght: 5 A\n", "wavelength");
    refused("speed: 12000 rpn\n", "tof.yaml:1: speed");
    refused("gaps: [10 degree]\n", "tof.yaml:1: gaps: pairs of angles");
    refused("gaps: [10 degree, 9 degree]\n", "pairs of angles");
    refused("angles: [30 degree, 20 degree]\n", "angles must increase");
    refused("angle_low: 150 degree\n", "not above angle_low");
    refused("q_high: 2.5 1/angstrom\n", "the detectors see elastic Q of 0.166 to 2.36");
    refused("e_low: 1 meV\ne_high: 1 meV\n", "holds no bin");
    refused("e_low: 2.5 meV\ne_high: 3 meV\n", "lose at most 2.436 meV");
    refused("e_step: 1e-5 meV\ne_low: -900 meV\n", "more than 1000000 bins");
    refused("time: 1 h\n", "belong together");
    refused("holder: {shape: ball}\n", "shape");
    refused("holder: {shape: slab, density: 0 g/cm3}\n", "scatters nothing");
    refused("sample_to_detector: 0 m\n", "longer than 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(widths),
        cmocka_unit_test(published_table),
        cmocka_unit_test(frame),
        cmocka_unit_test(detectors),
        cmocka_unit_test(file_is_built_in),
        cmocka_unit_test(wrong_descriptions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
