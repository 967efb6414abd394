/* Checkpoints: whole or refused, whatever bit is wrong; the one before is kept and taken in need. */
#define _DEFAULT_SOURCE
#include "check.h"

#include "base/mem.h"
#include "store/checkpoint.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/paddlewheel-checkpoint-XXXXXX";
static char path[256], previous[300], part[300];

static Err write_one(double value)
{
    double x[3] = {value, 2.0, 3.0};
    const CheckpointSection sections[] = {{"x", x, sizeof x}, {"key", "abc", 4}, {"none", NULL, 0}};
    return checkpoint_write(path, 3, sections);
}

static double value_of(const Checkpoint *c)
{
    const void *bytes;
    size_t n;
    double x[3];
    assert_ok(checkpoint_section(c, "x", &bytes, &n));
    assert_int_equal(n, sizeof x);
    assert_int_equal((uintptr_t)bytes % 64, 0);
    memcpy(x, bytes, sizeof x);
    return x[0];
}

static void clean(void)
{
    unlink(path);
    unlink(previous);
    unlink(part);
}

static void sections_are_read_back(void **state)
{
    (void)state;
    Checkpoint *c;
    const void *bytes;
    size_t n;
    char wanted[512];
    clean();
    assert_false(checkpoint_exists(path));
    assert_ok(write_one(1.5));
    assert_true(checkpoint_exists(path));
    assert_ok(checkpoint_read(path, &c));
    assert_true(value_of(c) == 1.5);
    assert_ok(checkpoint_section(c, "key", &bytes, &n));
    assert_string_equal(bytes, "abc");
    assert_ok(checkpoint_section(c, "none", &bytes, &n));
    assert_int_equal(n, 0);
    assert_int_equal(checkpoint_section(c, "y", &bytes, &n), ERR_FILE);
    snprintf(wanted, sizeof wanted,
             "%s: the checkpoint has no section 'y'; it is of another stage or version", path);
    assert_string_equal(err_message(), wanted);
    char *text = checkpoint_text(c, "key");
    assert_string_equal(text, "abc");
    free(text);
    assert_null(checkpoint_text(c, "x")); /* not a text */
    assert_null(checkpoint_text(c, "wisdom"));
    checkpoint_free(c);
    assert_true(access(part, F_OK) != 0 && access(previous, F_OK) != 0);
}

static void two_are_kept(void **state)
{
    (void)state;
    Checkpoint *c;
    clean();
    for (int i = 0; i < 4; i++)
        assert_ok(write_one(i));
    assert_ok(checkpoint_read(path, &c));
    assert_true(value_of(c) == 3.0);
    checkpoint_free(c);
    assert_ok(checkpoint_read(previous, &c));
    assert_true(value_of(c) == 2.0);
    checkpoint_free(c);
}

static unsigned char *load(size_t *n)
{
    struct stat s;
    assert_int_equal(stat(path, &s), 0);
    *n = (size_t)s.st_size;
    unsigned char *bytes = mem_new(*n, 1);
    FILE *file = fopen(path, "rb");
    assert_int_equal(fread(bytes, 1, *n, file), *n);
    fclose(file);
    return bytes;
}

static void save(const unsigned char *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    fclose(file);
}

static void every_flipped_bit_and_every_cut_is_refused(void **state)
{
    (void)state;
    Checkpoint *c;
    size_t n;
    clean();
    assert_ok(write_one(1.0));
    unsigned char *bytes = load(&n);
    for (size_t i = 0; i < n; i++) {
        bytes[i] ^= (unsigned char)(1u << (i % 8));
        save(bytes, n);
        assert_int_equal(checkpoint_read(path, &c), ERR_FILE);
        assert_non_null(strstr(err_message(), "checkpoint"));
        bytes[i] ^= (unsigned char)(1u << (i % 8));
    }
    for (size_t i = 0; i < n; i++) {
        save(bytes, i);
        assert_int_equal(checkpoint_read(path, &c), ERR_FILE);
        assert_non_null(strstr(err_message(), "x.bin: not a whole checkpoint: "));
    }
    save(bytes, n);
    assert_ok(checkpoint_read(path, &c));
    checkpoint_free(c);
    free(bytes);
}

