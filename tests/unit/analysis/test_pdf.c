/* From frames to files: the observable on gamma with thermal motion, its numbers, the Bragg test,
 * the text files. */
#define _POSIX_C_SOURCE 200809L /* mkdtemp */
#include "check.h"

#include "analysis/bragg.h"
#include "analysis/pdf.h"
#include "analysis/pdf_files.h"
#include "analysis/pdf_numbers.h"
#include "analysis/pdf_results.h"
#include "base/rng.h"
#include "base/units.h"
#include "gamma.h"

#include <stdio.h>
#include <unistd.h>

static Comm *world;

/* Frame `step`: every atom moved by a Gaussian of standard deviation sigma per axis */
static void shake(const Sample *s, uint64_t step, double sigma, double (*x)[3])
{
    for (int64_t i = 0; i < s->n; i++) {
        rng_normal3(21, RNG_TEST, step, (uint64_t)i, 0, x[i]);
        for (int k = 0; k < 3; k++)
            x[i][k] = s->x[i][k] + sigma * x[i][k];
    }
}

static void number_in(H5 *file, const char *name, double *value)
{
    assert_ok(h5_read_number(file, name, value));
}

static void check_results(H5 *file)
{
    double at, error, ratio, limit, crystal, *g, *error_of;
    size_t n;
    number_in(file, "peak/Mg-Mg/position", &at);
    number_in(file, "peak/Mg-Mg/position_error", &error);
    assert_near(at, 4.825, 0.03);
    assert_true(error > 0 && error < 0.02);
    number_in(file, "peak/Mg-Mg_2/position", &at);
    assert_near(at, 7.37, 0.1);
    number_in(file, "peak/Mg-B/position", &at);
    assert_near(at, 2.412, 0.02);
    number_in(file, "peak/Mg-H/position", &at);
    assert_near(at, 2.064, 0.03);
    number_in(file, "bragg/ratio", &ratio);
    number_in(file, "bragg/limit", &limit);
    number_in(file, "bragg/crystal", &crystal);
    assert_true(ratio > 3 * limit);
    assert_near(crystal, 1, 0);
    char unit[32];
    assert_ok(h5_read(file, "xray/neutral/G", 1, &n, &g, unit));
    assert_string_equal(unit, "1/A^2");
    assert_ok(h5_read(file, "xray/neutral/G_error", 1, &n, &error_of, NULL));
    size_t best = 0;
    for (size_t k = 0; k < n; k++)
        if (0.02 * (double)(k + 1) > 2.0 && 0.02 * (double)(k + 1) < 2.8 && g[k] > g[best])
            best = k;
    assert_near(0.02 * (double)(best + 1), 2.40, 0.06);
    assert_true(error_of[best] > 0 && error_of[best] < 0.2 * g[best]);
    free(g);
    free(error_of);
}

/* Run the observable on 12 shaken frames and leave its results in `group` */
static void observe(const Sample *s, double sigma, const char *text, H5 *group)
{
    Config *config;
    assert_ok(config_parse("test", text, strlen(text), &config));
    void *options = calloc(1, pdf_observable.options_size), *work;
    assert_ok(
        config_read(config_root(config), pdf_observable.nfields, pdf_observable.fields, options));
    assert_ok(pdf_observable.open(world, s, options, 0.1, 0, &work));
    double(*x)[3] = malloc((size_t)s->n * sizeof *x);
    for (int step = 0; step < 12; step++) {
        shake(s, (uint64_t)step, sigma, x);
        Frame frame = {
            .step = step, .time = 0.1 * step, .cell = s->cell, .x = (const double(*)[3])x};
        assert_ok(pdf_observable.frame(work, &frame));
    }
    assert_ok(pdf_observable.close(work, group));
    pdf_observable.free(work);
    config_clear(pdf_observable.nfields, pdf_observable.fields, options);
    config_close(config);
    free(options);
    free(x);
}

