/* Impedance files: every format back as written and as instruments write it, mistakes with their place, random damage. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"
#include "mutate.h"

#include "analysis/circuit.h"
#include "analysis/impedance_files.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static Err read_text(const char *name, const char *text, ImpedanceFormat format, ImpedanceFile *f)
{
    return impedance_files_read(name, text, strlen(text), format, NULL, NULL, f);
}

static char *slurp(const char *path)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *text = calloc(1, 1 << 20);
    assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
    fclose(file);
    return text;
}

enum { N = 81 };
static double frequency[N];
static double _Complex z[N], z_error[N];

static ImpedanceSpectrum gamma_pellet(void)
{
    Circuit c;
    assert_ok(circuit_parse("p(R1,Q1)", &c));
    for (int i = 0; i < N; i++) {
        frequency[i] = 1e6 * pow(10.0, -0.1 * i);
        z[i] =
            circuit_impedance(&c, (const double[]){1.2e12, 8e-12, 0.93}, 2.0 * PI * frequency[i]);
        z_error[i] = 0.01 * cabs(z[i]) * (1.0 + I);
    }
    return (ImpedanceSpectrum){
        .n = N, .frequency = frequency, .z = z, .error = z_error, .temperature = 313.15};
}

/* What the three writers write is read back to the digits that they print. */
static void written_and_read(void **state)
{
    (void)state;
    const ImpedanceSpectrum s = gamma_pellet();
    static const char *const ending[3] = {".csv", ".z", ".dta"};
    char folder[] = "/tmp/paddlewheel-impedance-XXXXXX", path[80];
    assert_non_null(mkdtemp(folder));
    for (int k = 0; k < 3; k++) {
        snprintf(path, sizeof path, "%s/x%s", folder, ending[k]);
        assert_ok(k == 0   ? impedance_files_write_csv(path, &s, "gamma, \"313 K\"")
                  : k == 1 ? impedance_files_write_zview(path, &s, 0.05, "gamma")
                           : impedance_files_write_gamry(path, &s, 0.05, 1.887, "gamma"));
        char *text = slurp(path);
        ImpedanceFile f;
        assert_ok(read_text(path, text, IMPEDANCE_AUTO, &f));
        assert_int_equal(f.n, 1);
        assert_int_equal(f.spectrum->n, N);
        for (int i = 0; i < N; i++) {
            assert_near(f.spectrum->frequency[i] / frequency[i], 1.0, 1e-9);
            assert_near(cabs(f.spectrum->z[i] / z[i] - 1.0), 0.0, 2e-9);
            if (k == 0)
                assert_near(cabs(f.spectrum->error[i] / z_error[i] - 1.0), 0.0, 1e-4);
        }
        if (k == 0)
            assert_near(f.spectrum->temperature, 313.15, 1e-9);
        else
            assert_true(isnan(f.spectrum->temperature) && f.spectrum->error == NULL);
        impedance_files_clear(&f);
        free(text);
        remove(path);
    }
    rmdir(folder);
    assert_int_equal(impedance_files_write_csv("/none/x.csv", &s, ""), ERR_FILE);
}

