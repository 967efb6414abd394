/* Trajectories: what is written is read back to the bit, also after a kill, a full disk and a
 * resume. */
#define _DEFAULT_SOURCE
#include "check.h"

#include "base/mem.h"
#include "store/h5md.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N = 7 };

static char folder[] = "/tmp/paddlewheel-h5md-XXXXXX";
static char path[256];

static H5md *create(bool velocities)
{
    static const char *const symbols[N] = {"Mg", "11B", "D", "D", "D", "D", "Mg"};
    static const double mass[N] = {24.305, 11.009, 2.014, 2.014, 2.014, 2.014, 24.305};
    static const int64_t ion[N] = {0, 2, 2, 2, 2, 2, 1}, bonds[2][2] = {{1, 2}, {1, 3}};
    static const int64_t bh4[1] = {2};
    H5mdTopology t = {N, symbols, mass, NULL, ion, 2, bonds, 1, bh4};
    H5mdForm form = {.velocities = velocities, .orientations = velocities};
    H5md *m;
    assert_ok(h5md_create(path, &t, &form, "made by a test", &m));
    return m;
}

/* Frame k: numbers that float cannot hold. */
static void frame(int64_t k, double h[3][3], double x[N][3], double v[N][3])
{
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            h[i][j] = i == j ? 15.7575 + 0.001 * (double)k : (i > j ? 0.1 : 0.0);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < 3; j++) {
            x[i][j] = sin(1e3 * (double)k + 7.0 * i + j) * 30.0;
            v[i][j] = cos(1e3 * (double)k + 7.0 * i + j) * 10.0;
        }
}

static void append(H5md *m, int64_t k, bool velocities)
{
    double h[3][3], x[N][3], v[N][3], energy = -0.1 * (double)k, pair[2] = {energy, 1.0};
    double q[1][4] = {{0.6, 0.8 * cos((double)k), 0.8 * sin((double)k), 0.0}};
    frame(k, h, x, v);
    H5mdFrame f = {.step = 10 * k,
                   .time = 0.1 * (double)k,
                   .h = (const double(*)[3])h,
                   .n = N,
                   .x = (const double(*)[3])x,
                   .v = velocities ? (const double(*)[3])v : NULL,
                   .nbh4 = velocities,
                   .centre = (const double(*)[3])x + 1,
                   .orient = (const double(*)[4])q};
    assert_ok(h5md_append(m, &f));
    assert_ok(h5md_observe(m, "energy", 10 * k, 0.1 * (double)k, 1, &energy, "eV"));
    assert_ok(h5md_observe(m, "pair", 10 * k, 0.1 * (double)k, 2, pair, "1"));
}

static void assert_frames(int64_t least, int64_t most, bool velocities)
{
    H5mdReader *r;
    assert_ok(h5md_open(path, &r));
    assert_in_range(h5md_frames(r), least, most);
    assert_int_equal(h5md_atoms(r), N);
    assert_string_equal(h5md_symbol(r, 1), "11B");
    assert_int_equal(h5md_ion(r, 6), 1);
    assert_true(h5md_has_velocities(r) == velocities);
    for (int64_t k = 0; k < h5md_frames(r); k++) {
        double h[3][3], x[N][3], v[N][3], hr[3][3], xr[N][3], vr[N][3], time;
        int64_t step;
        frame(k, h, x, v);
        assert_ok(h5md_read(r, k, &step, &time, hr, xr, velocities ? vr : NULL));
        assert_int_equal(step, 10 * k);
        assert_true(time == 0.1 * (double)k);
        for (int i = 0; i < N; i++)
            for (int j = 0; j < 3; j++) {
                assert_true(xr[i][j] == h5md_round(x[i][j]));
                assert_near(xr[i][j], x[i][j], 2e-6);
                assert_true(!velocities || vr[i][j] == h5md_round(v[i][j]));
                assert_true(i >= 3 || hr[i][j] == h5md_round(h[i][j]));
            }
    }
    h5md_close_reader(r);
}

static void frames_are_read_back(void **state)
{
    (void)state;
    for (int velocities = 0; velocities < 2; velocities++) {
        H5md *m = create(velocities);
        for (int64_t k = 0; k < 5; k++)
            append(m, k, velocities);
        assert_ok(h5md_commit(m));
        assert_frames(5, 5, velocities);
    }
}

static void rounding_is_its_own_fixed_point(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        double x = h5md_round(sin(i) * pow(10.0, i % 7 - 3));
        assert_true(h5md_round(x) == x);
    }
}

