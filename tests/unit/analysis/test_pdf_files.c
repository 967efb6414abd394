/* Curves as text: what is written is read, files of other programs, bad files by their messages, damaged files. */
#define _POSIX_C_SOURCE 200809L /* mkdtemp */
#include "check.h"
#include "mutate.h"

#include "analysis/pdf_files.h"
#include "base/mem.h"
#include "base/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *slurp(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    char *bytes = malloc(1 << 20);
    *size = fread(bytes, 1, 1 << 20, f);
    fclose(f);
    return bytes;
}

static void same_number(double a, double b)
{
    if (isnan(b))
        assert_true(isnan(a));
    else
        assert_near(a, b, 1e-9 * fabs(b));
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    enum { N = 200 };
    double x[N], y[N], error[N];
    for (int k = 0; k < N; k++) {
        x[k] = 0.1 + 0.02 * k;
        y[k] = sin(7.0 * x[k]) * 1e-3;
        error[k] = 1e-5 * (k + 1);
    }
    char folder[] = "/tmp/pdf_files_XXXXXX", path[64], formula[] = "Mg1 B2 H8",
         title[] = "gamma, 310 K";
    assert_non_null(mkdtemp(folder));
    for (int curve = PDF_GR; curve <= PDF_XY; curve++)
        for (int with = 0; with < 2; with++) {
            PdfData d = {.curve = (PdfCurve)curve,
                         .n = N,
                         .x = x,
                         .y = y,
                         .error = with ? error : NULL,
                         .composition = formula,
                         .title = title,
                         .neutron = with,
                         .qmin = 0.5,
                         .qmax = 23.8,
                         .qmaxinst = 25,
                         .rpoly = 0.9,
                         .wavelength = 0.20723,
                         .temperature = with ? NAN : 310,
                         .qdamp = 0.035,
                         .qbroad = 0};
            snprintf(path, sizeof path, "%s/a%s", folder, pdf_files_ending(d.curve));
            assert_ok(pdf_files_write_data(path, &d,
                                           "made for a test\nqmax = 3, says a remark too late"));
            size_t size;
            char *bytes = slurp(path, &size);
            PdfData r;
            assert_ok(pdf_files_read(path, bytes, size, &r));
            assert_int_equal(r.curve, curve);
            assert_int_equal(r.n, N);
            for (int k = 0; k < N; k++) {
                same_number(r.x[k], x[k]);
                same_number(r.y[k], y[k]);
                if (with)
                    assert_near(r.error[k], error[k], 1e-4 * error[k]);
            }
            assert_true((r.error != NULL) == (with == 1));
            assert_string_equal(r.composition, formula);
            assert_string_equal(r.title, title);
            assert_int_equal(r.neutron, with);
            const double mine[] = {d.qmin,        d.qmaxinst, d.rpoly, d.wavelength,
                                   d.temperature, d.qdamp,    d.qbroad};
            const double theirs[] = {r.qmin,        r.qmaxinst, r.rpoly, r.wavelength,
                                     r.temperature, r.qdamp,    r.qbroad};
            for (int k = 0; k < 7; k++)
                same_number(theirs[k], mine[k]);
            pdf_data_clear(&r);
            free(bytes);
            remove(path);
        }
    assert_int_equal(rmdir(folder), 0);
}

static Err read_string(const char *name, const char *text, PdfData *d)
{
    return pdf_files_read(name, text, strlen(text), d);
}

static const char pdfgetx3[] =
    "[DEFAULT]\n\nversion = pdfgetx3 2.0.0\n\n# input and output specifications\ndataformat = "
    "twotheta\n"
    "inputfile = gamma.chi\nbackgroundfile = capillary.chi\noutputtype = gr\n\n# PDF calculation "
    "setup\n"
    "mode = xray\nwavelength = 0.20723\ntwothetazero = 0\ncomposition = Mg (B H4)2\nbgscale = "
    "0.98\nrpoly = 0.9\n"
    "qmaxinst = 24\nqmin = 0.5\nqmax = 23.8\nrmin = 0\nrmax = 60\nrstep = 0.01\n\n"
    "# End of config --------------------------------------------------------------\n#### start "
    "data\n\n#S 1\n"
    "#L r($\\AA$)  G($\\AA^{-2}$)\n0 0\n0.01 -0.0123\n0.02 -2.5e-2\n";