static void the_previous_one_helps(void **state)
{
    (void)state;
    Checkpoint *c;
    char wanted[1024];
    clean();
    assert_ok(write_one(1.0));
    assert_ok(write_one(2.0));
    assert_int_equal(truncate(path, 100), 0);
    assert_ok(checkpoint_read_latest(path, &c));
    assert_true(value_of(c) == 1.0);
    checkpoint_free(c);
    unlink(path); /* killed between two renames */
    assert_true(checkpoint_exists(path));
    assert_ok(checkpoint_read_latest(path, &c));
    assert_true(value_of(c) == 1.0);
    checkpoint_free(c);
    assert_int_equal(truncate(previous, 0), 0);
    assert_int_equal(checkpoint_read_latest(path, &c), ERR_FILE);
    snprintf(wanted, sizeof wanted,
             "%s: cannot be opened: No such file or directory; and %s: not a whole checkpoint: too "
             "short",
             path, previous);
    assert_string_equal(err_message(), wanted);
}

/* Whose it is: of the same key it is taken, of another not, and a damaged one is an error. */
static void only_ones_own(void **state)
{
    (void)state;
    Checkpoint *c;
    clean();
    assert_ok(checkpoint_read_own(path, "abc", &c));
    assert_null(c);
    assert_ok(write_one(1.0));
    assert_ok(checkpoint_read_own(path, "abc", &c));
    assert_true(value_of(c) == 1.0);
    checkpoint_free(c);
    for (const char *const *other = (const char *const[]){"ab", "abd", "abcd", NULL}; *other;
         other++) {
        assert_ok(checkpoint_read_own(path, *other, &c));
        assert_null(c);
    }
    assert_int_equal(truncate(path, 100), 0);
    assert_int_equal(checkpoint_read_own(path, "abc", &c), ERR_FILE);
    assert_null(c);
    assert_non_null(strstr(err_message(), "; without --resume the stage starts anew"));
}

static void failures_leave_the_old_ones(void **state)
{
    (void)state;
    Checkpoint *c;
    clean();
    assert_ok(write_one(1.0));
    assert_ok(write_one(2.0));
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {1000, 1000};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        char big[2000] = {0};
        CheckpointSection section = {"big", big, sizeof big};
        Err e = checkpoint_write(path, 1, &section);
        _exit(e == ERR_FILE && strstr(err_message(), "x.bin: cannot be written: File too large; "
                                                     "free space on this disk or write elsewhere")
                  ? 0
                  : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_true(access(part, F_OK) != 0);
    assert_ok(checkpoint_read(path, &c));
    assert_true(value_of(c) == 2.0);
    checkpoint_free(c);
    assert_ok(checkpoint_read(previous, &c));
    checkpoint_free(c);
    assert_int_equal(checkpoint_write("/none/x.bin", 0, NULL), ERR_FILE);
    assert_string_equal(err_message(), "/none/x.bin: cannot be written: No such file or directory; "
                                       "make the folder first");
}

/* A writer killed at any moment leaves something whole. */
static void a_kill_leaves_a_whole_one(void **state)
{
    (void)state;
    clean();
    assert_ok(write_one(1.0));
    for (int i = 0; i < 10; i++) {
        pid_t child = fork();
        if (child == 0)
            for (;;)
                if (write_one(1.0) != OK)
                    _exit(1);
        usleep((unsigned)(1000 + 3701 * i));
        kill(child, SIGKILL);
        int status;
        waitpid(child, &status, 0);
        assert_true(WIFSIGNALED(status));
        Checkpoint *c;
        assert_ok(checkpoint_read(path, &c));
        assert_true(value_of(c) == 1.0);
        checkpoint_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_are_read_back),
        cmocka_unit_test(two_are_kept),
        cmocka_unit_test(every_flipped_bit_and_every_cut_is_refused),
        cmocka_unit_test(the_previous_one_helps),
        cmocka_unit_test(only_ones_own),
        cmocka_unit_test(failures_leave_the_old_ones),
        cmocka_unit_test(a_kill_leaves_a_whole_one),
    };
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(path, sizeof path, "%s/x.bin", folder);
    snprintf(previous, sizeof previous, "%s.previous", path);
    snprintf(part, sizeof part, "%s.part", path);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    char command[300];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) == 0 ? failed : 1;
}
