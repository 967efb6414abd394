/* HDF5 files: what is written is read back; mistakes, full disks and unwritable places are one line
 * each. */
#define _DEFAULT_SOURCE
#include "check.h"

#include "base/mem.h"
#include "store/h5.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/paddlewheel-h5-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_sample(const char *path)
{
    H5 *file, *group;
    double table[2][3] = {{1, 2, 3}, {4, 5, -1e300}};
    int64_t counts[2] = {INT64_MAX, INT64_MIN};
    const char *const names[] = {"H", "10B", "\xc3\xa4"};
    assert_ok(h5_create(path, &file));
    assert_ok(h5_group(file, "a/b", &group));
    assert_ok(h5_write(group, "table", 2, (size_t[]){2, 3}, &table[0][0], "meV", "a table"));
    assert_ok(h5_write_i64(group, "counts", 1, (size_t[]){2}, counts, "1", "counts"));
    /* the last of each row is not of the table */
    const int64_t small[6] = {INT32_MAX, INT32_MIN, INT64_MAX, 0, 7, INT64_MAX};
    const int64_t large[4] = {1, 5, 1LL << 31, 5};
    assert_ok(h5_write_table_i64(group, "small", 2, 2, 3, small, "1", "fit"));
    assert_ok(h5_write_table_i64(group, "large", 2, 1, 2, large, "1", "do not"));
    assert_ok(h5_write(group, "none", 1, (size_t[]){0}, NULL, "1", "nothing"));
    h5_close_group(group);
    assert_ok(h5_write_number(file, "z/number", 0.1, "A", "a number"));
    assert_ok(h5_write_text(file, "text", "two\nlines"));
    assert_ok(h5_write_texts(file, "names", 3, names));
    assert_ok(h5_attr_text(file, "a/b/table", "note", "hello"));
    assert_ok(h5_attr_number(file, NULL, "version", 2.0));
    assert_ok(h5_commit(file));
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    const char *path = in_folder("sample.h5");
    write_sample(path);
    H5 *file;
    assert_ok(h5_open(path, false, &file));
    size_t dims[2], n;
    double *table, number;
    int64_t *counts;
    char unit[32], *text, **names;
    assert_ok(h5_read(file, "a/b/table", 2, dims, &table, unit));
    assert_true(dims[0] == 2 && dims[1] == 3 && table[5] == -1e300);
    assert_string_equal(unit, "meV");
    free(table);
    assert_ok(h5_read_i64(file, "a/b/counts", 1, dims, &counts));
    assert_true(dims[0] == 2 && counts[0] == INT64_MAX && counts[1] == INT64_MIN);
    free(counts);
    assert_ok(h5_read_i64(file, "a/b/small", 2, dims, &counts));
    assert_true(dims[1] == 2 && counts[0] == INT32_MAX && counts[1] == INT32_MIN && counts[3] == 7);
    free(counts);
    assert_ok(h5_read_i64(file, "a/b/large", 2, dims, &counts));
    assert_true(counts[0] == 1 && counts[1] == 1LL << 31);
    free(counts);
    assert_ok(h5_read(file, "a/b/none", 1, dims, &table, NULL));
    assert_int_equal(dims[0], 0);
    free(table);
    assert_ok(h5_read_number(file, "z/number", &number));
    assert_true(number == 0.1);
    assert_ok(h5_read_text(file, "text", &text));
    assert_string_equal(text, "two\nlines");
    free(text);
    assert_ok(h5_read_texts(file, "names", &n, &names));
    assert_int_equal(n, 3);
    assert_string_equal(names[2], "\xc3\xa4");
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
    assert_ok(h5_read_attr_text(file, "a/b/table", "note", &text));
    assert_string_equal(text, "hello");
    free(text);
    assert_ok(h5_read_attr_text(file, "a/b/table", "description", &text));
    assert_string_equal(text, "a table");
    free(text);
    assert_true(h5_exists(file, "a/b") && !h5_exists(file, "a/c/d") && h5_exists(file, "/a"));
    assert_int_equal(h5_members(file, &names), 4);
    assert_string_equal(names[0], "a");
    assert_string_equal(names[3], "z");
    for (size_t i = 0; i < 4; i++)
        free(names[i]);
    free(names);
    h5_close(file);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    char wanted[512];
    const char *path = in_folder("sample.h5");
    write_sample(path);
    H5 *file;
    double *data, x;
    size_t dims[2];
    char *text;
    assert_ok(h5_open(path, false, &file));
    assert_int_equal(h5_read(file, "a/nothing", 1, dims, &data, NULL), ERR_FILE);
    snprintf(wanted, sizeof wanted,
             "%s: a/nothing: not in this file; was it written by another version?", path);
    assert_string_equal(err_message(), wanted);
    assert_int_equal(h5_read(file, "a/b/table", 1, dims, &data, NULL), ERR_FILE);
    snprintf(wanted, sizeof wanted, "%s: a/b/table: has 2 dimensions, 1 are needed", path);
    assert_string_equal(err_message(), wanted);
    assert_int_equal(h5_read_number(file, "text", &x), ERR_FILE);
    snprintf(wanted, sizeof wanted, "%s: text: holds no numbers", path);
    assert_string_equal(err_message(), wanted);
    assert_int_equal(h5_read_text(file, "z/number", &text), ERR_FILE);
    assert_int_equal(h5_read_number(file, "a", &x), ERR_FILE);
    assert_int_equal(h5_write_number(file, "new", 1.0, "1", "x"), ERR_FILE);
    h5_close(file);
}