/* Files as they come: headers, signs, units, order of rows, separators, decimal commas, bytes that are not UTF-8 */
static void as_instruments_write(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        ImpedanceFormat format;
        const char *text;
    } cases[] = {
        {"plain.csv", IMPEDANCE_AUTO, "1000,10,-2\n100,20,-30\n10,50,-5\n"},
        {"header.csv", IMPEDANCE_AUTO,
         "# made by hand\n\nf/Hz,Z'/ohm,Z''/ohm\n10,50,-5\n1000,10,-2\n100,20,-30\n"},
        {"minus.csv", IMPEDANCE_AUTO,
         "\xef\xbb\xbf\"freq/kHz\";\"Re(Z)/kOhm\";\"-Im(Z)/"
         "Ohm\"\r\n1;0,01;2\r\n0,1;0,02;30\r\n0,01;0,05;5\r\n"},
        {"brackets.txt", IMPEDANCE_AUTO,
         "Frequency (Hz)\tZreal [\xce\xa9]\tx\t\xe2\x88\x92Z\xe2\x80\xb3 "
         "[Ohms]\n1000\t10\t0\t2\n100\t20\t0\t30\n10\t50\t0\t5\n"},
        {"blanks.txt", IMPEDANCE_CSV, "  f   Zre  Zim\n 1e3  10   -2\n 1e2 20  -30\n 10 50 -5\n"},
        {"old.z", IMPEDANCE_AUTO,
         "\"ZView Calculated Data File: Version 1.1\"\n"
         "\"  Freq (Hz)    Ampl     Bias   Time(Sec)   Z'(a)    Z''(b)    GD   Err   Range\"\n"
         " 1.0E+0003, 0.0, 0.0, 1.0, 1.0E+0001, -2.0, 0.0, 0, 0\n 1E2, 0, 0, 2, 20, -30, 0, 0, 0\n "
         "10, 0, 0, 3, 50, -5, 0, 0, 0\n"},
        {"new.z", IMPEDANCE_AUTO,
         "ZPLOT2 ASCII\n  Date: 1\n  "
         "Freq(Hz)\tAmpl\tBias\tTime(Sec)\tZ'(a)\tZ''(b)\tGD\tErr\tRange\nEnd Comments\n"
         "1000\t0\t0\t0\t10\t-2\t0\t0\t0\n100\t0\t0\t0\t20\t-30\t0\t0\t0\n10\t0\t0\t0\t50\t-"
         "5\t0\t0\t0\n"},
        {"g.dta", IMPEDANCE_AUTO,
         "EXPLAIN\r\nTAG\tEISPOT\r\nZCURVE\tTABLE\r\n\tPt\tTime\tFreq\tZreal\tZimag\tZsig\tZphz\r\n"
         "\t#\ts\tHz\tohm\tohm\tV\t\xb0\r\n"
         "\t0\t1\t1000\t10\t-2\t1\t0\r\n\t1\t1\t100\t20\t-30\t1\t0\r\n\t2\t1\t10\t50\t-"
         "5\t1\t0\r\nEXPERIMENTABORTED\tTOGGLE\tT\r\n"},
        {"comma.DTA", IMPEDANCE_AUTO,
         "EXPLAIN\nZCURVE\tTABLE\t3\n\tPt\tFreq\tZreal\tZimag\n\t#\tHz\tohm\tohm\n\t0\t1000,0\t10,"
         "0\t-2,0\n\t1\t1,0E+2\t20,0\t-30\n"
         "\t2\t10\t50\t-5\n"},
        {"n.txt", IMPEDANCE_NOVOCONTROL,
         "Mg(BH4)2, pellet 3\nFixed value(s): AC Volt [Vrms]=5.00e-02\nFreq. [Hz]\tEps'\tZs' "
         "[Ohms]\tZs'' [Ohms]\n"
         "1.00000e+03\t5\t1.0e+01\t-2\n1.0e+02\t6\t20\t-30\n1e1\t7\t50\t-5\n"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        static const double expected[3][3] = {{1000, 10, -2}, {100, 20, -30}, {10, 50, -5}};
        ImpedanceFile f;
        if (read_text(cases[k].name, cases[k].text, cases[k].format, &f) != OK)
            fail_msg("%s", err_message());
        assert_int_equal(f.n, 1);
        assert_int_equal(f.spectrum->n, 3);
        for (int i = 0; i < 3; i++) {
            assert_near(f.spectrum->frequency[i], expected[i][0], 1e-9);
            assert_near(creal(f.spectrum->z[i]), expected[i][1], 1e-9);
            assert_near(cimag(f.spectrum->z[i]), expected[i][2], 1e-9);
        }
        impedance_files_clear(&f);
    }
}

