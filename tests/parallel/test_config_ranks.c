/* Files read by rank 0 for all: every rank has the same values, or the same error and message; nobody waits. */
#include "check.h"

#include "base/mem.h"
#include "store/config.h"
#include "store/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Comm *world;

/* All ranks' messages are those of this one. */
static void assert_same_message(const char *wanted)
{
    size_t total, mine = strlen(err_message());
    assert_string_equal(err_message(), wanted);
    char *all = comm_allgatherv(world, mine, err_message(), &total, NULL);
    assert_int_equal(total, mine * (size_t)comm_size(world));
    for (int r = 0; r < comm_size(world); r++)
        assert_memory_equal(all + (size_t)r * mine, err_message(), mine);
    free(all);
}

static char *make_file(const char *text)
{
    char *path = mem_format("config_ranks_%d.yaml", comm_size(world));
    if (comm_is_root(world)) {
        FILE *file = fopen(path, "w");
        fputs(text, file);
        fclose(file);
    }
    comm_barrier(world);
    return path;
}

static void end_file(char *path)
{
    comm_barrier(world);
    if (comm_is_root(world))
        remove(path);
    free(path);
}

static void errors_are_the_same_on_all_ranks(void **state)
{
    (void)state;
    Config *c;
    Table *t;
    assert_int_equal(config_open(world, "none.yaml", &c), ERR_INPUT);
    assert_same_message("none.yaml: cannot be opened: No such file or directory");
    assert_int_equal(table_open(world, "none.csv", &t), ERR_INPUT);
    assert_same_message("none.csv: cannot be opened: No such file or directory");
    char *path = make_file("");
    char *wanted = mem_format("%s: the file is empty", path);
    assert_int_equal(config_open(world, path, &c), ERR_INPUT);
    assert_same_message(wanted);
    free(wanted);
    end_file(path);
}

static void values_are_the_same_on_all_ranks(void **state)
{
    (void)state;
    static const ConfigField field = {"cutoff", CONFIG_QUANTITY, "A", NULL, .help = "cut-off"};
    double cutoff;
    Config *c;
    char *path = make_file("cutoff: 0.9 nm\n");
    assert_ok(config_open(world, path, &c));
    assert_ok(config_read(config_root(c), 1, &field, &cutoff));
    assert_near(cutoff, 9.0, 1e-14);
    config_close(c);
    end_file(path);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_are_the_same_on_all_ranks),
        cmocka_unit_test(values_are_the_same_on_all_ranks),
    };
    world = comm_start(&argc, &argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