/* The stored counts are enough to draw the stored curves again */
static void counts_give_the_same_curves(H5 *file)
{
    Gr g;
    InstrumentXray window;
    XrayPdf p[XRAY_WEIGHTS];
    double *stored, *error, part_of_all = 0;
    size_t n;
    assert_ok(pdf_results_counts(file, &g));
    assert_int_equal(g.n, 264);
    assert_ok(pdf_results_window(file, &window));
    XrayOptions o = instrument_xray_options(&window);
    assert_ok(xray_pdf(&g, &o, p));
    assert_ok(h5_read(file, "xray/ionic/G", 1, &n, &stored, NULL));
    assert_ok(h5_read(file, "xray/ionic/G_error", 1, &n, &error, NULL));
    assert_int_equal(n, p[XRAY_IONIC].nr);
    for (size_t k = 0; k < n; k++) {
        assert_near(p[XRAY_IONIC].g[k], stored[k], 1e-9);
        assert_near(p[XRAY_IONIC].g_error[k], error[k], 1e-9);
    }
    /* and its parts by pairs add up to it */
    XrayChain chain;
    assert_ok(xray_chain_init(&chain, &g, &o));
    double *parts = malloc(g.npair * n * sizeof *parts), *level = malloc(g.npair * sizeof *level);
    xray_chain_parts(&chain, XRAY_IONIC, NULL, n, parts, level);
    for (size_t k = 0; k < n; k++) {
        double sum = 0;
        for (size_t pair = 0; pair < g.npair; pair++)
            sum += parts[pair * n + k];
        assert_near(sum, stored[k], 1e-9);
    }
    for (size_t pair = 0; pair < g.npair; pair++)
        part_of_all += level[pair];
    assert_near(part_of_all, 1, 1e-12);
    xray_chain_clear(&chain);
    for (int w = 0; w < XRAY_WEIGHTS; w++)
        xray_pdf_clear(&p[w]);
    free(parts);
    free(level);
    free(stored);
    free(error);
    gr_clear(&g);
}

static void observable_on_gamma(void **state)
{
    (void)state;
    Sample s;
    gamma_sample(&s);
    char folder[] = "/tmp/pdf_XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/out.h5", folder);
    H5 *file;
    assert_ok(h5_create(path, &file));
    observe(&s, 0.08, "rmax: 9 A\nbin: 0.02 A\ninstrument:\n  qdamp: 0.03 1/A\n", file);
    check_results(file);
    counts_give_the_same_curves(file);
    h5_close(file);
    sample_clear(&s);
    assert_int_equal(rmdir(folder), 0);
}

/* Curves of a stored sample, all weights, and the frames of its blocks */
static void stored_curves(H5 *group, XrayPdf p[XRAY_WEIGHTS], double frames[2 * GR_BLOCKS])
{
    Gr g;
    InstrumentXray window;
    assert_ok(pdf_results_counts(group, &g));
    assert_ok(pdf_results_window(group, &window));
    XrayOptions o = instrument_xray_options(&window);
    assert_ok(xray_pdf(&g, &o, p));
    for (size_t b = 0; b < g.nblock; b++)
        frames[b] = (double)g.frames[b];
    gr_clear(&g);
}

/* The same crystal is its own image in all ranges; shaken harder its oscillations are weaker */
static void stored_results_are_compared(void **state)
{
    (void)state;
    Sample s;
    gamma_sample(&s);
    char folder[] = "/tmp/pdf_XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/out.h5", folder);
    H5 *file, *still, *shaken;
    assert_ok(h5_create(path, &file));
    assert_ok(h5_group(file, "still", &still));
    assert_ok(h5_group(file, "shaken", &shaken));
    const char text[] =
        "rmax: 15.5 A\nbin: 0.02 A\nbragg_qmax: 0 1/A\ninstrument: {rstep: 0.05 A}\n";
    observe(&s, 0.05, text, still);
    observe(&s, 0.25, text, shaken);
    XrayPdf a[XRAY_WEIGHTS], b[XRAY_WEIGHTS];
    PdfRegion region[PDF_REGIONS];
    double frames[2 * GR_BLOCKS], shaken_frames[2 * GR_BLOCKS];
    stored_curves(still, a, frames);
    stored_curves(shaken, b, shaken_frames);
    for (int w = 0; w < XRAY_WEIGHTS; w++) {
        assert_ok(pdf_results_regions(&a[w], frames, &a[w], region));
        for (int k = 0; k < PDF_REGIONS; k++)
            assert_near(region[k].correlation, 1, 1e-12);
        assert_ok(pdf_results_regions(&b[w], shaken_frames, &a[w], region));
        for (int k = 0; k < PDF_REGIONS; k++)
            assert_true(region[k].ratio > 0.1 && region[k].ratio < 0.9);
        xray_pdf_clear(&a[w]);
        xray_pdf_clear(&b[w]);
    }
    h5_close_group(still);
    h5_close_group(shaken);
    h5_close(file);
    sample_clear(&s);
    assert_int_equal(rmdir(folder), 0);
}