/* Novocontrol: three temperatures in any order of rows; Zp of both kinds; conductivities with a pellet; chosen columns */
static void novocontrol_columns(void **state)
{
    (void)state;
    const Pellet pellet = {.thickness = 0.121, .diameter = 1.55, .eps_r = 5.0};
    const double l = impedance_cell_constant(&pellet), eps0 = UNITS_EPS0_F_M / 100.0;
    for (int kind = 0; kind < 4; kind++) {
        char *text = mem_string("title\nFreq. [Hz]\tTemp. [\xb0"
                                "C]\tEps'\tEps''\tSig' [S/cm]\tZp' [Ohms]\tZp'' [Ohms]\n");
        double _Complex truth[3][5];
        for (int i = 0; i < 5; i++)
            for (int t = 0; t < 3; t++) { /* temperature runs fastest */
                double w = 2.0 * PI * pow(10.0, i), sigma = 1e-10 * pow(10.0, t);
                double _Complex y = (sigma + I * w * eps0 * 5.0) / l, zp = 1.0 / y;
                truth[t][i] = zp;
                if (kind == 1) /* two elements in parallel */
                    zp = CMPLX(1.0 / creal(y), -1.0 / cimag(y));
                if (kind == 3) /* neither */
                    zp = CMPLX(cabs(zp), -0.02 * cabs(zp) * (i + 1));
                char *more = mem_format("%s%.9e\t%.3f\t%.9e\t%.9e\t%.9e\t%.9e\t%.9e\n", text,
                                        w / (2.0 * PI), 40.0 * (2 - t) + 20.0 + 0.1 * i, 5.0,
                                        sigma / (w * eps0), sigma, creal(zp), cimag(zp));
                free(text);
                text = more;
            }
        if (kind == 2) { /* no impedances at all */
            char *at = strstr(text, "Zp'");
            memcpy(at, "xp'", 3);
            memcpy(strstr(text, "Zp''"), "yp''", 4);
        }
        ImpedanceFile f;
        Err e = impedance_files_read("n.txt", text, strlen(text), IMPEDANCE_NOVOCONTROL, NULL,
                                     &pellet, &f);
        if (kind == 3) {
            assert_int_equal(e, ERR_INPUT);
            assert_non_null(strstr(err_message(), "contradict Eps' and Eps''"));
            free(text);
            continue;
        }
        assert_ok(e);
        assert_int_equal(f.n, 3);
        for (int t = 0; t < 3; t++) {
            const ImpedanceSpectrum *s =
                &f.spectrum[t]; /* rising temperature: the other way round */
            assert_near(s->temperature, 273.15 + 40.0 * t + 20.2, 1e-6);
            assert_int_equal(s->n, 5);
            for (int i = 0; i < 5; i++)
                assert_near(cabs(s->z[i] / truth[2 - t][4 - i] - 1.0), 0.0, 1e-7);
        }
        if (kind < 2)
            assert_non_null(strstr(f.note, kind == 0 ? "parts of one" : "two elements"));
        impedance_files_clear(&f);
        if (kind == 2) {
            assert_int_equal(read_text("n.txt", text, IMPEDANCE_NOVOCONTROL, &f), ERR_INPUT);
            assert_string_equal(
                err_message(),
                "n.txt: conductivities but no impedances: thickness and diameter of the "
                "pellet are needed");
        }
        free(text);
    }
    /* columns by the user's names */
    const ImpedanceColumns mine = {
        .frequency = "Nu", .real = "A", .imaginary = "B", .temperature = "oven"};
    const char *text = "Nu [Hz];Freq [Hz];A [ohm];B [ohm];oven [K]\n1;5;2;-3;300\n2;6;2;-4;300\n";
    ImpedanceFile f;
    assert_ok(impedance_files_read("x.csv", text, strlen(text), IMPEDANCE_CSV, &mine, NULL, &f));
    assert_near(f.spectrum->frequency[0], 2.0, 0.0);
    assert_near(f.spectrum->temperature, 300.0, 0.0);
    impedance_files_clear(&f);
}