static void other_programs(void **state)
{
    (void)state;
    PdfData d;
    assert_ok(read_string("x/gamma.GR", pdfgetx3, &d));
    assert_int_equal(d.n, 3);
    assert_int_equal(d.curve, PDF_GR);
    assert_near(d.x[2], 0.02, 0);
    assert_near(d.y[2], -0.025, 0);
    assert_near(d.qmaxinst, 24, 0);
    assert_near(d.qmax, 23.8, 0);
    assert_near(d.rpoly, 0.9, 0);
    assert_string_equal(d.composition, "Mg (B H4)2");
    assert_null(d.error);
    assert_false(d.neutron);
    pdf_data_clear(&d);
    /* PDFgetX2 and PDFgui; lines end as on Windows, settings share a line, four columns */
    assert_ok(read_string(
        "ni.gr",
        "History written: Fri 2003\r\nstype=N  qmax=27.5 qsig=0.01 temp=300\r\n"
        "##### Run Information\r\n#### start data\r\n#S 1 - PDF from PDFgetN\r\n#P0 -22.0 0.6\r\n"
        "#L r G(r) dr dG(r)\r\n\r\n0.01\t-0.5 0.0 0.1\r\n0.02 -0.25 0.0 0.2\r\n",
        &d));
    assert_true(d.neutron);
    assert_near(d.qmax, 27.5, 0);
    assert_near(d.qdamp, 0.01, 0);
    assert_near(d.temperature, 300, 0);
    assert_near(d.error[1], 0.2, 0);
    assert_int_equal(d.n, 2);
    pdf_data_clear(&d);
    /* bare columns, with commas; the header is a line of names */
    assert_ok(read_string("a.iq", "Q,I\n0.5,10\n\n0.6 , 11\n# a remark\n0.7,12", &d));
    assert_int_equal(d.n, 3);
    assert_true(isnan(d.qmax));
    assert_null(d.composition);
    pdf_data_clear(&d);
    assert_ok(read_string("a.xy", "! powder\n1 10 3\n2 11 4\n", &d));
    assert_near(d.error[1], 4, 0);
    pdf_data_clear(&d);
}

static void bad_files_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *message;
    } bad[] = {
        {"a.dat", "1 2\n2 3\n",
         "a.dat: what kind of curve is this? The name must end with .gr, .fq, .sq, .iq or .xy"},
        {"a.gr", "", "a.gr:0: no line of numbers in the file"},
        {"a.gr", "qmin = 1\n#### start data\n",
         "a.gr:2: the file ends after 0 points, at least two are wanted"},
        {"a.gr", "#### start data\n1 2\n",
         "a.gr:2: the file ends after 1 points, at least two are wanted"},
        {"a.gr", "1 2\n2 x\n", "a.gr:2: not a line of numbers: \"2 x\""},
        {"a.gr", "1 2\n2 3z\n", "a.gr:2: not a line of numbers: \"2 3z\""},
        {"a.gr", "1 2\n2\n", "a.gr:2: one column only, two are wanted: \"2\""},
        {"a.gr", "1 2\n2 nan\n", "a.gr:2: a number is not finite: \"2 nan\""},
        {"a.gr", "1 2\n2 1e999\n", "a.gr:2: a number is not finite: \"2 1e999\""},
        {"a.gr", "1 2\n1 3\n", "a.gr:2: the first column does not increase: \"1 3\""},
        {"a.fq", "1 2\n3 4\n2 3\n", "a.fq:3: the first column does not increase: \"2 3\""},
        {"a.sq", "1 2\n2 3 0.1\n",
         "a.sq:2: not as many columns as in the lines before: \"2 3 0.1\""},
        {"a.iq", "-1 2\n2 3\n", "a.iq:1: Q or 2 theta is negative: \"-1 2\""},
        {"a.xy", "1 2\n181 3\n", "a.xy:2: 2 theta is beyond 180 degrees: \"181 3\""},
        {"a.iq", "1 2 1\n2 3 -1\n", "a.iq:2: a standard error is negative: \"2 3 -1\""},
        {"a.gr", "qmax = wide\n1 2\n2 3\n", "a.gr:1: a number is wanted after =: \"qmax = wide\""},
    };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        PdfData d;
        assert_int_equal(read_string(bad[k].name, bad[k].text, &d), ERR_INPUT);
        assert_string_equal(err_message(), bad[k].message);
        pdf_data_clear(&d);
    }
    PdfData d;
    assert_int_equal(pdf_files_read("a.gr", "1 2\n\0 3\n", 8, &d), ERR_INPUT);
    assert_string_equal(err_message(), "a.gr: not a text: it has a byte 0");
}