static void resume_cuts_and_goes_on(void **state)
{
    (void)state;
    H5md *m = create(true);
    for (int64_t k = 0; k < 8; k++)
        append(m, k < 5 ? k : k + 100, true);
    assert_ok(h5md_commit(m));
    assert_ok(h5md_extend(path, 49, NULL, &m));
    for (int64_t k = 5; k < 12; k++)
        append(m, k, true);
    assert_ok(h5md_commit(m));
    assert_frames(12, 12, true);
    H5 *file;
    double *energy;
    size_t n[2];
    assert_ok(h5_open(path, false, &file));
    assert_ok(h5_read(file, "parameters/log/energy/value", 1, n, &energy, NULL));
    assert_int_equal(n[0], 12);
    assert_true(energy[11] == -0.1 * 11.0);
    free(energy);
    assert_ok(h5_read(file, "parameters/log/pair/value", 2, n, &energy, NULL));
    assert_true(n[0] == 12 && n[1] == 2);
    free(energy);
    h5_close(file);
}

/* A file under its own name is whole, whenever the process that writes it is killed. */
static void a_kill_leaves_the_file_as_it_was(void **state)
{
    (void)state;
    for (int more = 0; more < 60; more += 20) {
        H5md *m = create(false);
        for (int64_t k = 0; k < 10; k++)
            append(m, k, false);
        assert_ok(h5md_commit(m));
        pid_t child = fork();
        if (child == 0) {
            assert_ok(h5md_extend(path, INT64_MAX, NULL, &m));
            for (int64_t k = 10; k < 10 + more; k++)
                append(m, k, false);
            kill(getpid(), SIGKILL);
        }
        int status;
        waitpid(child, &status, 0);
        assert_true(WIFSIGNALED(status));
        assert_frames(10, 10, false);
        assert_ok(h5md_extend(path, INT64_MAX, NULL, &m));
        append(m, 10, false);
        h5md_discard(m);
        assert_frames(10, 10, false);
    }
}

/* In a child: the limit on file sizes is a full disk to HDF5, and the exit of the process belongs
 * to the test. */
static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {200 << 10, 200 << 10};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        alarm(20);
        unlink(path);
        H5md *m = create(false);
        double h[3][3], x[N][3], v[N][3];
        frame(0, h, x, v);
        H5mdFrame f = {.h = (const double(*)[3])h, .n = N, .x = (const double(*)[3])x};
        Err e = OK;
        for (f.step = 0; f.step < 100000 && e == OK; f.step++)
            e = h5md_append(m, &f);
        bool ok = e == ERR_FILE && strstr(err_message(), path) != NULL &&
                  strstr(err_message(), "free space on this disk (File too large)") != NULL;
        if (!ok)
            fprintf(stderr, "%s\n", err_message());
        if (h5md_commit(m) == OK) {
            fprintf(stderr, "closed without error\n");
            ok = false;
        }
        exit(ok && access(path, F_OK) != 0 ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void bad_files_are_refused(void **state)
{
    (void)state;
    char wanted[512];
    H5mdReader *r;
    H5md *m = create(false);
    append(m, 0, false);
    assert_ok(h5md_commit(m));
    assert_int_equal(truncate(path, 5000), 0);
    assert_int_equal(h5md_open(path, &r), ERR_FILE);
    snprintf(wanted, sizeof wanted,
             "%s: not an HDF5 file, or truncated, or not closed; make it again", path);
    assert_string_equal(err_message(), wanted);
    H5 *other;
    assert_ok(h5_create(path, &other));
    assert_ok(h5_commit(other));
    assert_int_equal(h5md_open(path, &r), ERR_FILE);
    snprintf(wanted, sizeof wanted,
             "%s: particles/all/position/value: not in this file; is it a trajectory?", path);
    assert_string_equal(err_message(), wanted);
    assert_int_equal(h5md_extend("/none/x.h5", 0, NULL, &m), ERR_FILE);
    assert_string_equal(err_message(), "/none/x.h5: cannot be opened: No such file or directory");
    H5mdTopology t = {0};
    assert_int_equal(h5md_create("/none/x.h5", &t, &(H5mdForm){0}, "", &m), ERR_FILE);
    assert_string_equal(err_message(), "/none/x.h5: cannot be written: No such file or directory; "
                                       "make the folder first");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_read_back),
        cmocka_unit_test(rounding_is_its_own_fixed_point),
        cmocka_unit_test(resume_cuts_and_goes_on),
        cmocka_unit_test(a_kill_leaves_the_file_as_it_was),
        cmocka_unit_test(a_full_disk_is_an_error),
        cmocka_unit_test(bad_files_are_refused),
    };
    if (argc > 1) { /* a sample for tests/cli/mdanalysis_reads.py */
        snprintf(path, sizeof path, "%s", argv[1]);
        H5md *m = create(true);
        for (int64_t k = 0; k < 5; k++)
            append(m, k, true);
        return h5md_commit(m) == OK ? 0 : 1;
    }
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(path, sizeof path, "%s/x.h5", folder);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    char command[300];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) == 0 ? failed : 1;
}
