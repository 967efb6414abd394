/* Files of spectra: what is written is read back the same, bad files are refused with their place, damaged ones never
 * crash. */
#define _POSIX_C_SOURCE 200809L /* mkdtemp */
#include "check.h"
#include "mutate.h"

#include "analysis/qens_ascii.h"
#include "analysis/qens_csv.h"
#include "analysis/qens_files.h"
#include "analysis/qens_nexus.h"
#include "base/mem.h"
#include "store/h5.h"
#include "store/text.h"

#include <stdio.h>
#include <unistd.h>

static Comm *world;
static char folder[] = "/tmp/pw-qens-files-XXXXXX";

static char *in_folder(const char *name)
{
    static char path[4][256];
    static int next;
    char *p = path[next++ % 4];
    snprintf(p, 256, "%s/%s", folder, name);
    return p;
}

enum { NS = 3, NE = 7 };

/* Spectra of three detectors or Q, with a channel that is not seen. */
static void make(QensData *d, bool angle, bool counts)
{
    *d = (QensData){.nspectra = NS, .ne = NE, .wavelength = 5.1, .temperature = 310.25};
    d->q = MEM_NEW(double, NS);
    d->two_theta = angle ? MEM_NEW(double, NS) : NULL;
    d->edge = MEM_NEW(double, NE + 1);
    d->y = MEM_NEW(double, NS *NE);
    d->error = counts ? NULL : MEM_NEW(double, NS *NE);
    d->truth = MEM_NEW(double, NS *NE);
    d->kf_over_ki = counts;
    d->title = mem_string("a, \"title\": of its own");
    for (size_t s = 0; s < NS; s++) {
        d->q[s] = 0.31 + 0.7 * (double)s;
        if (angle) {
            d->two_theta[s] = 20.3 + 40 * (double)s;
            d->q[s] = 4 * acos(-1) / 5.1 * sin(0.5 * d->two_theta[s] * acos(-1) / 180);
        }
    }
    for (size_t k = 0; k <= NE; k++)
        d->edge[k] = -0.35 + 0.1 * (double)k;
    for (size_t k = 0; k < NS * NE; k++) {
        d->truth[k] = 1000.0 / (1.0 + (double)k) + 0.123456789;
        d->y[k] = counts ? floor(d->truth[k]) : d->truth[k] * 1.01;
        if (!counts)
            d->error[k] = sqrt(d->truth[k]);
    }
    d->y[5] = d->truth[5] = NAN;
    if (!counts)
        d->error[5] = NAN;
}

static void same_numbers(size_t n, const double *a, const double *b, double relative)
{
    assert_true((a == NULL) == (b == NULL));
    for (size_t k = 0; a != NULL && k < n; k++) {
        if (isnan(a[k]))
            assert_true(isnan(b[k]));
        else
            assert_near(b[k], a[k], relative * (fabs(a[k]) + 1e-3));
    }
}

static void same(const QensData *a, const QensData *b, double relative)
{
    assert_int_equal(a->nspectra, b->nspectra);
    assert_int_equal(a->ne, b->ne);
    same_numbers(NS, a->q, b->q, relative);
    same_numbers(NS, a->two_theta, b->two_theta, relative);
    same_numbers(NE + 1, a->edge, b->edge, relative);
    same_numbers(NS * NE, a->y, b->y, relative);
    same_numbers(NS * NE, a->error, b->error, relative);
    same_numbers(NS * NE, a->truth, b->truth, relative);
    assert_true(a->kf_over_ki == b->kf_over_ki);
    assert_near(b->wavelength, a->wavelength, 1e-12);
    same_numbers(1, &a->temperature, &b->temperature, relative);
}

static void round_trip_csv(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        QensData d, back;
        make(&d, kind & 1, kind & 2);
        assert_ok(qens_csv_write(in_folder("a.csv"), &d));
        assert_ok(qens_files_read(world, in_folder("a.csv"), NAN, &back));
        same(&d, &back, kind & 1 ? 1e-15 : 0);
        assert_string_equal(d.title, back.title);
        qens_data_clear(&d), qens_data_clear(&back);
    }
}