static void compositions(void **state)
{
    (void)state;
    static const char *const same[] = {"Mg1 B2 H8", "Mg(BH4)2",    " Mg (B H4)2",
                                       "Mg B2H8",   "MgBH4 B1 H4", "((Mg)(BH4)2)3"};
    static const char *const bad[] = {
        "",  "Xe", "Mg(BH4", "Mg)", "Mg0", "mg", "Mg-", "Mg(BH4)2 )", "((((((((((Mg))))))))))",
        "()"};
    const Species *species[SAMPLE_MAX_SPECIES];
    double share[SAMPLE_MAX_SPECIES];
    int n;
    for (size_t k = 0; k < sizeof same / sizeof *same; k++) {
        assert_ok(pdf_files_parse_composition(same[k], &n, species, share));
        assert_int_equal(n, 3);
        for (int a = 0; a < 3; a++)
            assert_near(share[a],
                        species[a]->z == 12  ? 1.0 / 11
                        : species[a]->z == 5 ? 2.0 / 11
                                             : 8.0 / 11,
                        1e-12);
    }
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
        assert_int_equal(pdf_files_parse_composition(bad[k], &n, species, share), ERR_INPUT);
}

/* One to four bytes changed, some of the end cut off: read or refused, nothing else. PW_MUTATIONS says how often. */
static void damaged_files_are_read_or_refused(void **state)
{
    (void)state;
    const long times = (long)mutate_count(4000);
    long refused = 0;
    size_t size = sizeof pdfgetx3 - 1;
    for (long t = 0; t < times; t++) {
        uint32_t w[4];
        rng_words(3, RNG_TEST, (uint64_t)t, 0, w);
        size_t n = w[0] % 3 == 0 ? w[1] % size : size;
        char *bytes = malloc(n + 1); /* exactly as long, so that reading beyond is noticed */
        memcpy(bytes, pdfgetx3, n);
        for (uint32_t k = 0; k < 1 + w[2] % 4 && n > 0; k++) {
            uint32_t v[4];
            rng_words(3, RNG_TEST, (uint64_t)t, 1 + k, v);
            size_t at = v[0] % 2 ? v[1] % n : n - 1 - v[1] % (n < 60 ? n : 60);
            bytes[at] = v[2] % 2 ? (char)(v[3] & 255) : "0123456789.-+eE \n#,=n"[v[3] % 21];
        }
        bytes = realloc(bytes, n ? n : 1);
        PdfData d;
        Err e = pdf_files_read("damaged.gr", bytes, n, &d);
        assert_true(e == OK || e == ERR_INPUT);
        refused += e != OK;
        if (e == OK)
            for (size_t k = 1; k < d.n; k++)
                assert_true(d.x[k] > d.x[k - 1] && isfinite(d.y[k]));
        pdf_data_clear(&d);
        free(bytes);
    }
    print_message("%ld of %ld refused\n", refused, times);
    assert_true(refused > times / 10 && refused < times);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(other_programs),
        cmocka_unit_test(bad_files_are_named),
        cmocka_unit_test(compositions),
        cmocka_unit_test(damaged_files_are_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