static void mistakes_are_placed(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        ImpedanceFormat format;
        const char *text, *message;
    } cases[] = {
        {"e.csv", 0, "", "e.csv: the file is empty"},
        {"e.csv", 0, "# nothing\n\n", "e.csv: the file is empty"},
        {"e.csv", 0, "f/Hz,Z'/ohm,Z''/ohm\n", "e.csv: no rows of data"},
        {"e.csv", 0, "f/Hz,Z'/ohm\n1,2\n", "e.csv:1: there is no column 'Z'''"},
        {"e.csv", 0, "1,2\n2,3\n", "e.csv:1: three columns are needed: frequency, Z', Z''"},
        {"e.csv", 0, "f/Hz,Z'/ohm,Z''/ohm\n1,2,-3\n2,3\n", "e.csv:3: 2 fields; 3 are needed"},
        {"e.csv", 0, "f/Hz,Z'/S,Z''/ohm\n1,2,-3\n",
         "e.csv:1: Z'/S: the unit 'S' is none of impedance; ohm is what is used inside"},
        {"e.csv", 0, "f/s,Z'/ohm,Z''/ohm\n1,2,-3\n",
         "e.csv:1: f/s: the unit 's' is none of frequency; Hz is what is used inside"},
        {"e.csv", 0, "f,Z',Z'',T/ohm\n1,2,-3,4\n",
         "e.csv:1: T/ohm: the unit 'ohm' is none of temperature; K is what is used inside"},
        {"e.csv", 0, "f,Z',Z''\n1,2,-3\n1,2,-4\n",
         "e.csv:3: frequency 1 Hz stands in line 2 already"},
        {"e.csv", 0, "f,Z',Z''\n1,2,-3\n", "e.csv:2: a spectrum of one frequency; two are needed"},
        {"e.csv", 0, "f,Z',Z''\n-1,2,-3\n", "e.csv:2: frequency: must be above 0"},
        {"e.csv", 0, "f,Z',Z''\n0,2,-3\n", "e.csv:2: frequency: must be above 0"},
        {"e.csv", 0, "f,Z',Z''\n1,nan,-3\n", "e.csv:2: Z': 'nan' is not a finite number"},
        {"e.csv", 0, "f,Z',Z''\n1,2,-inf\n", "e.csv:2: Z'': '-inf' is not a finite number"},
        {"e.csv", 0, "f,Z',Z''\n1,2,-3x\n", "e.csv:2: Z'': '-3x' is not a finite number"},
        {"e.csv", 0, "f,Z',Z''\n1,2,\n", "e.csv:2: Z'': '' is not a finite number"},
        {"e.csv", 0, "f,Z',Z''\n1,0,0\n2,1,-1\n", "e.csv:2: |Z| must be above 0 and finite"},
        {"e.csv", 0, "f,Z',Z'',sigma\n1,2,-3,0\n",
         "e.csv:2: sigma: standard errors must be above 0"},
        {"e.csv", 0, "f,Z',Z'',T/K\n1,2,-3,-4\n", "e.csv:2: temperature: must be above 0 K"},
        {"e.csv", 0, "f,Z',Re(Z),Z''\n1,2,2,-3\n",
         "e.csv:1: Re(Z): a second column of this kind; name the one to use"},
        {"e.z", 0, "1,2,3\n", "e.z: no line with Freq(Hz); is this a ZView file?"},
        {"e.z", 0, "Freq(Hz)\nEnd Comments\n1\t0\t0\t0\t5\n",
         "e.z:3: Z'': the row ends before this column"},
        {"e.z", 0, "Freq(Hz)\nEnd Comments\n1\t0\t0\t0\t5\tx\n",
         "e.z:3: Z'': 'x' is not a finite number"},
        {"e.dta", 0, "EXPLAIN\n", "e.dta: no table ZCURVE; is this a Gamry file of an impedance?"},
        {"e.dta", 0, "ZCURVE\tTABLE\n", "e.dta:1: the file ends under ZCURVE"},
        {"e.dta", 0, "ZCURVE\tTABLE\n\tPt\tFreq\tZreal\n", "e.dta:2: there is no column 'Zimag'"},
        {"e.dta", 0, "ZCURVE\tTABLE\n\tFreq\tZreal\tZimag\n\tHz\tohm\tA\n",
         "e.dta:3: Zimag: the unit 'A' is none of impedance; ohm is what is used inside"},
        {"e.dta", 0,
         "ZCURVE\tTABLE\t9\n\tFreq\tZreal\tZimag\n\tHz\tohm\tohm\n\t1\t2\t-3\n\t2\t2\t-3\n",
         "e.dta:1: ZCURVE has 2 rows but announces 9; was the file cut off?"},
        {"e.dta", 0, "ZCURVE\tTABLE\n\tFreq\tZreal\tZimag\n\tHz\tohm\tohm\n\t1\t2\n",
         "e.dta:4: Z'': the row ends before this column"},
        {"e.txt", IMPEDANCE_NOVOCONTROL, "title\n1 2 3\n",
         "e.txt: no line names columns with a frequency (Freq. [Hz])"},
        {"e.txt", IMPEDANCE_NOVOCONTROL, "Freq. [Hz]\tZs' [Ohms]\n1\t2\n",
         "e.txt:1: there is no column 'Z'''"},
        {"e.txt", IMPEDANCE_NOVOCONTROL, "Freq. [Hz]\tEps'\n1\t2\n",
         "e.txt:1: neither an impedance (Zs' and Zs'', Zp' and Zp'') nor a conductivity (Eps' or "
         "Sig'', and Sig' or Eps'') is "
         "among the columns"},
        {"e.txt", IMPEDANCE_NOVOCONTROL, "Freq. [Hz]\tZs' [Ohms]\tZs'' [Ohms]\n1\t2\t-3\n2\t2\n",
         "e.txt:3: 2 fields; 3 are needed"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        ImpedanceFile f;
        assert_int_equal(read_text(cases[k].name, cases[k].text, cases[k].format, &f), ERR_INPUT);
        assert_string_equal(err_message(), cases[k].message);
        assert_true(f.n == 0 && f.spectrum == NULL);
    }
    ImpedanceFile f;
    assert_int_equal(impedance_files_read("e.csv", "1,2,\0-3\n", 8, 0, NULL, NULL, &f), ERR_INPUT);
    assert_string_equal(err_message(), "e.csv: the character 0; is this a text file?");
}