static void round_trip_nxspe(void **state)
{
    (void)state;
    for (int counts = 0; counts < 2; counts++) {
        QensData d, back;
        make(&d, true, counts);
        assert_ok(qens_nexus_write_nxspe(in_folder("a.nxspe"), &d, 4.0));
        assert_ok(qens_files_read(world, in_folder("a.nxspe"), NAN, &back));
        same(&d, &back, 1e-13);
        assert_string_equal(d.title, back.title);
        qens_data_clear(&d), qens_data_clear(&back);
    }
    QensData d;
    make(&d, false, true);
    assert_int_equal(qens_nexus_write_nxspe(in_folder("b.nxspe"), &d, 4.0), ERR_INPUT);
    assert_ok(qens_nexus_write(in_folder("b.nxs"), &d));
    qens_data_clear(&d);
}

static void round_trip_grp(void **state)
{
    (void)state;
    for (int angle = 0; angle < 2; angle++) {
        QensData d, back;
        make(&d, angle, false);
        free(d.truth);
        d.truth = NULL;
        d.temperature = NAN;
        assert_ok(qens_ascii_write_grp(in_folder("a.grp"), &d));
        assert_ok(qens_files_read(world, in_folder("a.grp"), 5.1, &back));
        same(&d, &back, 1e-13);
        qens_data_clear(&back);
        if (angle)
            assert_int_equal(qens_files_read(world, in_folder("a.grp"), NAN, &back), ERR_INPUT);
        qens_data_clear(&d);
    }
}

/* 17 digits: what reads it gets the same numbers; what is not known is not said */
static void sqw_is_written(void **state)
{
    (void)state;
    double q[] = {0.1, 0.2}, w[] = {-1, 0, 1.5}, s[] = {1, 2, 3, 4, 5, 0};
    const Sqw2d a = {.nq = 2,
                     .nw = 3,
                     .q = q,
                     .w = w,
                     .s = s,
                     .classical = true,
                     .temperature = 310,
                     .density = 0.55,
                     .weight = NAN,
                     .sigma_coh = 24.8,
                     .sigma_inc = 645.6,
                     .sigma_abs = 7};
    const char want[] = "# Format: Sqw data file for Isotropic_Sqw <http://www.mcstas.org>\n"
                        "# Physical parameters:\n"
                        "# Temperature 310 [K]\n"
                        "# density 0.55000000000000004 [g/cm^3]\n"
                        "# sigma_coh 24.800000000000001 [barn] coherent, per formula unit\n"
                        "# sigma_inc 645.60000000000002 [barn] incoherent, per formula unit\n"
                        "# sigma_abs 7 [barn] absorption at 1.798 Angs, per formula unit\n"
                        "# classical 1 1: even in w, 0: with detailed balance\n"
                        "# WARNING: w > 0 is energy loss of the neutron [meV]\n"
                        "# wavevector q [1/Angs], 2 values\n"
                        "0.10000000000000001 0.20000000000000001\n"
                        "# energy w [meV], 3 values\n"
                        "-1 0 1.5\n"
                        "# matrix of S(q,w) [1/meV], one line for each q\n"
                        "1 2 3\n"
                        "4 5 0\n";
    char *bytes;
    size_t n;
    assert_ok(qens_ascii_write_sqw(in_folder("a.sqw"), &a));
    assert_ok(comm_read_file(world, in_folder("a.sqw"), &bytes, &n));
    assert_int_equal(n, strlen(want));
    assert_memory_equal(bytes, want, n);
    free(bytes);
}

static void says(Err e, const char *why)
{
    if (e != ERR_INPUT || strstr(err_message(), why) == NULL)
        fail_msg("code %d, '%s', does not say '%s'", e, err_message(), why);
}

static void bad_csv(const char *text, const char *why)
{
    QensData d;
    says(qens_csv_parse("x.csv", text, strlen(text), &d), why);
}

#define HEAD "Q [1/A],E_low [meV],E_high [meV],y\n"