static void bad_files_are_refused(void **state)
{
    (void)state;
    char wanted[512];
    const char *path = in_folder("bad.h5");
    H5 *file;
    assert_int_equal(h5_open(path, false, &file), ERR_FILE);
    snprintf(wanted, sizeof wanted, "%s: cannot be opened: No such file or directory", path);
    assert_string_equal(err_message(), wanted);
    snprintf(wanted, sizeof wanted,
             "%s: not an HDF5 file, or truncated, or not closed; make it again", path);
    write_sample(path);
    struct stat whole;
    assert_int_equal(stat(path, &whole), 0);
    for (int part = 0; part < 8; part++) {
        assert_int_equal(truncate(path, whole.st_size * (7 - part) / 8), 0);
        assert_int_equal(h5_open(path, false, &file), ERR_FILE);
        assert_string_equal(err_message(), wanted);
    }
    FILE *text = fopen(path, "w");
    fputs("not HDF5 at all\n", text);
    fclose(text);
    assert_int_equal(h5_open(path, false, &file), ERR_FILE);
    assert_string_equal(err_message(), wanted);
}

static void a_file_is_whole_or_absent(void **state)
{
    (void)state;
    const char *path = in_folder("whole.h5");
    char part[300];
    snprintf(part, sizeof part, "%s.part", path);
    H5 *file;
    double x;
    assert_ok(h5_create(path, &file));
    assert_int_equal(access(part, F_OK), 0);
    assert_ok(h5_write_number(file, "x", 1.0, "1", "x"));
    h5_close(file);
    assert_true(access(path, F_OK) != 0 && access(part, F_OK) != 0);
    write_sample(path);
    assert_ok(h5_create(path, &file));
    h5_close(file); /* the old one stays */
    assert_ok(h5_open(path, false, &file));
    assert_ok(h5_read_number(file, "z/number", &x));
    h5_close(file);
}

static void unwritable_places_are_named(void **state)
{
    (void)state;
    char wanted[512];
    H5 *file;
    const char *path = in_folder("none/x.h5");
    assert_int_equal(h5_create(path, &file), ERR_FILE);
    snprintf(wanted, sizeof wanted,
             "%s: cannot be written: No such file or directory; make the folder first", path);
    assert_string_equal(err_message(), wanted);
    write_sample(in_folder("sample.h5"));
    path = in_folder("sample.h5/x.h5");
    assert_int_equal(h5_create(path, &file), ERR_FILE);
    snprintf(wanted, sizeof wanted, "%s: cannot be written: Not a directory; make the folder first",
             path);
    assert_string_equal(err_message(), wanted);
}

/* Root may write everywhere, so the child becomes nobody first. */
static void missing_permission_is_named(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        char wanted[512];
        const char *locked = in_folder("locked");
        H5 *file;
        if (mkdir(locked, 0555) != 0 || chmod(folder, 0755) != 0 ||
            (geteuid() == 0 && seteuid(65534) != 0))
            _exit(2);
        const char *path = in_folder("locked/x.h5");
        Err e = h5_create(path, &file);
        snprintf(wanted, sizeof wanted,
                 "%s: cannot be written: Permission denied; choose a folder that may be written",
                 path);
        _exit(e == ERR_FILE && strcmp(err_message(), wanted) == 0 ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* In a child, so that the limit and the state of HDF5 at exit are its own; the child must end by
 * itself. */
static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    const char *path = in_folder("full.h5");
    write_sample(path);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {64 << 10, 64 << 10};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        alarm(20);
        H5 *file;
        size_t n = 100000;
        double *data = MEM_NEW(double, n);
        bool ok = h5_create(path, &file) == OK &&
                  h5_write(file, "big", 1, &n, data, "1", "big") == OK &&
                  h5_commit(file) == ERR_FILE &&
                  strstr(err_message(), "full.h5: cannot be written: File too large; free space "
                                        "on this disk or write elsewhere") != NULL;
        free(data);
        exit(ok ? 0 : 1); /* not _exit: the handlers of HDF5 run too */
    }
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    char part[300];
    snprintf(part, sizeof part, "%s.part", path);
    assert_true(access(part, F_OK) != 0);
    H5 *file; /* the old one stays */
    assert_ok(h5_open(path, false, &file));
    h5_close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(bad_files_are_refused),
        cmocka_unit_test(a_file_is_whole_or_absent),
        cmocka_unit_test(unwritable_places_are_named),
        cmocka_unit_test(missing_permission_is_named),
        cmocka_unit_test(a_full_disk_is_an_error),
    };
    if (mkdtemp(folder) == NULL)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    char command[300];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) == 0 ? failed : 1;
}