static void bad_options_are_refused(void **state)
{
    (void)state;
    Sample s;
    gamma_sample(&s);
    Config *config;
    const char text[] = "instrument: {qmax: 60 1/A, wavelength: 0.3 A}\n";
    assert_ok(config_parse("test", text, sizeof text - 1, &config));
    void *options = calloc(1, pdf_observable.options_size), *work;
    assert_ok(
        config_read(config_root(config), pdf_observable.nfields, pdf_observable.fields, options));
    assert_int_equal(pdf_observable.open(world, &s, options, 0.1, 0, &work), ERR_INPUT);
    assert_non_null(strstr(err_message(), "qmax"));
    config_clear(pdf_observable.nfields, pdf_observable.fields, options);
    config_close(config);
    free(options);
    sample_clear(&s);
}

/* gamma has Bragg peaks however it shakes; the same atoms thrown into the box at random have none
 */
static void bragg_tells_crystal_from_gas(void **state)
{
    (void)state;
    Sample unit, s;
    Bragg crystal, gas;
    gamma_sample(&unit);
    sample_supercell(&unit, (const int[3]){2, 1, 1}, &s);
    double(*x)[3] = malloc((size_t)s.n * sizeof *x);
    assert_ok(bragg_init(&crystal, world, &s, &s.cell, 2.5));
    assert_ok(bragg_init(&gas, world, &s, &s.cell, 2.5));
    shake(&s, 0, 0.15, x);
    bragg_add(&crystal, &s.cell, (const double(*)[3])x);
    for (int64_t i = 0; i < s.n; i++) {
        double u[2], w[2], f[3];
        rng_uniform2(2, RNG_TEST, 0, (uint64_t)i, 0, u);
        rng_uniform2(2, RNG_TEST, 0, (uint64_t)i, 1, w);
        f[0] = u[0], f[1] = u[1], f[2] = w[0];
        cell_to_cartesian(&s.cell, f, x[i]);
    }
    bragg_add(&gas, &s.cell, (const double(*)[3])x);
    bragg_reduce(&crystal, world);
    bragg_reduce(&gas, world);
    BraggVerdict yes = bragg_verdict(&crystal), no = bragg_verdict(&gas);
    print_message("crystal %.0f at %.3f 1/A, gas %.1f, limit %.1f\n", yes.ratio, yes.q, no.ratio,
                  no.limit);
    assert_true(yes.crystal);
    assert_false(no.crystal);
    /* a gas scatters like its atoms: mean of I is <f^2>/<f>^2, here over 1 < k < 1.1 */
    double q[25], i[25];
    bragg_shells(&gas, 0.1, 25, q, i);
    double f2 = 0, f1 = 0;
    for (int64_t a = 0; a < s.n; a++) {
        double f = species_f0(species_form_factor(s.species[s.kind[a]]->element), q[20]);
        f1 += f, f2 += f * f;
    }
    assert_near(i[20] / ((double)s.n * f2 / (f1 * f1)), 1.0, 0.25);
    bragg_clear(&gas);
    assert_int_equal(bragg_init(&gas, world, &s, &s.cell, 0.1), ERR_INPUT);
    bragg_clear(&crystal);
    free(x);
    sample_clear(&unit);
    sample_clear(&s);
}