static void bad_csv_files(void **state)
{
    (void)state;
    bad_csv("", "x.csv: the file is empty");
    bad_csv(HEAD, "x.csv: no channels");
    bad_csv("Q [1/A],E_low [meV],y\n0.3,0,1\n", "there is no column 'E_high'");
    bad_csv("Q [1/A],E_low [meV],E_high,y\n0.3,0,1,1\n", "column E_high: has no unit");
    bad_csv("Q [1/A],E_low [meV],E_high [K],y\n0.3,0,1,1\n", "wrong dimension");
    bad_csv("# temperature: 310 meV\n" HEAD "0.3,0,1,1\n", "x.csv:1: ");
    bad_csv("# kf_over_ki: maybe\n" HEAD "0.3,0,1,1\n", "x.csv:1: kf_over_ki: 'maybe'");
    bad_csv(HEAD "0.3,0,1,1\n0.3,1,2,1\n0.4,0,1,1\n", "cut off");
    bad_csv(HEAD "0.3,0,1,1\n0.3,1,2\n", "x.csv:3: 3 fields");
    bad_csv(HEAD "0.3,0,1,1\n0.3,1,1,1\n", "x.csv:3: E_high: 1 meV is not above");
    bad_csv(HEAD "0.3,0,1,1\n0.3,1.5,2,1\n", "x.csv:3: E_low: 1.5 meV; the bin before ends at 1");
    bad_csv(HEAD "0.3,0,1,1\n0.3,-1,0,1\n", "x.csv:3: E_low: -1 meV");
    bad_csv(HEAD "0.4,0,1,1\n0.3,0,1,1\n", "x.csv:3: Q: 0.3 must be positive and increase");
    bad_csv(HEAD "0.3,0,1,1\n0.3,1,2,1\n0.4,0,1,1\n0.5,1,2,1\n", "x.csv:5: Q: changes after 1");
    bad_csv(HEAD "0.3,0,1,1\n0.3,1,2,1\n0.4,0,1,1\n0.4,1,3,1\n", "x.csv:5: E_low: bin 1 to 3 meV");
    bad_csv(HEAD "0.3,0,1,-4\n", "x.csv:2: y: -4; counts cannot be negative");
    bad_csv(HEAD "0.3,0,1,nan\n", "x.csv:2: y: 'nan' is not a finite number");
    bad_csv(HEAD "0.3,0,1,\n", "has no number");
    bad_csv("Q [1/A],E_low [meV],E_high [meV],y,error\n0.3,0,1,1,\n", "x.csv:2: error: must be");
    bad_csv("two_theta [degree],E_low [meV],E_high [meV],y\n30,0,1,1\n", "# wavelength:");
    QensData d;
    says(qens_files_read(world, "spectra.xyz", NAN, &d), "read from .csv, .nxspe and .grp");
    /* other units and order of columns are fine */
    const char *good = "y,error,E_high [ueV],E_low [ueV],Q [1/nm]\n-5,1,1000,0,3\n";
    assert_ok(qens_csv_parse("x.csv", good, strlen(good), &d));
    assert_near(d.q[0], 0.3, 1e-12);
    assert_near(d.edge[1], 1, 1e-12);
    qens_data_clear(&d);
}

static void bad_grp(const char *text, const char *why)
{
    QensData d;
    says(qens_ascii_parse_grp("x.grp", text, strlen(text), NAN, &d), why);
}

static void bad_grp_files(void **state)
{
    (void)state;
    bad_grp("", "number of energies: the file ends");
    bad_grp("2\n1\n0\n1\n0.5\n1 1\n", "value and error: the file ends");
    bad_grp("2\n1\n1\n0\n0.5\n1 1\n1 1\n", "x.grp:4: energy: 0 after 1");
    bad_grp("2\n1\n0\n1\n0.5\n1 1\n1 0\n", "x.grp:7: error: 0 of group 1, energy 2");
    bad_grp("2\n1\n0\n1\n0.5\n1 1\n1\n", "x.grp:7: error: missing");
    bad_grp("2\n1\n0\n1\n0.5\n1 1\nnan 1\n", "x.grp:7: value");
    bad_grp("2\n1\n0\n1\n0.5\n1 1\n1 1\n1 1\n", "more values");
    bad_grp("2000000\n1000000\n", "do not fit");
    bad_grp("2\n-1\n", "at least one");
    bad_grp("2\n1\n0\n1\n# detector angle\n30\n1 1\n1 1\n", "x.grp:6: groups of angles");
    bad_grp("2\n1\n0\n1\n-0.5\n1 1\n1 1\n", "Q = -0.5 1/A is not positive");
    QensData d;
    const char *micro = "2\n1\n# energy (micro eV)\n0\n1000\n0.5\n1 1\n1 1\n";
    assert_ok(qens_ascii_parse_grp("x.grp", micro, strlen(micro), NAN, &d));
    assert_near(d.edge[2], 1.5, 1e-12);
    qens_data_clear(&d);
}