/* PW_MUTATIONS (4000) damaged files of each format: read or refused, never a crash */
static void damaged_files(void **state)
{
    (void)state;
    const ImpedanceSpectrum whole = gamma_pellet();
    const ImpedanceSpectrum s = {.n = 12,
                                 .frequency = whole.frequency,
                                 .z = whole.z,
                                 .error = whole.error,
                                 .temperature = 300.0};
    const long mutations = (long)mutate_count(4000);
    static const char *const ending[4] = {"csv", "z", "dta", "txt"};
    const Pellet pellet = {.thickness = 0.1, .diameter = 1.0, .eps_r = 5.0};
    char folder[] = "/tmp/paddlewheel-impedance-XXXXXX", path[80];
    assert_non_null(mkdtemp(folder));
    for (int k = 0; k < 4; k++) {
        snprintf(path, sizeof path, "%s/x.%s", folder, ending[k]);
        char *text;
        if (k < 3) {
            assert_ok(k == 0   ? impedance_files_write_csv(path, &s, "x")
                      : k == 1 ? impedance_files_write_zview(path, &s, 0.05, "x")
                               : impedance_files_write_gamry(path, &s, 0.05, 1.0, "x"));
            text = slurp(path);
            remove(path);
        } else {
            text = mem_string("t\nFreq. [Hz]\tTemp. [K]\tEps'\tEps''\tZp' [Ohms]\tZp'' "
                              "[Ohms]\n1\t300\t5\t5\t1\t-1\n"
                              "10\t300\t5\t5\t1\t-1\n1\t320\t5\t5\t1\t-1\n10\t320\t5\t5\t1\t-1\n");
        }
        size_t size = strlen(text);
        long good = 0, refused = 0;
        for (long i = 0; i < mutations; i++) {
            uint32_t w[4];
            char *copy =
                malloc(size + 1); /* of its size: a byte too far is seen by the sanitizer */
            memcpy(copy, text, size);
            rng_words(99, RNG_TEST, (uint64_t)k, (uint64_t)i, w);
            size_t n = w[0] % 4 == 0 ? w[1] % (size + 1) : size;
            for (uint32_t m = 0; m < 1 + w[2] % 4 && n > 0; m++) {
                uint32_t v[4];
                static const char spice[] = "\t\n,;.-+eE0123456789'\"[]()/#\xb0\xff Zznif";
                rng_words(98, RNG_TEST, (uint64_t)i, m, v);
                copy[v[0] % n] = v[1] % 2 ? spice[v[2] % (sizeof spice - 1)] : (char)(v[2] & 255);
            }
            char *exact = malloc(n > 0 ? n : 1);
            memcpy(exact, copy, n);
            ImpedanceFile f;
            Err e = impedance_files_read(ending[k], exact, n, (ImpedanceFormat)(IMPEDANCE_CSV + k),
                                         NULL, &pellet, &f);
            assert_true(e == OK || e == ERR_INPUT);
            good += e == OK;
            refused += e == ERR_INPUT;
            for (size_t j = 0; j < f.n; j++)
                for (size_t m = 0; m < f.spectrum[j].n; m++)
                    assert_true(f.spectrum[j].frequency[m] > 0.0 &&
                                isfinite(cabs(f.spectrum[j].z[m])));
            impedance_files_clear(&f);
            free(exact);
            free(copy);
        }
        assert_true(good > 0 && refused > 0);
        free(text);
    }
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_and_read),    cmocka_unit_test(as_instruments_write),
        cmocka_unit_test(novocontrol_columns), cmocka_unit_test(mistakes_are_placed),
        cmocka_unit_test(damaged_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