static void regions_compare_curves(void **state)
{
    (void)state;
    enum { NR = 1000, NB = 4 };
    double r[NR], reference[NR], *rows = malloc(sizeof(double) * NB * NR),
                                 weight[NB] = {1, 1, 1, 1};
    for (int k = 0; k < NR; k++) {
        r[k] = 0.02 * (k + 1);
        reference[k] = sin(5 * r[k]);
        double fade = r[k] < 5.1 ? 1.0 : r[k] < 12.3 ? 0.5 : 0.0;
        for (int b = 0; b < NB; b++)
            rows[b * NR + k] = fade * reference[k] + 0.01 * cos(r[k] * (17 + b));
    }
    PdfRegion out[PDF_REGIONS];
    pdf_numbers_regions(NR, r, reference, NB, weight, rows, 1.5, out);
    assert_near(out[0].correlation, 1, 1e-3);
    assert_near(out[0].ratio, 1, 0.01);
    assert_near(out[1].correlation, 1, 1e-3);
    assert_near(out[1].ratio, 0.5, 0.01);
    assert_true(fabs(out[2].correlation) < 0.2);
    assert_true(out[2].ratio < 0.02);
    assert_true(out[1].rms_error > 0 && out[1].rms_error < 0.01);
    assert_near(out[2].high, 20, 1e-9);
    /* without structure, below the first pair, only ripples are left */
    double g[NR];
    for (int k = 0; k < NR; k++)
        g[k] = -4 * PI * r[k] * 0.07 + 0.3 * sqrt(2.0) * sin(60 * r[k]);
    assert_near(pdf_numbers_ripple(NR, r, g, 0.07, 0.2, 0.8), 0.3, 0.01);
    free(rows);
}

static size_t lines_after_start(const char *path, char first[128])
{
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    char line[256];
    size_t n = 0;
    bool data = false, composition = false;
    while (fgets(line, sizeof line, f)) {
        composition = composition || strcmp(line, "composition = Mg1 B2 H8\n") == 0;
        if (data && line[0] != '#' && line[0] != '\n') {
            if (n++ == 0)
                snprintf(first, 128, "%.127s", line);
        }
        data = data || strncmp(line, "#### start data", 15) == 0;
    }
    fclose(f);
    assert_true(composition);
    return n;
}

static void files_are_written(void **state)
{
    (void)state;
    Sample s;
    Gr g;
    InstrumentXray i;
    gamma_sample(&s);
    assert_ok(config_read(NULL, instrument_xray_nfields, instrument_xray_fields, &i));
    assert_near(i.qmax, 23.8, 1e-12);
    assert_near(instrument_xray_angle(&i, 23.8), 46.2, 0.05);
    assert_ok(gr_init(&g, world, &s, 6.0, 0.02));
    gr_add(&g, &s.cell, (const double(*)[3])s.x);
    gr_reduce(&g, world);
    XrayOptions o = instrument_xray_options(&i);
    o.extra.sigma = 0.1;
    XrayPdf p[XRAY_WEIGHTS];
    assert_ok(xray_pdf(&g, &o, p));
    char *composition = pdf_files_composition(&g), path[64], first[128],
         folder[] = "/tmp/pdf_XXXXXX";
    assert_string_equal(composition, "Mg1 B2 H8");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.gr", folder);
    assert_ok(pdf_files_write(path, PDF_GR, &p[0], &i, composition, "gamma"));
    assert_int_equal(lines_after_start(path, first), p[0].nr);
    double r, v, dr, dv;
    assert_int_equal(sscanf(first, "%lf %lf %lf %lf", &r, &v, &dr, &dv), 4);
    assert_near(r, p[0].r[0], 1e-9);
    assert_near(v, p[0].g[0], 1e-6 * fabs(v));
    assert_ok(pdf_files_write(path, PDF_FQ, &p[0], &i, composition, "gamma"));
    assert_int_equal(lines_after_start(path, first), p[0].nq);
    remove(path);
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(pdf_files_write(path, PDF_SQ, &p[0], &i, composition, "gamma"), ERR_FILE);
    for (int w = 0; w < XRAY_WEIGHTS; w++)
        xray_pdf_clear(&p[w]);
    free(composition);
    gr_clear(&g);
    sample_clear(&s);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(observable_on_gamma),     cmocka_unit_test(stored_results_are_compared),
        cmocka_unit_test(bad_options_are_refused), cmocka_unit_test(bragg_tells_crystal_from_gas),
        cmocka_unit_test(regions_compare_curves),  cmocka_unit_test(files_are_written),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