/* Only what another program's NXspe must have, from a good file, with one dataset changed. */
static void bad_nxspe(const char *name, int rank, const size_t dims[], double value,
                      const char *units, const char *why)
{
    static const struct {
        const char *name;
        int rank;
    } needed[] = {
        {"entry/NXSPE_info/fixed_energy", 1},
        {"entry/NXSPE_info/ki_over_kf_scaling", 1},
        {"entry/data/data", 2},
        {"entry/data/error", 2},
        {"entry/data/energy", 1},
        {"entry/data/polar", 1},
    };
    QensData d;
    H5 *good, *bad;
    make(&d, true, false);
    assert_ok(qens_nexus_write_nxspe(in_folder("a.nxspe"), &d, 4.0));
    qens_data_clear(&d);
    assert_ok(h5_open(in_folder("a.nxspe"), false, &good));
    assert_ok(h5_create(in_folder("bad.nxspe"), &bad));
    assert_ok(h5_write_text(bad, "entry/definition", "NXSPE"));
    for (size_t k = 0; k < sizeof needed / sizeof *needed; k++) {
        size_t own[2], n = 1;
        double *data;
        bool changed = strcmp(needed[k].name, name) == 0 && rank >= 0;
        assert_ok(h5_read(good, needed[k].name, needed[k].rank, own, &data, NULL));
        const size_t *extent = changed ? dims : own;
        int have = changed ? rank : needed[k].rank;
        for (int i = 0; i < have; i++)
            n *= extent[i];
        for (size_t i = 0; i < n && changed; i++)
            data[i] = value; /* never more than there were */
        assert_ok(h5_write(bad, needed[k].name, have, extent, data, "1", "copied"));
        free(data);
    }
    if (units != NULL)
        assert_ok(h5_attr_text(bad, name, "units", units));
    h5_close(good);
    assert_ok(h5_commit(bad));
    Err e = qens_files_read(world, in_folder("bad.nxspe"), NAN, &d);
    if (why != NULL)
        says(e, why);
    else
        assert_ok(e);
    if (e == OK)
        qens_data_clear(&d);
}

static void bad_nxspe_files(void **state)
{
    (void)state;
    bad_nxspe("entry/data/energy", -1, NULL, 0, "K", "energy: wrong dimension");
    bad_nxspe("entry/data/energy", 1, (size_t[]){NE}, 0, NULL, "data/energy: 7 numbers, 8");
    bad_nxspe("entry/data/energy", 1, (size_t[]){NE + 1}, 0, NULL, "does not come after");
    bad_nxspe("entry/data/error", 2, (size_t[]){NS, NE - 1}, 1, NULL, "data/error is 3 x 6");
    bad_nxspe("entry/data/polar", 1, (size_t[]){NS}, 200, NULL, "200 degree of spectrum 1");
    bad_nxspe("entry/NXSPE_info/fixed_energy", 1, (size_t[]){1}, -1, NULL, "fixed_energy: -1 meV");
    bad_nxspe("entry/NXSPE_info/fixed_energy", 1, (size_t[]){0}, 1, NULL, "0 numbers where one");
    bad_nxspe("entry/NXSPE_info/fixed_energy", -1, NULL, 0, "eV", NULL);
    bad_nxspe("entry/data/data", 2, (size_t[]){NS, NE}, NAN, NULL, "at least one of each");
    QensData d;
    assert_ok(text_write_file(in_folder("no.nxspe"), "not HDF5", 8));
    assert_int_equal(qens_files_read(world, in_folder("no.nxspe"), NAN, &d), ERR_FILE);
}

/* Two detectors at the same angle are one spectrum. */
static void nxspe_of_pairs(void **state)
{
    (void)state;
    QensData d, back;
    make(&d, true, false);
    d.two_theta[0] = 100.3; /* the same as the last */
    assert_ok(qens_nexus_write_nxspe(in_folder("pairs.nxspe"), &d, 4.0));
    assert_ok(qens_files_read(world, in_folder("pairs.nxspe"), NAN, &back));
    assert_int_equal(back.nspectra, 2);
    assert_near(back.two_theta[1], 100.3, 1e-9);
    assert_near(back.y[NE], 0.5 * (d.y[0] + d.y[2 * NE]), 1e-9);
    assert_near(back.error[NE], 0.5 * hypot(d.error[0], d.error[2 * NE]), 1e-9);
    assert_near(back.y[NE + 5], d.y[2 * NE + 5], 1e-9); /* seen by one of them */
    qens_data_clear(&d), qens_data_clear(&back);
}

static void check_code(Err e, uint64_t id)
{
    if (e != OK && e != ERR_INPUT && e != ERR_FILE)
        fail_msg("damaged file %llu: code %d, %s", (unsigned long long)id, e, err_message());
}

static void damaged_texts(void **state)
{
    (void)state;
    static const char *const files[] = {"a.csv", "a.grp"};
    QensData d;
    make(&d, true, true);
    assert_ok(qens_csv_write(in_folder("a.csv"), &d));
    qens_data_clear(&d);
    for (int f = 0; f < 2; f++) {
        char *bytes;
        size_t n;
        assert_ok(comm_read_file(world, in_folder(files[f]), &bytes, &n));
        char *copy = MEM_NEW(char, 2 * n + 16);
        for (uint64_t id = 0; id < mutate_count(3000); id++) {
            size_t m = mutate(id, n, bytes, copy);
            Err e = f == 0 ? qens_csv_parse("x", copy, m, &d)
                           : qens_ascii_parse_grp("x", copy, m, 5.1, &d);
            check_code(e, id);
            if (e == OK)
                qens_data_clear(&d);
        }
        free(copy);
        free(bytes);
    }
}

static void damaged_nxspe(void **state)
{
    (void)state;
    char *bytes;
    size_t n;
    QensData d;
    make(&d, true, false);
    assert_ok(qens_nexus_write_nxspe(in_folder("a.nxspe"), &d, 4.0));
    qens_data_clear(&d);
    assert_ok(comm_read_file(world, in_folder("a.nxspe"), &bytes, &n));
    char *copy = MEM_NEW(char, 2 * n + 16);
    for (uint64_t id = 0; id < mutate_count(150); id++) {
        size_t m = mutate(id, n, bytes, copy);
        FILE *file = fopen(in_folder("m.nxspe"), "wb");
        assert_true(file != NULL && fwrite(copy, 1, m, file) == m && fclose(file) == 0);
        Err e = qens_nexus_read_nxspe(in_folder("m.nxspe"), &d);
        check_code(e, id);
        if (e == OK)
            qens_data_clear(&d);
    }
    assert_true(h5_all_closed());
    free(copy);
    free(bytes);
}

static int start(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int finish(void **state)
{
    (void)state;
    static const char *const files[] = {"a.csv",     "a.grp",    "a.sqw",       "a.nxspe", "b.nxs",
                                        "bad.nxspe", "no.nxspe", "pairs.nxspe", "m.nxspe"};
    for (size_t k = 0; k < sizeof files / sizeof *files; k++)
        unlink(in_folder(files[k]));
    rmdir(folder);
    return 0;
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip_csv),  cmocka_unit_test(round_trip_nxspe),
        cmocka_unit_test(round_trip_grp),  cmocka_unit_test(sqw_is_written),
        cmocka_unit_test(bad_csv_files),   cmocka_unit_test(bad_grp_files),
        cmocka_unit_test(bad_nxspe_files), cmocka_unit_test(nxspe_of_pairs),
        cmocka_unit_test(damaged_texts),   cmocka_unit_test(damaged_nxspe),
    };
    int failed = cmocka_run_group_tests(tests, start, finish);
    comm_stop(world);
    return failed;
}
